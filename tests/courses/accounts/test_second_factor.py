"""A second factor: set up, asked for, replaced, and required of staff."""

import time
from unittest import mock

from allauth.mfa.models import Authenticator
from django.core import mail
from django.test import Client, TestCase, override_settings

from courses.models import User
from tests.admin_pages import page
from tests.factories import make_superuser, make_user
from tests.logins import (
    app_code,
    give_second_factor,
    log_in,
    mailed_code,
    prove_address,
)
from tests.pages import words

SET_UP = "/accounts/second-factor/"
ENTER = "/accounts/login/second-factor/"


def is_logged_in(client):
    return client.get("/").context["user"].is_authenticated


def by_password(client, email="root@example.org"):
    sent = {"login": email, "password": "password"}
    return client.post("/accounts/login/password/?next=/admin/", sent)


def test_app_code_is_that_of_rfc_6238():
    secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
    assert [app_code(secret, at) for at in (59, 1111111109)] == ["287082", "081804"]


class SetUpTests(TestCase):
    def setUp(self):
        self.root = make_superuser("root@example.org")
        log_in(self.client, self.root)

    def secret(self):
        return self.client.get(SET_UP).context["form"].secret

    def test_takes_the_code_of_the_app_and_gives_recovery_codes(self):
        secret = self.secret()
        with self.captureOnCommitCallbacks(execute=True):
            response = self.client.post(SET_UP, {"code": app_code(secret)}, follow=True)
        self.assertEqual(words(response, "h1"), ["Recovery codes"])
        self.assertEqual(len(words(response, ".recovery-codes code")), 10)
        [message] = mail.outbox
        self.assertEqual(message.to, ["root@example.org"])
        self.assertEqual(message.subject, "[Proseminar] Authenticator App Activated")

    def test_refuses_a_wrong_code(self):
        self.secret()
        response = self.client.post(SET_UP, {"code": "000000"})
        self.assertEqual(words(response, ".errorlist"), ["Incorrect code."])
        self.assertFalse(Authenticator.objects.exists())

    def test_its_page_is_kept_by_no_cache(self):
        self.assertIn("no-store", self.client.get(SET_UP)["Cache-Control"])

    def test_is_given_up_after_asking_again_and_told_by_mail(self):
        give_second_factor(self.root)
        remove = "/accounts/second-factor/remove/"
        borrowed = Client()
        borrowed.force_login(self.root)
        response = borrowed.post(remove)
        self.assertTrue(response.url.startswith("/accounts/again/second-factor/?"))
        self.assertTrue(Authenticator.objects.exists())
        self.assertRedirects(self.client.post(remove), "/accounts/")
        self.assertFalse(Authenticator.objects.exists())
        self.assertEqual(
            mail.outbox[-1].subject, "[Proseminar] Authenticator App Deactivated"
        )


class LogInTests(TestCase):
    def setUp(self):
        self.root = make_superuser("root@example.org")
        give_second_factor(self.root)

    def test_is_asked_after_the_password(self):
        self.assertRedirects(by_password(self.client), ENTER)
        self.assertFalse(is_logged_in(self.client))
        response = self.client.post(ENTER, {"code": app_code()})
        self.assertRedirects(response, "/admin/")

    def test_is_asked_after_a_mailed_code(self):
        self.client.post("/accounts/login/", {"email": "root@example.org"})
        response = self.client.post("/accounts/login/code/", {"code": mailed_code()})
        self.assertRedirects(response, ENTER)
        self.assertFalse(is_logged_in(self.client))

    def test_code_of_the_app_works_once(self):
        code = app_code()
        for expected in (True, False):
            client = Client()
            by_password(client)
            client.post(ENTER, {"code": code})
            self.assertEqual(is_logged_in(client), expected)

    def test_code_of_the_app_ends(self):
        later = time.time() + 90
        by_password(self.client)
        code = app_code()
        with mock.patch("time.time", return_value=later):
            self.client.post(ENTER, {"code": code})
            self.assertFalse(is_logged_in(self.client))

    def test_recovery_code_works_once(self):
        log_in(self.client, self.root)
        self.client.post("/accounts/second-factor/recovery-codes/new/")
        saved = self.client.get("/accounts/second-factor/recovery-codes.txt")
        code, *others = saved.text.split()
        self.assertEqual(len(others), 9)
        for expected in (True, False):
            client = Client()
            by_password(client)
            client.post(ENTER, {"code": code})
            self.assertEqual(is_logged_in(client), expected)

    def test_guessing_is_stopped_after_five(self):
        statuses = []
        for _ in range(2):  # nor does another log-in give more
            client = Client()
            by_password(client)
            statuses += [
                client.post(ENTER, {"code": "1"}).status_code for _ in range(3)
            ]
        self.assertEqual(statuses, [200] * 5 + [429])

    def test_another_administrator_removes_a_lost_one(self):
        borrowed = Client()
        borrowed.force_login(self.root)
        other = make_superuser("other@example.org")
        log_in(self.client, other)
        data = {"action": "remove_second_factor", "_selected_action": [self.root.pk]}
        self.client.post(page(User, "changelist"), data)
        self.assertFalse(Authenticator.objects.exists())
        self.assertFalse(is_logged_in(borrowed))


class RequiredTests(TestCase):
    """Of those who may enter the administration, where the setting says so."""

    def setUp(self):
        self.root = make_superuser("root@example.org")
        self.student = prove_address(make_user("stu@example.org"))

    def test_staff_do_nothing_before_they_have_one(self):
        log_in(self.client, self.root)
        with override_settings(STAFF_SECOND_FACTOR=True):
            for address in ("/", "/papers/", "/admin/", "/admin/courses/user/"):
                with self.subTest(address):
                    self.assertRedirects(self.client.get(address), SET_UP)
            response = self.client.get(SET_UP)
            self.assertIn("required", words(response)[0])
            secret = response.context["form"].secret
            self.client.post(SET_UP, {"code": app_code(secret)})
            self.assertEqual(self.client.get("/admin/").status_code, 200)

    @override_settings(STAFF_SECOND_FACTOR=True)
    def test_without_one_staff_can_sign_out(self):
        log_in(self.client, self.root)
        self.assertRedirects(self.client.post("/accounts/logout/"), "/")

    @override_settings(STAFF_SECOND_FACTOR=True)
    def test_who_removes_it_is_asked_for_one_at_once(self):
        give_second_factor(self.root)
        log_in(self.client, self.root)
        self.client.post("/accounts/second-factor/remove/")
        self.assertRedirects(self.client.get("/admin/"), SET_UP)

    @override_settings(STAFF_SECOND_FACTOR=True)
    def test_students_and_visitors_need_none(self):
        self.assertEqual(self.client.get("/").status_code, 200)
        log_in(self.client, self.student)
        self.assertEqual(self.client.get("/").status_code, 200)

    def test_nobody_needs_one_unless_the_setting_says_so(self):
        log_in(self.client, self.root)
        self.assertEqual(self.client.get("/admin/").status_code, 200)

    @override_settings(STAFF_SECOND_FACTOR=True)
    def test_recovery_codes_alone_are_none(self):
        give_second_factor(self.root)
        log_in(self.client, self.root)
        self.client.post("/accounts/second-factor/recovery-codes/new/")
        Authenticator.objects.exclude(type="recovery_codes").delete()
        self.assertRedirects(self.client.get("/admin/"), SET_UP)
