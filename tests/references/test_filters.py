import pytest
from django.contrib.auth.models import AnonymousUser
from django.test import RequestFactory, TestCase

from courses.access import Status, Visibility
from references import filters
from references.filters import PaperFilter
from references.models import Paper
from tests.factories import (
    make_author,
    make_course,
    make_instructor,
    make_paper,
    make_reading,
    make_session,
)

pytestmark = pytest.mark.both


class PaperFilterTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        mei = make_author("Mei", given_name="Song")
        vaart = make_author("van der Vaart", given_name="Aad")
        cls.collapse = make_paper(
            [mei, make_author("Poincaré", given_name="Henri")],
            title="Neural collapse, collapse, collapse",
            year=2020,
            venue="Annales de l’Institut Henri Poincaré",
        )
        cls.margins = make_paper(
            [vaart, make_author("Mei", given_name="Yajun")],
            title="Margins",
            abstract="They collapse.",
            year=2018,
            venue="NeurIPS Workshop",
        )
        cls.kernels = make_paper([vaart], title="Kernels", venue="NeurIPS")

    def filter(self, user=None, **query):
        request = RequestFactory().get("/", query)
        request.user = user or AnonymousUser()
        return PaperFilter(request.GET, Paper.objects.all(), request=request)

    def titles(self, **query):
        found = self.filter(**query)
        self.assertEqual(found.errors, {})
        return sorted(paper.title.split(",")[0] for paper in found.qs)

    def test_all_words_are_found_wherever_they_are(self):
        for q, expected in {
            "collapse": ["Margins", "Neural collapse"],
            "COLLAPSE poincare": ["Neural collapse"],
            '"neural collapse"': ["Neural collapse"],
            "vaart": ["Kernels", "Margins"],
            "collapse kernels": [],
        }.items():
            with self.subTest(q):
                self.assertEqual(self.titles(q=q), expected)

    def test_the_best_match_comes_first(self):
        found = self.filter(q="collapse").found()
        self.assertEqual(found[0:9], [self.collapse, self.margins])
        self.assertEqual((len(found), found[1:2]), (2, [self.margins]))

    def test_author_by_name_in_any_order_or_by_slug(self):
        for author, expected in {
            "Mei": ["Margins", "Neural collapse"],
            "Song Mei": ["Neural collapse"],
            "Mei, S.": ["Neural collapse"],
            "aad van der vaart": ["Kernels", "Margins"],
            "POINCARE": ["Neural collapse"],
            "Poincaré": ["Neural collapse"],
            self.margins.authors.get(family_name="Mei").slug: ["Margins"],
            "Me": [],
            "Song": [],
            "Song Vaart": [],
        }.items():
            with self.subTest(author):
                self.assertEqual(self.titles(author=author), expected)

    def test_venue_by_its_words_in_order(self):
        for venue, expected in {
            "neurips": ["Kernels", "Margins"],
            "NeurIPS work": ["Margins"],
            "henri poincare": ["Neural collapse"],
            "poincare henri": [],
            "eurips": [],
        }.items():
            with self.subTest(venue):
                self.assertEqual(self.titles(venue=venue), expected)

    def test_years_from_and_to(self):
        self.assertEqual(self.titles(year_min="2019"), ["Neural collapse"])
        self.assertEqual(self.titles(year_max="2018"), ["Margins"])
        both = self.titles(year_min="2018", year_max="2020")
        self.assertEqual(both, ["Margins", "Neural collapse"])

    def test_every_filter_narrows(self):
        query = {"q": "collapse", "author": "Mei", "year_max": "2019"}
        self.assertEqual(self.titles(**query, venue="neurips"), ["Margins"])
        self.assertEqual(self.titles(**query, venue="annales"), [])
        found = self.filter(**query).found()
        self.assertEqual(found[0:9], [self.margins])

    def test_what_cannot_be_understood_is_an_error_and_finds_nothing(self):
        too_long = "Ensure this value has at most 200 characters (it has 10000)."
        no_word = "There is no word in it to look for."
        null = "Null characters are not allowed."
        no_course = "No course listed here has this address."
        for name, value, *errors in (
            ("q", "a" * 10_000, too_long),
            ("q", "?!", no_word),
            ("q", "a\x00b", null),
            ("author", "a\x00b", null),
            ("author", "…", no_word),
            ("venue", "a" * 10_000, too_long),
            ("year_min", "abc", "Enter a whole number."),
            ("year_min", "20\x00", "Enter a whole number."),
            ("year_max", "9" * 30, "Ensure this value is less than or equal to 9999."),
            ("year_max", "-1", "Ensure this value is greater than or equal to 1."),
            ("course", "nothing", no_course),
            ("course", "a\x00b", null),
            ("course", "a" * 10_000, no_course),
        ):
            with self.subTest(name=name, value=value[:20]):
                found = self.filter(**{name: value})
                self.assertEqual(found.errors, {name: errors})
                self.assertEqual([*found.qs, *found.found()[0:9]], [])
        found = self.filter(year_min="2020", year_max="2018")
        self.assertEqual(found.errors, {"year_max": ["It is before the first year."]})

    def test_hostile_words_are_words(self):
        for words in ("'; DROP TABLE", '"', 'a"b', "zz:*", "NEAR(a b)", "%", "\\", "א"):
            for name in ("q", "author", "venue"):
                with self.subTest(words, name=name):
                    found = self.filter(**{name: words})
                    self.assertEqual([*found.qs, *found.found()[0:9]], [])

    def test_nothing_asked_for_is_everything(self):
        self.assertEqual(len(self.titles(q="", author=" ", course="")), 3)
        self.assertEqual(len(self.filter().found()), 3)


class CourseFilterTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.course = make_course(slug="open", title="Open")
        cls.read, cls.hidden, cls.elsewhere = (make_paper() for _ in range(3))
        make_reading(make_session(cls.course), paper=cls.read)
        make_reading(
            make_session(cls.course, visibility=Visibility.STAFF), paper=cls.hidden
        )
        cls.unlisted = make_course(
            slug="unlisted", title="Unlisted", status=Status.UNLISTED
        )
        make_reading(cls.unlisted, paper=cls.elsewhere)
        make_reading(make_course(slug="texts"), text="No paper.")

    filter = PaperFilterTests.filter

    def offered(self, user=None):
        field = self.filter(user).form.fields["course"]
        return [str(slug) for slug, name in field.choices]

    def test_papers_that_the_reader_may_see_read(self):
        self.assertEqual([*self.filter(course="open").qs], [self.read])
        teacher = make_instructor(self.course)
        self.assertCountEqual(
            self.filter(teacher, course="open").qs, [self.read, self.hidden]
        )

    def test_courses_listed_for_the_reader_that_read_papers(self):
        self.assertEqual(self.offered(), ["", "open"])
        self.assertIn("course", self.filter(course="unlisted").errors)
        teacher = make_instructor(self.unlisted)
        self.assertCountEqual(self.offered(teacher), ["", "open", "unlisted"])
        found = self.filter(teacher, course="unlisted")
        self.assertEqual([*found.qs], [self.elsewhere])

    def test_of_many_courses_the_newest_are_offered_and_all_are_taken(self):
        make_reading(
            make_course(slug="new", starts_on="2030-09-01"), paper=self.elsewhere
        )
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(filters, "MAX_OFFERED", 1)
            self.assertEqual(self.offered(), ["", "new"])
            self.assertEqual([*self.filter(course="open").qs], [self.read])
