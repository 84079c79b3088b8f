from datetime import timedelta

from django.test import TestCase
from django.utils import timezone

from courses.access import Status
from references.models import Authorship
from tests.factories import (
    make_author,
    make_course,
    make_course_role,
    make_instructor,
    make_paper,
    make_paper_alias,
    make_paper_link,
    make_person,
    make_reading,
)
from tests.reading import HERE, answer, rows, times


class PaperTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.course = make_course(slug="dl-2025")
        cls.author = make_author("Papyan", given_name="Vardan", slug="papyan")
        cls.paper = make_paper(
            [cls.author, make_author("Han", given_name="X. Y.", slug="han")],
            key="papyan2020prevalence",
            kind="article",
            title="Prevalence of neural collapse",
            has_more_authors=True,
            year=2020,
            venue="PNAS",
            volume="117",
            number="40",
            pages="24652--24663",
            publisher="NAS",
            arxiv_id="2008.08186",
            doi="10.1073/pnas.2015509117",
            url="https://example.org/papyan",
            abstract="*Why*",
            note="Classic.",
            other_fields={"month": "oct"},
        )
        Authorship.objects.filter(author__slug="han").update(name_as_printed="Han, X.")
        make_paper_alias(cls.paper, key="PapyanHan")
        make_paper_link(cls.paper, kind="code", label="Code")
        make_reading(cls.course, paper=cls.paper)
        cls.other = make_paper(key="other", title="Kernels", kind="book", year=1999)

    def test_row(self):
        paper = self.paper
        self.assertEqual(
            answer("papers/papyan2020prevalence/").json(),
            {
                "id": paper.pk,
                "url": f"{HERE}api/v1/papers/papyan2020prevalence/",
                "html_url": f"{HERE}papers/papyan2020prevalence/",
                "key": "papyan2020prevalence",
                "aliases": ["PapyanHan"],
                "kind": "article",
                "title": "Prevalence of neural collapse",
                "authors": [
                    {
                        "name": "Vardan Papyan",
                        "family_name": "Papyan",
                        "given_name": "Vardan",
                        "author": "papyan",
                    },
                    {
                        "name": "Han, X.",
                        "family_name": "Han",
                        "given_name": "X. Y.",
                        "author": "han",
                    },
                ],
                "has_more_authors": True,
                "year": 2020,
                "venue": "PNAS",
                "volume": "117",
                "number": "40",
                "pages": "24652--24663",
                "publisher": "NAS",
                "arxiv_id": "2008.08186",
                "arxiv_url": "https://arxiv.org/abs/2008.08186",
                "doi": "10.1073/pnas.2015509117",
                "doi_url": "https://doi.org/10.1073/pnas.2015509117",
                "address": "https://example.org/papyan",
                "links": [
                    {
                        "kind": "code",
                        "label": "Code",
                        "url": "https://example.org/paper.pdf",
                    }
                ],
                "abstract": "*Why*",
                "abstract_html": paper.abstract_html,
                "note": "Classic.",
                "entry_type": "",
                "other_fields": {"month": "oct"},
                **times(paper),
            },
        )

    def test_is_found_by_an_alias(self):
        got = answer("papers/PapyanHan/").json()
        self.assertEqual(got["key"], "papyan2020prevalence")
        self.assertEqual(answer("papers/nothing/").status_code, 404)

    def test_filters(self):
        both, first, second = ["papyan2020prevalence", "other"], [], []
        first, second = both[:1], both[1:]
        for query, expected in (
            ({}, both),
            ({"search": "collapse papyan"}, first),
            ({"author": "papyan"}, first),
            ({"author": "Vardan Papyan"}, first),
            ({"venue": "pnas"}, first),
            ({"year_min": "2000"}, first),
            ({"year_max": "2000"}, second),
            ({"course": "dl-2025"}, first),
            ({"kind": "book"}, second),
            ({"arxiv_id": "2008.08186"}, first),
            ({"doi": "10.1073/PNAS.2015509117"}, first),
            ({"ordering": "year"}, both[::-1]),
            ({"ordering": "-title"}, both),
            ({"updated_after": "2999-01-01T00:00:00Z"}, []),
        ):
            with self.subTest(**query):
                found = [row["key"] for row in rows("papers/", **query)]
                self.assertEqual(found, expected)

    def test_changed_since(self):
        now = timezone.now()
        type(self.other).objects.filter(pk=self.other.pk).update(
            updated_at=now - timedelta(days=1)
        )
        since = (now - timedelta(hours=1)).isoformat()
        found = [row["key"] for row in rows("papers/", updated_after=since)]
        self.assertEqual(found, ["papyan2020prevalence"])

    def test_course_that_is_not_listed_reads_nothing(self):
        draft = make_course(slug="draft", status=Status.DRAFT)
        make_reading(draft, paper=self.other)
        for slug in ("draft", "nowhere"):
            self.assertEqual(rows("papers/", course=slug), [])
        [found] = rows("papers/", make_instructor(draft), course="draft")
        self.assertEqual(found["key"], "other")

    def test_formats_of_bibliographies(self):
        for name, media_type, words in (
            ("bib", "application/x-bibtex", "@article{papyan2020prevalence"),
            ("ris", "application/x-research-info-systems", "TY  - JOUR"),
            ("csl", "application/vnd.citationstyles.csl+json", '"papyan2020'),
        ):
            for path in ("papers/papyan2020prevalence/", "papers/"):
                with self.subTest(name=name, path=path):
                    response = answer(path, format=name)
                    kind = response["Content-Type"].partition(";")[0]
                    self.assertEqual(kind, media_type)
                    self.assertIn(words, response.content.decode())

    def test_problem_of_a_file_is_a_problem(self):
        response = answer("papers/nothing/", format="bib")
        self.assertEqual(response.status_code, 404)
        self.assertEqual(
            response["Content-Type"].partition(";")[0], "application/problem+json"
        )


class AuthorTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.author = make_author("Papyan", given_name="Vardan", slug="papyan")
        make_author("Zhu", given_name="Zeyuan", slug="zhu")

    def test_row(self):
        make_course_role(person=make_person(slug="vp", author=self.author))
        self.assertEqual(
            answer("authors/papyan/").json(),
            {
                "id": self.author.pk,
                "url": f"{HERE}api/v1/authors/papyan/",
                "html_url": f"{HERE}authors/papyan/",
                "slug": "papyan",
                "name": "Vardan Papyan",
                "family_name": "Papyan",
                "given_name": "Vardan",
                "person": "vp",
                **times(self.author),
            },
        )

    def test_person_is_named_to_who_may_know(self):
        draft = make_course(status=Status.DRAFT)
        make_course_role(draft, make_person(slug="vp", author=self.author))
        for user, expected in ((None, None), (make_instructor(draft), "vp")):
            with self.subTest(expected=expected):
                got = answer("authors/papyan/", user).json()
                self.assertEqual(got["person"], expected)

    def test_filters(self):
        for query, expected in (
            ({}, ["papyan", "zhu"]),
            ({"search": "pap vard"}, ["papyan"]),
            ({"search": "zeyuan"}, ["zhu"]),
            ({"ordering": "-family_name"}, ["zhu", "papyan"]),
            ({"updated_after": "2999-01-01T00:00:00Z"}, []),
        ):
            with self.subTest(**query):
                found = [row["slug"] for row in rows("authors/", **query)]
                self.assertEqual(found, expected)
