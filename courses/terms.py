"""Which courses run now, which are to come, and which were, by term."""

from dataclasses import dataclass, field
from enum import StrEnum
from itertools import groupby

from .access import Status
from .models import Course


class Phase(StrEnum):
    UPCOMING = "upcoming"
    NOW = "now"
    OVER = "over"


@dataclass
class Term:
    name: str
    courses: list[Course]


@dataclass
class Courses:
    """Courses by when they run, seen from one instant."""

    now: list[Course] = field(default_factory=list)
    upcoming: list[Course] = field(default_factory=list)
    earlier: list[Term] = field(default_factory=list)


def phase(course, at):
    """The Phase of ``course`` at the aware datetime ``at``.

    The day is that of the course's own zone. Without a first day a course runs
    now, without a last day it does not end; an archived one is over in any case.
    """
    today = at.astimezone(course.zone).date()
    if course.status == Status.ARCHIVED or (course.ends_on and course.ends_on < today):
        return Phase.OVER
    if course.starts_on and course.starts_on > today:
        return Phase.UPCOMING
    return Phase.NOW


def arranged(courses, at):
    """``courses``, newest first, as Courses; ``at`` is an aware datetime."""
    by_phase = {each: [] for each in Phase}
    for course in courses:
        by_phase[phase(course, at)].append(course)
    return Courses(
        now=by_phase[Phase.NOW],
        upcoming=by_phase[Phase.UPCOMING][::-1],
        earlier=[
            Term(name, list(same))
            for name, same in groupby(by_phase[Phase.OVER], key=_term)
        ],
    )


def _term(course):
    return course.term or (str(course.starts_on.year) if course.starts_on else "")
