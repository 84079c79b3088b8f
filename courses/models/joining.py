from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from .course import Course


class JoinRequest(models.Model):
    """An account that is not on the roster of ``course`` asks to be. Seen by its staff
    and by who asked; ``accepted`` is None until it is decided."""

    course = models.ForeignKey(
        Course, on_delete=models.CASCADE, related_name="join_requests"
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        related_name="join_requests",
        verbose_name=_("account"),
    )
    name = models.CharField(_("name"), max_length=200)
    student_number = models.CharField(
        _("student number"),
        max_length=20,
        blank=True,
        help_text=_("If you have one. Seen by staff of the course only."),
    )
    note = models.CharField(
        _("note"),
        max_length=500,
        blank=True,
        help_text=_("For example why you are not on the list yet."),
    )
    asked_at = models.DateTimeField(_("asked"), default=timezone.now)
    decided_at = models.DateTimeField(_("decided"), null=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        related_name="+",
        verbose_name=_("decided by"),
    )
    accepted = models.BooleanField(_("accepted"), null=True)

    class Meta:
        ordering = ["-asked_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["course", "user"],
                condition=Q(decided_at=None),
                name="join_request_open_once",
                violation_error_message=_("You have asked already."),
            ),
        ]

    def __str__(self):
        return f"{self.name}: {self.course}"
