"""A printed citation -> its fields, by a first simple rule.

The title is a linked or bold or quoted phrase, or the sentence after the
names; the authors stand before it (after it, where it is bold); venue and year
follow. What is said after all that is the remark of whoever cites.
"""

import re
from dataclasses import dataclass, field

from . import identifiers, names

MAX_LENGTH = 3_000  # characters; a longer text is no citation
YEAR = re.compile(r"(?<![\d.:/-])((?:19|20)\d\d)(?![\d.]*\d|[-/]\d)")
ARXIV_MENTION = re.compile(
    r"\[?\s*arxiv\s*[.:]?\s*[\w./-]*\d(?:v\d+)?\s*\]?", re.IGNORECASE
)
BRACKETED = re.compile(r"\[[^\[\]]*\]|【[^】]*】")
SENTENCE_END = re.compile(r"(?<!\b[A-Z])(?<!\bet al)(?<!\bal)(?<!\bvs)\.(?=\s+\S|\s*$)")
QUOTED = re.compile(r"[\"“”]\s*([^\"“”]{8,300}?)\s*[,.]?\s*[\"“”]")
END_OF_TITLE = re.compile(r"\s*(?:\n|\[|\(?arxiv\s*:|\bIn\s+Proc)", re.IGNORECASE)
NOT_VENUE = re.compile(
    r"\bdoi\s*:?\s*10\.\S+|\bin press\b|\bto appear(?: in)?\b", re.IGNORECASE
)
LEADS_TO_WORDS = re.compile(
    r"^(?:arxiv|doi\b|https?:|www\.|\[|pdf\b|slides?\b|video|link\b|code|github|here\b)",
    re.IGNORECASE,
)
VENUE_WORDS = re.compile(
    r"\b(?:proc\w*|conference|journal|transactions|advances|symposium|workshop|press|"
    r"annals|statistics|vol|volume|pp|pages|science|nature|letters|review|springer|"
    r"university|lecture notes|in:|arxiv|doi)\b",
    re.IGNORECASE,
)
NOT_NAMES = re.compile(
    r"\b(?:the|of|for|with|on|via|in|to|from|using|course|lecture|video|website|demo|"
    r"link|tutorial|github|package|book|http\S*|see|you|may|try)\b|'s\b|’s\b|:",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Part:
    """Some of a citation's text, and the address it links to if any."""

    text: str
    url: str = ""
    is_bold: bool = False


@dataclass
class Citation:
    """``authors`` are "Family, Given"; ``remark_at`` is where the remark begins
    in the joined text, or None."""

    title: str
    authors: list[str] = field(default_factory=list)
    year: int | None = None
    venue: str = ""
    arxiv_id: str = ""
    doi: str = ""
    remark_at: int | None = None


def parse(parts: list[Part]) -> Citation | None:
    """The citation that ``parts`` print; None where it is no paper for sure.

    A paper has a title and an identifier, or a title, authors and a venue or
    year. What the text says wins over where its links lead.
    """
    text = "".join(part.text for part in parts)
    if len(text) > MAX_LENGTH:
        return None
    title, before, after, start = _title(parts, text)
    if not title:
        return None
    remark_at = _remark_at(text, start + len(title))
    cited = text[:remark_at]
    urls = [part.url for part in _within(parts, len(cited)) if part.url]
    citation = Citation(
        title=title,
        authors=_authors(before),
        arxiv_id=_first(identifiers.arxiv_id, [cited, *urls]),
        doi=_first(identifiers.doi, [cited, *[u for u in urls if "doi" in u]]),
        remark_at=remark_at,
    )
    said_after = max(0, len(after) - (len(text) - len(cited)))
    citation.year, citation.venue = _year_and_venue(after[:said_after])
    if citation.year is None and (match := re.search(r"\(((?:19|20)\d\d)\)", before)):
        citation.year = int(match[1])
    is_identified = citation.arxiv_id or citation.doi
    is_described = citation.authors and (citation.year or citation.venue)
    return citation if is_identified or is_described else None


def _first(find, texts):
    return next((found for text in texts if (found := find(text))), "")


def _within(parts, length):
    at = 0
    for part in parts:
        if at < length:
            yield part
        at += len(part.text)


def _title(parts, text):
    """(title, text before it, text after it, where it begins)."""
    return (
        _title_that_stands_out(parts, text)
        or _quoted_title(text)
        or _sentence_after_names(parts, text)
        or ("", "", "", 0)
    )


def _title_that_stands_out(parts, text):
    """A linked phrase after the names, or a bold one before them."""
    at = 0
    for part in parts:
        words = part.text.strip(" .,;\n")
        before, after = text[:at], text[at + len(part.text) :]
        is_first = not before.strip(" .,[]\n")
        stands_out = part.url or (part.is_bold and len(words.split()) > 2)
        if stands_out and _may_be_title(words):
            next_line, _, rest = after.strip().partition("\n")
            if part.is_bold and is_first and _are_names(next_line):
                return words, next_line, rest, at
            if is_first or _are_names(before):
                return words, before, after, at
        at += len(part.text)
    return None


def _quoted_title(text):
    match = QUOTED.search(text)
    if match and _are_names(text[: match.start()]):
        return match[1], text[: match.start()], text[match.end() :], match.start(1)
    return None


def _sentence_after_names(parts, text):
    """The sentence after one that is all names; it ends at the next link."""
    first = SENTENCE_END.search(text)
    if not first or not _are_names(text[: first.start()]):
        return None
    second = SENTENCE_END.search(text, first.end())
    end = min(
        [second.start() if second else len(text)]
        + [at for at in _link_starts(parts) if at > first.end()]
    )
    title = END_OF_TITLE.split(text[first.end() : end].strip(), maxsplit=1)[0]
    title = title.strip(" .,")
    if not _may_be_title(title):
        return None
    start = text.index(title, first.end())
    return title, text[: first.start()], text[start + len(title) :], start


def _link_starts(parts):
    at = 0
    for part in parts:
        if part.url:
            yield at
        at += len(part.text)


def _may_be_title(words):
    return (
        len(words.split()) >= 2 and len(words) > 7 and not LEADS_TO_WORDS.match(words)
    )


def _are_names(text):
    text = re.sub(r"\([^()]*\)", "", text).strip(" .,;:\n[]")
    words = re.findall(r"[^\W\d_][\w'’.-]*", text)
    if not words or NOT_NAMES.search(text):
        return False
    capitals = sum(
        word[0].isupper() or word.casefold() in names.PARTICLES | {"and", "et", "al"}
        for word in words
    )
    return capitals == len(words) and len(words) < 60


def _authors(text):
    text = re.sub(r"\([^()]*\)", "", text)
    text = re.sub(r",?\s*\b(?:et\.?\s+al\.?|and others)", "", text).strip(" .,;:\n[]")
    if not text or not _are_names(text):
        return []
    return [names.family_first(name) for name in names.split_list(text)]


def _year_and_venue(text):
    years = [int(year) for year in YEAR.findall(ARXIV_MENTION.sub(" ", text))]
    venue = BRACKETED.sub(" ", ARXIV_MENTION.sub(" ", text))
    venue = " ".join(NOT_VENUE.sub(" ", venue).split()).strip(" .,;:()?")
    venue = re.sub(r"^(?:in:?\s+|(?:19|20)\d\d\s*,\s*)", "", venue, flags=re.I)
    venue = re.split(
        r"\s*(?:,\s*(?:vol|volume|no|pp|pages|\(?\d|to appear|[A-Z]\d)|\(\d|"
        r"[\s,]+(?:19|20)\d\d\b|\s\d+\s*[(:,]|\.\s)",
        venue,
        maxsplit=1,
        flags=re.IGNORECASE,
    )[0].strip(" .,;:()[]")
    if not re.search(r"[A-Za-z]{2}", venue) or len(venue) > 200:
        venue = ""
    return (years[-1] if years else None), venue


def _remark_at(text, start):
    """Where words begin that are about the paper rather than of its citation."""
    ends = [start]
    ends += [m.end() for m in YEAR.finditer(text, start)]
    ends += [m.end() for m in ARXIV_MENTION.finditer(text, start)]
    ends += [m.end() for m in re.finditer(r"\]", text) if m.end() > start]
    for end in sorted(ends):
        gap = re.match(r"[\s.\])};:]*(?:\[[^\[\]]*\][\s.]*)*\(?", text[end:])
        rest = text[end + gap.end() :][:400]
        closed = re.search(r"[.\])]", text[max(0, end - 1) : end + gap.end()])
        said = BRACKETED.sub(" ", rest.split("http")[0])
        words = re.findall(r"[A-Za-z][\w'-]*", said)
        if closed and len(words) >= 5 and not VENUE_WORDS.search(" ".join(words[:8])):
            first = rest.split(". ")[0]
            if not YEAR.search(first) and "," not in " ".join(first.split()[:4]):
                return end + gap.end() - (1 if gap[0].endswith("(") else 0)
    return None
