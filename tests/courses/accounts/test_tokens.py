"""The page of API tokens."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.sessions.models import Session
from django.test import TestCase, override_settings
from django.urls import reverse

from courses.models import AuditEntry, Token
from courses.models.token import digest
from tests import factories as make
from tests.admin_pages import count_queries
from tests.logins import give_second_factor, log_in
from tests.pages import words

pytestmark = pytest.mark.both

URL = "/accounts/tokens/"
CLEAR = re.compile(r"psm_[\w-]{43}")
NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


def entries():
    return [*AuditEntry.objects.order_by("pk").values_list("action", "words")]


class TokenPageTestCase(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.course = make.make_course(title="Networks")
        cls.other = make.make_course(title="Graphs")
        cls.user = make.make_student(cls.course)

    def setUp(self):
        log_in(self.client, self.user)

    def make(self, **values):
        values = {"name": "lab page", "scope": "read", "days": 30} | values
        return self.client.post(URL, values)


class MakingTests(TokenPageTestCase):
    def test_asks_strangers_to_log_in(self):
        token = make.make_token(self.user)
        self.client.logout()
        for url in (URL, f"{URL}{token.pk}/", f"{URL}{token.pk}/revoke/"):
            for method in ("get", "post"):
                response = getattr(self.client, method)(url)
                goal = f"{reverse('account_login')}?next={url}"
                self.assertRedirects(response, goal)

    def test_the_account_leads_there(self):
        self.assertContains(self.client.get("/accounts/"), f'href="{URL}"')

    def test_is_shown_once(self):
        response = self.make()
        self.assertEqual(response.status_code, 200)
        [clear] = CLEAR.findall(response.text)
        token = Token.objects.of_clear(clear)
        self.assertEqual(
            (token.user, token.name, token.scope, token.is_limited),
            (self.user, "lab page", "read", False),
        )
        self.assertEqual(token.expires_at - token.made_at, timedelta(days=30))
        page = self.client.get(URL).text
        self.assertEqual(CLEAR.findall(page), [])
        self.assertNotIn(digest(clear), response.text + page)
        for session in Session.objects.all():
            self.assertNotIn(clear[8:], str(session.get_decoded()))

    def test_is_kept_by_no_cache(self):
        for response in (self.client.get(URL), self.make()):
            self.assertIn("no-store", response["Cache-Control"])

    def test_is_made_for_some_courses(self):
        response = self.make(scope="write", courses=[self.course.pk])
        token = Token.objects.of_clear(*CLEAR.findall(response.text))
        self.assertEqual([*token.courses.all()], [self.course])
        self.assertTrue(token.is_limited)
        [(action, said)] = entries()
        self.assertEqual(
            (action, said),
            ("account", f"Token made: {token}, read and write: Networks"),
        )

    def test_offers_only_courses_that_one_has_a_part_in(self):
        draft = make.make_course(status="draft")
        make.make_enrolment(draft, self.user.person)
        form = self.client.get(URL).context["form"]
        self.assertEqual([*form.fields["courses"].queryset], [self.course])
        for course in (self.other, draft):
            response = self.make(courses=[course.pk])
            self.assertIn("courses", response.context["form"].errors)
        self.assertFalse(Token.objects.exists())

    def test_who_has_no_course_makes_one_for_all(self):
        log_in(self.client, make.make_user())
        self.assertNotIn("courses", self.client.get(URL).context["form"].fields)
        self.assertEqual(len(CLEAR.findall(self.make().text)), 1)

    def test_says_what_is_wrong(self):
        response = self.make(name="", days=400)
        errors = response.context["form"].errors
        self.assertEqual({*errors}, {"name", "days"})
        self.assertContains(response, "Error:")

    def test_so_many_work_at_once(self):
        expired = {"made_at": NOW - timedelta(days=100)}
        make.make_token(self.user, **expired)
        for _ in range(Token.AT_ONCE):
            last = make.make_token(self.user)
        self.assertContains(self.make(), "You have 20 tokens that work")
        last.revoke()
        self.assertEqual(len(CLEAR.findall(self.make().text)), 1)


class AskingAgainTests(TokenPageTestCase):
    """With a session that somebody left open."""

    def setUp(self):
        self.client.force_login(self.user)

    def assert_asked(self, response, goal):
        goal = goal.replace("/", "%2F")
        self.assertEqual(response.url, f"/accounts/again/?next={goal}")

    def test_a_token_is_made_once_the_password_is_right(self):
        values = {"scope": "write", "courses": [self.course.pk]}
        asked = self.make(**values)
        self.assert_asked(asked, URL)
        self.client.post(asked.url, {"password": "wrong"})
        self.assertFalse(Token.objects.exists())
        response = self.client.post(asked.url, {"password": "password"})
        token = Token.objects.of_clear(*CLEAR.findall(response.text))
        self.assertEqual([*token.courses.all()], [self.course])
        self.assertIn("no-store", response["Cache-Control"])
        for session in Session.objects.all():
            self.assertNotIn(token.hint, str(session.get_decoded()))

    def test_a_token_is_changed_once_the_password_is_right(self):
        token = make.make_token(self.user)
        url = f"{URL}{token.pk}/"
        asked = self.client.post(url, {"name": "mine", "scope": "write"})
        self.assert_asked(asked, url)
        token.refresh_from_db()
        self.assertEqual((token.name, token.scope), ("lab page", "read"))
        self.client.post(asked.url, {"password": "password"})
        token.refresh_from_db()
        self.assertEqual((token.name, token.scope), ("mine", "write"))

    def test_revoking_waits_for_nothing(self):
        token = make.make_token(self.user)
        self.client.post(f"{URL}{token.pk}/revoke/")
        self.assertFalse(Token.objects.working())

    @override_settings(STAFF_SECOND_FACTOR=True)
    def test_staff_need_their_second_factor_first(self):
        log_in(self.client, make.make_instructor(self.course))
        for response in (self.client.get(URL), self.make()):
            self.assertEqual(response.url, reverse("mfa_activate_totp"))
        self.assertFalse(Token.objects.exists())
        teacher = self.course.roles.get().person.user
        give_second_factor(teacher)
        log_in(self.client, teacher)
        self.assertEqual(len(CLEAR.findall(self.make().text)), 1)


class OwnTests(TokenPageTestCase):
    def test_says_what_there_is(self):
        make.make_token(self.user, name="bot", scope="write")
        make.make_token(self.user, [self.course], name="notebook")
        make.make_token(self.user, name="old", made_at=NOW - timedelta(days=100))
        make.make_token(self.user, name="lost").revoke()
        make.make_token(make.make_user(), name="of somebody else")
        [said] = words(self.client.get(URL))
        for part in (
            "bot read and write all that you may see and do begins with psm_",
            "notebook read Networks begins with psm_",
            "old expired",
            "lost revoked",
            "last used never",
        ):
            self.assertIn(part, said)
        self.assertNotIn("of somebody else", said)
        self.assertEqual(said.count("Revoke"), 2)

    def test_names_no_course_that_one_may_not_open(self):
        make.make_token(self.user, [self.course])
        type(self.course).objects.filter(pk=self.course.pk).update(status="draft")
        response = self.client.get(URL)
        self.assertNotContains(response, "Networks")
        self.assertContains(response, "no course that you may open")

    def test_is_changed(self):
        token = make.make_token(self.user)
        url = f"{URL}{token.pk}/"
        self.assertContains(self.client.get(url), token.hint)
        values = {"name": "bot", "scope": "write", "courses": [self.course.pk]}
        self.assertRedirects(self.client.post(url, values), URL)
        changed = Token.objects.of_clear(token.clear)
        self.assertEqual(
            (changed.name, changed.scope, changed.is_limited, changed.expires_at),
            ("bot", "write", True, token.expires_at),
        )
        [(_action, said)] = entries()
        self.assertEqual(said, f"Token changed: {changed}, read and write: Networks")

    def test_for_some_courses_it_does_not_become_one_of_all(self):
        token = make.make_token(self.user, [self.course])
        url = f"{URL}{token.pk}/"
        for _status in ("public", "draft"):
            response = self.client.post(url, {"name": "bot", "scope": "read"})
            self.assertIn("courses", response.context["form"].errors)
            type(self.course).objects.filter(pk=self.course.pk).update(status="draft")
        token.refresh_from_db()
        self.assertTrue(token.is_limited)

    def test_is_revoked_once(self):
        token = make.make_token(self.user)
        for _ in range(2):
            url = f"{URL}{token.pk}/revoke/"
            self.assertRedirects(self.client.post(url), URL)
        self.assertEqual(
            entries(), [("account", f"Token revoked: {token}, read: everything")]
        )
        self.assertEqual(self.client.get(f"{URL}{token.pk}/").status_code, 404)
        self.assertEqual(self.client.get(url).status_code, 405)

    def test_of_others_are_unknown(self):
        token = make.make_token()
        for url in (f"{URL}{token.pk}/", f"{URL}{token.pk}/revoke/"):
            self.assertEqual(self.client.post(url, {"name": "x"}).status_code, 404)
        self.assertTrue(Token.objects.working())

    def test_signing_out_everywhere_leaves_them_and_says_so(self):
        make.make_token(self.user)
        [said] = words(self.client.get("/accounts/"))
        self.assertIn("API tokens go on until you revoke them.", said)
        self.client.post(reverse("account_logout_everywhere"))
        self.assertTrue(Token.objects.working())

    def test_query_count_does_not_grow(self):
        counts = []
        for _ in range(3):
            make.make_token(self.user, [self.course])
            counts.append(count_queries(self.client, URL))
        self.assertEqual(counts, [counts[0]] * 3)
