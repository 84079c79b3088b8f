"""The labels with which pages say what a line is: "[Speaker]:", "Abstract:"."""

import re
from dataclasses import dataclass, replace

from .flow import Words, squeeze

_WORDS = {
    "title": "title|talk title|title of talk|title of the talk|seminar title",
    "topic": "topic|topics",
    "seminar": "seminar|seminar talk|talk|guest talk|guest lecture|guest seminar|"
    "invited talk|invited lecture|colloquium",
    "speaker": "speaker|speakers|guest speaker|guest speakers|invited speaker|"
    "invited speakers|presenter|guest|guest lecturer|lecturer",
    "students": "team|team members|group members|members|students|presented by|"
    "student speakers|student speaker|student presenters|presenters",
    "abstract": "abstract|summary|talk abstract",
    "biography": "bio|biography|short bio|brief bio|biosketch|bio sketch|"
    "short biography|speaker bio|about the speaker|bio of the speaker",
    "time": "time|when|date and time|time and date",
    "place": "venue|place|location|room|where",
    "reading": "reference|references|reading|readings|reading list|reading materials|"
    "reading material|further reading|further readings|paper|papers|literature|"
    "bibliography|related papers|related reading|references and further reading",
    "required": "required reading|required readings|mandatory reading|must read",
    "recommended": "recommended reading|recommended readings|suggested reading|"
    "suggested readings|additional reading|additional readings",
    "background": "background reading|background readings|optional reading|"
    "optional readings|background|supplementary reading|supplementary readings",
    "video": "video|videos|recording|recordings|lecture video|lecture videos|"
    "video recording|zoom recording|lecture recording",
    "slides": "slides|slide|lecture slides|lecture slide|presentation slides",
    "presentations": "presentation|presentations|student presentation|"
    "student presentations|student seminar|student seminars|seminars|"
    "seminar presentations|project presentation|project presentations|"
    "final presentations|poster presentation|poster presentations",
}
KINDS = {word: kind for kind, words in _WORDS.items() for word in words.split("|")}
READINGS = ("reading", "required", "recommended", "background")
GALLERY = re.compile(
    r"\bgaller(?:y|ies)\b|\breports?\s+(?:repositor|collection)|"
    r"\brepository of (?:the )?reports?\b|"
    r"^(?:(?:final|mini|student|course|team)[\s-]*)*projects?(?:\s*\d+)?\s+"
    r"(?:reports?|posters?|showcase|submissions?)\b|^reports? of (?:\w+[\s-]+)?project|"
    r"^(?:final|student|course|mini)[\s-]projects?$|^(?:project )?(?:groups|teams)$",
    re.IGNORECASE,
)
PATTERNS = [  # whole families, for which a list of words would never end
    (
        "reading",
        re.compile(
            r"(?:relevant|related|further|additional|suggested|selected|main|other) "
            r"(?:\w+ )?(?:readings?|references?|papers?|literature|materials?)$|"
            r"readings? (?:list|materials?|assignments?)$"
        ),
    ),
    ("biography", re.compile(r"(?:speaker'?s?|short|brief) (?:bio\w*|biography)$")),
    ("seminar", re.compile(r"(?:\w+ ){1,4}(?:colloquium|guest talk|invited talk)$")),
]
TEAM = re.compile(r"^(?:group|team)\s*#?(?:\d{1,3}|\s[a-z])$", re.IGNORECASE)
BRACKETED = re.compile(r"\s*[\[【]\s*([^\[\]【】]{1,120}?)\s*[\]】]\s*[:：]?\s*")
WITH_COLON = re.compile(r"\s*([A-Za-z][A-Za-z' ]{1,40}?)\s*[:：]\s*")


@dataclass(frozen=True)
class Label:
    """``kind`` is a key of the vocabulary, "gallery", "team" or "group" (a
    heading of the page's own); ``text`` is the label as printed."""

    kind: str
    text: str


def kind_of(text):
    """The kind of the label ``text``; "" where the vocabulary lacks it."""
    words = squeeze(re.sub(r"[^\w\s'-]", " ", text)).lower()
    unnumbered = re.sub(r"\s*(?:\d+|\b[ivx]+)$", "", words)
    if kind := KINDS.get(words) or KINDS.get(unnumbered):
        return kind
    for kind, pattern in PATTERNS:
        if pattern.match(unnumbered):
            return kind
    if GALLERY.search(text):
        return "gallery"
    return "team" if TEAM.match(words) else ""


def take(line, is_first=False):
    """(Label or None, the line without it).

    The first line of a cell is its title even if it reads "Seminar: ...".

    A bracketed label of the page's own ("[Public codes]") counts where it
    opens a list; a label with a colon, or alone in bold, only if known.
    """
    lead = ""
    for piece in line.pieces:
        if not isinstance(piece, Words):
            break
        lead += piece.text
    if match := BRACKETED.match(lead):
        kind = kind_of(match[1])
        at_list = line.starts_list and not line.starts_item
        if not kind and at_list:
            kind = "group"
        if kind and not (kind in ("team", "gallery") and line.starts_item):
            return Label(kind, squeeze(match[1])), _without(line, match.end())
    match = None if is_first else WITH_COLON.match(lead)
    if match and (kind := kind_of(match[1])):
        rest = lead[match.end() :].strip()
        if kind not in ("team", "gallery") or (line.starts_list and not rest):
            return Label(kind, squeeze(match[1])), _without(line, match.end())
    alone = squeeze(lead).strip(" :.")
    stands_out = line.heading or _all_bold(line)
    if stands_out and alone == line.text.strip(" :.") and (kind := kind_of(alone)):
        return Label(kind, alone), replace(line, pieces=[])
    return None, line


def _all_bold(line):
    words = [piece for piece in line.pieces if isinstance(piece, Words)]
    return all(piece.is_bold for piece in words if piece.text.strip())


def _without(line, length):
    """``line`` without its first ``length`` characters, which are words.

    It no longer starts an item: the label did.
    """
    pieces = []
    for piece in line.pieces:
        if length and isinstance(piece, Words):
            cut = min(length, len(piece.text))
            length -= cut
            piece = replace(piece, text=piece.text[cut:])
        pieces.append(piece)
    pieces = [p for p in pieces if not isinstance(p, Words) or p.text]
    return replace(line, pieces=pieces, starts_item=False)
