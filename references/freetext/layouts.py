"""Which part of a printed citation is its title, and which its byline.

The text is cut wherever a piece of it may end: at punctuation, quotes, brackets,
years, identifiers and links. A layout calls one run of pieces the title, and the run
before or after it the byline. Each layout gets a score, and the highest is taken:
twice the likeness of the byline to names, how well title and byline are set apart,
how much the title looks like one, and how much a venue, a year or an identifier
follows.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from itertools import chain

from . import bylines, venues
from .venues import HIDDEN

LIKELY = 0.25  # likeness from which a byline is believed
MAX_CUTS = 120
MAX_TITLE = 300  # characters
MAX_BYLINE = 1_000
MAX_PIECES = 8  # of a title
MAX_FAILURES = 8  # cuts in a row that end no list of names; then none will
AHEAD = 200  # characters that tell what follows a cut
QUOTES = '"“”„«»`'
PUNCTUATION = re.compile(rf"(?:[\s,.;:?!—–{QUOTES}(){HIDDEN}]|(?<=\s)-(?=\s))+")
ALONE_AFTER = re.compile(rf"[—–{QUOTES}-]")
CLOSING_QUOTE = re.compile(rf"[,.?!]?[{QUOTES}]")
LOOSE_QUOTE = re.compile(rf"\s[{QUOTES}][\s.,]")  # is it the first or the second?
NUMERAL = re.compile(r"(?:V?I{1,3}|I?V|I?X)\. ")  # of a part of a work: "II. "
WORDS = re.compile(r"[^\W\d_]{4,}")
PIECE = re.compile(r"[^,.;:?!(]*")
LAST_WORD = re.compile(rf"[^\s,.;:?!{QUOTES}{HIDDEN}]*$")
ABBREVIATIONS = frozenset({"et", "al", "vs", "cf", "Prof"})
SEVERAL = re.compile(r",|;|&|\band\b|\bet al\b", re.IGNORECASE)
HALF_NAME = re.compile(r"^\s*\S+\s*$|\s[^\W\d_]\.$")  # "Bo", "Ada B."
ALL_NAMED = re.compile(r"&|\band\b|\bet al\b")  # no name comes after what follows
CERTAIN_NAME = re.compile(  # "A. Bo," or "Bo et al.": no venue
    r"(?:[A-Z]\.[ -]?){1,3}[A-Z][\w'’-]+(?:,| and | et al)|[A-Z][\w'’-]+,? et al\b"
)
INITIAL_AT_END = re.compile(r"(?:^|\s)[A-Z]\.$|^[A-Z][\w'’-]+ [A-Z]{1,2}\. ")
LONE_WORDS = re.compile(r"[A-Z][\w'’-]+(?:, [A-Z][\w'’-]+)+")
LONE_AND_COLON = re.compile(r"[A-Z][\w'’-]+: ")
TITLE_AND_NAMES = re.compile(r"\s(?:[—–-]|by)\s")
VOLUME = re.compile(r"[\s,.]*(?:\d+\s*[(:,]|vol\b)")  # of a journal, not of names
BY = re.compile(r"by:?\s+", re.IGNORECASE)
STARTS_ANEW = re.compile(
    rf"{venues.STANDS_ALONE.pattern}|Springer|Wiley|by [A-Z]|\d\w\w ed\b"
)
NEVER_STARTS_TITLE = re.compile(
    r"(?:[^\W\d_]\.|(?:and|et al|[JS]r|by)\b|&)", re.IGNORECASE
)


Phrases = frozenset[tuple[int, int]]  # (start, end) of each


@dataclass(frozen=True)
class Cut:
    """A place between two pieces: one stops at ``left``, the next begins at ``right``;
    ``ends`` and ``begins`` say how good a place that is, from 0 to 2.3."""

    left: int
    right: int
    ends: float
    begins: float


@dataclass(frozen=True)
class Layout:
    """Where title and byline stand in a text; ``names`` is how much the byline is one,
    from 0 to 1."""

    score: float
    title: slice
    byline: slice = field(default_factory=lambda: slice(0, 0))
    names: float = 0.0


def ranked(text: str, phrases: Phrases, is_labelled: bool) -> list[Layout]:
    """The layouts that may be, best first.

    ``text`` has its years and identifiers hidden; ``phrases`` are those that stand
    out because they are links or bold; ``is_labelled`` where a label "[Bo 2012]" is
    the byline.
    """
    found = _Pieces(text, phrases).layouts(is_labelled)
    likely = [layout for layout in found if layout.score > 0]
    return sorted(likely, key=lambda layout: layout.score, reverse=True)


class _Pieces:
    """A citation cut into pieces, with what does not depend on the layout."""

    def __init__(self, text: str, phrases: Phrases):
        self.text = text
        self.titles = [p for p in phrases if HIDDEN not in text[slice(*p)]]
        self.cuts = list(_cuts(text, frozenset(chain(*phrases))))

    @cached_property
    def follows(self) -> list[float]:
        """How much a venue or the like follows each cut; none follows a colon."""
        return [self._follows(cut) for cut in self.cuts]

    def _follows(self, cut):
        if self._marks(cut).lstrip().startswith(":"):
            return -0.5
        follows = venues.likeness(self.text[cut.left : cut.left + AHEAD])
        return max(follows, 0.5) if self._turns_to_capitals(cut) else follows

    @cached_property
    def costs(self) -> list[float]:
        """What it costs a title that goes on over each cut and all before it."""
        total, costs = 0.0, []
        for cut, follows in zip(self.cuts, self.follows, strict=True):
            total += 1.0 if cut.ends >= 0.8 else 0.06
            total += 0.8 if follows >= 0.8 else 0.0
            is_small = self.text[cut.right : cut.right + 1].islower()
            total += 0.8 if is_small and self._ends_sentence(cut) else 0.0
            total += 0.6 if self._turns_to_capitals(cut) else 0.0
            is_initial = self.text[cut.left - 1 : cut.left] == "."
            total += 0.4 if is_initial else 0.0
            costs.append(total)
        return costs

    def layouts(self, is_labelled: bool) -> Iterator[Layout]:
        yield from self._byline_first()
        yield from self._title_first(is_labelled)

    def _byline_first(self):
        if self.cuts[0].begins == 1.0:  # what a quote opens is a title
            return
        for i, names in self._bylines(0, self.cuts[0].right):
            byline = slice(self.cuts[0].right, self.cuts[i].left)
            is_part = self._is_within_phrase(self.cuts[i]) or self._goes_on(byline, i)
            names -= 0.5 if is_part else 0.0
            for j, title in self._titles(i):
                score = 2 * names + self.cuts[i].ends + self._likeness(i, j)
                score -= 1.0 if names < 0.9 and self._names_follow(j) else 0.0
                yield Layout(score + self.follows[j], title, byline, names)

    def _goes_on(self, byline, i):
        """Whether the families of ``byline`` go on after it: "Bo, Di, Em: Title"."""
        last = self.text[self.cuts[i].right :][:60]
        return LONE_WORDS.fullmatch(self.text[byline]) and LONE_AND_COLON.match(last)

    def _title_first(self, is_labelled):
        for j, title in self._titles(0):
            score = self._likeness(0, j) - 0.5
            yield Layout(score + self.follows[j] + is_labelled, title)
            first, *others = self.text[title].split(",")
            is_list = others and bylines.likeness(first) > 0.7  # of names, rather
            if score > -2.0 and (not is_list or self._names_follow(j)):
                yield from self._bylines_after(j, score, title)

    def _bylines_after(self, j, score, title):
        by = BY.match(self.text, self.cuts[j].right)
        start = by.end() if by else self.cuts[j].right
        score += 1.5 if by else 0.0
        for k, names in self._bylines(j, start):
            end = self.cuts[k]
            whole = score + 2 * names + end.ends + self.follows[k]
            whole -= self._names_outside(self.cuts[j], end)
            yield Layout(whole, title, slice(start, end.left), names)

    def _titles(self, i):
        """(cut, title) of the titles that begin at cut ``i`` and stop at a later one.

        A quote without its partner takes it in: "When Is a Model “Good”".
        """
        for j in range(i + 1, min(i + 1 + MAX_PIECES, len(self.cuts))):
            start, stop = self.cuts[i].right, self.cuts[j].left
            text = self.text[start:stop]
            if HIDDEN in text or len(text) > MAX_TITLE:
                break
            if len(re.findall(rf"[{QUOTES}]", text)) % 2:
                if start and self.text[start - 1] in QUOTES:
                    start -= 1
                elif self.text[stop : stop + 1] in QUOTES:
                    stop += 1
            yield j, slice(start, stop)

    def _bylines(self, i, start):
        """(cut, likeness) of the lists of names from ``start``, after cut ``i``; a full
        stop ends them."""
        failures = 0
        for k in range(i + 1, len(self.cuts)):
            text = self.text[start : self.cuts[k].left]
            if HIDDEN in text or len(text) > MAX_BYLINE or failures > MAX_FAILURES:
                break
            names = bylines.likeness(text) - self._doubt(text, i, k)
            if VOLUME.match(self.text, self.cuts[k].left):
                break
            failures = 0 if names > 0 else failures + 1
            if names > LIKELY:
                yield k, names
            if self._ends_sentence(self.cuts[k]):
                break

    def _doubt(self, text, i, k):
        """How much less likely ``text``, from cut ``i`` to ``k``, is a name because it
        is half of one: at the very beginning, or after a dash or quote, it may stand
        alone as a sentence or before a comma."""
        if not _is_half_name(text):
            return 0.0
        if i and not ALONE_AFTER.search(self._marks(self.cuts[i])):
            return 0.5
        next_word = bylines.WORD.match(self.text, self.cuts[k].right)
        if next_word and text.endswith(".") and bylines.is_common(next_word[0]):
            return 0.0  # "Bo A. The Small Things"
        if max(self.cuts[k].ends, self.cuts[k].begins) >= 0.7:
            return 0.0
        return 0.1 if "," in self._marks(self.cuts[k]) else 0.5

    def _likeness(self, i, j):
        """How much the text from cut ``i`` to cut ``j`` is a title."""
        text = self.text[self.cuts[i].right : self.cuts[j].left]
        words = text.split()
        score = self.cuts[i].begins + self.cuts[j].ends
        score -= self.costs[j - 1] - self.costs[i]
        score -= {0: 9.0, 1: 0.7, 2: 0.3}.get(len(words), 0.0)
        is_phrase = (self.cuts[i].right, self.cuts[j].left) in self.titles
        score += 0.5 if is_phrase else 0.0
        score -= 0.8 if INITIAL_AT_END.search(text) else 0.0
        score -= 2.5 if NEVER_STARTS_TITLE.match(text) else 0.0
        is_venue = venues.begins(text) or venues.VOLUME.match(text)
        score -= 1.2 if is_venue or _ends_in_names(text) else 0.0
        score -= 1.5 if self._is_quote_cut_short(i, j) else 0.0
        if len(words) <= 6:
            score -= 1.2 * max(0.0, bylines.likeness(text))
        first, *others = text.split(",")
        if others and not self._names_follow(j):
            score -= 1.6 * max(0.0, bylines.likeness(first))
        return score

    def _is_quote_cut_short(self, i, j):
        start, stop = self.cuts[i].right, self.cuts[j].left
        is_quoted = start and self.text[start - 1] in QUOTES
        text = self.text[start : stop + 2]
        return is_quoted and not any(quote in text for quote in QUOTES)

    def _names_outside(self, first, last):
        """What it costs a byline from ``first`` to ``last`` that names touch it."""
        cost = 0.0
        if first.ends < 0.8:
            before = self.text[max(0, first.left - 60) : first.left].split()[-2:]
            cost += 0.8 if bylines.likeness(" ".join(before)) > 0.6 else 0.0
        if last.ends < 0.8:
            after = self.text[last.right : last.right + 60]
            names = [re.split(r"[,;]|\sand\s", after)[0], re.split(r"[,;.]", after)[0]]
            if not ALL_NAMED.search(self.text[first.right : last.left]):
                names.append(" ".join(after.split()[:2]))
            name = max(names, key=bylines.likeness)
            longer = f"{self.text[first.right : last.left]}, {name}"
            is_cut_short = min(map(bylines.likeness, (name, longer))) > 0.6
            cost += 1.0 if is_cut_short else 0.0
        return cost

    def _names_follow(self, j):
        """Whether names that nobody can take for a venue come after cut ``j``."""
        after = self.text[self.cuts[j].right :][:AHEAD]
        return CERTAIN_NAME.match(after) and not bylines.EDITORS.search(after)

    def _turns_to_capitals(self, cut):
        """Whether ``cut`` is between words without and words with capitals, such as a
        title and a journal."""
        if not re.match(r"[.,?!]", self.text[cut.left - 1 : cut.right].lstrip()):
            return False
        before = WORDS.findall(self.text[max(0, cut.left - 40) : cut.left])[-3:]
        after = WORDS.findall(PIECE.match(self.text, cut.right)[0])
        return (
            sum(word.islower() for word in before) >= 2
            and len(after) > 1
            and not any(word.islower() for word in after)
        )

    def _is_within_phrase(self, cut):
        """Whether ``cut`` is within a phrase that may be a title."""
        return any(start < cut.left and cut.right < end for start, end in self.titles)

    def _ends_sentence(self, cut):
        return cut.ends >= 0.8 and self.text[cut.left : cut.left + 1] == "."

    def _marks(self, cut):
        return self.text[cut.left : cut.right]


def _cuts(text, edges):
    """The places where pieces of ``text`` may meet, both ends among them."""
    start = PUNCTUATION.match(text)
    start = start.end() if start else 0
    opens = start and text[start - 1] in QUOTES
    yield Cut(0, start, 0.0, 1.0 if opens else 0.5)
    runs = list(PUNCTUATION.finditer(text, start))
    end = len(text)
    if runs and runs[-1].end() == len(text):
        end = runs.pop().start()
        end += text[end] in "?!)"
    cuts = [cut for run in runs if (cut := _cut(run, text, edges))]
    yield from cuts[: MAX_CUTS - 2]
    closed = CLOSING_QUOTE.match(text, end)
    if len(cuts) <= MAX_CUTS - 2:
        yield Cut(end, len(text), 1.5 if closed else 0.7, 0.0)


def _cut(run, text, edges):
    """The Cut at ``run``, characters that are no words; None if it is none."""
    marks, (left, right) = run[0], run.span()
    word = LAST_WORD.search(text, max(0, left - 30), left)[0]
    is_initial = bool(bylines.INITIALS.fullmatch(word.split("-")[-1] + "."))
    is_edge = not edges.isdisjoint(range(left, right + 1))
    is_numbered = NUMERAL.match(text, right) or NUMERAL.match(f"{word}. ")
    is_abbreviated = is_initial or is_numbered or word in ABBREVIATIONS
    strength = _strength(marks, is_abbreviated)
    if strength == 0.0 and not is_edge and not STARTS_ANEW.match(text, right):
        return None
    ends = begins = (strength or 0.1) + (0.8 if is_edge else 0.0)
    if LOOSE_QUOTE.search(marks):
        is_open = len(re.findall(rf"[{QUOTES}]", text[:left])) % 2
        ends, begins = ends + is_open, begins + 1.0 - is_open
    elif CLOSING_QUOTE.match(marks) and (
        re.search("[;,]", marks) or not (":" in marks or text[right].islower())
    ):
        ends, begins = ends + 1.0, begins + 0.2
    elif marks[-1] in QUOTES:
        begins += 1.0
    if marks[0] in "?!)" or (marks[0] == "." and is_initial):
        left += 1
    return Cut(left, right, ends, begins)


def _strength(marks, is_abbreviated):
    """How well ``marks`` after a word, abbreviated or not, set two pieces apart."""
    if not re.search(rf"[\s{QUOTES}{HIDDEN}]", marks):
        return 0.0
    if "\n" in marks:
        return 1.0
    if HIDDEN in marks:
        return 0.9
    if "." in marks:
        return 0.2 if is_abbreviated else 0.8
    if re.search("[,:;—–-]", marks):
        return 0.4
    return 0.3 if marks.strip() else 0.0


def _ends_in_names(text):
    """Whether ``text`` is a title and who it is by."""
    _, *tail = TITLE_AND_NAMES.split(text)
    return bool(tail) and bylines.likeness(tail[-1]) > 0.6


def _is_half_name(text):
    return HALF_NAME.search(text) and not SEVERAL.search(text)
