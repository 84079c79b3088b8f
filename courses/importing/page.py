"""A whole page -> its Outline."""

from collections import Counter
from dataclasses import fields, is_dataclass

from django.utils.text import slugify

from . import dates, flow, head, tables
from .links import Links
from .outline import Outline
from .rows import RowReader
from .source import PageRefused


def outline_of(html, year=None, base_url="", has_file=lambda address: False):
    """The Outline of a course page.

    ``year`` helps where dates are printed without one; ``base_url`` makes
    relative addresses absolute; ``has_file(address)`` tells which of them are
    files at hand. Raises PageRefused where no table is a schedule.
    """
    tree = flow.parse(html)
    schedule_tables, rows = tables.schedule(tree)
    if not rows:
        count = len(tree.css("table"))
        raise PageRefused(
            f"No schedule was found: of {count} tables none has a column of dates and "
            "one of topics; give the page with the table of lectures."
        )
    index = flow.LinkIndex(tree, html)
    term = head.term(tree)
    calendar = dates.Calendar([_printed(row) for row in rows], term, year)
    # Read twice: a student number found late in the page also goes from its
    # beginning.
    known = _read(tree, index, schedule_tables, rows, calendar, base_url, has_file)[2]
    course, reader, links = _read(
        tree, index, schedule_tables, rows, calendar, base_url, has_file, known
    )
    course.term = term
    for link in links.unsettled_of_page():
        head.keep_left_over(course, link, links)
    links.warn_of_student_numbers()
    _give_keys(reader.sessions)
    if calendar.year is None:
        links.warn(
            "no_year",
            "schedule",
            "The dates have no year and the page names no term; give --year.",
        )
    outline = Outline(
        course, reader.sessions, reader.galleries, links.account(), links.warnings
    )
    return _with_texts(outline, links.without_student_numbers)


def _read(tree, index, schedule_tables, rows, calendar, base_url, has_file, known=None):
    links = Links(index.all, base_url, has_file, known)
    reader = RowReader(index, links, calendar)
    reader.read_all(rows)
    course = head.read(tree, index, links, schedule_tables)
    return course, reader, links


def _with_texts(value, change):
    """``value`` with ``change`` made to every text in it; dataclasses in place."""
    if isinstance(value, str):
        return change(value)
    if isinstance(value, list):
        return [_with_texts(each, change) for each in value]
    if is_dataclass(value):
        for each in fields(value):
            setattr(value, each.name, _with_texts(getattr(value, each.name), change))
    return value


def _printed(row):
    texts = [
        node.text(separator=" ")
        for role, node in [(role, node) for role, _, node in row.cells]
        + list(row.spanned.items())
        if role in ("date", "week")
    ]
    if not texts and row.cells:
        texts = [row.cells[0][2].text(separator=" ")]
    return next((found for text in texts if (found := dates.read(text))), None)


def _give_keys(sessions):
    """A short, unique, stable key for each: its number, else its words."""
    taken, count = set(), Counter()
    for session in sessions:
        key = slugify(session.number) or slugify(session.title)[:32].strip("-")
        key = key or session.date or slugify(session.date_as_printed)[:32] or "session"
        unique = key
        while unique in taken:
            count[key] += 1
            unique = f"{key}-{count[key] + 1}"
        taken.add(unique)
        session.key = unique
