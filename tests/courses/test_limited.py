"""Whoever comes with a token for some courses is to the others a stranger: they see and
may do what a twin does who has a part in those alone."""

from datetime import UTC, datetime

import pytest
from django.apps import apps
from django.test import TestCase

from courses import access, invitations
from courses.models import Course, Enrolment, Person, User
from projects.models import Delivery, Grade, Submission, Team, TeamInvitation
from references.models import Paper
from tests import factories as make

pytestmark = pytest.mark.both

PAST = datetime(2020, 9, 1, 8, 0, tzinfo=UTC)
MODELS = [
    *apps.get_app_config("courses").get_models(),
    *apps.get_app_config("projects").get_models(),
    *apps.get_app_config("references").get_models(),
]
SHOWN = [model for model in MODELS if hasattr(model.objects.all(), "visible_to")]
LISTED = [model for model in SHOWN if hasattr(model.objects.all(), "listed_for")]


def make_rows(course):
    """Rows of every kind that can be withheld, each of ``course`` alone."""
    for visibility in access.Visibility:
        session = make.make_session(course, visibility=visibility)
        talk = make.make_talk(session, make.make_person(email="a@example.org"))
        make.make_material(talk, visibility=visibility)
        make.make_reading(talk, paper=make.make_paper([make.make_author()]))
        make.make_session_role(session)
        make.make_section(course, visibility=visibility)
    make.make_announcement(course, published_at=datetime(2999, 1, 1, tzinfo=UTC))
    make.make_assignment(course, opens_at=datetime(2999, 1, 1, tzinfo=UTC))
    make.make_invitation(course, make.make_person(), token_hash=course.slug)
    make.make_join_request(course)
    make.make_enrolment(course)
    make.make_publication(make.make_gallery(course, state="draft"))


def take_part(person, course, part):
    if part in ("active", "auditor", "dropped"):
        make.make_enrolment(course, person, status=part)
    else:
        make.make_course_role(course, person, role=part)


def hand_in(course, person):
    """What ``person`` handed in alone, its mark, and an invitation to another team."""
    assignment = make.make_assignment(course, opens_at=PAST)
    team = make.make_team(course, [person], assignment=assignment)
    slot = make.make_slot(assignment)
    submission = make.make_submission(slot, team, person.user)
    make.make_roster_entry(person, submission.delivery)
    make.make_grade(team, released_at=PAST)
    other = make.make_team(course, assignment=assignment)
    make.make_team_invitation(other, email=person.user.email, token_hash=course.slug)
    return submission


def limited(user, *courses):
    """``user`` as they come with a token for ``courses``."""
    user = User.objects.get(pk=user.pk)
    user.only_courses = frozenset(course.pk for course in courses)
    return user


def places(user):
    """What ``user`` alone has on rosters, by rows of their own."""
    return {*Enrolment.objects.filter(person__user=user)}


class TwinTests(TestCase):
    """``both`` has a part in two courses, ``twin`` the same in the first alone."""

    @classmethod
    def setUpTestData(cls):
        cls.own = make.make_course(status="draft")
        cls.other = make.make_course(status="draft")
        cls.public = make.make_course()
        for course in (cls.own, cls.other, cls.public):
            make_rows(course)
        cls.root = make.make_superuser()

    def pairs(self):
        """(what it is, who comes with a token for the first course, their twin)."""
        for part in ("instructor", "assistant", "active", "auditor", "dropped"):
            both = make.make_person(user=make.make_user())
            twin = make.make_person(user=make.make_user())
            for course in (self.own, self.other, self.public):
                take_part(both, course, part)
            take_part(twin, self.own, part)
            yield part, limited(both.user, self.own), twin.user
            if part == "instructor":
                yield "superuser", limited(self.root, self.own), twin.user
        stranger = make.make_user()
        yield "of nothing", limited(both.user), stranger
        yield "superuser of nothing", limited(self.root), stranger

    def test_sees_what_the_twin_sees(self):
        for words, user, twin in self.pairs():
            for method, models in (("visible_to", SHOWN), ("listed_for", LISTED)):
                for model in models:
                    with self.subTest(words, method=method, model=model):
                        rows = getattr(model.objects, method)
                        found = [{*rows(each)} - places(each) for each in (user, twin)]
                        self.assertEqual(*found)

    def test_courses_are_those_of_the_twin(self):
        for words, user, twin in self.pairs():
            for rule in (access.run_by, access.attended_by, access.enrolled):
                with self.subTest(words, rule=rule):
                    mine, theirs = (
                        Course.objects.filter(rule(u)) for u in (user, twin)
                    )
                    self.assertEqual({*mine}, {*theirs})
            self.assertEqual(access.staff_roles(user), access.staff_roles(twin), words)

    def test_may_do_what_the_twin_may(self):
        for words, user, twin in self.pairs():
            for model in MODELS:
                for action in access.ALL:
                    with self.subTest(words, model=model, action=action):
                        mine, theirs = (
                            model._base_manager.filter(
                                access.editable(each, action, model)
                            )
                            for each in (user, twin)
                        )
                        self.assertEqual({*mine}, {*theirs})
                        self.assertEqual(
                            access.may(user, action, model),
                            access.may(twin, action, model),
                        )

    def test_may_do_with_a_row_what_the_twin_may(self):
        courses = [self.own, self.other, self.public]
        papers = [*Paper.objects.all()]
        for words, user, twin in self.pairs():
            for row in [*courses, *papers, *Person.objects.filter(user=None)]:
                for action in access.ALL:
                    with self.subTest(words, row=row, action=action):
                        self.assertEqual(
                            access.may(user, action, type(row), row),
                            access.may(twin, action, type(row), row),
                        )

    def test_reaches_and_merges_the_people_of_the_twin(self):
        for words, user, twin in self.pairs():
            for person in Person.objects.all():
                for rule in (
                    access.may_contact,
                    access.may_merge,
                    invitations.may_tie,
                ):
                    with self.subTest(words, rule=rule, person=person):
                        self.assertEqual(rule(user, person), rule(twin, person))
            mine = Person.objects.filter(access.mergeable(user))
            theirs = Person.objects.filter(access.mergeable(twin))
            self.assertEqual({*mine}, {*theirs})

    def test_without_a_token_nothing_is_kept_back(self):
        root = User.objects.get(pk=self.root.pk)
        self.assertIsNone(root.only_courses)
        self.assertTrue(access.runs_site(root))
        self.assertEqual(Course.objects.visible_to(root).count(), 3)
        self.assertFalse(access.runs_site(limited(root, self.own, self.other)))


class WorkTests(TestCase):
    """What a student did is theirs, and a token for one course tells of that alone."""

    def test_of_its_course_alone(self):
        person = make.make_person(user=make.make_user())
        own, other = make.make_course(), make.make_course()
        work = {}
        for course in (own, other):
            make.make_enrolment(course, person)
            work[course] = hand_in(course, person)
        user = person.user
        for each, courses in (
            (user, [own, other]),
            (limited(user, own), [own]),
            (limited(user), []),
        ):
            found = [work[course] for course in courses]
            deliveries = {submission.delivery for submission in found}
            teams = {submission.team for submission in found}
            with self.subTest(courses):
                self.assertEqual({*Submission.objects.visible_to(each)}, {*found})
                self.assertEqual({*Delivery.objects.of(each)}, deliveries)
                self.assertEqual({*Delivery.objects.visible_to(each)}, deliveries)
                self.assertEqual({*Team.objects.of(each)}, teams)
                self.assertEqual({*Team.objects.visible_to(each)}, teams)
                grades = Grade.objects.visible_to(each)
                self.assertEqual({grade.team for grade in grades}, teams)
                invited = TeamInvitation.objects.to(each)
                self.assertEqual({each.course for each in invited}, {*courses})
