from datetime import UTC, date, datetime

import pytest
from django.contrib.messages import get_messages
from django.test import TestCase

from courses.models import Assignment
from projects.deadlines import Deadlines
from projects.models import Extension, Slot
from tests import factories as make
from tests.admin_pages import errors, form_data, page
from tests.logins import log_in

pytestmark = pytest.mark.both
DUE = datetime(2025, 10, 8, 15, 59, tzinfo=UTC)  # 23:59 in Hong Kong


class AssignmentFormTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.course = make.make_course(
            time_zone="Asia/Hong_Kong",
            starts_on=date(2025, 9, 1),
            ends_on=date(2025, 12, 1),
        )
        cls.user = make.make_instructor(cls.course)
        cls.assignment = make.make_assignment(cls.course, due_at=DUE)

    def setUp(self):
        log_in(self.client, self.user)

    def submit(self, row=None, **values):
        row = row or self.assignment
        url = page(type(row), "change", row.pk)
        data = form_data(self.client.get(url)) | values
        response = self.client.post(url, data)
        row.refresh_from_db()
        return response

    def due(self, day, clock, **values):
        return self.submit(due_at_0=day, due_at_1=clock, reason="Outage.", **values)

    def said(self, response):
        return [str(each) for each in get_messages(response.wsgi_request)][:-1]

    def test_shows_times_by_the_clocks_of_the_course(self):
        response = self.client.get(page(Assignment, "change", self.assignment.pk))
        data = form_data(response)
        self.assertEqual(
            (data["due_at_0"], data["due_at_1"]), ("2025-10-08", "23:59:00")
        )
        self.assertContains(response, "Times are by the clocks in Asia/Hong_Kong")

    def test_takes_times_by_the_clocks_of_the_course(self):
        self.due("2025-10-09", "23:59")
        self.assertEqual(
            self.assignment.due_at, datetime(2025, 10, 9, 15, 59, tzinfo=UTC)
        )

    def test_a_new_one_takes_the_zone_of_the_course_chosen(self):
        url = page(Assignment, "add")
        data = form_data(self.client.get(url)) | {
            "course": str(self.course.pk),
            "title": "Project 2",
            "due_at_0": "2025-11-08",
            "due_at_1": "23:59",
        }
        self.client.post(url, data)
        self.assertEqual(
            Assignment.objects.get(title="Project 2").due_at,
            datetime(2025, 11, 8, 15, 59, tzinfo=UTC),
        )

    def test_names_no_zone_of_a_course_of_others(self):
        other = make.make_course(status="draft", time_zone="Asia/Kathmandu")
        response = self.client.get(page(Assignment, "add"), {"course": other.pk})
        self.assertNotContains(response, "Kathmandu")

    def test_keeps_to_the_clocks_across_both_changes(self):
        self.course.time_zone = "Europe/Zurich"
        self.course.save()
        for day, utc in (
            ("2025-10-25", datetime(2025, 10, 25, 21, 59, tzinfo=UTC)),
            ("2025-10-26", datetime(2025, 10, 26, 22, 59, tzinfo=UTC)),
            ("2026-03-28", datetime(2026, 3, 28, 22, 59, tzinfo=UTC)),
            ("2026-03-29", datetime(2026, 3, 29, 21, 59, tzinfo=UTC)),
        ):
            with self.subTest(day):
                self.due(day, "23:59")
                self.assertEqual(self.assignment.due_at, utc)

    def test_refuses_hours_that_do_not_come_or_come_twice(self):
        self.course.time_zone = "Europe/Zurich"
        self.course.save()
        for day in ("2025-10-26", "2026-03-29"):
            with self.subTest(day):
                [error] = errors(self.due(day, "02:30"))
                self.assertIn("couldn’t be interpreted in time zone", error)

    def test_a_deadline_that_students_know_moves_for_a_reason(self):
        response = self.submit(due_at_0="2025-10-09")
        self.assertEqual(
            errors(response), ["The assignment is out: say why its deadline moves."]
        )
        self.assertEqual(self.assignment.due_at, DUE)

    def test_keeps_the_reason_for_students(self):
        self.due("2025-10-09", "23:59")
        [move] = Deadlines(self.assignment).moves()
        self.assertEqual(
            (move.reason, move.by, move.before), ("Outage.", self.user, DUE)
        )

    def test_asks_no_reason_before_it_is_out(self):
        self.assignment.opens_at = datetime(2999, 9, 1, tzinfo=UTC)
        self.assignment.due_at = datetime(2999, 10, 8, 15, 59, tzinfo=UTC)
        self.assignment.save()
        self.submit(due_at_0="2999-10-09")
        self.assertEqual(self.assignment.due_at.day, 9)

    def test_asks_no_reason_for_another_title(self):
        self.submit(title="Project one")
        self.assertEqual(self.assignment.title, "Project one")

    def test_doubts_what_may_be_a_mistake(self):
        make.make_holiday(self.course, name="Mid-Autumn", starts_on=date(2025, 10, 7))
        early = "It is due between midnight and five in the morning, at %s HKT."
        for day, clock, doubts in (
            ("2025-10-07", "23:59", ["holiday of the course: Mid-Autumn."]),
            ("2025-12-02", "12:00", ["It is due outside the term."]),
            ("2025-10-09", "00:00", [early % "2025-10-09 00:00"]),
            ("2025-10-09", "05:00", []),
        ):
            with self.subTest(day=day, clock=clock):
                said = self.said(self.due(day, clock))
                self.assertEqual(len(said), len(doubts))
                for words, doubt in zip(said, doubts, strict=True):
                    self.assertIn(doubt, words)

    def test_adds_slots_in_order(self):
        self.submit(
            **{
                "slots-TOTAL_FORMS": "2",
                "slots-0-kind": "slides",
                "slots-0-takes": "file",
                "slots-0-formats": "pdf pptx",
                "slots-0-max_size_mb": "20",
                "slots-1-kind": "video",
                "slots-1-takes": "link",
                "slots-1-max_size_mb": "50",
            }
        )
        self.assertEqual(
            list(self.assignment.slots.values_list("position", "kind", "takes")),
            [(1, "slides", "file"), (2, "video", "link")],
        )

    def test_refuses_formats_that_are_not_taken(self):
        slot = make.make_slot(self.assignment)
        [error] = errors(self.submit(**{"slots-0-formats": "exe"}))
        self.assertIn("“exe” is no format taken here.", error)
        slot.refresh_from_db()
        self.assertEqual(slot.formats, "pdf")

    def test_a_slot_with_work_stays(self):
        slot = make.make_slot(self.assignment)
        team = make.make_team(self.course, assignment=self.assignment)
        submission = make.make_submission(slot, team)
        [error] = errors(self.submit(**{"slots-0-DELETE": "on"}))
        self.assertIn("protected", error)
        self.assertIn(str(submission), error)
        [error] = errors(self.submit(**{"slots-0-takes": "link"}))
        self.assertEqual(error, "Work was received here: kind and what it takes stay.")
        self.assertEqual(Slot.objects.get().takes, "file")

    def test_a_slot_without_work_can_go(self):
        make.make_slot(self.assignment)
        self.submit(**{"slots-0-DELETE": "on"})
        self.assertFalse(Slot.objects.exists())


class ExtensionTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.course = make.make_course(time_zone="Asia/Hong_Kong")
        cls.user = make.make_instructor(cls.course)
        cls.slot, cls.team, _user = make.make_handing_in(cls.course, due_at=DUE)
        cls.assignment = cls.slot.assignment

    def setUp(self):
        log_in(self.client, self.user)

    def give(self, **values):
        url = f"{page(Extension, 'add')}?assignment={self.assignment.pk}"
        data = form_data(self.client.get(url)) | {
            "until_0": "2025-10-10",
            "until_1": "12:00",
            "reason": "Ill.",
            **values,
        }
        return self.client.post(url, data)

    def test_is_by_the_clocks_of_the_course(self):
        self.give(team=str(self.team.pk))
        given = Extension.objects.get()
        self.assertEqual(
            (given.until, given.team, given.given_by),
            (datetime(2025, 10, 10, 4, 0, tzinfo=UTC), self.team, self.user),
        )

    def test_is_said_to_hold_until_the_instant_that_it_does(self):
        said = self.client.get(self.give(team=str(self.team.pk)).url)
        self.assertContains(said, "Team 1: 2025-10-10 04:00 UTC")
        self.assertContains(said, "Fri 10 Oct 2025 12:00 HKT")

    def test_without_a_team_it_is_for_all(self):
        self.give(reason="The server was down.")
        deadlines = Deadlines(self.assignment)
        self.assertEqual(deadlines.of(None), deadlines.of(self.team))
        self.assertTrue(deadlines.of(None).is_extended)

    def test_needs_a_reason(self):
        self.assertEqual(errors(self.give(reason="")), ["This field is required."])

    def test_refuses_what_would_help_nobody(self):
        response = self.give(until_0="2025-10-08")
        self.assertEqual(errors(response), ["Work is on time until then without it."])

    def test_refuses_a_team_of_another_assignment(self):
        other = make.make_team(
            self.course, assignment=make.make_assignment(self.course)
        )
        response = self.give(team=str(other.pk))
        self.assertEqual(errors(response), ["It belongs to another assignment."])

    def test_says_by_the_clocks_of_the_course_when_it_was_taken_back(self):
        taken_back = datetime(2025, 10, 7, 4, 0, tzinfo=UTC)
        given = make.make_extension(self.team, revoked_at=taken_back)
        seen = self.client.get(page(Extension, "change", given.pk))
        self.assertContains(seen, "Tue 7 Oct 2025 12:00 HKT")

    def test_is_taken_back_not_edited_or_deleted(self):
        given = make.make_extension(self.team)
        for action in ("change", "delete"):
            response = self.client.post(page(Extension, action, given.pk), {})
            self.assertEqual(response.status_code, 403)
        self.client.post(
            page(Extension, "changelist"),
            {"action": "revoke", "_selected_action": str(given.pk)},
        )
        given.refresh_from_db()
        self.assertIsNotNone(given.revoked_at)
        self.assertFalse(Deadlines(self.assignment).of(self.team).is_extended)
