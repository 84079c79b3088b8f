"""Who may do what in the administration: the table, and every address it decides."""

from datetime import UTC, datetime
from unittest import mock

from django.contrib import admin
from django.test import TestCase
from django.urls import reverse

from courses import access
from courses.models import CourseRole
from projects import counting
from projects.models import GradingSet, RosterEntry
from tests import factories as make
from tests.admin_pages import make_staff, page
from tests.logins import log_in

# What each role may do in its own course, written down a second time: the code's table
# is wrong if it says anything else. v view, a add, c change, d delete.
INSTRUCTOR = {
    "announcement": "vacd",
    "appearance": "vacd",
    "assignment": "vacd",
    "auditentry": "",
    "author": "vacd",
    "authorship": "vacd",
    "course": "vc",
    "courserole": "vacd",
    "delivery": "v",
    "duplicate": "",
    "enrolment": "vacd",
    "extension": "vac",
    "gallery": "vacd",
    "grade": "vacd",
    "holiday": "vacd",
    "importrecord": "v",
    "invitation": "vacd",
    "joinrequest": "vc",
    "material": "vacd",
    "meeting": "vacd",
    "membership": "vacd",
    "paper": "vacd",
    "paperalias": "vacd",
    "paperlink": "vacd",
    "person": "vacd",
    "personmerge": "vc",
    "presentation": "vacd",
    "proposal": "vc",
    "publication": "vacd",
    "publishedlink": "vacd",
    "reading": "vacd",
    "refusal": "v",
    "section": "vacd",
    "session": "vacd",
    "sessionrole": "vacd",
    "storedfile": "",
    "talk": "vacd",
    "talklink": "vacd",
    "team": "vacd",
    "choice": "v",
    "gradingset": "va",
    "rosterentry": "v",
    "slot": "vacd",
    "submission": "v",
    "user": "",
}
ASSISTANT = INSTRUCTOR | {
    "courserole": "v",
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
# Of rows that courses share, other staff see these too (they are public), and add more.
ELSEWHERE = dict.fromkeys(
    ["author", "authorship", "paper", "paperalias", "paperlink", "person"], "va"
)


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


def parts_of_handing_in(course):
    slot, team, user = make.make_handing_in(course, due_at=DUE)
    submission = make.make_submission(slot, team, user)
    entry = RosterEntry(delivery=submission.delivery, person=user.person, name="Stu")
    entry.save()
    choice = counting.choose(submission, user)
    kept = GradingSet.objects.create(assignment=slot.assignment)
    return [slot, submission, entry, choice, kept]


def parts_of(course):
    """A row of each model that is shown only among the rows of another form."""
    paper = make.make_paper([make.make_author()])
    session = make.make_session(course)
    make.make_reading(session, paper=paper)
    publication = make.make_publication(make.make_gallery(course), ["Stu Dent"])
    return [
        make.make_appearance(make.make_talk(session)),
        make.make_course_role(course, role=CourseRole.Role.ORGANISER),
        make.make_holiday(course),
        make.make_meeting(course),
        make.make_paper_alias(paper),
        make.make_paper_link(paper),
        make.make_published_link(publication),
        paper.authorships.get(),
        publication.team.memberships.get(),
        *parts_of_handing_in(course),
    ]


class TableTests(TestCase):
    """Each row of the table in the code says what is written down here."""

    @classmethod
    def setUpTestData(cls):
        course, elsewhere = make.make_course(), make.make_course()
        rows = rows_of(course) + parts_of(course)
        cls.users = [
            (INSTRUCTOR, make.make_instructor(course)),
            (ASSISTANT, make.make_assistant(course)),
            (ELSEWHERE, make.make_instructor(elsewhere)),
            (ELSEWHERE, make.make_assistant(elsewhere)),
        ]
        by = cls.users[0][1]
        rows.append(make.make_person_merge(make.make_person(), by=by))
        cls.rows = {row._meta.label: row for row in rows}

    def expected(self, row):
        """What each user may do with ``row``, a set of letters."""
        name = row._meta.model_name
        return [set(table.get(name, "")) for table, _user in self.users]

    def answered(self, row):
        """The same as the code says it of one row, and of rows in a query."""
        # Only seen and undone: no screen adds or deletes a merge.
        letters = "vc" if row._meta.model_name == "personmerge" else "vacd"
        model = type(row)
        one, query = [], []
        for _table, user in self.users:
            one.append({each for each in letters if access.may(user, each, model, row)})
            conditions = {each: access.editable(user, each, model) for each in letters}
            found = model._base_manager.filter(pk=row.pk)
            query.append({each for each in letters if found.filter(conditions[each])})
        return one, query

    def test_each_row_says_the_same_here(self):
        for label in access.RIGHTS | access.SHARED:
            row = self.rows[label]
            with self.subTest(label):
                self.assertEqual(self.answered(row), (self.expected(row),) * 2)

    def test_a_row_taken_out_is_missed(self):
        for table in (access.RIGHTS, access.SHARED):
            for label in list(table):
                row = self.rows[label]
                with self.subTest(label), mock.patch.dict(table):
                    del table[label]
                    one, query = self.answered(row)
                    self.assertNotEqual(one, self.expected(row))
                    self.assertNotEqual(query, self.expected(row))


class ScreenTests(TestCase):
    """Every address of the administration answers as the table says."""

    @classmethod
    def setUpTestData(cls):
        cls.course = make.make_course(title="Ours")
        cls.elsewhere = make.make_course(title="Theirs")
        cls.rows = rows_of(cls.course)
        cls.users = {
            "superuser": make_staff(),
            "instructor": make.make_instructor(cls.course),
            "assistant": make.make_assistant(cls.course),
            "instructor elsewhere": make.make_instructor(cls.elsewhere),
            "student": make.make_student(cls.course),
            "account without a course": make.make_user(),
            "stranger": None,
        }
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


class AddressTests(TestCase):
    """Whose e-mail address staff see."""

    def test_of_nobody_but_the_people_of_their_courses(self):
        course = make.make_course()
        user = make.make_instructor(course)
        left, own, elsewhere = (make.make_person(email="x@example.org") for _ in "123")
        make.make_enrolment(course, own)
        make.make_enrolment(person=elsewhere)
        for person, is_seen in ((left, False), (own, True), (elsewhere, False)):
            with self.subTest(person):
                self.assertEqual(access.may_contact(user, person), is_seen)
