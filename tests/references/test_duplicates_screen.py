from django.test import Client, TestCase
from selectolax.lexbor import LexborHTMLParser

from references import duplicates
from references.models import Duplicate, Paper
from tests.admin_pages import count_queries, form_data, make_staff, page
from tests.factories import (
    make_author,
    make_course,
    make_duplicate,
    make_instructor,
    make_paper,
    make_paper_alias,
    make_paper_link,
    make_reading,
)

SCRIPT = "<script>alert(1)</script>"


def messages(response):
    return [str(each) for each in response.context["messages"]]


class ScreenTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.staff = make_staff()
        cls.paper = make_paper(
            [make_author("Bo")],
            key="first",
            title=f"Small things {SCRIPT}",
            arxiv_id="1901.00001",
            other_fields={SCRIPT: SCRIPT},
        )
        cls.other = make_paper([make_author("Di")], key="second", title="Small Things")
        for paper in (cls.paper, cls.other):
            make_paper_link(paper, label=SCRIPT)
            make_paper_alias(paper, key=f"{SCRIPT} {paper.key}")
            make_reading(make_course(title=SCRIPT), paper=paper)
        cls.pair = make_duplicate(
            cls.paper,
            cls.other,
            reason=Duplicate.Reason.CONFLICT,
            identifier="arXiv:1901.00001",
        )
        cls.url = page(Duplicate, "change", cls.pair.pk)

    def setUp(self):
        self.client.force_login(self.staff)

    def form(self):
        return form_data(self.client.get(self.url))

    def post(self, **data):
        return self.client.post(self.url, self.form() | data, follow=True)

    def state(self):
        return Duplicate.objects.get(pk=self.pair.pk).state


class ShowTests(ScreenTests):
    def test_offers_a_choice_where_they_differ(self):
        self.assertEqual(
            {name: self.form()[name] for name in ("key", "title", "authors")},
            dict.fromkeys(("key", "title", "authors"), str(self.paper.pk)),
        )
        tree = LexborHTMLParser(self.client.get(self.url).text)
        radios = [each.attributes["name"] for each in tree.css("input[type=radio]")]
        self.assertEqual(
            radios[::2], ["key", "title", "authors", "arxiv_id", "other_fields"]
        )
        self.assertEqual(radios[::2], radios[1::2])

    def test_says_first_what_one_of_them_lacks(self):
        self.paper.venue, self.other.venue = "", "Journal"
        self.other.save()
        self.assertEqual(self.form()["venue"], str(self.other.pk))

    def test_hostile_words_stay_text(self):
        for decide in ({}, {"merge": ""}):
            text = self.post(**decide).text if decide else ""
            text += self.client.get(self.url).text
            text += self.client.get(page(Duplicate, "changelist")).text
            with self.subTest(decide):
                self.assertNotIn(SCRIPT, text)
                self.assertNotIn("style=", text.split('id="content"')[1])

    def test_shows_where_each_is_read(self):
        rows = LexborHTMLParser(self.client.get(self.url).text).css(".pair tr")
        cells = [each.text().strip() for each in rows[-1].css("td")]
        self.assertEqual(cells, [SCRIPT, SCRIPT])

    def test_asks_the_same_for_many_rows(self):
        before = count_queries(self.client, self.url)
        for number in range(30):
            author = make_author(f"Author {number}")
            for paper in (self.paper, self.other):
                paper.authorships.create(author=author, position=number)
                make_paper_link(paper, url=f"https://example.org/{number}")
                make_paper_alias(paper, key=f"{paper.key} {number}")
                make_reading(make_course(), paper=paper)
        self.assertEqual(count_queries(self.client, self.url), before)

    def test_a_pair_that_is_not_there(self):
        for pk in ("0", "x", "9" * 30):
            with self.subTest(pk):
                response = self.client.get(page(Duplicate, "change", pk))
                self.assertEqual(response.status_code, 404)


class DecideTests(ScreenTests):
    def test_merges_what_was_chosen_and_parts_it_again(self):
        other = str(self.other.pk)
        response = self.post(merge="", key=other, authors=other)
        self.assertEqual(
            messages(response),
            [f"“{self.paper.title}” is now one paper; the key first leads to it."],
        )
        kept = Paper.objects.get()
        self.assertEqual(
            (kept.key, kept.title, [str(each) for each in kept.authors.all()]),
            ("second", self.paper.title, ["Di"]),
        )
        self.assertEqual(kept.readings.count(), 2)
        response = self.client.post(self.url, {"undo": ""}, follow=True)
        self.assertEqual(
            messages(response), ["These are two papers again, as they were."]
        )
        self.assertEqual(
            list(Paper.objects.order_by("pk").values_list("pk", "key", "title")),
            [
                (self.paper.pk, "first", self.paper.title),
                (self.other.pk, "second", "Small Things"),
            ],
        )

    def test_shows_what_was_merged_away(self):
        self.post(merge="")
        tree = LexborHTMLParser(self.client.get(self.url).text)
        self.assertEqual(
            [
                [value.text().strip() for value in row.css(".value")]
                for row in tree.css(".pair tr")[1:4]
            ],
            [["first", "second"], [self.paper.title, "Small Things"], ["Bo", "Di"]],
        )
        history = page(Paper, "history", self.other.pk)
        self.assertTrue(tree.css_matches(f'a[href="{history}"]'))
        self.assertContains(self.client.get(history), "Merged into first.")
        self.assertEqual(len(tree.css("input[type=radio]")), 0)

    def test_two_papers(self):
        self.assertEqual(messages(self.post(dismiss="")), ["These are two papers."])
        self.assertEqual(self.state(), Duplicate.State.DIFFERENT)

    def test_the_identifier_goes_to_the_other(self):
        response = self.post(give="")
        self.assertEqual(
            messages(response),
            ["These are two papers; arXiv:1901.00001 went to the other."],
        )
        self.other.refresh_from_db()
        self.assertEqual(self.other.arxiv_id, "1901.00001")

    def test_a_stale_screen_is_told(self):
        form = self.form()
        Paper.objects.filter(pk=self.other.pk).update(title="Edited")
        response = self.client.post(self.url, form | {"merge": ""}, follow=True)
        [message] = messages(response)
        self.assertIn("was changed while you had it open", message)
        self.assertContains(response, "Edited")
        self.assertEqual(Paper.objects.count(), 2)

    def test_what_was_decided_meanwhile_is_told(self):
        form = self.form()
        duplicates.dismiss(self.pair)
        for data, said in (
            ({"dismiss": ""}, "Somebody has decided this meanwhile."),
            ({"undo": ""}, "This is not merged, or no longer."),
            ({"merge": ""}, "This was changed while you had it open. Look again."),
            ({"merge": "", "key": "0"}, "Somebody has decided this meanwhile."),
        ):
            response = self.client.post(self.url, form | data, follow=True)
            with self.subTest(data):
                self.assertEqual(messages(response), [said])
        duplicates.merge(self.paper, self.other)
        response = self.client.post(self.url, form | {"merge": ""}, follow=True)
        self.assertEqual(messages(response), ["Somebody has decided this meanwhile."])

    def test_without_the_seen_version_nothing_is_merged(self):
        self.post(merge="", seen="")
        self.assertEqual(Paper.objects.count(), 2)

    def test_tells_what_could_not_be_brought_back(self):
        self.post(merge="")
        make_paper(key="second")
        response = self.client.post(self.url, {"undo": ""}, follow=True)
        self.assertEqual(messages(response)[0], "second is another paper’s by now.")

    def test_nothing_chosen_is_refused(self):
        for data in ({}, {"merge": "", "dismiss": ""}):
            with self.subTest(data):
                self.assertEqual(self.client.post(self.url, data).status_code, 403)

    def test_a_token_is_needed(self):
        client = Client(enforce_csrf_checks=True)
        client.force_login(self.staff)
        response = client.post(self.url, {"dismiss": ""})
        self.assertEqual((response.status_code, self.state()), (403, "open"))

    def test_is_told_to_the_log(self):
        self.post(dismiss="")
        response = self.client.get(page(Duplicate, "history", self.pair.pk))
        self.assertContains(response, "These are two papers.")


class PermissionTests(ScreenTests):
    def test_staff_of_a_course_neither_see_nor_decide(self):
        """Whether two papers are one concerns all courses that read them."""
        self.client.force_login(make_instructor(make_course()))
        for url in (self.url, page(Duplicate, "changelist")):
            self.assertEqual(self.client.get(url).status_code, 403)
        for decision in ("merge", "dismiss", "give", "undo"):
            response = self.client.post(self.url, {decision: ""})
            self.assertEqual(response.status_code, 403)
        self.assertEqual(self.state(), "open")


class ListTests(ScreenTests):
    def test_open_ones_come_first_and_are_found(self):
        decided = make_duplicate(
            make_paper(title="Merged"), state=Duplicate.State.DIFFERENT
        )
        url = page(Duplicate, "changelist")
        for query, found in (
            ({}, [self.pair, decided]),
            ({"q": "merged"}, [decided]),
            ({"q": "1901.00001"}, [self.pair]),
            ({"state__exact": "open"}, [self.pair]),
            ({"reason__exact": "similar"}, [decided]),
        ):
            response = self.client.get(url, query)
            with self.subTest(query):
                self.assertEqual(list(response.context["cl"].result_list), found)

    def test_query_count_does_not_grow(self):
        url = page(Duplicate, "changelist")
        counts = []
        for number in (2, 297):
            papers = [
                Paper(key=f"p{number}-{each}", title=f"Title {each}")
                for each in range(2 * number)
            ]
            papers = Paper.objects.bulk_create(papers)
            Duplicate.objects.bulk_create(
                Duplicate(
                    paper=one, other=two, likeness=99, reason=Duplicate.Reason.SIMILAR
                )
                for one, two in zip(papers[::2], papers[1::2], strict=True)
            )
            counts.append(count_queries(self.client, url))
        self.assertEqual(counts[0], counts[1])

    def test_the_list_of_papers_tells_how_many_are_open(self):
        url = page(Paper, "changelist")
        self.assertContains(self.client.get(url), "1 pair of duplicates to decide on")
        duplicates.dismiss(self.pair)
        self.assertNotContains(self.client.get(url), "duplicates to decide on")


class ActionTests(ScreenTests):
    def run_action(self, action, *papers):
        return self.client.post(
            page(Paper, "changelist"),
            {"action": action, "_selected_action": [paper.pk for paper in papers]},
            follow=True,
        )

    def test_two_papers_are_shown_side_by_side(self):
        third = make_paper()
        response = self.run_action("merge_selected", third, self.other)
        row = Duplicate.objects.get(other=third)
        self.assertRedirects(response, page(Duplicate, "change", row.pk))
        self.assertEqual(row.paper, self.other)
        response = self.run_action("merge_selected", self.other, self.paper)
        self.assertRedirects(response, self.url)  # they are in the queue

    def test_two_are_selected(self):
        for papers in ([self.paper], [self.paper, self.other, make_paper()]):
            response = self.run_action("merge_selected", *papers)
            self.assertEqual(
                messages(response),
                ["Select two papers; the next page shows them side by side."],
            )

    def test_looks_for_duplicates(self):
        bo = make_author("Gu")
        papers = [make_paper([bo], title="A thing of beauty") for _number in range(2)]
        response = self.run_action("find_duplicates", papers[0])
        self.assertEqual(
            messages(response), ["New pairs of similar papers to decide on: 1."]
        )
