from django.conf import settings
from django.contrib.contenttypes.fields import GenericForeignKey
from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from .course import Course
from .material import StoredFile
from .talk_link import TalkLink


class Proposal(models.Model):
    """What someone wants ``target`` to say, who may not change it: until somebody who
    may has looked at the difference.

    ``values`` are the fields of ``target`` as proposed, ``seen`` as they were then.
    ``course`` is whose staff decide; without one, rows that courses share, superusers.
    """

    class State(models.TextChoices):
        OPEN = "open", _("to decide")
        ACCEPTED = "accepted", _("accepted")
        DECLINED = "declined", _("declined")

    course = models.ForeignKey(
        Course,
        on_delete=models.SET_NULL,
        null=True,
        related_name="proposals",
        verbose_name=_("course"),
    )
    content_type = models.ForeignKey(ContentType, on_delete=models.CASCADE)
    object_id = models.PositiveBigIntegerField()
    target = GenericForeignKey()
    values = models.JSONField(default=dict)
    seen = models.JSONField(default=dict)
    photo = models.ForeignKey(
        StoredFile,
        on_delete=models.PROTECT,
        null=True,
        related_name="proposed_photos",
        verbose_name=_("photo"),
    )
    slides = models.ForeignKey(
        StoredFile,
        on_delete=models.PROTECT,
        null=True,
        related_name="proposed_slides",
        verbose_name=_("slides"),
    )
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        related_name="proposals",
        verbose_name=_("by"),
    )
    link = models.ForeignKey(
        TalkLink,
        on_delete=models.SET_NULL,
        null=True,
        related_name="proposals",
        verbose_name=_("through the link"),
    )
    note = models.TextField(_("note"), blank=True)
    sent_at = models.DateTimeField(_("sent"), default=timezone.now)
    state = models.CharField(
        _("state"), max_length=10, choices=State.choices, default=State.OPEN
    )
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        related_name="+",
        verbose_name=_("decided by"),
    )
    decided_at = models.DateTimeField(_("decided"), null=True)

    class Meta:
        ordering = ["-sent_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["link", "content_type", "object_id"],
                condition=Q(state="open"),
                name="proposal_of_link_waits_once",
                violation_error_message=_("What this link sent waits already."),
            ),
            models.CheckConstraint(
                condition=Q(state="open", decided_at__isnull=True)
                | ~Q(state="open") & Q(decided_at__isnull=False),
                name="proposal_decided_says_when",
                violation_error_message=_("What is decided says when, and no other."),
            ),
        ]

    def __str__(self):
        kind = self.content_type.model_class()._meta.verbose_name
        return f"{kind}: {self.target or _('deleted meanwhile')}"
