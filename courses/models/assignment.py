from datetime import timedelta

from django.db import models
from django.db.models import (
    DateTimeField,
    DurationField,
    ExpressionWrapper,
    F,
    IntegerField,
    Q,
    Value,
)
from django.db.models.functions import Cast
from django.utils import timezone
from django.utils.translation import gettext as said
from django.utils.translation import gettext_lazy as _

from references import richtext
from references.history import edit_history

from .. import access, instants
from .course import Course


class AssignmentQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Assignments that are out in courses open to ``user``; staff see all."""
        return self.filter(access.assignment(user))

    def listed_for(self, user):
        return self.filter(access.assignment(user, listed=True))

    def taken(self, at):
        """Those for which work is taken at the aware datetime ``at``, of whoever has
        no extension: out, and not closed (DESIGN rule 6)."""
        minute = at.replace(second=0, microsecond=0)  # its end is the end
        grace = ExpressionWrapper(
            Cast("grace_minutes", IntegerField()) * Value(timedelta(minutes=1)),
            DurationField(),
        )
        before_grace = ExpressionWrapper(Value(minute) - grace, DateTimeField())
        return self.filter(
            Q(opens_at=None) | Q(opens_at__lte=at),
            Q(due_at=None)
            | Q(due_at__gte=before_grace)
            | Q(accepted_until__gte=minute),
        )

    def asked_of(self, user):
        """Those for which ``user`` hands something in."""
        return self.set_for(user).filter(slots__isnull=False).distinct()

    def set_for(self, user):
        """Those out by now in courses that ``user`` takes."""
        return self.visible_to(user).filter(access.enrolled(user, "course"))


class Assignment(models.Model):
    """Homework or project: what is asked and until when, as instants."""

    class Kind(models.TextChoices):
        HOMEWORK = "homework", _("homework")
        PROJECT = "project", _("project")
        OTHER = "other", _("other")

    # What says until when work is taken: whoever changes it says why.
    DEADLINE = ("due_at", "accepted_until", "grace_minutes")

    course = models.ForeignKey(
        Course, on_delete=models.PROTECT, related_name="assignments"
    )
    number = models.CharField(_("number"), max_length=20, blank=True)
    title = models.CharField(_("title"), max_length=300)
    kind = models.CharField(
        _("kind"), max_length=10, choices=Kind.choices, default=Kind.HOMEWORK
    )
    brief = models.TextField(
        _("brief"), blank=True, help_text=_("What is asked. Markdown.")
    )
    brief_html = models.TextField(editable=False, blank=True)
    opens_at = models.DateTimeField(
        _("opens"),
        null=True,
        blank=True,
        db_index=True,
        help_text=_("Empty: at once."),
        validators=[instants.validate_year],
    )
    due_at = models.DateTimeField(
        _("due"),
        null=True,
        blank=True,
        help_text=_("On time until the end of this minute."),
        validators=[instants.validate_year],
    )
    accepted_until = models.DateTimeField(
        _("last acceptance"),
        null=True,
        blank=True,
        help_text=_("Late work is taken until then. Empty: no late work."),
        validators=[instants.validate_year],
    )
    grace_minutes = models.PositiveSmallIntegerField(
        _("grace"),
        default=0,
        help_text=_("Minutes printed beside the deadline, at most 60."),
    )
    team_size = models.PositiveSmallIntegerField(_("team size"), default=1)
    teams_lock_at = models.DateTimeField(
        _("teams lock"),
        null=True,
        blank=True,
        help_text=_("Empty: when due."),
        validators=[instants.validate_year],
    )
    max_points = models.PositiveSmallIntegerField(
        _("points"), default=100, help_text=_("Marks go from 0 to this.")
    )
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = AssignmentQuerySet.as_manager()
    history = edit_history("brief_html", "created_at", "updated_at")

    class Meta:
        ordering = ["course", F("due_at").asc(nulls_last=True), "number", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(due_at__gte=F("opens_at")),
                name="assignment_due_after_opening",
                violation_error_message=_("It must open before it is due."),
            ),
            models.CheckConstraint(
                condition=Q(accepted_until__gte=F("due_at")),
                name="assignment_accepted_until_after_due",
                violation_error_message=_("Last acceptance cannot be before due."),
            ),
            models.CheckConstraint(
                condition=Q(grace_minutes__lte=60),
                name="assignment_grace_at_most_an_hour",
                violation_error_message=_("Grace is at most 60 minutes."),
            ),
            models.CheckConstraint(
                condition=Q(team_size__gte=1),
                name="assignment_team_has_a_member",
                violation_error_message=_("A team has at least one member."),
            ),
        ]

    def __str__(self):
        return self.title

    def save(self, *args, **kwargs):
        self.brief_html = richtext.render(self.brief)
        super().save(*args, **kwargs)

    def get_absolute_url(self):
        return f"{self.course.get_absolute_url()}#assignment-{self.pk}"

    @property
    def has_known_deadline(self):
        """Whether students can read when it is due: who moves that says why."""
        is_out = self.opens_at is None or self.opens_at <= timezone.now()
        return self.due_at is not None and is_out

    def doubts(self):
        """Sentences on why the time it is due may be a mistake; none if it is not."""
        if self.due_at is None:
            return []
        due, course = self.due_at.astimezone(self.course.zone), self.course
        day = due.date()
        found = [
            said("It is due on a holiday of the course: %s.") % each
            for each in course.holidays.filter(starts_on__lte=day, ends_on__gte=day)
        ]
        is_early = course.starts_on and day < course.starts_on
        if is_early or (course.ends_on and day > course.ends_on):
            found.append(said("It is due outside the term."))
        if due.hour < 5:
            words = said("It is due between midnight and five in the morning, at %s.")
            found.append(words % f"{due:%Y-%m-%d %H:%M %Z}")
        return found
