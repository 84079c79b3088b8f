"""The rows of a schedule page, in a fixed number of queries.

What stands on such a page hangs on many tables. Each is asked once for the whole
course (or for one session), and put together here: all names in one query, all
materials in one, whether they belong to the course, a session, a talk or an
assignment. Templates only loop over what this module returns.
"""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from pathlib import PurePath
from typing import NamedTuple

from django.db.models import BooleanField, DateTimeField, Q, Value
from django.db.models.functions import Coalesce, Concat, NullIf
from django.utils import timezone

from references.models import Authorship

from . import instants, terms
from .access import Visibility
from .models import (
    Appearance,
    Assignment,
    Course,
    CourseRole,
    Holiday,
    Material,
    Reading,
    Session,
    SessionRole,
    Talk,
)
from .weeks import Weeks, by_week

MATERIAL_ORDER = {kind: place for place, kind in enumerate(Material.Kind.values)}
ROLE_ORDER = {role: place for place, role in enumerate(Reading.Role.values)}
LONGEST_AUTHOR_LIST = 4
NEAR = timedelta(days=7)
NOTHING = Value("")


class Name(NamedTuple):
    """Someone in one part: ``printed`` there in these words, if in any."""

    position: int
    pk: int
    role: str
    printed: str
    name: str
    slug: str
    affiliation: str
    homepage: str

    @property
    def text(self):
        return self.printed or self.name


class Slot(NamedTuple):
    """When and where a session is, wall-clock; ``place`` is the usual one unless
    ``is_elsewhere``."""

    start_time: time | None
    end_time: time | None
    place: str
    is_elsewhere: bool


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
class MaterialRow:
    material: Material

    @property
    def part(self):
        """The part, where the label does not name it already."""
        part = self.material.part
        return "" if part.casefold() in self.material.label.casefold() else part

    @property
    def name(self):
        return f"{self.part} {self.material}".strip()

    @property
    def type_name(self):
        """PDF, ZIP and so on: as written by staff, else the end of the file name."""
        if self.material.format or not self.material.file:
            return self.material.format.upper()
        ending = PurePath(self.material.file.name).suffix[1:]
        return ending.upper() or self.material.file.content_type


@dataclass
class MaterialGroup:
    """Materials under one heading; without one they say themselves what they are."""

    heading: str
    materials: list[MaterialRow]


@dataclass
class ReadingRow:
    reading: Reading
    all_authors: list[str]

    @property
    def authors(self):
        """Names in printed order; of many the first three."""
        if len(self.all_authors) > LONGEST_AUTHOR_LIST:
            return self.all_authors[:3]
        return self.all_authors

    @property
    def is_required(self):
        return self.reading.role == Reading.Role.REQUIRED

    @property
    def has_more_authors(self):
        return len(self.all_authors) > LONGEST_AUTHOR_LIST


@dataclass
class RoleGroup:
    """Readings of one role, such as required."""

    role: str
    readings: list[ReadingRow]


@dataclass
class Attached:
    """What can hang on a course, a session, a talk or an assignment."""

    materials: list[MaterialGroup] = field(default_factory=list)
    readings: list[ReadingRow] = field(default_factory=list)

    @property
    def readings_by_role(self):
        return readings_by_role(self.readings)

    @property
    def all_readings(self):
        return self.readings

    @property
    def required_readings(self):
        """Of all readings those that a reader should not have to look for."""
        return [row for row in self.all_readings if row.is_required]

    @property
    def other_readings(self):
        others = [row for row in self.all_readings if not row.is_required]
        return sorted(others, key=lambda row: ROLE_ORDER[row.reading.role])


@dataclass
class TalkRow(Attached):
    talk: Talk | None = None
    speakers: list[Name] = field(default_factory=list)


class Event(NamedTuple):
    """When an assignment is given out (``word`` is "out") or due ("due")."""

    word: str
    moment: datetime
    assignment: Assignment


@dataclass
class SessionRow(Attached):
    """A session; ``events`` of assignments are nearest to it of all sessions."""

    kind = "session"
    session: Session | None = None
    slot: Slot | None = None
    people: list[Name] = field(default_factory=list)
    talks: list[TalkRow] = field(default_factory=list)
    presentations: list = field(default_factory=list)
    galleries: list = field(default_factory=list)
    events: list[Event] = field(default_factory=list)

    def days(self, zone):
        first = self.session.date
        return (first, self.session.end_date or first) if first else None

    @property
    def takes_place(self):
        """Whether its time is known and there is something to go to."""
        return (
            self.session.starts_at is not None
            and self.session.kind != Session.Kind.NO_CLASS
            and self.session.status != Session.Status.CANCELLED
        )

    @property
    def instructors(self):
        return self._in_role(SessionRole.Role.INSTRUCTOR)

    @property
    def scribes(self):
        return self._in_role(SessionRole.Role.SCRIBE)

    @property
    def chairs(self):
        return self._in_role(SessionRole.Role.CHAIR)

    def of_talk(self, talk):
        """The TalkRow of ``talk``."""
        return next(row for row in self.talks if row.talk == talk)

    def _in_role(self, role):
        return [name for name in self.people if name.role == role]

    @property
    def all_readings(self):
        """Readings of the session, then of its talks."""
        return [*self.readings, *(row for talk in self.talks for row in talk.readings)]


@dataclass
class HolidayRow:
    kind = "holiday"
    holiday: Holiday

    def days(self, zone):
        return self.holiday.starts_on, self.holiday.ends_on


@dataclass
class AssignmentRow(Attached):
    """An assignment: where it is due, else where it is given out.

    Without an event it has no place in the schedule.
    """

    kind = "assignment"
    assignment: Assignment | None = None

    @property
    def events(self):
        pairs = [("out", self.assignment.opens_at), ("due", self.assignment.due_at)]
        return [Event(word, at, self.assignment) for word, at in pairs if at]

    @property
    def event(self):
        return self.events[-1] if self.events else None

    def days(self, zone):
        return _days(self.event, zone)


@dataclass
class ReleaseRow:
    """An assignment is given out; what it asks stands where it is due."""

    kind = "release"
    event: Event

    def days(self, zone):
        return _days(self.event, zone)


def _days(event, zone):
    day = event.moment.astimezone(zone).date()
    return day, day


class Standing(NamedTuple):
    """How far a course has come; ``row`` is the SessionRow that is on, or comes
    next."""

    phase: terms.Phase
    row: SessionRow | None = None
    is_on: bool = False


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
            _tell_nearest(sessions, event)
    rows = _in_order(sessions, _holidays(course, sessions), dated, course.zone)
    standing = _standing(course, sessions, at)
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


def slot_of(session):
    """When and where ``session`` is: what it says itself, else its meeting."""
    meeting = instants.meeting_of(session) if session.date else None
    if session.kind == Session.Kind.NO_CLASS:
        meeting = None
    start, end, usual = session.start_time, session.end_time, ""
    if meeting:
        start = meeting.start_time if start is None else start
        end = meeting.end_time if end is None else end
        usual = meeting.place
    if start and end and end <= start and not session.end_date:
        end = None  # its own start is after the usual end
    place = session.place or usual
    return Slot(start, end, place, is_elsewhere=bool(place) and place != usual)


def grouped(materials):
    """MaterialGroups: by kind in a fixed order, then under headings of their own."""
    in_order = sorted(
        materials, key=lambda row: (MATERIAL_ORDER[row.kind], row.position, row.pk)
    )
    by_kind, by_heading = defaultdict(list), defaultdict(list)
    for material in in_order:
        if not material.group:
            by_kind[material.kind].append(material)
    for material in sorted(materials, key=lambda row: (row.position, row.pk)):
        if material.group:
            by_heading[material.group].append(material)
    groups = []
    for same_kind in by_kind.values():
        groups.append(_group(_heading(same_kind), same_kind))
    return groups + [_group(heading, same) for heading, same in by_heading.items()]


def readings_by_role(rows):
    """RoleGroups of ReadingRows: required, recommended, background."""
    by_role = defaultdict(list)
    for row in sorted(rows, key=lambda row: ROLE_ORDER[row.reading.role]):
        by_role[row.reading.get_role_display()].append(row)
    return [RoleGroup(role, same) for role, same in by_role.items()]


def _group(heading, materials):
    return MaterialGroup(heading, [MaterialRow(material) for material in materials])


def _heading(same_kind):
    """The kind of ``same_kind``, where labels say something else."""
    kind = same_kind[0].get_kind_display()
    if same_kind[0].kind == Material.Kind.LINK:
        return ""
    labels = {material.label.casefold().rstrip("s") for material in same_kind}
    return "" if labels <= {"", kind.casefold().rstrip("s")} else kind


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


def _holidays(course, session_rows):
    """Rows of holidays that the sessions do not already tell of."""
    dated = [row.session for row in session_rows if row.session.date]
    return [
        HolidayRow(holiday)
        for holiday in course.holidays.all()
        if not _is_told(holiday, dated)
    ]


def _is_told(holiday, sessions):
    """Whether a session says "no class" then, or every day has a session."""
    then = [s for s in sessions if holiday.starts_on <= s.date <= holiday.ends_on]
    length = (holiday.ends_on - holiday.starts_on).days + 1
    return any(s.kind == Session.Kind.NO_CLASS for s in then) or (
        len({s.date for s in then}) == length
    )


def _tell_nearest(session_rows, event):
    """Add ``event`` to the session nearest in time, within a week."""
    near = [
        (abs(row.session.starts_at - event.moment), place)
        for place, row in enumerate(session_rows)
        if row.takes_place
    ]
    if near and min(near)[0] <= NEAR:
        session_rows[min(near)[1]].events.append(event)


def _standing(course, session_rows, at):
    """How far ``course`` has come at ``at``: today's session is next until it
    ends."""
    phase = terms.phase(course, at)
    ahead = [
        (row.session.starts_at, place)
        for place, row in enumerate(session_rows)
        if row.takes_place and row.session.ends_at > at
    ]
    if phase == terms.Phase.OVER or not ahead:
        return Standing(phase)
    starts_at, place = min(ahead)
    row = session_rows[place]
    return Standing(phase, row, is_on=starts_at <= at and bool(row.slot.start_time))


def _in_order(session_rows, holiday_rows, assignment_rows, zone):
    """All rows: sessions keep their order, the others stand where their time comes.

    A holiday stands before the sessions of its first day; what is due when a
    session starts before it, what is given out then after it.
    """
    rows = list(session_rows)
    others = [
        (instants.instant(row.holiday.starts_on, time.min, zone), row)
        for row in holiday_rows
    ]
    for row in assignment_rows:
        *released, event = row.events
        others += [(event.moment, ReleaseRow(event)) for event in released]
        others.append((event.moment, row))
    for moment, other in sorted(others, key=lambda pair: pair[0]):
        is_first = other.kind == "holiday" or other.event.word == "due"
        later = (
            place
            for place, row in enumerate(rows)
            if row.kind == "session"
            and (starts_at := row.session.starts_at)
            and (starts_at > moment or (is_first and starts_at == moment))
        )
        rows.insert(next(later, len(rows)), other)
    return rows
