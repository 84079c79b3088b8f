"""RIS, in and out: values in, text out.

Where programs differ over a tag, it is written as Zotero reads it.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import rispy
from rispy.config import TAG_KEY_MAPPING, TYPE_OF_REFERENCE_MAPPING

from . import bibtex_names, identifiers, latex
from .bibtex_names import Name
from .work import (
    DAY,
    MAX_ENTRIES,
    MAX_RAW_LENGTH,
    MONTHS,
    PAGE_RANGE,
    THESES,
    Problem,
    Work,
    month_number,
    one_line,
    too_large,
    web_address,
)

TYPES = {  # by Work.kind
    "article": "JOUR",
    "inproceedings": "CPAPER",
    "book": "BOOK",
    "incollection": "CHAP",
    "thesis": "THES",
    "report": "RPRT",
    "preprint": "UNPB",
    "misc": "GEN",
}
OTHER_TYPES = {"online": "ELEC", "dataset": "DATA", "software": "COMP"}
KINDS = {type_: kind for kind, type_ in TYPES.items()} | {
    "ABST": "article",
    "CONF": "inproceedings",
    "DICT": "incollection",
    "EBOOK": "book",
    "ECHAP": "incollection",
    "EDBOOK": "book",
    "EJOUR": "article",
    "ENCYC": "incollection",
    "INPR": "article",
    "JFULL": "article",
    "MANSCPT": "preprint",
    "MGZN": "article",
    "NEWS": "article",
}
ENTRY_TYPES = {type_: entry_type for entry_type, type_ in OTHER_TYPES.items()} | {
    "BLOG": "online"
}
OTHER_FIELDS = {  # by BibTeX's name
    "address": "CY",
    "edition": "ET",
    "keywords": "KW",
    "language": "LA",
    "series": "T3",
}
OTHERS = "et al."
TAG = re.compile(r"([A-Z][A-Z0-9])  -(?: |$)")
# Further tags of the specification of 2001, which rispy does not know.
OLD_TAGS = "BT CP CT ED IP L3 LK U1 U2 U3 U4 U5".split()
KNOWN_TAGS = {*TAG_KEY_MAPPING, *OLD_TAGS} - {"UK"}  # that one is rispy's own
# To rispy a tag is its own name and every value is a list, so that none is lost.
TAGS = {
    "mapping": {tag: tag.lower() for tag in KNOWN_TAGS},
    "list_tags": [*KNOWN_TAGS],
    "delimiter_tags_mapping": {},
    "skip_unknown_tags": True,
}


class _Writer(rispy.RisWriter):
    """Lines end as the specification wants; records have no numbers before them."""

    REFERENCE_TYPE_KEY = "ty"
    NEWLINE = "\r\n"

    def set_header(self, count):
        return ""


def dumps(works: Iterable[Work]) -> str:
    """RIS of ``works``, one line a value, so that none can end its record."""
    records = [_record(work) for work in works]
    return rispy.dumps(records, implementation=_Writer, **TAGS)


def loads(text: str) -> tuple[list[Work], list[Problem]]:
    """The works of RIS ``text``, and what could not be taken.

    The tags written by ``dumps`` are read, with their older names; further ones say
    what a Work has no place for and are left out, with a report if RIS has no such
    tag.
    """
    if problem := too_large(text):
        return [], [problem]
    works, problems = [], []
    records = _records(text.removeprefix("\ufeff"), problems)
    for n, lines in enumerate(records, start=1):
        if n > MAX_ENTRIES:
            message = f"More than {MAX_ENTRIES:,} records; the rest was not read."
            problems.append(lines.problem(message, lost=True))
            break
        work = _work(lines, problems)
        work.line = lines.first
        if any((work.title, work.authors, work.doi, work.arxiv_id, work.url)):
            works.append(work)
        else:
            message = "Neither title, author, identifier nor address."
            problems.append(lines.problem(message, lost=True))
    problems.sort(key=lambda problem: problem.line)
    return works, problems


def _record(work) -> dict:
    """The values of each tag, in small letters as rispy's writer wants them."""
    pages = PAGE_RANGE.fullmatch(work.pages.strip())
    record = {
        "ID": [work.key],
        "AU": _people(work.author_names(), work.has_more_authors),
        "A2": _people(*work.editor_names()),
        "PY": [str(work.year or "")],
        "DA": [_day(work)],
        "TI": [work.title],
        "T2": [work.venue],
        "VL": [work.volume],
        "IS": [work.number],
        "SP": [pages[1] if pages else work.pages],
        "EP": [pages[2] if pages else ""],
        "PB": [work.publisher or work.words("school") or work.words("institution")],
        "SN": [work.words("isbn") or work.words("issn")],
        "M3": [work.words("type") or THESES.get(work.entry_type, "")],
        "DO": [work.doi],
        "AN": [work.arxiv_id and f"arXiv:{work.arxiv_id}"],
        "UR": [work.address],
        "AB": [work.abstract],
        "N1": [work.note],
        **{tag: [work.words(name)] for name, tag in OTHER_FIELDS.items()},
    }
    type_ = OTHER_TYPES.get(work.entry_type) if work.kind == "misc" else None
    lines = {
        tag.lower(): [*filter(None, map(one_line, values))]
        for tag, values in record.items()
    }
    return {"ty": type_ or TYPES.get(work.kind, "GEN")} | lines


def _people(found: list[Name], has_more: bool) -> list[str]:
    """As RIS wants names: "van der Vaart, Aad", "King, Martin Luther, Jr."."""
    people = [
        ", ".join(filter(None, [f"{p.particle} {p.family}".strip(), p.given, p.suffix]))
        or p.literal
        for p in found
    ]
    return [*people, OTHERS] if people and has_more else people


def _day(work):
    """ "2020/10/06", or "" where the month is not known: the year has its own tag."""
    month, day = month_number(work.words("month")), work.words("day")
    if work.year is None or not month:
        return ""
    day = f"{int(day):02}" if DAY.fullmatch(day) else ""
    return f"{work.year:04}/{month:02}/{day}"


@dataclass
class _Lines:
    """The lines of one record; ``first`` is the number of the first in the file."""

    first: int
    raw: list[str] = field(default_factory=list)

    def problem(self, message, line=None, lost=False):
        raw = "\n".join(self.raw)[:MAX_RAW_LENGTH]
        return Problem(line or self.first, message, raw, lost)

    def values(self, problems) -> dict[str, list[str]]:
        """The values of each tag, in order; a line without tag goes on the last."""
        joined = []
        for number, line in enumerate(self.raw, start=self.first):
            tag = TAG.match(line)
            if not tag:
                joined[-1].append(line.strip())
                continue
            joined.append([line])
            if tag[1] not in KNOWN_TAGS:
                message = f"{tag[1]}: no tag of RIS, left out."
                problems.append(self.problem(message, number))
        lines = [" ".join(parts) for parts in joined]
        [record] = rispy.loads("\n".join([*lines, "ER  - "]), **TAGS)
        return {tag.upper(): values for tag, values in record.items()}


def _records(text, problems) -> Iterator[_Lines]:
    """The records of ``text``; what is around and between them is reported."""
    record, outside = None, None
    for number, line in enumerate(re.split(r"\r\n|\r|\n", text), start=1):
        tag = TAG.match(line)
        if tag and tag[1] == "TY":
            if record:
                problems.append(record.problem("No ER line ends this record."))
                yield record
            record, outside = _Lines(number, [line]), None
        elif tag and tag[1] == "ER" and record:
            yield record
            record = None
        elif record:
            record.raw.append(line)
        elif line.strip() and not re.fullmatch(r"\s*\d+\.\s*", line):  # "12."
            if not outside:
                outside = Problem(number, "Not inside a record.", "", lost=True)
                problems.append(outside)
            outside.raw = f"{outside.raw}{line}\n"[:MAX_RAW_LENGTH]
    if record:
        problems.append(record.problem("No ER line ends this record."))
        yield record


def _work(lines, problems) -> Work:
    values = lines.values(problems)
    type_ = values.pop("TY")

    def first(*tags):
        """The first value that one of ``tags`` has."""
        found = (one_line(value) for tag in tags for value in values.get(tag, []))
        return next(filter(None, found), "")

    def report(message):
        problems.append(lines.problem(message))

    if type_ not in TYPE_OF_REFERENCE_MAPPING:
        report(f"TY: {type_[:20] or 'none'} is no type of RIS.")
    kind = KINDS.get(type_, "misc")
    authors, has_more = _names(values, "AU", "A1")
    year, other = _date(first("PY", "Y1"), first("DA"), report)
    other |= {name: first(tag) for name, tag in OTHER_FIELDS.items()}
    other["keywords"] = ", ".join(map(one_line, values.get("KW", [])))
    other["isbn" if kind in ("book", "incollection") else "issn"] = first("SN")
    described = first("M3")
    entry_type = ENTRY_TYPES.get(type_, "")
    if kind == "thesis":
        entry_type = next((e for e, name in THESES.items() if name == described), "")
    if kind in ("thesis", "report") and not entry_type:
        other["type"] = described
    other = {name: latex.encode(latex.mark(value)) for name, value in other.items()}
    other["editor"] = latex.encode(bibtex_names.write(*_names(values, "A2", "ED")))
    address = first("UR")
    if address and not web_address(address):
        report("UR: not http or https, left out.")
    places = (first(tag) for tag in ("AN", "M1", "UR", "DO", "T2", "JO", "JF"))
    arxiv_id = next(filter(None, map(identifiers.arxiv_id, places)), "")
    if arxiv_id and identifiers.arxiv_id(address) == arxiv_id:
        address = ""
    doi = identifiers.doi(first("DO"))
    if first("DO") and not doi and not arxiv_id:
        report("DO: no DOI in it, left out.")
    start, end = first("SP"), first("EP")
    pages = PAGE_RANGE.sub(r"\1--\2", start)
    return Work(
        title=first("TI", "T1", "CT", *(["BT"] if kind == "book" else [])),
        authors=[str(name) for name in authors],
        has_more_authors=has_more,
        year=year,
        venue=first("T2", "JF", "JO", "BT", "JA", "J2"),
        arxiv_id=arxiv_id,
        doi=doi,
        kind=kind,
        key=first("ID"),
        entry_type=entry_type,
        volume=first("VL"),
        number=first("IS", "CP", "IP"),
        pages=f"{start}--{end}" if start and end and end != start else pages,
        publisher=first("PB"),
        url=web_address(address),
        abstract=first("AB", "N2"),
        note=" ".join(map(one_line, values.get("N1", []))),
        other_fields={name: value for name, value in other.items() if value},
    )


def _names(values, *tags):
    """The Names of the first of ``tags`` that is there, and whether there are more."""
    found = next((values[tag] for tag in tags if tag in values), [])
    people = []
    for value in map(one_line, found):
        family, given, suffix = [*map(str.strip, value.split(",")), "", ""][:3]
        if given:
            family = f"{family} {suffix}".strip()
            people.append(bibtex_names.of_string(f"{family}, {given}"))
        elif family and family not in (OTHERS, "others"):
            people.append(Name(literal=family))
    return people, any(one_line(value) in (OTHERS, "others") for value in found)


def _date(year, day, report):
    """The year or None, and month and day as BibTeX fields, of "2020/10/06/"."""
    match = re.match(r"([0-9]{4})(?![0-9])", year or day)
    if not match:
        if year or day:
            report("PY: no year in it.")
        return None, {}
    month, number = [*(day or year).split("/")[1:], "", ""][:2]
    if not month_number(month):
        return int(match[1]), {}
    other = {"month": MONTHS[month_number(month) - 1]}
    if DAY.fullmatch(number):
        other["day"] = str(int(number))
    return int(match[1]), other
