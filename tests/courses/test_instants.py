from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

import pytest
from django.test import TestCase

from courses import instants
from courses.models import Course, Session
from tests.factories import make_course, make_meeting, make_session

pytestmark = pytest.mark.both

MONDAY = date(2025, 9, 1)


def utc(*parts):
    return datetime(*parts, tzinfo=UTC)


@pytest.mark.parametrize(
    ("zone", "day", "clock", "expected"),
    [
        # weekly at 15:00 across the change to winter and to summer time
        ("Europe/Berlin", date(2025, 10, 22), time(15), utc(2025, 10, 22, 13)),
        ("Europe/Berlin", date(2025, 10, 29), time(15), utc(2025, 10, 29, 14)),
        ("Europe/Berlin", date(2026, 3, 25), time(15), utc(2026, 3, 25, 14)),
        ("Europe/Berlin", date(2026, 4, 1), time(15), utc(2026, 4, 1, 13)),
        # the same south of the equator, where seasons are the other way round
        ("Australia/Sydney", date(2025, 10, 1), time(15), utc(2025, 10, 1, 5)),
        ("Australia/Sydney", date(2025, 10, 8), time(15), utc(2025, 10, 8, 4)),
        ("Australia/Sydney", date(2026, 4, 1), time(15), utc(2026, 4, 1, 4)),
        ("Australia/Sydney", date(2026, 4, 8), time(15), utc(2026, 4, 8, 5)),
        # a zone without changes
        ("Asia/Hong_Kong", date(2025, 10, 29), time(15), utc(2025, 10, 29, 7)),
        # 02:30 does not exist that day: clocks show 03:30 then
        ("Europe/Berlin", date(2026, 3, 29), time(2, 30), utc(2026, 3, 29, 1, 30)),
        ("Australia/Sydney", date(2025, 10, 5), time(2, 30), utc(2025, 10, 4, 16, 30)),
        # 02:30 comes twice that day: the first is meant
        ("Europe/Berlin", date(2025, 10, 26), time(2, 30), utc(2025, 10, 26, 0, 30)),
        ("Australia/Sydney", date(2026, 4, 5), time(2, 30), utc(2026, 4, 4, 15, 30)),
    ],
)
def test_instant_of_a_wall_clock(zone, day, clock, expected):
    moment = instants.instant(day, clock, ZoneInfo(zone))
    assert (moment, moment.utcoffset()) == (expected, UTC.utcoffset(None))


class SessionInstantTests(TestCase):
    """What a session stores, on a Monday in September (Berlin is two hours ahead)."""

    @classmethod
    def setUpTestData(cls):
        cls.course = make_course(time_zone="Europe/Berlin")

    def assert_stored(self, expected, **fields):
        fields.setdefault("date", MONDAY)
        session = make_session(self.course, **fields)
        stored = Session.objects.values_list("starts_at", "ends_at").get(pk=session.pk)
        self.assertEqual(stored, expected)

    def test_its_own_times(self):
        self.assert_stored(
            (utc(2025, 9, 1, 13), utc(2025, 9, 1, 14, 30)),
            start_time=time(15),
            end_time=time(16, 30),
        )

    def test_none_while_the_date_is_unknown(self):
        make_meeting(self.course, weekday=0)
        self.assert_stored((None, None), date=None, start_time=time(15))

    def test_past_midnight_with_a_last_day(self):
        self.assert_stored(
            (utc(2025, 9, 1, 20), utc(2025, 9, 1, 23)),
            end_date=date(2025, 9, 2),
            start_time=time(22),
            end_time=time(1),
        )

    def test_whole_days_without_times(self):
        self.assert_stored(
            (utc(2025, 8, 31, 22), utc(2025, 9, 3, 22)), end_date=date(2025, 9, 3)
        )

    def test_whole_day_of_a_clock_change_has_25_hours(self):
        self.assert_stored(
            (utc(2025, 10, 25, 22), utc(2025, 10, 26, 23)), date=date(2025, 10, 26)
        )

    def test_times_of_its_weekdays_meeting(self):
        make_meeting(self.course, weekday=0, start_time=time(10), end_time=time(12))
        make_meeting(self.course, weekday=2, start_time=time(15), end_time=time(17))
        self.assert_stored((utc(2025, 9, 1, 8), utc(2025, 9, 1, 10)))

    def test_each_empty_time_is_the_meetings(self):
        make_meeting(self.course, weekday=0, start_time=time(10), end_time=time(12))
        self.assert_stored(
            (utc(2025, 9, 1, 9), utc(2025, 9, 1, 10)), start_time=time(11)
        )
        self.assert_stored((utc(2025, 9, 1, 8), utc(2025, 9, 1, 9)), end_time=time(11))

    def test_whole_day_if_two_meetings_share_its_weekday(self):
        make_meeting(self.course, weekday=0, start_time=time(10), end_time=time(12))
        make_meeting(self.course, weekday=0, start_time=time(15), end_time=time(17))
        self.assert_stored((utc(2025, 8, 31, 22), utc(2025, 9, 1, 22)))

    def test_start_alone_has_no_length(self):
        self.assert_stored(
            (utc(2025, 9, 1, 13), utc(2025, 9, 1, 13)), start_time=time(15)
        )

    def test_never_ends_before_it_starts(self):
        make_meeting(self.course, weekday=0, start_time=time(10), end_time=time(12))
        self.assert_stored(  # begins after the meeting whose end it takes
            (utc(2025, 9, 1, 16), utc(2025, 9, 1, 16)), start_time=time(18)
        )
        self.assert_stored(  # the missing 02:30 is 03:30, after 03:15
            (utc(2026, 3, 29, 1, 30), utc(2026, 3, 29, 1, 30)),
            date=date(2026, 3, 29),
            start_time=time(2, 30),
            end_time=time(3, 15),
        )


class RewritingTests(TestCase):
    """A session without times of its own, and what happens around it."""

    @classmethod
    def setUpTestData(cls):
        course = make_course(time_zone="Europe/Berlin")
        cls.meeting = make_meeting(
            course, weekday=0, start_time=time(10), end_time=time(12)
        )
        cls.pk = make_session(course, date=MONDAY).pk
        make_session(course)  # without a date
        cls.elsewhere = make_session(date=MONDAY, start_time=time(10))

    def setUp(self):
        self.course = Course.objects.get(pk=self.meeting.course_id)

    def assert_stored(self, *expected):
        stored = Session.objects.values_list("starts_at", "ends_at").get(pk=self.pk)
        self.assertEqual(stored, expected)

    def test_as_made(self):
        self.assert_stored(utc(2025, 9, 1, 8), utc(2025, 9, 1, 10))

    def test_when_the_zone_changes(self):
        self.course.time_zone = "Asia/Hong_Kong"
        self.course.save()
        self.assert_stored(utc(2025, 9, 1, 2), utc(2025, 9, 1, 4))

    def test_when_the_meeting_changes(self):
        meeting = self.course.meetings.get()
        meeting.start_time, meeting.end_time = time(14), time(15)
        meeting.save()
        self.assert_stored(utc(2025, 9, 1, 12), utc(2025, 9, 1, 13))

    def test_when_the_meeting_moves_to_another_day(self):
        meeting = self.course.meetings.get()
        meeting.weekday = 3
        meeting.save()
        self.assert_stored(utc(2025, 8, 31, 22), utc(2025, 9, 1, 22))

    def test_when_a_second_meeting_comes(self):
        make_meeting(self.course, weekday=0, start_time=time(14), end_time=time(15))
        self.assert_stored(utc(2025, 8, 31, 22), utc(2025, 9, 1, 22))

    def test_when_the_meeting_is_deleted(self):
        self.course.meetings.get().delete()
        self.assert_stored(utc(2025, 8, 31, 22), utc(2025, 9, 1, 22))

    def test_uses_no_rows_loaded_before(self):
        course = Course.objects.prefetch_related("meetings", "sessions").get(
            pk=self.course.pk
        )
        meeting = course.meetings.all()[0]
        meeting.start_time = time(11)
        meeting.save()
        course.save()
        self.assert_stored(utc(2025, 9, 1, 9), utc(2025, 9, 1, 10))

    def test_leaves_other_courses_alone(self):
        self.course.time_zone = "Asia/Hong_Kong"
        self.course.save()
        self.elsewhere.refresh_from_db()
        self.assertEqual(self.elsewhere.starts_at, utc(2025, 9, 1, 10))

    def test_a_course_with_meetings_can_be_deleted(self):
        self.course.delete()
        self.assertFalse(Session.objects.filter(pk=self.pk).exists())
