"""A speaker's own link: from the mail to what visitors see."""

import re
from datetime import UTC, datetime, timedelta
from unittest import mock

import pytest
from django.core import mail
from django.core.cache import cache
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client, TestCase
from django.urls import reverse
from django.utils import timezone

from courses import proposal_forms, proposals
from courses.models import AuditEntry, Person, Proposal, StoredFile, Talk, TalkLink
from tests import factories as make
from tests.admin_pages import form_data, page
from tests.courses.test_uploads import HTML, SVG
from tests.logins import log_in
from tests.pages import words
from tests.pictures import picture

pytestmark = pytest.mark.both
ADD = reverse("admin:courses_talklink_add")
HOSTILE = "<script>alert(1)</script> [x](javascript:alert(2)) $x^2$"
TEXTS = {"title": "On trees", "abstract": "They *grow*.", "biography": "A gardener."}


def upload(content, name):
    return SimpleUploadedFile(name, content)


class TalkFormTestCase(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.course = make.make_course(title="Forestry")
        cls.instructor = make.make_instructor(cls.course)
        cls.guest = make.make_person("Ada Bo", email="ada@example.org")
        session = make.make_session(cls.course)
        cls.talk = make.make_talk(session, cls.guest, title="To be told")

    def setUp(self):
        self.visitor = Client()
        log_in(self.client, self.instructor)

    def invite(self, email="guest@example.org", **fields):
        """The address in the mail."""
        add = f"{ADD}?talk={self.talk.pk}"
        data = form_data(self.client.get(add)) | {"email": email} | fields
        with self.captureOnCommitCallbacks(execute=True):
            self.client.post(add, data)
        return re.search(r"http\S+", mail.outbox[-1].body)[0]

    def send(self, url, **fields):
        with self.captureOnCommitCallbacks(execute=True):
            return self.visitor.post(url, TEXTS | fields, follow=True)

    def decide(self, proposal, how="accept", client=None):
        client = client or self.client
        url = page(Proposal, "change", proposal.pk)
        data = form_data(client.get(url))
        names = ["title", "abstract", "biography", "photo", "slides"]
        client.post(url, data | {"take": names, how: "x"})


class WholeWayTests(TalkFormTestCase):
    def test_what_a_guest_sends_is_shown_once_staff_accept_it(self):
        url = self.invite()
        self.assertEqual(mail.outbox[-1].to, ["guest@example.org"])
        response = self.send(
            url,
            photo=upload(picture((2000, 1000)), "me.jpg"),
            slides=upload(make.PDF, "trees.pdf"),
        )
        self.assertContains(response, "Thank you. The organisers look at it")
        self.assertContains(response, "Nothing of it is shown yet.")
        address = self.talk.get_absolute_url()
        photo = reverse("courses:person_photo", args=[self.guest.slug])
        self.assertNotContains(self.visitor.get(address), "They")
        self.assertEqual(self.visitor.get(photo).status_code, 404)

        self.decide(Proposal.objects.get())
        [shown] = words(self.visitor.get(address))
        for text in ("On trees", "They grow.", "A gardener.", "slides"):
            self.assertIn(text, shown)
        self.assertEqual(self.visitor.get(photo).getvalue()[:3], b"\xff\xd8\xff")
        material = self.talk.materials.get()
        self.assertEqual((material.kind, material.visibility), ("slides", "public"))
        served = self.visitor.get(material.get_absolute_url())
        self.assertEqual(served.getvalue(), make.PDF)
        record = self.talk.history.first()
        self.assertEqual(
            (record.title, record.history_user), ("On trees", self.instructor)
        )

    def test_the_page_shows_what_is_now_and_what_waits(self):
        url = self.invite()
        self.assertContains(self.visitor.get(url), 'value="To be told"')
        self.send(url)
        response = self.visitor.get(url)
        self.assertContains(response, 'value="On trees"')
        [waiting] = words(response, ".waiting")
        self.assertIn("Title On trees What is shown now To be told", waiting)

    def test_sending_again_replaces_what_waits(self):
        url = self.invite()
        self.send(url, slides=upload(make.PDF, "first.pdf"))
        first = StoredFile.objects.get()
        self.send(url, title="On bushes")
        self.assertEqual(Proposal.objects.get().slides, first)  # as no other came
        self.send(url, slides=upload(make.PDF + b"%2", "second.pdf"))
        proposal = Proposal.objects.get()
        self.assertEqual(proposal.values["title"], "On trees")
        self.assertEqual(proposal.slides.original_name, "second.pdf")
        self.assertFalse(StoredFile.objects.filter(pk=first.pk).exists())
        self.assertFalse(default_storage.exists(first.key))

    def test_slides_sent_again_after_a_decision_take_the_place_of_the_first(self):
        url = self.invite()
        for name in ("first.pdf", "second.pdf"):
            self.send(url, slides=upload(make.PDF, name))
            self.decide(Proposal.objects.first())
        file = self.talk.materials.get().file
        self.assertEqual(
            (file.original_name, file.replaces.original_name),
            ("second.pdf", "first.pdf"),
        )

    def test_nothing_new_is_not_sent(self):
        url = self.invite()
        self.send(url)
        response = self.send(url, title="To be told", abstract="", biography="")
        self.assertContains(response, "there was nothing to send")
        self.assertEqual(Proposal.objects.count(), 0)

    def test_what_is_declined_is_not_shown(self):
        self.send(self.invite(), slides=upload(make.PDF, "trees.pdf"))
        self.decide(Proposal.objects.get(), "decline")
        self.talk.refresh_from_db()
        self.assertEqual(
            (self.talk.title, self.talk.materials.count()), ("To be told", 0)
        )

    def test_a_photo_of_who_speaks_elsewhere_waits_for_a_superuser(self):
        make.make_talk(make.make_session(), self.guest)
        self.send(self.invite(), photo=upload(picture(), "me.jpg"))
        self.decide(Proposal.objects.get())
        self.guest.refresh_from_db()
        self.assertIsNone(self.guest.photo)
        waiting = Proposal.objects.get(state="open")
        self.assertEqual((waiting.target, waiting.course), (self.guest, None))
        url = page(Proposal, "change", waiting.pk)
        self.assertEqual(self.client.get(url).status_code, 404)
        root = Client()
        log_in(root, make.make_superuser())
        self.decide(waiting, client=root)
        self.guest.refresh_from_db()
        self.assertEqual(self.guest.photo.original_name, "me.jpg")

    def test_a_photo_is_of_who_was_shown(self):
        self.send(self.invite(person=""), photo=upload(picture(), "me.jpg"))
        proposal = Proposal.objects.get()
        before = proposals.mark(proposal)
        appearance = self.talk.appearances.get()
        appearance.person = make.make_person("Eve")
        appearance.save()
        proposal = Proposal.objects.get()
        with self.assertRaises(proposals.Refused):
            proposals.accept(proposal, self.instructor, ["photo"], before)

    def test_of_several_speakers_a_photo_needs_one_named(self):
        make.make_appearance(self.talk, make.make_person("Second"))
        self.assertNotContains(self.visitor.get(self.invite()), "id_photo")
        url = self.invite(person=str(self.guest.pk))
        self.assertContains(self.visitor.get(url), "id_photo")


class LinkTests(TalkFormTestCase):
    def test_closed_links_all_look_like_guessed_ones(self):
        guessed = self.visitor.get(reverse("courses:talk_form", args=["guessed"]))
        for end in ("revoke", "send_again", "expire"):
            url = self.invite(email=f"{end.replace('_', '-')}@example.org")
            link = TalkLink.objects.first()
            if end == "expire":
                TalkLink.objects.filter(pk=link.pk).update(expires_at=timezone.now())
            else:
                data = {"action": end, "_selected_action": [link.pk]}
                self.client.post(page(TalkLink, "changelist"), data)
            for response in (self.visitor.get(url), self.send(url)):
                with self.subTest(end):
                    self.assertEqual(response.status_code, 404)
                    self.assertEqual(words(response), words(guessed))
        self.assertEqual(Proposal.objects.count(), 0)

    def test_what_is_guessed_is_recorded_without_the_secret(self):
        self.visitor.get(reverse("courses:talk_form", args=["guessed"]))
        self.send(self.invite())
        recorded = str(list(AuditEntry.objects.values_list("action", "words")))
        self.assertIn("GET /talk-form/<slug:token>/ → 404", recorded)
        self.assertIn("Sent: Ada Bo: To be told, guest@example.org, Forestry", recorded)
        self.assertNotIn("guessed", recorded)

    def test_the_address_is_told_to_no_one(self):
        url = self.invite()
        for response in (self.visitor.get(url), self.visitor.get(url[:-2] + "/")):
            self.assertEqual(response["Referrer-Policy"], "no-referrer")
            self.assertIn("no-store", response["Cache-Control"])
        token = url.rstrip("/").rpartition("/")[2]
        self.assertNotIn(token, str(TalkLink.objects.values_list().get()))

    def test_a_forwarded_link_opens_this_talk_alone(self):
        other = make.make_talk(self.talk.session, title="Mine")
        self.send(self.invite(), talk=str(other.pk), session=str(other.pk))
        proposal = Proposal.objects.get()
        self.assertEqual((proposal.target, proposal.by), (self.talk, None))
        self.assertEqual(proposal.values, TEXTS)

    def test_is_valid_until_a_month_after_the_talk(self):
        session = self.talk.session
        link = TalkLink(talk=self.talk, email="a@example.org")
        for ends_at, counts_from in (
            (None, "sent"),
            (datetime(2020, 1, 1, tzinfo=UTC), "sent"),
            (datetime(9000, 1, 1, tzinfo=UTC), datetime(9000, 1, 1, tzinfo=UTC)),
        ):
            session.ends_at = ends_at
            link.renew(by=None)
            expected = link.sent_at if counts_from == "sent" else counts_from
            with self.subTest(ends_at):
                self.assertEqual(link.expires_at, expected + timedelta(days=30))

    def test_twenty_sendings_a_day(self):
        url = self.invite()
        with mock.patch.object(proposal_forms, "SENDINGS_A_DAY", 2):
            for title in ("One", "Two", "Three"):
                response = self.send(url, title=title)
        self.assertContains(response, "This was sent 2 times within a day")
        self.assertContains(response, 'value="Three"')
        self.assertEqual(Proposal.objects.get().values["title"], "Two")
        cache.clear()


class StaffTests(TalkFormTestCase):
    def initial(self, client=None):
        form = (client or self.client).get(f"{ADD}?talk={self.talk.pk}")
        data = form_data(form)
        return data["talk"], data["person"], data["email"]

    def test_the_form_knows_talk_speaker_and_an_address_that_is_no_secret(self):
        talk, guest = [str(self.talk.pk)], [str(self.guest.pk)]
        self.assertEqual(self.initial(), (talk, guest, "ada@example.org"))
        make.make_talk(make.make_session(), self.guest)  # of another course, too
        self.assertEqual(self.initial(), (talk, guest, ""))

    def test_nobody_learns_who_speaks_elsewhere(self):
        hidden = make.make_talk(
            make.make_session(make.make_course(status="draft")),
            make.make_person("Hidden Guest"),
        )
        response = self.client.get(f"{ADD}?talk={hidden.pk}")
        self.assertNotContains(response, "Hidden Guest")
        count = len(mail.outbox)
        self.client.post(ADD, {"talk": str(hidden.pk), "email": "a@example.org"})
        self.assertEqual((TalkLink.objects.count(), len(mail.outbox)), (0, count))

    def test_a_person_is_one_of_the_speakers(self):
        other = make.make_person()
        add = f"{ADD}?talk={self.talk.pk}"
        data = form_data(self.client.get(add)) | {"person": str(other.pk)}
        self.client.post(add, data)
        self.assertEqual(TalkLink.objects.count(), 0)

    def test_an_assistant_sends_and_does_not_revoke(self):
        self.instructor.person.roles.update(role="assistant")
        url = self.invite()
        data = {"action": "revoke", "_selected_action": [TalkLink.objects.get().pk]}
        self.client.post(page(TalkLink, "changelist"), data)
        self.assertEqual(self.visitor.get(url).status_code, 200)

    def test_the_form_of_a_talk_leads_there(self):
        response = self.client.get(page(Talk, "change", self.talk.pk))
        self.assertContains(response, f"{ADD}?talk={self.talk.pk}")

    def test_files_that_wait_are_seen_by_staff_alone(self):
        self.send(self.invite(), slides=upload(make.PDF, "trees.pdf"))
        proposal = Proposal.objects.get()
        url = reverse("admin:courses_proposal_file", args=[proposal.pk, "slides"])
        response = self.client.get(url)
        self.assertEqual(response.getvalue(), make.PDF)
        self.assertEqual(
            response["Content-Security-Policy"], "sandbox; default-src 'none'"
        )
        for name in ("photo", "link"):
            other = reverse("admin:courses_proposal_file", args=[proposal.pk, name])
            self.assertEqual(self.client.get(other).status_code, 404)
        self.assertEqual(self.visitor.get(url).status_code, 302)
        log_in(self.visitor, make.make_instructor(make.make_course()))
        self.assertEqual(self.visitor.get(url).status_code, 404)


class HostileTests(TalkFormTestCase):
    def test_texts_are_cleaned(self):
        self.send(self.invite(), title=HOSTILE, abstract=HOSTILE, biography=HOSTILE)
        proposal = Proposal.objects.get()
        screen = self.client.get(page(Proposal, "change", proposal.pk))
        self.decide(proposal)
        for response in (screen, self.visitor.get(self.talk.get_absolute_url())):
            self.assertNotContains(response, "<script>alert")
            self.assertNotContains(response, 'href="javascript:')

    def test_files_are_refused_in_words_and_the_text_comes_back(self):
        bomb = picture((7000, 7000), "PNG")
        for name, file, said in (
            ("photo", upload(HTML, "me.jpg"), "is no JPEG: what it holds is text/html"),
            ("photo", upload(SVG, "me.svg"), "is no picture that can be read"),
            ("photo", upload(b"", "me.png"), "is empty (0 bytes)"),
            ("photo", upload(bomb, "me.png"), "has more than 40 megapixels"),
            ("slides", upload(HTML, "a.pdf"), "is no PDF: what it holds is text/html"),
            ("slides", upload(b"", "a.pdf"), "is empty (0 bytes)"),
        ):
            with self.subTest(said, name=name):
                response = self.send(self.invite(), **{name: file})
                self.assertContains(response, said)
                self.assertContains(response, "Choose your files again")
                self.assertContains(response, 'value="On trees"')
        self.assertEqual((Proposal.objects.count(), StoredFile.objects.count()), (0, 0))

    def test_too_large_files_are_refused(self):
        with self.settings(MAX_UPLOAD_MB=0):
            response = self.send(self.invite(), slides=upload(make.PDF, "a.pdf"))
        self.assertContains(response, "at most 0 MB are taken")

    def test_long_texts_are_refused(self):
        response = self.send(self.invite(), abstract="x" * 10_001)
        self.assertContains(response, "has at most 10000 characters")
        self.assertEqual(Proposal.objects.count(), 0)

    def test_people_are_not_changed_by_it(self):
        self.send(self.invite(), name="Eve", email="eve@example.org", slug="eve")
        self.decide(Proposal.objects.get())
        self.assertEqual(Person.objects.get(pk=self.guest.pk).name, "Ada Bo")
