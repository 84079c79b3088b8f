"""Staff write courses, people, announcements and rosters by the API, as they may in the
administration."""

from datetime import UTC, date, datetime

from django.contrib.admin.models import LogEntry
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from courses.access import Status
from courses.models import (
    Announcement,
    AuditEntry,
    Course,
    CourseRole,
    Enrolment,
    Meeting,
    Person,
    Section,
)
from tests.factories import (
    make_announcement,
    make_appearance,
    make_assistant,
    make_author,
    make_course_role,
    make_enrolment,
    make_holiday,
    make_instructor,
    make_meeting,
    make_person,
    make_person_merge,
    make_section,
    make_session,
    make_student,
    make_superuser,
    make_talk,
    make_token,
    make_user,
)
from tests.test_api_writing import ANY, API, Case, client_of, errors_of

NEW = {"HTTP_ACCEPT": "*/*"}  # no If-Match: there is nothing to match


def log_of(row, pk=None):
    """[(user, words)] of the log of the administration on ``row``."""
    kind = row._meta.model_name
    entries = LogEntry.objects.filter(
        content_type__model=kind, object_id=pk or row.pk
    ).order_by("pk")
    return [(entry.user, entry.change_message) for entry in entries]


class CourseTests(Case):
    PATH = "courses/dl/"
    WHOLE = {
        "title": "Deep Learning",
        "code": "MATH 5380",
        "other_codes": "COMP 5380",
        "term": "Fall 2025",
        "kind": "series",
        "institution": "HKUST",
        "time_zone": "Asia/Hong_Kong",
        "starts_on": "2025-09-01",
        "ends_on": "2025-12-01",
        "status": "public",
        "previous": "other",
        "contact": "Ada",
        "sections": [
            {"heading": "Synopsis", "text": "*All*"},
            {"heading": "Grades", "text": "None.", "visibility": "members"},
        ],
        "meetings": [
            {"weekday": 2, "start_time": "15:00", "end_time": "17:50", "place": "R1"}
        ],
        "holidays": [
            {"name": "Day", "starts_on": "2025-10-01", "ends_on": "2025-10-02"}
        ],
    }

    def test_administrators_make_whole_courses(self):
        self.api = client_of(make_superuser())
        roles = [
            {"person": self.ada.slug, "name_as_printed": "A."},
            {"person": make_person(slug="bo").slug, "role": "assistant"},
        ]
        body = self.WHOLE | {"slug": "new", "roles": roles}
        response = self.post("courses/", body)
        said = response.json()
        self.assertEqual(response["Location"], said["url"])
        read = self.api.get(said["url"])
        self.assertEqual((read.json(), read["ETag"]), (said, response["ETag"]))
        for name in self.WHOLE.keys() - {"sections", "meetings"}:
            self.assertEqual(said[name], self.WHOLE[name], name)
        self.assertEqual(
            [each["text_html"] for each in said["sections"]],
            ["<p><em>All</em></p>", "<p>None.</p>"],
        )
        self.assertEqual(said["meetings"][0]["start_time"], "15:00:00")
        self.assertEqual(
            [(r["person"], r["role"], r["name_as_printed"]) for r in said["roles"]],
            [(self.ada.slug, "instructor", "A."), ("bo", "assistant", "")],
        )

    def test_put_same_twice_changes_nothing(self):
        self.api = client_of(make_superuser())
        make_course_role(self.course, make_person(slug="bo"))
        body = self.WHOLE | {"roles": [{"person": self.ada.slug}]}
        first = self.put("courses/new/", body, 201, **NEW)
        stored = [*Section.objects.values(), *Meeting.objects.values()]
        second = self.put("courses/new/", body, HTTP_IF_MATCH=first["ETag"])
        self.assertEqual(first.json(), second.json())
        again = [*Section.objects.values(), *Meeting.objects.values()]
        self.assertEqual(again, stored)
        self.assertEqual(len(log_of(Course.objects.get(slug="new"))), 1)

    def test_who_may(self):
        new = {"title": "T", "slug": "new"}
        assistant, root = make_assistant(self.course), make_superuser()
        limited = make_token(root, [self.course], scope="write").clear
        for api, add, change, delete in (
            (APIClient(), 401, 401, 401),
            (client_of(make_user()), 403, 403, 403),
            (client_of(make_student(self.course)), 403, 403, 403),
            (client_of(make_instructor(self.other)), 403, 403, 403),
            (client_of(self.instructor, scope="read"), 403, 403, 403),
            (client_of(assistant), 403, 200, 403),
            (client_of(self.instructor), 403, 200, 403),
            (APIClient(HTTP_AUTHORIZATION=f"Bearer {limited}"), 403, 200, 403),
            (client_of(root), 201, 200, 204),
        ):
            self.api = api
            with self.subTest(add=add, change=change, delete=delete):
                self.post("courses/", new, add)
                self.post("courses/", [new | {"slug": "many"}], add)
                self.put("courses/put/", {"title": "T"}, add, **NEW)
                self.patch(self.PATH, {"term": "Fall"}, change)
                self.put(self.PATH, {"title": "T", "status": "public"}, change)
                self.delete("courses/dl/" if add != 201 else "courses/new/", delete)

    def test_hidden_ones_are_not_there(self):
        for user in (self.instructor, make_student(self.hidden)):
            self.api = client_of(user)
            self.patch("courses/hidden/", {"title": "T"}, 404)
            self.delete("courses/hidden/", 404)
            known = self.put("courses/hidden/", {"title": "T"}, 403)
            unknown = self.put("courses/no-such/", {"title": "T"}, 403)
            self.assertEqual(known.json(), unknown.json())
        token = make_token(make_instructor(self.hidden), [self.other], scope="write")
        self.api = APIClient(HTTP_AUTHORIZATION=f"Bearer {token.clear}")
        self.patch("courses/hidden/", {"title": "T"}, 404)

    def test_staff_of_a_draft_publish_it(self):
        self.api = client_of(make_assistant(self.hidden))
        self.patch("courses/hidden/", {"status": "public"})
        self.hidden.refresh_from_db()
        self.assertEqual(self.hidden.status, Status.PUBLIC)

    def test_refusals_say_who_may(self):
        said = self.delete(self.PATH, 403).json()
        self.assertEqual(said["detail"], "You may not delete this: administrators do.")

    def test_parts_are_put_or_stay(self):
        meeting = make_meeting(
            self.course, weekday=2, stream_url="https://example.org/s"
        )
        section = make_section(self.course, heading="Synopsis", text="Old")
        make_section(self.course, heading="Gone", position=2)
        make_holiday(self.course)
        sections = [{"heading": "New"}, {"heading": "Synopsis", "text": "Newer"}]
        said = self.patch(self.PATH, {"sections": sections}).json()
        self.assertEqual(
            [(each["position"], each["heading"]) for each in said["sections"]],
            [(1, "New"), (2, "Synopsis")],
        )
        self.assertEqual(len(said["holidays"]), 1)
        section.refresh_from_db()
        self.assertEqual((section.text_html, section.position), ("<p>Newer</p>", 2))
        times = {"weekday": 2, "start_time": "15:00", "end_time": "16:00"}
        said = self.patch(self.PATH, {"meetings": [times]}).json()
        self.assertEqual(said["meetings"][0]["end_time"], "16:00:00")
        meeting.refresh_from_db()
        self.assertEqual(meeting.stream_url, "https://example.org/s")
        later = times | {"start_time": "16:00", "end_time": "17:00"}
        self.patch(self.PATH, {"meetings": [later]})
        meeting = self.course.meetings.get()
        self.assertEqual(meeting.stream_url, "https://example.org/s")
        self.patch(self.PATH, {"meetings": [later, times]})
        streams = self.course.meetings.order_by("start_time")
        self.assertEqual(
            [*streams.values_list("stream_url", flat=True)],
            ["", "https://example.org/s"],
        )
        self.patch(self.PATH, {"meetings": [later | {"stream_url": ""}]})
        self.assertEqual(self.course.meetings.get().stream_url, "")
        Course.objects.update(time_zone="Asia/Hong_Kong")
        said = self.put(self.PATH, {"title": "T", "status": "public"}).json()
        self.assertEqual(said["time_zone"], "Asia/Hong_Kong")
        self.assertEqual(
            (said["sections"], said["meetings"], said["holidays"]), ([], [], [])
        )
        self.assertEqual([r["person"] for r in said["roles"]], [self.ada.slug])

    def test_an_edition_before_that_the_writer_may_not_see_stays(self):
        Course.objects.filter(pk=self.course.pk).update(previous=self.hidden)
        said = self.put(self.PATH, {"title": "T", "previous": None}).json()
        self.assertIsNone(said["previous"])
        self.course.refresh_from_db()
        self.assertEqual(self.course.previous, self.hidden)
        Course.objects.filter(pk=self.course.pk).update(previous=self.other)
        self.assertIsNone(self.put(self.PATH, {"title": "T"}).json()["previous"])
        self.course.refresh_from_db()
        self.assertIsNone(self.course.previous)

    def test_times_of_sessions_follow(self):
        session = make_session(self.course, date=date(2025, 10, 8))
        times = {"weekday": 2, "start_time": "15:00", "end_time": "16:00"}
        body = {"meetings": [times], "time_zone": "Asia/Hong_Kong"}
        self.patch(self.PATH, body)
        session.refresh_from_db()
        self.assertEqual(session.starts_at, datetime(2025, 10, 8, 7, tzinfo=UTC))

    def test_what_cannot_be(self):
        times = {"weekday": 2, "start_time": "15:00", "end_time": "16:00"}
        for body, code, field in (
            ({"title": ""}, 400, "title"),
            ({"status": "secret"}, 400, "status"),
            ({"meetings": [times | {"weekday": 7}]}, 400, "meetings.0.weekday"),
            ({"meetings": [{"weekday": 1}]}, 400, "meetings.0.start_time"),
            ({"roles": [{}]}, 400, "roles.0.person"),
            ({"sections": [{"text_html": "x"}]}, 400, "sections.0.text_html"),
            ({"created_at": "2025-09-01T00:00:00Z"}, 400, "created_at"),
            ({"slug": "other"}, 409, "slug"),
            ({"previous": "no-such"}, 409, "previous"),
            ({"previous": "hidden"}, 409, "previous"),
            ({"time_zone": "Mars/North"}, 409, "time_zone"),
            ({"starts_on": "2025-09-02", "ends_on": "2025-09-01"}, 409, ""),
            ({"meetings": [times | {"end_time": "15:00"}]}, 409, "meetings.0"),
            ({"meetings": [times, times]}, 409, "meetings.1"),
            ({"roles": [{"person": "no-such"}]}, 409, "roles.0.person"),
            ({"roles": [{"person": self.ada.slug}] * 2}, 409, "roles.1"),
            ({"ends_on": "9999-12-31"}, 409, "ends_on"),
            (
                {
                    "holidays": [
                        {
                            "name": "Day",
                            "starts_on": "0001-01-01",
                            "ends_on": "2025-10-01",
                        }
                    ]
                },
                409,
                "holidays.0.starts_on",
            ),
            (
                {
                    "holidays": [
                        {
                            "name": "Day",
                            "starts_on": "2025-10-02",
                            "ends_on": "2025-10-01",
                        }
                    ]
                },
                409,
                "holidays.0",
            ),
        ):
            with self.subTest(body=body):
                found = [*errors_of(self.patch(self.PATH, body, code))]
                self.assertEqual(found[0], field)

    def test_many_are_all_or_none(self):
        self.api = client_of(make_superuser())
        rows = [{"slug": f"c{n}", "title": "T"} for n in range(5)]
        bad = [*rows[:3], rows[3] | {"slug": "c1"}, rows[4] | {"slug": "dl"}]
        found = errors_of(self.post("courses/", bad, 409))
        self.assertEqual({*found}, {"rows.3.slug", "rows.4.slug"})
        self.assertFalse(Course.objects.filter(slug="c0").exists())
        answer = self.post("courses/", rows).json()
        self.assertEqual([each["slug"] for each in answer], [r["slug"] for r in rows])

    def test_conditions(self):
        etag = self.api.get(API + self.PATH)["ETag"]
        self.write("patch", self.PATH, {"term": "Fall"}, 428)
        make_holiday(self.course)  # a part
        self.patch(self.PATH, {"term": "Fall"}, 412, HTTP_IF_MATCH=etag)
        self.put(self.PATH, self.WHOLE, 412, HTTP_IF_NONE_MATCH="*")

    def test_what_is_used_stays(self):
        self.api = client_of(make_superuser())
        make_enrolment(self.course)
        said = self.delete(self.PATH, 409).json()
        self.assertIn("enrolments: 1", said["detail"])

    def test_log_says_who_what_and_why(self):
        holiday = make_holiday(self.course)
        same = {
            "name": holiday.name,
            "starts_on": holiday.starts_on.isoformat(),
            "ends_on": holiday.ends_on.isoformat(),
        }
        body = {"term": "Fall", "sections": [{"heading": "H"}], "holidays": [same]}
        self.patch(self.PATH, body | {"change_reason": "As decided."})
        self.patch(self.PATH, {"term": "Fall"})  # is no change
        self.assertEqual(
            log_of(self.course),
            [(self.instructor, "Changed: term, sections. As decided.")],
        )


class RoleTests(Case):
    """Who has which role in a course gives rights."""

    PATH = "courses/dl/"

    def setUp(self):
        super().setUp()
        self.assistant = make_assistant(self.course)
        self.own = {"person": self.assistant.person.slug, "role": "assistant"}
        self.all = [{"person": self.ada.slug, "role": "instructor"}, self.own]

    def stored(self):
        roles = CourseRole.objects.filter(course=self.course).order_by("pk")
        return [*roles.values_list("person__slug", "role", "name_as_printed")]

    def test_instructors_give_and_take(self):
        make_course_role(self.course, make_person(slug="bo"), role="organiser")
        roles = [self.all[0], {"person": "bo", "name_as_printed": "B."}]
        said = self.patch(self.PATH, {"roles": roles}).json()["roles"]
        self.assertEqual(
            [(r["person"], r["role"], r["name_as_printed"]) for r in said],
            [(self.ada.slug, "instructor", ""), ("bo", "instructor", "B.")],
        )
        [entry] = AuditEntry.objects.filter(words__startswith="Taken: Tea Assistant")
        self.assertEqual(entry.user, self.instructor)

    def test_assistants_do_not(self):
        before = self.stored()
        self.api = client_of(self.assistant)
        for roles in (
            [self.all[0], self.own | {"role": "instructor"}],
            [*self.all, self.own | {"role": "instructor"}],
            [self.own],
            [],
            [self.all[0] | {"name_as_printed": "A."}, self.own],
            [*reversed(self.all)],
        ):
            with self.subTest(roles=roles):
                said = self.patch(self.PATH, {"roles": roles, "term": "T"}, 403)
                self.assertIn("instructors of the course do", said.json()["detail"])
        self.assertEqual(self.stored(), before)
        self.course.refresh_from_db()
        self.assertEqual(self.course.term, "")
        given = AuditEntry.objects.filter(action=AuditEntry.Action.ROLE)
        self.assertFalse(given.filter(user=self.assistant).exists())
        self.patch(self.PATH, {"roles": self.all, "term": "T"})
        self.put(self.PATH, {"title": "T", "status": "public"})
        self.assertEqual(self.stored(), before)

    def test_nobody_shuts_themselves_out(self):
        response = self.patch(self.PATH, {"roles": self.all[1:]}, 409)
        self.assertEqual([*errors_of(response)], ["roles"])
        self.assertEqual(len(self.stored()), 2)
        self.api = client_of(make_superuser())
        self.patch(self.PATH, {"roles": []})

    def test_people_of_other_rosters_are_not_to_be_had(self):
        student = make_student(self.other).person
        roles = [*self.all, {"person": student.slug}]
        response = self.patch(self.PATH, {"roles": roles}, 409)
        self.assertEqual([*errors_of(response)], ["roles.2.person"])


class PersonTests(Case):
    def test_put_makes_then_writes_over(self):
        make_author("King", slug="king")
        body = {
            "name": "Ada King",
            "other_names": ["A. Lovelace"],
            "affiliation": "HKU",
            "homepage": "https://example.org/",
            "biography": "*Born*",
            "author": "king",
        }
        made = self.put("people/ada/", body, 201, **NEW)
        said = made.json()
        self.assertEqual(
            (said["family_name"], said["given_name"], said["author"]),
            ("King", "Ada", "king"),
        )
        self.assertEqual(said["biography_html"], "<p><em>Born</em></p>")
        again = self.put("people/ada/", body, HTTP_IF_MATCH=made["ETag"])
        self.assertEqual(again.json(), said)
        person = Person.objects.get(slug="ada")
        self.assertEqual(log_of(person), [(self.instructor, "Added.")])
        headers = {"HTTP_IF_MATCH": made["ETag"], "HTTP_CHANGE_REASON": "Wed."}
        said = self.put("people/ada/", {"name": "Ada Byron"}, **headers).json()
        self.assertEqual((said["family_name"], said["affiliation"]), ("Byron", ""))
        person.refresh_from_db()
        self.assertEqual(person.other_names, ["A. Lovelace"])
        self.assertEqual(
            log_of(person)[1][1],
            "Changed: name, family_name, affiliation, homepage, biography, author. "
            "Wed.",
        )
        self.put("people/ada/", {"name": "A", "slug": "b"}, 409)

    def test_slugs_are_made(self):
        make_person_merge(self.ada, slug="bo-li")
        rows = [{"name": "Bo Li"}] * 3
        slugs = [each["slug"] for each in self.post("people/", rows).json()]
        self.assertEqual(slugs, ["bo-li-2", "bo-li-3", "bo-li-4"])

    def test_many_are_all_or_none(self):
        rows = [{"name": f"N {n}", "slug": f"n{n}"} for n in range(20)]
        bad = [*rows[:19], {"name": "Twice", "slug": "n1"}]
        self.assertEqual([*errors_of(self.post("people/", bad, 409))], ["rows.19.slug"])
        self.assertFalse(Person.objects.filter(slug="n0").exists())
        self.assertFalse(LogEntry.objects.exists())
        self.post("people/", rows)
        found = Person.objects.get(slug="n7")
        self.assertEqual((found.name_key, found.family_name), ("7 n", "7"))
        self.assertEqual(log_of(found), [(self.instructor, "Added.")])

    def test_slugs_of_many_are_found_at_once(self):
        costs = []
        for first, last in ((0, 3), (3, 33)):
            rows = [{"name": f"Ada N{n}"} for n in range(first, last)]
            with CaptureQueriesContext(connection) as queries:
                self.post("people/", rows)
            costs.append(len(queries))
        self.assertLessEqual(costs[1] - costs[0], 27)  # the check of each asks once

    def test_texts_say_something_and_hosts_can_be_there(self):
        long = f"https://{'a.' * 150}org/x"
        for body, code, field in (
            ({"name": "\x19"}, 400, "name"),
            ({"name": "Ada", "other_names": ["\x7f "]}, 400, "other_names.0"),
            ({"name": "Ada", "homepage": long}, 409, "homepage"),
            ({"name": "Ada", "homepage": "https://example.o"}, 409, "homepage"),
            ({"name": "Ada", "homepage": "https://exa mple.org"}, 400, "homepage"),
        ):
            with self.subTest(body):
                self.assertEqual(
                    [*errors_of(self.post("people/", body, code))], [field]
                )

    def test_addresses_and_accounts_are_not_written(self):
        make_person(slug="bo", email="bo@example.org")
        for name in ("email", "user", "photo"):
            response = self.patch("people/bo/", {name: "x@example.org"}, 400)
            self.assertEqual([*errors_of(response)], [name])
        response = self.patch("people/bo/", {"name": "Bo"})
        self.assertNotIn("example.org", response.content.decode())
        self.put("people/bo/", {"name": "Bo"})
        self.assertEqual(Person.objects.get(slug="bo").email, "bo@example.org")

    def test_staff_write_whom_they_see_in_the_administration(self):
        """Pages show neither students nor who has no part yet."""
        student = make_enrolment(self.course).person
        alone = make_person()
        for person in (student, alone):
            path = f"people/{person.slug}/"
            said = self.patch(path, {"affiliation": "HKU"}).json()
            self.assertEqual(said["affiliation"], "HKU")
            self.assertEqual(self.api.get(API + path).status_code, 404)
        elsewhere = make_enrolment(self.other).person
        path = f"people/{elsewhere.slug}/"
        self.patch(path, {"name": "N"}, 404)
        self.delete(path, 404)
        self.put(path, {"name": "N"}, 409)
        self.api = client_of(make_superuser())
        self.patch(path, {"name": "N"})

    def test_who_may(self):
        shared = make_course_role(self.course, make_person("S", slug="shared")).person
        make_appearance(make_talk(make_session(self.other)), shared)
        make_course_role(self.course, make_person("O", slug="ours"))
        token = make_token(make_superuser(), [self.course], scope="write").clear
        for api, add, ours, both in (
            (APIClient(), 401, 401, 401),
            (client_of(make_student(self.course)), 403, 403, 403),
            (client_of(self.instructor, scope="read"), 403, 403, 403),
            (client_of(make_instructor(self.other)), 201, 403, 403),
            (client_of(make_assistant(self.course)), 201, 200, 403),
            (client_of(self.instructor), 201, 200, 403),
            (APIClient(HTTP_AUTHORIZATION=f"Bearer {token}"), 201, 200, 403),
            (client_of(make_superuser()), 201, 200, 200),
        ):
            self.api = api
            with self.subTest(add=add, ours=ours, both=both):
                self.post("people/", {"name": "N"}, add)
                self.put(f"people/n-{id(api)}/", {"name": "N"}, add, **NEW)
                self.patch("people/ours/", {"affiliation": "A"}, ours)
                self.put("people/shared/", {"name": "S"}, both)
                self.delete("people/ours/", 409 if ours == 200 else ours)

    def test_those_with_an_account_stay(self):
        said = self.delete(f"people/{self.ada.slug}/", 403).json()
        self.assertIn("may not delete", said["detail"])
        used = make_course_role(self.course, make_person(slug="used")).person
        said = self.delete("people/used/", 409).json()
        self.assertIn("course roles: 1", said["detail"])
        used.roles.all().delete()
        self.delete("people/used/", HTTP_IF_MATCH="*", HTTP_CHANGE_REASON="Twice.")
        self.assertEqual(log_of(used, used.pk), [(self.instructor, "Deleted. Twice.")])

    def test_former_slugs_are_written_no_more(self):
        make_person_merge(self.ada, slug="ada-king")
        self.assertEqual(self.api.get(API + "people/ada-king/").status_code, 200)
        for method in ("put", "patch", "delete"):
            response = self.write(method, "people/ada-king/", {"name": "A"}, 409, **ANY)
            self.assertIn(self.ada.slug, errors_of(response)["slug"])
        body = {"name": "A", "slug": "ada-king"}
        self.assertEqual([*errors_of(self.post("people/", body, 409))], ["slug"])
        self.assertTrue(Person.objects.filter(name=self.ada.name).exists())

    def test_conditions(self):
        path = f"people/{self.ada.slug}/"
        etag = self.api.get(API + path)["ETag"]
        self.write("put", path, {"name": "A"}, 428)
        Person.objects.filter(pk=self.ada.pk).update(affiliation="HKU")
        self.put(path, {"name": "A"}, 412, HTTP_IF_MATCH=etag)


class AnnouncementTests(Case):
    def test_made_changed_and_deleted(self):
        said = self.post(
            "announcements/",
            {
                "course": "dl",
                "title": "Room",
                "body": "It is **R2**.",
                "published_at": "2998-09-01T08:00:00+08:00",
                "change_reason": "Moved.",
            },
        ).json()
        self.assertEqual(said["body_html"], "<p>It is <strong>R2</strong>.</p>")
        row = Announcement.objects.get()
        self.assertEqual(row.published_at, datetime(2998, 9, 1, tzinfo=UTC))
        path = f"announcements/{row.pk}/"
        self.assertEqual(self.api.get(API + path).json(), said)
        put = self.put(path, {"course": "dl", "title": "Room 2"}).json()
        self.assertEqual((put["body"], put["is_pinned"]), ("", False))
        self.assertEqual(put["published_at"], said["published_at"])
        again = self.put(path, {"course": "dl", "title": "Room 2"}).json()
        self.assertEqual(again, put)
        self.patch(path, {"is_pinned": True})
        self.delete(path)
        self.put(path, {"course": "dl", "title": "T"}, 404)
        self.assertEqual(
            [words for _user, words in log_of(row, row.pk or said["id"])],
            [
                "Added. Moved.",
                "Changed: title, body.",
                "Changed: is_pinned.",
                "Deleted.",
            ],
        )

    def test_who_may(self):
        row = make_announcement(self.course)
        path = f"announcements/{row.pk}/"
        body = {"course": "dl", "title": "T"}
        for user, add, change in (
            (make_student(self.course), 403, 403),
            (make_instructor(self.other), 403, 403),
            (make_assistant(self.course), 201, 200),
            (make_superuser(), 201, 200),
        ):
            self.api = client_of(user)
            with self.subTest(user=user):
                self.post("announcements/", body, add)
                self.post("announcements/", [body, body], add)
                self.put(path, body, change)
                self.patch(path, {"title": "T"}, change)
        self.api = client_of(self.instructor)
        self.patch(path, {"course": "other"}, 403)
        later = make_announcement(
            self.other, published_at=datetime(2999, 1, 1, tzinfo=UTC)
        )
        self.patch(f"announcements/{later.pk}/", {"title": "T"}, 404)

    def test_what_cannot_be(self):
        for said, code, field in (
            ({"title": ""}, 400, "title"),
            ({"published_at": "2025-09-01"}, 400, "published_at"),
            ({"published_at": "2025-09-01T08:00:00"}, 400, "published_at"),
            ({"body_html": "x"}, 400, "body_html"),
            ({"course": "hidden"}, 409, "course"),
        ):
            rows = [{"course": "dl", "title": "T"} for _ in range(3)]
            rows[1] |= said
            with self.subTest(said=said):
                response = self.post("announcements/", rows[1], code)
                self.assertEqual([*errors_of(response)], [field])
                response = self.post("announcements/", rows, code)
                self.assertEqual([*errors_of(response)], [f"rows.1.{field}"])
        self.assertFalse(Announcement.objects.exists())


class EnrolmentTests(Case):
    def setUp(self):
        super().setUp()
        self.student = make_person("Stu", slug="stu", email="stu@example.org")
        self.body = {"course": "dl", "person": "stu", "code": "MATH 5380"}

    def test_made_changed_and_deleted(self):
        body = self.body | {"student_number": "20771234"}
        made = self.post("enrolments/", body)
        said = made.json()
        self.assertEqual(
            (said["name"], said["status"], said["code"]),
            ("Stu", "active", "MATH 5380"),
        )
        path = f"enrolments/{said['id']}/"
        self.assertEqual(self.api.get(API + path)["ETag"], made["ETag"])
        dropped = self.patch(path, {"status": "dropped"})
        self.assertLess(said["updated_at"], dropped.json()["updated_at"])
        self.assertEqual(said["created_at"], dropped.json()["created_at"])
        self.patch(path, {"status": "active"}, 412, HTTP_IF_MATCH=made["ETag"])
        put = self.put(path, {"course": "dl", "person": "stu"})
        self.assertEqual((put.json()["status"], put.json()["code"]), ("active", ""))
        for response in (made, dropped, put):
            self.assertNotIn("2077", response.content.decode())
            self.assertNotIn("example.org", response.content.decode())
        row = Enrolment.objects.get()
        self.assertEqual(row.student_number, "20771234")
        self.delete(path)
        self.assertEqual(
            [words for _user, words in log_of(row)],
            ["Added.", "Changed: status.", "Changed: status, code.", "Deleted."],
        )

    def test_who_may(self):
        row = make_enrolment(self.course, make_person())
        path = f"enrolments/{row.pk}/"
        taking = make_student(self.course)
        own = f"enrolments/{taking.person.enrolments.get().pk}/"
        self.api = APIClient()
        self.post("enrolments/", self.body, 401)
        self.api = client_of(taking)
        self.post("enrolments/", self.body, 403)
        self.patch(path, {"status": "dropped"}, 404)
        said = self.patch(own, {"status": "auditor"}, 403).json()
        self.assertIn("staff of the course", said["detail"])
        self.delete(own, 403)
        self.api = client_of(make_instructor(self.other))
        self.post("enrolments/", self.body, 403)
        self.patch(path, {"status": "dropped"}, 404)
        self.api = client_of(make_assistant(self.course))
        self.post("enrolments/", self.body)
        self.patch(path, {"status": "dropped"})
        self.patch(path, {"course": "other"}, 403)
        said = self.delete(path, 403).json()
        self.assertEqual(
            said["detail"], "You may not delete this: instructors of the course do."
        )
        token = make_token(self.instructor, [self.other], scope="write").clear
        self.api = APIClient(HTTP_AUTHORIZATION=f"Bearer {token}")
        self.delete(path, 404)
        self.post("enrolments/", self.body, 403)
        self.api = client_of(self.instructor, scope="read")
        self.delete(path, 403)

    def test_what_cannot_be(self):
        make_enrolment(self.course, self.ada, student_number="20771234")
        other = make_student(self.other).person.slug
        for said, code, field in (
            ({"status": "gone"}, 400, "status"),
            ({"name": "N"}, 400, "name"),
            ({"student_number": 20771234}, 400, "student_number"),
            ({"person": "no-such"}, 409, "person"),
            ({"person": other}, 409, "person"),
            ({"person": self.ada.slug}, 409, "person"),
            ({"student_number": "20771234"}, 409, "student_number"),
            ({"course": "hidden"}, 409, "course"),
        ):
            rows = [self.body | said, self.body | {"person": make_person().slug}]
            with self.subTest(said=said):
                response = self.post("enrolments/", rows[0], code)
                self.assertEqual([*errors_of(response)], [field])
                self.assertNotIn("2077", response.content.decode())
                response = self.post("enrolments/", rows, code)
                self.assertEqual([*errors_of(response)], [f"rows.0.{field}"])
        self.assertEqual(Enrolment.objects.filter(course=self.course).count(), 1)

    def test_many(self):
        rows = [self.body | {"person": make_person().slug} for _ in range(30)]
        answer = self.post("enrolments/", rows).json()
        self.assertEqual(answer[29], self.api.get(answer[29]["url"]).json())
        self.assertEqual(self.course.enrolments.count(), 30)
