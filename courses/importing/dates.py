"""Dates, weekdays, terms and times of day as course pages print them."""

import re
from dataclasses import dataclass, replace
from datetime import date, time, timedelta
from functools import lru_cache
from itertools import pairwise

MONTHS = {
    name: number
    for number, names in enumerate(
        [
            "january jan",
            "february feb",
            "march mar",
            "april apr",
            "may",
            "june jun",
            "july jul",
            "august aug",
            "september sept sep",
            "october oct",
            "november nov",
            "december dec",
        ],
        start=1,
    )
    for name in names.split()
}
WEEKDAYS = {
    name: number
    for number, names in enumerate(
        [
            "monday mon mo m",
            "tuesday tues tue tu t",
            "wednesday wednes weds wed we w",
            "thursday thurs thur thu th r",
            "friday fri fr f",
            "saturday sat sa",
            "sunday sun su",
        ]
    )
    for name in names.split()
}
_MONTH = "|".join(sorted(MONTHS, key=len, reverse=True))
_DASH = r"\s*(?:-|–|—|to)\s*"
ISO = re.compile(
    r"(?<![\d/.-])((?:19|20)\d\d)\s*(?P<sep>[-/.]|年)\s*(\d{1,2})\s*"
    r"(?:(?P=sep)|月)\s*(\d{1,2})(?!\d)"
)
NUMERIC = re.compile(
    r"(?<![\d/.:-])(\d{1,2})\s*([/.-])\s*(\d{1,2})(?:\s*\2\s*((?:19|20)?\d\d)(?!\d))?"
    r"(?![\d:]|\.\d|\s*[ap]\.?m\b)",
    re.IGNORECASE,
)
CHINESE = re.compile(r"(\d{1,2})\s*月\s*(\d{1,2})\s*[日号]")
NAMED_MDY = re.compile(
    rf"\b({_MONTH})\b\.?\s*(\d{{1,2}})(?:st|nd|rd|th)?(?!\d)(?!:\d)"
    rf"(?:\s*,?\s*((?:19|20)\d\d)\b)?",
    re.IGNORECASE,
)
NAMED_DMY = re.compile(
    rf"(?<!\d)(\d{{1,2}})(?:st|nd|rd|th)?\s*(?:of\s+)?[-\s]?({_MONTH})\b\.?"
    rf"(?:\s*,?\s*-?((?:19|20)\d\d|'?\d\d(?!\s*[:\d])))?",
    re.IGNORECASE,
)
WEEKDAY = re.compile(
    r"\b(mon|tue|wed|thu|fri|sat|sun)(?:\w*day|s|rs|nes|rs|ur|urs|r)?s?\b\.?"
    r"|(?:星期|周)([一二三四五六日天])|\b(mo|tu|we|th|fr|sa|su)\b",
    re.IGNORECASE,
)
TERM = re.compile(
    r"\b(spring|summer|fall|autumn|winter|michaelmas|hilary|trinity|lent|easter)"
    r"(?:\s+(?:semester|term|quarter|session))?[\s,/-]*(?:of\s+)?"
    r"((?:19|20)\d\d(?:\s*[-/–]\s*(?:20)?\d\d)?|'\d\d)\b",
    re.IGNORECASE,
)
TERM_YEAR_FIRST = re.compile(
    r"\b((?:19|20)\d\d)[\s,/-]*(spring|summer|fall|autumn|winter)\b", re.IGNORECASE
)
# First and last month of a term, in months counted from its year's January.
TERM_MONTHS = {
    "spring": (1, 7),
    "summer": (4, 10),
    "fall": (7, 14),
    "autumn": (7, 14),
    "winter": (-1, 6),
    "michaelmas": (8, 13),
    "hilary": (0, 5),
    "trinity": (3, 8),
    "lent": (0, 5),
    "easter": (3, 8),
}
MAX_LENGTH = 300  # characters
CLOCK = r"(\d{1,2})(?:\s*[:.h]\s*(\d{2}))?\s*([ap]\.?\s?m\.?)?"
TIME_RANGE = re.compile(rf"(?<![\d/]){CLOCK}{_DASH}{CLOCK}(?![\d/])", re.IGNORECASE)


@dataclass(frozen=True)
class Printed:
    """One printed date: which numbers, before day and month are told apart.

    ``first`` and ``second`` are day and month in printed order when
    ``is_named`` is false; else ``first`` is the month.
    """

    first: int
    second: int
    year: int | None
    weekday: int | None
    is_named: bool
    end: tuple | None = None

    def on(self, order, year=None):
        """The date under ``order`` ("mdy" or "dmy"), or None if there is none."""
        month, day = self.first, self.second
        if not self.is_named and order == "dmy":
            month, day = day, month
        year = self.year or year
        return _date(year, month, day) if year else None


def _date(year, month, day):
    try:
        return date(year, month, day)
    except ValueError:
        return None


def weekday_of(text):
    """The weekday (0 Monday to 6 Sunday) that ``text`` names first, or None."""
    match = WEEKDAY.search(text)
    if not match:
        return None
    if match[3]:
        return WEEKDAYS[match[3].lower()]
    if match[2]:
        return "一二三四五六日".index(match[2].replace("天", "日"))
    return WEEKDAYS[match[1].lower()]


@lru_cache(maxsize=1024)  # one cell may be the date of many rows
def read(text):
    """The first date that ``text`` prints, as Printed; None if it prints none.

    A date stands near the beginning: of a long text only that is read.
    """
    text = text[:MAX_LENGTH]
    weekday = weekday_of(text)
    if match := ISO.search(text):
        year, month, day = map(int, match.group(1, 3, 4))
        return Printed(month, day, year, weekday, is_named=True)
    if match := CHINESE.search(text):
        return Printed(int(match[1]), int(match[2]), None, weekday, is_named=True)
    named = [
        found
        for found in (NAMED_MDY.search(text), NAMED_DMY.search(text))
        if found and _is_day(found)
    ]
    if named:
        match = min(named, key=lambda found: found.start())
        if match.re is NAMED_MDY:
            month, day = MONTHS[match[1].lower()], int(match[2])
        else:
            month, day = MONTHS[match[2].lower()], int(match[1])
        end = _range_end(text[match.end() :], month, day)
        return Printed(month, day, _year(match[3]), weekday, True, end)
    for match in NUMERIC.finditer(text):
        first, second = int(match[1]), int(match[3])
        if match[2] in ".-" and not match[4] and weekday is None and match[2] == "-":
            continue  # "1-2" is a range of chapters rather than a date
        if 1 <= first <= 31 and 1 <= second <= 31 and min(first, second) <= 12:
            return Printed(first, second, _year(match[4]), weekday, is_named=False)
    return None


def _is_day(match):
    return 1 <= int(match[2] if match.re is NAMED_MDY else match[1]) <= 31


def _range_end(rest, month, day):
    match = re.match(
        rf"{_DASH}(?:({_MONTH})\b\.?\s*)?(\d{{1,2}})(?!\d|\s*[:ap])",
        rest,
        re.IGNORECASE,
    )
    if not match:
        return None
    end_month = MONTHS[match[1].lower()] if match[1] else month
    end_day = int(match[2])
    return (end_month, end_day) if (end_month, end_day) > (month, day) else None


def _year(text):
    if not text:
        return None
    year = int(text.lstrip("'"))
    return year if year > 99 else 2000 + year if year < 70 else 1900 + year


def term_of(text):
    """The term that ``text`` names first, as printed and squeezed, or ""."""
    found = [m for m in (TERM.search(text), TERM_YEAR_FIRST.search(text)) if m]
    if not found:
        return ""
    return " ".join(min(found, key=lambda match: match.start())[0].split())


def term_year(term):
    match = re.search(r"(?:19|20)\d\d", term) or re.search(r"'(\d\d)\b", term)
    if not match:
        return None
    return int(match[0]) if match.re.groups == 0 else _year(match[0])


def term_span(term):
    """(first, last) day that may belong to ``term``; None without season or year."""
    season = re.search("|".join(TERM_MONTHS), term.lower())
    year = term_year(term)
    if not season or not year:
        return None
    first, last = TERM_MONTHS[season[0]]
    if first < 7 and re.search(rf"[-/–]\s*(?:20)?{(year + 1) % 100:02}$", term):
        year += 1  # "Winter 2020-21"
    return _month_start(year, first), _month_start(year, last + 1) - timedelta(days=1)


def _month_start(year, month):
    return date(year + (month - 1) // 12, (month - 1) % 12 + 1, 1)


OTHER_ORDER = {"mdy": "dmy", "dmy": "mdy"}


class Calendar:
    """Decides once for a page what its printed dates mean."""

    def __init__(self, printed, term="", year=None):
        self.printed = printed
        self.span = term_span(term)
        years = [p.year for p in printed if p and p.year]
        self.year = (
            year
            or term_year(term)
            or (max(set(years), key=years.count) if years else None)
        )
        self.order = max(("mdy", "dmy"), key=self._agreement)

    def _agreement(self, order):
        """How well ``order`` explains the page: existing days, weekdays that
        fit, days within the term, and a schedule that runs forward."""
        days = [p and p.on(order, self._year_of(p, order)) for p in self.printed]
        fit = sum(
            p.weekday == day.weekday()
            for p, day in zip(self.printed, days, strict=True)
            if day and p.weekday is not None
        )
        known = [day for day in days if day]
        steps = [later - earlier for earlier, later in pairwise(known)]
        forward = sum(timedelta(0) <= step <= timedelta(days=45) for step in steps)
        inside = sum(self._in_term(day) for day in known)
        return len(known), 2 * fit + forward + inside

    def _in_term(self, day):
        return self.span is None or self.span[0] <= day <= self.span[1]

    def _year_of(self, printed, order):
        """The year of a date printed without one: that of the term it fits."""
        if printed.year:
            return printed.year
        if self.year is None:
            return None
        for year in (self.year, self.year + 1, self.year - 1):
            day = printed.on(order, year)
            if day and self.span and self._in_term(day):
                return year
        return self.year

    def read(self, printed):
        """(date, end date, likely date) of one Printed.

        The date is None where weekday or term contradict it or no year is
        known; then ``likely`` is what was probably meant, or None.
        """
        if printed is None:
            return None, None, None
        year = self._year_of(printed, self.order)
        day = printed.on(self.order, year) or printed.on(OTHER_ORDER[self.order], year)
        if day is None:
            return None, None, None
        fits = printed.weekday in (None, day.weekday())
        if fits and (self._in_term(day) or not printed.year):
            end = printed.end and _date(day.year, *printed.end)
            return day, end if end and end > day else None, None
        return None, None, self._likely(printed, day)

    def _likely(self, printed, day):
        """What a contradicting date probably means: another year, the other
        order, or the next such weekday; None if nothing fits."""
        years = [self.year or day.year, day.year + 1, day.year - 1]
        for order in (self.order, OTHER_ORDER[self.order]):
            for year in years:
                other = replace(printed, year=year).on(order)
                if (
                    other
                    and other != day
                    and printed.weekday in (None, other.weekday())
                    and self._in_term(other)
                ):
                    return other
        if printed.weekday is not None and self._in_term(day):
            return day + timedelta(days=(printed.weekday - day.weekday()) % 7)
        return None


def times(text):
    """(start, end, where it stood) of the first time range in ``text``, or None.

    A half of the day named once holds for both ends; without any, hours
    before 8 are afternoon, as classes are.
    """
    for match in TIME_RANGE.finditer(text):
        h1, m1, half1, h2, m2, half2 = match.groups()
        if not (m1 or m2 or half1 or half2):
            continue  # "1-2" alone may be anything
        half1, half2 = (h and h[0].lower() for h in (half1, half2))
        start, end = _clock(h1, m1, half1 or half2), _clock(h2, m2, half2 or half1)
        if start and end and not half1 and half2 == "p" and start >= end:
            start = _clock(h1, m1, "a")
        if start and end and start < end:
            return start, end, match.span()
    return None


def _clock(hour, minute, half):
    hour, minute = int(hour), int(minute or 0)
    if half == "p" and hour < 12:
        hour += 12
    elif half == "a" and hour == 12:
        hour = 0
    elif half is None and 1 <= hour < 8:
        hour += 12
    return time(hour, minute) if hour < 24 and minute < 60 else None
