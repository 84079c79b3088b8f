"""The content-security policy in a browser that enforces it."""

from django.urls import reverse

from tests.browser.test_admin import choose


def test_inline_script_and_style_and_other_hosts_are_blocked(site, page):
    page.goto(site.pages["home"])
    page.evaluate("""() => {
      const add = (tag, values) =>
        document.body.append(Object.assign(document.createElement(tag), values));
      add("script", {textContent: "document.title = 'run'"});
      add("style", {textContent: "body { visibility: hidden }"});
      add("img", {src: "https://example.org/pixel.png"});
      document.body.insertAdjacentHTML("beforeend", "<p style='color: red'>x</p>");
    }""")
    page.wait_for_timeout(200)
    blocked = [text for text in page.complaints if "Content Security Policy" in text]
    assert len(blocked) == len(page.complaints) == 4, page.complaints
    assert page.title() != "run"
    assert page.evaluate("getComputedStyle(document.body).visibility") == "visible"


def test_helpers_of_the_administration_work_under_it(site, staff):
    """Calendar, clock, autocomplete, and the window in which a row is added."""
    staff.goto(site.url + reverse("admin:courses_session_add"))
    choose(staff, "course", "Statistics of Very Large")
    staff.locator("#calendarlink0").click()
    staff.locator("#calendarin0 td a", has_text="15").first.click()
    assert staff.input_value("#id_date").endswith("-15")
    staff.locator("#clocklink0").click()
    staff.locator("#clockbox0 li a", has_text="Noon").click()
    assert staff.input_value("#id_start_time") == "12:00:00"
    with staff.expect_popup() as opened:
        staff.locator("#add_id_course").click()
    opened.value.on(
        "console",
        lambda said: said.type == "error" and staff.complaints.append(said.text),
    )
    opened.value.fill("#id_title", "Made on the way")
    opened.value.fill("#id_slug", "made-on-the-way")
    opened.value.get_by_role("button", name="Save", exact=True).click()
    staff.locator("#select2-id_course-container", has_text="on the way").wait_for()
    assert staff.complaints == []
