import pytest

from references.freetext import bylines


@pytest.mark.parametrize(
    "text",
    [
        "Ada Bo, Ed Di and Flo Em",
        "A. Bo, E. Di",
        "Bo, A., Di, E., & Em, F. G.",
        "Bo AB, Di E",
        "Bo, Di, and Em",
        "Ada van der Bo",
        "Jean d'Alembert and Sile O'Modhrain",
        "Ada Bo et al.",
        "The Small Things Collaboration",
        "GAO, Chao, Jiyu LIU",
        "A.Bo, E.Di",
        "Md. Bo, Th. Di",
        "Bo, van Di, and Em",
        "Antonovics, J.",
    ],
)
def test_lists_of_names(text):
    assert bylines.likeness(text) > 0.4


@pytest.mark.parametrize(
    "text",
    [
        "",
        "On Small Things",
        "Deep Learning",
        "Faster R-CNN",
        "Ada Bo et al. On Things",
        "Statistical Science",
        "small things",
        "x" * 3_000,
        "Bo — Ed Di",
        "Ann. Statist",
        "Bo, CACM",
        "Program for small things",
    ],
)
def test_other_words_are_no_names(text):
    assert bylines.likeness(text) < 0.4


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Ada Bo, Ed Di and Flo Em", ["Bo, Ada", "Di, Ed", "Em, Flo"]),
        ("Bo, A., and Di, E", ["Bo, A.", "Di, E."]),
        ("Bo AB, Di E", ["Bo, AB", "Di, E"]),
        ("Bo, Ada, et al.", ["Bo, Ada"]),
        ("Ada Bo (Ed.)", ["Bo, Ada"]),
        ("A.Bo", ["Bo, A."]),
        ("Bo A. B., Di E.", ["Bo, A. B.", "Di, E."]),
        ("Bo AB, Di, E", ["Bo, AB", "Di, E"]),
        ("Ada Bo and Ed Di, eds", ["Bo, Ada", "Di, Ed"]),
        ("The Small Things Collaboration", ["The Small Things Collaboration"]),
    ],
)
def test_authors_are_family_first(text, expected):
    assert bylines.authors(text) == expected


def test_title_among_short_names_is_unlike_them():
    alike = bylines.likeness("S. Things, A. Bo, E. Di")
    assert bylines.likeness("Small Things, A. Bo, E. Di") < alike - 0.3


def test_says_whether_there_are_more_authors():
    assert bylines.has_more("Bo et al.")
    assert bylines.has_more("Bo & others")
    assert not bylines.has_more("Bo and Di")
