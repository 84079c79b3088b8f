"""Two students find together, in a real browser."""

import pytest
from django.urls import reverse

from tests.browser.test_pages import check
from tests.factories import make_assignment, make_student
from tests.logins import prove_address


@pytest.fixture(scope="module")
def address(site):
    """That of the page of teams; ada@ and bo@example.org hand in there."""
    for email in ("ada@example.org", "bo@example.org"):
        prove_address(make_student(site.course, email=email))
    assignment = make_assignment(site.course, title="Essay", team_size=3)
    return site.url + reverse("projects:team", args=[assignment.pk])


def open_as(page, site, email, address):
    page.context.clear_cookies()
    page.goto(f"{site.pages['password']}?next={address.removeprefix(site.url)}")
    page.get_by_label("E-mail address").fill(email)
    page.get_by_label("Password").fill("password")
    page.get_by_role("button", name="Log in").click()
    page.wait_for_url(address)


def test_a_team_is_made_and_joined_by_its_code(site, address, page, violations):
    open_as(page, site, "ada@example.org", address)
    page.get_by_role("button", name="Make a team").click()
    page.get_by_text("You are in Team").wait_for()
    page.get_by_label("E-mail address").fill("bo@example.org")
    page.get_by_role("button", name="Invite").click()
    page.get_by_text("If this address is on the roster").wait_for()
    code = page.locator(".joining-code").inner_text()
    check(page, violations)
    open_as(page, site, "bo@example.org", address)
    page.get_by_role("heading", name="You are invited").wait_for()
    page.get_by_label("Joining code").fill(code.lower())
    check(page, violations)
    page.get_by_role("button", name="Join").click()
    page.get_by_text("2 of 3 members").wait_for()
    # axe tries inline styles
    assert [each for each in page.complaints if "style" not in each] == []
