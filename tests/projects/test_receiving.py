"""What is taken, what is refused, and that nothing received ever changes."""

import errno
import hashlib
import io
import zipfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from unittest.mock import patch

import pytest
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.core.files.storage import FileSystemStorage
from django.core.files.uploadhandler import StopUpload
from django.db.models import ProtectedError
from django.test import TestCase, override_settings

from projects import counting, receiving
from projects.models import Delivery, Membership, Refusal, RosterEntry, Slot, Submission
from projects.models.submission import Custody
from projects.receiving import MeasuringUploadHandler, Part, Refused, receive
from tests.factories import (
    PDF,
    PNG,
    make_handing_in,
    make_person,
    make_slot,
    make_user,
)

pytestmark = pytest.mark.both

NOW = datetime(2125, 10, 1, 12, 0, 30, 123456, tzinfo=UTC)  # after the history began
DUE = datetime(2125, 10, 1, 15, 59, tzinfo=UTC)
DAY = timedelta(days=1)


def zipped(count=1):
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for number in range(count):
            archive.writestr(f"{number}.py", "")
    return content.getvalue()


@pytest.fixture(autouse=True)
def media(tmp_path):
    with override_settings(MEDIA_ROOT=tmp_path):
        yield


class Receiving(TestCase):
    def setUp(self):
        self.slot, self.team, self.user = make_handing_in(
            size=2, due_at=DUE, accepted_until=DUE + DAY
        )
        self.clock = self.enterContext(
            patch("projects.receiving.timezone.now", return_value=NOW)
        )

    def receive(self, content=PDF, name="report.pdf", key="key", **options):
        options.setdefault("by", self.user)
        part = Part(options.pop("slot", self.slot), ContentFile(content, name))
        return receive(self.team, parts=[part], request_key=key, **options)

    def assert_refused(self, words, *args, **options):
        """It is refused in these ``words``, told in the log, and nothing remains."""
        deliveries, logged = Delivery.objects.count(), Refusal.objects.count()
        stored = self.stored()
        with self.assertRaises(Refused) as caught:
            self.receive(*args, **options)
        self.assertIn(words, str(caught.exception))
        self.assertEqual(Refusal.objects.first().reason, str(caught.exception))
        self.assertEqual(
            [Delivery.objects.count(), Refusal.objects.count(), self.stored()],
            [deliveries, logged + 1, stored],
        )

    def stored(self):
        return sorted(path.name for path in Path(settings.MEDIA_ROOT).iterdir())


class ReceivedTests(Receiving):
    def test_keeps_the_very_bytes_with_when_who_and_the_roster(self):
        mate = make_person("Mate Mine")
        Membership.objects.create(team=self.team, person=mate)
        gone = make_person("Gone Long")
        Membership.objects.create(team=self.team, person=gone, left_at=NOW)
        delivery = self.receive()
        [submission] = delivery.submissions.all()
        with submission.file.open() as content:
            self.assertEqual(content.read(), PDF)
        self.assertEqual(submission.file.sha256, hashlib.sha256(PDF).hexdigest())
        self.assertEqual(
            (delivery.received_at, delivery.by, submission.number, submission.warnings),
            (NOW, self.user, 1, []),
        )
        mate.name = "Mate Married"
        mate.save()
        self.assertEqual(
            [each.name for each in delivery.roster_entries.all()],
            ["Stu Dent", "Mate Mine"],
        )

    def test_several_slots_come_together_or_not_at_all(self):
        video = make_slot(self.slot.assignment, kind="video", takes="link")
        parts = [
            Part(self.slot, ContentFile(PDF, "report.pdf")),
            Part(video, url="https://example.org/v", opens_signed_out=True),
        ]
        delivery = receive(self.team, self.user, parts, "key")
        self.assertEqual(
            [
                (each.slot, each.url, each.opens_signed_out, each.file is None)
                for each in delivery.submissions.order_by("pk")
            ],
            [
                (self.slot, "", None, False),
                (video, "https://example.org/v", True, True),
            ],
        )
        parts[1].url = "javascript:alert(1)"
        with self.assertRaisesMessage(Refused, "is no address of a page"):
            receive(self.team, self.user, parts, "other")
        self.assertEqual(len(self.stored()), 1)

    def test_numbers_go_up_in_each_slot(self):
        slides = make_slot(self.slot.assignment, kind="slides")
        for number, slot in enumerate([self.slot, slides, self.slot]):
            self.receive(slot=slot, key=f"key-{number}")
        numbers = Submission.objects.order_by("pk").values_list("slot", "number")
        self.assertEqual(
            list(numbers), [(self.slot.pk, 1), (slides.pk, 1), (self.slot.pk, 2)]
        )

    def test_names_from_anywhere_are_kept_harmless(self):
        for number, (name, kept, served) in enumerate(
            (
                ("../../etc/passwd.pdf", "../../etc/passwd.pdf", "passwd.pdf"),
                (r"C:\my report.pdf", r"C:\my report.pdf", "my_report.pdf"),
                ("a\x00b\nc\u202e.pdf", "abc.pdf", "abc.pdf"),
                ("学习报告.pdf", "学习报告.pdf", "学习报告.pdf"),
                ("😀🎓.pdf", "😀🎓.pdf", "pdf"),
                ("<b>&'\".pdf", "<b>&'\".pdf", "b.pdf"),
                (".pdf.PDF", ".pdf.PDF", "pdf.PDF"),
                ("x" * 300 + ".pdf", "x" * 251 + ".pdf", "x" * 96 + ".pdf"),
            )
        ):
            with self.subTest(name):
                delivery = self.receive(name=name, key=f"key-{number}")
                file = delivery.submissions.get().file
                self.assertEqual(file.original_name, kept)
                self.assertEqual(file.name, served)
                self.assertRegex(file.key, r"^[0-9a-f]{40}$")

    def test_encrypted_pdf_is_taken_with_a_warning(self):
        delivery = self.receive(PDF.replace(b"<< >>", b"<< /Encrypt 5 0 R >>"))
        [warning] = delivery.submissions.get().warnings
        self.assertIn("seems to be encrypted", warning)


class RepeatedTests(Receiving):
    def test_the_same_request_twice_is_one_delivery(self):
        first = self.receive()
        self.clock.return_value = NOW + 10 * DAY  # long after it closed
        self.assertEqual(self.receive(), first)
        self.assertEqual((Delivery.objects.count(), len(self.stored())), (1, 1))

    def test_replayed_next_day_with_other_bytes(self):
        self.receive()
        self.clock.return_value = NOW + DAY
        self.assert_refused("sent before, with other files", PDF + b"2")

    def test_of_two_at_the_same_moment_one_finds_the_other(self):
        """Neither sees the other before it writes; the database lets one of them."""
        first = self.receive()
        found = [None, first]
        with patch.object(receiving, "_before", lambda *_: found.pop(0)):
            self.assertEqual(self.receive(), first)
        self.assertEqual((Delivery.objects.count(), len(self.stored())), (1, 1))

    def test_clock_set_back_changes_no_number_and_loses_nothing(self):
        first = self.receive(key="a")
        self.clock.return_value = NOW - timedelta(hours=1)
        second = self.receive(PDF + b"2", key="b")
        self.assertEqual(second.received_at, NOW - timedelta(hours=1))
        standing = counting.standings(self.team.assignment)[self.team.pk][self.slot.pk]
        self.assertEqual(standing.counted, second.submissions.get())
        self.assertEqual(
            [each.delivery for each in standing.submissions], [second, first]
        )


class RefusedTests(Receiving):
    def test_says_what_is_wrong_with_the_file(self):
        pdf_or_zip = make_slot(self.slot.assignment, label="code", formats="zip py")
        for words, content, name, slot in (
            ("“a.pdf” is empty (0 bytes)", b"", "a.pdf", None),
            ("“a.exe” is not taken for report, which takes PDF", PDF, "a.exe", None),
            ("is no PDF file: what it holds is text/html", b"<html>", "a.pdf", None),
            ("is no PDF file: what it holds is image/png", PNG, "a.pdf", None),
            ("is no whole ZIP file", zipped()[:-30], "a.zip", pdf_or_zip),
            ("holds more than 10,000 files", zipped(10_001), "a.zip", pdf_or_zip),
        ):
            with self.subTest(words):
                self.assert_refused(words, content, name, slot=slot or self.slot)

    def test_too_large_is_logged_with_limit_and_measure(self):
        Slot.objects.filter(pk=self.slot.pk).update(max_size_mb=1)
        self.slot.refresh_from_db()
        self.assert_refused(
            "takes 1 MB (1,000,000 bytes), and 1,000,0", PDF + bytes(1_000_000)
        )
        refusal = Refusal.objects.get()
        self.assertEqual(
            (refusal.size_bytes, refusal.name, refusal.user, refusal.team, refusal.at),
            (len(PDF) + 1_000_000, "report.pdf", self.user, self.team, NOW),
        )

    def test_a_file_where_a_link_belongs_and_the_other_way_round(self):
        link = make_slot(self.slot.assignment, kind="video", takes="link")
        self.assert_refused("video takes a link, not a file", slot=link)
        with self.assertRaisesMessage(Refused, "report takes a file, not a link"):
            receive(self.team, self.user, [Part(self.slot, url="https://a.org")], "k")

    def test_nothing_at_all(self):
        with self.assertRaisesMessage(Refused, "Nothing was sent"):
            receive(self.team, self.user, [], "key")

    def test_before_it_opens(self):
        self.team.assignment.opens_at = NOW + timedelta(seconds=1)
        self.assert_refused("Nothing is taken yet")

    def test_after_it_closed_from_all_but_staff(self):
        self.clock.return_value = DUE + DAY + timedelta(minutes=1)
        closed = "the last moment was before 2125-10-02 16:00:00 UTC and this came at"
        self.assert_refused(closed)
        self.receive(on_behalf="Mailed at 23:58", key="by staff")

    def test_from_who_has_left_the_team(self):
        self.team.memberships.update(left_at=NOW)
        self.assert_refused("You are not in this team any more")
        self.assert_refused("You are not in this team any more", by=make_user())

    def test_a_disk_that_is_full(self):
        full = OSError(errno.ENOSPC, "No space left on device")

        def half(storage, name, content):
            Path(storage.path(name)).write_bytes(b"half")
            raise full

        with patch.object(FileSystemStorage, "_save", half):
            self.assert_refused("has no room to keep it")
        self.receive()

    def test_a_disk_that_breaks_at_last(self):
        broken = OSError(errno.EIO, "Input/output error")
        with patch("projects.receiving.os.fsync", side_effect=broken):
            self.assert_refused("has no room to keep it")

    def test_bytes_that_storage_changed(self):
        def flip(storage, name, content):
            Path(storage.path(name)).write_bytes(PDF[::-1])
            return name

        with patch.object(FileSystemStorage, "_save", flip):
            self.assert_refused("did not arrive whole")

    def test_nothing_remains_of_what_fails_in_the_end(self):
        with (
            patch.object(RosterEntry, "save", side_effect=RuntimeError),
            self.assertRaises(RuntimeError),
        ):
            self.receive()
        self.assertEqual((Delivery.objects.count(), self.stored()), (0, []))


class LateTests(Receiving):
    def setUp(self):
        super().setUp()
        self.on_time = self.receive(key="on time")
        self.clock.return_value = DUE + timedelta(hours=1)

    def counted(self):
        standing = counting.standings(self.team.assignment)[self.team.pk][self.slot.pk]
        return standing.counted.delivery

    def test_late_work_alone_changes_nothing_that_counts(self):
        self.receive(PDF + b"2", key="late")
        self.assertEqual(self.counted(), self.on_time)

    def test_late_work_counts_where_that_was_confirmed(self):
        late = self.receive(PDF + b"2", key="late", counts=True)
        self.assertEqual(self.counted(), late)


class CustodyTests(Receiving):
    def test_nothing_received_is_changed_or_deleted(self):
        delivery = self.receive()
        submission, entry = delivery.submissions.get(), delivery.roster_entries.get()
        for row in (delivery, submission, entry):
            rows = type(row).objects.filter(pk=row.pk)
            field = "request_key" if row is delivery else "pk"
            for change in (
                row.save,
                row.delete,
                rows.delete,
                lambda rows=rows, field=field: rows.update(**{field: 1}),
                lambda rows=rows, row=row: rows.bulk_update([row], ["pk"]),
            ):
                with self.subTest(type(row)), self.assertRaises(Custody):
                    change()

    def test_nothing_on_the_way_to_it_can_be_deleted(self):
        submission = self.receive().submissions.get()
        assignment = self.team.assignment
        for row in (
            *(submission.file, self.slot, self.team, assignment, assignment.course),
            *(self.user, self.user.person),
        ):
            with self.subTest(type(row)), self.assertRaises(ProtectedError):
                row.delete()


class MeasuringTests(TestCase):
    def upload(self, pieces, limit, field="slot-1"):
        handler = MeasuringUploadHandler(None, {"slot-1": limit})
        handler.new_file(field, "a.pdf", "application/pdf", None)
        for number, piece in enumerate(pieces):
            handler.receive_data_chunk(piece, number)
        return handler, handler.file_complete(handler.received)

    def test_hashes_what_streams_in(self):
        _handler, file = self.upload([b"ab", b"c"], limit=3)
        self.assertEqual(file.sha256, hashlib.sha256(b"abc").hexdigest())
        self.assertEqual(file.read(), b"abc")

    def test_stops_at_the_limit_and_reads_no_more(self):
        read = []
        pieces = (read.append(n) or bytes(10) for n in range(100))
        with self.assertRaises(StopUpload) as caught:
            self.upload(pieces, limit=35)
        self.assertTrue(caught.exception.connection_reset)
        self.assertEqual(len(read), 4)

    def test_takes_no_file_that_nobody_asked_for(self):
        with self.assertRaises(StopUpload):
            self.upload([b"a"], limit=3, field="slot-2")


class SlotTests(TestCase):
    def test_takes_no_more_than_the_web_server(self):
        slot = make_slot(max_size_mb=501)
        with (
            self.settings(MAX_SUBMISSION_MB=500),
            self.assertRaisesMessage(ValidationError, "at most 500 MB"),
        ):
            slot.full_clean()
