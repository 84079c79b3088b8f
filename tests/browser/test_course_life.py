"""From an empty course to a talk with a photo: everyone's part, each in a window."""

import re

import pytest
from django.core import mail
from django.test import override_settings
from django.urls import reverse
from playwright.sync_api import expect

from tests.browser.conftest import DESK
from tests.browser.keyboard import type_in
from tests.browser.test_admin import add_row, choose, save
from tests.browser.test_pages import check
from tests.browser.test_roster import check_screen
from tests.factories import PDF
from tests.logins import app_code, mailed_code
from tests.pictures import picture

FAULTY = (
    "Student number\tName\tE-mail\n"
    "20661234\tCHAN, Tai Man\ttai@example.org\n"
    "2.0661E+07\tLi Na\tna@example.org\n"
)
ABSTRACT = "They grow where nobody *looks*."


@pytest.fixture
def look(violations):
    """A function: ``page`` is the one with this heading, and has no fault. Those of
    staff are read without the frame, which is Django's."""

    def look(page, heading, is_staffs=False):
        expect(page.locator("h1")).to_have_text(heading)
        check_screen(page, violations) if is_staffs else check(page, violations)
        page.emulate_media(color_scheme="light")
        page.set_viewport_size(DESK)

    return look


def press(page, button):
    page.get_by_role("main").get_by_role("button", name=button, exact=True).click()


def mailed_address(to):
    """The address in the last mail, which went to ``to``."""
    assert mail.outbox[-1].to == [to]
    return re.search(r"http\S+", mail.outbox[-1].body)[0]


def invite(page, site, course, role, name, email):
    """Invite somebody; return the address in the mail."""
    page.goto(site.url + reverse("admin:courses_invitation_add"))
    choose(page, "course", course)
    page.select_option("#id_role", label=role)
    page.fill("#id_new_person", name)
    page.fill("#id_email", email)
    save(page, "was added successfully")
    return mailed_address(email)


def accept(page, look, address, email):
    """Open the address in a mail, log in by the code in another, accept."""
    page.goto(address)
    look(page, "Invitation")
    press(page, "Log in")
    page.get_by_label("E-mail address").fill(email)
    press(page, "Send me a code")
    look(page, "Enter the code")
    page.get_by_label("Code from the mail").fill(mailed_code())
    press(page, "Log in")
    look(page, "Invitation")
    press(page, "Accept")


def set_up_second_factor(page, look):
    look(page, "Set up a second factor")
    type_in(page, app_code(page.locator(".steps code").inner_text()))
    page.keyboard.press("Enter")
    look(page, "Recovery codes")


def import_roster(page, site, look):
    """Paste a list with a fault, see it, correct it in place, and save."""
    page.goto(site.url + reverse("admin:courses_enrolment_changelist"))
    page.get_by_role("link", name="Import a roster").click()
    page.get_by_role("link", name="Seminar on Trees").click()
    look(page, "Roster of Seminar on Trees", is_staffs=True)
    page.get_by_label("Pasted list").fill(FAULTY)
    press(page, "Look over what it changes")
    fault = page.locator(".roster .fault").inner_text()
    assert "2.0661E+07" in fault
    assert page.get_by_role("button", name="Save this").count() == 0
    look(page, "Roster of Seminar on Trees", is_staffs=True)
    page.get_by_label("Pasted list").fill(FAULTY.replace("2.0661E+07", "20661235"))
    press(page, "Look over the corrected list")
    press(page, "Save this")
    page.get_by_text("Saved: 2 new.").wait_for()


def enter_talk(page, site):
    page.goto(site.url + reverse("admin:courses_session_add"))
    choose(page, "course", "Seminar on Trees")
    page.fill("#id_number", "01")
    page.fill("#id_title", "A guest")
    add_row(page, "talks", 0, title="To be told", speakers_line="Emmy Noether")
    save(page, "was added successfully")


def send_link(page, site, look):
    """Send the speaker a link; return it."""
    page.goto(site.url + reverse("admin:courses_talk_changelist"))
    page.get_by_role("link", name="To be told").click()
    page.get_by_role("link", name="Send a link to a speaker").click()
    look(page, "Add speaker's link", is_staffs=True)
    page.fill("#id_email", "emmy@example.org")
    save(page, "was added successfully")
    return mailed_address("emmy@example.org")


def fill_in_talk(page, look, address):
    page.goto(address)
    look(page, "To be told")
    page.get_by_label("Title").fill("On trees")
    page.get_by_label("Abstract").fill(ABSTRACT)
    page.get_by_label("Biography").fill("A gardener.")
    for label, name, kind, content in (
        ("Photo", "me.jpg", "image/jpeg", picture((400, 400))),
        ("Slides", "trees.pdf", "application/pdf", PDF),
    ):
        page.get_by_label(label).set_input_files(
            {"name": name, "mimeType": kind, "buffer": content}
        )
    press(page, "Send")
    page.get_by_text("Thank you. The organisers look at it").wait_for()
    look(page, "To be told")


def accept_proposal(page, site, look):
    page.goto(site.url + reverse("admin:courses_proposal_changelist"))
    page.get_by_role("link", name="To be told").click()
    look(page, "Proposed change", is_staffs=True)
    rows = page.locator(".differences tbody tr")
    shown = [row.locator("th, td").all_inner_texts() for row in rows.all()]
    assert [[words.strip() for words in row] for row in shown[:3]] == [
        ["Title", "To be told", "On trees"],
        ["Abstract", "–", ABSTRACT],
        ["Biography", "–", "A gardener."],
    ]
    assert [row[0].strip() for row in shown[3:]] == ["Photo of Emmy Noether", "Slides"]
    press(page, "Accept what is ticked")
    page.get_by_text("Accepted: title, abstract, biography, photo, slides.").wait_for()


def read_talk(page, site, look):
    page.goto(f"{site.url}/courses/trees/")
    look(page, "Seminar on Trees")
    page.get_by_role("link", name="On trees").click()
    look(page, "On trees")
    shown = page.get_by_role("main").inner_text()
    assert "They grow where nobody looks." in shown
    assert "A gardener." in shown
    photo = page.get_by_role("img", name="Emmy Noether")
    assert photo.evaluate("image => image.complete && image.naturalWidth") == 400
    slides = page.get_by_role("link", name="slides").get_attribute("href")
    assert page.request.get(site.url + slides).body() == PDF


# Over 5 s where the machine is busy: the whole story of one course, in one browser.
def test_a_course_is_made_filled_and_read(site, staff, new_page, look):
    staff.goto(site.url + reverse("admin:courses_course_add"))
    staff.fill("#id_title", "Seminar on Trees")
    staff.fill("#id_slug", "trees")
    staff.select_option("#id_status", label="public")
    save(staff, "was added successfully")
    course = "Seminar on Trees"
    invitation = invite(staff, site, course, "instructor", "Ada Bo", "ada@example.org")

    ada = new_page()
    with override_settings(STAFF_SECOND_FACTOR=True):
        accept(ada, look, invitation, "ada@example.org")
        set_up_second_factor(ada, look)
    import_roster(ada, site, look)
    invitation = invite(
        *(ada, site, course, "teaching assistant", "Tea Chan", "tea@example.org")
    )

    tea = new_page()
    accept(tea, look, invitation, "tea@example.org")
    look(tea, course)
    tea.get_by_role("link", name="Administration").wait_for()

    enter_talk(ada, site)
    link = send_link(ada, site, look)
    guest = new_page()
    fill_in_talk(guest, look, link)
    accept_proposal(ada, site, look)
    visitor = new_page()
    read_talk(visitor, site, look)
    for page in (staff, ada, tea, guest, visitor):
        assert page.complaints == []
