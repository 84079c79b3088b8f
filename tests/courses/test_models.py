import hashlib
from datetime import UTC, date, datetime, time

import pytest
from django.contrib.auth import authenticate
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.db import IntegrityError, transaction
from django.db.models import ProtectedError
from django.test import SimpleTestCase, TestCase

from courses import proposals
from courses.models import (
    Announcement,
    Appearance,
    Assignment,
    CitationKey,
    Course,
    CourseRole,
    Enrolment,
    Holiday,
    ImportRecord,
    JoinRequest,
    Material,
    Meeting,
    Person,
    PersonMerge,
    Proposal,
    Reading,
    Section,
    Session,
    SessionRole,
    StoredFile,
    Talk,
    Token,
    User,
)
from courses.models.material import sniff
from tests.constraints import ConstraintTests
from tests.factories import (
    PDF,
    PNG,
    make_announcement,
    make_appearance,
    make_assignment,
    make_course,
    make_course_role,
    make_enrolment,
    make_file,
    make_join_request,
    make_material,
    make_meeting,
    make_paper,
    make_person,
    make_person_merge,
    make_reading,
    make_section,
    make_session,
    make_session_role,
    make_talk,
    make_talk_link,
    make_user,
)

pytestmark = pytest.mark.both

HOSTILE = "<script>alert(1)</script> *x* [y](javascript:alert(2))"
HARMLESS = (
    "<p>&lt;script&gt;alert(1)&lt;/script&gt; <em>x</em> [y](javascript:alert(2))</p>"
)
DAY = date(2025, 9, 1)
OWNER = (
    "It belongs to one of session, talk and assignment, "
    "or to none of them: then to the course."
)


def at(hour):
    return datetime(2025, 9, 1, hour, tzinfo=UTC)


class CoursesConstraintTests(ConstraintTests, TestCase):
    app_label = "courses"

    @classmethod
    def setUpTestData(cls):
        cls.course = make_course(slug="dl-2025")
        cls.person = make_person()
        cls.session = make_session(cls.course, key="01")
        cls.talk = make_talk(cls.session, speaker=cls.person)
        make_session_role(cls.session, cls.person)
        make_course_role(cls.course, cls.person)
        make_enrolment(cls.course, cls.person, student_number="20251234")
        make_meeting(cls.course, weekday=0, start_time=time(10), end_time=time(12))
        cls.citation_key = CitationKey.objects.create(
            course=cls.course, paper=make_paper(), key="Bo:2019"
        )
        link = make_talk_link(cls.talk)
        cls.proposal = proposals.propose(cls.talk, {"title": "Other"}, link=link)
        cls.content_type = ContentType.objects.get_for_model(Course)
        cls.record = cls.import_record()
        cls.record.save()
        make_person_merge(cls.person, slug="gone")
        cls.user = User.objects.create(email="ada@example.org")
        make_join_request(cls.course, cls.user)

    @classmethod
    def import_record(cls):
        return ImportRecord(
            course=cls.course,
            source_key="session 1",
            content_type=cls.content_type,
            object_id=cls.course.pk,
        )

    def violations(self):
        course, session, talk = self.course, self.session, self.talk
        person = self.person
        file, url = make_file(), "https://example.org/"
        return {
            "citation_key_unique_in_course": (
                CitationKey(course=course, paper=make_paper(), key="Bo:2019"),
                "Citation key with this Course and Key already exists.",
            ),
            "course_ends_after_start": (
                Course(title="A", slug="a", starts_on=DAY, ends_on=date(2025, 8, 31)),
                "A course must end after it starts.",
            ),
            "course_role_unique": (
                CourseRole(course=course, person=person),
                "Course role with this Course, Person and Role already exists.",
            ),
            "enrolment_unique_in_course": (
                Enrolment(course=course, person=person),
                "Enrolment with this Course and Person already exists.",
            ),
            "student_number_unique_in_course": (
                Enrolment(
                    course=course, person=make_person(), student_number="20251234"
                ),
                "Someone else has this student number.",
            ),
            "join_request_open_once": (
                JoinRequest(course=course, user=self.user, name="Li Na"),
                "You have asked already.",
            ),
            "token_expires_after_it_is_made": (
                Token(user=self.user, made_at=at(8), expires_at=at(8)),
                "A token must expire after it is made.",
            ),
            "meeting_unique_in_week": (
                Meeting(
                    course=course, weekday=0, start_time=time(10), end_time=time(11)
                ),
                "Meeting with this Course, Weekday and Start already exists.",
            ),
            "meeting_ends_after_start": (
                Meeting(
                    course=course, weekday=1, start_time=time(10), end_time=time(10)
                ),
                "A meeting must end after it starts.",
            ),
            "holiday_ends_after_start": (
                Holiday(
                    course=course, name="A", starts_on=DAY, ends_on=date(2025, 8, 31)
                ),
                "A holiday must end after it starts.",
            ),
            "person_merge_slug_unique": (
                PersonMerge(kept=person, name="A", slug="gone"),
                "This address leads to someone already.",
            ),
            "session_key_unique_in_course": (
                Session(course=course, key="01"),
                "Session with this Course and Key already exists.",
            ),
            "session_ends_after_start": (
                Session(
                    course=course, key="02", start_time=time(15), end_time=time(15)
                ),
                "A session must end after it starts.",
            ),
            "session_last_day_after_date": (
                Session(course=course, key="02", date=DAY, end_date=DAY),
                "The last day must come after the date.",
            ),
            "session_role_unique": (
                SessionRole(session=session, person=person),
                "Session role with this Session, Person and Role already exists.",
            ),
            "talk_ends_after_start": (
                Talk(session=session, start_time=time(15), end_time=time(14)),
                "A talk must end after it starts.",
            ),
            "appearance_unique_in_talk": (
                Appearance(talk=talk, person=person),
                "Appearance with this Talk and Person already exists.",
            ),
            "proposal_of_link_waits_once": (
                Proposal(target=talk, link=self.proposal.link),
                "What this link sent waits already.",
            ),
            "proposal_decided_says_when": (
                Proposal(target=talk, state=Proposal.State.ACCEPTED),
                "What is decided says when, and no other.",
            ),
            "material_has_one_owner": (
                Material(course=course, session=session, talk=talk, url=url),
                OWNER,
            ),
            "material_is_file_or_link": (
                Material(course=course, file=file, url=url),
                "Give a file or an address, not both.",
            ),
            "material_available_leads_somewhere": (
                Material(course=course),
                "What is available needs a file or an address.",
            ),
            "reading_has_one_owner": (
                Reading(course=course, session=session, talk=talk, text="A"),
                OWNER,
            ),
            "reading_says_what": (
                Reading(course=course, remark="A"),
                "Choose a paper or write a text.",
            ),
            "assignment_due_after_opening": (
                Assignment(course=course, title="A", opens_at=at(9), due_at=at(8)),
                "It must open before it is due.",
            ),
            "assignment_accepted_until_after_due": (
                Assignment(
                    course=course, title="A", due_at=at(9), accepted_until=at(8)
                ),
                "Last acceptance cannot be before due.",
            ),
            "assignment_grace_at_most_an_hour": (
                Assignment(course=course, title="A", grace_minutes=61),
                "Grace is at most 60 minutes.",
            ),
            "assignment_team_has_a_member": (
                Assignment(course=course, title="A", team_size=0),
                "A team has at least one member.",
            ),
            "import_record_unique_in_course": (
                self.import_record(),
                "Import record with this Course and Key in the source already exists.",
            ),
            "user_email_unique": (
                User(email="ADA@Example.org"),
                "This address already has an account.",
            ),
        }

    def test_a_session_past_midnight_has_a_last_day(self):
        night = make_session(
            self.course,
            date=DAY,
            end_date=date(2025, 9, 2),
            start_time=time(22),
            end_time=time(1),
        )
        night.full_clean()

    def test_many_enrolments_have_no_student_number(self):
        for _ in range(2):
            make_enrolment(self.course).full_clean()

    def test_each_pair_of_owners_is_refused(self):
        owners = {
            "session": self.session,
            "talk": self.talk,
            "assignment": make_assignment(self.course),
        }
        for left_out in owners:
            pair = {name: row for name, row in owners.items() if name != left_out}
            for row in (
                Material(course=self.course, url="https://example.org/", **pair),
                Reading(course=self.course, text="A", **pair),
            ):
                with (
                    self.subTest(left_out=left_out, model=type(row)),
                    self.assertRaises(IntegrityError),
                    transaction.atomic(),
                ):
                    type(row).objects.bulk_create([row])

    def test_slugs_and_accounts_are_unique(self):
        user = make_user()
        make_person(user=user)
        for row in (
            Course(title="A", slug="dl-2025"),
            Person(name="A", slug=self.person.slug),
            Person(name="A", slug="a", user=user),
        ):
            with (
                self.subTest(row=row),
                self.assertRaises(IntegrityError),
                transaction.atomic(),
            ):
                row.save()

    def test_people_with_a_part_cannot_be_deleted(self):
        with self.assertRaises(ProtectedError):
            self.person.delete()

    def test_what_leads_to_submissions_cannot_be_deleted(self):
        make_assignment(self.course)
        with self.assertRaises(ProtectedError):
            self.course.delete()


class UserTests(TestCase):
    def test_logs_in_by_email_in_any_case(self):
        user = make_user("ada@example.org")
        for email in ("ada@example.org", "ADA@Example.ORG"):
            with self.subTest(email):
                self.assertEqual(
                    authenticate(username=email, password="password"), user
                )

    def test_wrong_password_logs_nobody_in(self):
        make_user("ada@example.org")
        user = authenticate(username="ada@example.org", password="Password")
        self.assertIsNone(user)

    def test_inactive_users_cannot_log_in(self):
        make_user("ada@example.org", is_active=False)
        user = authenticate(username="ada@example.org", password="password")
        self.assertIsNone(user)

    def test_without_password_none_matches(self):
        user = User.objects.create_user("ada@example.org")
        self.assertFalse(user.has_usable_password())

    def test_needs_an_address(self):
        with self.assertRaisesMessage(ValueError, "A user needs an e-mail address."):
            User.objects.create_user("")

    def test_superuser_needs_no_name(self):
        user = User.objects.create_superuser("root@example.org")
        self.assertEqual(
            (str(user), user.is_staff, user.is_superuser),
            ("root@example.org", True, True),
        )


class PersonTests(TestCase):
    def test_name_is_split_and_keyed_when_saved(self):
        person = make_person("Aad van der Vaart")
        self.assertEqual(
            (person.family_name, person.given_name, person.name_key),
            ("van der Vaart", "Aad", "aad der vaart van"),
        )

    def test_any_name_the_form_takes_can_be_saved(self):
        for name in ("a" * 200, "\ufb03" * 200, f"{'b' * 150} {'c' * 40}"):
            with self.subTest(name[:3]):
                person = make_person(name)
                person.refresh_from_db()
                self.assertEqual(person.name, name)

    def test_a_family_name_given_by_hand_stays(self):
        person = make_person("Hoi To Wai", family_name="Wai", given_name="Hoi To")
        person.save()
        self.assertEqual((person.family_name, person.given_name), ("Wai", "Hoi To"))


class MarkdownTests(TestCase):
    def test_is_cleaned_when_saved(self):
        course = make_course()
        session = make_session(course)
        for row, *fields in (
            (make_person(biography=HOSTILE), "biography_html"),
            (make_section(course, text=HOSTILE), "text_html"),
            (make_announcement(course, body=HOSTILE), "body_html"),
            (make_assignment(course, brief=HOSTILE), "brief_html"),
            (
                make_session(course, abstract=HOSTILE, notes=HOSTILE),
                "abstract_html",
                "notes_html",
            ),
            (
                make_talk(session, abstract=HOSTILE, biography=HOSTILE),
                "abstract_html",
                "biography_html",
            ),
            (
                make_reading(session, text=HOSTILE, remark=HOSTILE),
                "text_html",
                "remark_html",
            ),
        ):
            row.refresh_from_db()
            for field in fields:
                with self.subTest(model=type(row), field=field):
                    self.assertEqual(getattr(row, field), HARMLESS)

    def test_follows_the_text(self):
        section = make_section(text="old")
        section.text = "new"
        section.save()
        self.assertEqual(section.text_html, "<p>new</p>")

    def test_titles_are_text_with_formulas(self):
        title = "<i>On</i> $x$"
        session = Session(title=title)
        shown = "&lt;i&gt;On&lt;/i&gt; <math><mi>x</mi></math>"
        for row in (session, Talk(title=title), Talk(session=session)):
            with self.subTest(model=type(row)):
                self.assertEqual(row.title_html, shown)


class AttachedTests(TestCase):
    """Materials and readings, and what they belong to."""

    @classmethod
    def setUpTestData(cls):
        cls.course = make_course()
        session = make_session(cls.course)
        cls.owners = [cls.course, session, make_talk(session)]
        cls.owners.append(make_assignment(cls.course))

    def test_take_the_course_of_their_owner(self):
        for owner in self.owners:
            for make in (make_material, make_reading):
                with self.subTest(owner=owner, make=make):
                    self.assertEqual(make(owner).course, self.course)

    def test_follow_an_owner_in_another_course(self):
        for make in (make_material, make_reading):
            row, elsewhere = make(self.owners[1]), make_session()
            row.session = elsewhere
            row.save()
            with self.subTest(make=make):
                self.assertEqual(row.course, elsewhere.course)

    def test_material_knows_its_owner(self):
        for owner in self.owners:
            with self.subTest(owner=owner):
                self.assertEqual(make_material(owner).owner, owner)

    def test_new_file_replaces_the_old_which_is_kept(self):
        user = User.objects.create(email="ada@example.org")
        old = make_file(b"first", "slides.pdf")
        material = make_material(file=old, state="expected")
        material.put_file(ContentFile(PDF), "slides-2.pdf", by=user)
        material.save()
        new = Material.objects.get().file
        self.assertEqual(
            (new.replaces, new.stored_by, new.original_name, material.state),
            (old, user, "slides-2.pdf", "available"),
        )
        with old.open() as first, new.open() as second:
            self.assertEqual((first.read(), second.read()), (b"first", PDF))

    def test_one_file_of_two_materials_can_be_replaced_in_both(self):
        old = make_file()
        for material in (make_material(file=old), make_material(file=old)):
            material.put_file(ContentFile(PDF), "slides.pdf")
            material.save()
        self.assertEqual(old.replacements.count(), 2)

    def test_stored_files_in_use_cannot_be_deleted(self):
        file = make_file()
        make_material(file=file)
        with self.assertRaises(ProtectedError):
            file.delete()


class StoredFileTests(TestCase):
    def test_keeps_bytes_under_a_random_key(self):
        one, other = make_file(PDF, "a.pdf"), make_file(PDF, "a.pdf")
        self.assertNotEqual(one.key, other.key)
        self.assertRegex(one.key, r"\A[0-9a-f]{40}\Z")
        with one.open() as file:
            self.assertEqual(file.read(), PDF)

    def test_says_what_the_bytes_are(self):
        user = User.objects.create(email="ada@example.org")
        file = make_file(PDF, "slides.pdf", by=user)
        self.assertEqual(
            (file.sha256, file.size_bytes, file.content_type, file.stored_by),
            (hashlib.sha256(PDF).hexdigest(), len(PDF), "application/pdf", user),
        )

    def test_the_type_is_never_the_names(self):
        file = make_file(b"<!DOCTYPE html><html><script>x()</script>", "slides.pdf")
        self.assertEqual(file.content_type, "text/html")

    def test_original_name_is_storable(self):
        for name, expected in (
            ("a\x00b\r\n\u202e.pdf", "ab.pdf"),
            ("", ""),
            ("é" * 300 + ".pdf", "é" * 251 + ".pdf"),
        ):
            file = make_file(b"x", name)
            file.refresh_from_db()
            with self.subTest(name=name):
                self.assertEqual(file.original_name, expected)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (PDF, "application/pdf"),
        (PNG, "image/png"),
        (b"GIF89a" + bytes(20), "image/gif"),
        (b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01" + bytes(20), "image/jpeg"),
        (b"PK\x03\x04" + bytes(26), "application/zip"),
        (b"<!DOCTYPE html><html><body></body></html>", "text/html"),
        (b"<html><body></body></html>", "text/html"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "image/svg+xml"),
        (b"plain words\n", "text/plain"),
        ("Wörter\n".encode(), "text/plain"),
        (b"\x00\x01\xfe\xff", "application/octet-stream"),
        (b"", "text/plain"),
    ],
)
def test_sniffs_the_type_of_bytes(content, expected):
    assert sniff(ContentFile(content)) == expected


@pytest.mark.parametrize(
    ("original", "safe"),
    [
        ("slides.pdf", "slides.pdf"),
        ("My slides (2).pdf", "My_slides_2.pdf"),
        ("../../etc/passwd", "passwd"),
        (r"C:\Users\ada\slides.pdf", "slides.pdf"),
        ("講義.pdf", "講義.pdf"),
        ("a\x00b\r\n.pdf", "ab.pdf"),
        ('"><script>.pdf', "script.pdf"),
        (".htaccess", "htaccess"),
        ("..", "file"),
        ("a/", "file"),
        ("?", "file"),
        ("", "file"),
        ("x" * 300 + ".pdf", "x" * 96 + ".pdf"),
        ("." * 300 + "pdf", "pdf"),
    ],
)
def test_name_is_safe_as_the_end_of_an_address(original, safe):
    assert StoredFile(original_name=original).name == safe


class FieldTests(SimpleTestCase):
    def assert_refused(self, row, field):
        with self.assertRaises(ValidationError) as refused:
            row.clean_fields()
        self.assertIn(field, refused.exception.message_dict)

    def test_addresses_are_web_addresses(self):
        for url in ("javascript:alert(1)", "data:text/html,x", "ftp://example.org/x"):
            for row, field in (
                (Person(name="A", slug="a", homepage=url), "homepage"),
                (Meeting(weekday=0, stream_url=url), "stream_url"),
                (Session(key="01", stream_url=url), "stream_url"),
                (Appearance(homepage=url), "homepage"),
                (Material(url=url), "url"),
            ):
                with self.subTest(url=url, model=type(row)):
                    self.assert_refused(row, field)

    def test_time_zone_is_one_of_iana(self):
        for name in ("", "Hong Kong", "../etc/passwd", "utc+8"):
            with self.subTest(name):
                self.assert_refused(
                    Course(title="A", slug="a", time_zone=name), "time_zone"
                )

    def test_message_names_the_time_zone(self):
        with self.assertRaises(ValidationError) as refused:
            Course(title="A", slug="a", time_zone="Mars").clean_fields()
        self.assertEqual(
            refused.exception.messages,
            ["“Mars” is no time zone; write for example Asia/Hong_Kong."],
        )

    def test_key_of_a_session_fits_an_address(self):
        for key in ("", "a b", "a/b", "01\n", "?"):
            with self.subTest(key):
                self.assert_refused(Session(key=key), "key")


class TextTests(TestCase):
    def test_rows_are_named_for_what_they_show(self):
        ada = Person(name="Ada")
        course = Course(code="MATH 6380", title="Deep Learning", term="Fall 2020")
        session = Session(key="s1", number="01", title="Overview")
        for row, expected in (
            (User(email="ada@example.org"), "ada@example.org"),
            (ada, "Ada"),
            (course, "MATH 6380 Deep Learning, Fall 2020"),
            (Course(title="Deep Learning"), "Deep Learning"),
            (CourseRole(person=ada), "Ada (instructor)"),
            (Enrolment(person=ada, course=Course(title="A")), "Ada: A"),
            (Section(heading="Synopsis"), "Synopsis"),
            (Section(), "(no heading)"),
            (
                Meeting(weekday=2, start_time=time(15), end_time=time(17, 50)),
                "Wednesday 15:00–17:50",
            ),
            (Holiday(name="National Day"), "National Day"),
            (Announcement(title="Welcome"), "Welcome"),
            (session, "01 Overview"),
            (Session(key="s1"), "s1"),
            (SessionRole(person=ada), "Ada"),
            (SessionRole(person=ada, name_as_printed="A."), "A."),
            (Talk(title="Kernels"), "Kernels"),
            (Talk(session=session), "01 Overview"),
            (Appearance(person=ada), "Ada"),
            (Appearance(person=ada, name="A. L."), "A. L."),
            (Material(kind="slides"), "slides"),
            (Material(label="Part 1"), "Part 1"),
            (Reading(text="A *book*"), "A book"),
            (Reading(paper=make_paper(title="NTK")), "NTK"),
            (Assignment(title="Project 1"), "Project 1"),
            (StoredFile(original_name="a.pdf"), "a.pdf"),
            (ImportRecord(source_key="session 1"), "session 1"),
        ):
            with self.subTest(expected):
                self.assertEqual(str(row), expected)


class SessionTests(TestCase):
    def test_upcoming_are_those_not_over_soonest_first(self):
        course = make_course()
        hours = [(14, 15), (10, 11), (8, 9), (9, 12)]
        later, running, _over, longer = [
            make_session(course, date=DAY, start_time=time(a), end_time=time(b))
            for a, b in hours
        ]
        make_session(course)  # without a date
        self.assertQuerySetEqual(
            course.sessions.upcoming(at(9).replace(minute=30)),
            [longer, running, later],
        )
        self.assertQuerySetEqual(course.sessions.upcoming(at(11)), [longer, later])

    def test_talks_load_speakers_in_one_query_in_order(self):
        talk = make_talk()
        second = make_appearance(talk, make_person("B"), position=2)
        first = make_appearance(talk, make_person("A"), position=1)
        with self.assertNumQueries(2):
            talk = Talk.objects.with_speakers().get()
            names = [str(each.person) for each in talk.appearances.all()]
        self.assertEqual(names, [first.person.name, second.person.name])

    def test_courses_are_newest_first_and_undated_last(self):
        undated = make_course()
        old = make_course(starts_on=date(2020, 9, 1))
        new = make_course(starts_on=date(2025, 9, 1))
        self.assertQuerySetEqual(Course.objects.all(), [new, old, undated])
