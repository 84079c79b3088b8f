from datetime import date

import pytest
from django.test import TestCase
from django.urls import reverse

from courses import reading_list
from courses.access import Status, Visibility
from courses.models import CitationKey
from references import bibtex, csl, ris
from tests.courses.test_views import Readers
from tests.factories import (
    make_assignment,
    make_author,
    make_course,
    make_paper,
    make_paper_link,
    make_reading,
    make_session,
    make_talk,
)
from tests.pages import links, words

pytestmark = pytest.mark.both
LOADS = {"bib": bibtex.loads, "ris": ris.loads, "json": csl.loads}


class ReadingListTests(Readers, TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.course = make_course(slug="dl", code="DL", status=Status.PUBLIC)
        cls.session = make_session(cls.course, key="nets", title="Nets")
        cls.url = reverse("courses:reading_list", args=["dl"])

    def test_every_group_has_an_anchor(self):
        assignment = make_assignment(self.course)
        for owner in (assignment, self.session, self.course):
            make_reading(owner)
        response = self.client.get(self.url)
        for anchor in ("course", "session-nets", f"assignment-{assignment.pk}"):
            self.assertEqual(len(words(response, f".reading-group#{anchor}")), 1)

    def test_names_other_courses_listed_for_the_reader(self):
        paper = make_paper(title="Kernels")
        make_reading(self.session, paper=paper)
        make_reading(self.session, paper=make_paper(title="Only here"))
        elsewhere = make_course(code="ST", term="Fall 2019", title="Statistics")
        make_reading(elsewhere, paper=paper)
        make_reading(make_session(elsewhere), paper=paper)
        make_reading(make_course(status=Status.UNLISTED), paper=paper)
        hidden = make_session(make_course(), visibility=Visibility.STAFF)
        make_reading(hidden, paper=paper)
        self.assertEqual(
            words(self.client.get(self.url), ".elsewhere"), ["Also in ST Fall 2019"]
        )

    def test_of_many_other_courses_the_newest_are_named(self):
        paper = make_paper(key="kernels")
        make_reading(self.session, paper=paper)
        for year in (2016, 2019, 2017, 2018):
            make_reading(
                make_course(code=f"C{year}", starts_on=date(year, 9, 1)), paper=paper
            )
        response = self.client.get(self.url)
        self.assertEqual(
            words(response, ".elsewhere"), ["Also in C2019, C2018, C2017, and more"]
        )
        self.assertEqual(
            links(response, ".elsewhere a")[-1], ("and more", "/papers/kernels/#read")
        )

    def test_query_count_does_not_grow(self):
        for readings in (3, 60):
            while self.course.readings.count() < readings:
                paper = make_paper([make_author(), make_author()])
                make_paper_link(paper)
                make_reading(make_talk(make_session(self.course)), paper=paper)
                make_reading(make_course(), paper=paper)
            with self.subTest(readings=readings), self.assertNumQueries(8):
                self.client.get(self.url)
            with self.subTest(readings=readings), self.assertNumQueries(6):
                self.client.get("/courses/dl/readings.bib")

    def test_offers_files_where_there_is_something_to_read(self):
        self.assertEqual(links(self.client.get(self.url), ".exports a"), [])
        make_reading(make_talk(self.session), paper=make_paper())
        self.assertEqual(
            links(self.client.get(self.url), ".exports a"),
            [
                ("BibTeX", "/courses/dl/readings.bib"),
                ("RIS", "/courses/dl/readings.ris"),
                ("CSL-JSON", "/courses/dl/readings.json"),
            ],
        )

    def test_page_of_a_session_offers_files_if_it_has_papers(self):
        url = self.session.get_absolute_url()
        make_reading(self.session, text="No paper.")
        self.assertEqual(links(self.client.get(url), ".exports a"), [])
        make_reading(make_talk(self.session), paper=make_paper())
        self.assertEqual(
            links(self.client.get(url), ".exports a")[0],
            ("BibTeX", "/courses/dl/sessions/nets/readings.bib"),
        )


class ReadingExportTests(Readers, TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.course = make_course(slug="dl")
        cls.make_readers()
        cls.session = make_session(cls.course, key="02")
        cls.papers = [make_paper(key=f"p{number}") for number in range(6)]
        hidden = make_session(cls.course, key="03", visibility=Visibility.STAFF)
        members = make_session(cls.course, key="04", visibility=Visibility.MEMBERS)
        for owner, paper in zip(
            (
                make_assignment(cls.course),
                cls.session,
                make_talk(cls.session),
                members,
                hidden,
                make_course(),
            ),
            cls.papers,
            strict=True,
        ):
            make_reading(owner, paper=paper)
        make_reading(cls.course, paper=cls.papers[1])  # once more
        make_reading(cls.course, text="No paper.")

    def keys(self, url, reader="anonymous"):
        response = self.get_as(reader, url)
        works, problems = LOADS[url.rpartition(".")[2]](response.content.decode())
        self.assertEqual(problems, [])
        return [work.key for work in works]

    def test_has_each_paper_that_the_reader_may_see_once(self):
        for ending in LOADS:
            url = f"/courses/dl/readings.{ending}"
            for reader in self.everyone:
                seen = 3
                seen += reader == "student" or 2 * (reader in self.staff)
                with self.subTest(reader, ending=ending):
                    self.assertEqual(
                        self.keys(url, reader), [f"p{n}" for n in range(seen)]
                    )

    def test_of_a_session_has_its_own_and_those_of_its_talks(self):
        for ending in LOADS:
            url = f"/courses/dl/sessions/02/readings.{ending}"
            self.assertEqual(self.keys(url), ["p1", "p2"], ending)

    def test_names_of_files(self):
        names = [
            self.client.get(f"/courses/dl/{part}readings.ris")["Content-Disposition"]
            for part in ("", "sessions/02/")
        ]
        self.assertEqual(
            names,
            [
                'attachment; filename="dl-readings.ris"',
                'attachment; filename="dl-02-readings.ris"',
            ],
        )

    def test_what_may_not_be_seen_is_not_found(self):
        make_course(slug="draft", status=Status.DRAFT)
        for url in (
            "/courses/draft/readings.bib",
            "/courses/dl/sessions/03/readings.bib",
            "/courses/dl/sessions/%00/readings.bib",
            "/courses/dl/sessions/99/readings.json",
        ):
            with self.subTest(url):
                response = self.get_as("anonymous", url)
                self.assertEqual(response.status_code, 404)
        url = "/courses/dl/sessions/03/readings.bib"
        self.assertEqual(self.keys(url, "instructor"), ["p4"])

    def test_uses_the_keys_of_the_course(self):
        first, second, third, *_ = self.papers
        CitationKey.objects.create(course=self.course, paper=first, key="Belkin:2019")
        CitationKey.objects.create(course=self.course, paper=second, key="P2")
        other = make_course()
        CitationKey.objects.create(course=other, paper=third, key="Elsewhere")
        for ending in LOADS:
            keys = self.keys(f"/courses/dl/readings.{ending}")
            with self.subTest(ending):
                self.assertEqual(keys[:2], ["Belkin:2019", "P2"])
                self.assertEqual(len({key.casefold() for key in keys}), 3)

    def test_a_bibtex_file_has_a_paper_by_each_key_of_the_course(self):
        for key in ("Belkin:2019", "belkin-pnas"):
            CitationKey.objects.create(
                course=self.course, paper=self.papers[1], key=key
            )
        for part in ("", "sessions/02/"):
            address = f"/courses/dl/{part}readings"
            self.assertIn("belkin-pnas", self.keys(f"{address}.bib"))
            self.assertNotIn("belkin-pnas", self.keys(f"{address}.ris"))

    def test_a_course_without_papers_has_an_empty_file(self):
        course = make_course(slug="empty")
        self.assertEqual(reading_list.works(course, self.superuser), [])
        for ending in LOADS:
            self.assertEqual(self.keys(f"/courses/empty/readings.{ending}"), [])
