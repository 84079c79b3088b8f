"""What of an uploaded file is checked before it is stored, and the words for it."""

from pathlib import PurePath

from django import forms
from django.conf import settings
from django.contrib.admin.widgets import AdminFileWidget
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from .files import INLINE
from .models.material import sniff

# A name that promises what browsers show must hold just that.
PROMISED = {
    ".pdf": "application/pdf",
    ".gif": "image/gif",
    ".jpeg": "image/jpeg",
    ".jpg": "image/jpeg",
    ".png": "image/png",
    ".webp": "image/webp",
}


def check(upload):
    """Raise ValidationError, in words of what to do, unless ``upload`` may be kept."""
    name = "".join(filter(str.isprintable, upload.name))
    if not upload.size:
        raise ValidationError(
            _("“%s” is empty (0 bytes). Export or download it again.") % name
        )
    if upload.size > settings.MAX_UPLOAD_MB * 1_000_000:
        raise ValidationError(
            _(
                "“%(name)s” has %(size).1f MB; at most %(limit)d MB are taken. Make it "
                "smaller, or put it elsewhere and give its address."
            )
            % {
                "name": name,
                "size": upload.size / 1_000_000,
                "limit": settings.MAX_UPLOAD_MB,
            }
        )
    promised = PROMISED.get(PurePath(name).suffix.lower())
    found = sniff(upload)
    if promised and found != promised:
        raise ValidationError(
            _(
                "“%(name)s” is no %(kind)s: what it holds is %(found)s. Save it as "
                "%(kind)s again, or upload it under its own name."
            )
            % {
                "name": name,
                "kind": promised.rsplit("/")[-1].upper(),
                "found": found,
            }
        )


def receipt(file):
    """What is said of a StoredFile just kept: the name it has now, size, type."""
    how = (
        _("shown in the browser")
        if file.content_type in INLINE
        else _("offered for download")
    )
    return _("Stored “%(name)s”: %(size)s bytes, %(type)s, %(how)s.") % {
        "name": file.original_name,
        "size": f"{file.size_bytes:,}",
        "type": file.content_type,
        "how": how,
    }


class UploadField(forms.FileField):
    """One file, checked."""

    widget = AdminFileWidget

    def __init__(self, **kwargs):
        kwargs.setdefault("label", gettext_lazy("File"))
        super().__init__(required=False, allow_empty_file=True, **kwargs)

    def to_python(self, data):
        upload = super().to_python(data)
        if upload:
            check(upload)
        return upload


class SeveralFilesInput(forms.FileInput):
    allow_multiple_selected = True

    def value_from_datadict(self, data, files, name):
        return files.getlist(name) if hasattr(files, "getlist") else files.get(name)


class SeveralFilesField(UploadField):
    """Any number of files; their errors name the file."""

    widget = SeveralFilesInput

    def clean(self, data, initial=None):
        errors, uploads = [], []
        for each in data or []:
            try:
                uploads.append(super().clean(each, None))
            except ValidationError as error:
                errors += error.messages
        if errors:
            raise ValidationError(errors)
        return uploads

    def has_changed(self, initial, data):
        return bool(data)
