"""What every public page owes its readers, in a real browser."""

import pytest
from django.urls import reverse

from config import views
from tests.browser.conftest import too_wide
from tests.browser.keyboard import type_in
from tests.pictures import picture

PAGES = (
    *("home", "course", "session", "seminar", "talk", "speaker", "lecturer"),
    *("talk form", "closed talk form"),
    *("reading list", "gallery", "project", "papers", "paper", "author"),
    *("log-in", "password", "privacy", "missing"),
    *("API", "all of the API", "sessions in the API"),
)
PHONE = {"width": 360, "height": 780}
ZOOMED = {"width": 320, "height": 225}  # 1280 by 900 at 400 %


def check(page, violations):
    """No violation, no sideways scrolling: as read at a desk, then on a phone."""
    open_all(page)
    assert violations(page) == {}
    check_on_a_phone(page, violations)


def open_all(page):
    page.eval_on_selector_all("details", "all => all.forEach(d => d.open = true)")


def check_on_a_phone(page, violations):
    open_all(page)
    page.emulate_media(color_scheme="dark")
    page.set_viewport_size(PHONE)
    assert violations(page) == {}
    assert too_wide(page) == []
    page.set_viewport_size(ZOOMED)
    assert too_wide(page) == []


@pytest.mark.parametrize("name", PAGES)
def test_page_is_open_to_all(site, page, violations, name):
    response = page.goto(site.pages[name])
    is_missing = name in ("missing", "closed talk form")
    assert response.status == (404 if is_missing else 200)
    check(page, violations)
    expected = 1 if is_missing else 0  # Chromium logs the status itself
    assert len(page.complaints) == expected, page.complaints


def test_long_words_and_wide_formulas_widen_no_page(site, page, violations):
    for address in site.unwieldy:
        assert page.goto(address).ok
        check_on_a_phone(page, violations)
    assert page.complaints == []


def test_links_of_mails_lead_to_forms_that_can_be_sent(site, page):
    """Their pages send no referrer, and browsers then no origin either."""
    page.goto(site.pages["talk form"])
    page.get_by_label("Title").fill("Eigenvalues, sparser still")
    page.get_by_label("Photo").set_input_files(
        {"name": "me.jpg", "mimeType": "image/jpeg", "buffer": picture()}
    )
    page.get_by_role("button", name="Send").click()
    page.get_by_text("Thank you. The organisers look at it").wait_for()
    page.goto(site.url + reverse("courses:invitation_detail", args=["token"]))
    page.locator("main").get_by_role("button", name="Log in").click()
    page.get_by_label("E-mail address").wait_for()


def test_a_talk_form_that_was_refused_is_open_to_all(site, page, violations):
    page.goto(site.pages["talk form"])
    page.get_by_label("Photo").set_input_files(
        {"name": "me.jpg", "mimeType": "image/jpeg", "buffer": b"<html>"}
    )
    page.get_by_role("button", name="Send").click()
    page.get_by_text("Nothing was sent yet").wait_for()
    check(page, violations)
    assert page.complaints == []


def test_every_page_is_visited(site):
    assert set(PAGES) == set(site.pages)


def test_page_of_a_failure_is_open_to_all(site, page, violations, monkeypatch):
    monkeypatch.setattr(views.terms, "arranged", lambda *args: 1 / 0)
    response = page.goto(site.url)
    assert response.status == 500
    check(page, violations)


# Log-ins begin in their first field: a test of its own.
@pytest.mark.parametrize("name", sorted({*PAGES} - {"log-in", "password"}))
def test_keyboard_reaches_everything(site, page, name):
    page.goto(site.pages[name])
    reachable = page.evaluate("""() => {
      const reached = "a[href], summary, button, input, textarea";
      const found = [...document.querySelectorAll(reached)]
        .filter(each => each.checkVisibility());
      found.forEach((each, place) => each.dataset.place = place);
      return found.length;
    }""")
    reached = []
    for _ in range(reachable):
        page.keyboard.press("Tab")
        reached.append(
            page.evaluate("""() => {
              const focused = document.activeElement;
              const style = getComputedStyle(focused);
              const {top, bottom} = focused.getBoundingClientRect();
              return [
                Number(focused.dataset.place),
                style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2,
                bottom > 0 && top < innerHeight,
              ];
            }""")
        )
    assert reached == [[place, True, True] for place in range(reachable)]


def tab_to(page, selector):
    for _ in range(100):
        page.keyboard.press("Tab")
        if page.evaluate("css => document.activeElement.matches(css)", selector):
            return
    pytest.fail(f"the keyboard does not reach {selector}")


def test_keyboard_is_enough_to_log_in_and_find_a_session(site, page):
    page.goto(f"{site.pages['password']}?next=/admin/")
    type_in(page, site.superuser.email)
    page.keyboard.press("Tab")
    type_in(page, "password")
    page.keyboard.press("Enter")
    page.wait_for_url(f"{site.url}/admin/")
    page.goto(f"{site.url}/admin/courses/session/")
    tab_to(page, "#searchbar")
    type_in(page, "spectra")
    page.keyboard.press("Enter")
    page.get_by_text("1 result").wait_for()
    tab_to(page, "#result_list tbody a")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/session/{site.session.pk}/change/**")


def test_skip_link_comes_first_and_leads_to_the_content(site, page):
    page.goto(site.pages["course"])
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip-link"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('main') !== null")


def test_link_into_a_past_week_opens_it(site, page):
    page.goto(site.pages["course"])
    row = page.locator("#session-01")
    assert not row.is_visible()
    page.goto(site.pages["course"] + "#session-01")
    row.wait_for(state="visible")
    assert row.evaluate("row => row.getBoundingClientRect().top < innerHeight")


def test_print_shows_past_weeks_and_readings(site, page):
    page.goto(site.pages["course"])
    page.emulate_media(media="print")
    for selector in ("#session-01", "#session-05 details .reading-rows"):
        assert page.locator(selector).is_visible(), selector
    assert not page.locator(".course-nav").is_visible()


def test_rows_are_a_table_at_a_desk_and_cards_on_a_phone(site, page):
    page.goto(site.pages["course"])
    cells = page.locator("#session-05 > *")

    def lefts():
        return {cells.nth(place).bounding_box()["x"] for place in range(3)}

    assert len(lefts()) == 3
    page.set_viewport_size(PHONE)
    assert len(lefts()) == 1
