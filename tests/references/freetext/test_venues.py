import pytest

from references.freetext import venues


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (" Journal of Things, 12(3):4-5, 2019.", "Journal of Things"),
        (". In Proceedings of the Things, pp. 1-2", "Proceedings of the Things"),
        (", ICML 2018. arXiv:1909.00001", "ICML"),
        (", 2020, Annals of Things, to appear.", "Annals of Things"),
        (" Nature 529, 484–489 (2016).", "Nature"),
        (" [arXiv:1909.00001]", ""),
        (", 2019.", ""),
        ("", ""),
    ],
)
def test_name_of_a_venue(text, expected):
    assert venues.name(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Nature, 2019.", [2019]),
        ("(2019a) Nature", [2019]),
        ("ICML 2018, STOC'12, ICM2006, NIPS '97", [2018, 2012, 2006, 1997]),
        ("(Nov. 1998), in 1912.", [1998, 1912]),
        ("Ada Bo. 1805. On Things.", [1805]),
        ("Bo, P. 1993. On Things.", [1993]),
        ("ACM SIGCOMM 06.", [2006]),
        ("2012 - On Things", [2012]),
        # no years
        ("pp. 1998", []),
        ("pages 1998-2001", []),
        ("17, 1712", []),
        ("art before 1912.", []),
        ("the 1990s", []),
        ("“1984”", []),
        ("“Things 2016: an overview”", []),
        ("(Cited by 1961)", []),
        ("arXiv:1909.00001", []),
    ],
)
def test_years_that_stand_apart(text, expected):
    assert [year for _, _, year in venues.years(text)] == expected


@pytest.mark.parametrize(
    "text",
    [
        ", Journal of Things",
        ". In Proc. of Things",
        ". Nature 521, 3",
        ", 3rd ed., Some House",
        " (PhD thesis)",
        ". 16th Annual IEEE Symposium",
        ", 10th Anniversary ed.",
        ", Trends in This and That 5:1",
    ],
)
def test_venues_follow_a_title(text):
    assert venues.likeness(text) >= 0.8


@pytest.mark.parametrize(
    "text",
    [
        ", and Some More",  # ", Inference, and Prediction"
        ", Some, and More. Nature",
        " of things",
        ", J. Bo and E. Di",
        " Some Words. Journal of Things",  # the journal begins a sentence of its own
    ],
)
def test_other_words_do_not(text):
    assert venues.likeness(text) <= 0.1
