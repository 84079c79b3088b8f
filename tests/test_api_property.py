"""Random courses, roles and rows: whoever reads gets by the API what pages tell them,
no more and no less."""

import re
from urllib.parse import urlsplit

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.cache import caches
from django.db import transaction
from django.test import Client, override_settings
from django.urls import reverse
from hypothesis import HealthCheck, Phase, example, given, note, settings
from hypothesis import strategies as st

from courses.models import Person, User
from projects.models import Delivery
from references.models import Paper
from tests import factories as make
from tests.logins import log_in
from tests.reading import HERE, answer
from tests.test_api import NO_LIMIT, lists
from tests.worlds import COURSES, SIGN, World, make_course, pages

ROOT = f"{HERE}api/v1/"
ADDRESS = re.compile(r"\w@\w")  # of e-mail
PRIVATE = {
    *("enrolments/", "teams/", "deliveries/", "submissions/"),
    *("extensions/", "grades/"),
}
READERS = ["stranger", "person", "limited", "superuser", "limited superuser"]
MIXED = {
    "status": "public",
    "visibilities": ["members", "public", "staff", "members", "public", "public"],
    "is_out": False,
    "gallery": "public",
    "publication": "withdrawn",
    "part": "student",
    "work": "own",
    "is_released": False,
}


class Reader:
    """Someone with what pages of the site, screens of staff and answers of the API told
    them: where, by sign. ``opened`` are the rows that had answers of their own."""

    def __init__(self, world, user=None, courses=()):
        self.world, self.user = world, user
        self.client = Client()
        self.known = AnonymousUser()
        self.site, self.screens, self.answers = {}, {}, {}
        self.looked, self.opened = {}, set()
        if user:
            log_in(self.client, user)
            user.read_by = make.make_token(user, courses).clear
            self.known = User.objects.get(pk=user.pk)
            if courses:
                self.known.only_courses = {course.pk for course in courses}

    def look(self, address, told):
        """Note in ``told`` what the page at ``address`` tells; return its status."""
        if address not in self.looked:
            response = self.client.get(address)
            self.looked[address] = response.status_code
            if response.status_code == 200:
                text = b"".join(response).decode(errors="ignore")
                tell(text.replace(address, ""), address, told)
        return self.looked[address]

    def ask(self, address, **query):
        """The answer at ``address``, in which nothing is that nobody may be told."""
        response = answer(address, self.user, **query)
        text = f"{response.headers} {response.content.decode()}"
        assert not ADDRESS.search(text), (address, query)
        assert not {*SIGN.findall(text)} & self.world.private, (address, query)
        if response.status_code == 200:
            tell(text, address, self.answers)
        return response

    def whole(self, path, **query):
        """The rows of all pages of a list."""
        address, found = path, []
        while address:
            response = self.ask(address, **query)
            if response.status_code == 401:
                assert self.user is None, path
                return []
            assert response.status_code == 200, (address, response.json())
            found += response.json()["results"]
            address = (response.json()["next"] or "").removeprefix(ROOT)
            query = {}
        return found


def tell(text, address, told):
    for sign in SIGN.findall(text):
        told.setdefault(sign, address)


def read_all(reader):
    """Read every list and every row by the API, and the page that each row names."""
    for path, view in lists():
        model, serializer = view.queryset.model, view.serializer_class()
        nested = {"expand": ",".join(view.expansions)} if view.expansions else {}
        listed = model.objects.listed_for(reader.known).values_list("pk", flat=True)
        rows = reader.whole(path, page_size=7, **nested)
        assert sorted(row["id"] for row in rows) == sorted(listed), path
        visible = {*model.objects.visible_to(reader.known)}
        refused = 401 if path in PRIVATE and not reader.user else 404
        for row in model._base_manager.order_by("pk"):
            address = f"{serializer.path(row)}/"
            response = reader.ask(address, **nested)
            expected = 200 if row in visible else refused
            assert response.status_code == expected, (address, response.content)
            if row in visible:
                reader.opened.add(row)
                if page := response.json()["html_url"]:
                    page = urlsplit(page).path
                    assert reader.look(page, reader.screens) == 200, (address, page)
        assert reader.ask(path, nothing="x").status_code in (400, 401)
        if "search" in view.filterset_class.base_filters:
            for sign in (min(reader.world.private), min(reader.world.secrets)):
                assert reader.whole(path, search=sign) == [], path
    found = reader.whole("search/", q="qx")
    assert {row["id"] for row in found} == {*Paper.objects.values_list("pk", flat=True)}


@pytest.mark.django_db
@override_settings(API_RATES=NO_LIMIT)
@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    max_examples=settings().max_examples // 20,
    phases=set(Phase) - {Phase.explain},  # which takes minutes more
)
@example(plans=[MIXED], who="stranger")
@example(plans=[MIXED], who="person")
@example(plans=[MIXED | {"status": "draft"}], who="person")
@given(plans=st.lists(COURSES, min_size=1, max_size=2), who=st.sampled_from(READERS))
def test_the_api_tells_what_pages_tell_property(plans, who):
    caches["kept"].clear()  # the revisions of what was rolled back come again
    with transaction.atomic():
        note(f"{who} reads {plans}")  # in whatever way Hypothesis prints it
        compare(plans, who)
        transaction.set_rollback(True)


def compare(plans, who):
    world = World()
    user = make.make_user("reader@example.org", is_superuser="superuser" in who)
    person = make.make_person("Reader", user=user, slug="reader")
    course = make_course(world, plans[0], person)
    within = {*world.signs}
    for plan in plans[1:]:
        make_course(world, plan, person)
    reader, stranger = Reader(world, user), Reader(world)
    if who == "stranger":
        reader = stranger
    elif "limited" in who:
        reader = Reader(world, user, [course])
    for address in (each for each in pages() if "/files/" not in each):
        reader.look(address, reader.site)
        if "limited" in who:
            stranger.look(address, stranger.site)
    reader.look(reverse("admin:courses_enrolment_changelist"), reader.screens)
    read_all(reader)
    site, shown = reader.site, reader.site | reader.screens
    if "limited" in who:
        site = {s: site[s] for s in site if s in within} | {
            s: stranger.site[s] for s in stranger.site if s not in within
        }
        shown = {s: shown[s] for s in shown if s in within} | site
    # Receipts name for ever what they are of: who left may not open that again.
    teams = [row.team for row in reader.opened if isinstance(row, Delivery)]
    kept = {team.assignment for team in teams} | {team.course for team in teams}
    kept -= reader.opened
    site = {sign: site[sign] for sign in site if world.signs[sign] not in kept}
    assert named(world, site, reader.answers) == {}
    assert named(world, reader.answers, shown) == {}
    # Staff are told the names of students, who have no page.
    kinds = tuple({view.queryset.model for _path, view in lists()} - {Person})
    told = {world.signs[sign] for sign in site}
    assert {row for row in told if isinstance(row, kinds)} <= reader.opened


def named(world, told, elsewhere):
    """The rows that are told, and where, but not elsewhere."""
    return {
        f"{world.signs[sign]._meta.label} {sign}": address
        for sign, address in told.items()
        if sign not in elsewhere
    }


def test_no_example_has_an_address(client, db):
    assert not ADDRESS.search(client.get("/api/v1/schema/").text)
