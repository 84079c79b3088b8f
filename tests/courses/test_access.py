from datetime import UTC, datetime

import pytest
from django.contrib.auth.models import AnonymousUser
from django.test import TestCase

from courses.access import SHARED, Status, Visibility, editable
from courses.models import (
    Announcement,
    Assignment,
    Course,
    CourseRole,
    Enrolment,
    Material,
    Person,
    Reading,
    Section,
    Session,
    Talk,
    User,
)
from projects.models import Gallery, Presentation, Publication, PublishedLink
from tests.factories import (
    make_announcement,
    make_appearance,
    make_assignment,
    make_course,
    make_course_role,
    make_enrolment,
    make_gallery,
    make_material,
    make_person,
    make_presentation,
    make_publication,
    make_published_link,
    make_reading,
    make_section,
    make_session,
    make_session_role,
    make_talk,
    make_team,
    make_user,
)

pytestmark = pytest.mark.both

PAST = datetime(2020, 9, 1, 8, 0, tzinfo=UTC)
FUTURE = datetime(2999, 9, 1, 8, 0, tzinfo=UTC)

# Who is meant by the words of the table.
AUDIENCES = {
    "staff": {"instructor", "assistant", "superuser"},
    "members": {"instructor", "assistant", "superuser", "student", "auditor"},
    "everyone": {
        "anonymous",
        "stranger",
        "student",
        "auditor",
        "dropped",
        "organiser",
        "instructor",
        "assistant",
        "instructor elsewhere",
        "student elsewhere",
        "inactive",
        "superuser",
    },
}

# A row that is for some, or under something that is, in a course of some status:
# who may open it, and in whose lists it is.
TABLE = """
    course    row       visible_to  listed_for
    draft     staff     staff       staff
    draft     members   staff       staff
    draft     public    staff       staff
    unlisted  staff     staff       staff
    unlisted  members   members     staff
    unlisted  public    everyone    staff
    public    staff     staff       staff
    public    members   members     members
    public    public    everyone    everyone
    archived  staff     staff       staff
    archived  members   members     members
    archived  public    everyone    everyone
"""
HEADER, *LINES = (line.split() for line in TABLE.strip().splitlines())
EXPECTED = {
    (status, narrowest, method): AUDIENCES[word]
    for status, narrowest, *words in LINES
    for method, word in zip(HEADER[2:], words, strict=True)
}
PUBLIC, MEMBERS, STAFF = Visibility.PUBLIC, Visibility.MEMBERS, Visibility.STAFF
NARROWEST_FIRST = [STAFF, MEMBERS, PUBLIC]


def narrowest(*visibilities):
    return min(visibilities, key=NARROWEST_FIRST.index)


def named(row):
    return f"{row.pk} {row}"


def make_account(name, **fields):
    """An account without a password, which would only cost time, and its person."""
    user = User.objects.create(email=f"{name.replace(' ', '-')}@example.org", **fields)
    return user, make_person(name, user=user)


def make_accounts(course):
    """The users of the table, by name."""
    elsewhere = make_course(slug="elsewhere")
    users = {"anonymous": AnonymousUser()}
    users["stranger"], _ = make_account("stranger")
    for name, status in (
        ("student", Enrolment.Status.ACTIVE),
        ("auditor", Enrolment.Status.AUDITOR),
        ("dropped", Enrolment.Status.DROPPED),
    ):
        users[name], person = make_account(name)
        make_enrolment(course, person, status=status)
    for role in CourseRole.Role:
        users[role.value], person = make_account(role.value)
        make_course_role(course, person, role=role)
    users["instructor elsewhere"], person = make_account("instructor elsewhere")
    make_course_role(elsewhere, person)
    users["student elsewhere"], person = make_account("student elsewhere")
    make_enrolment(elsewhere, person)
    users["inactive"], person = make_account(
        "inactive", is_active=False, is_superuser=True
    )
    make_course_role(course, person)
    make_enrolment(course, person)
    users["superuser"], _ = make_account("superuser", is_superuser=True)
    return users


class AccessTests(TestCase):
    """Every row is in ``rows`` with the narrowest visibility on its way up."""

    @classmethod
    def setUpTestData(cls):
        cls.course = make_course(slug="dl-2025")
        cls.users = make_accounts(cls.course)
        cls.rows = []
        cls.add_parts_of_course()
        for visibility in Visibility:
            cls.add_session(visibility)
        cls.add_assignments()
        cls.add_gallery(make_gallery(cls.course), PUBLIC)
        cls.add_gallery(make_gallery(cls.course, state=Gallery.State.DRAFT), STAFF)
        cls.unseen = make_person("Enrolled and in a team")
        make_enrolment(cls.course, cls.unseen)
        make_publication(cls.course.galleries.first(), members=[cls.unseen])

    @classmethod
    def add(cls, row, *visibilities):
        cls.rows.append((row, narrowest(PUBLIC, *visibilities)))
        return row

    @classmethod
    def add_parts_of_course(cls):
        cls.add(cls.course)
        cls.add(make_announcement(cls.course, published_at=PAST))
        cls.add(make_announcement(cls.course, published_at=FUTURE), STAFF)
        cls.add(make_course_role(cls.course).person)
        for visibility in Visibility:
            cls.add(make_section(cls.course, visibility=visibility), visibility)
        cls.add_attached(cls.course)

    @classmethod
    def add_attached(cls, owner, *above):
        cls.add(make_reading(owner), *above)
        for own in Visibility:
            cls.add(make_material(owner, visibility=own), *above, own)

    @classmethod
    def add_session(cls, above):
        session = make_session(cls.course, visibility=above)
        cls.add(session, above)
        cls.add(make_presentation(session), above)
        cls.add(make_session_role(session).person, above)
        cls.add_attached(session, above)
        for own in Visibility:
            talk = make_talk(session, visibility=own)
            cls.add(talk, above, own)
            cls.add(make_appearance(talk).person, above, own)
            cls.add_attached(talk, above, own)
        cls.add_gallery(make_gallery(cls.course, session=session), above)

    @classmethod
    def add_assignments(cls):
        for opens_at, visibility in ((None, PUBLIC), (PAST, PUBLIC), (FUTURE, STAFF)):
            assignment = make_assignment(cls.course, opens_at=opens_at)
            cls.add(assignment, visibility)
            cls.add_attached(assignment, visibility)

    @classmethod
    def add_gallery(cls, gallery, above):
        # A gallery, unlike a session, may be seen by all staff of its course.
        cls.add(gallery, above)
        draft, withdrawn = Publication.State.DRAFT, Publication.State.WITHDRAWN
        for fields, own in (
            ({}, PUBLIC),
            ({"embargo_until": PAST}, PUBLIC),
            ({"embargo_until": FUTURE}, STAFF),
            ({"state": draft}, STAFF),
            ({"state": withdrawn}, STAFF),
        ):
            publication = cls.add(make_publication(gallery, **fields), above, own)
            cls.add(make_published_link(publication), above, own)

    def shown(self, model, method, user):
        """The rows of the table that ``method`` shows to ``user``, by name."""
        queryset = getattr(model.objects, method)(self.users[user])
        keys = set(queryset.values_list("pk", flat=True))
        return {named(row) for row, _ in self.of(model) if row.pk in keys}

    def of(self, model):
        return [(row, limit) for row, limit in self.rows if type(row) is model]

    def assert_as_in_table(self, model, methods=("visible_to", "listed_for")):
        self.assertTrue(self.of(model))
        for status in Status:
            Course.objects.filter(pk=self.course.pk).update(status=status)
            for method in methods:
                for user in AUDIENCES["everyone"]:
                    expected = {
                        named(row)
                        for row, limit in self.of(model)
                        if user in EXPECTED[status, limit, method]
                    }
                    with self.subTest(status=status, method=method, user=user):
                        self.assertEqual(self.shown(model, method, user), expected)

    def test_courses(self):
        self.assert_as_in_table(Course)

    def test_sections(self):
        self.assert_as_in_table(Section, ["visible_to"])

    def test_announcements(self):
        self.assert_as_in_table(Announcement, ["visible_to"])

    def test_sessions(self):
        self.assert_as_in_table(Session)

    def test_talks(self):
        self.assert_as_in_table(Talk)

    def test_assignments(self):
        self.assert_as_in_table(Assignment)

    def test_materials(self):
        self.assert_as_in_table(Material)

    def test_readings(self):
        self.assert_as_in_table(Reading)

    def test_people(self):
        self.assert_as_in_table(Person)

    def test_presentations(self):
        self.assert_as_in_table(Presentation)

    def test_galleries(self):
        self.assert_as_in_table(Gallery)

    def test_publications(self):
        self.assert_as_in_table(Publication)

    def test_published_links(self):
        self.assert_as_in_table(PublishedLink, ["visible_to"])

    def test_enrolment_team_and_gallery_make_nobody_public(self):
        students = {"student", "auditor", "dropped", "student elsewhere"}
        hidden = {self.unseen.name, *students, "stranger", "superuser"}
        for method in ("visible_to", "listed_for"):
            for name, user in self.users.items():
                shown = getattr(Person.objects, method)(user)
                names = set(shown.values_list("name", flat=True))
                with self.subTest(method=method, user=name):
                    self.assertEqual(names & hidden, set())

    def test_each_person_is_counted_once(self):
        person = make_person("Of many parts")
        make_course_role(self.course, person)
        for session in self.course.sessions.all():
            make_session_role(session, person)
            make_talk(session, speaker=person)
        anonymous = self.users["anonymous"]
        visible = Person.objects.visible_to(anonymous).filter(pk=person.pk)
        self.assertEqual(visible.count(), 1)

    def test_an_announcement_is_out_from_its_moment_on(self):
        course = make_course(slug="announced")
        make_announcement(course, published_at=PAST)
        anonymous = AnonymousUser()
        before = datetime(2020, 9, 1, 7, 59, 59, tzinfo=UTC)
        out = [
            course.announcements.visible_to(anonymous, at=at).count()
            for at in (before, PAST)
        ]
        self.assertEqual(out, [0, 1])

    def test_whatever_leads_from_people_to_courses_is_a_use(self):
        relations = {
            relation.name
            for relation in Person._meta.related_objects
            if not relation.many_to_many
        }
        uses = {path.partition("__")[0] for path in SHARED["courses.Person"]}
        self.assertEqual(uses, relations - {"merges"})

    def test_an_account_is_not_deleted_with_its_person(self):
        person, named = make_person(user=make_user()), make_person()
        staff = self.users["instructor"]
        own = Person.objects.filter(editable(staff, "d", Person))
        self.assertNotIn(person, own)
        self.assertIn(named, own)

    def test_people_in_course_are_not_its_students(self):
        course = make_course(slug="small")
        session = make_session(course)
        people = [
            make_course_role(course, make_person("A")).person,
            make_session_role(session, make_person("B")).person,
            make_appearance(make_talk(session), make_person("C")).person,
        ]
        make_session_role(session, people[0])
        make_enrolment(course, make_person("D"))
        make_team(course, members=[make_person("E")])
        self.assertQuerySetEqual(
            Person.objects.in_course(course), people, ordered=False
        )
