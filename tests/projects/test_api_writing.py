"""Staff write by the API what they may in the administration: of what students do."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.contrib.admin.models import LogEntry
from django.core.files.base import ContentFile
from rest_framework.test import APIClient

from courses.models import Assignment
from projects.deadlines import Deadlines
from projects.models import (
    Extension,
    Gallery,
    Grade,
    Publication,
    PublishedLink,
    Slot,
)
from tests import factories as make
from tests.reading import answer
from tests.test_api_writing import API, Case, client_of, errors_of

pytestmark = pytest.mark.both
DUE = datetime(2025, 10, 8, 15, 59, tzinfo=UTC)
LATER = "2025-10-09T23:59:00+08:00"


class AssignmentTests(Case):
    def setUp(self):
        super().setUp()
        self.assignment = make.make_assignment(self.course, due_at=DUE)
        self.path = f"assignments/{self.assignment.pk}/"

    def slots(self):
        return list(self.assignment.slots.values_list("kind", "label", "position"))

    def hand_in(self, slot):
        team = make.make_team(self.course, assignment=self.assignment)
        return make.make_submission(slot, team)

    def test_new_one_is_answered_as_it_reads(self):
        body = {
            "course": "dl",
            "title": "Project 2",
            "kind": "project",
            "brief": "*Read.*",
            "due_at": LATER,
            "team_size": 3,
            "slots": [
                {"formats": "pdf zip", "max_size_mb": 20},
                {"kind": "video", "takes": "link", "formats": "", "is_required": False},
            ],
        }
        response = self.post("assignments/", body)
        said = response.json()
        self.assertEqual(said["due_at"], "2025-10-09T15:59:00Z")
        self.assertEqual(said["brief_html"], "<p><em>Read.</em></p>")
        kinds = [(each["kind"], each["position"]) for each in said["slots"]]
        self.assertEqual(kinds, [("report", 1), ("video", 2)])
        read = self.api.get(said["url"])
        self.assertEqual((read.json(), read["ETag"]), (said, response["ETag"]))
        record = Assignment.history.get(id=said["id"])
        self.assertEqual(record.history_user, self.instructor)

    def test_what_was_read_can_be_written(self):
        make.make_slot(self.assignment)
        make.make_slot(self.assignment, kind="video", takes="link")
        read = self.api.get(API + self.path).json()
        said = self.patch(self.path, {"slots": read["slots"]}).json()
        ids = [each["id"] for each in read["slots"]]
        self.assertEqual([each["id"] for each in said["slots"]], ids)

    def test_known_deadline_moves_for_a_reason(self):
        for body in (
            {"due_at": LATER},
            {"due_at": None},
            {"grace_minutes": 10},
            {"accepted_until": LATER, "reason": ""},
            {"due_at": LATER, "change_reason": "Outage."},
        ):
            with self.subTest(body=body):
                response = self.patch(self.path, body, 409)
                words = "The assignment is out: say why its deadline moves."
                self.assertEqual(errors_of(response), {"reason": words})
        self.put(self.path, {"course": "dl", "title": "T"}, 409)
        self.assertEqual(Deadlines(self.assignment).moves(), [])
        self.patch(self.path, {"due_at": LATER, "reason": "Outage."})
        [move] = Deadlines(self.assignment).moves()
        self.assertEqual(
            (move.reason, move.by, move.before, move.after),
            ("Outage.", self.instructor, DUE, DUE + timedelta(days=1)),
        )

    def test_students_read_the_reason_of_a_move(self):
        make.make_slot(self.assignment)
        student = make.make_student(self.course)
        self.client.force_login(student)
        self.patch(self.path, {"due_at": LATER, "reason": "The outage."})
        page = self.client.get(f"/submit/{self.assignment.pk}/")
        self.assertContains(page, "The outage.")

    def test_other_changes_and_what_is_not_out_need_none(self):
        self.patch(self.path, {"title": "T", "due_at": DUE.isoformat()})
        self.patch(self.path, {"title": "U", "change_reason": "typo"})
        self.assertEqual(Assignment.history.first().history_change_reason, "typo")
        hidden = make.make_assignment(
            self.course,
            opens_at=datetime(2999, 1, 1, tzinfo=UTC),
            due_at=datetime(2999, 2, 1, tzinfo=UTC),
        )
        body = {"due_at": "2999-02-02T00:00:00Z"}
        self.patch(f"assignments/{hidden.pk}/", body)

    def test_slots_are_replaced_and_those_named_again_stay(self):
        report = make.make_slot(self.assignment, position=1)
        make.make_slot(self.assignment, kind="slides", position=2)
        submission = self.hand_in(report)
        body = {"slots": [{"kind": "video", "takes": "link"}, {"max_size_mb": 5}]}
        said = self.patch(self.path, body).json()["slots"]
        self.assertEqual(said[1]["id"], report.pk)
        self.assertEqual(self.slots(), [("video", "", 1), ("report", "", 2)])
        submission.refresh_from_db()
        self.assertEqual((submission.slot, submission.slot.max_size_mb), (report, 5))
        self.patch(self.path, {"title": "T"})
        self.assertEqual(len(self.slots()), 2)

    def test_slots_can_swap_their_names(self):
        one, two = (make.make_slot(self.assignment, label=label) for label in "AB")
        named = [{"id": one.pk, "label": "B"}, {"id": two.pk, "label": "A"}]
        said = self.patch(self.path, {"slots": named}).json()["slots"]
        self.assertEqual(
            [(each["id"], each["label"]) for each in said],
            [(one.pk, "B"), (two.pk, "A")],
        )

    def test_slots_can_get_the_name_of_one_that_goes(self):
        make.make_slot(self.assignment, label="Final")
        draft = make.make_slot(self.assignment, label="Draft")
        self.patch(self.path, {"slots": [{"id": draft.pk, "label": "Final"}]})
        self.assertEqual(Slot.objects.get(), draft)
        self.assertEqual(self.slots(), [("report", "Final", 1)])

    def test_where_work_was_received_kind_and_what_it_takes_stay(self):
        slot = make.make_slot(self.assignment, label="One", position=1)
        self.hand_in(slot)
        for body, field in (
            ({"slots": []}, "slots"),
            ({"slots": [{"label": "Other"}]}, "slots"),
            ({"slots": [{"id": slot.pk, "kind": "slides"}]}, "slots.0"),
            ({"slots": [{"label": "One", "takes": "link"}]}, "slots.0"),
        ):
            with self.subTest(body=body):
                response = self.patch(self.path, body, 409)
                self.assertEqual([*errors_of(response)], [field])
        whole = {"course": "dl", "title": "T", "due_at": DUE.isoformat()}
        self.put(self.path, whole, 409)
        self.assertEqual(self.slots(), [("report", "One", 1)])
        self.patch(self.path, {"slots": [{"id": slot.pk, "label": "Two"}]})
        self.assertEqual(self.slots(), [("report", "Two", 1)])

    def test_put_says_all(self):
        make.make_slot(self.assignment)
        self.assignment.number = "1"
        self.assignment.save()
        body = {"course": "dl", "title": "T", "due_at": DUE.isoformat()}
        said = self.put(self.path, body).json()
        self.assertEqual((said["number"], said["slots"]), ("", []))

    def test_rules_of_the_form(self):
        make.make_slot(make.make_assignment(self.course))
        elsewhere = Slot.objects.get()
        for body, code, field in (
            ({"due_at": "2025-10-01T00:00:00"}, 400, "due_at"),
            ({"due_at": "9999-12-31T23:59:59Z"}, 409, "due_at"),
            ({"slots": [{"max_size_mb": 0}]}, 400, "slots.0.max_size_mb"),
            ({"slots": [{"pages": 3}]}, 400, "slots.0.pages"),
            ({"opens_at": LATER, "due_at": "2025-10-01T00:00:00Z"}, 409, ""),
            ({"grace_minutes": 61}, 409, ""),
            ({"team_size": 0}, 409, ""),
            ({"course": "no-such"}, 409, "course"),
            ({"slots": [{"formats": "exe"}]}, 409, "slots.0.formats"),
            ({"slots": [{"max_size_mb": 1999}]}, 409, "slots.0.max_size_mb"),
            ({"slots": [{}, {}]}, 409, "slots"),
            ({"slots": [{"id": elsewhere.pk}]}, 409, "slots.0.id"),
        ):
            with self.subTest(body=body):
                whole = {"course": "dl", "title": "T", **body}
                response = self.post("assignments/", whole, code)
                self.assertEqual([*errors_of(response)], [field])
        twice = [{"id": elsewhere.pk}, {"id": elsewhere.pk, "kind": "video"}]
        path = f"assignments/{elsewhere.assignment_id}/"
        self.patch(path, {"slots": twice}, 409)
        self.assertEqual(Slot.objects.get(), elsewhere)
        self.assertEqual(Assignment.objects.count(), 2)

    def test_conditions(self):
        etag = self.api.get(API + self.path)["ETag"]
        self.patch(self.path, {"title": "T"}, 428, HTTP_ACCEPT="*/*")
        make.make_slot(self.assignment)
        self.patch(self.path, {"title": "T"}, 412, HTTP_IF_MATCH=etag)
        self.delete(self.path, 412, HTTP_IF_MATCH=etag)

    def test_with_slots_it_stays(self):
        make.make_slot(self.assignment)
        said = self.delete(self.path, 409).json()
        self.assertIn("slots: 1", said["detail"])
        self.patch(self.path, {"slots": []})
        self.delete(self.path)

    def test_many_are_all_or_none(self):
        rows = [{"course": "dl", "title": f"P{n}", "slots": [{}]} for n in range(3)]
        wrong = [*rows, {"course": "dl", "title": "P", "grace_minutes": 61}]
        response = self.post("assignments/", wrong, 409)
        self.assertEqual([*errors_of(response)], ["rows.3"])
        self.assertEqual(Assignment.objects.count(), 1)
        said = self.post("assignments/", rows).json()
        self.assertEqual([each["title"] for each in said], ["P0", "P1", "P2"])
        self.assertEqual(Slot.objects.count(), 3)

    def statuses(self, user, course, **token):
        self.api = client_of(user, **token)
        assignment = make.make_assignment(course)
        path = f"assignments/{assignment.pk}/"
        said = {"course": course.slug, "title": "T"}
        return [
            self.write("post", "assignments/", said).status_code,
            self.patch(path, {"title": "T"}, None).status_code,
            self.put(path, said, None).status_code,
            self.delete(path, None).status_code,
        ]

    def test_rights(self):
        done, refused = [201, 200, 200, 204], [403] * 4
        elsewhere = make.make_instructor(self.other)
        for user, statuses in (
            (make.make_instructor(self.course), done),
            (make.make_assistant(self.course), done),
            (make.make_superuser(), done),
            (make.make_student(self.course), refused),
            (make.make_user(), refused),
            (elsewhere, refused),
        ):
            with self.subTest(user=user):
                self.assertEqual(self.statuses(user, self.course), statuses)
        only_reads = self.statuses(self.instructor, self.course, scope="read")
        self.assertEqual(only_reads, refused)
        hidden = self.statuses(elsewhere, self.hidden)
        self.assertEqual(hidden, [409, 404, 404, 404])

    def test_token_of_another_course(self):
        user = make.make_superuser()
        token = make.make_token(user, [self.other], scope="write")
        self.api = APIClient(HTTP_AUTHORIZATION=f"Bearer {token.clear}")
        self.patch(self.path, {"title": "T"}, 403)
        hidden = make.make_assignment(self.hidden)
        self.patch(f"assignments/{hidden.pk}/", {"title": "T"}, 404)
        own = make.make_assignment(self.other)
        self.patch(f"assignments/{own.pk}/", {"title": "T"})


class GalleryTests(Case):
    def test_is_made_changed_and_deleted(self):
        session = make.make_session(self.course)
        body = {"course": "dl", "name": "Project 1", "slug": "project-1"}
        said = self.post("galleries/", body | {"session": session.pk}).json()
        self.assertEqual((said["state"], said["session"]), ("draft", session.pk))
        path = f"galleries/{said['id']}/"
        said = self.patch(path, {"state": "public", "intro": "*All*"}).json()
        self.assertEqual(said["intro_html"], "<p><em>All</em></p>")
        stranger = answer(path).json()
        self.assertEqual(stranger["name"], "Project 1")
        self.patch(path, {"course": "other"}, 403)
        make.make_publication(Gallery.objects.get())
        self.assertIn("publications: 1", self.delete(path, 409).json()["detail"])
        Publication.objects.all().delete()
        self.delete(path)
        self.assertFalse(Gallery.objects.exists())

    def test_rules_of_the_form(self):
        make.make_gallery(self.course, slug="one")
        theirs = make.make_session(self.other)
        make.make_course_role(self.other, self.ada)
        self.api = client_of(self.instructor)
        for body, field in (
            ({"slug": "one"}, "slug"),
            ({"slug": "two", "session": theirs.pk}, "session"),
        ):
            with self.subTest(body=body):
                whole = {"course": "dl", "name": "N", **body}
                response = self.post("galleries/", whole, 409)
                self.assertEqual([*errors_of(response)], [field])
        self.post("galleries/", {"course": "dl", "slug": "a b", "name": "N"}, 400)

    def test_who_writes_the_attestation_attests_it(self):
        gallery = make.make_gallery(self.course)
        path = f"galleries/{gallery.pk}/"
        self.patch(path, {"attestation": "It was on our old page."})
        gallery.refresh_from_db()
        self.assertEqual(gallery.attested_by, self.instructor)
        first = gallery.attested_at
        self.assertIsNotNone(first)
        self.api = client_of(make.make_superuser())
        same = {"attestation": "It was on our old page.", "name": "N"}
        self.patch(path, same)
        self.put(path, {"course": "dl", "name": "N", "slug": "n"})
        gallery.refresh_from_db()
        self.assertEqual(
            (gallery.attested_by, gallery.attested_at, gallery.attestation),
            (self.instructor, first, same["attestation"]),
        )
        self.patch(path, {"attestation": ""})
        gallery.refresh_from_db()
        self.assertEqual((gallery.attested_by, gallery.attested_at), (None, None))

    def test_assistants_change_and_neither_make_nor_delete(self):
        path = f"galleries/{make.make_gallery(self.course).pk}/"
        self.api = client_of(make.make_assistant(self.course))
        self.post("galleries/", {"course": "dl", "name": "N", "slug": "n"}, 403)
        self.patch(path, {"name": "N"})
        self.delete(path, 403)
        for user in (make.make_student(self.course), make.make_instructor(self.other)):
            self.api = client_of(user)
            self.patch(path, {"name": "N"}, 403)
        draft = make.make_gallery(self.course, state="draft")
        self.patch(f"galleries/{draft.pk}/", {"name": "N"}, 404)


class ProjectTests(Case):
    def setUp(self):
        super().setUp()
        self.gallery = make.make_gallery(self.course)
        self.team = make.make_team(
            self.course, ["FAN, Ganghua", make.make_person("Secret Name")]
        )

    def body(self, **said):
        return {"gallery": self.gallery.pk, "team": self.team.pk, "number": 1, **said}

    def test_is_shown_once_that_is_said(self):
        links = [{"kind": "source", "address": "https://example.org/x"}]
        said = self.post("projects/", self.body(title="T", links=links)).json()
        path = f"projects/{said['id']}/"
        self.assertEqual(said["state"], "draft")
        self.assertEqual(answer(path).status_code, 404)
        said = self.patch(path, {"state": "published", "award": "Best"}).json()
        self.assertEqual(answer(path).json(), said | {"team": None})
        self.assertEqual(said["members"], ["FAN, Ganghua", "a member"])
        self.assertEqual(said["links"][0]["address"], "https://example.org/x")
        until = {"embargo_until": "2999-01-01T00:00:00Z"}
        self.assertEqual(
            self.patch(path, until).json() | until, self.patch(path, until).json()
        )
        self.assertEqual(answer(path).status_code, 404)

    def test_members_follow_from_what_they_agreed(self):
        path = f"projects/{make.make_publication(self.gallery).pk}/"
        errors = errors_of(self.patch(path, {"members": ["Secret Name"]}, 400))
        self.assertIn("cannot be written", errors["members"])

    def test_rules_of_the_form(self):
        make.make_publication(self.gallery, number=5)
        theirs = make.make_team(self.other)
        make.make_course_role(self.other, self.ada)
        self.api = client_of(self.instructor)
        two = {"address": "https://example.org/", "printed_address": "x.pdf"}
        for body, code, field in (
            ({"number": 5}, 409, "number"),
            ({"team": theirs.pk}, 409, "team"),
            ({"number": -1}, 400, "number"),
            ({"links": [{"address": "javascript:1"}]}, 400, "links.0.address"),
            ({"links": [{}, {"address": "ftp://e.org/"}]}, 409, "links.1.address"),
            ({"links": [{}, two]}, 409, "links.1"),
            ({"links": [{"id": 77}]}, 409, "links.0.id"),
        ):
            with self.subTest(body=body):
                response = self.post("projects/", self.body(**body), code)
                self.assertEqual([*errors_of(response)], [field])
        self.assertFalse(PublishedLink.objects.exists())

    def test_links_keep_files_and_what_no_answer_shows(self):
        project = make.make_publication(self.gallery)
        path = f"projects/{project.pk}/"
        report = make.make_published_link(project, kind="report", file=make.make_file())
        gone = make.make_published_link(project, printed_address="gone.pdf")
        old = make.make_published_link(project, kind="video")
        links = [
            {"id": report.pk, "kind": "report", "label": "Report"},
            {"id": gone.pk, "kind": "data"},
            {"kind": "source", "address": "https://example.org/code"},
        ]
        said = self.patch(path, {"links": links}).json()["links"]
        self.assertEqual(
            [(each["kind"], each["position"]) for each in said],
            [("report", 1), ("source", 3), ("data", 2)],
        )
        for link in (report, gone):
            link.refresh_from_db()
        self.assertEqual((report.label, gone.printed_address), ("Report", "gone.pdf"))
        self.assertIsNotNone(report.file)
        self.assertFalse(PublishedLink.objects.filter(pk=old.pk).exists())
        again = self.patch(path, {"links": links}).json()["links"]
        self.assertEqual(again, said)
        links[0]["address"] = links[1]["address"] = "https://example.org/new"
        errors = errors_of(self.patch(path, {"links": links}, 409))
        self.assertEqual([*errors], ["links.0"])
        self.patch(path, {"links": links[1:]})
        gone.refresh_from_db()
        self.assertEqual((gone.url, gone.printed_address), (links[1]["address"], ""))

    def upload(self, link, project=None, **form):
        project = project or link.publication
        address = f"{API}projects/{project.pk}/links/{link.pk}/file/"
        return self.api.post(address, form)

    def test_file_of_a_link(self):
        def report():
            return ContentFile(make.PDF, "report.pdf")

        project = make.make_publication(self.gallery)
        link = project.links.create(kind="report")
        response = self.upload(link, file=report())
        self.assertEqual(response.status_code, 200)
        [said] = response.json()["links"]
        self.assertEqual(self.client.get(said["address"]).getvalue(), make.PDF)
        link.refresh_from_db()
        self.assertEqual(link.file.stored_by, self.instructor)
        entry = LogEntry.objects.get()
        self.assertEqual(
            (entry.user, entry.object_id, entry.change_message),
            (self.instructor, str(project.pk), "Changed: links."),
        )
        self.assertEqual(self.upload(link, file="text").status_code, 400)
        elsewhere = make.make_published_link(make.make_publication(self.gallery))
        statuses = [
            self.upload(elsewhere, project, file=report()).status_code,
            self.upload(elsewhere, file=report()).status_code,
            self.upload(make.make_published_link(), file=report()).status_code,
        ]
        self.assertEqual(statuses, [404, 409, 403])

    def test_assistants_do_not_delete(self):
        path = f"projects/{make.make_publication(self.gallery).pk}/"
        self.api = client_of(make.make_assistant(self.course))
        self.post("projects/", self.body(number=9))
        self.patch(path, {"title": "T"})
        self.assertIn("instructors", self.delete(path, 403).json()["detail"])
        self.api = client_of(make.make_student(self.course))
        self.patch(path, {"title": "T"}, 403)
        self.api = client_of(self.instructor)
        self.delete(path)

    def test_many_are_all_or_none(self):
        rows = [self.body(number=n) for n in (1, 2, 2)]
        response = self.post("projects/", rows, 409)
        self.assertEqual([*errors_of(response)], ["rows.2.number"])
        self.assertFalse(Publication.objects.exists())
        self.assertEqual(len(self.post("projects/", rows[:2]).json()), 2)


class PrivateCase(Case):
    """An assignment whose one team may hand in."""

    def setUp(self):
        super().setUp()
        slot, self.team, self.student = make.make_handing_in(self.course, due_at=DUE)
        self.assignment = slot.assignment


class ExtensionTests(PrivateCase):
    def body(self, **said):
        body = {"assignment": self.assignment.pk, "until": LATER, "reason": "Ill."}
        return {**body, **said}

    def test_gives_more_time_and_takes_it_back(self):
        said = self.post("extensions/", self.body(team=self.team.pk)).json()
        extension = Extension.objects.get()
        self.assertEqual(extension.given_by, self.instructor)
        deadline = Deadlines(self.assignment).of(self.team)
        self.assertEqual(deadline.due_at, DUE + timedelta(days=1))
        path = f"extensions/{said['id']}/"
        self.assertEqual(answer(path, self.student).json()["reason"], "Ill.")
        revoked = self.post(f"{path}revoke/", None, 200).json()
        self.assertEqual(self.post(f"{path}revoke/", None, 200).json(), revoked)
        self.assertFalse(Deadlines(self.assignment).of(self.team).is_extended)
        self.assertEqual(answer(path, self.student).status_code, 404)
        entry = LogEntry.objects.latest("pk")
        self.assertEqual(
            (entry.user, entry.object_id, entry.get_change_message()),
            (self.instructor, str(extension.pk), "Taken back."),
        )

    def test_without_a_team_it_is_for_all(self):
        self.post("extensions/", self.body(team=None))
        self.assertTrue(Deadlines(self.assignment).of(None).is_extended)

    def test_is_neither_changed_nor_deleted(self):
        given = make.make_extension(self.team)
        path = f"extensions/{given.pk}/"
        for write in (self.put, self.patch):
            write(path, self.body(), 405)
        self.delete(path, 405)
        self.put(f"{path}?fields=id", {}, 405)

    def test_rules_of_the_form(self):
        another = make.make_assignment(self.course, due_at=DUE)
        other_team = make.make_team(self.course, assignment=another)
        for body, code, field in (
            ({"reason": ""}, 400, "reason"),
            ({"given_at": LATER}, 400, "given_at"),
            ({"until": DUE.isoformat()}, 409, "until"),
            ({"team": other_team.pk}, 409, "team"),
            ({"team": 7777}, 409, "team"),
        ):
            with self.subTest(body=body):
                response = self.post("extensions/", self.body(**body), code)
                self.assertEqual([*errors_of(response)], [field])
        rows = [self.body(), self.body(until=DUE.isoformat())]
        response = self.post("extensions/", rows, 409)
        self.assertEqual([*errors_of(response)], ["rows.1.until"])
        self.assertFalse(Extension.objects.exists())

    def test_rights(self):
        given = make.make_extension(self.team)
        path = f"extensions/{given.pk}/revoke/"
        self.api = client_of(make.make_assistant(self.course))
        self.post("extensions/", self.body())
        for user, revoking in (
            (self.student, 403),
            (make.make_student(self.course), 404),
            (make.make_instructor(self.other), 404),
        ):
            with self.subTest(user=user):
                self.api = client_of(user)
                self.post("extensions/", self.body(), 403)
                self.post(path, None, revoking)
        self.api = APIClient()
        self.post("extensions/", self.body(), 401)
        self.post(path, None, 401)
        self.api = client_of(self.instructor, scope="read")
        self.post(path, None, 403)
        self.assertEqual(Extension.objects.count(), 2)
        given.refresh_from_db()
        self.assertIsNone(given.revoked_at)

    def test_stale_revoking(self):
        path = f"extensions/{make.make_extension(self.team).pk}/"
        etag = self.api.get(API + path)["ETag"]
        Extension.objects.update(reason="Another.")
        response = self.write("post", f"{path}revoke/", None, 412, HTTP_IF_MATCH=etag)
        self.assertIn("Read it again", response.json()["detail"])


class GradeTests(PrivateCase):
    def give(self, **said):
        return self.post("grades/", {"team": self.team.pk, "points": 87.5, **said})

    def test_gives_a_mark(self):
        response = self.give(feedback="*Good.*", change_reason="by table")
        said = response.json()
        grade = Grade.objects.get()
        self.assertEqual(
            (grade.points, grade.by, grade.feedback_html, grade.released_at),
            (Decimal("87.5"), self.instructor, "<p><em>Good.</em></p>", None),
        )
        record = grade.history.get()
        self.assertEqual(
            (record.history_user, record.history_change_reason),
            (self.instructor, "by table"),
        )
        read = self.api.get(said["url"])
        self.assertEqual((read.json(), read["ETag"]), (said, response["ETag"]))
        self.assertEqual(said["points"], 87.5)

    def test_points_are_numbers_within_the_marks(self):
        for points in ("87.5", "", True, [], {}):
            with self.subTest(points=points):
                body = {"team": self.team.pk, "points": points}
                response = self.post("grades/", body, 400)
                self.assertEqual([*errors_of(response)], ["points"])
        for points in (-1, 100.01, 1.234, 1e300, 1e-300, 10**30):
            with self.subTest(points=points):
                body = {"team": self.team.pk, "points": points}
                response = self.post("grades/", body, 409)
                self.assertIn("points", errors_of(response))
        for points in ("1e400", "NaN", "Infinity", "9" * 5000):
            with self.subTest(points=points):
                text = f'{{"team": {self.team.pk}, "points": {points}}}'
                response = self.api.post(
                    f"{API}grades/", text, content_type="application/json"
                )
                self.assertEqual(response.status_code, 400, response.content)
        self.assertFalse(Grade.objects.exists())
        for points in (0, None, 100):
            self.give(points=points)
            Grade.objects.all().delete()

    def test_a_team_has_one_mark_and_an_assignment(self):
        self.give()
        without = make.make_team(self.course)
        for team in (self.team, without):
            response = self.post("grades/", {"team": team.pk, "points": 1}, 409)
            self.assertEqual([*errors_of(response)], ["team"])
        path = f"grades/{Grade.objects.get().pk}/"
        another = make.make_team(self.course, assignment=self.assignment)
        response = self.patch(path, {"team": another.pk}, 409)
        self.assertEqual(errors_of(response), {"team": "It stays what it is."})
        rows = [{"team": another.pk, "points": 1}] * 2
        response = self.post("grades/", rows, 409)
        self.assertEqual([*errors_of(response)], ["rows.1.team"])

    def test_a_change_after_release_is_a_revision(self):
        grade = make.make_grade(self.team)
        path = f"grades/{grade.pk}/"
        self.assertIsNone(self.patch(path, {"points": 80}).json()["revised_at"])
        self.post("grades/release/", {"assignment": self.assignment.pk}, 200)
        same = self.patch(path, {"points": 80.0}).json()
        self.assertIsNone(same["revised_at"])
        said = self.put(path, {"team": self.team.pk, "points": 81}).json()
        self.assertIsNotNone(said["revised_at"])
        grade.refresh_from_db()
        self.assertEqual(grade.by, self.instructor)
        points = grade.history.values_list("points", flat=True)
        self.assertEqual(list(points), [81, 80, 80, 90])
        self.patch(path, {"released_at": None}, 400)

    def test_stale(self):
        grade = make.make_grade(self.team)
        path = f"grades/{grade.pk}/"
        etag = self.api.get(API + path)["ETag"]
        Grade.objects.update(points=10)
        self.patch(path, {"points": 80}, 412, HTTP_IF_MATCH=etag)
        self.delete(path, 412, HTTP_IF_MATCH=etag)
        self.patch(path, {"points": 80}, 428, HTTP_ACCEPT="*/*")

    def test_releases_as_the_screen_does(self):
        other_team = make.make_team(self.course, assignment=self.assignment)
        for team in (self.team, other_team):
            make.make_grade(team)
        elsewhere = make.make_grade()
        body = {"assignment": self.assignment.pk}
        said = self.write(
            "post", "grades/release/", body, 200, HTTP_CHANGE_REASON="all read"
        )
        self.assertEqual(said.json(), {"released": 2})
        own = Grade.objects.filter(team__assignment=self.assignment)
        [moment] = {grade.released_at for grade in own}
        self.assertIsNotNone(moment)
        for grade in own:
            record = grade.history.first()
            self.assertEqual(
                (record.history_user, record.history_change_reason, record.released_at),
                (self.instructor, "all read", moment),
            )
        elsewhere.refresh_from_db()
        self.assertIsNone(elsewhere.released_at)
        said = self.post("grades/release/", body, 200)
        self.assertEqual(said.json(), {"released": 0})

    def test_instructors_release_and_delete_and_nobody_else(self):
        grade = make.make_grade(self.team)
        body = {"assignment": self.assignment.pk}
        hidden = make.make_assignment(self.hidden)
        for user in (
            make.make_assistant(self.course),
            self.student,
            make.make_instructor(self.other),
        ):
            with self.subTest(user=user):
                self.api = client_of(user)
                self.post("grades/release/", body, 403)
        self.post("grades/release/", {"assignment": hidden.pk}, 409)
        self.api = APIClient()
        self.post("grades/release/", body, 401)
        self.api = client_of(self.instructor, scope="read")
        self.post("grades/release/", body, 403)
        self.api = client_of(self.instructor)
        for wrong in ({}, {"assignment": "1"}, body | {"x": 1}, [], "x"):
            self.post("grades/release/", wrong, 400)
        grade.refresh_from_db()
        self.assertIsNone(grade.released_at)
        path = f"grades/{grade.pk}/"
        self.api = client_of(make.make_assistant(self.course))
        self.patch(path, {"points": 1})
        self.delete(path, 403)
        self.api = client_of(self.instructor)
        self.delete(path, HTTP_IF_MATCH="*", HTTP_CHANGE_REASON="wrong team")
        record = Grade.history.first()
        self.assertEqual(
            (record.history_type, record.history_change_reason), ("-", "wrong team")
        )

    def writes(self, path, team):
        """What a student hears who tries to write a mark."""
        body = {"team": team.pk, "points": 100}
        for response in (
            self.post("grades/", body, None),
            self.put(path, body, None),
            self.patch(path, {"points": 100}, None),
            self.delete(path, None),
            self.post("grades/release/", {"assignment": self.assignment.pk}, None),
        ):
            yield response.status_code, response.json()["detail"]

    def test_no_student_can_tell_that_there_is_a_mark(self):
        self.api = client_of(self.student)
        before = list(self.writes("grades/1/", self.team))
        grade = make.make_grade(self.team, pk=1)
        self.assertEqual(list(self.writes("grades/1/", self.team)), before)
        self.assertEqual([code for code, _said in before], [403, 404, 404, 404, 403])
        grade.refresh_from_db()
        self.assertEqual(grade.points, 90)
        grade.released_at = grade.updated_at
        grade.save()
        codes = [code for code, _said in self.writes("grades/1/", self.team)]
        self.assertEqual(codes, [403] * 5)

    def test_staff_and_tokens_of_another_course_find_nothing(self):
        grade = make.make_grade(self.team)
        elsewhere = make.make_instructor(self.other)
        limited = make.make_token(make.make_superuser(), [self.other], scope="write")
        for api in (
            client_of(elsewhere),
            APIClient(HTTP_AUTHORIZATION=f"Bearer {limited.clear}"),
        ):
            self.api = api
            self.patch(f"grades/{grade.pk}/", {"points": 1}, 404)
            known = self.post("grades/", {"team": self.team.pk, "points": 1}, 409)
            unknown = self.post("grades/", {"team": 7777, "points": 1}, 409)
            self.assertEqual(
                errors_of(known)["team"].replace(str(self.team.pk), "7777"),
                errors_of(unknown)["team"],
            )
            self.post("grades/release/", {"assignment": self.assignment.pk}, 403)
