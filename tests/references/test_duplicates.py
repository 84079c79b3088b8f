from io import StringIO
from unittest import mock

import pytest
from django.core.management import call_command
from django.db import transaction
from django.test import TestCase
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from references import duplicates, indexing, search
from references.models import (
    Author,
    Authorship,
    Duplicate,
    Paper,
    PaperAlias,
    PaperLink,
    SearchEntry,
)
from tests.factories import (
    make_author,
    make_duplicate,
    make_paper,
    make_paper_alias,
    make_paper_link,
    make_superuser,
)
from tests.processes import run_at_once

OPEN, MERGED, DIFFERENT = Duplicate.State


def rows(model, *left_out):
    """All rows of ``model`` as tuples of their values."""
    names = [
        field.attname
        for field in model._meta.concrete_fields
        if field.name not in left_out
    ]
    return sorted(model.objects.values_list(*names), key=repr)


def everything():
    """What merging may change, but dates and the history."""
    found = {
        model: rows(model, "updated_at", "created_at", "undo", "other_title")
        for model in (Paper, Author, Authorship, PaperLink, PaperAlias, Duplicate)
    }
    found[SearchEntry] = rows(SearchEntry, "id")
    return found


class FindTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        bo, di = make_author("Bo", given_name="Ada"), make_author("Di")
        cls.paper = make_paper([bo, di], title="On small things that matter")
        cls.other = make_paper([bo], title="On Small Things That Matter.")
        cls.erratum = make_paper([bo], title="Erratum: On small things that matter")
        cls.foreign = make_paper(
            [make_author("Gu")], title="On small things that matter"
        )

    def found(self):
        return list(Duplicate.objects.values_list("paper", "other", "state"))

    def test_puts_similar_papers_into_the_queue(self):
        self.assertEqual(duplicates.find(), 1)
        [row] = Duplicate.objects.all()
        self.assertEqual(
            (row.paper, row.other, row.other_title, row.likeness, row.reason),
            (self.paper, self.other, self.other.title, 100, "similar"),
        )

    def test_looks_at_some_papers_alone(self):
        for papers, count in (([self.erratum, self.foreign], 0), ([self.other], 1)):
            with self.subTest(papers):
                self.assertEqual(duplicates.find(papers), count)
        self.assertEqual(self.found(), [(self.paper.pk, self.other.pk, OPEN)])

    def test_a_pair_stands_there_once(self):
        for state in Duplicate.State:
            Duplicate.objects.all().delete()
            row = make_duplicate(self.other, self.paper, state=state)
            with self.subTest(state):
                self.assertEqual(duplicates.find(), 0)
                self.assertEqual(self.found(), [(self.other.pk, self.paper.pk, state)])
                self.assertEqual(duplicates.pair(self.paper, self.other), row)

    def test_finds_so_many_at_once_and_more_the_next_time(self):
        make_paper([Author.objects.get(family_name="Bo")], title="On a small thing")
        make_paper([Author.objects.get(family_name="Bo")], title="On a small thing")
        with mock.patch.object(duplicates, "MOST_FOUND", 1):
            self.assertEqual([duplicates.find() for _time in range(3)], [1, 1, 0])

    def test_the_command_says_how_many(self):
        said = StringIO()
        call_command("find_duplicates", stdout=said)
        self.assertEqual(
            said.getvalue(), "New pairs of similar papers to decide on: 1.\n"
        )


@pytest.mark.both
class MergeTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.bo, cls.di = make_author("Bo"), make_author("Di")
        cls.kept = make_paper(
            [cls.bo], key="kept", title="Small things", arxiv_id="1901.00001"
        )
        cls.gone = make_paper(
            [cls.di, cls.bo],
            key="gone",
            title="Small Things",
            doi="10.1000/a",
            venue="Journal of Things",
            other_fields={"month": "may"},
        )
        cls.by = make_superuser()

    def merge(self, taken=()):
        row = duplicates.merge(self.kept, self.gone, taken, self.by)
        self.kept.refresh_from_db()
        return row

    def test_the_row_of_the_queue_says_who_decided(self):
        pair = make_duplicate(self.gone, self.kept)
        row = self.merge()
        self.assertEqual(row.pk, pair.pk)
        self.assertEqual(
            (row.paper, row.other, row.other_title, row.state, row.decided_by),
            (self.kept, None, "Small Things", MERGED, self.by),
        )
        self.assertEqual(Paper.objects.get(), self.kept)

    def test_the_caller_says_whose_value_stays(self):
        self.merge({"venue", "title", "kind"})
        kept = self.kept
        self.assertEqual(
            (kept.key, kept.title, kept.venue, kept.kind, kept.year),
            ("kept", "Small Things", "Journal of Things", Paper.Kind.MISC, None),
        )

    def test_an_empty_value_may_stay(self):
        self.gone.note = "wrong"
        self.gone.save()
        duplicates.merge(self.gone, self.kept, {"note"}, self.by)
        self.assertEqual(Paper.objects.get().note, "")

    def test_addresses_and_other_fields_of_both_stay(self):
        self.kept.other_fields = {"month": "june", "isbn": "1"}
        self.kept.save()
        self.merge({"other_fields"})
        self.assertEqual(
            (self.kept.arxiv_id, self.kept.doi, self.kept.other_fields),
            ("1901.00001", "10.1000/a", {"month": "may", "isbn": "1"}),
        )

    def test_a_second_address_becomes_a_link(self):
        Paper.objects.filter(pk=self.kept.pk).update(
            doi="10.1000/b", url="https://example.org/b"
        )
        Paper.objects.filter(pk=self.gone.pk).update(
            arxiv_id="1902.00002", url="https://example.org/a"
        )
        self.merge({"arxiv_id", "url"})
        self.assertEqual(
            (self.kept.arxiv_id, self.kept.doi, self.kept.url),
            ("1902.00002", "10.1000/b", "https://example.org/a"),
        )
        self.assertEqual(
            list(self.kept.links.values_list("label", "url")),
            [
                ("arXiv:1901.00001", "https://arxiv.org/abs/1901.00001"),
                ("doi:10.1000/a", "https://doi.org/10.1000/a"),
                ("", "https://example.org/b"),
            ],
        )

    def test_one_list_of_authors_stays(self):
        for taken, authors in ((set(), [self.bo]), ({"authors"}, [self.di, self.bo])):
            row = self.merge(taken)
            with self.subTest(taken=taken):
                self.assertEqual(
                    [each.author for each in self.kept.authorships.all()], authors
                )
            duplicates.undo(row)

    def test_links_and_aliases_move(self):
        make_paper_link(self.kept, url="https://example.org/1")
        make_paper_link(self.gone, url="https://example.org/1", label="double")
        moved = make_paper_link(self.gone, url="https://example.org/2")
        make_paper_alias(self.gone, key="File:Key")
        self.merge()
        self.assertEqual(
            list(self.kept.links.values_list("url", flat=True)),
            ["https://example.org/1", moved.url],
        )
        self.assertEqual(
            list(self.kept.aliases.values_list("key", flat=True)), ["File:Key", "gone"]
        )

    def test_the_old_address_leads_to_the_paper(self):
        address = self.gone.get_absolute_url()
        self.merge()
        self.assertRedirects(self.client.get(address), self.kept.get_absolute_url())

    def test_an_alias_of_a_third_paper_yields_to_the_key(self):
        third = make_paper(title="Third")
        make_paper_alias(third, key="gone")
        row = self.merge()
        self.assertEqual(PaperAlias.objects.get().paper, self.kept)
        duplicates.undo(row)
        self.assertEqual(PaperAlias.objects.get().paper, third)

    def test_it_is_found_by_the_words_of_both(self):
        make_paper_alias(self.gone, key="FileKey")
        row = self.merge({"venue"})
        for words in ("FileKey", "gone", "journal", "kept"):
            entries = search.matching(indexing.KIND, words)
            with self.subTest(words):
                self.assertEqual([each.object_id for each in entries], [self.kept.pk])
        duplicates.undo(row)
        entries = search.matching(indexing.KIND, "journal")
        self.assertEqual([each.object_id for each in entries], [self.gone.pk])

    def test_the_history_of_both_says_why(self):
        duplicates.undo(self.merge(), self.by)
        for paper, reasons in (
            (
                self.kept,
                [
                    "The merging with gone was undone.",
                    f"Merged with gone (no. {self.gone.pk}).",
                    None,
                ],
            ),
            (
                self.gone,
                ["The merging with gone was undone.", "Merged into kept.", None],
            ),
        ):
            records = Paper.history.filter(id=paper.pk)
            with self.subTest(paper):
                self.assertEqual(
                    [each.history_change_reason for each in records], reasons
                )
                self.assertEqual(
                    [each.history_user for each in records], [self.by, self.by, None]
                )

    def test_other_pairs_go_with_the_paper(self):
        third, fourth = make_paper(), make_paper()
        make_duplicate(self.gone, third)
        make_duplicate(fourth, self.gone)
        make_duplicate(self.kept, fourth)  # says the same then, turned
        before = everything()
        make_duplicate(self.kept, self.gone)
        row = self.merge()
        self.assertEqual(
            set(Duplicate.objects.values_list("paper", "other")),
            {
                (self.kept.pk, third.pk),
                (self.kept.pk, fourth.pk),
                (self.kept.pk, None),
            },
        )
        duplicates.undo(row)
        row.delete()
        self.assertEqual(everything(), before)

    def test_what_changed_since_it_was_seen_is_not_merged(self):
        pair = make_duplicate(self.kept, self.gone)
        for change in (
            lambda: Paper.objects.filter(pk=self.gone.pk).update(note="new"),
            lambda: make_paper_link(self.kept),
            lambda: make_paper_alias(self.gone),
            lambda: self.gone.authorships.all().delete(),
            lambda: duplicates.dismiss(pair),
        ):
            seen = duplicates.version(Duplicate.objects.get(pk=pair.pk))
            change()
            with self.assertRaisesMessage(duplicates.Refused, "was changed"):
                duplicates.merge(self.kept, self.gone, (), self.by, seen)
        self.assertEqual(Paper.objects.count(), 2)
        seen = duplicates.version(Duplicate.objects.get(pk=pair.pk))
        duplicates.merge(self.gone, self.kept, (), self.by, seen)

    def test_a_paper_that_is_gone_is_not_merged(self):
        self.merge()
        with self.assertRaisesMessage(duplicates.Refused, "merged or deleted"):
            duplicates.merge(self.kept, self.gone, (), self.by)

    def test_suggests_what_one_paper_alone_says(self):
        self.assertEqual(
            duplicates.differing(self.kept, self.gone),
            ["title", "authors", "venue", "arxiv_id", "doi", "other_fields"],
        )
        self.assertEqual(
            duplicates.suggested(self.kept, self.gone), {"venue", "doi", "other_fields"}
        )
        self.assertEqual(duplicates.suggested(self.gone, self.kept), {"arxiv_id"})
        for field, value in (("kind", "preprint"), ("title", "arXiv:1901.00001")):
            setattr(self.kept, field, value)
        self.kept.authorships.all().delete()
        self.gone.kind = Paper.Kind.ARTICLE
        self.assertLessEqual(
            {"kind", "title", "authors"}, duplicates.suggested(self.kept, self.gone)
        )


@pytest.mark.both
class UndoTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        authors = make_author("Bo"), make_author("Di")
        cls.papers = [
            make_paper(
                [authors[number % 2]],
                key=f"key-{number}",
                title=f"Title {number}",
                doi=f"10.1000/{number}",
                year=2000 + number,
            )
            for number in range(3)
        ]

    def merge(self, kept, gone, taken=duplicates.FIELDS):
        papers = Paper.objects.in_bulk([self.papers[kept].pk, self.papers[gone].pk])
        return duplicates.merge(
            papers[self.papers[kept].pk], papers[self.papers[gone].pk], taken
        )

    def test_brings_back_both_as_they_were(self):
        made = rows(Paper, "updated_at")
        before = everything()
        row = self.merge(0, 1)
        self.assertEqual(duplicates.undo(row), [])
        row.refresh_from_db()
        self.assertEqual((row.state, row.undo, row.decided_at), (OPEN, {}, None))
        row.delete()
        self.assertEqual(everything(), before)
        self.assertEqual(rows(Paper, "updated_at"), made)  # with their dates

    def test_a_chain_is_undone_from_its_end(self):
        make_duplicate(self.papers[0], self.papers[1])
        make_duplicate(self.papers[2], self.papers[0])
        before = everything()
        first, second = self.merge(0, 1), self.merge(2, 0)
        with self.assertRaisesMessage(duplicates.Refused, "“Title 1” was merged later"):
            duplicates.undo(first)
        for row in (second, first):
            self.assertEqual(duplicates.undo(row), [])
        self.assertEqual(everything(), before)

    def test_merges_into_one_paper_are_undone_from_the_last(self):
        first, second = self.merge(0, 1), self.merge(0, 2)
        with self.assertRaisesMessage(duplicates.Refused, "“Title 2” was merged later"):
            duplicates.undo(first)
        duplicates.undo(second)
        duplicates.undo(first)

    def test_is_done_once(self):
        row = self.merge(0, 1)
        duplicates.undo(row)
        with self.assertRaisesMessage(duplicates.Refused, "not merged"):
            duplicates.undo(row)

    def test_a_pair_that_is_no_longer_there_is_refused(self):
        row = self.merge(0, 1)
        Duplicate.objects.all().delete()
        with self.assertRaisesMessage(duplicates.Refused, "no longer in the queue"):
            duplicates.undo(row)

    def test_what_was_edited_since_stays(self):
        row = self.merge(0, 1)
        kept = Paper.objects.get(pk=self.papers[0].pk)
        kept.title = "Edited"
        kept.save()
        late = make_author("Late")
        kept.authorships.create(author=late, position=9)
        duplicates.undo(row)
        kept.refresh_from_db()
        self.assertEqual(
            (kept.title, kept.year, kept.doi), ("Edited", 2000, "10.1000/0")
        )
        self.assertEqual(
            [each.family_name for each in kept.authors.all()], ["Di", "Late"]
        )
        gone = Paper.objects.get(pk=self.papers[1].pk)
        self.assertEqual([each.family_name for each in gone.authors.all()], ["Di"])

    def test_what_was_deleted_or_moved_since_stays_so(self):
        links = [
            make_paper_link(self.papers[1], url=f"https://example.org/{number}")
            for number in range(3)
        ]
        row = self.merge(0, 1)
        links[0].delete()
        PaperLink.objects.filter(pk=links[1].pk).update(paper=self.papers[2])
        PaperLink.objects.exclude(pk__in=[each.pk for each in links]).delete()
        duplicates.undo(row)
        self.assertEqual(
            set(PaperLink.objects.values_list("pk", "paper")),
            {(links[1].pk, self.papers[2].pk), (links[2].pk, self.papers[1].pk)},
        )

    def test_tells_what_has_no_place_any_more(self):
        Paper.objects.filter(pk=self.papers[1].pk).update(arxiv_id="1902.00002")
        Paper.objects.filter(pk=self.papers[0].pk).update(arxiv_id="1901.00001")
        row = self.merge(0, 1, {"arxiv_id", "doi"})
        PaperLink.objects.all().delete()
        Authorship.objects.filter(author__family_name="Di").delete()
        Author.objects.get(family_name="Di").delete()
        make_paper(key="key-1", title="New", doi="10.1000/0")
        Paper.objects.filter(pk=self.papers[0].pk).update(arxiv_id="", doi="10.1000/1")
        make_paper(title="Newer", arxiv_id="1902.00002")
        self.assertEqual(
            duplicates.undo(row),
            [
                "10.1000/0 is another paper’s by now.",
                "key-1 is another paper’s by now.",
                "1902.00002 is another paper’s by now.",
                "10.1000/1 is another paper’s by now.",
                "Not brought back: authorship “Di”.",
            ],
        )
        gone = Paper.objects.get(pk=self.papers[1].pk)
        self.assertEqual(
            (gone.key, gone.title, gone.arxiv_id, gone.doi),
            (f"key-1-{gone.pk}", "Title 1", "", ""),
        )


@pytest.mark.both
class DecideTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.paper = make_paper(key="first", arxiv_id="1901.00001")
        cls.other = make_paper(key="second")
        cls.pair = make_duplicate(
            cls.paper,
            cls.other,
            reason=Duplicate.Reason.CONFLICT,
            identifier="arXiv:1901.00001",
        )
        cls.by = make_superuser()

    def test_two_papers(self):
        duplicates.dismiss(self.pair, self.by)
        self.pair.refresh_from_db()
        self.assertEqual((self.pair.state, self.pair.decided_by), (DIFFERENT, self.by))
        with self.assertRaisesMessage(duplicates.Refused, "decided this meanwhile"):
            duplicates.dismiss(self.pair, self.by)

    def test_two_papers_may_be_one_after_all(self):
        duplicates.dismiss(self.pair, self.by)
        row = duplicates.merge(self.paper, self.other)
        self.assertEqual((row.pk, row.state), (self.pair.pk, MERGED))

    def test_the_identifier_may_belong_to_the_other(self):
        duplicates.give_identifier(self.pair, self.by)
        self.pair.refresh_from_db()
        for paper, value in ((self.paper, ""), (self.other, "1901.00001")):
            paper.refresh_from_db()
            self.assertEqual(paper.arxiv_id, value)
            record = paper.history.first()
            self.assertEqual(
                (record.history_user, record.history_change_reason),
                (self.by, "arXiv:1901.00001 belongs to second."),
            )
        self.assertEqual(self.pair.state, DIFFERENT)
        duplicates.give_identifier(self.pair, self.by)  # and back
        self.paper.refresh_from_db()
        self.assertEqual(self.paper.arxiv_id, "1901.00001")

    def test_an_identifier_is_not_given_where_there_is_another(self):
        Paper.objects.filter(pk=self.other.pk).update(arxiv_id="1902.00002")
        with self.assertRaisesMessage(duplicates.Refused, "identifier of its own"):
            duplicates.give_identifier(self.pair, self.by)

    def test_an_identifier_that_neither_has_is_not_given(self):
        Paper.objects.filter(pk=self.paper.pk).update(arxiv_id="")
        with self.assertRaisesMessage(duplicates.Refused, "Neither paper"):
            duplicates.give_identifier(self.pair, self.by)
        Duplicate.objects.update(identifier="")
        with self.assertRaisesMessage(duplicates.Refused, "Neither paper"):
            duplicates.give_identifier(self.pair, self.by)

    def test_a_merged_pair_is_decided(self):
        duplicates.merge(self.paper, self.other)
        for decide in (duplicates.dismiss, duplicates.give_identifier):
            with self.assertRaisesMessage(duplicates.Refused, "decided this meanwhile"):
                decide(self.pair, self.by)


MERGES = st.lists(
    st.tuples(
        st.integers(0, 3),
        st.integers(0, 3),
        st.sets(st.sampled_from(duplicates.FIELDS)),
    ),
    max_size=3,
)
TEXT = st.sampled_from(["", "a", "b"])
PAPERS = st.lists(
    st.fixed_dictionaries(
        {
            "fields": st.fixed_dictionaries(
                {
                    **{name: TEXT for name in ("venue", "note", "abstract", "volume")},
                    "year": st.sampled_from([None, 2001, 2002]),
                    "has_more_authors": st.booleans(),
                    "other_fields": st.dictionaries(TEXT, TEXT, max_size=2),
                    "url": st.sampled_from(["", "https://example.org/0"]),
                }
            ),
            "ids": st.sets(st.sampled_from(["arxiv_id", "doi"])),
            "authors": st.lists(st.integers(0, 2), unique=True),
            "links": st.sets(st.integers(0, 3)),
            "pairs": st.sets(st.integers(0, 3)),
        }
    ),
    min_size=4,
    max_size=4,
)


def make_papers(described):
    authors = [make_author(f"Author {number}") for number in range(3)]
    papers = []
    for number, each in enumerate(described):
        ids = {name: f"10.1000/{number}" for name in each["ids"]}
        paper = make_paper(
            [authors[place] for place in each["authors"]],
            key=f"key-{number}",
            **each["fields"] | ids,
        )
        for link in sorted(each["links"]):
            make_paper_link(paper, url=f"https://example.org/{link}")
        make_paper_alias(paper, key=f"alias-{number}")
        papers.append(paper)
    for number, each in enumerate(described):
        for other in range(number):
            if other in each["pairs"]:
                make_duplicate(papers[number], papers[other])
    return papers


@pytest.mark.both
@pytest.mark.django_db
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(described=PAPERS, merges=MERGES)
def test_merges_undone_in_reverse_leave_no_trace_property(described, merges):
    with transaction.atomic():
        papers = make_papers(described)
        for kept, gone, _taken in merges:  # so that undoing leaves no new rows
            if kept != gone:
                duplicates.pair(papers[kept], papers[gone])
        states, done = [], []
        for kept, gone, taken in merges:
            now = everything()
            try:
                done.append(duplicates.merge(papers[kept], papers[gone], taken))
                states.append(now)
            except duplicates.Refused:
                pass
        while done:
            assert duplicates.undo(done.pop()) == []
            assert everything() == states.pop()
        transaction.set_rollback(True)


DECIDE = """
from references import duplicates
from references.models import Duplicate, Paper
row = Duplicate.objects.get()
one, other = Paper(pk={pks[0]}), Paper(pk={pks[1]})  # the row may be merged by now
try:
    {decision}
    print("done")
except duplicates.Refused:
    print("refused")
"""
MERGE = "duplicates.merge(one, other)"
MERGE_TURNED = "duplicates.merge(other, one)"


@pytest.mark.both
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("second", [MERGE, MERGE_TURNED, "duplicates.dismiss(row)"])
def test_of_two_who_decide_at_once_one_is_told(second):
    row = make_duplicate()
    pks = row.paper_id, row.other_id
    answers = run_at_once(
        *[DECIDE.format(pks=pks, decision=each) for each in (MERGE, second)]
    )
    said = sorted(answer.strip() for _code, answer in answers)
    if "dismiss" in second and said == ["done", "done"]:  # two papers, then one
        assert Duplicate.objects.get().state == MERGED
    else:
        assert said == ["done", "refused"], answers


@pytest.mark.both
@pytest.mark.django_db(transaction=True)
def test_of_two_who_undo_at_once_one_is_told():
    row = make_duplicate()
    duplicates.merge(row.paper, row.other)
    pks = row.paper_id, row.other_id
    undo = DECIDE.format(pks=pks, decision="duplicates.undo(row)")
    answers = run_at_once(undo, undo)
    assert sorted(said.strip() for _code, said in answers) == ["done", "refused"]
    assert Paper.objects.count() == 2
