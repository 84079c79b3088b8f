"""Whatever a public page of a real course says, the API says as well."""

import html
import re
from datetime import datetime
from urllib.parse import unquote, urldefrag, urljoin, urlsplit

import pytest
from django.core.cache import caches
from django.core.management import call_command
from django.test import Client
from selectolax.lexbor import LexborHTMLParser

from courses.access import Status
from courses.models import Course

ROOT = "http://testserver"
LISTS = (
    *("courses", "sessions", "talks", "people", "materials", "readings", "papers"),
    *("authors", "announcements", "assignments", "galleries", "projects"),
)
# Pages that list rows, or show them as files or in another order: no row's own.
LISTING = re.compile(
    r"/|/papers/|/privacy/|/api/.*|/accounts/.*|/courses/[^/]+/(readings|projects)/"
    r"|/(papers|courses)/.*\.(bib|ris|json)"
)
FORMULA = re.compile(r"\$[^$]*\$")


@pytest.fixture
def site(shared, db):
    """A visitor of the site that the real course page was imported into."""
    page = shared / "data" / "pages" / "deeplearning-2020-fall.html"
    call_command("import_page", page, "--course", "deep-learning", verbosity=0)
    Course.objects.update(status=Status.PUBLIC)
    caches["kept"].clear()
    return Client()


def answers(visitor):
    """Every value of every row, and every parsed text of those that are HTML."""
    for name in LISTS:
        address = f"/api/v1/{name}/?page_size=200"
        while address:
            answer = visitor.get(address).json()
            for row in answer["results"]:
                yield from values(row)
            address = (answer["next"] or "").removeprefix(ROOT)


def values(value):
    if isinstance(value, dict):
        for each in value.values():
            yield from values(each)
    elif isinstance(value, list):
        for each in value:
            yield from values(each)
    elif value not in (None, ""):
        yield str(value)


def plain(text):
    """The words of a text: no formulas, whatever white space and quotes."""
    return " ".join(FORMULA.sub(" ", text).split()).casefold()


def text_of(node):
    """What stands in ``node``, without formulas."""
    for formula in node.css("math"):
        formula.replace_with(" ")
    return plain(node.text())


class Told:
    """All that the API tells."""

    def __init__(self, visitor):
        found = set(answers(visitor))
        parsed = [LexborHTMLParser(each) for each in found if "<" in each]
        links = (node.attributes["href"] for each in parsed for node in each.css("a"))
        self.addresses = {unquote(each) for each in {*found, *links} if "/" in each}
        texts = {plain(each) for each in found}
        texts |= {text_of(each.body) for each in parsed if each.body}
        for course in visitor.get("/api/v1/courses/").json()["results"]:
            name = f"{course['code']} {course['title']}".strip()
            texts |= {plain(name), plain(f"{name}, {course['term']}")}
        self.text = "\n".join(texts)
        self.instants = set(filter(None, map(instant, found)))


def instant(text):
    """The instant or day that a text is, or None."""
    try:
        value = datetime.fromisoformat(text)
    except ValueError:
        return None
    return value.timestamp() if value.tzinfo else text[:10]


def pages(visitor):
    """(address, its main part) of every page that links lead to, from the course on."""
    waiting, known = ["/courses/deep-learning/"], {"/courses/deep-learning/"}
    while waiting:
        address = waiting.pop()
        response = visitor.get(address)
        if not response["Content-Type"].startswith("text/html"):
            continue
        assert response.status_code == 200, address
        document = LexborHTMLParser(response.content.decode())
        [main] = document.css("main")
        yield address, main
        for node in main.css("a[href]"):
            to = urlsplit(urldefrag(urljoin(address, node.attributes["href"]))[0])
            own = not (to.netloc or to.query or to.path.startswith("/accounts/"))
            if own and to.path not in known:
                known.add(to.path)
                waiting.append(to.path)


def missing(told, address, main):
    """(kind, fact) for each of a page that the API does not tell."""
    for node in main.css("a[href]"):
        to = urljoin(ROOT + address, html.unescape(node.attributes["href"]))
        parts = urlsplit(to)
        if to.startswith(ROOT):
            whole = ROOT + parts.path
            is_own = parts.query or LISTING.fullmatch(parts.path)
            if not is_own and not any(
                each in told.addresses for each in (unquote(whole), unquote(to))
            ):
                yield "link", whole
        elif parts.scheme in ("http", "https") and unquote(to) not in told.addresses:
            yield "link", to
    for week in main.css("tr.week"):
        week.decompose()  # its first day follows from those of its sessions
    for node in main.css("time[datetime]"):
        moment = instant(node.attributes["datetime"])
        if moment and moment not in told.instants:
            yield "date", node.attributes["datetime"]
    for selector in (
        *(".title", "a[href^='/people/']", "a[href^='/authors/']", ".citation"),
        *(".prose p", ".prose li"),
        *([] if LISTING.fullmatch(address) else ["h1"]),
    ):
        for node in main.css(selector):
            fact = text_of(node)
            if fact and fact not in told.text:
                yield selector, fact


def test_every_fact_of_every_page_is_told(site):
    told = Told(site)
    walked, untold = 0, {}
    for address, main in pages(site):
        walked += 1
        for fact in missing(told, address, main):
            untold.setdefault(fact, address)
    assert walked > 200
    assert untold == {}
