"""A printed citation -> its fields, by a first simple rule.

The title is a linked or bold or quoted phrase, or the sentence after the
names; the authors stand before it (after it, where it is bold); venue and year
follow. What is said after all that is the remark of whoever cites.
"""

import re
from dataclasses import dataclass, field

from . import identifiers, names

YEAR = re.compile(r"(?<![\d.:/-])((?:19|20)\d\d)(?![\d.]*\d|[-/]\d)")
ARXIV_MENTION = re.compile(r"\[?\s*arxiv\s*[.:]?\s*[\w./-]*\d(?:v\d+)?\s*\]?", re.IGNORECASE)
BRACKETED = re.compile(r"\[[^\[\]]*\]|【[^】]*】")
SENTENCE_END = re.compile(r"(?<!\b[A-Z])(?<!\bet al)(?<!\bal)(?<!\bvs)[.?!](?=\s+\S|\s*$)")
QUOTED = re.compile(r"[\"“”]\s*([^\"“”]{8,300}?)\s*[,.]?\s*[\"“”]")
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
    title, before, after, start = _title(parts, text)
    if not title:
        return None
    end_of_title = start + len(title)
    remark_at = _remark_at(text, end_of_title)
    cited = text if remark_at is None else text[:remark_at]
    urls = [part.url for part in _within(parts, len(cited)) if part.url]
    citation = Citation(
        title=title,
        authors=_authors(before),
        arxiv_id=_first(identifiers.arxiv_id, [cited, *urls]),
        doi=_first(identifiers.doi, [cited, *[u for u in urls if "doi" in u]]),
        remark_at=remark_at,
    )
    tail = after if remark_at is None else after[: max(0, len(after) - len(text) + remark_at)]
    citation.year, citation.venue = _year_and_venue(tail)
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
    at, previous_are_names = 0, None
    for part in parts:
        words = part.text.strip(" .,;\n")
        before = text[:at]
        stands_out = part.url or (part.is_bold and len(words.split()) > 2)
        if stands_out and _may_be_title(words):
            if part.is_bold and not before.strip(" .,[]\n"):
                names_line, _, rest = text[at + len(part.text) :].strip().partition("\n")
                if _are_names(names_line):
                    return words, names_line, rest, at
            if not before.strip(" .,[]\n") or _are_names(before):
                return words, before, text[at + len(part.text) :], at
        at += len(part.text)
    if (match := QUOTED.search(text)) and _are_names(text[: match.start()]):
        return match[1].strip(), text[: match.start()], text[match.end() :], match.start(1)
    sentences, begin = [], 0
    for match in SENTENCE_END.finditer(text):
        sentences.append((begin, text[begin : match.start()]))
        begin = match.end()
    sentences.append((begin, text[begin:]))
    if len(sentences) > 1 and _are_names(sentences[0][1]):
        begin, sentence = sentences[1]
        title = re.split(r"\s*(?:\n|\[|\(?arxiv\s*:|\bIn\s+Proc)", sentence.strip(), maxsplit=1, flags=re.I)[0]
        title = title.strip(" .,")
        if _may_be_title(title):
            start = text.index(title, begin)
            return title, sentences[0][1], text[start + len(title) :], start
    return "", "", "", 0


def _may_be_title(words):
    return len(words.split()) >= 2 and len(words) > 7 and not LEADS_TO_WORDS.match(words)


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
    venue = re.sub(r"\bdoi\s*:?\s*10\.\S+|\bin press\b|\bto appear(?: in)?\b", " ", venue, flags=re.I)
    venue = " ".join(venue.split()).strip(" .,;:()")
    venue = re.sub(r"^[Ii]n:?\s+", "", venue)
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
        rest = text[end + gap.end() :]
        closed = re.search(r"[.\])]", text[max(0, end - 1) : end + gap.end()])
        words = re.findall(r"[A-Za-z][\w'-]*", BRACKETED.sub(" ", rest.split("http")[0]))
        if closed and len(words) >= 5 and not VENUE_WORDS.search(" ".join(words[:8])):
            first = rest.split(". ")[0]
            if not YEAR.search(first) and "," not in " ".join(first.split()[:4]):
                return end + gap.end() - (1 if gap[0].endswith("(") else 0)
    return None
