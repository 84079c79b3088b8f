"""The table of an assignment's work, and what staff do from it."""

from datetime import UTC, datetime, timedelta
from unittest import mock

import pytest
from django.core import mail
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.mail import EmailMessage
from django.test import TestCase
from django.urls import reverse
from selectolax.lexbor import LexborHTMLParser

from courses.models import AuditEntry, CourseRole
from projects import counting, grading, reminding, table
from projects.models import Choice, Delivery, GradingSet, Refusal
from tests import factories as make
from tests.admin_pages import MANY_ROWS, count_queries
from tests.logins import log_in

pytestmark = pytest.mark.both
DUE = datetime(2025, 10, 8, 15, 59, tzinfo=UTC)
EARLY, LATE = DUE - timedelta(hours=1), DUE + timedelta(hours=2, minutes=5)


def at(name, *args):
    return reverse(f"admin:courses_assignment_{name}", args=args)


def make_staff_of(course, role=CourseRole.Role.INSTRUCTOR):
    user = make.make_user()
    make.make_course_role(course, make.make_person("Ada", user=user), role=role)
    return user


class WorkTestCase(TestCase):
    """An assignment of two slots, and two teams that handed in nothing yet."""

    @classmethod
    def setUpTestData(cls):
        cls.course = make.make_course(slug="nets", time_zone="Asia/Hong_Kong")
        cls.user = make_staff_of(cls.course)
        cls.assignment = make.make_assignment(
            cls.course, due_at=DUE, accepted_until=DUE + timedelta(days=3), team_size=2
        )
        cls.slot = make.make_slot(cls.assignment)
        cls.video = make.make_slot(
            cls.assignment, kind="video", takes="link", is_required=False
        )
        cls.student = make.make_student(cls.course)
        cls.team = cls.make_team("Kernels", cls.student.person)
        cls.other = cls.make_team("Trees", "FAN, Ganghua")

    @classmethod
    def make_team(cls, name, *members):
        return make.make_team(cls.course, members, assignment=cls.assignment, name=name)

    def setUp(self):
        log_in(self.client, self.user)
        self.url = at("work", self.assignment.pk)

    def receive(self, received_at=EARLY, team=None, slot=None, **fields):
        if slot is None:
            fields.setdefault("file", make.make_file(name="report.pdf"))
        return make.make_submission(
            slot or self.slot,
            team or self.team,
            self.student,
            received_at=received_at,
            **fields,
        )

    def post(self, **data):
        return self.client.post(self.url, data, follow=True)

    def cell(self, team=None):
        rows = table.of_assignment(self.assignment).rows
        [row] = [row for row in rows if row.team == (team or self.team)]
        return row.cells[0]


class FileTests(WorkTestCase):
    def test_is_sent_as_it_came(self):
        pk = self.receive().pk
        url = at("file", self.assignment.pk, pk, "report.pdf")
        response = self.client.get(url)
        self.assertEqual(b"".join(response), make.PDF)
        self.assertIn("sandbox", response["Content-Security-Policy"])


class TableTests(WorkTestCase):
    def test_counts_teams_by_their_work(self):
        self.receive()
        late = self.make_team("Late")
        self.receive(LATE, late)
        found = table.of_assignment(self.assignment)
        self.assertEqual(
            (found.received, [row.team for row in found.late]), (1, [late])
        )
        self.assertEqual([row.team for row in found.missing], [self.other])

    def test_says_what_came_when_and_how_late(self):
        self.receive()
        self.receive(LATE)
        main = LexborHTMLParser(self.client.get(self.url).text).css_first(
            "#content-main"
        )
        words = " ".join(main.text(separator=" ").split())
        self.assertIn("#2 9 Oct 02:04:00 late by 2 hours 5 minutes Let #2 count", words)
        self.assertIn("#1 8 Oct 22:59:00 counts", words)
        self.assertIn("All times are by the clocks in Asia/Hong_Kong.", words)

    def test_lists_who_is_in_no_team(self):
        alone = make.make_enrolment(self.course, make.make_person("LONELY, Ada"))
        make.make_enrolment(self.course, make.make_person("Gone"), status="dropped")
        make.make_enrolment(make.make_course(), make.make_person("Elsewhere"))
        found = table.of_assignment(self.assignment)
        self.assertEqual(found.without_team, [alone.person])
        self.assertContains(self.client.get(self.url), "LONELY, Ada")

    def test_holds_no_address_or_student_number(self):
        person = make.make_person("Lau", email="lau@example.com")
        make.make_enrolment(self.course, person, student_number="20991234")
        self.make_team("", person)
        text = self.client.get(self.url).text
        self.assertNotIn("lau@example.com", text)
        self.assertNotIn("20991234", text)

    def test_hostile_names_stay_text(self):
        self.make_team("<script>alert(1)</script>")
        self.assertNotContains(self.client.get(self.url), "<script>alert")

    def test_asks_the_same_for_many_teams(self):
        counts = []
        for more in (3, MANY_ROWS - 3):
            for _ in range(more):
                person = make.make_person()
                make.make_enrolment(self.course, person)
                team = self.make_team("", person)
                self.receive(team=team)
                make.make_grade(team)
                make.make_enrolment(self.course)
            grading.freeze(self.assignment, self.user)
            counts.append(count_queries(self.client, self.url, warm=more == 3))
        self.assertEqual(counts[0], counts[1])
        self.assertLess(counts[0], 25)


class CountingTests(WorkTestCase):
    def test_staff_let_late_work_count(self):
        self.receive()
        late = self.receive(LATE)
        self.post(count=late.pk)
        self.assertEqual(self.cell().standing.counted, late)
        choice = Choice.objects.get()
        self.assertEqual((choice.by, choice.is_by_staff), (self.user, True))

    def test_what_is_no_work_of_it_cannot_count(self):
        elsewhere = make.make_submission()
        for pk in (elsewhere.pk, "x", ""):
            self.assertEqual(self.post(count=pk).status_code, 404)
        self.assertFalse(Choice.objects.exists())

    def test_an_act_that_is_none_is_refused(self):
        self.assertEqual(self.post(nothing="1").status_code, 403)

    def test_marks_what_is_newer_than_what_is_graded(self):
        kept = self.receive()
        self.post(freeze="1")
        [frozen] = GradingSet.objects.get().submissions.all()
        self.assertEqual((frozen, self.cell().has_newer), (kept, False))
        self.receive()
        self.assertTrue(self.cell().has_newer)
        self.assertContains(self.client.get(self.url), "a newer version exists")


class ReminderTests(WorkTestCase):
    def remind(self, words="Where is it?"):
        with self.captureOnCommitCallbacks(execute=True):
            return self.post(remind="1", words=words)

    def test_mails_each_once_and_nobody_who_handed_in(self):
        self.receive()
        several = [make.make_student(self.course) for _ in range(2)]
        self.make_team("Late", several[0].person)
        response = self.remind()
        self.assertEqual(
            sorted(each.to for each in mail.outbox),
            sorted([user.email] for user in several),
        )
        self.assertEqual({each.body for each in mail.outbox}, {"Where is it?"})
        self.assertContains(response, "2 people are mailed.")
        for user in several:
            self.assertNotContains(response, user.email)

    def test_says_who_has_no_address(self):
        make.make_enrolment(self.course)
        self.assertContains(self.remind(), "1 person has no address here.")

    def test_is_recorded(self):
        AuditEntry.objects.all().delete()
        self.remind()
        entry = AuditEntry.objects.get()
        self.assertEqual(
            (entry.action, entry.user, entry.course), ("mail", self.user, self.course)
        )

    def test_a_mail_that_fails_is_told(self):
        failed = mock.Mock()
        found = table.of_assignment(self.assignment)
        with (
            mock.patch.object(EmailMessage, "send", side_effect=OSError),
            self.assertLogs("django_tasks"),
            self.captureOnCommitCallbacks(execute=True),
        ):
            reminding.remind(self.assignment, found, "Where is it?", failed)
        failed.assert_called_once_with()

    def test_sends_nothing_without_words(self):
        response = self.remind(words=" ")
        self.assertContains(response, "This field is required.")
        self.assertEqual(mail.outbox, [])


class HandInTests(WorkTestCase):
    def setUp(self):
        super().setUp()
        self.hand_in_url = at("hand_in", self.assignment.pk, self.other.pk)

    def hand_in(self, **data):
        data = {"on_behalf": "Mailed at 23:58.", "request_key": "key", **data}
        return self.client.post(self.hand_in_url, data)

    def report(self, content=make.PDF):
        return {f"slot-{self.slot.pk}": SimpleUploadedFile("report.pdf", content)}

    def test_hands_in_files_and_links_for_a_team(self):
        link = {f"slot-{self.video.pk}": "https://example.org/video"}
        response = self.hand_in(**self.report(), **link)
        self.assertRedirects(response, self.url)
        delivery = Delivery.objects.get()
        self.assertEqual(
            (delivery.team, delivery.by, delivery.on_behalf),
            (self.other, self.user, "Mailed at 23:58."),
        )
        self.assertEqual(delivery.submissions.count(), 2)

    def test_needs_a_reason(self):
        self.assertContains(
            self.hand_in(on_behalf="", **self.report()), "This field is required."
        )
        self.assertFalse(Delivery.objects.exists())

    def test_late_work_counts_if_staff_say_so(self):
        self.hand_in(**self.report())
        self.assertIsNone(self.cell(self.other).standing.counted)
        self.hand_in(**self.report(), counts="on", request_key="another")
        standings = counting.standings(self.assignment)
        self.assertEqual(standings[self.other.pk][self.slot.pk].counted.number, 2)

    def test_the_form_sent_twice_is_one_delivery(self):
        for _ in range(2):
            self.assertRedirects(self.hand_in(**self.report()), self.url)
        self.assertEqual(Delivery.objects.count(), 1)

    def test_what_is_refused_is_said_and_logged(self):
        response = self.hand_in(**self.report(b""))
        self.assertContains(response, "is empty (0 bytes).")
        self.assertContains(response, "Files have to be chosen again.")
        self.assertEqual(Refusal.objects.get().team, self.other)

    def test_an_empty_form_is_refused(self):
        self.assertContains(self.hand_in(), "Nothing was sent")
