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
        ("The Small Things Collaboration", ["The Small Things Collaboration"]),
    ],
)
def test_authors_are_family_first(text, expected):
    assert bylines.authors(text) == expected


def test_says_whether_there_are_more_authors():
    assert bylines.has_more("Bo et al.")
    assert bylines.has_more("Bo & others")
    assert not bylines.has_more("Bo and Di")
