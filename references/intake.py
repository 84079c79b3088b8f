"""A pasted text or a file -> the works it lists, whatever formats it mixes.

BibTeX, RIS and CSL-JSON may stand between identifiers and printed citations; each
reader gets the text with all that is not its own blank, so that lines keep their
numbers.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import compress
from operator import not_

from . import bibtex, csl, pasting, ris
from .work import MAX_RAW_LENGTH, Problem, Work, named, too_large

MAX_TRIED = 5_000  # lines tried as citations of their own
MAX_PRINTED = 2_000  # printed citations; each may take some milliseconds
BIBTEX = re.compile(r"\s*@\s*\w+\s*[{(]")
RIS = re.compile(r"TY  ?-")
RIS_END = re.compile(r"ER  ?-")
JSON = re.compile(r'\s*[\[{]\s*(?:$|["{])')
NUMBERED = re.compile(r"\s*(?:\[[^\[\]]{1,20}\]|\(?\d{1,3}[.)]|[•*–—-])\s")
# "Week 3", "Required readings", "For Tuesday:"
HEADING = re.compile(
    r"[^.,]{1,60}:|(?:weeks?|lectures?|sessions?|required|recommended|optional"
    r"|background|further|readings?|references|papers|bibliography)\b[^.,:]{0,40}",
    re.IGNORECASE,
)
DECODER = json.JSONDecoder()


@dataclass
class Listed:
    """A work that a text lists; if it was ``printed``, so and with these addresses."""

    work: Work
    addresses: list[str] = field(default_factory=list)
    printed: str = ""


@dataclass
class _Section:
    """Lines of one kind: those from ``first`` up to ``end``, counted from 0."""

    kind: str
    first: int
    end: int


def read(text: str) -> tuple[list[Listed], list[Problem]]:
    """All that ``text`` lists, in order, and what could not be read."""
    if problem := too_large(text):
        return [], [problem]
    lines = re.split(r"\r\n|\r|\n", text.replace("\x00", " ").removeprefix("\ufeff"))
    sections = list(_sections(lines))
    listed, problems = [], []
    for load, alone in (
        (bibtex.loads, _only("bibtex", lines, sections)),
        (ris.loads, _only("ris", lines, sections)),
        *((csl.loads, _only("json", lines, [each])) for each in sections),
    ):
        works, wrong = load(alone) if alone else ([], [])
        works, nameless = named(works)
        listed += map(Listed, works)
        problems += [*wrong, *nameless]
    for number, printed in enumerate(_printed(lines, sections)):
        if number == MAX_PRINTED:
            message = f"More than {MAX_PRINTED:,} citations; the rest was not read."
            problems.append(Problem(printed[0], message, printed[1], lost=True))
            break
        _read_printed(*printed, listed, problems)
    return (
        sorted(listed, key=lambda each: each.work.line),
        sorted(problems, key=lambda problem: problem.line),
    )


def _read_printed(line, text, listed, problems):
    if citation := pasting.citation(text):
        citation.line = line
        printed = "" if pasting.identified(text) else text
        listed.append(Listed(citation, citation.links, printed))
    else:
        message = "This reads as no paper: that needs authors and a title, or an id."
        problems.append(Problem(line, message, text[:MAX_RAW_LENGTH], lost=True))


def _only(kind, lines, sections):
    """The text in which all but the sections of ``kind`` is blank; "" without any."""
    alone, reached = [], 0
    for section in sections:
        if section.kind == kind:
            alone += [""] * (section.first - reached)
            alone += lines[section.first : section.end]
            reached = section.end
    return "\n".join(alone)


def _sections(lines) -> Iterator[_Section]:
    """The parts of a text, each of one format."""
    at = 0
    while at < len(lines):
        kind, end = _begun(lines, at)
        yield _Section(kind, at, end)
        at = end


def _begun(lines, at):
    """(kind, end) of what begins on the line ``at``."""
    for kind, head, end_of in FORMATS:
        if head.match(lines[at]):
            return kind, end_of(lines, at)
    return "printed", at + 1


def _end_of_entry(lines, first):
    """Behind the line on which the braces of an entry close, or before the next."""
    depth = 0
    for at in range(first, len(lines)):
        if at > first and BIBTEX.match(lines[at]):
            return at
        depth += lines[at].count("{") - lines[at].count("}")
        has_end = "}" in lines[at] or ")" in lines[at]
        if depth <= 0 and has_end:
            return at + 1
    return len(lines)


def _end_of_record(lines, first):
    """Behind the ER line, or before the next record."""
    for at in range(first + 1, len(lines)):
        if RIS.match(lines[at]):
            return at
        if RIS_END.match(lines[at]):
            return at + 1
    return len(lines)


def _end_of_json(lines, first):
    """Behind the value that begins there; of a broken one, the end of the text."""
    rest = "\n".join(lines[first:]).lstrip()
    try:
        _value, length = DECODER.raw_decode(rest)
    except (ValueError, RecursionError):
        return len(lines)
    return first + rest.count("\n", 0, length) + 1


FORMATS = [
    ("bibtex", BIBTEX, _end_of_entry),
    ("ris", RIS, _end_of_record),
    ("json", JSON, _end_of_json),
]


def _printed(lines, sections) -> Iterator[tuple[int, str]]:
    """(line from 1, text) of each citation or identifier that is printed.

    Blank lines set them apart; without, headings, numbers and lines that can stand
    alone do.
    """
    paragraph, tried = [], 0
    for section in [*sections, _Section("end", len(lines), len(lines))]:
        is_text = section.kind == "printed" and lines[section.first].strip()
        if is_text:
            paragraph.append((section.first + 1, lines[section.first]))
        elif paragraph:
            yield from _apart(paragraph, max_tried=MAX_TRIED - tried)
            tried += len(paragraph)
            paragraph = []


def _apart(paragraph, max_tried):
    """The citations of a paragraph: a list, lines of their own, or one in lines.

    So many lines are tried as citations of their own, which takes time.
    """
    lines = [line for _number, line in paragraph]
    are_headings = [bool(HEADING.fullmatch(line.strip())) for line in lines]
    starts = _starts([*compress(lines, map(not_, are_headings))], max_tried)
    items, after_heading = [], True
    for (number, line), is_heading in zip(paragraph, are_headings, strict=True):
        is_start = is_heading or next(starts) or after_heading
        after_heading = is_heading
        if is_start:
            items.append((number, [line.strip()]))
        else:
            items[-1][1].append(line.strip())
    return [(number, " ".join(parts)) for number, parts in items]


def _starts(lines, max_tried) -> Iterator[bool]:
    """Whether a citation begins on each of ``lines``, which are no headings."""
    are_numbered = [bool(NUMBERED.match(line)) for line in lines]
    if sum(are_numbered) > 1 or are_numbered[:1] == [True]:
        return iter(are_numbered)
    cited = [*map(pasting.citation, lines[: max(max_tried, 0)])]
    if sum(map(bool, cited)) < 2:  # one in several lines; a part may read as one
        return iter([False] * len(lines))
    return _begun_on(lines, cited + [None] * (len(lines) - len(cited)))


def _begun_on(lines, cited) -> Iterator[bool]:
    """Whether each of ``lines`` begins what is ``cited`` on it: not where it is the
    identifier of the citation before, nor where it only goes on with it."""
    before = None
    for line, citation in zip(lines, cited, strict=True):
        is_its_own = not before or before.arxiv_id or before.doi
        is_start = bool(citation) and bool(is_its_own or not pasting.identified(line))
        before = citation if is_start else before
        yield is_start
