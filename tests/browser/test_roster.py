"""Importing a roster and asking to join, in a real browser."""

from django.urls import reverse

from tests.browser.conftest import DESK, too_wide
from tests.browser.test_pages import PHONE, check
from tests.logins import mailed_code

LIST = (
    "Student number\tName\tE-mail\n"
    "20661234\tCHAN, Tai Man\ttai.man.chan.of.the.long.address@students.example.org\n"
)
FAULTY = LIST + "2.0661E+07\tLi Na\tna@example.org\n" + 3 * "7\tMEI, Song\t\n"


def check_screen(page, violations):
    """No violation and no sideways scrolling: at a desk, on a phone in the dark."""
    assert page.complaints == []
    for media, size in (("light", DESK), ("dark", PHONE)):
        page.emulate_media(color_scheme=media)
        page.set_viewport_size(size)
        page.wait_for_timeout(300)  # buttons fade into their other colours
        assert violations(page) == {}
        assert too_wide(page) == []
    page.complaints.clear()  # axe tries an inline style


def test_a_list_is_corrected_looked_over_and_saved(site, staff, violations):
    staff.goto(site.url + reverse("admin:courses_enrolment_changelist"))
    staff.get_by_role("link", name="Import a roster").click()
    staff.get_by_role("link", name="Statistics of Very Large").click()
    staff.get_by_label("Pasted list").fill(FAULTY)
    staff.get_by_role("button", name="Look over what it changes").click()
    staff.get_by_text("Nothing can be saved before").wait_for()
    check_screen(staff, violations)
    staff.get_by_label("Pasted list").fill(LIST)
    staff.get_by_role("button", name="Look over the corrected list").click()
    staff.get_by_label("Yes, drop 1 of 1.").check()
    staff.set_viewport_size(DESK)
    staff.get_by_role("button", name="Save this").click()
    staff.get_by_text("Saved: 1 new, 1 dropped.").wait_for()
    assert staff.complaints == []


def test_screens_of_a_roster_fit_and_are_open_to_all(site, staff, violations):
    for name, args in (
        ("courses_enrolment_import", []),
        ("courses_enrolment_roster", [site.course.pk]),
        ("courses_joinrequest_changelist", []),
    ):
        staff.emulate_media(color_scheme="light")
        staff.set_viewport_size(DESK)
        staff.goto(site.url + reverse(f"admin:{name}", args=args))
        check_screen(staff, violations)
    assert staff.complaints == []


def test_an_account_asks_to_join(site, page, violations):
    page.goto(f"{site.pages['password']}?next={site.course.get_absolute_url()}")
    page.get_by_label("E-mail address").fill("stu@example.org")
    page.get_by_label("Password").fill("password")
    page.get_by_role("button", name="Log in").click()
    page.get_by_label("Code from the mail").fill(mailed_code())
    page.get_by_role("button", name="Log in").click()
    page.get_by_role("link", name="Ask to join this course").click()
    check(page, violations)
    page.get_by_label("Name").fill("Stu Dent")
    page.get_by_role("button", name="Ask").click()
    page.get_by_text("you get a mail then").wait_for()
    check(page, violations)
    assert page.complaints == []
