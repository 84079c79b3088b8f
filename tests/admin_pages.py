"""What the tests of admin screens share: every page opens, for staff alone."""

from django.contrib import admin
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from selectolax.lexbor import LexborHTMLParser

from courses.models import User
from tests.logins import log_in

MANY_ROWS = 300  # what forms are opened with after 3


def page(model, action, *args):
    """The address of an admin page: its changelist, add, change, ..."""
    meta = model._meta
    return reverse(f"admin:{meta.app_label}_{meta.model_name}_{action}", args=args)


def count_queries(client, url, warm=True):
    """How many queries a page asks that was opened before: here, to ``warm`` it."""
    if warm:
        client.get(url)  # loads what is loaded once, such as content types
    with CaptureQueriesContext(connection) as queries:
        response = client.get(url)
    assert response.status_code == 200
    return len(queries)


def form_data(response):
    """What a browser would send if the page's form were submitted untouched."""
    form = LexborHTMLParser(response.text).css_first("#content-main form[method=post]")
    data = {}
    for field in form.css("input, textarea, select"):
        kind, name = field.attributes.get("type"), field.attributes.get("name")
        if not name or kind in ("file", "submit") or "__prefix__" in name:
            continue
        if kind in ("checkbox", "radio"):
            if "checked" in field.attributes:
                data[name] = field.attributes.get("value", "on")
        elif field.tag == "select":
            chosen = [
                option.attributes.get("value") or ""
                for option in field.css("option")
                if "selected" in option.attributes
            ]
            if chosen or "multiple" not in field.attributes:
                data[name] = chosen if "multiple" in field.attributes else chosen[-1:]
        elif field.tag == "textarea":
            data[name] = field.text().removeprefix("\n")
        else:
            data[name] = field.attributes.get("value") or ""
    return data


def errors(response):
    """The texts of all error messages of an admin form."""
    found = LexborHTMLParser(response.text).css(".errorlist li")
    return [each.text().strip() for each in found]


def make_staff():
    """A superuser without a password, which would only cost time."""
    return User.objects.create(email="root@example.org", is_superuser=True)


class AdminPageTests:
    """Tests for a TestCase with ``app_label`` and ``make_rows()``.

    That saves one more row of each model the app registers and returns them.
    ``read_only`` are models whose rows are only looked at.
    """

    read_only = ()
    unchanging = ()  # models whose rows are made and deleted as they are
    lasting = ()  # models whose rows are made, and neither changed nor deleted

    @classmethod
    def setUpTestData(cls):
        cls.rows = {type(row): row for row in cls.make_rows()}
        cls.staff = make_staff()

    def setUp(self):
        log_in(self.client, self.staff)

    def pages(self):
        for model, row in self.rows.items():
            yield page(model, "changelist")
            yield page(model, "change", row.pk)
            yield page(model, "history", row.pk)
            if model not in self.read_only:
                yield page(model, "add")
            if model not in (*self.read_only, *self.lasting):
                yield page(model, "delete", row.pk)

    def test_every_registered_model_has_a_row_here(self):
        registered = {
            model
            for model in admin.site._registry
            if model._meta.app_label == self.app_label
        }
        self.assertEqual(self.rows.keys(), registered)

    def test_every_page_opens_for_a_superuser(self):
        for url in self.pages():
            with self.subTest(url):
                self.assertEqual(self.client.get(url).status_code, 200)

    def test_every_page_asks_visitors_to_log_in(self):
        self.client.logout()
        for url in self.pages():
            with self.subTest(url):
                response = self.client.get(url, follow=True)
                self.assertRedirects(response, f"/accounts/login/?next={url}")

    def test_every_page_refuses_those_who_may_not_enter(self):
        log_in(self.client, User.objects.create(email="visitor@example.org"))
        for url in self.pages():
            with self.subTest(url):
                response = self.client.get(url, follow=True)
                self.assertEqual(response.status_code, 403)

    def test_read_only_models_cannot_be_added_changed_or_deleted(self):
        for model in self.read_only:
            pk = self.rows[model].pk
            for url in (
                page(model, "add"),
                page(model, "change", pk),
                page(model, "delete", pk),
            ):
                with self.subTest(url):
                    response = self.client.post(url, {"post": "yes"})
                    self.assertEqual(response.status_code, 403)
            self.assertTrue(model.objects.filter(pk=pk).exists())

    def test_every_change_page_saves_untouched(self):
        for model, row in self.rows.items():
            if model in (*self.read_only, *self.unchanging, *self.lasting):
                continue
            url = page(model, "change", row.pk)
            with self.subTest(url):
                response = self.client.post(url, form_data(self.client.get(url)))
                self.assertRedirects(response, page(model, "changelist"))

    def test_every_model_can_be_searched(self):
        for model in self.rows:
            url = page(model, "changelist")
            with self.subTest(url):
                response = self.client.get(url, {"q": "no such row"})
                self.assertQuerySetEqual(response.context["cl"].result_list, [])

    def test_query_count_of_lists_does_not_grow(self):
        counts = self.count_queries()
        self.make_rows()
        self.make_rows()
        self.assertEqual(self.count_queries(), counts)

    def count_queries(self):
        return {
            model: count_queries(self.client, page(model, "changelist"))
            for model in self.rows
        }

    def test_every_row_is_shown_on_the_site(self):
        for model, row in self.rows.items():
            if admin.site._registry[model].get_view_on_site_url(row) is None:
                continue
            url = page(model, "change", row.pk)
            link = LexborHTMLParser(self.client.get(url).text).css_first(
                "a.viewsitelink"
            )
            with self.subTest(url):
                response = self.client.get(link.attributes["href"])
                self.assertEqual(response.status_code, 302)
                self.assertTrue(response.url.endswith(row.get_absolute_url()))
                if row.get_absolute_url().startswith("/"):
                    shown = self.client.get(row.get_absolute_url())
                    self.assertEqual(shown.status_code, 200)
