import hashlib
import secrets
from datetime import timedelta

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


def digest(token):
    """What is stored of a token: 256 random bits need no salt."""
    return hashlib.sha256(token.encode()).hexdigest()


class MailedLinkQuerySet(models.QuerySet):
    def open(self):
        """Those that lead somewhere now."""
        return self.filter(revoked_at=None, expires_at__gt=timezone.now())

    def unanswered(self):
        """Those that can be sent again or revoked."""
        return self

    def of_token(self, token):
        """The open one whose mail had ``token``, or None."""
        return self.open().filter(token_hash=digest(token)).first()


class MailedLink(models.Model):
    """A page that whoever reads the mail of ``email`` may open, for a time.

    A model of its own for each thing to do there: with ``url_name``, the name of the
    page, ``subject``, that of the mail, and ``course``. ``mailed_links`` sends them.
    """

    VALID_FOR = timedelta(days=14)

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
    revoked_at = models.DateTimeField(_("revoked"), null=True, editable=False)

    objects = MailedLinkQuerySet.as_manager()

    class Meta:
        abstract = True
        ordering = ["-pk"]

    def renew(self, by):
        """Save it with a new token, which ends the one before; return the token."""
        token = secrets.token_urlsafe(32)
        self.token_hash = digest(token)
        self.sent_at, self.sent_by, self.revoked_at = timezone.now(), by, None
        self.expires_at = self.counts_from() + self.VALID_FOR
        self.save()
        return token

    def counts_from(self):
        """The aware datetime after which it is valid for ``VALID_FOR``."""
        return self.sent_at

    @property
    def state(self):
        if self.revoked_at:
            return _("revoked")
        return _("expired") if self.expires_at <= timezone.now() else _("open")
