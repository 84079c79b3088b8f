"""Forming teams: what holds, until when, and when several do it at once."""

from datetime import UTC, datetime, timedelta
from unittest import mock

import pytest
from django.core import mail
from django.core.exceptions import ValidationError
from django.test import RequestFactory, TestCase
from django.utils import timezone

from courses.models import AuditEntry, Enrolment
from projects import teams
from projects.models import Membership, Team, TeamInvitation
from tests import factories as make
from tests.processes import run_at_once

pytestmark = pytest.mark.both

LOCKS_AT = datetime(2999, 1, 1, 10, tzinfo=UTC)


class TeamRules(TestCase):
    """Three students of a course, and an assignment for teams of two."""

    @classmethod
    def setUpTestData(cls):
        cls.course = make.make_course()
        cls.assignment = make.make_assignment(
            cls.course, team_size=2, teams_lock_at=LOCKS_AT
        )
        cls.ada, cls.bo, cls.chi = (
            make.make_student(cls.course, email=f"{name}@example.org")
            for name in ("ada", "bo", "chi")
        )

    def request(self, user):
        request = RequestFactory().post("/")
        request.user = user
        return request

    def invite(self, user, email, assignment=None):
        with self.captureOnCommitCallbacks(execute=True):
            teams.invite(assignment or self.assignment, self.request(user), email)
        return TeamInvitation.objects.first()

    def members(self, team):
        people = team.memberships.active().values_list("person__user", flat=True)
        return set(people)

    def assert_refused(self, words, act, *args):
        with self.assertRaises(teams.Refused) as refused:
            act(*args)
        self.assertIn(words, str(refused.exception))


class StudentTests(TeamRules):
    def test_who_hands_in_alone_gets_a_team_at_the_first_hand_in(self):
        alone = make.make_assignment(self.course)
        self.assertIsNone(teams.team_of(alone, self.ada))
        team = teams.for_hand_in(alone, self.ada)
        self.assertEqual(teams.for_hand_in(alone, self.ada), team)
        self.assertEqual(self.members(team), {self.ada.pk})
        self.assertEqual((team.number, team.joining_code), (1, ""))
        self.assertEqual(teams.for_hand_in(alone, self.bo).number, 2)

    def test_alone_is_not_locked_by_the_clock(self):
        alone = make.make_assignment(self.course, teams_lock_at=timezone.now())
        self.assertTrue(teams.for_hand_in(alone, self.ada))

    def test_for_teams_none_is_made_at_hand_in(self):
        self.assertIsNone(teams.for_hand_in(self.assignment, self.ada))
        self.assertEqual(Team.objects.count(), 0)

    def test_nobody_forms_teams_where_all_are_alone(self):
        alone = make.make_assignment(self.course)
        self.assert_refused("alone", teams.create, alone, self.ada)

    def test_makes_a_team_once(self):
        team = teams.create(self.assignment, self.ada)
        self.assertEqual(teams.team_of(self.assignment, self.ada), team)
        self.assert_refused("already", teams.create, self.assignment, self.ada)
        self.assertEqual(Team.objects.count(), 1)

    def test_numbers_go_on_from_the_last(self):
        make.make_team(self.course, assignment=self.assignment, number=7)
        self.assertEqual(teams.create(self.assignment, self.ada).number, 8)

    def test_joins_by_the_code_as_it_is_typed(self):
        team = teams.create(self.assignment, self.ada)
        code = f" {team.joining_code[:4]}-{team.joining_code[4:]}".lower()
        teams.join(self.assignment, self.bo, code)
        self.assertEqual(self.members(team), {self.ada.pk, self.bo.pk})

    def test_a_full_team_takes_nobody(self):
        team = teams.create(self.assignment, self.ada)
        teams.join(self.assignment, self.bo, team.joining_code)
        code = team.joining_code
        self.assert_refused("full", teams.join, self.assignment, self.chi, code)

    def test_codes_of_other_assignments_are_as_wrong_as_any(self):
        other = make.make_assignment(self.course, team_size=2)
        code = teams.create(other, self.ada).joining_code
        for wrong in (code, "AAAAAAAA", "", "\0"):
            with self.subTest(wrong):
                self.assert_refused(
                    "No team for this assignment has this code.",
                    teams.join,
                    self.assignment,
                    self.bo,
                    wrong,
                )

    def test_codes_are_not_tried_for_ever(self):
        team = teams.create(self.assignment, self.ada)
        for _each in range(teams.MOST_CODES_AN_HOUR):
            self.assert_refused("No team", teams.join, self.assignment, self.bo, "A")
        code = team.joining_code
        self.assert_refused("wait", teams.join, self.assignment, self.bo, code)
        teams.join(self.assignment, self.chi, code)

    def test_a_renewed_code_ends_the_one_before(self):
        code = teams.create(self.assignment, self.ada).joining_code
        teams.renew_code(self.assignment, self.ada)
        self.assert_refused("No team", teams.join, self.assignment, self.bo, code)

    def test_accepts_what_was_sent_to_an_address_of_theirs(self):
        self.bo.person.email = "b.o@registry.example"
        self.bo.person.save()
        for email in ("BO@example.org", "B.O@registry.example"):
            team = teams.create(self.assignment, self.ada)
            teams.accept(self.invite(self.ada, email), self.bo)
            with self.subTest(email):
                self.assertEqual(self.members(team), {self.ada.pk, self.bo.pk})
            teams.leave(self.assignment, self.bo)
            teams.leave(self.assignment, self.ada)
        self.assertEqual(mail.outbox[0].to, ["BO@example.org"])

    def test_is_answered_once_and_by_whom_it_is_for(self):
        teams.create(self.assignment, self.ada)
        invitation = self.invite(self.ada, "bo@example.org")
        self.assert_refused("not open", teams.accept, invitation, self.chi)
        teams.decline(invitation, self.bo)
        self.assert_refused("not open", teams.accept, invitation, self.bo)
        self.assert_refused("not open", teams.decline, invitation, self.bo)
        self.assertEqual(TeamInvitation.objects.get().state, "declined")

    def test_who_dropped_the_course_accepts_nothing(self):
        teams.create(self.assignment, self.ada)
        invitation = self.invite(self.ada, "bo@example.org")
        for status in (Enrolment.Status.DROPPED, Enrolment.Status.AUDITOR):
            self.bo.person.enrolments.update(status=status)
            self.assert_refused("not open", teams.accept, invitation, self.bo)

    def test_a_full_team_leaves_the_invitation_open(self):
        team = teams.create(self.assignment, self.ada)
        invitation = self.invite(self.ada, "bo@example.org")
        teams.join(self.assignment, self.chi, team.joining_code)
        self.assert_refused("full", teams.accept, invitation, self.bo)
        invitation.refresh_from_db()
        self.assertEqual(invitation.state, "open")

    def test_invites_so_many_at_most(self):
        teams.create(self.assignment, self.ada)
        for number in range(teams.MOST_OPEN_INVITATIONS):
            self.invite(self.ada, f"{number}@example.org")
        self.assert_refused("10 open", self.invite, self.ada, "bo@example.org")
        self.invite(self.ada, "9@example.org")  # again
        self.assertEqual(TeamInvitation.objects.count(), 10)

    def test_a_team_mails_so_often_a_day_at_most(self):
        teams.create(self.assignment, self.ada)
        for _each in range(teams.MOST_MAILS_A_DAY):
            self.invite(self.ada, "bo@example.org")
        self.assert_refused("tomorrow", self.invite, self.ada, "bo@example.org")
        self.assertEqual(len(mail.outbox), teams.MOST_MAILS_A_DAY)

    def test_refuses_what_is_no_address(self):
        teams.create(self.assignment, self.ada)
        for text in ("", "bo", "bo@\0example.org", f"{'b' * 300}@example.org"):
            with self.subTest(text), self.assertRaises(ValidationError):
                self.invite(self.ada, text)

    def test_takes_back_invitations_of_the_own_team_alone(self):
        teams.create(self.assignment, self.ada)
        teams.create(self.assignment, self.chi)
        invitation = self.invite(self.ada, "bo@example.org")
        for user in (self.chi, self.bo):
            with self.assertRaises(teams.Refused):
                teams.cancel(self.assignment, user, invitation.pk)
        teams.cancel(self.assignment, self.ada, invitation.pk)
        self.assert_refused("not open", teams.accept, invitation, self.bo)

    def test_leaving_ends_a_membership_and_rewrites_none(self):
        team = teams.create(self.assignment, self.ada)
        teams.leave(self.assignment, self.ada)
        teams.create(self.assignment, self.ada)
        membership = team.memberships.get()
        self.assertGreaterEqual(membership.left_at, membership.joined_at)
        self.assertEqual(Membership.objects.active().count(), 1)

    def test_an_empty_team_takes_nobody(self):
        team = teams.create(self.assignment, self.ada)
        code, invitation = team.joining_code, self.invite(self.ada, "bo@example.org")
        teams.leave(self.assignment, self.ada)
        self.assert_refused("No team", teams.join, self.assignment, self.bo, code)
        self.assert_refused("not open", teams.accept, invitation, self.bo)

    def test_nobody_leaves_what_has_handed_something_in(self):
        team = teams.create(self.assignment, self.ada)
        make.make_submission(make.make_slot(self.assignment), team, self.ada)
        self.assert_refused("handed", teams.leave, self.assignment, self.ada)
        self.assertEqual(self.members(team), {self.ada.pk})

    def test_a_clock_set_back_ends_a_membership_all_the_same(self):
        teams.create(self.assignment, self.ada)
        earlier = timezone.now() - timedelta(hours=1)
        with mock.patch("projects.teams.timezone.now", return_value=earlier):
            teams.leave(self.assignment, self.ada)
        self.assertIsNone(teams.team_of(self.assignment, self.ada))

    def test_renames(self):
        team = teams.create(self.assignment, self.ada)
        teams.rename(self.assignment, self.ada, "  Quiet\n nodes\0 ")
        team.refresh_from_db()
        self.assertEqual(str(team), "Quiet nodes")
        with self.assertRaises(ValidationError):
            teams.rename(self.assignment, self.ada, "x" * 201)
        names = team.history.values_list("name", flat=True)
        self.assertEqual(list(names), ["Quiet nodes", ""])

    def test_the_history_keeps_no_code(self):
        teams.create(self.assignment, self.ada)
        columns = {field.name for field in Team.history.model._meta.fields}
        self.assertNotIn("joining_code", columns)

    def test_who_is_not_on_the_roster_does_nothing(self):
        for user in (
            make.make_student(self.course, Enrolment.Status.AUDITOR),
            make.make_student(make.make_course()),
            make.make_user(),
        ):
            self.assert_refused("roster", teams.create, self.assignment, user)
            alone = make.make_assignment(self.course)
            self.assert_refused("roster", teams.for_hand_in, alone, user)


class ClockTests(TeamRules):
    def test_nothing_of_it_once_teams_are_locked(self):
        team = teams.create(self.assignment, self.ada)
        invitation = self.invite(self.ada, "bo@example.org")
        acts = [
            (teams.create, self.assignment, self.bo),
            (teams.join, self.assignment, self.bo, team.joining_code),
            (teams.accept, invitation, self.bo),
            (teams.same_as_before, self.assignment, self.request(self.bo)),
            (teams.invite, self.assignment, self.request(self.ada), "c@example.org"),
            (teams.cancel, self.assignment, self.ada, invitation.pk),
            (teams.rename, self.assignment, self.ada, "New"),
            (teams.renew_code, self.assignment, self.ada),
            (teams.leave, self.assignment, self.ada),
        ]
        invitation.expires_at = LOCKS_AT + timedelta(days=1)
        invitation.save()
        with mock.patch("projects.teams.timezone.now", return_value=LOCKS_AT):
            for act, *args in acts:
                with self.subTest(act.__name__):
                    self.assert_refused("locked", act, *args)
        teams.accept(invitation, self.bo)

    def test_without_a_moment_of_their_own_they_lock_when_due(self):
        self.assignment.teams_lock_at = None
        self.assertIsNone(teams.locks_at(self.assignment))
        self.assertFalse(teams.are_locked(self.assignment))
        self.assignment.due_at = LOCKS_AT
        self.assertEqual(teams.locks_at(self.assignment), LOCKS_AT)


class SameAsBeforeTests(TeamRules):
    @classmethod
    def setUpTestData(cls):
        super().setUpTestData()
        cls.unreached = make.make_person("Di Paper")
        make.make_enrolment(cls.course, cls.unreached)
        cls.gone = make.make_student(cls.course, email="gone@example.org")
        for due_on, members in (
            (1, [cls.ada, cls.chi]),
            (2, [cls.ada, cls.bo, cls.gone]),
        ):
            before = make.make_assignment(
                cls.course, team_size=3, due_at=datetime(2025, 9, due_on, tzinfo=UTC)
            )
            people = [each.person for each in members]
            cls.before = make.make_team(
                cls.course, people, assignment=before, name="Nets"
            )
        Membership.objects.create(team=cls.before, person=cls.unreached)
        cls.gone.person.enrolments.update(status=Enrolment.Status.DROPPED)

    def test_invites_who_was_in_the_last_one_by_name(self):
        with self.captureOnCommitCallbacks(execute=True):
            team, unreached = teams.same_as_before(
                self.assignment, self.request(self.ada)
            )
        self.assertEqual((team.name, unreached), ("Nets", [self.unreached]))
        self.assertEqual([each.to for each in mail.outbox], [["bo@example.org"]])
        [invitation] = team.invitations.all()
        self.assertEqual(invitation.shown_as, self.bo.person.name)
        typed = self.invite(self.ada, "bo@example.org")
        self.assertEqual(typed.shown_as, "bo@example.org")  # it may be anyone's
        teams.accept(invitation, self.bo)
        self.assertEqual(self.members(team), {self.ada.pk, self.bo.pk})

    def test_needs_one(self):
        stranger = make.make_student(self.course)
        request = self.request(stranger)
        self.assert_refused("before", teams.same_as_before, self.assignment, request)


class StaffTests(TeamRules):
    @classmethod
    def setUpTestData(cls):
        super().setUpTestData()
        cls.team, cls.other = (
            make.make_team(cls.course, [user.person], assignment=cls.assignment)
            for user in (cls.ada, cls.bo)
        )

    def reasons(self, team):
        history = Membership.history.filter(team=team).order_by("history_id")
        return list(history.values_list("history_type", "history_change_reason"))

    def test_adds_beyond_the_size(self):
        teams.add_member(self.team, "Late.", self.chi.person)
        self.assertFalse(teams.is_over(self.team))
        teams.add_member(self.team, "Visitor.", name="DU, Yipai")
        self.assertTrue(teams.is_over(self.team))
        said = [("+", None), ("+", "Late."), ("+", "Visitor.")]
        self.assertEqual(self.reasons(self.team), said)
        entry = AuditEntry.objects.filter(action="roster").first()
        self.assertEqual(
            (entry.course, entry.words),
            (self.course, "Into Team 1: DU, Yipai. Visitor."),
        )

    def test_adds_nobody_twice(self):
        for team in (self.team, self.other):
            self.assert_refused(
                "is in Team 1 already", teams.add_member, team, "?", self.ada.person
            )

    def test_moving_ends_one_membership_and_opens_another(self):
        membership = self.team.memberships.get()
        make.make_submission(make.make_slot(self.assignment), self.team, self.ada)
        teams.move_member(membership, self.other, "Quarrel.")
        self.assertEqual(self.members(self.team), set())
        self.assertEqual(self.members(self.other), {self.ada.pk, self.bo.pk})
        membership.refresh_from_db()
        self.assertTrue(membership.left_at)
        self.assertEqual(self.reasons(self.team), [("+", None), ("~", "Quarrel.")])
        self.assertEqual(self.reasons(self.other), [("+", None), ("+", "Quarrel.")])

    def test_an_emptied_team_takes_nobody(self):
        teams.renew_code(self.assignment, self.ada)
        teams.remove_member(self.team.memberships.get(), "Dropped.")
        self.team.refresh_from_db()
        self.assertEqual(self.team.joining_code, "")

    def test_removes_once(self):
        membership = self.team.memberships.get()
        teams.remove_member(membership, "Dropped.")
        self.assert_refused("left", teams.remove_member, membership, "Dropped.")


# Several at once

BEGIN = """
from django.test import RequestFactory
from courses.models import Assignment, User
from projects import teams
from projects.models import Team, TeamInvitation
assignment = Assignment.objects.get(title="{title}")
user = User.objects.get(email="{email}")
try:
    {act}
    print("done")
except teams.Refused:
    print("refused")
"""


def at_once(title, acts):
    """What came of ``acts``, {address: code}, sorted."""
    codes = [
        BEGIN.format(title=title, email=email, act=act) for email, act in acts.items()
    ]
    answers = run_at_once(*codes)
    assert [code for code, _said in answers] == [0] * len(acts), answers
    return sorted(said.strip() for _code, said in answers)


@pytest.mark.django_db(transaction=True)
def test_the_size_holds_when_several_come_at_once():
    course = make.make_course()
    assignment = make.make_assignment(course, title="Nets", team_size=3)
    ada = make.make_student(course)
    emails = [f"{number}@example.org" for number in range(4)]
    for email in emails:
        make.make_student(course, email=email)
    team = teams.create(assignment, ada)
    acts = {}
    for email in emails[:2]:
        invitation = make.make_team_invitation(team, email=email, token_hash=email)
        get = f"TeamInvitation.objects.get(pk={invitation.pk})"
        acts[email] = f"teams.accept({get}, user)"
    for email in emails[2:]:
        acts[email] = f"teams.join(assignment, user, '{team.joining_code}')"
    assert at_once("Nets", acts) == ["done", "done", "refused", "refused"]
    assert team.memberships.active().count() == 3


@pytest.mark.django_db(transaction=True)
def test_teams_made_at_once_have_their_own_numbers():
    course = make.make_course()
    make.make_assignment(course, title="Nets", team_size=3)
    emails = [f"{number}@example.org" for number in range(3)]
    for email in emails:
        make.make_student(course, email=email)
    acts = dict.fromkeys(emails, "teams.create(assignment, user)")
    assert at_once("Nets", acts) == ["done"] * 3
    assert sorted(Team.objects.values_list("number", flat=True)) == [1, 2, 3]


@pytest.mark.django_db(transaction=True)
def test_one_student_at_once_twice_is_one_team():
    course = make.make_course()
    make.make_assignment(course, title="Diary")
    make.make_student(course, email="ada@example.org")
    code = BEGIN.format(
        title="Diary",
        email="ada@example.org",
        act="print(teams.for_hand_in(assignment, user).pk)",
    )
    answers = run_at_once(code, code, code)
    assert len(set(answers)) == 1, answers
    assert Team.objects.count() == Membership.objects.count() == 1
