"""Asking again before rights change; and the log-in of the administration."""

import time
from unittest import mock

from django.contrib.sessions.models import Session
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client, TestCase

from courses.models import Course, CourseRole, Person, User
from tests.admin_pages import form_data, page
from tests.factories import (
    make_course,
    make_course_role,
    make_person,
    make_superuser,
    make_user,
)
from tests.logins import app_code, give_second_factor, log_in, mailed_code
from tests.pages import words


class BorrowedSessionTestCase(TestCase):
    """``client`` has the session of a superuser, but nothing else of theirs."""

    def setUp(self):
        self.root = make_superuser("root@example.org")
        self.user = make_user("ada@example.org")
        self.client.force_login(self.root)


class UserFormTests(BorrowedSessionTestCase):
    def setUp(self):
        super().setUp()
        self.url = page(User, "change", self.user.pk)

    def send(self, query="", **values):
        data = form_data(self.client.get(self.url)) | values
        return self.client.post(self.url + query, data)

    def assert_asked(self, response, goal):
        path, _, query = response.url.partition("?")
        self.assertEqual(path, "/accounts/again/")
        self.assertEqual(query, "next=" + goal.replace("/", "%2F"))

    def test_asks_before_rights_or_address_change(self):
        for change in (
            {"email": "eve@example.org"},
            {"is_superuser": "on"},
        ):
            with self.subTest(change):
                self.assert_asked(self.send(**change), self.url)
        user = User.objects.get(pk=self.user.pk)
        self.assertEqual((user.email, user.is_superuser), ("ada@example.org", False))

    def test_does_what_was_sent_once_the_password_is_right(self):
        for query in ("", "?_changelist_filters=q%3Dada"):
            User.objects.filter(pk=self.user.pk).update(is_superuser=False)
            self.client.logout()
            self.client.force_login(self.root)
            asked = self.send(query, is_superuser="on").url
            with self.subTest(query):
                self.client.post(asked, {"password": "wrong"})
                self.assertFalse(User.objects.get(pk=self.user.pk).is_superuser)
                response = self.client.post(asked, {"password": "password"})
                self.assertTrue(User.objects.get(pk=self.user.pk).is_superuser)
                self.assertEqual(response.status_code, 302)
                self.assertTrue(response.url.startswith(page(User, "changelist")))

    def test_asks_once_in_five_minutes(self):
        asked = self.send(is_superuser="on").url
        self.client.post(asked, {"password": "password"})
        self.send(is_superuser="on")
        self.assertTrue(User.objects.get(pk=self.user.pk).is_superuser)
        later = time.time() + 301
        with mock.patch("time.time", return_value=later):
            self.assert_asked(self.send(email="eve@example.org"), self.url)

    def test_does_not_ask_who_logged_in_a_moment_ago(self):
        log_in(self.client, self.root)
        self.send(is_superuser="on")
        self.assertTrue(User.objects.get(pk=self.user.pk).is_superuser)

    def test_saves_untouched_without_asking(self):
        self.assertRedirects(self.send(), page(User, "changelist"))

    def test_new_accounts_and_passwords_are_asked_for_first_and_not_kept(self):
        secret = "correct horse battery"
        sent = {"email": "eve@example.org", "password1": secret, "password2": secret}
        for url in (
            page(User, "add"),
            f"/admin/courses/user/{self.user.pk}/password/",
        ):
            with self.subTest(url):
                self.assert_asked(self.client.get(url), url)
                response = self.client.post(url, sent | {"usable_password": "true"})
                self.assert_asked(response, url)
                for session in Session.objects.all():
                    self.assertNotIn(secret, str(session.get_decoded()))
        self.client.post("/accounts/again/", {"password": "password"})
        self.assertFalse(User.objects.filter(email="eve@example.org").exists())
        self.assertTrue(User.objects.get(pk=self.user.pk).check_password("password"))

    def test_second_factor_is_not_removed_from_others_unasked(self):
        give_second_factor(self.user)
        data = {"action": "remove_second_factor", "_selected_action": [self.user.pk]}
        url = page(User, "changelist")
        response = self.client.post(url, data, query_params={"q": "ada"})
        self.assert_asked(response, url)
        self.assertTrue(self.user.authenticator_set.exists())
        self.client.post(response.url, {"password": "password"})
        self.assertFalse(self.user.authenticator_set.exists())


class RoleTests(BorrowedSessionTestCase):
    def setUp(self):
        super().setUp()
        self.course = make_course()
        make_course_role(self.course)
        self.url = page(Course, "change", self.course.pk)

    def send(self, **values):
        data = form_data(self.client.get(self.url)) | values
        return self.client.post(self.url, data)

    def test_asks_before_roles_change_and_then_changes_them(self):
        person = make_person("Eve")
        response = self.send(
            **{
                "roles-TOTAL_FORMS": "2",
                "roles-1-person": person.pk,
                "roles-1-role": "instructor",
                "roles-1-position": "2",
                "title": "Deeper Learning",
            }
        )
        self.assertEqual(response.status_code, 302)
        self.assertTrue(response.url.startswith("/accounts/again/?"), response.url)
        self.assertEqual(CourseRole.objects.count(), 1)
        self.assertEqual(Course.objects.get().title, "Deep Learning")
        self.client.post(response.url, {"password": "password"})
        self.assertEqual(CourseRole.objects.filter(person=person).count(), 1)
        self.assertEqual(Course.objects.get().title, "Deeper Learning")

    def test_does_not_ask_for_all_else(self):
        self.assertRedirects(self.send(title="Other"), page(Course, "changelist"))

    def test_form_with_files_is_not_repeated_without_them(self):
        upload = SimpleUploadedFile("x.txt", b"x")
        response = self.send(
            **{"roles-0-role": "assistant", "title": "Other", "stray": upload}
        )
        self.client.post(response.url, {"password": "password"})
        self.assertEqual(Course.objects.get().title, "Deep Learning")


class PersonTests(BorrowedSessionTestCase):
    def test_asks_before_an_account_gets_the_roles_of_a_person(self):
        person = make_person("Ada Instructor")
        url = page(Person, "change", person.pk)
        data = form_data(self.client.get(url))
        response = self.client.post(url, data | {"user": self.user.pk})
        self.assertTrue(response.url.startswith("/accounts/again/?"))
        self.assertIsNone(Person.objects.get().user)
        response = self.client.post(url, data | {"affiliation": "Aldermoor"})
        self.assertRedirects(response, page(Person, "changelist"))
        self.assertEqual(Person.objects.get().affiliation, "Aldermoor")


class WaysTests(BorrowedSessionTestCase):
    GOAL = "/admin/courses/user/add/"

    def test_code_by_mail_will_do_for_those_without_password(self):
        self.root.set_unusable_password()
        self.root.save()
        self.client.force_login(self.root)
        asked = self.client.get(self.GOAL).url
        self.assertTrue(asked.startswith("/accounts/again/code/?"))
        response = self.client.post(asked, {"recipient": "root@example.org"})
        code = mailed_code()
        response = self.client.post(response.url, {"code": code})
        self.assertRedirects(response, self.GOAL)

    def test_code_goes_to_no_other_address(self):
        asked = "/accounts/again/code/"
        self.client.post(asked, {"recipient": "eve@example.org"})
        response = self.client.post(f"{asked}confirm/", {"code": "BBBB-BBBB"})
        self.assertRedirects(response, asked)

    def test_with_a_second_factor_only_that(self):
        give_second_factor(self.root)
        asked = self.client.get(self.GOAL).url
        self.assertTrue(asked.startswith("/accounts/again/second-factor/?"))
        for other in ("/accounts/again/", "/accounts/again/code/"):
            response = self.client.post(other, {"password": "password"})
            self.assertRedirects(response, "/accounts/again/second-factor/")
        self.assertEqual(self.client.get(self.GOAL).status_code, 302)
        response = self.client.post(asked, {"code": app_code()})
        self.assertRedirects(response, self.GOAL)


class AdministrationTests(TestCase):
    """It has no log-in of its own."""

    def test_sends_visitors_to_the_log_in_and_back(self):
        response = self.client.get("/admin/courses/course/", follow=True)
        self.assertRedirects(response, "/accounts/login/?next=/admin/courses/course/")
        self.assertRedirects(
            self.client.get("/admin/login/"), "/accounts/login/?next=/admin/"
        )

    def test_takes_no_password_by_itself(self):
        root = make_superuser("root@example.org")
        give_second_factor(root)
        sent = {"username": "root@example.org", "password": "password"}
        for user in (None, root):  # nor of those who are in
            client = Client()
            if user:
                client.force_login(user)
            response = client.post("/admin/login/", sent | {"next": "/admin/"})
            self.assertEqual(response.status_code, 302)
            self.assertEqual(
                client.session.get("_auth_user_id"), str(user.pk) if user else None
            )

    def test_tells_those_who_may_not_enter(self):
        log_in(self.client, make_user())
        for address in ("/admin/", "/admin/login/?next=/admin/"):
            response = self.client.get(address, follow=True)
            self.assertEqual(response.status_code, 403)
            self.assertEqual(words(response, "h1"), ["Not allowed"])

    def test_leads_back_who_may(self):
        self.client.force_login(make_superuser())
        response = self.client.get("/admin/login/?next=/admin/courses/course/")
        self.assertRedirects(response, "/admin/courses/course/")

    def test_signs_out_and_changes_passwords_where_the_site_does(self):
        self.client.force_login(make_superuser())
        self.assertRedirects(
            self.client.get("/admin/password_change/"), "/accounts/password/"
        )
        self.assertRedirects(self.client.post("/admin/logout/"), "/")
        self.assertNotIn("_auth_user_id", self.client.session)
