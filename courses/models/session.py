from django.core.validators import RegexValidator, URLValidator
from django.db import models
from django.db.models import F, Prefetch, Q
from django.utils.translation import gettext_lazy as _

from references import richtext
from references.addresses import address
from references.history import edit_history

from .. import access, instants
from ..access import Visibility
from .course import Course
from .people import Person

WEB = URLValidator(schemes=["http", "https"])
KEY = RegexValidator(  # dots alone would lead out of the course, in an address
    r"\A(?!\.+\Z)[A-Za-z0-9._-]+\Z",
    _("Letters, digits, hyphens, dots and underscores only, and not dots alone."),
)


class SessionQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Sessions that ``user`` (may be anonymous) may open."""
        return self.filter(access.part_of_course(user))

    def listed_for(self, user):
        """Sessions that appear in lists and search for ``user``."""
        return self.filter(access.part_of_course(user, listed=True))

    def upcoming(self, at):
        """Sessions not over at the aware datetime ``at``, soonest first."""
        return self.filter(ends_at__gt=at).order_by("starts_at")


class Session(models.Model):
    """One row of a course's schedule.

    ``date``, ``start_time`` and ``end_time`` are wall-clock in the course's
    zone. Empty times and place mean those of the weekday's meeting.
    ``starts_at`` and ``ends_at`` are derived from them and stored in UTC; null
    while date or time is unknown.
    """

    class Kind(models.TextChoices):
        LECTURE = "lecture", _("lecture")
        SEMINAR = "seminar", _("seminar")
        TUTORIAL = "tutorial", _("tutorial")
        PRESENTATIONS = "presentations", _("presentations")
        EXAM = "exam", _("exam")
        NO_CLASS = "no-class", _("no class")
        EVENT = "event", _("event")

    class Status(models.TextChoices):
        SCHEDULED = "scheduled", _("scheduled")
        MOVED = "moved", _("moved")
        CANCELLED = "cancelled", _("cancelled")

    course = models.ForeignKey(
        Course, on_delete=models.CASCADE, related_name="sessions"
    )
    key = models.CharField(
        _("key"),
        max_length=40,
        validators=[KEY],
        help_text=_("Part of the address, for example 03. A new one breaks links."),
    )
    position = models.PositiveSmallIntegerField(
        _("position"), default=0, help_text=_("Place in the schedule.")
    )
    number = models.CharField(
        _("number"), max_length=20, blank=True, help_text=_("As shown: 01, 1.2.")
    )
    title = models.CharField(
        _("title"),
        max_length=500,
        blank=True,
        help_text=_("Formulas between dollar signs."),
    )
    kind = models.CharField(
        _("kind"), max_length=15, choices=Kind.choices, default=Kind.LECTURE
    )
    status = models.CharField(
        _("status"), max_length=10, choices=Status.choices, default=Status.SCHEDULED
    )
    date = models.DateField(
        _("date"),
        null=True,
        blank=True,
        help_text=_("Empty while not known."),
        validators=[instants.validate_year],
    )
    date_as_printed = models.CharField(
        _("date as printed"),
        max_length=120,
        blank=True,
        help_text=_("Words of an imported page; shown where the date is empty."),
    )
    end_date = models.DateField(
        _("last day"),
        null=True,
        blank=True,
        help_text=_("Only if not the same day."),
        validators=[instants.validate_year],
    )
    start_time = models.TimeField(_("start"), null=True, blank=True)
    end_time = models.TimeField(_("end"), null=True, blank=True)
    starts_at = models.DateTimeField(null=True, editable=False, db_index=True)
    ends_at = models.DateTimeField(null=True, editable=False)
    place = models.CharField(_("place"), max_length=200, blank=True)
    stream_url = models.URLField(
        _("stream link"),
        max_length=1000,
        blank=True,
        validators=[WEB],
        help_text=_("Shown to members from 30 minutes before the start."),
    )
    abstract = models.TextField(_("abstract"), blank=True, help_text=_("Markdown."))
    abstract_html = models.TextField(editable=False, blank=True)
    notes = models.TextField(
        _("notes"), blank=True, help_text=_("Markdown. What has no place elsewhere.")
    )
    notes_html = models.TextField(editable=False, blank=True)
    visibility = models.CharField(
        _("visibility"),
        max_length=10,
        choices=Visibility.choices,
        default=Visibility.PUBLIC,
    )
    people = models.ManyToManyField(
        Person, through="SessionRole", related_name="sessions"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = SessionQuerySet.as_manager()
    history = edit_history(
        "abstract_html",
        "notes_html",
        "starts_at",
        "ends_at",
        "created_at",
        "updated_at",
    )

    class Meta:
        ordering = ["course", "position", "pk"]
        indexes = [
            # Sessions that everybody may list are counted without the table.
            models.Index(
                fields=["course", "position", "visibility"], name="session_in_schedule"
            )
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["course", "key"], name="session_key_unique_in_course"
            ),
            models.CheckConstraint(
                condition=Q(end_time__gt=F("start_time")) | Q(end_date__isnull=False),
                name="session_ends_after_start",
                violation_error_message=_("A session must end after it starts."),
            ),
            models.CheckConstraint(
                condition=Q(end_date__gt=F("date")),
                name="session_last_day_after_date",
                violation_error_message=_("The last day must come after the date."),
            ),
        ]

    def __str__(self):
        return f"{self.number} {self.title}".strip() or self.key

    def save(self, *args, **kwargs):
        self.derive()
        super().save(*args, **kwargs)

    def get_absolute_url(self):
        return address("courses:session_detail", self.course.slug, self.key)

    def derive(self):
        """Set what follows from other fields; ``save`` does it, bulk work must."""
        self.abstract_html = richtext.render(self.abstract)
        self.notes_html = richtext.render(self.notes)
        self.starts_at, self.ends_at = instants.of_session(self)

    @property
    def title_html(self):
        """The title with its formulas, as safe HTML."""
        return richtext.render_inline(richtext.escape(self.title))


class SessionRole(models.Model):
    """Who teaches, takes notes of or chairs a session."""

    class Role(models.TextChoices):
        INSTRUCTOR = "instructor", _("instructor")
        SCRIBE = "scribe", _("scribe")
        CHAIR = "chair", _("chair")

    session = models.ForeignKey(Session, on_delete=models.CASCADE, related_name="roles")
    person = models.ForeignKey(
        Person, on_delete=models.PROTECT, related_name="session_roles"
    )
    role = models.CharField(
        _("role"), max_length=12, choices=Role.choices, default=Role.INSTRUCTOR
    )
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    name_as_printed = models.CharField(_("name as printed"), max_length=200, blank=True)

    class Meta:
        ordering = ["position", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["session", "person", "role"], name="session_role_unique"
            )
        ]

    def __str__(self):
        return self.name_as_printed or str(self.person)


class TalkQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Talks that ``user`` may open: as narrow as session and course are."""
        return self.filter(access.talk(user))

    def listed_for(self, user):
        return self.filter(access.talk(user, listed=True))

    def with_speakers(self):
        """Load speakers in order, in one further query."""
        return self.prefetch_related(
            Prefetch("appearances", Appearance.objects.select_related("person"))
        )


class Talk(models.Model):
    """What someone presented in a session. Times as in Session."""

    session = models.ForeignKey(Session, on_delete=models.CASCADE, related_name="talks")
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    title = models.CharField(
        _("title"), max_length=500, blank=True, help_text=_("Empty: the session's.")
    )
    start_time = models.TimeField(_("start"), null=True, blank=True)
    end_time = models.TimeField(_("end"), null=True, blank=True)
    place = models.CharField(_("place"), max_length=200, blank=True)
    series = models.CharField(
        _("series"), max_length=200, blank=True, help_text=_("As announced there.")
    )
    abstract = models.TextField(_("abstract"), blank=True, help_text=_("Markdown."))
    abstract_html = models.TextField(editable=False, blank=True)
    biography = models.TextField(
        _("biography"), blank=True, help_text=_("Markdown. As given that day.")
    )
    biography_html = models.TextField(editable=False, blank=True)
    visibility = models.CharField(
        _("visibility"),
        max_length=10,
        choices=Visibility.choices,
        default=Visibility.PUBLIC,
    )
    speakers = models.ManyToManyField(
        Person, through="Appearance", related_name="talks"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = TalkQuerySet.as_manager()
    history = edit_history(
        "abstract_html",
        "biography_html",
        "created_at",
        "updated_at",
    )

    class Meta:
        ordering = ["session", "position", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(end_time__gt=F("start_time")),
                name="talk_ends_after_start",
                violation_error_message=_("A talk must end after it starts."),
            )
        ]

    def __str__(self):
        return self.title or str(self.session)

    def save(self, *args, **kwargs):
        self.derive()
        super().save(*args, **kwargs)

    def get_absolute_url(self):
        return address("courses:talk_detail", self.session.course.slug, self.pk)

    def derive(self):
        """Set what follows from other fields; ``save`` does it, bulk work must."""
        self.abstract_html = richtext.render(self.abstract)
        self.biography_html = richtext.render(self.biography)

    @property
    def title_html(self):
        """The talk's title, or its session's, as safe HTML."""
        return richtext.render_inline(richtext.escape(self.title or self.session.title))


class Appearance(models.Model):
    """A speaker of a talk, with name and affiliation as printed that day."""

    talk = models.ForeignKey(Talk, on_delete=models.CASCADE, related_name="appearances")
    person = models.ForeignKey(
        Person, on_delete=models.PROTECT, related_name="appearances"
    )
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    name = models.CharField(_("name as printed"), max_length=200, blank=True)
    affiliation = models.CharField(_("affiliation"), max_length=300, blank=True)
    homepage = models.URLField(
        _("home page"), max_length=500, blank=True, validators=[WEB]
    )

    class Meta:
        ordering = ["position", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["talk", "person"], name="appearance_unique_in_talk"
            )
        ]

    def __str__(self):
        return self.name or str(self.person)
