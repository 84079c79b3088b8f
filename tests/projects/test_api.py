"""What programs get of what students do: the rows that pages show, and nothing else."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test import TestCase
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from rest_framework.test import APIClient

from projects.models import Gallery, Publication
from tests import factories as make

pytestmark = pytest.mark.both

FUTURE = datetime(2999, 1, 1, tzinfo=UTC)


def client_of(user=None):
    client = APIClient()
    if user:
        client.force_authenticate(user)
    return client


class Api(TestCase):
    """What programs of various people get."""

    def get(self, path, user=None, status=200, **query):
        response = client_of(user).get(f"/api/v1/{path}/", query)
        self.assertEqual(response.status_code, status, response.content[:500])
        return response.json()

    def rows(self, path, user=None, **query):
        return self.get(path, user, **query)["results"]

    def ids(self, path, user=None, **query):
        return [row["id"] for row in self.rows(path, user, **query)]

    def count_queries(self, path, user, add, most=8, **query):
        """The number of queries is the same for 3 and 50 rows, and at most ``most``."""
        counts = []
        for number in (3, 50):
            while len(self.rows(path, user, page_size=200)) < number:
                add()
            with self.subTest(path=path, rows=number, **query):
                with CaptureQueriesContext(connection) as asked:
                    self.assertGreaterEqual(len(self.rows(path, user, **query)), number)
                self.assertLessEqual(len(asked), most)
                counts.append(len(asked))
        self.assertEqual(len({*counts}), 1, counts)


def said(row, *names):
    """The times of ``row`` as the API writes them."""
    return {
        name: getattr(row, name).isoformat().replace("+00:00", "Z") for name in names
    }


class GalleryTests(Api):
    @classmethod
    def setUpTestData(cls):
        cls.course = make.make_course(slug="nets", title="Networks")
        cls.session = make.make_session(cls.course)
        cls.assignment = make.make_assignment(cls.course)
        cls.gallery = make.make_gallery(
            cls.course,
            session=cls.session,
            assignment=cls.assignment,
            intro="All *projects*.",
            attestation="They were on the old page.",
        )
        cls.project = make.make_publication(
            cls.gallery,
            ["FAN, Ganghua", make.make_person("Secret Name")],
            title="Fast <nets>",
            abstract="It is *fast*.",
            award="Best project",
        )
        cls.file = make.make_published_link(
            cls.project, kind="report", file=make.make_file(name="report.pdf")
        )
        make.make_published_link(
            cls.project, kind="source", label="Code", url="https://example.org/x"
        )
        make.make_published_link(cls.project, kind="video", printed_address="gone.mp4")
        cls.teacher = make.make_instructor(cls.course)
        cls.helper = make.make_assistant(cls.course)
        cls.elsewhere = make.make_instructor(make.make_course())
        cls.student = make.make_student(cls.course)
        cls.others = [None, cls.student, cls.elsewhere]

    def project_row(self, **changed):
        address = f"http://testserver{self.file.get_absolute_url()}"
        link = {"label": "", "format": "", "position": 0}
        self.project.refresh_from_db()
        return {
            "id": self.project.pk,
            "url": f"http://testserver/api/v1/projects/{self.project.pk}/",
            "html_url": "http://testserver/courses/nets/projects/project-1/1/",
            "course": "nets",
            "gallery": self.gallery.pk,
            "gallery_slug": "project-1",
            "number": 1,
            "title": "Fast <nets>",
            "heading": "Fast <nets>",
            "abstract": "It is *fast*.",
            "abstract_html": "<p>It is <em>fast</em>.</p>",
            "members": ["FAN, Ganghua", "a member"],
            "links": [
                link | {"kind": "report", "address": address},
                link
                | {
                    "kind": "source",
                    "label": "Code",
                    "address": "https://example.org/x",
                },
                link | {"kind": "video", "address": ""},
            ],
            "award": "Best project",
            "state": "published",
            "embargo_until": None,
            **said(self.project, "created_at", "updated_at"),
        } | changed

    def test_gives_galleries_with_their_projects(self):
        self.gallery.refresh_from_db()
        expected = {
            "id": self.gallery.pk,
            "url": f"http://testserver/api/v1/galleries/{self.gallery.pk}/",
            "html_url": "http://testserver/courses/nets/projects/#project-1",
            "course": "nets",
            "name": "Project 1",
            "slug": "project-1",
            "position": 0,
            "session": self.session.pk,
            "assignment": self.assignment.pk,
            "intro": "All *projects*.",
            "intro_html": "<p>All <em>projects</em>.</p>",
            "state": "public",
            "attestation": None,
            **said(self.gallery, "created_at", "updated_at"),
        }
        [row] = self.rows("galleries")
        self.assertEqual(row, expected)
        [row] = self.rows("galleries", expand="projects")
        self.assertEqual(row, expected | {"projects": [self.project_row()]})

    def test_gives_projects_as_their_page_shows_them(self):
        [row] = self.rows("projects")
        self.assertEqual(row, self.project_row())
        self.assertEqual(self.get(f"projects/{self.project.pk}"), row)

    def test_heads_a_project_without_a_title_by_members_or_team(self):
        named = make.make_publication(self.gallery, ["AU, Ka Yi"])
        nameless = make.make_publication(self.gallery)
        self.assertEqual(self.get(f"projects/{named.pk}")["heading"], "AU, Ka Yi")
        self.assertEqual(self.get(f"projects/{nameless.pk}")["heading"], "Team 3")

    def test_attestations_and_embargoes_are_for_staff(self):
        Publication.objects.update(embargo_until=datetime(2020, 1, 1, tzinfo=UTC))
        for user in (*self.others, self.teacher, self.helper):
            with self.subTest(user=user):
                [gallery] = self.rows("galleries", user)
                [project] = self.rows("projects", user)
                is_staff = user in (self.teacher, self.helper)
                self.assertEqual(bool(gallery["attestation"]), is_staff)
                self.assertEqual(bool(project["embargo_until"]), is_staff)

    def test_hides_at_once_what_is_withdrawn_or_not_yet_out(self):
        hidden = [{"state": "withdrawn"}, {"state": "draft"}]
        for fields in (*hidden, {"embargo_until": FUTURE}):
            self.assertEqual(len(self.rows("projects")), 1)
            Publication.objects.update(**fields)
            for user in self.others:
                with self.subTest(fields, user=user):
                    self.assertEqual(self.rows("projects", user), [])
                    self.get(f"projects/{self.project.pk}", user, 404)
                    [gallery] = self.rows("galleries", user, expand="projects")
                    self.assertEqual(gallery["projects"], [])
            self.assertEqual(len(self.rows("projects", self.helper)), 1)
            Publication.objects.update(state="published", embargo_until=None)

    def test_hides_galleries_that_are_drafts_or_of_hidden_sessions(self):
        for change in ({"state": "draft"}, {"session": self.hidden_session()}):
            Gallery.objects.update(**change)
            for user in self.others:
                with self.subTest(change, user=user):
                    self.assertEqual(self.rows("galleries", user), [])
                    self.get(f"galleries/{self.gallery.pk}", user, 404)
                    self.assertEqual(self.rows("projects", user), [])
            self.assertEqual(len(self.rows("galleries", self.helper)), 1)
            Gallery.objects.update(state="public", session=None)

    def hidden_session(self):
        return make.make_session(self.course, visibility="staff")

    def test_does_not_tell_of_an_assignment_that_is_not_out(self):
        self.assignment.opens_at = FUTURE
        self.assignment.save()
        for user, pk in ((None, None), (self.teacher, self.assignment.pk)):
            self.assertEqual(self.rows("galleries", user)[0]["assignment"], pk)

    def test_unlisted_courses_are_opened_but_not_listed(self):
        self.course.status = "unlisted"
        self.course.save()
        self.assertEqual(self.rows("projects"), [])
        self.assertEqual(self.rows("galleries"), [])
        self.get(f"projects/{self.project.pk}")
        self.get(f"galleries/{self.gallery.pk}")

    def test_no_copy_is_kept(self):
        for path in ("projects", "galleries", f"projects/{self.project.pk}"):
            response = client_of().get(f"/api/v1/{path}/")
            self.assertEqual(response["Cache-Control"], "private, no-cache")

    def test_filters(self):
        other = make.make_publication(make.make_gallery(), title="Slow")
        for query, found in (
            ({"course": "nets"}, [self.project.pk]),
            ({"gallery": other.gallery_id}, [other.pk]),
            ({"has_award": "true"}, [self.project.pk]),
            ({"has_award": "false"}, [other.pk]),
            ({"search": "slow"}, [other.pk]),
            ({"state": "draft"}, []),
        ):
            with self.subTest(query):
                self.assertEqual(self.ids("projects", **query), found)
        self.assertEqual(self.ids("galleries", course="nets"), [self.gallery.pk])
        self.assertEqual(
            self.ids("galleries", session=self.session.pk), [self.gallery.pk]
        )
        self.assertEqual(self.ids("galleries", search="nothing"), [])
        self.get("galleries", status=400, knd="x")

    def test_what_came_out_since_is_told(self):
        Publication.objects.update(embargo_until=timezone.now() - timedelta(hours=1))
        Publication.objects.filter(pk=self.project.pk).update(title="Fast")
        before = (timezone.now() - timedelta(hours=2)).isoformat()
        self.assertEqual(self.ids("projects", updated_after=before), [self.project.pk])

    def test_asks_few_queries(self):
        def add_project():
            project = make.make_publication(self.gallery, ["AU, Ka Yi"])
            make.make_published_link(project)

        def add_gallery():
            make.make_published_link(
                make.make_publication(make.make_gallery(self.course), ["AU, Ka Yi"])
            )

        self.count_queries("projects", None, add_project)
        self.count_queries("projects", self.teacher, add_project)
        self.count_queries("galleries", None, add_gallery)
        self.count_queries("galleries", self.teacher, add_gallery, expand="projects")


class PresentationTests(Api):
    def test_sessions_have_who_presents(self):
        session = make.make_session()
        named = make.make_presentation(session, title="Nets", position=1)
        team = make.make_team(session.course, ["CHAN, Tai Man"], name="Swift")
        unnamed = make.make_presentation(session, team=team, members=[], position=2)
        [row] = self.rows("sessions", expand="presentations")
        self.assertEqual(
            row["presentations"],
            [
                {
                    "id": named.pk,
                    "position": 1,
                    "title": "Nets",
                    "members": ["FAN, Ganghua"],
                    "team": "",
                },
                {
                    "id": unnamed.pk,
                    "position": 2,
                    "title": "",
                    "members": [],
                    "team": "Swift",
                },
            ],
        )

    def test_asks_one_query_more(self):
        session = make.make_session()

        def add():
            make.make_presentation(make.make_session(session.course))

        self.count_queries("sessions", None, add, expand="presentations")
        everything = "talks,materials,readings,presentations"
        self.count_queries("sessions", None, add, expand=everything)
