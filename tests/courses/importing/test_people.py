"""Speakers and instructors from printed lines."""

import pytest

from courses.importing import people
from courses.importing.flow import Words
from courses.importing.outline import LabelledLink, Speaker

from .reading import lines_of

ADA, ED = "<a href=u>Ada Bo</a>", "<a href=v>Ed Di</a>"


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ("Ada Bo", [("Ada Bo",)]),
        ("BO, Ada", [("BO, Ada",)]),
        ("BO, Ada (X University)", [("BO, Ada", "X University")]),
        ("BO, Ada, X University", [("BO, Ada", "X University")]),
        ("Ada Bo (X University)", [("Ada Bo", "X University")]),
        ("Ada Bo, X University", [("Ada Bo", "X University")]),
        ("Ada Bo - X University", [("Ada Bo", "X University")]),
        ("Ada Bo from X University", [("Ada Bo", "X University")]),
        ("Ada Bo @ Acme", [("Ada Bo", "Acme")]),
        ("Ada Bo (Math (and Physics), X)", [("Ada Bo", "Math (and Physics), X")]),
        ("李明, 北京大学", [("李明", "北京大学")]),
        ("Ada O'Bo-Di Jr., X College", [("Ada O'Bo-Di Jr", "X College")]),
        # honorifics and nicknames
        ("Prof. Dr. Ada van der Bo, X", [("Ada van der Bo", "X")]),
        (f"Prof. {ADA}, X", [("Ada Bo", "X", "u")]),
        ("Chen Ada (Cat) Bo, X College", [("Chen Ada (Cat) Bo", "X College")]),
        ("Ada (Cat) Bo", [("Ada (Cat) Bo",)]),
        # several
        (f"{ADA} (X) and {ED} (Y)", [("Ada Bo", "X", "u"), ("Ed Di", "Y", "v")]),
        ("Ada Bo (X), Ed Di (Y)", [("Ada Bo", "X"), ("Ed Di", "Y")]),
        ("Ada Bo, X College; Ed Di, Y", [("Ada Bo", "X College"), ("Ed Di", "Y")]),
        ("Ada Bo & Ed Di", [("Ada Bo",), ("Ed Di",)]),
        ("Ada Bo / Ed Di", [("Ada Bo",), ("Ed Di",)]),
        ("Ada Bo, Ed Di and Flo Gu", [("Ada Bo",), ("Ed Di",), ("Flo Gu",)]),
        ("DI, Ed and BO, Ada", [("DI, Ed",), ("BO, Ada",)]),
        # sharing an affiliation
        ("Ada Bo and Ed Di (X)", [("Ada Bo", "X"), ("Ed Di", "X")]),
        ("Ada Bo, Ed Di (X)", [("Ada Bo", "X"), ("Ed Di", "X")]),
        (f"{ADA} and {ED}, X", [("Ada Bo", "X", "u"), ("Ed Di", "X", "v")]),
        # links that are no names
        ("Ada Bo [<a href=u>homepage</a>]", [("Ada Bo", "", "u")]),
        ("Ada Bo (X) <a href=u>web site</a>", [("Ada Bo", "X", "u")]),
        (f"{ADA}, <a href=x>X University</a>", [("Ada Bo", "X University", "u")]),
        ("Ada Bo (<a href=x>X College</a>)", [("Ada Bo", "X College")]),
        ("<a href='javascript:x'>Ada Bo</a>", [("Ada Bo",)]),
        # nobody
        ("TBA", []),
        ("(to be announced)", []),
        ("", []),
        ("<a href=u></a>", []),
    ],
)
def test_speakers(html, expected):
    lines, account = lines_of(html)
    pieces = [piece for line in lines for piece in (*line.pieces, Words(" "))]
    found = people.speakers(pieces, account, "session 1")
    assert found == [Speaker(*each) for each in expected]


def test_the_address_of_a_workplace_is_left_for_the_notes():
    lines, account = lines_of(f"{ADA}, <a href=x>X University</a>")
    people.speakers(lines[0].pieces, account, "session 1")
    assert account.account().unplaced == [LabelledLink("X University", "x")]


@pytest.mark.parametrize(
    ("html", "names", "pages", "affiliations"),
    [
        ("A.B.", ["A.B."], [], []),
        ("A.B.<br>E.D.", ["A.B.", "E.D."], [], []),
        ("A.B., E.D.", ["A.B.", "E.D."], [], []),
        ("A.B. / E.D.", ["A.B.", "E.D."], [], []),
        ("Prof. Ada Bo and Dr. Ed Di", ["Ada Bo", "Ed Di"], [], []),
        ("Ada Bo, Ed Di", ["Ada Bo", "Ed Di"], [], []),
        ("BO, Ada; DI, Ed", ["BO, Ada", "DI, Ed"], [], []),
        ("BO, Ada", ["BO, Ada"], [], []),
        (f"{ADA}, {ED}", ["Ada Bo", "Ed Di"], [("Ada Bo", "u"), ("Ed Di", "v")], []),
        ("Ada Bo<br>X University", ["Ada Bo"], [], [("Ada Bo", "X University")]),
        ("", [], [], []),
    ],
)
def test_instructors(html, names, pages, affiliations):
    lines, account = lines_of(html)
    assert people.instructors(lines, account, "session 1") == (
        names,
        [LabelledLink(*page) for page in pages],
        affiliations,
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Ada Bo", True),
        ("Prof. Ada Bo", True),
        ("Ada de la Bo", True),
        ("Ada", False),
        ("on small things", False),
        ("On Things That Are Small Indeed", False),
        ("", False),
    ],
)
def test_is_name(text, expected):
    assert people.is_name(text) is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Stanford U.", True),
        ("HKUST", True),
        ("X University", True),
        ("Institute of Things", True),
        ("Ada Bo", False),
        ("Ada YAO", False),
    ],
)
def test_is_institution(text, expected):
    assert people.is_institution(text) is expected
