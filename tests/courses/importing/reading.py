"""Small pages for the tests of the importer, and what it reads in them."""

from dataclasses import asdict
from datetime import date, timedelta

from courses.importing import flow, links, page, topic
from courses.importing.outline import Session

PAGE = "<h1>MATH 1000: On Small Things, Fall 2020</h1>{}"
TABLE = "<table><tr><td>Date</td><td>Topic</td></tr>{}</table>"


def cell_page(*cells):
    """A page whose schedule has one row a week for each topic cell."""
    first = date(2020, 9, 2)
    rows = (
        f"<tr><td>{first + timedelta(weeks=week):%m/%d/%Y, %a}</td><td>{cell}</td></tr>"
        for week, cell in enumerate(cells)
    )
    return PAGE.format(TABLE.format("".join(rows)))


def read(html, **options):
    return page.outline_of(html, **options)


def read_cell(cell, **options):
    """(session, outline) of a page with one other row and this topic cell."""
    outline = read(cell_page("Lecture 01: Overview", cell), **options)
    return outline.sessions[1], outline


def said(value, empty=("", None, [])):
    """A dataclass as dict, without what it leaves empty."""
    return {
        key: [said(each) if isinstance(each, dict) else each for each in found]
        if isinstance(found, list)
        else found
        for key, found in (value if isinstance(value, dict) else asdict(value)).items()
        if found not in empty
    }


def lines_of(html):
    """(lines, account) of a piece of HTML."""
    tree = flow.parse(html)
    index = flow.LinkIndex(tree, html)
    lines = flow.lines([tree.body], index)
    return lines, links.Links(index.all, "", lambda address: False)


def topic_of(html):
    """(session, its galleries, notes, account) of one topic cell alone."""
    lines, account = lines_of(html)
    session = Session(position=1)
    reader = topic.Topic(session, account, "session 1")
    reader.read(lines)
    return session, reader.galleries, reader.notes, account
