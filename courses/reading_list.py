"""The reading list of a course: by session, then by role."""

from collections import defaultdict
from dataclasses import dataclass

from .attached import ReadingRow, RoleGroup, readings_by_role
from .models import Assignment, Course, Session


@dataclass
class ReadingGroup:
    """Readings of one session and its talks, of an assignment, or of the course."""

    owner: Course | Session | Assignment
    roles: list[RoleGroup]

    @property
    def kind(self):
        return self.owner._meta.model_name


def of_course(course, user):
    """ReadingGroups of ``course`` as ``user`` may see them, in five queries.

    What belongs to the whole course comes first, then sessions as scheduled,
    then assignments.
    """
    readings = (
        course.readings.visible_to(user)
        .select_related("paper", "talk", "assignment")
        .prefetch_related("paper__authorships__author", "paper__links")
    )
    rows = defaultdict(list)
    assignments = {}
    for reading in readings:
        authorships = reading.paper.authorships.all() if reading.paper else []
        row = ReadingRow(reading, [str(each) for each in authorships])
        if reading.assignment:
            assignments[reading.assignment_id] = reading.assignment
            rows["assignment", reading.assignment_id].append(row)
        elif session_pk := reading.session_id or (
            reading.talk and reading.talk.session_id
        ):
            rows["session", session_pk].append(row)
        else:
            rows["course", course.pk].append(row)
    owners = [course, *course.sessions.visible_to(user), *assignments.values()]
    return [
        ReadingGroup(owner, readings_by_role(rows[owner._meta.model_name, owner.pk]))
        for owner in owners
        if (owner._meta.model_name, owner.pk) in rows
    ]
