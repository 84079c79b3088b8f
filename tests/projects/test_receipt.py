"""What is told of a delivery, to whom, on the page and by mail."""

from datetime import UTC, datetime, timedelta
from unittest import mock

import pytest
from django.core import mail
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client, TestCase
from django.urls import reverse
from django.utils import timezone

from courses.models import Enrolment
from projects import tasks
from projects.models import Delivery, Membership
from projects.receiving import Part, receive
from tests import factories as make
from tests.admin_pages import count_queries
from tests.pages import words

pytestmark = pytest.mark.both

DUE = datetime(2026, 10, 8, 15, 59, tzinfo=UTC)  # 23:59 in Hong Kong
SHA256 = "026bb3d8af9ab1e1e2ec9d63dc3712e17cd9105dae94ea981e1f2b7aa8b2fa36"


def hand_in(team, user, slots, moment=DUE, key="request", **fields):
    """The Delivery of a PDF, or of a link where a slot takes that."""
    parts = [
        Part(slot, url="https://example.org/v", opens_signed_out=True)
        if slot.takes == "link"
        else Part(slot, SimpleUploadedFile("report.pdf", make.PDF))
        for slot in slots
    ]
    with mock.patch.object(timezone, "now", return_value=moment):
        return receive(team, user, parts, key, **fields)


class Receipts(TestCase):
    """Two members of a team, of whom one handed in; and the other people there are."""

    @classmethod
    def setUpTestData(cls):
        cls.course = make.make_course(title="Networks", time_zone="Asia/Hong_Kong")
        with mock.patch.object(timezone, "now", return_value=DUE - timedelta(days=9)):
            cls.slot, cls.team, cls.user = make.make_handing_in(
                cls.course, size=3, due_at=DUE, title="Project 1"
            )
        cls.video = make.make_slot(
            cls.slot.assignment, kind="video", takes="link", position=1
        )
        cls.former = cls.join("Fo Rmer", "former@example.org", "20990001")
        cls.member = cls.join("Mem Ber", "member@example.org", "20990002")
        cls.delivery = hand_in(cls.team, cls.user, [cls.slot, cls.video])
        cls.submission = cls.delivery.submissions.get(slot=cls.slot)
        cls.team.memberships.filter(person__user=cls.former).update(
            left_at=DUE + timedelta(days=1)
        )

    @classmethod
    def join(cls, name, email, number):
        user = make.make_user(email)
        person = make.make_person(name, user=user)
        make.make_enrolment(cls.course, person, student_number=number)
        Membership.objects.create(team=cls.team, person=person, position=9)
        return user

    def get_as(self, user, url):
        client = Client()
        if user:
            client.force_login(user)
        return client.get(url)

    def text_as(self, user, delivery=None):
        url = (delivery or self.delivery).get_absolute_url()
        [text] = words(self.get_as(user, url))
        return text


class AccessTests(Receipts):
    def test_a_former_member_sees_nothing_of_what_came_after(self):
        later = hand_in(self.team, self.user, [self.slot], DUE, key="later")
        for name, args in (
            ("projects:receipt", [later.pk]),
            ("projects:submission_file", [later.submissions.get().pk, "report.pdf"]),
        ):
            response = self.get_as(self.former, reverse(name, args=args))
            self.assertEqual(response.status_code, 404)
        self.assertIn("a newer one came", self.text_as(self.member))
        self.assertNotIn("ount", self.text_as(self.former).replace("Account", ""))

    def test_a_member_who_was_dropped_keeps_what_they_handed_in(self):
        Enrolment.objects.filter(person__user=self.user).update(status="dropped")
        self.assertIn("Received, on time", self.text_as(self.user))

    def test_files_are_kept_from_doing_harm(self):
        page = make.make_file(b"<script>alert(1)</script>", "page.html")
        shown = make.make_submission(self.slot, self.team, self.user, file=page)
        for submission, disposition in (
            (shown, 'attachment; filename="page.html"'),
            (self.submission, 'inline; filename="report.pdf"'),
        ):
            response = self.get_as(self.user, submission.get_absolute_url())
            b"".join(response)
            self.assertEqual(
                {name: response[name] for name in self.PROMISED}
                | {"Content-Disposition": response["Content-Disposition"]},
                self.PROMISED | {"Content-Disposition": disposition},
            )

    PROMISED = {
        "Content-Security-Policy": "sandbox; default-src 'none'",
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "private, no-cache",
    }

    def test_the_same_bytes_come_back(self):
        response = self.get_as(self.member, self.submission.get_absolute_url())
        self.assertEqual(b"".join(response), make.PDF)


class PageTests(Receipts):
    def test_says_all_there_is_to_say(self):
        text = self.text_as(self.member)
        for said in (
            "Received, on time",
            "Thursday 8 October 2026 23:59:00 (Hong Kong time) 2026-10-08 15:59:00 UTC",
            "By Stu Dent",
            "Team 1 Stu Dent; Fo Rmer; Mem Ber",
            f"SHA-256 {SHA256}, 50 bytes",
            "https://example.org/v number 1",
            "opens when signed out, its sender says",
            "Counts: it is the newest that came on time.",
        ):
            self.assertIn(said, text)

    def test_says_how_late_it_came_and_offers_to_let_it_count(self):
        self.slot.assignment.accepted_until = DUE + timedelta(days=9)
        self.slot.assignment.save()
        moment = DUE + timedelta(days=1, seconds=59)
        late = hand_in(self.team, self.user, [self.slot], moment, key="late")
        staff = make.make_instructor(self.course)
        with mock.patch.object(timezone, "now", return_value=moment):
            text = self.text_as(self.member, late)
            self.assertNotIn("Let it count", self.text_as(staff, late))
        self.assertIn("Received, 1 day late", text)
        self.assertIn("it came late. Report 1 counts. Let it count", text)
        closed = moment + timedelta(days=9)
        with mock.patch.object(timezone, "now", return_value=closed):
            self.assertNotIn("Let it count", self.text_as(self.member, late))

    def test_says_who_handed_in_for_the_team_and_why(self):
        staff = make.make_instructor(self.course)
        why = "mailed by a member at 23:58"
        delivery = hand_in(self.team, staff, [self.slot], key="s", on_behalf=why)
        self.assertIn(
            "By Ada Instructor, for the team: mailed by a member at 23:58",
            self.text_as(self.user, delivery),
        )

    def test_tells_no_number_and_no_address(self):
        response = self.get_as(self.member, self.delivery.get_absolute_url())
        for secret in ("2099", "former@", self.user.email):
            self.assertNotContains(response, secret)

    def test_asks_a_fixed_number_of_queries(self):
        client = Client()
        client.force_login(self.user)
        first = count_queries(client, self.delivery.get_absolute_url())
        for number in range(3):
            more = [self.slot, self.video]
            last = hand_in(self.team, self.user, more, key=f"more-{number}")
        self.assertEqual(count_queries(client, last.get_absolute_url()), first)


class MailTests(Receipts):
    def hand_in(self, **fields):
        with self.captureOnCommitCallbacks(execute=True):
            return hand_in(self.team, self.user, [self.slot], key="mailed", **fields)

    def test_each_member_gets_one_of_their_own(self):
        self.hand_in()
        self.assertEqual(
            [(each.to, each.cc, each.bcc) for each in mail.outbox],
            [([self.user.email], [], []), (["member@example.org"], [], [])],
        )

    def test_says_what_the_receipt_says(self):
        delivery = self.hand_in()
        message = mail.outbox[0]
        self.assertEqual(message.subject, "Received: Project 1")
        for said in (
            "Thursday 8 October 2026 23:59:00 (Hong Kong time)",
            "2026-10-08 15:59:00 UTC",
            "By:   Stu Dent",
            "Team: Stu Dent; Mem Ber (Team 1)",
            "It came on time.",
            "Report, number 2",
            "report.pdf, 50 bytes",
            f"SHA-256 {SHA256}",
            "Counts: it is the newest that came on time.",
            f"receipt number {delivery.pk}",
        ):
            self.assertIn(said, message.body)
        for secret in ("2099", "@"):
            self.assertNotIn(secret, message.body)

    def test_a_request_sent_twice_is_mailed_once(self):
        self.hand_in()
        self.hand_in()
        self.assertEqual(len(mail.outbox), 2)

    def test_a_failing_mail_fails_no_delivery(self):
        with (
            mock.patch("django.core.mail.EmailMessage.send", side_effect=OSError),
            self.assertLogs("django_tasks", "ERROR"),
        ):
            delivery = self.hand_in()
        self.assertTrue(Delivery.objects.filter(pk=delivery.pk).exists())

    def test_a_failing_queue_fails_no_delivery(self):
        with (
            mock.patch.object(
                type(tasks.mail_receipt), "enqueue", side_effect=OSError, create=True
            ),
            self.assertLogs("django.test", "ERROR"),
        ):
            delivery = self.hand_in()
        self.assertTrue(Delivery.objects.filter(pk=delivery.pk).exists())

    def test_who_has_no_address_gets_none(self):
        self.team.memberships.filter(person__user=self.member).update(
            person=make.make_person("No Mail")
        )
        self.hand_in()
        self.assertEqual([each.to for each in mail.outbox], [[self.user.email]])
