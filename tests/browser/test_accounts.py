"""Logging in as people do; every page on the way is open to all."""

import json
import re
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from django.core import mail
from django.test import override_settings
from django.urls import reverse

from tests import deployed
from tests.browser.conftest import DESK, log_in
from tests.browser.keyboard import type_in
from tests.browser.test_pages import check
from tests.logins import app_code, mailed_code


@pytest.fixture
def look(page, violations):
    """A function: the page is the one with this heading, and has no fault."""

    def look(heading):
        assert page.locator("h1").inner_text() == heading
        check(page, violations)
        page.emulate_media(color_scheme="light")
        page.set_viewport_size(DESK)

    return look


def press(page, button):
    page.get_by_role("main").get_by_role("button", name=button, exact=True).click()


def by_password(page, site):
    page.goto(f"{site.pages['password']}?next=/admin/")
    type_in(page, site.superuser.email)
    page.keyboard.press("Tab")
    type_in(page, "password")
    page.keyboard.press("Enter")


def test_student_logs_in_by_the_code_in_the_mail(site, page, look):
    page.goto(site.pages["course"])
    page.get_by_role("link", name="Log in").click()
    look("Log in")
    type_in(page, "stu@example.org")  # the field has the focus
    page.keyboard.press("Enter")
    page.wait_for_url("**/login/code/**")
    look("Enter the code")
    page.get_by_label("Code from the mail").fill("BBBB-BBBB")
    press(page, "Log in")
    page.get_by_text("Incorrect code.").wait_for()
    look("Enter the code")
    assert page.title().split() == "Error: Enter the code · Proseminar".split()
    press(page, "Start again")
    page.wait_for_url("**/accounts/login/")
    page.get_by_label("E-mail address").fill("stu@example.org")
    press(page, "Send me a code")
    page.wait_for_url("**/login/code/**")
    type_in(page, mailed_code().lower().replace("-", ""))
    page.keyboard.press("Enter")
    page.wait_for_url(site.url + "/")
    page.get_by_role("link", name="My page").click()
    look("My page")
    page.get_by_role("link", name="How I log in").click()
    look("Your account")
    page.goto(f"{site.url}/admin/")
    look("Not allowed")
    page.get_by_role("link", name="Sign out").click()
    press(page, "Sign out")
    page.get_by_text("You are signed out.").wait_for()
    look("Courses and seminars")
    assert [text for text in page.complaints if "403" not in text] == []


def test_an_address_proves_itself_once(site, page, look):
    page.goto(site.pages["password"])
    page.get_by_label("E-mail address").fill("new@example.org")
    page.get_by_label("Password").fill("password")
    press(page, "Log in")
    page.wait_for_url("**/login/address/")
    look("Confirm your address")
    type_in(page, mailed_code())
    page.keyboard.press("Enter")
    page.get_by_role("link", name="My page").wait_for()
    assert page.complaints == []


def test_staff_set_up_a_second_factor_where_it_is_required(site, page, look):
    with override_settings(STAFF_SECOND_FACTOR=True):
        by_password(page, site)
        page.wait_for_url("**/second-factor/")
        look("Set up a second factor")
        secret = page.locator(".steps code").inner_text()
        type_in(page, app_code(secret))
        page.keyboard.press("Enter")
        page.wait_for_url("**/recovery-codes/")
        look("Recovery codes")
        recovery_code = page.locator(".recovery-codes code").first.inner_text()
        page.goto(f"{site.url}/admin/")
        page.get_by_role("button", name="Log out").click()
        page.get_by_text("You are signed out.").wait_for()
        by_password(page, site)
        page.wait_for_url("**/login/second-factor/")
        look("Second factor")
        type_in(page, "000000")
        page.keyboard.press("Enter")
        page.get_by_text("Incorrect code.").wait_for()
        page.get_by_label("Code from the app").fill(recovery_code)
        page.keyboard.press("Enter")
        page.wait_for_url(f"{site.url}/admin/")
    for address, heading in (
        ("", "Your account"),
        ("again/second-factor/", "Is it you?"),
        ("password/", "Change the password"),
        ("second-factor/recovery-codes/new/", "New recovery codes"),
        ("logout/", "Sign out?"),
        ("login/closed/", "Account closed"),
        ("oidc/cancelled/", "Log-in cancelled"),
        ("second-factor/remove/", "Remove the second factor"),
    ):
        page.goto(f"{site.url}/accounts/{address}")
        look(heading)
    press(page, "Remove it")
    page.get_by_text("The second factor is removed.").wait_for()
    for address in ("again/", "again/code/"):
        page.goto(f"{site.url}/accounts/{address}")
        look("Is it you?")
    press(page, "Send a code to root@example.org")
    page.wait_for_url("**/again/code/confirm/")
    look("Enter the code")
    page.goto(f"{site.url}/accounts/")
    press(page, "Sign out everywhere")
    page.get_by_text("You are signed out on every device.").wait_for()
    assert page.complaints == []


def test_pages_of_who_runs_a_course(site, page, look):
    log_in(site, page, site.instructor)
    page.goto(site.url + reverse("projects:me"))
    page.get_by_text("There is a page about you").wait_for()
    look("My page")
    page.goto(site.url + reverse("courses:invitation_detail", args=["token"]))
    page.get_by_text("It was sent to another address than yours.").wait_for()
    look("Invitation")
    assert page.complaints == []
    page.goto(site.url + reverse("courses:invitation_detail", args=["guessed"]))
    page.get_by_text("This invitation is not open").wait_for()
    look("Invitation")
    [complaint] = page.complaints  # Chromium's own, of the status
    assert "404" in complaint


def test_a_new_password_that_is_refused(site, page, look):
    log_in(site, page, site.instructor)
    page.goto(f"{site.url}/accounts/password/")
    for label in ("Current password", "New password:", "New password, once more"):
        page.get_by_label(label).fill("short")
    press(page, "Change it")
    page.get_by_text("This password is too short.").wait_for()
    look("Change the password")
    assert page.complaints == []


def test_a_token_is_made_shown_once_changed_and_revoked(site, page, look):
    log_in(site, page, site.instructor)
    page.goto(f"{site.url}/accounts/")
    page.get_by_role("link", name="Make and revoke them").click()
    look("API tokens")
    press(page, "Make it")  # the browser asks for a name first
    page.get_by_label("Name").fill("lab page, which has a rather unwieldy name " * 2)
    page.get_by_label("read and write").check()
    page.get_by_role("group", name="For these courses only").get_by_role(
        "checkbox"
    ).first.check()
    page.get_by_label("Works for").select_option("30 days")
    press(page, "Make it")
    clear = page.locator(".new-token code").first.inner_text()
    assert len(clear) == 47
    look("API tokens")
    page.get_by_role("link", name="Change lab page").click()
    look("Change a token")
    page.get_by_label("Name").fill("lab page")
    page.get_by_role("checkbox").first.uncheck()
    press(page, "Change it")
    page.get_by_text("This field is required.").wait_for()
    look("Change a token")
    page.get_by_role("checkbox").first.check()
    press(page, "Change it")
    page.get_by_text("The token is changed.").wait_for()
    assert clear not in page.content()
    press(page, "Revoke lab page")
    page.get_by_text("The token no longer works.").wait_for()
    look("API tokens")
    assert page.complaints == []


def test_hammering_is_told(site, page, look):
    for _ in range(4):
        page.context.clear_cookies()
        page.goto(site.pages["log-in"])
        page.get_by_label("E-mail address").fill("nobody@example.org")
        press(page, "Send me a code")
    look("Too many attempts")
    assert mail.outbox == []
    [complaint] = page.complaints  # Chromium's own, of the status
    assert "429" in complaint


class University(BaseHTTPRequestHandler):
    """Says where to log in, sends on from there as a federation does, and refuses."""

    def do_GET(self):
        port = self.server.server_port
        path = self.path.partition("?")[0]
        if path == "/authorize":
            self.send_response(302)
            self.send_header("Location", f"http://localhost:{port}/sso")
        else:
            self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        config = dict.fromkeys(
            ("authorization_endpoint", "token_endpoint"),
            f"http://127.0.0.1:{port}/authorize",
        )
        page = "<title>Aldermoor</title>Log in here."
        self.wfile.write((json.dumps(config) if "known" in path else page).encode())

    def log_message(self, *args):
        pass


def test_the_policy_lets_forms_lead_to_a_university(site, page, look):
    with deployed.serving(ThreadingHTTPServer(("127.0.0.1", 0), University)) as port:
        app = {
            "provider_id": "university",
            "name": "Aldermoor University",
            "client_id": "proseminar",
            "secret": "secret",
            "settings": {"server_url": f"http://127.0.0.1:{port}"},
        }
        with override_settings(
            SOCIALACCOUNT_PROVIDERS={"openid_connect": {"APPS": [app]}}
        ):
            page.goto(site.pages["log-in"])
            look("Log in")
            page.goto(f"{site.url}/accounts/oidc/university/login/")
            look("Go on at your university")
            page.goto(site.pages["log-in"])
            press(page, "Log in at Aldermoor University")
            page.wait_for_url(re.compile(rf"//localhost:{port}/sso"))
            assert page.title() == "Aldermoor"
    assert [text for text in page.complaints if "favicon" not in text] == []
