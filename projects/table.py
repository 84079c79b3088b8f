"""The work of all teams of an assignment, as staff look at it: teams by slots."""

from dataclasses import dataclass, field

from django.db.models import Prefetch

from courses.models import Enrolment, Person

from . import counting
from .deadlines import Deadline, Deadlines
from .models import Grade, GradingSet, Membership, Submission, Team
from .progress import SlotWork


@dataclass
class Cell(SlotWork):
    """A team's work in one slot; ``frozen`` is what is graded, once that is kept."""

    frozen: Submission | None = None

    @property
    def late_by(self):
        """How late what counts is, or what came if nothing counts."""
        shown = self.standing.counted or self.standing.newest
        return shown and self.standing.late_by[shown.pk]

    @property
    def has_newer(self):
        """Whether something else counts by now than what is graded."""
        return bool(self.frozen) and self.standing.counted != self.frozen


@dataclass
class Row:
    team: Team
    members: list
    deadline: Deadline
    cells: list
    grade: Grade | None = None

    @property
    def is_missing(self):
        """Whether something required has not come."""
        return any(cell.is_missing for cell in self.cells)

    @property
    def late_by(self):
        return max((cell.late_by for cell in self.cells if cell.late_by), default=None)


@dataclass
class Table:
    """``without_team`` are people on the roster who are in no team yet; ``kept`` is the
    GradingSet that is graded, None before there is one."""

    slots: list
    rows: list
    without_team: list = field(default_factory=list)
    kept: GradingSet | None = None

    @property
    def missing(self):
        return [row for row in self.rows if row.is_missing]

    @property
    def late(self):
        return [row for row in self.rows if not row.is_missing and row.late_by]

    @property
    def held_back(self):
        """Marks that their teams do not see yet."""
        grades = (row.grade for row in self.rows)
        return [each for each in grades if each and not each.released_at]

    @property
    def received(self):
        """Of how many teams all that is required came, on time."""
        return len(self.rows) - len(self.missing) - len(self.late)


def of_assignment(assignment):
    """The Table of ``assignment``, in a fixed number of queries."""
    deadlines = Deadlines(assignment)
    slots = list(assignment.slots.all())
    standings = counting.standings(assignment, deadlines=deadlines)
    kept = assignment.grading_sets.last()
    frozen = {}
    if kept:
        for each in kept.submissions.all():
            frozen[each.team_id, each.slot_id] = each
    active = Membership.objects.filter(left_at=None).select_related("person__user")
    teams = assignment.teams.select_related("grade").prefetch_related(
        Prefetch("memberships", active, to_attr="members")
    )
    rows = [
        Row(
            team,
            team.members,
            deadlines.of(team),
            [
                Cell(
                    slot,
                    standings[team.pk][slot.pk],
                    frozen.get((team.pk, slot.pk)),
                )
                for slot in slots
            ],
            getattr(team, "grade", None),
        )
        for team in teams
    ]
    return Table(slots, rows, without_team(assignment), kept)


def without_team(assignment):
    """Who is on the roster and in no team for ``assignment``, by name."""
    in_teams = Membership.objects.filter(
        assignment=assignment, left_at=None, person__isnull=False
    )
    enrolled = Enrolment.objects.filter(
        course=assignment.course, status=Enrolment.Status.ACTIVE
    ).exclude(person__in=in_teams.values("person"))
    people = Person.objects.filter(pk__in=enrolled.values("person"))
    return list(people.select_related("user").order_by("name", "pk"))
