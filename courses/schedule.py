"""The rows of a schedule page, in a fixed number of queries.

What stands on such a page hangs on many tables. Each is asked once for the whole
course (or for one session), and put together here: all names in one query, all
materials in one, whether they belong to the course, a session, a talk or an
assignment. Templates only loop over what this module returns.
"""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from django.db.models import BooleanField, DateTimeField, Q, Value
from django.db.models.functions import Coalesce, Concat, NullIf
from django.utils import timezone

from references.models import Authorship

from . import terms
from .access import Visibility
from .attached import Attached, ReadingRow, grouped
from .models import Appearance, Course, CourseRole, Session, SessionRole, Talk
from .timeline import (
    AssignmentRow,
    Name,
    SessionRow,
    Standing,
    TalkRow,
    holidays_of,
    in_order,
    slot_of,
    standing_of,
    tell_nearest,
)
from .weeks import Weeks, by_week

NOTHING = Value("")
NO_PHOTO = Value(0)


class Notice(NamedTuple):
    """A section or announcement of the course page."""

    kind: str
    pk: int
    heading: str
    html: str
    visibility: str
    position: int
    published_at: datetime | None
    is_pinned: bool

    @property
    def is_to_come(self):
        """Whether only staff see it yet."""
        return self.published_at > timezone.now()


@dataclass
class Schedule(Attached):
    """A course page: ``rows`` in order, and what belongs to the whole course."""

    rows: list = field(default_factory=list)
    weeks: Weeks = field(default_factory=Weeks)
    standing: Standing | None = None
    undated_assignments: list[AssignmentRow] = field(default_factory=list)
    people: list[Name] = field(default_factory=list)
    announcements: list[Notice] = field(default_factory=list)
    sections: list[Notice] = field(default_factory=list)
    galleries: list = field(default_factory=list)

    @property
    def people_by_role(self):
        """(role, names) pairs, instructors first."""
        pairs = [
            (role.label, [name for name in self.people if name.role == role])
            for role in CourseRole.Role
        ]
        return [(role, names) for role, names in pairs if names]


def of_course(course, user, at=None):
    """The Schedule of ``course`` as ``user`` may see it, in ten queries.

    ``at`` is the aware datetime it is seen at; by default it is now.
    """
    at = at or timezone.now()
    page = _Page(course, user)
    assignments = [
        page.assignment_row(assignment)
        for assignment in course.assignments.visible_to(user)
    ]
    sessions = [page.session_row(session) for session in page.sessions]
    dated = [row for row in assignments if row.event]
    for row in dated:
        for event in row.events:
            tell_nearest(sessions, event)
    rows = in_order(sessions, holidays_of(course, sessions), dated, course.zone)
    standing = standing_of(course, sessions, at)
    announcements, sections = _notices(course, user)
    return Schedule(
        materials=page.materials_of(),
        readings=page.readings_of(),
        rows=rows,
        weeks=by_week(
            rows,
            course.zone,
            at.astimezone(course.zone).date(),
            fold=standing.phase == terms.Phase.NOW,
        ),
        standing=standing,
        undated_assignments=[row for row in assignments if not row.event],
        people=page.names["course", course.pk],
        announcements=announcements,
        sections=sections,
        galleries=page.galleries,
    )


def of_session(session, user):
    """The SessionRow of ``session``, its papers with all their links."""
    page = _Page(session.course, user, session)
    return page.session_row(session)


def galleries_of(course, user):
    """Galleries of ``course`` in the app above, if it is there."""
    if hasattr(course, "galleries"):
        return course.galleries.visible_to(user)
    return Course.objects.none()


def neighbours(session, user):
    """The sessions before and after ``session`` that ``user`` may open, or None."""
    sessions = list(
        session.course.sessions.visible_to(user).only(
            "course", "key", "number", "title"
        )
    )
    place = sessions.index(session)
    earlier = sessions[place - 1] if place else None
    later = sessions[place + 1] if place + 1 < len(sessions) else None
    return earlier, later


class _Page:
    """What a course, or one session of it, shows to ``user``: by its owner."""

    def __init__(self, course, user, session=None):
        self.course = course
        self.session = session
        if session:
            self.sessions = [session]
        else:
            self.sessions = course.sessions.visible_to(user).defer(
                "abstract", "abstract_html", "notes", "notes_html"
            )
        self.talks = defaultdict(list)
        talks = Talk.objects.visible_to(user).filter(self._within("session"))
        for talk in talks.order_by("position", "pk"):
            self.talks[talk.session_id].append(talk)
        mine = Q(session=session) | Q(talk__session=session) if session else Q()
        materials = course.materials.visible_to(user).filter(mine)
        self.materials = _by_owner(materials.select_related("file"))
        readings = course.readings.visible_to(user).filter(mine)
        readings = readings.select_related("paper")
        if session:
            readings = readings.prefetch_related("paper__links")
        self.readings = _by_owner(readings)
        self.names = self._names()
        self.presentations = self._presentations(user)
        self.galleries = list(galleries_of(course, user))

    def _within(self, path):
        """The condition that the session at ``path`` is one of this page."""
        if self.session:
            return Q(**{path: self.session})
        return Q(**{f"{path}__course": self.course})

    def _names(self):
        """Names by what they belong to and its pk, in order, from one query."""
        if self.session:
            papers = self._within("paper__readings__session")
            papers |= self._within("paper__readings__talk__session")
        else:
            papers = Q(paper__readings__course=self.course)
        parts = [
            _parts(
                "course",
                "course_id",
                self.course.roles,
                printed="name_as_printed",
                affiliation="person__affiliation",
                homepage="person__homepage",
            ),
            _parts(
                "session",
                "session_id",
                SessionRole.objects.filter(self._within("session")),
                printed="name_as_printed",
            ),
            _parts(
                "talk",
                "talk_id",
                Appearance.objects.filter(self._within("talk__session")),
                role=NOTHING,
                printed="name",
                affiliation=_or("affiliation", "person__affiliation"),
                homepage=_or("homepage", "person__homepage"),
                photo="person__photo",
            ),
            _parts(
                "paper",
                "paper_id",
                Authorship.objects.filter(papers),
                role=NOTHING,
                printed="name_as_printed",
                name=Concat("author__given_name", Value(" "), "author__family_name"),
                slug="author__slug",
            ),
        ]
        names = defaultdict(list)
        for owner, pk, *columns in parts[0].union(*parts[1:]):
            names[owner, pk].append(Name(*columns))
        for same in names.values():
            same.sort()
        return names

    def _presentations(self, user):
        """Presentations of the app above, if it is there, by session."""
        by_session = defaultdict(list)
        if reverse := getattr(Session, "presentations", None):
            shown = reverse.rel.related_model.objects.visible_to(user)
            shown = shown.filter(self._within("session")).select_related("team")
            for presentation in shown:
                by_session[presentation.session_id].append(presentation)
        return by_session

    def materials_of(self, kind="course", pk=None):
        return grouped(self.materials[kind, pk])

    def readings_of(self, kind="course", pk=None):
        return [
            ReadingRow(
                reading,
                [name.text.strip() for name in self.names["paper", reading.paper_id]],
            )
            for reading in self.readings[kind, pk]
        ]

    def session_row(self, session):
        usually = {
            name.slug: name.printed for name in self.names["course", self.course.pk]
        }
        return SessionRow(
            materials=self.materials_of("session", session.pk),
            readings=self.readings_of("session", session.pk),
            session=session,
            slot=slot_of(session),
            people=[
                name._replace(printed=name.printed or usually.get(name.slug, ""))
                for name in self.names["session", session.pk]
            ],
            talks=[self.talk_row(talk, session) for talk in self.talks[session.pk]],
            presentations=self.presentations[session.pk],
            galleries=[row for row in self.galleries if row.session_id == session.pk],
        )

    def talk_row(self, talk, session):
        talk.session = session
        return TalkRow(
            materials=self.materials_of("talk", talk.pk),
            readings=self.readings_of("talk", talk.pk),
            talk=talk,
            speakers=self.names["talk", talk.pk],
        )

    def assignment_row(self, assignment):
        return AssignmentRow(
            materials=self.materials_of("assignment", assignment.pk),
            readings=self.readings_of("assignment", assignment.pk),
            assignment=assignment,
        )


def _parts(
    owner,
    owner_pk,
    rows,
    *,
    printed,
    role="role",
    name="person__name",
    slug="person__slug",
    affiliation=NOTHING,
    homepage=NOTHING,
    photo=NO_PHOTO,
):
    """The columns of Name, after the kind of ``rows``' owner and its pk."""
    return rows.order_by().values_list(
        Value(owner),
        owner_pk,
        "position",
        "pk",
        role,
        printed,
        name,
        slug,
        affiliation,
        homepage,
        photo,
    )


def _or(column, other):
    """``column``, or ``other`` where that is empty."""
    return Coalesce(NullIf(column, NOTHING), other)


def _by_owner(rows):
    """Materials or readings by the kind of their owner and its pk."""
    owned = defaultdict(list)
    for row in rows:
        for owner in ("session", "talk", "assignment"):
            if pk := getattr(row, f"{owner}_id"):
                owned[owner, pk].append(row)
                break
        else:
            owned["course", None].append(row)
    return owned


def _notices(course, user):
    """Announcements, pinned and new ones first, and sections, from one query."""
    announcements = course.announcements.visible_to(user).values_list(
        Value("announcement"),
        "pk",
        "title",
        "body_html",
        Value(Visibility.PUBLIC.value),
        Value(0),
        "published_at",
        "is_pinned",
    )
    sections = course.sections.visible_to(user).values_list(
        Value("section"),
        "pk",
        "heading",
        "text_html",
        "visibility",
        "position",
        Value(None, DateTimeField()),
        Value(False, BooleanField()),
    )
    rows = announcements.order_by().union(sections.order_by(), all=True)
    notices = [Notice(*row) for row in rows]
    return (
        sorted(
            (notice for notice in notices if notice.kind == "announcement"),
            key=lambda notice: (notice.is_pinned, notice.published_at),
            reverse=True,
        ),
        sorted(
            (notice for notice in notices if notice.kind == "section"),
            key=lambda notice: (notice.position, notice.pk),
        ),
    )
