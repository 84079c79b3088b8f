import hashlib
import secrets
from datetime import timedelta

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from .course import Course, CourseRole
from .people import Person

VALID_FOR = timedelta(days=14)


def digest(token):
    """What is stored of a token: 256 random bits need no salt."""
    return hashlib.sha256(token.encode()).hexdigest()


class InvitationQuerySet(models.QuerySet):
    def open(self):
        """Those that can be accepted now."""
        return self.filter(
            accepted_at=None, revoked_at=None, expires_at__gt=timezone.now()
        )

    def of_token(self, token):
        """The open one whose mail had ``token``, or None."""
        return self.open().filter(token_hash=digest(token)).first()


class Invitation(models.Model):
    """A mail by which ``person`` gets a role in ``course``, and ties an account.

    The link in the mail leads to a page; whoever accepts there has to be logged in by a
    code that went to the same address.
    """

    class Role(models.TextChoices):
        INSTRUCTOR = CourseRole.Role.INSTRUCTOR, CourseRole.Role.INSTRUCTOR.label
        ASSISTANT = CourseRole.Role.ASSISTANT, CourseRole.Role.ASSISTANT.label
        STUDENT = "student", _("student")

    course = models.ForeignKey(
        Course, on_delete=models.CASCADE, related_name="invitations"
    )
    person = models.ForeignKey(
        Person, on_delete=models.CASCADE, related_name="invitations"
    )
    role = models.CharField(_("role"), max_length=12, choices=Role.choices)
    email = models.EmailField(
        _("e-mail address"), help_text=_("Seen by staff of the course only.")
    )
    token_hash = models.CharField(max_length=64, unique=True, editable=False)
    sent_at = models.DateTimeField(_("sent"), null=True, editable=False)
    sent_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        editable=False,
        related_name="+",
        verbose_name=_("sent by"),
    )
    expires_at = models.DateTimeField(_("valid until"), editable=False)
    accepted_at = models.DateTimeField(_("accepted"), null=True, editable=False)
    revoked_at = models.DateTimeField(_("revoked"), null=True, editable=False)

    objects = InvitationQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]

    def __str__(self):
        return f"{self.person} ({self.get_role_display()})"

    def renew(self, by):
        """Save it with a new token, which ends the one before; return the token."""
        token = secrets.token_urlsafe(32)
        self.token_hash = digest(token)
        self.sent_at, self.sent_by = timezone.now(), by
        self.expires_at = self.sent_at + VALID_FOR
        self.save()
        return token

    @property
    def state(self):
        if self.accepted_at:
            return _("accepted")
        if self.revoked_at:
            return _("revoked")
        return _("expired") if self.expires_at <= timezone.now() else _("open")
