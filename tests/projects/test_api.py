"""What programs get of what students do: the rows that pages show, and nothing else."""

from datetime import UTC, datetime, timedelta
from unittest import mock

import pytest
from django.core.cache import caches
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import TestCase
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from rest_framework.test import APIClient

from projects import grading, incoming
from projects.models import (
    Delivery,
    Gallery,
    Grade,
    Membership,
    Publication,
    Refusal,
    Submission,
    Team,
)
from tests import factories as make

pytestmark = pytest.mark.both

PAST, FUTURE = datetime(2020, 1, 1, tzinfo=UTC), datetime(2999, 1, 1, tzinfo=UTC)


def client_of(user=None):
    client = APIClient()
    if user:
        if not hasattr(user, "writes_by"):
            user.writes_by = make.make_token(user, scope="write").clear
        client.credentials(HTTP_AUTHORIZATION=f"Bearer {user.writes_by}")
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
            caches["kept"].clear()  # what is kept costs one
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
        ids = {each.kind: each.pk for each in self.project.links.all()}
        return {
            "id": self.project.pk,
            "url": f"http://testserver/api/v1/projects/{self.project.pk}/",
            "html_url": "http://testserver/courses/nets/projects/project-1/1/",
            "course": "nets",
            "gallery": self.gallery.pk,
            "gallery_slug": "project-1",
            "team": None,
            "number": 1,
            "title": "Fast <nets>",
            "heading": "Fast <nets>",
            "abstract": "It is *fast*.",
            "abstract_html": "<p>It is <em>fast</em>.</p>",
            "members": ["FAN, Ganghua", "a member"],
            "links": [
                link | {"id": ids["report"], "kind": "report", "address": address},
                link
                | {
                    "id": ids["source"],
                    "kind": "source",
                    "label": "Code",
                    "address": "https://example.org/x",
                },
                link | {"id": ids["video"], "kind": "video", "address": ""},
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
                self.assertEqual(bool(project["team"]), is_staff)

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
            said = {*response["Cache-Control"].split(", ")}
            self.assertEqual(said, {"private", "no-cache"})

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


PRIVATE = ("teams", "deliveries", "submissions", "extensions", "grades")


class PrivateTests(Api):
    """Two teams of a course; one has handed in twice, and someone left it between."""

    @classmethod
    def setUpTestData(cls):
        cls.course = make.make_course(slug="nets", title="Networks")
        cls.due_at = timezone.now() + timedelta(days=2)
        cls.slot, cls.team, cls.member = make.make_handing_in(
            cls.course, size=3, due_at=cls.due_at, max_points=20
        )
        cls.assignment = cls.slot.assignment
        cls.team.joining_code = "ABCDEFGH"
        cls.team.save()
        cls.member.person.enrolments.update(student_number="20812345")
        cls.former = make.make_student(cls.course)
        cls.mate = make.make_student(cls.course)
        for user, left_at in ((cls.former, timezone.now()), (cls.mate, None)):
            Membership.objects.create(
                team=cls.team, person=user.person, joined_at=PAST, left_at=left_at
            )
        cls.first = make.make_submission(
            cls.slot,
            cls.team,
            cls.former,
            file=make.make_file(name="my report.pdf"),
            received_at=cls.due_at - timedelta(days=1),
        )
        make.make_roster_entry(cls.member.person, cls.first.delivery)
        make.make_roster_entry(cls.former.person, cls.first.delivery)
        cls.second = make.make_submission(
            cls.slot,
            cls.team,
            cls.member,
            received_at=cls.due_at + timedelta(hours=1),
            opens_signed_out=True,
        )
        make.make_roster_entry(cls.member.person, cls.second.delivery)
        cls.rival = make.make_student(cls.course)
        cls.other_team = make.make_team(
            cls.course, [cls.rival.person], assignment=cls.assignment
        )
        cls.theirs = make.make_submission(
            cls.slot, cls.other_team, cls.rival, received_at=PAST
        )
        cls.more = make.make_extension(
            cls.team, until=cls.due_at + timedelta(minutes=9)
        )
        cls.for_all = make.make_extension(
            assignment=cls.assignment, until=cls.due_at + timedelta(minutes=5)
        )
        cls.revoked = make.make_extension(
            cls.team, until=FUTURE, given_at=PAST, revoked_at=PAST
        )
        cls.grade = make.make_grade(cls.team, points=17.5, feedback="*Good*.")
        cls.other_grade = make.make_grade(cls.other_team, points=1)
        cls.teacher = make.make_instructor(cls.course)
        cls.helper = make.make_assistant(cls.course)
        cls.elsewhere = make.make_instructor(make.make_course())
        cls.auditor = make.make_student(cls.course, "auditor")
        cls.stranger = make.make_user()

    def release(self):
        grading.release(self.assignment)
        self.grade.refresh_from_db()

    def test_anonymous_learn_nothing(self):
        rows = {
            "teams": self.team,
            "deliveries": self.first.delivery,
            "submissions": self.first,
            "extensions": self.more,
            "grades": self.grade,
        }
        for path in PRIVATE:
            for each in (path, f"{path}/{rows[path].pk}", f"{path}/999999"):
                response = client_of().get(f"/api/v1/{each}/")
                with self.subTest(each):
                    self.assertEqual(response.status_code, 401)
                    self.assertEqual(response["WWW-Authenticate"], "Bearer")
                    self.assertEqual(
                        response["Content-Type"], "application/problem+json"
                    )
        response = client_of().get(f"/api/v1/submissions/{self.first.pk}/file/")
        self.assertEqual(response.status_code, 401)

    def test_shows_to_each_what_their_pages_show(self):
        self.release()
        teams = [self.team.pk, self.other_team.pk]
        first, second, theirs = self.first.pk, self.second.pk, self.theirs.pk
        more, for_all, revoked = self.more.pk, self.for_all.pk, self.revoked.pk
        grades = [self.grade.pk, self.other_grade.pk]
        own = [self.team.pk], [first, second], [more, for_all], [self.grade.pk]
        all_ = teams, [first, second, theirs], [more, for_all, revoked], grades
        none = [], [], [], []
        for user, seen in (
            (self.stranger, none),
            (self.elsewhere, none),
            (self.auditor, none),
            (self.rival, (teams[1:], [theirs], [for_all], grades[1:])),
            (self.former, (teams[:1], [first], [for_all], [])),
            (self.member, own),
            (self.mate, own),
            (self.helper, all_),
            (self.teacher, all_),
            (make.make_superuser(), all_),
        ):
            paths = ("teams", "submissions", "extensions", "grades")
            for path, expected in zip(paths, seen, strict=True):
                with self.subTest(user=user, path=path):
                    found = self.ids(path, user)
                    self.assertEqual(sorted(found), sorted(expected))
                    for pk in all_[paths.index(path)]:
                        status = 200 if pk in expected else 404
                        self.get(f"{path}/{pk}", user, status)
            with self.subTest(user=user, path="deliveries"):
                deliveries = self.rows("deliveries", user)
                shown = [
                    each["id"] for row in deliveries for each in row["submissions"]
                ]
                self.assertEqual(sorted(shown), sorted(seen[1]))

    def test_who_dropped_the_course_keeps_what_they_handed_in(self):
        self.release()
        self.member.person.enrolments.update(status="dropped")
        self.assertEqual(len(self.ids("deliveries", self.member)), 2)
        for path in ("extensions", "grades"):
            self.assertEqual(self.ids(path, self.member), [])
        [team] = self.rows("teams", self.member)
        self.assertEqual((team["html_url"], team["joining_code"]), (None, None))

    def test_teams(self):
        url = f"http://testserver/api/v1/teams/{self.team.pk}/"
        page = f"http://testserver/submit/{self.assignment.pk}/team/"
        member = {"name": "Stu Dent", "person": None, "left_at": None}
        expected = {
            "id": self.team.pk,
            "url": url,
            "html_url": page,
            "course": "nets",
            "assignment": self.assignment.pk,
            "number": 1,
            "name": "",
            "members": [
                member | {"joined_at": None},
                member | {"joined_at": "2020-01-01T00:00:00Z"},
            ],
            "joining_code": "ABCDEFGH",
        }
        [row] = self.rows("teams", self.member)
        made, changed = row.pop("created_at"), row.pop("updated_at")
        self.assertLess(made, changed)
        self.assertEqual(row, expected)

        row = self.get(f"teams/{self.team.pk}", self.teacher)
        screen = f"http://testserver/admin/projects/team/{self.team.pk}/change/"
        self.assertEqual(row["html_url"], screen)
        self.assertIsNone(row["joining_code"])
        self.assertEqual(len(row["members"]), 3)

        row = self.get(f"teams/{self.team.pk}", self.former)
        self.assertEqual((row["html_url"], row["joining_code"]), (None, None))
        self.assertEqual([bool(each["left_at"]) for each in row["members"]], [True])

    def test_names_a_member_by_slug_only_if_that_person_is_public(self):
        make.make_course_role(make.make_course(), self.mate.person)
        [row] = self.rows("teams", self.member)
        slugs = [each["person"] for each in row["members"]]
        self.assertEqual(slugs, [None, self.mate.person.slug])

    def submission_row(self, submission, **changed):
        pk, receipt = submission.pk, submission.delivery_id
        received_at = said(submission.delivery, "received_at")["received_at"]
        return {
            "id": pk,
            "url": f"http://testserver/api/v1/submissions/{pk}/",
            "html_url": f"http://testserver/submit/receipts/{receipt}/",
            "course": "nets",
            "assignment": self.assignment.pk,
            "team": self.team.pk,
            "delivery": receipt,
            "slot": self.slot.pk,
            "kind": "report",
            "label": "",
            "number": 1,
            "file": {
                "name": "my report.pdf",
                "size_bytes": len(make.PDF),
                "content_type": "application/pdf",
                "sha256": submission.file and submission.file.sha256,
            },
            "address": f"http://testserver/api/v1/submissions/{pk}/file/",
            "opens_signed_out": None,
            "warnings": [],
            "received_at": received_at,
            "is_on_time": True,
            "late_by_seconds": None,
            "counts": True,
            "why": "Counts: it is the newest that came on time.",
            "created_at": received_at,
            "updated_at": received_at,
        } | changed

    def second_row(self):
        return self.submission_row(
            self.second,
            number=2,
            file=None,
            address="https://example.org/report",
            opens_signed_out=True,
            is_on_time=False,
            late_by_seconds=51 * 60,
            counts=False,
            why="Does not count: it came late. Report 1 counts.",
        )

    def test_submissions(self):
        for user in (self.member, self.teacher):
            rows = self.rows("submissions", user, team=self.team.pk)
            self.assertEqual(rows[0], self.second_row())
            self.assertEqual(rows[1], self.submission_row(self.first))
        [row] = self.rows("submissions", self.former)
        expected = self.submission_row(self.first, counts=None, why=None)
        self.assertEqual(row, expected)

    def test_deliveries(self):
        [row, _first] = self.rows("deliveries", self.member)
        pk = self.second.delivery_id
        received_at = said(self.second.delivery, "received_at")["received_at"]
        self.assertEqual(
            row,
            {
                "id": pk,
                "url": f"http://testserver/api/v1/deliveries/{pk}/",
                "html_url": f"http://testserver/submit/receipts/{pk}/",
                "course": "nets",
                "assignment": self.assignment.pk,
                "team": self.team.pk,
                "received_at": received_at,
                "by": "Stu Dent",
                "on_behalf": "",
                "roster": ["Stu Dent"],
                "is_on_time": False,
                "late_by_seconds": 51 * 60,
                "submissions": [self.second_row()],
                "created_at": received_at,
                "updated_at": received_at,
            },
        )
        self.assertEqual(self.get(f"deliveries/{pk}", self.member), row)
        [row] = self.rows("deliveries", self.former)
        self.assertIsNone(row["submissions"][0]["counts"])

    def test_who_has_no_name_here_is_staff(self):
        make.make_submission(self.slot, self.team, make.make_user(), received_at=FUTURE)
        self.assertEqual(self.rows("deliveries", self.member)[0]["by"], "staff")

    def test_extensions(self):
        [row, _all] = self.rows("extensions", self.member)
        given_at = said(self.more, "given_at")["given_at"]
        expected = {
            "id": self.more.pk,
            "url": f"http://testserver/api/v1/extensions/{self.more.pk}/",
            "html_url": f"http://testserver/submit/{self.assignment.pk}/",
            "course": "nets",
            "assignment": self.assignment.pk,
            "team": self.team.pk,
            "reason": "Ill.",
            "revoked_at": None,
            "given_at": given_at,
            "created_at": given_at,
            "updated_at": given_at,
            **said(self.more, "until"),
        }
        self.assertEqual(row, expected)
        row = self.get(f"extensions/{self.revoked.pk}", self.teacher)
        self.assertEqual(row["updated_at"], "2020-01-01T00:00:00Z")
        self.assertIn("/admin/projects/extension/", row["html_url"])

    def test_grades(self):
        self.release()
        [row] = self.rows("grades", self.member)
        made = row.pop("created_at")
        self.assertLess(made, row["updated_at"])
        self.assertEqual(
            row,
            {
                "id": self.grade.pk,
                "url": f"http://testserver/api/v1/grades/{self.grade.pk}/",
                "html_url": f"http://testserver/submit/{self.assignment.pk}/",
                "course": "nets",
                "assignment": self.assignment.pk,
                "team": self.team.pk,
                "points": 17.5,
                "max_points": 20,
                "feedback": "*Good*.",
                "feedback_html": "<p><em>Good</em>.</p>",
                "revised_at": None,
                **said(self.grade, "released_at", "updated_at"),
            },
        )

    def test_nobody_but_staff_can_tell_a_mark_before_its_release(self):
        """Whatever they ask, the answer is that of a course without marks."""
        queries = [
            {},
            {"is_released": "false"},
            {"team": self.team.pk},
            {"ordering": "-points"},
        ]
        paths = [*PRIVATE, f"teams/{self.team.pk}", "assignments"]

        def answers():
            found = []
            for user in (self.member, self.former, self.rival, self.stranger):
                asked = [("grades", query) for query in queries]
                asked += [(path, {}) for path in paths]
                asked.append((f"grades/{pk}", {}))
                for path, query in asked:
                    response = client_of(user).get(f"/api/v1/{path}/", query)
                    found.append((response.status_code, response.content))
            return found

        pk = self.grade.pk
        with_marks = answers()
        self.assertEqual(len(self.rows("grades", self.helper)), 2)
        Grade.objects.all().delete()
        self.assertEqual(answers(), with_marks)

    def test_files_are_had_back_by_those_who_see_them(self):
        path = f"/api/v1/submissions/{self.first.pk}/file/"
        for user in (self.member, self.former, self.helper):
            for accept in ("*/*", "application/pdf"):
                response = client_of(user).get(path, headers={"accept": accept})
                self.assertEqual(b"".join(response), make.PDF)
                self.assertEqual(response["Content-Type"], "application/pdf")
                self.assertEqual(response["Cache-Control"], "private, no-cache")
        for user in (self.rival, self.stranger, self.elsewhere):
            self.assertEqual(client_of(user).get(path).status_code, 404)
        link = f"submissions/{self.second.pk}/file"
        self.get(link, self.member, 404)
        self.get(f"submissions/{self.first.pk}/file", self.member, 400, fields="id")

    def test_what_was_erased_is_gone_and_its_measures_stay(self):
        self.first.file.erase()
        row = self.get(f"submissions/{self.first.pk}", self.member)
        self.assertEqual(row["file"]["name"], "")
        self.assertEqual(row["file"]["sha256"], self.first.file.sha256)
        path = f"/api/v1/submissions/{self.first.pk}/file/"
        self.assertEqual(client_of(self.member).get(path).status_code, 410)

    def test_no_answer_has_an_address_or_a_student_number(self):
        self.release()
        for path in PRIVATE:
            for user in (self.member, self.teacher):
                text = client_of(user).get(f"/api/v1/{path}/").content.decode()
                self.assertNotIn("@", text)
                self.assertNotIn("20812345", text)

    def test_no_copy_is_kept(self):
        for path in PRIVATE:
            response = client_of(self.member).get(f"/api/v1/{path}/")
            said = {*response["Cache-Control"].split(", ")}
            self.assertEqual(said, {"private", "no-cache"})

    def test_filters(self):
        first, second, theirs = self.first.pk, self.second.pk, self.theirs.pk
        after = self.due_at.isoformat()
        both_teams = [self.team.pk, self.other_team.pk]
        for path, query, found in (
            ("teams", {"search": "swift"}, []),
            ("teams", {"assignment": self.assignment.pk}, both_teams),
            ("submissions", {"team": self.other_team.pk}, [theirs]),
            ("submissions", {"received_after": after}, [second]),
            ("submissions", {"received_before": after}, [first, theirs]),
            ("submissions", {"delivery": self.first.delivery_id}, [first]),
            ("submissions", {"slot": self.slot.pk, "kind": "slides"}, []),
            ("deliveries", {"received_after": after}, [self.second.delivery_id]),
            ("extensions", {"team": self.team.pk}, [self.more.pk, self.revoked.pk]),
            ("grades", {"is_released": "true"}, []),
            ("grades", {"team": self.team.pk}, [self.grade.pk]),
        ):
            with self.subTest(path, **query):
                ids = self.ids(path, self.teacher, **query)
                self.assertEqual(sorted(ids), sorted(found))
        for path in PRIVATE:
            self.get(path, self.teacher, 400, updated_after=after)

    def test_asks_few_queries(self):
        self.release()

        def add():
            student = make.make_student(self.course)
            team = make.make_team(
                self.course, [student.person], assignment=self.assignment
            )
            delivery = make.make_submission(self.slot, team, student).delivery
            make.make_roster_entry(student.person, delivery)
            make.make_extension(team)
            make.make_grade(team)

        for path in PRIVATE:
            self.count_queries(path, self.teacher, add)


KEY = "a-key-of-a-program-1"


def pdf(name="report.pdf", content=make.PDF):
    return SimpleUploadedFile(name, content)


class HandInTests(Api):
    """A student alone, who owes a report, slides and the link of a video."""

    @classmethod
    def setUpTestData(cls):
        cls.course = make.make_course(slug="nets", time_zone="Asia/Hong_Kong")
        cls.due_at = timezone.now().replace(second=0) + timedelta(days=2)
        cls.report, cls.team, cls.user = make.make_handing_in(
            cls.course,
            due_at=cls.due_at,
            accepted_until=cls.due_at + timedelta(days=2),
        )
        cls.assignment = cls.report.assignment
        cls.slides = make.make_slot(cls.assignment, kind="slides", max_size_mb=1)
        cls.video = make.make_slot(cls.assignment, kind="video", takes="link")
        cls.path = f"/api/v1/assignments/{cls.assignment.pk}/deliveries/"
        cls.late = cls.due_at + timedelta(hours=2)

    def send(self, user=None, moment=None, key=KEY, headers=None, **fields):
        """What the API answers to a form with ``fields``."""
        if key:
            headers = {"Idempotency-Key": key} | (headers or {})
        with (
            mock.patch.object(timezone, "now", return_value=moment or timezone.now()),
            self.captureOnCommitCallbacks(execute=True),
        ):
            return client_of(user or self.user).post(
                self.path, fields, format="multipart", headers=headers
            )

    def check(self, response, status, said, field=None):
        """It was refused so, and logged."""
        self.assertEqual(response.status_code, status, response.content)
        self.assertEqual(response["Content-Type"], "application/problem+json")
        problem = response.json()
        self.assertEqual(problem["status"], status)
        self.assertIn(said, problem["detail"])
        fields = [each["field"] for each in problem.get("errors", ())]
        self.assertEqual(fields, [field] if field else [])
        self.assertEqual(Delivery.objects.count(), 0)
        refusal = Refusal.objects.get()
        self.assertEqual(refusal.user, self.user)
        self.assertIn(said, refusal.reason)
        refusal.delete()

    def test_takes_files_and_a_link_and_answers_with_the_receipt(self):
        fields = {
            "report": pdf(),
            f"slot-{self.slides.pk}": pdf("slides.pdf"),
            "video": "https://example.org/v",
            "video-opens": "true",
        }
        response = self.send(**fields)
        self.assertEqual(response.status_code, 201, response.content)
        delivery = Delivery.objects.get()
        row = response.json()
        self.assertEqual(response["Location"], row["url"])
        self.assertEqual(self.get(f"deliveries/{delivery.pk}", self.user), row)
        self.assertEqual(row["roster"], ["Stu Dent"])
        self.assertEqual(
            [
                (each["kind"], each["counts"], each["opens_signed_out"])
                for each in row["submissions"]
            ],
            [("report", True, None), ("slides", True, None), ("video", True, True)],
        )
        path = row["submissions"][0]["address"]
        self.assertEqual(b"".join(client_of(self.user).get(path)), make.PDF)

    def test_makes_the_team_of_who_works_alone(self):
        newcomer = make.make_student(self.course)
        self.assertEqual(self.send(newcomer, report=pdf()).status_code, 201)
        self.assertEqual(Team.objects.of(newcomer).get().submissions.count(), 1)

    def test_the_same_request_is_one_delivery(self):
        first = self.send(report=pdf())
        again = self.send(report=pdf(), key="", request_key=KEY)
        self.assertEqual((first.status_code, again.status_code), (201, 201))
        self.assertEqual(first.json(), again.json())
        self.assertEqual(Delivery.objects.count(), 1)
        other = self.send(report=pdf(content=make.PDF + b"%"))
        self.assertEqual(other.status_code, 409)
        self.assertEqual(Delivery.objects.count(), 1)

    def test_two_users_may_have_the_same_key(self):
        self.send(report=pdf())
        self.send(make.make_student(self.course), report=pdf())
        self.assertEqual(Delivery.objects.count(), 2)

    def test_asks_for_a_key(self):
        for key in ("", "short"):
            response = self.send(report=pdf(), key=key)
            self.check(response, 400, "Idempotency-Key", "request_key")

    def test_stops_at_the_limit_of_a_slot(self):
        """It is refused while it streams: what follows is not read any more."""
        file = pdf("big.pdf", make.PDF + bytes(2_000_001))
        handler = incoming.MeasuringUploadHandler
        take = handler.receive_data_chunk
        with mock.patch.object(
            handler, "receive_data_chunk", autospec=True, side_effect=take
        ) as read:
            response = self.send(slides=file)
        self.check(response, 413, "slides takes 1 MB (1,000,000 bytes)", "slides")
        sizes = [len(call.args[1]) for call in read.call_args_list]
        self.assertLessEqual(sum(sizes[:-1]), 1_000_000)
        self.assertLess(sum(sizes), 2_000_000)

    def test_reads_nothing_of_what_is_too_large_as_a_whole(self):
        handler = incoming.MeasuringUploadHandler
        with (
            mock.patch.object(incoming, "FORM_BYTES", -51_000_000 + 600),
            mock.patch.object(handler, "receive_data_chunk") as read,
        ):
            response = self.send(report=pdf(content=b"x" * 9999))
        read.assert_not_called()
        self.check(response, 413, "all fields together take")

    def test_asks_for_the_length(self):
        response = client_of(self.user).generic(
            "POST", self.path, content_type="multipart/form-data; boundary=x"
        )
        self.check(response, 411, "did not say how much")

    def test_a_form_that_cannot_be_read(self):
        response = client_of(self.user).generic(
            "POST", self.path, b"xyz", content_type="multipart/form-data"
        )
        self.check(response, 400, "The form cannot be read")

    def test_no_room(self):
        for where in (
            mock.patch.object(
                incoming.MeasuringUploadHandler,
                "receive_data_chunk",
                side_effect=OSError,
            ),
            mock.patch(
                "projects.receiving.StoredFile.objects.keep", side_effect=OSError
            ),
        ):
            with where:
                response = self.send(report=pdf())
            self.check(response, 507, "no room")

    def test_refuses_what_is_not_asked_for_by_the_name_of_its_field(self):
        slot = f"slot-{self.report.pk}"
        for fields, said, field in (
            ({"report": pdf("report.doc")}, "is not taken for report", "report"),
            ({slot: pdf("report.doc")}, "is not taken for report", slot),
            ({"report": pdf(content=b"<html>")}, "is no PDF file", "report"),
            ({"report": "https://example.org"}, "takes a file, not a link", "report"),
            ({"video": pdf()}, "video takes a link, not a file.", "video"),
            ({"video": "javascript:alert(1)"}, "is no address", "video"),
            ({"poster": pdf()}, "There is no such field here: poster.", "poster"),
            ({"x\0y": "z"}, "There is no such field here: xy.", "xy"),
            ({"report": pdf(), "late": "yes"}, "“late” takes: count.", "late"),
            ({"video": ["a", "b"]}, "“video” is there twice.", "video"),
            ({"report": pdf(), slot: pdf()}, "under two names", None),
            ({}, "Nothing was sent", None),
        ):
            with self.subTest(said, field=field):
                self.check(self.send(**fields), 400, said, field)

    def test_two_slots_of_a_kind_go_by_their_ids(self):
        other = make.make_slot(self.assignment, label="Appendix")
        response = self.send(report=pdf())
        self.check(response, 400, "There is no such field here: report.", "report")
        response = self.send(**{f"slot-{other.pk}": pdf()})
        self.assertEqual(response.status_code, 201)

    def test_late_work_counts_only_if_that_is_said(self):
        self.send(report=pdf())
        for number, (late, counts) in enumerate(
            (({}, False), ({"late": "count"}, True), ({"report-late": "count"}, True))
        ):
            response = self.send(
                moment=self.late,
                key=f"{KEY}-{number}",
                report=pdf(content=make.PDF + bytes([number])),
                **late,
            )
            self.assertEqual(response.status_code, 201, response.content)
            row = response.json()
            self.assertEqual(row["late_by_seconds"] // 60, 120)
            self.assertEqual(row["submissions"][0]["counts"], counts)

    def test_closed(self):
        response = self.send(
            moment=self.due_at + timedelta(days=2, minutes=1), report=pdf()
        )
        self.check(response, 409, "Nothing is taken any more")
        self.assertIn("HKT", response.json()["detail"])

    def test_sends_who_is_in_no_team_to_found_one(self):
        self.assignment.team_size = 3
        self.assignment.save()
        Membership.objects.all().delete()
        self.check(self.send(report=pdf()), 409, "You are in no team yet")

    def test_is_for_those_enrolled_alone_and_reads_nothing_of_others(self):
        later = make.make_assignment(self.course, opens_at=FUTURE)
        make.make_slot(later)
        handler = incoming.MeasuringUploadHandler
        with mock.patch.object(handler, "receive_data_chunk") as read:
            for user in (
                make.make_student(make.make_course()),
                make.make_student(self.course, "auditor"),
                make.make_student(self.course, "dropped"),
                make.make_instructor(self.course),
                make.make_user(),
            ):
                with self.subTest(user=user):
                    response = self.send(user, report=pdf())
                    self.assertEqual(response.status_code, 404)
            for pk in (later.pk, 999_999, 10**15):
                path = f"/api/v1/assignments/{pk}/deliveries/"
                response = client_of(self.user).post(path, {"report": pdf()})
                self.assertEqual(response.status_code, 404)
            response = client_of().post(self.path, {"report": pdf()})
            self.assertEqual(response.status_code, 401)
            self.assertEqual(response["WWW-Authenticate"], "Bearer")
        read.assert_not_called()
        self.assertEqual(Submission.objects.count(), 0)

    def test_takes_forms_with_files_alone(self):
        response = client_of(self.user).post(self.path, {"report": "x"}, format="json")
        self.assertEqual(response.status_code, 415)
        response = client_of(self.user).get(self.path)
        self.assertEqual(response.status_code, 405)
