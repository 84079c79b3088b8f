"""Galleries of student projects: who, what, and links to the results."""

import re
from itertools import compress

from references import names, richtext

from .flow import Link, Words, squeeze, text_of
from .materials import clean_label, format_of, is_said
from .outline import Entry, EntryLink, Gallery

LINK_KINDS = [
    ("rebuttal", r"rebuttal|response to review"),
    ("review", r"review"),
    ("poster", r"poster"),
    ("slides", r"slides?|pptx?$|presentation(?! video)|keynote"),
    ("video", r"video|youtube|bilibili|recording"),
    (
        "source",
        r"source|codes?\b|github|notebook|ipynb|script|\brepo(?:sitory)?\b|kernel|colab",
    ),
    ("data", r"data\b|datasets?"),
    ("report", r"report|pdf|paper|write-?up|article|final project|project|doc"),
]
NOTE = re.compile(
    r"(?:(?:\w+\s+){0,2}(?:description|requirements?|guidelines?|instructions?)|"
    r"peer[- ]review|rebuttal|doodle|vote|voting|kaggle|git\s?hub|report repositor|"
    r"repositor|deadline|due\b|submission|best\b|award|grading|the following|please|"
    r"reports? of|reports? at|all reports|list of)",
    re.IGNORECASE,
)
NUMBER = re.compile(
    r"\s*(?:(?:group|team|project|no\.?|#)\s*)?#?(\d{1,3})\s*(?:[.):：-][^\S\n]*|(?=\s[A-Z])|$)",
    re.IGNORECASE,
)
FORMAT_AT_END = re.compile(r"\s*\(\.?\w{1,5}\)?$")
TEAM_NAME = re.compile(r"[^\S\n]*[(（]([^()（）\n]{2,60})[)）]")
AWARD = re.compile(
    r"\s*[\[(]\s*([^\[\]()]*\b(?:best|award|prize|winner|top)\b[^\[\]()]*)[\])]\s*",
    re.IGNORECASE,
)
NOT_IN_NAMES = re.compile(
    r"\b(?:for|with|using|via|(?-i:[Oo][fn]|[Bb]y|[Ii]n|[Tt]o)|an?(?!\.)|the|from|based|learning|analysis|"
    r"classification|prediction|networks?|data|deep|model|study|replication|papers?|"
    r"projects?|reports?|challenge|contest|competition|kaggle|images?|machine|prices?|"
    r"assets?|neural|detection|recognition|datasets?|reviews?|research|introduction)\b",
    re.IGNORECASE,
)


def link_kind(label, address=""):
    """The kind of result that a label names: "report (pptx)" is a report."""
    label = FORMAT_AT_END.sub("", label) or label
    for kind, words in LINK_KINDS:
        if re.search(words, label, re.IGNORECASE):
            return kind
    return "video" if re.search(r"youtu|bilibili|vimeo", address) else "other"


def from_lines(label, lines, links, position, is_named_so=True):
    """The Gallery of the lines under a label; None if they show no entry.

    Items before the first entry, and others that are none, are its intro. Under
    a label that does not name a gallery, at least two entries must say more
    than names: in bold, or with a number.
    """
    where = f"gallery {label}"
    items = items_of(lines)
    needs_links = any(is_entry(item) for item in items)
    are_entries = [is_entry(item, needs_links) for item in items]
    entries = list(compress(items, are_entries))
    if not entries or (not is_named_so and sum(map(_stands_out, entries)) < 2):
        return None
    gallery = Gallery(name=label, session_position=position)
    intro = []
    for item in items:  # all numbers first: a later entry may print one of them
        _learn_numbers(item, links, where)
    for item, is_shown in zip(items, are_entries, strict=True):
        if is_shown:
            place = f"{where}, entry {len(gallery.entries) + 1}"
            gallery.entries.append(_entry(item, links, place))
        else:
            pieces = [Words(" ") if piece is None else piece for piece in item]
            if text := links.markdown(pieces, where):
                intro.append(text)
    gallery.intro = "\n\n".join(intro)
    return gallery


def items_of(lines):
    """The pieces of each item, with None where a line ends."""
    items, current = [], object()
    for line in lines:
        if line.item and line.item == current:
            items[-1] += [None, *line.pieces]
        else:
            items.append(list(line.pieces))
        current = line.item
    return items


def is_entry(item, needs_links=True):
    """Whether an item shows a project: names first, then links to results.

    Without links it needs names in bold.
    """
    first = next((i for i, p in enumerate(item) if isinstance(p, Link)), len(item))
    kinds = {link_kind(p.label) for p in item if isinstance(p, Link)}
    if kinds <= {"other"} and (kinds or needs_links):
        return False
    words = [p for p in item[:first] if p]
    lead = squeeze("".join(p.text for p in words))
    is_numbered = NUMBER.match(lead)
    lead = NUMBER.sub("", lead, count=1)
    bold = squeeze("".join(p.text for p in words if p.is_bold))
    if not is_said(lead):
        return bool(is_numbered and kinds)
    if NOTE.match(lead) or not (kinds or bold):
        return False
    return bool(is_numbered) or is_names(bold or names_first(lead)[0])


def _stands_out(item):
    """Whether an item begins in bold or with a number."""
    lead = next((p for p in item if p and text_of(p).strip()), None)
    return isinstance(lead, Words) and bool(lead.is_bold or NUMBER.match(lead.text))


def _learn_numbers(item, links, where):
    text = "".join("\n" if p is None else getattr(p, "text", " ") for p in item)
    links.learn_student_numbers(text, where)
    for piece in item:
        if isinstance(piece, Link):
            links.learn_from_entry(piece, where)


def _entry(item, links, where):
    entry = Entry(number=None, title="", team_name="", members=[])
    bold, plain = _lead(item)
    bold, plain = (
        links.without_student_numbers(links.learn_student_numbers(text, where))
        for text in (bold, plain)
    )
    people, rest = _people_and_rest(bold, plain, entry)
    if match := AWARD.search(rest):
        entry.award = squeeze(match[1])
        rest = f"{rest[: match.start()]}\n{rest[match.end() :]}"
    if match := TEAM_NAME.match(rest):
        entry.team_name, rest = match[1].strip(), rest[match.end() :]
    rest = rest.strip(" .,:;-–\n")
    if match := NUMBER.match(rest):
        entry.number = entry.number or int(match[1])
        rest = rest[match.end() :]
    entry.title = title_of(rest)
    entry.members = names.split_list(re.sub(r"\s*[(（][^()（）]*[)）]", "", people))
    for piece in item:
        if isinstance(piece, Link):
            entry.links.append(_entry_link(piece, links, where))
    entry.abstract = _afterwards(item, links)
    return entry


def names_and_title(item, links, where):
    """(names, title) of an item that prints both, students' numbers dropped."""
    learned = [links.learn_student_numbers(text, where) for text in _lead(item)]
    bold, plain = (links.without_student_numbers(text) for text in learned)
    people, rest = _people_and_rest(bold, plain, Entry(None, "", "", []))
    if not is_names(people):
        return [], title_of(f"{people} {rest}")
    return names.split_list(people), title_of(rest)


def begins_with_names(item):
    """Whether an item prints names, perhaps with a title after them."""
    bold, plain = _lead(item)
    return is_names(_people_and_rest(bold, plain, Entry(None, "", "", []))[0])


def _people_and_rest(bold, plain, entry):
    """Names, and the words after them, from the bold and the other words."""
    if match := NUMBER.match(plain if not bold or plain.strip() else bold):
        entry.number = int(match[1])
        if bold and not plain.strip():
            bold = bold[match.end() :]
        else:
            plain = plain[match.end() :]
    if bold and (match := NUMBER.match(bold)):
        entry.number, bold = int(match[1]), bold[match.end() :]
    rest = plain.strip(" .,\n")
    if bold and (is_names(bold) or not is_names(sentences(rest)[0])):
        return bold, plain
    if bold:  # the title is bold, the names are not
        people = re.sub(
            r"^(?:by|authors?|members?)\b[:\s]*", "", rest, flags=re.IGNORECASE
        )
        return people, bold
    return names_first(rest)


def _lead(item):
    """(bold, other) words of an item up to its first link."""
    bold, plain = "", ""
    for piece in item:
        if isinstance(piece, Link):
            break
        if piece is None:
            plain += "\n"
        elif piece.is_bold:
            bold += piece.text
        else:
            plain += piece.text
    return squeeze(bold), re.sub(
        r"[\[(]\s*$", "", re.sub(r"[^\S\n]+", " ", plain)
    ).strip(" ")


def names_first(text):
    """(first sentence, the others); a colon too ends it after names."""
    first, *others = sentences(text)
    who, colon, what = first.partition(":")
    if colon and is_names(who):
        first, others = who, [what.strip(), *others]
    return first, ". ".join(others)


def sentences(text):
    """``text`` cut at full stops and line ends, but not after initials."""
    parts = re.split(r"(?<!\b[A-Z])(?<!\bet al)\.\s+(?=\S)|\n+", text.strip())
    return [part.strip(" .") for part in parts if part.strip(" .")] or [""]


def is_names(text):
    words = re.findall(r"[^\W\d_][\w'’.-]*", text)
    if not words or NOT_IN_NAMES.search(text) or len(words) > 40:
        return False
    capital = sum(
        word[0].isupper() or word.casefold() in names.PARTICLES for word in words
    )
    return capital >= 0.8 * len(words)


def title_of(text):
    text = squeeze(text).strip(" .,:;-–")
    return re.sub(r"\s*[\[(]\s*$", "", text).strip('"“”')


def _entry_link(link, links, where):
    label = links.without_student_numbers(clean_label(link.label))
    url = links.place(link, where)
    return EntryLink(
        kind=link_kind(label, url or ""),
        label=label,
        format=format_of(link.label.strip(" []"), url or ""),
        url=url,
    )


def _afterwards(item, links):
    """What is said after the first link of an entry: kept as its abstract."""
    links_at = [i for i, piece in enumerate(item) if isinstance(piece, Link)]
    said = [
        squeeze(piece.text).strip("[] ")
        for piece in item[links_at[0] if links_at else len(item) :]
        if isinstance(piece, Words) and is_said(piece.text)
    ]
    return richtext.escape(links.without_student_numbers(" ".join(said)))
