from datetime import UTC, datetime

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import ProtectedError
from django.test import SimpleTestCase, TestCase

from references.models import (
    Answer,
    Author,
    Authorship,
    Duplicate,
    Paper,
    PaperAlias,
    PaperLink,
    SearchEntry,
)
from tests.constraints import ConstraintTests
from tests.factories import (
    make_author,
    make_duplicate,
    make_paper,
    make_paper_alias,
    make_paper_link,
    make_superuser,
)

pytestmark = pytest.mark.both
NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)


class ReferencesConstraintTests(ConstraintTests, TestCase):
    app_label = "references"

    @classmethod
    def setUpTestData(cls):
        cls.author = make_author()
        cls.paper = make_paper([cls.author], arxiv_id="1806.07572", doi="10.1000/xyz")
        make_paper_link(cls.paper, url="https://example.org/a")
        cls.other = make_paper()
        make_duplicate(cls.paper, cls.other)
        Answer.objects.create(
            source="arxiv", identifier="1806.07572", is_found=True, asked_at=NOW
        )

    def violations(self):
        paper = {"paper": self.paper}
        likely = {"likeness": 90, "reason": "similar"}
        return {
            "paper_arxiv_id_unique": (
                Paper(key="b", title="B", arxiv_id="1806.07572"),
                "Another paper has this arXiv id.",
            ),
            "paper_doi_unique": (
                Paper(key="b", title="B", doi="10.1000/xyz"),
                "Another paper has this DOI.",
            ),
            "paper_key_is_plain": (
                Paper(key="b\n", title="B"),
                "Small letters, digits and hyphens only.",
            ),
            "authorship_unique_in_paper": (
                Authorship(**paper, author=self.author, position=2),
                "Authorship with this Paper and Author already exists.",
            ),
            "answer_unique_for_identifier": (
                Answer(
                    source="arxiv",
                    identifier="1806.07572",
                    is_found=False,
                    asked_at=NOW,
                ),
                "Answer with this Source and Identifier already exists.",
            ),
            "duplicate_unique_pair": (
                Duplicate(**paper, other=self.other, **likely),
                "Duplicate with this Paper and Other paper already exists.",
            ),
            "duplicate_of_another_paper": (
                Duplicate(**paper, other=self.paper, **likely),
                "A paper is no duplicate of itself.",
            ),
            "search_entry_unique_for_row": (
                SearchEntry(kind="paper", object_id=self.paper.pk, title="x"),
                "Search entry with this Kind and Object id already exists.",
            ),
            "paper_link_unique_in_paper": (
                PaperLink(**paper, url="https://example.org/a"),
                "Paper link with this Paper and Address already exists.",
            ),
        }

    def test_many_papers_have_no_arxiv_id_and_no_doi(self):
        papers = [make_paper(), make_paper()]
        bare = Paper.objects.filter(arxiv_id="", doi="")
        self.assertLessEqual({paper.pk for paper in papers}, {p.pk for p in bare})

    def test_keys_and_slugs_are_unique(self):
        make_paper_alias(self.paper, key="Jacot18")
        for row in (
            Paper(key=self.paper.key, title="B"),
            PaperAlias(paper=self.paper, key="Jacot18"),
            Author(family_name="B", slug=self.author.slug),
        ):
            with (
                self.subTest(type(row)),
                self.assertRaises(IntegrityError),
                transaction.atomic(),
            ):
                row.save()

    def test_addresses_are_web_addresses(self):
        for url in ("javascript:alert(1)", "data:text/html,x", "ftp://example.org/x"):
            for row in (
                Paper(key="b", title="B", url=url),
                PaperLink(paper=self.paper, url=url),
            ):
                with self.subTest(url=url, model=type(row)):
                    with self.assertRaises(ValidationError) as refused:
                        row.full_clean()
                    self.assertEqual(list(refused.exception.message_dict), ["url"])

    def test_an_author_of_papers_cannot_be_deleted(self):
        with self.assertRaises(ProtectedError):
            self.author.delete()


class PaperTests(TestCase):
    def test_abstract_is_text_with_formulas(self):
        paper = make_paper(abstract="<script>alert(1)</script> *x* $y$")
        self.assertEqual(
            paper.abstract_html,
            "<p>&lt;script&gt;alert(1)&lt;/script&gt; *x* <math><mi>y</mi></math></p>",
        )

    def test_title_is_text_with_formulas(self):
        paper = Paper(title="<b>On</b> *all* $x$")
        self.assertEqual(
            paper.title_html,
            "&lt;b&gt;On&lt;/b&gt; *all* <math><mi>x</mi></math>",
        )

    def test_authors_are_in_printed_order(self):
        late, early = make_author("Aaa"), make_author("Zzz")
        make_paper([early, late])
        paper = Paper.objects.with_authors().get()
        with self.assertNumQueries(0):
            authors = [authorship.author for authorship in paper.authorships.all()]
        self.assertEqual(authors, [early, late])

    def test_authors_and_links_take_a_fixed_number_of_queries(self):
        for number in (1, 2, 3):
            authors = [make_author(f"Author {number}{i}") for i in range(number)]
            make_paper_link(make_paper(authors))
            with self.subTest(number=number), self.assertNumQueries(3):
                for paper in Paper.objects.with_authors():
                    [str(a.author) for a in paper.authorships.all()]
                    list(paper.links.all())

    def test_addresses_in_order(self):
        paper = make_paper(
            arxiv_id="1806.07572", doi="10.1000/xyz", url="https://example.org/p"
        )
        make_paper_link(paper, position=2, label="v1", url="https://example.org/v1")
        make_paper_link(paper, position=1, kind="code", url="https://example.org/c")
        self.assertEqual(
            paper.addresses,
            [
                ("arXiv:1806.07572", "https://arxiv.org/abs/1806.07572"),
                ("doi:10.1000/xyz", "https://doi.org/10.1000/xyz"),
                ("paper", "https://example.org/p"),
                ("code", "https://example.org/c"),
                ("v1", "https://example.org/v1"),
            ],
        )

    def test_no_addresses(self):
        paper = make_paper()
        self.assertEqual((paper.addresses, paper.arxiv_url), ([], ""))

    def test_anyone_sees_papers_and_authors(self):
        paper = make_paper([make_author()])
        for user in (AnonymousUser(), make_superuser()):
            with self.subTest(user=user):
                shown = [
                    *Paper.objects.visible_to(user),
                    *Paper.objects.listed_for(user),
                    *Author.objects.visible_to(user),
                    *Author.objects.listed_for(user),
                ]
                author = paper.authors.get()
                self.assertEqual(shown, [paper, paper, author, author])


class TextTests(SimpleTestCase):
    def test_rows_are_named_for_what_they_show(self):
        author = Author(family_name="Jacot", given_name="Arthur")
        for row, expected in (
            (author, "Arthur Jacot"),
            (Author(family_name="Plato"), "Plato"),
            (Paper(title="Neural Tangent Kernel"), "Neural Tangent Kernel"),
            (Authorship(author=author), "Arthur Jacot"),
            (Authorship(author=author, name_as_printed="A. Jacot"), "A. Jacot"),
            (PaperLink(url="https://example.org/"), "https://example.org/"),
            (PaperLink(label="v2", url="https://example.org/"), "v2"),
            (PaperAlias(key="Jacot18"), "Jacot18"),
        ):
            with self.subTest(expected):
                self.assertEqual(str(row), expected)
