"""An upload, from its first byte to the receipt.

Bytes are hashed and counted while they stream in, and refused at the limit, not at the
end. They are kept under a random key, read once more, and only then told of, in one
transaction: whatever breaks off leaves nothing to see, or a complete delivery.
"""

import hashlib
import io
import os
import struct
from dataclasses import dataclass
from pathlib import PurePath

from django.core.exceptions import ValidationError
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import StopUpload, TemporaryFileUploadHandler
from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from courses.models import StoredFile
from courses.models.material import sniff

from . import counting, tasks
from .deadlines import Deadlines
from .models import Delivery, Refusal, RosterEntry, Slot, Submission, Team
from .models.slot import FORMATS
from .models.submission import WEB

MOST_ZIPPED_FILES = 10_000
MOST_OF_A_LINK = 1000  # characters, as Submission.url
FORM_BYTES = 1_000_000  # for all that is no file


class Refused(Exception):
    """It is not taken: the message says why, what was measured and what to do.
    ``by_slot`` are its parts by pk of the slot they are about."""

    def __init__(self, words, by_slot=()):
        super().__init__(words)
        self.by_slot = dict(by_slot)


class Conflicting(Refused):
    """What was sent is as it should be, but what is there speaks against it."""


class NoRoom(Refused):
    """The server cannot keep it now."""


@dataclass
class Part:
    """What was sent for one slot: a file or an address. With ``counts`` it counts even
    if it comes late."""

    slot: Slot
    file: UploadedFile | None = None
    url: str = ""
    opens_signed_out: bool | None = None
    counts: bool = False

    @property
    def fingerprint(self):
        """Equal for equal bytes, or equal addresses."""
        return self.slot.pk, self.url or sha256_of(self.file)


# While it streams


class MeasuringUploadHandler(TemporaryFileUploadHandler):
    """Hashes and counts what streams into a temporary file; stops at the limit of its
    field. ``limits`` are bytes by the name of the field; fields without one are not
    taken. ``stopped`` is the field and name of the file at which it ended."""

    def __init__(self, request, limits):
        super().__init__(request)
        self.limits, self.stopped = limits, None

    def new_file(self, field_name, file_name, *args, **kwargs):
        super().new_file(field_name, file_name, *args, **kwargs)
        self.received, self.sha256 = 0, hashlib.sha256()
        if field_name not in self.limits:
            self.stopped = field_name, file_name
            raise StopUpload(connection_reset=True)

    def receive_data_chunk(self, raw_data, start):
        self.received += len(raw_data)
        if self.received > self.limits[self.field_name]:
            self.stopped = self.field_name, self.file_name
            raise StopUpload(connection_reset=True)
        self.sha256.update(raw_data)
        return super().receive_data_chunk(raw_data, start)

    def file_complete(self, file_size):
        file = super().file_complete(file_size)
        file.sha256 = self.sha256.hexdigest()
        return file


def sha256_of(file):
    """The SHA-256 of an uploaded file: measured while it came, or else now."""
    if not hasattr(file, "sha256"):
        digest = hashlib.sha256()
        for chunk in file.chunks():
            digest.update(chunk)
        file.sha256 = digest.hexdigest()
    return file.sha256


# Once it is there


def receive(team, by, parts, request_key, on_behalf="", counts=False):
    """Take what was sent for ``team`` by the account ``by``; return the Delivery, that
    of before if this very request came before. Raise Refused, and log it, if not.

    ``on_behalf`` says why staff do it: they may always. With ``counts`` work that comes
    late counts from now on; else what was on time goes on counting.
    """
    received_at = timezone.now()
    try:
        return _take(team, by, parts, request_key, on_behalf, counts, received_at)
    except Refused as refusal:
        log(refusal, team.assignment, team, by, parts)
        raise


def _take(team, by, parts, request_key, on_behalf, counts, received_at):
    if before := _before(request_key, parts):
        return before
    check_time(Deadlines(team.assignment).of(team), received_at, on_behalf)
    if not parts:
        raise Refused(_("Nothing was sent: choose a file, or give a link."))
    warnings = check_all(parts)
    files = []
    try:
        for part in parts:
            files.append(_keep(part, by))
        with transaction.atomic():
            return _write(
                Delivery(
                    team=team,
                    by=by,
                    on_behalf=on_behalf,
                    received_at=received_at,
                    request_key=request_key,
                ),
                zip(parts, files, warnings, strict=True),
                counts,
            )
    except IntegrityError:  # the same request, at the same moment
        _drop(files)
        if before := _before(request_key, parts):
            return before
        raise
    except BaseException:
        _drop(files)
        raise


def _drop(files):
    for file in filter(None, files):
        default_storage.delete(file.key)


def log(refusal, assignment, team, user, parts=(), name="", size_bytes=None):
    """Keep that something was not taken, and why."""
    files = [part.file for part in parts if part.file]
    Refusal.objects.create(
        assignment=assignment,
        team=team,
        user=user,
        at=timezone.now(),
        reason=str(refusal),
        name=(name or ", ".join(file.name for file in files))[:255],
        size_bytes=size_bytes or sum(file.size for file in files) or None,
    )


def _before(request_key, parts):
    """The delivery that this request made before. Raise Refused if that was another
    with the same key."""
    delivery = Delivery.objects.filter(request_key=request_key).first()
    if delivery is None:
        return None
    received = {
        (each.slot_id, each.url or each.file.sha256)
        for each in delivery.submissions.select_related("file")
    }
    if received != {part.fingerprint for part in parts}:
        raise Conflicting(
            _("This form was sent before, with other files. Open the page anew.")
        )
    return delivery


def check_time(deadline, at, on_behalf=""):
    """Raise Refused if nothing is taken at ``at``; from staff it always is."""
    if on_behalf:
        return
    if not deadline.has_opened(at):
        raise Conflicting(_("Nothing is taken yet."))
    if deadline.has_closed(at):
        raise Conflicting(
            _(
                "Nothing is taken any more: the last moment was before %(closes)s and "
                "this came at %(at)s. Write to the staff of the course."
            )
            % {"closes": _clock(deadline.closes_at), "at": _clock(at)}
        )


def _clock(instant):
    """``instant`` in the zone of the page, named."""
    return timezone.localtime(instant).strftime("%Y-%m-%d %H:%M:%S %Z")


def check_all(parts):
    """The warnings of each part; raise Refused with what is wrong with any."""
    warnings, refusals = [], {}
    for part in parts:
        try:
            warnings.append(check(part))
        except Refused as refusal:
            refusals[part.slot.pk] = str(refusal)
    if refusals:
        raise Refused(" ".join(refusals.values()), refusals)
    return warnings


def check(part):
    """Raise Refused unless the slot takes ``part``; return warnings, sentences."""
    return _check_link(part) if part.url else _check_file(part.slot, part.file)


def _check_link(part):
    if part.slot.takes != Slot.Takes.LINK:
        raise Refused(_("%s takes a file, not a link.") % part.slot)
    try:
        WEB(part.url)
        if len(part.url) > MOST_OF_A_LINK or not part.url.isprintable():
            raise ValidationError("")
    except ValidationError:
        raise Refused(
            _(
                "“%(url)s” is no address of a page: that begins with https:// and has "
                "at most %(most)s characters."
            )
            % {
                "url": "".join(filter(str.isprintable, part.url))[:200],
                "most": f"{MOST_OF_A_LINK:,}",
            }
        ) from None
    return []


def _check_file(slot, file):
    name = "".join(filter(str.isprintable, file.name))
    if slot.takes != Slot.Takes.FILE:
        raise Refused(_("%s takes a link, not a file.") % slot)
    if not file.size:
        raise Refused(_("“%s” is empty (0 bytes). Export it again.") % name)
    if file.size > slot.max_size_bytes:
        raise Refused(too_large(slot, name, file.size))
    ending = PurePath(name).suffix.lower().removeprefix(".")
    if slot.endings and ending not in slot.endings:
        taken = ", ".join(slot.endings).upper()
        raise Refused(
            _("“%(name)s” is not taken for %(slot)s, which takes %(taken)s.")
            % {"name": name, "slot": slot, "taken": taken}
        )
    found = sniff(file)
    if ending in FORMATS and found not in FORMATS[ending]:
        raise Refused(
            _("“%(name)s” is no %(ending)s file: what it holds is %(found)s.")
            % {"name": name, "ending": ending.upper(), "found": found}
        )
    if found == "application/zip":
        _check_zip(name, file)
    return _warnings(found, name, file)


def too_large(slot, name, sent_bytes):
    """The words for a file over the limit of ``slot``, of ``sent_bytes`` in all."""
    return _(
        "“%(name)s” is too large: %(slot)s takes %(limit)d MB (%(most)s bytes), and "
        "%(sent)s bytes were sent. Make it smaller, for example by smaller pictures, "
        "and send it again."
    ) % {
        "name": name,
        "limit": slot.max_size_mb,
        "most": f"{slot.max_size_bytes:,}",
        "sent": f"{sent_bytes:,}",
        "slot": slot,
    }


def _check_zip(name, file):
    """Refuse an archive of very many files, or one that cannot be whole. Nobody unpacks
    it here; graders will."""
    end = _ends(file)[1]
    at = end.rfind(b"PK\x05\x06")  # APPNOTE.TXT 4.3.16, end of central directory
    if at < 0 or len(end) < at + 12:
        raise Refused(_("“%s” is no whole ZIP file. Pack it again.") % name)
    [count] = struct.unpack_from("<H", end, at + 10)
    if count > MOST_ZIPPED_FILES:
        raise Refused(
            _("“%(name)s” holds more than %(most)s files. Pack fewer.")
            % {"name": name, "most": f"{MOST_ZIPPED_FILES:,}"}
        )


def _warnings(found, name, file):
    if found == "application/pdf" and any(b"/Encrypt" in each for each in _ends(file)):
        return [
            _("“%s” seems to be encrypted; who grades it may not be able to open it.")
            % name
        ]
    return []


def _ends(file, length=70_000):
    """The first and the last bytes of ``file``."""
    file.seek(0)
    first = file.read(length)
    file.seek(max(0, file.size - length))
    return first, file.read(length)


def _keep(part, by):
    """The unsaved StoredFile of ``part``, its bytes kept and read once more; None for a
    link."""
    if part.url:
        return None
    file = None
    try:
        file = StoredFile.objects.keep(part.file, part.file.name, by)
        found = hashlib.sha256()
        with default_storage.open(file.key) as content:
            while chunk := content.read(1_000_000):
                found.update(chunk)
            _make_durable(content)
    except OSError:
        _drop([file])
        raise NoRoom(
            _("The server has no room to keep it. Nothing was lost: try again later.")
        ) from None
    if found.hexdigest() != sha256_of(part.file):
        _drop([file])
        raise Refused(_("It did not arrive whole. Send it again."))
    return file


def _make_durable(content):
    """Have a file on disk outlast a power cut before anyone gets a receipt for it."""
    try:
        os.fsync(content.fileno())
    except (AttributeError, io.UnsupportedOperation):
        return  # kept elsewhere, where that is not ours to do


def _write(delivery, kept, counts):
    """Save ``delivery`` and its submissions; what changed the team waits meanwhile."""
    team = Team.objects.select_for_update().get(pk=delivery.team_id)
    members = team.memberships.filter(left_at=None, person__isnull=False)
    members = list(members.select_related("person"))
    if not delivery.on_behalf and not any(
        each.person.user_id == delivery.by_id for each in members
    ):
        raise Conflicting(_("You are not in this team any more."))
    delivery.save()
    for each in members:
        RosterEntry(delivery=delivery, person=each.person, name=each.person.name).save()
    deadlines = Deadlines(team.assignment)
    standings = counting.standings(team.assignment, [team], deadlines)[team.pk]
    late_by = deadlines.late_by(team, delivery.received_at)
    for part, file, warnings in kept:
        if file:
            file.save()
        submission = Submission(
            delivery=delivery,
            team=team,
            slot=part.slot,
            number=_last_number(team, part.slot) + 1,
            file=file,
            url=part.url,
            opens_signed_out=part.opens_signed_out,
            warnings=warnings,
        )
        submission.save()
        has_a_say = delivery.on_behalf or not standings[part.slot.pk].is_settled
        if late_by is not None and (counts or part.counts) and has_a_say:
            counting.choose(submission, delivery.by, bool(delivery.on_behalf))
    tasks.mail_receipts(delivery)
    return delivery


def _last_number(team, slot):
    received = Submission.objects.filter(team=team, slot=slot)
    return received.aggregate(last=Max("number"))["last"] or 0
