"""When work is on time, late or not taken, by the records that are there."""

from datetime import UTC, datetime, timedelta
from unittest.mock import patch
from zoneinfo import ZoneInfo

import pytest
from django.core.exceptions import ValidationError
from django.test import TestCase

from projects.deadlines import Deadline, Deadlines
from tests.factories import make_assignment, make_extension, make_team, make_user

pytestmark = pytest.mark.both

SET = datetime(2025, 9, 1, 8, 0, tzinfo=UTC)  # when all of it was set
DUE = datetime(2025, 10, 1, 15, 59, tzinfo=UTC)
SECOND, MINUTE, HOUR, DAY = (
    timedelta(**{unit: 1}) for unit in ("seconds", "minutes", "hours", "days")
)


class DeadlineTests(TestCase):
    def setUp(self):
        self.assignment = self.set(make_assignment, due_at=DUE)
        self.team = make_team(self.assignment.course, assignment=self.assignment)

    def set(self, make, at=SET, **fields):
        """A row made, so its history says, at ``at``."""
        with patch("django.utils.timezone.now", return_value=at):
            return make(**fields)

    def change(self, at, why="", **fields):
        for name, value in fields.items():
            setattr(self.assignment, name, value)
        self.assignment._history_date = at
        self.assignment._change_reason = why
        self.assignment.save()
        del self.assignment._history_date

    def extend(self, until, given_at=SET, **fields):
        team = fields.pop("team", self.team)
        extension = make_extension(
            team, assignment=self.assignment, until=until, given_at=given_at, **fields
        )
        return extension

    def of_team(self):
        return Deadlines(self.assignment).of(self.team)

    def late_by(self, at, team=None):
        return Deadlines(self.assignment).late_by(team or self.team, at)

    def test_on_time_until_the_end_of_the_minute(self):
        last = DUE + MINUTE - timedelta(microseconds=1)
        self.assertEqual(
            [self.late_by(at) for at in (DUE, last, DUE + MINUTE)],
            [None, None, MINUTE],
        )

    def test_grace_is_added_to_that_minute_and_not_to_lateness(self):
        self.change(SET, grace_minutes=10)
        until = DUE + 11 * MINUTE
        self.assertEqual(
            [self.late_by(until - SECOND), self.late_by(until)], [None, 11 * MINUTE]
        )

    def test_closes_when_on_time_ends_without_last_acceptance(self):
        self.change(SET, grace_minutes=10)
        self.assertEqual(self.of_team().closes_at, DUE + 11 * MINUTE)

    def test_closes_at_the_end_of_the_minute_of_last_acceptance(self):
        self.change(SET, accepted_until=DUE + DAY)
        deadline = self.of_team()
        closes = DUE + DAY + MINUTE
        self.assertEqual(
            [deadline.has_closed(at) for at in (closes - SECOND, closes)], [False, True]
        )

    def test_last_acceptance_cuts_off_neither_grace_nor_extension(self):
        self.change(SET, accepted_until=DUE, grace_minutes=10)
        self.assertEqual(self.of_team().closes_at, DUE + 11 * MINUTE)
        self.extend(DUE + DAY)
        self.assertEqual(self.of_team().closes_at, DUE + DAY + 11 * MINUTE)

    def test_opens(self):
        self.change(SET, opens_at=DUE - DAY)
        deadline = self.of_team()
        self.assertEqual(
            [deadline.has_opened(at) for at in (DUE - DAY - SECOND, DUE - DAY)],
            [False, True],
        )

    def test_without_a_due_time_nothing_is_late_and_nothing_closes(self):
        self.change(SET, due_at=None, opens_at=SET)
        self.assertEqual(self.of_team(), Deadline(opens_at=SET))
        self.assertIsNone(self.late_by(DUE + 1000 * DAY))
        self.assertFalse(self.of_team().has_closed(DUE + 1000 * DAY))

    def test_extension_later_than_due_is_the_teams_own_deadline(self):
        self.extend(DUE + DAY)
        other = make_team(self.assignment.course, assignment=self.assignment)
        self.assertEqual(
            self.of_team(),
            Deadline(
                None,
                DUE + DAY,
                DUE + DAY + MINUTE,
                DUE + DAY + MINUTE,
                is_extended=True,
            ),
        )
        self.assertEqual(
            [self.late_by(DUE + HOUR), self.late_by(DUE + HOUR, other)], [None, HOUR]
        )
        self.assertEqual(self.late_by(DUE + DAY + HOUR), HOUR)

    def test_extension_earlier_than_due_takes_nothing_away(self):
        self.extend(DUE - DAY)
        deadline = self.of_team()
        self.assertEqual((deadline.due_at, deadline.is_extended), (DUE, False))

    def test_latest_extension_counts(self):
        self.extend(DUE + DAY)
        self.extend(DUE + HOUR)
        self.assertEqual(self.of_team().due_at, DUE + DAY)

    def test_extension_for_all_reaches_who_has_no_team(self):
        self.extend(DUE + DAY, team=None)
        deadlines = Deadlines(self.assignment)
        self.assertEqual(
            [deadlines.of(None).due_at, deadlines.of(self.team).due_at], [DUE + DAY] * 2
        )

    def test_extension_given_afterwards_makes_late_work_on_time(self):
        self.assertEqual(self.late_by(DUE + HOUR), HOUR)
        self.extend(DUE + DAY, given_at=DUE + 2 * HOUR)
        self.assertIsNone(self.late_by(DUE + HOUR))

    def test_revoked_extension_keeps_what_came_before_on_time(self):
        self.extend(DUE + DAY, revoked_at=DUE + 2 * HOUR)
        self.assertEqual(self.of_team().due_at, DUE)
        self.assertIsNone(self.late_by(DUE + HOUR))
        self.assertEqual(self.late_by(DUE + 3 * HOUR), 3 * HOUR)

    def test_extension_given_and_revoked_after_the_work_leaves_it_late(self):
        self.extend(DUE + DAY, given_at=DUE + 2 * HOUR, revoked_at=DUE + 3 * HOUR)
        self.assertEqual(self.late_by(DUE + HOUR), HOUR)

    def test_deadline_moved_earlier_spares_what_was_there(self):
        self.change(DUE - HOUR, due_at=DUE - 2 * DAY)
        self.assertIsNone(self.late_by(DUE - DAY))
        self.assertEqual(self.late_by(DUE - HOUR + MINUTE), 2 * DAY - HOUR + MINUTE)

    def test_deadline_moved_later_makes_late_work_on_time(self):
        self.change(DUE + 2 * HOUR, due_at=DUE + DAY)
        self.assertIsNone(self.late_by(DUE + HOUR))

    def test_deadline_taken_away_and_given_again(self):
        self.change(DUE + HOUR, due_at=None)
        self.change(DUE + 3 * HOUR, due_at=DUE)
        self.assertEqual(
            [self.late_by(DUE + n * HOUR) for n in (0, 2, 4)], [None, None, 4 * HOUR]
        )

    def test_moves_say_who_and_why(self):
        self.assignment._history_user = user = make_user()
        self.change(SET + DAY, "Holidays", due_at=DUE + DAY)
        self.change(SET + 2 * DAY, "A typo", title="Project one")
        [move] = Deadlines(self.assignment).moves()
        self.assertEqual(
            (move.at, move.by, move.reason, move.before, move.after),
            (SET + DAY, user, "Holidays", DUE, DUE + DAY),
        )

    def test_clock_changes_change_no_instant(self):
        """An hour that comes twice and one that is missing: deadlines are instants."""
        berlin = ZoneInfo("Europe/Berlin")
        for wall, fold, instant in (
            ("2025-10-26T02:30", 0, "2025-10-26T00:30:00+00:00"),
            ("2025-10-26T02:30", 1, "2025-10-26T01:30:00+00:00"),
            ("2025-03-30T03:00", 0, "2025-03-30T01:00:00+00:00"),
        ):
            with self.subTest(instant):
                due = datetime.fromisoformat(wall).replace(tzinfo=berlin, fold=fold)
                self.change(SET, due_at=due)
                self.assignment.refresh_from_db()
                until = self.of_team().on_time_until
                self.assertEqual(self.assignment.due_at.isoformat(), instant)
                self.assertEqual(until, datetime.fromisoformat(instant) + MINUTE)
                self.assertEqual(self.late_by(until.astimezone(berlin)), MINUTE)

    def test_grace_over_the_hour_that_comes_twice(self):
        berlin = ZoneInfo("Europe/Berlin")
        due = datetime(2025, 10, 26, 2, 59, tzinfo=berlin)  # the first one
        self.change(SET, due_at=due, grace_minutes=60)
        until = Deadlines(self.assignment).of(self.team).on_time_until
        self.assertEqual(until, datetime(2025, 10, 26, 2, 0, tzinfo=UTC))

    def test_grace_is_at_most_an_hour(self):
        self.assignment.grace_minutes = 61
        with self.assertRaisesMessage(ValidationError, "at most 60 minutes"):
            self.assignment.validate_constraints()
