"""A browser, and a site to look at: one of each for the tests of a module."""

import os
import shutil

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.core.management import call_command
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import sync_playwright
from pytest_django.live_server_helper import LiveServer

from courses.models import ImportRecord
from references.models import Author, Paper
from tests.browser.term import make_running_course, make_unwieldy_course
from tests.factories import (
    make_enrolment,
    make_instructor,
    make_superuser,
    make_user,
)
from tests.logins import prove_address

DESK = {"width": 1280, "height": 900}


@pytest.fixture(scope="session")
def chromium_path():
    """Where the browser is; in CI a missing one is a failure."""
    if not (path := shutil.which("chromium")):
        if os.environ.get("CI"):
            pytest.fail("chromium is not installed: apt-get install chromium")
        pytest.skip("needs chromium")
    return path


@pytest.fixture(scope="module")
def chromium(site, chromium_path):
    """The running browser. It comes after the site and goes before it: Playwright
    keeps an event loop in this thread, and Django then has other connections."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium_path, args=["--no-sandbox"]
        )
        yield browser
        browser.close()


@pytest.fixture
def new_page(chromium):
    """A function: an empty page in a window of its own, 1280 wide and light;
    ``page.complaints`` are the errors that its console tells of, breaches of the
    content-security policy among them."""
    contexts = []

    def new_page():
        context = chromium.new_context(viewport=DESK, color_scheme="light")
        contexts.append(context)
        page = context.new_page()
        page.complaints = []

        def complain(words):
            page.complaints.append(f"{page.url}: {words}")

        page.on("console", lambda said: said.type == "error" and complain(said.text))
        page.on("pageerror", complain)
        return page

    yield new_page
    for context in contexts:
        context.close()


@pytest.fixture
def page(new_page):
    return new_page()


@pytest.fixture(scope="module")
def db(test_settings, django_db_setup, django_db_blocker):
    """The database as all tests of a module fill it, emptied after the last."""
    with django_db_blocker.unblock():
        yield
        call_command("flush", verbosity=0, interactive=False)


@pytest.fixture(scope="module")
def site(chromium_path, db):
    """A served site with a course in its term: ``site.pages`` by their kind.

    Tests reach its rows through the browser alone.
    """
    server = LiveServer("localhost")
    server._live_server_modified_settings.enable()
    try:
        yield Site(server.url)
    finally:
        server.stop()
        server._live_server_modified_settings.disable()


def too_wide(page):
    """What sticks out of the page to the right."""
    return page.evaluate("""() => {
      const width = document.documentElement.clientWidth;
      if (document.documentElement.scrollWidth <= width) return [];
      return [...document.querySelectorAll("body *")]
        .filter(each => each.getBoundingClientRect().right > width + 1)
        .map(each => each.outerHTML.slice(0, 100));
    }""")


class Site:
    def __init__(self, url):
        self.url = url
        self.course = course = make_running_course(timezone.now())
        self.superuser = make_superuser("root@example.org")
        make_user("stu@example.org")
        make_user("new@example.org")
        self.instructor = prove_address(make_instructor(course))
        self.session = session = course.sessions.get(number="04")
        make_enrolment(course)
        ImportRecord.objects.create(course=course, source_key="course", row=course)
        talk = session.talks.first()
        gallery = course.galleries.get()
        paths = {
            "home": reverse("home"),
            "course": course.get_absolute_url(),
            "session": course.sessions.get(number="05").get_absolute_url(),
            "seminar": session.get_absolute_url(),
            "talk": talk.get_absolute_url(),
            "talk form": reverse("courses:talk_form", args=["token"]),
            "closed talk form": reverse("courses:talk_form", args=["guessed"]),
            "speaker": talk.speakers.get().get_absolute_url(),
            "lecturer": course.roles.first().person.get_absolute_url(),
            "reading list": reverse("courses:reading_list", args=[course.slug]),
            "gallery": reverse("projects:gallery_list", args=[course.slug]),
            "project": gallery.publications.first().get_absolute_url(),
            "papers": reverse("references:paper_list"),
            "paper": Paper.objects.first().get_absolute_url(),
            "author": Author.objects.first().get_absolute_url(),
            "log-in": reverse("account_login"),
            "password": reverse("account_login_by_password"),
            "privacy": reverse("privacy"),
            "API": reverse("api"),
            "all of the API": reverse("api-docs"),
            "sessions in the API": reverse("api-chapter", args=["sessions"]),
            "missing": "/nothing/here/",
        }
        self.pages = {name: url + path for name, path in paths.items()}
        unwieldy = make_unwieldy_course(timezone.now())
        self.person_elsewhere = unwieldy[3]
        course, *_ = paths = [row.get_absolute_url() for row in unwieldy]
        lists = ["readings/", "projects/"]
        self.unwieldy = [url + path for path in paths + [course + end for end in lists]]


@pytest.fixture
def staff(site, page):
    """The page of a superuser who logged in as people do."""
    return log_in(site, page, site.superuser)


def log_in(site, page, user):
    """``page`` in the administration, as ``user``."""
    page.goto(f"{site.pages['password']}?next=/admin/")
    page.get_by_label("E-mail address").fill(user.email)
    page.get_by_label("Password").fill("password")
    page.get_by_role("button", name="Log in").click()
    page.wait_for_url(f"{site.url}/admin/")
    return page


@pytest.fixture(scope="session")
def violations():
    """A function: what axe finds on a page, as {rule: [selectors]}."""
    axe = Axe()

    def find(page):
        found = axe.run(page).response["violations"]
        return {
            rule["id"]: [node["target"] for node in rule["nodes"]] for rule in found
        }

    return find
