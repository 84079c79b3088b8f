"""Who speaks, with affiliation and home page, from one printed line."""

import re

from references import names

from .flow import Link, squeeze
from .outline import LabelledLink, Speaker

INSTITUTION = re.compile(
    r"\b(?:univ\w*|institut\w*|college|school|dep(?:artmen)?t|center|centre|lab|labs|"
    r"laborator\w+|academy|faculty|hospital|research|company|corporation|inc|ltd|"
    r"google|microsoft|facebook|meta|deepmind|huawei|tencent|amazon|ibm|nvidia|openai|"
    r"intel|baidu|alibaba|apple|adobe|netflix|division|group|foundation|bank|"
    r"u|mit|cmu|eth|epfl|cnrs|inria|nyu|ucla|hkust|cuhk|hku|usc|ucsd|"
    r"stanford|berkeley|princeton|harvard|yale|oxford|cambridge|tsinghua|peking)\b|"
    r"(?-i:\b[A-Z]{3,}\b$)",
    re.IGNORECASE,
)
PARENTHESES = re.compile(r"\s*[(（]([^()（）]*(?:\([^()]*\)[^()（）]*)*)[)）]")
MAX_LENGTH = 5_000  # characters; a longer text does not just name speakers
HOME_PAGE = re.compile(
    r"\W*(?:(?:personal )?(?:home|web)\s?(?:page|site)|web|bio|link|here)\W*", re.I
)
NOBODY = re.compile(r"\W*(?:tb[acd]|to be \w+|none|no speaker|n/a)?\W*", re.I)
OPENING = "\ue002"  # stands before a name that is a link


def speakers(pieces, links, where):
    """The speakers that ``pieces`` (words and links) name, in order; none where
    they are still to be announced."""
    urls, text = {}, ""
    for piece in pieces:
        if isinstance(piece, Link) and _is_workplace(piece, text):
            text += piece.label
        elif isinstance(piece, Link) and HOME_PAGE.fullmatch(piece.label):
            urls.setdefault("", links.place(piece, where))
        elif isinstance(piece, Link):
            url = links.place(piece, where)
            name, rest = _trailing_punctuation(piece.label)
            if names.without_honorific(name):
                urls.setdefault(names.key(name), url)
                text += f"{OPENING}{name}{OPENING}{rest}"
        else:
            text += piece.text
    text = squeeze(text)
    if NOBODY.fullmatch(text) or len(text) > MAX_LENGTH:
        return []
    found = []
    for name, affiliation in _split(text):
        name = names.without_honorific(name.replace(OPENING, "")).strip(" .,;:-–[]")
        affiliation = squeeze(affiliation.replace(OPENING, "")).strip(" .,;:-–()[]")
        if name:
            found.append(Speaker(name, affiliation, urls.pop(names.key(name), None)))
    for url in urls.values():  # a link that is no name: the first speaker's
        if found and url and not found[0].url:
            found[0].url = url
    return found


def _is_workplace(link, text):
    """Whether ``link`` leads to where the person named before it works: it gets
    no place here, as it is nobody's home page."""
    follows = re.search(r"(?:[,(–—-]|\b(?:at|from))\s*$", text[-20:])
    return bool(follows) and is_institution(link.label)


def _trailing_punctuation(label):
    name = label.rstrip(" ,;.")
    if re.search(r"\b[A-Z]$", name):
        name = label.rstrip(" ,;")
    return name.strip(" []"), label[len(name) :]


def _split(text):
    """Pairs of name and affiliation."""
    if PARENTHESES.search(text):
        return _with_parentheses(text)
    parts = [part for part in re.split(r"\s*;\s*", text) if part.strip()]
    if len(parts) > 1 and all(is_name(part.split(",")[0]) for part in parts):
        return [pair for part in parts for pair in _split(part)]
    if text.count(OPENING) > 2:
        return _by_links(text)
    return _one_affiliation(text)


def _with_parentheses(text):
    pairs, rest = [], text
    while match := PARENTHESES.search(rest):
        name = re.sub(r"^\s*(?:,|;|and\b|&|with\b)+\s*", "", rest[: match.start()])
        rest = rest[match.end() :]
        inner = match[1]
        if not _is_affiliation(inner, rest):
            # "Chen Change (Cavan) Loy, CUHK": a nickname within the name.
            return _one_affiliation(f"{name} ({inner}) {rest.strip()}")
        several = _names(name)
        pairs += [(each, inner) for each in several]
    rest = rest.strip(" ,.;")
    rest = re.sub(r"^(?:and|&)\s+", "", rest)
    if rest and pairs:
        if is_name(rest.split(",")[0]) and not INSTITUTION.search(rest.split(",")[0]):
            pairs += _one_affiliation(rest)
        else:
            pairs[-1] = (pairs[-1][0], f"{pairs[-1][1]}, {rest}")
    return pairs


def _is_affiliation(inner, rest):
    nickname = re.fullmatch(r"[A-Z][\w'-]{1,12}", inner.strip())
    return not (
        nickname
        and re.match(r"\s+[A-Z][\w'-]+", rest)
        and not INSTITUTION.search(inner)
    )


def _by_links(text):
    """Names are links; what follows each, up to the next, is the affiliation."""
    pairs = []
    parts = text.split(OPENING)
    for name, after in zip(parts[1::2], parts[2::2], strict=True):
        after = re.sub(r"(?:,|;|\band|&|\s|\bProf\.?|\bDr\.?)+$", "", after)
        pairs.append((name, after.strip(" ,;")))
    if pairs and pairs[-1][1] and not any(a for _, a in pairs[:-1]):
        return [(name, pairs[-1][1]) for name, _ in pairs]
    return pairs


def _one_affiliation(text):
    """Names, then from the first comma on their affiliation.

    "XIE, Jin, Stanford University": a lone word before the first comma is the
    family name when what follows is a given name.
    """
    linked = re.fullmatch(f"(.*?){OPENING}(.*?){OPENING}(.*)", text)
    if linked and re.match(r"\s*,?\s*(?:and|&)\s", linked[3]):
        text = text.replace(OPENING, "")
    elif linked and not squeeze(names.without_honorific(linked[1] + " x"))[:-1].strip():
        return [(linked[2], linked[3].strip(" ,;-–:"))]
    parts = [
        part.strip() for part in re.split(r"\s*[,，]\s*|\s+[-–—|]\s+|\s*:\s+", text)
    ]
    first = names.without_honorific(parts[0].replace(OPENING, ""))
    if (
        len(parts) > 1
        and len(first.split()) == 1
        and len(parts[1].split()) <= 2
        and not INSTITUTION.search(parts[1])
        and (names.is_capitals(first) or len(parts) > 2)
    ):
        return [(f"{first}, {parts[1]}", ", ".join(parts[2:]))]
    head, tail = parts[0], ", ".join(parts[1:])
    if match := re.search(r"\s+(?:from|at|@)\s+", head):
        tail = ", ".join(filter(None, [head[match.end() :], tail]))
        head = head[: match.start()]
    if " and " in tail and not INSTITUTION.search(tail):
        return [(name, "") for name in names.split_list(text)]
    return [(name, tail) for name in _names(head)]


def _names(text):
    """ "A and B" as two names; "MEI, Song" and "A" as one."""
    several = re.split(r"\s*(?:,?\s+and\s+|\s*&\s*|\s*/\s*)", text.strip(" ,;"))
    if len(several) == 1 and "," in text:
        return names.split_list(text)
    return [each for each in several if each.strip()]


def is_name(text):
    """Whether ``text`` can be one full name: two to five words in capitals."""
    words = names.without_honorific(text.replace(OPENING, "")).split()
    return 1 < len(words) <= 5 and all(
        word[0].isupper() or word.casefold() in names.PARTICLES
        for word in words
        if word[0].isalpha()
    )


def instructors(lines, links, where):
    """(names, home pages, affiliations) of a cell that has one name a line.

    Affiliations are (name, affiliation) pairs of lines that are no names.
    """
    found, pages, affiliations = [], [], []
    for line in lines:
        for link in line.links:
            pages.append(LabelledLink(link.label, links.place(link, where)))
        text = names.without_honorific(line.text).strip(" ,;")
        if found and is_institution(text):
            affiliations.append((found[-1], text))
            continue
        for several in SEVERAL.split(text):
            listed = names.split_list(several)
            for name in listed if len(listed) > 1 else [several]:
                if name := names.without_honorific(name).strip(" ,;"):
                    found.append(name)
    return found, pages, affiliations


# "A.B., C.D." are two people, "BO, Ada" is one.
SEVERAL = re.compile(r"\s*(?:;|\s+and\s+|&|/|(?<=\.),(?=\s*[A-Z]\.))\s*")


def is_institution(text):
    """Whether a line of its own is an affiliation: "Stanford U.", "CUHK"."""
    return bool(
        re.search(r"\bU\.$", text)
        or re.fullmatch(r"[A-Z][A-Za-z]*[A-Z]{2,}[A-Za-z]*", text)
        or (INSTITUTION.search(text) and not re.search(r"[A-Z]{3,}$", text))
    )
