import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.test import TestCase

from courses import bibliography
from courses.models import CitationKey, Reading
from references import bibtex
from references.models import Paper
from references.work import Work
from tests.factories import make_course, make_paper, make_reading, make_session

pytestmark = pytest.mark.both

FILE = """@article{Bo:2019,
  author = {Bo, Ada and van der Di, Ed},
  title = {On {Small} Things},
  year = 2019,
}
@book{taken, author = {Gu, Flo}, title = {Of Larger Things}, year = 2020}
"""


def works(*pairs):
    return [Work(key=key, title=title, authors=["Bo, Ada"]) for key, title in pairs]


class BibliographyTests(TestCase):
    def test_a_course_reads_what_it_does_not_read_yet(self):
        course = make_course()
        known = make_paper(title="What Is Known of Things")
        make_reading(make_session(course), paper=known)
        read = (("a", "What is known of things"), ("b", "New"), ("c", "New"))
        bibliography.add(works(*read), course)
        new = Paper.objects.get(title="New")
        self.assertEqual(
            list(course.readings.values_list("paper", "session", "role"))[1:],
            [(new.pk, None, Reading.Role.BACKGROUND)],
        )
        self.assertEqual(
            list(course.citation_keys.values_list("paper", "key")),
            [(known.pk, "a"), (new.pk, "b"), (new.pk, "c")],
        )

    def test_exports_use_the_keys_of_the_course(self):
        course, other = make_course(), make_course()
        bibliography.add(works(("Bo:19", "One")), course)
        bibliography.add(works(("bo-one", "One"), ("bo-two", "Two")), other)
        papers = Paper.objects.order_by("title")

        def keys(course):
            return [work.key for work in bibliography.works(papers, course)]

        self.assertEqual(keys(course), ["Bo:19", "botwo"])
        self.assertEqual(keys(other), ["bo-one", "bo-two"])

    def test_a_paper_that_a_file_has_twice_keeps_both_keys(self):
        course = make_course()
        bibliography.add(works(("Bo:19", "One Thing"), ("bo", "One Thing")), course)
        papers = Paper.objects.all()

        def keys(**options):
            return [w.key for w in bibliography.works(papers, course, **options)]

        self.assertEqual((keys(), keys(all_keys=True)), (["Bo:19"], ["Bo:19", "bo"]))

    def test_no_two_keys_of_an_export_are_one_for_bibtex(self):
        course = make_course()
        paper = make_paper(title="A")
        CitationKey.objects.create(course=course, paper=paper, key="Other")
        make_paper(key="other", title="B")
        papers = Paper.objects.order_by("title")
        self.assertEqual(
            [work.key for work in bibliography.works(papers, course)],
            ["Other", "other-a"],
        )


class CommandTests(TestCase):
    @pytest.fixture(autouse=True)
    def file(self, tmp_path):
        self.path = tmp_path / "course.bib"
        self.path.write_text(FILE)

    def call(self, *args, path=None):
        out = StringIO()
        call_command("import_bibtex", str(path or self.path), *args, stdout=out)
        return out.getvalue()

    def test_imports_a_file_once(self):
        make_paper(key="taken", title="Another")
        self.assertEqual(
            self.call(),
            "2 entries read; 2 papers new, 0 already here, 0 entries not read.\n",
        )
        self.assertEqual(
            self.call(),
            "2 entries read; 0 papers new, 2 already here, 0 entries not read.\n",
        )
        paper = Paper.objects.get(aliases__key="Bo:2019")
        self.assertEqual(paper.work.authors, ["Bo, Ada", "van der Di, Ed"])
        self.assertEqual(Paper.objects.count(), 3)

    def test_tells_all_as_json(self):
        make_paper(title="Of Larger Things")
        answer = json.loads(self.call("--json", "--dry-run"))
        self.assertEqual(
            answer,
            {
                "entries": [
                    {
                        "key": "Bo:2019",
                        "title": "On Small Things",
                        "authors": ["Bo, Ada", "van der Di, Ed"],
                        "year": 2019,
                        "arxiv_id": "",
                        "doi": "",
                    },
                    {
                        "key": "taken",
                        "title": "Of Larger Things",
                        "authors": ["Gu, Flo"],
                        "year": 2020,
                        "arxiv_id": "",
                        "doi": "",
                    },
                ],
                "entries_read": 2,
                "created": 1,
                "already_here": 1,
                "problems": [],
            },
        )
        self.assertEqual(Paper.objects.count(), 1)

    def test_reports_what_is_wrong_and_where(self):
        self.path.write_text(FILE + "@misc{x, title = {Open}\n@misc{y, title = {Fine}}")
        self.assertIn(f"{self.path}:7: ", self.call("--dry-run"))
        [problem] = json.loads(self.call("--json"))["problems"]
        self.assertEqual(
            (problem["line"], problem["lost"], set(problem)),
            (7, False, {"line", "message", "raw", "lost"}),
        )
        self.assertEqual(Paper.objects.filter(title__in=["Open", "Fine"]).count(), 2)

    def test_a_course_gets_its_file_back(self):
        course = make_course(slug="deep")
        make_paper(title="Not of the course")
        self.call("--course", "deep")
        out = StringIO()
        call_command("export_bibtex", "--course", "deep", stdout=out)
        before, _problems = bibtex.loads(FILE)
        after, problems = bibtex.loads(out.getvalue())
        self.assertEqual((after, problems), (before, []))
        self.assertEqual(course.readings.count(), 2)

    def test_all_papers_without_a_course(self):
        make_paper(key="one", title="One")
        out = StringIO()
        call_command("export_bibtex", stdout=out)
        [work], problems = bibtex.loads(out.getvalue())
        self.assertEqual((work.key, work.title, problems), ("one", "One", []))

    def test_what_cannot_be_done_is_said(self):
        large = self.path.with_name("large.bib")
        large.write_bytes(b" " * 5_000_001)
        for args, path, message in (
            ([], self.path.with_name("no.bib"), "cannot be read: No such file"),
            ([], self.path.parent, "cannot be read: Is a directory"),
            ([], large, "has more than 5,000,000 bytes. Split it"),
            (["--course", "no"], None, "There is no course “no”."),
        ):
            with (
                self.subTest(message),
                self.assertRaisesMessage(CommandError, message),
            ):
                self.call(*args, path=path)
        with self.assertRaisesMessage(CommandError, "There is no course “no”."):
            call_command("export_bibtex", "--course", "no", stdout=StringIO())
        self.assertEqual(Paper.objects.count(), 0)
