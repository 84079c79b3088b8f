"""The page where work is handed in, and what it takes, refuses and keeps."""

from datetime import UTC, datetime, timedelta
from io import BytesIO
from unittest import mock
from urllib.parse import parse_qs, urlsplit

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import UnreadablePostError
from django.test import Client, TestCase
from django.urls import reverse
from django.utils import timezone

from courses.models import Enrolment
from projects import counting, incoming
from projects.models import (
    Choice,
    Delivery,
    GradingSet,
    Refusal,
    Submission,
    Team,
)
from tests import factories as make
from tests.pages import words

pytestmark = pytest.mark.both

DUE = datetime(2026, 10, 8, 15, 59, tzinfo=UTC)  # 23:59 in Hong Kong
LAST = DUE + timedelta(days=2)
BEFORE, AFTER = DUE - timedelta(hours=3), DUE + timedelta(hours=2)
KEY = "a-key-of-the-form-1"


def at(moment):
    return mock.patch.object(timezone, "now", return_value=moment)


def text_of(response):
    [text] = words(response)
    return text


def pdf(name="report.pdf", content=make.PDF):
    return SimpleUploadedFile(name, content)


class HandingIn(TestCase):
    """A student alone, who owes a report, slides and the link of a video."""

    @classmethod
    def setUpTestData(cls):
        cls.course = make.make_course(title="Networks", time_zone="Asia/Hong_Kong")
        with at(BEFORE - timedelta(days=9)):
            cls.report, cls.team, cls.user = make.make_handing_in(
                cls.course, due_at=DUE, accepted_until=LAST, brief="Write *well*."
            )
        cls.assignment = cls.report.assignment
        cls.slides = make.make_slot(
            cls.assignment, kind="slides", position=1, max_size_mb=1
        )
        cls.video = make.make_slot(
            cls.assignment,
            kind="video",
            position=2,
            takes="link",
            is_required=False,
        )
        cls.url = reverse("projects:hand_in", args=[cls.assignment.pk])

    def setUp(self):
        self.client.force_login(self.user)

    def get(self, moment=BEFORE, client=None, **query):
        with at(moment):
            return (client or self.client).get(self.url, query)

    def send(self, moment=BEFORE, key=KEY, client=None, **fields):
        """What the page answers to a form with ``fields``: by the kind of their slot,
        or as they are."""
        slots = {each.kind: f"slot-{each.pk}" for each in self.assignment.slots.all()}
        data = {slots.get(name, name): value for name, value in fields.items()}
        with at(moment), self.captureOnCommitCallbacks(execute=True):
            return (client or self.client).post(self.url, {"request_key": key} | data)

    def counted(self, slot=None):
        standing = counting.standings(self.assignment)[self.team.pk]
        counted = standing[(slot or self.report).pk].counted
        return counted and counted.number


class PageTests(HandingIn):
    def test_says_first_what_is_missing_and_until_when(self):
        self.assertIn(
            "Nothing received yet; due Thu 8 Oct 2026 23:59 (Hong Kong time), "
            "in 3 hours.",
            text_of(self.get()),
        )
        self.send(report=pdf())
        self.assertIn(
            "Report received; slides missing; due Thu 8 Oct 2026 23:59",
            text_of(self.get()),
        )
        self.send(slides=pdf(), key=KEY + "2")
        self.assertIn("Everything received, on time.", text_of(self.get()))

    def test_prints_limits_beside_the_fields(self):
        text = text_of(self.get())
        self.assertIn("PDF, at most 50 MB", text)
        self.assertIn("PDF, at most 1 MB", text)
        self.assertIn("An address that begins with https://", text)

    def test_shows_extension_and_move_with_their_reasons(self):
        with at(BEFORE - timedelta(days=1)):
            self.assignment.due_at = DUE + timedelta(minutes=30)
            self.assignment._change_reason = "The network was down."
            self.assignment.save()
        make.make_extension(self.team, until=DUE + timedelta(days=1), reason="Ill.")
        text = text_of(self.get())
        self.assertIn("extended to Fri 9 Oct 2026 23:59 (Hong Kong time): Ill.", text)
        self.assertIn(
            "moved on Wed 7 Oct from Thu 8 Oct 2026 23:59 (Hong Kong time): "
            "The network was down.",
            text,
        )
        self.assertIn(
            "due Fri 9 Oct 2026 23:59 (Hong Kong time), in 1 day 3 hours", text
        )

    def test_shows_how_last_acceptance_and_grace_moved(self):
        with at(BEFORE - timedelta(days=1)):
            self.assignment.accepted_until = None
            self.assignment.grace_minutes = 5
            self.assignment._change_reason = "Marks are due."
            self.assignment.save()
        text = text_of(self.get())
        self.assertIn("grace changed on Wed 7 Oct from 0 minutes: Marks are due.", text)
        self.assertIn(
            "is not taken moved on Wed 7 Oct from Sat 10 Oct 2026 23:59 "
            "(Hong Kong time): Marks are",
            text,
        )

    def test_asks_after_the_deadline_what_shall_count(self):
        self.send(report=pdf())
        text = text_of(self.get(AFTER))
        self.assertIn(
            "Report received; slides missing; late work is taken until "
            "Sat 10 Oct 2026 23:59 (Hong Kong time), in 1 day 22 hours.",
            text,
        )
        self.assertIn("Keep the on-time work", text)
        self.assertIn("Let the late work count instead, 2 hours late", text)
        self.assertIn("I know that what I send now is 2 hours late.", text)

    def test_says_that_it_is_closed(self):
        response = self.get(LAST + timedelta(minutes=1))
        self.assertIn(
            "nothing was taken after Sat 10 Oct 2026 23:59 (Hong Kong time)",
            text_of(response),
        )
        self.assertIn("Late work was taken until Sat 10 Oct 2026", text_of(response))
        self.assertNotContains(response, 'type="file"')

    def test_says_when_it_opens_to_staff_who_are_enrolled(self):
        make.make_course_role(self.course, self.user.person)
        with at(BEFORE):
            self.assignment.opens_at = DUE - timedelta(hours=1)
            self.assignment.save()
        response = self.get()
        self.assertIn("opens Thu 8 Oct 2026 22:59", text_of(response))
        self.assertNotContains(response, 'type="file"')
        self.assertIn("Nothing is taken yet.", text_of(self.send(report=pdf())))

    def test_names_the_zone_after_the_clocks_changed(self):
        """Times of both sides of a change, each as clocks there show it."""
        self.course.time_zone = "Europe/Berlin"
        self.course.save()
        for due_at, shown in (
            (datetime(2026, 10, 25, 0, 59, tzinfo=UTC), "Sun 25 Oct 2026 02:59"),
            (datetime(2026, 10, 25, 1, 59, tzinfo=UTC), "Sun 25 Oct 2026 02:59"),
            (datetime(2026, 3, 29, 0, 59, tzinfo=UTC), "Sun 29 Mar 2026 01:59"),
            (datetime(2026, 3, 29, 1, 1, tzinfo=UTC), "Sun 29 Mar 2026 03:01"),
        ):
            self.assignment.due_at = due_at
            self.assignment.accepted_until = None
            self.assignment.save()
            with self.subTest(due_at):
                text = text_of(self.get(due_at - timedelta(hours=3)))
                self.assertIn(f"due {shown} (Berlin time), in 3 hours.", text)

    def test_is_for_those_enrolled_alone(self):
        auditor = make.make_student(self.course, Enrolment.Status.AUDITOR)
        dropped = make.make_student(self.course, Enrolment.Status.DROPPED)
        for user in (auditor, dropped):
            visitor = Client()
            visitor.force_login(user)
            with self.subTest(user=user):
                self.assertEqual(self.get(client=visitor).status_code, 404)
                sent = self.send(client=visitor, report=pdf())
                self.assertEqual(sent.status_code, 404)
        self.assertEqual(Delivery.objects.count(), 0)

    def test_an_assignment_without_slots_or_not_yet_out_does_not_exist(self):
        later = make.make_assignment(self.course, opens_at=DUE, title="Later")
        make.make_slot(later)
        for each in (make.make_assignment(self.course), later):
            with at(BEFORE):
                url = reverse("projects:hand_in", args=[each.pk])
                self.assertEqual(self.client.get(url).status_code, 404)

    def test_the_course_page_leads_here(self):
        page = self.course.get_absolute_url()
        self.assertContains(self.client.get(page), self.url)
        self.client.logout()
        self.assertNotContains(self.client.get(page), self.url)

    def test_asks_a_fixed_number_of_queries(self):
        with self.assertNumQueries(14):
            self.get()
        for _ in range(4):
            make.make_submission(self.report, self.team, self.user)
            make.make_submission(self.slides, self.team, self.user)
        with self.assertNumQueries(14):
            self.get()


class ReceivingTests(HandingIn):
    def test_takes_files_and_a_link_in_one_delivery(self):
        response = self.send(
            report=pdf(),
            slides=pdf("slides.pdf"),
            video="https://example.org/v",
            **{f"slot-{self.video.pk}-opens": "on"},
        )
        delivery = Delivery.objects.get()
        self.assertRedirects(response, delivery.get_absolute_url())
        self.assertEqual(
            [
                (each.slot.kind, each.number, each.url, each.opens_signed_out)
                for each in delivery.submissions.order_by("slot__position")
            ],
            [
                ("report", 1, "", None),
                ("slides", 1, "", None),
                ("video", 1, "https://example.org/v", True),
            ],
        )
        self.assertEqual(delivery.received_at, BEFORE)

    def test_makes_the_team_of_who_works_alone(self):
        newcomer = Client()
        newcomer.force_login(make.make_student(self.course))
        self.send(client=newcomer, report=pdf())
        team = Team.objects.exclude(pk=self.team.pk).get()
        self.assertEqual((team.number, team.memberships.count()), (2, 1))
        self.assertEqual(team.submissions.count(), 1)

    def test_sends_who_is_in_no_team_to_found_one(self):
        self.assignment.team_size = 3
        self.assignment.save()
        newcomer = Client()
        newcomer.force_login(make.make_student(self.course))
        response = self.send(client=newcomer, report=pdf())
        self.assertIn("You are in no team yet", text_of(response))
        self.assertEqual(Delivery.objects.count(), 0)
        self.assertEqual(Refusal.objects.count(), 1)

    def test_the_same_request_is_one_delivery(self):
        first, second = self.send(report=pdf()), self.send(report=pdf())
        self.assertEqual(first.url, second.url)
        self.assertEqual(Delivery.objects.count(), 1)

    def test_the_same_request_with_other_bytes_next_day_is_refused(self):
        self.send(report=pdf())
        response = self.send(
            BEFORE + timedelta(days=1), report=pdf(content=make.PDF + b"%")
        )
        self.assertEqual(response.status_code, 422)
        self.assertIn("This form was sent before, with other files.", text_of(response))
        self.assertEqual(Delivery.objects.count(), 1)

    def test_a_form_opened_anew_is_another_request(self):
        keys = {self.get().context["request_key"] for _ in range(2)}
        self.assertEqual(len(keys), 2)
        for key in keys:
            self.assertEqual(self.send(report=pdf(), key=key).status_code, 302)
        self.assertEqual(Delivery.objects.count(), 2)

    def test_forged_requests_are_refused(self):
        visitor = Client(enforce_csrf_checks=True)
        visitor.force_login(self.user)
        self.assertEqual(self.send(client=visitor, report=pdf()).status_code, 403)
        self.assertEqual(Delivery.objects.count(), 0)


class RefusalTests(HandingIn):
    def check(self, response, said, status=422):
        """It was refused in these words, beside what else was written, and logged."""
        self.assertEqual(response.status_code, status)
        text = text_of(response)
        self.assertIn(said, text)
        self.assertIn("Choose your files again", text)
        self.assertEqual(Delivery.objects.count(), 0)
        refusal = Refusal.objects.get()
        self.assertEqual(refusal.user, self.user)
        self.assertIn(said, refusal.reason)
        refusal.delete()

    def test_says_limit_measured_value_and_what_to_do(self):
        zip_end = b"PK\x05\x06" + bytes(6) + b"\xff\xff" + bytes(10)
        make.make_slot(self.assignment, kind="source", formats="zip", position=3)
        for kind, file, said in (
            ("report", pdf(content=b""), "“report.pdf” is empty (0 bytes)."),
            ("report", pdf("report.doc"), "“report.doc” is not taken for report"),
            (
                "report",
                pdf(content=b"<html><script>alert(1)</script></html>"),
                "“report.pdf” is no PDF file",
            ),
            ("source", pdf("a.zip", b"PK\x03\x04" + zip_end), "more than 10,000 files"),
            ("source", pdf("a.zip", b"PK\x03\x04"), "is no whole ZIP file"),
            ("video", "javascript:alert(1)", "is no address of a page"),
            ("video", "https://example.org/\x00", "is no address of a page"),
            ("video", "https://example.org/" + "a" * 1000, "at most 1,000 characters"),
        ):
            with self.subTest(said):
                self.check(self.send(**{kind: file}), said)

    def test_hostile_names_are_kept_out_of_harm(self):
        for name in ("../../etc/x.pdf", "a\x00b\n.pdf", "n" * 300 + ".pdf", "🦊.pdf"):
            with self.subTest(name):
                response = self.send(report=pdf(name), key=f"key-{len(name):020}")
                submission = Submission.objects.latest("pk")
                self.assertRedirects(response, submission.delivery.get_absolute_url())
                address = submission.get_absolute_url()
                self.assertNotIn("..", address)
                self.assertEqual(b"".join(self.client.get(address)), make.PDF)

    def test_what_was_written_stays_and_the_message_is_beside_its_slot(self):
        response = self.send(
            report=pdf("report.doc"), slides=pdf(content=b""), video="https://x.org/v"
        )
        fields = {each.work.slot.kind: each for each in response.context["fields"]}
        self.assertEqual(fields["video"].url, "https://x.org/v")
        self.assertEqual(fields["video"].refusal, "")
        self.assertIn("is not taken for report", fields["report"].refusal)
        self.assertIn("is empty", fields["slides"].refusal)
        self.assertContains(response, 'value="https://x.org/v"', status_code=422)

    def test_stops_at_the_limit_of_a_slot(self):
        file = pdf("big.pdf", make.PDF + bytes(1_000_001))
        self.check(
            self.send(slides=file), "slides takes 1 MB (1,000,000 bytes), and 1,00", 413
        )

    def test_refuses_at_once_what_is_too_large_as_a_whole(self):
        read = BytesIO(b"")
        with at(BEFORE):
            response = self.client.generic(
                "POST",
                self.url,
                content_type="multipart/form-data; boundary=x",
                CONTENT_LENGTH="60000000",
                **{"wsgi.input": read},
            )
        self.check(response, "has 60.0 MB; all fields together take 52 MB", 413)

    def test_reads_no_file_of_what_is_too_large_as_a_whole(self):
        with (
            mock.patch.object(incoming, "FORM_BYTES", -51_000_000 + 600),
            mock.patch.object(
                incoming.MeasuringUploadHandler, "receive_data_chunk"
            ) as read,
        ):
            response = self.send(
                video="https://x.org/v", report=pdf(content=b"x" * 9999)
            )
        read.assert_not_called()
        self.check(response, "all fields together take", 413)
        self.assertContains(response, 'value="https://x.org/v"', status_code=413)

    def test_asks_for_the_length(self):
        with at(BEFORE):
            response = self.client.generic(
                "POST", self.url, content_type="multipart/form-data; boundary=x"
            )
        self.check(response, "did not say how much it sends", 411)

    def test_a_full_disk_says_so(self):
        with mock.patch.object(
            incoming.MeasuringUploadHandler, "receive_data_chunk", side_effect=OSError
        ):
            response = self.send(report=pdf())
        self.check(response, "no room", 507)

    def test_a_connection_that_breaks_off_leaves_nothing(self):
        with mock.patch.object(
            incoming.MeasuringUploadHandler,
            "receive_data_chunk",
            side_effect=UnreadablePostError,
        ):
            response = self.send(report=pdf())
        self.check(response, "The connection broke off.", 400)

    def test_nothing_sent_and_forms_of_before(self):
        self.check(self.send(), "Nothing was sent")
        self.check(self.send(key="short", report=pdf()), "The form was not whole.")
        gone = self.send(**{"slot-999999": pdf()})
        self.check(gone, "What is asked changed meanwhile.")

    def test_closed(self):
        response = self.send(LAST + timedelta(minutes=1), report=pdf())
        self.check(response, "Nothing is taken any more")
        self.assertIn("2026-10-11 00:00:00 HKT", text_of(response))

    def test_another_method_of_saying_files_is_no_way_around(self):
        response = self.send(report="https://example.org")
        self.check(response, "Report takes a file, not a link.".lower()[1:])


class LoggedOutTests(HandingIn):
    def setUp(self):
        pass

    def test_an_expired_log_in_keeps_links_and_reads_no_file(self):
        with mock.patch.object(
            incoming.MeasuringUploadHandler, "receive_data_chunk"
        ) as read:
            response = self.send(video="https://x.org/v", report=pdf())
        read.assert_not_called()
        self.assertIn(reverse("account_login"), response.url)
        self.client.force_login(self.user)
        with at(AFTER):
            [back] = parse_qs(urlsplit(response.url).query)["next"]
            back = self.client.get(back)
        self.assertContains(back, 'value="https://x.org/v"')
        self.assertIn("Choose your files again", text_of(back))
        self.assertEqual(Delivery.objects.count(), 0)

    def test_what_is_too_long_for_an_address_is_left_out(self):
        response = self.send(video="https://x.org/" + "".join(map(str, range(3000))))
        self.assertLess(len(response.url), 200)

    def test_an_address_made_by_others_fills_in_nothing(self):
        self.client.force_login(self.user)
        response = self.get(kept="forged:signature")
        fields = response.context["fields"]
        self.assertEqual([each.url for each in fields], [""] * 3)


class LateTests(HandingIn):
    def test_a_late_try_leaves_the_on_time_one_counting(self):
        self.send(report=pdf())
        self.send(AFTER, key=KEY + "2", report=pdf(), late="on")
        self.assertEqual(self.counted(), 1)

    def test_late_work_replaces_on_time_work_where_that_was_said(self):
        self.send(report=pdf())
        said = {f"slot-{self.report.pk}-late": "count"}
        self.send(AFTER, key=KEY + "2", report=pdf(), late="on", **said)
        self.assertEqual(self.counted(), 2)

    def test_late_work_counts_where_nothing_was_on_time(self):
        self.send(report=pdf())
        self.send(AFTER, key=KEY + "2", slides=pdf(), late="on")
        self.assertEqual((self.counted(), self.counted(self.slides)), (1, 1))
        self.assertIn("slides received 2 hours late", text_of(self.get(AFTER)))

    def test_what_crossed_the_deadline_on_its_way_is_kept_and_asked_about(self):
        response = self.send(DUE + timedelta(minutes=1), report=pdf())
        self.assertIsNone(self.counted())
        with at(AFTER):
            text = text_of(self.client.get(response.url))
        self.assertIn("Received, 1 minute late", text)
        self.assertIn("This does not count: see below why.", text)
        self.assertIn("Let it count", text)

    def test_an_extension_makes_it_on_time(self):
        self.send(report=pdf())
        self.send(AFTER, key=KEY + "2", report=pdf(), late="on")
        make.make_extension(self.team, until=AFTER + timedelta(hours=1))
        self.assertEqual(self.counted(), 2)

    def test_the_last_second_of_the_minute_is_on_time(self):
        for moment, late in (
            (DUE + timedelta(seconds=59), ""),
            (DUE + timedelta(seconds=60), "1 minute"),
            (DUE + timedelta(seconds=61), "1 minute 1 second"),
        ):
            response = self.send(moment, key=f"{KEY}-{moment:%S%M}", report=pdf())
            receipt = self.client.get(response.url).context["view"].receipt
            self.assertEqual(receipt.late_by, late)


class ChoiceTests(HandingIn):
    def setUp(self):
        super().setUp()
        with at(BEFORE):
            self.on_time = self.make(BEFORE)
            self.late = self.make(AFTER)

    def make(self, moment, slot=None, team=None):
        return make.make_submission(
            slot or self.report, team or self.team, self.user, received_at=moment
        )

    def choose(self, submission, moment=AFTER):
        with at(moment):
            return self.client.post(self.url, {"count": submission.pk})

    def test_is_confirmed_before(self):
        text = text_of(self.get(AFTER, count=self.late.pk))
        self.assertIn("Shall report 2 count?", text)
        self.assertIn("It came 2 hours late, and will count as late.", text)
        self.assertEqual(self.counted(), 1)

    def test_holds_until_chosen_otherwise(self):
        self.assertRedirects(self.choose(self.late), self.url)
        self.assertEqual(self.counted(), 2)
        self.choose(self.on_time)
        self.assertEqual(self.counted(), 1)
        self.assertEqual(
            list(Choice.objects.values_list("by", "is_by_staff")),
            [(self.user.pk, False)] * 2,
        )

    def test_work_of_others_does_not_exist(self):
        other = make.make_team(self.course, [make.make_person()], number=9)
        theirs = self.make(BEFORE, team=other)
        elsewhere = make.make_submission(by=make.make_user())
        for pk in (theirs.pk, elsewhere.pk, 999_999, "x", ""):
            with self.subTest(pk), at(AFTER):
                response = self.client.post(self.url, {"count": pk})
                self.assertEqual(response.status_code, 404)
                self.assertEqual(
                    self.client.get(self.url, {"count": pk}).status_code, 404
                )
        self.assertEqual(Choice.objects.count(), 0)

    def test_ends_when_the_work_closes(self):
        closed = LAST + timedelta(minutes=1)
        self.choose(self.late, closed)
        self.assertIn("What counts is settled", text_of(self.get(closed)))
        self.assertEqual(self.counted(), 1)

    def test_ends_when_it_is_graded(self):
        GradingSet.objects.create(assignment=self.assignment).submissions.add(
            self.on_time
        )
        self.choose(self.late)
        text = text_of(self.get(AFTER))
        self.assertNotIn("Let number", text)
        self.assertNotIn("Let the late work count", text)
        self.assertIn("It does not count by itself", text)
        said = {f"slot-{self.report.pk}-late": "count"}
        self.send(AFTER, report=pdf(), late="on", **said)
        self.assertEqual(self.counted(), 1)

    def test_ends_when_staff_chose(self):
        counting.choose(self.on_time, self.user, is_by_staff=True)
        self.choose(self.late)
        asked = self.get(AFTER, count=self.late.pk)
        self.assertIn("What counts is settled", text_of(asked))
        self.assertIn("Counts: staff chose it.", text_of(self.get(AFTER)))
        self.assertEqual(self.counted(), 1)

    def test_says_why_something_counts(self):
        text = text_of(self.get(AFTER))
        self.assertIn("Counts: it is the newest that came on time.", text)
        self.assertIn("it came late. Report 1 counts. Let number 2 count", text)
        self.choose(self.late)
        text = text_of(self.get(AFTER))
        self.assertIn("Counts: your team chose it.", text)
        self.assertIn("Does not count: another was chosen.", text)
