"""The schedule of a page: which tables hold it, and what each column says."""

import re
from collections import Counter
from dataclasses import dataclass

from . import dates, flow

ROLES = [  # the first pattern that a heading matches
    ("homework", r"\bdue\b|\bdeadlines?\b"),
    ("week", r"^(?:week|wk)s?\b(?!.*\bdate)"),
    ("date", r"\bdates?\b|\bdays?\b|^when$|^time$|日期|时间"),
    (
        "number",
        r"^(?:class|session|lecture|lec)?\.?\s*(?:number|no\.?|nr\.?|num\.?|#)$|^index$",
    ),
    ("topic", r"\btopics?\b|\btitle\b|\bsubjects?\b|\bcontents?\b|\btheme\b|内容"),
    ("slides", r"^(?:lecture )?slides?\b"),
    ("video", r"\bvideos?\b|\brecordings?\b"),
    (
        "reading",
        r"\breadings?\b|\breferences?\b|\bpapers?\b|\bliterature\b|\btextbook\b|"
        r"^background$|^chapters?\b",
    ),
    (
        "homework",
        r"\bhome\s?works?\b|\bassignments?\b|\bhw\b|\bproblem sets?\b|\bpsets?\b|"
        r"\bexercises?\b|\blabs?\b|\bprojects?\b",
    ),
    ("abstract", r"^abstract"),
    ("affiliation", r"^affiliations?\b|^institut|^university\b"),
    ("speaker", r"\bspeakers?\b|\bpresenters?\b|^guest|^who$"),
    ("scribe", r"\bscri(?:be|ber|bers|bes)\b|\bnote[- ]?takers?\b"),
    (
        "instructor",
        r"\binstructors?\b|\blecturers?\b|\bteachers?\b|\bprof|\btaught by\b|"
        r"^staff$|讲者|教师",
    ),
    ("place", r"^(?:place|room|venue|location|where)\b"),
    ("type", r"^(?:class |session |event )?types?$|^kind$|^format$"),
    (  # a topic too, where no column says so more clearly
        "event",
        r"\blectures?\b|\bdescription\b|^talk|^what\b|\bsession\b|\bclass\b|"
        r"\bactivity\b|\bevent\b",
    ),
    (
        "materials",
        r"\bnotes?\b|\bmaterials?\b|\bhand-?outs?\b|\bresources?\b|\blinks?\b|"
        r"\bcodes?\b|\bfiles?\b|\bpdfs?\b|\bdownloads?\b",
    ),
    ("comments", r"\bcomments?\b|\bremarks?\b|\bmisc\b|\bother\b"),
]
MAX_SPAN = 100
MAX_COLUMNS = 30


@dataclass
class Row:
    """One row of a schedule: the node of each column's role, in column order."""

    cells: list  # (role, heading, node), one for each cell that begins here
    spanned: dict  # role -> node of a cell that began in a row above


def role_of(heading):
    words = flow.squeeze(heading).strip(" :.").lower()
    if not words or len(words) > 40:
        return ""
    return next((role for role, words_ in ROLES if re.search(words_, words)), "")


def schedule(tree):
    """(table nodes, rows of all of them in page order) of the page's schedule.

    Empty lists where no table looks like one: it needs a column of dates, or
    headings that name a topic beside a date, week or number.
    """
    found = []
    for table in tree.css("table"):
        grid = _grid(table)
        if len(grid) < 2:
            continue
        columns, headings, body = _columns(grid)
        if columns:
            dated = sum(bool(_date_cell(row, columns)) for row in body)
            found.append((table, columns, headings, body, dated))
    around = _around(table for table, *_, dated in found if dated >= 2)
    inner = [each for each in found if each[0].mem_id not in around]
    if not inner:
        return [], []
    main = max(inner, key=lambda each: (each[4], len(each[3])))
    chosen = [
        each
        for each in inner
        if each is main
        or (
            each[1] == main[1]
            or (each[4] >= 2 and "topic" in each[1] and len(each[1]) == len(main[1]))
        )
    ]
    rows = [
        row
        for _, columns, headings, body, _ in chosen
        for row in _rows(body, columns, headings)
    ]
    return [table for table, *_ in chosen], rows


def _around(nodes):
    """The ``mem_id`` of every element that one of ``nodes`` stands in."""
    around = set()
    for node in nodes:
        node = node.parent
        while node is not None and node.mem_id not in around:
            around.add(node.mem_id)
            node = node.parent
    return around


def _grid(table):
    """Rows as lists of (node, starts here) by column, spans filled in; none
    where the table is too wide for a schedule."""
    grid, carried = [], {}
    for tr in _row_nodes(table):
        row, column = [], 0
        cells = [c for c in flow.children(tr) if c.tag in ("td", "th")]
        while cells or column in carried:
            if column in carried:
                node, left = carried.pop(column)
                row.append((node, False))
                if left > 1:
                    carried[column] = (node, left - 1)
                column += 1
                continue
            node = cells.pop(0)
            width = min(_span(node, "colspan"), max(1, MAX_COLUMNS - column))
            for i in range(width):
                row.append((node, i == 0))
                if (down := _span(node, "rowspan")) > 1:
                    carried[column] = (node, down - 1)
                column += 1
        if len(row) > 2 * MAX_COLUMNS:
            return []
        if row:
            grid.append(row)
    return grid


def _row_nodes(table):
    for child in flow.children(table):
        if child.tag == "tr":
            yield child
        elif child.tag in ("thead", "tbody", "tfoot"):
            yield from (row for row in flow.children(child) if row.tag == "tr")


def _span(node, name):
    text = (node.attributes.get(name) or "1").strip()
    return max(1, min(int(text), MAX_SPAN)) if re.fullmatch("[0-9]{1,9}", text) else 1


def _text(node):
    return flow.squeeze(node.text(separator=" "))


def _columns(grid):
    """(roles by column, headings by column, rows of the body); ([], [], [])
    where the table is no schedule."""
    for at, row in enumerate(grid[:3]):
        headings = [_text(node) if starts else "" for node, starts in row]
        roles = [role_of(heading) for heading in headings]
        if "topic" not in roles and "event" in roles:
            roles[roles.index("event")] = "topic"
        if len(roles) == 2 and "date" in roles and all(roles):
            roles[1 - roles.index("date")] = "topic"
        named = {role for role in roles if role}
        if (
            named & {"date", "week", "number"}
            and named & {"topic", "speaker"}
            and not any(dates.read(heading) for heading in headings)
        ):
            return _unique(roles), headings, grid[at + 1 :]
    return _guess(grid)


def _guess(grid):
    """Roles of a table without headings: dates first, the most words are the
    topic."""
    width = Counter(len(row) for row in grid).most_common(1)[0][0]
    if width < 2:
        return [], [], []
    rows = [row for row in grid if len(row) == width]
    texts = [[_text(row[column][0]) for row in rows] for column in range(width)]
    dated = [sum(_is_date_cell(text) for text in column) for column in texts]
    best = max(dated)
    if best < 2 or best < 0.5 * len(rows):
        return [], [], []
    date_column = dated.index(best)
    lengths = [
        -1 if column == date_column else sum(map(len, texts[column]))
        for column in range(width)
    ]
    roles = ["materials"] * width
    roles[date_column] = "date"
    roles[lengths.index(max(lengths))] = "topic"
    return roles, [""] * width, grid


def _is_date_cell(text):
    return len(text) < 60 and dates.read(text) is not None


def _unique(roles):
    """A second column of a role that only one can have holds materials."""
    seen, unique = set(), []
    for role in roles:
        if role in seen and role in (
            "topic",
            "number",
            "week",
            "speaker",
            "abstract",
            "type",
        ):
            role = "materials"
        if role == "event":
            role = "materials"
        seen.add(role)
        unique.append(role or "materials")
    return unique


def _date_cell(row, columns):
    for column, role in enumerate(columns):
        if (
            role in ("date", "week")
            and column < len(row)
            and dates.read(_text(row[column][0]))
        ):
            return row[column][0]
    return None


def _rows(body, columns, headings):
    rows = []
    for grid_row in body:
        cells, spanned = [], {}
        texts = [_text(node) for node, starts in grid_row if starts]
        begun = {node.mem_id for node, starts in grid_row if starts}
        if not begun:
            continue
        if texts == [h for h in headings if h]:
            continue  # the headings once more
        for column, (node, starts) in enumerate(grid_row):
            role = columns[column] if column < len(columns) else "materials"
            heading = headings[column] if column < len(headings) else ""
            if starts:
                if "topic" in columns[column : column + _span(node, "colspan")]:
                    role = "topic"
                cells.append((role, heading, node))
            elif node.mem_id not in begun:
                spanned.setdefault(role, node)
        rows.append(Row(cells, spanned))
    return rows
