"""The rows of a schedule in time: when each is, in which order they stand, and
which of them is next."""

from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from typing import NamedTuple

from . import instants, terms
from .attached import Attached
from .models import Assignment, Holiday, Session, SessionRole, Talk

NEAR = timedelta(days=7)


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
    photo: int | None = None  # its pk, of who speaks; 0 or None: there is none

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


class Event(NamedTuple):
    """When an assignment is given out (``word`` is "out") or due ("due")."""

    word: str
    moment: datetime
    assignment: Assignment


@dataclass
class TalkRow(Attached):
    talk: Talk | None = None
    speakers: list[Name] = field(default_factory=list)

    @property
    def pictured(self):
        return [speaker for speaker in self.speakers if speaker.photo]


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


def holidays_of(course, session_rows):
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


def tell_nearest(session_rows, event):
    """Add ``event`` to the session nearest in time, within a week."""
    near = [
        (abs(row.session.starts_at - event.moment), place)
        for place, row in enumerate(session_rows)
        if row.takes_place
    ]
    if near and min(near)[0] <= NEAR:
        session_rows[min(near)[1]].events.append(event)


def standing_of(course, session_rows, at):
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


def in_order(session_rows, holiday_rows, assignment_rows, zone):
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
