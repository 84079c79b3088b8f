"""Log-in at a university by OpenID Connect, whose answers are made up here."""

from unittest import mock
from urllib.parse import parse_qs, urlsplit

import jwt
import requests
from allauth.socialaccount.models import SocialAccount
from django.test import Client, TestCase, override_settings

from courses.models import User
from tests.factories import make_user
from tests.logins import give_second_factor, log_in, prove_address
from tests.pages import words

SERVER = "https://id.aldermoor.example"
LOGIN = "/accounts/oidc/university/login/"
CONFIGURED = override_settings(
    OIDC_SERVER_URL=SERVER,
    SOCIALACCOUNT_PROVIDERS={
        "openid_connect": {
            "OAUTH_PKCE_ENABLED": True,
            "APPS": [
                {
                    "provider_id": "university",
                    "name": "Aldermoor",
                    "client_id": "proseminar",
                    "secret": "secret",
                    "settings": {"server_url": SERVER},
                }
            ],
        }
    },
)


class University(requests.Session):
    """What requests to the university answer; ``claims`` is whom it knows."""

    claims = {}

    def send(self, request, **kwargs):
        response = requests.Response()
        response.status_code = 200
        response.headers["content-type"] = "application/json"
        claims = {
            "iss": SERVER,
            "aud": "proseminar",
            "exp": 9e9,
            "iat": 1,
        } | self.claims
        response.json = lambda: {
            "/.well-known/openid-configuration": {
                "issuer": SERVER,
                "authorization_endpoint": f"{SERVER}/authorize",
                "token_endpoint": f"{SERVER}/token",
                "userinfo_endpoint": f"{SERVER}/userinfo",
                "jwks_uri": f"{SERVER}/keys",
            },
            "/token": {
                "access_token": "token",
                "id_token": jwt.encode(claims, "k" * 32),
            },
            "/userinfo": claims,
        }[urlsplit(request.url).path]
        return response


@CONFIGURED
class UniversityTests(TestCase):
    def setUp(self):
        self.university = University()
        patched = mock.patch(
            "allauth.socialaccount.adapter.DefaultSocialAccountAdapter"
            ".get_requests_session",
            return_value=self.university,
        )
        patched.start()
        self.addCleanup(patched.stop)
        self.ada = prove_address(make_user("ada@example.org"))

    def come_back(self, client=None, process="login", **claims):
        """Log in there as ``claims`` say, and follow back to this site."""
        client = client or self.client
        self.university.claims = {"sub": "1815", **claims}
        sent = client.post(f"{LOGIN}?process={process}")
        there = urlsplit(sent["Refresh"].removeprefix("0; url="))
        asked = parse_qs(there.query)
        return client.get(
            f"{LOGIN}callback/", {"code": "x", "state": asked["state"][0]}
        )

    def user_of(self, client):
        return User.objects.filter(pk=client.session.get("_auth_user_id")).first()

    def test_button_leads_there(self):
        response = self.client.get("/accounts/login/?next=/papers/")
        self.assertEqual(words(response, ".other-ways button"), ["Log in at Aldermoor"])
        response = self.client.post(f"{LOGIN}?process=login&next=/papers/")
        there = urlsplit(response["Refresh"].removeprefix("0; url="))
        asked = parse_qs(there.query)
        self.assertEqual(
            (there.netloc, there.path), ("id.aldermoor.example", "/authorize")
        )
        self.assertEqual(asked["redirect_uri"], [f"http://testserver{LOGIN}callback/"])
        self.assertEqual(asked["code_challenge_method"], ["S256"])

    def test_a_link_alone_leads_nowhere(self):
        response = self.client.get(LOGIN)
        self.assertEqual(words(response, "main button"), ["Go on at Aldermoor"])

    def test_same_verified_address_is_not_the_same_account(self):
        response = self.come_back(email="ada@example.org", email_verified=True)
        self.assertEqual(words(response, "h1"), ["No account"])
        self.assertIsNone(self.user_of(self.client))
        self.assertFalse(SocialAccount.objects.exists())
        self.assertEqual(User.objects.count(), 1)

    def test_stranger_gets_no_account(self):
        for address in ({}, {"email": "eve@example.org", "email_verified": True}):
            response = self.come_back(Client(), **address)
            self.assertEqual(words(response, "h1"), ["No account"])
        self.assertEqual(User.objects.get(), self.ada)

    def test_logs_in_once_the_owner_tied_it(self):
        log_in(self.client, self.ada)
        response = self.come_back(process="connect", email="a.l@aldermoor.example")
        self.assertRedirects(response, "/accounts/")
        visitor = Client()
        self.come_back(visitor, email="renamed@aldermoor.example")
        self.assertEqual(self.user_of(visitor), self.ada)
        [address] = self.ada.emailaddress_set.all()  # and no address comes along
        self.assertEqual(address.email, "ada@example.org")

    def test_is_tied_by_nobody_with_a_borrowed_session(self):
        self.client.force_login(self.ada)
        response = self.come_back(process="connect")
        self.assertRedirects(response, "/accounts/again/", target_status_code=200)
        self.assertFalse(SocialAccount.objects.exists())

    def test_is_tied_to_one_account(self):
        log_in(self.client, self.ada)
        self.come_back(process="connect")
        thief = Client()
        log_in(thief, make_user("eve@example.org"))
        self.come_back(thief, process="connect")
        self.assertEqual(SocialAccount.objects.get().user, self.ada)

    def test_is_untied(self):
        log_in(self.client, self.ada)
        self.come_back(process="connect")
        self.assertRedirects(self.client.post("/accounts/oidc/untie/"), "/accounts/")
        visitor = Client()
        self.come_back(visitor)
        self.assertIsNone(self.user_of(visitor))

    def test_second_factor_and_closing_hold_for_it_too(self):
        log_in(self.client, self.ada)
        self.come_back(process="connect")
        give_second_factor(self.ada)
        visitor = Client()
        response = self.come_back(visitor)
        self.assertRedirects(response, "/accounts/login/second-factor/")
        self.assertIsNone(self.user_of(visitor))
        User.objects.update(is_active=False)
        response = self.come_back(Client())
        self.assertRedirects(response, "/accounts/login/closed/")

    def test_answer_to_nobodys_question_is_refused(self):
        answer = {"code": "x", "state": "forged"}
        response = self.client.get(f"{LOGIN}callback/", answer)
        self.assertEqual(response.status_code, 401)
        self.assertEqual(words(response, "h1"), ["Log-in failed"])

    def test_university_that_does_not_answer_is_told(self):
        with (
            mock.patch.object(University, "send", side_effect=requests.ConnectionError),
            self.assertLogs("courses.accounts.views", "ERROR"),
        ):
            response = self.client.post(LOGIN)
        self.assertEqual(response.status_code, 401)
        self.assertEqual(words(response, "h1"), ["Log-in failed"])


class WithoutUniversityTests(TestCase):
    def test_has_no_button_and_no_page(self):
        response = self.client.get("/accounts/login/")
        self.assertEqual(words(response, ".other-ways button"), [])
        for address in (LOGIN, f"{LOGIN}callback/"):
            for ask in (self.client.get, self.client.post):
                self.assertEqual(ask(address).status_code, 404)
