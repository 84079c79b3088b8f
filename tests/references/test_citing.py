from dataclasses import dataclass, field

from django.test import TestCase

from references import citing
from references.models import Author, Paper
from tests.factories import make_author, make_paper


@dataclass
class Citation:
    """What a page printed, as citing takes it."""

    title: str = "On Small Things"
    authors: list = field(default_factory=lambda: ["Bo, Ada"])
    year: int | None = 2019
    venue: str = ""
    arxiv_id: str = ""
    doi: str = ""


class PaperForTests(TestCase):
    def test_makes_a_paper_with_its_authors_in_order(self):
        found = citing.paper_for(
            Citation(
                authors=["Di, Ed", "Bo, Ada", "Di, Ed"],
                venue="Proc. of Things",
                arxiv_id="1909.00001",
            )
        )
        paper = found.paper
        self.assertEqual((found.is_new, found.conflict), (True, ""))
        self.assertEqual(
            (
                paper.key,
                paper.kind,
                paper.title,
                paper.year,
                paper.venue,
                paper.arxiv_id,
            ),
            (
                "di2019small",
                Paper.Kind.CONFERENCE,
                "On Small Things",
                2019,
                "Proc. of Things",
                "1909.00001",
            ),
        )
        self.assertEqual(
            list(paper.authorships.values_list("position", "author__family_name")),
            [(1, "Di"), (2, "Bo")],
        )
        paper.full_clean()

    def test_the_same_identifier_is_the_same_paper(self):
        for identifier in ({"arxiv_id": "1909.00001"}, {"doi": "10.1000/a"}):
            with self.subTest(**identifier):
                first = citing.paper_for(Citation(**identifier))
                again = citing.paper_for(
                    Citation(title="On small things!", authors=[], **identifier)
                )
                self.assertEqual(
                    (again.paper, again.is_new, again.conflict),
                    (first.paper, False, ""),
                )

    def test_another_title_goes_without_the_identifier_and_tells(self):
        first = citing.paper_for(Citation(arxiv_id="1909.00001"))
        second = citing.paper_for(
            Citation(title="Large Numbers Everywhere", arxiv_id="1909.00001")
        )
        self.assertTrue(second.is_new)
        self.assertEqual(
            (first.paper.arxiv_id, second.paper.arxiv_id), ("1909.00001", "")
        )
        self.assertEqual(
            second.conflict,
            "1909.00001 is already the identifier of “On Small Things”; "
            "“Large Numbers Everywhere” was saved without it.",
        )
        self.assertEqual(Paper.objects.count(), 2)

    def test_without_identifier_title_and_an_author_make_one_paper(self):
        first = citing.paper_for(Citation(authors=["Bo, Ada", "Di, Ed"]))
        for authors in (["DI, E."], ["Bo, Ada"], []):
            with self.subTest(authors=authors):
                again = citing.paper_for(
                    Citation(title="on small THINGS", authors=authors)
                )
                self.assertEqual((again.paper, again.is_new), (first.paper, False))

    def test_the_same_title_by_others_is_another_paper(self):
        first = citing.paper_for(Citation())
        second = citing.paper_for(Citation(authors=["Gu, Flo"]))
        self.assertTrue(second.is_new)
        self.assertNotEqual(first.paper, second.paper)

    def test_an_address_is_kept_where_no_identifier_is(self):
        addresses = ["https://arxiv.org/abs/1", "https://example.org/a.pdf"]
        first = citing.paper_for(Citation(), addresses)
        second = citing.paper_for(Citation(title="Two", doi="10.1000/a"), addresses)
        self.assertEqual(
            (first.paper.url, second.paper.url), ("https://example.org/a.pdf", "")
        )

    def test_authors_are_found_again(self):
        known = make_author(family_name="Bo", given_name="Ada")
        citing.paper_for(Citation(authors=["Bo, Ada", "Bo, Adam", "Plato"]))
        self.assertEqual(
            list(Author.objects.values_list("family_name", "given_name")),
            [("Bo", "Ada"), ("Bo", "Adam"), ("Plato", "")],
        )
        self.assertEqual(known.papers.count(), 1)

    def test_long_fields_fit(self):
        found = citing.paper_for(
            Citation(title="x" * 600, venue="y" * 400, authors=["z" * 300 + ", w"])
        )
        found.paper.full_clean()
        for author in found.paper.authors.all():
            author.full_clean()


class KeyTests(TestCase):
    def test_keys_are_plain(self):
        for citation, key in (
            (Citation(authors=["Müller, Jürgen"]), "muller2019small"),
            (Citation(authors=["van der Bo, Ada"], year=None), "vanderbosmall"),
            (Citation(authors=[], title="A $k$-means for all"), "2019means"),
            (Citation(authors=["李, 明"], title="数学", year=None), "paper"),
            (Citation(authors=["O'Bo, Ada"], title="It is"), "obo2019"),
        ):
            with self.subTest(key=key):
                self.assertEqual(citing.citation_key(citation), key)

    def test_keys_are_free(self):
        for key in ("bo2019small", "bo2019small-2", "bo2019smaller"):
            make_paper(key=key)
        self.assertEqual(citing.citation_key(Citation()), "bo2019small-3")
