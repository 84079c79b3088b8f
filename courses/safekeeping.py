"""Whether the bytes of stored files are what was received, and which nobody knows."""

import hashlib
import re

from django.core.files.storage import default_storage
from django.utils.translation import gettext as _

from references import merging

from .models import StoredFile

KEY = re.compile(r"[0-9a-f]{40}")


def faults(files):
    """(file, what is wrong with its bytes) of those StoredFiles ``files`` where
    something is. All bytes are read, 1 MB at a time."""
    for file in files.iterator():
        if fault := _fault(file):
            yield file, fault


def _fault(file):
    try:
        content = file.open()
    except FileNotFoundError:
        return None if file.erased_at else _("missing")
    with content:
        if file.erased_at:
            return _("erased, and still there: sweep_files deletes it")
        size, digest = 0, hashlib.sha256()
        while chunk := content.read(1_000_000):
            size += len(chunk)
            digest.update(chunk)
    if size != file.size_bytes:
        return _("%(is)d bytes instead of %(was)d") % {
            "is": size,
            "was": file.size_bytes,
        }
    return None if digest.hexdigest() == file.sha256 else _("other bytes of that size")


def owners(file):
    """What shows ``file`` or was received with it, in words; of any app."""
    return [
        f"{row._meta.verbose_name} {row.pk}"
        for _field, rows in merging.pointing_to(file)
        for row in rows
    ]


def orphans(before):
    """Keys of bytes stored before the aware datetime ``before`` that no row knows, or
    a tombstone alone."""
    _folders, names = default_storage.listdir("")  # first: rows follow their bytes
    kept = StoredFile.objects.filter(erased_at=None)
    known = set(kept.values_list("key", flat=True))
    for name in names:
        is_ours = KEY.fullmatch(name) and name not in known
        if is_ours and default_storage.get_modified_time(name) < before:
            yield name
