"""Which courses run now, which are to come, and which were, by term."""

from dataclasses import dataclass, field
from itertools import groupby

from .access import Status
from .models import Course


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


def arranged(courses, at):
    """``courses``, newest first, as Courses; ``at`` is an aware datetime.

    The day is that of each course's own zone. Without a first day a course runs
    now, without a last day it does not end; an archived one is over in any case.
    """
    arranged = Courses()
    earlier = []
    for course in courses:
        today = at.astimezone(course.zone).date()
        if course.status == Status.ARCHIVED or (
            course.ends_on and course.ends_on < today
        ):
            earlier.append(course)
        elif course.starts_on and course.starts_on > today:
            arranged.upcoming.insert(0, course)
        else:
            arranged.now.append(course)
    arranged.earlier = [
        Term(name, list(same)) for name, same in groupby(earlier, key=_term)
    ]
    return arranged


def _term(course):
    return course.term or (str(course.starts_on.year) if course.starts_on else "")
