import re
from unittest import mock

import pytest
from django.core import mail
from django.test import Client, TestCase, TransactionTestCase
from django.urls import reverse
from django.utils import timezone

from courses import invitations
from courses.models import Invitation, Person, User
from tests import factories as make
from tests.admin_pages import errors, form_data, page
from tests.logins import log_in, mailed_code

pytestmark = pytest.mark.both
ADD = reverse("admin:courses_invitation_add")


class InvitationTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.course = make.make_course(title="Deep Learning", slug="deep")
        cls.instructor = make.make_instructor(cls.course)

    def setUp(self):
        log_in(self.client, self.instructor)

    def invite(self, role="assistant", email="bo@example.org", **fields):
        """The answer to the form, and the address in the mail if there is one."""
        data = form_data(self.client.get(ADD)) | {
            "course": str(self.course.pk),
            "role": role,
            "email": email,
            "new_person": "" if "person" in fields else "Ada Bo",
            **fields,
        }
        with self.captureOnCommitCallbacks(execute=True):
            response = self.client.post(ADD, data)
        found = mail.outbox and re.search(r"http\S+", mail.outbox[-1].body)
        return response, found and found[0]

    def accept(self, url, email="bo@example.org"):
        """As whoever reads the mail of ``email``: log in by the code, accept."""
        visitor = Client()
        visitor.post(url)
        visitor.post(reverse("account_login"), {"email": email})
        visitor.post(reverse("account_confirm_login_code"), {"code": mailed_code()})
        return visitor, visitor.post(url, follow=True)

    def test_who_reads_the_mail_gets_the_role(self):
        _response, url = self.invite()
        self.assertEqual(mail.outbox[-1].to, ["bo@example.org"])
        visitor, response = self.accept(url)
        self.assertContains(response, "Welcome to Deep Learning")
        person = Person.objects.get(name="Ada Bo")
        self.assertEqual(person.user.email, "bo@example.org")
        self.assertEqual(
            list(person.roles.values_list("course", "role")),
            [(self.course.pk, "assistant")],
        )
        self.assertEqual(visitor.get(reverse("admin:index")).status_code, 200)
        self.assertEqual(visitor.get(url).status_code, 404)  # it works once

    def test_a_student_is_enrolled(self):
        _response, url = self.invite(role="student")
        self.accept(url)
        enrolment = self.course.enrolments.get()
        self.assertEqual(
            (enrolment.person.user.email, enrolment.status),
            ("bo@example.org", "active"),
        )

    def test_what_was_revoked_renewed_or_is_too_old_is_closed(self):
        changelist = page(Invitation, "changelist")
        for end in ("revoke", "send_again", "expire"):
            email = f"{end.replace('_', '-')}@example.org"
            _response, url = self.invite(email=email, new_person=f"Ada {end}")
            invitation = Invitation.objects.get(email=email)
            if end == "expire":
                invitation.expires_at = timezone.now()
                invitation.save()
            else:
                self.client.post(
                    changelist, {"action": end, "_selected_action": [invitation.pk]}
                )
            with self.subTest(end):
                self.assertEqual(Client().get(url).status_code, 404)
                self.assertEqual(Client().post(url).status_code, 302)
                self.assertFalse(User.objects.filter(email=email).exists())

    def test_a_person_who_got_an_account_meanwhile_stays_theirs(self):
        _response, url = self.invite()
        person = Person.objects.get(name="Ada Bo")
        person.user = make.make_user("ada@example.org")
        person.save()
        _visitor, response = self.accept(url)
        self.assertContains(response, "This person has another account")
        self.assertEqual(self.course.roles.count(), 1)

    def assert_does_not_hold(self, url):
        _visitor, response = self.accept(url)
        self.assertContains(response, "does not hold any more")
        self.assertFalse(Person.objects.filter(user__email="bo@example.org").exists())

    def test_gives_no_more_than_its_sender_may_give_by_now(self):
        """An assistant invites their own second address, as someone who is made an
        instructor before it is accepted, by hand or by a merge."""
        self.instructor.person.roles.update(role="assistant")
        _response, url = self.invite(role="student")
        person = Person.objects.get(name="Ada Bo")
        make.make_course_role(self.course, person)
        self.assert_does_not_hold(url)

    def test_ends_with_the_rights_of_its_sender(self):
        _response, url = self.invite(role="instructor")
        self.instructor.person.roles.all().delete()
        self.assert_does_not_hold(url)

    def test_who_is_a_person_already_stays_that_one(self):
        own = make.make_person("A. Bo", user=make.make_user("bo@example.org"))
        _response, url = self.invite()
        self.accept(url)
        self.assertEqual(own.roles.get().course, self.course)
        self.assertEqual(Person.objects.filter(name="Ada Bo", user=None).count(), 1)

    def test_an_assistant_invites_students_alone(self):
        self.instructor.person.roles.update(role="assistant")
        for role in ("instructor", "assistant"):
            response, _url = self.invite(role=role)
            self.assertEqual(
                errors(response), ["You may invite students to this course."]
            )
        self.invite(role="student")
        self.assertEqual(Invitation.objects.get().role, "student")

    def test_not_into_the_course_of_another(self):
        other = make.make_course()
        response, _url = self.invite(course=str(other.pk))
        self.assertEqual(response.status_code, 200)
        self.assertEqual(Invitation.objects.count(), 0)

    def test_the_database_holds_no_working_link(self):
        _response, url = self.invite()
        token = url.rstrip("/").rpartition("/")[2]
        self.assertNotIn(token, str(Invitation.objects.values_list().get()))

    def test_the_address_is_told_to_no_other_site(self):
        _response, url = self.invite()
        response = Client().get(url)
        self.assertEqual(response["Referrer-Policy"], "no-referrer")
        self.assertIn("no-store", response["Cache-Control"])


class FailingMailTests(TransactionTestCase):
    def test_a_mail_that_cannot_be_sent_is_told(self):
        course = make.make_course()
        log_in(self.client, make.make_instructor(course))
        data = form_data(self.client.get(ADD)) | {
            "course": str(course.pk),
            "role": "student",
            "email": "bo@example.org",
            "new_person": "Ada Bo",
        }
        with mock.patch(
            "django.core.mail.EmailMessage.send", side_effect=ConnectionRefusedError
        ):
            response = self.client.post(ADD, data, follow=True)
        self.assertContains(response, "could not be sent; try again.")
        self.assertEqual(Invitation.objects.count(), 1)


class InvitedRowTests(TestCase):
    """Accepting an invitation to a row of the roster by whom is a person already."""

    @classmethod
    def setUpTestData(cls):
        cls.course = make.make_course()
        cls.user = make.make_user("bo@example.org")
        cls.own = make.make_person("Bo", user=cls.user)
        cls.listed = make.make_person("BO, Ada", email="bo@example.org")
        cls.row = make.make_enrolment(cls.course, cls.listed, student_number="7")
        make.make_invitation(
            cls.course,
            cls.listed,
            email="bo@example.org",
            sent_by=make.make_superuser(),
        )

    def accept(self):
        invitations.accept("token", self.user)
        self.row.refresh_from_db()

    def test_the_row_and_its_number_are_theirs(self):
        role = make.make_course_role(self.course, self.listed, role="organiser")
        self.accept()
        role.refresh_from_db()
        self.assertEqual((self.row.person, role.person), (self.own, self.own))
        self.assertEqual(self.course.enrolments.count(), 1)
        self.assertFalse(Person.objects.get(pk=self.listed.pk).user)

    def test_what_they_have_there_stays(self):
        own = make.make_enrolment(self.course, self.own, student_number="8")
        make.make_course_role(self.course, self.own, role="organiser")
        make.make_course_role(self.course, self.listed, role="organiser")
        self.accept()
        own.refresh_from_db()
        self.assertEqual(
            (self.row.person, own.student_number, self.own.roles.count()),
            (self.listed, "8", 1),
        )

    def test_rows_elsewhere_and_of_another_account_do_not_move(self):
        elsewhere = make.make_enrolment(make.make_course(), self.listed)
        self.listed.user = make.make_user()
        self.listed.save()
        self.accept()
        elsewhere.refresh_from_db()
        self.assertEqual(
            (self.row.person, elsewhere.person), (self.listed, self.listed)
        )

    def test_rows_of_other_courses_stay(self):
        elsewhere = make.make_enrolment(make.make_course(), self.listed)
        self.accept()
        elsewhere.refresh_from_db()
        self.assertEqual(elsewhere.person, self.listed)
