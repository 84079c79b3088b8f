import pytest

from references.freetext import layouts


def best(text, phrases=frozenset(), is_labelled=False):
    """(byline, title) of the best layout; None if there is none."""
    ranked = layouts.ranked(text, phrases, is_labelled)
    return ranked[0] and (text[ranked[0].byline], text[ranked[0].title])


@pytest.mark.parametrize(
    ("text", "byline", "title"),
    [
        ("Ada Bo, Ed Di. On Things. Nature 5", "Ada Bo, Ed Di", "On Things"),
        ("On Things. Ada Bo, Ed Di. Nature 5", "Ada Bo, Ed Di", "On Things"),
        ("On Things, by Ada Bo, Nature 5", "Ada Bo", "On Things"),
        ("Bo, A.: On Things. Nature 5", "Bo, A.", "On Things"),
        ("Ada Bo, “On. Things,” Nature 5", "Ada Bo", "On. Things"),
        ("Ada Bo, “On” and Off, Nature 5", "Ada Bo", "“On” and Off"),
        ("Ada Bo. What Is “It”? Nature 5", "Ada Bo", "What Is “It”"),
        ("Ada Bo. Rice, Oil, and Salt. Nature 5", "Ada Bo", "Rice, Oil, and Salt"),
        ("Ada B. Co, Ed Di, On Things, Nature 5", "Ada B. Co, Ed Di", "On Things"),
        ("Ada Bo. On Things IEEE Review 5", "Ada Bo", "On Things"),
        ("Ada Bo. On Things. small journal, 5", "Ada Bo", "On Things"),
        ("Ada Bo. On two small things. Big Things 5", "Ada Bo", "On two small things"),
        ("Ada Bo. On things. II. On ice. Nature 5", "Ada Bo", "On things. II. On ice"),
        ('Ada Bo " On Things " Nature 5', "Ada Bo", "On Things"),
        ("On Things — Ada Bo, Nature 5", "Ada Bo", "On Things"),
        ("Bo, Doe, Em: On Small Things. Nature 5", "Bo, Doe, Em", "On Small Things"),
        ("Small Things by Ada Bo. Nature 5", "Ada Bo", "Small Things"),
    ],
)
def test_byline_and_title(text, byline, title):
    assert best(text) == (byline, title)


def test_linked_phrase_is_rather_the_title():
    text = "Ada Bo Things Nature 5"
    assert best(text, frozenset({(7, 13)})) == ("Ada Bo", "Things")


def test_title_after_a_label_has_no_byline():
    text = "\0\0\0\0\0 On Small Things, Nature 5"
    assert best(text, is_labelled=True) == ("", "On Small Things")


@pytest.mark.parametrize("text", ["", " ", "\0\0", "...", "“"])
def test_nothing_to_lay_out(text):
    assert layouts.ranked(text, frozenset(), False) == []
