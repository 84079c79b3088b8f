"""Hammering is slowed, and told plainly; for whom and by what address."""

from django.core import mail
from django.test import Client, TestCase, override_settings

from tests.factories import make_superuser, make_user
from tests.logins import mailed_code
from tests.pages import words

LOGIN = "/accounts/login/"
PASSWORD = "/accounts/login/password/"


class PasswordLimitTests(TestCase):
    def setUp(self):
        make_superuser("root@example.org")

    def tried(self, password, login="root@example.org", **headers):
        sent = {"login": login, "password": password}
        return Client().post(PASSWORD, sent, headers=headers)

    def test_five_wrong_ones_lock_the_address_for_the_right_one_too(self):
        for login in ("root@example.org", "nobody@example.org"):  # it tells nothing
            statuses = [self.tried("wrong", login).status_code for _ in range(6)]
            self.assertEqual(statuses, [200] * 5 + [429])
        response = self.tried("password", "Root@example.org")
        self.assertEqual(response.status_code, 429)
        self.assertEqual(words(response, "h1"), ["Too many attempts"])
        self.assertIn("Wait five minutes", words(response)[0])

    def test_right_ones_do_not_count(self):
        statuses = [self.tried("password").status_code for _ in range(8)]
        self.assertEqual(statuses, [302] * 8)

    def test_thirty_wrong_ones_a_minute_from_one_place_are_enough(self):
        statuses = [
            self.tried("wrong", f"a{number}@example.org").status_code
            for number in range(31)
        ]
        self.assertEqual(statuses, [200] * 30 + [429])


class CodeLimitTests(TestCase):
    def asked(self, email, **headers):
        client = Client()
        return client.post(LOGIN, {"email": email}, headers=headers).status_code

    def test_an_address_gets_three_mails_a_minute(self):
        make_user("ada@example.org")
        for email in ("ada@example.org", "nobody@example.org"):  # it tells nothing
            statuses = [self.asked(email) for _ in range(5)]
            self.assertEqual(statuses, [302] * 3 + [429] * 2)
        self.assertEqual(len(mail.outbox), 3)

    def test_a_lecture_hall_behind_one_address_gets_in(self):
        statuses = {self.asked(f"s{number}@example.org") for number in range(300)}
        self.assertEqual(statuses, {302})
        self.assertEqual(self.asked("late@example.org"), 429)

    @override_settings(ALLAUTH_TRUSTED_PROXY_COUNT=2)
    @override_settings(ACCOUNT_RATE_LIMITS={"request_login_code": "2/m/ip"})
    def test_visitors_address_is_what_our_proxies_saw(self):
        """Caddy writes the visitor's, nginx adds Caddy's."""
        for forged in ("", "9.9.9.9, ", "8.8.8.8, 7.7.7.7, "):  # nobody gets further
            forwarded = f"{forged}203.0.113.7, 172.18.0.5"
            status = self.asked("a@example.org", x_forwarded_for=forwarded)
        self.assertEqual(status, 429)
        forwarded = "203.0.113.8, 172.18.0.5"  # nor stands in the way of others
        self.assertEqual(self.asked("a@example.org", x_forwarded_for=forwarded), 302)

    @override_settings(ACCOUNT_RATE_LIMITS={"request_login_code": "2/m/ip"})
    def test_without_proxies_no_header_counts(self):
        statuses = [
            self.asked("a@example.org", x_forwarded_for=f"203.0.113.{number}")
            for number in range(3)
        ]
        self.assertEqual(statuses, [302, 302, 429])


class OtherLimitTests(TestCase):
    def test_asking_again_has_limits_too(self):
        client = Client()
        client.force_login(make_superuser())
        statuses = [
            client.post("/accounts/again/", {"password": "wrong"}).status_code
            for _ in range(6)
        ]
        self.assertEqual(statuses, [200] * 5 + [429])

    def test_codes_are_guessed_nine_times_a_minute_at_most(self):
        make_user("ada@example.org")
        tries = 0
        for _ in range(5):
            client = Client()
            if client.post(LOGIN, {"email": "ada@example.org"}).status_code == 429:
                continue
            while (
                client.post("/accounts/login/code/", {"code": "BBBB"}).status_code
                == 200
            ):
                tries += 1
            tries += 1
        self.assertEqual(tries, 9)
        self.assertRegex(mailed_code(), r"^[BCDFGHJKLMNPQRSTVWXZ]{4}-\w{4}$")
