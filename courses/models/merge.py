from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from .people import Person


class PersonMerge(models.Model):
    """Two people who became one: who is gone, and what brings them back
    (courses/merging_people.py). Until then their address leads to ``kept``."""

    kept = models.ForeignKey(
        Person,
        on_delete=models.CASCADE,
        related_name="merges",
        verbose_name=_("who stays"),
    )
    name = models.CharField(_("who is gone"), max_length=200)
    slug = models.SlugField(_("former address"), max_length=120)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        related_name="+",
        verbose_name=_("merged by"),
    )
    at = models.DateTimeField(_("when"), default=timezone.now)
    undo = models.JSONField(default=dict, editable=False)
    undone_at = models.DateTimeField(_("undone"), null=True)

    class Meta:
        ordering = ["-at", "-pk"]
        verbose_name = _("merge of people")
        verbose_name_plural = _("merges of people")
        constraints = [
            models.UniqueConstraint(
                fields=["slug"],
                condition=Q(undone_at__isnull=True),
                name="person_merge_slug_unique",
                violation_error_message=_("This address leads to someone already."),
            )
        ]

    def __str__(self):
        return f"{self.name} → {self.kept}"
