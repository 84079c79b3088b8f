from zoneinfo import ZoneInfo, available_timezones

from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from references import richtext
from references.addresses import address

from .. import access, instants
from ..access import Visibility
from .people import Person

WEB = URLValidator(schemes=["http", "https"])


def validate_time_zone(name):
    """Raise ValidationError unless ``name`` is an IANA time zone."""
    if name not in available_timezones():
        raise ValidationError(
            _("“%(name)s” is no time zone; write for example Asia/Hong_Kong."),
            params={"name": name},
        )


class CourseQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Courses that ``user`` (may be anonymous) may open."""
        return self.filter(access.course(user))

    def listed_for(self, user):
        """Courses that appear in lists, search and feeds for ``user``."""
        return self.filter(access.course(user, listed=True))


class Course(models.Model):
    """One edition of a course or seminar series: its page is its schedule."""

    class Kind(models.TextChoices):
        COURSE = "course", _("course")
        SERIES = "series", _("seminar series")

    Status = access.Status

    code = models.CharField(_("code"), max_length=40, blank=True)
    other_codes = models.CharField(
        _("further codes"),
        max_length=200,
        blank=True,
        help_text=_("Of the same course elsewhere, with commas between."),
    )
    title = models.CharField(_("title"), max_length=300)
    slug = models.SlugField(
        max_length=80,
        unique=True,
        help_text=_(
            "The address, for example math6380p-2020-fall. A new one breaks links."
        ),
    )
    term = models.CharField(
        _("term"), max_length=60, blank=True, help_text=_("For example Fall 2020.")
    )
    kind = models.CharField(
        _("kind"), max_length=10, choices=Kind.choices, default=Kind.COURSE
    )
    institution = models.CharField(_("institution"), max_length=200, blank=True)
    time_zone = models.CharField(
        _("time zone"),
        max_length=60,
        default="UTC",
        validators=[validate_time_zone],
        help_text=_("Where the class meets, for example Asia/Hong_Kong."),
    )
    starts_on = models.DateField(
        _("first day"), null=True, blank=True, validators=[instants.validate_year]
    )
    ends_on = models.DateField(
        _("last day"), null=True, blank=True, validators=[instants.validate_year]
    )
    status = models.CharField(
        _("status"),
        max_length=10,
        choices=access.Status.choices,
        default=access.Status.DRAFT,
        help_text=_(
            "Draft: staff only. Unlisted: whoever knows the address. "
            "Archived: shown, and nothing more is expected to change."
        ),
    )
    previous = models.ForeignKey(
        "self",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="later_editions",
        verbose_name=_("previous edition"),
    )
    contact = models.CharField(
        _("contact"),
        max_length=200,
        blank=True,
        help_text=_("Whom a reader may ask, as shown at the foot of the page."),
    )
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = CourseQuerySet.as_manager()

    class Meta:
        ordering = [F("starts_on").desc(nulls_last=True), "code", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_on__gte=F("starts_on")),
                name="course_ends_after_start",
                violation_error_message=_("A course must end after it starts."),
            )
        ]

    def __str__(self):
        return ", ".join(filter(None, [f"{self.code} {self.title}".strip(), self.term]))

    def get_absolute_url(self):
        return address("courses:course_detail", self.slug)

    @property
    def zone(self):
        return ZoneInfo(self.time_zone)

    @property
    def zone_name(self):
        """The zone as readers call it: Hong Kong, of Asia/Hong_Kong."""
        return self.time_zone.rpartition("/")[2].replace("_", " ")


class CourseRole(models.Model):
    """Who teaches a course, in the order and with the name its page prints."""

    class Role(models.TextChoices):
        INSTRUCTOR = "instructor", _("instructor")
        ASSISTANT = "assistant", _("teaching assistant")
        ORGANISER = "organiser", _("organiser")

    course = models.ForeignKey(Course, on_delete=models.CASCADE, related_name="roles")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="roles")
    role = models.CharField(
        _("role"), max_length=12, choices=Role.choices, default=Role.INSTRUCTOR
    )
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    name_as_printed = models.CharField(
        _("name as printed"),
        max_length=200,
        blank=True,
        help_text=_("In the schedule, for example Y.Y."),
    )

    class Meta:
        ordering = ["position", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["course", "person", "role"], name="course_role_unique"
            )
        ]

    def __str__(self):
        return f"{self.person} ({self.get_role_display()})"


class EnrolmentQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Those of ``user`` in courses open to them, and of the courses they run."""
        if not user.is_authenticated or not user.is_active:
            return self.none()
        own = Q(person__user=user) & access.within_limit(user, "course")
        is_open = access.course(user, "course")
        return self.filter(own & is_open | access.run_by(user, "course"))

    listed_for = visible_to


class Enrolment(models.Model):
    """A person on the roster of a course. Seen by its staff only."""

    class Status(models.TextChoices):
        ACTIVE = "active", _("active")
        AUDITOR = "auditor", _("auditor")
        DROPPED = "dropped", _("dropped")

    course = models.ForeignKey(
        Course, on_delete=models.PROTECT, related_name="enrolments"
    )
    person = models.ForeignKey(
        Person, on_delete=models.PROTECT, related_name="enrolments"
    )
    student_number = models.CharField(_("student number"), max_length=20, blank=True)
    code = models.CharField(
        _("listed under"),
        max_length=40,
        blank=True,
        help_text=_("Which of the course's codes the student registered for."),
    )
    status = models.CharField(
        _("status"), max_length=10, choices=Status.choices, default=Status.ACTIVE
    )
    # By the database, too: what was merged before there were times has none to bring.
    created_at = models.DateTimeField(auto_now_add=True, db_default=Now())
    updated_at = models.DateTimeField(auto_now=True, db_default=Now())

    objects = EnrolmentQuerySet.as_manager()

    class Meta:
        ordering = ["course", "person"]
        constraints = [
            models.UniqueConstraint(
                fields=["course", "person"], name="enrolment_unique_in_course"
            ),
            models.UniqueConstraint(
                fields=["course", "student_number"],
                condition=~Q(student_number=""),
                name="student_number_unique_in_course",
                violation_error_message=_("Someone else has this student number."),
            ),
        ]

    def __str__(self):
        return f"{self.person}: {self.course}"


class SectionQuerySet(models.QuerySet):
    def visible_to(self, user):
        return self.filter(access.part_of_course(user))


class Section(models.Model):
    """A part of the course page beside the schedule: synopsis, grading, links."""

    course = models.ForeignKey(
        Course, on_delete=models.CASCADE, related_name="sections"
    )
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    heading = models.CharField(_("heading"), max_length=200, blank=True)
    text = models.TextField(_("text"), blank=True, help_text=_("Markdown."))
    text_html = models.TextField(editable=False, blank=True)
    visibility = models.CharField(
        _("visibility"),
        max_length=10,
        choices=Visibility.choices,
        default=Visibility.PUBLIC,
    )

    objects = SectionQuerySet.as_manager()

    class Meta:
        ordering = ["position", "pk"]

    def __str__(self):
        return self.heading or str(_("(no heading)"))

    def save(self, *args, **kwargs):
        self.text_html = richtext.render(self.text)
        super().save(*args, **kwargs)


class Weekday(models.IntegerChoices):
    """Days as ``date.weekday()`` counts them."""

    MONDAY = 0, _("Monday")
    TUESDAY = 1, _("Tuesday")
    WEDNESDAY = 2, _("Wednesday")
    THURSDAY = 3, _("Thursday")
    FRIDAY = 4, _("Friday")
    SATURDAY = 5, _("Saturday")
    SUNDAY = 6, _("Sunday")


class Meeting(models.Model):
    """The weekly time and place that a session of that weekday falls back to.

    Times are wall-clock in the course's zone.
    """

    course = models.ForeignKey(
        Course, on_delete=models.CASCADE, related_name="meetings"
    )
    weekday = models.PositiveSmallIntegerField(_("weekday"), choices=Weekday.choices)
    start_time = models.TimeField(_("start"))
    end_time = models.TimeField(_("end"))
    place = models.CharField(_("place"), max_length=200, blank=True)
    stream_url = models.URLField(
        _("stream link"),
        max_length=1000,
        blank=True,
        validators=[WEB],
        help_text=_("Shown to members only."),
    )

    class Meta:
        ordering = ["weekday", "start_time"]
        constraints = [
            models.UniqueConstraint(
                fields=["course", "weekday", "start_time"],
                name="meeting_unique_in_week",
            ),
            models.CheckConstraint(
                condition=Q(end_time__gt=F("start_time")),
                name="meeting_ends_after_start",
                violation_error_message=_("A meeting must end after it starts."),
            ),
        ]

    def __str__(self):
        hours = f"{self.start_time:%H:%M}–{self.end_time:%H:%M}"
        return f"{self.get_weekday_display()} {hours}"


class Holiday(models.Model):
    """Days without class: a row of the schedule where no session says so."""

    course = models.ForeignKey(
        Course, on_delete=models.CASCADE, related_name="holidays"
    )
    name = models.CharField(_("name"), max_length=200)
    starts_on = models.DateField(_("first day"), validators=[instants.validate_year])
    ends_on = models.DateField(_("last day"), validators=[instants.validate_year])

    class Meta:
        ordering = ["starts_on"]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_on__gte=F("starts_on")),
                name="holiday_ends_after_start",
                violation_error_message=_("A holiday must end after it starts."),
            )
        ]

    def __str__(self):
        return self.name


class AnnouncementQuerySet(models.QuerySet):
    def visible_to(self, user, at=None):
        """Announcements published by ``at`` (default now); staff see all."""
        return self.filter(access.course(user, "course"), self._published(user, at))

    def listed_for(self, user):
        """Announcements that appear in lists and feeds for ``user``."""
        is_listed = access.course(user, "course", listed=True)
        return self.filter(is_listed, self._published(user))

    def _published(self, user, at=None):
        due = Q(published_at__lte=at or timezone.now())
        return due | access.run_by(user, "course")


class Announcement(models.Model):
    """News of a course, shown from ``published_at`` on."""

    course = models.ForeignKey(
        Course, on_delete=models.CASCADE, related_name="announcements"
    )
    title = models.CharField(_("title"), max_length=200)
    body = models.TextField(_("text"), blank=True, help_text=_("Markdown."))
    body_html = models.TextField(editable=False, blank=True)
    is_pinned = models.BooleanField(_("pinned"), default=False)
    published_at = models.DateTimeField(
        _("publish at"),
        default=timezone.now,
        db_index=True,
        validators=[instants.validate_year],
    )
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = AnnouncementQuerySet.as_manager()

    class Meta:
        ordering = ["-is_pinned", "-published_at"]

    def __str__(self):
        return self.title

    def save(self, *args, **kwargs):
        self.body_html = richtext.render(self.body)
        super().save(*args, **kwargs)

    def get_absolute_url(self):
        return f"{self.course.get_absolute_url()}#announcement-{self.pk}"
