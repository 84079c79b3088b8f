"""Log-in by a code or a password, and what it does not tell."""

import time
from unittest import mock

from django.core import mail
from django.db import connection
from django.test import Client, TestCase, override_settings
from django.test.utils import CaptureQueriesContext

from courses.models import User
from tests.factories import make_superuser, make_user
from tests.logins import mailed_code, prove_address
from tests.pages import words

LOGIN = "/accounts/login/"
CODE = "/accounts/login/code/"
PASSWORD = "/accounts/login/password/"


def logged_in(client):
    """The pk of the user whose session ``client`` has, or None."""
    user = client.get("/").context["user"]
    return user.pk


class CodeTests(TestCase):
    def setUp(self):
        self.user = make_user("ada@example.org")

    def ask(self, email="ada@example.org", client=None, query=""):
        return (client or self.client).post(LOGIN + query, {"email": email})

    def enter(self, code, client=None, query=""):
        return (client or self.client).post(CODE + query, {"code": code})

    def test_logs_in_and_goes_where_one_wanted_to(self):
        response = self.ask(query="?next=/papers/")
        self.assertRedirects(response, f"{CODE}?next=%2Fpapers%2F")
        response = self.enter(mailed_code().lower(), query="?next=/papers/")
        self.assertRedirects(response, "/papers/")
        self.assertEqual(logged_in(self.client), self.user.pk)

    def test_proves_the_address(self):
        self.ask()
        self.enter(mailed_code())
        self.assertTrue(self.user.emailaddress_set.get().verified)

    def test_takes_the_address_in_any_letters(self):
        self.ask(" Ada@Example.ORG ")
        self.enter(mailed_code())
        self.assertEqual(logged_in(self.client), self.user.pk)

    @override_settings(CONTACT="web@example.org")
    def test_mail_says_what_it_is_and_whom_to_ask(self):
        self.ask()
        [message] = mail.outbox
        self.assertEqual(message.to, ["ada@example.org"])
        self.assertEqual(message.from_email, "proseminar@localhost")
        self.assertEqual(message.subject, "[Proseminar] Your log-in code")
        self.assertEqual(message.alternatives, [])
        self.assertEqual(
            message.body,
            f"""Your code:

    {mailed_code()}

Enter it at testserver within 10 minutes, in the window where you asked for it.
Give it to nobody: no one here will ever ask you for it.

You did not ask for it? Then somebody typed your address. Without the code they
cannot log in; you need do nothing.

--
Proseminar at testserver
Questions: web@example.org""",
        )

    def test_three_wrong_codes_end_it(self):
        self.ask()
        for _ in range(3):
            response = self.enter("BBBB-BBBB")
        self.assertRedirects(response, LOGIN)
        response = self.enter(mailed_code())  # the right one, too late
        self.assertRedirects(response, LOGIN)
        self.assertIsNone(logged_in(self.client))

    def test_a_wrong_code_is_said_and_logs_nobody_in(self):
        self.ask()
        response = self.enter("BBBB-BBBB")
        self.assertEqual(words(response, ".errorlist"), ["Incorrect code."])
        self.assertIsNone(logged_in(self.client))

    def test_works_once(self):
        self.ask()
        code = mailed_code()
        self.enter(code)
        self.client.post("/accounts/logout/")
        self.ask()
        self.enter(code)
        self.assertIsNone(logged_in(self.client))

    def test_works_only_in_the_window_that_asked(self):
        self.ask()
        thief = Client()
        self.enter(mailed_code(), client=thief)
        self.assertIsNone(logged_in(thief))
        self.ask("somebody@example.org", client=thief)
        self.enter(mailed_code(), client=thief)
        self.assertIsNone(logged_in(thief))

    def test_ends_after_ten_minutes(self):
        for seconds, user in ((599, self.user.pk), (601, None)):
            client = Client()
            self.ask(client=client)
            later = time.time() + seconds
            with self.subTest(seconds), mock.patch("time.time", return_value=later):
                self.enter(mailed_code(), client=client)
                self.assertEqual(logged_in(client), user)

    def test_a_code_sent_to_a_former_address_logs_nobody_in(self):
        self.ask()
        self.user.email = "ada@lovelace.example"
        self.user.save()
        self.assertRedirects(self.enter(mailed_code()), LOGIN)
        self.assertIsNone(logged_in(self.client))
        [address] = self.user.emailaddress_set.all()
        self.assertEqual((address.email, address.verified), (self.user.email, False))

    def test_an_empty_code_is_none_even_for_an_unknown_address(self):
        self.ask("nobody@example.org")
        for code in ("", "-", " "):
            self.enter(code)
        self.assertIsNone(logged_in(self.client))

    def test_closed_account_is_answered_like_an_unknown_one(self):
        User.objects.update(is_active=False)
        self.ask()
        self.assertEqual(mail.outbox, [])

    def test_account_closed_meanwhile_is_told_so(self):
        self.ask()
        User.objects.update(is_active=False)
        response = self.client.post(CODE, {"code": mailed_code()}, follow=True)
        self.assertEqual(words(response, "h1"), ["Account closed"])
        self.assertIsNone(logged_in(self.client))


class UnknownAddressTests(TestCase):
    """Nothing tells whether an address has an account."""

    @classmethod
    def setUpTestData(cls):
        make_user("ada@example.org")
        prove_address(make_user("eve@example.org"))
        make_user("closed@example.org", is_active=False)

    def answers(self, email):
        """All that the one who asks can see, and at what cost."""
        client = Client()
        with CaptureQueriesContext(connection) as queries:
            asked = client.post(LOGIN, {"email": email})
        seen = client.get(CODE)
        wrong = client.post(CODE, {"code": "BBBB-BBBB"})
        told = []
        for response in (asked, seen, wrong):
            page = response.text.replace(email, "X")
            told.append((response.status_code, page, sorted(response.headers)))
            token = str(response.context["csrf_token"]) if response.context else ""
            told[-1] = (told[-1][0], page.replace(token, "T"), told[-1][2])
        return told, len(queries)

    def test_is_answered_the_same(self):
        unknown, queries = self.answers("nobody@example.org")
        self.assertEqual(mail.outbox, [])  # and nobody is mailed because of a stranger
        for email in ("ada@example.org", "eve@example.org", "closed@example.org"):
            with self.subTest(email):
                told, asked = self.answers(email)
                self.assertEqual(told, unknown)
                self.assertLessEqual(abs(asked - queries), 1)

    def test_takes_no_time_that_depends_on_the_mail_server(self):
        slow = mock.patch(
            "django.core.mail.backends.locmem.EmailBackend.send_messages",
            side_effect=OSError("The mail server is gone."),
        )
        with slow, self.assertLogs("courses.accounts", "ERROR"):
            told, _ = self.answers("ada@example.org")
        unknown, _ = self.answers("nobody@example.org")
        self.assertEqual(told, unknown)

    def test_mail_is_written_for_both_but_sent_to_one(self):
        with mock.patch("courses.accounts.adapters.Thread") as thread:
            self.answers("nobody@example.org")
            self.assertFalse(thread.called)
            self.answers("ada@example.org")
        [message] = thread.call_args.kwargs["args"]
        self.assertEqual(message.to, ["ada@example.org"])
        self.assertEqual(mail.outbox, [])  # the request itself sends nothing

    def test_password_is_refused_in_the_same_words(self):
        told = {
            tuple(
                words(
                    self.client.post(PASSWORD, {"login": email, "password": "wrong"}),
                    ".errorlist",
                )
            )
            for email in ("nobody@example.org", "ada@example.org", "closed@example.org")
        }
        self.assertEqual(len(told), 1)


class PasswordTests(TestCase):
    def log_in(self, email, query="", **sent):
        sent = {"login": email, "password": "password"} | sent
        return self.client.post(PASSWORD + query, sent)

    def test_logs_an_administrator_in_by_address_in_any_letters(self):
        root = make_superuser("root@example.org")
        response = self.log_in("Root@Example.org", query="?next=/admin/")
        self.assertRedirects(response, "/admin/")
        self.assertEqual(logged_in(self.client), root.pk)

    def test_an_address_that_never_proved_itself_is_asked_to(self):
        user = make_user("ada@example.org")
        response = self.log_in("ada@example.org")
        self.assertRedirects(response, "/accounts/login/address/")
        self.assertIsNone(logged_in(self.client))
        self.client.post("/accounts/login/address/", {"code": mailed_code()})
        self.assertEqual(logged_in(self.client), user.pk)

    def test_an_address_changed_meanwhile_is_not_tied_to_the_account(self):
        user = make_user("ada@example.org")
        self.log_in("ada@example.org")
        user.email = "ada@lovelace.example"
        user.save()
        self.client.post("/accounts/login/address/", {"code": mailed_code()})
        self.assertIsNone(logged_in(self.client))
        [address] = user.emailaddress_set.all()
        self.assertEqual((address.email, address.verified), (user.email, False))

    def test_none_logs_into_an_account_without_one(self):
        prove_address(User.objects.create_user("ada@example.org"))
        for password in ("", "!", "None", "password"):
            self.log_in("ada@example.org", password=password)
        self.assertIsNone(logged_in(self.client))

    def test_is_changed_with_the_current_one_and_told_by_mail(self):
        make_superuser("root@example.org")
        other = Client()
        other.force_login(User.objects.get())
        self.log_in("root@example.org")
        sent = {
            "password1": "correct horse battery",
            "password2": "correct horse battery",
        }
        for old, done in (("wrong", False), ("password", True)):
            self.client.post("/accounts/password/", sent | {"oldpassword": old})
            user = User.objects.get()
            self.assertEqual(user.check_password(sent["password1"]), done)
        self.assertEqual(logged_in(self.client), user.pk)
        self.assertIsNone(logged_in(other))
        [message] = mail.outbox
        self.assertEqual(message.subject, "[Proseminar] Password Changed")
        self.assertIn("From: 127.0.0.1", message.body)


class ClosedTests(TestCase):
    """What this site leaves out of django-allauth."""

    def test_nobody_signs_up(self):
        sent = {
            "email": "eve@example.org",
            "password1": "correct horse battery",
            "password2": "correct horse battery",
        }
        for address in (
            *("signup/", "signup/passkey/", "3rdparty/signup/", "social/signup/"),
        ):
            for ask in (self.client.get, self.client.post):
                with self.subTest(address):
                    response = ask(f"/accounts/{address}", sent)
                    self.assertEqual(response.status_code, 404)
        self.assertEqual(User.objects.count(), 0)

    def test_pages_that_are_not_needed_are_missing(self):
        self.client.force_login(make_superuser())
        for address in (
            *("email/", "confirm-email/", "password/set/", "password/reset/"),
            *("2fa/", "2fa/webauthn/", "3rdparty/", "social/connections/", "sessions/"),
        ):
            with self.subTest(address):
                response = self.client.get(f"/accounts/{address}")
                self.assertEqual(response.status_code, 404)


class RedirectTests(TestCase):
    HOSTILE = (
        "https://evil.example/",
        "//evil.example/",
        "///evil.example",
        "/\\evil.example",
        "javascript:alert(1)",
        "https:evil.example",
        "http://testserver@evil.example/",
    )

    def test_leads_to_no_other_site(self):
        make_superuser("root@example.org")
        for goal in self.HOSTILE:
            for address in (PASSWORD, LOGIN, "/admin/login/", "/accounts/logout/"):
                client = Client()
                sent = {
                    "next": goal,
                    "login": "root@example.org",
                    "password": "password",
                    "email": "nobody@example.org",
                }
                with self.subTest(goal=goal, address=address):
                    response = client.post(
                        f"{address}", sent, query_params={"next": goal}
                    )
                    if address != LOGIN:  # or the limit of one address
                        self.assertEqual(response.status_code, 302)
                    while response.status_code == 302:
                        path = response.url.partition("?")[0]
                        self.assertRegex(path, r"^/(?![/\\])")
                        response = client.get(response.url)

    def test_code_leads_to_no_other_site(self):
        make_user("ada@example.org")
        self.client.post(
            f"{LOGIN}?next=https://evil.example/", {"email": "ada@example.org"}
        )
        response = self.client.post(
            f"{CODE}?next=https://evil.example/", {"code": mailed_code()}
        )
        self.assertRedirects(response, "/")


class ForgeryTests(TestCase):
    def test_forms_of_other_sites_are_refused(self):
        client = Client(enforce_csrf_checks=True)
        client.force_login(make_superuser())
        for address in (
            *(LOGIN, PASSWORD, CODE, "/accounts/logout/", "/accounts/password/"),
            *("/accounts/logout/everywhere/", "/accounts/second-factor/"),
            *("/accounts/again/", "/accounts/oidc/untie/", "/admin/logout/"),
        ):
            with self.subTest(address):
                self.assertEqual(client.post(address).status_code, 403)
        self.assertIsNotNone(logged_in(client))


class HeaderTests(TestCase):
    """The menu of every page."""

    def offered(self):
        return words(self.client.get("/papers/"), ".site-header nav li")

    def test_offers_what_one_may(self):
        public = ["Courses", "Papers"]
        self.assertEqual(self.offered(), [*public, "Log in"])
        self.client.force_login(make_user())
        self.assertEqual(self.offered(), [*public, "My page", "Sign out"])
        self.client.force_login(make_superuser())
        self.assertEqual(
            self.offered(), [*public, "Administration", "My page", "Sign out"]
        )

    def test_comes_back_to_the_page_after_logging_in(self):
        response = self.client.get("/papers/")
        self.assertContains(response, 'href="/accounts/login/?next=/papers/"')

    def test_names_no_address(self):
        self.client.force_login(make_superuser("root@example.org"))
        for address in ("/", "/papers/", "/nothing/"):
            self.assertNotIn("root@", self.client.get(address).text)
