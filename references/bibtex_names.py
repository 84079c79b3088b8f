"""Names of persons as BibTeX and biblatex write them, in marked text (see latex.py)."""

import re
from dataclasses import dataclass

from . import latex, names

OTHERS = re.compile(r"(?:(?:^|[\s,])(?:others|et\.?\s*al\b\.?)|\.\.\.|…)\s*$", re.I)
EXTENDED = re.compile(r"\s*(?:family|given|prefix|suffix)\s*=", re.I)
SEPARATORS = {
    "and": r"(?:^|\s+)and(?=\s|$)",
    ",": ",",
    ";": ";",
    "&": r"\s&\s",
    " ": r"\s+",
}
PLAIN_SEPARATORS = {
    name: re.compile(pattern, re.I) for name, pattern in SEPARATORS.items()
}
# With braces, which may mean themselves: "\{".
OPEN_SEPARATORS = {
    name: re.compile(rf"\\.|[{{}}]|{pattern}", re.I)
    for name, pattern in SEPARATORS.items()
}
BRACE = re.compile(r"\\.|[{}]")
DEPTH = {"{": 1, "}": -1}


@dataclass(frozen=True)
class Name:
    """A person's name in parts, plain text; or ``literal``, of a collaboration."""

    family: str = ""
    given: str = ""
    particle: str = ""  # "van der"
    suffix: str = ""  # "Jr."
    literal: str = ""

    def __str__(self):
        """As a Work has it: "van der Vaart, Aad", "King Jr., Martin Luther"."""
        family = " ".join(filter(None, [self.particle, self.family, self.suffix]))
        return self.literal or (f"{family}, {self.given}" if self.given else family)

    def marked(self) -> str:
        """Marked text that ``read`` gives this name for: "von Last, Jr, First"."""
        if self.literal:
            return f"{{{latex.mark(self.literal)}}}"
        family = _kept_whole(self.family, is_family=True)
        last = f"{self.particle} {family}".strip()
        parts = [_kept_whole(part) for part in (self.suffix, self.given)]
        if self.suffix:
            return ", ".join([last, *parts]).strip()
        return f"{last}, {parts[1]}" if self.given else last


def read(field: str) -> tuple[list[Name], bool, list[str]]:
    """(names, whether there are more, names not written as BibTeX wants them).

    ``field`` is marked text: LaTeX commands may hide an "and" or the parts of a name.
    """
    found, doubtful = [], []
    field = " ".join(field.split())
    has_more = False
    for text in _persons(field, doubtful):
        without = OTHERS.sub("", text)
        has_more = has_more or without != text
        text = without.strip(" ,;")
        if text:
            found += _read_list(
                text, listed=without.rstrip().endswith(","), doubtful=doubtful
            )
    return found, has_more, doubtful


def write(persons: list[Name], has_more: bool) -> str:
    """Marked text of a field of names."""
    return " and ".join([person.marked() for person in persons] + ["others"] * has_more)


def of_string(text: str) -> Name:
    """The name that a Work writes as "Family, Given"; without comma, a literal
    unless it is one word."""
    family, _, given = (part.strip() for part in text.partition(","))
    if not given:
        return Name(family=family) if len(family.split()) < 2 else Name(literal=family)
    words, particle, suffix = family.split(), [], ""
    if len(words) > 1 and names.SUFFIX.fullmatch(words[-1]):
        suffix = words.pop()
    while len(words) > 1 and words[0][0].islower():
        particle.append(words.pop(0))
    return Name(" ".join(words), given, " ".join(particle), suffix)


def _persons(field, doubtful):
    """The names that "and" separates, or what people write instead of it."""
    whole = _is_group(field) and _pieces(field[1:-1], "and")
    if whole and len(whole) > 1 and all(len(_pieces(name, ",")) == 2 for name in whole):
        doubtful.append(field)  # {Bo, Ada and Di, Ed} is no collaboration
        return whole
    persons = _pieces(field, "and")
    for separator in ";&" if len(persons) == 1 else "":
        several = _pieces(field, separator)
        if len(several) > 1 and all(len(name.split()) > 1 for name in several):
            doubtful.append(field)
            return several
    return persons


def _read_list(text, listed, doubtful):
    """The name in ``text``, or its names if they are separated by commas.

    ``listed``: a comma stood before the "and" after it.
    """
    if EXTENDED.match(text):
        return [_extended(text)]
    parts = _pieces(text, ",")
    several_words = all(len(_pieces(part, " ")) > 1 for part in parts)
    is_list = several_words and len(parts) > (1 if listed else 2)
    if is_list or len(parts) > 3:
        doubtful.append(text)
        found = names.split_list(_words(text))
        return [of_string(n if "," in n else names.family_first(n)) for n in found]
    if len(parts) == 3 and not _suffix(parts[1]) and not _suffix(parts[2]):
        doubtful.append(text)
    return [_parted(parts) if len(parts) > 1 else _unparted(text)]


def _unparted(text):
    """First von Last"; a suffix after that is understood too."""
    words = _pieces(text, " ")
    if _is_group(text) or not words:
        return Name(literal=_words(text))
    suffix = words.pop() if len(words) > 2 and _suffix(words[-1]) else ""
    small = [word[0].islower() for word in words[:-1]]
    first = next(
        (i for i, word in enumerate(words[:-1]) if small[i] and _is_particle(word, i)),
        None,
    )
    if first is None:
        given, particle, family = words[:-1], [], words[-1:]
    else:
        last = len(small) - small[::-1].index(True)
        given, particle, family = words[:first], words[first:last], words[last:]
    return _name(family, given, particle, suffix)


def _is_particle(word, position):
    """A small word is one, but not as the first of all: bell hooks, danah boyd."""
    return position > 0 or word.casefold() in names.PARTICLES


def _parted(parts):
    """ "von Last, First" or "von Last, Jr, First", also "Last, First, Jr"."""
    last, *others = parts
    suffix = ""
    if len(others) > 1:
        suffix = others.pop(1 if _suffix(others[1]) and not _suffix(others[0]) else 0)
    elif _suffix(others[0]) and len(_pieces(last, " ")) > 1:
        return _unparted(f"{last} {others[0]}")
    elif _suffix(others[0]):
        suffix = others.pop()
    words = _pieces(last, " ")
    small = [word[0].islower() for word in words[:-1]]
    last = len(small) - small[::-1].index(True) if True in small else 0
    return _name(words[last:], others, words[:last], suffix)


def _name(family, given, particle, suffix):
    family, given, particle = (
        _words(" ".join(words)) for words in (family, given, particle)
    )
    if family == "Collaboration" and given:
        return Name(literal=f"{given} {family}")
    if not given and not particle and not suffix and " " in family:
        return Name(literal=family)
    return Name(family, given, particle, _words(suffix))


def _extended(text):
    """biblatex: family=van der Vaart, given=Aad, prefix=van."""
    pairs = (part.partition("=") for part in _pieces(text, ","))
    found = {
        name.strip().lower(): _words(value.strip(' "')) for name, _, value in pairs
    }
    return Name(
        found.get("family", ""),
        found.get("given", ""),
        found.get("prefix", ""),
        found.get("suffix", ""),
    )


def _pieces(text, separator):
    """``text`` split where no brace is open; empty pieces left out."""
    if "{" not in text:
        found = PLAIN_SEPARATORS[separator].split(text)
        return [piece for piece in map(str.strip, found) if piece]
    pieces, start, depth = [], 0, 0
    for match in OPEN_SEPARATORS[separator].finditer(text):
        if match[0] in DEPTH:
            depth += DEPTH[match[0]]
        elif depth == 0 and match[0][0] != "\\":
            pieces.append(text[start : match.start()])
            start = match.end()
    pieces.append(text[start:])
    return [piece for piece in map(str.strip, pieces) if piece]


def _is_group(text):
    """Whether one pair of braces encloses all of ``text``."""
    depth = 0
    for match in BRACE.finditer(text):
        depth += DEPTH.get(match[0], 0)
        if depth == 0:
            return text[0] == "{" and match.end() == len(text)
    return False


def _suffix(text):
    return names.SUFFIX.fullmatch(text)


def _words(text):
    return latex.plain(text) if re.search(r"[{}\\\s]", text) else text


def _kept_whole(part, is_family=False):
    """``part`` as marked text, in braces where it would be taken apart."""
    text = latex.mark(part)
    words = part.split()
    apart = (
        re.search("[,;]", part)
        or OTHERS.search(part)
        or "and" in part.casefold().split()
    )
    if is_family:
        apart = apart or any(word[0].islower() for word in words[:-1])
    return f"{{{text}}}" if apart else text
