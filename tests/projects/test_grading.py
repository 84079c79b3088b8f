"""Marks: who gives and releases them, and who reads them then."""

from decimal import Decimal

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import ValidationError
from django.urls import reverse

from courses.models import CourseRole
from projects import grading
from projects.models import Grade
from tests import factories as make
from tests.admin_pages import count_queries, errors, form_data, page
from tests.logins import log_in
from tests.projects.test_hand_in import text_of
from tests.projects.test_staff_work import WorkTestCase, at, make_staff_of

pytestmark = pytest.mark.both


class AwardTests(WorkTestCase):
    def setUp(self):
        super().setUp()
        self.grade = make.make_grade(self.team)

    def test_points_go_from_0_to_the_most(self):
        for points in (-1, Decimal("100.01")):
            with self.subTest(points=points), self.assertRaises(ValidationError):
                self.grade.award(points)
        self.grade.award(100, "*Fine.*", self.user)
        self.grade.refresh_from_db()
        self.assertEqual(
            (self.grade.points, self.grade.feedback_html, self.grade.by),
            (100, "<p><em>Fine.</em></p>", self.user),
        )

    def test_a_team_without_assignment_has_no_mark(self):
        with self.assertRaises(ValidationError):
            Grade(team=make.make_team(self.course)).award(1)

    def test_a_change_after_release_is_a_revision_with_its_history(self):
        self.grade.award(50)
        self.assertIsNone(self.grade.revised_at)
        grading.release(self.assignment)
        self.grade.refresh_from_db()
        self.grade.award(60)
        self.assertIsNotNone(self.grade.revised_at)
        points = self.grade.history.values_list("points", flat=True)
        self.assertEqual(list(points), [60, 50, 50, 90])


class GradeFormTests(WorkTestCase):
    def give(self, **values):
        url = f"{page(Grade, 'add')}?team={self.team.pk}"
        return self.client.post(url, form_data(self.client.get(url)) | values)

    def test_gives_a_mark(self):
        self.give(points="87.5", feedback="Good.")
        grade = Grade.objects.get()
        self.assertEqual(
            (grade.team, grade.points, grade.by),
            (self.team, Decimal("87.5"), self.user),
        )

    def test_refuses_more_than_there_is(self):
        self.assertEqual(errors(self.give(points="101")), ["Points go from 0 to 100."])
        self.assertFalse(Grade.objects.exists())

    def test_refuses_a_team_of_a_course_of_others(self):
        theirs = make.make_handing_in()[1]
        self.give(team=str(theirs.pk), points="1")
        self.assertFalse(Grade.objects.exists())

    def test_revises(self):
        grade = make.make_grade(self.team)
        grading.release(self.assignment)
        url = page(Grade, "change", grade.pk)
        self.client.post(url, form_data(self.client.get(url)) | {"points": "91"})
        grade.refresh_from_db()
        self.assertEqual((grade.points, bool(grade.revised_at)), (91, True))


class MarksTests(WorkTestCase):
    """The form of all marks of an assignment."""

    def setUp(self):
        super().setUp()
        self.marks_url = at("marks", self.assignment.pk)
        self.opened = form_data(self.client.get(self.marks_url))

    def save(self, **values):
        return self.client.post(self.marks_url, self.opened | values)

    def name(self, field, team=None):
        return f"team-{(team or self.team).pk}-{field}"

    def test_saves_what_was_written(self):
        self.save(**{self.name("points"): "87.5", self.name("feedback"): "Good."})
        grade = Grade.objects.get()
        self.assertEqual(
            (grade.team, grade.points, grade.feedback, grade.by),
            (self.team, Decimal("87.5"), "Good.", self.user),
        )

    def test_untouched_it_changes_nothing(self):
        make.make_grade(self.team)
        grading.release(self.assignment)
        self.opened = form_data(self.client.get(self.marks_url))
        self.save()
        self.assertEqual(Grade.history.count(), 2)
        self.assertIsNone(Grade.objects.get().revised_at)

    def test_refuses_all_if_one_is_wrong(self):
        response = self.save(
            **{self.name("points"): "101", self.name("points", self.other): "5"}
        )
        self.assertEqual(errors(response), ["Points go from 0 to 100."])
        self.assertFalse(Grade.objects.exists())

    def test_tells_of_a_mark_that_another_gave_meanwhile(self):
        make.make_grade(self.team, points=40)
        response = self.save(**{self.name("points"): "80"})
        self.assertContains(response, "while you had it open")
        self.assertEqual(Grade.objects.get().points, 40)

    def test_asks_the_same_for_many_teams(self):
        counts = []
        for more in (3, 30):
            for _ in range(more):
                make.make_grade(self.make_team(""))
                self.make_team("")
            counts.append(count_queries(self.client, self.marks_url))
        self.assertEqual(counts[0], counts[1])


class ReleaseTests(WorkTestCase):
    def setUp(self):
        super().setUp()
        self.grade = make.make_grade(self.team, feedback="Sharp.")

    def release_as(self, user):
        log_in(self.client, user)
        response = self.client.post(self.url, {"release": "1"})
        self.grade.refresh_from_db()
        return response.status_code, bool(self.grade.released_at)

    def test_assistants_cannot_release(self):
        assistant = make_staff_of(self.course, CourseRole.Role.ASSISTANT)
        self.assertEqual(self.release_as(assistant), (403, False))
        self.assertNotContains(self.client.get(self.url), "Show 1 mark to its team")
        log_in(self.client, self.user)
        self.assertContains(self.client.get(self.url), "Show 1 mark to its team")

    def test_instructors_and_superusers_can(self):
        self.assertEqual(self.release_as(self.user), (302, True))
        Grade.objects.update(released_at=None)
        self.assertEqual(self.release_as(make.make_superuser()), (302, True))

    def test_is_one_moment_for_all_and_touches_no_other(self):
        second, elsewhere = make.make_grade(self.other), make.make_grade()
        self.assertEqual(grading.release(self.assignment), 2)
        released = {each.released_at for each in Grade.objects.all()}
        for each in (self.grade, second, elsewhere):
            each.refresh_from_db()
        self.assertEqual(released, {self.grade.released_at, None})
        self.assertIsNone(elsewhere.released_at)
        first = self.grade.released_at
        self.assertEqual(grading.release(self.assignment), 0)
        self.grade.refresh_from_db()
        self.assertEqual(self.grade.released_at, first)

    def test_who_sees_a_mark_before_and_after(self):
        member_of_other = make.make_student(self.course)
        self.make_team("Others", member_of_other.person)
        former = make.make_student(self.course)
        made = self.team.memberships.create(person=former.person)
        made.left_at = self.grade.updated_at
        made.save()
        assistant = make_staff_of(self.course, CourseRole.Role.ASSISTANT)
        elsewhere = make_staff_of(make.make_course())
        staff = {self.user, assistant}
        nobody = AnonymousUser()
        everyone = {*staff, self.student, member_of_other, former, elsewhere, nobody}

        def readers():
            return {each for each in everyone if Grade.objects.visible_to(each)}

        self.assertEqual(readers(), staff)
        grading.release(self.assignment)
        self.assertEqual(readers(), {*staff, self.student})

    def test_is_read_with_the_work_once_released(self):
        log_in(self.client, self.student)
        grading.release(self.assignment)
        work = self.client.get(reverse("projects:hand_in", args=[self.assignment.pk]))
        self.assertIn("Mark 90 of 100 points Sharp.", text_of(work))
        self.assertIn(
            "Mark: 90 of 100 points", text_of(self.client.get(reverse("projects:me")))
        )
        data = self.client.post(reverse("courses:my_data")).json()
        [membership] = data["person"]["memberships"]
        self.assertEqual(Decimal(membership["points"]), 90)
        self.assertEqual(membership["feedback"], "Sharp.")

    def test_is_not_told_to_who_left_before(self):
        self.team.memberships.update(left_at=self.grade.updated_at)
        grading.release(self.assignment)
        log_in(self.client, self.student)
        data = self.client.post(reverse("courses:my_data")).json()
        [membership] = data["person"]["memberships"]
        self.assertIsNone(membership["points"])
