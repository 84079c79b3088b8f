import pytest
from django.test import TestCase
from django.urls import reverse

from courses.access import Status, Visibility
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

    def test_query_count_does_not_grow(self):
        for papers in (1, 3, 26):
            for _ in range(papers):
                make_paper_link(make_paper([make_author()]))
            with self.subTest(papers=papers), self.assertNumQueries(5):
                self.client.get(self.url)

    def test_says_so_where_there_are_none(self):
        self.assertEqual(
            words(self.client.get(self.url), ".papers"), ["No papers yet."]
        )


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
                "Abstract We fit. Where it is read In no course listed here. "
                "Citation key belkin2019",
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

    def test_other_keys_lead_to_the_key(self):
        for key in ("Belkin_2019", "DBLP:conf/nips/Belkin19", "百 尔"):
            make_paper_alias(self.paper, key)
            with self.subTest(key):
                url = reverse("references:paper_detail", args=[key])
                response = self.client.get(url)
                self.assertRedirects(response, "/papers/belkin2019/", status_code=301)

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
        titles = ["Open", "02 Nets", "Descent", "Homework"]
        self.assertCountEqual(
            links(response, "#read ~ ul a"),
            [
                (title, reading.get_absolute_url())
                for title, reading in zip(titles, readings, strict=True)
            ],
        )
        self.client.force_login(make_superuser())
        response = self.client.get("/papers/belkin2019/")
        self.assertEqual(len(links(response, "#read ~ ul a")), 8)

    def test_query_count_does_not_grow(self):
        course = make_course()
        for sessions in (1, 3, 26):
            while course.sessions.count() < sessions:
                make_reading(make_talk(make_session(course)), paper=self.paper)
            with self.subTest(sessions=sessions), self.assertNumQueries(5):
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
