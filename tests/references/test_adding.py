from random import Random
from string import ascii_letters, digits

from django.core import signing
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import TestCase
from django.urls import reverse
from selectolax.lexbor import LexborHTMLParser

from references import adding
from references.models import Duplicate, Paper
from tests.admin_pages import form_data, make_staff
from tests.factories import make_author, make_paper, make_user

URL = reverse("admin:references_paper_add_papers")
RIS = """TY  - JOUR
AU  - Rényi, Alfréd
AU  - Bo, Ada
TI  - {title}
PY  - 2019
T2  - Annals of Things
VL  - 7
ER  -
"""


def said(response):
    """The words of each work on the page, squeezed."""
    works = LexborHTMLParser(response.text).css("fieldset.work")
    return [" ".join(work.text(separator=" ").split()) for work in works]


class AddPapersTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.staff = make_staff()

    def setUp(self):
        self.client.force_login(self.staff)

    def look_over(self, text="", **data):
        return self.client.post(URL, {"text": text, **data})

    def test_what_is_ticked_is_saved_whole(self):
        response = self.look_over(RIS.format(title="One") + RIS.format(title="Two"))
        data = form_data(response)
        del data["work-1-take"]
        response = self.client.post(URL, data, follow=True)
        self.assertRedirects(response, reverse("admin:references_paper_changelist"))
        self.assertContains(response, "1 new paper.")
        paper = Paper.objects.get()
        self.assertEqual(
            (paper.title, paper.venue, paper.volume, paper.work.authors),
            ("One", "Annals of Things", "7", ["Rényi, Alfréd", "Bo, Ada"]),
        )
        record = paper.history.get()
        self.assertEqual(
            (record.history_user, record.history_change_reason),
            (self.staff, "added from a list"),
        )

    def test_corrections_are_what_is_saved(self):
        data = form_data(self.look_over(RIS.format(title="One")))
        data |= {
            "work-0-title": "The One",
            "work-0-authors": "Bo, Ada\n\n Di, Ed \n",
            "work-0-arxiv_id": "https://arxiv.org/abs/1806.07572v3",
            "work-0-doi": "https://doi.org/10.1000/XYZ",
        }
        self.client.post(URL, data)
        paper = Paper.objects.get()
        self.assertEqual(
            (paper.title, paper.work.authors, paper.arxiv_id, paper.doi),
            ("The One", ["Bo, Ada", "Di, Ed"], "1806.07572", "10.1000/xyz"),
        )

    def test_a_wrong_correction_is_told_and_nothing_is_lost(self):
        data = form_data(self.look_over(RIS.format(title="One")))
        wrong = {"work-0-year": "soon", "work-0-doi": "10", "work-0-title": "Mine"}
        response = self.client.post(URL, data | wrong)
        self.assertContains(response, "Enter a whole number.")
        self.assertContains(response, "This is none: “10”.")
        kept = form_data(response)
        self.assertEqual(kept["work-0-title"], "Mine")
        self.assertEqual(Paper.objects.count(), 0)
        response = self.client.post(
            URL, kept | {"work-0-year": "2020", "work-0-doi": ""}
        )
        self.assertEqual(Paper.objects.get().title, "Mine")

    def test_what_is_not_ticked_may_be_wrong(self):
        data = form_data(self.look_over(RIS.format(title="One")))
        del data["work-0-take"]
        response = self.client.post(URL, data | {"work-0-year": "soon"}, follow=True)
        self.assertContains(response, "0 new papers.")

    def test_says_what_is_here_and_what_conflicts(self):
        known = make_paper([make_author("Bo", given_name="Ada")], title="Known One")
        make_paper(title="Neural Tangent Kernel", arxiv_id="1806.07572", key="ntk")
        other = RIS.format(title="Another Thing")
        other = other.replace("ER", "AN  - arXiv:1806.07572\nER")
        text = RIS.format(title="Known one") + other
        first, second = said(self.look_over(text))
        self.assertTrue(first.startswith("Here Known one"), first)
        self.assertIn("Already here: Known One . It gains what it lacks", first)
        self.assertTrue(second.startswith("New Another Thing"), second)
        self.assertIn(
            "arXiv:1806.07572 is the identifier of “Neural Tangent Kernel”", second
        )
        self.client.post(URL, form_data(self.look_over(text)))
        known.refresh_from_db()
        self.assertEqual((known.title, known.volume), ("Known One", "7"))
        self.assertEqual(Duplicate.objects.get().other.title, "Another Thing")

    def test_what_cannot_be_read_is_shown_with_its_line(self):
        response = self.look_over("\nInstall this first, please.\n")
        self.assertContains(response, "Line 2:")
        self.assertContains(
            response, "<pre>Install this first, please.</pre>", html=True
        )
        self.assertContains(response, "Nothing to save.")

    def test_a_file_in_another_encoding(self):
        file = SimpleUploadedFile("old.ris", RIS.format(title="Öl").encode("cp1252"))
        response = self.look_over(file=file)
        self.assertContains(response, "The file was read as Windows-1252")
        self.client.post(URL, form_data(response))
        self.assertEqual(Paper.objects.get().work.authors[0], "Rényi, Alfréd")

    def test_one_source_is_needed(self):
        file = SimpleUploadedFile("a.ris", b"x")
        for data in ({}, {"text": "  \n"}, {"text": "arXiv:1806.07572", "file": file}):
            with self.subTest(data):
                self.assertContains(self.client.post(URL, data), "one of them.")

    def test_a_file_too_large_is_refused(self):
        file = SimpleUploadedFile("big.bib", b"x" * 5_100_000)
        self.assertContains(
            self.look_over(file=file), "“big.bib” has 5.1 MB; at most 5 MB are read."
        )

    def test_a_long_list_is_looked_over_in_parts(self):
        text = "".join(RIS.format(title=f"Paper {n:03}") for n in range(70))
        response = self.look_over(text)
        self.assertEqual(len(said(response)), 50)
        self.assertContains(response, "the others follow")
        response = self.client.post(URL, form_data(response))
        self.assertEqual((len(said(response)), Paper.objects.count()), (20, 50))
        self.client.post(URL, form_data(response))
        self.assertEqual(Paper.objects.count(), 70)

    def test_a_work_without_title_is_called_by_its_identifier(self):
        text = "@article{a, author = {Bo, Ada}, doi = {10.1000/xyz}}"
        self.client.post(URL, form_data(self.look_over(text)))
        paper = Paper.objects.get()
        self.assertEqual((paper.title, paper.doi), ("doi:10.1000/xyz", "10.1000/xyz"))

    def test_a_file_as_large_as_is_taken_comes_through_the_form(self):
        chance = Random(1)  # what cannot be compressed  # noqa: S311
        words = "".join(chance.choices(ascii_letters + digits, k=4_900_000))
        text = f"@article{{a, title = {{Long}}, abstract = {{{words}}}}}"
        for source in ({"file": SimpleUploadedFile("a.bib", text.encode())}, {}):
            with self.subTest(source):
                response = self.look_over("" if source else text, **source)
                self.assertEqual(response.status_code, 200)
        response = self.client.post(URL, form_data(response))
        self.assertRedirects(response, reverse("admin:references_paper_changelist"))

    def test_or_the_rest_is_saved_unseen(self):
        text = "".join(RIS.format(title=f"Paper {n:03}") for n in range(70))
        data = form_data(self.look_over(text))
        del data["work-1-take"]
        response = self.client.post(URL, data | {"rest": ""}, follow=True)
        self.assertContains(response, "69 new papers.")
        self.assertFalse(Paper.objects.filter(title="Paper 001").exists())

    def test_a_damaged_form_saves_nothing(self):
        data = form_data(self.look_over(RIS.format(title="One")))
        response = self.client.post(
            URL, data | {"state": data["state"][:-3]}, follow=True
        )
        self.assertContains(response, "please begin again")
        self.assertEqual(Paper.objects.count(), 0)

    def test_a_form_of_another_release_saves_nothing(self):
        data = form_data(self.look_over(RIS.format(title="One")))
        rows = signing.loads(data["state"], salt=adding.SALT)
        rows[0]["work"]["of_old"] = ""
        data["state"] = signing.dumps(rows, salt=adding.SALT, compress=True)
        response = self.client.post(URL, data, follow=True)
        self.assertContains(response, "please begin again")
        self.assertEqual(Paper.objects.count(), 0)

    def test_hostile_titles_stay_text(self):
        title = "<script>alert(1)</script>{{ 7 }}"
        response = self.look_over(RIS.format(title=title))
        self.assertNotContains(response, "<script>alert")
        self.assertContains(response, "&lt;script&gt;alert(1)&lt;/script&gt;{{ 7 }}")

    def test_is_for_those_who_may_add_papers(self):
        for user in (None, make_user()):
            self.client.logout()
            if user:
                self.client.force_login(user)
            with self.subTest(user=user):
                response = self.client.post(URL, {"text": RIS})
                self.assertIn(response.status_code, (302, 403))
        self.assertEqual(Paper.objects.count(), 0)

    def test_query_count_does_not_grow(self):
        for count in (3, 30):
            text = "".join(RIS.format(title=f"Paper {count} {n}") for n in range(count))
            with self.subTest(count), self.assertNumQueries(4):
                self.look_over(text)
