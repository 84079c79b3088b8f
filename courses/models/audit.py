from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from .course import Course


class AuditEntry(models.Model):
    """Something that must be accounted for: what, by whom, when and from where.

    Shown to superusers alone. What was refused again and again is one row; ``times``
    counts it.
    """

    class Action(models.TextChoices):
        ROLE = "role", _("role changed")
        ACCOUNT = "account", _("account changed")
        INVITATION = "invitation", _("invitation")
        ROSTER = "roster", _("roster changed")
        MERGE = "merge", _("people merged")
        PROPOSAL = "proposal", _("proposal decided")
        EXPORT = "export", _("personal data exported")
        MAIL = "mail", _("mail to students")
        ERASED = "erased", _("person erased")
        REFUSED = "refused", _("refused")

    action = models.CharField(_("what"), max_length=12, choices=Action.choices)
    words = models.TextField(_("in words"))
    course = models.ForeignKey(
        Course,
        on_delete=models.SET_NULL,
        null=True,
        related_name="audit_entries",
        verbose_name=_("course"),
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        related_name="audit_entries",
        verbose_name=_("account"),
        help_text=_("None: not logged in, or a command at the shell."),
    )
    email = models.EmailField(
        _("address then"), blank=True, help_text=_("Of the account, when it was done.")
    )
    ip_address = models.GenericIPAddressField(
        _("from"), null=True, help_text=_("None: a command at the shell.")
    )
    at = models.DateTimeField(_("when"), default=timezone.now, db_index=True)
    last_at = models.DateTimeField(_("last time"), default=timezone.now)
    times = models.PositiveIntegerField(_("times"), default=1)

    class Meta:
        ordering = ["-at", "-pk"]
        verbose_name = _("audit entry")
        verbose_name_plural = _("audit entries")

    def __str__(self):
        return f"{self.get_action_display()}: {self.words}"
