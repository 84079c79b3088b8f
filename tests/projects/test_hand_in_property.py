"""Rules 1 to 9 of the design, whatever happens in whatever order."""

from collections import defaultdict
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from unittest.mock import patch

import hypothesis.strategies as st
import pytest
from django.core.files.base import ContentFile
from django.db import IntegrityError, transaction
from django.test import TestCase, override_settings
from hypothesis import settings
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from projects.counting import choose, standings
from projects.deadlines import Deadlines
from projects.models import (
    Delivery,
    Extension,
    Membership,
    RosterEntry,
    Submission,
    Team,
)
from projects.receiving import Part, Refused, receive
from tests.factories import PDF, make_assignment, make_course, make_slot, make_student

pytestmark = pytest.mark.both

BEGIN = datetime(2025, 9, 1, 8, 0, tzinfo=UTC)
DUE = datetime(2025, 9, 3, 15, 59, tzinfo=UTC)
INSTANT = timedelta(microseconds=1)
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
PERSONS = TEAMS = 3
persons = st.integers(0, PERSONS - 1)
teams = st.integers(0, TEAMS - 1)
hours = st.integers(-40, 40)


class HandingIn(RuleBasedStateMachine):
    """What staff and students may do with one assignment of one slot, on a clock that
    only goes on; staff never act at the very instant at which work came. It remembers
    of each submission what it was when it came."""

    @initialize(grace=st.sampled_from([0, 10, 60]))
    def begin(self, grace):
        self.now, self.sent = BEGIN, 0
        self.received = {}  # submission pk: (number, sha256, roster, was on time)
        self.requests = []
        self.patch = patch("django.utils.timezone.now", lambda: self.now)
        self.patch.start()
        course = make_course()
        self.assignment = make_assignment(
            course,
            due_at=DUE,
            accepted_until=DUE + 200 * HOUR,
            grace_minutes=grace,
            team_size=PERSONS,
        )
        self.slot = make_slot(self.assignment)
        self.users = [make_student(course) for _ in range(PERSONS)]
        self.teams = [
            Team.objects.create(course=course, assignment=self.assignment, number=n)
            for n in range(1, TEAMS + 1)
        ]

    def teardown(self):
        if hasattr(self, "patch"):
            self.patch.stop()

    # Time goes on

    @rule(minutes=st.sampled_from([1, 30, 9 * 60, 30 * 60]))
    def wait(self, minutes):
        self.now += minutes * MINUTE

    @rule(after=st.sampled_from([-1, 0, 60, 3600]))
    def wait_for_the_deadline(self, after):
        """Until so many seconds after it, if that is to come."""
        until = self.deadlines.of(self.teams[0]).on_time_until
        self.now = max(self.now, until + timedelta(seconds=after))

    # Teams

    @rule(person=persons, team=teams)
    def join(self, person, team):
        """Two teams at once are what the database refuses."""
        person = self.users[person].person
        is_in_one = person.memberships.filter(left_at=None).exists()
        try:
            with transaction.atomic():
                Membership.objects.create(
                    team=self.teams[team], person=person, joined_at=self.now
                )
        except IntegrityError:
            assert is_in_one
        else:
            assert not is_in_one

    @rule(person=persons)
    def leave(self, person):
        active = self.users[person].person.memberships.filter(left_at=None)
        active.update(left_at=self.now)

    # Work

    @rule(team=teams, person=persons, counts=st.booleans(), staff=st.booleans())
    def hand_in(self, team, person, counts, staff):
        self.sent += 1
        self.send(
            self.teams[team],
            self.users[person],
            PDF + str(self.sent).encode(),
            f"request-{self.sent}",
            counts,
            "By mail." if staff else "",
        )

    def send(self, team, by, content, key, counts, on_behalf):
        before = self.counted()
        choice = self.standings()[team.pk][self.slot.pk].choice
        is_settled = not on_behalf and bool(choice and choice.is_by_staff)
        members = list(
            team.memberships.filter(left_at=None).values_list("person__name", flat=True)
        )
        may = on_behalf or team.memberships.filter(left_at=None, person__user=by)
        part = Part(self.slot, ContentFile(content, "report.pdf"))
        try:
            delivery = receive(team, by, [part], key, on_behalf, counts)
        except Refused:
            closes = self.deadlines.of(team).closes_at
            assert not may or (self.now >= closes and not on_behalf)
            return
        assert may
        assert delivery.received_at == self.now
        [new] = delivery.submissions.all()
        is_on_time = self.late_by(new) is None
        self.received[new.pk] = (new.number, new.file.sha256, members, is_on_time)
        self.requests.append((team, by, content, key, counts, on_behalf, delivery))
        if not is_on_time and (is_settled or not counts):  # rule 7, and what staff said
            assert self.counted() == before
        elif not is_on_time:
            assert self.counted()[team.pk] == new.pk

    @precondition(lambda self: self.requests)
    @rule(data=st.data(), other=st.booleans())
    def send_again(self, data, other):
        """The same request is the same delivery; with other bytes it is refused."""
        *sent, on_behalf, delivery = data.draw(st.sampled_from(self.requests))
        team, by, content, key, counts = sent
        content += b"another" if other else b""
        part = Part(self.slot, ContentFile(content, "report.pdf"))
        try:
            assert receive(team, by, [part], key, on_behalf, counts) == delivery
        except Refused:
            assert other
        else:
            assert not other

    @precondition(lambda self: self.received)
    @rule(data=st.data(), is_by_staff=st.booleans())
    def say_what_counts(self, data, is_by_staff):
        pk = data.draw(st.sampled_from(list(self.received)))
        chosen = Submission.objects.get(pk=pk)
        settled = self.standings()[chosen.team_id][self.slot.pk].choice
        choose(chosen, self.users[0], is_by_staff)
        self.now += MINUTE  # what comes from now on is newer than the choice
        if is_by_staff or not (settled and settled.is_by_staff):
            assert self.counted()[chosen.team_id] == pk

    # Deadlines

    @rule(team=st.none() | teams, by=hours)
    def extend(self, team, by):
        Extension.objects.create(
            assignment=self.assignment,
            team=None if team is None else self.teams[team],
            until=self.assignment.due_at + by * HOUR,
            reason="Ill.",
            given_at=self.now,
        )

    @rule(data=st.data())
    def revoke(self, data):
        given = list(Extension.objects.filter(revoked_at=None).order_by("pk"))
        if given:
            self.now += INSTANT
            extension = data.draw(st.sampled_from(given))
            extension.revoked_at = self.now
            extension.save()

    @rule(by=hours)
    def move(self, by):
        self.now += INSTANT
        self.assignment.due_at += by * HOUR
        self.assignment.accepted_until = self.assignment.due_at + 200 * HOUR
        self.assignment.save()

    # What holds

    @property
    def deadlines(self):
        return Deadlines(self.assignment)

    def standings(self):
        return standings(self.assignment)

    def late_by(self, submission):
        return self.deadlines.late_by(submission.team, submission.received_at)

    def counted(self):
        """{team pk: pk of the submission that counts}, where one does."""
        return {
            team: counted.pk
            for team, slots in self.standings().items()
            if (counted := slots[self.slot.pk].counted)
        }

    @invariant()
    def rules_hold(self):
        rosters = defaultdict(list)
        for entry in RosterEntry.objects.order_by("pk"):
            rosters[entry.delivery_id].append(entry.name)
        found, deadlines = {}, self.deadlines
        for slots in standings(self.assignment, deadlines=deadlines).values():
            standing = slots[self.slot.pk]
            self.one_counts_rightly(standing)
            numbers = [each.number for each in standing.submissions]
            assert numbers == list(range(len(numbers), 0, -1))
            for each in standing.submissions:
                roster = rosters[each.delivery_id]
                found[each.pk] = each.number, each.file.sha256, roster
                self.is_late_rightly(each, standing.late_by[each.pk], deadlines)
        assert found == {pk: row[:3] for pk, row in self.received.items()}
        assert Delivery.objects.count() == len(self.received)

    def one_counts_rightly(self, standing):
        """If some is on time, one counts; late work only where a person said so."""
        if None in standing.late_by.values():
            assert standing.counted
        if standing.lateness:
            assert standing.choice.submission_id == standing.counted.pk

    def is_late_rightly(self, submission, late_by, deadlines):
        """Never if it was on time when it came; and by how much is from due."""
        if self.received[submission.pk][3]:
            assert late_by is None
        if late_by is not None:
            due = deadlines.of(submission.team).due_at
            assert late_by == submission.received_at - due > timedelta()

    @invariant()
    def everyone_is_in_one_team_at_most(self):
        active = Membership.objects.filter(left_at=None)
        persons = active.values_list("person", flat=True)
        assert len(persons) == len(set(persons))


class HandInTests(TestCase):
    @override_settings(
        STORAGES={"default": {"BACKEND": "django.core.files.storage.InMemoryStorage"}}
    )
    def test_property_rules_hold_in_any_order(self):
        runs = settings(
            max_examples=max(200, settings().max_examples), stateful_step_count=20
        )
        run_state_machine_as_test(self.undone, settings=runs)

    @staticmethod
    def undone():
        """A machine whose rows are gone after its teardown."""
        machine, undo = HandingIn(), ExitStack()
        undo.enter_context(transaction.atomic())
        undo.callback(transaction.set_rollback, True)
        undo.callback(machine.teardown)
        machine.teardown = undo.close
        return machine
