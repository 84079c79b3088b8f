import re
from datetime import UTC, datetime

import pytest
from django.db import connection
from django.test import TestCase
from django.test.utils import CaptureQueriesContext

from courses.models import Assignment, Material, Session
from tests.admin_pages import errors, form_data, make_staff, page
from tests.courses.test_admin_session_form import MATERIAL, rows, upload
from tests.factories import (
    PDF,
    make_appearance,
    make_assignment,
    make_course,
    make_file,
    make_material,
    make_meeting,
    make_paper,
    make_person,
    make_section,
    make_session,
    make_session_role,
    make_superuser,
    make_talk,
)

pytestmark = pytest.mark.both


class ConflictTestCase(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.staff = make_staff()
        cls.other = make_superuser("ada@example.org")
        cls.session = make_session(title="Kernels", abstract="Short.")

    def setUp(self):
        self.client.force_login(self.staff)

    def open(self, row):
        return form_data(self.client.get(page(type(row), "change", row.pk)))

    def save(self, row, data, **values):
        return self.client.post(page(type(row), "change", row.pk), data | values)

    def other_saves(self, row, **values):
        """What someone else saves while ``self.staff`` has the form open."""
        self.client.force_login(self.other)
        response = self.save(row, self.open(row), **values)
        self.assertEqual(response.status_code, 302, errors(response))
        self.client.force_login(self.staff)

    def said(self, response):
        """The messages of a refused form; times are left out."""
        moment = r" on \d+ [A-Z][a-z]{2} \d{4}, \d\d:\d\d UTC(?= while you)"
        return [re.sub(moment, "", text) for text in errors(response)]


HEADLINE = (
    "“%s” was changed by an administrator while you had it open. Nothing of yours is "
    "saved yet: look at the differences and save again."
)


class SessionConflictTests(ConflictTestCase):
    def test_the_second_is_told_field_by_field(self):
        data = self.open(self.session)
        self.other_saves(self.session, title="Kernels II", abstract="Long.")
        response = self.save(self.session, data, title="Trees", place="Hall 1")
        self.assertEqual(
            self.said(response),
            [
                HEADLINE % "Kernels II",
                "Title: yours “Trees”, now saved “Kernels II”. Here is yours.",
                "Abstract: was “Short.”, now saved “Long.”. Here is what is saved.",
            ],
        )
        self.session.refresh_from_db()
        self.assertEqual((self.session.title, self.session.place), ("Kernels II", ""))

    def test_saving_again_writes_what_the_form_shows(self):
        data = self.open(self.session)
        self.other_saves(self.session, title="Kernels II", abstract="Long.")
        refused = self.save(self.session, data, title="Trees", place="Hall 1")
        response = self.save(self.session, form_data(refused))
        self.assertEqual(response.status_code, 302, errors(response))
        self.session.refresh_from_db()
        self.assertEqual(
            (self.session.title, self.session.abstract, self.session.place),
            ("Trees", "Long.", "Hall 1"),
        )

    def test_a_third_change_is_told_again(self):
        data = self.open(self.session)
        self.other_saves(self.session, title="Kernels II")
        refused = self.save(self.session, data, title="Trees")
        self.other_saves(self.session, title="Kernels III")
        response = self.save(self.session, form_data(refused))
        self.assertEqual(
            self.said(response)[1],
            "Title: yours “Trees”, now saved “Kernels III”. Here is yours.",
        )

    def test_every_kind_of_field_is_compared_and_taken_over(self):
        data = self.open(self.session)
        new = {
            "date": "2025-09-03",
            "start_time": "10:00:00",
            "kind": "exam",
            "position": "9",
            "stream_url": "https://example.org/live",
            "notes": "Two\r\nlines",
        }
        self.other_saves(self.session, **new)
        refused = self.save(self.session, data)
        self.assertEqual(len(errors(refused)), 1 + len(new))
        self.assertEqual(self.save(self.session, form_data(refused)).status_code, 302)
        now = self.open(self.session)
        self.assertEqual(
            {name: now[name] for name in new if name != "kind"},
            {name: value for name, value in new.items() if name != "kind"}
            | {"notes": now["notes"]},
        )
        self.assertEqual(now["kind"], ["exam"])
        self.assertEqual(now["notes"].split(), ["Two", "lines"])

    def test_the_same_change_twice_is_no_conflict(self):
        data = self.open(self.session)
        self.other_saves(self.session, title="Trees")
        response = self.save(self.session, data, title="Trees")
        self.assertEqual(response.status_code, 302)

    def test_instants_that_follow_the_course_are_no_conflict(self):
        data = self.open(self.session)
        self.session.course.time_zone = "Asia/Hong_Kong"
        self.session.course.save()
        self.assertEqual(self.save(self.session, data, title="T").status_code, 302)

    def test_a_form_without_version_overwrites_nothing(self):
        data = self.open(self.session)
        data.pop("version")
        response = self.save(self.session, data, title="Trees")
        self.assertEqual(len(errors(response)), 2)

    def test_a_change_without_history_or_log_is_someone_elses(self):
        data = self.open(self.session)
        Session.objects.filter(pk=self.session.pk).update(title="Kernels II")
        Session.history.all().delete()
        response = self.save(self.session, data, title="Trees")
        self.assertIn("was changed by someone else while", errors(response)[0])


class RowConflictTests(ConflictTestCase):
    def setUp(self):
        super().setUp()
        self.talk = make_talk(self.session, title="On kernels")
        make_appearance(self.talk, make_person("Ada Lovelace"))
        self.material = make_material(self.session, label="Slides", position=1)

    def test_rows_changed_meanwhile_are_told(self):
        data = self.open(self.session)
        self.other_saves(
            self.session,
            **{
                "talks-0-speakers_line": "Grace Hopper",
                "materials-0-label": "Slides, corrected",
            },
        )
        response = self.save(
            self.session, data, **{"talks-0-speakers_line": "Emmy Noether"}
        )
        self.assertEqual(
            self.said(response),
            [
                HEADLINE % "On kernels",
                "Speakers: yours “Emmy Noether”, now saved “Grace Hopper”. "
                "Here is yours.",
                HEADLINE % "Slides, corrected",
                "Label: was “Slides”, now saved “Slides, corrected”. "
                "Here is what is saved.",
            ],
        )
        self.assertEqual(self.talk.speakers.get().name, "Grace Hopper")
        self.assertEqual(self.save(self.session, form_data(response)).status_code, 302)
        self.material.refresh_from_db()
        self.assertEqual(
            (self.talk.speakers.get().name, self.material.label),
            ("Emmy Noether", "Slides, corrected"),
        )

    def test_rows_changed_on_their_own_page_are_told(self):
        data = self.open(self.session)
        self.other_saves(self.talk, title="On trees")
        response = self.save(self.session, data)
        self.assertEqual(
            self.said(response)[1],
            "Title: was “On kernels”, now saved “On trees”. Here is what is saved.",
        )

    def test_a_row_to_delete_that_was_changed_is_told_once(self):
        data = self.open(self.session) | {"materials-0-DELETE": "on"}
        self.other_saves(self.session, **{"materials-0-label": "Corrected"})
        response = self.save(self.session, data)
        self.assertEqual(self.said(response)[0], HEADLINE % "Corrected")
        self.assertTrue(self.session.materials.exists())
        self.save(self.session, form_data(response))
        self.assertFalse(self.session.materials.exists())

    def test_is_told_even_if_something_else_is_wrong_too(self):
        data = self.open(self.session) | {"materials-0-DELETE": "on"}
        self.other_saves(self.session, **{"materials-0-label": "Corrected"})
        response = self.save(self.session, data, date="never")
        self.assertIn(HEADLINE % "Corrected", self.said(response))

    def test_a_row_deleted_meanwhile_is_told_and_stays_deleted(self):
        make_session_role(self.session)
        last = make_material(self.session, label="Video", position=2)
        data = self.open(self.session)
        self.other_saves(
            self.session,
            **{"materials-0-DELETE": "on", "talks-0-DELETE": "on"},
            **{"roles-0-DELETE": "on"},
        )
        data |= {"materials-0-label": "Mine", "materials-1-label": "Video II"}
        response = self.save(self.session, data)
        gone = (
            "A row (%s) was deleted by %s while you had it open. It is marked for "
            "deletion here as well; save again to go on without it."
        )
        self.assertEqual(
            self.said(response),
            [
                gone % ("talk", "an administrator"),
                gone % ("material", "an administrator"),
                gone % ("session role", "someone else"),
            ],
        )
        again = form_data(response)
        self.assertEqual(again["materials-0-label"], "Mine")
        self.assertEqual(self.save(self.session, again).status_code, 302)
        last.refresh_from_db()
        self.assertEqual(
            ([*self.session.materials.all()], last.label), ([last], "Video II")
        )
        self.assertEqual(Material.history.filter(history_type="-").count(), 1)

    def test_a_row_added_meanwhile_stays(self):
        data = self.open(self.session)
        added = MATERIAL | {
            "label": "First",
            "url": "https://example.org/",
            "position": "0",
        }
        self.other_saves(self.session, **rows("materials", added, start=1))
        response = self.save(self.session, data, **{"materials-0-label": "Mine"})
        self.assertEqual(response.status_code, 302, errors(response))
        labels = self.session.materials.values_list("label", flat=True)
        self.assertEqual([*labels], ["First", "Mine"])

    def test_a_file_replaced_meanwhile_is_told(self):
        material = make_material(self.talk, file=make_file(b"old", "a.pdf"))
        data = self.open(material)
        self.other_saves(material, upload=upload("a.pdf", PDF))
        response = self.save(material, data, upload=upload("a.pdf", PDF + b"\n"))
        self.assertEqual(
            self.said(response)[1],
            "File: yours “a.pdf”, now saved “a.pdf”. Here is yours.",
        )
        material.refresh_from_db()
        self.assertEqual(material.file.stored_by, self.other)


class OtherConflictTests(ConflictTestCase):
    def test_every_screen_tells(self):
        course = make_course()
        for row, field, name in (
            (course, "title", "Title"),
            (make_paper(), "title", "Title"),
            (make_assignment(course), "title", "Title"),
            (make_talk(self.session), "title", "Title"),
            (make_person(), "affiliation", "Affiliation"),
            (make_section(course), "heading", "Heading"),
        ):
            data = self.open(row)
            self.other_saves(row, **{field: "Theirs"})
            response = self.save(row, data, **{field: "Mine"})
            with self.subTest(row):
                self.assertEqual(
                    self.said(response)[1],
                    f"{name}: yours “Mine”, now saved “Theirs”. Here is yours.",
                )

    def test_moments_are_taken_over(self):
        assignment = make_assignment(due_at=datetime(2025, 9, 1, 12, tzinfo=UTC))
        data = self.open(assignment)
        self.other_saves(assignment, due_at_1="13:30:00", reason="No room.")
        refused = self.save(assignment, data)
        self.assertEqual(len(errors(refused)), 2)
        self.assertEqual(self.save(assignment, form_data(refused)).status_code, 302)
        now = Assignment.objects.get(pk=assignment.pk)
        self.assertEqual(now.due_at, datetime(2025, 9, 1, 13, 30, tzinfo=UTC))

    def test_rows_of_a_course_are_told_too(self):
        course = make_course()
        make_meeting(course, place="Hall 1")
        data = self.open(course)
        self.other_saves(course, **{"meetings-0-place": "Hall 2"})
        response = self.save(course, data, **{"meetings-0-place": "Hall 3"})
        self.assertIn(
            "Place: yours “Hall 3”, now saved “Hall 2”. Here is yours.",
            self.said(response),
        )

    def test_choices_are_said_in_words(self):
        role = make_session_role(self.session, make_person("Ada"))
        data = self.open(role)
        self.other_saves(role, person=str(make_person("Grace").pk), role="chair")
        response = self.save(role, data, person=str(make_person("Emmy").pk))
        self.assertEqual(
            self.said(response)[1:],
            [
                "Person: yours “Emmy”, now saved “Grace”. Here is yours.",
                "Role: was “instructor”, now saved “chair”. Here is what is saved.",
            ],
        )


class LockTests(ConflictTestCase):
    @pytest.mark.postgresql  # SQLite locks all of itself
    def test_saving_locks_the_rows_of_the_form(self):
        make_talk(self.session)
        data = self.open(self.session)
        with CaptureQueriesContext(connection) as queries:
            self.save(self.session, data)
        locking = [each for each in queries if "FOR UPDATE" in each["sql"]]
        self.assertEqual(len(locking), 5)  # session, talks, materials, readings, roles
