"""Pages of teams: who sees what, and that nobody learns who is on a roster."""

import re
from datetime import UTC, datetime

import pytest
from django.core import mail
from django.test import Client, TestCase
from django.urls import reverse
from django.utils import timezone
from selectolax.lexbor import LexborHTMLParser

from courses.models import AuditEntry, Enrolment
from projects import teams
from projects.models import TeamInvitation
from tests import factories as make

pytestmark = pytest.mark.both

SENT = "If this address is on the roster, a mail is on its way."


def words(response):
    main = LexborHTMLParser(response.text).css_first("main")
    return " ".join(main.text(separator=" ").split())


def messages(response):
    found = LexborHTMLParser(response.text).css(".message")
    return [each.text().strip() for each in found]


class TeamPages(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.course = make.make_course(time_zone="Asia/Hong_Kong", title="Networks")
        cls.assignment = make.make_assignment(
            cls.course,
            title="Essay",
            team_size=3,
            teams_lock_at=datetime(2999, 1, 1, 10, tzinfo=UTC),
        )
        cls.url = reverse("projects:team", args=[cls.assignment.pk])
        cls.ada = cls.student("Ada Bo", "ada@example.org", "20990001")
        cls.bo = cls.student("Bo Chi", "bo@example.org", "20990002")
        cls.team = teams.create(cls.assignment, cls.ada)

    @classmethod
    def student(cls, name, email, number):
        user = make.make_user(email)
        person = make.make_person(name, user=user, email=f"private-{email}")
        make.make_enrolment(cls.course, person, student_number=number)
        return user

    def setUp(self):
        self.client.force_login(self.ada)

    def act(self, act, value="", client=None):
        with self.captureOnCommitCallbacks(execute=True):
            return (client or self.client).post(
                self.url, {"act": act, "value": value}, follow=True
            )

    def client_of(self, user):
        client = Client()
        client.force_login(user)
        return client


class RoleTests(TeamPages):
    def test_only_who_hands_in_opens_it(self):
        users = {
            "active": (make.make_student(self.course), 200),
            "auditor": (make.make_student(self.course, Enrolment.Status.AUDITOR), 404),
            "dropped": (make.make_student(self.course, Enrolment.Status.DROPPED), 404),
        }
        for who, (user, status) in users.items():
            client = self.client_of(user)
            with self.subTest(who):
                self.assertEqual(client.get(self.url).status_code, status)
                self.assertEqual(self.act("create", "", client).status_code, status)

    def test_what_is_not_out_yet_does_not_exist(self):
        self.assignment.opens_at = datetime(2998, 1, 1, tzinfo=UTC)
        self.assignment.save()
        self.assertEqual(self.client.get(self.url).status_code, 404)

    def test_an_act_that_is_none_is_not_found(self):
        for act in ("", "dance", "__class__"):
            self.assertEqual(self.act(act).status_code, 404)

    def test_it_is_kept_nowhere(self):
        self.assertIn("no-store", self.client.get(self.url)["Cache-Control"])


class TeamPageTests(TeamPages):
    def test_says_who_is_in_it_and_until_when(self):
        said = words(self.client.get(self.url))
        for part in (
            "Team 1",
            "1 of 3 members",
            "Teams lock Tue 1 Jan 2999 18:00 (Hong Kong time)",
            "Ada Bo you",
            f"{self.team.joining_code[:4]}-{self.team.joining_code[4:]}",
        ):
            self.assertIn(part, said)

    def test_who_has_none_sees_the_ways_to_one_and_no_code(self):
        response = self.client_of(self.bo).get(self.url)
        self.assertIn("You have no team yet.", words(response))
        self.assertNotContains(response, self.team.joining_code[:4] + "-")
        self.assertNotContains(response, "Ada Bo")

    def test_holds_no_address_and_no_number(self):
        teams.join(self.assignment, self.bo, self.team.joining_code)
        for client in (self.client, self.client_of(self.bo)):
            response = client.get(self.url)
            self.assertIn("Bo Chi", words(response))
            for secret in ("example.org", "2099000"):
                self.assertNotContains(response, secret)

    def test_each_act_says_what_was_done(self):
        bo = self.client_of(self.bo)
        code = self.team.joining_code
        for act, value, client, said in (
            ("join", "WRONG", bo, "No team for this assignment has this code."),
            ("join", code, bo, "You are in Team 1 now."),
            ("join", code, bo, "You are in a team for this assignment already."),
            ("rename", "Nets", bo, "Your team is called Nets."),
            ("leave", "", bo, "You have left the team."),
            ("leave", "", bo, "You are in no team."),
            ("create", "", bo, "You are in Team 2 now. Invite others, or give them"),
            ("renew_code", "", bo, "There is a new code; the one before is of no use"),
            ("cancel", "7", bo, "This invitation was answered or taken back before."),
            ("cancel", "x", bo, "This invitation was answered or taken back before."),
            ("invite", "bo", bo, "Enter a valid email address."),
            ("same", "", bo, "You had no team in this course before."),
        ):
            with self.subTest(act=act, value=value):
                [message] = messages(self.act(act, value, client))
                self.assertTrue(message.startswith(said), message)

    def test_nothing_is_offered_that_the_clock_forbids(self):
        self.assignment.teams_lock_at = timezone.now()
        self.assignment.save()
        for user in (self.ada, self.bo):
            response = self.client_of(user).get(self.url)
            self.assertIn("Teams are locked since", words(response))
            self.assertNotContains(response, "<form")
        said = messages(self.act("rename", "Late"))
        self.assertEqual(
            said, ["Teams are locked by now: write to the staff of the course."]
        )

    def test_where_all_are_alone_nothing_is_offered(self):
        alone = make.make_assignment(self.course)
        response = self.client.get(reverse("projects:team", args=[alone.pk]))
        self.assertIn("Everybody hands this in alone", words(response))
        self.assertNotContains(response, "<form")

    def test_what_has_handed_in_is_not_left(self):
        make.make_submission(make.make_slot(self.assignment), self.team, self.ada)
        response = self.client.get(self.url)
        self.assertNotContains(response, "Leave this team")
        [said] = messages(self.act("leave"))
        self.assertIn("ask the staff to move you", said)

    def test_same_team_as_before_names_people_and_no_addresses(self):
        before = make.make_assignment(self.course, team_size=2)
        make.make_team(
            self.course, [self.ada.person, self.bo.person], assignment=before
        )
        self.act("leave")
        self.assertIn("join: Bo Chi", words(self.client.get(self.url)))
        response = self.act("same")
        self.assertEqual(
            messages(response), ["You are in Team 2 now; the others are invited."]
        )
        self.assertIn("Bo Chi open", words(response))
        self.assertNotContains(response, "example.org")
        self.assertEqual(mail.outbox[-1].to, ["bo@example.org"])

    def test_query_count_does_not_grow(self):
        self.assignment.team_size = 50
        self.assignment.save()
        for number in range(2):
            for each in range(1 + 8 * number):
                person = make.make_person()
                self.team.memberships.create(person=person)
                make.make_team_invitation(self.team, token_hash=f"{number} {each}")
            with self.subTest(number), self.assertNumQueries(8):
                self.client.get(self.url)


class OracleTests(TeamPages):
    def test_answers_the_same_whether_or_not_an_address_is_on_the_roster(self):
        make.make_student(
            self.course, Enrolment.Status.DROPPED, email="gone@example.org"
        )
        make.make_student(make.make_course(), email="else@example.org")
        answers = set()
        for email, is_mailed in (
            ("bo@example.org", True),
            ("private-bo@example.org", True),
            ("gone@example.org", False),
            ("else@example.org", False),
            ("nobody@example.org", False),
        ):
            TeamInvitation.objects.all().delete()
            mail.outbox.clear()
            response = self.act("invite", email)
            self.assertEqual(messages(response), [SENT])
            said = re.sub(r'value="\w+"', "", response.text.replace(email, "whom"))
            answers.add(said)
            with self.subTest(email):
                self.assertEqual(
                    [each.to for each in mail.outbox], [[email]] * is_mailed
                )
        self.assertEqual(len(answers), 1)

    def test_the_mail_names_no_other_address_and_no_number(self):
        self.act("invite", "bo@example.org")
        [sent] = mail.outbox
        self.assertIn("Ada Bo asks you to join a team for “Essay”", sent.body)
        for secret in ("example.org", "2099000"):
            self.assertNotIn(secret, sent.subject + sent.body)

    def test_a_mail_that_cannot_be_sent_says_nothing(self):
        with self.settings(EMAIL_BACKEND="tests.projects.test_team_pages.Broken"):
            response = self.act("invite", "bo@example.org")
        self.assertEqual(messages(response), [SENT])


class Broken:
    def __init__(self, **kwargs):
        pass

    def send_messages(self, messages):
        raise ConnectionRefusedError


class InvitationTests(TeamPages):
    def invite(self, email="bo@example.org"):
        self.act("invite", email)
        [path] = re.findall(r"/team-invitations/\S+", mail.outbox[-1].body)
        return path

    def test_who_reads_the_mail_accepts(self):
        path, bo = self.invite(), self.client_of(self.bo)
        self.assertIn(
            "To Team 1, for “Essay” in Networks. Sent by Ada Bo.", words(bo.get(path))
        )
        response = bo.post(path, follow=True)
        self.assertRedirects(response, self.url)
        self.assertEqual(messages(response), ["You are in Team 1 now."])
        self.assertEqual(bo.get(path).status_code, 404)  # it works once

    def test_declining_shows_on_the_page_of_the_team(self):
        path = self.invite()
        self.client_of(self.bo).post(path, {"decline": ""})
        self.assertIn("bo@example.org declined", words(self.client.get(self.url)))
        self.assertEqual(self.client_of(self.bo).post(path).status_code, 302)
        self.assertIsNone(teams.team_of(self.assignment, self.bo))

    def test_a_visitor_logs_in_first(self):
        path = self.invite()
        self.assertNotIn("Team 1", words(Client().get(path)))
        self.assertRedirects(Client().post(path), f"/accounts/login/?next={path}")

    def test_a_forwarded_link_is_of_no_use(self):
        path = self.invite()
        mate = self.student("Mate", "mate@example.org", "20990003")
        for user in (mate, make.make_user(), make.make_instructor(self.course)):
            client = self.client_of(user)
            response = client.get(path)
            for secret in ("bo@example.org", "Team 1", "Essay", "Ada"):
                self.assertNotIn(secret, words(response))
            refused = client.post(path, follow=True)
            self.assertIn("not for this account", messages(refused)[0])
            self.assertIsNone(teams.team_of(self.assignment, user))
        self.assertTrue(AuditEntry.objects.filter(action="refused").exists())

    def test_what_was_taken_back_sent_anew_or_is_too_old_is_closed(self):
        for end in ("cancel", "again", "expire"):
            path = self.invite()
            invitation = TeamInvitation.objects.first()
            if end == "cancel":
                self.act("cancel", str(invitation.pk))
            elif end == "again":
                self.act("invite", invitation.email)
            else:
                TeamInvitation.objects.update(expires_at=timezone.now())
            bo = self.client_of(self.bo)
            with self.subTest(end):
                self.assertEqual(bo.get(path).status_code, 404)
                response = bo.post(path, follow=True)
                self.assertIn("not open", messages(response)[0])
                self.assertIsNone(teams.team_of(self.assignment, self.bo))

    def test_is_answered_on_the_page_of_the_team_as_well(self):
        bo = self.client_of(self.bo)
        self.act("invite", "bo@example.org")
        pk = str(TeamInvitation.objects.get().pk)
        self.assertIn("Team 1 by Ada Bo", words(bo.get(self.url)))
        mate = self.student("Mate", "mate@example.org", "20990003")
        other = self.act("accept", pk, self.client_of(mate))
        self.assertEqual(other.status_code, 404)
        said = messages(self.act("accept", pk, bo))
        self.assertEqual(said, ["You are in Team 1 now."])

    def test_declines_on_the_page_of_the_team(self):
        self.act("invite", "bo@example.org")
        pk = str(TeamInvitation.objects.get().pk)
        said = messages(self.act("decline", pk, self.client_of(self.bo)))
        self.assertEqual(said, ["The invitation is declined."])

    def test_the_address_is_told_to_no_other_site(self):
        response = Client().get(self.invite())
        self.assertEqual(response["Referrer-Policy"], "no-referrer")
        self.assertIn("no-store", response["Cache-Control"])

    def test_the_database_holds_no_working_link(self):
        token = self.invite().rstrip("/").rpartition("/")[2]
        self.assertNotIn(token, str(TeamInvitation.objects.values_list().get()))
