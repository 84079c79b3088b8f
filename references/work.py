"""What a bibliography says of one work: the value all formats read and write."""

import re
from dataclasses import dataclass, field

from . import bibtex_names, latex
from .bibtex_names import Name

MAX_BYTES = 5_000_000
MAX_ENTRIES = 20_000
TOO_LARGE = f"More than {MAX_BYTES:,} bytes; nothing was read."
MAX_RAW_LENGTH = 1000  # characters of a Problem
MAX_PROBLEMS = 1000  # of one file, besides those of lost entries
# Control characters, halves of surrogate pairs, characters of private meaning.
UNPRINTABLE = re.compile(
    r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\uf8ff\U000f0000-\U0010ffff]"
)
MONTHS = (
    "January February March April May June July August September October November "
    "December".split()
)
# "1-10", "1--10", "A1 – A10"
PAGE_RANGE = re.compile(r"(\w{1,20})\s*[-–—]+\s*(\w{1,20})")
DAY = re.compile(r"0?[1-9]|[12][0-9]|3[01]")
THESES = {  # by entry type
    "phdthesis": "PhD thesis",
    "mastersthesis": "Master’s thesis",
    "bachelorthesis": "Bachelor’s thesis",
}
WEB_ADDRESS = re.compile(r"https?://[^\s/<>\"\\][^\s<>\"\\]*", re.IGNORECASE)


@dataclass
class Work:
    """A work as cited, whatever format it came in: plain text, no database row.

    ``authors`` are "Family, Given" in printed order, the family with its particles
    and suffix ("van der Vaart, Aad", "King Jr., Martin Luther"); a name without
    comma is a collaboration or a name of one word. ``kind`` is one of
    ``Paper.Kind``, ``entry_type`` the BibTeX type where it says more than the kind
    ("phdthesis", "online"). ``title`` and ``abstract`` have their formulas between
    dollar signs. ``other_fields`` are further BibTeX fields by their names in small
    letters, word for word as found. ``line`` is where it began in the text it was read
    from, from 1; 0 if it was not read from one.
    """

    title: str = ""
    authors: list[str] = field(default_factory=list)
    has_more_authors: bool = False  # "and others", "et al."
    year: int | None = None
    venue: str = ""
    arxiv_id: str = ""
    doi: str = ""
    kind: str = "misc"
    key: str = ""
    entry_type: str = ""
    volume: str = ""
    number: str = ""
    pages: str = ""
    publisher: str = ""
    url: str = ""
    abstract: str = ""
    note: str = ""
    other_fields: dict[str, str] = field(default_factory=dict)
    line: int = field(default=0, compare=False)

    @property
    def name(self) -> str:
        """The title; else what stands in its place, or "" if nothing does."""
        arxiv = f"arXiv:{self.arxiv_id}" if self.arxiv_id else ""
        doi = f"doi:{self.doi}" if self.doi else ""
        return self.title or arxiv or doi or self.venue

    @property
    def address(self) -> str:
        """The web address, for want of one that of the preprint; or ""."""
        arxiv = f"https://arxiv.org/abs/{self.arxiv_id}" if self.arxiv_id else ""
        return web_address(self.url) or arxiv

    def author_names(self) -> list[Name]:
        """The authors in parts."""
        return [bibtex_names.of_string(one_line(name)) for name in self.authors]

    def editor_names(self) -> tuple[list[Name], bool]:
        """The editors in parts, and whether there are more."""
        found, has_more, _ = bibtex_names.read(self._decoded("editor"))
        return found, has_more

    def words(self, name: str) -> str:
        """The other field ``name`` without LaTeX; "" if there is none."""
        return latex.plain(self._decoded(name))

    def _decoded(self, name):
        return latex.decode(one_line(self.other_fields.get(name, "")))


@dataclass
class Problem:
    """A thing a reader could not take as it stands.

    ``line`` is 1-based, ``raw`` the text concerned; ``lost`` is True only where
    an entry could not be read.
    """

    line: int
    message: str
    raw: str
    lost: bool = False


class Report(list):
    """The Problems of a file that may have very many: some are only counted."""

    def __init__(self):
        super().__init__()
        self.more = 0

    def add(self, problem: Problem):
        """Append ``problem``, unless MAX_PROBLEMS are here and no entry was lost."""
        if len(self) < MAX_PROBLEMS or problem.lost:
            self.append(problem)
        else:
            self.more += 1

    def close(self):
        """Sort by line; say last how many are not here."""
        self.sort(key=lambda problem: problem.line)
        if self.more:
            message = f"{self.more:,} further problems are not listed."
            self.append(Problem(self[-1].line, message, ""))
        self.more = 0


def named(works: list[Work]) -> tuple[list[Work], list[Problem]]:
    """Those of ``works`` that say which work they are, and what to tell of the others:
    sets of entries, notes without a title."""
    message = "This says neither title nor identifier: no paper can be made of it."
    nameless = [
        Problem(work.line, message, work.key) for work in works if not work.name
    ]
    return [work for work in works if work.name], nameless


def one_line(text: str) -> str:
    """``text`` on one line, spaces squeezed, without control characters."""
    return " ".join(UNPRINTABLE.sub(" ", text).split())


def web_address(text: str) -> str:
    """``text`` if it is an http or https address, else ""."""
    text = one_line(text)
    return text if WEB_ADDRESS.fullmatch(text) else ""


def too_large(text: str) -> Problem | None:
    """The problem of a file of more than ``MAX_BYTES``."""
    if len(text) <= MAX_BYTES and len(text.encode(errors="replace")) <= MAX_BYTES:
        return None
    return Problem(1, TOO_LARGE, text[:MAX_RAW_LENGTH], lost=True)


def month_number(text: str) -> int | None:
    """The number of the month "jan", "10 January", "January-March", "1" or "01"."""
    text = text.strip()
    if re.fullmatch(r"0?[1-9]|1[0-2]", text):
        return int(text)
    starts = [month[:3] for month in MONTHS]
    word = re.search(r"[A-Za-z]{3}", text)
    start = word[0].title() if word else ""
    return starts.index(start) + 1 if start in starts else None
