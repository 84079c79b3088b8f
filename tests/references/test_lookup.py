from datetime import timedelta
from io import StringIO
from unittest.mock import patch

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError
from django.test import TestCase, override_settings
from django.utils import timezone

from references import lookup
from references.catalogues import Unanswered
from references.models import Answer, Author, Duplicate, Paper
from references.work import Work
from tests.catalogue_server import telling
from tests.factories import make_author, make_paper, make_paper_alias

pytestmark = pytest.mark.both
TITLE = "Neural Tangent Kernel: Convergence and Generalization"
WORK = Work(
    title=TITLE,
    authors=["Jacot, Arthur", "Hongler, Clément"],
    year=2018,
    arxiv_id="1806.07572",
    kind="preprint",
    abstract=r"At initialization, $\ell_2$.",
    other_fields={"primaryclass": "stat.ML"},
)
PUBLISHED = Work(
    title=TITLE,
    authors=["Jacot, A."],
    year=2019,
    venue="Journal of Kernels",
    doi="10.1000/ntk",
    kind="article",
    volume="7",
    pages="1--10",
)


def known_to_arxiv(authors=(), **fields):
    return make_paper(authors, arxiv_id=WORK.arxiv_id, **fields)


def look_up(*papers, arxiv=WORK, crossref=None, **options):
    """The outcomes, with what arXiv and Crossref say of the ids used here."""
    catalogues = [
        telling("crossref", {PUBLISHED.doi: crossref} if crossref else {}),
        telling("arxiv", {WORK.arxiv_id: arxiv} if arxiv else {}, at_once=50),
    ]
    return list(lookup.look_up([*papers], catalogues=catalogues, **options))


def said(differences):
    return [(each.name, each.ours, each.theirs) for each in differences]


@override_settings(PAPER_LOOKUP=True)
class FillTests(TestCase):
    def test_fills_what_a_paper_lacks(self):
        paper = known_to_arxiv(title="arXiv:1806.07572")
        [outcome] = look_up(paper)
        paper.refresh_from_db()
        self.assertEqual(
            paper.work,
            Work(**{**vars(WORK), "key": paper.key, "line": paper.work.line}),
        )
        self.assertEqual((outcome.differences, outcome.problems), ([], []))
        self.assertEqual(
            str(outcome),
            "filled title, authors, year, kind, abstract, other BibTeX fields",
        )
        record = paper.history.first()
        self.assertEqual(
            (record.history_change_reason, record.history_user),
            ("looked up at arXiv", None),
        )

    def test_replaces_nothing_and_tells_what_differs(self):
        paper = known_to_arxiv(
            [make_author("Bo", given_name="Ada")],
            title=TITLE,
            year=2017,
            abstract="Mine.",
            kind=Paper.Kind.ARTICLE,
        )
        [outcome] = look_up(paper)
        paper.refresh_from_db()
        self.assertEqual(
            (paper.year, paper.abstract, paper.kind, paper.work.authors),
            (2017, "Mine.", Paper.Kind.ARTICLE, ["Bo, Ada"]),
        )
        self.assertEqual(
            said(outcome.differences),
            [
                ("authors", ["Bo, Ada"], WORK.authors),
                ("year", 2017, 2018),
                ("abstract", "Mine.", WORK.abstract),
            ],
        )
        self.assertIn("year is “2017”, arXiv has “2018”", str(outcome))

    def test_spelling_is_no_difference(self):
        spelt = {
            "title": r"{Neural} tangent kernel -- convergence and  Generalization.",
            "venue": "JOURNAL of Kernels",
            "pages": "1-10",
            "doi": "10.1000/NTK",
        }
        paper = make_paper(
            [make_author("JACOT", given_name="A")],
            **spelt,
            year=2019,
            volume="7",
            kind=Paper.Kind.ARTICLE,
        )
        [outcome] = look_up(paper, crossref=PUBLISHED)
        self.assertFalse(outcome)

    def test_the_year_before_publication_is_no_difference(self):
        for year, is_told in ((2018, False), (2022, False), (2023, True), (2017, True)):
            Paper.objects.all().delete()
            [outcome] = look_up(known_to_arxiv(title=TITLE, year=year))
            with self.subTest(year):
                names = [each.name for each in outcome.differences]
                self.assertEqual("year" in names, is_told)

    def test_a_kind_that_says_less_is_none(self):
        for ours, theirs, becomes, is_told in (
            ("misc", "preprint", "preprint", False),
            ("preprint", "article", "article", False),
            ("book", "misc", "book", False),
            ("article", "inproceedings", "article", True),
        ):
            Paper.objects.all().delete()
            paper = known_to_arxiv(title=TITLE, kind=ours)
            work = Work(title=TITLE, kind=theirs)
            Answer.objects.all().delete()
            [outcome] = look_up(paper, arxiv=work)
            paper.refresh_from_db()
            with self.subTest(ours=ours, theirs=theirs):
                self.assertEqual(paper.kind, becomes)
                self.assertEqual(bool(outcome.differences), is_told)

    def test_what_was_published_speaks_before_the_preprint(self):
        paper = known_to_arxiv(title="arXiv:1806.07572", doi=PUBLISHED.doi)
        [outcome] = look_up(paper, crossref=PUBLISHED)
        paper.refresh_from_db()
        self.assertEqual(
            (paper.year, paper.venue, paper.abstract, paper.kind, paper.work.authors),
            (2019, "Journal of Kernels", WORK.abstract, "article", ["Jacot, A."]),
        )
        self.assertEqual(
            said(outcome.differences), [("authors", ["Jacot, A."], WORK.authors)]
        )
        reasons = paper.history.values_list("history_change_reason", flat=True)
        self.assertEqual(
            [*reasons[:2]], ["looked up at arXiv", "looked up at Crossref"]
        )

    def test_another_title_means_a_wrong_identifier(self):
        paper = known_to_arxiv(title="On Small Things", year=2018)
        [outcome] = look_up(paper)
        paper.refresh_from_db()
        self.assertEqual((paper.abstract, paper.authors.count()), ("", 0))
        self.assertEqual(outcome.gained, [])
        self.assertEqual(
            said(outcome.differences), [("title", "On Small Things", TITLE)]
        )
        self.assertEqual(
            outcome.problems,
            [f"arXiv: 1806.07572 is “{TITLE}”: nothing was taken of it"],
        )

    def test_an_identifier_of_another_paper_is_not_taken(self):
        for title, reason in ((TITLE, "similar"), ("On Small Things", "conflict")):
            Paper.objects.all().delete()
            Answer.objects.all().delete()
            other = make_paper(title=title, doi=PUBLISHED.doi)
            paper = known_to_arxiv(title=TITLE)
            work = Work(title=TITLE, year=2018, doi=PUBLISHED.doi)
            for _again in "12":
                [outcome] = look_up(paper, arxiv=work)
            paper.refresh_from_db()
            with self.subTest(title):
                self.assertEqual((paper.doi, paper.year), ("", 2018))
                row = Duplicate.objects.get()
                self.assertEqual(
                    (row.paper, row.other, row.reason, row.identifier),
                    (other, paper, reason, "doi:10.1000/ntk"),
                )
                self.assertEqual(
                    outcome.problems,
                    [
                        f"doi:10.1000/ntk is that of “{title}”: see the review of "
                        "duplicates"
                    ],
                )

    def test_authors_are_shared(self):
        author = make_author("Jacot", given_name="Arthur")
        paper = known_to_arxiv(title=TITLE)
        look_up(paper)
        self.assertEqual(paper.authorships.first().author, author)
        self.assertEqual(Author.objects.count(), 2)

    def test_a_dry_run_changes_no_paper(self):
        other = make_paper(doi=PUBLISHED.doi)
        paper = known_to_arxiv(title=TITLE)
        [outcome] = look_up(
            paper, arxiv=Work(**{**vars(WORK), "doi": other.doi}), is_dry_run=True
        )
        paper.refresh_from_db()
        self.assertEqual(
            (paper.year, paper.authors.count(), Duplicate.objects.count()), (None, 0, 0)
        )
        self.assertEqual(len(outcome.gained), 5)


@override_settings(PAPER_LOOKUP=True)
class AskTests(TestCase):
    def ask(self, papers, catalogue, **options):
        return list(lookup.look_up(papers, catalogues=[catalogue], **options))

    def test_an_answer_is_kept_until_asked_again(self):
        paper = known_to_arxiv(title=TITLE)
        arxiv = telling("arxiv", {WORK.arxiv_id: WORK})
        for options, count in (({}, 1), ({}, 1), ({"again": True}, 2)):
            self.ask([paper], arxiv, **options)
            self.assertEqual(len(arxiv.asked), count)

    def test_what_was_not_found_is_asked_again_after_some_days(self):
        paper = known_to_arxiv(title=TITLE)
        arxiv = telling("arxiv", {})
        for days, count in ((0, 1), (6, 1), (8, 2)):
            Answer.objects.update(asked_at=timezone.now() - timedelta(days=days))
            [outcome] = self.ask([paper], arxiv)
            self.assertEqual(len(arxiv.asked), count)
            self.assertEqual(outcome.problems, ["arXiv does not know 1806.07572"])

    def test_many_are_asked_of_at_once(self):
        papers = [make_paper(arxiv_id=f"2001.{n:05}") for n in range(60)]
        arxiv = telling("arxiv", {}, at_once=40)
        sizes = []
        find = arxiv.find
        arxiv.find = lambda wanted: sizes.append(len(wanted)) or find(wanted)
        self.assertEqual(len(self.ask(papers, arxiv)), 60)
        self.assertEqual(sizes, [40, 10, 10])

    def test_one_failure_does_not_stop_the_rest(self):
        papers = [make_paper(title="A", doi=f"10.1000/{name}") for name in "abc"]
        gone = make_paper(title="A", doi="10.1000/d")
        crossref = telling(
            "crossref",
            {
                "10.1000/a": Unanswered("it did not answer in time"),
                "10.1000/b": Work(title="A", year=2001),
                "10.1000/d": Work(title="A", year=2001),
            },
        )
        listed = [*papers, Paper.objects.get(pk=gone.pk)]
        gone.delete()
        outcomes = self.ask(listed, crossref)
        self.assertEqual(
            [str(each) for each in outcomes],
            [
                "Crossref: it did not answer in time",
                "filled year",
                "Crossref does not know 10.1000/c",
                "it was deleted meanwhile",
            ],
        )

    def test_an_identifier_given_away_just_now_is_told(self):
        paper = known_to_arxiv(title=TITLE)
        arxiv = telling("arxiv", {WORK.arxiv_id: WORK})
        with patch("references.filing.save", side_effect=IntegrityError):
            [outcome] = self.ask([paper], arxiv)
        self.assertEqual(str(outcome), "it could not be saved; try again")

    def test_identifiers_as_people_type_them(self):
        papers = [
            make_paper(title=TITLE, arxiv_id="arXiv:1806.07572v2"),
            make_paper(title="Other", doi="nothing", arxiv_id="1"),
            make_paper(title="None"),
        ]
        outcomes = self.ask(papers, telling("arxiv", {WORK.arxiv_id: WORK}))
        self.assertEqual(
            [each.problems for each in outcomes],
            [
                [],
                [
                    "“1” cannot be looked up at arXiv",
                    "“nothing” cannot be looked up at Crossref",
                ],
                ["it has neither arXiv id nor DOI"],
            ],
        )
        self.assertEqual(
            said(outcomes[0].differences),
            [("arxiv_id", "arXiv:1806.07572v2", "1806.07572")],
        )

    def test_nobody_is_asked_when_off(self):
        arxiv = telling("arxiv", {})
        with (
            override_settings(PAPER_LOOKUP=False),
            self.assertRaisesMessage(Unanswered, "DJANGO_PAPER_LOOKUP=1"),
        ):
            self.ask([known_to_arxiv()], arxiv)
        self.assertEqual(arxiv.asked, [])


@override_settings(PAPER_LOOKUP=True)
class TakeTests(TestCase):
    def setUp(self):
        self.paper = known_to_arxiv(
            [make_author("Bo", given_name="Ada")],
            title=TITLE,
            year=2010,
            abstract="Mine.",
            has_more_authors=True,
        )
        look_up(self.paper)
        self.paper.refresh_from_db()
        [answer] = lookup.kept_answers(self.paper)
        self.marks = {
            each.name: each.mark for each in lookup.differences(self.paper, answer)
        }

    def test_takes_what_is_marked_and_no_more(self):
        outcome = lookup.take(self.paper, [self.marks["authors"], self.marks["year"]])
        self.assertEqual(str(outcome), "filled authors, year")
        paper = Paper.objects.get()
        self.assertEqual(
            (paper.work.authors, paper.has_more_authors, paper.year, paper.abstract),
            (WORK.authors, False, 2018, "Mine."),
        )
        self.assertEqual(
            paper.history.first().history_change_reason, "taken from arXiv"
        )

    def test_what_changed_meanwhile_stays(self):
        Paper.objects.update(year=2011)
        outcome = lookup.take(self.paper, [self.marks["year"], "nonsense"])
        self.assertEqual(
            outcome.problems, ["some of it was changed meanwhile; look again"]
        )
        self.assertEqual(Paper.objects.get().year, 2011)

    def test_an_identifier_of_another_paper_cannot_be_taken(self):
        Answer.objects.filter(identifier=WORK.arxiv_id).update(
            fields={"title": TITLE, "doi": PUBLISHED.doi}
        )
        make_paper(doi=PUBLISHED.doi)
        [answer] = lookup.kept_answers(self.paper)
        marks = [each.mark for each in lookup.differences(self.paper, answer)]
        [problem] = lookup.take(self.paper, marks).problems
        self.assertIn("doi:10.1000/ntk is that of", problem)
        self.paper.refresh_from_db()
        self.assertEqual((self.paper.doi, Duplicate.objects.count()), ("", 1))


@override_settings(PAPER_LOOKUP=True, CONTACT="")
class CommandTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        author = make_author("Jacot", given_name="Arthur")
        cls.whole = known_to_arxiv([author], key="a", title=TITLE, year=2018)
        cls.bare = make_paper(key="b", title="doi:10.1000/ntk", doi="10.1000/ntk")
        make_paper_alias(cls.bare, key="NTK")
        make_paper(key="c")
        now = timezone.now()
        for source, work in (("arxiv", WORK), ("crossref", PUBLISHED)):
            Answer.objects.create(
                source=source,
                identifier=work.arxiv_id or work.doi,
                is_found=True,
                fields={"title": work.title, "year": work.year},
                asked_at=now,
            )

    def call(self, *arguments):
        out = StringIO()
        call_command("lookup_papers", *arguments, stdout=out)
        return out.getvalue().splitlines()

    def test_says_what_it_filled(self):
        self.assertEqual(
            self.call(),
            [
                "b: filled title, year",
                "Papers looked up: 2; filled: 1; different: 0; with problems: 0.",
            ],
        )
        self.bare.refresh_from_db()
        self.assertEqual((self.bare.title, self.bare.year), (TITLE, 2019))

    def test_only_those_that_lack_something(self):
        self.assertEqual(
            self.call("--missing", "--dry-run"),
            [
                "b: filled title, year",
                "Papers looked up: 1; filled: 1; different: 0; with problems: 0. "
                "No paper was changed: dry run.",
            ],
        )
        self.bare.refresh_from_db()
        self.assertEqual(self.bare.year, None)

    def test_only_those_named_by_key_or_alias(self):
        Paper.objects.filter(key="a").update(year=2001)
        self.assertEqual(
            self.call("NTK", "a", "c"),
            [
                "a: year is “2001”, arXiv has “2018”",
                "b: filled title, year",
                "c: it has neither arXiv id nor DOI",
                "Papers looked up: 3; filled: 1; different: 1; with problems: 1.",
            ],
        )

    def test_again_asks(self):
        [line, _summary] = self.call("NTK", "--again")
        self.assertIn("b: Crossref: not asked: it wants an e-mail address", line)

    def test_unknown_keys_are_told(self):
        with self.assertRaisesMessage(CommandError, "There is no paper x, y."):
            self.call("a", "y", "x")

    def test_says_which_setting_it_needs(self):
        with (
            override_settings(PAPER_LOOKUP=False),
            self.assertRaisesMessage(CommandError, "DJANGO_PAPER_LOOKUP=1"),
        ):
            self.call()
