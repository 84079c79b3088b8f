"""Dates, terms and times of day as pages print them."""

from datetime import date, time

import pytest

from courses.importing import dates


@pytest.mark.parametrize(
    ("text", "first", "second", "year", "weekday", "is_named", "end"),
    [
        ("09/02/2020, Wed", 9, 2, 2020, 2, False, None),
        ("2/9/2020", 2, 9, 2020, None, False, None),
        ("12/25/19", 12, 25, 2019, None, False, None),
        ("9.2.2020", 9, 2, 2020, None, False, None),
        ("Wed 9/2", 9, 2, None, 2, False, None),
        ("Th 9/3", 9, 3, None, 3, False, None),
        ("31/12", 31, 12, None, None, False, None),
        ("2/30/2020", 2, 30, 2020, None, False, None),
        ("9/2/2020-9/4/2020", 9, 2, 2020, None, False, None),
        ("2020-09-02", 9, 2, 2020, None, True, None),
        ("2020/9/2", 9, 2, 2020, None, True, None),
        ("2020年9月2日", 9, 2, 2020, None, True, None),
        ("9月2日 周三", 9, 2, None, 2, True, None),
        ("Sept. 2nd, 2020", 9, 2, 2020, None, True, None),
        ("2 September 2020", 9, 2, 2020, None, True, None),
        ("1st of May 2020", 5, 1, 2020, None, True, None),
        ("2-Sep-20", 9, 2, 2020, None, True, None),
        ("2 Sep '20", 9, 2, 2020, None, True, None),
        ("Thu, Sep 3, 3pm", 9, 3, None, 3, True, None),
        ("Sept 2-4", 9, 2, None, None, True, (9, 4)),
        ("Sept 28 – Oct 2", 9, 28, None, None, True, (10, 2)),
        ("Sep 3 - 5pm", 9, 3, None, None, True, None),
    ],
)
def test_reads_printed_dates(text, first, second, year, weekday, is_named, end):
    printed = dates.Printed(first, second, year, weekday, is_named, end)
    assert dates.read(text) == printed


@pytest.mark.parametrize(
    "text",
    [
        *("", "TBA", "Monday", "March", "May 2020", "Mar 2020", "Lecture 3", "week 3"),
        *(
            "1-2",
            "0/5",
            "Wed 3-4pm",
            "13/13/2020",
            "3:00-4:00",
            "Decision 1",
            "Marx 12",
            "augury 3",
        ),
        "x" * 400 + " 09/02/2020",  # a date stands near the beginning
    ],
)
def test_other_words_are_no_date(text):
    assert dates.read(text) is None


def read_all(texts, term="", year=None):
    """What a page with these dates means, as ISO dates."""
    calendar = dates.Calendar([dates.read(text) for text in texts], term, year)
    found = [calendar.read(dates.read(text)) for text in texts]
    return [tuple(day and day.isoformat() for day in each) for each in found]


@pytest.mark.parametrize(
    ("texts", "term", "expected"),
    [
        # weekdays decide
        (
            ["09/02/2020, Wed", "09/09/2020, Wed"],
            "",
            ["2020-09-02", "2020-09-09"],
        ),
        (["02/09/2020, Wed", "07/10/2020"], "", ["2020-09-02", "2020-10-07"]),
        # days that exist decide
        (["05/06/2020", "13/06/2020"], "", ["2020-06-05", "2020-06-13"]),
        # the term decides
        (["01/09/2020", "08/09/2020"], "Fall 2020", ["2020-09-01", "2020-09-08"]),
        # that time runs forward decides
        (["03/02/2020", "10/02/2020"], "", ["2020-02-03", "2020-02-10"]),
        # the term's year
        (["Sept 2", "Oct 7"], "Fall '20", ["2020-09-02", "2020-10-07"]),
        # a term that crosses the new year
        (["Dec 20", "Jan 10"], "Fall 2020", ["2020-12-20", "2021-01-10"]),
        (["Dec 20", "Jan 10"], "Winter 2020", ["2019-12-20", "2020-01-10"]),
        (["Dec 20", "Jan 10"], "Winter 2020-21", ["2020-12-20", "2021-01-10"]),
        (["Dec 20", "Jan 10"], "Winter 2020/2021", ["2020-12-20", "2021-01-10"]),
    ],
)
def test_order_and_year_are_decided_once_for_the_page(texts, term, expected):
    assert read_all(texts, term) == [(day, None, None) for day in expected]


def test_the_year_may_be_given():
    assert read_all(["01/09", "13/09"], year=2021) == [
        ("2021-09-01", None, None),
        ("2021-09-13", None, None),
    ]


def test_without_a_year_there_is_no_date():
    assert read_all(["Sept 2", "Sept 9"]) == [(None, None, None)] * 2


@pytest.mark.parametrize(
    ("text", "likely"),
    [
        ("09/17/2020, Wed", "2020-09-23"),  # no other year has it: the next Wednesday
        ("01/15/2019", None),
        ("09/16/2019", "2020-09-16"),
        ("09/31/2020", None),
        ("10/09/2020, Thu", "2020-09-10"),  # the other order
    ],
)
def test_a_contradicted_date_is_left_out_and_the_likely_one_told(text, likely):
    texts = ["09/02/2020, Wed", "09/09/2020, Wed", "09/30/2020, Wed", text]
    *others, found = read_all(texts, "Fall 2020")
    assert others == [
        ("2020-09-02", None, None),
        ("2020-09-09", None, None),
        ("2020-09-30", None, None),
    ]
    assert found == (None, None, likely)


def test_ranges_have_an_end():
    assert read_all(["Sept 2-4", "Sept 28 - Oct 2", "Oct 5-3"], "Fall 2020") == [
        ("2020-09-02", "2020-09-04", None),
        ("2020-09-28", "2020-10-02", None),
        ("2020-10-05", None, None),
    ]


@pytest.mark.parametrize(
    ("text", "term", "first", "last"),
    [
        ("MATH 1000, Fall 2020", "Fall 2020", "2020-07-01", "2021-02-28"),
        ("2020 Fall: Things", "2020 Fall", "2020-07-01", "2021-02-28"),
        ("(Spring  of 2019)", "Spring of 2019", "2019-01-01", "2019-07-31"),
        ("Autumn semester 2018", "Autumn semester 2018", "2018-07-01", "2019-02-28"),
        ("Winter 2020", "Winter 2020", "2019-11-01", "2020-06-30"),
        ("Winter 2020-21", "Winter 2020-21", "2020-11-01", "2021-06-30"),
        ("Fall '20 and on", "Fall '20", "2020-07-01", "2021-02-28"),
        ("Michaelmas term 2020", "Michaelmas term 2020", "2020-08-01", "2021-01-31"),
        ("Spring 2020 after Fall 2019", "Spring 2020", "2020-01-01", "2020-07-31"),
    ],
)
def test_terms(text, term, first, last):
    assert dates.term_of(text) == term
    assert dates.term_span(term) == (
        date.fromisoformat(first),
        date.fromisoformat(last),
    )


@pytest.mark.parametrize("text", ["fall of Rome", "Fallout 2020", "Springer 2020", ""])
def test_other_words_are_no_term(text):
    assert dates.term_of(text) == ""


@pytest.mark.parametrize(
    ("text", "start", "end", "printed"),
    [
        ("Wed 3:00PM - 5:50PM, Zoom", time(15), time(17, 50), "3:00PM - 5:50PM"),
        ("3-4pm", time(15), time(16), "3-4pm"),
        ("11-1pm", time(11), time(13), "11-1pm"),
        ("9:30-11", time(9, 30), time(11), "9:30-11"),
        ("15:00-16:30", time(15), time(16, 30), "15:00-16:30"),
        ("3pm to 4pm", time(15), time(16), "3pm to 4pm"),
        ("1:30 – 2:50", time(13, 30), time(14, 50), "1:30 – 2:50"),
        ("12:00-1:00pm", time(12), time(13), "12:00-1:00pm"),
        ("12-1am", time(0), time(1), "12-1am"),
        ("9h00-10h30", time(9), time(10, 30), "9h00-10h30"),
        ("10 - 11:30 am", time(10), time(11, 30), "10 - 11:30 am"),
        ("3 p.m. - 4 p.m.", time(15), time(16), "3 p.m. - 4 p.m."),
    ],
)
def test_times(text, start, end, printed):
    found = dates.times(text)
    assert found[:2] == (start, end)
    assert text[slice(*found[2])] == printed


@pytest.mark.parametrize(
    "text", ["", "3-4", "25:00-26:00", "4:00-3:00", "2020-09-02", "9/2-9/4", "3pm"]
)
def test_other_words_are_no_times(text):
    assert dates.times(text) is None
