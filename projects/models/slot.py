from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from courses import access
from courses.models import Assignment

# The endings that a slot can take, and what a file of each begins as: one of the media
# types of courses.models.material.sniff(). Text is whatever is no other type.
FORMATS = {
    "pdf": {"application/pdf"},
    "zip": {"application/zip"},
    "gz": {"application/gzip"},
    "pptx": {"application/zip"},
    "docx": {"application/zip"},
    "odp": {"application/zip"},
    "png": {"image/png"},
    "jpg": {"image/jpeg"},
    "mp4": {"video/mp4", "video/quicktime"},
    "ipynb": {"text/plain", "application/json"},
    "py": {"text/plain"},
    "tex": {"text/plain"},
    "txt": {"text/plain"},
    "csv": {"text/plain"},
}


def validate_formats(line):
    """Raise ValidationError unless all words of ``line`` are in FORMATS."""
    for word in line.split():
        if word not in FORMATS:
            raise ValidationError(
                _("“%(word)s” is no format taken here. These are: %(known)s."),
                params={"word": word, "known": " ".join(FORMATS)},
            )


def validate_size(megabytes):
    """Raise ValidationError if the web server takes no file of so many MB."""
    if megabytes > settings.MAX_SUBMISSION_MB:
        raise ValidationError(
            _("This site takes at most %(limit)d MB (DJANGO_MAX_SUBMISSION_MB)."),
            params={"limit": settings.MAX_SUBMISSION_MB},
        )


class SlotQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Slots of assignments that ``user`` may open."""
        return self.filter(access.assignment(user, "assignment"))


class Slot(models.Model):
    """One thing an assignment asks for: a file of some formats, or a link."""

    class Kind(models.TextChoices):
        REPORT = "report", _("report")
        SLIDES = "slides", _("slides")
        POSTER = "poster", _("poster")
        SOURCE = "source", _("source")
        VIDEO = "video", _("video")
        OTHER = "other", _("other")

    class Takes(models.TextChoices):
        FILE = "file", _("a file")
        LINK = "link", _("a link")

    assignment = models.ForeignKey(
        Assignment, on_delete=models.PROTECT, related_name="slots"
    )
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    kind = models.CharField(
        _("kind"), max_length=10, choices=Kind.choices, default=Kind.REPORT
    )
    label = models.CharField(
        _("label"),
        max_length=60,
        blank=True,
        help_text=_("Empty: the kind. Needed where a kind comes twice."),
    )
    takes = models.CharField(
        _("takes"), max_length=4, choices=Takes.choices, default=Takes.FILE
    )
    formats = models.CharField(
        _("formats"),
        max_length=100,
        blank=True,
        default="pdf",
        validators=[validate_formats],
        help_text=_("Endings with spaces between: pdf zip. Empty: any. Not for links."),
    )
    max_size_mb = models.PositiveSmallIntegerField(
        _("largest size"),
        default=50,
        validators=[validate_size],
        help_text=_("In MB, that is 1,000,000 bytes."),
    )
    is_required = models.BooleanField(_("required"), default=True)

    objects = SlotQuerySet.as_manager()

    class Meta:
        ordering = ["assignment", "position", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["assignment", "kind", "label"],
                name="slot_unique_in_assignment",
                violation_error_message=_("Give slots of one kind different labels."),
            ),
            models.CheckConstraint(
                condition=Q(max_size_mb__gte=1, max_size_mb__lte=2000),
                name="slot_takes_some_bytes",
                violation_error_message=_("A file has 1 to 2,000 MB at most."),
            ),
        ]

    def __str__(self):
        return self.label or self.get_kind_display()

    @property
    def endings(self):
        """The endings of file names that it takes; empty for any."""
        return self.formats.split()

    @property
    def max_size_bytes(self):
        return self.max_size_mb * 1_000_000
