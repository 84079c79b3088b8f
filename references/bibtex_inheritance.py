"""What entries of a .bib file have from others by ``crossref``, or all by ``xdata``."""

MAX_INHERITED = 5_000_000  # characters that cross-references may add to a file
DATES = ("date", "year", "month", "day")
# What an entry says of itself alone, not of the parts that refer to it.
NOT_INHERITED = frozenset(
    "abstract annote archiveprefix arxivid crossref doi entryset eprint file ids key "
    "keywords label options pages primaryclass related shorthand shorttitle sortkey "
    "subtitle titleaddon url urldate xdata xref".split()
)
# Under which name a part has the title of the whole; biblatex, appendix B.
PARTS = frozenset(
    "bookinbook conference inbook incollection inproceedings inreference suppbook "
    "suppcollection".split()
)
BOOK_TITLES = {"title": "booktitle", "subtitle": "booksubtitle"}
JOURNAL_TITLES = {"title": "journal", "subtitle": "journalsubtitle"}


def settle(entries, problems):
    """Give each RawEntry of ``entries`` what it has from those that it refers to; what
    it refers to in vain is added to ``problems``."""
    inheritance = _Inheritance(entries, problems)
    for entry in entries:
        if "crossref" in entry.fields or "xdata" in entry.fields:
            inheritance.settle(entry)


class _Inheritance:
    """Fields that entries have from others: by ``crossref``, and all of ``xdata``.

    An entry's own fields win; it may stand before or after those it refers to.
    """

    def __init__(self, entries, problems):
        self.problems = problems
        self.by_key = {}
        for entry in entries:
            self.by_key.setdefault(entry.key.casefold(), entry)
        self.begun, self.settled = set(), set()  # by id()
        self.inherited = 0

    def settle(self, entry):
        """Complete ``entry`` after those it refers to, without recursion."""
        waiting = [entry]
        while waiting:
            entry = waiting[-1]
            if id(entry) in self.settled:
                waiting.pop()
                continue
            is_new = id(entry) not in self.begun
            self.begun.add(id(entry))
            sources = self._sources(entry)
            if is_new:
                waiting += [s for s, _ in sources if s and id(s) not in self.begun]
            if waiting[-1] is entry:
                self._complete(entry, sources)
                self.settled.add(id(entry))

    def _sources(self, entry):
        """(entry, name of it) of each that ``entry`` refers to; None if not here."""
        keys = [key.strip() for key in entry.fields.get("xdata", "").split(",")]
        keys = [*keys, entry.fields.get("crossref", "").strip()]
        return [(self.by_key.get(key.casefold()), key) for key in keys if key]

    def _complete(self, entry, sources):
        crossref = entry.fields.pop("crossref", "").strip()
        entry.fields.pop("xdata", None)
        for source, key in sources:
            if not source or id(source) not in self.settled:
                why = "leads back to itself" if source else "is not in this file"
                message = f"The entry “{key}” that this one refers to {why}."
                self.problems.add(entry.problem(message))
            elif self.inherited > MAX_INHERITED:
                message = f"The cross-references add too much; not that to “{key}”."
                self.problems.add(entry.problem(message))
            else:
                by_crossref = key == crossref
                self._inherit(
                    entry, _offered(source, entry) if by_crossref else source.fields
                )

    def _inherit(self, entry, offered):
        """Give ``entry`` the fields ``offered`` that it has not."""
        missing = {n: v for n, v in offered.items() if n not in entry.fields}
        if "date" in entry.fields:
            missing = {n: v for n, v in missing.items() if n not in DATES}
        elif "year" in entry.fields:
            missing.pop("date", None)
        self.inherited += sum(len(name) + len(value) for name, value in missing.items())
        entry.fields |= missing


def _offered(source, entry):
    """What ``source``, the whole, has for ``entry``, a part of it."""
    offered = {n: v for n, v in source.fields.items() if n not in NOT_INHERITED}
    titles = BOOK_TITLES if entry.type in PARTS else {}
    if entry.type in ("article", "suppperiodical"):
        titles = JOURNAL_TITLES
    for name, new_name in titles.items():
        if name in source.fields:
            offered.setdefault(new_name, source.fields[name])
    return offered
