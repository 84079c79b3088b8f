r"""BibTeX and biblatex, in and out: values in, text out.

What stands in a .bib file is LaTeX; a Work is plain words with formulas. Fields that a
Work has no place for stay in ``other_fields`` as written, for export. Names of fields
are BibTeX's where biblatex has others. Written are UTF-8 and fields that every style of
BibTeX knows. Reading what was written gives equal works, but for their keys: of these
a character that ends a key or a citation is left out, one that is missing is made from
author and year, one that is there already gets a number.
"""

import re
from collections.abc import Iterable

from . import bibtex_names, encodings, identifiers, latex
from .bibtex_source import MACROS, entries
from .names import fold
from .work import (
    MAX_BYTES,
    MAX_RAW_LENGTH,
    PAGE_RANGE,
    TOO_LARGE,
    Problem,
    Work,
    one_line,
    too_large,
    web_address,
)

MAX_VALUE_LENGTH = 100_000  # characters; three thousand authors have half of them
TYPES = {  # by Work.kind
    "article": "article",
    "inproceedings": "inproceedings",
    "book": "book",
    "incollection": "incollection",
    "thesis": "thesis",
    "report": "techreport",
    "preprint": "unpublished",
    "misc": "misc",
}
KINDS = {type_: kind for kind, type_ in TYPES.items()} | {
    "bachelorthesis": "thesis",
    "booklet": "book",
    "bookinbook": "incollection",
    "collection": "book",
    "inbook": "incollection",
    "inreference": "incollection",
    "manual": "book",
    "mastersthesis": "thesis",
    "mvbook": "book",
    "mvcollection": "book",
    "mvproceedings": "book",
    "mvreference": "book",
    "phdthesis": "thesis",
    "proceedings": "book",
    "reference": "book",
    "review": "article",
    "suppbook": "incollection",
    "suppcollection": "incollection",
    "suppperiodical": "article",
}
ALIASES = {
    "conference": "inproceedings",
    "electronic": "online",
    "manuscript": "unpublished",
    "preprint": "unpublished",
    "report": "techreport",
    "webpage": "online",
    "www": "online",
}
NO_ENTRY = ("comment", "preamble", "string")
THESES = {  # biblatex: the type of a @thesis
    "bathesis": "bachelorthesis",
    "mathesis": "mastersthesis",
    "phdthesis": "phdthesis",
}
VENUES = {  # where it appeared, by kind
    "article": "journal",
    "misc": "howpublished",
    "preprint": "howpublished",
}
PUBLISHERS = {"thesis": "school", "report": "institution"}  # by kind
CAPITALS = {"archiveprefix": "archivePrefix", "primaryclass": "primaryClass"}
NOT_WRITTEN = ("crossref", "xdata")  # the works are whole without
# Where a reference to arXiv may be all that stands.
ARXIV_FIELDS = "arxivid arxiv journal volume howpublished note number pages eid".split()

SOUND_TYPE = re.compile(r"[a-z][a-z0-9_]*")
SOUND_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_.:+/-]*")
NOT_IN_NAME = re.compile(r"[^A-Za-z0-9_.:+/-]")
NOT_IN_KEY = re.compile(r"[\s\x00-\x1f\x7f-\x9f,={}\"#%\\~@]+")
AMPERSAND = re.compile("&(?:amp;)+")  # which slips in from publishers' web pages
# The scheme of a link in LaTeX that would not be one of the web or of mail.
LIVE_SCHEME = re.compile(
    r"(\\(?:url|href|nolinkurl|hyperref)\s*\{\s*)"
    r"(?!(?:https?|ftp|mailto):)(?:[a-z][a-z0-9+.-]*:)+",
    re.IGNORECASE,
)
YEAR = re.compile(r"(?<!\d)[12]\d{3}(?!\d)")
DATE = re.compile(r"(\d{4})(?:-(0?[1-9]|1[0-2])(?:-(0?[1-9]|[12]\d|3[01]))?)?")
# As a venue it says nothing that an arXiv id does not; "arXiv Days" is another.
ARXIV = re.compile(r"(?:arxiv|corr)(?: e-?prints?| preprints?)?", re.IGNORECASE)
# "arXiv preprint arXiv:1409.1556 [cs.CV]", "abs/1409.1556", an address of arXiv
ARXIV_ALONE = re.compile(
    r"(?:(?:arxiv|corr|e-?prints?|preprint|https?://arxiv\.org/|abs/)[:,\s]*+)*+"
    r"(?P<id>(?:[a-z-]+(?:\.[a-z]{2})?/)?\d{4}[.\d]\d{2,5})(?:v\d+)?"
    r"(?:\s*\[[\w\s.,-]*\])?\.?",
    re.IGNORECASE,
)
MAYBE_ARXIV = re.compile(r"x\}*iv|abs/", re.IGNORECASE)
DOI_RESOLVER = re.compile(r"https?://(?:dx\.)?doi\.org/", re.IGNORECASE)
URL_COMMAND = re.compile(r"\\(?:url|path|href|nolinkurl)\s*(?=\{)")
TILDE = re.compile(r"\{?\\textasciitilde\b\s*|\$\\sim\$|\\~(?:\{\})?")
ESCAPED = re.compile(r"\\([&%#_$^{}])")


def read(data: bytes) -> tuple[list[Work], list[Problem]]:
    """As ``loads``, of a file in an encoding to be found out.

    An encoding that had to be assumed is a problem; it shows a line to judge it by.
    """
    if len(data) > MAX_BYTES:
        start = data[:MAX_RAW_LENGTH].decode(errors="replace")
        return [], [Problem(1, TOO_LARGE, start, lost=True)]
    text, encoding, is_assumed = encodings.decode(data)
    works, problems = loads(text)
    if is_assumed:
        number, line = next(
            (pair for pair in enumerate(text.split("\n"), 1) if not pair[1].isascii()),
            (1, ""),
        )
        message = f"The encoding is not certain; it was read as {encoding}."
        problems.insert(0, Problem(number, message, line.strip()[:MAX_RAW_LENGTH]))
    return works, problems


def loads(text: str) -> tuple[list[Work], list[Problem]]:
    """The works of BibTeX ``text`` in order, and what was not taken as it stands.

    Every entry is a Work, be it one with nothing but a note or with the key of an
    entry before.
    """
    if problem := too_large(text):
        return [], [problem]
    found, report = entries(text.removeprefix("\ufeff"))
    works = [_Reader(entry, report).work() for entry in found]
    report.close()
    return works, list(report)


def dumps(works: Iterable[Work]) -> str:
    """BibTeX of ``works``: no value can end its field, no field its entry."""
    keys = _Keys()
    return "\n".join(_entry(work, keys.key_of(work)) for work in works)


class _Reader:
    """The way of an entry to a Work: each field is taken from ``fields`` by what knows
    it, and what is left is other_fields."""

    def __init__(self, entry, report):
        self.entry, self.report = entry, report
        self.unknown = set()  # LaTeX commands
        self.fields = {}
        for name, value in entry.fields.items():
            sound = _sound_name(name)
            if sound != name:
                self._problem(f"The field “{name}” is kept as “{sound}”.")
            if value := one_line(self._short(name, value)):
                self.fields[sound] = value

    def work(self):
        type_ = self._type()
        kind = KINDS.get(type_, "misc")
        arxiv_id = self._arxiv_id()
        url = self._url(arxiv_id)
        title = self._title(kind)
        venue = self._venue(kind, title, arxiv_id)
        if arxiv_id and (
            type_ in ("misc", "online", "unpublished")
            or (type_ == "article" and not venue)
        ):
            type_, kind = "", "preprint"
        authors, has_more_authors = self._authors()
        work = Work(
            title=title,
            authors=authors,
            has_more_authors=has_more_authors,
            year=self._year(),
            venue=venue,
            arxiv_id=arxiv_id,
            doi=self._doi(arxiv_id, url),
            kind=kind,
            key=one_line(self.entry.key),
            entry_type="" if type_ in TYPES.values() else type_,
            volume=self._words("volume"),
            number=self._words("number", "issue"),
            pages=_page_range(self._words("pages")),
            publisher=self._publisher(kind),
            url=url,
            abstract=self._words("abstract"),
            note=self._words("note"),
            other_fields=self.fields,
            line=self.entry.line,
        )
        if self.unknown:
            commands = ", ".join(sorted(self.unknown))[:200]
            self._problem(f"Of LaTeX commands not known, the words stay: {commands}.")
        return work

    def _take(self, *names):
        """The value, as written, of the first of ``names`` that is there."""
        return next((self.fields.pop(n) for n in names if n in self.fields), "")

    def _words(self, *names):
        return self._plain(self._take(*names))

    def _plain(self, value):
        words = one_line(latex.plain(latex.decode(value, self.unknown)))
        return AMPERSAND.sub("&", words)

    def _problem(self, message, raw=None):
        self.report.add(self.entry.problem(message, raw))

    def _short(self, name, value):
        if len(value) <= MAX_VALUE_LENGTH:
            return value
        self._problem(f"{name}: cut after {MAX_VALUE_LENGTH:,} characters.", value)
        return latex.balanced(value[:MAX_VALUE_LENGTH])

    def _type(self):
        type_ = ALIASES.get(self.entry.type, self.entry.type)
        if type_ == "thesis" and self.fields.get("type", "").lower() in THESES:
            return THESES[self._take("type").lower()]
        return type_ if SOUND_TYPE.fullmatch(type_) else "misc"

    def _title(self, kind):
        title, subtitle = self._words("title"), self._words("subtitle")
        if not title and kind == "book":
            title = self._words("booktitle")
        return ": ".join(filter(None, [title, subtitle]))

    def _authors(self):
        field = latex.decode(self._take("author"), self.unknown, addresses=False)
        found, has_more, doubtful = bibtex_names.read(field)
        if doubtful:
            raw = latex.plain("; ".join(doubtful))
            self._problem("Names are not written as BibTeX wants them.", raw)
        return [name for name in (one_line(str(n)) for n in found) if name], has_more

    def _venue(self, kind, title, arxiv_id):
        own = VENUES.get(kind, "booktitle")
        venue = self._words(*dict.fromkeys([own, "journal", "booktitle"]))
        subtitle = self._words("journalsubtitle", "booksubtitle")
        venue = ": ".join(filter(None, [venue, subtitle]))
        is_title = kind == "book" and venue == title  # for those that refer to it
        return "" if is_title or (arxiv_id and ARXIV.fullmatch(venue)) else venue

    def _publisher(self, kind):
        names = ["school", "institution"] if kind in PUBLISHERS else []
        return self._words("publisher", *names)

    def _year(self):
        """The year; a date gives month and day as well. What says more stays."""
        printed, date = self.fields.get("year", ""), self.fields.get("date", "")
        year = _year_in(self._plain(printed))
        if year is not None and printed == f"{year:04}":
            del self.fields["year"]
        parts = DATE.fullmatch(date)
        if parts and year in (None, int(parts[1])):
            del self.fields["date"]
            year = int(parts[1])
            if parts[2]:
                self.fields.setdefault("month", list(MACROS)[int(parts[2]) - 1])
            if parts[3]:
                self.fields.setdefault("day", str(int(parts[3])))
        elif year is None:
            year = _year_in(date)
        if year is None and (printed or date):
            self._problem("year: no year in it.", printed or date)
        return year

    def _arxiv_id(self):
        """The arXiv id wherever it stands; a field is taken if nothing else does."""
        found = self._eprint()
        if "eprint" in self.fields:
            return ""  # of another archive
        for name in ARXIV_FIELDS:
            value = self.fields.get(name, "")
            if "arxiv" in name or MAYBE_ARXIV.search(value):
                words = latex.plain(latex.decode(value, addresses=False))
                match = ARXIV_ALONE.fullmatch(words)
                stated = identifiers.arxiv_id(f"arXiv:{match['id']}") if match else ""
                if stated and stated == (found or stated):
                    found = stated
                    del self.fields[name]
        for name in ("url", "doi"):
            value = _unescaped(self.fields.get(name, ""))
            found = found or identifiers.arxiv_id(value)
        return found

    def _eprint(self):
        archive = self.fields.get("archiveprefix", "arXiv").strip("{} ").casefold()
        eprint = _unescaped(self.fields.get("eprint", ""))
        if archive != "arxiv" or not eprint:
            return ""
        subject = self.fields.get("primaryclass", "")
        places = f"arXiv:{eprint}", f"arXiv:{subject.partition('.')[0]}/{eprint}"
        found = next(filter(None, map(identifiers.arxiv_id, places)), "")
        if found:
            self._take("eprint")
            self._take("archiveprefix")
        return found

    def _doi(self, arxiv_id, url):
        raw = self._take("doi")
        found = identifiers.doi(_unescaped(raw))
        if raw and not found and not (arxiv_id and identifiers.arxiv_id(raw)):
            self._problem("doi: no DOI in it, left out.", raw)
        return found or (identifiers.doi(url) if DOI_RESOLVER.match(url) else "")

    def _url(self, arxiv_id):
        """The address; that of arXiv is known from the id."""
        for name in ("url", "link", "ee"):
            if raw := self._take(name):
                first, *others = _unescaped(raw).split() or [""]
                first = f"http://{first}" if first.startswith("www.") else first
                if address := web_address(first):
                    if others:
                        self._problem(f"{name}: only the first address was read.", raw)
                    is_known = arxiv_id and identifiers.arxiv_id(address) == arxiv_id
                    return "" if is_known else address
                self._problem(f"{name}: not http or https, left out.", raw)
        for name in ("howpublished", "note"):
            value = self.fields.get(name, "")
            if "http" in value and (address := web_address(self._plain(value))):
                del self.fields[name]
                return address
        return ""


def _sound_name(name):
    """``name``, of a field, if every reader takes it, else its characters in hex."""
    if SOUND_NAME.fullmatch(name):
        return name
    return "x-" + NOT_IN_NAME.sub(lambda match: f"{ord(match[0]):x}", name)


def _unescaped(value):
    """An address, DOI or id without what only LaTeX needs."""
    if "\\" in value or "{" in value:
        value = ESCAPED.sub(r"\1", TILDE.sub("~", URL_COMMAND.sub("", value)))
    return value.translate({ord("{"): None, ord("}"): None}).strip()


def _page_range(words):
    return PAGE_RANGE.sub(r"\1--\2", words.replace("–", "--"))


def _year_in(words):
    if re.fullmatch(r"\d{4}", words):
        return int(words)
    match = YEAR.search(words)
    return int(match[0]) if match else None


class _Keys:
    """Keys to write, none twice; to BibTeX small and capital letters are the same."""

    def __init__(self):
        self.used, self.counts = set(), {}

    def key_of(self, work):
        base = NOT_IN_KEY.sub("", work.key) or _made_key(work)
        key, number = base, self.counts.get(base.casefold(), 1)
        while key.casefold() in self.used:
            number += 1
            key = f"{base}-{number}"
        self.counts[base.casefold()] = number
        self.used.add(key.casefold())
        return key


def _made_key(work):
    name = work.authors[0].partition(",")[0] if work.authors else "untitled"
    return f"{fold(name)}{work.year or ''}".replace(" ", "") or "untitled"


def _entry(work, key):
    lines = "".join(
        f"  {CAPITALS.get(name, name)} = {_delimited(name, value)},\n"
        for name, value in _fields(work).items()
        if value
    )
    return f"@{_type_of(work)}{{{key},\n{lines}}}\n"


def _type_of(work):
    type_ = work.entry_type
    is_sound = SOUND_TYPE.fullmatch(type_) and type_ not in NO_ENTRY
    if is_sound and KINDS.get(type_, "misc") == work.kind:
        return type_
    if work.kind == "preprint" and work.arxiv_id:
        return "misc"
    return TYPES.get(work.kind, "misc")


def _delimited(name, value):
    return value if name == "month" and value in MACROS else f"{{{value}}}"


def _fields(work) -> dict[str, str]:
    """The values of ``work`` by field, in LaTeX and with all braces in pairs."""
    other = {
        _sound_name(name.lower()): latex.balanced(one_line(value))
        for name, value in work.other_fields.items()
    }
    publisher = PUBLISHERS.get(work.kind, "publisher")
    own = {
        "author": latex.encode(
            bibtex_names.write(work.author_names(), work.has_more_authors)
        ),
        "title": latex.encode(latex.protect(latex.mark(one_line(work.title)))),
        VENUES.get(work.kind, "booktitle"): _latex(work.venue),
        "year": _year_as_printed(work, other.get("year", "")),
        "volume": _latex(work.volume),
        "number": _latex(work.number),
        "pages": _latex(work.pages.replace("--", "–")).replace("–", "--"),
        "publisher" if publisher in other else publisher: _latex(work.publisher),
        "doi": _bare(work.doi),
        "eprint": _bare(work.arxiv_id),
        "archiveprefix": "arXiv" if work.arxiv_id else "",
        "url": _bare(web_address(work.url)),
        "note": _latex(work.note),
        "abstract": _latex(work.abstract),
    }
    own = {name: value for name, value in own.items() if value}
    others = {n: v for n, v in other.items() if n not in own and n not in NOT_WRITTEN}
    return {n: LIVE_SCHEME.sub(r"\1", v) for n, v in (own | others).items()}


def _year_as_printed(work, printed):
    """``printed``, the year as the file had it, unless another one was set since."""
    if work.year is None or _year_in(latex.plain(latex.decode(printed))) == work.year:
        return printed
    return f"{work.year:04}"


def _latex(words):
    return latex.encode(latex.mark(one_line(words)))


def _bare(text):
    """``text`` as it is, but for braces and backslashes, which no address has."""
    text = one_line(text).replace("\\", "")
    return text.replace("{", "%7B").replace("}", "%7D")
