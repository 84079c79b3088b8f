from django.test import TestCase

from references.models import Author, Duplicate, Paper
from tests.admin_pages import (
    MANY_ROWS,
    AdminPageTests,
    count_queries,
    form_data,
    make_staff,
    page,
)
from tests.factories import (
    make_author,
    make_duplicate,
    make_paper,
    make_paper_alias,
    make_paper_link,
)


class ReferencesPageTests(AdminPageTests, TestCase):
    app_label = "references"
    read_only = [Duplicate]

    @classmethod
    def make_rows(cls):
        author = make_author()
        paper = make_paper([author])
        make_paper_link(paper)
        make_paper_alias(paper, key=f"alias of {paper.key}")
        return [author, paper, make_duplicate(paper)]


class PaperAdminTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.paper = make_paper(
            [make_author("Jacot")],
            key="jacot2018neural",
            title="Neural Tangent Kernel",
            arxiv_id="1806.07572",
            doi="10.1000/xyz",
        )
        make_paper_alias(cls.paper, key="NTK18")
        make_paper(key="other", title="Another")
        cls.staff = make_staff()

    def setUp(self):
        self.client.force_login(self.staff)

    def test_finds_papers(self):
        for words in ("tangent", "jacot2018", "NTK18", "Jacot", "1806.07572", "10.1"):
            response = self.client.get(page(Paper, "changelist"), {"q": words})
            with self.subTest(words):
                self.assertQuerySetEqual(
                    response.context["cl"].result_list, [self.paper]
                )

    def test_key_stays(self):
        url = page(Paper, "change", self.paper.pk)
        data = form_data(self.client.get(url)) | {"key": "new", "title": "New"}
        self.client.post(url, data)
        self.paper.refresh_from_db()
        self.assertEqual((self.paper.key, self.paper.title), ("jacot2018neural", "New"))

    def test_adds_a_paper_with_authors_and_links(self):
        author = make_author("Mei")
        url = page(Paper, "add")
        data = form_data(self.client.get(url)) | {
            "key": "mei2018mean",
            "title": "A Mean Field View",
            "other_fields": '{"eprint": "x"}',
            "authorships-TOTAL_FORMS": "1",
            "authorships-0-author": str(author.pk),
            "authorships-0-position": "1",
            "links-TOTAL_FORMS": "1",
            "links-0-position": "1",
            "links-0-kind": "code",
            "links-0-url": "https://example.org/code",
        }
        self.client.post(url, data)
        paper = Paper.objects.get(key="mei2018mean")
        self.assertEqual(
            ([*paper.authors.all()], paper.other_fields, paper.addresses),
            ([author], {"eprint": "x"}, [("code", "https://example.org/code")]),
        )

    def test_the_form_asks_the_same_for_many_rows(self):
        counts = []
        for positions in (range(3), range(3, MANY_ROWS)):
            for position in positions:
                author = make_author(f"Author {position}")
                self.paper.authorships.create(author=author, position=position)
                make_paper_alias(self.paper, key=f"alias {position}")
                make_paper_link(self.paper, url=f"https://example.org/{position}")
            counts.append(
                count_queries(self.client, page(Paper, "change", self.paper.pk))
            )
        self.assertEqual(counts[0], counts[1])

    def test_finds_authors(self):
        response = self.client.get(page(Author, "changelist"), {"q": "jac"})
        self.assertQuerySetEqual(
            response.context["cl"].result_list, self.paper.authors.all()
        )
