"""Importing a roster: shown before it is saved, and by whom for which course."""

from unittest import mock

import pytest
from django.core import mail
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import TestCase
from django.urls import reverse

from courses import roster, roster_file
from courses.models import (
    AuditEntry,
    CourseRole,
    Enrolment,
    Invitation,
    Person,
    User,
)
from tests import factories as make
from tests.admin_pages import count_queries, form_data, make_staff, page
from tests.courses.test_roster import workbook
from tests.logins import log_in
from tests.pages import words

pytestmark = pytest.mark.both
HEADING = "Student number,Name,E-mail,Status\n"
TWO = f'{HEADING}0123,"CHAN, Tai Man",tai@example.org,\n0124,Li Na,na@example.org,\n'


class RosterTestCase(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.course = make.make_course(title="Deep Learning", slug="deep")
        cls.instructor = make.make_instructor(cls.course)
        cls.url = reverse("admin:courses_enrolment_roster", args=[cls.course.pk])

    def setUp(self):
        log_in(self.client, self.instructor)

    def look(self, text):
        return self.client.post(self.url, {"text": text})

    def save(self, text, **values):
        """Look at what ``text`` changes and save that."""
        data = form_data(self.look(text)) | {"save": "1", **values}
        return self.client.post(self.url, data)

    def enrol(self, name, number="", email="", course=None, **fields):
        person = make.make_person(name, email=email)
        return make.make_enrolment(
            course or self.course, person, student_number=number, **fields
        )

    def rows(self):
        """The roster, by the order of making."""
        rows = self.course.enrolments.order_by("pk")
        fields = ("student_number", "person__name", "person__email", "status")
        return list(rows.values_list(*fields))


class ShownTests(RosterTestCase):
    """What a list would change, in words; nothing is saved."""

    def shown(self, text):
        """(line, name, kind, difference) of each row of the page."""
        response = self.look(text)
        cells = words(response, ".roster tbody tr > *")
        return [tuple(cells[n : n + 4]) for n in range(0, len(cells), 4)]

    def test_every_kind(self):
        self.enrol("Same", "1")
        self.enrol("Old Name", "2", "old@example.org")
        self.enrol("Back", "3", status="dropped")
        self.enrol("Missing", "4")
        self.enrol("Auditor", "5", status="auditor")
        before = self.rows()
        shown = self.shown(
            f"{HEADING}1,Same,,\n2,New Name,new@example.org,\n3,Back,,\n"
            "6,Fresh,fresh@example.org,auditor\n"
        )
        self.assertEqual(
            shown,
            [
                (
                    *("5", "Fresh", "New"),
                    "Student number: 6 Name: Fresh E-mail address: fresh@example.org "
                    "Status: auditor",
                ),
                ("4", "Back", "Back", "Status: dropped → active"),
                (
                    *("3", "New Name", "Changed"),
                    "Name: Old Name → New Name "
                    "E-mail address: old@example.org → new@example.org",
                ),
                ("", "Missing", "Dropped", "Status: active → dropped"),
                ("2", "Same", "Unchanged", ""),
            ],
        )
        self.assertEqual(self.rows(), before)
        self.assertContains(self.look(TWO), "1 auditor is not listed and stays.")

    def test_faults_with_the_lines_they_stand_in(self):
        self.enrol("Ann", "1", "ann@example.org")
        self.enrol("Bob", "2", "bob@example.org")
        self.enrol("Bob too", "3", "bob@example.org")
        staff = self.instructor.person
        staff.email = "ada@example.org"
        staff.save()
        shown = self.shown(
            f"{HEADING}1,Ann,bob@example.org,\n7,One,,\n7,Two,,\n"
            ",Bob,BOB@example.org,\n8,Ada,ADA@example.org,\n9,ok,ok@example.org,\n"
        )
        self.assertEqual(
            [(row[0], row[3]) for row in shown if row[2] == "To mend"],
            [
                (
                    "2",
                    "The same e-mail address stands in line 5.",
                ),
                ("3", "The same student number stands in line 4."),
                ("4", "The same student number stands in line 3."),
                ("5", "The same e-mail address stands in line 2."),
                ("6", "This is the address of someone who runs this course."),
            ],
        )
        shown = self.shown(f"{HEADING}1,Ann,bob@example.org,\n")
        self.assertEqual(
            shown[0][3], "The number is that of Ann, the address that of Bob."
        )
        shown = self.shown(f"{HEADING},Bob,bob@example.org,\n")
        self.assertEqual(
            shown[0][3],
            "Several have this address: Bob; Bob too. Enter the student number of one.",
        )
        shown = self.shown(f"{HEADING}1,Ann,,\n10,Ann,ann@example.org,\n")
        self.assertEqual(shown[0][3], "This is Ann, as is line 2.")

    def test_a_name_matches_nobody(self):
        self.enrol("Li Na", "1")
        shown = self.shown(f"{HEADING}2,Li Na,,\n")
        self.assertEqual([row[2] for row in shown], ["New", "Dropped"])

    def test_whoever_has_an_account_keeps_the_address(self):
        enrolment = self.enrol("Li Na", "1", "na@example.org")
        enrolment.person.user = make.make_user("na@example.com")
        enrolment.person.save()
        shown = self.shown(f"{HEADING}1,Li Na,other@example.org,\n")
        self.assertEqual(
            shown,
            [
                (
                    *("2", "Li Na", "Unchanged"),
                    "The e-mail address here stays: an administrator changes it.",
                )
            ],
        )

    def test_the_address_of_an_account_is_not_told(self):
        make.make_student(self.course, email="stu@example.com")
        self.course.enrolments.update(student_number="1")
        response = self.look(f"{HEADING}1,Stu Dent,guess@example.org,\n")
        self.assertContains(response, "The e-mail address here stays")
        self.assertNotContains(response, "stu@example.com")
        response = self.look(f"{HEADING}1,Stu Dent,STU@example.com,\n")
        self.assertContains(response, "nothing would change")

    def test_a_line_that_stands_there_very_often_is_reported_in_short(self):
        shown = self.shown(HEADING + 30 * "1,Li Na,,\n")
        self.assertEqual(len(shown), 30)
        said = "The same student number stands in line 2, 3, 4, 5, 6."
        self.assertEqual(shown[-1][3], said)

    def test_whoever_is_elsewhere_too_keeps_name_and_address(self):
        enrolment = self.enrol("Li Na", "1", "na@example.org")
        make.make_enrolment(make.make_course(), enrolment.person)
        self.save(f"{HEADING}1,Na,mine@example.org,\n")
        self.assertEqual(self.rows(), [("1", "Li Na", "na@example.org", "active")])

    def test_query_count_does_not_grow(self):
        for size in (3, 30):
            lines = "".join(f"{n},S {n},s{n}@example.org,\n" for n in range(size))
            for n in range(size):
                self.enrol("Gone", f"{size}-{n}")
            listed = roster_file.read(HEADING + lines)
            user = User.objects.get(pk=self.instructor.pk)  # whose roles are not known
            savepoints = 2 * size  # of each line
            with self.subTest(size), self.assertNumQueries(12 + savepoints):
                roster.compare(self.course, user, listed)


class SavedTests(RosterTestCase):
    def test_a_list_makes_people_and_enrols_them(self):
        response = self.save(TWO)
        self.assertRedirects(
            response,
            f"{page(Enrolment, 'changelist')}?course__id__exact={self.course.pk}",
        )
        self.assertEqual(
            self.rows(),
            [
                ("0123", "CHAN, Tai Man", "tai@example.org", "active"),
                ("0124", "Li Na", "na@example.org", "active"),
            ],
        )
        chan = Person.objects.get(email="tai@example.org")
        self.assertEqual(
            (chan.family_name, chan.given_name, chan.user), ("CHAN", "Tai Man", None)
        )

    def test_the_same_list_twice_changes_nothing(self):
        for text in (TWO, TWO.replace("Li Na", "王小明")):
            self.save(text)
            before = self.rows(), list(Person.objects.values())
            response = self.look(text)
            self.assertContains(response, "nothing would change")
            self.assertNotContains(response, 'name="save"')
            self.save(text)
            self.assertEqual((self.rows(), list(Person.objects.values())), before)

    def test_it_is_recorded_once_and_says_no_names(self):
        self.save(TWO, source="class.csv")
        entry = AuditEntry.objects.get(action="roster")
        self.assertEqual(
            (entry.words, entry.course, entry.user),
            ("class.csv: 2 new", self.course, self.instructor),
        )

    def test_who_is_missing_is_dropped_and_comes_back(self):
        self.save(TWO)
        two = TWO.splitlines(keepends=True)
        self.save("".join(two[:2]), drop="on")
        self.assertEqual([row[3] for row in self.rows()], ["active", "dropped"])
        self.save(TWO)
        self.assertEqual([row[3] for row in self.rows()], ["active", "active"])

    def test_most_of_a_course_is_not_dropped_without_a_tick(self):
        for number in range(1, 5):
            self.enrol(f"Student {number}", str(number))
        text = f"{HEADING}1,Student 1,,\n"
        self.assertContains(self.look(text), "Yes, drop 3 of 4.")
        self.assertContains(self.save(text), "Nothing was saved")
        self.assertEqual({row[3] for row in self.rows()}, {"active"})
        self.save(text, drop="on")
        self.assertEqual([row[3] for row in self.rows()], ["active"] + 3 * ["dropped"])

    def test_an_empty_cell_changes_nothing(self):
        self.enrol("Li Na", "1", "na@example.org", code="MATH 1")
        self.save("Student number,Name,E-mail,Code\n1,Li Na,,\n")
        enrolment = self.course.enrolments.get()
        self.assertEqual(
            (enrolment.person.email, enrolment.code), ("na@example.org", "MATH 1")
        )

    def test_a_student_found_by_address_gets_the_number(self):
        self.enrol("Li Na", "", "NA@example.org")
        self.save(f"{HEADING}0124,Li Na,na@example.org,\n")
        self.assertEqual(self.rows(), [("0124", "Li Na", "NA@example.org", "active")])

    def test_a_student_found_by_the_address_of_the_account(self):
        student = make.make_student(self.course, email="stu@example.org")
        self.save(f"{HEADING}0124,Stu Dent,stu@example.org,\n")
        enrolment = self.course.enrolments.get()
        self.assertEqual(
            (enrolment.person.user, enrolment.student_number), (student, "0124")
        )

    def test_a_student_of_another_own_course_is_the_same_person(self):
        other = make.make_course()
        make.make_course_role(other, self.instructor.person)
        known = self.enrol("Li Na", "77", "na@example.org", course=other).person
        self.save(f"{HEADING}0124,Li Na,na@example.org,\n")
        self.assertEqual(self.course.enrolments.get().person, known)

    def test_what_changed_meanwhile_is_shown_again(self):
        shown = form_data(self.look(TWO)) | {"save": "1"}
        self.enrol("Between", "0125")
        response = self.client.post(self.url, shown)
        self.assertContains(response, "Nothing was saved")
        self.assertContains(response, "Dropped")
        self.assertEqual(len(self.rows()), 1)
        self.client.post(self.url, form_data(response) | {"save": "1"})
        self.assertEqual(len(self.rows()), 1)  # it would drop all, unticked

    def test_a_student_entered_in_the_same_moment_is_shown(self):
        save = Enrolment.save

        def save_after_another(enrolment, *args, **kwargs):
            if enrolment.person.name == "Li Na":
                with mock.patch.object(Enrolment, "save", save):
                    self.enrol("Quick", enrolment.student_number)
            save(enrolment, *args, **kwargs)

        with mock.patch.object(Enrolment, "save", save_after_another):
            response = self.save(TWO)
        self.assertContains(response, "Nothing was saved")
        self.assertEqual(self.rows(), [])

    def test_a_pasted_list_is_as_short_as_a_file(self):
        text = f"{HEADING}1,{'x' * 2_100_000},,\n"
        self.assertContains(self.look(text), "at most 2000000 characters")

    def test_a_list_is_corrected_in_place(self):
        response = self.look(f"{HEADING}0124,Li Na,na@,\n")
        data = form_data(response)
        self.assertNotIn("save", data)
        response = self.client.post(
            self.url, data | {"text": data["text"].replace("na@", "na@example.org")}
        )
        self.assertContains(response, "1 new.")

    def test_what_was_edited_is_not_saved_unseen(self):
        data = form_data(self.look(TWO)) | {"save": "1"}
        data["text"] = data["text"].replace("Li Na", "Li Nana")
        self.assertContains(self.client.post(self.url, data), "Li Nana")
        self.assertEqual(self.rows(), [])

    def test_a_file_of_excel_becomes_text_to_correct(self):
        content = workbook(["SID", "Name", "E-mail"], [20661234.0, "李娜", "n@x.org"])
        file = SimpleUploadedFile("class.xlsx", content)
        response = self.client.post(self.url, {"file": file})
        data = form_data(response)
        self.assertEqual(
            (data["source"], data["text"]),
            ("class.xlsx", "SID,Name,E-mail\n20661234,李娜,n@x.org\n"),
        )
        self.client.post(self.url, data | {"save": "1"})
        self.assertEqual(self.rows(), [("20661234", "李娜", "n@x.org", "active")])

    def test_one_of_text_and_file_is_needed(self):
        file = SimpleUploadedFile("class.csv", TWO.encode())
        for data in ({}, {"text": " "}, {"text": TWO, "file": file}):
            response = self.client.post(self.url, data)
            self.assertContains(response, "Paste a list or choose a file, one of them.")


class BadListTests(RosterTestCase):
    """400 lines with a dozen kinds of fault: all reported, nothing half saved."""

    FAULTS = {
        10: ("0399,Twice,,", "The same student number stands in line 400."),
        20: ("2.0661E+07,Li Na,,", "is a number that Excel shortened"),
        30: (",Li Na,taken@example.org,", "Several have this address"),
        40: ("5,Ann,bob@example.org,", "The number is that of Ann"),
        50: ("50,Chan, Tai Man,x@example.org,active", "There are 5 cells"),
        60: ("60,=HYPERLINK(1),,", "Name is a formula"),
        70: ("70,Li Na,nowhere,", "is no e-mail address"),
        80: (f"80,{'x' * 1_900_000},,", "A cell of 1900000 characters"),
        90: ("90,,,", "There is no name."),
        100: (",Li Na,,", "neither student number nor e-mail address"),
        110: ("110,Li\x01Na,,", "a control character"),
        120: ("120,Ada,ada@example.org,", "someone who runs this course"),
        130: ("130,Li Na,,maybe", "is no status"),
        140: ("unknown,Li Na,,", "is no student number"),
        150: ("150,Li \ufffd,,", "a character that cannot be read"),
        160: (",,,", None),  # an empty line is no fault
        400: ("0399,Twice,,", "The same student number stands in line 10."),
    }

    def test_every_fault_is_reported_in_its_line_and_nothing_is_saved(self):
        self.enrol("Ann", "5", "ann@example.org")
        self.enrol("Bob", "6", "bob@example.org")
        for name in ("One", "Two"):
            self.enrol(name, name, "taken@example.org")
        staff = self.instructor.person
        staff.email = "ada@example.org"
        staff.save()
        lines = [f"9{n},Student {n},s{n}@example.org," for n in range(2, 402)]
        for line, (text, _fault) in self.FAULTS.items():
            lines[line - 2] = text
        file = SimpleUploadedFile("class.csv", (HEADING + "\n".join(lines)).encode())
        before = self.rows(), Person.objects.count(), AuditEntry.objects.count()
        response = self.client.post(self.url, {"file": file})
        difference = response.context["difference"]
        found = {row.line: row.faults for row in difference if row.faults}
        expected = {
            line: fault for line, (_text, fault) in self.FAULTS.items() if fault
        }
        self.assertEqual(found.keys(), expected.keys())
        for line, fault in expected.items():
            with self.subTest(line):
                self.assertIn(fault, " ".join(found[line]))
        data = form_data(response) | {"save": "1", "drop": "on"}
        self.assertContains(self.client.post(self.url, data), "Nothing")
        self.assertEqual(
            (self.rows(), Person.objects.count(), AuditEntry.objects.count()), before
        )


class RightsTests(RosterTestCase):
    def test_assistants_import_and_others_find_nothing(self):
        other = make.make_course()
        assistant = make.make_user()
        make.make_course_role(
            self.course, make.make_person(user=assistant), role="assistant"
        )
        missing = reverse("admin:courses_enrolment_roster", args=[99999])
        for user, status in (
            (make_staff(), 200),
            (self.instructor, 200),
            (assistant, 200),
            (make.make_instructor(other), 404),
            (make.make_student(self.course), 302),  # to the log-in, which refuses
        ):
            log_in(self.client, user)
            with self.subTest(status):
                for response in (self.client.get(self.url), self.look(TWO)):
                    self.assertEqual(
                        (response.status_code, b"Deep" in response.content),
                        (status, status == 200),
                    )
        log_in(self.client, make.make_instructor(other))
        there, here = self.client.get(missing), self.client.get(self.url)
        self.assertEqual(there.content, here.content)
        self.assertEqual(self.rows(), [("", "Stu Dent", "", "active")])

    def test_the_course_is_chosen_among_ones_own(self):
        make.make_course(title="Theirs")
        response = self.client.get(reverse("admin:courses_enrolment_import"))
        self.assertEqual(words(response, "#content-main li"), ["Deep Learning"])
        self.assertContains(self.client.get(page(Enrolment, "changelist")), "import/")
        course = self.client.get(page(type(self.course), "change", self.course.pk))
        self.assertContains(course, self.url)

    def test_query_count_of_the_choice_does_not_grow(self):
        url = reverse("admin:courses_enrolment_import")
        before = count_queries(self.client, url)
        for _ in range(3):
            make.make_course_role(make.make_course(), self.instructor.person)
        self.assertEqual(count_queries(self.client, url), before)

    def test_the_address_of_a_professor_elsewhere_says_and_changes_nothing(self):
        professor = make.make_person(
            "Emmy Noether", email="emmy@example.org", user=make.make_user("e@x.org")
        )
        make.make_course_role(make.make_course(), professor)
        make.make_enrolment(make.make_course(), professor, student_number="7")
        before = Person.objects.filter(pk=professor.pk).values().get()
        for email in ("emmy@example.org", "e@x.org", "unknown@example.org"):
            text = f"{HEADING}1,Mallory,{email},\n"
            response = self.look(text)
            self.assertNotContains(response, "Noether")
            self.assertEqual(
                words(response, ".roster tbody tr > *")[:3], ["2", "Mallory", "New"]
            )
        self.save(f"{HEADING}1,Mallory,emmy@example.org,\n")
        made = self.course.enrolments.get().person
        self.assertNotEqual(made, professor)
        self.assertIsNone(made.user)
        self.assertEqual(Person.objects.filter(pk=professor.pk).values().get(), before)


class ActionTests(RosterTestCase):
    def act(self, action, *enrolments):
        chosen = [each.pk for each in enrolments]
        with self.captureOnCommitCallbacks(execute=True):
            return self.client.post(
                page(Enrolment, "changelist"),
                {"action": action, "_selected_action": chosen},
                follow=True,
            )

    def test_an_export_is_escaped_recorded_and_changes_nothing_when_imported(self):
        rows = [
            self.enrol("CHAN, Tai Man", "0123", "tai@example.org", code="=1+1"),
            self.enrol("Li Na", "0124", status="dropped"),
        ]
        response = self.act("export", *rows)
        self.assertEqual(
            response.content.decode("utf-8-sig").replace("\r\n", "\n"),
            "Student number,Name,E-mail,Code,Status\n"
            '0123,"CHAN, Tai Man",tai@example.org,\'=1+1,active\n'
            "0124,Li Na,,,dropped\n",
        )
        entry = AuditEntry.objects.get(action="export")
        self.assertEqual((entry.words, entry.course), ("Roster: 2 rows.", self.course))
        rows[0].code = "MATH 1"
        rows[0].save()
        file = SimpleUploadedFile("roster.csv", self.act("export", *rows).content)
        response = self.client.post(self.url, {"file": file})
        self.assertContains(response, "nothing would change")

    def test_an_export_keeps_addresses_that_its_reader_may_not_see(self):
        enrolment = self.enrol("Li Na", "1", "na@example.org")
        make.make_enrolment(make.make_course(), enrolment.person)
        self.assertNotContains(self.act("export", enrolment), "na@example.org")

    def test_an_export_is_of_one_course(self):
        other = make.make_course()
        make.make_course_role(other, self.instructor.person)
        rows = [self.enrol("Li Na"), self.enrol("Bo", course=other)]
        self.assertContains(
            self.act("export", *rows),
            "Choose students of one course: a list is of one.",
        )

    def test_students_with_an_address_are_invited(self):
        na = self.enrol("Li Na", "1", "na@example.org")
        without = self.enrol("Bo", "2")
        invited = self.enrol("Cy", "3", "cy@example.org")
        make.make_invitation(self.course, invited.person)
        elsewhere = self.enrol("Di", "4", "di@example.org")
        make.make_enrolment(make.make_course(), elsewhere.person)
        student = make.make_student(self.course).person.enrolments.get()
        response = self.act("invite", na, without, invited, elsewhere, student)
        self.assertEqual([each.to for each in mail.outbox], [["na@example.org"]])
        self.assertCountEqual(
            words(response, ".messagelist li"),
            [
                "1 invitation sent.",
                "They have no e-mail address here: Bo.",
                "They were invited already: Cy.",
                "Only an administrator invites them: Di.",
                "They have an account already: Stu Dent.",
            ],
        )

    def test_an_assistant_does_not_become_an_instructor_by_inviting_one(self):
        helper = make.make_user()
        make.make_course_role(
            self.course, make.make_person(user=helper), role="assistant"
        )
        guest = self.enrol("Guest", "1", "mine@example.org")
        make.make_course_role(
            self.course, guest.person, role=CourseRole.Role.INSTRUCTOR
        )
        log_in(self.client, helper)
        self.act("invite", guest)
        self.assertEqual(Invitation.objects.count(), 0)
        log_in(self.client, self.instructor)
        self.act("invite", guest)
        self.assertEqual(Invitation.objects.get().person, guest.person)
