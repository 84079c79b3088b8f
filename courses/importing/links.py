"""What became of every link of a page: placed, in notes, or withheld."""

import re
from collections import Counter
from urllib.parse import quote, unquote, urljoin, urlsplit

from references import richtext

from .flow import Link, squeeze
from .outline import LabelledLink, LinkAccount, Warning, Withheld

OPEN, CLOSE = "\ue000", "\ue001"  # private use: mark the place of a link
SCHEMES = ("http", "https", "mailto")
BESIDE_NAME = re.compile(
    r"(?<!\s)\s*(?:[(\[（]\s*(\d{7,10})\s*[)\]）]|,\s*(\d{7,10})(?!\d))"
)
RUN = re.compile(r"\d{7,}")
IN_TEXT = re.compile(
    r"(?<!\s)\s*(?:[(\[（]\s*(\d{7,10})\s*[)\]）]|"
    r"(?:,\s*)?(?<!\d)(\d{7,10})(?!\d))"
)
EIGHT_DIGITS = re.compile(r"(?<!\d)\d{8}(?!\d)")
NUMBERED_ELSEWHERE = re.compile(  # hosts whose addresses are made of numbers
    r"(?:^|\.)(?:bilibili|youtube|youtu|vimeo|youku|doi|acm|ieee|kaggle|zoom|"
    r"slideshare|figshare|zenodo|sciencedirect|springer|wiley|jstor|weibo)\.",
)


class Links:
    """The account of a page's links, and of student numbers, which are the
    reason most often for not keeping one.

    ``known`` is the account of an earlier reading of the same page.
    """

    def __init__(self, links, base_url, has_file, known=None):
        self._links = links
        self._base_url = base_url
        self._has_file = has_file
        self._fate = {}
        self._student_numbers = set(known._student_numbers) if known else set()
        self._numbers_at = Counter()
        self._told = set()
        self.warnings = []

    def warn(self, code, where, message):
        self.warnings.append(Warning(code, where, message))

    def place(self, link: Link, where: str) -> str | None:
        """The address of ``link``, which now has a place; None if withheld."""
        return self._settle(link, where, "placed")

    def note(self, link: Link, where: str) -> str | None:
        """The address of ``link``, which goes into notes; None if withheld."""
        return self._settle(link, where, "in_notes")

    def is_settled(self, link):
        return link.index in self._fate

    def leads_somewhere(self, url):
        """Whether ``url`` will be a link here: absolute, or a file at hand."""
        return bool(url) and (
            urlsplit(url).scheme in SCHEMES
            or url.startswith("//")
            or self._has_file(url)
        )

    def _settle(self, link, where, fate):
        reason = self._reason_to_withhold(link, where)
        if reason:
            self._fate[link.index] = Withheld(where, reason)
            return None
        if not isinstance(self._fate.get(link.index), str) or fate == "placed":
            self._fate[link.index] = fate
        address = self.without_student_numbers(link.address)
        if self._base_url and urlsplit(address).scheme not in SCHEMES:
            return urljoin(self._base_url, address)
        return address

    def _reason_to_withhold(self, link, where):
        address = link.address
        if not address:
            return "empty address"
        try:
            parts = urlsplit(re.sub(r"[\x00-\x20]+", "", address))
        except ValueError:
            return "not an address"
        if parts.scheme and parts.scheme not in SCHEMES:
            return f"scheme {parts.scheme}: is not taken"
        if not self._student_numbers.isdisjoint(RUN.findall(unquote(address))):
            return "holds a student number"
        return None

    # Student numbers: DESIGN rule 12.

    def learn_student_numbers(self, text, where):
        """Remember numbers printed beside names in ``text``; without them."""

        def forget(match):
            self._learn(match[1] or match[2], where)
            return ""

        return BESIDE_NAME.sub(forget, text)

    def _learn(self, number, where):
        self._student_numbers.add(number)
        if number not in self._told:
            self._told.add(number)
            self._numbers_at[where] += 1

    def warn_of_student_numbers(self):
        """One warning for each place where some stood."""
        for where, count in self._numbers_at.items():
            self.warn(
                "student_number",
                where,
                f"Student numbers stood here ({count}); they were dropped everywhere.",
            )

    def learn_from_entry(self, link, where):
        """Remember eight digits in a gallery entry's link that are no date."""
        try:
            host = urlsplit(link.address).netloc
        except ValueError:  # no address: it will be withheld
            host = ""
        found = EIGHT_DIGITS.findall(link.label)
        if not NUMBERED_ELSEWHERE.search(host + "."):
            found += EIGHT_DIGITS.findall(unquote(link.address))
        for run in found:
            if not is_date(run):
                self._learn(run, where)

    def without_student_numbers(self, text):
        """``text`` without the student numbers known so far."""

        def forget(match):
            is_known = (match[1] or match[2]) in self._student_numbers
            return "" if is_known else match[0]

        return IN_TEXT.sub(forget, text) if self._student_numbers else text

    # Text with its links in place.

    def markdown(self, pieces, where, fate="placed"):
        """The words and links of ``pieces`` as one line of Markdown."""
        settle = self.place if fate == "placed" else self.note
        links, text = [], ""
        for piece in pieces:
            if isinstance(piece, Link):
                text += f"{OPEN}{len(links)}{CLOSE}"
                links.append((piece.label, settle(piece, where)))
            else:
                text += piece.text.replace(OPEN, "").replace(CLOSE, "")
        text = richtext.escape(self.without_student_numbers(squeeze(text)))
        return re.sub(
            f"{OPEN}(\\d+){CLOSE}", lambda mark: _markdown(*links[int(mark[1])]), text
        )

    def labelled(self, pieces, where):
        """The links of ``pieces`` as LabelledLink values."""
        return [
            LabelledLink(piece.label, self.place(piece, where))
            for piece in pieces
            if isinstance(piece, Link)
        ]

    def unsettled(self, lines):
        """The links of ``lines`` that have no place yet."""
        return [
            link for line in lines for link in line.links if not self.is_settled(link)
        ]

    def unsettled_of_page(self):
        return [link for link in self._links if not self.is_settled(link)]

    def account(self):
        """Where all links went; ``unplaced`` is empty unless there is a bug."""
        fates = list(self._fate.values())
        return LinkAccount(
            in_source=len(self._links),
            placed=fates.count("placed"),
            in_notes=fates.count("in_notes"),
            withheld=[fate for fate in fates if isinstance(fate, Withheld)],
            unplaced=[
                LabelledLink(link.label, link.address)
                for link in self._links
                if link.index not in self._fate
            ],
        )


def _markdown(label, url):
    """A Markdown link; unlike richtext's it keeps a relative address, which
    loading turns into a file, an absolute address or a record."""
    if not url or urlsplit(url).scheme:
        return richtext.link(label, url) if url else richtext.escape(label)
    address = re.sub(r"[<>\\\s]", lambda bad: quote(bad[0]), url)
    return f"[{richtext.escape(label or url)}](<{address}>)"


def is_date(digits):
    """Whether eight digits can be YYYYMMDD, DDMMYYYY or MMDDYYYY."""
    for year, month, day in (
        (digits[:4], digits[4:6], digits[6:]),
        (digits[4:], digits[2:4], digits[:2]),
        (digits[4:], digits[:2], digits[2:4]),
    ):
        if 1980 <= int(year) <= 2050 and 1 <= int(month) <= 12 and 1 <= int(day) <= 31:
            return True
    return False
