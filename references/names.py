"""Personal names as pages and bibliographies print them."""

import re
import unicodedata

PARTICLES = frozenset(
    "al ap da das de del della den der di do dos du el la las le los ten ter van "
    "vande vander vel vom von zu zum zur".split()
)
AND_OTHERS = re.compile(r",?\s+(?:and\s+others|et\s+al)\.?$", re.IGNORECASE)
SUFFIX = re.compile(r"(?:jr|sr|i{2,3}|iv)\.?", re.IGNORECASE)
HONORIFIC = re.compile(
    r"(?:(?:Assoc(?:iate|\.)?|Asst\.?|Assistant|Adjunct|Visiting|Emeritus)\s+)?"
    r"(?:Prof(?:essor|s\.?|\.)?|Dr|Drs|Mr|Mrs|Ms|Sir|Dame)\b\.?\s+",
    re.IGNORECASE,
)


def without_honorific(name: str) -> str:
    """``name`` without leading "Prof.", "Dr." and the like, spaces squeezed."""
    name = " ".join(name.split())
    while match := HONORIFIC.match(name):
        name = name[match.end() :]
    return name


def fold(text: str) -> str:
    """``text`` for comparing: no accents, no case, letters and digits only."""
    text = unicodedata.normalize("NFKD", text.replace("ß", "ss").replace("ø", "o"))
    text = "".join(c for c in text.casefold() if not unicodedata.combining(c))
    return " ".join(re.findall(r"\w+", text))


def key(name: str) -> str:
    """What two spellings of one name share: "MEI, Song" and "Song Mei" agree.

    The words of the name in alphabetical order, folded, hyphens as spaces.
    """
    return " ".join(sorted(fold(without_honorific(name)).split()))


def is_capitals(word: str) -> bool:
    """Whether ``word`` is written in capitals, as family names often are."""
    letters = [c for c in word if c.isalpha()]
    return len(letters) > 1 and all(c.isupper() for c in letters)


def split(name: str) -> tuple[str, str]:
    """(family, given) of one name, in the spelling found.

    Understands "Family, Given", a family name in capitals on either side
    ("FANG Linjiajie", "Hao HE"), particles ("van der Vaart") and suffixes.
    """
    name = without_honorific(name).strip(" .,;")
    parts = [part.strip() for part in name.split(",")]
    tail = "".join(f" {part}" for part in parts[1:] if SUFFIX.fullmatch(part))
    parts = [part for part in parts if not SUFFIX.fullmatch(part)]
    if len(parts) > 1:
        return parts[0] + tail, ", ".join(parts[1:])
    words = " ".join(parts).split()
    if len(words) < 2:
        return " ".join(words) + tail, ""
    if SUFFIX.fullmatch(words[-1]) and len(words) > 2:
        tail = f" {words.pop()}"
    initials = [len(w.strip(".")) == 1 or "." in w for w in words]
    capitals = [
        is_capitals(w) and not dotted for w, dotted in zip(words, initials, strict=True)
    ]
    if capitals[0] and not capitals[-1] and not all(capitals):
        start = 0
        end = capitals.index(False)
        return " ".join(words[start:end]) + tail, " ".join(words[end:])
    start = len(words) - 1
    if capitals[-1] and not capitals[0]:
        while start > 1 and capitals[start - 1]:
            start -= 1
    first = 0 if words[0] in PARTICLES else 1  # "van Gogh" has no given name
    while start > first and words[start - 1].casefold() in PARTICLES:
        start -= 1
    return " ".join(words[start:]) + tail, " ".join(words[:start])


def family_first(name: str) -> str:
    """``name`` as "Family, Given", or the family name alone."""
    family, given = split(name)
    return f"{family}, {given}" if given else family


def split_list(text: str) -> list[str]:
    """The names of a list such as "DU, Yipai, Yongquan QU and Yue WU", in order.

    A lone word before a comma is the family name of what follows it, unless
    every name of the list is one word ("Mei, Montanari, and Nguyen"). "And
    others" and "et al." are no name.
    """
    text = AND_OTHERS.sub("", " ".join(text.split()).strip(" .,;:"))
    names = []
    for group in re.split(r"\s*(?:;|,?\s+(?:and|&)\s+|\s*&\s*)", text):
        parts = [part.strip() for part in group.split(",") if part.strip()]
        names.append(parts)
    every_one_word = all(len(part.split()) == 1 for parts in names for part in parts)
    all_reversed = all(len(parts) == 2 for parts in names)  # "FAN, Ganghua; LI, Na"
    if every_one_word and not all_reversed:
        return [part for parts in names for part in parts]
    return [name for parts in names for name in _join_family_first(parts)]


def _join_family_first(parts):
    joined = []
    while parts:
        part, *parts = parts
        if parts and SUFFIX.fullmatch(parts[0]):
            part = f"{part} {parts.pop(0)}"
        words = part.split()
        family_alone = len(words) == 1 or (
            all(is_capitals(word) for word in words)
            and parts
            and not any(is_capitals(word) for word in parts[0].split())
            and len(parts[0].split()) <= 2
        )
        if family_alone and parts:
            part = f"{part}, {parts.pop(0)}"
        joined.append(part)
    return joined


def join(names: list[str]) -> str:
    """``names`` on one line; semicolons where a name itself has a comma."""
    return ("; " if any("," in name for name in names) else ", ").join(names)
