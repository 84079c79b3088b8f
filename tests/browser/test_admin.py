"""The screens of staff in a real browser, and what visitors then see."""

import time

import pytest
from django.urls import reverse

from tests.browser.conftest import log_in, too_wide
from tests.factories import PDF

NEW_PDF = PDF + b"% the second edition\n"


@pytest.fixture
def visitor(chromium):
    """A page in another window, not logged in."""
    context = chromium.new_context()
    yield context.new_page()
    context.close()


def choose(page, field, words):
    """Pick in an autocomplete ``field`` the row that ``words`` find."""
    page.locator(f".field-{field} .select2-selection").first.click()
    page.locator(".select2-search__field").last.fill(words)
    page.locator(".select2-results__option--highlighted", has_text=words).click()


def add_row(page, prefix, number, **values):
    """Open row ``number`` of a group of rows if it is not there, and fill it."""
    row = page.locator(f"#{prefix}-{number}")
    if not row.count():
        page.locator(f"#{prefix}-group .add-row a").click()
    for name, value in values.items():
        field = row.locator(f"[name={prefix}-{number}-{name}]")
        if isinstance(value, dict):
            field.set_input_files({"mimeType": "application/pdf"} | value)
        elif field.evaluate("field => field.tagName") == "SELECT":
            field.select_option(label=value)
        else:
            field.fill(value)


def save(page, message):
    page.get_by_role("button", name="Save", exact=True).click()
    page.get_by_text(message).wait_for()


# Over 5 s where the machine is busy: the whole story of one class, in one browser.
def test_a_class_is_entered_moved_and_its_slides_replaced(site, staff, visitor):
    staff.goto(site.url + reverse("admin:courses_session_add"))
    choose(staff, "course", "Statistics of Very Large")
    staff.fill("#id_number", "11")
    staff.fill("#id_title", "Guests on kernels and trees")
    add_row(
        *(staff, "talks", 0),
        title="On kernels",
        speakers_line="Astrid Lindqvarn (Aldermoor); Rafael Quintavelle",
    )
    add_row(
        *(staff, "talks", 1),
        title="On trees",
        speakers_line="Emmy Noether (Göttingen)",
    )
    add_row(
        *(staff, "materials", 0),
        kind="slides",
        upload={"name": "kernels.pdf", "buffer": PDF},
        belongs_to="#1 On kernels",
    )
    add_row(
        *(staff, "materials", 1),
        kind="video",
        url="https://video.example/trees",
        belongs_to="#2 On trees",
    )
    add_row(
        staff, "readings", 0, citation="arXiv:1806.07572", belongs_to="#1 On kernels"
    )
    add_row(staff, "readings", 1, citation="arXiv:2401.00042", belongs_to="#2 On trees")
    save(staff, "was added successfully")

    staff.get_by_role("button", name="Move up: 11 Guests").click()
    staff.get_by_text("1 session moved.").wait_for()

    visitor.goto(site.pages["course"])
    rows = visitor.locator("tr.session").evaluate_all("all => all.map(row => row.id)")
    assert rows[-2:] == ["session-11", "session-10"]
    row = visitor.locator("#session-11")
    assert row.locator(".speaker").all_inner_texts() == [
        "Astrid Lindqvarn (Aldermoor)",
        "Rafael Quintavelle (University of Portmarrow)",
        "Emmy Noether (Göttingen)",
    ]
    assert row.get_by_role("link", name="video").get_attribute("href") == (
        "https://video.example/trees"
    )
    assert row.locator("summary").inner_text() == "2 readings"
    slides = row.get_by_role("link", name="slides").get_attribute("href")
    assert visitor.request.get(site.url + slides).body() == PDF

    staff.get_by_role("link", name="11 Guests on kernels and trees").click()
    add_row(
        *(staff, "materials", 0),
        upload={"name": "kernels-2.pdf", "buffer": NEW_PDF},
    )
    save(staff, "was changed successfully")
    assert visitor.request.get(site.url + slides).body() == NEW_PDF
    assert staff.complaints == []


def test_a_button_clicked_twice_sends_once(site, staff):
    staff.goto(site.url + reverse("admin:courses_announcement_add"))
    choose(staff, "course", "Statistics of Very Large")
    staff.fill("#id_title", "Said once")
    sent = []

    def answer_late(route):
        sent.append(route.request.method)
        time.sleep(0.5)
        route.continue_()

    staff.route("**/announcement/add/", answer_late)
    staff.get_by_role("button", name="Save", exact=True).evaluate(
        "button => { button.click(); setTimeout(() => button.click(), 100); }"
    )
    staff.get_by_text("was added successfully").wait_for()
    assert sent == ["POST"]


def addresses(page, links):
    return page.locator(links).evaluate_all("all => all.map(link => link.href)")


def visit(page, address, violations):
    """Open a screen: no complaint, no sideways scrolling, no violation."""
    answer = page.goto(address)
    assert (answer.ok, page.complaints, too_wide(page)) == (True, [], []), address
    if "/admin/" in page.url:  # the site's own pages have their tests
        assert violations(page) == {}, address
        page.complaints.clear()  # axe tries an inline style


@pytest.mark.parametrize("app", ["courses", "projects", "references"])
def test_lists_and_empty_forms_have_no_complaint(site, staff, violations, app):
    model = f"#content-main .app-{app}.module"
    for links in (f"{model} th a", f"{model} a.addlink"):
        found = addresses(staff, links)
        assert found
        for address in found:
            visit(staff, address, violations)
        staff.goto(f"{site.url}/admin/")


@pytest.mark.parametrize("app", ["courses", "projects", "references"])
def test_screens_of_a_row_have_no_complaint(site, staff, violations, app):
    for model in addresses(staff, f"#content-main .app-{app}.module th a"):
        visit(staff, model, violations)
        visit(staff, addresses(staff, "#result_list tbody a")[0], violations)
        # A list of what nobody edits leads to no deletion.
        for address in addresses(staff, ".object-tools a, a.deletelink"):
            visit(staff, address, violations)


def test_a_change_is_proposed_without_complaint(site, page, violations):
    log_in(site, page, site.instructor)
    args = [site.person_elsewhere.pk]
    page.goto(site.url + reverse("admin:courses_person_change", args=args))
    page.get_by_role("link", name="Propose a change").click()
    page.set_viewport_size({"width": 360, "height": 780})
    visit(page, page.url, violations)
    page.get_by_label("Affiliation").fill("Elsewhere")
    page.get_by_role("button", name="Propose").click()
    page.get_by_text("Sent: an administrator looks at it.").wait_for()


def test_work_of_an_assignment_has_no_complaint(site, staff, violations):
    staff.goto(site.url + reverse("admin:courses_assignment_changelist"))
    staff.get_by_role("link", name="Project", exact=True).click()
    staff.get_by_role("link", name="Work received").click()
    work = staff.url
    links = ("hand in", "90.00 / 100")
    found = [staff.get_by_role("link", name=name).first for name in links]
    found = [site.url + link.get_attribute("href") for link in found]
    for width in (1280, 360):
        staff.set_viewport_size({"width": width, "height": 780})
        for address in (work, *found):
            visit(staff, address, violations)
    staff.goto(work)
    assert violations(staff) == {}


def test_form_that_is_refused_has_no_complaint(site, staff):
    staff.goto(
        site.url + reverse("admin:courses_session_change", args=[site.session.pk])
    )
    staff.fill("#id_date", "next week")
    staff.get_by_role("button", name="Save", exact=True).click()
    staff.get_by_text("Enter a valid date.").wait_for()
    assert (staff.complaints, too_wide(staff)) == ([], [])
