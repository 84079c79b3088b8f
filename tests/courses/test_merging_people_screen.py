import pytest
from django.test import TestCase
from django.urls import reverse
from selectolax.lexbor import LexborHTMLParser

from courses import merging_people
from courses.models import AuditEntry, CourseRole, Person, PersonMerge
from tests import factories as make
from tests.admin_pages import count_queries, form_data, make_staff, page
from tests.logins import log_in

pytestmark = pytest.mark.both

SCRIPT = "<script>alert(1)</script>"


def messages(response):
    return [str(each) for each in response.context["messages"]]


def merge_page(one, other):
    return reverse("admin:courses_person_merge", args=[one.pk, other.pk])


def same_page(person):
    return reverse("admin:courses_person_same", args=[person.pk])


class ScreenTests(TestCase):
    """Two people of one course that its instructor may merge."""

    @classmethod
    def setUpTestData(cls):
        cls.course = make.make_course(title=f"Ours {SCRIPT}")
        cls.instructor = make.make_instructor(cls.course)
        cls.one = make.make_person(
            f"Jürgen Müller {SCRIPT}",
            affiliation="Bonn",
            homepage="https://bonn.example",
        )
        cls.other = make.make_person(
            "J. Muller", affiliation="Basel", other_names=[SCRIPT]
        )
        make.make_course_role(cls.course, cls.one, role=CourseRole.Role.ORGANISER)
        session = make.make_session(cls.course, title=SCRIPT)
        make.make_talk(session, cls.other, title=f"A talk {SCRIPT}")
        cls.url = merge_page(cls.one, cls.other)

    def setUp(self):
        log_in(self.client, self.instructor)

    def post(self, **data):
        form = form_data(self.client.get(self.url))
        return self.client.post(self.url, form | data, follow=True)


class MergeTests(ScreenTests):
    def test_offers_a_choice_where_both_say_something(self):
        tree = LexborHTMLParser(self.client.get(self.url).text)
        radios = [each.attributes["name"] for each in tree.css("input[type=radio]")]
        names = ["slug", "name", "family_name", "given_name", "affiliation"]
        self.assertEqual(radios, [name for name in names for _side in range(2)])
        form = form_data(self.client.get(self.url))
        self.assertEqual({form[name] for name in names}, {str(self.one.pk)})

    def test_shows_what_both_have(self):
        tree = LexborHTMLParser(self.client.get(self.url).text)
        shown = {
            row.css_first("th").text().strip(): [
                cell.text().strip() for cell in row.css("td")
            ]
            for row in tree.css(".pair tbody tr")
        }
        self.assertEqual(
            (shown["Roles"], shown["Talks"]),
            (
                [f"Ours {SCRIPT}: organiser", "–"],
                ["–", f"Ours {SCRIPT}: A talk {SCRIPT}"],
            ),
        )

    def test_merges_what_was_chosen_and_parts_it_again(self):
        other = str(self.other.pk)
        response = self.post(slug=other, name=other)
        merge = PersonMerge.objects.get()
        self.assertRedirects(response, page(PersonMerge, "change", merge.pk))
        kept = Person.objects.get(pk=other)
        self.assertEqual(
            (kept.name, kept.affiliation, kept.homepage, merge.by),
            ("J. Muller", "Bonn", "https://bonn.example", self.instructor),
        )
        response = self.client.post(
            page(PersonMerge, "change", merge.pk), {"undo": ""}, follow=True
        )
        self.assertEqual(messages(response)[-1], "These are two people again.")
        self.assertNotContains(response, 'name="undo"')
        self.assertEqual(Person.objects.get(pk=self.one.pk).affiliation, "Bonn")

    def test_says_what_both_had(self):
        make.make_course_role(self.course, self.other, role=CourseRole.Role.ORGANISER)
        response = self.post()
        self.assertContains(response, "course role “J. Muller (organiser)”")

    def test_hostile_words_stay_text(self):
        text = (
            self.client.get(self.url).text + self.client.get(same_page(self.one)).text
        )
        text += self.post().text + self.client.get(page(PersonMerge, "changelist")).text
        self.assertNotIn(SCRIPT, text)

    def test_a_stale_form_is_told(self):
        form = form_data(self.client.get(self.url))
        make.make_course_role(self.course, self.other)
        for seen in (form["seen"], ""):
            response = self.client.post(self.url, form | {"seen": seen}, follow=True)
            self.assertEqual(
                messages(response),
                ["This was changed while you had it open. Look again."],
            )
        self.assertFalse(PersonMerge.objects.exists())

    def test_merging_and_undoing_ask_again_who_it_is(self):
        form = form_data(self.client.get(self.url))
        people = make.make_person(), make.make_person()
        merge = merging_people.merge(*people, by=self.instructor)
        self.client.logout()
        self.client.force_login(self.instructor)  # no record of when
        undo = page(PersonMerge, "change", merge.pk)
        for url, data in ((self.url, form), (undo, {"undo": ""})):
            asking = reverse("account_reauthenticate", query={"next": url})
            response = self.client.post(url, data)
            self.assertRedirects(response, asking, fetch_redirect_response=False)
        self.assertEqual(PersonMerge.objects.get().undone_at, None)

    def test_query_count_does_not_grow(self):
        before = count_queries(self.client, self.url)
        for number in range(5):
            session = make.make_session(self.course)
            for person in (self.one, self.other):
                make.make_session_role(session, person)
                make.make_talk(session, person)
                make.make_team(self.course, [person])
                make.make_invitation(
                    self.course, person, token_hash=f"{number} {person.pk}"
                )
        self.assertEqual(count_queries(self.client, self.url), before)


class FindTests(ScreenTests):
    def offered(self, **query):
        tree = LexborHTMLParser(self.client.get(same_page(self.one), query).text)
        return [each.attributes["href"] for each in tree.css("#content-main li a")]

    def test_the_form_leads_to_people_of_that_name(self):
        form = page(Person, "change", self.one.pk)
        self.assertContains(self.client.get(form), same_page(self.one))
        make.make_person("Emmy Noether")
        self.assertEqual(self.offered(q="muller"), [self.url])
        self.assertEqual(self.offered(q="nobody\0"), [])

    def test_offers_those_alone_who_may_be_merged(self):
        make.make_person("K. Muller", user=make.make_user())
        make.make_course_role(person=make.make_person("L. Muller"))
        self.assertEqual(self.offered(q="muller"), [self.url])

    def test_offers_so_many(self):
        for number in range(21):
            make.make_person(f"Muller {number}")
        self.assertEqual(len(self.offered(q="muller")), 20)

    def select(self, *people):
        return self.client.post(
            page(Person, "changelist"),
            {
                "action": "merge_selected",
                "_selected_action": [person.pk for person in people],
            },
            follow=True,
        )

    def test_two_are_selected_in_the_list(self):
        self.assertRedirects(self.select(self.other, self.one), self.url)
        for people in ([self.one], [self.one, self.other, make.make_person()]):
            self.assertEqual(
                messages(self.select(*people)),
                ["Select two people; the next page shows them side by side."],
            )


class AttackTests(ScreenTests):
    """What an instructor, or an assistant, tries with people of others."""

    @classmethod
    def setUpTestData(cls):
        super().setUpTestData()
        cls.attacker = cls.instructor
        cls.elsewhere = make.make_course()
        cls.professor = make.make_person("Emmy Noether", user=make.make_user())
        make.make_course_role(cls.elsewhere, cls.professor)

    def assert_refused(self, url, status=403):
        for method in (self.client.get, self.client.post):
            AuditEntry.objects.all().delete()
            response = method(url)
            self.assertEqual(response.status_code, status)
            words = f"{response.request['REQUEST_METHOD']} {url} → {status}"
            entry = AuditEntry.objects.get(action="refused")
            self.assertEqual((entry.words, entry.user.pk), (words, self.attacker.pk))
        self.assertFalse(PersonMerge.objects.exists())

    def test_does_not_become_a_professor(self):
        own = self.instructor.person
        for one, other in ((own, self.professor), (self.professor, own)):
            self.assert_refused(merge_page(one, other))

    def test_takes_no_part_in_a_course_of_others(self):
        roles = [
            lambda person: make.make_course_role(self.elsewhere, person),
            lambda person: make.make_session_role(
                make.make_session(self.elsewhere), person
            ),
            lambda person: make.make_talk(make.make_session(self.elsewhere), person),
        ]
        for give in roles:
            person = make.make_person()
            give(person)
            with self.subTest(person=person):
                self.assert_refused(merge_page(self.one, person))
                self.assert_refused(same_page(person))

    def test_of_whom_they_do_not_see_they_learn_nothing(self):
        students = [make.make_person() for _kind in range(3)]
        make.make_enrolment(self.elsewhere, students[0])
        make.make_team(self.elsewhere, [students[1]])
        make.make_invitation(self.elsewhere, students[2])
        for person in [*students, Person(pk=0)]:
            with self.subTest(person=person.pk):
                self.assert_refused(merge_page(self.one, person), 404)
                self.assert_refused(same_page(person), 404)

    def test_the_list_leads_to_the_same_refusal(self):
        response = self.client.post(
            page(Person, "changelist"),
            {
                "action": "merge_selected",
                "_selected_action": [self.one.pk, self.professor.pk],
            },
        )
        self.assertEqual(response.url, merge_page(self.one, self.professor))
        self.assert_refused(response.url)

    def test_an_assistant_moves_no_roles(self):
        self.attacker = make.make_assistant(self.course)
        log_in(self.client, self.attacker)
        self.assert_refused(self.url)
        form = self.client.get(page(Person, "change", self.one.pk))
        self.assertNotContains(form, same_page(self.one))

    def test_what_others_merged_is_not_there_for_them(self):
        merge = merging_people.merge(self.one, self.other, by=make_staff())
        for url in (
            page(PersonMerge, "change", merge.pk),
            page(PersonMerge, "change", 0),
        ):
            response = self.client.post(url, {"undo": ""})
            self.assertEqual(response.status_code, 404)
        self.assertEqual(Person.objects.filter(pk=self.other.pk).count(), 0)

    def test_nobody_undoes_what_they_may_not_merge_any_more(self):
        merge = merging_people.merge(self.one, self.other, by=self.instructor)
        make.make_course_role(self.elsewhere, self.one)
        url = page(PersonMerge, "change", merge.pk)
        self.assertEqual(self.client.post(url, {"undo": ""}).status_code, 404)
        log_in(self.client, make_staff())
        self.client.post(url, {"undo": ""})
        self.assertEqual(Person.objects.filter(pk=self.other.pk).count(), 1)

    def test_superusers_merge_anybody_but_two_accounts(self):
        log_in(self.client, make_staff())
        own = self.instructor.person
        url = merge_page(own, self.professor)
        response = self.client.get(url)
        self.assertContains(response, "two accounts cannot be one")
        self.assertNotContains(response, 'value="Merge"')
        response = self.client.post(url, form_data(response), follow=True)
        self.assertIn("two accounts cannot be one", messages(response)[0])
        url = merge_page(self.one, self.professor)
        self.client.post(url, form_data(self.client.get(url)))
        self.assertEqual(Person.objects.get(pk=self.one.pk).user, self.professor.user)
