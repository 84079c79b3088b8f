"""On time, late or closed: a function of records, never a stored flag.

Instants are aware; what a page prints of them is in the course's zone and names it.
The records are the extensions, and the edit history of the assignment: it says what
was due at any moment, who moved it and why.
"""

from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from django.db.models import prefetch_related_objects

from courses.models import Assignment

MINUTE = timedelta(minutes=1)


@dataclass(frozen=True)
class Deadline:
    """Until when work is taken; None where there is no such limit.

    ``due_at`` is what pages print. Work is on time before ``on_time_until``, the end of
    that minute and of the printed grace; after it, late before ``closes_at``.
    """

    opens_at: datetime | None = None
    due_at: datetime | None = None
    on_time_until: datetime | None = None
    closes_at: datetime | None = None
    is_extended: bool = False

    def has_opened(self, at):
        return self.opens_at is None or at >= self.opens_at

    def has_closed(self, at):
        return self.closes_at is not None and at >= self.closes_at

    def is_on_time(self, at):
        return self.on_time_until is None or at < self.on_time_until

    @property
    def last_minute(self):
        """The last minute in which something is taken, as pages print it."""
        return self.closes_at and self.closes_at - MINUTE


@dataclass(frozen=True)
class Move:
    """A ``field`` of an assignment that says until when work is taken was changed."""

    field: str
    at: datetime
    by: object
    reason: str
    before: datetime | int | None
    after: datetime | int | None


class Deadlines:
    """The deadlines of one assignment for its teams, its records read once: here, or
    before, as ``records`` of its edit history, oldest first."""

    def __init__(self, assignment, records=None):
        self.assignment = assignment
        self.extensions = list(assignment.extensions.all())
        self.records = _records([assignment.pk]) if records is None else records

    def of(self, team=None):
        """The Deadline of ``team``; without one, that of who has no team yet."""
        return self._deadline(self.assignment, team)

    def extensions_of(self, team=None):
        """The extensions that hold now and help ``team``."""
        return [each for each in self.extensions if _helps(each, team, None)]

    def late_by(self, team, at):
        """How late work that was received at ``at`` is, counted from due; None if it is
        on time. What was on time when it came stays so if the deadline moves."""
        then = [each for each in self.records if each.history_date <= at]
        if then and self._deadline(then[-1], team, at).is_on_time(at):
            return None
        now = self.of(team)
        return None if now.is_on_time(at) else at.astimezone(UTC) - now.due_at

    def moves(self):
        """The Moves of all that says until when work is taken, oldest first."""
        return [
            Move(
                field,
                after.history_date,
                after.history_user,
                after.history_change_reason or "",
                getattr(before, field),
                getattr(after, field),
            )
            for before, after in pairwise(self.records)
            for field in Assignment.DEADLINE
            if getattr(before, field) != getattr(after, field)
        ]

    def _deadline(self, said, team, at=None):
        """What ``said``, the assignment or a record of it, gives to ``team``, with the
        extensions that hold now, or held at ``at``."""
        if said.due_at is None:
            return Deadline(said.opens_at)
        given = [each.until for each in self.extensions if _helps(each, team, at)]
        # In UTC: across a change of the clock a zone's own arithmetic is an hour off.
        due_at = max(each.astimezone(UTC) for each in [said.due_at, *given])
        on_time_until = _end_of_minute(due_at) + said.grace_minutes * MINUTE
        closes_at = on_time_until
        if said.accepted_until:
            closes_at = max(
                closes_at, _end_of_minute(said.accepted_until.astimezone(UTC))
            )
        is_extended = due_at > said.due_at
        return Deadline(said.opens_at, due_at, on_time_until, closes_at, is_extended)


def of_all(assignments):
    """{pk: Deadlines} of a list of assignments, in two queries."""
    prefetch_related_objects(assignments, "extensions")
    records = defaultdict(list)
    for each in _records([assignment.pk for assignment in assignments]):
        records[each.id].append(each)
    return {each.pk: Deadlines(each, records[each.pk]) for each in assignments}


def _records(pks):
    records = Assignment.history.filter(id__in=pks).select_related("history_user")
    return list(records.order_by("history_date", "history_id"))


def _helps(extension, team, at):
    """Whether ``extension`` is for ``team``, its own or one for all, and holds: now, or
    did at ``at``."""
    if at is not None and at < extension.given_at:
        return False
    if extension.revoked_at and (at is None or at >= extension.revoked_at):
        return False
    return extension.team_id is None or (team and extension.team_id == team.pk)


def _end_of_minute(instant):
    return instant.replace(second=0, microsecond=0) + MINUTE
