from datetime import UTC, date, datetime, time, timedelta

from django.test import TestCase
from django.utils import timezone

from courses.access import Status, Visibility
from courses.models import CourseRole, Enrolment, SessionRole
from tests.factories import (
    make_announcement,
    make_appearance,
    make_assignment,
    make_assistant,
    make_author,
    make_course,
    make_course_role,
    make_enrolment,
    make_file,
    make_holiday,
    make_instructor,
    make_material,
    make_meeting,
    make_paper,
    make_person,
    make_person_merge,
    make_reading,
    make_section,
    make_session,
    make_session_role,
    make_slot,
    make_student,
    make_superuser,
    make_talk,
    make_token,
    make_user,
)
from tests.reading import HERE, answer, rows, times

NOON = datetime(2025, 9, 1, 12, 0, tzinfo=UTC)
DAY = timedelta(days=1)
FUTURE = datetime(2999, 1, 1, tzinfo=UTC)


class FilterMixin:
    """``assert_found`` says what a list shows for each query."""

    path = ""
    by = "title"

    def assert_found(self, *cases):
        for query, expected in cases:
            with self.subTest(**query):
                found = [row[self.by] for row in rows(self.path, **query)]
                self.assertEqual(found, expected)


class CourseTests(FilterMixin, TestCase):
    path, by = "courses/", "slug"

    def test_row(self):
        earlier = make_course(slug="dl-2024")
        course = make_course(
            slug="dl-2025",
            code="MATH 6380P",
            other_codes="CSIC 5011",
            title="Deep Learning",
            term="Fall 2025",
            institution="HKUST",
            time_zone="Asia/Hong_Kong",
            starts_on=date(2025, 9, 1),
            ends_on=date(2025, 11, 28),
            previous=earlier,
            contact="the office",
        )
        ada = make_person("Ada Lovelace", slug="ada", homepage="https://example.org/")
        bob = make_person("Bob Ross", slug="bob", affiliation="HKU", email="b@x.org")
        make_course_role(course, bob, role="assistant", position=2)
        make_course_role(course, ada, name_as_printed="A.L.", position=1)
        make_meeting(course, place="Room 1", stream_url="https://zoom.example.org/")
        make_holiday(course)
        make_section(course, text="*All* of it", position=2)
        make_section(course, heading="Grading", text="", position=1)
        response = answer("courses/dl-2025/")
        self.assertEqual(
            response.json(),
            {
                "id": course.pk,
                "url": f"{HERE}api/v1/courses/dl-2025/",
                "html_url": f"{HERE}courses/dl-2025/",
                "slug": "dl-2025",
                "code": "MATH 6380P",
                "other_codes": "CSIC 5011",
                "title": "Deep Learning",
                "term": "Fall 2025",
                "kind": "course",
                "institution": "HKUST",
                "time_zone": "Asia/Hong_Kong",
                "starts_on": "2025-09-01",
                "ends_on": "2025-11-28",
                "status": "public",
                "previous": "dl-2024",
                "contact": "the office",
                "roles": [
                    {
                        "person": "ada",
                        "role": "instructor",
                        "name": "Ada Lovelace",
                        "name_as_printed": "A.L.",
                        "affiliation": "",
                        "homepage": "https://example.org/",
                    },
                    {
                        "person": "bob",
                        "role": "assistant",
                        "name": "Bob Ross",
                        "name_as_printed": "",
                        "affiliation": "HKU",
                        "homepage": "",
                    },
                ],
                "meetings": [
                    {
                        "weekday": 2,
                        "start_time": "15:00:00",
                        "end_time": "17:50:00",
                        "place": "Room 1",
                    }
                ],
                "holidays": [
                    {
                        "name": "National Day",
                        "starts_on": "2025-10-01",
                        "ends_on": "2025-10-01",
                    }
                ],
                "sections": [
                    {
                        "position": 1,
                        "heading": "Grading",
                        "text": "",
                        "text_html": "",
                        "visibility": "public",
                    },
                    {
                        "position": 2,
                        "heading": "Synopsis",
                        "text": "*All* of it",
                        "text_html": "<p><em>All</em> of it</p>",
                        "visibility": "public",
                    },
                ],
                **times(course),
            },
        )

    def test_filters(self):
        ada = make_person(slug="ada")
        first = make_course(
            slug="a-2024",
            code="MATH 1",
            other_codes="STAT 9",
            title="Geometry",
            term="Spring 2024",
            institution="HKUST",
            starts_on=date(2024, 2, 1),
        )
        make_course_role(first, ada, role=CourseRole.Role.ASSISTANT)
        second = make_course(
            slug="b-2025",
            title="Colloquium",
            kind="series",
            status=Status.ARCHIVED,
            starts_on=date(2025, 9, 1),
        )
        make_course_role(second, ada, role=CourseRole.Role.INSTRUCTOR)
        make_course_role(second, ada, role=CourseRole.Role.ORGANISER)
        both = ["b-2025", "a-2024"]
        self.assert_found(
            ({}, both),
            ({"search": "geom spring"}, ["a-2024"]),
            ({"search": "stat"}, ["a-2024"]),
            ({"search": "hkust"}, ["a-2024"]),
            ({"kind": "series"}, ["b-2025"]),
            ({"status": "archived"}, ["b-2025"]),
            ({"status": "draft"}, []),
            ({"term": "spring 2024"}, ["a-2024"]),
            ({"institution": "hkust"}, ["a-2024"]),
            ({"year": "2024"}, ["a-2024"]),
            ({"starts_after": "2024-02-01"}, ["b-2025"]),
            ({"starts_before": "2025-09-01"}, ["a-2024"]),
            ({"instructor": "ada"}, ["b-2025"]),
            ({"assistant": "ada"}, ["a-2024"]),
            ({"organiser": "ada"}, ["b-2025"]),
            ({"updated_after": "2000-01-01T00:00:00Z"}, both),
            ({"updated_after": "2999-01-01T00:00:00Z"}, []),
            ({"ordering": "starts_on"}, both[::-1]),
            ({"ordering": "-slug"}, both),
        )

    def test_expands_what_belongs_to_the_course_itself(self):
        course = make_course(slug="dl-2025")
        notice = make_announcement(course)
        pinned = make_announcement(course, is_pinned=True, published_at=NOON - DAY)
        later = make_assignment(course, title="Later")
        sooner = make_assignment(course, title="Sooner", due_at=NOON)
        slides = make_material(course)
        make_material(make_session(course))
        brief = make_material(sooner)
        reading = make_reading(course)
        names = "announcements,assignments,materials,readings"
        got = answer("courses/dl-2025/", expand=names, fields="id").json()

        def ids(rows):
            return [row["id"] for row in rows]

        self.assertEqual(ids(got["announcements"]), [pinned.pk, notice.pk])
        self.assertEqual(ids(got["assignments"]), [sooner.pk, later.pk])
        self.assertEqual(ids(got["assignments"][0]["materials"]), [brief.pk])
        self.assertEqual(ids(got["materials"]), [slides.pk])
        self.assertEqual(ids(got["readings"]), [reading.pk])

    def test_names_no_previous_edition_that_is_not_listed(self):
        draft = make_course(status=Status.DRAFT, slug="draft")
        make_course(previous=draft, slug="next")
        user = make_instructor(draft)
        self.assertIsNone(answer("courses/next/").json()["previous"])
        self.assertEqual(answer("courses/next/", user).json()["previous"], "draft")

    def test_sections_are_those_of_the_reader(self):
        course, other = make_course(slug="dl-2025"), make_course()
        for visibility in Visibility.values:
            make_section(course, heading=visibility)
            course.sections.filter(heading=visibility).update(visibility=visibility)
        for user, expected in (
            (None, ["public"]),
            (make_instructor(other), ["public"]),
            (make_student(course), ["public", "members"]),
            (make_assistant(course), ["public", "members", "staff"]),
        ):
            with self.subTest(expected=expected):
                sections = answer("courses/dl-2025/", user).json()["sections"]
                self.assertEqual([each["heading"] for each in sections], expected)


class VisibilityTests(TestCase):
    """Whom which rows are shown to: those that someone may not see are not there."""

    @classmethod
    def setUpTestData(cls):
        cls.draft = make_course(status=Status.DRAFT, slug="draft")
        cls.unlisted = make_course(status=Status.UNLISTED, slug="unlisted")
        cls.public = make_course(slug="public")
        cls.courses = [cls.draft, cls.unlisted, cls.public]
        for course in cls.courses:
            for visibility in Visibility.values:
                session = make_session(
                    course, key=visibility, title=visibility, visibility=visibility
                )
                talk = make_talk(session, title=visibility)
                speaker = make_person(slug=f"{course.slug}-{visibility}")
                make_appearance(talk, speaker)
                make_material(talk, label=visibility)
                make_reading(talk, text=visibility)
            make_material(course, label="staff of all", visibility=Visibility.STAFF)
            make_announcement(course, title="now")
            make_announcement(course, title="later", published_at=FUTURE)
            make_assignment(course, title="now")
            make_assignment(course, title="later", opens_at=FUTURE)
        cls.readers = {
            "stranger": None,
            "member": make_student(cls.public),
            "dropped": make_student(cls.public, status=Enrolment.Status.DROPPED),
            "assistant": make_assistant(cls.public),
            "elsewhere": make_instructor(make_course(slug="elsewhere")),
            "of draft": make_instructor(cls.draft),
            "superuser": make_superuser(),
        }

    def expected(self, reader, all_of_draft):
        """(course, sign) of what ``reader`` lists, where ``all_of_draft`` are those of
        each course."""
        return {
            "stranger": {("public", "public")},
            "dropped": {("public", "public")},
            "elsewhere": {("public", "public")},
            "member": {("public", "public"), ("public", "members")},
            "assistant": {("public", sign) for sign in all_of_draft},
            "of draft": {("public", "public")}
            | {("draft", sign) for sign in all_of_draft},
            "superuser": {
                (course.slug, sign) for course in self.courses for sign in all_of_draft
            },
        }[reader]

    def test_lists_of_what_has_a_visibility(self):
        for path, by in (
            ("sessions/", "title"),
            ("talks/", "title"),
            ("materials/", "label"),
            ("readings/", "text"),
        ):
            for reader, user in self.readers.items():
                with self.subTest(path=path, reader=reader):
                    found = {
                        (row["course"], row[by])
                        for row in rows(path, user)
                        if row[by] != "staff of all"
                    }
                    expected = self.expected(reader, Visibility.values)
                    self.assertEqual(found, expected)

    def test_materials_for_staff(self):
        for reader, expected in (
            ("member", set()),
            ("elsewhere", set()),
            ("assistant", {"public"}),
            ("of draft", {"draft"}),
            ("superuser", {"public", "draft", "unlisted"}),
        ):
            with self.subTest(reader=reader):
                found = rows("materials/", self.readers[reader], search="staff of all")
                self.assertEqual({row["course"] for row in found}, expected)

    def test_what_comes_out_by_the_clock(self):
        for path in ("announcements/", "assignments/"):
            for reader, expected in (
                ("stranger", {("public", "now")}),
                ("member", {("public", "now")}),
                ("elsewhere", {("public", "now")}),
                ("assistant", {("public", "now"), ("public", "later")}),
                (
                    "of draft",
                    {("public", "now"), ("draft", "now"), ("draft", "later")},
                ),
            ):
                with self.subTest(path=path, reader=reader):
                    found = rows(path, self.readers[reader])
                    found = {(row["course"], row["title"]) for row in found}
                    self.assertEqual(found, expected)

    def test_courses(self):
        for reader, expected in (
            ("stranger", {"public", "elsewhere"}),
            ("member", {"public", "elsewhere"}),
            ("of draft", {"public", "elsewhere", "draft"}),
            ("superuser", {"public", "elsewhere", "draft", "unlisted"}),
        ):
            with self.subTest(reader=reader):
                found = rows("courses/", self.readers[reader])
                self.assertEqual({row["slug"] for row in found}, expected)

    def test_people(self):
        for reader in self.readers:
            with self.subTest(reader=reader):
                found = rows("people/", self.readers[reader], role="speaker")
                expected = {
                    "-".join(pair) for pair in self.expected(reader, Visibility.values)
                }
                self.assertEqual({row["slug"] for row in found}, expected)

    def test_who_knows_the_address_opens_what_is_unlisted(self):
        session = self.unlisted.sessions.get(key="public")
        talk = session.talks.get()
        for path in (
            "courses/unlisted/",
            "sessions/unlisted/public/",
            f"talks/{talk.pk}/",
            f"materials/{talk.materials.get().pk}/",
            f"readings/{talk.readings.get().pk}/",
            "people/unlisted-public/",
            f"announcements/{self.unlisted.announcements.get(title='now').pk}/",
            f"assignments/{self.unlisted.assignments.get(title='now').pk}/",
        ):
            with self.subTest(path=path):
                self.assertEqual(answer(path).status_code, 200)

    def test_hidden_answers_as_what_does_not_exist(self):
        missing = answer("courses/nowhere/")
        self.assertEqual(missing.status_code, 404)
        talk = self.public.sessions.get(key="staff").talks.get()
        for path in (
            "courses/draft/",
            "sessions/draft/public/",
            "sessions/public/staff/",
            "sessions/public/members/",
            f"talks/{talk.pk}/",
            f"materials/{talk.materials.get().pk}/",
            f"readings/{talk.readings.get().pk}/",
            "people/draft-public/",
            "people/public-staff/",
            f"announcements/{self.public.announcements.get(title='later').pk}/",
            f"assignments/{self.public.assignments.get(title='later').pk}/",
            f"announcements/{self.draft.announcements.get(title='now').pk}/",
            "talks/2147483647/",
            "talks/9999999999/",
        ):
            for reader in ("stranger", "elsewhere"):
                with self.subTest(path=path, reader=reader):
                    response = answer(path, self.readers[reader])
                    self.assertEqual(response.status_code, 404)
                    self.assertEqual(response.json(), missing.json())

    def test_nests_no_more_than_it_lists(self):
        names = "talks,materials,readings"
        for reader, user in self.readers.items():
            with self.subTest(reader=reader):
                found = {
                    (session["course"], talk["materials"][0]["label"])
                    for session in rows("sessions/", user, expand=names)
                    for talk in session["talks"]
                }
                self.assertEqual(found, self.expected(reader, Visibility.values))


class SessionTests(FilterMixin, TestCase):
    path = "sessions/"

    @classmethod
    def setUpTestData(cls):
        cls.course = make_course(slug="dl-2025", time_zone="Asia/Hong_Kong")
        cls.ada = make_person("Ada Lovelace", slug="ada")
        cls.session = make_session(
            cls.course,
            key="01",
            number="01",
            title="Kernels",
            date=date(2025, 9, 3),
            start_time=time(15),
            end_time=time(16),
            place="Room 1",
            abstract="*Why*",
            notes="None.",
            stream_url="https://zoom.example.org/",
        )
        make_session_role(cls.session, cls.ada, name_as_printed="A.L.")
        make_talk(cls.session, cls.ada)
        cls.other = make_session(
            make_course(slug="zz-2025"),
            key="02",
            title="Exam",
            kind="exam",
            status="moved",
            date=date(2025, 9, 10),
            start_time=time(9),
        )
        scribe = make_person("Bob Ross", slug="bob")
        make_session_role(cls.other, scribe, role=SessionRole.Role.SCRIBE)

    def test_row(self):
        self.assertEqual(
            answer("sessions/dl-2025/01/").json(),
            {
                "id": self.session.pk,
                "url": f"{HERE}api/v1/sessions/dl-2025/01/",
                "html_url": f"{HERE}courses/dl-2025/sessions/01/",
                "course": "dl-2025",
                "key": "01",
                "position": 1,
                "number": "01",
                "title": "Kernels",
                "kind": "lecture",
                "status": "scheduled",
                "date": "2025-09-03",
                "date_as_printed": "",
                "end_date": None,
                "start_time": "15:00:00",
                "end_time": "16:00:00",
                "time_zone": "Asia/Hong_Kong",
                "starts_at": "2025-09-03T07:00:00Z",
                "ends_at": "2025-09-03T08:00:00Z",
                "place": "Room 1",
                "instructors": [
                    {
                        "person": "ada",
                        "name": "Ada Lovelace",
                        "name_as_printed": "A.L.",
                    }
                ],
                "scribes": [],
                "chairs": [],
                "abstract": "*Why*",
                "abstract_html": "<p><em>Why</em></p>",
                "notes": "None.",
                "notes_html": "<p>None.</p>",
                "visibility": "public",
                **times(self.session),
            },
        )

    def test_filters(self):
        self.assert_found(
            ({}, ["Kernels", "Exam"]),
            ({"course": "zz-2025"}, ["Exam"]),
            ({"course": "nowhere"}, []),
            ({"search": "kern"}, ["Kernels"]),
            ({"search": "01"}, ["Kernels"]),
            ({"kind": "exam"}, ["Exam"]),
            ({"status": "moved"}, ["Exam"]),
            ({"date": "2025-09-03"}, ["Kernels"]),
            ({"date_after": "2025-09-03"}, ["Exam"]),
            ({"date_before": "2025-09-10"}, ["Kernels"]),
            ({"starts_after": "2025-09-03T15:00:00+08:00"}, ["Exam"]),
            ({"starts_before": "2025-09-03T15:00:01+08:00"}, ["Kernels"]),
            ({"instructor": "ada"}, ["Kernels"]),
            ({"instructor": "bob"}, []),
            ({"speaker": "ada"}, ["Kernels"]),
            ({"ordering": "-date"}, ["Exam", "Kernels"]),
        )


class TalkTests(FilterMixin, TestCase):
    path = "talks/"

    @classmethod
    def setUpTestData(cls):
        cls.course = make_course(slug="dl-2025")
        session = make_session(
            cls.course, date=date(2025, 9, 3), start_time=time(15), end_time=time(16)
        )
        cls.ada = make_person("Ada Lovelace", slug="ada", affiliation="HKU")
        cls.talk = make_talk(
            session,
            title="Kernels",
            start_time=time(15, 10),
            end_time=time(15, 50),
            place="Hall",
            series="Colloquium",
            abstract="*Why*",
            biography="Born.",
        )
        make_appearance(cls.talk, cls.ada, name="A. Lovelace")
        cls.other = make_session(
            make_course(slug="zz-2025"),
            title="Trees",
            date=date(2025, 9, 10),
            start_time=time(9),
        )
        make_talk(cls.other, title="")

    def test_row(self):
        talk = self.talk
        self.assertEqual(
            answer(f"talks/{talk.pk}/").json(),
            {
                "id": talk.pk,
                "url": f"{HERE}api/v1/talks/{talk.pk}/",
                "html_url": f"{HERE}courses/dl-2025/talks/{talk.pk}/",
                "course": "dl-2025",
                "session": talk.session_id,
                "position": 1,
                "title": "Kernels",
                "date": "2025-09-03",
                "time_zone": "UTC",
                "start_time": "15:10:00",
                "end_time": "15:50:00",
                "place": "Hall",
                "series": "Colloquium",
                "speakers": [
                    {
                        "person": "ada",
                        "name": "A. Lovelace",
                        "affiliation": "HKU",
                        "homepage": "",
                    }
                ],
                "abstract": "*Why*",
                "abstract_html": "<p><em>Why</em></p>",
                "biography": "Born.",
                "biography_html": "<p>Born.</p>",
                "visibility": "public",
                **times(talk),
            },
        )

    def test_filters(self):
        self.assert_found(
            ({}, ["Kernels", ""]),
            ({"course": "zz-2025"}, [""]),
            ({"session": str(self.other.pk)}, [""]),
            ({"search": "kern coll"}, ["Kernels"]),
            ({"search": "tree"}, [""]),
            ({"series": "colloquium"}, ["Kernels"]),
            ({"date_after": "2025-09-03"}, [""]),
            ({"date_before": "2025-09-10"}, ["Kernels"]),
            ({"starts_after": "2025-09-03T15:00:00Z"}, [""]),
            ({"starts_before": "2025-09-03T15:00:01Z"}, ["Kernels"]),
            ({"speaker": "ada"}, ["Kernels"]),
            ({"ordering": "-starts_at"}, ["", "Kernels"]),
        )


class MaterialTests(FilterMixin, TestCase):
    path, by = "materials/", "label"

    @classmethod
    def setUpTestData(cls):
        cls.course = make_course(slug="dl-2025")
        cls.session = make_session(cls.course, key="01")
        cls.talk = make_talk(cls.session)
        cls.assignment = make_assignment(make_course(slug="zz-2025"))
        cls.file = make_file()
        cls.slides = make_material(
            cls.session, kind="slides", label="of session", file=cls.file
        )
        make_material(cls.talk, kind="video", label="of talk", group="Movies")
        make_material(
            cls.assignment, kind="notes", label="of task", state="expected", url=""
        )

    def test_row(self):
        slides = self.slides
        self.assertEqual(
            answer(f"materials/{slides.pk}/").json(),
            {
                "id": slides.pk,
                "url": f"{HERE}api/v1/materials/{slides.pk}/",
                "html_url": f"{HERE}courses/dl-2025/sessions/01/",
                "course": "dl-2025",
                "session": self.session.pk,
                "talk": None,
                "assignment": None,
                "position": 0,
                "kind": "slides",
                "label": "of session",
                "group": "",
                "part": "",
                "remark": "",
                "address": f"{HERE}materials/{slides.pk}/slides.pdf",
                "file": {
                    "name": "slides.pdf",
                    "size_bytes": self.file.size_bytes,
                    "content_type": "application/pdf",
                    "sha256": self.file.sha256,
                },
                "state": "available",
                "expected_on": None,
                "missing_reason": "",
                "language": "",
                "format": "",
                "visibility": "public",
                **times(slides),
            },
        )

    def test_filters(self):
        first, second, third = "of session", "of talk", "of task"
        self.assert_found(
            ({"ordering": "kind"}, [third, first, second]),
            ({"course": "zz-2025"}, [third]),
            ({"session": str(self.session.pk)}, [first]),
            ({"talk": str(self.talk.pk)}, [second]),
            ({"assignment": str(self.assignment.pk)}, [third]),
            ({"search": "movie"}, [second]),
            ({"kind": "video"}, [second]),
            ({"state": "expected"}, [third]),
            ({"is_file": "true"}, [first]),
            ({"is_file": "false", "ordering": "-kind"}, [second, third]),
        )

    def test_changed_when_its_assignment_comes_out(self):
        now = timezone.now()
        self.assignment.opens_at = now - timedelta(seconds=1)
        self.assignment.save()
        type(self.slides).objects.update(updated_at=now - DAY)
        since = (now - timedelta(minutes=1)).isoformat()
        self.assert_found(({"updated_after": since}, ["of task"]))


class ReadingTests(FilterMixin, TestCase):
    path, by = "readings/", "id"

    @classmethod
    def setUpTestData(cls):
        cls.session = make_session(make_course(slug="dl-2025"))
        author = make_author("Papyan", given_name="Vardan")
        cls.paper = make_paper(
            [author],
            key="papyan2020",
            title="Collapse",
            year=2020,
            venue="PNAS",
            arxiv_id="2008.08186",
            doi="10.1/x",
            url="https://example.org/",
        )
        cls.cited = make_reading(
            cls.session, paper=cls.paper, role="required", remark="*All*", text="P."
        )
        cls.assignment = make_assignment(make_course(slug="zz-2025"))
        cls.printed = make_reading(cls.assignment, text="A video")
        cls.talk = make_talk(cls.session)
        cls.spoken = make_reading(cls.talk, paper=make_paper(year=2010))

    def test_row(self):
        cited = self.cited
        self.assertEqual(
            answer(f"readings/{cited.pk}/").json(),
            {
                "id": cited.pk,
                "url": f"{HERE}api/v1/readings/{cited.pk}/",
                "html_url": f"{HERE}courses/dl-2025/readings/#r{cited.pk}",
                "course": "dl-2025",
                "session": self.session.pk,
                "talk": None,
                "assignment": None,
                "position": 0,
                "role": "required",
                "remark": "*All*",
                "remark_html": "<p><em>All</em></p>",
                "text": "P.",
                "text_html": "<p>P.</p>",
                "paper": "papyan2020",
                "paper_details": {
                    "url": f"{HERE}api/v1/papers/papyan2020/",
                    "key": "papyan2020",
                    "title": "Collapse",
                    "authors": ["Vardan Papyan"],
                    "year": 2020,
                    "venue": "PNAS",
                    "arxiv_id": "2008.08186",
                    "doi": "10.1/x",
                    "address": "https://example.org/",
                },
                **times(cited),
            },
        )

    def test_filters(self):
        cited, printed, spoken = self.cited.pk, self.printed.pk, self.spoken.pk
        self.assert_found(
            ({"ordering": "year"}, [spoken, cited, printed]),
            ({"course": "zz-2025"}, [printed]),
            ({"session": str(self.session.pk)}, [cited]),
            ({"talk": str(self.talk.pk)}, [spoken]),
            ({"assignment": str(self.assignment.pk)}, [printed]),
            ({"search": "collapse"}, [cited]),
            ({"role": "required"}, [cited]),
            ({"paper": "papyan2020"}, [cited]),
            ({"is_paper": "false"}, [printed]),
            ({"year_min": "2011"}, [cited]),
            ({"year_max": "2019"}, [spoken]),
        )


class AnnouncementTests(FilterMixin, TestCase):
    path = "announcements/"

    @classmethod
    def setUpTestData(cls):
        cls.course = make_course(slug="dl-2025")
        cls.news = make_announcement(
            cls.course, title="News", body="*Now*", published_at=NOON
        )
        cls.old = make_announcement(
            title="Old", is_pinned=True, published_at=NOON - DAY
        )

    def test_row(self):
        self.assertEqual(
            answer(f"announcements/{self.news.pk}/").json(),
            {
                "id": self.news.pk,
                "url": f"{HERE}api/v1/announcements/{self.news.pk}/",
                "html_url": f"{HERE}courses/dl-2025/#announcement-{self.news.pk}",
                "course": "dl-2025",
                "title": "News",
                "body": "*Now*",
                "body_html": "<p><em>Now</em></p>",
                "is_pinned": False,
                "published_at": "2025-09-01T12:00:00Z",
                **times(self.news),
            },
        )

    def test_filters(self):
        self.assert_found(
            ({}, ["News", "Old"]),
            ({"course": "dl-2025"}, ["News"]),
            ({"search": "now"}, ["News"]),
            ({"is_pinned": "true"}, ["Old"]),
            ({"published_after": "2025-08-31T12:00:00Z"}, ["News"]),
            ({"published_before": "2025-09-01T12:00:00Z"}, ["Old"]),
            ({"ordering": "published_at"}, ["Old", "News"]),
        )

    def test_changed_when_it_came_out_by_the_clock(self):
        now = timezone.now()
        make_announcement(title="Just out", published_at=now - timedelta(seconds=1))
        make_announcement(title="To come", published_at=now + DAY)
        type(self.news).objects.update(updated_at=now - DAY)
        since = (now - timedelta(minutes=1)).isoformat()
        self.assert_found(({"updated_after": since}, ["Just out"]))


class AssignmentTests(FilterMixin, TestCase):
    path = "assignments/"

    @classmethod
    def setUpTestData(cls):
        cls.course = make_course(slug="dl-2025", time_zone="Asia/Hong_Kong")
        cls.first = make_assignment(
            cls.course,
            number="1",
            title="First",
            kind="project",
            brief="*Do*",
            opens_at=NOON,
            due_at=NOON + DAY,
            accepted_until=NOON + 2 * DAY,
            grace_minutes=5,
            team_size=3,
        )
        appendix = {"label": "Appendix", "is_required": False}
        cls.appendix = make_slot(cls.first, position=1, **appendix)
        cls.source = make_slot(cls.first, kind="source", takes="link", formats="")
        cls.open = make_assignment(title="Open", due_at=FUTURE)

    def test_row(self):
        first = self.first
        slot = {
            "id": self.source.pk,
            "position": 0,
            "kind": "source",
            "label": "",
            "takes": "link",
            "formats": "",
            "max_size_mb": 50,
            "is_required": True,
        }
        appendix = {
            **slot,
            "id": self.appendix.pk,
            "position": 1,
            "kind": "report",
            "label": "Appendix",
            "takes": "file",
            "formats": "pdf",
            "is_required": False,
        }
        self.assertEqual(
            answer(f"assignments/{first.pk}/").json(),
            {
                "id": first.pk,
                "url": f"{HERE}api/v1/assignments/{first.pk}/",
                "html_url": f"{HERE}courses/dl-2025/#assignment-{first.pk}",
                "course": "dl-2025",
                "number": "1",
                "title": "First",
                "kind": "project",
                "brief": "*Do*",
                "brief_html": "<p><em>Do</em></p>",
                "opens_at": "2025-09-01T12:00:00Z",
                "due_at": "2025-09-02T12:00:00Z",
                "accepted_until": "2025-09-03T12:00:00Z",
                "grace_minutes": 5,
                "time_zone": "Asia/Hong_Kong",
                "team_size": 3,
                "teams_lock_at": None,
                "max_points": 100,
                "slots": [slot, appendix],
                **times(first),
            },
        )

    def test_filters(self):
        self.assert_found(
            ({"ordering": "due_at"}, ["First", "Open"]),
            ({"course": "dl-2025"}, ["First"]),
            ({"search": "fir"}, ["First"]),
            ({"search": "1"}, ["First"]),
            ({"kind": "homework"}, ["Open"]),
            ({"opens_after": "2025-09-01T11:59:59Z"}, ["First"]),
            ({"opens_before": "2025-09-01T12:00:00Z"}, []),
            ({"due_after": "2025-09-02T12:00:00Z"}, ["Open"]),
            ({"due_before": "2025-09-02T20:00:01+08:00"}, ["First"]),
            ({"is_open": "true"}, ["Open"]),
            ({"is_open": "false"}, ["First"]),
        )

    def test_changed_when_it_came_out_by_the_clock(self):
        now = timezone.now()
        make_assignment(title="Just out", opens_at=now - timedelta(seconds=1))
        type(self.first).objects.update(updated_at=now - DAY)
        since = (now - timedelta(minutes=1)).isoformat()
        self.assert_found(({"updated_after": since}, ["Just out"]))


class PersonTests(FilterMixin, TestCase):
    path, by = "people/", "slug"

    @classmethod
    def setUpTestData(cls):
        cls.course = make_course(slug="dl-2025", starts_on=date(2025, 9, 1))
        cls.draft = make_course(slug="draft", status=Status.DRAFT)
        cls.author = make_author("Lovelace", slug="lovelace")
        cls.ada = make_person(
            "Ada Lovelace",
            slug="ada",
            other_names=["Augusta King"],
            affiliation="HKU",
            homepage="https://example.org/",
            biography="*Born*",
            email="ada@secret.example",
            photo=make_file(name="ada.png"),
            author=cls.author,
        )
        cls.bob = make_person("Bob Ross", slug="bob", user=make_user("b@x.example"))
        make_course_role(cls.course, cls.ada, name_as_printed="A.L.")
        earlier = make_course(slug="dl-2024", starts_on=date(2024, 9, 1))
        make_course_role(earlier, cls.ada, role=CourseRole.Role.ASSISTANT)
        make_course_role(cls.draft, cls.ada)
        cls.session = make_session(cls.course, date=date(2025, 9, 3))
        make_session_role(cls.session, cls.ada, role=SessionRole.Role.CHAIR)
        make_session_role(cls.session, cls.ada, role=SessionRole.Role.SCRIBE)
        cls.talk = make_talk(cls.session, cls.bob)
        make_appearance(cls.talk, cls.ada)
        hidden = make_session(cls.draft)
        make_session_role(hidden, cls.ada)
        make_talk(hidden, cls.ada)
        cls.paper = make_paper([cls.author])

    def test_row(self):
        self.assertEqual(
            answer("people/ada/").json(),
            {
                "id": self.ada.pk,
                "url": f"{HERE}api/v1/people/ada/",
                "html_url": f"{HERE}people/ada/",
                "slug": "ada",
                "name": "Ada Lovelace",
                "family_name": "Lovelace",
                "given_name": "Ada",
                "affiliation": "HKU",
                "homepage": "https://example.org/",
                "biography": "*Born*",
                "biography_html": "<p><em>Born</em></p>",
                "photo": f"{HERE}people/ada/photo",
                "author": "lovelace",
                "roles": [
                    {"course": "dl-2025", "role": "instructor"},
                    {"course": "dl-2024", "role": "assistant"},
                ],
                **times(self.ada),
            },
        )

    def test_filters(self):
        self.assert_found(
            ({}, ["ada", "bob"]),
            ({"search": "lovelace"}, ["ada"]),
            ({"search": "augusta"}, ["ada"]),
            ({"search": "secret"}, []),
            ({"search": "example"}, []),
            ({"course": "dl-2025"}, ["ada", "bob"]),
            ({"course": "dl-2024"}, ["ada"]),
            ({"course": "draft"}, []),  # although ada teaches there
            ({"role": "instructor"}, ["ada"]),
            ({"role": "assistant"}, ["ada"]),
            ({"role": "speaker"}, ["ada", "bob"]),
            ({"role": "chair"}, ["ada"]),
            ({"role": "organiser"}, []),
            ({"course": "dl-2024", "role": "instructor"}, []),
            ({"course": "dl-2024", "role": "assistant"}, ["ada"]),
            ({"course": "draft", "role": "speaker"}, []),
            ({"author": "lovelace"}, ["ada"]),
            ({"ordering": "-name"}, ["bob", "ada"]),
        )

    def test_expands_what_the_page_shows(self):
        names = "sessions,talks,papers"
        ada, bob = rows("people/", expand=names, fields="slug")
        sessions = [row["id"] for row in ada["sessions"]]
        self.assertEqual(sessions, [self.session.pk])  # once, for two roles in it
        self.assertEqual([row["id"] for row in ada["talks"]], [self.talk.pk])
        self.assertEqual([row["id"] for row in ada["papers"]], [self.paper.pk])
        self.assertEqual([row["id"] for row in bob["talks"]], [self.talk.pk])
        self.assertEqual((bob["sessions"], bob["papers"]), ([], []))

    def test_former_slug_leads_on(self):
        make_person_merge(self.ada, slug="ada-king")
        self.assertEqual(answer("people/ada-king/").json()["slug"], "ada")

    def test_students_are_nobody(self):
        make_enrolment(self.course, make_person(slug="stu"))
        self.assertEqual(answer("people/stu/", make_superuser()).status_code, 404)
        self.assertNotIn("stu", [row["slug"] for row in rows("people/")])


class EnrolmentTests(FilterMixin, TestCase):
    path, by = "enrolments/", "person"

    @classmethod
    def setUpTestData(cls):
        cls.course, cls.other = make_course(slug="a"), make_course(slug="b")
        cls.student = make_user()
        person = make_person("Tai Man Chan", slug="chan", user=cls.student)
        cls.enrolment = make_enrolment(
            cls.course, person, student_number="20771234", code="MATH 5380"
        )
        make_enrolment(cls.other, person, status="dropped")
        lee = make_person("Siu Lee", slug="lee", email="lee@secret.example")
        make_enrolment(cls.course, lee, status="auditor")
        cls.staff = make_assistant(cls.course)

    def test_row(self):
        response = answer(f"enrolments/{self.enrolment.pk}/", self.staff)
        self.assertEqual(
            response.json(),
            {
                "id": self.enrolment.pk,
                "url": f"{HERE}api/v1/enrolments/{self.enrolment.pk}/",
                "html_url": f"{HERE}courses/a/",
                "course": "a",
                "person": "chan",
                "name": "Tai Man Chan",
                "status": "active",
                "code": "MATH 5380",
                **times(self.enrolment),
            },
        )

    def test_each_reader_has_their_own(self):
        for user, expected in (
            (self.student, [("a", "chan"), ("b", "chan")]),
            (self.staff, [("a", "chan"), ("a", "lee")]),
            (make_instructor(self.other), [("b", "chan")]),
            (make_user(), []),
            (make_superuser(), [("a", "chan"), ("a", "lee"), ("b", "chan")]),
        ):
            with self.subTest(expected=expected):
                found = rows("enrolments/", user)
                found = [(row["course"], row["person"]) for row in found]
                self.assertEqual(found, expected)

    def test_a_token_for_other_courses_has_none(self):
        for user in (self.student, self.staff):
            user.read_by = make_token(user, [self.other]).clear
            found = [row["course"] for row in rows("enrolments/", user)]
            self.assertEqual(found, ["b"] if user == self.student else [])

    def test_stranger_must_log_in(self):
        for path in ("enrolments/", f"enrolments/{self.enrolment.pk}/"):
            response = answer(path)
            self.assertEqual(response.status_code, 401)
            self.assertEqual(response["WWW-Authenticate"], "Bearer")

    def test_that_of_another_does_not_exist(self):
        for user in (make_user(), make_instructor(self.other)):
            response = answer(f"enrolments/{self.enrolment.pk}/", user)
            self.assertEqual(response.status_code, 404)

    def test_filters(self):
        for query, expected in (
            ({"course": "a"}, ["chan", "lee"]),
            ({"person": "lee"}, ["lee"]),
            ({"status": "auditor"}, ["lee"]),
            ({"code": "math 5380"}, ["chan"]),
            ({"ordering": "-name", "course": "a"}, ["lee", "chan"]),
        ):
            with self.subTest(**query):
                found = rows("enrolments/", self.staff, **query)
                self.assertEqual([row["person"] for row in found], expected)

    def test_that_in_a_draft_is_not_told_yet(self):
        self.course.status = Status.DRAFT
        self.course.save()
        for user, expected in ((self.student, ["b"]), (self.staff, ["a", "a"])):
            found = rows("enrolments/", user)
            self.assertEqual([row["course"] for row in found], expected)

    def test_student_numbers_are_no_filter(self):
        for name in ("student_number", "updated_after"):
            response = answer("enrolments/", self.staff, **{name: "20771234"})
            self.assertEqual(response.status_code, 400)


class PaperReadingsTests(TestCase):
    def test_paper_says_where_it_is_read_as_far_as_lists_do(self):
        paper = make_paper(key="papyan2020")
        draft = make_course(status=Status.DRAFT)
        unlisted = make_course(status=Status.UNLISTED)
        shown = make_reading(make_session(), paper=paper)
        make_reading(unlisted, paper=paper)
        hidden = make_reading(draft, paper=paper)
        for user, expected in (
            (None, [shown.pk]),
            (make_instructor(draft), [shown.pk, hidden.pk]),
        ):
            for got in (
                answer("papers/papyan2020/", user, expand="readings").json(),
                rows("papers/", user, expand="readings")[0],
            ):
                with self.subTest(expected=expected):
                    found = sorted(row["id"] for row in got["readings"])
                    self.assertEqual(found, expected)
