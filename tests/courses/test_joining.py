"""Asking to join a course, and what staff decide."""

from unittest import mock

import pytest
from django.core import mail
from django.test import Client, TestCase, TransactionTestCase
from django.urls import reverse

from courses import joining
from courses.access import Status
from courses.models import AuditEntry, JoinRequest, Person
from tests import factories as make
from tests.admin_pages import page
from tests.logins import log_in
from tests.pages import links, words

pytestmark = pytest.mark.both
LIST = page(JoinRequest, "changelist")


class AskingTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.course = make.make_course(title="Deep Learning", slug="deep")
        cls.user = make.make_user("new@example.org")
        cls.url = reverse("courses:join", args=["deep"])

    def setUp(self):
        self.client.force_login(self.user)

    def ask(self, **values):
        data = {"name": "CHAN,  Tai Man", "student_number": "20661234.0", **values}
        return self.client.post(self.url, data, follow=True)

    def test_a_request_is_kept_and_its_state_said(self):
        response = self.ask(note="Came late.")
        asked = JoinRequest.objects.get()
        self.assertEqual(
            (asked.course, asked.user, asked.name, asked.student_number, asked.note),
            (self.course, self.user, "CHAN, Tai Man", "20661234", "Came late."),
        )
        self.assertContains(response, "you get a mail then")
        self.assertNotContains(response, "<button")

    def test_asking_twice_is_asking_once(self):
        self.ask()
        self.ask(name="Other")
        self.assertEqual(JoinRequest.objects.get().name, "CHAN, Tai Man")

    def test_a_number_that_is_none_is_refused(self):
        response = self.ask(student_number="=1+1")
        self.assertEqual(
            words(response, ".errorlist li"), ["“=1+1” is no student number."]
        )
        self.assertEqual(JoinRequest.objects.count(), 0)

    def offered(self, user, course):
        client = Client()
        if user:
            client.force_login(user)
        found = links(client.get(course.get_absolute_url()), "main header a")
        return ("Ask to join this course", f"/courses/{course.slug}/join/") in found

    def test_it_is_offered_to_accounts_that_are_not_in_the_course(self):
        archived = make.make_course(slug="archived", status=Status.ARCHIVED)
        dropped = make.make_student(self.course, status="dropped")
        for user, course, is_offered in (
            (self.user, self.course, True),
            (dropped, self.course, True),
            (None, self.course, False),
            (make.make_student(self.course), self.course, False),
            (make.make_instructor(self.course), self.course, False),
            (self.user, archived, False),
        ):
            with self.subTest(user=user, course=course):
                self.assertEqual(self.offered(user, course), is_offered)
                client = Client()
                if user:
                    client.force_login(user)
                opens = client.get(f"/courses/{course.slug}/join/").status_code == 200
                self.assertEqual(opens, is_offered)
                if not is_offered:
                    client.post(f"/courses/{course.slug}/join/", {"name": "Li Na"})
                    self.assertEqual(JoinRequest.objects.count(), 0)

    def test_drafts_answer_as_if_they_did_not_exist(self):
        make.make_course(slug="draft", status=Status.DRAFT)
        for slug in ("draft", "nothing"):
            url = reverse("courses:join", args=[slug])
            with self.subTest(slug):
                self.assertEqual(self.client.get(url).status_code, 404)
                self.assertEqual(self.client.post(url, {"name": "x"}).status_code, 404)
                self.assertRedirects(
                    Client().get(url),
                    f"{reverse('account_login')}?next={url}",
                    fetch_redirect_response=False,
                )
        self.assertEqual(JoinRequest.objects.count(), 0)


class DecidingTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.course = make.make_course(title="Deep Learning", slug="deep")
        cls.instructor = make.make_instructor(cls.course)
        cls.user = make.make_user("new@example.org")
        cls.asked = make.make_join_request(
            cls.course, cls.user, student_number="20661234"
        )

    def setUp(self):
        log_in(self.client, self.instructor)

    def decide(self, action, *asked):
        with self.captureOnCommitCallbacks(execute=True):
            response = self.client.post(
                LIST,
                {
                    "action": action,
                    "_selected_action": [each.pk for each in asked or [self.asked]],
                },
                follow=True,
            )
        self.asked.refresh_from_db()
        return words(response, ".messagelist li")

    def rows(self):
        rows = self.course.enrolments.order_by("pk")
        return list(rows.values_list("student_number", "person__name", "status"))

    def test_who_is_accepted_is_a_new_person_on_the_roster(self):
        self.assertEqual(self.decide("accept"), ["1 accepted."])
        self.assertEqual(self.rows(), [("20661234", "CHAN, Tai Man", "active")])
        self.assertEqual(self.course.enrolments.get().person.user, self.user)
        self.assertEqual(
            (self.asked.accepted, self.asked.decided_by), (True, self.instructor)
        )
        self.assertEqual(
            AuditEntry.objects.filter(action="roster")
            .values_list("words", "course")
            .get(),
            ("Joined: CHAN, Tai Man", self.course.pk),
        )
        [sent] = mail.outbox
        self.assertEqual(sent.to, ["new@example.org"])
        self.assertIn("You are on its roster now.", sent.body)

    def test_who_is_a_person_already_stays_that_one(self):
        own = make.make_person("Own", user=self.user)
        make.make_enrolment(self.course, own, status="dropped")
        self.decide("accept")
        self.assertEqual(self.rows(), [("20661234", "Own", "active")])
        self.assertEqual(Person.objects.filter(name="CHAN, Tai Man").count(), 0)

    def test_who_is_declined_is_told_and_may_ask_again(self):
        self.assertEqual(self.decide("decline"), ["1 declined."])
        self.assertEqual((self.rows(), self.asked.accepted), ([], False))
        self.assertIn("Its staff declined", mail.outbox[0].body)
        student = Client()
        student.force_login(self.user)
        url = reverse("courses:join", args=["deep"])
        self.assertContains(student.get(url), "It was declined.")
        student.post(url, {"name": "Once more"})
        self.assertEqual(JoinRequest.objects.filter(accepted=None).count(), 1)

    def test_the_number_of_somebody_else_is_refused(self):
        row = make.make_enrolment(
            self.course, make.make_person("Li Na"), student_number="20661234"
        )
        self.assertIn(
            "The student number of CHAN, Tai Man stands on the roster for Li Na: "
            "invite that row instead.",
            self.decide("accept"),
        )
        self.assertEqual(self.course.enrolments.get(), row)
        self.assertIsNone(self.asked.accepted)
        self.assertEqual(mail.outbox, [])

    def test_it_is_decided_once(self):
        self.decide("decline")
        self.assertIn("It was decided before: CHAN, Tai Man.", self.decide("accept"))
        self.assertEqual((self.rows(), self.asked.accepted), ([], False))

    def test_staff_of_another_course_decide_nothing(self):
        log_in(self.client, make.make_instructor(make.make_course()))
        self.decide("accept")
        self.assertEqual((self.rows(), self.asked.accepted), ([], None))

    def test_an_assistant_decides(self):
        self.instructor.person.roles.update(role="assistant")
        self.assertEqual(self.decide("accept"), ["1 accepted."])

    def test_a_course_with_requests_and_an_account_can_be_deleted(self):
        log_in(self.client, make.make_superuser())
        gone = make.make_course()
        user = make.make_user("gone@example.org")
        make.make_join_request(gone, user)
        make.make_join_request(gone, self.user)
        for row in (user, gone):
            self.client.post(page(type(row), "delete", row.pk), {"post": "yes"})
            self.assertFalse(type(row).objects.filter(pk=row.pk).exists())

    def test_refused_is_raised(self):
        joining.decline(self.asked, self.instructor, lambda: None)
        with self.assertRaises(joining.Refused):
            joining.decline(self.asked, self.instructor, lambda: None)


class FailingMailTests(TransactionTestCase):
    def test_a_mail_that_fails_leaves_the_decision(self):
        course = make.make_course()
        log_in(self.client, make.make_instructor(course))
        asked = make.make_join_request(course, make.make_user("new@example.org"))
        data = {"action": "accept", "_selected_action": [asked.pk]}
        with mock.patch("django.core.mail.EmailMessage.send", side_effect=OSError):
            response = self.client.post(LIST, data, follow=True)
        self.assertIn(
            "A mail could not be sent; the decision stands.",
            words(response, ".messagelist li"),
        )
        asked.refresh_from_db()
        self.assertTrue(asked.accepted)
