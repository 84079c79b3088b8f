"""The labels that say what a line is."""

import pytest

from courses.importing import labels
from courses.importing.labels import Label

from .reading import lines_of


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Title", "title"),
        ("SPEAKERS", "speaker"),
        ("Guest  speaker", "speaker"),
        ("Abstract", "abstract"),
        ("Short bio", "biography"),
        ("Speaker's bio", "biography"),
        ("Venue", "place"),
        ("Date and time", "time"),
        ("Reference", "reading"),
        ("References 2", "reading"),
        ("Further reading", "reading"),
        ("Relevant background papers", "reading"),
        ("Required reading", "required"),
        ("Optional Readings", "background"),
        ("Lecture Videos", "video"),
        ("Slides", "slides"),
        ("Mathematics Colloquium", "seminar"),
        ("Student Presentations", "presentations"),
        ("Project 2 Report Gallery", "gallery"),
        ("Project Reports", "gallery"),
        ("Group 8", "team"),
        ("Group #3", "team"),
        ("Public codes", ""),
        ("Titles of honour", ""),
        ("1", ""),
        ("", ""),
    ],
)
def test_kinds(text, kind):
    assert labels.kind_of(text) == kind


@pytest.mark.parametrize(
    ("html", "label", "rest"),
    [
        ("[Speaker]: Ada Bo", Label("speaker", "Speaker"), "Ada Bo"),
        ("[ Speaker ] Ada Bo", Label("speaker", "Speaker"), "Ada Bo"),
        ("<b>[Speaker]</b>: Ada Bo", Label("speaker", "Speaker"), "Ada Bo"),
        ("【Abstract】：We", Label("abstract", "Abstract"), "We"),
        ("Abstract: We: see", Label("abstract", "Abstract"), "We: see"),
        ("<b>Abstract</b>", Label("abstract", "Abstract"), ""),
        ("<h4>References</h4>", Label("reading", "References"), ""),
        ("[Title]:", Label("title", "Title"), ""),
        ("[Reference]: <a href=x>y</a>", Label("reading", "Reference"), "y"),
        ("<ul>[Public codes]", Label("group", "Public codes"), ""),
        ("<ul>[Group 8]: Ada Bo", Label("team", "Group 8"), "Ada Bo"),
        ("<li>[Abstract]: We", Label("abstract", "Abstract"), "We"),
        # no labels
        ("Abstract", None, "Abstract"),
        ("<b>Abstract</b> algebra", None, "Abstract algebra"),
        ("Note: this", None, "Note: this"),
        ("[Public codes] here", None, "[Public codes] here"),
        ("<ul><li>[1] Ada Bo", None, "[1] Ada Bo"),
        ("<ul><li>[Group 8]: Ada Bo", None, "[Group 8]: Ada Bo"),
        ("<a href=x>[Slides]</a>", None, "[Slides]"),
        ("see [Slides]", None, "see [Slides]"),
    ],
)
def test_takes_the_label_of_a_line(html, label, rest):
    line = lines_of(html)[0][0]
    found, left = labels.take(line)
    assert (found, left.text) == (label, rest)


def test_a_first_line_with_a_colon_is_a_title():
    line = lines_of("Seminar: On Things")[0][0]
    assert labels.take(line, is_first=True) == (None, line)


def test_what_follows_a_label_starts_no_item():
    line = lines_of("<ul><li>[Abstract]: We")[0][0]
    assert line.starts_item
    assert not labels.take(line)[1].starts_item
