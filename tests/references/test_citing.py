import pytest
from django.test import TestCase

from references import citing
from references.models import Author, Duplicate, Paper, PaperAlias
from references.work import Work
from tests.factories import make_author, make_paper, make_paper_alias

pytestmark = pytest.mark.both


def cited(**fields):
    """What a page printed, as citing takes it."""
    return Work(
        **{
            "title": "On Small Things",
            "authors": ["Bo, Ada"],
            "year": 2019,
            **fields,
        }
    )


class PaperForTests(TestCase):
    def test_makes_a_paper_with_its_authors_in_order(self):
        found = citing.paper_for(
            cited(
                authors=["Di, Ed", "Bo, Ada"],
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
                first = citing.paper_for(cited(**identifier))
                again = citing.paper_for(
                    cited(title="On small things!", authors=[], **identifier)
                )
                self.assertEqual(
                    (again.paper, again.is_new, again.conflict),
                    (first.paper, False, ""),
                )

    def test_another_title_goes_without_the_identifier_and_tells(self):
        first = citing.paper_for(cited(arxiv_id="1909.00001"))
        second = citing.paper_for(
            cited(title="Large Numbers Everywhere", arxiv_id="1909.00001")
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
        first = citing.paper_for(cited(authors=["Bo, Ada", "Di, Ed"]))
        for authors in (["DI, E."], ["Bo, Ada"], []):
            with self.subTest(authors=authors):
                again = citing.paper_for(
                    cited(title="on small THINGS", authors=authors)
                )
                self.assertEqual((again.paper, again.is_new), (first.paper, False))

    def test_a_file_read_again_makes_nothing_new(self):
        works = [
            Work(title="Collected Papers", year=2001, kind="book", publisher="Press"),
            Work(title="Collected Papers", year=2001, kind="book", publisher="Other"),
            Work(title="Notes"),
            Work(venue="Journal of Gnats", year=1986, volume="41", kind="article"),
            Work(venue="Journal of Gnats", year=1986, volume="42", kind="article"),
            Work(doi="10.1000/gnu"),
        ]
        citing.add(works)
        again = citing.add(works)
        self.assertEqual([one.is_new for one in again], [False] * 6)
        self.assertEqual(Paper.objects.count(), 6)

    def test_the_same_title_by_others_is_another_paper(self):
        first = citing.paper_for(cited())
        second = citing.paper_for(cited(authors=["Gu, Flo"]))
        self.assertTrue(second.is_new)
        self.assertNotEqual(first.paper, second.paper)

    def test_an_address_is_kept_where_no_identifier_is(self):
        addresses = ["https://arxiv.org/abs/1901.00001", "https://example.org/a.pdf"]
        first = citing.paper_for(cited(), addresses)
        second = citing.paper_for(cited(title="Two", doi="10.1000/a"), addresses)
        self.assertEqual(
            (first.paper.url, second.paper.url), ("https://example.org/a.pdf", "")
        )

    def test_authors_are_found_again(self):
        known = make_author(family_name="Bo", given_name="Ada")
        citing.paper_for(cited(authors=["Bo, Ada", "Bo, Adam", "Plato"]))
        self.assertEqual(
            list(Author.objects.values_list("family_name", "given_name")),
            [("Bo", "Ada"), ("Bo", "Adam"), ("Plato", "")],
        )
        self.assertEqual(known.papers.count(), 1)

    def test_long_fields_fit(self):
        found = citing.paper_for(
            cited(title="x" * 600, venue="y" * 400, authors=["z" * 300 + ", w"])
        )
        found.paper.full_clean()
        for author in found.paper.authors.all():
            author.full_clean()

    def test_an_identifier_or_address_too_long_is_left_out_not_cut(self):
        long = "a" * 1000
        first, second = citing.add(
            [
                cited(doi=f"10.1000/{long}1", url=f"https://example.org/{long}"),
                cited(title="Wide oceans of the north", doi=f"10.1000/{long}2"),
            ]
        )
        self.assertEqual((first.paper.doi, first.paper.url), ("", ""))
        self.assertNotEqual(first.paper, second.paper)


class KeyTests(TestCase):
    def test_keys_are_plain(self):
        for work, key in (
            (cited(authors=["Müller, Jürgen"]), "muller2019small"),
            (cited(authors=["van der Bo, Ada"], year=None), "vanderbosmall"),
            (cited(authors=[], title="A $k$-means for all"), "2019means"),
            (cited(authors=["李, 明"], title="数学", year=None), "paper"),
            (cited(authors=["O'Bo, Ada"], title="It is"), "obo2019"),
        ):
            with self.subTest(key=key):
                self.assertEqual(citing.paper_for(work).paper.key, key)

    def test_keys_are_free(self):
        for key in ("bo2019small", "bo2019small-2", "bo2019smaller"):
            make_paper(key=key)
        others = [cited(doi="10.1000/a"), cited(doi="10.1000/b")]
        self.assertEqual(
            [one.paper.key for one in citing.add(others)],
            ["bo2019small-3", "bo2019small-4"],
        )


class AddTests(TestCase):
    def test_one_paper_for_two_works_that_mean_it(self):
        preprint = cited(arxiv_id="1909.00001", kind="preprint", key="bo:19")
        published = cited(doi="10.1000/a", venue="Annals", kind="article", volume="3")
        first, second = citing.add([preprint, published])
        paper = Paper.objects.get()
        self.assertEqual((first.paper, second.paper), (paper, paper))
        self.assertEqual(
            (paper.arxiv_id, paper.doi, paper.venue, paper.volume, paper.kind),
            ("1909.00001", "10.1000/a", "Annals", "3", Paper.Kind.ARTICLE),
        )

    def test_what_is_here_gains_but_changes_nothing(self):
        paper = make_paper(title="On small things", venue="Annals", year=2018)
        citing.add([cited(year=2019, venue="Letters", pages="1--9")])
        paper.refresh_from_db()
        self.assertEqual(
            (paper.title, paper.year, paper.venue, paper.pages),
            ("On small things", 2018, "Annals", "1--9"),
        )
        self.assertEqual(
            [str(author) for author in paper.authors.all()], ["Ada Bo"]
        )  # it had none

    def test_an_identifier_alone_gets_title_and_authors_later(self):
        bare = Work(title="arXiv:1909.00001", arxiv_id="1909.00001")
        paper = citing.paper_for(bare).paper
        citing.paper_for(cited(arxiv_id="1909.00001"))
        paper.refresh_from_db()
        self.assertEqual(paper.title, "On Small Things")
        self.assertEqual(paper.work.authors, ["Bo, Ada"])

    def test_two_of_one_name_on_a_paper_are_two_persons(self):
        paper = citing.paper_for(cited(authors=["Bo, Ada", "Di, Ed", "Bo, Ada"])).paper
        self.assertEqual(paper.work.authors, ["Bo, Ada", "Di, Ed", "Bo, Ada"])
        self.assertEqual(
            list(Author.objects.values_list("slug", flat=True)),
            ["ada-bo", "ada-bo-2", "ed-di"],
        )
        again = citing.paper_for(
            cited(title="Another", authors=["Bo, Ada"], doi="10.1000/a")
        )
        self.assertEqual(again.paper.authors.get().slug, "ada-bo")

    def test_keys_of_a_file_become_aliases_where_they_are_free(self):
        make_paper(key="taken", title="Taken")
        works = [
            cited(key="Bo:2019"),
            cited(title="Of Other Things", key="taken"),
            cited(title="And More Matters", key="Bo:2019"),
        ]
        papers = [one.paper for one in citing.add(works)]
        self.assertEqual(
            list(PaperAlias.objects.values_list("key", "paper")),
            [("Bo:2019", papers[0].pk)],
        )

    def test_a_key_that_is_also_an_alias_of_another_paper(self):
        make_paper(key="bo", title="Oceans")
        make_paper_alias(make_paper(key="b", title="Rivers"), key="bo")
        found = citing.paper_for(cited(key="bo"))
        self.assertEqual(found.paper.aliases.count(), 0)

    def test_a_conflict_stands_in_the_queue_once(self):
        first = citing.paper_for(cited(arxiv_id="1909.00001")).paper
        for _time in (1, 2):
            second = citing.paper_for(
                cited(title="Large Numbers Everywhere", arxiv_id="1909.00001")
            ).paper
        self.assertEqual(
            list(Duplicate.objects.values("paper", "other", "reason", "identifier")),
            [
                {
                    "paper": first.pk,
                    "other": second.pk,
                    "reason": Duplicate.Reason.CONFLICT,
                    "identifier": "arXiv:1909.00001",
                }
            ],
        )

    def test_addresses_become_links(self):
        addresses = [
            "https://example.org/a.pdf",
            "https://example.org/code",
            "javascript:alert(1)",
            "https://arxiv.org/abs/1909.00001",
        ]
        paper = citing.paper_for(cited(), addresses).paper
        citing.paper_for(cited(), addresses)
        self.assertEqual(paper.url, "https://example.org/a.pdf")
        self.assertEqual(
            [link.url for link in paper.links.all()], ["https://example.org/code"]
        )

    def test_history_says_why(self):
        citing.add([cited()], reason="pasted")
        citing.add([cited(pages="1--9")], reason="from a file")
        self.assertEqual(
            list(Paper.history.values_list("history_type", "history_change_reason")),
            [("~", "from a file"), ("+", "pasted")],
        )

    def test_query_count_does_not_grow(self):
        def works(count, letter):
            return [
                cited(
                    title=f"{letter} {number} things",
                    authors=[f"Bo{letter}, Ada{number}"],
                    key=f"{letter}{number}",
                )
                for number in range(count)
            ]

        citing.add(works(3, "warm"))
        for count, letter in ((3, "a"), (30, "b")):
            with self.subTest(count), self.assertNumQueries(22):
                citing.add(works(count, letter))
