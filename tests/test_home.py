from datetime import UTC, date, datetime

from django.test import Client, RequestFactory, TestCase
from django.views.defaults import server_error

from courses import terms
from courses.access import Status
from courses.models import Course
from tests.factories import (
    make_course,
    make_course_role,
    make_instructor,
    make_person,
    make_student,
    make_superuser,
    make_user,
)
from tests.pages import links, words

NOW = datetime(2025, 10, 1, 16, 30, tzinfo=UTC)  # already the 2nd in Hong Kong


class TermsTests(TestCase):
    def arranged(self):
        """Titles of courses that run now, will, and ran, these by term."""
        courses = terms.arranged(Course.objects.order_by("-starts_on"), NOW)
        return (
            [course.title for course in courses.now],
            [course.title for course in courses.upcoming],
            [(t.name, [c.title for c in t.courses]) for t in courses.earlier],
        )

    def test_by_first_and_last_day(self):
        for title, first, last, term in (
            ("next", date(2026, 2, 1), date(2026, 6, 1), "Spring 2026"),
            ("after next", date(2026, 9, 1), None, "Fall 2026"),
            ("running", date(2025, 9, 1), date(2025, 12, 1), "Fall 2025"),
            ("endless", date(2015, 9, 1), None, ""),
            ("past", date(2024, 9, 2), date(2024, 12, 1), "Fall 2024"),
            ("past too", date(2024, 9, 1), date(2024, 12, 1), "Fall 2024"),
            ("long past", date(2018, 9, 1), date(2018, 12, 1), ""),
        ):
            make_course(title=title, starts_on=first, ends_on=last, term=term)
        self.assertEqual(
            self.arranged(),
            (
                ["running", "endless"],
                ["next", "after next"],
                [("Fall 2024", ["past", "past too"]), ("2018", ["long past"])],
            ),
        )

    def test_the_day_is_that_of_the_courses_zone(self):
        for zone in ("UTC", "Asia/Hong_Kong"):
            make_course(
                title=zone,
                time_zone=zone,
                starts_on=date(2025, 9, 1),
                ends_on=date(2025, 10, 1),
            )
        self.assertEqual(self.arranged(), (["UTC"], [], [("2025", ["Asia/Hong_Kong"])]))

    def test_undated_courses_run_until_they_are_archived(self):
        make_course(title="open")
        make_course(title="closed", status=Status.ARCHIVED)
        self.assertEqual(self.arranged(), (["open"], [], [("", ["closed"])]))


class HomeTests(TestCase):
    def test_names_courses_with_term_and_instructors(self):
        course = make_course(
            code="DL", title="Deep Learning", term="Fall 2025", institution="HKUST"
        )
        make_course_role(course, make_person("Yuan Yao"))
        make_course_role(course, make_person("Tea"), role="assistant")
        response = self.client.get("/")
        self.assertEqual(
            words(response, "main > *"),
            [
                "Courses and seminars",
                "Now",
                "DL Deep Learning Fall 2025 · Yuan Yao · HKUST".replace(" · ", " "),
            ],
        )
        self.assertEqual(
            links(response), [("Deep Learning", course.get_absolute_url())]
        )

    def test_lists_what_is_listed_for_the_reader(self):
        courses = {
            status: make_course(title=status.value, status=status) for status in Status
        }
        draft = courses[Status.DRAFT]
        listed = {"public", "archived"}
        for user, seen in (
            (None, listed),
            (make_user("stranger@example.org"), listed),
            (make_student(draft, email="student@example.org"), listed),
            (make_instructor(draft, email="teacher@example.org"), listed | {"draft"}),
            (make_superuser("root@example.org"), {*listed, "draft", "unlisted"}),
        ):
            with self.subTest(user):
                self.client.logout()
                if user:
                    self.client.force_login(user)
                titles = {text for text, _ in links(self.client.get("/"))}
                self.assertEqual(titles, seen)

    def test_says_so_where_there_are_none(self):
        response = self.client.get("/")
        self.assertEqual(words(response, "main > p"), ["No course is public yet."])

    def test_query_count_does_not_grow(self):
        for courses in (1, 3, 26):
            while Course.objects.count() < courses:
                make_course_role(make_course())
            with self.subTest(courses=courses), self.assertNumQueries(3):
                self.client.get("/")


class FrameTests(TestCase):
    def test_every_page_has_one_heading_a_skip_link_and_a_language(self):
        course = make_course()
        for url in ("/", course.get_absolute_url(), "/papers/", "/nothing/"):
            with self.subTest(url):
                response = self.client.get(url)
                self.assertEqual(len(words(response, "html[lang=en] main#main h1")), 1)
                self.assertEqual(
                    links(response, ".skip-link"), [("Skip to the content", "#main")]
                )
                self.assertNotContains(
                    response, "style=", status_code=response.status_code
                )

    def test_error_page_needs_no_database(self):
        with self.assertNumQueries(0):
            response = server_error(RequestFactory().get("/"))
        self.assertEqual(response.status_code, 500)
        self.assertEqual(words(response, "h1"), ["Something went wrong"])

    def test_pages_need_no_cookie(self):
        client = Client()
        client.get(make_course().get_absolute_url())
        self.assertEqual(client.cookies, {})
