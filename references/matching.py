"""Which paper of ours a work is, if it is one.

One identifier means one paper unless the titles disagree. Otherwise titles and
authors decide: a preprint and what was published of it are one paper. Errata,
parts, editions, theses and books never count as the paper of the same title.
What is only similar is told, for a person to decide.

Titles are compared with those alone that share an author and a long word with
them, and with ``MOST_COMPARED`` at most: time grows with the number of works.
"""

import re
from collections import Counter, defaultdict
from dataclasses import dataclass, field, replace
from itertools import chain, islice

from django.db.models import Q
from rapidfuzz import fuzz
from rapidfuzz.distance import OSA

from . import identifiers, names
from .models import Authorship, Duplicate, Paper, PaperLink

# Of 100, by token_sort_ratio over folded titles: among 254 pairs of real entries
# with one DOI, 90 found 97.6 % with 8 false ones in 1.1 million; 97 left one.
SAME_TITLE = 97
SIMILAR_TITLE = 90
# Below this, titles of one identifier disagree; pages shorten and mistype them.
COMPATIBLE_TITLE = 75
# Years from a preprint to its journal.
YEARS_APART = 4
AT_ONCE = 500  # works looked up by a few queries
MOST_COMPARED = 100
MOST_DOUBTS = 3  # told of one work
FIRST_AUTHORS = 3  # who must have one in common
TOLD = ("kind", "year", "venue", "publisher", "volume", "number", "pages", "url")
LONG_WORDS = 3  # of which titles must have one in common, or begin alike

SECONDARY = frozenset(
    "addendum comment comments corrections correction corrigendum discussion errata "
    "erratum rejoinder reply response retracted retraction supplement".split()
)
PART = re.compile(
    r"[ivx]+|first|second|third|fourth|fifth|one|two|three|four|five"
    r"|no|non|not|never|without|beyond"
)
SMALL_WORDS = frozenset("a an and at by for from in of on the to via with".split())
SUBTITLE = re.compile(r"[:.?!]\s|\s[-–—]+\s|—")
PLACEHOLDER = re.compile(r"(?:arxiv|doi):\S+", re.IGNORECASE)
# DOIs of bioRxiv, SSRN, OSF, Zenodo, Preprints.org, HAL: the journal gives another.
PREPRINT_DOI = re.compile(r"10\.(?:1101|2139|31219|31234|5281|20944)/")
PREPRINT_VENUE = re.compile(r"\b(?:\w*rxiv|corr|ssrn|preprints?)\b", re.IGNORECASE)
THESIS_VENUE = re.compile(r"\b(?:thesis|dissertation)\b", re.IGNORECASE)


@dataclass(frozen=True)
class Doubt:
    """``paper`` may be the work too: its ``identifier`` was printed for it, or its
    title is alike; ``likeness`` of the titles from 0 to 100."""

    paper: Paper
    reason: str
    likeness: int
    identifier: str = ""


@dataclass
class Match:
    """The paper that a work is, if it is here. ``not_its_own`` are the names of
    identifiers that belong to a paper of another title."""

    paper: Paper | None = None
    doubts: list[Doubt] = field(default_factory=list)
    not_its_own: set[str] = field(default_factory=set)


class Candidate:
    """A paper or work ``of``, as it is compared: its folded ``title``, the ``marks``
    in it, and its ``authors``, the initials of given names by family."""

    def __init__(self, of, authors):
        self.of = of
        self.title = names.title_key(of.title)
        self.words = " ".join(sorted(self.title.split()))
        self.letters = self.title.replace(" ", "")
        self.marks = _marks(self.title)
        self.authors = _initials_by_family(authors)

    @property
    def blocks(self):
        """What two candidates have in common that are worth comparing."""
        parts = _parts(self.title)
        families = islice(self.authors, FIRST_AUTHORS)
        return [f"{family} {part}" for family in families for part in parts]


@dataclass(frozen=True)
class Likeness:
    """``paper`` is alike, so much of 100; ``is_same``: enough to be the same."""

    paper: Paper
    title: int
    is_same: bool


class Known:
    """The papers that any of ``works`` might be, loaded by a few queries; more can
    be added."""

    def __init__(self, works):
        self.papers = []  # those that are here
        self._by_identifier, self._by_link = {}, {}
        self._by_title = defaultdict(list)
        self._by_title_alone = defaultdict(list)  # those without authors
        self._by_block = defaultdict(list)
        for paper in _loaded([*map(_titled, works)]):
            self.papers.append(paper)
            self.add(paper, paper.work.authors)
            for link in paper.links.all():
                for each in _identifiers(link.url):
                    self._by_link.setdefault(each, paper)

    def add(self, paper, authors):
        """Count ``paper``, saved or not, among the known; authors family first."""
        self.identify(paper)
        self.compare_with(Candidate(paper, authors))

    def compare_with(self, candidate):
        """Let ``candidate`` be found by title and authors, but by no identifier."""
        self._by_title[candidate.title].append(candidate)
        if not candidate.authors:
            self._by_title_alone[candidate.title].append(candidate)
        for block in candidate.blocks:
            self._by_block[block].append(candidate)

    def identify(self, paper):
        """Find ``paper`` by the identifiers it has by now."""
        for name in ("arxiv_id", "doi"):
            if value := getattr(paper, name):
                self._by_identifier.setdefault((name, value), paper)

    def match(self, work):
        """The Match of ``work``."""
        work, match = _titled(work), Match()
        for name, label in (("arxiv_id", "arXiv"), ("doi", "doi")):
            value = getattr(work, name)
            if not (found := value and self._holder(name, value, work)):
                continue
            likeness = title_likeness(found.title, work.title)
            if not compatible(found, work):
                reason, identifier = Duplicate.Reason.CONFLICT, f"{label}:{value}"
                match.doubts.append(Doubt(found, reason, likeness, identifier))
                match.not_its_own.add(name)
            elif match.paper is None:
                match.paper = found
            elif match.paper is not found:  # preprint and publication, two rows
                match.doubts.append(Doubt(found, Duplicate.Reason.SIMILAR, likeness))
                match.not_its_own.add(name)
        if match.paper is None:
            own = replace(work, **dict.fromkeys(match.not_its_own, ""))
            self._match_by_title(Candidate(own, own.authors), match)
        return match

    def _holder(self, name, value, work):
        """The paper with an identifier, or that came to be linked by it as well."""
        if found := self._by_identifier.get((name, value)):
            return found
        linked = self._by_link.get((name, value))
        return linked if linked and compatible(linked, work) else None

    def _match_by_title(self, candidate, match):
        alike = self.alike(candidate)
        same = [each.paper for each in alike if each.is_same]
        if len(same) == 1 or (same and candidate.authors):
            match.paper = same[0]
        doubted = [doubt.paper for doubt in match.doubts]
        match.doubts += [
            Doubt(each.paper, Duplicate.Reason.SIMILAR, each.title)
            for each in alike
            if each.paper is not match.paper and each.paper not in doubted
        ][:MOST_DOUBTS]

    def alike(self, candidate):
        """A Likeness for each paper like ``candidate`` but itself, best first."""
        if not candidate.title or _is_placeholder(candidate.of):
            return []
        found = [
            likeness
            for other in self._near(candidate)
            if other.of != candidate.of and (likeness := _likeness(candidate, other))
        ]
        return sorted(found, key=lambda each: (not each.is_same, -each.title))

    def _near(self, candidate):
        """Those to compare ``candidate`` with, from what few have in common on."""
        if candidate.authors:
            blocks = [self._by_block.get(block, ()) for block in candidate.blocks]
            blocks.append(self._by_title_alone.get(candidate.title, ()))
        else:
            blocks = [self._by_title.get(candidate.title, ())]
        near = chain.from_iterable(sorted(blocks, key=len))
        return dict.fromkeys(islice(near, MOST_COMPARED))


def _loaded(works):
    """Papers with an identifier, the title or an author and word of ``works``."""
    pks = set()
    for start in range(0, len(works), AT_ONCE):
        pks |= _pks(works[start : start + AT_ONCE])
    pks = sorted(pks)
    for start in range(0, len(pks), AT_ONCE):
        yield from Paper.objects.filter(
            pk__in=pks[start : start + AT_ONCE]
        ).with_authors()


def _pks(works):
    named = Paper.objects.filter(
        Q(arxiv_id__in={work.arxiv_id for work in works} - {""})
        | Q(doi__in={work.doi for work in works} - {""})
        | Q(title_key__in={names.title_key(work.title) for work in works} - {""})
    )
    pks = set(named.order_by().values_list("pk", flat=True))
    links = PaperLink.objects.filter(url__in=set(_addresses(works))).order_by()
    pks.update(links.values_list("paper", flat=True))
    parts = defaultdict(set)  # of titles, by family
    for candidate in (Candidate(work, work.authors) for work in works):
        for family in islice(candidate.authors, FIRST_AUTHORS):
            parts[family].update(_parts(candidate.title))
    rows = Authorship.objects.filter(author__family_key__in=parts).order_by()
    pks.update(
        pk
        for pk, title, family in rows.values_list(
            "paper", "paper__title_key", "author__family_key"
        ).iterator()
        if not parts[family].isdisjoint(_parts(title))
    )
    return pks


def _addresses(works):
    """What ``works`` are linked by where a paper has another identifier as well."""
    for work in works:
        if work.arxiv_id:
            yield f"https://arxiv.org/abs/{work.arxiv_id}"
        if work.doi:
            yield f"https://doi.org/{work.doi}"


def _identifiers(address):
    found = identifiers.arxiv_id(address), identifiers.doi(address)
    return [pair for pair in zip(("arxiv_id", "doi"), found, strict=True) if pair[1]]


def _parts(title):
    """The long words of a folded title, and how it begins."""
    words = sorted(sorted(set(title.split())), key=len)
    return [*words[-LONG_WORDS:], title[:16] + "…"]


# Titles


def title_likeness(one, other):
    """How much two titles are alike, from 0 to 100."""
    return round(fuzz.token_sort_ratio(names.title_key(one), names.title_key(other)))


def compatible(paper, work):
    """Whether the title of ``work`` can be that of ``paper``, which shares an
    identifier: mistyped, without its subtitle, or not known yet."""
    if not work.title or _is_placeholder(paper) or _is_placeholder(work):
        return True
    one, other = names.title_key(paper.title), names.title_key(work.title)
    shorter, longer = sorted((one, other), key=len)
    if longer.startswith(f"{shorter} "):
        return True
    marks, others = _marks(one), _marks(other)
    return (
        fuzz.token_sort_ratio(one, other) >= COMPATIBLE_TITLE
        and not (marks and others and marks != others)
        and not SECONDARY.intersection(marks + others) - {*marks} & {*others}
    )


def _titled(work):
    """``work`` with the title that its paper has: what stands in its place, if it
    has none."""
    return work if work.title else replace(work, title=work.name)


def _is_placeholder(work):
    """Whether an identifier stands in the title's place."""
    return bool(PLACEHOLDER.fullmatch(work.title))


def _marks(title):
    """What tells works of nearly one title apart: numbers, "not", "erratum"."""
    words = [w for w in title.split() if w in SECONDARY or PART.fullmatch(w)]
    return sorted(words + re.findall(r"\d+", title))


def _is_telling(title):
    """Whether there is hardly another work of this folded title."""
    return len(title.split()) > 2 or (not title.isascii() and len(title) > 5)


def _is_without_subtitle(one, other):
    """Whether the title of one candidate is the other's up to its subtitle."""
    if len(one.title) > len(other.title):
        one, other = other, one
    if not one.title or not other.title.startswith(f"{one.title} "):
        return False
    return names.title_key(SUBTITLE.split(other.of.title, 1)[0]) == one.title


def _differ_in_slips(one, other):
    """Whether nothing but small words and slips within words differ."""
    ours, theirs = (Counter(title.split()) for title in (one, other))
    ours, theirs = (
        sorted(word for word in each.elements() if word not in SMALL_WORDS)
        for each in (ours - theirs, theirs - ours)
    )
    return len(ours) == len(theirs) and all(map(_is_slip, ours, theirs))


def _is_slip(one, other):
    """Whether two words differ in a letter: "color" and "colour", but not "RNN" and
    "CNN", nor "typical" and "atypical"."""
    shorter, longer = sorted((one, other), key=len)
    if longer in (f"{shorter}s", f"{shorter}es"):
        return True
    return (
        len(shorter) > 4
        and OSA.distance(one, other) == 1
        and not longer.endswith(shorter)
    )


# Works


def _likeness(one, other):
    """The Likeness of the candidate ``other`` to ``one``, or None."""
    score = round(fuzz.ratio(one.words, other.words))
    if one.letters == other.letters:  # "mean-field", "meanfield"
        score = 100
    if score < SIMILAR_TITLE and not _is_without_subtitle(one, other):
        return None
    if one.marks != other.marks or not _authors_agree(one, other):
        return None
    return Likeness(other.of, score, score >= SAME_TITLE and _is_same(one, other))


def _authors_agree(one, other):
    """Whether half of the shorter list is in both; where one is not known, only the
    very title will do."""
    if not one.authors or not other.authors:
        return one.title == other.title
    shared = one.authors.keys() & other.authors.keys()
    return len(shared) * 2 >= min(len(one.authors), len(other.authors))


def _is_same(one, other):
    """Whether nothing tells two candidates of nearly one title apart."""
    if one.letters != other.letters and not _differ_in_slips(one.title, other.title):
        return False
    if _are_namesakes(one.authors, other.authors):
        return False
    if not _is_telling(one.title) and not (
        _appeared_together(one, other) or _are_one_entry(one, other)
    ):
        return False
    return _may_be_one(one.of, other.of)


def _are_namesakes(ours, theirs):
    """Whether all authors of one family have other initials."""
    shared = ours.keys() & theirs.keys()
    return bool(shared) and all(
        ours[family] and theirs[family] and not ours[family] & theirs[family]
        for family in shared
    )


def _appeared_together(one, other):
    """Whether authors, year and venue agree, as they must for "Introduction"."""
    return bool(one.authors and other.authors) and not (
        _differ(str(one.of.year or ""), str(other.of.year or ""))
        or _differ(one.of.venue, other.of.venue)
    )


def _are_one_entry(one, other):
    """Whether neither has authors, and all else is the same: a file read again."""
    if one.authors or other.authors:
        return False
    return all(getattr(one.of, name) == getattr(other.of, name) for name in TOLD)


def _may_be_one(one, other):
    """Whether nothing but title and authors tells two works apart."""
    return not (
        (one.arxiv_id and other.arxiv_id)  # they differ, or it were found
        or (one.doi and other.doi and not _has_preprint(one.doi, other.doi))
        or (one.year and other.year and abs(one.year - other.year) > YEARS_APART)
        or _edition(one) != _edition(other)
        or _are_kinds_apart(one, other)
        or _are_thesis_and_paper(one, other)
        or _were_published_twice(one, other)
    )


def _has_preprint(*dois):
    return any(PREPRINT_DOI.match(doi) for doi in dois)


def _edition(work):
    said = names.fold(work.other_fields.get("edition", ""))
    return "" if said in ("1", "1st", "first", "1st edition") else said


def _are_kinds_apart(one, other):
    kinds = {one.kind, other.kind} - {Paper.Kind.MISC}
    return len(kinds) > 1 and Paper.Kind.BOOK in kinds


def _are_thesis_and_paper(one, other):
    theses = [_is_thesis(work) for work in (one, other)]
    if all(theses) or not any(theses):
        return False
    paper = other if theses[0] else one
    return bool(
        paper.kind != Paper.Kind.MISC or paper.venue or paper.arxiv_id or paper.doi
    )


def _is_thesis(work):
    return work.kind == Paper.Kind.THESIS or bool(THESIS_VENUE.search(work.venue))


def _were_published_twice(one, other):
    """Whether both appeared in print, and not as the same thing."""
    if _is_preprint(one) or _is_preprint(other):
        return False
    kinds = {one.kind, other.kind} - {Paper.Kind.MISC}
    has_other_year = one.year and other.year and one.year != other.year
    return bool(
        _differ(one.volume, other.volume)
        or _differ(one.number, other.number)
        or (has_other_year and (len(kinds) > 1 or Paper.Kind.BOOK in kinds))
    )


def _is_preprint(work):
    return (
        work.kind == Paper.Kind.PREPRINT
        or work.volume.startswith("abs/")  # dblp's of arXiv
        or bool(PREPRINT_VENUE.search(work.venue))
    )


def _differ(one, other):
    """Whether both texts say something, and not the same."""
    return bool(one and other) and names.fold(one) != names.fold(other)


def _initials_by_family(authors):
    found = {}
    for name in authors:
        family, _comma, given = name.partition(",")
        if key := names.family_key(family):
            found.setdefault(key, set()).update(names.fold(given)[:1])
    return found
