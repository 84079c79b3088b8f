"""CSL-JSON, in and out, and citations written with CSL styles: values in, text out.

``item`` and ``dumps`` write, ``loads`` reads CSL-JSON 1.0.2; ``cite`` writes works as
a style prints them in its list of references.
"""

import json
import re
from collections.abc import Iterable, Iterator
from copy import deepcopy
from dataclasses import dataclass
from functools import cache
from html import escape, unescape
from threading import Lock
from urllib.parse import quote

import nh3
from citeproc import (
    Citation,
    CitationItem,
    CitationStylesBibliography,
    CitationStylesStyle,
)
from citeproc.formatter import html as html_formatter
from citeproc.model import Label, Names, Substitute
from citeproc.source.json import CiteProcJSON

from . import bibtex_names, identifiers, latex
from .bibtex_names import Name
from .richtext import FORMULA
from .work import (
    DAY,
    MAX_ENTRIES,
    MAX_RAW_LENGTH,
    MONTHS,
    PAGE_RANGE,
    THESES,
    Problem,
    Work,
    month_number,
    one_line,
    too_large,
    web_address,
)

TYPES = {  # by Work.kind
    "article": "article-journal",
    "inproceedings": "paper-conference",
    "book": "book",
    "incollection": "chapter",
    "thesis": "thesis",
    "report": "report",
    "preprint": "article",
    "misc": "document",
}
KINDS = {type_: kind for kind, type_ in TYPES.items()} | {
    "article-magazine": "article",
    "article-newspaper": "article",
    "entry-dictionary": "incollection",
    "entry-encyclopedia": "incollection",
    "manuscript": "preprint",
    "review": "article",
    "review-book": "article",
}
# Types of the schema that are no kind of their own, and BibTeX's name for some.
OTHER_TYPES = dict.fromkeys(
    "bill broadcast classic collection entry event figure graphic hearing interview "
    "legal_case legislation map motion_picture musical_score pamphlet patent "
    "performance periodical personal_communication post regulation song speech "
    "standard treaty".split(),
    "",
) | {
    "webpage": "online",
    "post-weblog": "online",
    "dataset": "dataset",
    "software": "software",
}
OTHER_FIELDS = {  # by BibTeX's name
    "address": "publisher-place",
    "edition": "edition",
    "isbn": "ISBN",
    "issn": "ISSN",
    "keywords": "keyword",
    "language": "language",
    "series": "collection-title",
}
OTHERS = {"literal": "others"}  # as pandoc writes BibTeX's "and others"
NAME_PARTS = (
    "family",
    "given",
    "suffix",
    "literal",
    "dropping-particle",
    "non-dropping-particle",
)
PRINTED_DATE = re.compile(r"\b([0-9]{4})\b(?:[-/]([0-9]{1,2})(?:[-/]([0-9]{1,2}))?)?")
RICH_TEXT = re.compile(  # the markup that CSL-JSON may have in a title
    r"</?(?:i|b|sc|sup|sub|span)>"
    r'|<span (?:class="nocase"|style="font-variant: ?small-caps;")>',
    re.IGNORECASE,
)
SPACE = re.compile(r"[ \t\r\n]*")
DECODER = json.JSONDecoder()


def item(work: Work, id_: str = "item") -> dict:
    """``work`` as a CSL-JSON item; ``id_`` is its id if it has no key.

    An arXiv id stands in ``archive`` and ``archive_location``, as Zotero has it, and
    in ``number`` of a preprint. An address other than http or https is left out.
    """
    type_ = _type(work)
    found = {
        "id": one_line(work.key) or id_,
        "type": type_,
        "title": work.title,
        "author": _people(work.author_names(), work.has_more_authors),
        "editor": _people(*work.editor_names()),
        "issued": _issued(work),
        "container-title": work.venue,
        "volume": work.volume,
        _number_variable(work.kind): work.number,
        "page": PAGE_RANGE.sub(r"\1-\2", work.pages),
        "publisher": work.publisher,
        "genre": work.words("type") or THESES.get(work.entry_type, ""),
        "DOI": work.doi,
        "URL": work.address,
        "abstract": work.abstract,
        "note": work.note,
        **{variable: work.words(name) for name, variable in OTHER_FIELDS.items()},
    }
    if type_ in ("thesis", "report") and not work.publisher:
        school = work.words("school") or work.words("institution") or work.venue
        found |= {"publisher": school, "container-title": ""}
    if work.arxiv_id:
        found |= {"archive": "arXiv", "archive_location": work.arxiv_id}
    if work.arxiv_id and type_ == "article":
        found["number"] = f"arXiv:{work.arxiv_id}"
    found = {
        variable: one_line(value) if isinstance(value, str) else value
        for variable, value in found.items()
    }
    return {variable: value for variable, value in found.items() if value}


def dumps(works: Iterable[Work]) -> str:
    """A CSL-JSON list of ``works``; it may stand inside a script element."""
    items = [item(work, f"item-{n}") for n, work in enumerate(works, start=1)]
    text = json.dumps(items, ensure_ascii=False, indent=2)
    return text.replace("<", r"\u003c").replace(">", r"\u003e").replace("&", r"\u0026")


def loads(text: str) -> tuple[list[Work], list[Problem]]:
    """The works of CSL-JSON ``text``: a list, an object with ``items``, or one item.

    What cannot be read of an item is reported and left out. After an error in the
    JSON itself the items before it are kept.
    """
    if problem := too_large(text):
        return [], [problem]
    works, problems = [], []
    for n, (line, raw, found) in enumerate(_entries(text.lstrip("\ufeff")), start=1):
        raw = raw[:MAX_RAW_LENGTH]
        if n > MAX_ENTRIES:
            message = f"More than {MAX_ENTRIES:,} items; the rest was not read."
            problems.append(Problem(line, message, raw, lost=True))
            break
        if not isinstance(found, dict):
            message = found.msg if isinstance(found, _Broken) else "no object"
            problems.append(Problem(line, f"Item {n}: {message}", raw, lost=True))
            continue
        work = _work(found, _reporter(problems, n, line, raw))
        work.line = line
        if any((work.title, work.authors, work.doi, work.arxiv_id, work.url)):
            works.append(work)
        else:
            message = f"Item {n}: neither title, author, identifier nor address"
            problems.append(Problem(line, message, raw, lost=True))
    return works, problems


@dataclass(frozen=True)
class Formatted:
    """A citation as text, and as HTML that is safe to show."""

    text: str
    html: str


def cite(works: Iterable[Work], style: str) -> list[Formatted]:
    """``works`` as the ``style``, a key of STYLES, prints each in a list of references.

    In the order given and without numbers. A formula stays TeX. Titles keep their
    capitals in styles of "sentence case": no rule knows which are names.
    """
    with RENDERING:
        return [_cited(work, style) for work in works]


def _type(work):
    if work.kind == "misc" and work.arxiv_id:
        return "article"
    if work.kind == "misc" and (work.entry_type == "online" or web_address(work.url)):
        return "webpage"
    if work.kind == "misc" and work.entry_type in ("dataset", "software"):
        return work.entry_type
    return TYPES.get(work.kind, "document")


def _number_variable(kind):
    if kind in ("report", "thesis"):
        return "number"
    return "collection-number" if kind in ("book", "incollection") else "issue"


def _people(found: list[Name], has_more: bool) -> list[dict]:
    people = [
        {
            "family": name.family,
            "given": name.given,
            "non-dropping-particle": name.particle,
            "suffix": name.suffix,
            "literal": name.literal,
        }
        for name in found
    ]
    people = [{part: p for part, p in person.items() if p} for person in people]
    people = [*filter(None, people)]
    return [*people, OTHERS] if people and has_more else people


def _issued(work):
    if work.year is None:
        return None
    parts = [work.year]
    if month := month_number(work.words("month")):
        day = work.words("day")
        parts += [month, *([int(day)] if DAY.fullmatch(day) else [])]
    return {"date-parts": [parts]}


@dataclass
class _Broken:
    """JSON that could not be read, and why."""

    msg: str


def _entries(text) -> Iterator[tuple[int, str, object]]:
    """(line, raw text, value) of each item; the value is _Broken at an error."""
    start = re.match(r'\s*(?:\{\s*"items"\s*:\s*)?\[', text)
    if not start:
        found = _decoded(text, len(text) - len(text.lstrip()))[0]
        listed = found.get("items") if isinstance(found, dict) else None
        for each in listed if isinstance(listed, list) else [found]:
            yield 1, text, each
        return
    line, counted, position = 1, 0, start.end()
    while True:
        position = SPACE.match(text, position).end()
        if text.startswith("]", position):
            return
        line += text.count("\n", counted, position)
        counted = position
        found, end = _decoded(text, position)
        yield line, text[position:end], found
        position = SPACE.match(text, end).end()
        if isinstance(found, _Broken) or text.startswith("]", position):
            return
        if not text.startswith(",", position):
            line += text.count("\n", counted, position)
            yield line, text[position:], _Broken("a comma or ] is missing before this")
            return
        position += 1


def _decoded(text, position):
    try:
        return DECODER.raw_decode(text, position)
    except json.JSONDecodeError as error:
        return _Broken(f"{error.msg} (line {error.lineno})"), len(text)
    except (ValueError, RecursionError):  # a number of 5,000 digits; deep nesting
        return _Broken("not to be read as JSON"), len(text)


def _reporter(problems, n, line, raw):
    reported = set()  # an item of a million wrong names is one problem

    def report(message):
        if message not in reported:
            problems.append(Problem(line, f"Item {n}: {message}", raw))
        reported.add(message)

    return report


def _work(data, report) -> Work:
    """The work of one CSL-JSON object; ``report`` is called with what is wrong."""

    def text(variable):
        return _text(data.get(variable), variable, report)

    type_ = text("type")
    kind = KINDS.get(type_, "misc")
    if type_ not in KINDS and type_ not in OTHER_TYPES:
        report(f"type: {type_[:40] or 'none'} is not one of CSL's")
    authors, has_more = _names(data.get("author"), "author", report)
    editors = _names(data.get("editor"), "editor", report)
    year, other = _date(data.get("issued"), report)
    other |= {name: text(variable) for name, variable in OTHER_FIELDS.items()}
    genre = text("genre")
    entry_type = OTHER_TYPES.get(type_, "")
    if kind == "thesis":
        entry_type = next((e for e, g in THESES.items() if g == genre), "")
    if genre and not entry_type and kind in ("thesis", "report"):
        other["type"] = genre
    other = {name: latex.encode(latex.mark(value)) for name, value in other.items()}
    other["editor"] = latex.encode(bibtex_names.write(*editors))
    number, address = text("number"), text("URL")
    arxiv_id = _arxiv_id(text, number, address)
    if arxiv_id and identifiers.arxiv_id(number) == arxiv_id:
        number = ""
    doi = identifiers.doi(text("DOI"))
    if text("DOI") and not doi and not arxiv_id:
        report("DOI: no DOI in it, left out")
    if address and not web_address(address):
        report("URL: not http or https, left out")
    if arxiv_id and identifiers.arxiv_id(address) == arxiv_id:
        address = ""
    return Work(
        title=text("title"),
        authors=[str(name) for name in authors],
        has_more_authors=has_more,
        year=year,
        venue=text("container-title"),
        arxiv_id=arxiv_id,
        doi=doi,
        kind=kind,
        key=text("id"),
        entry_type=entry_type,
        volume=text("volume"),
        number=text("issue") or text("collection-number") or number,
        pages=PAGE_RANGE.sub(r"\1--\2", text("page")),
        publisher=text("publisher"),
        url=web_address(address),
        abstract=text("abstract"),
        note=text("note"),
        other_fields={name: value for name, value in other.items() if value},
    )


def _text(value, variable, report):
    """``value`` on one line without markup; "" and a report if it is no text."""
    if value is None:
        return ""
    if isinstance(value, int | float) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str):
        report(f"{variable}: no text but {type(value).__name__}, left out")
        return ""
    return one_line(RICH_TEXT.sub("", value))


def _shown(value):
    """The start of a text or number; of anything else, what it is."""
    if isinstance(value, str | int | float):
        return str(value)[:40]
    return type(value).__name__


def _names(found, variable, report):
    """The Names of a CSL list, and whether it ends in "others"."""
    if not isinstance(found, list | None):
        report(f"{variable}: no list of names, left out")
        found = []
    people, has_more = [], False
    for each in found or []:
        if not isinstance(each, dict):
            report(f"{variable}: something in it is no name, left out")
            continue
        parts = [
            _text(each.get(part), f"{variable} {part}", report).replace(",", "")
            for part in NAME_PARTS
        ]
        family, given, suffix, literal, *particles = parts
        if literal.rstrip(".") in ("others", "et al"):
            has_more = True
        elif family:
            particle = " ".join(filter(None, particles))
            people.append(Name(family, given, particle, suffix))
        elif given or literal:
            people.append(Name(literal=literal or given))
    return people, has_more


def _date(issued, report):
    """The year or None, and month and day as BibTeX fields."""
    if issued is None:
        return None, {}
    if isinstance(issued, dict):
        parts = issued.get("date-parts")
        if isinstance(parts, list) and parts and isinstance(parts[0], list):
            parts = [_shown(part) for part in parts[0][:3]]
        else:
            issued = issued.get("raw") or issued.get("literal")
    if not isinstance(issued, dict):  # "2012-05-03" or "May 2012"
        match = PRINTED_DATE.search(_shown(issued))
        parts = [part for part in match.groups() if part] if match else []
    year, month, day = [*parts, "", "", ""][:3]
    if not re.fullmatch(r"[1-9][0-9]{0,3}", year):
        report("issued: no year in it")
        return None, {}
    other = {}
    if number := month_number(month):
        other["month"] = MONTHS[number - 1]
        if DAY.fullmatch(day):
            other["day"] = str(int(day))
    return int(year), other


def _arxiv_id(text, number, address):
    """The arXiv id wherever an item may have it; ``text`` reads one variable."""
    located = text("archive_location")
    if text("archive").casefold() == "arxiv":
        located = f"arXiv:{located}"
    found = map(identifiers.arxiv_id, [located, number, text("DOI"), address])
    return next(filter(None, found), "")


STYLES = {
    "apa": ("APA", "apa"),
    "ieee": ("IEEE", "ieee"),
    "chicago": ("Chicago (author-date)", "chicago-author-date"),
    "mla": ("MLA", "modern-language-association"),
    "nature": ("Nature", "nature"),
    "acm": ("ACM", "association-for-computing-machinery"),
}
INITIALS = {"apa", "ieee", "nature"}
RENDERING = Lock()  # citeproc-py writes into the style while it formats
MAX_CITED_LENGTH = 2000  # characters of one field
FIRST_KEPT = 0xF0000
KEPT = re.compile(r"(?P<kept>[\U000f0000-\U0010ffff])")
KEPT_LINK = re.compile(rf"(?P<resolver>(?:https://doi\.org/)?){KEPT.pattern}")
TAGS = {"i", "b", "sup", "sub", "span"}
TAG = re.compile(r"<[^>]*>")
WIDE = re.compile(r"[\u00a0\u2000-\u200a\u202f]")
MARKUP = re.compile(rf"{FORMULA.pattern}|[<>&]", re.DOTALL)
CJK = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\U00020000-\U0003ffff]")
MORE_AUTHORS = "\ue000"
AFTER_AUTHORS = re.compile(rf"(,?)(?: (?:and|&amp;|…))? {MORE_AUTHORS}")
ITALIC_ET_AL = {"ieee", "nature"}
ENDS = r"((?:</\w+>|[”’])*)"
MENDED = [
    # One full stop, none after a question mark: "et al..", "robust?."
    (re.compile(rf"([.?!…]){ENDS}\.(?=[\s<”’)]|$)"), r"\1\2"),
    # A volume without issue: "117, (2020)"
    (re.compile(r"(\d(?:</b>)?), (\((?:\w+ )?\d{4}\))"), r"\1 \2"),
]
IN_QUOTES = [  # as in American English; citeproc-py does not know how
    (re.compile(r"([?!…])”,"), r"\1”"),
    (re.compile(r"”([.,])"), r"\1”"),
]
MENDED_IN = {
    "apa": IN_QUOTES,
    "ieee": [*IN_QUOTES, (re.compile(r", \[Online\]"), ". [Online]")],
    "chicago": IN_QUOTES,
    "mla": IN_QUOTES,
    "nature": [(re.compile(r"</i>\. \("), "</i> (")],  # of a book, before its publisher
    "acm": [
        (re.compile(rf"<i>({KEPT.pattern})</i>"), r"\1"),  # an arXiv id is no title
        (re.compile(r" \(\[n\. d\.\]\)"), ""),  # said before the title
        *IN_QUOTES,
    ],
}
INNER = {"“": "‘", "”": "’"}


def _repress(substitute, child, context):
    """Note that ``child`` was printed in place of names, not to print it again.

    The original does so only for a variable, not for a macro that prints a title.
    """
    layout = context.get_layout()
    repressed = layout.repressed.setdefault(child.tag, [])
    repressed.append(child.get("variable"))
    if child.get("macro") and _prints_title(child):
        repressed.append("title")


def _prints_title(text):
    if text.get("macro"):
        return any(
            map(_prints_title, text.get_macro(text.get("macro")).iter("{*}text"))
        )
    return text.get("variable") == "title"


def _names_once(names, item, names_context=None, context=None, **kwargs):
    """Names, unless they were printed in place of others: editors of a book without
    authors. The original prints them again."""
    layout = names.get_root().bibliography.layout
    printed = layout.repressed.setdefault(names.tag, [])
    roles = [role for role in names.get("variable").split() if role in item.reference]
    if roles and set(roles) <= set(printed):
        return None
    text = _all_names(names, item, names_context, context, **kwargs)
    if roles and text and next(names.iterancestors("{*}substitute"), None) is not None:
        printed += roles
    return text


def _label(label, item, variable=None, *args, **kwargs):
    """The word before or after a number, like "ed.", only where there is one."""
    number = label.get("variable", "").replace("-", "_")
    if variable is None and number not in item.reference:
        return None
    return _any_label(label, item, variable, *args, **kwargs)


_any_label, Label.process = Label.process, _label
_all_names, Names.process = Names.process, _names_once
Substitute.add_to_repressed_list = _repress


@cache
def _style(style):
    """The CSL style, mended where citeproc-py does not do what CSL says."""
    loaded = CitationStylesStyle(STYLES[style][1], validate=False)
    root = loaded.root
    for number in root.xpath_search(
        "//cs:bibliography//*[@variable='citation-number']"
    ):
        number.getparent().remove(number)  # one citation is copied without its number
    for names in root.xpath_search("//cs:substitute//cs:choose//cs:names"):
        if names.name is None:  # those of the names they stand for, also in a choose
            whole = next(names.iterancestors("{*}names"))
            names[:0] = map(deepcopy, whole.iterchildren("{*}name", "{*}label"))
    for element in root.xpath_search("//*[@text-case='sentence']"):
        del element.attrib["text-case"]  # it would write "imagenet"
    for label in root.xpath_search("//cs:label[@text-case='title']"):
        label.set("text-case", "capitalize-first")  # it would print "(eds.)"
    for word in root.xpath_search("//cs:text[@value='publication']"):
        word.getparent().remove(word)  # printed without the number that it announces
    if style == "acm":
        for label in root.xpath_search("//cs:macro[@name='editor']//cs:label"):
            label.set("text-case", "capitalize-first")
    for element in root.xpath_search("//*[@initialize-with]"):
        del element.attrib["initialize-with"]  # it writes "J. de . la ."
    return loaded


class _Kept:
    """What a style must not change or take for markup: each such text goes through
    it as one private character and comes back, escaped, when the style is done."""

    def __init__(self):
        self.pieces = []

    def keep(self, text, address=""):
        """The character that stands for ``text``, a link if it has an ``address``."""
        if (text, address) not in self.pieces:
            self.pieces.append((text, address))
        return chr(FIRST_KEPT + self.pieces.index((text, address)))

    def guard(self, text):
        """``text`` with its formulas and markup characters kept."""
        text = text[:MAX_CITED_LENGTH].rstrip()
        return _typographic(MARKUP.sub(lambda match: self.keep(match[0]), text))

    def unequal_range(self, match):
        """A page range whose last number citeproc-py would not cut rightly."""
        first, last = match.groups()
        dash = "-" if len(first) == len(last) else self.keep("–")
        return f"{first}{dash}{last}"

    def text(self, formatted):
        return KEPT.sub(lambda match: self._piece(match)[0], formatted)

    def html(self, formatted):
        return KEPT_LINK.sub(self._as_html, formatted)

    def _piece(self, match):
        return self.pieces[ord(match["kept"]) - FIRST_KEPT]

    def _as_html(self, match):
        text, address = self._piece(match)
        shown = match["resolver"] + escape(text)
        return f'<a href="{escape(address)}">{shown}</a>' if address else shown


def _cited(work, style):
    """``work`` as ``style`` prints it; RENDERING must be held."""
    kept = _Kept()
    loaded = _style(style)
    bibliography = CitationStylesBibliography(
        loaded, CiteProcJSON([_source(work, style, kept)]), html_formatter
    )
    bibliography.register(Citation([CitationItem("item")]))
    printed = "".join(map(str, bibliography.bibliography()))
    html = nh3.clean(WIDE.sub(" ", printed), tags=TAGS, attributes={})
    html = _tidied(html, style)
    return Formatted(kept.text(unescape(TAG.sub("", html))), kept.html(html))


def _source(work, style, kept):
    """The CSL-JSON item of ``work`` as it suits citeproc-py and ``style``."""
    found = item(work)
    found["id"] = "item"
    for variable in ("abstract", "archive", "archive_location", "keyword", "note"):
        found.pop(variable, None)
    address, doi = found.pop("URL", ""), found.pop("DOI", "")
    for variable, value in found.items():
        if isinstance(value, str):
            found[variable] = kept.guard(value)
        elif variable in ("author", "editor"):
            found[variable] = [_printed_name(person, style, kept) for person in value]
    found.setdefault("title", "[Untitled]")
    if doi:
        found["DOI"] = kept.keep(doi, f"https://doi.org/{quote(doi)}")
    elif address:
        found["URL"] = kept.keep(address, address)
    if "page" in found:
        found["page"] = PAGE_RANGE.sub(kept.unequal_range, found["page"])
    if work.arxiv_id and found["type"] == "article":
        arxiv = kept.keep(
            f"arXiv:{work.arxiv_id}", f"https://arxiv.org/abs/{work.arxiv_id}"
        )
        found |= {"number": arxiv, "container-title": ""} | {
            "apa": {"publisher": "arXiv"},
            "ieee": {"URL": ""},
            "acm": {"container-title": arxiv},
        }.get(style, {})
    _complete(found, style)
    return {variable: value for variable, value in found.items() if value}


def _complete(found, style):
    """Put where ``style`` prints it what its file leaves out."""
    if found["type"] == "report" and "number" in found:
        found.setdefault("genre", "Technical report")
    described = " ".join(found[v] for v in ("genre", "number") if v in found)
    publisher = [part for part in (described, found.get("publisher")) if part]
    match style, found["type"]:
        case "apa", "thesis":
            found |= {"genre": ", ".join(publisher), "publisher": ""}
        case "nature", "thesis":
            found["publisher"] = ", ".join(publisher)
        case "nature", "report":
            found |= {"type": "book", "publisher": ", ".join(publisher)}
        case "acm", "report":
            found["publisher"] = ". ".join(publisher)
    if style == "acm" and "issued" not in found:
        found["issued"] = {"literal": "[n. d.]"}


def _printed_name(person, style, kept):
    """``person`` in the parts that citeproc-py is to print."""
    if person == OTHERS:
        return {"literal": MORE_AUTHORS}
    name = "".join(person.get(part, "") for part in ("family", "given"))
    if CJK.match(name):
        person = {"literal": name}
    if style in INITIALS and "given" in person:
        person["given"] = _initials(person["given"])
    return {part: kept.guard(value) for part, value in person.items()}


def _initials(given):
    """ "Jean-Paul X." as "J.-P. X."; words in small letters stay."""
    words = [re.split(r"-+", word) for word in given.replace(".", ". ").split()]
    return " ".join(
        "-".join(f"{p[0]}." if p[0].isupper() else p for p in parts if p)
        for parts in words
    )


def _typographic(text):
    for straight, opening, closing in (('"', "“", "”"), ("'", "‘", "’")):
        text = re.sub(rf"(^|[\s(\[{{“‘—–-]){straight}", rf"\1{opening}", text)
        text = text.replace(straight, closing)
    return text.replace("...", "…")


def _tidied(html, style):
    """``html`` of a style with punctuation as a printer would set it."""
    et_al = "<i>et al.</i>" if style in ITALIC_ET_AL else "et al."
    html = AFTER_AUTHORS.sub(rf"\1 {et_al}", html)
    for pattern, replacement in [*MENDED_IN[style], *MENDED]:
        html = pattern.sub(replacement, html)
    return _with_inner_quotes(" ".join(html.split()))


def _with_inner_quotes(html):
    """``html`` with “ ” inside “ ” as ‘ ’."""
    depth, changed = 0, []
    for character in html:
        depth += character == "“"
        inner = depth % 2 == 0 and depth > 0
        changed.append(INNER.get(character, character) if inner else character)
        depth -= character == "”" and depth > 0
    return "".join(changed)
