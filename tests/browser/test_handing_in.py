"""From the first log-in to the archive of staff: a project of three, handed in."""

import csv
import io
import re
import zipfile
from datetime import timedelta
from hashlib import sha256
from pathlib import Path

import pytest
from django.core import mail
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from projects.models import Slot
from tests.browser.conftest import DESK, log_in
from tests.browser.test_admin import save
from tests.browser.test_course_life import mailed_address, press
from tests.browser.test_pages import open_all
from tests.browser.test_roster import check_screen
from tests.factories import (
    PDF,
    make_assignment,
    make_enrolment,
    make_person,
    make_slot,
    make_user,
)
from tests.logins import mailed_code

REPORT = PDF + b"".join(b"%% line %d\n" % line for line in range(222_000))  # 3 MB
SLIDES = PDF + b"% slides\n"
BETTER = REPORT + b"% once more\n"
VIDEO = "https://video.example/networks"
LATE = r"Received, 1 hour 3\d minutes late"


@pytest.fixture(scope="module")
def assignment(site):
    """A project for teams of three, due in a day; late work is taken for a week more.

    ann@, bo@ and cy@example.org are on the roster, and have not logged in yet.
    """
    for name in ("Ann Li", "Bo Wang", "Cy Ng"):
        email = f"{name.split()[0].lower()}@example.org"
        make_enrolment(site.course, make_person(name, user=make_user(email)))
    due_at = timezone.now() + timedelta(days=1)
    assignment = make_assignment(
        site.course,
        title="Project on spectra",
        kind="project",
        team_size=3,
        brief="Write *well*.",
        due_at=due_at,
        accepted_until=due_at + timedelta(days=7),
    )
    make_slot(assignment, position=1)
    make_slot(assignment, position=2, kind=Slot.Kind.SLIDES)
    make_slot(assignment, position=3, kind=Slot.Kind.VIDEO, takes=Slot.Takes.LINK)
    return assignment


@pytest.fixture
def turn_clock(monkeypatch):
    """A function: the server's clock, which runs in this process, goes on by so much.

    So a deadline passes as it does in life: nobody moves it.
    """
    now = timezone.now

    def turn_clock(by):
        monkeypatch.setattr(timezone, "now", lambda: now() + by)

    return turn_clock


@pytest.fixture
def look(violations):
    """A function: ``page`` is the one with this heading, and has no fault."""

    def look(page, heading):
        expect(page.locator("h1")).to_have_text(heading)
        open_all(page)
        check_screen(page, violations)
        page.emulate_media(color_scheme="light")
        page.set_viewport_size(DESK)

    return look


def log_in_by_code(page, email):
    """From the page that asks who it is."""
    page.get_by_label("E-mail address").fill(email)
    press(page, "Send me a code")
    page.get_by_label("Code from the mail").fill(mailed_code())
    assert mail.outbox[-1].to == [email]
    press(page, "Log in")


def open_work(page, site):
    """The page where to hand in, by way of one's own."""
    page.goto(site.url)
    page.get_by_role("link", name="My page").click()
    page.get_by_role("link", name="Project on spectra").first.click()


def slot(page, name):
    return page.get_by_role("region", name=name)


def choose_file(page, name, label, file_name, content):
    slot(page, name).get_by_label(label, exact=True).set_input_files(
        {"name": file_name, "mimeType": "application/pdf", "buffer": content}
    )


def downloaded(page, link):
    """The name and the bytes of the file that a link gives."""
    with page.expect_download() as download:
        link.click()
    path = Path(download.value.path())
    return download.value.suggested_filename, path.read_bytes()


def send(page):
    """Hand in on a slow line; return once some, but not all, is said to be sent."""
    line = page.context.new_cdp_session(page)
    line.send("Network.enable")
    slow = {"offline": False, "latency": 0, "downloadThroughput": -1}
    line.send("Network.emulateNetworkConditions", slow | {"uploadThroughput": 5e5})
    press(page, "Hand in")
    page.wait_for_function("""() => {
      const bar = document.querySelector("progress");
      return bar.checkVisibility() && bar.value > 0 && bar.value < 1;
    }""")
    expect(page.get_by_role("button", name="Hand in")).to_be_disabled()
    line.detach()


def make_team(ann, site, look):
    """Ann logs in and makes a team, without any link from others; return its code."""
    ann.goto(site.url)
    ann.get_by_role("link", name="Log in").click()
    log_in_by_code(ann, "ann@example.org")
    ann.get_by_role("link", name="My page").click()
    expect(ann.get_by_role("main")).to_contain_text("Nothing received yet; due")
    look(ann, "My page")
    ann.get_by_role("link", name="Project on spectra").click()
    expect(ann.get_by_role("button", name="Hand in")).to_have_count(0)
    look(ann, "Project on spectra")
    ann.get_by_role("link", name="make or join one").click()
    press(ann, "Make a team")
    ann.get_by_label("E-mail address").fill("bo@example.org")
    press(ann, "Invite")
    ann.get_by_text("If this address is on the roster").wait_for()
    return ann.locator(".joining-code").inner_text()


def accept_invitation(bo, look):
    bo.goto(mailed_address("bo@example.org"))
    look(bo, "Invitation to a team")
    press(bo, "Log in")
    log_in_by_code(bo, "bo@example.org")
    look(bo, "Invitation to a team")
    press(bo, "Accept")
    bo.get_by_text("2 of 3 members").wait_for()


def join_by_code(cy, site, assignment, code):
    cy.goto(site.url + reverse("projects:team", args=[assignment.pk]))
    log_in_by_code(cy, "cy@example.org")
    cy.get_by_label("Joining code").fill(code.lower())
    press(cy, "Join")
    cy.get_by_text("3 of 3 members").wait_for()


def hand_in(ann, site, look):
    """All in one delivery; its receipt and the mail tell of every byte."""
    open_work(ann, site)
    expect(ann.locator(".course-facts")).to_contain_text("Ann Li; Bo Wang; Cy Ng")
    look(ann, "Project on spectra")
    choose_file(ann, "Report", "File", "spectra.pdf", REPORT)
    choose_file(ann, "Slides", "File", "talk.pdf", SLIDES)
    slot(ann, "Video").get_by_label("Link", exact=True).fill(VIDEO)
    slot(ann, "Video").get_by_label("It opens when signed out").check()
    send(ann)
    ann.wait_for_url("**/receipts/*/")
    shown = ann.get_by_role("main")
    digests = [sha256(each).hexdigest() for each in (REPORT, SLIDES)]
    assert shown.locator("code").all_inner_texts() == digests
    expect(slot(ann, "Report")).to_contain_text(f"{len(REPORT)} bytes")
    expect(slot(ann, "Video").get_by_role("link", name=VIDEO)).to_be_visible()
    expect(shown.get_by_text("Counts: it is the newest")).to_have_count(3)
    look(ann, "Received, on time")
    receipts = mail.outbox[-3:]
    people = [["ann@example.org"], ["bo@example.org"], ["cy@example.org"]]
    assert sorted(each.to for each in receipts) == people
    for each in receipts:
        assert re.findall("SHA-256 (.+)", each.body) == digests


def read_receipt(bo, site, look):
    """Bo did not send it, and has the same bytes back."""
    bo.goto(site.url)
    bo.get_by_role("link", name="My page").click()
    expect(bo.get_by_role("main")).to_contain_text("Everything received, on time.")
    look(bo, "My page")
    handed_in = bo.get_by_role("region", name="What I handed in")
    handed_in.locator("a:has(time)").click()
    expect(bo.locator("h1")).to_have_text("Received, on time")
    link = slot(bo, "Report").get_by_role("link", name="spectra.pdf")
    assert downloaded(bo, link) == ("spectra.pdf", REPORT)


def try_late(ann, site, look):
    """A better report comes too late; Ann keeps what was on time."""
    open_work(ann, site)
    choose_file(ann, "Report", "Another file", "better.pdf", BETTER)
    expect(slot(ann, "Report").get_by_label("Keep the on-time work")).to_be_checked()
    look(ann, "Project on spectra")
    press(ann, "Hand in")  # the browser asks for the tick first
    assert ann.evaluate("document.activeElement.name") == "late"
    ann.get_by_label("I know that what I send now is 1 hour").check()
    send(ann)
    ann.wait_for_url("**/receipts/*/")
    expect(ann.get_by_text("This does not count:")).to_be_visible()
    expect(slot(ann, "Report")).to_contain_text("it came late. Report 1 counts.")
    look(ann, re.compile(LATE))
    ann.get_by_role("link", name="Let it count").click()
    expect(ann.get_by_role("heading", level=2)).to_have_text("Shall report 2 count?")
    look(ann, "Project on spectra")
    ann.get_by_role("link", name="Leave it as it is").click()
    counting = slot(ann, "Report").locator(".counts")
    expect(counting).to_have_count(1)
    expect(counting).to_contain_text("spectra.pdf")
    expect(counting).to_contain_text("Counts: it is the newest that came on time.")
    look(ann, "Project on spectra")
    ann.get_by_role("link", name="My page").click()
    expect(ann.get_by_role("main")).to_contain_text("Everything received, on time.")
    look(ann, "My page")


def open_table(staff, site, assignment):
    """The row of the team in the table of work."""
    work = reverse("admin:courses_assignment_work", args=[assignment.pk])
    staff.goto(site.url + work)
    return staff.locator("#content-main tbody tr")


def give_time(staff, site, look, assignment):
    """The table says that it is late; three days more, and it is not."""
    row = open_table(staff, site, assignment)
    report = row.locator("td").first
    expect(report.locator("li")).to_have_count(2)
    expect(report.locator("li.quiet")).to_contain_text("late by 1 hour 3")
    look(staff, "Work: Project on spectra")
    row.get_by_role("link", name="more time").click()
    until = assignment.due_at.astimezone(site.course.zone) + timedelta(days=3)
    staff.fill("#id_until_0", f"{until:%Y-%m-%d}")
    staff.fill("#id_until_1", f"{until:%H:%M}")
    staff.fill("#id_reason", "Bo was ill.")
    look(staff, "Add extension")
    save(staff, "was added successfully")
    row = open_table(staff, site, assignment)
    said = f"until {until:%a} {until.day} {until:%b %H:%M}"
    expect(row.locator("th")).to_contain_text(said)
    report = row.locator("td").first
    expect(report).not_to_contain_text("late by")
    expect(report.locator("li:not(.quiet)")).to_contain_text("#2")
    expect(row.locator("td .state")).to_have_text(["counts"] * 3)
    look(staff, "Work: Project on spectra")


def take_away(staff):
    """Every byte in the archive is one that was sent, as its manifest says."""
    link = staff.get_by_role("link", name="everything")
    archive = zipfile.ZipFile(io.BytesIO(downloaded(staff, link)[1]))
    assert archive.testzip() is None
    manifest = archive.read("manifest.csv").decode("utf-8-sig")
    lines = list(csv.DictReader(io.StringIO(manifest)))
    facts = ("slot", "number", "late by (s)", "counts")
    assert [tuple(line[each] for each in facts) for line in lines] == [
        ("report", "2", "0", "yes"),
        ("report", "1", "0", "no"),
        ("slides", "1", "0", "yes"),
        ("video", "1", "0", "yes"),
    ]
    assert {line["members"] for line in lines} == {"Ann Li; Bo Wang; Cy Ng"}
    sent = [BETTER, REPORT, SLIDES, f"{VIDEO}\n".encode()]
    assert [archive.read(line["file"]) for line in lines] == sent
    for line, content in zip(lines[:3], sent, strict=False):
        assert line["sha256"] == sha256(content).hexdigest()
    assert len(archive.namelist()) == len(lines) + 1


# Over 5 s: the whole story of one project, on a slow line.
def test_a_project_is_handed_in(site, assignment, new_page, turn_clock, look):
    ann, bo, cy, staff = (new_page() for _ in range(4))
    code = make_team(ann, site, look)
    accept_invitation(bo, look)
    join_by_code(cy, site, assignment, code)
    hand_in(ann, site, look)
    read_receipt(bo, site, look)
    turn_clock(timedelta(days=1, minutes=90))
    try_late(ann, site, look)
    log_in(site, staff, site.instructor)
    give_time(staff, site, look, assignment)
    open_work(cy, site)
    expect(slot(cy, "Report").locator(".counts")).to_contain_text("better.pdf")
    expect(cy.locator(".course-facts")).to_contain_text("Bo was ill.")
    look(cy, "Project on spectra")
    take_away(staff)
    for page in (ann, bo, cy, staff):
        assert page.complaints == []
