import pytest
from django.db.models import Model
from django.test import Client, TestCase
from django.urls import reverse
from selectolax.lexbor import LexborHTMLParser

from courses import me
from courses.models import AuditEntry, Person, User
from tests import factories as make
from tests.admin_pages import count_queries
from tests.logins import log_in

pytestmark = pytest.mark.both
URL, DATA = reverse("projects:me"), reverse("courses:my_data")
# Relations whose rows are not taken away, and why.
WITHHELD = {
    Person: {
        *("sessions", "talks"),  # through session_roles and appearances
        "merges",  # of what others wrote down twice; it shows in the rest
    },
    User: {
        "person",  # a part of its own in the file
        "attested_galleries",  # about the works of others
        "logentry_set",  # what the histories of the rows say better
    },
}


def text_of(response):
    main = LexborHTMLParser(response.text).css_first("main")
    return " ".join(main.text(separator=" ").split())


class MeTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.user = make.make_user("ada@example.org")
        cls.person = make.make_person(
            "Ada Bo", user=cls.user, email="private@example.org"
        )
        cls.course = make.make_course(title="Networks", code="ST 1")
        cls.draft = make.make_course(title="Draft", status="draft")

    def setUp(self):
        log_in(self.client, self.user)

    def test_its_tokens_are_named_and_none_is_told(self):
        token = make.make_token(self.user, [self.course], name="lab page")
        response = self.client.post(DATA)
        [row] = response.json()["account"]["tokens"]
        self.assertEqual(
            (row["name"], row["begins_with"], row["scope"], row["course"]),
            ("lab page", token.hint, "read", self.course.slug),
        )
        self.assertNotContains(response, token.token_hash)

    def test_asks_strangers_to_log_in(self):
        self.client.logout()
        for url in (URL, DATA):
            response = self.client.post(url) if url == DATA else self.client.get(url)
            self.assertRedirects(
                response, f"{reverse('account_login')}?next={url}", 302, 200
            )

    def test_shows_courses_and_what_one_is_there(self):
        make.make_course_role(self.course, self.person)
        make.make_enrolment(self.course, self.person, status="auditor")
        dropped = make.make_course(title="Left")
        make.make_enrolment(dropped, self.person, status="dropped")
        make.make_course_role(self.draft, self.person, role="assistant")
        places = self.client.get(URL).context["places"]
        self.assertEqual(
            {
                place.course.title: (list(map(str, place.words)), place.is_staff)
                for place in places
            },
            {
                "Networks": (["instructor", "auditor"], True),
                "Left": (["no longer on the roster"], False),
                "Draft": (["teaching assistant"], True),
            },
        )

    def test_a_draft_stays_unknown_to_its_students(self):
        make.make_enrolment(self.draft, self.person)
        self.assertNotContains(self.client.get(URL), "Draft")

    def test_says_that_nothing_is_public_about_a_student(self):
        make.make_enrolment(self.course, self.person)
        self.assertIn("Nothing. Teaching,", text_of(self.client.get(URL)))

    def test_says_why_something_is_public(self):
        unlisted = make.make_course(title="Quiet", status="unlisted")
        session = make.make_session(self.course, title="Paths")
        make.make_course_role(unlisted, self.person)
        make.make_session_role(session, self.person, role="scribe")
        make.make_talk(session, self.person, title="My talk")
        make.make_talk(
            make.make_session(self.course, visibility="staff"), self.person, title="No"
        )
        text = text_of(self.client.get(URL))
        self.assertIn("Instructor: Quiet", text)
        self.assertIn("Scribe: Paths , ST 1 Networks", text)
        self.assertIn("Speaker: My talk , ST 1 Networks", text)
        self.assertNotIn("Speaker: No", text)

    def test_holds_no_address_but_that_of_the_account(self):
        make.make_enrolment(self.course, self.person, student_number="20991234")
        response = self.client.get(URL)
        self.assertNotContains(response, "private@example.org")
        self.assertNotContains(response, "20991234")

    def test_an_account_without_a_person_has_a_page(self):
        log_in(self.client, make.make_user())
        self.assertIn("None yet.", text_of(self.client.get(URL)))

    def test_query_count_does_not_grow(self):
        counts = []
        for _ in range(3):
            course = make.make_course()
            session = make.make_session(course)
            make.make_course_role(course, self.person)
            make.make_session_role(session, self.person)
            make.make_talk(session, self.person)
            make.make_enrolment(make.make_course(), self.person)
            counts.append(count_queries(self.client, URL))
        self.assertEqual(counts, [counts[0]] * 3)
        self.assertLess(counts[0], 15)


class DataTests(TestCase):
    def setUp(self):
        self.user = make.make_user("ada@example.org")
        log_in(self.client, self.user)

    def test_holds_the_rows_of_the_person_and_the_account(self):
        person = make.make_person("Ada Bo", user=self.user)
        course = make.make_course(slug="networks")
        make.make_enrolment(course, person, student_number="20991234")
        make.make_team(course, [person], name="Nets")
        response = self.client.post(DATA)
        self.assertEqual(
            response["Content-Disposition"],
            'attachment; filename="proseminar-my-data.json"',
        )
        data = response.json()
        self.assertEqual(data["account"]["email"], "ada@example.org")
        self.assertEqual(
            data["person"]["enrolments"],
            [
                {
                    "course": "networks",
                    "student_number": "20991234",
                    "code": "",
                    "status": "active",
                }
            ],
        )
        [membership] = data["person"]["memberships"]
        self.assertEqual(membership["team_name"], "Nets")

    def test_is_recorded(self):
        AuditEntry.objects.all().delete()
        self.client.post(DATA)
        entry = AuditEntry.objects.get()
        self.assertEqual((entry.action, entry.user), ("export", self.user))

    def test_asks_again_who_it_is(self):
        visitor = Client()
        visitor.force_login(self.user)  # not a moment ago
        response = visitor.post(DATA)
        self.assertEqual(response.status_code, 302)
        self.assertIn("/accounts/again/", response.url)

    def test_an_address_alone_gives_nothing(self):
        self.assertEqual(self.client.get(DATA).status_code, 405)

    def test_holds_no_secret(self):
        course, person = make.make_course(), make.make_person(user=self.user)
        invitation = make.make_invitation(course, person)
        text = self.client.post(DATA).text
        self.assertNotIn(invitation.token_hash, text)
        self.assertNotIn(self.user.password, text)

    def test_leaves_no_relation_out_unnoticed(self):
        for model, table in ((Person, me.OF_PERSON), (User, me.OF_ACCOUNT)):
            relations = {
                each.get_accessor_name()
                for each in model._meta.related_objects
                if issubclass(each.related_model, Model)
                and not each.related_model.__name__.startswith("Historical")
                and not each.get_accessor_name().endswith("+")
            }
            with self.subTest(model=model.__name__):
                self.assertEqual(relations - WITHHELD[model], set(table))
