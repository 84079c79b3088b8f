from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import TestCase
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from selectolax.lexbor import LexborHTMLParser

from courses.access import Visibility
from courses.models import Material, Reading, Session, Talk
from tests.admin_pages import form_data, make_staff, page
from tests.factories import (
    PDF,
    make_assignment,
    make_course,
    make_file,
    make_material,
    make_paper,
    make_reading,
    make_session,
    make_talk,
)


class HistoryTestCase(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.staff = make_staff()
        cls.course = make_course(title="Deep Learning")
        cls.session = make_session(cls.course, title="Kernels")

    def setUp(self):
        self.client.force_login(self.staff)

    def change(self, row, **values):
        url = page(type(row), "change", row.pk)
        data = form_data(self.client.get(url)) | values
        response = self.client.post(url, data)
        self.assertEqual(response.status_code, 302)

    def shown(self, row):
        """(who, what was done, the changes) of each line of the history page."""
        response = self.client.get(page(type(row), "history", row.pk))
        return [
            (
                line.css_first("td:nth-of-type(1)").text().strip(),
                " ".join(line.css_first("td:nth-of-type(2)").text().split()),
                [" ".join(item.text().split()) for item in line.css("li")],
            )
            for line in LexborHTMLParser(response.text).css("#change-history tbody tr")
        ]


class HistoryPageTests(HistoryTestCase):
    def test_says_who_did_what(self):
        self.change(self.session, title="Trees", kind="exam")
        self.assertEqual(
            self.shown(self.session),
            [
                (
                    "an administrator",
                    "Changed",
                    ["Kind: lecture → exam", "Title: Kernels → Trees"],
                ),
                ("–", "Created", []),
            ],
        )

    def test_every_tracked_model_has_one(self):
        course = make_course()
        session = make_session(course)
        for row, field in (
            (session, "title"),
            (make_talk(session), "title"),
            (make_paper(), "title"),
            (make_material(session), "label"),
            (make_reading(session), "remark"),
            (make_assignment(course), "title"),
        ):
            self.change(row, **{field: "New"})
            who, done, changes = self.shown(row)[0]
            with self.subTest(row):
                self.assertEqual((who, done), ("an administrator", "Changed"))
                self.assertTrue(changes[0].endswith("→ New"), changes)

    def test_other_models_have_that_of_django(self):
        self.change(self.course, title="New")
        response = self.client.get(page(type(self.course), "history", self.course.pk))
        self.assertContains(response, "Changed Title.")

    def test_says_who_spoke_before(self):
        talk = make_talk(self.session)
        self.change(self.session, **{"talks-0-speakers_line": "Ada Lovelace"})
        self.assertEqual(
            self.shown(talk)[0],
            ("an administrator", "Changed (Speakers: – → Ada Lovelace)", []),
        )

    def test_is_text(self):
        self.change(self.session, title="<script>alert(1)</script>")
        self.assertEqual(
            self.shown(self.session)[0][2],
            ["Title: Kernels → <script>alert(1)</script>"],
        )

    def test_long_texts_are_shown_around_their_difference_and_whole(self):
        before = "a" * 500 + "!"
        self.change(self.session, abstract=before)
        self.change(self.session, abstract="a" * 500 + "?")
        change = self.shown(self.session)[0][2][0]
        self.assertIn("chars]aaaaa", change)
        self.assertTrue(change.endswith(before))

    def test_shows_what_was_deleted(self):
        pk = self.session.pk
        self.client.post(page(Session, "delete", pk), {"post": "yes"})
        self.assertEqual(
            self.shown(Session(pk=pk))[0][:2], ("an administrator", "Deleted")
        )

    def test_of_what_never_was_is_missing(self):
        for pk in (self.session.pk + 1, "x"):
            with self.subTest(pk):
                response = self.client.get(page(Session, "history", pk))
                self.assertEqual(response.status_code, 404)

    def test_says_where_nothing_was_recorded(self):
        Session.history.all().delete()
        response = self.client.get(page(Session, "history", self.session.pk))
        self.assertContains(response, "Nothing was recorded yet")

    def test_has_pages(self):
        for number in range(60):
            self.session.title = str(number)
            self.session.save()
        self.assertEqual(len(self.shown(self.session)), 50)
        response = self.client.get(
            page(Session, "history", self.session.pk), {"p": "2"}
        )
        rows = LexborHTMLParser(response.text).css("#change-history tbody tr")
        self.assertEqual(len(rows), 11)

    def test_has_no_inline_style_or_script(self):
        self.change(self.session, title="Trees")
        tree = LexborHTMLParser(
            self.client.get(page(Session, "history", self.session.pk)).text
        )
        self.assertEqual(
            [tree.css("[style]"), tree.css("style"), tree.css("script:not([src])")],
            [[], [], []],
        )

    def test_query_count_does_not_grow(self):
        talks = [make_talk(self.session, title="") for _ in range(3)]
        material = make_material(self.session)
        reading = make_reading(self.session)
        rows = [self.session, talks[0], material, reading, make_paper()]

        def save(times):
            for number in range(times):
                for row in rows:
                    row.title = row.label = row.remark = f"{times} {number}"
                talk = talks[number % 3]
                material.session, material.talk = None, talk
                material.file, material.url = make_file(), ""
                reading.session, reading.talk = None, talk
                reading.paper = make_paper()
                for row in rows:
                    row.save()

        def count():
            counts = []
            for row in rows:
                with CaptureQueriesContext(connection) as queries:
                    self.client.get(page(type(row), "history", row.pk))
                counts.append(len(queries))
            return counts

        save(3)
        count()  # loads what is loaded once
        few = count()
        save(20)
        self.assertEqual(count(), few)
        self.assertLess(max(few), 10)


class RecordTests(HistoryTestCase):
    def test_bulk_actions_are_recorded(self):
        others = [make_session(self.course) for _ in range(3)]
        chosen = [self.session, *others]
        for action, field, value in (
            ("show_to_staff", "visibility", "staff"),
            ("publish", "visibility", "public"),
            ("show_to_members", "visibility", "members"),
            ("mark_cancelled", "status", "cancelled"),
            ("mark_moved", "status", "moved"),
            ("mark_scheduled", "status", "scheduled"),
        ):
            data = {"action": action, "_selected_action": [row.pk for row in chosen]}
            self.client.post(page(Session, "changelist"), data)
            with self.subTest(action):
                for row in chosen:
                    row.refresh_from_db()
                    record = row.history.first()
                    self.assertEqual(
                        (getattr(row, field), getattr(record, field)), (value, value)
                    )
                    self.assertEqual(record.history_user, self.staff)

    def test_bulk_actions_cost_the_same_for_many(self):
        counts = []
        for size in (2, 20):
            rows = [make_session(self.course) for _ in range(size)]
            data = {"action": "show_to_staff", "_selected_action": [r.pk for r in rows]}
            with CaptureQueriesContext(connection) as queries:
                self.client.post(page(Session, "changelist"), data)
            counts.append(len(queries))
        self.assertEqual(counts[0], counts[1])

    def test_bulk_actions_change_nothing_that_is_so_already(self):
        before = Session.history.count()
        data = {"action": "publish", "_selected_action": [self.session.pk]}
        response = self.client.post(page(Session, "changelist"), data, follow=True)
        self.assertEqual(
            [str(message) for message in response.context["messages"]],
            ["0 sessions published."],
        )
        self.assertEqual(Session.history.count(), before)

    def test_talks_and_materials_have_bulk_actions_too(self):
        talk, material = make_talk(self.session), make_material(self.session)
        for row in (talk, material):
            data = {"action": "show_to_staff", "_selected_action": [row.pk]}
            self.client.post(page(type(row), "changelist"), data)
            row.refresh_from_db()
            with self.subTest(row):
                self.assertEqual(row.visibility, Visibility.STAFF)
                self.assertEqual(row.history.first().history_user, self.staff)

    def test_moving_is_recorded_where_something_moved(self):
        other = make_session(self.course)
        third = make_session(self.course)
        counts = [row.history.count() for row in (self.session, other, third)]
        self.client.post(reverse("admin:courses_session_move", args=[other.pk, "up"]))
        now = [row.history.count() for row in (self.session, other, third)]
        self.assertEqual(
            [after - before for after, before in zip(now, counts, strict=True)],
            [1, 1, 0],
        )
        self.assertEqual(other.history.first().position, 1)

    def test_saving_a_session_untouched_leaves_no_trace(self):
        talk = make_talk(self.session)
        self.session.refresh_from_db()
        before = (self.session.history.count(), self.session.updated_at)
        self.change(self.session, **{"talks-0-title": "New"})
        self.session.refresh_from_db()
        self.assertEqual(
            (self.session.history.count(), self.session.updated_at), before
        )
        self.assertEqual(talk.history.count(), 2)

    def test_adding_files_is_recorded_with_them_alone(self):
        url = page(Session, "change", self.session.pk)
        data = form_data(self.client.get(url))
        data["new_files"] = SimpleUploadedFile("slides.pdf", PDF)
        before = self.session.history.count()
        self.client.post(url, data)
        material = self.session.materials.get(label="slides")
        self.assertEqual(
            (self.session.history.count(), material.history.count()), (before, 1)
        )

    def test_deleting_a_session_records_its_parts(self):
        make_material(make_talk(self.session))
        make_reading(self.session)
        self.client.post(page(Session, "delete", self.session.pk), {"post": "yes"})
        for model in (Session, Talk, Material, Reading):
            record = model.history.first()
            with self.subTest(model):
                self.assertEqual(
                    (record.history_type, record.history_user), ("-", self.staff)
                )

    def test_outside_of_requests_no_one_is_named(self):
        self.session.save()
        self.assertIsNone(self.session.history.first().history_user)

    def test_an_account_can_go_and_the_record_stays(self):
        self.change(self.session, title="Trees")
        self.staff.delete()
        record = self.session.history.first()
        self.assertEqual((record.title, record.history_user), ("Trees", None))
