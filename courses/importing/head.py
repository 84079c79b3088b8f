"""What a page says outside its schedule: title, term, people, time and place."""

import re
from itertools import zip_longest

from references import names

from . import dates, flow, materials, people
from .flow import Link, Words, squeeze, text_of
from .outline import Course, Meeting, Role, Section

CODE = re.compile(
    r"\b((?:[A-Z]{2,6}|Math|Stats?|Phys|Econ)[\s-]?\d{2,5}[A-Za-z]{0,2}(?:\.\d+)?|"
    r"\d{1,2}[.-]\d{3,4}[A-Z]?)\b(?![-/]\d)"
)
ROLE_HEADINGS = [
    (
        "assistant",
        r"^(?:teaching |course )?assistants?\b|^t\.?a\.?s?\b|^tutors?\b|^graders?\b",
    ),
    ("organiser", r"^(?:seminar )?organi[sz]ers?\b"),
    (
        "instructor",
        r"^(?:course )?instructors?\b|^lecturers?\b|^teachers?\b|^professors?\b|"
        r"^taught by\b",
    ),
]
ROLE_LINE = re.compile(r"\s*([A-Za-z ]{2,24}?)s?\s*[:：]\s*")
NAVIGATION = re.compile(
    r"(?:^|[\s_-])(?:nav|navbar|menu|breadcrumbs?|footer|topbar)(?:$|[\s_-])"
)
INSTITUTION = re.compile(
    r"\b(?:universit\w+|institute|college|school of|ENS|ETH)\b", re.I
)
GENERIC = re.compile(r"(?:course )?(?:information|info|home ?page|schedule|home)", re.I)
TIME_HEADING = re.compile(
    r"\btime\b|\bplace\b|\bwhen\b|\bwhere\b|\bmeet|\blectures?\b|\bclass\b", re.I
)
_DAY = (
    r"(?:(?:mon|tues?|wed(?:nes)?|thu(?:rs?)?|fri|sat(?:ur)?|sun)(?:days?|s)?\.?|"
    r"mo|tu|we|th|fr|sa|su)"
)
DAYS = re.compile(
    rf"\b({_DAY}(?:\s*(?:,|/|&|and)\s*{_DAY}){{0,6}}|(?-i:(?:M|Tu|T|W|Th|R|F){{2,5}})(?![a-z]))"
    r"(?=[\s,:(]*(?:from\s+|at\s+)?\d)",
    re.IGNORECASE,
)
MAX_PEOPLE = 50  # in one line
COMPACT_DAY = re.compile(r"Tu|Th|M|T|W|R|F")
ABBREVIATION = re.compile(r"\(\s*((?:[A-Z]\.\s?){1,4}|[A-Z]{2,4})\s*\)")
NOT_CLASS = r"office hour|appointment|tutorial|recitation|discussion|\blabs?\b"
STREAM_LABEL = re.compile(r"(?:zoom|stream|join|link|online|here)(?: link)?", re.I)
STREAM = re.compile(r"zoom\.|meet\.google|teams\.microsoft|webex|bbb\.|tencent", re.I)


def read(tree, index, links, schedule_tables):
    """The Course of a page; its links get their places."""
    body = tree.body
    skip = {table.mem_id for table in schedule_tables}
    aside = [node for node in _navigation(tree) if not _holds(node, schedule_tables)]
    main = flow.lines([body], index, skip | {node.mem_id for node in aside})
    course = Course()
    title = (
        squeeze((tree.css_first("title") or body).text())
        if tree.css_first("title")
        else ""
    )
    main = _title(course, main, title, tree)
    groups = _sections(main)
    for heading, lines in groups:
        lines = _roles(course, heading, lines, links)
        lines = _meetings(course, heading, lines, links)
        _keep(course, heading, lines, links)
    aside_lines = flow.lines(aside, index) if aside else []
    _keep(course, "Navigation and footer", aside_lines, links, "staff")
    return course


def term(tree):
    """The term that title and headings name, or the first named on the page
    outside links to other pages; ""."""
    marked = [node.text(separator=" ") for node in tree.css("title, h1, h2")]
    for text in marked:
        if found := dates.term_of(squeeze(text)):
            return found
    pieces = []
    stack = [tree.body]
    while stack:
        node = stack.pop()
        if node.tag == "-text":
            pieces.append(node.text_content or "")
        elif node.tag == "a" and not (node.attributes.get("href") or "#").startswith(
            "#"
        ):
            pieces.append(" … ")
        elif node.tag not in flow.SILENT:
            stack += reversed(list(flow.children(node)))
    return dates.term_of(squeeze(" ".join(pieces)))


def _navigation(tree):
    """Elements that are site navigation, page header or footer."""
    found, ids = [], set()
    for node in tree.css("nav, header, footer, address, div, ul, section"):
        named = (
            f"{node.attributes.get('class') or ''} {node.attributes.get('id') or ''}"
        )
        if node.tag not in (
            "nav",
            "header",
            "footer",
            "address",
        ) and not NAVIGATION.search(named.lower()):
            continue
        parent = node.parent
        while parent is not None and parent.mem_id not in ids:
            parent = parent.parent
        if parent is None:
            ids.add(node.mem_id)
            found.append(node)
    return found


def _holds(node, tables):
    inside = {table.mem_id for table in node.css("table")}
    return any(table.mem_id in inside for table in tables) or node.tag == "body"


def _title(course, lines, title, tree):
    """Fill title, code, term and institution; the lines that are left."""
    course.term = term(tree)
    chosen = _title_line(lines)
    texts = [text for text in (chosen.text if chosen else "", title) if text]
    course.code = next((m[1] for text in texts if (m := CODE.search(text))), "")
    course.title = next((t for text in texts if (t := _bare_title(text, course))), "")
    rest = []
    in_head = True
    for line in lines:
        if line.heading > 1 and line is not chosen:
            in_head = False
        is_term = course.term and squeeze(line.text).strip(" ().,") == course.term
        if line is chosen or is_term or GENERIC.fullmatch(line.text.strip(" .:")):
            if line.links:
                rest.append(line)
            continue
        if (
            in_head
            and not course.institution
            and not line.links
            and len(line.text) < 100
            and INSTITUTION.search(line.text)
            and chosen
        ):
            course.institution = line.text.strip(" .")
            continue
        rest.append(line)
    return rest


def _title_line(lines):
    for wanted in (1, 2):
        for line in lines:
            if line.heading == wanted and re.search(r"[A-Za-z]{3}", line.text):
                return line
    for line in lines:
        if line.heading:
            return None
        words = [p for p in line.pieces if isinstance(p, Words) and p.text.strip()]
        if words and all(p.is_bold for p in words) and len(line.text) < 200:
            return line
    return None


def _bare_title(text, course):
    bare = text.replace(course.code, "", 1) if course.code else text
    if found := dates.term_of(bare):
        bare = bare.replace(found, "")
    return squeeze(re.sub(r"\(\s*\)", "", bare)).strip(" .,:;|–—-/")


def _sections(lines):
    """(heading, lines) in page order; lines before any heading have none."""
    groups = [("", [])]
    for line in lines:
        if line.heading and not line.links:
            if groups[-1][0] and not groups[-1][1]:
                groups[-1] = (line.text, [])  # a heading directly over another
            else:
                groups.append((line.text, []))
        else:
            groups[-1][1].append(line)
    return groups


def _role_of(text):
    words = text.strip(" .:").lower()
    return next((role for role, regex in ROLE_HEADINGS if re.search(regex, words)), "")


def _roles(course, heading, lines, links):
    """Take the people of an "Instructors" section, or of lines that say so."""
    by_heading = _role_of(heading)
    rest = []
    for line in lines:
        role, pieces = by_heading, line.pieces
        lead = "".join(p.text for p in pieces[:1] if isinstance(p, Words))
        if (match := ROLE_LINE.match(lead)) and _role_of(match[1]):
            role = _role_of(match[1])
            pieces = [Words(lead[match.end() :]), *pieces[1:]]
        taken = role and _people(course, role, pieces, links)
        if not taken:
            rest.append(line)
    return rest


def _people(course, role, pieces, links):
    """Add the people that ``pieces`` name; whether that was all they said.

    "(H.M.)" after a name is how the schedule abbreviates it.
    """
    where, before = "instructors", len(course.roles)
    linked = [p for p in pieces if isinstance(p, Link) and people.is_name(p.label)]
    linked = linked[:MAX_PEOPLE]
    for link in linked:
        if not link.address.startswith("mailto:"):
            name = names.without_honorific(link.label).strip(" ,.;")
            course.roles.append(Role(name, role, links.place(link, where)))
    text = squeeze("".join(text_of(piece) for piece in pieces))
    if not linked:
        said = ABBREVIATION.sub("", text)
        listed = re.match(r"[^\d@:(]{3,80}$", said)
        first = names.without_honorific(re.split(r"[,(:–-]", said)[0]).strip(" .")
        several = names.split_list(names.without_honorific(said)) if listed else [first]
        if not all(people.is_name(name) for name in several):
            several = [first] if people.is_name(first) else []
        course.roles += [Role(names.without_honorific(n), role) for n in several]
    for found in course.roles[before:]:
        if match := re.search(
            rf"{re.escape(found.name)}\W*?{ABBREVIATION.pattern}", text
        ):
            found.abbreviation = match[1]
        text = text.replace(found.name, " ")
    text = names.HONORIFIC.sub(" ", ABBREVIATION.sub(" ", text) + " ")
    others = [p for p in pieces if isinstance(p, Link) and p not in linked]
    return len(course.roles) > before and not others and not materials.is_said(text)


def _meetings(course, heading, lines, links):
    """Take weekly times and places ("Wed 3:00PM - 5:50PM, Zoom")."""
    rest = []
    for line in lines:
        says_when = TIME_HEADING.search(heading) or re.match(
            r"\s*(?:time|when|lectures?|class(?:es)?|meet\w*|schedule)\b",
            line.text,
            re.I,
        )
        office = re.search(NOT_CLASS, f"{heading} {line.text}", re.I)
        found = (
            []
            if office or not says_when or dates.read(line.text)
            else _weekly(line.text)
        )
        if not found:
            rest.append(line)
            continue
        stream = next((link for link in line.links if _is_stream(link)), None)
        place = found[-1][3]
        if stream:
            place = squeeze(
                re.sub(
                    r"[(\[]?\s*" + re.escape(stream.label) + r"\s*[)\]]?",
                    " ",
                    place,
                    count=1,
                )
            )
        url = (stream and links.place(stream, "time and place")) or ""
        for day, start, end, own in found:
            course.meetings.append(
                Meeting(
                    day,
                    start,
                    end,
                    (own if own and own != found[-1][3] else place)[:200],
                    url,
                )
            )
        if links.unsettled([line]):
            rest.append(line)
    return rest


def _is_stream(link):
    return bool(
        STREAM.search(link.address) or STREAM_LABEL.fullmatch(link.label.strip(" []()"))
    )


def _weekly(text):
    """(weekday, start, end, place) for each day that ``text`` names with a time."""
    found, matches = [], list(DAYS.finditer(text))
    for match, following in zip_longest(matches, matches[1:]):
        segment = text[match.end() : following.start() if following else len(text)]
        time = dates.times(segment)
        if not time:
            continue
        start, end, span = time
        place = re.sub(r"^[\s,;:(@]*(?:in|at)?\s+|^[\s,;:(@]+", "", segment[span[1] :])
        place = place.strip(" ,.;:)")
        if "(" in place and ")" not in place:
            place += ")"
        for day in _weekdays(match[1]):
            found.append(
                (day, f"{start:%H:%M}", f"{end:%H:%M}", re.sub(r",?\s*and$", "", place))
            )
    return found


def _weekdays(text):
    if re.fullmatch(f"(?:{COMPACT_DAY.pattern}){{2,5}}", text):
        return [dates.WEEKDAYS[day.lower()] for day in COMPACT_DAY.findall(text)]
    return [dates.weekday_of(word) for word in re.findall(_DAY, text, re.IGNORECASE)]


def _keep(course, heading, lines, links, visibility="public"):
    """Whatever is left of a part of the page stays, as text with its links."""
    blocks = []
    where = f"section {heading or 'before the headings'}"
    for line in lines:
        text = links.markdown(line.pieces, where)
        if not materials.is_said(line.text) and not line.links:
            continue
        blocks.append(f"- {text}" if line.starts_item else text)
    if blocks:
        course.sections.append(Section(heading, "\n\n".join(blocks), visibility))


def keep_left_over(course, link, links):
    """A link that stands in no line of the page (in hidden markup, say)."""
    heading = "Left over"
    if not course.sections or course.sections[-1].heading != heading:
        course.sections.append(Section(heading, "", "staff"))
    text = links.markdown([link], "left over")
    section = course.sections[-1]
    section.text = "\n\n".join(filter(None, [section.text, text]))
