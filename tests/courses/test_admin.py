from datetime import UTC, date, datetime, time
from importlib import import_module

from django.apps import apps
from django.contrib.auth import authenticate
from django.contrib.contenttypes.models import ContentType
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client, TestCase
from django.urls import reverse
from selectolax.lexbor import LexborHTMLParser

from courses.access import Visibility
from courses.models import (
    Assignment,
    AuditEntry,
    Course,
    Enrolment,
    ImportRecord,
    Invitation,
    JoinRequest,
    Material,
    Person,
    PersonMerge,
    Proposal,
    Reading,
    Session,
    StoredFile,
    Talk,
    TalkLink,
    User,
)
from tests.admin_pages import AdminPageTests, errors, form_data, make_staff, page
from tests.factories import (
    PDF,
    make_announcement,
    make_appearance,
    make_assignment,
    make_audit_entry,
    make_course,
    make_course_role,
    make_enrolment,
    make_file,
    make_holiday,
    make_instructor,
    make_invitation,
    make_join_request,
    make_material,
    make_meeting,
    make_paper,
    make_person,
    make_person_merge,
    make_proposal,
    make_reading,
    make_section,
    make_session,
    make_session_role,
    make_talk,
    make_talk_link,
)
from tests.logins import log_in
from tests.pages import links


def make_import_record(row, printed=()):
    course = row if isinstance(row, Course) else row.course
    return ImportRecord.objects.create(
        course=course,
        source_key=f"{row._meta.model_name} {row.pk}",
        content_type=ContentType.objects.get_for_model(row),
        object_id=row.pk,
        values={"title": "Overview"},
        printed=list(printed),
    )


def upload(content=PDF, name="slides.pdf"):
    return SimpleUploadedFile(name, content)


class CoursesPageTests(AdminPageTests, TestCase):
    app_label = "courses"
    read_only = (
        *(AuditEntry, ImportRecord, JoinRequest, PersonMerge),
        *(Proposal, StoredFile),
    )
    unchanging = (Invitation, TalkLink)

    @classmethod
    def make_rows(cls):
        course = make_course(time_zone="Europe/Berlin", starts_on=date(2025, 9, 1))
        user = User.objects.create(email=f"teacher@{course.slug}.example.org")
        file = make_file(by=user, replaces=make_file())
        person = make_person(user=user, photo=file)
        make_course_role(course, person)
        make_meeting(course)
        make_holiday(course)
        session = make_session(course, date=date(2025, 9, 3))
        talk = make_talk(session)
        make_appearance(talk, person)
        assignment = make_assignment(course, due_at=datetime(2025, 10, 1, tzinfo=UTC))
        for owner in (course, session, talk, assignment):
            make_material(owner, file=file)
            material, reading = make_material(owner), make_reading(owner)
            make_reading(owner, paper=make_paper())
        return [
            user,
            person,
            course,
            make_section(course),
            make_announcement(course),
            make_audit_entry(course),
            make_enrolment(course, person),
            make_invitation(course, token_hash=course.slug),
            make_person_merge(person),
            make_join_request(course, user),
            session,
            make_session_role(session, person),
            talk,
            make_talk_link(talk, token_hash=course.slug),
            make_proposal(talk),
            material,
            reading,
            assignment,
            file,
            make_import_record(session, [["Slides", "slides/01.pdf"]]),
        ]


class StaffTestCase(TestCase):
    def setUp(self):
        self.staff = make_staff()
        log_in(self.client, self.staff)

    def submit(self, url, /, **values):
        """Submit the form at ``url`` as it is but for ``values``."""
        data = form_data(self.client.get(url)) | values
        return self.client.post(url, data)

    def assert_found(self, model, words, rows):
        response = self.client.get(page(model, "changelist"), {"q": words})
        self.assertQuerySetEqual(
            response.context["cl"].result_list, rows, ordered=False
        )

    def assert_refused(self, response, *messages):
        self.assertEqual(errors(response), list(messages))


class UserAdminTests(StaffTestCase):
    def test_adds_an_account_that_can_log_in(self):
        password = "correct horse battery"
        self.submit(
            page(User, "add"),
            email="ada@example.org",
            password1=password,
            password2=password,
        )
        user = authenticate(username="ada@example.org", password=password)
        self.assertEqual(user, User.objects.get(email="ada@example.org"))

    def test_adds_an_account_without_password(self):
        self.submit(page(User, "add"), email="ada@example.org", usable_password="false")
        user = User.objects.get(email="ada@example.org")
        self.assertFalse(user.has_usable_password())

    def test_refuses_an_address_in_other_letters(self):
        response = self.submit(
            page(User, "add"), email="ROOT@example.org", usable_password="false"
        )
        self.assert_refused(response, "This address already has an account.")

    def test_accounts_are_deleted_one_by_one_after_asking_again(self):
        user = User.objects.create(email="ada@example.org")
        self.client.post(
            page(User, "changelist"),
            {"action": "delete_selected", "_selected_action": [user.pk], "post": "yes"},
        )
        visitor = Client()
        visitor.force_login(self.staff)  # not a moment ago
        visitor.post(page(User, "delete", user.pk), {"post": "yes"})
        self.assertTrue(User.objects.filter(pk=user.pk).exists())
        self.client.post(page(User, "delete", user.pk), {"post": "yes"})
        self.assertFalse(User.objects.filter(pk=user.pk).exists())
        entry = AuditEntry.objects.get(action="account")
        self.assertEqual(entry.words, "Deleted: ada@example.org")

    def test_finds_accounts(self):
        user = User.objects.create(email="ada@example.org")
        make_person("Countess of Lovelace", user=user)
        for words in ("ada@", "lovelace"):
            with self.subTest(words):
                self.assert_found(User, words, [user])


class PersonAdminTests(StaffTestCase):
    def setUp(self):
        super().setUp()
        self.person = make_person(
            "Jurgen Muller",
            other_names=["Jürgen Müller", "Øyvind Łukasz"],
            affiliation="Universität Zürich",
            email="jm@example.org",
        )
        make_person("Emmy Noether")

    def test_finds_people_by_any_spelling(self):
        for words in (
            *("Müller, Jürgen", "JURGEN MULLER", "Prof. muller", "oyvind lukasz"),
            *("Jür", "zürich jurgen", "jm@example"),
        ):
            with self.subTest(words):
                self.assert_found(Person, words, [self.person])
        self.assert_found(Person, "muller emmy", [])

    def test_are_not_found_by_what_is_private(self):
        """An address of the list asks of any field, and of what points to a row."""
        student = make_enrolment(person=make_person("Ada", email="ada@example.org"))
        make_course_role(person=student.person)
        log_in(self.client, make_instructor(make_course()))
        for query in (
            "email__startswith=ada",
            "user__isnull=True",
            "enrolments__isnull=False",
            f"enrolments={student.pk}",
            f"enrolments__course={student.course.pk}",
        ):
            with self.subTest(query):
                response = self.client.get(f"{page(Person, 'changelist')}?{query}")
                self.assertEqual(response.status_code, 400)

    def test_offers_people_by_any_spelling(self):
        query = {"app_label": "courses", "model_name": "courserole"}
        query |= {"field_name": "person", "term": "Müller, J"}
        response = self.client.get(reverse("admin:autocomplete"), query)
        [found] = response.json()["results"]
        self.assertEqual(found["id"], str(self.person.pk))

    def test_spellings_are_a_list_of_texts(self):
        url = page(Person, "change", self.person.pk)
        for value in ('"Ada"', "[1]", '{"a": "b"}', "5"):
            response = self.submit(url, other_names=value)
            self.assert_refused(
                response, 'Write a list of texts: ["Ada King", "A. Lovelace"].'
            )

    def test_people_who_were_here_before_are_found_too(self):
        keys = self.person.search_keys
        Person.objects.update(search_keys="")
        import_module("courses.migrations.0010_search_keys").fill(apps, None)
        self.person.refresh_from_db()
        self.assertEqual(self.person.search_keys, keys)


class CourseAdminTests(StaffTestCase):
    def setUp(self):
        super().setUp()
        self.course = make_course(slug="dl-2025", time_zone="Europe/Berlin")
        self.meeting = make_meeting(
            self.course, weekday=0, start_time=time(10), end_time=time(12)
        )
        self.session = make_session(self.course, date=date(2025, 9, 1))
        self.url = page(Course, "change", self.course.pk)

    def assert_starts_at(self, *parts):
        self.session.refresh_from_db()
        self.assertEqual(self.session.starts_at, datetime(*parts, tzinfo=UTC))

    def test_zone_moves_the_instants_of_sessions(self):
        self.submit(self.url, time_zone="Asia/Hong_Kong")
        self.assert_starts_at(2025, 9, 1, 2)

    def test_meeting_moves_the_instants_of_sessions(self):
        self.submit(
            self.url,
            **{"meetings-0-start_time": "14:00", "meetings-0-end_time": "16:00"},
        )
        self.assert_starts_at(2025, 9, 1, 12)

    def test_zone_and_meeting_move_the_instants_together(self):
        self.submit(
            self.url,
            **{"time_zone": "Asia/Hong_Kong", "meetings-0-start_time": "11:00"},
        )
        self.assert_starts_at(2025, 9, 1, 3)

    def test_deleted_meeting_leaves_the_whole_day(self):
        self.submit(self.url, **{"meetings-0-DELETE": "on"})
        self.assert_starts_at(2025, 8, 31, 22)

    def test_refuses_what_the_database_would_refuse(self):
        response = self.submit(
            self.url,
            **{
                "starts_on": "2025-09-02",
                "ends_on": "2025-09-01",
                "meetings-0-end_time": "09:00",
                "time_zone": "Mars",
            },
        )
        self.assert_refused(
            response,
            "A course must end after it starts.",
            "“Mars” is no time zone; write for example Asia/Hong_Kong.",
            "A meeting must end after it starts.",
        )

    def test_refuses_a_meeting_twice(self):
        response = self.submit(
            self.url,
            **{
                "meetings-TOTAL_FORMS": "2",
                "meetings-1-weekday": "0",
                "meetings-1-start_time": "10:00",
                "meetings-1-end_time": "11:00",
            },
        )
        self.assertEqual(response.status_code, 200)
        self.assertEqual(self.course.meetings.count(), 1)

    def test_shows_addresses_that_lead_nowhere(self):
        make_import_record(self.course, [["Slides <b>", "slides/01.pdf"]])
        make_import_record(self.session, [["Video", "<script>alert(1)</script>"]])
        make_import_record(make_course(), [["Elsewhere", "elsewhere.pdf"]])
        table = LexborHTMLParser(self.client.get(self.url).text).css_first(
            ".field-printed_addresses table"
        )
        rows = [[c.text() for c in row.css("td")] for row in table.css("tbody tr")]
        self.assertEqual(
            rows,
            [["Slides <b>", "slides/01.pdf"], ["Video", "<script>alert(1)</script>"]],
        )

    def test_is_deleted_with_its_import_records(self):
        make_import_record(self.course)
        url = page(Course, "delete", self.course.pk)
        response = self.client.post(url, {"post": "yes"})
        self.assertRedirects(response, page(Course, "changelist"))
        self.assertEqual(ImportRecord.objects.count(), 0)

    def test_finds_courses(self):
        make_course(title="Another")
        for words in ("deep", "dl-2025"):
            with self.subTest(words):
                self.assert_found(Course, words, [self.course])


class SessionAdminTests(StaffTestCase):
    def setUp(self):
        super().setUp()
        self.course = make_course(slug="dl-2025", time_zone="Asia/Hong_Kong")
        self.session = make_session(
            self.course, key="01", visibility=Visibility.STAFF, title="Kernels"
        )
        self.url = page(Session, "change", self.session.pk)

    def test_publishes_the_selected_sessions(self):
        other = make_session(self.course, visibility=Visibility.STAFF)
        data = {"action": "publish", "_selected_action": [self.session.pk]}
        response = self.client.post(page(Session, "changelist"), data, follow=True)
        shown = Session.objects.filter(visibility=Visibility.PUBLIC)
        self.assertQuerySetEqual(shown, [self.session])
        self.assertEqual(
            [str(message) for message in response.context["messages"]],
            ["1 session published."],
        )
        other.refresh_from_db()
        self.assertEqual(other.visibility, Visibility.STAFF)

    def test_stays_in_its_course(self):
        self.submit(self.url, course=str(make_course().pk), title="New")
        self.session.refresh_from_db()
        self.assertEqual(
            (self.session.course, self.session.title), (self.course, "New")
        )

    def test_refuses_a_day_that_not_all_clocks_show(self):
        for day in ("0001-01-01", "9999-12-31"):
            response = self.submit(self.url, date=day)
            self.assert_refused(response, "No course is held that year.")

    def test_refuses_a_key_taken_in_the_course(self):
        make_session(self.course, key="02")
        response = self.submit(self.url, key="02")
        self.assert_refused(
            response, "Session with this Course and Key already exists."
        )

    def test_takes_a_file_for_a_material_of_its_own(self):
        self.submit(
            self.url,
            **{
                "materials-TOTAL_FORMS": "1",
                "materials-0-kind": "slides",
                "materials-0-state": "expected",
                "materials-0-visibility": "members",
                "materials-0-position": "0",
                "materials-0-upload": upload(),
            },
        )
        material = self.session.materials.get()
        self.assertEqual(
            (material.course, material.state, material.file.stored_by),
            (self.course, "available", self.staff),
        )

    def test_takes_readings_of_papers_and_texts(self):
        paper = make_paper()
        self.submit(
            self.url,
            **{
                "readings-TOTAL_FORMS": "2",
                "readings-0-role": "required",
                "readings-0-position": "1",
                "readings-0-paper": str(paper.pk),
                "readings-1-role": "background",
                "readings-1-position": "2",
                "readings-1-text": "A *book*",
            },
        )
        readings = [(r.paper, r.text, r.course) for r in self.session.readings.all()]
        self.assertEqual(
            readings, [(paper, "", self.course), (None, "A *book*", self.course)]
        )

    def test_refuses_a_reading_of_nothing(self):
        response = self.submit(
            self.url,
            **{
                "readings-TOTAL_FORMS": "1",
                "readings-0-role": "required",
                "readings-0-position": "1",
                "readings-0-remark": "Read it.",
            },
        )
        self.assert_refused(response, "Choose a paper or write a text.")

    def test_finds_sessions(self):
        make_talk(self.session, title="On attention")
        make_session(make_course(title="Another"), title="Other")
        for words in ("kernels", "attention", "dl-2025"):
            with self.subTest(words):
                self.assert_found(Session, words, [self.session])


class TalkAdminTests(StaffTestCase):
    def setUp(self):
        super().setUp()
        self.talk = make_talk(speaker=make_person("Ada Lovelace"))
        self.url = page(Talk, "change", self.talk.pk)

    def test_moves_within_its_course(self):
        later = make_session(self.talk.session.course)
        self.submit(self.url, session=str(later.pk))
        self.assertQuerySetEqual(later.talks.all(), [self.talk])

    def test_stays_in_its_course(self):
        elsewhere = make_session()
        response = self.submit(self.url, session=str(elsewhere.pk))
        self.assert_refused(response, "A talk stays in its course.")

    def test_takes_speakers_as_printed(self):
        speaker = make_person("Grace Hopper")
        self.submit(
            self.url,
            **{
                "appearances-TOTAL_FORMS": "2",
                "appearances-1-person": str(speaker.pk),
                "appearances-1-position": "2",
                "appearances-1-name": "Prof. Hopper",
                "appearances-1-affiliation": "Yale",
            },
        )
        printed = [(str(a), a.affiliation) for a in self.talk.appearances.all()]
        self.assertEqual(printed, [("Ada Lovelace", ""), ("Prof. Hopper", "Yale")])

    def test_finds_talks(self):
        make_talk(self.talk.session, title="Other")
        for words in ("talk 1", "lovelace"):
            with self.subTest(words):
                self.assert_found(Talk, words, [self.talk])


class MaterialAdminTests(StaffTestCase):
    def setUp(self):
        super().setUp()
        self.session = make_session()
        self.old = make_file(b"first", "slides.pdf")
        self.material = make_material(self.session, file=self.old)
        self.url = page(Material, "change", self.material.pk)

    def test_stores_an_upload(self):
        self.submit(
            page(Material, "add"),
            session=str(self.session.pk),
            kind="notes",
            state="expected",
            upload=upload(PDF, "notes.html"),
        )
        material = Material.objects.get(kind="notes")
        file = material.file
        self.assertEqual(
            (material.course, material.state, file.content_type, file.stored_by),
            (self.session.course, "available", "application/pdf", self.staff),
        )

    def test_replacing_keeps_the_address_and_the_old_file(self):
        address = self.material.get_absolute_url()
        self.submit(self.url, upload=upload(PDF, "slides.pdf"))
        self.material.refresh_from_db()
        self.assertEqual(self.material.get_absolute_url(), address)
        self.assertEqual(self.material.file.replaces, self.old)
        with self.old.open() as old, self.material.file.open() as new:
            self.assertEqual((old.read(), new.read()), (b"first", PDF))

    def test_old_address_leads_to_a_new_file_of_another_name(self):
        address = self.material.get_absolute_url()
        self.submit(self.url, upload=upload(PDF, "slides-2.pdf"))
        response = self.client.get(address, follow=True)
        self.assertEqual(b"".join(response), PDF)

    def test_saved_untouched_keeps_its_file(self):
        self.submit(self.url, label="Slides")
        self.material.refresh_from_db()
        self.assertEqual(
            (self.material.label, self.material.file), ("Slides", self.old)
        )

    def test_shows_which_file_it_has(self):
        link = LexborHTMLParser(self.client.get(self.url).text).css_first(
            ".file-upload a"
        )
        self.assertEqual(
            (link.text(), link.attributes["href"]),
            ("slides.pdf", self.material.get_absolute_url()),
        )

    def test_a_link_can_take_the_place_of_a_file_which_is_kept(self):
        url = "https://example.org/slides"
        self.submit(self.url, **{"upload-clear": "on", "url": url})
        self.material.refresh_from_db()
        self.assertEqual((self.material.file, self.material.url), (None, url))
        self.assertTrue(StoredFile.objects.filter(pk=self.old.pk).exists())

    def test_refuses_a_file_and_a_link(self):
        response = self.submit(self.url, url="https://example.org/")
        self.assert_refused(response, "Give a file or an address, not both.")

    def test_refuses_to_promise_nothing(self):
        response = self.submit(self.url, **{"upload-clear": "on"})
        self.assert_refused(response, "What is available needs a file or an address.")

    def test_refused_forms_store_nothing(self):
        self.submit(self.url, upload=upload(), url="https://example.org/")
        self.assertQuerySetEqual(StoredFile.objects.all(), [self.old])

    def test_refuses_to_belong_to_nothing(self):
        response = self.submit(page(Material, "add"), url="https://example.org/")
        self.assert_refused(response, "Choose a course, session, talk or assignment.")

    def test_refuses_two_owners(self):
        talk = make_talk(self.session)
        response = self.submit(self.url, talk=str(talk.pk))
        self.assert_refused(
            response,
            "It belongs to one of session, talk and assignment, "
            "or to none of them: then to the course.",
        )

    def test_may_belong_to_the_course(self):
        course = self.session.course
        self.submit(self.url, session="", course=str(course.pk))
        self.material.refresh_from_db()
        self.assertEqual(self.material.owner, course)

    def test_finds_materials(self):
        make_material(self.session, url="https://example.org/x")
        for words in ("slides.pdf", "slides session"):
            with self.subTest(words):
                self.assert_found(Material, words, [self.material])


class OtherAdminTests(StaffTestCase):
    def test_only_people_with_a_page_are_shown_on_the_site(self):
        student = make_enrolment(make_course()).person
        for person, shown in ((make_course_role().person, 1), (student, 0)):
            response = self.client.get(page(Person, "change", person.pk))
            self.assertEqual(len(links(response, "a.viewsitelink")), shown)

    def test_a_reading_takes_the_course_of_its_owner(self):
        talk = make_talk()
        self.submit(page(Reading, "add"), talk=str(talk.pk), text="A *book*")
        self.assertEqual(Reading.objects.get().course, talk.session.course)

    def test_a_reading_belongs_to_something(self):
        response = self.submit(page(Reading, "add"), text="A *book*")
        self.assert_refused(response, "Choose a course, session, talk or assignment.")

    def test_an_assignment_is_due_after_opening(self):
        assignment = make_assignment()
        response = self.submit(
            page(Assignment, "change", assignment.pk),
            opens_at_0="2025-09-02",
            opens_at_1="00:00",
            due_at_0="2025-09-01",
            due_at_1="00:00",
        )
        self.assert_refused(response, "It must open before it is due.")

    def test_a_student_number_is_taken_once_in_a_course(self):
        course = make_course()
        make_enrolment(course, student_number="20251234")
        other = make_enrolment(course)
        response = self.submit(
            page(Enrolment, "change", other.pk), student_number="20251234"
        )
        self.assert_refused(response, "Someone else has this student number.")

    def test_finds_rows_by_their_person(self):
        person = make_person("Ada Lovelace", affiliation="Analytical Engines")
        enrolment = make_enrolment(person=person)
        make_enrolment()
        self.assert_found(Enrolment, "lovelace", [enrolment])
        for words in ("lovelace", "analytical"):
            with self.subTest(words):
                self.assert_found(Person, words, [person])

    def test_people_are_chosen_by_search(self):
        person = make_person("Ada Lovelace")
        make_person("Grace Hopper")
        response = self.client.get(
            reverse("admin:autocomplete"),
            {
                "term": "love",
                "app_label": "courses",
                "model_name": "sessionrole",
                "field_name": "person",
            },
        )
        self.assertEqual(
            response.json()["results"], [{"id": str(person.pk), "text": "Ada Lovelace"}]
        )
