import pytest
from django.core.management import call_command
from django.db import connection
from django.test import TestCase, TransactionTestCase

from references import indexing, search
from references.models import Paper, SearchEntry
from tests.factories import make_author, make_paper, make_paper_alias

pytestmark = pytest.mark.both


def found(query):
    """The keys of the papers that ``query`` finds, best first."""
    keys = dict(Paper.objects.values_list("pk", "key"))
    entries = search.matching(indexing.KIND, query)
    return [keys[entry.object_id] for entry in entries]


class MatchingTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        author = make_author("Rényi", given_name="Alfréd")
        make_paper([author], key="graphs", title="On Random Graphs", year=1959)
        make_paper(key="walks", title="Walks", abstract="Random steps on graphs.")
        make_paper(key="nets", title="The Neural Tangent Kernel: Convergence")
        SearchEntry.objects.create(kind="talk", object_id=1, title="random", words="")

    def test_finds_what_has_all_words_titles_first(self):
        for query, keys in (
            ("random graphs", ["graphs", "walks"]),
            ("GRAPHS random 1959", ["graphs"]),
            ("renyi", ["graphs"]),
            ("Rényi", ["graphs"]),
            ("tang", ["nets"]),
            ("random tangent", []),
            ('"random graphs"', ["graphs"]),
            ('"neural tangent" conv', ["nets"]),
            ('"rand"', []),
            ("kernel:convergence", ["nets"]),
        ):
            with self.subTest(query):
                self.assertEqual(found(query), keys)

    def test_nothing_asked_is_nothing_found(self):
        for query in ("", "   ", "?!", '""', "\x00"):
            with self.subTest(query):
                self.assertEqual(found(query), [])

    def test_operators_are_words(self):
        for query in (
            "random' OR 1=1 --",
            'graphs" OR "walks',
            "title:random",
            "NEAR(random graphs)",
            "random\x00graphs NOT",
            "!random | graphs & <-> :*",
            "random*) (",
            "\\'; DROP TABLE references_paper; --",
            "-random ^graphs {graphs} +",
            "א" * 10_000,
            "“random” 図 ℓ₁ 🎓",
        ):
            with self.subTest(query):
                self.assertLessEqual(set(found(query)), {"graphs", "walks"})

    def test_a_word_said_again_is_looked_for_once(self):
        once = search.matching(indexing.KIND, "random graphs")
        again = search.matching(indexing.KIND, "random graphs Random " * 9)
        self.assertEqual(again.query.sql_with_params(), once.query.sql_with_params())

    @pytest.mark.sqlite
    def test_the_index_is_asked_once_not_for_each_row(self):
        entries = search.matching(indexing.KIND, "random graphs")
        within = SearchEntry.objects.filter(
            object_id__in=entries.order_by().values("object_id")
        )
        for question in (entries, entries.order_by().values("object_id"), within):
            plan = question.explain()
            with self.subTest(plan):
                self.assertRegex(plan, r"_fts VIRTUAL TABLE INDEX \d+:M")


class IdentifierTests(TestCase):
    def test_finds_an_identifier_as_it_is_printed(self):
        make_paper(key="ntk", title="A", arxiv_id="1806.07572", doi="10.1000/xyz")
        make_paper(key="other", title="B")
        for query in ("1806.07572", "arXiv:1806.07572", "10.1000/xyz", "doi:10.1000/X"):
            with self.subTest(query):
                self.assertEqual(found(query), ["ntk"])
        self.assertEqual(found("doi"), ["ntk"])

    def test_letters_that_only_look_like_others(self):
        make_paper([make_author("Łojasiewicz")], key="pl", title="Smørrebrød og Æbler")
        for query in ("lojasiewicz", "Łojasiewicz", "smorrebrod aebler"):
            with self.subTest(query):
                self.assertEqual(found(query), ["pl"])


class FollowingTests(TestCase):
    """The index says what the rows say, whatever changed them."""

    def test_papers_and_their_parts(self):
        author = make_author("Bo")
        paper = make_paper([author], key="a", title="Old words")
        alias = make_paper_alias(paper, key="Zeta2020")
        self.assertEqual(found("old bo zeta2020"), ["a"])
        paper.title = "New words"
        paper.save()
        author.family_name = "Gu"
        author.save()
        alias.delete()
        self.assertEqual([found("old"), found("bo"), found("zeta2020")], [[], [], []])
        self.assertEqual(found("new gu"), ["a"])
        paper.authorships.all().delete()
        self.assertEqual(found("gu"), [])
        Paper.objects.filter(pk=paper.pk).delete()
        self.assertEqual(SearchEntry.objects.count(), 0)

    def test_an_entry_too_long_for_the_index_is_cut(self):
        words = " ".join(f"word{number}" for number in range(100_000))
        make_paper(key="long", title="Long", abstract=words)
        self.assertEqual((found("long word7"), found("word99999")), (["long"], []))


class MigrationTests(TransactionTestCase):
    def test_the_index_survives_migrating(self):
        make_paper(key="a", title="Here before")
        call_command("migrate", verbosity=0)
        make_paper(key="b", title="Here after")
        self.assertEqual([found("before"), found("after")], [["a"], ["b"]])

    def test_what_came_while_it_was_away_is_found(self):
        search.suspend(connection.alias)
        make_paper(key="a", title="Meanwhile")
        search.install(connection.alias)
        self.assertEqual(found("meanwhile"), ["a"])
