"""Which submission of a slot counts: a function of what was received and chosen."""

from collections import defaultdict
from dataclasses import dataclass, field

from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from .deadlines import Deadlines
from .models import Choice, GradingSet, Submission


@dataclass
class Standing:
    """A team's work in one slot, newest first, and which of it counts.

    ``late_by`` is by pk of a submission: how late it is, None if it is on time.
    ``is_held`` says that some of it is kept for grading.
    """

    submissions: list = field(default_factory=list)
    late_by: dict = field(default_factory=dict)
    choice: Choice | None = None
    is_held: bool = False

    @property
    def newest(self):
        return self.submissions[0] if self.submissions else None

    @property
    def on_time(self):
        """Those that came on time, newest first."""
        return [each for each in self.submissions if self.late_by[each.pk] is None]

    @property
    def counted(self):
        """The newest that was on time, unless a person chose otherwise: staff for good,
        the team until it hands in on time again. Late work counts only if chosen."""
        on_time = self.on_time
        if self.choice and (
            self.choice.is_by_staff
            or not any(each.received_at > self.choice.at for each in on_time)
        ):
            chosen = self.choice.submission_id
            return next(each for each in self.submissions if each.pk == chosen)
        return on_time[0] if on_time else None

    @property
    def lateness(self):
        """How late what counts is; None if it is on time, or nothing counts."""
        return self.counted and self.late_by[self.counted.pk]

    @property
    def is_settled(self):
        """Whether the team has no say any more in what counts."""
        return self.is_held or bool(self.choice and self.choice.is_by_staff)


def standings(assignment, teams=None, deadlines=None):
    """{team pk: {slot pk: Standing}} of ``assignment``, of ``teams`` alone if given, in
    a fixed number of queries. Slots without any work are not there."""
    those = Q(slot__assignment=assignment)
    if teams is not None:
        those &= Q(team__in=teams)
    return _standings(those, {assignment.pk: deadlines or Deadlines(assignment)})


def standings_of(teams, deadlines):
    """As ``standings``, of teams of several assignments, whose Deadlines ``deadlines``
    has by their pk."""
    return _standings(Q(team__in=teams), deadlines)


def _standings(those, deadlines):
    found = defaultdict(lambda: defaultdict(Standing))
    held = GradingSet.submissions.through.objects.filter(submission=OuterRef("pk"))
    received = Submission.objects.filter(those).annotate(is_held=Exists(held))
    received = received.select_related("delivery", "team", "file", "slot")
    for each in received.order_by("team", "slot", "-number"):
        standing = found[each.team_id][each.slot_id]
        standing.submissions.append(each)
        standing.is_held |= each.is_held
        its = deadlines[each.slot.assignment_id]
        standing.late_by[each.pk] = its.late_by(each.team, each.received_at)
    for choice in Choice.objects.filter(those).order_by("at", "pk"):
        found[choice.team_id][choice.slot_id].choice = choice
    return found


def choose(submission, by, is_by_staff=False):
    """Let ``submission`` count; return the Choice."""
    return Choice.objects.create(
        submission=submission,
        team=submission.team,
        slot=submission.slot,
        by=by,
        at=timezone.now(),
        is_by_staff=is_by_staff,
    )
