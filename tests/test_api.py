"""What holds for every list of the API: new ones join by being in config/api.py."""

import re
from datetime import UTC, date, datetime

from django.contrib.auth.models import AnonymousUser
from django.db import connection
from django.test import TestCase, override_settings
from django.test.utils import CaptureQueriesContext
from django.urls import get_resolver

from courses.access import Status, Visibility
from courses.models import CourseRole, Enrolment
from references.rest.rows import RowViewSet
from tests import factories as make
from tests.reading import answer, rows

NO_LIMIT = {"anonymous": 10**9, "read": 10**9, "write": 10**9}
FUTURE = datetime(2999, 1, 1, tzinfo=UTC)
SECRETS = re.compile(r"secret|2077\d{4}|@[a-z]", re.IGNORECASE)


def lists():
    """(path, view) of each list of rows, by path."""
    found = {}
    for pattern in patterns(get_resolver("config.api")):
        view = getattr(pattern.callback, "cls", None)
        actions = getattr(pattern.callback, "actions", {})
        is_rows = view and issubclass(view, RowViewSet)
        if is_rows and actions.get("get") == "list":
            path = str(pattern.pattern).strip("^$")
            if path.endswith("/"):  # another has the ending of a format
                found[path] = view
    return sorted(found.items())


def patterns(resolver):
    for each in resolver.url_patterns:
        yield from patterns(each) if hasattr(each, "url_patterns") else [each]


def fill(number, **fields):
    """A course with one or two of each row that the API shows."""
    course = make.make_course(
        slug=f"c{number}", starts_on=date(2025, 9, 1), time_zone="UTC", **fields
    )
    author = make.make_author(slug=f"a{number}")
    user = make.make_user(f"secret-{number}@example.org")
    person = make.make_person(
        slug=f"p{number}",
        author=author,
        user=user,
        email=f"secret-{number}@example.org",
        photo=make.make_file(name="photo.png"),
    )
    paper = make.make_paper([author], key=f"k{number}")
    make.make_paper_alias(paper, key=f"Alias{number}")
    make.make_paper_link(paper)
    make.make_course_role(course, person, role=CourseRole.Role.ORGANISER)
    make.make_section(course)
    make.make_meeting(course, stream_url="https://secret.example.org/")
    make.make_holiday(course)
    make.make_announcement(course)
    make.make_enrolment(
        course,
        make.make_person(slug=f"s{number}", email=f"secret-s{number}@example.org"),
        student_number=f"2077{number:04}",
    )
    assignment = make.make_assignment(course)
    session = make.make_session(
        course, date=date(2025, 9, 3), stream_url="https://secret.example.org/"
    )
    make.make_session_role(session, person)
    talk = make.make_talk(session, person)
    gallery = make.make_gallery(course)
    publication = make.make_publication(gallery)
    make.make_published_link(publication)
    slot, team, _user = make.make_handing_in(course)
    make.make_submission(slot, team)
    make.make_extension(team)
    make.make_grade(team)
    for owner in (course, session, talk, assignment):
        make.make_material(owner, file=make.make_file())
        make.make_reading(owner, paper=paper)
    return course


@override_settings(API_RATES=NO_LIMIT)
class CostTests(TestCase):
    def test_each_list_costs_as_many_queries_at_50_rows_as_at_3(self):
        user = make.make_superuser()
        rows("courses/", user)  # the first notes that the token is in use
        costs = {}
        for numbers in (range(3), range(3, 50)):
            for number in numbers:
                fill(number)
            for path, view in lists():
                for names in {"", ",".join(view.expansions)}:
                    query = {"expand": names} if names else {}
                    with self.subTest(path=path, rows=numbers.stop, **query):
                        with CaptureQueriesContext(connection) as queries:
                            found = rows(path, user, page_size=200, **query)
                        self.assertGreaterEqual(len(found), numbers.stop)
                        self.assertLessEqual(len(queries), 8)
                        cost = costs.setdefault((path, names), len(queries))
                        self.assertEqual(len(queries), cost)


@override_settings(API_RATES=NO_LIMIT)
class EveryListTests(TestCase):
    """As a superuser, who sees most."""

    @classmethod
    def setUpTestData(cls):
        cls.user = make.make_superuser()
        for number in range(3):
            fill(number)

    def assert_refused(self, response, field, *words):
        self.assertEqual(response.status_code, 400)
        self.assertEqual(response["Content-Type"], "application/problem+json")
        [error] = response.json()["errors"]
        self.assertEqual(error["field"], field)
        for word in words:
            self.assertIn(word, error["detail"])

    def test_what_is_unknown_is_named_with_what_is_known(self):
        for path, view in lists():
            with self.subTest(path=path):
                known = {*view.filterset_class.base_filters, "page", "ordering"}
                response = answer(path, self.user, nothing="x")
                self.assert_refused(response, "nothing", *known)
                response = answer(path, self.user, fields="id,nothing")
                self.assert_refused(response, "fields", "nothing", "url")
                response = answer(path, self.user, expand="nothing")
                self.assert_refused(response, "expand", "nothing", *view.expansions)
                response = answer(path, self.user, ordering="-nothing")
                self.assert_refused(response, "ordering", "nothing", *view.orderings)
                names = [each.format for each in view.renderer_classes]
                known = names if len(names) > 1 else ["no such parameter"]
                response = answer(path, self.user, format="xml")
                self.assert_refused(response, "format", *known)

    def test_each_format_leads_to_the_next_page(self):
        query = {"page_size": "1", "ordering": "year"}
        for name in ("json", "bib", "ris", "csl"):
            response = answer("papers/", self.user, page="2", format=name, **query)
            links = re.findall(r'<([^>]+)>; rel="(\w+)"', response["Link"])
            self.assertEqual([rel for _link, rel in links], ["next", "previous"])
            self.assertIn(f"format={name}", links[0][0])
            self.assertIn("page=3", links[0][0])
        self.assertNotIn("Link", answer("papers/", self.user, page_size="200"))

    def test_rows_have_their_addresses(self):
        for path, _view in lists():
            for row in rows(path, self.user):
                with self.subTest(path=path, id=row["id"]):
                    own = row["url"].removeprefix("http://testserver/api/v1/")
                    self.assertEqual(answer(own, self.user).json(), row)
                    self.assertTrue(row["html_url"].startswith("http://testserver/"))

    def test_order_is_total_and_pages_keep_what_was_asked(self):
        for path, view in lists():
            for order in (
                "",
                *view.orderings,
                *(f"-{each}" for each in view.orderings),
            ):
                query = {"ordering": order} if order else {}
                with self.subTest(path=path, **query):
                    whole = rows(path, self.user, **query)
                    parts, page = [], answer(path, self.user, page_size=5, **query)
                    while True:
                        page = page.json()
                        parts += page["results"]
                        if page["next"] is None:
                            break
                        if order:
                            self.assertIn(f"ordering={order}", page["next"])
                        own = page["next"].removeprefix("http://testserver/api/v1/")
                        page = answer(own, self.user)
                    self.assertEqual(parts, whole)
                    self.assertEqual(page["count"], len(whole))

    def test_each_field_can_be_asked_for_alone(self):
        for path, view in lists():
            for field in view.serializer_class().fields:
                with self.subTest(path=path, field=field):
                    found = rows(path, self.user, fields=field)
                    self.assertEqual({*map(tuple, found)}, {(field,)})

    def test_fields_are_those_asked_for(self):
        for path, _view in lists():
            with self.subTest(path=path):
                for row in rows(path, self.user, fields="url,id"):
                    self.assertEqual(row.keys(), {"url", "id"})

    def test_no_answer_has_addresses_of_people_or_student_numbers(self):
        readers = [None, self.user, make.make_instructor(make.make_course())]
        for user in readers:
            for path, view in lists():
                names = ",".join(view.expansions)
                query = {"expand": names} if names else {}
                with self.subTest(path=path, user=user):
                    body = answer(path, user, **query).content.decode()
                    self.assertEqual(SECRETS.findall(body), [])


@override_settings(API_RATES=NO_LIMIT)
class WhoSeesWhatTests(TestCase):
    """Lists have exactly what is listed for their reader, addresses what is visible."""

    @classmethod
    def setUpTestData(cls):
        cls.courses = [
            fill(number, status=status) for number, status in enumerate(Status.values)
        ]
        for course in cls.courses:
            for visibility in Visibility.values:
                session = make.make_session(course, visibility=visibility)
                make.make_session_role(session)
                for narrower in Visibility.values:
                    talk = make.make_talk(session, visibility=narrower)
                    make.make_appearance(talk)
                    make.make_material(talk, visibility=narrower)
                    make.make_reading(talk)
            make.make_announcement(course, published_at=FUTURE)
            late = make.make_assignment(course, opens_at=FUTURE)
            make.make_material(late)
            make.make_reading(late)
        cls.readers = [AnonymousUser(), make.make_superuser()]
        for course in cls.courses:
            cls.readers += [
                make.make_student(course),
                make.make_student(course, status=Enrolment.Status.DROPPED),
                make.make_assistant(course),
                make.make_instructor(course),
            ]

    def test_lists(self):
        for path, view in lists():
            for user in self.readers:
                with self.subTest(path=path, user=str(user)):
                    logged_in = user if user.is_authenticated else None
                    response = answer(path, logged_in, page_size=200)
                    if response.status_code == 401:
                        self.assertIsNone(logged_in)
                        continue
                    found = [row["id"] for row in response.json()["results"]]
                    listed = view.queryset.model.objects.listed_for(user)
                    expected = listed.values_list("pk", flat=True)
                    self.assertCountEqual(found, expected)

    def test_addresses(self):
        for path, view in lists():
            model, serializer = view.queryset.model, view.serializer_class()
            every = model._base_manager.order_by("pk")[::4]  # for time
            pks = {row.pk for row in every}
            for user in (self.readers[0], self.readers[-4], self.readers[-2]):
                visible = set(
                    model.objects.visible_to(user).values_list("pk", flat=True)
                )
                logged_in = user if user.is_authenticated else None
                found = {
                    row.pk
                    for row in every
                    if answer(f"{serializer.path(row)}/", logged_in).status_code == 200
                }
                with self.subTest(path=path, user=str(user)):
                    self.assertEqual(found, visible & pks)
