"""A printed citation -> its fields, each with how sure that is."""

import re
from dataclasses import dataclass, field

from .. import identifiers
from ..work import Work
from . import bylines, layouts, venues

MAX_LENGTH = 3_000  # characters; a longer text is no citation

WEB = re.compile(r"https?://[^\s<>\"]+", re.IGNORECASE)
ARXIV_MENTION = re.compile(
    r"\[?\s?arxiv\s?[.:]?\s?[\w./-]{0,40}\d(?:v\d+)?\s?\]?", re.IGNORECASE
)
PREFIX = re.compile(  # "Required reading:", "Paper 2:", "See also:"
    r"^\W*(?:(?:required|optional|suggested|recommended|further|additional|background"
    r"|main|primary)\s?)?(?:papers?|readings?|references?|(?:text ?)?book|article|see)?"
    r"(?: for \w{1,20}| due| also)?\s?\d{0,2}:\s",
    re.IGNORECASE,
)
# What is no part of a title or byline, besides years and links' labels.
APART = (
    identifiers.ARXIV,
    ARXIV_MENTION,
    re.compile(
        r"(?:\b(?:available|retrieved|online)(?: online)?(?: at| from)?:? )?"
        r"(?:https?://|www\.)\S+",
        re.IGNORECASE,
    ),
    re.compile(r"\bISBN\b[:\s]{0,3}[\dX-]{9,17}|\b(?:PDF|pdf|link)\s*$"),
    re.compile(r"\b(?:doi\s?[:.]?\s?)?10\.\d{4,9}/\S+", re.IGNORECASE),
    re.compile(r"\[[^\[\]]{0,80}\]|[\[\]]|【[^】]{0,80}】"),
    re.compile(r"</?[a-z]{1,8}(?:\s[^<>]{0,99})?>"),  # HTML
    re.compile(
        r"\((?:pdf|ps|link|slides|video|code|in press|to appear|forthcoming|optional"
        r"|required|recommended|skim|web ?site)\)"
        r"|\([^()]{0,30}\b(?:alphabetical(?:ly)?|random order)\b[^()]{0,30}\)"
        r"|\([^()]{0,30}\b(?:equal contributions?|contributed equally)\)",  # of authors
        re.IGNORECASE,
    ),
    re.compile(  # "[12]", "[Bo] ="
        r"^\s*[*•]?(?:\[[^\[\]]{1,60}\](?:\s?=(?=\s))?|\(?\d{1,3}[.)](?=\s))"
    ),
    re.compile(r"^\s*(?:\(\*{1,3}[^()]{0,20}\)(?=\s)|[•–—-]{1,3}(?=\s)|\*{1,3})"),
    PREFIX,
    re.compile(rf"(?<=\d\d, ){venues.MONTH}(?: \d\d?)?(?=[.)])"),  # "2017, May."
    re.compile(  # "25 May 2017", "May-June 2017", "May 3-5, 2017"
        rf"\b(?:\d\d? )?{venues.MONTH}(?:[-–/]{venues.MONTH})?(?: \d\d?(?:[-–]\d\d?)?)?"
        r",? (?=(?:19|20)\d\d\b)"
    ),
)
ASCII = str.maketrans("（）：，．；？！", "():,.;?!")
SINGLE_QUOTES = re.compile(  # of a title, not of a word in it
    r"((?:^|[.,:)\d])\s*)['‘](\w(?:[^'‘’]|(?<=\w)['’](?=\w)){8,300})['’]"
    r"(?=[.,;]|\s[(\d]|\s[Ii]n\s)"
)
MARKDOWN_LINK = re.compile(r"\[([^\[\]]{1,300})\]\((https?://[^\s()]{1,500})\)")
MARKDOWN_EMPHASIS = re.compile(  # but not the stars of "Ada Bo*, Ed Di*"
    r"(?<![\w*])(\*{1,3})(?=[^\s*])([^*]{1,300})(?<=[^\s*])\1(?![\w*])"
    r"|(?<!\w)(_{1,2})(?=[^\s_])([^_]{1,300})(?<=[^\s_])\3(?!\w)"
)
MARKDOWN_ESCAPE = re.compile(r"\\(?=[\[\]*_&])")
GAP = re.compile(r"[\s.\])};:]{0,20}(?:\[[^\[\]]{0,80}\][\s.]{0,20}){0,9}\(?")
SMALL_WORDS = frozenset(
    "a an and as at by de for from in its of on or the to with".split()
)
REMARK = re.compile(r"(?:Also )?[Ss]ee\b|Discussion|Presente[rd]|Note[:s ]")
LABEL = re.compile(  # "[Bo et al. 2012]"
    r"\s*\[\s*([A-Z](?=\w*[a-z])[^\W\d_]+(?: et al\.?)?)"
    r"[\s,]*(?:(?:19|20)?\d\d)?[a-z]?\s*\]"
)
CREDIT = re.compile(r"\s*\(([^()]{3,200})\)")  # "(Bo et al., ICML 2012)"
LEADS_TO_WORDS = re.compile(
    r"\W*(?:arxiv|\d{4}\.\d{4,5}|doi\b|https?:|www\.|\[|pdf\b|slides?\b|video|link\b"
    r"|code|github|here\b|(?:paper|weblink|demo|data)$)",
    re.IGNORECASE,
)
NO_CITATION = re.compile(
    r"\W*(?:see|read|watch|install|download|use|try|you|please|visit|check|note[s:]"
    r"|homework|project|hw\s?\d|assignment|lecture(?:s|\s\d)|slides|videos?|tutorials?"
    r"|guest|office|poster|reading|seminar|session|midterm|final exam|quiz|due|class"
    r"|course|web)\b",
    re.IGNORECASE,
)
ANNOUNCEMENT = re.compile(
    r"\b(?:(?:mon|tues|wednes|thurs|fri|satur|sun)day|room \d|zoom\b)|\d\s?[ap]\.?m\b",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Part:
    """Some of a citation's text, and the address it links to if any."""

    text: str
    url: str = ""
    is_bold: bool = False


@dataclass
class Citation(Work):
    """What a printed text says of a paper, or that it is none.

    ``remark`` is what is said about the paper, from ``remark_at`` in the joined text
    (None without one). ``links`` are the addresses in what stands before it;
    ``conflicts`` the identifiers in these that the text, or an address before, gives
    otherwise; ``url`` the landing page among them. ``confidence`` has a number from 0
    to 1 for each field found:

    - title: 0.5 if another title was as likely, 1 if none came near
    - authors, venue: how much they look like names, like a venue
    - year: 1 if it is the only one, 0.7 if one of several, 0.5 if amid other words
    - arxiv_id, doi: 1 if printed, 0.9 if from an address, 0.5 with a conflict
    - overall: the least of title and authors, 0 for what is no paper
    """

    is_paper: bool = False
    remark: str = ""
    remark_at: int | None = None
    links: list[str] = field(default_factory=list)
    conflicts: list[str] = field(default_factory=list)
    confidence: dict[str, float] = field(default_factory=dict)


def parse(parts: list[Part]) -> Citation | None:
    """The citation that ``parts`` print; None where they print no paper."""
    citation = read(parts)
    return citation if citation.is_paper else None


def read_text(text: str) -> Citation:
    """What ``text`` says, paper or not; it may have links and emphasis as Markdown
    writes them."""
    text = MARKDOWN_ESCAPE.sub("", text[: MAX_LENGTH + 1])
    parts, at = [], 0
    for link in MARKDOWN_LINK.finditer(text):
        parts += _emphasised(text[at : link.start()])
        phrase = MARKDOWN_EMPHASIS.sub(r"\2\4", link[1])
        parts.append(Part(phrase, link[2]))
        at = link.end()
    return read(parts + _emphasised(text[at:]))


def _emphasised(text):
    """The Parts of ``text``, those bold that Markdown emphasises."""
    parts, at = [], 0
    for phrase in MARKDOWN_EMPHASIS.finditer(text):
        parts += [Part(text[at : phrase.start()])]
        parts += [Part(phrase[2] or phrase[4], is_bold=True)]
        at = phrase.end()
    return [*parts, Part(text[at:])]


def read(parts: list[Part]) -> Citation:
    """What ``parts`` say, paper or not.

    A paper has a title and an identifier, or a title, authors and a venue or
    year. What the text says wins over where its links lead.
    """
    citation = Citation()
    text = _with_plain_marks("".join(part.text for part in parts))
    if len(text) > MAX_LENGTH:
        return citation
    hidden, label = _hidden(text, parts), LABEL.match(text)
    ranked = layouts.ranked(hidden, _phrases(parts), is_labelled=bool(label))
    if not ranked:
        _identify(citation, text, parts)
        return citation
    best = ranked[0]
    after = max(best.title.stop, best.byline.stop)
    citation.remark_at = _remark_at(text, after)
    if citation.remark_at is not None:
        citation.remark = text[citation.remark_at :].strip()
    cited = text[: citation.remark_at]
    byline, names = text[best.byline], best.names
    if not byline:
        byline = label[1] if label else _credited(text, after)
        names = max(0.0, bylines.likeness(byline))
    citation.title = text[best.title]
    citation.authors = bylines.authors(byline)
    citation.has_more_authors = bylines.has_more(byline)
    citation.venue = venues.name(cited[after:])
    citation.year, certainty = _year(cited, best)
    _identify(citation, cited, parts)
    follows = venues.likeness(hidden[after : after + layouts.AHEAD])
    citation.is_paper = _is_paper(citation, text, names, follows)
    sure = {"title": _lead(ranked), "authors": names, "venue": follows}
    sure["year"] = certainty
    least = min(sure["title"], names if citation.authors else 1.0)
    found = {name: _share(sure[name]) for name in sure if getattr(citation, name)}
    overall = _share(least) if citation.is_paper else 0.0
    citation.confidence = found | citation.confidence | {"overall": overall}
    return citation


def _with_plain_marks(text):
    """``text`` with ASCII punctuation, and double quotes around what single ones
    quote; each character stays in its place."""
    text = text.translate(ASCII).replace("``", " “").replace("''", "” ")
    return SINGLE_QUOTES.sub(r"\1“\2”", text)


def _credited(text, after):
    """The names that the bracket right after a title begins with, or ""; a lone word
    and a year are rather a publisher."""
    bracket = CREDIT.match(text, after)
    words = re.sub(r"\W*\d{4}\b.*", "", bracket[1]) if bracket else ""
    if not layouts.SEVERAL.search(words):
        return ""
    parts = words.split(",")
    lists = (",".join(parts[:count]) for count in range(len(parts), 0, -1))
    return next((each for each in lists if bylines.likeness(each) > 0.25), "")


def _is_paper(citation, text, names, follows):
    if citation.arxiv_id or citation.doi or citation.url:
        return True
    if names <= layouts.LIKELY or not (citation.year or follows >= 0.8):
        return False
    is_certain = names > 0.6 and citation.year and follows >= 0.8
    is_other = NO_CITATION.match(PREFIX.sub("", text)) and not is_certain
    return not (is_other or ANNOUNCEMENT.search(text))


def _identify(citation, cited, parts):
    """Set links and identifiers, these from the text first, and what contradicts it."""
    placed = [part.url for at, part in _placed(parts) if part.url and at < len(cited)]
    citation.links = placed
    addresses = placed + WEB.findall(cited)
    text = WEB.sub(" ", cited)
    citation.url = next(filter(None, map(identifiers.landing_page, addresses)), "")
    for name, find in (("arxiv_id", identifiers.arxiv_id), ("doi", identifiers.doi)):
        printed, linked = find(text), list(filter(None, map(find, addresses)))
        found = printed or next(iter(linked), "")
        others = [other for other in dict.fromkeys(linked) if other != found]
        setattr(citation, name, found)
        citation.conflicts += others
        if found:
            certainty = 1.0 if printed else 0.9
            citation.confidence[name] = 0.5 if others else certainty


def _hidden(text, parts):
    """``text`` with years, identifiers, addresses and short brackets blotted out."""
    spans = [match.span() for apart in APART for match in apart.finditer(text)]
    spans += [(start, end) for start, end, _ in venues.years(text)]
    spans += [
        (at, at + len(part.text))
        for at, part in _placed(parts)
        if part.url and LEADS_TO_WORDS.match(part.text) and len(part.text.split()) < 5
    ]
    letters = list(text)
    for start, end in spans:
        letters[start:end] = venues.HIDDEN * (end - start)
    for match in re.finditer(r"\([^()]*\)", text):  # "(Bo 2012)" is no part of a title
        if venues.HIDDEN in letters[slice(*match.span())]:
            letters[slice(*match.span())] = venues.HIDDEN * len(match[0])
    return "".join(letters)


def _placed(parts):
    """(where it begins, part) of each part."""
    at = 0
    for part in parts:
        yield at, part
        at += len(part.text)


def _phrases(parts):
    """(start, end) of the phrases that are linked or bold, among others."""
    phrases = set()
    for at, part in _placed(parts):
        words = part.text.strip(" .,;:\n")
        stands_out = part.url or (part.is_bold and len(words.split()) > 2)
        if stands_out and words and len(parts) > 1:
            start = at + part.text.index(words)
            phrases.add((start, start + len(words)))
    return frozenset(phrases)


def _lead(ranked):
    """How far the best layout leads those with another title, from 0.5 to 1."""
    best = ranked[0]
    second = next((each.score for each in ranked if each.title != best.title), 0.0)
    return 0.5 + (best.score - second) / 2


def _share(number):
    return round(min(max(number, 0.0), 1.0), 2)


def _year(cited, layout):
    """(year, how sure): the one between names and title if there is one, else the
    last one outside the title."""
    title = range(layout.title.start, layout.title.stop)
    apart = [(at, year) for at, _, year in venues.years(cited) if at not in title]
    if apart:
        before = [year for at, year in apart if at < title.start]
        years = before or [year for _, year in apart]
        return years[-1], 1.0 if len({year for _, year in apart}) == 1 else 0.7
    amid = venues.YEAR.search(cited, title.stop)
    return (int(amid[0]), 0.5) if amid else (None, 0.0)


def _remark_at(text, start):
    """Where words begin that are about the paper rather than of its citation."""
    ends = [start]
    for pattern in (venues.YEAR, ARXIV_MENTION, re.compile(r"\]")):
        ends += [match.end() for match in pattern.finditer(text, start)]
    for end in sorted(ends):
        gap = GAP.match(text, end)
        is_closed = re.search(r"[.\])]", text[max(0, end - 1) : gap.end()])
        if is_closed and _is_remark(text[gap.end() : gap.end() + 400]):
            return gap.end() - gap[0].endswith("(")
    return None


def _is_remark(text):
    """Whether ``text`` begins with a sentence in small letters rather than a venue."""
    if REMARK.match(text):
        return True
    sentence = re.split(r"\.\s|[;\n]|http", text)[0]
    words = re.findall(r"[^\W\d_][\w'-]*", sentence)
    small = {word for word in words if word[0].islower()} - SMALL_WORDS
    return (
        len(words) >= 5
        and len(small) > max(2, sum(word[0].isupper() for word in words))
        and not venues.KIND.search(" ".join(words[:8]))
        and not venues.YEAR.search(sentence)
        and "," not in " ".join(sentence.split()[:4])
    )
