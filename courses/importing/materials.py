"""Slides, videos, codes and the like, as links of a cell or list."""

import re
from urllib.parse import unquote, urlsplit

from .flow import Link, Words, squeeze
from .outline import Material

FORMATS = (
    "pdf ppt pptx key odp doc docx tex md html htm ipynb py m r rmd jl cpp c java zip "
    "tar gz tgz txt csv tsv mat xls xlsx json rdata rda rd ps djvu mp4 mov avi png jpg"
).split()
KIND_WORDS = [
    ("video", r"video|recording|youtube|bilibili|vimeo|zoom rec|panopto|\bwatch\b"),
    ("slides", r"slides?|pptx?|keynote|\bkey\b|beamer|presentation"),
    (
        "homework",
        r"home\s?works?|\bhw\s?\d*\b|problem sets?|\bps\s?\d+\b|psets?|"
        r"assign?ments?|exercises?|\bquiz",
    ),
    ("description", r"syllabus|description|(?:^|mini|final)\s*-?project|project\s*\d"),
    ("notes", r"\bnotes?\b|scribe|lecnotes|\bchap(?:ter|\.)?\s*\d"),
    ("handout", r"hand-?outs?|worksheet"),
    ("data", r"data(?:\s?sets?)?\b|\bcsv\b"),
    (
        "code",
        r"codes?\b|\bsource|notebooks?|git\s?hub|colab|ipynb|demo|matlab|python|"
        r"scripts?\b|implementation|package|toolbox|\brepo(?:sitory)?\b",
    ),
]
KIND_FORMATS = {
    "slides": "ppt pptx key odp",
    "code": "ipynb py m r rmd jl cpp c java",
    "data": "csv tsv mat xls xlsx rdata rda json",
    "video": "mp4 mov avi",
}
VIDEO_HOSTS = re.compile(
    r"(?:^|[./])(?:youtube|youtu|bilibili|vimeo|youku|panopto|videoken|weibo|videolectures)\.|"
    r"zoom\.(?:us|com).*/rec/|simons\.berkeley\.edu/talks",
    re.IGNORECASE,
)
CODE_HOSTS = re.compile(
    r"github\.(?:com|io)/|gitlab\.|colab\.|nbviewer\.", re.IGNORECASE
)
PART = re.compile(r"\bpart\s+([ivx]+|\d+|[a-d])\b", re.IGNORECASE)
OPENING, CLOSING = set("[(（【"), set("])）】")
# What stands between links without saying anything.
CONNECTIVE = re.compile(
    r"(?:\s|[\[\](){}<>,.;:|/&+·•–—-]|\b\d{1,2}[.)](?=\s|$)|\b(?:and|or|see|here|the|an?|in|of|by|for|on|also|with|available|at)\b)*",
    re.IGNORECASE,
)


def format_of(label, address):
    """The file format that a label names ("report (pdf)"), or the address ends
    with; "" if neither does."""
    match = re.search(r"[(\[.]\s*\.?(\w{1,5})\s*[)\]]?$", label.strip())
    if match and match[1].lower() in FORMATS:
        return match[1].lower()
    if label.strip().lower() in FORMATS:
        return label.strip().lower()
    last = unquote(urlsplit(address).path).rsplit("/", 1)[-1]
    ending = last.rsplit(".", 1)[-1].lower() if "." in last else ""
    return ending if ending in FORMATS else ""


def kind_of(label, group="", address="", default="link"):
    """The Material kind that label, group and address suggest, in this order."""
    last = unquote(urlsplit(address).path).rsplit("/", 1)[-1]
    ending = format_of("", address)
    for text in (label, group, last if label.strip().lower() in FORMATS else ""):
        for kind, words in KIND_WORDS:
            if re.search(words, text, re.IGNORECASE):
                return kind
    if VIDEO_HOSTS.search(address):
        return "video"
    for kind, endings in KIND_FORMATS.items():
        if ending in endings.split():
            return kind
    if default == "link" and CODE_HOSTS.search(address) and not ending:
        return "code"
    return default


def clean_label(label):
    """ "slides" of "[ slides ]"; brackets within stay: "report (pdf)"."""
    label = squeeze(label).strip(" :;,.")
    for _ in range(3):
        if _is_wrapped(label):
            label = label[1:-1].strip(" :;,.")
        elif label[:1] in OPENING and not set(label) & CLOSING:
            label = label[1:].strip(" :;,.")
    if not set(label) & OPENING:
        label = label.rstrip("".join(CLOSING)).strip()
    return label


def _is_wrapped(label):
    """Whether one pair of brackets holds all of ``label``, not "(a) and (b)"."""
    if label[:1] not in OPENING or label[-1:] not in CLOSING:
        return False
    inner = next((c for c in label[1:-1] if c in OPENING | CLOSING), "")
    return inner not in CLOSING


def is_said(text):
    """Whether ``text`` says something, beyond brackets, commas and "and"."""
    return not CONNECTIVE.fullmatch(text)


def from_lines(lines, links, where, group="", kind=""):
    """(materials, lines that hold words but no link) of a labelled group.

    Words beside the links of an item become the remark of its first link; a
    part named by one link of an item ("Part I") is that of all its links.
    """
    materials, wordless = [], []
    for item in items_of(lines):
        found = [piece for piece in item if isinstance(piece, Link)]
        if not found:
            wordless.append(item)
            continue
        part = next(
            (m[0] for link in found if (m := PART.search(link.label))), ""
        ) or next(
            (
                m[0]
                for piece in item
                if isinstance(piece, Words) and (m := PART.search(piece.text))
            ),
            "",
        )
        said = remark(item)
        for link in found:
            materials.append(of_link(link, links, where, group, kind, part))
        if said and said != part:
            materials[-len(found)].remark = links.without_student_numbers(said)
    return materials, wordless


def items_of(lines):
    """The pieces of each list item, or of each line outside items."""
    items, current = [], None
    for line in lines:
        if line.item and line.item == current:
            items[-1] += [Words("\n"), *line.pieces]
        else:
            items.append(list(line.pieces))
        current = line.item
    return items


def remark(pieces):
    """The words beside the links of ``pieces``, if they say something."""
    said = []
    text = ""
    for piece in [*pieces, None]:
        if isinstance(piece, Words):
            text += piece.text
            continue
        if is_said(text):
            said.append(squeeze(text).strip(" [](),;:."))
        text = ""
    return " … ".join(said) if len(said) > 1 else "".join(said)


def of_link(link, links, where, group="", kind="", part=""):
    """The Material that one link is."""
    url = links.place(link, where)
    label = links.without_student_numbers(clean_label(link.label))
    return Material(
        kind=kind_of(label, group, url or "", kind or "link")
        if kind != "video"
        else kind,
        label=label or (url or "").rsplit("/", 1)[-1],
        group=group,
        part=part,
        format=format_of(label, url or ""),
        state="available" if links.leads_somewhere(url) else "missing",
        url=url,
    )
