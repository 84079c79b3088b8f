"""arXiv and Crossref: what they say of an identifier, as a Work.

After the arXiv API User's Manual and terms of use (info.arxiv.org/help/api: Atom, one
request in three seconds, one connection at a time) and the documentation of Crossref's
REST API (crossref.org/documentation/retrieve-metadata/rest-api: JSON, one DOI at a
time, an e-mail address for its "polite" pool). What comes back is not trusted.
"""

import json
import re
import time
from dataclasses import replace
from datetime import timedelta
from html import unescape
from urllib.parse import quote, urlencode
from xml.etree import ElementTree

import urllib3
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils import timezone
from django.utils.translation import gettext as _
from urllib3 import exceptions

from . import citing, csl, identifiers, latex, names
from .freetext import venues
from .models import Answer, Paper
from .models.answer import LONGEST_TURN
from .work import Work, one_line

MAX_BYTES = 5_000_000  # of an answer
MAX_LENGTH = 50_000  # characters of one value
MAX_AUTHORS = 500
MAX_DEPTH = 20  # of elements
TRIES = 3
BACK_OFF_SECONDS = 3  # doubled with each try
MAX_EXCHANGE = timedelta(seconds=45)  # within LONGEST_TURN
FAILURES_IN_A_ROW = 3  # after which a service is left alone
BUSY = frozenset([429, 500, 502, 503, 504])


class Unanswered(Exception):
    """A service was not asked or gave no answer to be read; the words say why."""


class Catalogue:
    """A service that is asked for the works of identifiers, politely.

    All threads and processes take turns at it, by the database (Answer.take_turn):
    no transaction may be open. ``until`` is when it has to be done with all it is
    asked. Only tests give an ``address``.
    """

    source = ""
    address = ""
    at_once = 1  # identifiers in one question
    seconds_between = 0.0
    timeout = urllib3.Timeout(connect=5, read=15)

    def __init__(self, until=None, address="", clock=timezone.now, sleep=time.sleep):
        self.until, self.clock, self.sleep = until, clock, sleep
        self.address = address or self.address
        self.failures = 0
        self.pool = urllib3.PoolManager(
            headers={"User-Agent": f"Proseminar ({_contact() or 'no contact given'})"},
            timeout=self.timeout,
            retries=False,
        )

    @property
    def name(self):
        return Answer.Source(self.source).label

    def works(self, wanted):
        """By identifier, the Works of those ``wanted`` that it knows.

        They are at most ``at_once``, normalised. Raises Unanswered.
        """
        if self.failures >= FAILURES_IN_A_ROW:
            raise Unanswered(_("not asked: it failed several times before"))
        try:
            works = self.find(wanted)
        except Unanswered:
            self.failures += 1
            raise
        self.failures = 0
        return works

    def find(self, wanted):
        raise NotImplementedError

    def ask(self, url, expected):
        """(status, body) of the answer, its status one of ``expected``."""
        for attempt in range(TRIES):
            self._wait_for_turn()
            pause = self.seconds_between
            try:
                status, headers, body = self._exchange(url)
                if status in expected:
                    return status, body
                problem = _("it answered with status %d") % status
                if status not in BUSY:
                    raise Unanswered(problem)
                pause = _pause(headers, attempt)
            except exceptions.HTTPError as error:
                problem = _problem(error)
                pause = _pause({}, attempt)
            finally:
                self._end_turn(pause)
            if pause > LONGEST_TURN.total_seconds():
                break
        raise Unanswered(problem)

    def _wait_for_turn(self):
        while True:
            now = self.clock()
            if self.until and now >= self.until:
                raise Unanswered(_("not asked: no time was left"))
            seconds = Answer.objects.take_turn(self.source, now)
            if not seconds:
                return
            self.sleep(min(seconds, 1))

    def _end_turn(self, pause):
        until = self.clock() + min(timedelta(seconds=pause), LONGEST_TURN)
        Answer.objects.end_turn(self.source, until)

    def _exchange(self, url):
        """Status, headers and body of one request. No redirect is followed: neither
        service has any."""
        end = self.clock() + MAX_EXCHANGE
        body = bytearray()
        with self.pool.request(
            "GET", url, redirect=False, preload_content=False, decode_content=False
        ) as response:
            # As much as has come, so that a slow body is noticed.
            while some := response.read1(65536):
                body += some
                if len(body) > MAX_BYTES:
                    raise Unanswered(_("its answer is too large"))
                if self.clock() > end:
                    raise Unanswered(_("its answer did not end in time"))
        return response.status, response.headers, bytes(body)


def _contact():
    """The e-mail address that a service may write to, or ""."""
    try:
        validate_email(settings.CONTACT)
    except ValidationError:
        return ""
    return f"mailto:{settings.CONTACT}"


def _pause(headers, attempt):
    """Seconds until the next try: what is asked for, but at least a back-off."""
    try:
        asked = urllib3.Retry().parse_retry_after(headers.get("Retry-After", "0"))
    except (exceptions.InvalidHeader, ValueError):
        asked = 0
    return max(asked, BACK_OFF_SECONDS * 2**attempt)


def _problem(error):
    if type(error) in (exceptions.ConnectTimeoutError, exceptions.ReadTimeoutError):
        return _("it did not answer in time")
    return _("it could not be reached (%s)") % type(error).__name__


# arXiv

ATOM = "{http://www.w3.org/2005/Atom}"
OWN = "{http://arxiv.org/schemas/atom}"
ERROR = re.compile(r"https?://arxiv\.org/api/errors")
SUBJECT = re.compile(r"[a-z-]+(?:\.[A-Za-z-]+)?")


class Arxiv(Catalogue):
    source = Answer.Source.ARXIV
    address = "https://export.arxiv.org/api/query"
    at_once = 50
    seconds_between = 3.0

    def find(self, wanted):
        query = urlencode({"id_list": ",".join(wanted), "max_results": len(wanted)})
        status, body = self.ask(f"{self.address}?{query}", {200, 400})
        works = read_feed(body) if status == 200 else None
        if works is not None:
            return {each: works[each] for each in wanted if each in works}
        if len(wanted) == 1:
            return {}
        # An id it does not like: it says nothing of the others then.
        middle = len(wanted) // 2
        return self.find(wanted[:middle]) | self.find(wanted[middle:])


def read_feed(body: bytes) -> dict[str, Work] | None:
    """By arXiv id, the works of an Atom feed; None if it tells of an error.

    Raises Unanswered if it is no feed.
    """
    parser = ElementTree.XMLParser(target=_Tree())  # noqa: S314
    try:
        parser.feed(body)
        feed = parser.close()
    except (ElementTree.ParseError, ValueError, LookupError):
        feed = None
    if feed is None or feed.tag != f"{ATOM}feed":
        raise Unanswered(_("its answer is no Atom feed"))
    works = {}
    for entry in feed.findall(f"{ATOM}entry"):
        address = _said(entry, f"{ATOM}id")
        if ERROR.match(address):
            return None
        arxiv_id = identifiers.arxiv_id(address)
        if arxiv_id:
            works[arxiv_id] = _of_entry(entry, arxiv_id)
    return works


class _Tree(ElementTree.TreeBuilder):
    """Refuses what no answer needs: entities of its own, and depth."""

    depth = 0

    def doctype(self, *args):
        raise ValueError("It has a DOCTYPE.")

    def start(self, tag, attributes):
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise ValueError("It is too deep.")
        return super().start(tag, attributes)

    def end(self, tag):
        self.depth -= 1
        return super().end(tag)


def _of_entry(entry, arxiv_id):
    journal = _said(entry, f"{OWN}journal_ref")
    venue = venues.name(journal)
    years = [year for _start, _end, year in venues.years(journal)]
    published = re.match(r"[12]\d{3}", _said(entry, f"{ATOM}published"))
    subject = entry.find(f"{OWN}primary_category")
    subject = "" if subject is None else subject.get("term", "")
    authors = [_said(each, f"{ATOM}name") for each in entry.findall(f"{ATOM}author")]
    kind = Paper.Kind.PREPRINT
    if venue:
        is_meeting = citing.MEETING.search(venue.lower())
        kind = Paper.Kind.CONFERENCE if is_meeting else Paper.Kind.ARTICLE
    work = Work(
        title=_words(_said(entry, f"{ATOM}title")),
        # Some lists have a name ":" after that of a collaboration.
        authors=[_family_first(name) for name in authors if names.fold(name)],
        year=years[-1] if years else published and int(published[0]),
        venue=venue,
        arxiv_id=arxiv_id,
        doi=identifiers.doi(_said(entry, f"{OWN}doi")),
        kind=str(kind),
        abstract=_words(_said(entry, f"{ATOM}summary")),
        other_fields={"primaryclass": subject} if SUBJECT.fullmatch(subject) else {},
    )
    return _fitting(work)


def _said(element, name):
    return one_line((element.findtext(name) or "")[:MAX_LENGTH])


def _words(said):
    return latex.plain(latex.decode(said))


def _family_first(name):
    name = _words(name)
    return name if names.GROUP.search(name) else names.family_first(name)


# Crossref

CSL_TYPES = {
    "book": "book",
    "book-chapter": "chapter",
    "book-part": "chapter",
    "book-section": "chapter",
    "dataset": "dataset",
    "dissertation": "thesis",
    "edited-book": "book",
    "journal-article": "article-journal",
    "monograph": "book",
    "posted-content": "article",
    "proceedings-article": "paper-conference",
    "reference-book": "book",
    "reference-entry": "chapter",
    "report": "report",
    "report-component": "report",
}
DATES = ("published-print", "published-online", "published", "issued")
# Tags of HTML, JATS and MathML that publishers leave in; all others mean themselves.
MARKUP = re.compile(
    r"</?(?:(?P<block>(?:jats:)?(?:p|title|sec|list|list-item|br))|(?:jats|mml):[\w-]+"
    r"|i|b|em|strong|u|tt|sub|sup|sc|scp|span|italic|bold)(?:\s[^<>]*)?/?>",
    re.IGNORECASE,
)
HEADING = re.compile(r"<jats:title>\s*(?:abstract|summary)\s*</jats:title>", re.I)
# A formula in several languages: of these, TeX.
ALTERNATIVES = re.compile(r"<jats:alternatives>(.*?)</jats:alternatives>", re.S)
TEX = re.compile(r"<jats:tex-math[^<>]*>(.*?)</jats:tex-math>", re.S)
TEX_DOCUMENT = re.compile(r"\\begin\{document\}(.*?)\\end\{document\}", re.S)


class Crossref(Catalogue):
    source = Answer.Source.CROSSREF
    address = "https://api.crossref.org/works"
    seconds_between = 0.2

    def find(self, wanted):
        if not _contact():
            raise Unanswered(
                _("not asked: it wants an e-mail address, set DJANGO_CONTACT to one")
            )
        [doi] = wanted
        url = f"{self.address}/{quote(doi, safe='')}"
        query = urlencode({"mailto": settings.CONTACT})
        status, body = self.ask(f"{url}?{query}", {200, 404})
        return {doi: read_message(body, doi)} if status == 200 else {}


def read_message(body: bytes, doi: str) -> Work:
    """The work of Crossref's answer; Unanswered if it is none, or not of ``doi``."""
    try:
        message = json.loads(body)["message"]
        found = message["DOI"]
    except (ValueError, RecursionError, LookupError, TypeError):
        raise Unanswered(_("its answer is not what it documents")) from None
    if identifiers.doi(_text(found)) != doi:
        raise Unanswered(_("it answered for another DOI"))
    works, _problems = csl.loads(json.dumps([_csl_item(message)]))
    if not works:
        raise Unanswered(_("its answer is not what it documents"))
    return _fitting(works[0])


def _csl_item(message):
    """What CSL-JSON calls it: Crossref has lists where that has texts, types of its
    own, and markup."""
    title, subtitle = _text(message.get("title")), _text(message.get("subtitle"))
    if subtitle and names.fold(subtitle) not in names.fold(title):
        title = f"{title}: {subtitle}"
    dates = (message.get(name) for name in DATES)
    return {
        "type": CSL_TYPES.get(_text(message.get("type")), "document"),
        "title": title,
        "author": _people(message.get("author")),
        "editor": _people(message.get("editor")),
        "issued": next(filter(None, map(_date, dates)), None),
        "container-title": _text(message.get("container-title")),
        "page": _text(message.get("page")) or _text(message.get("article-number")),
        "edition": _text(message.get("edition-number")),
        **{
            name: _text(message.get(name))
            for name in ("volume", "issue", "publisher", "DOI", "abstract")
        },
        **{name: _text(message.get(name)) for name in ("ISBN", "ISSN", "language")},
    }


def _text(value):
    """The words of a text, or of the first in a list; "" of anything else."""
    if isinstance(value, list) and value:
        value = value[0]
    if not isinstance(value, str):
        return ""
    value = ALTERNATIVES.sub(_in_tex, HEADING.sub("", value[:MAX_LENGTH]))
    value = MARKUP.sub(_between, value)
    return one_line(MARKUP.sub(_between, unescape(unescape(value))))


def _between(tag):
    return " " if tag["block"] else ""


def _in_tex(alternatives):
    found = TEX.search(alternatives[1])
    if not found:
        return alternatives[1]
    document = TEX_DOCUMENT.search(found[1])
    return f"${(document or found)[1].strip(' $')}$"


def _people(found):
    """CSL's names: Crossref calls an organisation's "name"."""
    return [
        {
            "family": _text(each.get("family")),
            "given": _text(each.get("given")),
            "suffix": _text(each.get("suffix")),
            "literal": _text(each.get("name")),
        }
        for each in (found if isinstance(found, list) else [])
        if isinstance(each, dict)
    ]


def _date(value):
    """CSL's date with the year, month and day that are numbers; None without any."""
    try:
        parts = value["date-parts"][0][:3]
    except (LookupError, TypeError):
        return None
    parts = [part for part in parts if type(part) is int]
    return {"date-parts": [parts]} if parts else None


def _fitting(work):
    """``work`` as far as a Paper has room for it."""
    values = {"authors": work.authors[:MAX_AUTHORS]}
    for field in Paper._meta.concrete_fields:
        value, room = getattr(work, field.name, None), field.max_length or MAX_LENGTH
        if isinstance(value, str) and len(value) > room:
            is_whole_or_nothing = field.name in citing.WHOLE
            values[field.name] = "" if is_whole_or_nothing else value[:room]
    has_more = work.has_more_authors or len(work.authors) > MAX_AUTHORS
    return replace(work, has_more_authors=has_more, **values)
