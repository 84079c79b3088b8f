import json
import threading
from unittest import mock

import pytest
from django.core.cache import cache
from django.http import HttpResponse
from django.test import (
    Client,
    RequestFactory,
    SimpleTestCase,
    TestCase,
    override_settings,
)
from django.urls import include, path
from rest_framework.decorators import api_view
from rest_framework.response import Response

from config import throttles
from courses.models import AuditEntry
from tests import factories as make

pytestmark = pytest.mark.both

MINUTE = 1_800_000_000  # seconds: when one begins
EXPOSED = "ETag, Link, RateLimit, RateLimit-Policy, Retry-After"
RATES = {"anonymous": 3, "read": 4, "write": 2}


@api_view(["GET", "POST"])
def thing(request):
    return Response({"length": len(request.body)})


urlpatterns = [
    path("api/v1/thing", thing),
    path("thing", lambda request: HttpResponse("page")),
    path("", include("config.urls")),  # which the page of an error links to
]


def at(second):
    return mock.patch("time.time", return_value=MINUTE + second)


@override_settings(API_RATES=RATES)
class HitTests(SimpleTestCase):
    def test_counts_within_a_minute_of_the_clock(self):
        seen = []
        for second in (10, 20, 30, 59.9, 60, 61):
            with at(second):
                found = throttles.hit("key", "anonymous")
            seen.append((found.is_allowed, found.remaining, found.reset_s))
        self.assertEqual(
            seen,
            [
                (True, 2, 50),
                (True, 1, 40),
                (True, 0, 30),
                (False, 0, 1),
                (True, 2, 60),
                (True, 1, 59),
            ],
        )

    def test_keys_and_rates_do_not_count_for_each_other(self):
        for key, name in (("a", "read"), ("b", "read"), ("a", "write")):
            found = throttles.hit(key, name)
            self.assertEqual(found.remaining, RATES[name] - 1)

    @override_settings(API_RATES={"read": 100})
    def test_at_once_none_is_missed(self):
        allowed = []

        def work():
            for _ in range(50):
                allowed.append(throttles.hit("key", "read").is_allowed)

        with at(0):
            threads = [threading.Thread(target=work) for _ in range(8)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
        self.assertEqual((len(allowed), sum(allowed)), (400, 100))

    def test_of_two_that_come_first_both_count(self):
        """As if another process had begun the count in between."""
        with at(0):
            missed = mock.Mock(side_effect=[ValueError, 2])
            with mock.patch.object(cache, "incr", missed):
                cache.add(f"api-read-key-{MINUTE // 60}", 1)
                self.assertEqual(throttles.hit("key", "read").remaining, 2)


class WhoseTests(SimpleTestCase):
    def key(self, **extra):
        return str(throttles._whose(RequestFactory().get("/api/", **extra))[0])

    def test_is_the_address_that_the_site_believes(self):
        forwarded = {"HTTP_X_FORWARDED_FOR": "6.6.6.6, 192.0.2.1, 10.0.0.1"}
        self.assertEqual(self.key(**forwarded), "127.0.0.1")
        with override_settings(ALLAUTH_TRUSTED_PROXY_COUNT=2):
            self.assertEqual(self.key(**forwarded), "192.0.2.1")

    def test_of_ipv6_the_network_counts(self):
        for address, key in {
            "2001:db8:1:2:3:4:5:6": "2001:db8:1:2::",
            "2001:db8:1:2::": "2001:db8:1:2::",
            "::ffff:192.0.2.1": "192.0.2.1",
            "192.0.2.1": "192.0.2.1",
            "": "None",
        }.items():
            self.assertEqual(self.key(REMOTE_ADDR=address), key)


@override_settings(ROOT_URLCONF="tests.test_throttles", API_RATES=RATES)
class AnswerTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.user = make.make_user()
        cls.token = make.make_token(cls.user, scope="write")

    def setUp(self):
        clock = at(20)
        clock.start()
        self.addCleanup(clock.stop)

    def ask(self, method="get", token=None, url="/api/v1/thing", **extra):
        if token:
            extra["HTTP_AUTHORIZATION"] = f"Bearer {token.clear}"
        return getattr(Client(), method)(url, **extra)

    def assert_left(self, response, name, remaining):
        self.assertEqual(response["RateLimit"], f'"{name}";r={remaining};t=40')
        policy = f'"{name}";q={RATES[name]};w=60'
        self.assertEqual(response["RateLimit-Policy"], policy)

    def assert_too_many(self, response):
        self.assertEqual(response.status_code, 429)
        self.assertEqual(response["Retry-After"], "40")
        self.assertIn("RateLimit", response)

    def test_by_address(self):
        for remaining in (2, 1, 0):
            response = self.ask()
            self.assertEqual(response.status_code, 200)
            self.assert_left(response, "anonymous", remaining)
            self.assertNotIn("Retry-After", response)
        response = self.ask()
        self.assert_too_many(response)
        self.assert_left(response, "anonymous", 0)
        self.assertEqual(self.ask(REMOTE_ADDR="192.0.2.1").status_code, 200)

    def test_by_token_for_reading_and_writing(self):
        for _ in range(4):
            self.ask()  # nobody else's address slows it
        other = make.make_token(self.user)
        self.assert_left(self.ask(token=self.token), "read", 3)
        self.assert_left(self.ask("post", self.token), "write", 1)
        self.assert_left(self.ask("post", self.token), "write", 0)
        self.assert_too_many(self.ask("post", self.token))
        self.assert_left(self.ask("head", self.token), "read", 2)
        self.assert_left(self.ask(token=other), "read", 3)

    def test_what_reaches_no_view_counts_too(self):
        wrong = {"HTTP_AUTHORIZATION": "Bearer psm_guessed"}
        self.assertEqual(self.ask(**wrong).status_code, 401)
        self.assertEqual(self.ask(url="/api/v1/nothing").status_code, 404)
        response = self.ask(**wrong)
        self.assertEqual(response.status_code, 401)
        self.assert_left(response, "anonymous", 0)
        response = self.ask(**wrong)
        self.assert_too_many(response)
        self.assertEqual(response["Content-Type"], "application/problem+json")
        self.assertEqual(
            json.loads(response.content),
            {
                "type": "about:blank",
                "title": "Too Many Requests",
                "status": 429,
                "detail": "At most 3 requests a minute: wait for 40 seconds.",
            },
        )

    def test_what_a_middleware_counted_is_not_counted_again(self):
        request = RequestFactory().get("/api/v1/thing")
        self.assertEqual(throttles.count(request).remaining, 2)
        self.assertEqual(
            throttles.limits(lambda _: thing(request))(request)["RateLimit"],
            '"anonymous";r=2;t=40',
        )

    def test_nothing_is_done_for_who_is_over_the_limit(self):
        view = mock.Mock(side_effect=thing)
        for _ in range(5):
            request = RequestFactory().get("/api/")
            self.assertIn("RateLimit", throttles.limits(view)(request))
        self.assertEqual(view.call_count, 3)

    def test_pages_have_no_limit(self):
        for _ in range(5):
            response = self.ask(url="/thing")
            self.assertEqual(response.status_code, 200)
            self.assertNotIn("RateLimit", response)

    def test_takes_no_query(self):
        self.ask()
        with self.assertNumQueries(1):  # how far what is shown is
            self.ask()

    def test_those_of_an_account_that_are_refused_are_recorded_once(self):
        for _ in range(6):
            self.ask(token=self.token)
        entry = AuditEntry.objects.get()
        self.assertEqual((entry.user, entry.times), (self.user, 2))


@override_settings(ROOT_URLCONF="tests.test_throttles", API_MAX_BODY_MB=1)
class BodyTests(TestCase):
    def send(self, size, kind="application/json", url="/api/v1/thing"):
        token = make.make_token(scope="write")
        return self.client.post(
            url,
            b'"' + b"x" * (size - 2) + b'"',
            content_type=kind,
            HTTP_AUTHORIZATION=f"Bearer {token.clear}",
        )

    def test_up_to_the_limit_it_is_read(self):
        self.assertEqual(self.send(1_000_000).json(), {"length": 1_000_000})

    def test_above_it_is_refused(self):
        for kind in ("application/json", "text/plain", ""):
            response = self.send(1_000_001, kind)
            self.assertEqual(response.status_code, 413)
            self.assertEqual(response["Content-Type"], "application/problem+json")
            self.assertIn("RateLimit", response)
        self.assertEqual(
            json.loads(response.content)["detail"],
            "A body is at most 1 MB: send it in parts.",
        )

    def test_files_and_pages_have_limits_of_their_own(self):
        self.assertNotEqual(
            self.send(1_000_001, "multipart/form-data; boundary=x").status_code, 413
        )
        self.assertEqual(self.send(1_000_001, url="/thing").status_code, 200)


@override_settings(ROOT_URLCONF="tests.test_throttles")
class CorsTests(TestCase):
    """What a script on another site may do with a visitor's browser."""

    ORIGIN = "https://lab.example.org"

    def allowed(self, response):
        return {
            name.lower().removeprefix("access-control-"): value
            for name, value in response.headers.items()
            if name.lower().startswith("access-control-")
        }

    def test_it_reads_what_is_public(self):
        for method in ("get", "head"):
            response = getattr(self.client, method)(
                "/api/v1/thing", HTTP_ORIGIN=self.ORIGIN
            )
            self.assertEqual(
                self.allowed(response),
                {"allow-origin": "*", "expose-headers": EXPOSED},
            )

    def test_errors_can_be_read_too(self):
        for response in (
            self.client.get("/api/v1/nothing", HTTP_ORIGIN=self.ORIGIN),
            self.client.post("/api/v1/thing", HTTP_ORIGIN=self.ORIGIN),
        ):
            self.assertEqual(self.allowed(response)["allow-origin"], "*")

    def test_it_may_neither_write_nor_send_a_token(self):
        for asked in ("POST", "PUT", "PATCH", "DELETE", "GET"):
            response = self.client.options(
                "/api/v1/thing",
                HTTP_ORIGIN=self.ORIGIN,
                HTTP_ACCESS_CONTROL_REQUEST_METHOD=asked,
                HTTP_ACCESS_CONTROL_REQUEST_HEADERS="authorization",
            )
            self.assertEqual(
                self.allowed(response),
                {
                    "allow-origin": "*",
                    "allow-headers": "accept, if-modified-since, if-none-match",
                    "allow-methods": "GET, HEAD, OPTIONS",
                    "expose-headers": EXPOSED,
                    "max-age": "86400",
                },
            )

    def test_pages_are_read_by_no_other_site(self):
        for method in ("get", "options"):
            response = getattr(self.client, method)("/thing", HTTP_ORIGIN=self.ORIGIN)
            self.assertEqual(self.allowed(response), {})
