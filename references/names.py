"""Personal names as pages and bibliographies print them."""

import re
import unicodedata

PARTICLES = frozenset(
    """'t ’t al ap ben da das de del della den der di do dos du el la las le los oveis
    ten ter van vande vander vel vom von zu zum zur""".split()
)
# A list in which every name ends in capitals, as biologists write: "Eisen MB".
FAMILY_THEN_INITIALS = re.compile(
    r"([^\d,]{1,80}[^\W\d_]),? "
    r"([A-ZÀ-ÖØ-Þ]{1,3}|(?:[A-ZÀ-ÖØ-Þ]\.[ -]?){1,3}[A-ZÀ-ÖØ-Þ]?)"
)
INITIALS = re.compile(
    r"(?:[^\W\d_]\.[\s-]*)+[^\W\d_]?|[A-Z](?:-[A-Z]\.?)?|[B-DF-HJ-NP-TV-XZ]{2,3}"
)
FAMILY_THEN_ONE = re.compile(r"[^\W\d_]{2,} [A-ZÀ-ÖØ-Þ]\.?")  # "Bach F."
# Family names of Chinese people in pinyin: those that most people have.
CHINESE_FAMILIES = frozenset(
    """bai cai cao chang chen cheng cui dai deng ding dong du duan fan fang feng fu
    gao ge gong gu guo han hao he hou hu huang jia jiang jin kong lai lei li
    liang liao lin liu long lu luo lü ma mao meng mo pan peng qian qin qiu ren
    shao shen shi song su sun tan tang tao tian wan wang wei wen wu xia xiang
    xiao xie xiong xu xue yan yang yao ye yi yin yu yuan zeng zhang zhao zheng
    zhong zhou zhu zou""".split()
)
PINYIN = re.compile(
    r"(?:(?:zh|ch|sh|[bpmfdtnlgkhjqxrzcsyw])?"
    r"(?:iang|iong|uang|ang|eng|ing|ong|ian|iao|uai|uan|ai|an|ao|ei|en|er|ia|ie|in|iu"
    r"|ou|ua|ue|ui|un|uo|üe|[aeiouü]))",
)
WORD = re.compile(r"\w+")
# Letters that are no other letter with an accent to Unicode, but to readers.
LETTERS = str.maketrans(
    {"ß": "ss", "æ": "ae", "Æ": "Ae", "œ": "oe", "Œ": "Oe", "þ": "th", "Þ": "Th"}
    | dict(zip("øØłŁđĐðÐıħĦ", "oOlLdDdDihH", strict=True))
)
AND_OTHERS = re.compile(r",?\s+(?:and\s+others|et\s+al)\.?$", re.IGNORECASE)
GROUP = re.compile(r"\b(?:Collaboration|Consortium|Group|Team|Program|Project)\b")
SEPARATOR = re.compile(r"\s*;\s*|(?:,|,?\s+)(?:and|&)\s+|\s*&\s*", re.IGNORECASE)
SUFFIXES = ("jr", "sr", "ii", "iii", "iv")  # folded
SUFFIX = re.compile(r"[JjSs]r\.?|[JS]R\.|I{2,3}|IV")  # "Quinlan JR" has initials
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
    if not text.isascii():
        text = unicodedata.normalize("NFKD", text.translate(LETTERS))
        text = "".join(c for c in text if not unicodedata.combining(c))
    return " ".join(WORD.findall(text.casefold()))


def key(name: str) -> str:
    """What two spellings of one name share: "MEI, Song" and "Song Mei" agree.

    The words of the name in alphabetical order, folded, hyphens as spaces.
    """
    return " ".join(sorted(fold(without_honorific(name)).split()))


def title_key(title: str) -> str:
    """What spellings of one title share, at most 300 characters."""
    return fold(title)[:300]


def family_key(family: str) -> str:
    """What spellings of one family name share: the last word, folded, so that
    "van der Vaart" and "Vaart", "King Jr." and "King" agree."""
    words = [word for word in fold(family).split() if word not in SUFFIXES]
    return words[-1] if words else ""


def is_capitals(word: str) -> bool:
    """Whether ``word`` is written in capitals, as family names often are."""
    return word.isupper() and sum(map(str.isalpha, word)) > 1


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
    if SUFFIX.fullmatch(words[-1]):
        tail = f" {words.pop()}"
    if len(words) == 1:
        return words[0] + tail, ""
    initials = [bool(INITIALS.fullmatch(w)) and w != "NG" for w in words]
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
    while start > first and _is_particle(words[start - 1]):
        start -= 1
    return " ".join(words[start:]) + tail, " ".join(words[:start])


def _is_particle(word):
    return word == "v." or word.casefold() in PARTICLES


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
    for group in SEPARATOR.split(text):
        parts = [part.strip() for part in group.split(",") if part.strip()]
        names.append(parts)
    if ";" in text and all(len(parts) == 2 for parts in names):
        return [", ".join(parts) for parts in names]
    are_families = all(is_family(part) for parts in names for part in parts)
    if are_families and not _are_pairs(names):
        return [part for parts in names for part in parts]
    return [name for parts in names for name in _join_family_first(parts)]


def is_family(part: str) -> bool:
    """Whether ``part`` is a word that is no initials, with particles or not."""
    *particles, family = part.split()
    are_small = PARTICLES.issuperset(word.casefold() for word in particles)
    return are_small and not INITIALS.fullmatch(family)


def _are_pairs(groups):
    """Whether the words of ``groups`` are families, each before its given name, as
    in "FAN, Ganghua; LI, Na" and "Smith, John, Doe, Jane, and Roe, Richard"."""
    return len(groups[-1]) == 2 and all(len(parts) % 2 == 0 for parts in groups)


def _join_family_first(parts):
    joined = []
    while parts:
        part, *parts = parts
        if parts and SUFFIX.fullmatch(parts[0]):
            part = f"{part} {parts.pop(0)}"
        words = part.split()
        family_alone = len(words) == 1 or (words[0] in PARTICLES and is_family(part))
        family_alone = family_alone or (parts and INITIALS.fullmatch(parts[0]))
        family_alone = family_alone or (
            all(is_capitals(word) for word in words)
            and parts
            and not any(is_capitals(word) for word in parts[0].split())
            and len(parts[0].split()) <= 2
        )
        if family_alone and parts:
            given = parts.pop(0)
            if parts and SUFFIX.fullmatch(parts[0]):  # "King, Martin Luther, Jr."
                part = f"{part} {parts.pop(0)}"
            part = f"{part}, {given}"
        joined.append(part)
    return joined


def join(names: list[str]) -> str:
    """``names`` on one line; semicolons where a name itself has a comma."""
    return ("; " if any("," in name for name in names) else ", ").join(names)


def split_cited(text: str) -> list[str]:
    """The names of a list in a citation, in order.

    As ``split_list``, and "Eisen MB, Botstein, D" are read as families with initials,
    but not "Hao HE, Weinan E".
    """
    listed = split_list(text)
    matches = [FAMILY_THEN_INITIALS.fullmatch(name) for name in listed]
    if all(matches) and not all(may_be_chinese(match[0]) for match in matches):
        return [f"{match[1]}, {match[2]}" for match in matches]
    return listed


def cited(name: str) -> str:
    """``name`` as "Family, Given", that of a group as it is; "He Kaiming" and "Wang
    Zhou Bin" are Chinese.

    A name is read so only if it cannot be the other way round: the first word is a
    Chinese family name, the last is none, and the given name has two syllables.
    """
    if GROUP.search(name):
        return name
    words = name.split()
    if FAMILY_THEN_ONE.fullmatch(name) and not may_be_chinese(name):
        return ", ".join(words)
    if 2 <= len(words) <= 3 and "," not in name:
        family, given = words[0], " ".join(words[1:])
        count = syllables(given)
        if (
            family.casefold() in CHINESE_FAMILIES
            and words[-1].casefold() not in CHINESE_FAMILIES
            and count == 2
        ):
            return f"{family}, {given}"
    return family_first(name)


def may_be_chinese(name: str) -> bool:
    """Whether the last word of ``name``, in capitals, may be a Chinese family name:
    "Hao HE", "Weinan E", but not "Li A"."""
    *given, family = name.split()
    return (len(family) > 1 or family == "E") and all(map(syllables, [*given, family]))


def syllables(text: str) -> int:
    """How many syllables of pinyin ``text`` is; 0 if it is something else."""
    letters = re.sub(r"[\s'’-]", "", text.casefold())
    found = PINYIN.findall(letters)
    return len(found) if "".join(found) == letters else 0
