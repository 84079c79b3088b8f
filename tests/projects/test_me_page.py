"""One's own page: what is to be handed in, and what was."""

from datetime import UTC, datetime, timedelta
from unittest import mock

import pytest
from django.test import TestCase
from django.urls import reverse
from django.utils import timezone

from tests import factories as make
from tests.admin_pages import count_queries
from tests.pages import links, words

pytestmark = pytest.mark.both

URL = reverse("projects:me")
NOW = datetime(2026, 10, 8, 12, 0, tzinfo=UTC)


class MePageTests(TestCase):
    def setUp(self):
        self.course = make.make_course(title="Networks", time_zone="Asia/Hong_Kong")
        self.user = make.make_student(self.course)
        self.client.force_login(self.user)

    def ask(self, title, days, **fields):
        """A slot of an assignment due so many ``days`` from now, and a team for it."""
        assignment = make.make_assignment(
            self.course, title=title, due_at=NOW + timedelta(days=days), **fields
        )
        people = [self.user.person, "Bo"]
        team = make.make_team(self.course, people, assignment=assignment)
        return make.make_slot(assignment), team

    def get(self):
        with mock.patch.object(timezone, "now", return_value=NOW):
            return self.client.get(URL)

    def deadlines(self):
        return words(self.get(), "[aria-labelledby=deadlines] li")

    def test_says_what_is_due_the_soonest_first_and_what_is_over_last(self):
        for title, days in (("Over", -2), ("Late", -1), ("Far", 9), ("Soon", 1)):
            until = NOW + timedelta(days=1) if title == "Late" else None
            self.ask(title, days, accepted_until=until)
        said = self.deadlines()
        self.assertEqual(
            [each.split()[0] for each in said], ["Late", "Soon", "Far", "Over"]
        )
        self.assertIn(
            "Soon Nothing received yet; due Fri 9 Oct 2026 20:00 (Hong Kong time), "
            "in 1 day. Networks Team: Stu Dent; Bo",
            said[1],
        )
        self.assertIn(
            "nothing was taken after Tue 6 Oct 2026 20:00 (Hong Kong time).", said[3]
        )

    def test_shows_nothing_of_what_is_asked_of_others(self):
        self.ask("Mine", 1)
        self.ask("Not out", 3, opens_at=NOW + timedelta(days=2))
        make.make_assignment(self.course, title="Without slots")
        make.make_slot(make.make_assignment(title="Elsewhere"))
        [mine] = self.deadlines()
        self.assertIn("Mine", mine)

    def test_gives_back_exactly_what_was_sent(self):
        slot, team = self.ask("Project", 1)
        file = make.make_file(make.PDF, "report.pdf")
        mine = make.make_submission(
            slot, team, self.user, file=file, received_at=NOW - timedelta(hours=1)
        )
        theirs = make.make_team(self.course, assignment=slot.assignment, number=9)
        make.make_submission(slot, theirs)
        make.make_course_role(self.course, self.user.person)  # sees it, but elsewhere
        found = links(self.get(), "[aria-labelledby=deliveries] a")
        self.assertEqual(
            found,
            [
                ("Thu 8 Oct 2026 19:00:00", mine.delivery.get_absolute_url()),
                ("report.pdf", mine.get_absolute_url()),
            ],
        )
        response = self.client.get(mine.get_absolute_url())
        self.assertEqual(b"".join(response), make.PDF)

    def test_says_nothing_of_handing_in_to_who_does_not(self):
        self.client.force_login(make.make_instructor(self.course))
        response = self.get()
        self.assertNotContains(response, "My deadlines")
        self.assertNotContains(response, "What I handed in")

    def test_asks_a_fixed_number_of_queries(self):
        counts = []
        for number in range(1, 4):
            slot, team = self.ask(f"Project {number}", number)
            for _ in range(number):
                make.make_submission(slot, team, self.user)
            counts.append(count_queries(self.client, URL))
        self.assertEqual(counts, [counts[0]] * 3)
