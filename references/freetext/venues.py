"""Where and when a work appeared, as citations print it."""

import re

HIDDEN = "\x00"  # stands for each character of a year, identifier or bracket
# A journal, conference or publisher says by such a word what it is, or by its initials.
KIND = re.compile(
    r"\b(?:(?i:proc(?:\.|eedings?)|conf(?:\.|erence)|j\.|journal|trans(?:\.|actions)"
    r"|adv(?:\.|ances)(?= in| neural)|symp(?:\.|osium)|colloquium|workshop|press"
    r"|publish(?:ers|ing)|annals|ann\.|annual|acta|archive|letters|lett\.|magazine|rev\."
    rf"|review(?=\W+(?:of|\d|{HIDDEN}))|bull(?:\.|etin)|comm(?:\.|unications o[fn])"
    r"|series|graduate (?:studies|texts)|lecture notes in|notices|quarterly|blog"
    r"|reports?(?= no| \d)|technical report|tech\. rep|thesis|dissertation|monograph"
    r"|manuscript|preprint|working paper|universit\w+|institute|college|école|springer"
    r"|wiley|elsevier|kluwer|birkh[äa]user|prentice|mcgraw|addison|cambridge|oxford"
    r"|usenix|ieee|acm|siam|arxiv|biorxiv|ssrn|jmlr|tmlr|jasa|pnas|nips|neurips|icml"
    r"|iclr|aistats|uai|aaai|ijcai|cvpr|iccv|eccv|naacl|emnlp|kdd|sosp|osdi|nsdi|sigcomm"
    r"|sigmod|vldb|siggraph|interspeech|icassp)"
    r"|AMS|COLT|ALT|ACL|STOC|FOCS|SODA|ITCS|CHI|UIST|ICRA|RSS|CoRL|WWW)(?!\w)"
)
# What comes after the title and before or after a venue.
STARTS = re.compile(
    rf"(?:in:?\s+(?=[A-Z{HIDDEN}])|to appear|submitted|forthcoming|in press|accepted"
    r"|under review|ph\.?\s*d|isbn|doi\b|available|v\.\s*\d"
    r"|\w{3,8} (?:[a-z]{4,12} )?ed(?:ition\b|[.,]|$)"
    r"|(?:vol|volume|no|pp?|pages|chapter|ch|ed|edition)\b\.?\s*\d)",
    re.IGNORECASE,
)
# Such a word begins the name of a venue even where no punctuation stands before it.
STANDS_ALONE = re.compile(
    rf"(?:[Ii]n )?(?:Annals|Journal|Proc(?:eedings|\.)|IEEE|ACM|SIAM"
    rf"|[A-Z]{{4,}} ?{HIDDEN}|[A-Z]\w+ (?:Institute|University))"
)
ANOTHER = re.compile(  # begins after a sentence, or without doubt
    rf"(?<=\w{{5}}[.?!)])\W+(?={KIND.pattern})|,\s(?={STANDS_ALONE.pattern})"
    r"|(?<=[a-z]{3}[.?!])\s(?=In:? [A-Z])"
)
# Words with capitals, and then a volume or a year: "Nature 521", "Annals of Things, 3".
_NAME = (
    r"[A-Z](?:\w{0,5}\.|[\w&:'’-]*)(?: (?:[A-Z(](?:\w{0,5}\.|[\w&:)'’-]*)"
    r"|of|and|the|for|on|in|to|its|de|la|und|[-–—&])){0,11}"
)
VOLUME = re.compile(rf"{_NAME},?\s*(?:\d+\s*[(:,]|(?i:vol)\b)")
NUMBERED = re.compile(
    rf"{_NAME}[\s.,:;(]*(?:\d+(?!\w|\s[a-z]{{3}})|(?i:\bvol\b|\bno\.|\bpp\b)"
    rf"|{HIDDEN}{{2}})"
)
PERSON = re.compile(r"(?:[A-Z]\.[ -]?){1,3}[A-Z][\w'’-]+(?:, [A-Z]| and )")  # "J. Bo, "
ORDINAL = re.compile(r"^\d{1,3}(?:st|nd|rd|th)\s")
MONTH = (
    r"(?i:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?"
    r"|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\b\.?"
)
DATE = re.compile(rf"{MONTH} (?:\d|{HIDDEN})")  # "Sep 25, 2020"
PHRASE = re.compile(rf"[\w &'’–-]{{3,60}}(?:[.,:({HIDDEN}]|$)")
GOES_ON = re.compile(  # a list has not ended: ", Inference, and Prediction"
    r"[\s,]*(?:(?:\w[\w -]{0,40},\s+){0,4}(?:and|&)\s"
    r"|(?:\w[\w -]{0,40}\s)(?:and|&)\s[\w -]{2,40}[.?!:(])"
)

YEAR = re.compile(
    r"(?<![\w:/–—-])(?<!\d\.)(?:1[6-9]|20)\d\d(?=[a-e]?\b)(?!\.\d|:\d|/|\s?[–—-]+\s?\d)"
)
YEAR_OF_MEETING = re.compile(  # "STOC'12", "NIPS '17", "ICM2006", "SIGCOMM 06."
    r"\b[A-Za-z]*[A-Z][a-z]*[A-Z][A-Za-z]*[\s-]?"
    r"(?P<year>(?:['’‘]\d\d|(?:19|20)\d\d)\b(?!\s?[–—-]\s?\d)|(?<=\s)\d\d(?=\W*$))"
)
QUOTED = re.compile(r"“[^“”\"]{9,300}[”\"]|(?<!\w)\"[^\"]{9,300}\"")
AFTER_YEAR = re.compile(r"[a-e]?\s*(?:$|[\n.,;:)(\[\]])")
LEADING_YEAR = re.compile(r"^\d{4}\s?[–—-]")  # "2012 - On Things"
BEFORE_YEAR = re.compile(r"[.,(]\s*$")
BEFORE_OLD_YEAR = re.compile(r"\(\s*$|[^\W\d][.,]\s*$")  # 1712 may be a page
NO_YEAR_AFTER = re.compile(
    r"(?:[\"“]|\(\d{4}[a-e]?\)[.,:]?|\b(?-i:[Pp]p|p)\.?|\bpages|\bno\.?|\d\s?[–—-]+"
    r"|\b(?:after|before|by|for|of|since|the|to|until))\s*$",
    re.IGNORECASE,
)

NOT_NAME = re.compile(
    r"\[[^\[\]]*\]|https?://\S+|\barxiv\s*[.:]\s*\S+|\b(?:doi\s*:?\s*)?10\.\d{4}\S+"
    r"|\bin press\b|\b(?:to appear|submitted)(?: (?:in|to))?\b|\((?:pdf|ps)\)",
    re.IGNORECASE,
)
BEFORE_NAME = re.compile(r"(?:in:?\s+|\(?(?:19|20)\d\d\)?\s*[.,:]\s*)+", re.IGNORECASE)
AFTER_NAME = re.compile(
    r"\s*(?:,\s*(?:vol|volume|no|pp|pages|\(?\d|[A-Z]\d)|\(\d|[\s,(]+(?:19|20)\d\d\b"
    r"|\s\d+\s*[(:,.]|\.\s+(?:\d|vol|no|pp)|(?<=\w{5})\.\s)",
    re.IGNORECASE,
)
MAX_NAME = 200


def likeness(text: str) -> float:
    """How likely ``text``, what follows names and title, begins with a venue or other
    data: -1.5 to 1. ``HIDDEN`` characters stand for years and identifiers."""
    is_volume = VOLUME.match(text.lstrip(" ,"))
    if text[:1] in ", " and GOES_ON.match(text) and not is_volume:
        return -1.5
    text = text.strip(' .,;:()\n"”“')
    if not text:
        return 0.4
    if text[0] == HIDDEN or DATE.match(text):
        return 0.7
    if STARTS.match(text):
        return 1.0
    text = ANOTHER.split(text, maxsplit=1)[0]
    head = re.split(rf"[\d;{HIDDEN}]", ORDINAL.sub("", text), maxsplit=1)[0]
    head = " ".join(head.split()[:9])
    kind = None if PERSON.match(text) else KIND.search(head)
    if kind and (head[0].isupper() or kind.start() == 0):
        return 1.0 if kind.start() < 40 else 0.7
    if NUMBERED.match(text):
        return 0.8
    return 0.1 if text[0].isupper() and PHRASE.match(text) else -0.5


def begins(text: str) -> bool:
    """Whether ``text`` begins as only venues do."""
    return bool(KIND.match(text) or STARTS.match(text))


def name(text: str) -> str:
    """The name of the venue that ``text`` begins with, or ""."""
    text = " ".join(NOT_NAME.sub(" ", text).split()).strip(' .,;:()?"”')
    text = text[BEFORE_NAME.match(text).end() :] if BEFORE_NAME.match(text) else text
    text = AFTER_NAME.split(text, maxsplit=1)[0].strip(" .,;:([]")
    if text.count(")") > text.count("("):
        text = text.strip(")")
    return text if re.search(r"[^\W\d_]{2}", text) and len(text) <= MAX_NAME else ""


def years(text: str) -> list[tuple[int, int, int]]:
    """(start, end, year) of the years in ``text`` that punctuation sets apart, but for
    those in quotes."""
    found = [
        (match.start("year"), match.end(), _full_year(match["year"]))
        for match in YEAR_OF_MEETING.finditer(text)
    ]
    for match in YEAR.finditer(text):
        before = text[max(0, match.start() - 12) : match.start()]
        apart = AFTER_YEAR.match(text, match.end()) or BEFORE_YEAR.search(before)
        apart = apart or LEADING_YEAR.match(text, match.start())
        is_credible = match[0] >= "1900" or BEFORE_OLD_YEAR.search(before)
        if apart and is_credible and not NO_YEAR_AFTER.search(before):
            found.append((*match.span(), int(match[0])))
    quoted = [match.span() for match in QUOTED.finditer(text)]
    return sorted(
        each
        for each in set(found)
        if not any(start < each[0] < end for start, end in quoted)
    )


def _full_year(printed):
    digits = re.sub(r"\D", "", printed)
    century = {2: "20" if digits < "50" else "19"}.get(len(digits), "")
    return int(century + digits)
