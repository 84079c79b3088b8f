"""Photos from people: decoded and drawn anew, so that nothing else is in them."""

from io import BytesIO
from pathlib import PurePath

from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from PIL import Image, ImageOps
from PIL.ExifTags import Base

from .uploads import UploadField

FORMATS = ["JPEG", "PNG", "WEBP"]
MAX_MB = 5
MAX_MEGAPIXELS = 40
LONGEST_SIDE = 1200  # pixels
# What Pillow raises for bytes that are no picture.
BROKEN = (OSError, SyntaxError, ValueError, OverflowError)


def redrawn(upload):
    """The picture in the File ``upload`` as a JPEG, upright, of at most LONGEST_SIDE,
    that says nothing of camera, place and time.

    Raise ValidationError, in words of what to do, if there is none or it is too large.
    """
    name = "".join(filter(str.isprintable, upload.name))
    if upload.size > MAX_MB * 1_000_000:
        raise ValidationError(
            _("“%(name)s” has %(size).1f MB; at most %(limit)d MB are taken.")
            % {"name": name, "size": upload.size / 1_000_000, "limit": MAX_MB}
        )
    try:
        picture = _upright(upload)
    except Image.DecompressionBombError:
        raise ValidationError(
            _("“%(name)s” has more than %(limit)d megapixels. Make it smaller.")
            % {"name": name, "limit": MAX_MEGAPIXELS}
        ) from None
    except BROKEN:
        raise ValidationError(
            _("“%s” is no picture that can be read. Save it as JPEG, PNG or WebP.")
            % name
        ) from None
    content = BytesIO()
    picture.save(content, "JPEG", quality=85, optimize=True)
    return ContentFile(content.getvalue(), f"{PurePath(name).stem}.jpg")


def _upright(upload):
    upload.seek(0)
    with Image.open(upload, formats=FORMATS) as picture:
        if picture.width * picture.height > MAX_MEGAPIXELS * 1_000_000:
            raise Image.DecompressionBombError  # as its head says; nothing is decoded
        picture.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
        turned = picture.getexif().get(Base.Orientation)
        picture = picture.convert("RGBA")
    flat = Image.new("RGB", picture.size, "white")  # has no comments of the other
    flat.paste(picture, mask=picture)
    flat.getexif()[Base.Orientation] = turned  # alone: Pillow fails at odd EXIF
    return ImageOps.exif_transpose(flat)


class PictureField(UploadField):
    """A photo, redrawn."""

    def __init__(self, **kwargs):
        kwargs.setdefault("label", gettext_lazy("Photo"))
        kwargs.setdefault(
            "help_text",
            gettext_lazy(
                "JPEG, PNG or WebP of at most 5 MB. It is made smaller; where and when "
                "it was taken is left out."
            ),
        )
        super().__init__(**kwargs)

    def widget_attrs(self, widget):
        """Phones then send what they keep in other formats as one of these."""
        types = ", ".join(f"image/{name.lower()}" for name in FORMATS)
        return super().widget_attrs(widget) | {"accept": types}

    def to_python(self, data):
        upload = super().to_python(data)
        return redrawn(upload) if upload else upload
