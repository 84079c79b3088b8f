from unittest.mock import patch

from django.test import Client, TestCase, override_settings
from django.utils import timezone
from selectolax.lexbor import LexborHTMLParser

from references import lookup_screen
from references.models import Answer, Paper
from references.work import Work
from tests.admin_pages import count_queries, form_data, make_staff, page
from tests.catalogue_server import telling
from tests.factories import (
    make_author,
    make_course,
    make_instructor,
    make_paper,
    make_reading,
    make_user,
)

TITLE = "Neural Tangent Kernel"
HOSTILE = "<script>alert(1)</script>"


def keep(paper, source="arxiv", **fields):
    return Answer.objects.create(
        source=source,
        identifier=paper.arxiv_id or paper.doi,
        is_found=bool(fields),
        fields=fields,
        asked_at=timezone.now(),
    )


def messages(response):
    found = LexborHTMLParser(response.text).css(".messagelist li")
    return [" ".join(each.text().split()) for each in found]


def boxes(response):
    """(field, mark) of each tick box."""
    tree = LexborHTMLParser(response.text)
    return {
        row.css_first("th").text(strip=True): row.css_first("input").attributes["value"]
        for row in tree.css("#content tbody tr")
        if row.css_first("input[name=take]")
    }


class ScreenTestCase(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.staff = make_staff()
        cls.paper = make_paper(title=TITLE, year=2010, arxiv_id="1806.07572")
        cls.url = page(Paper, "lookup", cls.paper.pk)
        cls.list_url = page(Paper, "changelist")

    def setUp(self):
        self.client.force_login(self.staff)
        self.arxiv = telling("arxiv", {"1806.07572": Work(title=TITLE, year=2018)})
        for name, catalogue in (
            ("Arxiv", self.arxiv),
            ("Crossref", telling("crossref", {})),
        ):
            maker = patch.object(
                lookup_screen, name, lambda until, each=catalogue: each
            )
            maker.start()
            self.addCleanup(maker.stop)

    def login_elsewhere(self):
        """As staff who see the paper, but courses of others read it."""
        make_reading(make_course(), paper=self.paper)
        self.client.force_login(make_instructor(make_course()))


@override_settings(PAPER_LOOKUP=True)
class LookUpPageTests(ScreenTestCase):
    def test_shows_ours_beside_theirs(self):
        keep(self.paper, title=TITLE, year=2018, abstract=HOSTILE, volume=HOSTILE)
        response = self.client.get(self.url)
        rows = LexborHTMLParser(response.text).css("#content tbody tr")
        self.assertEqual(
            [[cell.text(strip=True) for cell in row.css("th, td")] for row in rows],
            [
                ["", "Year", "2010", "2018"],
                ["", "Volume", "–", HOSTILE],
                ["", "Abstract", "–", HOSTILE],
            ],
        )
        self.assertNotContains(response, HOSTILE)
        self.assertEqual(self.arxiv.asked, [])

    def test_takes_what_is_ticked(self):
        keep(self.paper, title=TITLE, year=2018, volume="7", authors=["Bo, Ada"])
        page_before = self.client.get(self.url)
        marks = boxes(page_before)
        data = form_data(page_before) | {"take": [marks["Year"], marks["Authors"]]}
        response = self.client.post(self.url, data, follow=True)
        self.assertRedirects(response, self.url)
        self.assertEqual(messages(response), [f"{TITLE}: filled authors, year"])
        paper = Paper.objects.get()
        self.assertEqual(
            (paper.year, paper.volume, paper.work.authors), (2018, "", ["Bo, Ada"])
        )
        record = paper.history.first()
        self.assertEqual(
            (record.history_user, record.history_change_reason),
            (self.staff, "taken from arXiv"),
        )

    def test_nothing_ticked_is_told(self):
        response = self.client.post(self.url, follow=True)
        self.assertEqual(messages(response), ["Nothing was ticked."])

    def test_what_changed_meanwhile_is_not_taken(self):
        keep(self.paper, title=TITLE, year=2018)
        marks = boxes(self.client.get(self.url))
        Paper.objects.update(year=2011)
        response = self.client.post(self.url, {"take": [*marks.values()]}, follow=True)
        self.assertEqual(
            messages(response),
            [f"{TITLE}: some of it was changed meanwhile; look again"],
        )
        self.assertEqual(Paper.objects.get().year, 2011)

    def test_asks_again(self):
        keep(self.paper)
        response = self.client.get(self.url)
        self.assertContains(response, "arXiv does not know it.")
        self.assertContains(response, 'value="Ask again"')
        response = self.client.post(self.url, {"ask": "1"}, follow=True)
        self.assertEqual(
            messages(response), [f"{TITLE}: year is “2010”, arXiv has “2018”"]
        )
        self.assertEqual(self.arxiv.asked, ["1806.07572"])
        self.assertEqual(list(boxes(response)), ["Year"])

    def test_a_wrong_identifier_is_told(self):
        keep(self.paper, title="On Small Things", volume="7")
        response = self.client.get(self.url)
        self.assertContains(response, "The titles disagree")
        self.assertEqual(list(boxes(response)), ["Title", "Volume"])

    def test_says_what_there_is_to_say(self):
        for paper, words in (
            (self.paper, "Nobody was asked about this paper yet."),
            (make_paper(), "This paper has neither arXiv id nor DOI"),
        ):
            response = self.client.get(page(Paper, "lookup", paper.pk))
            self.assertContains(response, words)
        keep(self.paper, title=TITLE.upper(), year=2010)
        self.assertContains(self.client.get(self.url), "It says nothing that")

    def test_when_off_it_shows_what_was_kept_and_asks_nobody(self):
        keep(self.paper, title=TITLE, year=2018)
        with override_settings(PAPER_LOOKUP=False):
            response = self.client.get(self.url)
            self.assertContains(response, "DJANGO_PAPER_LOOKUP=1")
            self.assertNotContains(response, "Ask again")
            response = self.client.post(self.url, {"ask": "1"}, follow=True)
        [message] = messages(response)
        self.assertIn("Look-up is off", message)
        self.assertEqual(self.arxiv.asked, [])

    def test_who_may_only_view_takes_nothing(self):
        keep(self.paper, title=TITLE, year=2018)
        marks = boxes(self.client.get(self.url))
        self.login_elsewhere()
        response = self.client.get(self.url)
        self.assertContains(response, "disabled")
        self.assertNotContains(response, "Take what is ticked")
        for data in ({"take": [*marks.values()]}, {"ask": "1"}):
            self.assertEqual(self.client.post(self.url, data).status_code, 403)
        self.assertEqual((Paper.objects.get().year, self.arxiv.asked), (2010, []))

    def test_others_do_not_see_it(self):
        self.client.force_login(make_user())
        self.assertEqual(self.client.get(self.url, follow=True).status_code, 403)
        self.client.logout()
        self.assertEqual(self.client.get(self.url).status_code, 302)

    def test_a_form_of_another_site_is_refused(self):
        client = Client(enforce_csrf_checks=True)
        client.force_login(self.staff)
        self.assertEqual(client.post(self.url, {"ask": "1"}).status_code, 403)

    def test_no_such_paper(self):
        response = self.client.get(page(Paper, "lookup", 9999))
        self.assertEqual(response.status_code, 404)

    def test_the_form_of_a_paper_leads_to_it(self):
        bare = make_paper()
        for paper, is_linked in ((self.paper, True), (bare, False)):
            response = self.client.get(page(Paper, "change", paper.pk))
            url = page(Paper, "lookup", paper.pk)
            self.assertEqual(f'href="{url}"' in response.text, is_linked)

    def test_query_count_does_not_grow(self):
        said = {"title": TITLE, "authors": ["Bo, Ada"] * 2}
        keep(self.paper, **said)
        counts = []
        for positions in (range(3), range(3, 30)):
            for position in positions:
                author = make_author(f"Author {position}")
                self.paper.authorships.create(author=author, position=position)
            counts.append(count_queries(self.client, self.url))
            Answer.objects.update(fields=said | {"authors": ["Bo, Ada"] * 30})
        self.assertEqual(counts[0], counts[1])


@override_settings(PAPER_LOOKUP=True)
class ActionTests(ScreenTestCase):
    def run_action(self, papers):
        data = {"action": "look_up", "_selected_action": [each.pk for each in papers]}
        return self.client.post(self.list_url, data, follow=True)

    def test_tells_what_became_of_each(self):
        new = make_paper(title="arXiv:2001.00001", arxiv_id="2001.00001")
        hostile = make_paper(title=HOSTILE)
        response = self.run_action([self.paper, new, hostile])
        self.assertCountEqual(
            messages(response),
            [
                f"{TITLE}: year is “2010”, arXiv has “2018”",
                "arXiv:2001.00001: arXiv does not know 2001.00001",
                f"{HOSTILE}: it has neither arXiv id nor DOI",
            ],
        )
        self.assertContains(response, f'<a href="{self.url}">{TITLE}</a>')
        self.assertNotContains(response, HOSTILE)

    def test_takes_only_so_many_at_once(self):
        papers = [make_paper(arxiv_id=f"2001.{n:05}") for n in range(21)]
        [message] = messages(self.run_action(papers))
        self.assertIn("At most 20 papers", message)
        self.assertEqual(self.arxiv.asked, [])
        self.run_action(papers[:20])
        self.assertEqual(len(self.arxiv.asked), 20)

    def test_is_not_there_when_off_or_not_allowed(self):
        self.assertContains(self.client.get(self.list_url), 'value="look_up"')
        with override_settings(PAPER_LOOKUP=False):
            self.assertNotContains(self.client.get(self.list_url), 'value="look_up"')
            self.run_action([self.paper])
        self.login_elsewhere()
        self.run_action([self.paper])
        self.assertEqual(self.arxiv.asked, [])
