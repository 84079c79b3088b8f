from django.test import TestCase

from tests.factories import make_author, make_paper
from tests.reading import HERE, answer


class SearchTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        author = make_author("Papyan", given_name="Vardan")
        cls.said = make_paper(key="said", title="Trees", abstract="Of collapse.")
        cls.titled = make_paper([author], key="titled", title="Neural collapse")

    def test_best_come_first(self):
        response = answer("search/", q="collapse")
        self.assertEqual(
            response.json(),
            {
                "count": 2,
                "next": None,
                "previous": None,
                "results": [
                    {
                        "kind": "paper",
                        "id": paper.pk,
                        "url": f"{HERE}api/v1/papers/{paper.key}/",
                        "html_url": f"{HERE}papers/{paper.key}/",
                        "title": paper.title,
                    }
                    for paper in (self.titled, self.said)
                ],
            },
        )

    def test_words_and_kind(self):
        for query, expected in (
            ({"q": "collapse papyan"}, ["Neural collapse"]),
            ({"q": '"neural collapse"', "kind": "paper"}, ["Neural collapse"]),
            ({"q": "coll"}, ["Neural collapse", "Trees"]),
            ({"q": "nothing"}, []),
        ):
            with self.subTest(**query):
                found = answer("search/", **query).json()["results"]
                self.assertEqual([row["title"] for row in found], expected)

    def test_pages_keep_the_words(self):
        first = answer("search/", q="collapse", page_size=1).json()
        self.assertEqual(
            first["next"], f"{HERE}api/v1/search/?page=2&page_size=1&q=collapse"
        )
        second = answer("search/", q="collapse", page_size=1, page=2).json()
        found = [row["title"] for row in first["results"] + second["results"]]
        self.assertEqual(found, ["Neural collapse", "Trees"])

    def test_finds_nothing_without_a_word(self):
        self.assertEqual(answer("search/", q=", -").json()["results"], [])

    def test_refuses_what_it_does_not_understand(self):
        for query, field in (
            ({}, "q"),
            ({"q": ""}, "q"),
            ({"q": "x" * 201}, "q"),
            ({"q": "a\0b"}, "q"),
            ({"q": "collapse", "kind": "talk"}, "kind"),
            ({"q": "collapse", "ordering": "title"}, "ordering"),
            ({"q": "collapse", "page_size": "201"}, "page_size"),
        ):
            with self.subTest(**query):
                response = answer("search/", **query)
                self.assertEqual(response.status_code, 400)
                [error] = response.json()["errors"]
                self.assertEqual(error["field"], field)

    def test_costs_three_queries_whatever_its_length(self):
        for number in range(20):
            make_paper(title=f"Collapse {number}")
        answer("search/", q="nothing")  # what appears by the clock is asked once
        with self.assertNumQueries(3):  # with that for what is kept
            answer("search/", q="collapse")
