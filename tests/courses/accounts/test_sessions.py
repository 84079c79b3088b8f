from django.contrib.auth import get_user
from django.http import HttpRequest
from django.test import Client, TestCase

from courses.models import User
from tests.admin_pages import page
from tests.factories import make_superuser, make_user
from tests.logins import log_in, mailed_code


def user_of(client):
    """Whom another process finds for the session of ``client``."""
    request = HttpRequest()
    request.session = client.session
    return get_user(request)


class EverywhereTests(TestCase):
    def setUp(self):
        self.user = make_user("ada@example.org")
        self.phone, self.desk = Client(), Client()
        for client in (self.phone, self.desk):
            client.force_login(self.user)
        self.other = Client()
        self.other.force_login(make_user("eve@example.org"))

    def test_ends_every_session_of_the_user_and_of_nobody_else(self):
        response = self.phone.post("/accounts/logout/everywhere/")
        self.assertRedirects(response, "/accounts/login/")
        for client in (self.phone, self.desk):
            self.assertFalse(user_of(client).is_authenticated)
            self.assertRedirects(
                client.get("/accounts/"), "/accounts/login/?next=/accounts/"
            )
        self.assertTrue(user_of(self.other).is_authenticated)

    def test_a_session_begun_afterwards_lasts(self):
        self.user.end_sessions()
        self.phone.force_login(User.objects.get(pk=self.user.pk))
        self.assertEqual(user_of(self.phone), self.user)

    def test_is_done_by_sending_a_form_alone(self):
        self.assertEqual(
            self.phone.get("/accounts/logout/everywhere/").status_code, 405
        )
        self.assertTrue(user_of(self.desk).is_authenticated)

    def test_visitors_are_asked_to_log_in(self):
        response = Client().post("/accounts/logout/everywhere/")
        self.assertRedirects(
            response, "/accounts/login/?next=/accounts/logout/everywhere/"
        )

    def test_asks_as_many_queries_with_a_hundred_sessions(self):
        for _ in range(5):
            Client().force_login(self.user)
        with self.assertNumQueries(2):
            self.user.end_sessions()

    def test_sessions_of_a_closed_account_end_at_once(self):
        User.objects.filter(pk=self.user.pk).update(is_active=False)
        self.assertFalse(user_of(self.phone).is_authenticated)

    def test_signing_out_ends_one(self):
        self.phone.post("/accounts/logout/")
        self.assertFalse(user_of(self.phone).is_authenticated)
        self.assertTrue(user_of(self.desk).is_authenticated)


class AdministratorTests(TestCase):
    def setUp(self):
        self.user = make_user("ada@example.org")
        self.session = Client()
        self.session.force_login(self.user)
        log_in(self.client, make_superuser())

    def test_signs_others_out(self):
        data = {"action": "end_sessions", "_selected_action": [self.user.pk]}
        self.client.post(page(User, "changelist"), data)
        self.assertFalse(user_of(self.session).is_authenticated)

    def test_new_address_ends_sessions_and_has_to_prove_itself(self):
        self.user.emailaddress_set.update(verified=True)
        data = {"email": "ada@lovelace.example", "is_active": "on"}
        self.client.post(page(User, "change", self.user.pk), data)
        self.assertFalse(user_of(self.session).is_authenticated)
        [address] = self.user.emailaddress_set.all()
        self.assertEqual(
            (address.email, address.primary, address.verified),
            ("ada@lovelace.example", True, False),
        )
        visitor = Client()
        visitor.post("/accounts/login/", {"email": "ada@lovelace.example"})
        visitor.post("/accounts/login/code/", {"code": mailed_code()})
        self.assertEqual(user_of(visitor), self.user)
