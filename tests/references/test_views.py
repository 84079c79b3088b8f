import json
from datetime import date

import pytest
from django.test import TestCase
from django.urls import reverse
from selectolax.lexbor import LexborHTMLParser

from courses.access import Status, Visibility
from references import bibtex, metadata
from references.models import Paper
from tests.factories import (
    make_assignment,
    make_author,
    make_course,
    make_course_role,
    make_paper,
    make_paper_alias,
    make_paper_link,
    make_person,
    make_reading,
    make_session,
    make_superuser,
    make_talk,
)
from tests.pages import links, words

pytestmark = pytest.mark.both


class PaperListTests(TestCase):
    url = "/papers/"

    def titles(self, query=""):
        return words(self.client.get(f"/papers/{query}"), ".paper .title")

    def test_by_title_or_newest_first(self):
        for title, year in (("beta", 2020), ("Alpha", None), ("gamma", 2021)):
            make_paper(title=title, year=year)
        self.assertEqual(self.titles(), ["Alpha", "beta", "gamma"])
        self.assertEqual(self.titles("?order=year"), ["gamma", "beta", "Alpha"])
        self.assertEqual(self.titles("?order=';drop"), ["Alpha", "beta", "gamma"])

    def test_shows_authors_and_links(self):
        paper = make_paper(
            [make_author("Papyan", given_name="Vardan"), make_author("Han")],
            title="Collapse of $k$",
            year=2020,
            venue="PNAS",
            arxiv_id="2008.08186",
        )
        make_paper_link(paper, label="talk", url="https://talk.example")
        response = self.client.get(self.url)
        self.assertEqual(
            words(response, ".paper"),
            [
                "Collapse of k Vardan Papyan, Han PNAS 2020 arXiv:2008.08186 talk",
            ],
        )

    def test_fifty_to_a_page(self):
        for _ in range(51):
            make_paper()
        pages = [len(self.titles()), len(self.titles("?page=2"))]
        self.assertEqual(pages, [50, 1])
        for page in ("3", "0", "x"):
            response = self.client.get(f"{self.url}?page={page}")
            self.assertEqual(response.status_code, 404)

    def test_pages_keep_query_order_and_filters(self):
        for number in range(51):
            make_paper(title=f"Kernel {number:02}", year=2000 + number)
        response = self.client.get("/papers/?q=kernel&order=year&year_min=2000")
        [(_, following)] = links(response, ".pages a")
        self.assertEqual(following, "?q=kernel&order=year&year_min=2000&page=2")
        self.assertEqual(self.titles(following), ["Kernel 00"])
        self.assertEqual(
            links(response, ".orders a, .exports a"),
            [
                ("BibTeX", "/papers.bib?q=kernel&order=year&year_min=2000"),
                ("RIS", "/papers.ris?q=kernel&order=year&year_min=2000"),
                ("CSL-JSON", "/papers.json?q=kernel&order=year&year_min=2000"),
                ("best match first", "?q=kernel&order=relevance&year_min=2000"),
                ("by title", "?q=kernel&order=title&year_min=2000"),
            ],
        )

    def test_best_match_comes_first_unless_another_order_is_asked_for(self):
        make_paper(title="A tale", abstract="Of kernels.", year=2021)
        make_paper(title="Kernels, kernels", year=2020)
        self.assertEqual(self.titles("?q=kernels"), ["Kernels, kernels", "A tale"])
        for order in ("title", "year"):
            self.assertEqual(
                self.titles(f"?q=kernels&order={order}"), ["A tale", "Kernels, kernels"]
            )

    def test_query_count_does_not_grow(self):
        course = make_course(slug="dl")
        query = "?q=kernel&author=author&venue=neurips&year_min=2000&course=dl"
        for papers in (3, 60):
            while Paper.objects.count() < papers:
                paper = make_paper(
                    [make_author(), make_author()],
                    title="Kernels",
                    venue="NeurIPS",
                    year=2020,
                )
                make_paper_link(paper)
                make_reading(course, paper=paper)
            for search, queries in {"": 6, "?q=kernel": 6, query: 8}.items():
                counted = self.assertNumQueries(queries)
                with self.subTest(search, papers=papers), counted:
                    self.client.get(f"/papers/{search}")

    def test_says_so_where_there_are_none(self):
        found = [words(self.client.get(self.url), ".found")]
        make_paper(title="Kernels")
        for query in ("?q=two+words", "?year_min=2020", "?q=kernels&year_min=2020"):
            found.append(words(self.client.get(f"/papers/{query}"), ".found"))
        self.assertEqual(
            found,
            [
                ["No papers yet."],
                ["No paper has all of these words: two words Clear the search"],
                ["No paper passes all of these filters. Clear the search"],
                [
                    "No paper passes the filters and has all of these words: kernels "
                    "Clear the search"
                ],
            ],
        )

    def test_says_what_it_cannot_understand_and_shows_nothing(self):
        make_paper(title="Kernels")
        for query, error in {
            "?q=a%00": "Null characters are not allowed.",
            "?year_min=abc": "Enter a whole number.",
            "?course=nothing": "No course listed here has this address.",
            f"?q={'a' * 10_000}": "Ensure this value has at most 200 characters "
            "(it has 10000).",
        }.items():
            response = self.client.get(f"/papers/{query}")
            with self.subTest(query[:40]):
                self.assertEqual(words(response, ".errorlist"), [error])
                self.assertEqual(words(response, ".paper, .exports"), [])

    def test_form_shows_what_was_asked_for(self):
        response = self.client.get("/papers/?q=a+b&venue=x&order=year")
        tree = LexborHTMLParser(response.content.decode())
        self.assertEqual(
            {
                node.attributes["name"]: node.attributes.get("value")
                for node in tree.css(".search input")
                if node.attributes.get("value")
            },
            {"q": "a b", "venue": "x", "order": "year"},
        )
        self.assertEqual(len(tree.css("details[open]")), 1)


class PaperDetailTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.paper = make_paper(
            [make_author("Belkin", given_name="Mikhail")],
            key="belkin2019",
            title="On $k$",
            year=2019,
            venue="PNAS",
            volume="116",
            number="32",
            pages="1–9",
            doi="10.1/x",
            url="https://paper.example",
            abstract="We *fit*.",
        )

    def test_shows_the_record(self):
        response = self.client.get("/papers/belkin2019/")
        self.assertEqual(
            words(response, "title") + words(response, "main"),
            [
                "On $k$ · Proseminar",
                "On k Mikhail Belkin PNAS 116 (32), 1–9 2019 doi:10.1/x paper "
                "Abstract We *fit*. Where it is read In no course listed here. Cite "
                + " ".join(words(response, ".citations"))
                + " Download BibTeX RIS CSL-JSON Citation key belkin2019",
            ],
        )
        self.assertEqual(
            links(response, ".page-head a"),
            [
                ("Mikhail Belkin", "/authors/author-1/"),
                ("doi:10.1/x", "https://doi.org/10.1/x"),
                ("paper", "https://paper.example"),
            ],
        )

    def test_can_be_cited_in_every_style_and_as_bibtex(self):
        response = self.client.get("/papers/belkin2019/")
        self.assertEqual(
            words(response, ".citations dt"),
            [
                *("APA", "IEEE", "Chicago (author-date)"),
                *("MLA", "Nature", "ACM", "BibTeX"),
            ],
        )
        [*citations, bibtex_] = words(response, ".citations dd")
        self.assertEqual(
            citations[0],
            "Belkin, M. (2019). On $k$. PNAS. https://doi.org/10.1/x",
        )
        [work], _ = bibtex.loads(bibtex_)
        self.assertEqual((work.key, work.title), ("belkin2019", "On $k$"))

    def test_head_leads_programs_to_all_they_want(self):
        response = self.client.get("/papers/belkin2019/")
        tree = LexborHTMLParser(response.content.decode())
        self.assertEqual(
            [
                (node.attributes["type"], node.attributes["href"])
                for node in tree.css("link[rel=alternate]")
            ],
            [
                ("application/x-bibtex", "/papers/belkin2019.bib"),
                ("application/x-research-info-systems", "/papers/belkin2019.ris"),
                (
                    "application/vnd.citationstyles.csl+json",
                    "/papers/belkin2019.json",
                ),
            ],
        )
        self.assertEqual(
            [
                (node.attributes["name"], node.attributes["content"])
                for node in tree.css("meta[name^=citation_]")
            ],
            metadata.highwire(self.paper),
        )
        said = json.loads(tree.css_first("script[type='application/ld+json']").text())
        self.assertEqual(said["@id"], "http://testserver/papers/belkin2019/")

    def test_other_keys_lead_to_the_key(self):
        for key in ("Belkin_2019", "DBLP:conf/nips/Belkin19", "百 尔"):
            make_paper_alias(self.paper, key)
            with self.subTest(key):
                url = reverse("references:paper_detail", args=[key])
                response = self.client.get(url)
                self.assertRedirects(response, "/papers/belkin2019/")

    def test_unknown_keys_are_not_found(self):
        for key in ("nothing", "%00", "a%00b", "Belkin2019"):
            response = self.client.get(f"/papers/{key}/")
            self.assertEqual(response.status_code, 404, key)

    def test_says_where_it_is_read_and_only_there(self):
        course = make_course(title="Open")
        session = make_session(course, number="02", title="Nets")
        readings = [
            make_reading(owner, paper=self.paper)
            for owner in (
                course,
                session,
                make_talk(session, title="Descent"),
                make_assignment(course, title="Homework"),
            )
        ]
        for status in (Status.DRAFT, Status.UNLISTED):
            make_reading(make_course(title="Hidden", status=status), paper=self.paper)
        hidden = {"title": "Hidden", "visibility": Visibility.STAFF}
        make_reading(make_session(course, **hidden), paper=self.paper)
        make_reading(make_talk(session, **hidden), paper=self.paper)
        response = self.client.get("/papers/belkin2019/")
        titles = ["The whole course", "02 Nets", "Descent", "Homework"]
        self.assertCountEqual(
            links(response, ".read-in a"),
            [
                (title, reading.get_absolute_url())
                for title, reading in zip(titles, readings, strict=True)
            ],
        )
        self.client.force_login(make_superuser())
        response = self.client.get("/papers/belkin2019/")
        self.assertEqual(len(links(response, ".read-in a")), 8)

    def test_says_when_it_is_read_as_what_and_why(self):
        older = make_course(title="Older", starts_on="2019-09-01")
        newer = make_course(title="Newer", starts_on="2020-09-01")
        make_reading(older, paper=self.paper, role="background")
        second, first = (
            make_session(newer, title=title, date=day)
            for title, day in (
                ("Second", date(2020, 9, 9)),
                ("First", date(2020, 9, 2)),
            )
        )
        make_reading(second, paper=self.paper)
        make_reading(
            make_talk(first, title="Talk"),
            paper=self.paper,
            role="required",
            remark="Skip *2*.",
        )
        response = self.client.get("/papers/belkin2019/")
        self.assertEqual(
            words(response, "#read + .courses > li"),
            [
                "Newer Talk Wed 2 Sep 2020 required Skip 2. "
                "Second Wed 9 Sep 2020 recommended",
                "Older The whole course background",
            ],
        )

    def test_query_count_does_not_grow(self):
        course = make_course()
        for sessions in (3, 60):
            while course.sessions.count() < sessions:
                make_reading(make_talk(make_session(course)), paper=self.paper)
                make_paper()
            with self.subTest(sessions=sessions), self.assertNumQueries(4):
                self.client.get("/papers/belkin2019/")


class AuthorDetailTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.author = make_author("Belkin", given_name="Mikhail")
        make_paper([make_author("Hsu"), cls.author], title="Fit")
        make_paper(title="Of someone else")
        cls.url = cls.author.get_absolute_url()

    def test_shows_their_papers(self):
        response = self.client.get(self.url)
        self.assertEqual(words(response, "h1"), ["Mikhail Belkin"])
        self.assertEqual(words(response, ".paper"), ["Fit Hsu, Mikhail Belkin"])

    def test_leads_to_the_person_only_if_they_are_listed(self):
        person = make_person(author=self.author)
        course = make_course(status=Status.UNLISTED)
        make_course_role(course, person)
        response = self.client.get(self.url)
        self.assertEqual(links(response, ".page-head a"), [])
        course.status = Status.PUBLIC
        course.save()
        response = self.client.get(self.url)
        self.assertEqual(
            links(response, ".page-head a"),
            [("Teaching and talks", person.get_absolute_url())],
        )

    def test_query_count_does_not_grow(self):
        for papers in (1, 3, 26):
            for _ in range(papers):
                make_paper([self.author])
            with self.subTest(papers=papers), self.assertNumQueries(6):
                self.client.get(self.url)

    def test_newest_first_fifty_to_a_page_and_all_as_files(self):
        for number in range(50):
            make_paper([self.author], title=f"Paper {number:02}", year=1950 + number)
        response = self.client.get(self.url)
        titles = words(response, ".paper .title")
        self.assertEqual((len(titles), titles[0]), (50, "Paper 49"))
        response = self.client.get(f"{self.url}?page=2")
        self.assertEqual(words(response, ".paper .title"), ["Fit"])
        [(_, url), *_] = links(response, ".exports a")
        exported = self.client.get(url).content.decode()
        self.assertEqual(len(bibtex.loads(exported)[0]), 51)
