from datetime import UTC

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from courses import access, instants
from courses.models import Assignment

from .slot import Slot
from .submission import Submission
from .team import Team


class ExtensionQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Those that help the teams of ``user`` now, with what they hand in; all in
        courses they run."""
        if not user.is_authenticated or not user.is_active:
            return self.none()
        helps = Q(team__isnull=True) | Q(team__in=Team.objects.of(user))
        asked = Assignment.objects.asked_of(user).values("pk")
        own = helps & Q(assignment__in=asked, revoked_at__isnull=True)
        return self.filter(own | access.run_by(user, "assignment__course"))

    listed_for = visible_to


class Extension(models.Model):
    """More time, until an absolute instant: for one team, or for all of an assignment
    after an outage. It never makes a deadline earlier."""

    assignment = models.ForeignKey(
        Assignment, on_delete=models.PROTECT, related_name="extensions"
    )
    team = models.ForeignKey(
        Team,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="extensions",
        help_text=_("Empty: every team."),
    )
    until = models.DateTimeField(_("until"), validators=[instants.validate_year])
    reason = models.CharField(
        _("why"), max_length=300, help_text=_("The team reads it.")
    )
    given_at = models.DateTimeField(_("given"), default=timezone.now, editable=False)
    given_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        editable=False,
        related_name="+",
        verbose_name=_("by"),
    )
    revoked_at = models.DateTimeField(_("revoked"), null=True, editable=False)

    objects = ExtensionQuerySet.as_manager()

    class Meta:
        ordering = ["given_at", "pk"]

    def __str__(self):
        until = self.until.astimezone(UTC)  # a form gives it in the zone of the course
        return f"{self.team or self.assignment}: {until:%Y-%m-%d %H:%M} UTC"

    def clean(self):
        if not self.assignment_id:
            return
        if self.team and self.team.assignment_id != self.assignment_id:
            raise ValidationError({"team": _("It belongs to another assignment.")})
        due_at = self.assignment.due_at
        if due_at is None or (self.until and self.until <= due_at):
            said = _("Work is on time until then without it.")
            raise ValidationError({"until": said})


class Choice(models.Model):
    """A person said which submission of a slot counts. The last one holds."""

    submission = models.ForeignKey(
        Submission, on_delete=models.PROTECT, related_name="choices"
    )
    team = models.ForeignKey(Team, on_delete=models.PROTECT, related_name="choices")
    slot = models.ForeignKey(Slot, on_delete=models.PROTECT, related_name="choices")
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="choices"
    )
    at = models.DateTimeField(_("when"), default=timezone.now)
    is_by_staff = models.BooleanField(_("by staff"), default=False)

    class Meta:
        ordering = ["at", "pk"]

    def __str__(self):
        return str(self.submission)


class GradingSet(models.Model):
    """What counted at one moment, kept for grading."""

    assignment = models.ForeignKey(
        Assignment, on_delete=models.PROTECT, related_name="grading_sets"
    )
    made_at = models.DateTimeField(_("made"), default=timezone.now)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        related_name="+",
        verbose_name=_("by"),
    )
    submissions = models.ManyToManyField(
        Submission, related_name="grading_sets", verbose_name=_("submissions")
    )

    class Meta:
        ordering = ["made_at", "pk"]

    def __str__(self):
        return f"{self.assignment}, {self.made_at:%Y-%m-%d %H:%M} UTC"
