"""Staff write by the API what they may in the administration."""

import pytest
from django.contrib.admin.models import LogEntry
from django.core.files.base import ContentFile
from django.db import connection
from django.http import HttpRequest
from django.test import TestCase
from rest_framework.test import APIClient

from courses.access import Status, Visibility
from courses.api import uploaded
from courses.models import (
    Appearance,
    Material,
    Person,
    Reading,
    Session,
    StoredFile,
    Talk,
)
from references.models import Author, Paper
from references.rest.writing import Writes
from tests.factories import (
    PDF,
    make_assistant,
    make_author,
    make_course,
    make_course_role,
    make_file,
    make_instructor,
    make_material,
    make_meeting,
    make_paper,
    make_paper_alias,
    make_person,
    make_reading,
    make_session,
    make_session_role,
    make_student,
    make_superuser,
    make_talk,
    make_talk_link,
    make_token,
    make_user,
)

API = "/api/v1/"
ANY = {"HTTP_IF_MATCH": "*"}


def client_of(user, scope="write"):
    token = make_token(user, scope=scope)
    return APIClient(HTTP_AUTHORIZATION=f"Bearer {token.clear}")


def errors_of(response):
    """{field: detail} of a problem."""
    return {each["field"]: each["detail"] for each in response.json()["errors"]}


class Case(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.course = make_course(slug="dl")
        cls.other = make_course(slug="other")
        cls.hidden = make_course(slug="hidden", status=Status.DRAFT)
        cls.instructor = make_instructor(cls.course)
        cls.ada = cls.instructor.person

    def setUp(self):
        self.api = client_of(self.instructor)

    def write(self, method, path, body=None, code=None, **headers):
        send = getattr(self.api, method)
        response = send(API + path, body, format="json", **headers)
        if code:
            self.assertEqual(response.status_code, code, response.content[:600])
        return response

    def post(self, path, body, code=201):
        return self.write("post", path, body, code)

    def put(self, path, body, code=200, **headers):
        return self.write("put", path, body, code, **(headers or ANY))

    def patch(self, path, body, code=200, **headers):
        return self.write("patch", path, body, code, **(headers or ANY))

    def delete(self, path, code=204, **headers):
        return self.write("delete", path, None, code, **(headers or ANY))


class RightsTests(Case):
    def every_write(self, session):
        """The status of each way to write in a course, or to a session of it."""
        path = f"sessions/{session.course.slug}/{session.key}/"
        said = {"title": "T"}
        new = f"sessions/{session.course.slug}/new/"
        return [
            self.write("post", "sessions/", {"course": session.course.slug}),
            self.write("post", "sessions/", [{"course": session.course.slug}]),
            self.write("put", new, said),
            self.write("put", path, said, **ANY),
            self.write("patch", path, said, **ANY),
            self.write("delete", path, **ANY),
        ]

    def statuses(self, user, session):
        self.api = client_of(user)
        return [response.status_code for response in self.every_write(session)]

    def test_staff_of_the_course_may(self):
        done = [201, 201, 201, 200, 200, 204]
        for make in (make_instructor, make_assistant):
            session = make_session(make_course())
            with self.subTest(make.__name__):
                self.assertEqual(self.statuses(make(session.course), session), done)
        session = make_session(self.hidden)
        self.assertEqual(self.statuses(make_superuser(), session), done)

    def test_others_may_not(self):
        session = make_session(self.course, title="Theirs")
        elsewhere = make_instructor(self.other)
        for user in (make_student(self.course), make_user(), elsewhere):
            with self.subTest(user=user):
                self.assertEqual(self.statuses(user, session), [403] * 6)
        self.assertEqual([s.title for s in Session.objects.all()], ["Theirs"])

    def test_what_they_may_not_see_is_not_there(self):
        session = make_session(self.hidden, title="Theirs")
        statuses = self.statuses(self.instructor, session)
        self.assertEqual(statuses, [409, 409, 404, 404, 404, 404])
        known = self.write("post", "sessions/", {"course": "hidden"})
        unknown = self.write("post", "sessions/", {"course": "no-such"})
        self.assertEqual(
            errors_of(known)["course"].replace("hidden", "no-such"),
            errors_of(unknown)["course"],
        )
        session = make_session(self.other, visibility=Visibility.STAFF)
        statuses = self.statuses(self.instructor, session)
        self.assertEqual(statuses, [403, 403, 403, 403, 404, 404])

    def test_refusal_says_why(self):
        self.api = client_of(make_student(self.course))
        said = self.post("sessions/", {"course": "dl"}, 403).json()
        self.assertEqual(
            said["detail"], "You may not add sessions here: staff of the course do."
        )

    def test_strangers_are_asked_who_they_are(self):
        self.api = APIClient()
        for response in self.every_write(make_session(self.hidden)):
            self.assertEqual(response.status_code, 401)
            self.assertEqual(response["WWW-Authenticate"], "Bearer")

    def test_token_that_only_reads(self):
        session = make_session(self.course)
        self.api = client_of(self.instructor, scope="read")
        statuses = {response.status_code for response in self.every_write(session)}
        self.assertEqual(statuses, {403})

    def test_no_row_goes_where_its_writer_runs_nothing(self):
        there, here = make_session(self.other), make_session(self.course)
        material = make_material(here)
        talk = make_talk(here)
        path = f"materials/{material.pk}/"
        self.patch(path, {"session": there.pk}, 403)
        self.patch(path, {"session": None, "course": "other"}, 403)
        self.patch(path, {"session": make_session(self.hidden).pk}, 409)
        self.patch(f"talks/{talk.pk}/", {"session": there.pk}, 403)
        self.post("readings/", {"session": there.pk, "text": "T"}, 403)
        material.refresh_from_db()
        self.assertEqual(material.session, here)

    def test_shared_rows_used_elsewhere_are_not_theirs(self):
        ours, theirs = make_paper(key="ours"), make_paper(key="theirs")
        make_reading(self.course, paper=ours)
        make_reading(self.other, paper=theirs)
        self.patch("papers/ours/", {"venue": "V"})
        self.patch("papers/theirs/", {"venue": "V"}, 403)
        self.put("papers/theirs/", {"title": "T"}, 403)
        self.delete("papers/theirs/", 403)
        self.api = client_of(make_superuser())
        self.patch("papers/theirs/", {"venue": "V"})

    def test_no_account_of_staff_changes_what_goes_with_a_row(self):
        self.api = client_of(make_assistant(self.course))
        talk = make_talk(make_session(self.course))
        make_talk_link(talk)  # assistants do not delete them
        said = self.delete(f"talks/{talk.pk}/", 403).json()
        self.assertIn("speaker's link", said["detail"])


class SessionTests(Case):
    def test_new_session_is_answered_as_it_reads(self):
        make_meeting(self.course)
        grace = make_person("Grace", slug="grace")
        make_course_role(self.course, grace)
        body = {
            "course": "dl",
            "title": "Kernels",
            "number": "03",
            "date": "2025-10-08",
            "abstract": "**Bold**",
            "instructors": [
                {"person": "grace", "name_as_printed": "G."},
                {"person": self.ada.slug},
            ],
        }
        response = self.post("sessions/", body)
        said = response.json()
        self.assertEqual(response["Location"], said["url"])
        path = said["url"].removeprefix("http://testserver")
        self.assertEqual(path, "/api/v1/sessions/dl/03/")
        read = self.api.get(path)
        self.assertEqual(read.json(), said)
        self.assertEqual(read["ETag"], response["ETag"])
        self.assertEqual(
            said["starts_at"],
            "2025-10-08T15:00:00+08:00".replace("+08:00", said["starts_at"][19:]),
        )
        self.assertEqual(said["abstract_html"], "<p><strong>Bold</strong></p>")
        names = [each["name_as_printed"] for each in said["instructors"]]
        self.assertEqual(names, ["G.", ""])

    def test_key_and_place_are_found(self):
        make_session(self.course, key="01", position=7)
        first = self.post("sessions/", {"course": "dl"}).json()
        second = self.post("sessions/", {"course": "dl"}).json()
        self.assertEqual(
            [(each["key"], each["position"]) for each in (first, second)],
            [("02", 8), ("03", 9)],
        )

    def test_wrong_bodies_are_400_by_field(self):
        body = {
            "course": "dl",
            "title": 5,
            "kind": "party",
            "position": True,
            "date": "20251008",
            "start_time": "25:00",
            "number": "n" * 21,
            "visibility": None,
            "place": "\0",
        }
        response = self.post("sessions/", body | {"place": "P"}, 400)
        self.assertEqual(errors_of(response).keys(), body.keys() - {"course", "place"})
        self.assertEqual(errors_of(self.post("sessions/", body, 400)).keys(), {"place"})

    def test_unknown_fields_are_refused_by_name(self):
        body = {"course": "dl", "tilte": "T", "id": 3}
        errors = errors_of(self.post("sessions/", body, 400))
        self.assertEqual(errors.keys(), {"tilte", "id"})
        self.assertIn("cannot be written", errors["id"])
        self.assertIn("title", errors["tilte"])
        body = {"course": "dl", "scribes": [{"person": self.ada.slug, "nme": "T"}]}
        errors = errors_of(self.post("sessions/", body, 400))
        self.assertEqual(errors.keys(), {"scribes.0.nme"})

    def test_only_objects_are_rows(self):
        for body in ("text", 5, None, True):
            with self.subTest(body=body):
                self.post("sessions/", body, 400)
        self.put("sessions/dl/new/", [{"title": "T"}], 400)
        self.post("sessions/", [], 400)

    def test_a_body_is_needed(self):
        path = f"{API}sessions/dl/{make_session(self.course).key}/"
        for send in (self.api.patch, self.api.put):
            self.assertEqual(send(path, **ANY).status_code, 400)
        self.patch(path.removeprefix(API), {})  # changes nothing

    def test_hostile_bodies(self):
        for text in (
            '{"course": "dl", "title": "\\u0000"}',
            '{"course": "dl", "title": "\\ud800"}',
            '{"course": "dl", "\\ud800": "x"}',
            '{"course": "dl", "kind": "\\ud800"}',
            '{"course": "\\ud800"}',
            "[" * 100_000 + "]" * 100_000,
            '{"course": "dl", "position": 1e400}',
            '{"course": "dl", "position": NaN}',
            '{"course": "dl", "position": ' + "9" * 5000 + "}",
            '{"course": "dl", "position": ' + "9" * 30 + "}",
            "{",
        ):
            with self.subTest(text=text[:40]):
                response = self.api.post(
                    API + "sessions/", text, content_type="application/json"
                )
                self.assertEqual(response.status_code, 400, response.content[:300])
        self.post("sessions/", {"course": "dl", "date": "0001-01-01"}, None)

    def test_hostile_text_stays_text(self):
        title = "<script>alert(1)</script> {{ x }} '; DROP TABLE"
        said = self.post("sessions/", {"course": "dl", "title": title}).json()
        self.assertEqual(said["title"], title)
        page = self.client.get(said["html_url"]).content.decode()
        self.assertNotIn("<script>alert", page)

    def test_constraints_are_409(self):
        make_session(self.course, key="01")
        for body, field in (
            ({"key": "01"}, "key"),
            ({"start_time": "10:00", "end_time": "09:00"}, ""),
            ({"date": "2025-10-08", "end_date": "2025-10-08"}, ""),
            ({"instructors": [{"person": "no-such"}]}, "instructors.0.person"),
        ):
            with self.subTest(body=body):
                response = self.post("sessions/", {"course": "dl", **body}, 409)
                self.assertEqual([*errors_of(response)], [field])
        twice = [{"person": self.ada.slug}] * 2
        self.post("sessions/", {"course": "dl", "chairs": twice}, 409)
        self.assertEqual(Session.objects.count(), 1)

    def test_patch_leaves_what_it_does_not_say(self):
        session = make_session(self.course, title="Old", place="Room")
        make_session_role(session, self.ada)
        said = self.patch(f"sessions/dl/{session.key}/", {"title": "New"}).json()
        self.assertEqual((said["title"], said["place"]), ("New", "Room"))
        self.assertEqual(
            [each["person"] for each in said["instructors"]], [self.ada.slug]
        )
        said = self.patch(f"sessions/dl/{session.key}/", {"instructors": []}).json()
        self.assertEqual(said["instructors"], [])

    def test_patch_takes_whole_parts_alone(self):
        path = f"sessions/dl/{make_session(self.course).key}/"
        response = self.patch(path, {"instructors": [{}]}, 400)
        self.assertEqual([*errors_of(response)], ["instructors.0.person"])

    def test_parts_keep_their_rows(self):
        session = make_session(self.course)
        role = make_session_role(session, self.ada)
        grace = make_person("Grace", slug="grace")
        make_course_role(self.course, grace)
        people = [{"person": "grace"}, {"person": self.ada.slug}]
        self.patch(f"sessions/dl/{session.key}/", {"instructors": people})
        role.refresh_from_db()
        self.assertEqual(role.position, 2)

    def test_course_stays(self):
        session = make_session(self.course)
        make_course_role(self.other, self.ada)
        path = f"sessions/dl/{session.key}/"
        self.api = client_of(self.instructor)
        response = self.patch(path, {"course": "other"}, 409)
        self.assertEqual(errors_of(response), {"course": "It stays what it is."})
        self.patch(path, {"course": "dl"})

    def test_put_makes_then_writes_over(self):
        path = "sessions/dl/05/"
        body = {"title": "One", "place": "Room", "stream_url": "https://example.org/s"}
        made = self.put(path, body, 201, HTTP_ACCEPT="*/*")
        self.assertEqual(made["Location"], "http://testserver/api/v1/" + path)
        self.put(path, {"title": "Two"}, 428, HTTP_ACCEPT="*/*")
        said = self.put(path, {"title": "Two"}, HTTP_IF_MATCH=made["ETag"]).json()
        self.assertEqual((said["title"], said["place"]), ("Two", ""))
        session = Session.objects.get()
        self.assertEqual(
            (session.position, session.stream_url), (1, body["stream_url"])
        )
        self.put(path, {"key": "06"}, 409)
        self.put(path, {"course": "other"}, 403)
        self.put(path, {"course": "dl", "key": "05"})
        self.put("sessions/dl/a b/", {}, 400, HTTP_ACCEPT="*/*")
        self.put("sessions/no-such/05/", {}, 404, HTTP_ACCEPT="*/*")

    def test_put_same_twice_is_one_row_and_one_record(self):
        body = {"title": "T", "instructors": [{"person": self.ada.slug}]}
        first = self.put("sessions/dl/05/", body, 201, HTTP_ACCEPT="*/*")
        second = self.put("sessions/dl/05/", body, HTTP_IF_MATCH=first["ETag"])
        self.assertEqual(first.json(), second.json())
        self.assertEqual(Session.objects.get().history.count(), 1)

    def etag(self, path):
        return self.api.get(API + path)["ETag"]

    def test_conditions(self):
        session = make_session(self.course, title="Old")
        path = f"sessions/dl/{session.key}/"
        etag = self.etag(path)
        for method in ("put", "patch", "delete"):
            with self.subTest(method=method):
                said = self.write(method, path, {"title": "T"}, 428).json()
                self.assertIn("If-Match", said["detail"])
        Session.objects.update(title="By someone else")
        self.patch(path, {"title": "T"}, 412, HTTP_IF_MATCH=etag)
        self.delete(path, 412, HTTP_IF_MATCH=etag)
        self.put(path, {}, 412, HTTP_IF_NONE_MATCH="*")
        self.put(path, {}, 412, HTTP_IF_NONE_MATCH=f'W/"x", {self.etag(path)}')
        self.put("sessions/dl/new/", {}, 412, HTTP_IF_MATCH="*")
        self.put("sessions/dl/new/", {}, 201, HTTP_IF_NONE_MATCH="*")
        etag = self.etag(path)
        narrow = self.api.get(API + path + "?fields=title")
        self.assertEqual(narrow["ETag"], etag)
        nested = self.api.get(API + path + "?expand=talks")
        self.assertNotEqual(nested["ETag"], etag)
        answer = self.patch(path, {"title": "T"}, HTTP_IF_MATCH=f'"x", {etag}')
        weak = f"W/{answer['ETag']}"  # as a web server makes it that compresses
        self.delete(path, HTTP_IF_MATCH=weak)

    def test_a_part_changed_meanwhile_is_another_state(self):
        session = make_session(self.course)
        path = f"sessions/dl/{session.key}/"
        etag = self.api.get(API + path)["ETag"]
        make_session_role(session, self.ada)
        self.patch(path, {"title": "T"}, 412, HTTP_IF_MATCH=etag)

    def test_history_says_who_and_why(self):
        session = make_session(self.course)
        path = f"sessions/dl/{session.key}/"
        self.patch(path, {"title": "T", "change_reason": "typo"})
        record = session.history.first()
        self.assertEqual(
            (record.history_user, record.history_change_reason, record.title),
            (self.instructor, "typo", "T"),
        )
        body = {"title": "T", "change_reason": "short"}
        long = {"HTTP_IF_MATCH": "*", "HTTP_CHANGE_REASON": "long" * 200}
        self.patch(path, body, 400, **long)
        said = "停课".encode().decode("latin-1")  # as servers pass it on
        self.delete(path, HTTP_IF_MATCH="*", HTTP_CHANGE_REASON=said)
        record = Session.history.first()
        self.assertEqual(
            (record.history_user, record.history_change_reason, record.history_type),
            (self.instructor, "停课", "-"),
        )

    def test_writes_take_no_parameters(self):
        self.post("sessions/?expand=talks", {"course": "dl"}, 400)


class ManyTests(Case):
    def rows(self, count):
        return [
            {
                "course": "dl",
                "title": f"Session {n}",
                "date": f"20{25 + n // 360}-{n // 30 % 12 + 1:02}-{n % 28 + 1:02}",
                "instructors": [{"person": self.ada.slug}],
                "abstract": "Of $x$.",
                "change_reason": "moved here",
            }
            for n in range(count)
        ]

    def test_five_hundred_at_once(self):
        make_meeting(self.course)
        with self.assertNumQueries(LESS_THAN_50):
            answer = self.post("sessions/", self.rows(500)).json()
        self.assertEqual(
            [each["title"] for each in answer], [f"Session {n}" for n in range(500)]
        )
        keys = [each["key"] for each in answer]
        self.assertEqual(keys, [f"{n:02}" for n in range(1, 501)])
        self.assertEqual(answer[0], self.api.get(answer[0]["url"]).json())
        record = Session.history.filter(key="500").get()
        self.assertEqual(
            (record.history_user, record.history_change_reason),
            (self.instructor, "moved here"),
        )

    def test_one_bad_row_and_nothing_is_written(self):
        for said, code, field in (
            ({"title": 5}, 400, "rows.3.title"),
            ({"course": "no-such"}, 409, "rows.3.course"),
            ({"key": "7"}, 409, "rows.3.key"),
            ({"start_time": "10:00", "end_time": "09:00"}, 409, "rows.3"),
            ({"tilte": "T"}, 400, "rows.3.tilte"),
        ):
            rows = self.rows(20)
            rows[1]["key"] = "7"
            rows[3] |= said
            with self.subTest(said=said):
                response = self.post("sessions/", rows, code)
                self.assertEqual([*errors_of(response)], [field])
        self.assertFalse(Session.objects.exists())
        self.assertFalse(Session.history.exists())

    def test_rows_that_are_none_and_too_many(self):
        response = self.post("sessions/", [{"course": "dl"}, 5], 400)
        self.assertEqual([*errors_of(response)], ["rows.1"])
        self.post("sessions/", self.rows(501), 400)

    def test_many_of_every_kind(self):
        session = make_session(self.course)
        paper = make_paper(key="known")
        make_paper_alias(paper, "Known:1")
        for path, rows in (
            ("talks/", [{"session": session.pk, "speakers": [{"name": "Bo Li"}]}] * 3),
            (
                "materials/",
                [{"session": session.pk, "address": "https://example.org/1"}] * 3,
            ),
            (
                "readings/",
                [{"course": "dl", "paper": "Known:1"}, {"course": "dl", "text": "T"}],
            ),
            ("authors/", [{"family_name": "Li"}] * 3),
            (
                "papers/",
                [
                    {
                        "title": "One",
                        "authors": [{"name": "Bo Li"}, {"name": "Bo Li"}],
                        "aliases": ["O:1"],
                        "links": [{"url": "https://example.org/1"}],
                    },
                    {"title": "One", "authors": [{"name": "Bo Li"}]},
                ],
            ),
        ):
            with self.subTest(path=path):
                answer = self.post(path, rows).json()
                self.assertEqual(len(answer), len(rows))
                self.assertEqual(answer[-1], self.api.get(answer[-1]["url"]).json())
        self.assertEqual(
            {talk.speakers.get() for talk in Talk.objects.all()},
            {Person.objects.get(name="Bo Li")},
        )


class AtMost(int):
    """Equal to what is no more."""

    def __eq__(self, other):
        return other <= int(self)

    __hash__ = int.__hash__


LESS_THAN_50 = AtMost(49)


class TalkTests(Case):
    def setUp(self):
        super().setUp()
        self.session = make_session(self.course)

    def test_speakers_are_found_or_made(self):
        make_course_role(self.course, make_person("Grace Hopper", slug="grace"))
        body = {
            "session": self.session.pk,
            "title": "T",
            "speakers": [
                {"name": "HOPPER, Grace", "affiliation": "Navy"},
                {"name": "New One", "homepage": "https://example.org/n"},
                {"person": self.ada.slug, "name": "A. I."},
            ],
        }
        said = self.post("talks/", body).json()["speakers"]
        self.assertEqual(
            [each["person"] for each in said[::2]], ["grace", self.ada.slug]
        )
        names = [each["name"] for each in said]
        self.assertEqual(names, ["HOPPER, Grace", "New One", "A. I."])
        self.assertEqual(said[1]["homepage"], "https://example.org/n")
        self.assertEqual(Person.objects.filter(name="New One").count(), 1)

    def test_comes_after_the_last(self):
        make_talk(self.session, position=3)
        body = {"session": self.session.pk, "title": "T"}
        self.assertEqual(self.post("talks/", body).json()["position"], 4)
        other = {"session": make_session(self.course).pk, "title": "T"}
        said = self.post("talks/", [body, other, other | {"position": 0}, body]).json()
        self.assertEqual([each["position"] for each in said], [5, 1, 0, 6])

    def test_new_speakers_stand_in_the_history(self):
        talk = make_talk(self.session, make_person("Old One"))
        self.patch(f"talks/{talk.pk}/", {"speakers": [{"name": "New One"}]})
        record = talk.history.first()
        self.assertEqual(record.history_change_reason, "Speakers: Old One → New One")
        self.assertEqual(record.history_user, self.instructor)

    def test_what_was_read_is_put_back_as_it_was(self):
        person = make_person("Bo Li", affiliation="HKUST")
        talk = make_talk(self.session, person)
        path = f"talks/{talk.pk}/"
        Appearance.objects.update(name="", affiliation="", homepage="")
        read = self.api.get(API + path).json()["speakers"]
        self.assertEqual(read[0]["affiliation"], "HKUST")
        self.patch(path, {"speakers": read, "title": "Another"})
        Person.objects.filter(pk=person.pk).update(affiliation="HKU")
        said = self.api.get(API + path).json()["speakers"]
        self.assertEqual(said, [read[0] | {"affiliation": "HKU"}])
        self.assertIsNone(talk.history.first().history_change_reason)
        self.patch(path, {"speakers": [read[0] | {"name": "B. Li"}]})
        stored = talk.appearances.values_list("person", "name", "affiliation").get()
        self.assertEqual(stored, (person.pk, "B. Li", "HKUST"))

    def test_names_that_are_none(self):
        for name in ("ada@example.org", "Ada Lee, Bo Kim and Cy Doe", "77"):
            body = {"session": self.session.pk, "speakers": [{"name": name}]}
            with self.subTest(name=name):
                response = self.post("talks/", body, 409)
                self.assertEqual([*errors_of(response)], ["speakers"])
        body = {"session": self.session.pk, "speakers": [{"affiliation": "A"}]}
        self.post("talks/", body, 409)
        self.assertFalse(Talk.objects.exists())

    def test_people_unknown_to_the_writer_do_not_speak(self):
        student = make_student(self.other).person
        body = {"session": self.session.pk, "speakers": [{"person": student.slug}]}
        response = self.post("talks/", body, 409)
        self.assertEqual([*errors_of(response)], ["speakers.0.person"])

    def test_talk_stays_in_its_course(self):
        make_course_role(self.other, self.ada)
        self.api = client_of(self.instructor)
        talk = make_talk(self.session)
        path = f"talks/{talk.pk}/"
        self.patch(path, {"session": make_session(self.other).pk}, 409)
        self.patch(path, {"session": make_session(self.course).pk})

    def test_talk_ends_after_it_starts(self):
        body = {"session": self.session.pk, "start_time": "10:00", "end_time": "09:00"}
        self.post("talks/", body, 409)


class MaterialTests(Case):
    def test_rules_of_the_form(self):
        session = make_session(self.course)
        make_session(self.other)
        for body in (
            {"address": "https://example.org/"},
            {"session": session.pk},
            {"session": session.pk, "course": "other", "address": "https://e.org/"},
            {
                "session": session.pk,
                "talk": make_talk(session).pk,
                "address": "https://example.org/",
            },
        ):
            with self.subTest(body=body):
                self.post("materials/", body, 403 if "course" in body else 409)
        with_file = make_material(session, file=make_file(), url="")
        path = f"materials/{with_file.pk}/"
        self.patch(path, {"address": "https://example.org/"}, 409)
        self.post("materials/", {"course": "dl", "address": "javascript:1"}, 400)

    def test_put_says_all_but_where_it_belongs(self):
        session = make_session(self.course)
        talk = make_talk(session)
        material = make_material(session, label="Old", group="Group")
        path = f"materials/{material.pk}/"
        body = {"kind": "video", "address": "https://example.org/v"}
        said = self.put(path, body).json()
        self.assertEqual(
            (said["session"], said["label"], said["group"], said["address"]),
            (session.pk, "", "", body["address"]),
        )
        said = self.put(path, {"talk": talk.pk, **body}).json()
        self.assertEqual((said["session"], said["talk"]), (None, talk.pk))
        self.delete(path)
        self.assertFalse(Material.objects.exists())
        self.put(path, body, 404)

    def upload(self, material, **form):
        return self.api.post(f"{API}materials/{material.pk}/file/", form)

    def test_file_takes_the_place_of_a_promise(self):
        material = make_material(self.course, state="expected", label="Slides")
        answer = self.upload(material, file=ContentFile(PDF, "day 1.pdf"))
        said = answer.json()
        self.assertEqual((answer.status_code, said["state"]), (200, "available"))
        self.assertEqual(said["file"]["content_type"], "application/pdf")
        self.assertEqual(self.client.get(said["address"]).getvalue(), PDF)
        record = material.history.first()
        self.assertEqual(record.history_user, self.instructor)
        self.upload(material, file=ContentFile(PDF + b"2", "day 1.pdf"))
        material.refresh_from_db()
        self.assertEqual(material.file.replaces.size_bytes, len(PDF))

    def test_files_that_are_none(self):
        material = make_material(self.course, state="expected")
        with self.settings(MAX_UPLOAD_MB=0):
            answer = self.upload(material, file=ContentFile(PDF, "a.pdf"))
            self.assertEqual(answer.status_code, 413)
        for form, code in (
            ({}, 400),
            ({"file": "text"}, 400),
            ({"file": ContentFile(PDF, "a.pdf"), "more": "x"}, 400),
            ({"file": ContentFile(b"no", "a.pdf")}, 400),
        ):
            self.assertEqual(self.upload(material, **form).status_code, code)
        linked = make_material(self.course)
        answer = self.upload(linked, file=ContentFile(PDF, "a.pdf"))
        self.assertEqual(answer.status_code, 409)
        theirs = make_material(self.other, state="expected")
        answer = self.upload(theirs, file=ContentFile(PDF, "a.pdf"))
        self.assertEqual(answer.status_code, 403)
        self.post(f"materials/{material.pk}/file/", {"file": "x"}, 415)
        self.assertFalse(StoredFile.objects.exists())

    def test_promise(self):
        body = {"course": "dl", "state": "expected", "expected_on": "2025-10-09"}
        said = self.post("materials/", body).json()
        self.assertEqual((said["address"], said["expected_on"]), ("", "2025-10-09"))


class ReadingTests(Case):
    def test_paper_by_key_and_alias(self):
        paper = make_paper(key="known")
        make_paper_alias(paper, "Known:1")
        for key in ("known", "Known:1"):
            said = self.post("readings/", {"course": "dl", "paper": key}).json()
            self.assertEqual(said["paper"], "known")
        self.post("readings/", {"course": "dl", "paper": "none"}, 409)
        self.post("readings/", {"course": "dl"}, 409)

    def test_comes_after_the_last_of_what_it_belongs_to(self):
        session = make_session(self.course)
        make_reading(session, position=7)
        make_reading(self.course, position=2)
        owners = [{"session": session.pk}, {"course": "dl"}, {"session": session.pk}]
        rows = [owner | {"text": "A book"} for owner in owners]
        said = self.post("readings/", rows).json()
        self.assertEqual([each["position"] for each in said], [8, 3, 9])

    def test_a_paper_of_which_the_identifier_alone_is_known_is_called_by_it(self):
        for line, key in (
            ("10.1038/nature14539", "doi-10-1038-nature14539"),
            ("arXiv:2101.00001", "arxiv-2101-00001"),
        ):
            said = self.post("readings/", {"course": "dl", "citation": line}).json()
            self.assertEqual(said["paper"], key)

    def test_paper_by_its_citation(self):
        line = "Ann Lee, Bo Kim. Far and near things. arXiv:2101.00001, 2021."
        said = self.post("readings/", {"course": "dl", "citation": line}).json()
        self.assertEqual(said["paper_details"]["arxiv_id"], "2101.00001")
        again = self.post(
            "readings/", {"course": "dl", "citation": "2101.00001"}
        ).json()
        self.assertEqual(again["paper"], said["paper"])
        body = {"course": "dl", "citation": "x", "paper": said["paper"]}
        self.post("readings/", body, 409)
        self.post("readings/", {"course": "dl", "citation": "hm"}, 409)
        self.assertEqual(Reading.objects.count(), 2)
        self.assertEqual(Paper.objects.count(), 1)
        reading = make_reading(self.course, text="As *printed*")
        self.patch(f"readings/{reading.pk}/", {"citation": line})
        reading.refresh_from_db()
        self.assertEqual(
            (reading.paper_id is None, reading.text), (False, "As *printed*")
        )

    def test_change(self):
        reading = make_reading(self.course)
        said = self.patch(f"readings/{reading.pk}/", {"role": "required"}).json()
        self.assertEqual((said["role"], said["text"]), ("required", reading.text))


class PaperTests(Case):
    def test_new_paper(self):
        known = make_author("Lee", given_name="Ann", slug="ann-lee")
        body = {
            "title": "Far and near",
            "kind": "article",
            "year": 2021,
            "authors": [
                {"name": "Ann Lee"},
                {"family_name": "Kim", "given_name": "Bo", "name": "B. Kim"},
            ],
            "arxiv_id": "https://arxiv.org/abs/2101.00001v2",
            "address": "https://example.org/p.pdf",
            "links": [{"kind": "code", "url": "https://example.org/code"}],
            "aliases": ["Lee:21"],
            "other_fields": {"month": "may"},
        }
        said = self.post("papers/", body).json()
        self.assertEqual(said["key"], "lee2021far")
        self.assertEqual(said["arxiv_id"], "2101.00001")
        self.assertEqual(
            [(each["name"], each["author"]) for each in said["authors"]],
            [("Ann Lee", known.slug), ("B. Kim", "bo-kim")],
        )
        self.assertEqual(said["aliases"], ["Lee:21"])
        self.assertEqual([each["kind"] for each in said["links"]], ["code"])
        self.assertEqual(said["address"], body["address"])
        self.assertEqual(said["other_fields"], body["other_fields"])
        self.assertEqual(
            Paper.objects.get().history.get().history_user, self.instructor
        )
        found = self.client.get("/api/v1/papers/", {"search": "kim"}).json()
        self.assertEqual(found["count"], 1)

    def test_constraints(self):
        make_paper(key="one", arxiv_id="2101.00001", doi="10.1000/x")
        make_paper_alias(make_paper(key="two"), "old")
        for body, field in (
            ({"key": "one"}, "key"),
            ({"key": "old"}, "key"),
            ({"arxiv_id": "arXiv:2101.00001"}, "arxiv_id"),
            ({"arxiv_id": "none"}, "arxiv_id"),
            ({"doi": "https://doi.org/10.1000/X"}, "doi"),
            ({"aliases": ["old"]}, "aliases"),
            ({"aliases": ["one"]}, "aliases"),
            ({"key": "own", "aliases": ["own"]}, "aliases"),
            ({"aliases": ["new", "new"]}, "aliases"),
            ({"authors": [{"author": "none"}]}, "authors.0.author"),
            ({"authors": [{"given_name": "none"}]}, "authors.0"),
        ):
            with self.subTest(body=body):
                response = self.post("papers/", {"title": "T", **body}, 409)
                self.assertEqual([*errors_of(response)], [field])
                rows = [{"title": "T"}, {"title": "T", **body}]
                response = self.post("papers/", rows, 409)
                self.assertEqual([*errors_of(response)], [f"rows.1.{field}"])
        self.post("papers/", {"title": " "}, 400)
        self.post("papers/", {}, 400)
        self.post("papers/", {"title": "T", "key": "Big"}, 400)
        self.post("papers/", {"title": "T", "other_fields": {"a": 1}}, 400)
        self.assertEqual(Paper.objects.count(), 2)
        self.assertEqual(Author.objects.count(), 0)

    def test_put_by_key_and_alias(self):
        headers = {"HTTP_ACCEPT": "*/*"}
        body = {"title": "One", "authors": [{"name": "Ann Lee"}]}
        self.put("papers/one/", body, 201, **headers)
        paper = Paper.objects.get()
        make_paper_alias(paper, "Lee:21")
        made = self.api.get("/api/v1/papers/one/")
        again = self.put("papers/Lee:21/", body, HTTP_IF_MATCH=made["ETag"])
        self.assertEqual(again.json(), made.json())
        self.assertEqual(paper.history.count(), 1)
        said = self.put("papers/one/", {"title": "Two", "key": "one"}).json()
        self.assertEqual((said["authors"], said["aliases"]), ([], ["Lee:21"]))
        self.put("papers/one/", {"title": "Two", "key": "two"}, 409)
        self.patch("papers/one/", {"key": "two"}, 409)
        self.put("papers/Not a key/", {"title": "Two"}, 400, **headers)

    def test_authors_who_are_there_stay(self):
        first = make_author("Lee", given_name="Ann", slug="lee-1")
        second = make_author("Lee", given_name="Ann", slug="lee-2")
        paper = make_paper([second], key="one")
        place = paper.authorships.get()
        said = self.patch(
            "papers/one/", {"authors": [{"name": "Bo Kim"}, {"name": "Ann Lee"}]}
        ).json()
        self.assertEqual(
            [each["author"] for each in said["authors"]], ["bo-kim", "lee-2"]
        )
        place.refresh_from_db()
        self.assertEqual(place.position, 2)
        said = self.patch("papers/one/", {"authors": said["authors"]}).json()
        both = [{"name": "Ann Lee"}, {"author": first.slug}]
        said = self.patch("papers/one/", {"authors": both}).json()
        self.assertEqual(
            [each["author"] for each in said["authors"]], ["lee-2", "lee-1"]
        )
        wrong = [{"author": "lee-1", "family_name": "Kim"}]
        self.patch("papers/one/", {"authors": wrong}, 409)
        self.patch("papers/one/", {"authors": [{"author": "lee-1"}] * 2}, 409)

    def test_paper_that_is_read_stays(self):
        paper = make_paper(key="one")
        make_reading(self.course, paper=paper)
        said = self.delete("papers/one/", 409).json()
        self.assertIn("readings: 1", said["detail"])
        paper.readings.all().delete()
        self.delete("papers/one/")

    def test_authors(self):
        made = self.post("authors/", {"family_name": "Lee", "given_name": "Ann"}).json()
        self.assertEqual(made["slug"], "ann-lee")
        self.post("authors/", {"family_name": "Lee", "slug": "ann-lee"}, 409)
        self.patch("authors/ann-lee/", {"given_name": "Anne"})
        entries = LogEntry.objects.filter(user=self.instructor, object_id=made["id"])
        self.assertEqual(
            [entry.change_message for entry in entries.order_by("pk")],
            ["Added.", "Changed: given_name."],
        )
        paper = make_paper([Author.objects.get()])
        said = self.delete("authors/ann-lee/", 409).json()
        self.assertIn("authorships: 1", said["detail"])
        paper.delete()
        self.delete("authors/ann-lee/")


class TextOfBodyTests(Case):
    def test_what_is_no_json_is_told_with_its_place(self):
        for text, words in (
            ('{"title":\n}', "line 2, column 1"),
            ('{"title": "A", "title": "B"}', "“title” stands twice"),
            (r'{"\ud800": 1, "\ud800": 2}', "“?” stands twice"),
            ('{"position": NaN}', "NaN is no number"),
            ('{"position": %s}' % ("9" * 5000), "too long"),
            (b'{"title": "\xff"}', "no text in UTF-8"),
        ):
            with self.subTest(text=text[:40]):
                response = self.api.patch(
                    f"{API}courses/dl/",
                    text,
                    content_type="application/json",
                    **ANY,
                )
                self.assertEqual(response.status_code, 400)
                self.assertIn(words, response.json()["detail"])

    def test_detail_names_fields(self):
        make_session(self.course, key="01")
        body = {"date": "2027-02-30", "kind": "x"}
        said = self.patch("sessions/dl/01/", body, 400).json()["detail"]
        self.assertIn("date: There is no such day.", said)
        self.assertIn("kind: “x” is none of these: lecture, ", said)

    def test_dots_alone_are_no_key(self):
        for key in (".", ".."):
            body = {"course": "dl", "key": key}
            self.assertIn("key", errors_of(self.post("sessions/", body, 400)))


@pytest.fixture
def site(transactional_db):
    """(a course, somebody who runs it, whose API this is) that are committed."""
    course = make_course(slug="dl")
    return course, client_of(make_instructor(course))


@pytest.mark.postgresql
def test_what_goes_before_the_commit_is_told(site, monkeypatch):
    """A row is made under another that somebody deletes meanwhile."""
    course, api = site
    session = make_session(course)

    def delete_meanwhile(*args):
        with connection.copy().cursor() as other:
            other.execute("DELETE FROM courses_session WHERE id = %s", [session.pk])

    monkeypatch.setattr(Writes, "note", delete_meanwhile)
    body = {"session": session.pk, "title": "T"}
    response = api.post(f"{API}talks/", body, format="json")
    assert response.status_code == 409, response.content
    assert "at the same time" in response.json()["detail"]
    assert not Talk.objects.exists()


def test_no_row_waits_while_a_body_comes_in(site, monkeypatch):
    course, api = site
    material = make_material(course, url="", state="expected")
    seen = []

    def read(request):
        seen.append(connection.in_atomic_block)
        return uploaded(request)

    monkeypatch.setattr("courses.api.uploaded", read)
    form = {"file": ContentFile(PDF, "a.pdf")}
    response = api.post(f"{API}materials/{material.pk}/file/", form)
    assert response.status_code == 200, response.content
    body = HttpRequest.body.fget

    def load(request):
        seen.append(connection.in_atomic_block)
        return body(request)

    monkeypatch.setattr(HttpRequest, "body", property(load))
    path = f"{API}materials/{material.pk}/"
    response = api.patch(path, {"label": "New"}, format="json", **ANY)
    assert response.status_code == 200, response.content
    assert seen[:2] == [False, False]
