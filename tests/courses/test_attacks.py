"""What people try who may not. It is refused and recorded, or the form cannot do it and
all stays as it was."""

import time
from unittest import mock

import pytest
from django.core import mail
from django.core.files.base import ContentFile
from django.test import Client, TestCase
from django.urls import reverse

from courses import mailed_links, proposals
from courses.models import AuditEntry, CourseRole, Invitation, Person, Proposal
from references.models import Paper, PaperLink
from tests import factories as make
from tests.admin_pages import errors, form_data, page
from tests.logins import log_in, mailed_code
from tests.pages import words

pytestmark = pytest.mark.both
NOT_OFFERED = "Select a valid choice. That choice is not one of the available choices."
INVITE = reverse("admin:courses_invitation_add")
LOGIN, CODE = reverse("account_login"), reverse("account_confirm_login_code")
PASSWORD = reverse("account_login_by_password")


def values(row):
    return type(row)._base_manager.filter(pk=row.pk).values().get()


class AttackTestCase(TestCase):
    def setUp(self):
        AuditEntry.objects.all().delete()

    def assert_recorded(self, *tried, by="eve@example.org"):
        """Just this was recorded as refused to the account ``by``."""
        found = AuditEntry.objects.filter(action="refused").order_by("pk")
        self.assertEqual(
            list(found.values_list("words", "email")), [(said, by) for said in tried]
        )


class InstructorTests(AttackTestCase):
    """What an instructor tries in the course of another."""

    @classmethod
    def setUpTestData(cls):
        cls.course, cls.other = make.make_course(), make.make_course()
        cls.user = make.make_instructor(cls.course, email="eve@example.org")
        cls.session = make.make_session(cls.course, title="Ours")
        cls.theirs = make.make_session(cls.other, title="Theirs")
        cls.professor = make.make_person(
            "Emmy Noether",
            user=make.make_user("noether@example.org"),
            email="emmy@example.org",
        )
        make.make_course_role(cls.other, cls.professor)

    def setUp(self):
        super().setUp()
        log_in(self.client, self.user)

    def form(self, row):
        url = page(type(row), "change", row.pk)
        return url, form_data(self.client.get(url))

    def test_does_not_put_rows_into_it(self):
        material = make.make_material(self.session)
        talk = make.make_talk(self.theirs)
        url, data = self.form(material)
        data |= {"session": "", "talk": str(talk.pk)}
        response = self.client.post(url, data)
        self.assertEqual(errors(response), [NOT_OFFERED])
        add = page(type(self.session), "add")
        data = form_data(self.client.get(add))
        response = self.client.post(add, data | {"course": str(self.other.pk)})
        self.assertEqual(response.status_code, 200)
        self.assertEqual(self.other.sessions.count(), 1)
        self.assert_recorded(
            f"POST {url} talk: {NOT_OFFERED}", f"POST {add} course: {NOT_OFFERED}"
        )

    def test_does_not_open_its_preview_history_and_files(self):
        draft = make.make_course(status="draft")
        session = make.make_session(draft)
        material = make.make_material(session, file=make.make_file())
        slides = ContentFile(make.PDF, "slides.pdf")
        sent = proposals.propose(make.make_talk(session), {}, slides=slides)
        urls = [
            page(type(session), "change", session.pk),
            page(type(session), "history", session.pk),
            reverse("admin:courses_session_preview", args=[session.pk]),
            reverse("admin:courses_session_add_papers", args=[session.pk]),
            reverse("admin:courses_proposal_file", args=[sent.pk, "slides"]),
            material.get_absolute_url(),
        ]
        for url in urls:
            self.assertNotEqual(self.client.get(url).status_code, 200)
        entries = AuditEntry.objects.filter(action="refused", user=self.user)
        tried = {
            said.split(" →")[0] for said in entries.values_list("words", flat=True)
        }
        self.assertEqual(tried, {f"GET {url}" for url in urls})

    def test_does_not_move_its_sessions(self):
        url = reverse("admin:courses_session_move", args=[self.theirs.pk, "up"])
        self.assertEqual(self.client.post(url).status_code, 404)
        self.assert_recorded(f"POST {url} → 404")

    def test_does_not_learn_or_change_the_address_of_another_professor(self):
        before = values(self.professor)
        url = page(Person, "change", self.professor.pk)
        self.assertNotContains(self.client.get(url), "emmy@example.org")
        found = self.client.get(page(Person, "changelist"), {"q": "emmy@example.org"})
        self.assertEqual(found.context["cl"].result_count, 0)
        response = self.client.post(url, {"email": "eve@example.org"})
        self.assertEqual(response.status_code, 403)
        self.assertEqual(values(self.professor), before)
        self.assert_recorded(f"POST {url} → 403")

    def test_a_roster_with_her_address_reaches_and_reveals_nobody(self):
        before = values(self.professor), values(self.professor.user)
        url = reverse("admin:courses_enrolment_roster", args=[self.course.pk])
        told = set()
        for email in ("nobody@example.org", "noether@example.org", "emmy@example.org"):
            text = f"Student number,Name,E-mail\n7,Noether,{email}\n"
            response = self.client.post(url, {"text": text})
            told.add(words(response, "#content")[0].replace(email, "X"))
        self.assertEqual(len(told), 1)
        self.client.post(url, form_data(response) | {"save": "1"})
        student = self.course.enrolments.get().person
        self.assertEqual(
            (student.name, student.email, student.user),
            ("Noether", "emmy@example.org", None),
        )
        self.assertNotEqual(student, self.professor)
        self.assertEqual((values(self.professor), values(self.professor.user)), before)
        entry = AuditEntry.objects.get()
        self.assertEqual(
            (entry.action, entry.user, entry.course), ("roster", self.user, self.course)
        )

    def invite(self, **fields):
        """Fill in the form of an invitation, sent to the attacker's own address."""
        data = form_data(self.client.get(INVITE)) | {
            "course": str(self.course.pk),
            "role": "instructor",
            "email": "eve@example.org",
        }
        response = self.client.post(INVITE, data | fields)
        self.assertEqual((Invitation.objects.count(), mail.outbox), (0, []))
        return errors(response)

    def test_does_not_invite_himself_into_the_course(self):
        found = self.invite(course=str(self.other.pk), new_person="Eve")
        self.assertEqual(found, [NOT_OFFERED])
        self.assert_recorded(f"POST {INVITE} course: {NOT_OFFERED}")

    def test_does_not_invite_himself_as_somebody(self):
        """Whoever is invited as a person may do all that the person may."""
        guest = make.make_person("Guest")
        make.make_course_role(self.other, guest)
        said = (
            "Only an administrator invites who has an account, or a part in another "
            "course."
        )
        for person in (self.professor, guest):
            AuditEntry.objects.all().delete()
            with self.subTest(person):
                self.assertEqual(self.invite(person=str(person.pk)), [said])
                self.assert_recorded(f"POST {INVITE} person: {said}")

    def test_does_not_edit_the_links_of_a_paper_that_others_read(self):
        paper = make.make_paper(title="Shared", url="https://theirs.example")
        link = make.make_paper_link(paper)
        for owner in (self.session, self.theirs):
            make.make_reading(owner, paper=paper)
        before = values(paper), values(link)
        url, data = self.form(paper)
        mine = {
            "url": "https://mine.example",
            "links-TOTAL_FORMS": "1",
            "links-INITIAL_FORMS": "1",
            "links-0-id": str(link.pk),
            "links-0-url": "https://mine.example",
        }
        response = self.client.post(url, data | mine)
        self.assertEqual(response.status_code, 403)
        self.assertEqual((values(paper), values(link)), before)
        self.assertEqual(PaperLink.objects.count(), 1)
        self.assert_recorded(f"POST {url} → 403")

    def test_does_not_accept_what_he_proposed_for_it(self):
        paper = make.make_paper(url="https://theirs.example")
        for owner in (self.session, self.theirs):
            make.make_reading(owner, paper=paper)
        mine = {"url": "https://mine.example"}
        proposal = proposals.propose(paper, mine, by=self.user)
        before = values(paper), values(proposal)
        url = page(Proposal, "change", proposal.pk)
        data = {"accept": "x", "take": "url", "shown": proposals.mark(proposal)}
        self.assertEqual(self.client.post(url, data).status_code, 404)
        self.assertEqual((values(paper), values(proposal)), before)
        self.assert_recorded(f"POST {url} → 404")

    def test_does_not_reach_its_rows_by_actions(self):
        self.client.post(
            page(type(self.theirs), "changelist"),
            {"action": "show_to_staff", "_selected_action": [self.theirs.pk]},
        )
        self.theirs.refresh_from_db()
        self.assertEqual(self.theirs.visibility, "public")

    def test_does_not_take_an_account(self):
        student = make.make_person("Stu Dent")
        make.make_enrolment(self.course, student)
        url, data = self.form(student)
        self.assertNotIn("user", data)
        self.client.post(url, data | {"user": str(self.professor.user_id)})
        student.refresh_from_db()
        self.assertIsNone(student.user)

    def test_adds_nothing_to_a_paper_that_others_read(self):
        paper = make.make_paper(title="Shared Things of Life")
        make.make_reading(self.theirs, paper=paper)
        text = (
            "TY  - JOUR\nTI  - Shared things of life\nDO  - 10.1000/mine\n"
            "UR  - https://mine.example\nID  - mine\nER  -\n"
        )
        url = reverse("admin:courses_session_add_papers", args=[self.session.pk])
        response = self.client.post(url, {"text": text})
        self.client.post(url, form_data(response))
        before = paper.work
        paper = Paper.objects.get(pk=paper.pk)
        self.assertEqual(paper.work, before)
        self.assertEqual(paper.aliases.count(), 0)
        self.assertEqual(self.session.readings.get().paper, paper)

    def test_edits_a_paper_that_only_this_course_reads(self):
        paper = make.make_paper(title="Own")
        make.make_reading(self.session, paper=paper)
        url, data = self.form(paper)
        self.client.post(url, data | {"title": "Own, corrected"})
        paper.refresh_from_db()
        self.assertEqual(paper.title, "Own, corrected")

    def test_a_course_may_keep_what_its_editor_cannot_see(self):
        draft = make.make_course(status="draft")
        self.course.previous = draft
        self.course.save()
        url, data = self.form(self.course)
        self.client.post(url, data | {"title": "New title"})
        self.course.refresh_from_db()
        self.assertEqual(
            (self.course.title, self.course.previous), ("New title", draft)
        )

    def test_an_assistant_changes_no_roles(self):
        self.user.person.roles.update(role=CourseRole.Role.ASSISTANT)
        url, data = self.form(self.course)
        helper = make.make_person()
        data |= {
            "roles-TOTAL_FORMS": "1",
            "roles-INITIAL_FORMS": "0",
            "roles-0-person": str(helper.pk),
            "roles-0-role": "instructor",
            "roles-0-position": "1",
        }
        self.client.post(url, data)
        self.assertEqual(list(self.course.roles.values_list("role")), [("assistant",)])

    def test_an_account_that_was_closed_enters_no_more(self):
        self.user.is_active = False
        self.user.save()
        self.assertEqual(self.client.get(reverse("admin:index")).status_code, 302)


class LinkTests(AttackTestCase):
    """What is tried with a link, or a session, that is somebody else's or over."""

    @classmethod
    def setUpTestData(cls):
        cls.course = make.make_course()
        cls.eve = make.make_user("eve@example.org")
        cls.url = reverse("courses:invitation_detail", args=["token"])

    def setUp(self):
        super().setUp()
        log_in(self.client, self.eve)

    def assert_nothing_given(self):
        self.assertFalse(Person.objects.filter(user=self.eve).exists())
        self.assertFalse(self.course.roles.exists() or self.course.enrolments.exists())

    def test_a_forwarded_invitation_is_of_no_use(self):
        make.make_invitation(
            self.course, make.make_person("Ada Bo"), email="bo@example.org"
        )
        shown = self.client.get(self.url)
        for secret in ("bo@example.org", "Ada Bo"):
            self.assertNotContains(shown, secret)
        response = self.client.post(self.url, follow=True)
        said = "This invitation is not open, or not for this account."
        self.assertContains(response, said)
        self.assert_nothing_given()
        self.assert_recorded(f"POST /invitations/<slug:token>/ {said}")

    def test_a_revoked_invitation_is_of_no_use_to_whom_it_was_sent(self):
        make.make_invitation(self.course, email="eve@example.org")
        mailed_links.revoke(Invitation.objects.all())
        self.assertEqual(self.client.get(self.url).status_code, 404)
        self.client.post(self.url)
        self.assert_nothing_given()
        self.assert_recorded(
            "GET /invitations/<slug:token>/ → 404",
            "POST /invitations/<slug:token>/ "
            "This invitation is not open, or not for this account.",
        )

    def test_a_student_does_not_enter_the_administration(self):
        student = make.make_student(self.course, email="stu@example.org")
        log_in(self.client, student)
        response = self.client.get(reverse("admin:index"), follow=True)
        self.assertEqual(response.status_code, 403)
        self.assert_recorded("GET /admin/login/ → 403", by="stu@example.org")

    def test_a_session_is_of_no_use_after_signing_out_everywhere(self):
        stolen = Client()
        stolen.force_login(self.eve)
        self.client.post(reverse("account_logout_everywhere"))
        url = reverse("projects:me")
        self.assertRedirects(stolen.get(url), f"{LOGIN}?next={url}")
        self.assert_recorded(f"GET {url} with a session that has ended")


class LogInTests(AttackTestCase):
    """What is tried at the doors, by whom nobody knows."""

    @classmethod
    def setUpTestData(cls):
        make.make_user("ada@example.org")

    def ask(self):
        """A window that awaits a code, and the code."""
        window = Client()
        window.post(LOGIN, {"email": "ada@example.org"})
        return window, mailed_code()

    def assert_outside(self, window):
        self.assertFalse(window.get("/").context["user"].is_authenticated)

    def assert_counted(self, *tried):
        found = AuditEntry.objects.filter(action="refused").order_by("pk")
        self.assertEqual(list(found.values_list("words", "times")), list(tried))

    def test_a_guessed_code(self):
        window, code = self.ask()
        for guess in ("BBBB-BBBB", "CCCC-CCCC", "DDDD-DDDD", code):
            window.post(CODE, {"code": guess})
        self.assert_outside(window)
        self.assert_counted(
            (f"POST {CODE} incorrect_code", 3),
            (f"POST {CODE} when no code is awaited", 2),
        )

    def test_a_replayed_code(self):
        window, code = self.ask()
        window.post(CODE, {"code": code})
        again, _code = self.ask()
        again.post(CODE, {"code": code})
        self.assert_outside(again)
        elsewhere = Client()
        elsewhere.post(CODE, {"code": code})
        self.assert_outside(elsewhere)
        self.assert_counted(
            (f"POST {CODE} incorrect_code", 1),
            (f"POST {CODE} when no code is awaited", 1),
        )

    def test_an_expired_code(self):
        window, code = self.ask()
        with mock.patch("time.time", return_value=time.time() + 601):
            window.post(CODE, {"code": code})
            self.assert_outside(window)
        self.assert_counted((f"POST {CODE} when no code is awaited", 1))

    def hammer(self, url, times, **sent):
        """How so many are answered: (status, words of the page)."""
        answers = [Client().post(url, sent) for _ in range(times)]
        return [(each.status_code, words(each)) for each in answers]

    def test_hammering_for_codes_is_slowed_and_tells_of_no_account(self):
        known = self.hammer(LOGIN, 4, email="ada@example.org")
        self.assertEqual([status for status, _words in known], [302, 302, 302, 429])
        self.assertEqual(self.hammer(LOGIN, 4, email="nobody@example.org"), known)
        self.assert_counted((f"POST {LOGIN} too_many_login_attempts", 2))

    def test_hammering_with_passwords_is_slowed_and_tells_of_no_account(self):
        wrong = {"password": "wrong"}
        known = self.hammer(PASSWORD, 6, login="ada@example.org", **wrong)
        self.assertEqual([status for status, _words in known], [200] * 5 + [429])
        unknown = self.hammer(PASSWORD, 6, login="nobody@example.org", **wrong)
        self.assertEqual(unknown, known)
        self.assert_counted(
            (f"POST {PASSWORD} email_password_mismatch", 10),
            (f"POST {PASSWORD} too_many_login_attempts", 2),
        )
