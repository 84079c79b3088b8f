from datetime import date, time

from django.test import TestCase

from courses.models import Session
from courses.timeline import Slot, slot_of
from tests.factories import make_course, make_meeting, make_session


class SlotTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.course = make_course()
        make_meeting(cls.course, place="Zoom")  # Wednesdays 15:00 to 17:50

    def slot(self, **fields):
        fields.setdefault("date", date(2025, 9, 3))  # a Wednesday
        return slot_of(make_session(self.course, **fields))

    def test_falls_back_to_the_meeting_of_the_weekday(self):
        self.assertEqual(self.slot(), Slot(time(15), time(17, 50), "Zoom", False))

    def test_prefers_what_the_session_says(self):
        slot = self.slot(start_time=time(16), end_time=time(18), place="Rm 4582")
        self.assertEqual(slot, Slot(time(16), time(18), "Rm 4582", True))

    def test_own_start_after_the_usual_end_leaves_the_end_open(self):
        slot = self.slot(start_time=time(19))
        self.assertEqual(slot, Slot(time(19), None, "Zoom", False))

    def test_knows_nothing_of_other_weekdays_and_unknown_dates(self):
        nothing = Slot(None, None, "", False)
        self.assertEqual(self.slot(date=date(2025, 9, 4)), nothing)
        self.assertEqual(self.slot(date=None), nothing)

    def test_no_class_has_no_time(self):
        slot = self.slot(kind=Session.Kind.NO_CLASS)
        self.assertEqual(slot, Slot(None, None, "", False))
