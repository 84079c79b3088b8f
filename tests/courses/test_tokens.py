from datetime import UTC, datetime, timedelta
from unittest import mock

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.http import HttpResponse
from django.test import RequestFactory, TestCase, override_settings
from django.urls import path
from drf_spectacular.generators import SchemaGenerator
from rest_framework.decorators import api_view
from rest_framework.response import Response
from rest_framework.test import APIClient

from courses.models import AuditEntry, Session, Token
from courses.models.token import digest
from courses.tokens import TokenAuthentication
from tests import factories as make
from tests.logins import log_in

pytestmark = pytest.mark.both

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


@api_view(["GET", "POST"])
def me(request):
    """Who asks."""
    only = getattr(request.user, "only_courses", None)
    return Response({"user": str(request.user), "only": only and sorted(only)})


@api_view(["GET"])
def session(request, pk):
    """The title of a session that whoever asks may open."""
    found = Session.objects.visible_to(request.user).filter(pk=pk).first()
    return Response({"title": found.title} if found else {}, 200 if found else 404)


urlpatterns = [
    path("api/v1/me", me),
    path("api/v1/sessions/<int:pk>", session),
]


def at(moment):
    return mock.patch("django.utils.timezone.now", return_value=moment)


class TokenTests(TestCase):
    def test_is_told_once_and_kept_as_its_hash(self):
        token = Token(user=make.make_user(), name="lab page", made_at=NOW)
        clear = token.issue()
        self.assertRegex(clear, r"\Apsm_[\w-]{43}\Z")
        self.assertEqual(token.hint, clear[:8])
        self.assertEqual(token.expires_at, NOW + timedelta(days=90))
        with connection.cursor() as cursor:
            cursor.execute("SELECT * FROM courses_token")
            [row] = cursor.fetchall()
        self.assertIn(digest(clear), row)
        for value in map(str, row):
            self.assertNotIn(clear[8:], value)
            self.assertIsNone(Token.objects.of_clear(value))

    def test_its_words_hold_no_secret(self):
        token = make.make_token(name="bot")
        self.assertEqual(str(token), f"bot ({token.clear[:8]}…)")
        self.assertNotIn(token.token_hash, repr(token))

    def test_is_for_a_year_at_most(self):
        token = Token(user=make.make_user(), name="bot", made_at=NOW)
        token.expires_at = NOW + timedelta(days=365, seconds=1)
        with self.assertRaises(ValidationError) as refused:
            token.issue()
        self.assertEqual(refused.exception.messages, ["A token is for a year at most."])
        token.expires_at = NOW + timedelta(days=365)
        token.issue()

    def test_is_revoked_once(self):
        token = make.make_token()
        with at(NOW):
            self.assertTrue(token.revoke())
        self.assertFalse(token.revoke())
        token.refresh_from_db()
        self.assertEqual((token.revoked_at, str(token.state)), (NOW, "revoked"))
        self.assertEqual([*Token.objects.working()], [])

    def test_of_a_deleted_course_opens_no_more_than_before(self):
        course = make.make_course()
        token = make.make_token(courses=[course])
        course.delete()
        token = Token.objects.get()
        self.assertEqual((token.is_limited, [*token.courses.all()]), (True, []))


@override_settings(ROOT_URLCONF="tests.courses.test_tokens")
class AuthenticationTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.user = make.make_user("ada@example.org")
        cls.token = make.make_token(cls.user)

    def ask(self, header=None, method="get", url="/api/v1/me", **extra):
        if header is not None:
            extra["HTTP_AUTHORIZATION"] = header
        return getattr(APIClient(enforce_csrf_checks=True), method)(url, **extra)

    def assert_refused(self, header, reason):
        response = self.ask(header)
        self.assertEqual(response.status_code, 401)
        self.assertEqual(response["WWW-Authenticate"], "Bearer")
        self.assertEqual(str(response.data["detail"]), reason)

    def test_without_a_token_nobody_is_logged_in(self):
        self.assertEqual(self.ask().data["user"], "AnonymousUser")
        self.assertEqual(self.ask(method="post").status_code, 401)

    def test_a_session_logs_nobody_in(self):
        log_in(self.client, self.user)
        response = self.client.get("/api/v1/me")
        self.assertEqual(response.json()["user"], "AnonymousUser")
        self.assertEqual(self.client.post("/api/v1/me").status_code, 401)

    def test_a_token_logs_its_user_in(self):
        for scheme in ("Bearer", "bearer", "BEARER"):
            response = self.ask(f"{scheme} {self.token.clear}")
            self.assertEqual(
                response.data, {"user": "ada@example.org", "only": None}, scheme
            )

    def test_what_is_no_token_is_refused(self):
        unknown = "This token is unknown."
        for header, reason in {
            "Bearer psm_unknown": unknown,
            "Bearer": unknown,
            f"Bearer {self.token.token_hash}": unknown,
            f"Bearer {self.token.clear} ": None,
            f"Bearer {self.token.clear} x": unknown,
            "Bearer psm_é": "A token is ASCII only.",
            "Basic YTpi": "Write: Authorization: Bearer, and a token.",
            self.token.clear: "Write: Authorization: Bearer, and a token.",
        }.items():
            with self.subTest(header):
                if reason is None:
                    self.assertEqual(self.ask(header).status_code, 200)
                else:
                    self.assert_refused(header, reason)

    def test_says_that_it_expired(self):
        with at(self.token.expires_at):
            self.assert_refused(f"Bearer {self.token.clear}", "This token is expired.")

    def test_says_that_it_was_revoked(self):
        self.token.revoke()
        self.assert_refused(f"Bearer {self.token.clear}", "This token is revoked.")

    def test_says_that_the_account_is_inactive(self):
        self.user.is_active = False
        self.user.save()
        self.assert_refused(
            f"Bearer {self.token.clear}", "The account of this token is inactive."
        )

    def test_one_that_reads_does_not_write(self):
        response = self.ask(f"Bearer {self.token.clear}", "post")
        self.assertEqual(response.status_code, 403)
        self.assertEqual(
            str(response.data["detail"]),
            "This token only reads: writing takes one that was made for it.",
        )
        writing = make.make_token(self.user, scope=Token.Scope.WRITE)
        self.assertEqual(self.ask(f"Bearer {writing.clear}", "post").status_code, 200)

    def test_is_kept_to_its_courses(self):
        own, other = make.make_course(), make.make_course()
        person, sessions = make.make_person(user=self.user), []
        for course in (own, other):
            make.make_course_role(course, person)
            sessions.append(make.make_session(course, visibility="staff"))
        limited = make.make_token(self.user, [own])
        for token, statuses in ((self.token, [200, 200]), (limited, [200, 404])):
            answers = [
                self.ask(f"Bearer {token.clear}", url=f"/api/v1/sessions/{each.pk}")
                for each in sessions
            ]
            self.assertEqual([each.status_code for each in answers], statuses)
        self.assertEqual(self.ask(f"Bearer {limited.clear}").data["only"], [own.pk])

    def test_last_use_is_noted_every_five_minutes(self):
        seen = []
        for minute in (0, 4, 5, 6, 9, 11):
            with at(NOW + timedelta(minutes=minute)):
                self.ask(f"Bearer {self.token.clear}")
            self.token.refresh_from_db()
            seen.append((self.token.last_used_at - NOW) // timedelta(minutes=1))
        self.assertEqual(seen, [0, 0, 0, 6, 6, 6])

    def test_takes_one_query_and_one_more_for_courses(self):
        limited = make.make_token(self.user, [make.make_course()])
        for token, queries in ((self.token, 1), (limited, 2)):
            header = {"HTTP_AUTHORIZATION": f"Bearer {token.clear}"}
            request = RequestFactory().get("/", **header)
            TokenAuthentication().authenticate(request)  # which notes its use
            with self.assertNumQueries(queries):
                TokenAuthentication().authenticate(request)

    def test_no_log_and_no_record_holds_it(self):
        with self.assertLogs(level=0) as logs:
            self.ask(f"Bearer {self.token.clear}")
            self.ask(f"Bearer {self.token.clear}", "post")
            self.ask("Bearer psm_unknown")
        told = f"{logs.output} {[*AuditEntry.objects.values()]}"
        for secret in (self.token.clear, self.token.token_hash, "psm_unknown"):
            self.assertNotIn(secret, told)

    def test_what_is_refused_is_recorded_under_its_user(self):
        self.ask(f"Bearer {self.token.clear}", "post")
        entry = AuditEntry.objects.get()
        self.assertEqual(
            (entry.user, entry.words), (self.user, "POST /api/v1/me → 403")
        )

    def test_what_it_writes_has_its_user_in_the_history(self):
        written = make.make_session()

        def write(data):
            written.save()
            return HttpResponse()

        writing = make.make_token(self.user, scope="write")
        with mock.patch(f"{__name__}.Response", write):
            self.ask(f"Bearer {writing.clear}", "post")
        self.assertEqual(written.history.first().history_user, self.user)

    def test_the_schema_names_it(self):
        patterns = [path("api/v1/me", me)]
        schema = SchemaGenerator(patterns=patterns).get_schema(public=True)
        scheme = schema["components"]["securitySchemes"]["token"]
        self.assertEqual((scheme["type"], scheme["scheme"]), ("http", "bearer"))
        operation = schema["paths"]["/api/v1/me"]
        self.assertEqual(operation["post"]["security"], [{"token": []}])
        self.assertEqual(operation["get"]["security"], [{"token": []}, {}])
