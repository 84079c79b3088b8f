from unittest import mock

import pytest
from django.test import SimpleTestCase, TestCase
from rapidfuzz import fuzz

from references import duplicates, matching
from references.models import Duplicate, Paper
from references.work import Work
from tests.factories import make_author, make_paper, make_paper_link


def by(*authors):
    return {"authors": list(authors)}


NTK = {
    "title": "Neural Tangent Kernel: Convergence and Generalization in Neural Networks",
    "authors": ["Jacot, Arthur", "Gabriel, Franck", "Hongler, Clément"],
}
SGD = {
    "title": "On the Global Convergence of Stochastic Gradient Descent for Convex "
    "Problems with Heavy Tails",
    "authors": ["Bo, Ada", "Di, Ed"],
}
BOOK = {"kind": "book", "title": "Pattern Recognition and Machine Learning"}

# Two works, and how they stand to each other: the same, alike (for a person to
# decide) or other works.
PAIRS = {
    "a preprint and what was published of it": (
        Work(**NTK, year=2018, arxiv_id="1806.07572", kind="preprint"),
        Work(
            **NTK,
            year=2020,
            doi="10.1145/3406325.3465355",
            kind="inproceedings",
            venue="Advances in Neural Information Processing Systems",
            volume="31",
        ),
        "same",
    ),
    "initials, capitals and et al.": (
        Work(**NTK, year=2018),
        Work(
            title=NTK["title"].upper(),
            authors=["JACOT, A."],
            has_more_authors=True,
            year=2018,
        ),
        "same",
    ),
    "a slip of the pen": (
        Work(**SGD),
        Work(title=SGD["title"].replace("Gradient", "Gradeint"), authors=["Bo, A."]),
        "same",
    ),
    "spelling on two sides of an ocean": (
        Work(title="Optimisation of Coloured Petri Nets in Large Systems", **by("Bo")),
        Work(title="Optimization of Colored Petri Nets in Large Systems", **by("Bo")),
        "same",
    ),
    "hyphens": (
        Work(title="Mean-field theory of two-layer networks", **by("Mei, Song")),
        Work(title="Meanfield theory of two layer networks", **by("Mei, S.")),
        "same",
    ),
    "a preprint of bioRxiv and its journal": (
        Work(title="Deep cells in mice", **by("Bo"), doi="10.1101/2020.01.01.123456"),
        Work(title="Deep cells in mice", **by("Bo"), doi="10.1038/s41586-021-00001-1"),
        "same",
    ),
    "arXiv as dblp has it, and the journal": (
        Work(**SGD, venue="CoRR", volume="abs/1901.00001", kind="article", year=2019),
        Work(**SGD, venue="J. Mach. Learn. Res.", volume="21", kind="article"),
        "same",
    ),
    "a title in Chinese": (
        Work(title="深度学习研究综述", authors=["尹, 宝才"]),
        Work(title="深度学习研究综述", authors=["尹, 宝才"], year=2015),
        "same",
    ),
    "no authors known, a telling title": (
        Work(title="On small things that matter", authors=["Bo, Ada"]),
        Work(title="On small things that matter"),
        "same",
    ),
    "no authors known, a title of many works": (
        Work(title="Introduction", authors=["Bo, Ada"]),
        Work(title="Introduction"),
        "alike",
    ),
    "a subtitle left out": (
        Work(**NTK),
        Work(title="Neural Tangent Kernel", authors=NTK["authors"]),
        "alike",
    ),
    "a word more": (
        Work(title="A survey of neural architecture search", **by("Elsken, T.")),
        Work(title="Neural architecture search: a survey", **by("Elsken, Thomas")),
        "alike",
    ),
    "two preprints of one title": (
        Work(**SGD, arxiv_id="1901.00001"),
        Work(**SGD, arxiv_id="1902.00002"),
        "alike",
    ),
    "conference and journal version": (
        Work(**SGD, kind="inproceedings", venue="Proc. of Things", year=2019),
        Work(**SGD, kind="article", venue="Journal of Things", year=2021),
        "alike",
    ),
    "a column that appears each year": (
        Work(title="Problems and Solutions", **by("Bo"), venue="Notices", volume="1"),
        Work(title="Problems and Solutions", **by("Bo"), venue="Notices", volume="2"),
        "alike",
    ),
    "many years later": (Work(**SGD, year=1999), Work(**SGD, year=2009), "alike"),
    "editions of a book": (
        Work(**BOOK, **by("Bishop"), other_fields={"edition": "1st"}),
        Work(**BOOK, **by("Bishop"), other_fields={"edition": "2"}),
        "alike",
    ),
    "years of a book": (
        Work(**BOOK, **by("Bishop"), year=2006),
        Work(**BOOK, **by("Bishop"), year=2009),
        "alike",
    ),
    "a book and a paper of its title": (
        Work(**BOOK, **by("Bishop")),
        Work(title=BOOK["title"], **by("Bishop"), kind="article", venue="JASA"),
        "alike",
    ),
    "thesis and paper of the same title": (
        Work(**SGD, kind="thesis", year=2019),
        Work(**SGD, kind="article", venue="Journal of Things", year=2019),
        "alike",
    ),
    "thesis by its venue, and a preprint": (
        Work(**SGD, venue="PhD thesis, University of Things"),
        Work(**SGD, arxiv_id="1901.00001"),
        "alike",
    ),
    "namesakes": (
        Work(title="Deep networks for images", **by("Wang, Xiaoming")),
        Work(title="Deep networks for images", **by("Wang, Yu")),
        "alike",
    ),
    "convex and nonconvex": (
        Work(**SGD),
        Work(title=SGD["title"].replace("Convex", "Nonconvex"), authors=["Bo, A."]),
        "alike",
    ),
    "RNN and CNN": (
        Work(title="A short history of CNN models in speech research", **by("Bo")),
        Work(title="A short history of RNN models in speech research", **by("Bo")),
        "alike",
    ),
    "parts": (
        Work(title="Constructivism in Mathematics, Part I", **by("Troelstra")),
        Work(title="Constructivism in Mathematics, Part II", **by("Troelstra")),
        "other",
    ),
    "numbers": (
        Work(title="A set of postulates for the foundation of logic (1)", **by("C")),
        Work(title="A set of postulates for the foundation of logic (2)", **by("C")),
        "other",
    ),
    "editions in the title": (
        Work(title="Statistical Learning Theory in Practice", **by("Vapnik")),
        Work(title="Statistical Learning Theory in Practice, 2nd ed.", **by("Vapnik")),
        "other",
    ),
    "an erratum": (
        Work(**SGD),
        Work(title=f"Erratum to: {SGD['title']}", authors=SGD["authors"]),
        "other",
    ),
    "a reply": (
        Work(title="Comment on “Deep nets cannot count, and never could”", **by("Bo")),
        Work(title="Reply to “Deep nets cannot count, and never could”", **by("Bo")),
        "other",
    ),
    "all you need": (
        Work(title="Attention is all you need", **by("Vaswani, A.")),
        Work(title="Attention is not all you need", **by("Dong, Yihe")),
        "other",
    ),
    "all you need, by one author": (
        Work(title="Attention is all you need", **by("Vaswani, A.")),
        Work(title="Attention is not all you need", **by("Vaswani, A.")),
        "other",
    ),
    "an editorial by others": (
        Work(title="Editorial: machine learning in science", **by("Bo, Ada")),
        Work(title="Editorial: machine learning in science", **by("Gu, Flo")),
        "other",
    ),
    "one word of a title": (
        Work(title="Introduction", **by("Bo, Ada")),
        Work(title="Introduction", **by("Gu, Flo")),
        "other",
    ),
    "placeholders": (
        Work(title="arXiv:1806.07572", **by("Bo"), arxiv_id="1806.07572"),
        Work(title="arXiv:1806.07573", **by("Bo"), arxiv_id="1806.07573"),
        "other",
    ),
    "no titles": (Work(**by("Bo")), Work(**by("Bo")), "other"),
    "what begins alike": (
        Work(title="Deep learning", **by("Goodfellow, Ian")),
        Work(title="Deep learning of representations", **by("Goodfellow, Ian")),
        "other",
    ),
}


def paper_of(work):
    return Paper(**{name: getattr(work, name) for name in duplicates.COMPARED})


def known(*works):
    found = matching.Known([])
    for work in works:
        found.add(paper_of(work), work.authors)
    return found


@pytest.mark.parametrize("name", PAIRS)
@pytest.mark.parametrize("is_turned", [False, True])
def test_pairs(name, is_turned):
    one, other, expected = PAIRS[name]
    if is_turned:
        one, other = other, one
    match = known(one).match(other)
    found = "same" if match.paper else "alike" if match.doubts else "other"
    assert found == expected
    assert all(each.reason == Duplicate.Reason.SIMILAR for each in match.doubts)


class IdentifierTests(SimpleTestCase):
    work = Work(**NTK, arxiv_id="1806.07572", doi="10.1000/ntk")

    def test_one_identifier_is_one_paper_while_titles_agree(self):
        for title in (
            "Neural tangent kernel",
            "Neural Tangent Kernel - convergence & generalisation in neural networks",
            "arXiv:1806.07572",
            "",
        ):
            for name in ("arxiv_id", "doi"):
                work = Work(title=title, **{name: getattr(self.work, name)})
                match = known(self.work).match(work)
                with self.subTest(title, name=name):
                    self.assertEqual(match.paper.arxiv_id, "1806.07572")
                    self.assertEqual((match.doubts, match.not_its_own), ([], set()))

    def test_a_paper_of_which_only_the_identifier_is_known_takes_any_title(self):
        bare = Work(title="arXiv:1806.07572", arxiv_id="1806.07572")
        self.assertIsNotNone(known(bare).match(self.work).paper)

    def test_titles_that_disagree_are_a_conflict(self):
        for title in (
            "Gradient descent finds global minima",
            f"Erratum to: {NTK['title']}",
        ):
            work = Work(title=title, authors=["Du, Simon"], arxiv_id="1806.07572")
            match = known(self.work).match(work)
            with self.subTest(title):
                [doubt] = match.doubts
                self.assertIsNone(match.paper)
                self.assertEqual(match.not_its_own, {"arxiv_id"})
                self.assertEqual(
                    (doubt.reason, doubt.identifier),
                    (Duplicate.Reason.CONFLICT, "arXiv:1806.07572"),
                )

    def test_parts_of_one_identifier_are_a_conflict(self):
        one = Work(title="Flows on large graphs, part I", doi="10.1000/1")
        match = known(one).match(
            Work(title="Flows on large graphs, part II", doi="10.1000/1")
        )
        self.assertEqual((match.paper, match.not_its_own), (None, {"doi"}))

    def test_a_wrong_identifier_does_not_hide_the_right_paper(self):
        other = Work(title="Gradient descent finds global minima", **by("Du, Simon"))
        both = known(self.work, other)
        match = both.match(
            Work(title=other.title, authors=other.authors, arxiv_id="1806.07572")
        )
        self.assertEqual(match.paper.title, other.title)
        self.assertEqual(match.not_its_own, {"arxiv_id"})

    def test_identifiers_of_two_papers_tell_of_both(self):
        preprint, published = (
            Work(**NTK, arxiv_id="1806.07572"),
            Work(**NTK, doi="10.1000/ntk"),
        )
        match = known(preprint, published).match(self.work)
        self.assertEqual(match.paper.arxiv_id, "1806.07572")
        self.assertEqual([doubt.paper.doi for doubt in match.doubts], ["10.1000/ntk"])
        self.assertEqual(match.not_its_own, {"doi"})

    def test_a_title_of_several_papers_needs_authors(self):
        title = "Attention and how to pay it"
        several = known(
            Work(title=title, authors=["Bo, Ada"]),
            Work(title=title, authors=["Gu, Flo"]),
        )
        match = several.match(Work(title=title))
        self.assertEqual((match.paper, len(match.doubts)), (None, 2))
        match = several.match(Work(title=title, authors=["Gu, F."]))
        self.assertEqual((match.paper.title, match.doubts), (title, []))

    def test_hostile_works_are_compared_with_few(self):
        works = [
            Work(title="On One Thing", authors=["Wang, X."], doi=f"10.1000/{number}")
            for number in range(300)
        ]
        papers = matching.Known([])
        with mock.patch.object(matching.fuzz, "ratio", wraps=fuzz.ratio) as ratio:
            for work in works:
                match = papers.match(work)
                self.assertIsNone(match.paper)
                self.assertLessEqual(len(match.doubts), matching.MOST_DOUBTS)
                papers.add(paper_of(work), work.authors)
        self.assertLessEqual(ratio.call_count, matching.MOST_COMPARED * len(works))


@pytest.mark.both
class KnownTests(TestCase):
    def test_loads_what_a_work_may_be_and_nothing_else(self):
        mei = make_author("Mei", given_name="Song")
        made = [
            make_paper(title="Another one", arxiv_id="1901.00001"),
            make_paper(title="Yet another", doi="10.1000/a"),
            make_paper(title="A mean-field view!"),
            make_paper([mei], title="The mean field view of networks"),
        ]
        linked = make_paper(title="Linked")
        make_paper_link(linked, url="https://doi.org/10.1000/a")
        make_paper([mei], title="Something else")
        make_paper(title="Unrelated")
        work = Work(
            title="A mean-field view",
            authors=["Mei, S."],
            arxiv_id="1901.00001",
            doi="10.1000/a",
        )
        self.assertEqual(list(matching._loaded([work])), [*made, linked])

    def test_finds_a_paper_by_the_address_it_got_by_merging(self):
        paper = make_paper(title="A mean-field view", arxiv_id="1901.00001")
        make_paper_link(paper, url="https://arxiv.org/abs/1902.00002")
        for title, found in (("A mean-field view", paper), ("Another paper", None)):
            work = Work(title=title, arxiv_id="1902.00002")
            match = matching.Known([work]).match(work)
            with self.subTest(title):
                self.assertEqual((match.paper, match.doubts), (found, []))

    def test_query_count_does_not_grow(self):
        for number in range(30):
            make_paper([make_author(f"Bo{number}")], title=f"Thing {number} of many")
        works = [
            Work(title=f"Thing {number} of many", authors=[f"Bo{number}, A."])
            for number in range(30)
        ]
        for count in (3, 30):
            with self.subTest(count), self.assertNumQueries(5):
                matching.Known(works[:count])
