"""Who may do what in the administration: the table, and every address it decides."""

from datetime import UTC, datetime

from django.contrib import admin
from django.test import TestCase
from django.urls import reverse

from courses import access
from courses.models import CourseRole, Person
from references.models import Paper
from tests import factories as make
from tests.admin_pages import errors, form_data, make_staff, page
from tests.logins import log_in

# What each role may do in its own course, written down a second time: the code's table
# is wrong if it says anything else. v view, a add, c change, d delete.
INSTRUCTOR = {
    "announcement": "vacd",
    "assignment": "vacd",
    "auditentry": "",
    "author": "vacd",
    "course": "vc",
    "delivery": "v",
    "duplicate": "",
    "enrolment": "vacd",
    "extension": "vac",
    "gallery": "vacd",
    "grade": "vacd",
    "group": "",
    "importrecord": "v",
    "invitation": "vacd",
    "joinrequest": "vc",
    "material": "vacd",
    "paper": "vacd",
    "person": "vacd",
    "personmerge": "vc",
    "presentation": "vacd",
    "proposal": "vc",
    "publication": "vacd",
    "reading": "vacd",
    "refusal": "v",
    "section": "vacd",
    "session": "vacd",
    "sessionrole": "vacd",
    "storedfile": "",
    "talk": "vacd",
    "talklink": "vacd",
    "team": "vacd",
    "user": "",
}
ASSISTANT = INSTRUCTOR | {
    "enrolment": "vac",
    "gallery": "vc",
    "grade": "vac",
    "invitation": "va",
    "personmerge": "",
    "publication": "vac",
    "talklink": "vac",
}
DUE = datetime(2025, 10, 1, 15, 59, tzinfo=UTC)
READ_ONLY = (
    *("auditentry", "delivery", "duplicate", "importrecord", "joinrequest"),
    *("personmerge", "proposal", "refusal", "storedfile"),
)
SUPERUSER = {name: "v" for name in READ_ONLY} | {"extension": "vac"}
# Of rows that courses share, other staff see these too; they are public.
ELSEWHERE = {"author": "v", "paper": "v", "person": "v"}


def rows_of(course):
    """A row of each model with a screen, in ``course`` or used by it alone."""
    person, author = make.make_person(), make.make_author()
    paper = make.make_paper([author])
    session = make.make_session(course)
    talk = make.make_talk(session, person)
    gallery = make.make_gallery(course)
    publication = make.make_publication(gallery)
    return [
        course,
        person,
        author,
        paper,
        session,
        talk,
        gallery,
        publication,
        publication.team,
        make.make_announcement(course),
        make.make_audit_entry(course),
        make.make_assignment(course),
        make.make_enrolment(course),
        make.make_invitation(course),
        make.make_join_request(course),
        make.make_material(session),
        make.make_reading(session, paper=paper),
        make.make_section(course),
        make.make_session_role(session, person),
        make.make_talk_link(talk),
        make.make_proposal(talk),
        make.make_presentation(session),
        make.make_import_record(course),
        make.make_duplicate(paper),
        make.make_file(),
        make.make_user(),
        make.make_group(),
        *rows_of_handing_in(course),
    ]


def rows_of_handing_in(course):
    slot, team, user = make.make_handing_in(course, due_at=DUE)
    return [
        make.make_submission(slot, team, user).delivery,
        make.make_extension(team),
        make.make_refusal(slot.assignment, user),
        make.make_grade(team),
    ]


class TableTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.course = make.make_course(title="Ours")
        cls.elsewhere = make.make_course(title="Theirs")
        cls.rows = rows_of(cls.course)
        cls.users = {
            "superuser": make_staff(),
            "instructor": make.make_instructor(cls.course),
            "assistant": make.make_instructor(cls.course),
            "instructor elsewhere": make.make_instructor(cls.elsewhere),
            "student": make.make_student(cls.course),
            "account without a course": make.make_user(),
            "stranger": None,
        }
        assistant = cls.users["assistant"].person.roles
        assistant.update(role=CourseRole.Role.ASSISTANT)
        speaker = make.make_person()
        make.make_talk(cls.rows[4], speaker)
        cls.rows.append(make.make_person_merge(speaker, by=cls.users["instructor"]))

    def allowed(self, who, row):
        """The letters of what ``who`` may do with ``row``."""
        name = row._meta.model_name
        if who == "superuser":
            return SUPERUSER.get(name, "vacd")
        tables = {"instructor": INSTRUCTOR, "assistant": ASSISTANT}
        if who == "instructor elsewhere":
            # They may add rows of their own course, and rows that are shared.
            added = "a" if "a" in INSTRUCTOR[name] else ""
            return ELSEWHERE.get(name, "") + added
        return tables.get(who, {}).get(name, "")

    def test_every_screen_has_a_row_here(self):
        shown = {type(row) for row in self.rows}
        self.assertEqual(shown, set(admin.site._registry))

    def test_every_address_answers_as_the_table_says(self):
        for who, user in self.users.items():
            self.client.logout()
            if user:
                log_in(self.client, user)
            for row in self.rows:
                allowed = self.allowed(who, row)
                for action, letter in (
                    ("change", "v"),
                    ("history", "v"),
                    ("add", "a"),
                    ("delete", "d"),
                ):
                    args = [] if action == "add" else [row.pk]
                    with self.subTest(who=who, row=type(row).__name__, action=action):
                        self.assertEqual(
                            self.opens(page(type(row), action, *args)),
                            letter in allowed,
                        )

    def opens(self, url):
        return self.client.get(url).status_code == 200

    def test_lists_hold_what_may_be_seen(self):
        for who, user in self.users.items():
            self.client.logout()
            if user:
                log_in(self.client, user)
            for row in self.rows:
                with self.subTest(who=who, row=type(row).__name__):
                    response = self.client.get(page(type(row), "changelist"))
                    found = response.context and response.context.get("cl")
                    is_listed = bool(found) and row in found.queryset
                    self.assertEqual(is_listed, "v" in self.allowed(who, row))

    def test_forms_are_for_those_who_may_change(self):
        for who, user in self.users.items():
            if user is None:
                continue
            log_in(self.client, user)
            for row in self.rows:
                with self.subTest(who=who, row=type(row).__name__):
                    if user.is_superuser and self.allowed(who, row) == "v":
                        continue  # nobody edits these by hand
                    self.assertEqual(
                        access.may(user, "c", type(row), row),
                        "c" in self.allowed(who, row),
                    )

    def test_choices_and_filters_name_no_other_course(self):
        hidden = make.make_course(title="Hidden draft", status="draft")
        make.make_session(hidden, title="Hidden session")
        log_in(self.client, self.users["instructor"])
        autocomplete = reverse("admin:autocomplete")
        for model, field in (("session", "course"), ("talk", "session")):
            query = {"app_label": "courses", "model_name": model, "field_name": field}
            response = self.client.get(autocomplete, query | {"term": "Hidden"})
            self.assertEqual(response.json()["results"], [])
        for row in self.rows:
            response = self.client.get(page(type(row), "changelist"))
            self.assertNotIn("Hidden", response.text)
            self.assertNotIn("Theirs", response.text)


class AttackTests(TestCase):
    """What an instructor tries in the course of another."""

    @classmethod
    def setUpTestData(cls):
        cls.course, cls.other = make.make_course(), make.make_course()
        cls.user = make.make_instructor(cls.course)
        cls.session = make.make_session(cls.course, title="Ours")
        cls.theirs = make.make_session(cls.other, title="Theirs")
        cls.professor = make.make_person(
            "Emmy Noether", user=make.make_user(), email="emmy@example.org"
        )
        make.make_course_role(cls.other, cls.professor)

    def setUp(self):
        self.client.force_login(self.user)

    def form(self, row):
        url = page(type(row), "change", row.pk)
        return url, form_data(self.client.get(url))

    def test_does_not_put_rows_into_it(self):
        material = make.make_material(self.session)
        talk = make.make_talk(self.theirs)
        url, data = self.form(material)
        data |= {"session": "", "talk": str(talk.pk)}
        response = self.client.post(url, data)
        self.assertEqual(
            errors(response),
            ["Select a valid choice. That choice is not one of the available choices."],
        )
        add = page(type(self.session), "add")
        data = form_data(self.client.get(add))
        response = self.client.post(add, data | {"course": str(self.other.pk)})
        self.assertEqual(response.status_code, 200)
        self.assertEqual(self.other.sessions.count(), 1)

    def test_does_not_reach_its_rows_by_actions(self):
        self.client.post(
            page(type(self.theirs), "changelist"),
            {"action": "show_to_staff", "_selected_action": [self.theirs.pk]},
        )
        self.theirs.refresh_from_db()
        self.assertEqual(self.theirs.visibility, "public")

    def test_does_not_open_its_preview_or_move_its_sessions(self):
        for name in ("preview", "add_papers"):
            url = reverse(f"admin:courses_session_{name}", args=[self.theirs.pk])
            self.assertEqual(self.client.get(url).status_code, 404)
        url = reverse("admin:courses_session_move", args=[self.theirs.pk, "up"])
        self.assertEqual(self.client.post(url).status_code, 404)

    def test_does_not_learn_or_change_the_address_of_another_professor(self):
        url = page(Person, "change", self.professor.pk)
        self.assertNotContains(self.client.get(url), "emmy@example.org")
        response = self.client.post(url, {"email": "mine@example.org"})
        self.assertEqual(response.status_code, 403)
        found = self.client.get(page(Person, "changelist"), {"q": "emmy@example.org"})
        self.assertEqual(found.context["cl"].result_count, 0)

    def test_does_not_take_an_account(self):
        student = make.make_person("Stu Dent")
        make.make_enrolment(self.course, student)
        url, data = self.form(student)
        self.assertNotIn("user", data)
        self.client.post(url, data | {"user": str(self.professor.user_id)})
        student.refresh_from_db()
        self.assertIsNone(student.user)

    def test_does_not_edit_a_paper_that_others_read(self):
        paper = make.make_paper(title="Shared")
        make.make_reading(self.session, paper=paper)
        make.make_reading(self.theirs, paper=paper)
        url = page(Paper, "change", paper.pk)
        self.assertContains(self.client.get(url), "Shared")
        response = self.client.post(url, {"title": "Mine", "key": paper.key})
        self.assertEqual(response.status_code, 403)

    def test_adds_nothing_to_a_paper_that_others_read(self):
        paper = make.make_paper(title="Shared Things of Life")
        make.make_reading(self.theirs, paper=paper)
        text = (
            "TY  - JOUR\nTI  - Shared things of life\nDO  - 10.1000/mine\n"
            "UR  - https://mine.example\nID  - mine\nER  -\n"
        )
        url = reverse("admin:courses_session_add_papers", args=[self.session.pk])
        response = self.client.post(url, {"text": text})
        self.client.post(url, form_data(response))
        before = paper.work
        paper = Paper.objects.get(pk=paper.pk)
        self.assertEqual(paper.work, before)
        self.assertEqual(paper.aliases.count(), 0)
        self.assertEqual(self.session.readings.get().paper, paper)

    def test_edits_a_paper_that_only_this_course_reads(self):
        paper = make.make_paper(title="Own")
        make.make_reading(self.session, paper=paper)
        url, data = self.form(paper)
        self.client.post(url, data | {"title": "Own, corrected"})
        paper.refresh_from_db()
        self.assertEqual(paper.title, "Own, corrected")

    def test_a_course_may_keep_what_its_editor_cannot_see(self):
        draft = make.make_course(status="draft")
        self.course.previous = draft
        self.course.save()
        url, data = self.form(self.course)
        self.client.post(url, data | {"title": "New title"})
        self.course.refresh_from_db()
        self.assertEqual(
            (self.course.title, self.course.previous), ("New title", draft)
        )

    def test_an_assistant_changes_no_roles(self):
        self.user.person.roles.update(role=CourseRole.Role.ASSISTANT)
        url, data = self.form(self.course)
        helper = make.make_person()
        data |= {
            "roles-TOTAL_FORMS": "1",
            "roles-INITIAL_FORMS": "0",
            "roles-0-person": str(helper.pk),
            "roles-0-role": "instructor",
            "roles-0-position": "1",
        }
        self.client.post(url, data)
        self.assertEqual(list(self.course.roles.values_list("role")), [("assistant",)])

    def test_an_account_that_was_closed_enters_no_more(self):
        self.user.is_active = False
        self.user.save()
        self.assertEqual(self.client.get(reverse("admin:index")).status_code, 302)
