"""Wall-clock dates and times of a course as instants."""

from datetime import MAXYEAR, MINYEAR, UTC, datetime, time, timedelta

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _


def validate_year(value):
    """Raise ValidationError if ``value``, a date or an instant, is in a year of which
    clocks of some zone cannot show each moment."""
    if value.year in (MINYEAR, MAXYEAR):
        raise ValidationError(_("No course is held that year."), code="overflow")


def instant(date, clock, zone):
    """The aware UTC datetime at which clocks in ``zone`` show ``clock``.

    An hour that the change to summer time skips moves forward by the change;
    an hour that comes twice is the first of the two (PEP 495, ``fold=0``).
    """
    return datetime.combine(date, clock, tzinfo=zone).astimezone(UTC)


def of_session(session):
    """(starts_at, ends_at) of ``session`` in UTC; (None, None) without a date.

    Times left empty are those of its weekday's meeting, if there is just one.
    Without any known start the session takes its whole day; it never ends
    before it starts.
    """
    if session.date is None:
        return None, None
    start, end = session.start_time, session.end_time
    if (start is None or end is None) and (meeting := meeting_of(session)):
        start = meeting.start_time if start is None else start
        end = meeting.end_time if end is None else end
    zone = session.course.zone
    last = session.end_date or session.date
    if start is None:
        first_moment = instant(session.date, time.min, zone)
        return first_moment, instant(last + timedelta(days=1), time.min, zone)
    starts_at = instant(session.date, start, zone)
    ends_at = instant(last, start if end is None else end, zone)
    return starts_at, max(starts_at, ends_at)


def meeting_of(session):
    """The meeting whose time and place ``session`` falls back to, or None."""
    weekday = session.date.weekday()
    same_day = [m for m in session.course.meetings.all() if m.weekday == weekday]
    return same_day[0] if len(same_day) == 1 else None


def rewrite(course):
    """Derive and store the instants of all sessions of ``course`` anew."""
    sessions = list(course.sessions.all())
    for session in sessions:
        session.course = course
        session.starts_at, session.ends_at = of_session(session)
    course.sessions.bulk_update(sessions, ["starts_at", "ends_at"])


def follow_course(sender, instance, raw, **kwargs):
    """Receiver: a course was saved, perhaps with another time zone."""
    if not raw:
        rewrite(instance)


def follow_meeting(sender, instance, raw=False, **kwargs):
    """Receiver: a weekly meeting was saved or deleted."""
    if not raw:
        instance.course._prefetched_objects_cache = {}
        rewrite(instance.course)
