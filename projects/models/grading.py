from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from courses import access
from courses.models import Assignment
from references import richtext
from references.history import edit_history

from .team import Team


class GradeQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Released grades of the teams that ``user`` is in, with what they hand in; all
        in courses they run."""
        if not user.is_authenticated or not user.is_active:
            return self.none()
        asked = Assignment.objects.asked_of(user).values("pk")
        own = Q(team__in=Team.objects.of(user), team__assignment__in=asked)
        own &= Q(released_at__isnull=False)
        return self.filter(own | access.run_by(user, "team__course"))

    listed_for = visible_to

    def released_to(self, teams):
        """What members of ``teams`` may know of."""
        return self.filter(team__in=teams, released_at__isnull=False)


class Grade(models.Model):
    """Points and words for the work of a team. Before its release no student can tell
    that there is one."""

    team = models.OneToOneField(Team, on_delete=models.PROTECT, related_name="grade")
    points = models.DecimalField(
        _("points"), max_digits=7, decimal_places=2, null=True, blank=True
    )
    feedback = models.TextField(_("feedback"), blank=True, help_text=_("Markdown."))
    feedback_html = models.TextField(editable=False, blank=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        editable=False,
        related_name="+",
        verbose_name=_("by"),
    )
    released_at = models.DateTimeField(_("released"), null=True, editable=False)
    revised_at = models.DateTimeField(
        _("revised"), null=True, editable=False, help_text=_("After its release.")
    )
    updated_at = models.DateTimeField(auto_now=True)

    objects = GradeQuerySet.as_manager()
    history = edit_history("feedback_html", "updated_at")

    class Meta:
        ordering = ["team"]
        constraints = [
            models.CheckConstraint(
                condition=Q(points__gte=0),
                name="grade_is_not_negative",
                violation_error_message=_("Points begin at 0."),
            )
        ]

    def __str__(self):
        return f"{self.team}: {'–' if self.points is None else self.points}"

    def save(self, *args, **kwargs):
        self.feedback_html = richtext.render(self.feedback)
        super().save(*args, **kwargs)

    def clean(self):
        if not self.team_id:
            return
        if self.team.assignment is None:
            raise ValidationError({"team": _("This team is for no assignment.")})
        most = self.team.assignment.max_points
        if self.points is not None and not 0 <= self.points <= most:
            said = _("Points go from 0 to %d.") % most
            raise ValidationError({"points": said})

    @property
    def state(self):
        """What its team knows of it, in a word."""
        if self.released_at is None:
            return _("not released")
        return _("revised") if self.revised_at else _("released")

    def award(self, points, feedback="", by=None):
        """Save a mark in points and words on it; ValidationError outside 0 to
        ``max_points``. Once released it is revised, and students see that."""
        self.points, self.feedback, self.by = points, feedback, by
        self.clean()
        if self.released_at:
            self.revised_at = timezone.now()
        self.save()
