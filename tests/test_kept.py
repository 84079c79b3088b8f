"""Answers of the API that are kept: never older than what is committed."""

import gzip
import json
from datetime import timedelta
from unittest import mock

import pytest
from django.core.cache import caches
from django.db import connection
from django.test import TestCase
from django.utils import timezone

from config import kept
from courses.access import Status, Visibility
from courses.models import Revision, Session, SessionRole
from references.models import Paper, PaperLink
from tests import factories as make

pytestmark = pytest.mark.both

SESSIONS = "/api/v1/sessions/"
EMPTY = {
    **dict.fromkeys(["next", "previous", "as_of"]),
    **{"count": 0, "deleted": [], "results": []},
}
WHOLE = f"{SESSIONS}?expand=talks,materials,readings"


class KeptTests(TestCase):
    def setUp(self):
        self.course = make.make_course(slug="networks")
        self.session = make.make_session(self.course, key="01", title="Kernels")

    def titles(self, address=WHOLE):
        rows = self.client.get(address).json()["results"]
        return [row["title"] for row in rows]

    def is_made_anew(self, address):
        """Whether an answer is put together for this request."""
        made = kept._small
        with mock.patch.object(kept, "_small", wraps=made) as small:
            self.client.get(address)
        return small.called

    def test_the_second_costs_one_query(self):
        self.client.get(WHOLE)
        with self.assertNumQueries(1):
            self.client.get(WHOLE)

    def test_what_is_still_true_is_not_sent(self):
        etag = self.client.get(WHOLE)["ETag"]
        caches["kept"].clear()
        for sent in (etag, f"W/{etag}", f'"other", {etag}'):
            with self.subTest(sent), self.assertNumQueries(1):
                response = self.client.get(WHOLE, headers={"if-none-match": sent})
                self.assertEqual((response.status_code, response.content), (304, b""))
                self.assertEqual(response["ETag"], etag)

    def test_a_change_is_seen_at_once(self):
        for change in (
            lambda: Session.objects.update(title="Trees"),
            lambda: make.make_talk(self.session, title="On graphs"),
            lambda: make.make_material(self.session),
            lambda: make.make_reading(self.session, paper=make.make_paper()),
            lambda: SessionRole.objects.create(
                session=self.session, person=make.make_person()
            ),
            lambda: Paper.objects.update(title="Another"),
            lambda: self.session.talks.all().delete(),
            lambda: Session.objects.update(visibility=Visibility.STAFF),
        ):
            before = self.client.get(WHOLE)
            change()
            after = self.client.get(WHOLE, headers={"if-none-match": before["ETag"]})
            self.assertEqual(after.status_code, 200)
            self.assertNotEqual(after.content, before.content)
            caches["kept"].clear()
            self.assertEqual(after.content, self.client.get(WHOLE).content)

    def test_what_another_course_changes_leaves_it(self):
        address = f"{SESSIONS}?course=networks"
        other = make.make_session(make.make_course())
        self.client.get(address)
        other.save()
        self.assertFalse(self.is_made_anew(address))
        PaperLink.objects.create(paper=make.make_paper(), url="https://example.org/")
        self.assertTrue(self.is_made_anew(address))

    def test_of_a_course_what_courses_share_tells_of_others_too(self):
        person, paper = make.make_person(slug="ada"), make.make_paper()
        make.make_course_role(self.course, person)
        make.make_reading(self.session, paper=paper)
        other = make.make_session(make.make_course(slug="other"))
        for address, change in (
            (
                "/api/v1/papers/?course=networks&expand=readings",
                lambda: make.make_reading(other, paper=paper),
            ),
            (
                "/api/v1/people/?course=networks&expand=sessions",
                lambda: make.make_session_role(other, person),
            ),
            (
                "/api/v1/people/?course=networks&expand=sessions",
                lambda: Session.objects.filter(pk=other.pk).update(title="Trees"),
            ),
        ):
            with self.subTest(address):
                before = self.client.get(address).content
                change()
                self.assertNotEqual(self.client.get(address).content, before)

    def test_what_ends_by_the_clock_is_not_kept(self):
        address = "/api/v1/assignments/?is_open=true"
        soon = timezone.now() + timedelta(hours=1)
        make.make_assignment(self.course, due_at=soon)
        before = self.client.get(address)
        known = {"if-none-match": before["ETag"]}
        self.assertEqual(self.client.get(address, headers=known).status_code, 304)
        with mock.patch.object(timezone, "now", return_value=soon + timedelta(days=1)):
            after = self.client.get(address, headers=known)
        self.assertEqual((before.json()["count"], after.json()["count"]), (1, 0))

    def test_what_appears_by_the_clock_is_seen(self):
        soon = timezone.now() + timedelta(hours=1)
        make.make_announcement(self.course, published_at=soon)
        address = f"{SESSIONS}?course=networks"
        self.client.get(address)
        self.assertFalse(self.is_made_anew(address))
        with mock.patch.object(timezone, "now", return_value=soon):
            self.assertTrue(self.is_made_anew(address))

    def test_a_hidden_course_answers_as_one_that_is_not_there(self):
        make.make_session(make.make_course(slug="draft", status=Status.DRAFT))
        answers = []
        for slug in ("draft", "nowhere"):
            response = self.client.get(f"{SESSIONS}?course={slug}")
            again = self.client.get(
                f"{SESSIONS}?course={slug}",
                headers={"if-none-match": response["ETag"]},
            )
            told = {*response.headers} - {"ETag"}
            answers.append((response.content, told, again.status_code))
        self.assertEqual(*answers)

    def test_what_no_slug_can_be_is_refused(self):
        for address in (
            *(f"{SESSIONS}?course=%00", f"{SESSIONS}%00/01/"),
            *(f"{SESSIONS}networks/%00/", "/api/v1/papers/%00/", "/api/v1/x%00/"),
        ):
            with self.subTest(address):
                self.assertIn(self.client.get(address).status_code, (400, 404))

    def test_refusals_are_not_kept(self):
        for address in (f"{SESSIONS}nowhere/01/", f"{SESSIONS}?nothing=1"):
            response = self.client.get(address, headers={"if-none-match": "*"})
            self.assertIn(response.status_code, (400, 404))
            self.assertFalse(response.has_header("ETag"))

    def test_is_sent_small_to_who_can_read_that(self):
        plain = self.client.get(WHOLE)
        small = self.client.get(WHOLE, headers={"accept-encoding": "gzip, br"})
        self.assertEqual(small["Content-Encoding"], "gzip")
        self.assertEqual(gzip.decompress(small.content), plain.content)
        self.assertFalse(plain.has_header("Content-Encoding"))
        self.assertIn("Accept-Encoding", small["Vary"])

    def test_each_format_and_host_has_its_own(self):
        make.make_paper(title="Kernels")
        as_json = self.client.get("/api/v1/papers/")
        bib = "application/x-bibtex"
        as_bib = self.client.get("/api/v1/papers/", headers={"accept": bib})
        self.assertEqual(as_json["Content-Type"], "application/json")
        self.assertTrue(as_bib["Content-Type"].startswith(bib))
        self.assertNotEqual(as_json["ETag"], as_bib["ETag"])

    def test_asks_for_the_state_before_the_rows(self):
        """What is committed meanwhile must not be kept under the state before it."""
        small = kept._small

        def commit_meanwhile(response):
            Session.objects.update(title="Changed")
            return small(response)

        with mock.patch.object(kept, "_small", commit_meanwhile):
            self.assertEqual(self.titles(), ["Kernels"])
        self.assertEqual(self.titles(), ["Changed"])

    def test_last_modified_is_told_when_nothing_else_can_happen_in_its_second(self):
        kept._known_at.cache_clear()  # states of what was rolled back come again
        self.assertFalse(self.client.get(WHOLE).has_header("Last-Modified"))
        later = timezone.now() + timedelta(seconds=10)
        with mock.patch.object(timezone, "now", return_value=later):
            response = self.client.get(WHOLE)
            since = {"if-modified-since": response["Last-Modified"]}
            again = self.client.get(WHOLE, headers=since)
            self.assertEqual(again.status_code, 304)
            self.session.delete()  # in a transaction that began long ago
            Revision.objects.update(at=timezone.now() - timedelta(days=1))
            again = self.client.get(WHOLE, headers=since)
            self.assertEqual(again.status_code, 200)

    def test_what_tokens_are_shown_is_sent_if_it_is_not_known(self):
        for query in ("", "?expand=talks", "1/"):
            address = f"{SESSIONS}networks/01/" if query == "1/" else SESSIONS + query
            token = make.make_token(make.make_instructor(self.course)).clear
            headers = {"authorization": f"Bearer {token}"}
            before = self.client.get(address, headers=headers)
            headers["if-none-match"] = before["ETag"]
            again = self.client.get(address, headers=headers)
            self.assertEqual((again.status_code, again.content), (304, b""))
            self.assertEqual(again["Cache-Control"], "private, no-cache")
            Session.objects.filter(pk=self.session.pk).update(title=address)
            self.assertEqual(self.client.get(address, headers=headers).status_code, 200)

    def test_nothing_in_a_file_has_no_tag(self):
        query = {"format": "bib", "updated_after": "2020-01-01T00:00:00Z"}
        response = self.client.get("/api/v1/papers/", query)
        self.assertEqual((response.status_code, response.content), (200, b""))
        self.assertNotIn("ETag", response)

    def test_what_a_mirror_asks_is_not_kept(self):
        address = f"{SESSIONS}?updated_after=2020-01-01T00:00:00Z"
        first = self.client.get(address)
        pk = self.session.pk
        self.session.delete()
        second = self.client.get(f"{SESSIONS}?updated_after={first.json()['as_of']}")
        self.assertEqual(
            (second.json()["results"], second.json()["deleted"]),
            ([], [pk]),
        )

    def test_a_mirror_of_a_course_is_told_of_what_is_elsewhere_now(self):
        role = make.make_course_role(self.course)
        person, other = role.person, make.make_course(slug="other")
        make.make_course_role(other, person)
        as_of = (timezone.now() - timedelta(seconds=1)).isoformat()
        role.delete()
        Session.objects.filter(pk=self.session.pk).update(course=other)
        for name, pk in (("people", person.pk), ("sessions", self.session.pk)):
            for course, gone in (("networks", [pk]), ("other", [])):
                query = {"updated_after": as_of, "course": course}
                answer = self.client.get(f"/api/v1/{name}/", query).json()
                with self.subTest(name, course=course):
                    self.assertEqual(answer["deleted"], gone)

    def test_a_mirror_stays_in_step(self):
        mirror = {row["id"]: row for row in self.client.get(SESSIONS).json()["results"]}
        as_of = timezone.now().isoformat()
        new = make.make_session(self.course, key="02")
        Session.objects.filter(pk=self.session.pk).update(title="Trees")
        gone = make.make_session(self.course, key="03")
        gone_pk = gone.pk
        gone.delete()
        hidden = make.make_session(self.course, key="04")
        Session.objects.filter(pk=hidden.pk).update(visibility=Visibility.STAFF)
        answer = self.client.get(SESSIONS, {"updated_after": as_of}).json()
        mirror |= {row["id"]: row for row in answer["results"]}
        for pk in answer["deleted"]:
            mirror.pop(pk, None)
        rows = self.client.get(SESSIONS).json()["results"]
        self.assertEqual(mirror, {row["id"]: row for row in rows})
        self.assertEqual({*mirror}, {self.session.pk, new.pk})
        self.assertEqual(answer["deleted"], [gone_pk, hidden.pk])
        self.assertEqual(json.loads(json.dumps(answer))["count"], 2)


@pytest.mark.postgresql
def test_a_connection_that_was_cut_is_made_anew(client, transactional_db):
    make.make_session(key="01")
    etag = client.get(WHOLE)["ETag"]
    for headers, status in (({}, 200), ({"if-none-match": etag}, 304)):
        held = connection.connection
        with connection.copy().cursor() as other:
            other.execute("SELECT pg_terminate_backend(%s)", [held.info.backend_pid])
        assert client.get(WHOLE, headers=headers).status_code == status
        assert connection.connection is not held
