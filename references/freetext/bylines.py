"""The line of a citation that names its authors: how likely a text is one, and who.

A byline is told from a title by the shape of its words: names are two or three
words with capitals, initials and particles among them; titles have other
words, and words that are no names (``TITLE_WORDS``, ``COMMON_ENDING``).
"""

import re
from functools import lru_cache

from .. import names
from . import venues

MAX_NAMES = 100
MAX_LENGTH = 80  # characters of a name
EDITORS = re.compile(
    r"\((?:[Ee]ds?\.?|[Ee]ditors?)(?:\)|$)|,?\s(?:[Ee]ds?\.|eds?$|editors?)(?=\s|,|$)"
)
FOOTNOTE = re.compile(r"[*†‡§]+(?=[\s,.]|$)")  # the mark of one, after a name
ET_AL = re.compile(
    r"[\s,]*(?:\bet(?:\.\s*|\s+)al\b\.?|(?:\band|&) others\b)|…|\.\.\.", re.IGNORECASE
)
ENDS_EARLY = re.compile(r"\bet(?:\.\s*|\s+)al\b\W*\w", re.IGNORECASE)
# "J.-P.", and names cut short: "Yu.", or without a vowel "Th.", "Md."
INITIALS = re.compile(
    r"(?:(?:[YJ][ua]|[B-DF-HJ-NP-TV-XZ][b-df-hj-np-tv-xz]{1,2}|[^\W\d_](?:-[A-Z])?)"
    r"\.-?)+[^\W\d_]?"
)
WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
SHORT_NAME = re.compile(r"[^\W\d_]\.")
PART = re.compile(r"(?:Annex|Appendix|Chapter|Part|Section|Table|Figure),? [A-Z]\.?")
DASH = re.compile(r"[—–]|\s-\s")
ELIDED = re.compile(r"[dlDLO]['’](?=[^\W\d_]{2})")  # d'Alembert, O'Neil
# What titles are made of and names are not: words without a meaning of their own, but
# for those that are names too (can, he, may, per, we, will), ...
FUNCTION_WORDS = frozenset(
    """a about above across after against all along also among an and any are as at be
    been before behind below beneath beside between beyond both but by could does
    down during each either else every few for from had has have her how if in
    inside into is it its just less like many more most much must near neither no
    nor not of off on once one only onto or other our out over should since so some
    such than that the their them then there these they this those through to too
    toward towards two under until up upon us using versus very via was were what
    when where whether which while who whose why with within without would yet you
    your three four five six seven eight nine ten auf das der des die ein eine für les
    por sobre sur über und zur""".split()
)
# ... words that research of every kind shares, an "s" left out, ...
RESEARCH_WORDS = frozenset(
    """algorithm analysis approach based basic big cell code computer data deep design
    dynamic efficient equation fast general global graph high human image inference
    information kernel language large learning linear logic machine matrix mean
    method model natural nature network neural new note optimal parallel problem process
    program programming random real review robust sample scale science search set
    signal simple space sparse state structure study survey system test theorem
    theory time tree type understanding vector video vision visual web world""".split()
)
# ... and words that end as nouns and adjectives do which come from Latin.
COMMON_ENDING = re.compile(
    r".{4,}(?:tions?|ments?|ness|it(?:y|ies)|isms?|(?<!v)ics?|ical|[ai]ble|ive|ous"
    r"|ology|ional|ular|ized|ary|less|ures?)|.{3,}(?:eling|ening|ying|works?)",
)


def is_common(word: str) -> bool:
    """Whether ``word`` is one that titles and venues use and names do not."""
    return any(map(_is_common, re.split(r"['’-]", word)))


@lru_cache(10_000)
def _is_common(word):
    small = word.lower()
    return bool(
        small in FUNCTION_WORDS
        or small.removesuffix("s") in RESEARCH_WORDS
        or COMMON_ENDING.fullmatch(small)
        or venues.KIND.fullmatch(word)
        or (len(word) > 1 and venues.KIND.fullmatch(f"{word}."))  # its dot was cut off
    )


@lru_cache(1_000)
def likeness(text: str) -> float:
    """How likely ``text`` is a list of names, from -1 (certainly not) to 1."""
    listed = _listed(text)
    if ENDS_EARLY.search(text) or not 0 < len(listed) <= MAX_NAMES:
        return -1.0
    scores = [_name_likeness(name) for name in listed]
    lone = [names.is_family(name) for name in listed]
    if not all(lone):  # "Owen Green, NIME" is a name and what the title begins with
        scores = [s - 0.4 * is_lone for s, is_lone in zip(scores, lone, strict=True)]
    if min(scores) < -0.5:
        return -1.0
    _, _, last = text.rpartition(" and ")
    if len(last) < len(text) and len(names.split_cited(last)) > 1:
        scores.append(0.0)  # "and" stands before the last name
    likeness = (sum(scores) / len(scores) + min(scores)) / 2
    likeness -= 0.4 if _is_one_unlike(listed) else 0.0
    likeness += 0.3 if ET_AL.search(text) else 0.03 * min(len(scores), 5)
    return min(likeness, 1.0)


def _is_one_unlike(listed):
    """Whether the first or the last name of ``listed`` is spelled out while all others
    begin with initials: "Small Things, A. Bo, E. Di"."""
    unlike = [name for name in listed if not SHORT_NAME.match(name)]
    return (
        len(listed) > 1
        and len(unlike) == 1
        and unlike[0] in (listed[0], listed[-1])
        and not re.search("[.,]", unlike[0])
    )


def authors(text: str) -> list[str]:
    """The names in ``text``, each as "Family, Given", in order."""
    listed = [names.cited(name) for name in _listed(text)]
    if "." in text:  # that of a last initial was cut off
        listed = [re.sub(r"(, (?:.*[ .-])?[^\W\d_])$", r"\1.", name) for name in listed]
    return listed


def has_more(text: str) -> bool:
    """Whether ``text`` says that there are more authors than it names."""
    return bool(ET_AL.search(text))


def _listed(text):
    text = EDITORS.sub(" ", ET_AL.sub(" ", FOOTNOTE.sub("", text)))
    text = re.sub(r"(?:\s*[,;&])+(?=\s*[,;&])", "", text)
    text = re.sub(r"\b([A-Z]\.)(?=[A-Z][^\W\d_])", r"\1 ", text)  # "A.Bo"
    return names.split_cited(text.strip(" .,;:&"))


@lru_cache(10_000)
def _name_likeness(name):
    """How likely ``name`` is one name, by its words: -1 if it cannot be."""
    if len(name) > MAX_LENGTH or DASH.search(name) or PART.fullmatch(name):
        return -1.0
    is_group = names.GROUP.search(name) and not re.search(r"\b[a-z]{4,}", name)
    if is_group or re.fullmatch(r"(?:[A-Z]\.[ -]?)+E", name):
        return 0.8
    words = re.sub(r"[(),]", " ", name).split()
    spelled = [w for w in words if not INITIALS.fullmatch(w) and len(w) > 1]
    particles = [
        word
        for word in spelled
        if word.casefold() in names.PARTICLES
        and (word.islower() or word in words[1:-1])
    ]
    spelled = [w for w in spelled if w not in particles]
    if not all(map(_may_be_name, spelled)) or not spelled or len(words) > 6:
        return -1.0
    has_initials = len(words) > len(spelled) + len(particles)
    if len(words[-1]) == 1 and "," not in name and not names.may_be_chinese(name):
        likeness = 0.0  # "Xiao X" in a list of other names
    elif re.search(r", [^\W\d_]\..* [^\W\d_]{3}|[a-z], [A-Z]{4,}$", name):
        likeness = 0.0  # "Roberts, A. Soundbeam", "Lamport, CACM"
    elif has_initials and len(spelled) <= 2:
        likeness = 1.0
    else:
        likeness = {1: 0.4, 2: 0.8, 3: 0.6, 4: 0.5}.get(len(spelled), 0.0)
    common = [w for w in spelled if is_common(w) and (len(w) > 3 or not w.isupper())]
    is_family = has_initials and not any(map(venues.KIND.search, common))
    weight = 0.3 if is_family else 0.6  # "Antonovics, J."
    return likeness - weight * (len(common) + (words[0] == "A"))


def _may_be_name(word):
    """Whether ``word`` has the capitals of a name: "LeCun", "El-Yaniv", "GAO"."""
    word = ELIDED.sub("", word)
    if not WORD.fullmatch(word) or not word[0].isupper():
        return bool(names.SUFFIX.fullmatch(word))
    parts = re.split(r"['’-]", word)
    if len(parts) > 1 and 1 in map(len, parts):
        return False  # "Q-learning", "R-CNN", "Mallat's"
    return all(
        part.isupper()
        or (sum(c.isupper() for c in part[1:]) <= 2 and not part[:2].isupper())
        for part in parts
    )
