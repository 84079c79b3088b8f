"""The reading list of a course: by session, then by role; as pages and files."""

from collections import defaultdict
from dataclasses import dataclass

from django.db.models import F, Q, Window
from django.db.models.functions import DenseRank

from references.models import Paper

from . import bibliography
from .attached import ReadingRow, RoleGroup, readings_by_role
from .models import Assignment, Course, Reading, Session

LONGEST_ELSEWHERE = 3  # courses named beside a reading


@dataclass
class ListedReading(ReadingRow):
    """A reading, and the newest of the other courses that read its paper."""

    newest_elsewhere: list[Course]

    @property
    def elsewhere(self):
        return self.newest_elsewhere[:LONGEST_ELSEWHERE]

    @property
    def has_more_elsewhere(self):
        return len(self.newest_elsewhere) > LONGEST_ELSEWHERE


@dataclass
class ReadingGroup:
    """Readings of one session and its talks, of an assignment, or of the course."""

    owner: Course | Session | Assignment
    roles: list[RoleGroup]

    @property
    def kind(self):
        return self.owner._meta.model_name

    @property
    def anchor(self):
        """What the group is called in addresses; it stays."""
        if self.kind == "course":
            return "course"
        name = self.owner.key if self.kind == "session" else self.owner.pk
        return f"{self.kind}-{name}"


def of_course(course, user):
    """ReadingGroups of ``course`` as ``user`` may see them, in five queries.

    What belongs to the whole course comes first, then sessions as scheduled,
    then assignments.
    """
    readings = (
        course.readings.visible_to(user)
        .select_related("paper", "talk", "assignment")
        .prefetch_related("paper__authorships", "paper__links")
    )
    elsewhere = _elsewhere(course, readings, user)
    rows = defaultdict(list)
    assignments = {}
    for reading in readings:
        authors = reading.paper.authorships.all() if reading.paper else []
        row = ListedReading(
            reading, [str(each) for each in authors], elsewhere[reading.paper_id]
        )
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


def works(course, user, session=None, all_keys=False):
    """The works that ``user`` may see ``course`` read, or one session of it: by the
    keys of their papers, but with those by which the course cites. Each is there once,
    or with ``all_keys`` by each key that the course has for it, for LaTeX."""
    readings = course.readings.visible_to(user)
    if session:
        readings = readings.filter(Q(session=session) | Q(talk__session=session))
    papers = Paper.objects.visible_to(user).filter(pk__in=readings.values("paper"))
    papers = papers.with_authors().order_by("key")
    return bibliography.works(papers, course, all_keys)


def _elsewhere(course, readings, user):
    """For each paper of ``readings`` a few other courses listed for ``user`` that
    read it, newest first; of how many ever there are."""
    place = Window(
        DenseRank(),
        partition_by="paper",
        order_by=[F("course__starts_on").desc(nulls_last=True), "course"],
    )
    others = (
        Reading.objects.listed_for(user)
        .filter(paper__in=[reading.paper_id for reading in readings])
        .exclude(course=course)
        .annotate(place=place)
        .filter(place__lte=LONGEST_ELSEWHERE + 1)
        .select_related("course")
        .order_by("place")
    )
    courses = defaultdict(dict)
    for reading in others:
        courses[reading.paper_id][reading.course_id] = reading.course
    return defaultdict(list, {pk: [*found.values()] for pk, found in courses.items()})
