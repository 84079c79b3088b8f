import pytest
from django.core import mail
from django.test import Client, TestCase
from django.urls import reverse

from courses.models import AuditEntry, Course, CourseRole, Invitation, User
from tests import factories as make
from tests.admin_pages import form_data, make_staff, page
from tests.logins import log_in

pytestmark = pytest.mark.both


def entries(**fields):
    """(action, words, address of the account) of those recorded, oldest first."""
    found = AuditEntry.objects.filter(**fields).order_by("pk")
    return list(found.values_list("action", "words", "email"))


class DoneTests(TestCase):
    """What was done is recorded."""

    @classmethod
    def setUpTestData(cls):
        cls.course = make.make_course(title="Deep Learning")
        cls.root = make_staff()

    def setUp(self):
        log_in(self.client, self.root)
        AuditEntry.objects.all().delete()

    def test_roles_given_changed_and_taken(self):
        role = make.make_course_role(self.course, make.make_person("Ada"))
        role.role = CourseRole.Role.ASSISTANT
        role.save()
        role.delete()
        self.assertEqual(
            entries(),
            [
                ("role", "Given: Ada (instructor), Deep Learning", ""),
                ("role", "Changed: Ada (teaching assistant), Deep Learning", ""),
                ("role", "Taken: Ada (teaching assistant), Deep Learning", ""),
            ],
        )

    def test_a_role_changed_in_the_administration_says_who_and_from_where(self):
        role = make.make_course_role(self.course, make.make_person("Ada"))
        url = page(Course, "change", self.course.pk)
        data = form_data(self.client.get(url))
        self.client.post(url, data | {"roles-0-role": "assistant"})
        entry = AuditEntry.objects.get(words__startswith="Changed")
        self.assertEqual(
            (entry.user, entry.email, entry.ip_address, entry.course),
            (self.root, self.root.email, "127.0.0.1", role.course),
        )

    def test_a_deleted_course_takes_its_roles_and_leaves_the_entries(self):
        make.make_course_role(self.course, make.make_person("Ada"))
        self.course.delete()
        self.assertEqual(
            entries(course=None),
            [
                ("role", "Given: Ada (instructor), Deep Learning", ""),
                ("role", "Taken: Ada (instructor), Deep Learning", ""),
            ],
        )

    def test_accounts_and_whose_they_are(self):
        user, person = make.make_user("ada@example.org"), make.make_person("Ada")
        for row, change in (
            (user, {"is_superuser": "on"}),
            (person, {"user": str(user.pk)}),
        ):
            url = page(type(row), "change", row.pk)
            self.client.post(url, form_data(self.client.get(url)) | change)
        self.assertEqual(
            entries(),
            [
                ("account", "Changed: ada@example.org is_superuser", self.root.email),
                ("account", "Ada has the account ada@example.org.", self.root.email),
            ],
        )

    def test_invitations_sent_revoked_and_accepted(self):
        add = reverse("admin:courses_invitation_add")
        data = form_data(self.client.get(add)) | {
            "course": str(self.course.pk),
            "role": "student",
            "email": "bo@example.org",
            "new_person": "Bo",
        }
        self.client.post(add, data)
        invitation = Invitation.objects.get()
        self.client.post(
            page(Invitation, "changelist"),
            {"action": "revoke", "_selected_action": [invitation.pk]},
        )
        token = invitation.renew(by=self.root)
        Invitation.objects.update(revoked_at=None)
        bo = User.objects.create_user("bo@example.org")
        log_in(self.client, bo)
        self.client.post(reverse("courses:invitation_detail", args=[token]))
        said = "Bo (student), bo@example.org, Deep Learning"
        self.assertEqual(
            entries(),
            [
                ("invitation", f"Sent: {said}", self.root.email),
                ("invitation", f"Revoked: {said}", self.root.email),
                ("invitation", f"Accepted: {said}", "bo@example.org"),
            ],
        )


class RefusedTests(TestCase):
    """What was refused is recorded; test_attacks.py shows what that is."""

    @classmethod
    def setUpTestData(cls):
        cls.course, cls.other = make.make_course(), make.make_course()
        cls.user = make.make_instructor(cls.course, email="ada@example.org")
        cls.theirs = make.make_session(cls.other)

    def setUp(self):
        log_in(self.client, self.user)
        AuditEntry.objects.all().delete()

    def test_a_link_that_does_not_hold_without_its_secret(self):
        Client().get(reverse("courses:invitation_detail", args=["guessed"]))
        self.assertEqual(
            entries(), [("refused", "GET /invitations/<slug:token>/ → 404", "")]
        )

    def test_a_session_that_was_ended_without_the_secret_of_a_link(self):
        token = make.make_invitation(self.course).renew(by=self.user)
        self.user.end_sessions()
        self.client.get(reverse("courses:invitation_detail", args=[token]))
        [(_action, words, _email)] = entries()
        said = "GET /invitations/<slug:token>/ with a session that has ended"
        self.assertEqual(words, said)

    def test_wrong_codes_again_and_again_are_one_row(self):
        visitor = Client()
        visitor.post(reverse("account_login"), {"email": "ada@example.org"})
        self.assertEqual(len(mail.outbox), 1)
        for _ in range(2):
            visitor.post(reverse("account_confirm_login_code"), {"code": "AAAA-AAAA"})
        [entry] = AuditEntry.objects.all()
        self.assertEqual((entry.action, entry.times), ("refused", 2))
        self.assertIn("incorrect_code", entry.words)

    def test_a_page_that_never_was_is_no_attempt(self):
        self.client.get("/no/such/page/")
        self.assertEqual(entries(), [])

    def test_a_character_that_no_text_has_is_another_one(self):
        self.client.get("/api/v1/x%00/")
        [(_action, words, _email)] = entries()
        self.assertEqual(words, "GET /api/v1/x�/ → 404")

    def test_what_was_not_refused_is_not_recorded(self):
        self.client.get(page(type(self.theirs), "changelist"))
        self.client.get("/")
        self.assertEqual(entries(), [])
