"""How far a team is with an assignment, in the words its members read.

Pages and mail say it with these: what was received, on time or how late, what counts
and why. Instants are aware; who prints them sets the course's zone and names it.
"""

from dataclasses import dataclass
from datetime import timedelta

from django.db.models import prefetch_related_objects
from django.utils.functional import cached_property
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from courses.models import Assignment, Course, Person

from . import deadlines
from .counting import Standing, standings_of
from .deadlines import MINUTE, Deadline
from .models import Delivery, Extension, Grade, Slot, Submission, Team

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@dataclass
class Received:
    """A submission, how late it came ("" for on time) and why it counts or not; once
    that is settled its team has no say in it."""

    submission: Submission
    late_by: str
    counts: bool
    why: str
    is_settled: bool


@dataclass
class SlotWork:
    """What a team handed in for one slot."""

    slot: Slot
    standing: Standing

    @cached_property
    def received(self):
        """The Received of each submission, newest first."""
        return [received(each, self.standing) for each in self.standing.submissions]

    @property
    def is_missing(self):
        return self.slot.is_required and not self.standing.submissions

    @property
    def words(self):
        """What became of it; empty where nothing was asked and nothing came."""
        counted, lateness = self.standing.counted, self.standing.lateness
        if counted and lateness is None:
            words = _("%(slot)s received")
        elif counted:
            words = _("%(slot)s received %(late)s late")
        elif self.standing.submissions:
            words = _("%(slot)s received late, and does not count yet")
        elif self.slot.is_required:
            words = _("%(slot)s missing")
        else:
            return ""
        late = duration(lateness) if lateness else ""
        return words % {"slot": self.slot, "late": late}


@dataclass
class Work:
    """An assignment as ``team`` has it; None for who is in no team yet."""

    assignment: Assignment
    team: Team | None
    deadline: Deadline
    extensions: list[Extension]
    slots: list[SlotWork]
    moves: list[deadlines.Move]
    mark: Grade | None  # once it is released

    @property
    def members(self):
        """Who is in the team now, on one line."""
        active = [each for each in self.team.memberships.all() if not each.left_at]
        return "; ".join(map(str, active))

    @property
    def is_good(self):
        """Whether all that was asked is there, and was there on time."""
        counted = [each.standing.counted for each in self.slots]
        needed = [each.standing.counted for each in self.slots if each.slot.is_required]
        is_late = any(each.standing.lateness for each in self.slots)
        return any(counted) and all(needed) and not is_late

    @property
    def words(self):
        """What was received and what is missing, the beginning of a sentence."""
        if self.is_good:
            return _("Everything received, on time")
        if not any(each.standing.submissions for each in self.slots):
            return _("Nothing received yet")
        return capfirst("; ".join(filter(None, (each.words for each in self.slots))))

    def phase(self, at):
        """What the clock allows: "early", "open", "late" or "closed"."""
        if not self.deadline.has_opened(at):
            return "early"
        if self.deadline.has_closed(at):
            return "closed"
        return "open" if self.deadline.is_on_time(at) else "late"

    def ends_at(self, at):
        """When its phase ends, to count down to; None if it does not."""
        deadline = self.deadline
        if not deadline.has_opened(at):
            return deadline.opens_at
        if deadline.has_closed(at):
            return None
        if deadline.due_at and at < deadline.due_at + MINUTE:
            return deadline.due_at
        return deadline.on_time_until if deadline.is_on_time(at) else deadline.closes_at


@dataclass
class Status:
    """Work as it is at the instant ``at``, for templates."""

    work: Work
    at: object

    @property
    def phase(self):
        return self.work.phase(self.at)

    @property
    def words(self):
        """As those of the work, but that nothing more can come once it is closed."""
        came = any(each.standing.submissions for each in self.work.slots)
        if self.phase == "closed" and not came:
            return _("Nothing received")
        return self.work.words

    @property
    def ends_at(self):
        return self.work.ends_at(self.at)

    @property
    def instant(self):
        """The moment that matters in this phase, as it is printed."""
        deadline = self.work.deadline
        if self.phase == "early":
            return deadline.opens_at
        return deadline.due_at if self.phase == "open" else deadline.last_minute

    @property
    def instant_word(self):
        """What that moment is, in a sentence before it."""
        return {
            "early": _("opens"),
            "open": _("due"),
            "late": _("late work is taken until"),
            "closed": _("nothing was taken after"),
        }[self.phase]

    @property
    def remaining(self):
        """How long until then, coarsely."""
        return self.ends_at and duration(self.ends_at - self.at, MINUTE)


def of(assignment, team=None):
    """The Work of ``team``, of ``assignment``."""
    if team:
        prefetch_related_objects([team], "memberships__person")
    [work] = of_all([assignment], [team] if team else [])
    return work


def of_user(user, at):
    """The Statuses of all that ``user`` is asked for, in a fixed number of queries:
    what is still taken, soonest first, then the rest, latest first."""
    asked = Assignment.objects.asked_of(user).select_related("course")
    teams = Team.objects.of(user).filter(assignment__in=asked)
    works = of_all(list(asked), list(teams.prefetch_related("memberships__person")))
    found = [Status(work, at) for work in works]
    found.sort(key=_soonest)
    return found


def _soonest(status):
    due_at = status.work.deadline.due_at
    moment = due_at.timestamp() if due_at else float("inf")
    is_closed = status.phase == "closed"
    return is_closed, -moment if is_closed else moment


def of_all(assignments, teams):
    """The Work of each of a list of assignments, with its team of ``teams``."""
    found = deadlines.of_all(assignments)
    standings = standings_of(teams, found)
    team_of = {team.assignment_id: team for team in teams}
    marks = {each.team_id: each for each in Grade.objects.released_to(teams)}
    slots = {each.pk: [] for each in assignments}
    for slot in Slot.objects.filter(assignment__in=assignments):
        slots[slot.assignment_id].append(slot)
    for assignment in assignments:
        team, its = team_of.get(assignment.pk), found[assignment.pk]
        standing = standings[team.pk] if team else {}
        yield Work(
            assignment,
            team,
            its.of(team),
            its.extensions_of(team),
            [
                SlotWork(slot, standing.get(slot.pk) or Standing())
                for slot in slots[assignment.pk]
            ],
            its.moves(),
            marks.get(team.pk) if team else None,
        )


def received(submission, standing):
    """The Received of ``submission``, one of ``standing``."""
    late_by = standing.late_by[submission.pk]
    counts = standing.counted == submission
    words = _why(standing, counts, late_by is not None)
    late = duration(late_by) if late_by else ""
    return Received(submission, late, counts, words, standing.is_settled)


def _why(standing, counts, is_late):
    choice, counted = standing.choice, standing.counted
    if choice and counted and choice.submission_id == counted.pk:
        if counts and choice.is_by_staff:
            return _("Counts: staff chose it.")
        if counts:
            return _("Counts: your team chose it.")
        return _("Does not count: another was chosen.")
    if counts:
        return _("Counts: it is the newest that came on time.")
    if not counted:
        return _("Does not count: it came late.")
    if is_late:
        words = _("Does not count: it came late. %s counts.")
    else:
        words = _("Does not count: a newer one came on time. %s counts.")
    return words % capfirst(str(counted))


@dataclass
class Receipt:
    """What a delivery brought, with all that its page and its mail say."""

    delivery: Delivery
    assignment: Assignment
    received: list[Received]
    by: str
    roster: list[str]
    deadline: Deadline

    @property
    def course(self) -> Course:
        return self.assignment.course

    @property
    def late_by(self):
        """How late it came, in words; empty for on time."""
        return self.received[0].late_by

    @property
    def counts(self):
        return all(each.counts for each in self.received)


def receipt(delivery):
    """The Receipt of ``delivery``."""
    submissions = list(delivery.submissions.select_related("slot", "file", "delivery"))
    submissions.sort(key=lambda each: (each.slot.position, each.slot_id))
    assignments = Assignment.objects.select_related("course")
    assignment = assignments.get(pk=submissions[0].slot.assignment_id)
    its = deadlines.of_all([assignment])
    standings = standings_of([delivery.team], its)[delivery.team_id]
    by = Person.objects.filter(user=delivery.by).first()
    return Receipt(
        delivery,
        assignment,
        [received(each, standings[each.slot_id]) for each in submissions],
        str(by or _("staff")),
        [entry.name for entry in delivery.roster_entries.all()],
        its[assignment.pk].of(delivery.team),
    )


def duration(delta, smallest=None):
    """A timedelta in its two largest units; ``smallest`` is the least that is told."""
    seconds = int(delta.total_seconds())
    if smallest and delta < smallest:
        return _("less than a minute")
    days, seconds = divmod(seconds, 86_400)
    hours, seconds = divmod(seconds, 3600)
    minutes, seconds = divmod(seconds, 60)
    parts = [
        ngettext("%d day", "%d days", days) % days,
        ngettext("%d hour", "%d hours", hours) % hours,
        ngettext("%d minute", "%d minutes", minutes) % minutes,
        ngettext("%d second", "%d seconds", seconds) % seconds,
    ]
    amounts = [days, hours, minutes, 0 if smallest else seconds]
    first = next((at for at, amount in enumerate(amounts) if amount), 3)
    told = range(first, min(first + 2, 4))
    return " ".join(parts[at] for at in told if amounts[at] or at == first)
