import codecs
import hashlib
import secrets

import puremagic
from django.conf import settings
from django.core.files.storage import default_storage
from django.core.validators import URLValidator
from django.db import models, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.text import get_valid_filename
from django.utils.translation import gettext_lazy as _

from references import richtext
from references.addresses import address
from references.history import edit_history
from references.models import Paper

from .. import access, instants
from ..access import Visibility
from .assignment import Assignment
from .course import Course
from .session import Session, Talk

WEB = URLValidator(schemes=["http", "https"])
OWNERS = ("session", "talk", "assignment")


class StoredFileManager(models.Manager):
    def store(self, content, name, by=None, replaces=None):
        """Keep the bytes of the File ``content`` under a random key; return the row.

        The type is sniffed from the bytes, never taken from ``name``.
        """
        file = self.keep(content, name, by, replaces)
        file.save()
        return file

    def keep(self, content, name, by=None, replaces=None):
        """As ``store``, but that the row is not saved yet: nothing tells of it."""
        key = secrets.token_hex(20)
        sha256 = hashlib.sha256()
        for chunk in content.chunks():
            sha256.update(chunk)
        content_type = sniff(content)
        content.seek(0)
        try:
            default_storage.save(key, content)
        except BaseException:  # half of it, on a disk that is full
            default_storage.delete(key)
            raise
        return self.model(
            key=key,
            sha256=sha256.hexdigest(),
            size_bytes=content.size,
            content_type=content_type,
            original_name="".join(filter(str.isprintable, name))[-255:],
            stored_by=by,
            replaces=replaces,
        )


# Sure although short; puremagic trusts a signature by its length.
SIGNATURES = {
    b"%PDF-": "application/pdf",
    b"\xff\xd8\xff": "image/jpeg",
    b"PK\x03\x04": "application/zip",
    b"\x1f\x8b\x08": "application/gzip",
}


SNIFFED_BYTES = 65_536


def sniff(content):
    """The media type of a File by what it begins with, as far as that is sure."""
    content.seek(0)
    head = content.read(SNIFFED_BYTES)
    for signature, media_type in SIGNATURES.items():
        if head.startswith(signature):
            return media_type
    try:
        matches = puremagic.magic_string(head)
    except (puremagic.PureError, ValueError):
        matches = []
    if matches and matches[0].confidence >= 0.5 and matches[0].mime_type:
        return matches[0].mime_type
    try:
        codecs.getincrementaldecoder("utf-8")().decode(head)  # may end in a letter
    except UnicodeDecodeError:
        return "application/octet-stream"
    return "text/plain"


class StoredFile(models.Model):
    """Bytes kept under a random key, with what they were when they came.

    Once ``erased_at`` is set the bytes are gone, and this is their tombstone.
    """

    key = models.CharField(max_length=40, unique=True, editable=False)
    sha256 = models.CharField("SHA-256", max_length=64, editable=False, db_index=True)
    size_bytes = models.PositiveBigIntegerField(_("size in bytes"), editable=False)
    content_type = models.CharField(_("type"), max_length=100, editable=False)
    original_name = models.CharField(_("original name"), max_length=255)
    replaces = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="replacements",
    )
    stored_at = models.DateTimeField(_("stored"), auto_now_add=True)
    stored_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        editable=False,
        related_name="stored_files",
    )
    erased_at = models.DateTimeField(_("erased"), null=True, editable=False)

    objects = StoredFileManager()

    class Meta:
        ordering = ["-stored_at", "-pk"]

    def __str__(self):
        return self.original_name

    def open(self):
        """The stored bytes as a binary file."""
        return default_storage.open(self.key)

    def discard(self):
        """Delete it, which nothing shows any more, and its bytes once committed."""
        self.delete()
        transaction.on_commit(lambda: default_storage.delete(self.key))

    def erase(self):
        """Delete its bytes once committed, and its name; hash, size and times stay."""
        self.original_name, self.erased_at = "", timezone.now()
        self.save(update_fields=["original_name", "erased_at"])
        transaction.on_commit(lambda: default_storage.delete(self.key))

    @property
    def size(self):
        """Its size in words, by units of 1,000 as limits are: 3.2 MB."""
        power = min(max(len(str(self.size_bytes)) - 1, 0) // 3, 3)
        unit = (_("bytes"), "kB", "MB", "GB")[power]
        amount = number_format(self.size_bytes / 1000**power, 1 if power else 0)
        return f"{amount}\N{NO-BREAK SPACE}{unit}"

    @property
    def name(self):
        """The original name, safe as the end of an address."""
        base = self.original_name.replace("\\", "/").rsplit("/", 1)[-1]
        # The x keeps get_valid_filename from refusing a name of no good letters.
        return get_valid_filename(f"x{base.strip()}")[1:][-100:].lstrip(".") or "file"


def one_owner(*fields):
    """The condition that at most one of the nullable ``fields`` is set; with
    none of them the row belongs to the course itself."""
    conditions = Q(**{f"{field}__isnull": True for field in fields})
    for chosen in fields:
        conditions |= Q(**{f"{field}__isnull": field != chosen for field in fields})
    return conditions


class MaterialQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Materials that ``user`` may open: as narrow as what they belong to."""
        return self.filter(access.material(user))

    def listed_for(self, user):
        return self.filter(access.material(user, listed=True))


class Material(models.Model):
    """Slides, a video, notes, code: a file, a link, or a promise of one.

    Belongs to exactly one of course, session, talk and assignment; ``course``
    is set in every case, and means the course itself when the others are empty.
    """

    class Kind(models.TextChoices):
        SLIDES = "slides", _("slides")
        VIDEO = "video", _("video")
        NOTES = "notes", _("notes")
        CODE = "code", _("code")
        DATA = "data", _("data")
        HANDOUT = "handout", _("handout")
        HOMEWORK = "homework", _("homework")
        DESCRIPTION = "description", _("description")
        LINK = "link", _("link")

    class State(models.TextChoices):
        AVAILABLE = "available", _("available")
        EXPECTED = "expected", _("expected")
        MISSING = "missing", _("missing")

    course = models.ForeignKey(
        Course, on_delete=models.CASCADE, related_name="materials"
    )
    session = models.ForeignKey(
        Session,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="materials",
    )
    talk = models.ForeignKey(
        Talk, on_delete=models.CASCADE, null=True, blank=True, related_name="materials"
    )
    assignment = models.ForeignKey(
        Assignment,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="materials",
    )
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    kind = models.CharField(
        _("kind"), max_length=12, choices=Kind.choices, default=Kind.LINK
    )
    label = models.CharField(_("label"), max_length=500, blank=True)
    group = models.CharField(
        _("group"),
        max_length=200,
        blank=True,
        help_text=_("A heading shared by several, for example Public codes."),
    )
    part = models.CharField(
        _("part"), max_length=100, blank=True, help_text=_("For example Part II.")
    )
    remark = models.CharField(
        _("remark"), max_length=1000, blank=True, help_text=_("Said beside the link.")
    )
    file = models.ForeignKey(
        StoredFile,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="materials",
        verbose_name=_("file"),
    )
    url = models.URLField(_("address"), max_length=2000, blank=True, validators=[WEB])
    state = models.CharField(
        _("state"), max_length=10, choices=State.choices, default=State.AVAILABLE
    )
    expected_on = models.DateField(
        _("expected by"), null=True, blank=True, validators=[instants.validate_year]
    )
    missing_reason = models.CharField(
        _("why it is missing"), max_length=300, blank=True
    )
    printed_address = models.CharField(
        _("printed address"),
        max_length=2000,
        blank=True,
        help_text=_("Where an imported page pointed without leading anywhere."),
    )
    language = models.CharField(_("language"), max_length=20, blank=True)
    format = models.CharField(
        _("format"), max_length=20, blank=True, help_text=_("For example pdf.")
    )
    visibility = models.CharField(
        _("visibility"),
        max_length=10,
        choices=Visibility.choices,
        default=Visibility.PUBLIC,
    )
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = MaterialQuerySet.as_manager()
    history = edit_history("created_at", "updated_at")

    class Meta:
        ordering = ["position", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=one_owner(*OWNERS),
                name="material_has_one_owner",
                violation_error_message=_(
                    "It belongs to one of session, talk and assignment, "
                    "or to none of them: then to the course."
                ),
            ),
            models.CheckConstraint(
                condition=Q(file__isnull=True) | Q(url=""),
                name="material_is_file_or_link",
                violation_error_message=_("Give a file or an address, not both."),
            ),
            models.CheckConstraint(
                condition=~Q(state="available") | Q(file__isnull=False) | ~Q(url=""),
                name="material_available_leads_somewhere",
                violation_error_message=_(
                    "What is available needs a file or an address."
                ),
            ),
        ]

    def __str__(self):
        return self.label or self.get_kind_display()

    def save(self, *args, **kwargs):
        self.derive()
        super().save(*args, **kwargs)

    def get_absolute_url(self):
        """Where the material is: an own address for a file, stable when it is
        replaced; else the link; else the page it stands on."""
        if self.file_id:
            return address("courses:material_file", self.pk, self.file.name)
        return self.url or self.owner.get_absolute_url()

    def derive(self):
        """Set what follows from other fields; ``save`` does it, bulk work must."""
        self.course = course_of(self)

    def put_file(self, content, name, by=None):
        """Store the File ``content`` as what is shown here; the caller saves.

        The file shown until now is kept, and the new one knows it.
        """
        self.file = StoredFile.objects.store(content, name, by, replaces=self.file)
        self.state = self.State.AVAILABLE

    @property
    def owner(self):
        return self.session or self.talk or self.assignment or self.course


def course_of(attached):
    """The course that a material or reading belongs to by its owner."""
    if attached.session_id:
        return attached.session.course
    if attached.talk_id:
        return attached.talk.session.course
    if attached.assignment_id:
        return attached.assignment.course
    return attached.course


class ReadingQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Readings that ``user`` may see: as narrow as what they belong to."""
        return self.filter(access.owner(user))

    def listed_for(self, user):
        return self.filter(access.owner(user, listed=True))


class Reading(models.Model):
    """A paper to read, or a text that is no paper: a course, a video, a data set.

    Belongs to one owner as Material does. ``text`` is the citation as printed,
    its links in place.
    """

    class Role(models.TextChoices):
        REQUIRED = "required", _("required")
        RECOMMENDED = "recommended", _("recommended")
        BACKGROUND = "background", _("background")

    course = models.ForeignKey(
        Course, on_delete=models.CASCADE, related_name="readings"
    )
    session = models.ForeignKey(
        Session,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="readings",
    )
    talk = models.ForeignKey(
        Talk, on_delete=models.CASCADE, null=True, blank=True, related_name="readings"
    )
    assignment = models.ForeignKey(
        Assignment,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="readings",
    )
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    role = models.CharField(
        _("role"), max_length=12, choices=Role.choices, default=Role.RECOMMENDED
    )
    paper = models.ForeignKey(
        Paper,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="readings",
        verbose_name=_("paper"),
    )
    text = models.TextField(
        _("text"), blank=True, help_text=_("As printed, in Markdown.")
    )
    text_html = models.TextField(editable=False, blank=True)
    remark = models.TextField(
        _("remark"),
        blank=True,
        help_text=_("Why to read it, which sections. Markdown."),
    )
    remark_html = models.TextField(editable=False, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = ReadingQuerySet.as_manager()
    history = edit_history("text_html", "remark_html", "created_at", "updated_at")

    class Meta:
        ordering = ["position", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=one_owner(*OWNERS),
                name="reading_has_one_owner",
                violation_error_message=_(
                    "It belongs to one of session, talk and assignment, "
                    "or to none of them: then to the course."
                ),
            ),
            models.CheckConstraint(
                condition=Q(paper__isnull=False) | ~Q(text=""),
                name="reading_says_what",
                violation_error_message=_("Choose a paper or write a text."),
            ),
        ]

    def __str__(self):
        return str(self.paper) if self.paper else richtext.plain(self.text)[:100]

    def save(self, *args, **kwargs):
        self.derive()
        super().save(*args, **kwargs)

    def get_absolute_url(self):
        return address("courses:reading_list", self.course.slug) + f"#r{self.pk}"

    def derive(self):
        """Set what follows from other fields; ``save`` does it, bulk work must."""
        self.course = course_of(self)
        self.text_html = richtext.render(self.text)
        self.remark_html = richtext.render(self.remark)
