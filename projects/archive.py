"""The work of an assignment as one ZIP file, made while it is sent: neither disk nor
memory ever holds it. Its names are safe on every system, and its manifest.csv says what
is what.
"""

import csv
import io
import logging
import re
import unicodedata
import zipfile
from datetime import UTC
from pathlib import PurePath

from django.utils.translation import gettext as _

from courses.roster_file import as_text

logger = logging.getLogger(__name__)

CHUNK = 256 * 1024
# What is taken of a team's work in a slot, by the word in the address.
CHOSEN = {
    "counted": lambda cell: [cell.standing.counted],
    "on-time": lambda cell: cell.standing.on_time[:1],
    "all": lambda cell: cell.standing.submissions,
}
HEADINGS = [
    *("team", "team name", "slot", "number", "file", "sha256", "bytes"),
    *("received (UTC)", "received (course)", "late by (s)", "counts", "members"),
]


def stream(table, zone, which):
    """Yield the bytes of an archive of ``table``: ``which`` is a key of CHOSEN. What is
    in it is looked up at once; the files are opened as their turn comes."""
    entries = list(_entries(table, which))
    return _written(entries, zone)


def _entries(table, which):
    """(row, cell, submission or None, path) in the order of the table."""
    for row in table.rows:
        folder, taken = _folder(row.team), set()
        for cell in row.cells:
            chosen = [each for each in CHOSEN[which](cell) if each]
            for submission in chosen:
                name = _unique(_name(cell.slot, submission), taken)
                yield row, cell, submission, f"{folder}/{name}"
            if not chosen:
                yield row, cell, None, ""


def _written(entries, zone):
    sink = _Sink()
    manifest = io.StringIO()
    lines = csv.writer(manifest)
    lines.writerow(HEADINGS)
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for row, cell, submission, path in entries:
            is_whole = True
            if submission:
                entry = _entry(path, submission, zone)
                is_whole = yield from _copied(archive, sink, entry, submission)
            line = _line(row, cell, submission, path, zone, is_whole)
            lines.writerow(map(as_text, line))
        archive.writestr("manifest.csv", manifest.getvalue().encode("utf-8-sig"))
    yield from sink.taken()


def _copied(archive, sink, entry, submission):
    """Put the bytes of ``submission`` into ``archive``, yielding what that makes;
    return whether all were there."""
    try:
        with _opened(submission) as content, archive.open(entry, "w") as target:
            while chunk := content.read(CHUNK):
                target.write(chunk)
                yield from sink.taken()
    except OSError:
        logger.exception("Submission %s has lost its bytes.", submission.pk)
        return False
    yield from sink.taken()
    return True


def _opened(submission):
    if submission.file:
        return submission.file.open()
    return io.BytesIO(f"{submission.url}\n".encode())


class _Sink:
    """Takes what a ZipFile writes; nobody can go back in it."""

    def __init__(self):
        self.chunks = []

    def write(self, data):
        self.chunks.append(bytes(data))
        return len(data)

    def flush(self):
        pass

    def taken(self):
        """What was written since, which is given away."""
        chunks, self.chunks = self.chunks, []
        return chunks


def _entry(path, submission, zone):
    moment = submission.received_at.astimezone(zone)
    entry = zipfile.ZipInfo(path, moment.timetuple()[:6])
    entry.compress_type = zipfile.ZIP_DEFLATED
    if submission.file:
        entry.file_size = submission.file.size_bytes  # from 4 GB on it is ZIP64
    return entry


def _line(row, cell, submission, path, zone, is_whole):
    team = [row.team.number, row.team.name, cell.slot]
    members = "; ".join(map(str, row.members))
    if submission is None:
        return [*team, "", _("missing"), *[""] * 6, members]
    file, late_by = submission.file, cell.standing.late_by[submission.pk]
    return [
        *team,
        submission.number,
        path if is_whole else _("bytes lost"),
        file.sha256 if file else "",
        file.size_bytes if file else "",
        submission.received_at.astimezone(UTC).isoformat(),
        submission.received_at.astimezone(zone).isoformat(),
        0 if late_by is None else int(late_by.total_seconds()),
        _("yes") if submission == cell.standing.counted else _("no"),
        members,
    ]


# Names


def _folder(team):
    return "-".join(filter(None, [f"{team.number:02}", safe(team.name)]))


def _name(slot, submission):
    """report-2.pdf: never a reserved name of Windows, as it ends with a number."""
    if not submission.file:
        ending = ".txt"
    else:
        ending = PurePath(submission.file.original_name).suffix.lower()
        ending = ending if re.fullmatch(r"\.[a-z0-9]{1,10}", ending) else ""
    return f"{safe(str(slot)) or slot.kind}-{submission.number}{ending}"


def safe(text):
    """``text`` as a part of a name: letters and digits of any script, and dashes."""
    plain = unicodedata.normalize("NFC", text)
    kept = "".join(each if each.isalnum() else "-" for each in plain)
    return re.sub("-+", "-", kept)[:50].strip("-")


def _unique(name, taken):
    """``name``, or one like it that differs from all in ``taken`` on every system."""
    stem, ending = PurePath(name).stem, PurePath(name).suffix
    count = 1
    while _folded(name) in taken:
        count += 1
        name = f"{stem}-{count}{ending}"
    taken.add(_folded(name))
    return name


def _folded(name):
    return unicodedata.normalize("NFC", name.casefold())
