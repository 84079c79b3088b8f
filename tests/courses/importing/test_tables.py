"""Which tables hold the schedule, and what their columns say."""

import pytest

from courses.importing import tables
from courses.importing.source import PageRefused

from .reading import read

ROWS = [("9/2/2020", "One"), ("9/9/2020", "Two")]
TWO = [("2020-09-02", "One"), ("2020-09-09", "Two")]


def table(*rows):
    cells = ("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) for row in rows)
    return f"<table>{''.join(cells)}</table>"


def sessions(html):
    return read(f"<h1>MATH 1000, Fall 2020</h1>{html}").sessions


def schedule(html):
    return [(session.date, session.title) for session in sessions(html)]


@pytest.mark.parametrize(
    ("heading", "role"),
    [
        *(("Date", "date"), ("When", "date"), ("日期", "date"), ("Day:", "date")),
        *(("Week", "week"), ("Wk.", "week"), ("Week / Date", "date")),
        *(("Lecture No.", "number"), ("#", "number"), ("Index", "number")),
        *(("Topic", "topic"), ("TITLE", "topic"), ("Contents", "topic")),
        *(("Lecture", "event"), ("Description", "event")),
        *(("Speaker", "speaker"), ("Presenters", "speaker"), ("Guest", "speaker")),
        *(("Instructor", "instructor"), ("Taught by", "instructor")),
        *(("Scriber", "scribe"), ("Note-taker", "scribe")),
        *(("Reading", "reading"), ("Papers", "reading")),
        *(("Due date", "homework"), ("Deadlines", "homework"), ("HW", "homework")),
        *(("Lecture slides", "slides"), ("Recordings", "video"), ("Room", "place")),
        *(("Notes", "materials"), ("Comments", "comments"), ("", ""), ("Foo", "")),
        ("The date on which something long of many words happens", ""),
    ],
)
def test_headings(heading, role):
    assert tables.role_of(heading) == role


@pytest.mark.parametrize(
    "html",
    [
        table(("Date", "Topic"), *ROWS),
        table(("When", "Subject"), *ROWS),
        table(("日期", "内容"), *ROWS),
        table(("Schedule",), ("Date", "Topic"), *ROWS),
        table(*ROWS),  # without headings
        table(("Date", "Topic"), ROWS[0], ("Date", "Topic"), ROWS[1]),
        table(("Date", "Topic"), ROWS[0], ("", "&nbsp;"), ROWS[1]),
        table(("Date", "Topic"), ROWS[0]) + table(("Date", "Topic"), ROWS[1]),
        # broken rows
        "<table><tr><td>Date<td>Topic</tr><td>9/2/2020<td>One</tr>"
        "<td>9/9/2020<td>Two</tr></table>",
        "<table><thead><th>Date<th>Topic<tbody><tr><td>9/2/2020<td>One<tbody>"
        "<tr><td>9/9/2020<td>Two",
        # around and beside it
        table(("menu", table(("Date", "Topic"), *ROWS))),
        table(("<b>Weights</b>", "x"), ("Homework", "20"), ("Exam", "80"))
        + table(("Date", "Topic"), *ROWS),
        # a whole old schedule in a comment
        f"<!-- {table(('Date', 'Topic'), ('9/1/2019', 'Old'), ('9/8/2019', 'Old'))} -->"
        + table(("Date", "Topic"), *ROWS),
        # spans that are none
        "<table><tr><td>Date<td>Topic<tr><td colspan=0>9/2/2020<td rowspan=x>One"
        f"<tr><td colspan=²>9/9/2020<td rowspan={'9' * 5_000}>Two</table>",
        "<table><tr><td>Date<td>Topic<tr><td>9/2/2020<td colspan=1000>One"
        "<tr><td>9/9/2020<td colspan='100%'>Two</table>",
    ],
)
def test_finds_the_schedule(html):
    assert schedule(html) == TWO


@pytest.mark.parametrize(
    "html",
    [
        "<p>x</p>",
        table(),
        table(("a", "b"), ("c", "d"), ("e", "f")),
        table(("Date", "Topic")),
        table(("Homework", "Weight"), ("1", "10"), ("2", "20")),
        table(("Date",), ("9/2/2020",), ("9/9/2020",)),
        table(("Date", "Topic", *"x" * 60), *ROWS),
        "<ul><li>9/2/2020: One<li>9/9/2020: Two</ul>",
    ],
)
def test_refuses_a_page_without_schedule(html):
    with pytest.raises(
        PageRefused, match=r"^No schedule was found: of \d tables none "
    ):
        read(html)


def test_a_week_may_span_rows():
    assert schedule(
        "<table><tr><td>Week<td>Date<td>Topic<tr><td rowspan=2>1<td>9/2/2020<td>One"
        "<tr><td>9/4/2020<td>Two<tr><td>2<td>9/9/2020<td>Three</table>"
    ) == [("2020-09-02", "One"), ("2020-09-04", "Two"), ("2020-09-09", "Three")]


def test_the_date_of_a_week_holds_for_all_its_rows():
    assert schedule(
        "<table><tr><td>Week<td>Topic<tr><td rowspan=2>Sep 2, 2020<td>One"
        "<tr><td>Two<tr><td>Sep 9, 2020<td>Three</table>"
    ) == [("2020-09-02", "One"), ("2020-09-02", "Two"), ("2020-09-09", "Three")]


def test_rows_under_one_topic_are_one_session():
    found = sessions(
        "<table><tr><td>Date<td>Topic<td>Slides<tr><td>9/2/2020<td rowspan=2>One"
        "<td><a href=a>a</a><tr><td>9/4/2020<td><a href=b>b</a>"
        "<tr><td>9/9/2020<td>Two<td><tr><td><td><td><a href=c>c</a></table>"
    )
    assert [(s.title, [m.url for m in s.materials]) for s in found] == [
        ("One", ["a", "b"]),
        ("Two", ["c"]),
    ]


def test_headings_between_rows_go_to_the_notes_of_the_next():
    found = sessions(
        "<table><tr><td>Date<td>Topic<tr><td colspan=2><b>Part I: *</b>"
        "<tr><td>9/2/2020<td>One<tr><td colspan=2>Part II<tr><td>9/9/2020<td>Two"
        "<tr><td colspan=2>The end</table>"
    )
    assert [(s.title, s.notes) for s in found] == [
        ("One", r"Part I: \*"),
        ("Two", "Part II\n\nThe end"),
    ]


def test_a_row_of_one_cell_may_be_no_class():
    found = sessions(
        "<table><tr><td>Date<td>Topic<tr><td>9/2/2020<td>One"
        "<tr><td colspan=2>9/9/2020: No class</table>"
    )
    assert [(s.date, s.kind) for s in found] == [
        ("2020-09-02", "lecture"),
        ("2020-09-09", "no-class"),
    ]


def test_each_column_has_its_place():
    first, second = sessions(
        table(
            *[
                [
                    *("Date", "Topic", "Slides", "Video", "Reading", "Homework"),
                    *("Instructor", "Scribe", "Room"),
                ],
                [
                    *("9/2/2020", "One", "<a href=s>s</a>", "<a href=v>v</a>"),
                    *("<a href=r>On Small Things</a>", "<a href=h>h</a> by Monday"),
                    *("A.B.", "Ed Di", "Room 1"),
                ],
                ["9/9/2020", "Two", "later", "", "", "", "Ada Bo<br>X College", "", ""],
            ]
        )
    )
    assert [(m.kind, m.url, m.remark) for m in first.materials] == [
        ("slides", "s", ""),
        ("video", "v", ""),
        ("homework", "h", "by Monday"),
    ]
    assert [each.text for each in first.readings] == ["[On Small Things](<r>)"]
    assert (first.instructors, first.scribes, first.place) == (
        ["A.B."],
        ["Ed Di"],
        "Room 1",
    )
    assert second.instructors == ["Ada Bo"]
    assert second.notes == "Slides: later\n\nAda Bo: X College"


def test_cells_without_heading_and_second_dates_are_kept():
    first, second = sessions(
        table(
            ("Date", "Topic", "Due date"),
            ("9/2/2020", "One", "9/16/2020"),
            ("9/9/2020", "Two", "", "<a href=x>extra</a>", "words"),
        )
    )
    assert (first.date, first.notes) == ("2020-09-02", "Due date: 9/16/2020")
    assert [m.url for m in second.materials] == ["x"]
    assert second.notes == "words"


def test_a_schedule_of_talks():
    first, second = sessions(
        table(
            ("Date", "Speaker", "Title", "Abstract"),
            ("9/2/2020", "Ada Bo<br>X College", "On Things", "We see."),
            ("9/9/2020", "TBA", "", ""),
        )
    )
    (talk,) = first.talks
    assert (talk.speakers[0].name, talk.speakers[0].affiliation, talk.abstract) == (
        "Ada Bo",
        "X College",
        "We see.",
    )
    assert (first.kind, first.title) == ("seminar", "On Things")
    assert (second.talks, second.notes) == ([], "Speaker: TBA")
