"""A whole page: every link has a place, whatever the markup."""

import json
from dataclasses import asdict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from courses.importing import page
from courses.importing.outline import LinkAccount
from courses.importing.source import PageRefused, text_of

from .reading import cell_page, read

PIECES = [
    *"table tr td ul ol li p div b h2 a nav th tbody em center dl dd font".split(),
    *"/table /tr /td /ul /li /p /div /b /h2 /a /nav /th br hr".split(),
    "td rowspan=2",
    "td colspan=3",
    "td rowspan=0 colspan=x",
    'a href="x.pdf"',
    "a href='https://example.org/20991234.pdf'",
    'a href="javascript:alert(1)"',
    "a href=",
    'a href="http://[x"',
    "a href=mailto:a@example.org",
    'a name="here"',
    "!-- <a href=old.html>old</a> --",
    "!--",
    "select",
    "script",
]
WORDS = [
    *("Date", "Topic", "Speaker", "09/02/2020, Wed", "Sept 9", "13/10/2020", "Week 1"),
    *("Lecture 01: Overview", "Seminar", "[Speaker]: Ada Bo (X University)", "TBA"),
    *("[Title]:", "[Abstract]:", "[Reference]:", "[ Videos ]:", "Part I", "[Own list]"),
    *("[Project Report Gallery]", "Group 1: Ada BO (20991234), DI, Ed", "[Group 2]:"),
    *("report (pdf)", "slides", "No class: holiday", "Ada Bo. On Things. 2019.", "]"),
    *(
        "arXiv:1909.00001",
        "10.1000/1",
        "Mon 3:00-4:00pm, Room 1",
        "Instructors",
        "\x01",
    ),
    *("Fall 2020", "$x < y$", "&lt;b&gt;", "&nbsp;", "(", "「", "\ue000", "２０９９"),
]
tags = st.sampled_from(PIECES).map("<{}>".format)
rows = st.lists(
    st.lists(tags | st.sampled_from(WORDS), max_size=8).map("".join), max_size=8
).map(lambda cells: "".join(f"<tr><td>Sept 2<td>{cell}" for cell in cells))
soup = st.lists(tags | st.sampled_from(WORDS), max_size=30).map("".join)
pages = st.builds(
    "{}<table><tr><td>Date<td>Topic<tr><td>Sept 9<td>Lecture 1{}</table>{}".format,
    soup,
    rows,
    soup,
)


@given(pages | soup, st.sampled_from(["", "https://example.org/course/"]))
def test_reads_every_link_or_refuses(html, base_url):
    try:
        outline = page.outline_of(html, base_url=base_url)
    except PageRefused:
        return
    account = outline.links
    assert account.unplaced == []
    assert account.in_source == (
        account.placed + account.in_notes + len(account.withheld)
    )
    json.dumps(asdict(outline))


def test_keys_are_short_stable_and_unique():
    outline = read(
        cell_page(
            "Lecture 01: On Things",
            "Lecture 01: On Things",
            "Lecture 01-2: More",
            "A title of more than thirty-two letters or so",
            "",
            "数学",
            "Lecture 01",
        )
    )
    assert [each.key for each in outline.sessions] == [
        "01",
        "01-2",
        "01-2-2",
        "a-title-of-more-than-thirty-two",
        "2020-09-30",
        "2020-10-07",
        "01-3",
    ]


def test_dates_are_read_once_for_all_rows():
    row = "<tr><td>{}<td>One".format
    outline = read(
        "<h1>Things</h1><table><tr><td>Date<td>Topic"
        + "".join(map(row, ["02/09 (Wed)", "09/09", "17/09 (Wed)", "TBA"]))
        + "</table>",
        year=2020,
    )
    assert [(each.date, each.date_as_printed) for each in outline.sessions] == [
        ("2020-09-02", "02/09 (Wed)"),
        ("2020-09-09", "09/09"),
        (None, "17/09 (Wed)"),
        (None, "TBA"),
    ]
    assert [asdict(warning) for warning in outline.warnings] == [
        {
            "code": "date_contradiction",
            "where": "session 3",
            "message": "“17/09 (Wed)” contradicts its weekday or the term; the date is "
            "left empty. Probably Wednesday, 2020-09-23.",
        }
    ]


def test_without_a_year_one_warning():
    outline = read(
        "<table><tr><td>Date<td>Topic<tr><td>Sep 2<td>One<tr><td>Sep 9<td>Two</table>"
    )
    assert [each.date for each in outline.sessions] == [None, None]
    assert [warning.code for warning in outline.warnings] == ["no_year"]


def test_files_at_hand_are_available():
    outline = read(
        cell_page("One", "Two <a href=a.pdf>slides</a> <a href=b.pdf>slides</a>"),
        has_file=["a.pdf"].__contains__,
    )
    assert [(m.url, m.state) for m in outline.sessions[1].materials] == [
        ("a.pdf", "available"),
        ("b.pdf", "missing"),
    ]


@pytest.mark.parametrize(
    "cell",
    [
        pytest.param(cell, id=name)
        for name, cell in {
            "brackets": "x<ul><li>[Reference]: <ul><li>" + "[" * 100_000,
            "label": f"<a href=x>{'[(' * 50_000}</a>",
            "digits": "1" * 300_000,
            "commas": "[Speaker]: " + "Ada, " * 30_000,
            "spaces": "x" + " &nbsp;" * 100_000 + "x",
            "exams": "final " * 100_000,
            "citation": "x<ul><li>[Reference]:<ul><li>" + "Bo. 2019] a b " * 20_000,
            "links": "x " + "<a href=a.pdf>slides</a> " * 4_000,
            "title": "x " + "<a href=a.pdf>things</a> of " * 4_000,
            "abstract": "x<ul><li>[Abstract]: " + "<li>We" * 5_000,
            "gallery": "<br>[Report gallery]<ul>"
            + "".join(
                f"<li><b>Ada BO</b> (2{i:07}) On <a href=a>report</a>"
                for i in range(2_000)
            ),
            "unclosed": "<a href=x><div>" * 150 + "<p>x" * 2_000,
            "comments": "<!--" * 200_000,
            "days": "x</table><h2>Time</h2>" + "Mon, " * 40_000,
            "people": "x</table><h2>Instructors</h2>" + "<a href=x>Ada Bo</a> " * 4_000,
            "rows": "x" + "<tr><td>Sep 2<td>x" * 2_000,
            "spans": "x" + ("<tr>" + "<td rowspan=200 colspan=200>a" * 20) * 200,
            "tables": "x</table>" + "<table><tr><td>Date<td>Topic<tr><td>1/1" * 120,
        }.items()
    ],
)
def test_hostile_pages_are_read_or_refused(cell):
    html = cell_page("One", "Two", cell)
    try:
        outline = read(text_of(html.encode()))
    except PageRefused:
        outline = None
    assert outline is None or outline.links.unplaced == []


def test_a_page_without_links_has_an_empty_account():
    assert read(cell_page("One", "Two")).links == LinkAccount()
