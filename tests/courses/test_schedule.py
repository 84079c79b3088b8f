from datetime import UTC, date, datetime, time

from django.contrib.auth.models import AnonymousUser
from django.test import TestCase

from courses import reading_list, schedule
from courses.access import Visibility
from courses.models import Session
from courses.terms import Phase
from courses.timeline import Event
from tests.factories import (
    make_announcement,
    make_appearance,
    make_assignment,
    make_author,
    make_course,
    make_course_role,
    make_file,
    make_gallery,
    make_holiday,
    make_material,
    make_meeting,
    make_paper,
    make_person,
    make_presentation,
    make_reading,
    make_section,
    make_session,
    make_session_role,
    make_superuser,
    make_talk,
)

ANYONE = AnonymousUser()


def rows_of(course, user=ANYONE):
    """What each row of the schedule is about, in order."""
    rows = schedule.of_course(course, user).rows
    return [getattr(row, row.kind, None) or row.event for row in rows]


class OrderOfRowsTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.course = make_course(time_zone="Asia/Hong_Kong")

    def test_sessions_stand_by_position_whatever_their_dates(self):
        second = make_session(self.course, position=2, date=date(2025, 9, 3))
        first = make_session(self.course, position=1, date=date(2025, 9, 10))
        undated = make_session(self.course, position=3)
        self.assertEqual(rows_of(self.course), [first, second, undated])

    def test_holiday_stands_where_its_first_day_comes(self):
        before = make_session(self.course, date=date(2025, 9, 24))
        after = make_session(self.course, date=date(2025, 10, 8))
        holiday = make_holiday(
            self.course, starts_on=date(2025, 10, 1), ends_on=date(2025, 10, 3)
        )
        self.assertEqual(rows_of(self.course), [before, holiday, after])

    def test_holiday_is_no_row_where_a_session_stands_that_day(self):
        session = make_session(self.course, date=date(2025, 10, 1))
        make_holiday(self.course, starts_on=date(2025, 10, 1))
        self.assertEqual(rows_of(self.course), [session])

    def test_longer_holiday_is_no_row_where_a_session_says_no_class(self):
        session = make_session(
            self.course, date=date(2025, 10, 2), kind=Session.Kind.NO_CLASS
        )
        make_holiday(
            self.course, starts_on=date(2025, 10, 1), ends_on=date(2025, 10, 3)
        )
        self.assertEqual(rows_of(self.course), [session])

    def test_assignment_is_due_after_sessions_of_its_day_in_the_zone(self):
        before = make_session(self.course, date=date(2025, 10, 1))
        same_day = make_session(self.course, date=date(2025, 10, 8))
        after = make_session(self.course, date=date(2025, 10, 9))
        # Already the 8th in Hong Kong.
        due = make_assignment(
            self.course, due_at=datetime(2025, 10, 7, 16, 30, tzinfo=UTC)
        )
        self.assertEqual(rows_of(self.course), [before, same_day, due, after])

    def test_what_is_due_when_all_is_over_comes_last(self):
        session = make_session(self.course, date=date(2025, 10, 1))
        due = make_assignment(
            self.course, due_at=datetime(2025, 12, 24, 15, 59, tzinfo=UTC)
        )
        self.assertEqual(rows_of(self.course), [session, due])

    def test_what_is_due_at_the_start_comes_before_and_what_is_out_after(self):
        starts_at = datetime(2025, 10, 8, 7, 0, tzinfo=UTC)
        session = make_session(self.course, date=date(2025, 10, 8), start_time=time(15))
        due = make_assignment(
            self.course, opens_at=datetime(2025, 10, 1, tzinfo=UTC), due_at=starts_at
        )
        out = make_assignment(self.course, opens_at=starts_at)
        released = Event("out", due.opens_at, due)
        self.assertEqual(rows_of(self.course), [released, due, session, out])

    def test_assignments_without_a_date_are_kept_apart(self):
        undated = make_assignment(self.course)
        page = schedule.of_course(self.course, ANYONE)
        self.assertEqual(page.rows, [])
        self.assertEqual(
            [row.assignment for row in page.undated_assignments], [undated]
        )

    def test_hidden_rows_are_no_rows(self):
        shown = make_session(self.course)
        make_session(self.course, visibility=Visibility.MEMBERS)
        make_session(self.course, visibility=Visibility.STAFF)
        make_assignment(  # not out yet
            self.course,
            opens_at=datetime(2999, 1, 1, tzinfo=UTC),
            due_at=datetime(2999, 2, 1, tzinfo=UTC),
        )
        self.assertEqual(rows_of(self.course), [shown])
        staff_rows = rows_of(self.course, make_superuser())
        self.assertEqual(len(staff_rows), 5)  # the assignment is given out and due


class NamesTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.course = make_course()
        cls.session = make_session(cls.course)

    def test_people_of_the_course_by_role(self):
        make_course_role(self.course, make_person("Tea"), role="assistant", position=2)
        make_course_role(self.course, make_person("Yuan Yao"), position=1)
        page = schedule.of_course(self.course, ANYONE)
        self.assertEqual(
            [
                (role, [name.name for name in names])
                for role, names in page.people_by_role
            ],
            [("instructor", ["Yuan Yao"]), ("teaching assistant", ["Tea"])],
        )

    def test_session_prints_names_as_given_there_or_in_the_course(self):
        yao, guest, scribe = map(make_person, ["Yuan Yao", "Can YANG", "GU, Hanlin"])
        make_course_role(self.course, yao, name_as_printed="Y.Y.")
        make_session_role(self.session, guest, position=2, name_as_printed="Prof. YANG")
        make_session_role(self.session, yao, position=1)
        make_session_role(self.session, scribe, role="scribe")
        row = schedule.of_session(self.session, ANYONE)
        self.assertEqual(
            [name.text for name in row.instructors], ["Y.Y.", "Prof. YANG"]
        )
        self.assertEqual([name.text for name in row.scribes], ["GU, Hanlin"])
        self.assertEqual(row.chairs, [])

    def test_speaker_is_as_printed_that_day_or_as_known(self):
        talk = make_talk(self.session)
        known = {"affiliation": "OSU", "homepage": "https://example.org/now"}
        make_appearance(talk, make_person("Misha", **known), position=1)
        make_appearance(
            talk,
            make_person("Mikhail Belkin", **known),
            position=2,
            name="BELKIN, M.",
            affiliation="UCSD",
            homepage="https://example.org/then",
        )
        (row,) = schedule.of_session(self.session, ANYONE).talks
        self.assertEqual(
            [(name.text, name.affiliation, name.homepage) for name in row.speakers],
            [
                ("Misha", "OSU", "https://example.org/now"),
                ("BELKIN, M.", "UCSD", "https://example.org/then"),
            ],
        )


class AttachedTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.course = make_course()
        cls.session = make_session(cls.course)
        cls.talk = make_talk(cls.session)
        cls.assignment = make_assignment(cls.course)
        cls.owners = [cls.course, cls.session, cls.talk, cls.assignment]
        for owner in cls.owners:
            make_material(owner, label=f"of {owner._meta.model_name}")
            make_reading(owner, text=f"of {owner._meta.model_name}")

    def test_everything_stands_with_its_owner(self):
        page = schedule.of_course(self.course, ANYONE)
        (session,) = page.rows
        (talk,) = session.talks
        (assignment,) = page.undated_assignments
        for name, row in {
            "course": page,
            "session": session,
            "talk": talk,
            "assignment": assignment,
        }.items():
            with self.subTest(name):
                labels = [m.material.label for g in row.materials for m in g.materials]
                texts = [r.reading.text for r in row.readings]
                self.assertEqual((labels, texts), ([f"of {name}"], [f"of {name}"]))

    def test_session_alone_has_what_its_row_has(self):
        make_material(make_session(self.course), label="of another session")
        row = schedule.of_session(self.session, ANYONE)
        labels = [m.material.label for g in row.materials for m in g.materials]
        texts = [r.reading.text for r in row.all_readings]
        self.assertEqual((labels, texts), (["of session"], ["of session", "of talk"]))

    def test_hidden_materials_and_talks_are_left_out(self):
        make_talk(self.session, visibility=Visibility.STAFF)
        make_material(self.session, visibility=Visibility.MEMBERS)
        (row,) = schedule.of_course(self.course, ANYONE).rows
        self.assertEqual([talk.talk for talk in row.talks], [self.talk])
        self.assertEqual(len(row.materials), 1)

    def test_required_readings_are_apart_and_others_by_role(self):
        make_reading(self.session, role="background", text="perhaps")
        make_reading(self.talk, role="required", text="must")
        row = schedule.of_session(self.session, ANYONE)
        self.assertEqual(
            [
                [r.reading.text for r in readings]
                for readings in (row.required_readings, row.other_readings)
            ],
            [["must"], ["of session", "of talk", "perhaps"]],
        )

    def test_rows_of_the_app_above_stand_with_their_session(self):
        presentation = make_presentation(self.session)
        gallery = make_gallery(self.course, session=self.session)
        make_gallery(self.course, state="draft")  # could leak
        page = schedule.of_course(self.course, ANYONE)
        self.assertEqual(page.rows[0].presentations, [presentation])
        self.assertEqual(page.rows[0].galleries, [gallery])
        self.assertEqual(page.galleries, [gallery])


class EventTests(TestCase):
    def test_nearest_session_within_a_week_tells_of_it(self):
        course = make_course()
        near, later = (
            make_session(course, date=date(2025, 10, day), start_time=time(15))
            for day in (1, 8)
        )
        make_session(course, date=date(2025, 10, 2), status="cancelled")
        make_session(course, date=date(2025, 10, 2), kind=Session.Kind.NO_CLASS)
        make_session(course)
        assignment = make_assignment(
            course,
            opens_at=datetime(2025, 10, 2, tzinfo=UTC),
            due_at=datetime(2025, 10, 15, 14, tzinfo=UTC),
        )
        make_assignment(course, due_at=datetime(2025, 10, 15, 16, tzinfo=UTC))
        found = {
            row.session: [(event.word, event.assignment) for event in row.events]
            for row in schedule.of_course(course, ANYONE).rows
            if row.kind == "session" and row.events
        }
        self.assertEqual(
            found, {near: [("out", assignment)], later: [("due", assignment)]}
        )


class StandingTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.course = make_course(
            time_zone="Asia/Hong_Kong",
            starts_on=date(2025, 9, 1),
            ends_on=date(2025, 9, 30),
        )
        make_meeting(cls.course)  # Wednesdays 15:00 to 17:50, 7:00 to 9:50 UTC
        make_session(cls.course, date=date(2025, 9, 3), status="cancelled")
        cls.first = make_session(cls.course, date=date(2025, 9, 10))
        make_session(cls.course)
        cls.last = make_session(cls.course, date=date(2025, 9, 18))  # all day

    def standing(self, *moment):
        """(phase, session, whether it is on) at a moment given in UTC."""
        at = datetime(*moment, tzinfo=UTC)
        found = schedule.of_course(self.course, ANYONE, at).standing
        return found.phase, found.row and found.row.session, found.is_on

    def test_day_is_that_of_the_zone_of_the_course(self):
        before = self.standing(2025, 8, 31, 15, 59)
        self.assertEqual(before, (Phase.UPCOMING, self.first, False))
        self.assertEqual(
            self.standing(2025, 8, 31, 16, 0), (Phase.NOW, self.first, False)
        )

    def test_session_of_today_is_next_until_it_ends(self):
        for moment, session, is_on in (
            ((2025, 9, 10, 6, 59), self.first, False),
            ((2025, 9, 10, 7, 0), self.first, True),
            ((2025, 9, 10, 9, 49), self.first, True),
            ((2025, 9, 10, 9, 50), self.last, False),
            ((2025, 9, 18, 15, 59), self.last, False),  # nobody knows when
            ((2025, 9, 18, 16, 0), None, False),
        ):
            with self.subTest(moment):
                self.assertEqual(self.standing(*moment), (Phase.NOW, session, is_on))

    def test_nothing_is_next_when_the_course_is_over(self):
        self.last.date = date(2025, 10, 20)
        self.last.save()
        over = (Phase.OVER, None, False)
        self.assertEqual(self.standing(2025, 9, 30, 16, 0), over)


class NoticesTests(TestCase):
    def test_pinned_then_newest_announcements_and_sections_by_position(self):
        course = make_course()
        make_section(course, heading="Second", position=2)
        make_section(course, heading="First", position=1)
        make_section(course, heading="Hidden", visibility=Visibility.STAFF)
        for title, day, pinned in [
            ("old", 1, False),
            ("new", 9, False),
            ("pin", 5, True),
        ]:
            make_announcement(
                course,
                title=title,
                published_at=datetime(2025, 9, day, tzinfo=UTC),
                is_pinned=pinned,
            )
        make_announcement(
            course, title="later", published_at=datetime(2999, 1, 1, tzinfo=UTC)
        )
        page = schedule.of_course(course, ANYONE)
        announced = [(n.heading, n.is_to_come) for n in page.announcements]
        self.assertEqual(announced, [("pin", False), ("new", False), ("old", False)])
        self.assertEqual([n.heading for n in page.sections], ["First", "Second"])
        page = schedule.of_course(course, make_superuser())
        self.assertIn(
            ("later", True), [(n.heading, n.is_to_come) for n in page.announcements]
        )


class NeighboursTests(TestCase):
    def test_are_those_the_reader_may_open(self):
        course = make_course()
        first = make_session(course)
        make_session(course, visibility=Visibility.STAFF)
        last = make_session(course)
        self.assertEqual(schedule.neighbours(first, ANYONE), (None, last))
        self.assertEqual(schedule.neighbours(last, ANYONE), (first, None))


class ReadingListTests(TestCase):
    def test_groups_by_session_then_role(self):
        course = make_course()
        make_session(course)  # nothing to read
        session = make_session(course)
        assignment = make_assignment(course)
        paper = make_paper([make_author("Papyan", given_name="Vardan")])
        make_reading(make_talk(session), paper=paper, role="background")
        make_reading(session, text="must", role="required")
        make_reading(assignment, text="for homework")
        make_reading(course, text="a book")
        hidden = make_session(course, visibility=Visibility.STAFF)
        make_reading(hidden, text="secret")
        found = [
            (
                group.owner,
                [
                    (
                        role.role,
                        [(str(r.reading), r.all_authors) for r in role.readings],
                    )
                    for role in group.roles
                ],
            )
            for group in reading_list.of_course(course, ANYONE)
        ]
        self.assertEqual(
            found,
            [
                (course, [("recommended", [("a book", [])])]),
                (
                    session,
                    [
                        ("required", [("must", [])]),
                        ("background", [("Paper 1", ["Vardan Papyan"])]),
                    ],
                ),
                (assignment, [("recommended", [("for homework", [])])]),
            ],
        )


class QueryCountTests(TestCase):
    """Twelve for the page with the course itself and its meetings."""

    @classmethod
    def setUpTestData(cls):
        cls.course = make_course()
        make_meeting(cls.course)
        make_holiday(cls.course)
        make_section(cls.course)
        make_announcement(cls.course)
        make_course_role(cls.course)

    def add_session(self):
        session = make_session(self.course, date=date(2025, 9, 3))
        make_session_role(session)
        talk = make_talk(session, make_person())
        for owner in (session, talk, make_assignment(self.course)):
            make_material(owner, file=make_file())
            make_reading(owner, paper=make_paper([make_author()]))
        make_presentation(session)
        make_gallery(self.course, session=session)

    def test_does_not_grow_with_sessions(self):
        url = self.course.get_absolute_url()
        for sessions in (1, 3, 26):
            while self.course.sessions.count() < sessions:
                self.add_session()
            with self.subTest(sessions=sessions), self.assertNumQueries(12):
                self.client.get(url)

    def test_of_a_session_page_does_not_grow(self):
        for _ in (1, 2, 3):
            self.add_session()
        session = self.course.sessions.first()
        with self.assertNumQueries(11):
            self.client.get(session.get_absolute_url())
        for _ in (1, 2, 3):
            talk = make_talk(session, make_person())
            make_material(talk, file=make_file())
            make_reading(talk, paper=make_paper([make_author()]))
        with self.assertNumQueries(11):
            self.client.get(session.get_absolute_url())
