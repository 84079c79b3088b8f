"""What waits for someone to accept it: compared, accepted in part, and by whom."""

import pytest
from django.test import TestCase
from django.urls import reverse

from courses import proposals
from courses.models import AuditEntry, CourseRole, Person, Proposal, Talk
from references.models import Author, Paper
from tests import factories as make
from tests.admin_pages import form_data, make_staff, page
from tests.courses.test_pictures import upload
from tests.logins import log_in
from tests.pages import links, words
from tests.pictures import picture

pytestmark = pytest.mark.both


def propose_address(row):
    args = [row._meta.label, row.pk]
    return reverse("admin:courses_proposal_propose", args=args)


class AcceptTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.user = make.make_superuser()
        cls.talk = make.make_talk(title="Old", abstract="Old words\nin lines.")

    def propose(self, **values):
        return proposals.propose(self.talk, values, by=self.user)

    def differences(self, proposal):
        proposal = Proposal.objects.get(pk=proposal.pk)
        return [
            (each.field, each.before, each.after, each.is_stale)
            for each in proposals.differences(proposal)
        ]

    def test_differences_are_what_differs(self):
        proposal = self.propose(title="New", abstract="Old words\r\nin lines. ")
        self.assertEqual(self.differences(proposal), [("Title", "Old", "New", False)])
        self.talk.title = "Newer"
        self.talk.save()
        self.assertEqual(self.differences(proposal), [("Title", "Newer", "New", True)])

    def test_nothing_is_no_proposal(self):
        self.assertIsNone(self.propose(title="Old"))

    def test_is_accepted_in_part(self):
        proposal = self.propose(title="New", abstract="New", biography="New")
        saved = proposals.accept(proposal, self.user, ["title", "biography"])
        self.talk.refresh_from_db()
        self.assertEqual(
            (saved, self.talk.title, self.talk.abstract, self.talk.biography),
            (["title", "biography"], "New", "Old words\nin lines.", "New"),
        )
        self.assertEqual(self.talk.biography_html, "<p>New</p>")
        proposal.refresh_from_db()
        self.assertEqual((proposal.state, proposal.decided_by), ("accepted", self.user))

    def assert_refused(self, words, *args):
        before = Proposal.objects.values().get()
        with self.assertRaisesMessage(proposals.Refused, words):
            proposals.accept(*args)
        self.assertEqual(Proposal.objects.values().get(), before)

    def test_what_changed_meanwhile_is_accepted_only_when_shown(self):
        proposal = self.propose(title="New")
        before = proposals.mark(proposal)
        self.talk.title = "Newer"
        self.talk.save()
        proposal = Proposal.objects.get()
        self.assert_refused("changed meanwhile", proposal, self.user)
        self.assert_refused("changed meanwhile", proposal, self.user, None, before)
        proposals.accept(proposal, self.user, shown=proposals.mark(proposal))
        self.talk.refresh_from_db()
        self.assertEqual(self.talk.title, "New")

    def test_what_was_sent_anew_meanwhile_is_not_accepted_unseen(self):
        link = make.make_talk_link(self.talk)
        proposal = proposals.propose(self.talk, {"title": "Fine"}, link=link)
        shown = proposals.mark(proposal)
        proposals.propose(self.talk, {"title": "Rude"}, link=link)
        self.assert_refused("changed meanwhile", proposal, self.user, None, shown)

    def test_what_is_decided_shows_what_was_before(self):
        proposal = self.propose(title="New")
        proposals.accept(proposal, self.user)
        self.assertEqual(self.differences(proposal), [("Title", "Old", "New", False)])

    def test_other_fields_may_change_meanwhile(self):
        proposal = self.propose(title="New", abstract="New")
        self.talk.abstract = "Newer"
        self.talk.save()
        proposals.accept(proposal, self.user, ["title"])
        self.talk.refresh_from_db()
        self.assertEqual((self.talk.title, self.talk.abstract), ("New", "Newer"))

    def test_nothing_chosen_is_refused(self):
        self.assert_refused("Nothing was chosen.", self.propose(title="New"), None, [])

    def test_is_decided_once(self):
        proposal = self.propose(title="New")
        proposals.decline(proposal, self.user)
        self.assert_refused("decided this meanwhile", proposal, self.user)
        with self.assertRaises(proposals.Refused):
            proposals.decline(proposal, self.user)
        self.talk.refresh_from_db()
        self.assertEqual(self.talk.title, "Old")

    def test_what_is_deleted_can_only_be_declined(self):
        proposal = self.propose(title="New")
        self.talk.delete()
        self.assertEqual(self.differences(proposal), [])
        self.assert_refused("is deleted", proposal, self.user)
        proposals.decline(proposal, self.user)
        self.assertEqual(Proposal.objects.get().state, "declined")

    def test_what_the_row_may_not_say_is_refused(self):
        make.make_paper(doi="10.1/one")
        paper = make.make_paper()
        proposal = proposals.propose(paper, {"doi": "10.1/one"}, by=self.user)
        self.assert_refused("Another paper has this DOI.", proposal, self.user)

    def test_decisions_are_recorded(self):
        proposals.accept(
            self.propose(title="New", abstract="New"), self.user, ["title"]
        )
        proposals.decline(self.propose(biography="New"), self.user)
        entries = AuditEntry.objects.filter(action="proposal").order_by("pk")
        course = self.talk.session.course
        self.assertEqual(
            list(entries.values_list("words", "course")),
            [
                ("Accepted: talk: New (title)", course.pk),
                ("Declined: talk: New", course.pk),
            ],
        )


class ScreenTests(TestCase):
    """Who sees, proposes and decides what."""

    @classmethod
    def setUpTestData(cls):
        cls.course, cls.other = make.make_course(), make.make_course()
        cls.instructor = make.make_instructor(cls.course)
        cls.elsewhere = make.make_instructor(cls.other)
        cls.root = make_staff()
        cls.talk = make.make_talk(make.make_session(cls.course), title="Old")
        cls.author = make.make_author("Bo")
        cls.paper = make.make_paper([cls.author], title="Shared", year=2020)
        cls.person = make.make_person("Ada", email="ada@example.org")
        for course in (cls.course, cls.other):
            make.make_reading(course, paper=cls.paper)
            make.make_course_role(course, cls.person)

    def decide(self, user, proposal, how="accept", **values):
        log_in(self.client, user)
        url = page(Proposal, "change", proposal.pk)
        shown = self.client.get(url)
        data = form_data(shown) if shown.status_code == 200 else {}
        take = list(proposal.values)
        return self.client.post(url, data | {how: "x", "take": take} | values)

    def propose(self, row, **values):
        log_in(self.client, self.instructor)
        url = propose_address(row)
        return self.client.post(url, form_data(self.client.get(url)) | values)

    def test_the_difference_is_shown(self):
        proposal = make.make_proposal(self.talk, title="<b>New</b>")
        log_in(self.client, self.instructor)
        response = self.client.get(page(Proposal, "change", proposal.pk))
        [difference] = words(response, ".differences tbody tr")
        self.assertEqual(difference, "Title Old <b>New</b>")
        self.talk.title = "Newer"
        self.talk.save()
        response = self.client.get(page(Proposal, "change", proposal.pk))
        self.assertContains(response, "changed since it was sent")

    def test_staff_of_the_course_decide_on_its_talk(self):
        for role in ("instructor", "assistant"):
            self.instructor.person.roles.update(role=role)
            proposal = make.make_proposal(self.talk, title=role)
            self.decide(self.instructor, proposal)
            self.talk.refresh_from_db()
            self.assertEqual(self.talk.title, role)
        proposal = make.make_proposal(self.talk, title="Declined")
        self.decide(self.instructor, proposal, "decline")
        self.talk.refresh_from_db()
        self.assertEqual(self.talk.title, "assistant")

    def test_staff_of_another_course_find_nothing(self):
        proposal = make.make_proposal(self.talk)
        self.assertEqual(self.decide(self.elsewhere, proposal).status_code, 404)
        self.talk.refresh_from_db()
        self.assertEqual(self.talk.title, "Old")
        refused = AuditEntry.objects.filter(action="refused", user=self.elsewhere)
        self.assertIn("POST /admin/courses/proposal/", str(list(refused)))

    def test_no_form_accepts_what_was_not_asked(self):
        proposal = make.make_proposal(self.talk)
        response = self.decide(self.instructor, proposal, how="")
        self.assertEqual(response.status_code, 403)

    def test_shared_rows_are_proposed_and_superusers_decide(self):
        for row, field in (
            (self.paper, "title"),
            (self.author, "given_name"),
            (self.person, "affiliation"),
        ):
            with self.subTest(row):
                url = page(type(row), "change", row.pk)
                log_in(self.client, self.instructor)
                found = dict(links(self.client.get(url), ".object-tools a"))
                self.assertEqual(found["Propose a change"], propose_address(row))
                self.assertRedirects(
                    self.propose(row, reason="Look.", **{field: "New"}), url
                )
                proposal = Proposal.objects.get(state="open")
                self.assertEqual(
                    (proposal.values, proposal.by, proposal.note, proposal.course),
                    ({field: "New"}, self.instructor, "Look.", None),
                )
                for user in (self.instructor, self.elsewhere):
                    self.assertEqual(self.decide(user, proposal).status_code, 404)
                refused = AuditEntry.objects.filter(user=self.instructor)
                self.assertTrue(refused.filter(words__startswith="POST").exists())
                row.refresh_from_db()
                self.assertNotEqual(getattr(row, field), "New")
                self.decide(self.root, proposal)
                row.refresh_from_db()
                self.assertEqual(getattr(row, field), "New")
                self.client.force_login(self.root)
                self.assertNotContains(self.client.get(url), "Propose a change")

    def test_a_photo_is_proposed(self):
        self.propose(self.person, photo=upload(picture()))
        proposal = Proposal.objects.get()
        self.decide(self.root, proposal, take=["photo"])
        self.person.refresh_from_db()
        self.assertEqual(self.person.photo, proposal.photo)

    def test_what_is_wrong_is_said_and_not_sent(self):
        make.make_paper(doi="10.1/one")
        response = self.propose(self.paper, doi="10.1/one", year="soon", title="")
        for said in ("Enter a whole number.", "This field is required."):
            self.assertContains(response, said)
        response = self.propose(self.paper, doi="10.1/one")
        self.assertContains(response, "Another paper has this DOI.")
        self.propose(self.paper)  # as it is
        self.assertEqual(Proposal.objects.count(), 0)

    def test_what_nobody_proposes_has_no_form(self):
        link = make.make_paper_link(self.paper)
        log_in(self.client, self.instructor)
        response = self.client.get(propose_address(link))
        self.assertEqual(response.status_code, 404)

    def test_what_is_private_is_no_field(self):
        log_in(self.client, self.instructor)
        response = self.client.get(propose_address(self.person))
        self.assertNotContains(response, "ada@example.org")
        fields = form_data(response).keys()
        self.assertEqual(
            fields - {"csrfmiddlewaretoken", "initial-other_names", "reason"},
            {*proposals.FIELDS["courses.Person"]},
        )
        self.propose(self.person, email="me@example.org", slug="me", user="1")
        self.assertEqual(Proposal.objects.count(), 0)

    def test_only_what_one_sees_and_may_not_change_is_proposed(self):
        own = make.make_paper()
        make.make_reading(self.course, paper=own)
        hidden = make.make_enrolment(self.other).person
        log_in(self.client, self.instructor)
        for row in (own, hidden, self.talk, make.make_user()):
            with self.subTest(type(row).__name__):
                url = propose_address(row)
                self.assertEqual(self.client.get(url).status_code, 404)
                self.assertEqual(self.client.post(url, {}).status_code, 404)
        log_in(self.client, make.make_student(self.course))
        response = self.client.get(propose_address(self.paper))
        self.assertEqual(response.status_code, 302)
        self.assertEqual(Proposal.objects.count(), 0)

    def test_who_lost_the_role_decides_no_more(self):
        proposal = make.make_proposal(self.talk)
        CourseRole.objects.filter(person__user=self.instructor).delete()
        self.decide(self.instructor, proposal)
        self.assertEqual(Talk.objects.get(pk=self.talk.pk).title, "Old")

    def test_lists_show_what_may_be_decided(self):
        make.make_proposal(self.talk)
        shared = proposals.propose(self.paper, {"title": "New"}, by=self.instructor)
        for user, count in ((self.root, 2), (self.instructor, 1), (self.elsewhere, 0)):
            log_in(self.client, user)
            response = self.client.get(page(Proposal, "changelist"))
            self.assertEqual(response.context["cl"].result_count, count)
        self.assertEqual(str(shared), "paper: Shared")


def test_every_field_that_can_be_proposed_is_one():
    for model in (Talk, Person, Paper, Author):
        for name in proposals.FIELDS[model._meta.label]:
            assert model._meta.get_field(name).editable
