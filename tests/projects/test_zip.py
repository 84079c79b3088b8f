"""The archive of an assignment's work."""

import csv
import hashlib
import io
import logging
import zipfile
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from django.core.files.storage import default_storage

from courses.models import AuditEntry
from projects import archive, counting, table
from tests import factories as make
from tests.admin_pages import count_queries
from tests.projects.test_staff_work import EARLY, LATE, WorkTestCase, at

pytestmark = pytest.mark.both
RESERVED = {"con", "prn", "aux", "nul"}


class ArchiveTests(WorkTestCase):
    def take(self, which="counted"):
        """(the archive, its manifest as dicts)."""
        url = at("archive", self.assignment.pk)
        response = self.client.get(url, {"which": which})
        self.assertEqual(response["Content-Type"], "application/zip")
        found = zipfile.ZipFile(io.BytesIO(b"".join(response)))
        self.assertIsNone(found.testzip())
        manifest = found.read("manifest.csv").decode("utf-8-sig")
        return found, list(csv.DictReader(io.StringIO(manifest, newline="")))

    def paths(self, which):
        found, _lines = self.take(which)
        return [each for each in found.namelist() if each != "manifest.csv"]

    def test_holds_the_bytes_that_its_manifest_tells_of(self):
        self.receive(file=make.make_file(make.PDF * 50_000, "Report.PDF"))
        self.receive(team=self.other, slot=self.video)
        found, lines = self.take()
        for line in lines:
            if line["sha256"]:
                content = found.read(line["file"])
                self.assertEqual(
                    (hashlib.sha256(content).hexdigest(), str(len(content))),
                    (line["sha256"], line["bytes"]),
                )
        self.assertEqual(
            [line["file"] for line in lines],
            ["01-Kernels/report-1.pdf", "missing", "missing", "02-Trees/video-1.txt"],
        )
        self.assertEqual(
            found.read("02-Trees/video-1.txt"), b"https://example.org/report\n"
        )

    def test_says_when_by_both_clocks_and_what_counts(self):
        self.receive()
        self.receive(LATE)
        _found, lines = self.take("all")
        late, early, _video, *_others = lines
        self.assertEqual(
            (late["received (UTC)"], late["received (course)"]),
            ("2025-10-08T18:04:00+00:00", "2025-10-09T02:04:00+08:00"),
        )
        self.assertEqual(
            [(line["late by (s)"], line["counts"]) for line in (late, early)],
            [("7500", "no"), ("0", "yes")],
        )
        self.assertEqual(early["members"], "Stu Dent")

    def test_clocks_are_those_of_both_sides_of_a_change(self):
        self.course.time_zone = "Europe/Zurich"
        self.course.save()
        for received_at in (EARLY, EARLY + timedelta(days=30)):
            self.receive(received_at)
        _found, [winter, summer, *_others] = self.take("all")
        self.assertEqual(
            (winter["received (course)"], summer["received (course)"]),
            ("2025-11-07T15:59:00+01:00", "2025-10-08T16:59:00+02:00"),
        )

    def test_takes_what_was_chosen(self):
        self.receive()
        late = self.receive(LATE)
        counting.choose(late, self.user, is_by_staff=True)
        folder = "01-Kernels/report"
        for which, names in (
            ("counted", [f"{folder}-2.pdf"]),
            ("on-time", [f"{folder}-1.pdf"]),
            ("all", [f"{folder}-2.pdf", f"{folder}-1.pdf"]),
        ):
            with self.subTest(which):
                self.assertEqual(self.paths(which), names)

    def test_refuses_another_choice(self):
        url = at("archive", self.assignment.pk)
        self.assertEqual(self.client.get(url, {"which": "?"}).status_code, 404)

    def test_names_are_safe_on_every_system(self):
        self.slot.label = "aux"
        self.slot.save()
        names = ["../../etc/passwd", "CON", "a" * 200, "网络", "x\u0001/\\:*?.", "..."]
        for name in names:
            team = self.make_team(name)
            for original in ("../evil.pdf", "nul", "x.pdf. ", "e\u0301.tar.gz"):
                self.receive(team=team, file=make.make_file(name=original))
        paths = self.paths("all")
        self.assertEqual(len(paths), 4 * len(names))
        self.assertEqual(len({path.casefold() for path in paths}), len(paths))
        for path in paths:
            with self.subTest(path):
                folder, name = path.split("/")
                self.assertRegex(folder, r"^\d\d(-[\w-]+)?$")
                self.assertRegex(name, r"^aux-\d(\.[a-z0-9]+)?$")
                self.assertNotIn(name.partition(".")[0], RESERVED)
                self.assertLess(len(path.encode()), 240)

    def test_slots_of_like_labels_have_files_of_their_own(self):
        for label in ("Plan!", "plan?"):
            slot = make.make_slot(self.assignment, kind="other", label=label)
            self.receive(slot=slot, file=make.make_file(name="a.pdf"))
        self.assertEqual(
            self.paths("all"),
            ["01-Kernels/Plan-1.pdf", "01-Kernels/plan-1-2.pdf"],
        )

    def test_formulas_are_text(self):
        self.team.name = "=HYPERLINK(1)"
        self.team.save()
        self.receive()
        _found, [line, *_others] = self.take()
        self.assertEqual(line["team name"], "'=HYPERLINK(1)")

    def test_bytes_that_are_lost_break_nothing(self):
        lost = self.receive()
        self.receive(team=self.other)
        default_storage.delete(lost.file.key)
        with self.assertLogs("projects.archive", logging.ERROR):
            found, lines = self.take()
        self.assertEqual(found.namelist(), ["02-Trees/report-1.pdf", "manifest.csv"])
        self.assertEqual(lines[0]["file"], "bytes lost")

    def test_is_never_held_whole(self):
        self.receive(file=make.make_file(make.PDF * 200_000, "report.pdf"))
        chunks = archive.stream(
            table.of_assignment(self.assignment), ZoneInfo("UTC"), "all"
        )
        self.assertLess(max(map(len, chunks)), 2 * archive.CHUNK)

    def test_is_recorded(self):
        AuditEntry.objects.all().delete()
        self.take()
        entry = AuditEntry.objects.get()
        self.assertEqual((entry.action, entry.course), ("export", self.course))

    def test_asks_the_same_for_many_teams(self):
        counts = []
        for more in (3, 30):
            for _ in range(more):
                self.receive(team=self.make_team(""))
            counts.append(count_queries(self.client, at("archive", self.assignment.pk)))
        self.assertEqual(counts[0], counts[1])
