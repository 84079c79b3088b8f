"""The text of a .bib file to its entries as written: no LaTeX is decoded here.

bibtexparser splits the file. What it drops or joins is read again by the rules of
BibTeX (a brace counts even after a backslash, what stands between entries is no
matter), with repairs for what people do wrong. Whatever is repaired, assumed, left out
or given up is reported.
"""

import logging
import re
from bisect import bisect_right
from dataclasses import dataclass, field
from itertools import islice

from bibtexparser import model
from bibtexparser.splitter import Splitter

from . import bibtex_inheritance, latex
from .work import MAX_ENTRIES, MAX_RAW_LENGTH, MONTHS, Problem, Report

MAX_REPAIRS = 20  # of one entry; each may look through the rest of it
MAX_EXPANDED = 5_000_000  # characters that @string macros may add to a file
MACROS = {month[:3].lower(): month for month in MONTHS}
CLOSING = {"{": "}", "(": ")"}

logging.getLogger("bibtexparser").setLevel(logging.CRITICAL)  # we report ourselves

# Names of fields, most of them biblatex's, that BibTeX has under another one.
RENAMED = {
    "annotation": "annote",
    "authors": "author",
    "editors": "editor",
    "eprintclass": "primaryclass",
    "eprinttype": "archiveprefix",
    "journaltitle": "journal",
    "keyword": "keywords",
    "location": "address",
}

# Runs of characters are possessive ("*+"): on no input is one tried twice.
HEAD = re.compile(r"@\s*+(\w*+)\s*+([{(])")
HEAD_ON_LINE = re.compile(r"^[ \t]*+@[ \t]*+\w++\s*+[{(]", re.MULTILINE)
KEY = re.compile(r"\s*+([^,={}\"\n]*+)(?:\s*+(?:(,)|(?=[})]))|(?=\n))")
GAP = re.compile(r"(?:[\s,]|%[^\n]*+\n)*+")
SOUND_NAME = re.compile(r"[^\s=,{}\"#%()@\\]++")
NAME = re.compile(rf"({SOUND_NAME.pattern})\s*+=\s*+")
NAME_ON_LINE = re.compile(
    r"^[ \t]*+,?[ \t]*+[A-Za-z][\w:.+-]*+[ \t]*+=[ \t]*+(?=[{\"\w])", re.MULTILINE
)
WORD = re.compile(r"[^\s,{}\"#=()%\\]++")
JOIN = re.compile(r"\s*+#\s*+")
BRACE = re.compile(r"[{}]")
BRACE_OR_QUOTE = re.compile(r"[{}\"]")
# Key and first field, as in an entry made a comment by another type.
KEY_AND_FIELD = re.compile(r"\s*+[^\s,={}]++\s*+,\s*+[\w-]++\s*+=\s*+[{\"]")


@dataclass
class RawEntry:
    """An entry as it is written: macros put in, delimiters taken off, names of
    fields in small letters."""

    type: str
    key: str
    line: int
    raw: str
    fields: dict[str, str] = field(default_factory=dict)

    def problem(self, message: str, raw: str | None = None) -> Problem:
        """The Problem that this entry has; ``raw`` is what it is about."""
        return Problem(self.line, message, (raw or self.raw)[:MAX_RAW_LENGTH])


def entries(text: str) -> tuple[list[RawEntry], Report]:
    """The entries of ``text`` in order, and what was wrong with it."""
    source = _Source(text.replace("\r\n", "\n").replace("\r", "\n"))
    source.read()
    bibtex_inheritance.settle(source.entries, source.problems)
    return source.entries, source.problems


class _Source:
    def __init__(self, text):
        self.text = text
        self.entries, self.problems = [], Report()
        self.keys = set()
        self.lost = 0
        self.strings = dict(MACROS)
        self.expanded = 0
        self.newlines = [match.start() for match in re.finditer("\n", text)]
        self.heads = [match.start() for match in HEAD_ON_LINE.finditer(text)]
        self.patience = 4 * len(text) + 100_000  # characters to read a second time
        self.split = _split(text)

    def read(self):
        position = 0
        while head := HEAD.search(self.text, position):
            if len(self.entries) + self.lost >= MAX_ENTRIES:
                message = f"More than {MAX_ENTRIES:,} entries; the rest was not read."
                self._report(message, head.start(), lost=True)
                break
            position = self._block(head)

    def _block(self, head):
        """Read the block that ``head`` begins; return where it ends."""
        start, kind = head.start(), head[1].lower()
        line_start = self._line_start(start)
        if self.text[line_start : min(start, line_start + 100)].lstrip()[:1] == "%":
            self._report("An entry is commented out.", start, self._next_head(start))
            return head.end()
        if kind == "comment":
            return self._comment(head)
        if kind == "preamble":
            end = self._closing_brace(head)
            return head.end() if end is None else end
        if kind == "string":
            return self._strings(head)
        return self._entry(head)

    def _comment(self, head):
        """Where a @comment ends; entries inside it are left out."""
        end = self._closing_brace(head)
        if end is None:
            return head.end()
        inside = self.text, head.end(), end
        if HEAD.search(*inside) or KEY_AND_FIELD.match(*inside):
            self._report("An entry inside a @comment was left out.", head.start(), end)
        return end

    def _closing_brace(self, head):
        """Where the block at ``head`` is closed, or None."""
        limit = min(len(self.text), head.end() + max(self.patience, 0))
        close = _closing_brace(self.text, head.end(), limit)
        self.patience -= (close or limit) - head.end()
        return None if close is None else close + 1

    def _strings(self, head):
        """Define what an @string block defines, mostly one name."""
        body = _Body(self.text, head, head.end(), self._next_head(head.start()))
        entry = self._raw_entry(head, "", body.end)
        if body.troubles or not body.closed:
            self.problems.add(entry.problem("This @string is not closed properly."))
        for name, parts in body.fields:
            self.strings[name.lower()] = self._value(parts, entry)
        return body.end

    def _entry(self, head):
        """Read the entry at ``head``; mend it if it is broken."""
        start = head.start()
        block = self.split.get(start)
        if block and (fields := self._sound_fields(head, block)):
            end = start + len(block.raw)
            self._add(self._raw_entry(head, block.key, end), fields)
            return end
        near = self._next_head(start)
        key, body = self._key_and_body(head, near)
        if not body.is_sound and near < len(self.text) and self.patience > 0:
            # Perhaps a value has a line in it that looks like the next entry.
            whole_key, whole = self._key_and_body(head, len(self.text), mend=False)
            self.patience -= whole.end - start
            if whole.is_sound:
                key, body = whole_key, whole
        if not body.fields and not body.is_sound:
            if self.text[max(self._line_start(start), start - 100) : start].strip():
                return head.end()  # an @ in running text
            self.lost += 1
            message = "An entry could not be read: its braces, quotes or commas."
            self._report(message, start, body.end, lost=True)
            return max(body.end, head.end())
        entry = self._raw_entry(head, key, body.end)
        for message, place in body.troubles:
            self._report(message, place, body.end)
        if not body.closed:
            self.problems.add(entry.problem("The end of this entry is missing."))
        self._add(entry, body.fields)
        return body.end

    def _sound_fields(self, head, block):
        """The fields of ``block``, which bibtexparser has for the entry at ``head``;
        None where BibTeX would read another entry."""
        key = KEY.match(self.text, head.end())
        after = GAP.match(self.text, head.start() + len(block.raw)).end()
        if not key or not key[2] or NAME.match(self.text, after):
            return None
        fields = []
        for each in block.fields:
            parts, end = _parts(each.value, 0, len(each.value))
            if (
                not parts
                or end != len(each.value)
                or not SOUND_NAME.fullmatch(each.key)
            ):
                return None
            fields.append((each.key, parts))
        return fields

    def _key_and_body(self, head, limit, mend=True):
        match = KEY.match(self.text, head.end(), limit)
        start = match.end() if match else head.end()
        body = _Body(self.text, head, start, limit, mend)
        if match and not match[2] and body.fields:
            body.troubles.insert(0, ("A comma is missing after the key.", head.start()))
        return " ".join(match[1].split()) if match else "", body

    def _raw_entry(self, head, key, end):
        start = head.start()
        raw = self.text[start:end]
        return RawEntry(head[1].lower(), key, self._line_of(start), raw)

    def _add(self, entry, fields):
        key = entry.key.casefold()
        if not key:
            self.problems.add(entry.problem("This entry has no key."))
        elif key in self.keys:
            message = f"The key “{entry.key}” is that of an entry before as well."
            self.problems.add(entry.problem(message))
        self.keys.add(key)
        for name, parts in fields:
            name, value = name.lower(), self._value(parts, entry)
            if name not in entry.fields:
                entry.fields[name] = value
            elif entry.fields[name] != value:
                message = f"The field “{name}” stands twice; the first one counts."
                raw = f"{name} = {{{value}}}"
                self.problems.add(entry.problem(message, raw))
        for name in [name for name in entry.fields if name in RENAMED]:
            if RENAMED[name] not in entry.fields:
                entry.fields[RENAMED[name]] = entry.fields.pop(name)
        self.entries.append(entry)

    def _value(self, parts, entry):
        """The text of a value: its parts joined, macros replaced.

        The name of a month alone stays, for a style to write it out.
        """
        if len(parts) == 1:
            [name] = parts
            if name[0] in '"{':
                return name[1:-1]
            name = name.lower()
            if name in MACROS and self.strings[name] == MACROS[name]:
                return name
        return "".join(self._part(part, entry) for part in parts)

    def _part(self, part, entry):
        if part[0] in '"{':
            return part[1:-1]
        if part.isdigit():
            return part
        value = self.strings.get(part.lower())
        if value is None:
            message = f"“{part}” is no known abbreviation; its name stands for it."
            self.problems.add(entry.problem(message))
            return part
        self.expanded += len(value)
        if self.expanded > MAX_EXPANDED:
            message = f"The abbreviations are too long; “{part}” stands for its text."
            self.problems.add(entry.problem(message))
            return part
        return value

    def _next_head(self, position):
        """Where a line after ``position`` begins an entry, or the end of the text."""
        index = bisect_right(self.heads, position)
        return self.heads[index] if index < len(self.heads) else len(self.text)

    def _line_of(self, position):
        return bisect_right(self.newlines, position - 1) + 1

    def _line_start(self, position):
        index = bisect_right(self.newlines, position - 1)
        return self.newlines[index - 1] + 1 if index else 0

    def _report(self, message, start, end=None, lost=False):
        raw = self.text[start : min(end or len(self.text), start + MAX_RAW_LENGTH)]
        self.problems.add(Problem(self._line_of(start), message, raw.strip(), lost))


def _split(text):
    """The entries that bibtexparser finds in ``text``, by where they begin."""
    found, start = {}, 0
    heads = islice(HEAD.finditer(text), 2 * MAX_ENTRIES, None)
    beyond = next(heads, None)  # not every head is an entry, but half of them are
    for block in Splitter(text[: beyond and beyond.start()]).split().blocks:
        if isinstance(block, model.ImplicitComment):
            continue
        start = text.index(block.raw, start)
        if isinstance(block, model.ParsingFailedBlock) and block.ignore_error_block:
            block = block.ignore_error_block
        if isinstance(block, model.Entry):
            found[start] = block
        # A block that failed may have the head of the next one at its end.
        start += max(block.raw.rfind("@"), 0) or len(block.raw)
    return found


class _Body:
    """The fields of an entry between its key and its end, at most up to ``limit``.

    ``fields`` are (name, parts of the value), ``troubles`` (message, position); ``end``
    is behind the closing delimiter. Without ``mend`` nothing broken is repaired.
    """

    def __init__(self, text, head, start, limit, mend=True):
        self.text, self.limit, self.closing = text, limit, CLOSING[head[2]]
        self.fields, self.troubles = [], []
        self.repairs_left = MAX_REPAIRS if mend else 0
        self.closed = False
        self.end = start
        self.last = None  # where the value of the last field begins
        while not self.closed and self.end < limit:
            self._step()

    @property
    def is_sound(self):
        return self.closed and not self.troubles

    def _step(self):
        """Read a field, or the end of the entry."""
        position = self._after_gap(self.end)
        if position >= self.limit:
            if self.last is None or not self._cut(self.last):
                self.end = self.limit
        elif self.text[position] == self.closing:
            self._close(position + 1)
        elif name := NAME.match(self.text, position, self.limit):
            self._field(name)
        else:
            self._skip("Here a field was expected.", position)

    def _field(self, match):
        name, position, start = match[1], match.start(), match.end()
        parts, end = _parts(self.text, start, self.limit)
        if end is None:
            self.fields.append((name, []))
            if not self._cut(start):
                self.fields.pop()
                self._trouble(f"The end of the field “{name}” is missing.", position)
                self.end = self.limit
            return
        after = self._after_gap(end)
        is_last = after >= self.limit or self.text[after] == self.closing
        is_separated = is_last or "," in self.text[end:after]
        if parts and (is_separated or NAME.match(self.text, after, self.limit)):
            if not is_separated:
                message = f"A comma is missing after the field “{name}”."
                self._trouble(message, position)
            self.fields.append((name, parts))
            self.last, self.end = start, end
        elif is_separated and not parts:
            self._trouble(f"The field “{name}” has no value.", position)
            self.end = end
        else:
            self._skip(f"The field “{name}” could not be read.", position, end)

    def _close(self, end):
        """End the entry, unless an extra brace did: then fields follow."""
        gap = self._after_gap(end)
        if self.repairs_left and NAME.match(self.text, gap, self.limit):
            self.repairs_left -= 1
            self._trouble("An extra brace ends the entry before this field.", gap)
            self.end = gap
        else:
            self.closed, self.end = True, end

    def _cut(self, start):
        """End the last value, which begins at ``start`` and has no end or one too far
        away, before the next line that looks like a field; return whether."""
        following = self._next_name(start)
        if not following:
            return False
        name, _ = self.fields[-1]
        value = self.text[start:following].strip().rstrip(",").strip('"')
        self.fields[-1] = (name, [f"{{{latex.balanced(value)}}}"])
        self._trouble(f"The end of the field “{name}” is missing.", start)
        self.last, self.end = None, following
        return True

    def _skip(self, message, position, end=None):
        """Leave out what stands at ``position``, up to a line that begins a field."""
        self._trouble(message, position)
        self.end = self._next_name(end or position + 1) or self.limit

    def _next_name(self, position):
        """Where a line after ``position`` begins a field; None if there is none, or
        after too many repairs."""
        if not self.repairs_left:
            return None
        self.repairs_left -= 1
        match = NAME_ON_LINE.search(self.text, position, self.limit)
        return match.start() if match else None

    def _trouble(self, message, position):
        self.troubles.append((message, position))

    def _after_gap(self, position):
        return GAP.match(self.text, position, self.limit).end()


def _parts(text, start, limit):
    """(parts of the value at ``start``, its end); the end is None if it has none.

    Parts are joined by "#": {braced}, "quoted", or a word.
    """
    parts = []
    while True:
        end = _part_end(text, start, limit)
        if end is None or end == start:
            return parts, end
        parts.append(text[start:end])
        join = JOIN.match(text, end, limit)
        if not join:
            return parts, end
        start = join.end()


def _part_end(text, start, limit):
    """Where the part at ``start`` ends: ``start`` if there is none, None if open."""
    if text.startswith("{", start, limit):
        close = _closing_brace(text, start + 1, limit)
        return None if close is None else close + 1
    if text.startswith('"', start, limit):
        depth = 0
        for match in BRACE_OR_QUOTE.finditer(text, start + 1, limit):
            if match[0] == '"' and depth <= 0:
                return match.end()
            depth += {"{": 1, "}": -1, '"': 0}[match[0]]
        return None
    word = WORD.match(text, start, limit)
    return word.end() if word else start


def _closing_brace(text, start, limit):
    """Where the brace is closed inside which ``start`` is, or None."""
    close = text.find("}", start, limit)
    if close >= 0 and text.find("{", start, close) < 0:  # as mostly
        return close
    depth = 1
    for match in BRACE.finditer(text, start, limit):
        depth += 1 if match[0] == "{" else -1
        if depth == 0:
            return match.start()
    return None
