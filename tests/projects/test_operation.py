"""What an operator runs at the shell."""

import os
from datetime import timedelta
from io import StringIO
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.core import serializers
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command
from django.test import TestCase, override_settings
from django.utils import timezone

from courses.models import AuditEntry, ImportRecord, Person, StoredFile, User
from projects.models import Delivery, Membership, Refusal, RosterEntry, Submission
from tests import factories as make

pytestmark = pytest.mark.both


def run(*args, **options):
    """What a command wrote."""
    out = StringIO()
    call_command(*args, stdout=out, stderr=out, **options)
    return out.getvalue()


def path_of(file):
    return Path(settings.MEDIA_ROOT) / getattr(file, "key", file)


def age(path, days):
    then = (timezone.now() - timedelta(days=days)).timestamp()
    os.utime(path, (then, then))


@pytest.fixture(autouse=True)
def media(tmp_path):
    """Folders of their own for stored bytes and those on their way."""
    with override_settings(MEDIA_ROOT=tmp_path, FILE_UPLOAD_TEMP_DIR=tmp_path / "tmp"):
        (tmp_path / "tmp").mkdir()
        yield


class VerifyFilesTests(TestCase):
    def test_is_content_with_what_is_whole(self):
        make.make_file()
        make.make_file(b"A text.", "a.txt")
        self.assertEqual(run("verify_files"), "Files: 2, wrong: 0.\n")

    def test_lists_what_is_missing_or_differs(self):
        slot, team, by = make.make_handing_in()
        lost = make.make_file(name="report.pdf")
        submission = make.make_submission(slot, team, by, file=lost)
        path_of(lost).unlink()
        cut = make.make_file(b"A text.", "cut.txt")
        path_of(cut).write_bytes(b"A tex")
        swapped = make.make_file(b"A text.", "swapped.txt")
        path_of(swapped).write_bytes(b"A tent.")
        out = StringIO()
        with self.assertRaisesMessage(CommandError, "Files: 3, wrong: 3."):
            call_command("verify_files", stdout=out)
        self.assertEqual(
            out.getvalue().splitlines(),
            [
                f"{lost.pk} “report.pdf” of submission {submission.pk}: missing",
                f"{cut.pk} “cut.txt” of nothing: 5 bytes instead of 7",
                f"{swapped.pk} “swapped.txt” of nothing: other bytes of that size",
            ],
        )

    def test_knows_tombstones(self):
        file = make.make_file()
        file.erase()
        with self.assertRaisesMessage(CommandError, "Files: 1, wrong: 1."):
            run("verify_files")
        path_of(file).unlink()
        self.assertEqual(run("verify_files"), "Files: 1, wrong: 0.\n")


class SweepFilesTests(TestCase):
    def test_deletes_what_nothing_knows_after_a_day(self):
        known, erased = make.make_file(), make.make_file()
        erased.erase()
        old, young = path_of("a" * 40), path_of("b" * 40)
        others = path_of("notes.txt")
        half = Path(settings.FILE_UPLOAD_TEMP_DIR) / "tmpx.upload.pdf"
        for path in (old, young, others, half):
            path.write_bytes(b"?")
        for path in (old, others, half, path_of(known), path_of(erased)):
            age(path, days=1.01)
        age(young, days=0.99)
        refused = make.make_refusal(at=timezone.now() - timedelta(days=179))
        make.make_refusal(at=timezone.now() - timedelta(days=181))
        said = (
            "files that nothing knows: 2, uploads that broke off: 1, old refusals: 1.\n"
        )
        before = sorted(Path(settings.MEDIA_ROOT).rglob("*"))
        self.assertEqual(run("sweep_files", dry_run=True), f"Would delete {said}")
        self.assertEqual(sorted(Path(settings.MEDIA_ROOT).rglob("*")), before)
        self.assertEqual(run("sweep_files"), f"Deleted {said}")
        gone = {old, half, path_of(erased)}
        left = sorted(Path(settings.MEDIA_ROOT).rglob("*"))
        self.assertEqual(left, [path for path in before if path not in gone])
        self.assertEqual(list(Refusal.objects.all()), [refused])
        self.assertEqual(StoredFile.objects.count(), 2)


def everything():
    """All rows of the database, as text."""
    models = [model for model in apps.get_models() if model._meta.managed]
    rows = [row for model in models for row in model._base_manager.all()]
    return serializers.serialize("json", rows, ensure_ascii=False)


class ErasePersonTests(TestCase):
    SAID = [
        *("Zelda Quux", "ZELDA Q.", "Quux, Z.", "zelda@example.org", "20999111"),
        *("zelda-quux", "zq@home.example", "born in Oz", "zelda.pdf", "192.0.2.7"),
        *("University of Oz", "https://oz.example", "Formerly Other", "oz_link"),
    ]

    def setUp(self):
        self.slot, self.team, self.user = make.make_handing_in(size=2)
        self.course = self.team.course
        self.user.email = "zelda@example.org"
        self.user.save()
        person = self.person = self.user.person
        person.name, person.other_names = "Zelda Quux", ["ZELDA Q."]
        person.slug, person.email = "zelda-quux", "zq@home.example"
        person.biography, person.affiliation = "Was born in Oz.", "University of Oz"
        person.homepage = "https://oz.example/"
        person.photo = make.make_file(make.PNG, "zelda.png")
        person.family_name = person.given_name = ""
        person.save()
        person.enrolments.update(student_number="20999111")
        self.fill_her_parts()
        self.alone = self.hand_in("alone", [person], name="zelda.pdf")
        mate = make.make_person("Mate Mine")
        Membership.objects.create(team=self.team, person=mate)
        self.together = self.hand_in("together", [person, mate], name="ours.pdf")

    def fill_her_parts(self):
        person, user, course = self.person, self.user, self.course
        session = make.make_session(course)
        talk = make.make_talk(session, biography="She was born in Oz.")
        make.make_appearance(
            talk, person, name="Quux, Z.", affiliation="University of Oz"
        )
        make.make_course_role(course, person, name_as_printed="Quux, Z.")
        make.make_session_role(session, person, name_as_printed="Quux, Z.")
        make.make_invitation(course, person, email="zq@home.example")
        make.make_talk_link(talk, person=person, email="zq@home.example")
        make.make_proposal(person, user, biography="I was born in Oz.")
        make.make_join_request(course, user, name="Zelda Quux")
        make.make_token(user, [course], name="notebook of Zelda Quux")
        make.make_person_merge(
            person, name="Formerly Other", undo={"gone": {"name": "Formerly Other"}}
        )
        make.make_presentation(session, members=["Zelda Quux", "Mate Mine"])
        make.make_audit_entry(
            course,
            words="Given: Zelda Quux (instructor)",
            user=user,
            email=user.email,
            ip_address="192.0.2.7",
        )
        kind = ContentType.objects.get_for_model(Person)
        LogEntry.objects.create(
            user=make.make_superuser(),
            content_type=kind,
            object_id=person.pk,
            object_repr="Zelda Quux",
            action_flag=CHANGE,
            change_message="Changed: name. Zelda Quux married.",
        )
        ImportRecord.objects.create(
            course=course,
            source_key="person/zelda-quux",
            content_type=kind,
            object_id=person.pk,
        )
        make.make_refusal(user=user, name="zelda.pdf", reason="“zelda.pdf” is empty.")
        make.make_team_invitation(self.team, email="zq@home.example")
        alone = make.make_team(
            course, [person], assignment=make.make_assignment(course)
        )
        grade = make.make_grade(alone, feedback="You were born in Oz, one reads.")
        grade.history.update(history_change_reason="She was born in Oz.")

    def hand_in(self, key, members, name):
        number = self.team.submissions.count()
        file = make.make_file(make.PDF + key.encode(), name, by=self.user)
        submission = make.make_submission(
            self.slot, self.team, self.user, file=file, warnings=[f"“{name}” is locked"]
        )
        self.assertEqual(submission.number, number + 1)
        for member in members:
            RosterEntry(
                delivery=submission.delivery, person=member, name=member.name
            ).save()
        return submission

    def erase(self, **options):
        with self.captureOnCommitCallbacks(execute=True):
            return run("erase_person", "zelda-quux", yes=True, **options)

    def test_nothing_in_the_database_names_them_any_more(self):
        before = everything()
        for said in self.SAID[:-1]:
            self.assertIn(said, before)
        self.erase()
        after = everything().lower()
        self.assertEqual([said for said in self.SAID if said.lower() in after], [])
        self.assertIn("mate mine", after)

    def test_what_they_handed_in_alone_leaves_a_tombstone(self):
        was = self.alone.file
        self.erase()
        file = StoredFile.objects.get(pk=was.pk)
        self.assertEqual(
            [file.sha256, file.size_bytes, file.stored_at, file.original_name],
            [was.sha256, was.size_bytes, was.stored_at, ""],
        )
        self.assertIsNotNone(file.erased_at)
        self.assertFalse(default_storage.exists(file.key))
        self.assertTrue(default_storage.exists(self.together.file.key))
        self.assertEqual(Delivery.objects.count(), 2)
        self.assertEqual(Submission.objects.count(), 2)
        self.assertIn("wrong: 0", run("verify_files"))

    def test_erased_files_say_so(self):
        material = make.make_material(self.course, file=self.together.file)
        with self.captureOnCommitCallbacks(execute=True):
            material.file.erase()
        response = self.client.get(material.get_absolute_url())
        self.assertEqual(
            (response.status_code, response.text),
            (410, "This file was erased, as the law or its author asked."),
        )

    def test_account_cannot_be_used(self):
        self.client.force_login(self.user)
        self.erase()
        self.user.refresh_from_db()
        self.assertEqual(
            (self.user.email, self.user.is_active, self.user.has_usable_password()),
            (f"erased-{self.user.pk}@erased.invalid", False, False),
        )
        self.assertFalse(self.user.emailaddress_set.exists())
        self.assertEqual(self.client.get("/me/").status_code, 302)

    def test_dry_run_lists_and_changes_nothing(self):
        before = everything()
        said = run("erase_person", "zelda@example.org", dry_run=True)
        self.assertIn("student numbers: 1\n", said)
        self.assertIn("Would erase “zelda@example.org”; nothing was changed.\n", said)
        self.assertEqual(everything(), before)
        self.assertTrue(default_storage.exists(self.alone.file.key))

    def test_is_recorded_without_the_name(self):
        self.erase()
        entry = AuditEntry.objects.get(action="erased")
        self.assertEqual(entry.words, f"erased-{self.person.pk}")

    def test_asks_before_it_does(self):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("builtins.input", lambda _: "no")
            with self.assertRaisesMessage(CommandError, "Nothing was changed."):
                run("erase_person", "zelda-quux")
        self.assertTrue(Person.objects.filter(name="Zelda Quux").exists())

    def test_account_without_a_person(self):
        user = make.make_user("only@example.org")
        make.make_join_request(self.course, user, name="Only Me")
        run("erase_person", "only@example.org", yes=True)
        self.assertNotIn("only", everything().lower().replace("read-only", ""))
        self.assertFalse(User.objects.get(pk=user.pk).is_active)

    def test_refuses_nobody_and_two(self):
        make.make_person(email="zq@home.example")
        with self.assertRaisesMessage(CommandError, "These are several"):
            run("erase_person", "zq@home.example", yes=True)
        with self.assertRaisesMessage(CommandError, "Nobody has"):
            run("erase_person", "nobody", yes=True)
