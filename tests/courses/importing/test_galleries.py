"""Galleries of student projects."""

import pytest

from courses.importing import galleries

from .reading import lines_of, said

REPORT = " <a href=r.pdf>report (pdf)</a>"


def read(html, **options):
    """(intro, entries without links, account) of a gallery; None if it is none."""
    lines, account = lines_of(html)
    gallery = galleries.from_lines("Gallery", lines, account, 3, **options)
    return gallery, account.account()


def entries(html):
    gallery, _ = read(html)
    found = [said(entry) for entry in gallery.entries]
    for entry in found:
        entry.pop("links", None)
    return found


ADA = {"title": "On Things", "members": ["Ada BO"]}
BOTH = {"title": "On Things", "members": ["Ada BO", "Ed DI"]}


@pytest.mark.parametrize(
    ("item", "expected"),
    [
        ("<b>Ada BO, Ed DI</b>. On Things.", BOTH),
        ("Ada BO and Ed DI. On Things.", BOTH),
        ("Ada BO and Ed DI: On Things.", BOTH),
        ("<b>Ada BO & Ed DI</b>: <i>On Things</i>", BOTH),
        ('<b>Ada BO; Ed DI</b>, "On Things"', BOTH),
        ("Ada BO, Ed DI<br>On Things<br>", BOTH),
        ("<b>Ada BO, Ed DI</b>", {"members": ["Ada BO", "Ed DI"]}),
        ("Ada BO, Ed DI", {"members": ["Ada BO", "Ed DI"]}),
        ("Group 1: Ada BO, Ed DI. On Things.", {"number": 1, **BOTH}),
        ("<b>Group 1: Ada BO, Ed DI</b>. On Things.", {"number": 1, **BOTH}),
        ("12. <b>Ada BO</b> On Things", {"number": 12, **ADA}),
        ("Group 12", {"number": 12}),
        # reversed names and particles
        ("<b>BO, Ada and Ed DI</b>", {"members": ["BO, Ada", "Ed DI"]}),
        ("<b>BO, Ada; DI, Ed</b>", {"members": ["BO, Ada", "DI, Ed"]}),
        (
            "<b>BO, Ada, Ed de la DI, van der GU, Flo</b>",
            {"members": ["BO, Ada", "Ed de la DI", "van der GU, Flo"]},
        ),
        # student numbers
        ("<b>Ada BO (20991234), Ed DI (20995678)</b>. On Things.", BOTH),
        ("Ada BO, 20991234. On Things.", ADA),
        # teams and awards
        ("<b>Ada BO</b> (Team Rocket) On Things.", {"team_name": "Team Rocket", **ADA}),
        (
            "<b>Ada BO</b> On Things. (Best Report Award)",
            {"award": "Best Report Award", **ADA},
        ),
    ],
)
def test_entries(item, expected):
    assert entries(f"<ul><li>{item}{REPORT}</ul>") == [expected]


def test_entries_need_no_list():
    assert entries(
        f"<b>Ada BO</b>. On Things.{REPORT}<br><b>Ada BO, Ed DI</b>. On Things.{REPORT}"
    ) == [ADA, BOTH]


def test_entries_in_bold_need_no_link():
    assert entries("<li><b>Ada BO</b> On Things<li><b>Ada BO, Ed DI</b> On Things") == [
        ADA,
        BOTH,
    ]


def test_links_of_an_entry():
    gallery, account = read(
        "<li>Group 1: Ada BO (20991234). On Things. [<a href=r.pdf>report</a>, "
        "<a href=s.zip>source</a>] <a href=https://youtu.be/x>talk</a> "
        "<a href=20991234.pptx>slides (pptx)</a> <a href=q>reviews</a> "
        "<a href=q2>rebuttal</a> <a href='javascript:x'>poster</a> <a href=o>x</a>"
    )
    assert [
        (link.kind, link.label, link.format, link.url)
        for link in gallery.entries[0].links
    ] == [
        ("report", "report", "pdf", "r.pdf"),
        ("source", "source", "zip", "s.zip"),
        ("video", "talk", "", "https://youtu.be/x"),
        ("slides", "slides (pptx)", "pptx", None),
        ("review", "reviews", "", "q"),
        ("rebuttal", "rebuttal", "", "q2"),
        ("poster", "poster", "", None),
        ("other", "x", "", "o"),
    ]
    assert [each.reason for each in account.withheld] == [
        "holds a student number",
        "scheme javascript: is not taken",
    ]


def test_words_after_the_links_are_kept():
    gallery, _ = read(f"<li><b>Ada BO</b>. On Things.{REPORT} A *fine* one.")
    assert said(gallery.entries[0])["abstract"] == r"A \*fine\* one."


def test_notes_before_and_between_entries_are_the_intro():
    gallery, account = read(
        "<li>Please <a href=d>vote</a> by Friday"
        f"<li><b>Ada BO</b>. On Things{REPORT}<li>also <a href=m>more</a>"
    )
    assert (gallery.name, gallery.session_position) == ("Gallery", 3)
    assert gallery.intro == "Please [vote](<d>) by Friday\n\nalso [more](<m>)"
    assert [said(entry)["members"] for entry in gallery.entries] == [["Ada BO"]]
    assert (account.placed, account.unplaced) == (3, [])


@pytest.mark.parametrize(
    "html",
    [
        "",
        "<li>nothing to see here",
        "<li><a href=a>one</a><li><a href=b>two</a>",
        f"<li>All reports of the class{REPORT}",
        f"<li>Deadline{REPORT}",
        f"<li>{REPORT}",
    ],
)
def test_lines_without_entry_are_no_gallery(html):
    gallery, account = read(html)
    assert (gallery, account.placed) == (None, 0)


def test_an_unnamed_gallery_shows_two_entries_that_stand_out():
    one = f"<li><b>Ada BO</b>. On Things.{REPORT}"
    assert read(one, is_named_so=False)[0] is None
    assert len(read(one * 2, is_named_so=False)[0].entries) == 2


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Ada BO, Ed DI", True),
        ("Ada van der BO", True),
        ("A. Bo & É. Di", True),
        ("TO Ka Ming, Flo IN", True),
        ("On Things", False),
        ("Learning To Rank", False),
        ("A Survey", False),
        ("Deep Learning", False),
        ("see below", False),
        ("", False),
        ("12", False),
    ],
)
def test_is_names(text, expected):
    assert galleries.is_names(text) is expected
