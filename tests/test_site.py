"""What is true of every page, and the pages about the site itself."""

from unittest import mock

from django.conf import settings
from django.contrib.staticfiles import finders
from django.core.files.base import ContentFile
from django.db import InterfaceError, OperationalError, connection
from django.test import Client, RequestFactory, TestCase, override_settings
from django.views.defaults import server_error

from courses.access import Status
from tests.factories import make_course, make_file, make_material, make_superuser
from tests.pages import links, words

POLICY = {
    "base-uri 'none'",
    "default-src 'self'",
    "form-action 'self'",
    "frame-ancestors 'none'",
    "object-src 'none'",
}


class PolicyTests(TestCase):
    def test_every_page_has_the_same_strict_headers(self):
        self.client.force_login(make_superuser())
        client = Client(raise_request_exception=False)
        with (
            mock.patch("config.views.terms.arranged", side_effect=ValueError),
            self.assertLogs("django.request", "ERROR"),
        ):
            broken = client.get("/")
        answers = {
            200: self.client.get("/"),
            302: client.get("/admin/"),
            403: Client(enforce_csrf_checks=True).post("/admin/login/"),
            404: client.get("/nothing/"),
            413: client.get("/errors/413/"),
            500: broken,
            "administration": self.client.get("/admin/courses/session/add/"),
        }
        for name, response in answers.items():
            with self.subTest(name):
                if isinstance(name, int):
                    self.assertEqual(response.status_code, name)
                policy = response["Content-Security-Policy"]
                self.assertEqual(set(policy.split("; ")), POLICY)
                self.assertEqual(
                    {
                        header: response[header]
                        for header in (
                            "Cross-Origin-Opener-Policy",
                            "Permissions-Policy",
                            "Referrer-Policy",
                            "X-Content-Type-Options",
                            "X-Frame-Options",
                        )
                    },
                    {
                        "Cross-Origin-Opener-Policy": "same-origin",
                        "Permissions-Policy": "camera=(), display-capture=(), "
                        "geolocation=(), microphone=(), payment=(), usb=()",
                        "Referrer-Policy": "same-origin",
                        "X-Content-Type-Options": "nosniff",
                        "X-Frame-Options": "DENY",
                    },
                )

    def test_files_keep_their_narrower_policy(self):
        material = make_material(make_course(), file=make_file())
        response = self.client.get(material.get_absolute_url())
        response.getvalue()
        self.assertEqual(
            response["Content-Security-Policy"], "sandbox; default-src 'none'"
        )


class HealthTests(TestCase):
    def test_asks_the_database_once_and_nothing_else(self):
        with self.assertNumQueries(1):
            response = self.client.get("/healthz")
        self.assertEqual((response.status_code, response.content), (200, b"ok"))
        self.assertEqual(response["Content-Type"], "text/plain; charset=utf-8")
        self.assertEqual(response["Cache-Control"], "no-store")
        self.assertEqual(response.cookies, {})

    @override_settings(SECURE_SSL_REDIRECT=True, ALLOWED_HOSTS=["example.org"])
    def test_a_proxy_may_ask_by_any_name_without_https(self):
        response = self.client.get("/healthz", headers={"host": "10.0.0.7:8000"})
        self.assertEqual((response.status_code, response.content), (200, b"ok"))

    def test_says_when_the_database_does_not_answer(self):
        for error in (OperationalError, InterfaceError):
            with (
                self.subTest(error),
                mock.patch.object(connection, "cursor", side_effect=error),
                self.assertLogs("config.middleware", "ERROR"),
            ):
                response = self.client.get("/healthz")
                self.assertEqual(
                    (response.status_code, response.content), (503, b"database")
                )


class IconTests(TestCase):
    def test_browsers_find_it_beside_a_file(self):
        response = self.client.get("/favicon.ico")
        self.assertRedirects(
            response, "/static/icon.svg", fetch_redirect_response=False
        )
        self.assertIsNotNone(finders.find("icon.svg"))


FOOT = [("Privacy", "/privacy/"), ("API", "/api/")]


class ContactTests(TestCase):
    def foot(self, **settings):
        with override_settings(**settings):
            return links(self.client.get("/"), ".site-footer a")

    def test_foot_names_the_operator_and_the_privacy_page(self):
        for contact, named in (
            ("web@example.org", [("web@example.org", "mailto:web@example.org")]),
            ("https://example.org", [("https://example.org", "https://example.org")]),
            ("", []),
        ):
            with self.subTest(contact):
                self.assertEqual(self.foot(CONTACT=contact), [*named, *FOOT])

    def test_contact_is_escaped(self):
        with override_settings(CONTACT="<script>x</script>"):
            self.assertNotContains(self.client.get("/"), "<script>")

    def test_course_keeps_its_own_contact_beside_it(self):
        course = make_course(contact="ada@example.org", status=Status.PUBLIC)
        with override_settings(CONTACT="web@example.org"):
            response = self.client.get(course.get_absolute_url())
        self.assertEqual(
            [text for text, _ in links(response, ".site-footer a")],
            ["ada@example.org", "web@example.org", "Privacy", "API"],
        )

    @override_settings(CONTACT="web@example.org")
    def test_error_page_leads_to_the_privacy_page_too(self):
        response = server_error(RequestFactory().get("/"))
        self.assertEqual(links(response, ".site-footer a"), FOOT)


class PrivacyTests(TestCase):
    def test_says_whom_to_ask(self):
        for contact, ask in (
            ("", "Ask the contact at the foot of the course’s page."),
            (
                "web@example.org",
                "Ask the contact at the foot of the course’s page. "
                "Or whoever runs this site: web@example.org.",
            ),
        ):
            with self.subTest(contact), override_settings(CONTACT=contact):
                response = self.client.get("/privacy/")
                self.assertEqual(words(response, "main p:last-child"), [ask])

    def test_what_it_says_of_cookies_is_so(self):
        make_superuser("root@example.org")
        visitor = Client()
        for url in ("/", "/papers/", "/privacy/", "/nothing/"):
            visitor.get(url)
        self.assertEqual(visitor.cookies, {})
        self.client.get("/accounts/login/password/")
        login = {"login": "root@example.org", "password": "password"}
        self.client.post("/accounts/login/password/?next=/admin/", login)
        self.client.get("/admin/")
        self.assertEqual(set(self.client.cookies), {"csrftoken", "sessionid"})
        self.assertEqual(self.client.cookies["sessionid"]["max-age"], 14 * 24 * 3600)


class RefusedTests(TestCase):
    """Refusals that Django makes, in the look and words of the site."""

    def setUp(self):
        self.client.force_login(make_superuser())

    def test_what_an_account_may_not_do_is_said(self):
        response = self.client.get("/admin/courses/storedfile/add/")
        self.assertEqual(response.status_code, 403)
        self.assertEqual(words(response, "h1"), ["Not allowed"])

    def test_too_much_in_one_form_is_said_with_the_limits(self):
        files = [ContentFile(b"x", f"{number}.txt") for number in range(101)]
        fields = {str(number): "x" for number in range(10_001)}
        for name, sent in (("files", {"new_files": files}), ("fields", fields)):
            with self.subTest(name):
                response = self.client.post("/admin/courses/session/add/", sent)
                self.assertEqual(response.status_code, 400)
                self.assertEqual(
                    words(response, "main > p"),
                    [
                        "What was sent cannot be taken. A form may hold "
                        f"{settings.DATA_UPLOAD_MAX_NUMBER_FILES} files and "
                        f"{settings.DATA_UPLOAD_MAX_NUMBER_FIELDS:,} fields: "
                        "go back, and send fewer at once."
                    ],
                )


class TooLargeTests(TestCase):
    @override_settings(MAX_UPLOAD_MB=100)
    def test_says_limit_size_and_what_to_do(self):
        what_to_do = (
            "Each file may have at most 100 MB. Send a smaller one, or fewer at once; "
            "or put it elsewhere and give its address."
        )
        for size, said in (
            ("1000400000", "What you sent has 1000.4 MB and was not taken."),
            ("", "What you sent was not taken."),
            ("<b>", "What you sent was not taken."),
        ):
            with self.subTest(size):
                response = self.client.get(
                    "/errors/413/", headers={"x-refused-bytes": size}
                )
                self.assertEqual(response.status_code, 413)
                self.assertEqual(words(response, "main > p"), [f"{said} {what_to_do}"])

    @override_settings(MAX_SUBMISSION_MB=500)
    def test_names_the_limit_of_where_it_was_sent(self):
        response = self.client.get(
            "/errors/413/", headers={"x-refused-address": "/submit/7/"}
        )
        said, back = words(response, "main > p")
        self.assertIn("Each file may have at most 500 MB, or less where", said)
        self.assertEqual(back, "Back to handing in")
        self.assertContains(response, 'href="/submit/7/"', status_code=413)
        for address, most in (
            ("/api/v1/assignments/7/deliveries/", 500),
            ("/api/v1/materials/7/file/", 100),
        ):
            response = self.client.get(
                "/errors/413/", headers={"x-refused-address": address}
            )
            self.assertEqual(response.status_code, 413)
            self.assertEqual(response["Content-Type"], "application/problem+json")
            self.assertIn(f"at most {most} MB.", response.json()["detail"])
