"""Which of several submissions counts."""

from datetime import UTC, datetime, timedelta

import pytest
from django.test import TestCase

from projects.counting import choose, standings
from projects.models import Choice
from tests.factories import make_handing_in, make_submission, make_team

pytestmark = pytest.mark.both

DUE = datetime(2125, 10, 1, 15, 59, tzinfo=UTC)  # after the history began
HOUR = timedelta(hours=1)


class CountingTests(TestCase):
    def setUp(self):
        self.slot, self.team, self.user = make_handing_in(
            due_at=DUE, accepted_until=DUE + 48 * HOUR
        )
        self.assignment = self.slot.assignment

    def hand_in(self, hours, team=None):
        """A submission that many hours after due."""
        team = team or self.team
        at = DUE + hours * HOUR
        return make_submission(self.slot, team, self.user, received_at=at)

    def choose(self, submission, hours, is_by_staff=False):
        choice = choose(submission, self.user, is_by_staff)
        Choice.objects.filter(pk=choice.pk).update(at=DUE + hours * HOUR)

    def standing(self):
        return standings(self.assignment)[self.team.pk][self.slot.pk]

    def counted(self):
        return self.standing().counted, self.standing().lateness

    def test_newest_on_time(self):
        self.hand_in(-2)
        second = self.hand_in(-1)
        self.assertEqual(
            (self.standing().counted, self.standing().lateness), (second, None)
        )

    def test_late_work_does_not_replace_what_was_on_time(self):
        first, late = self.hand_in(-1), self.hand_in(1)
        standing = self.standing()
        self.assertEqual((standing.counted, standing.newest), (first, late))

    def test_late_work_counts_only_if_chosen(self):
        late = self.hand_in(1)
        self.assertIsNone(self.standing().counted)
        self.assertIsNone(self.standing().lateness)
        self.choose(late, 1)
        self.assertEqual(
            (self.standing().counted, self.standing().lateness), (late, HOUR)
        )

    def test_last_choice_holds(self):
        first, late = self.hand_in(-1), self.hand_in(1)
        self.choose(late, 2)
        self.choose(first, 3)
        self.assertEqual(self.standing().counted, first)

    def test_choice_of_the_team_ends_with_new_work_on_time(self):
        first, _second = self.hand_in(-3), self.hand_in(-2.5)
        self.choose(first, -2)
        self.assertEqual(self.standing().counted, first)
        third = self.hand_in(-1)
        self.assertEqual(self.standing().counted, third)

    def test_choice_of_the_team_outlasts_new_late_work(self):
        first, _second = self.hand_in(-3), self.hand_in(-2.5)
        self.choose(first, -2)
        self.hand_in(1)
        self.assertEqual(self.standing().counted, first)

    def test_choice_of_staff_stays(self):
        first, late = self.hand_in(-3), self.hand_in(1)
        self.choose(late, 2, is_by_staff=True)
        self.hand_in(-1)
        self.assertEqual(self.standing().counted, late)
        self.assertNotEqual(self.standing().counted, first)

    def test_teams_are_kept_apart_in_a_fixed_number_of_queries(self):
        first = self.hand_in(-1)
        for number in (2, 3):
            team = make_team(
                self.assignment.course, assignment=self.assignment, number=number
            )
            self.hand_in(-1, team)
            with self.subTest(number), self.assertNumQueries(4):
                found = standings(self.assignment)
            self.assertEqual(len(found), number)
        only = standings(self.assignment, [self.team])
        self.assertEqual(
            {team: dict(slots)[self.slot.pk].counted for team, slots in only.items()},
            {self.team.pk: first},
        )
