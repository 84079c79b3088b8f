import hashlib
import secrets
from datetime import timedelta

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from .course import Course

PREFIX = "psm_"  # by which people, and what scans for secrets, know one


def digest(clear):
    """What is stored of a token: 256 random bits need no salt."""
    return hashlib.sha256(clear.encode()).hexdigest()


class TokenQuerySet(models.QuerySet):
    def of_clear(self, clear):
        """The one whose clear text is ``clear``, with its user, or None: one query."""
        found = self.filter(token_hash=digest(clear)).select_related("user")
        return found.first()

    def working(self):
        """Those that open something now, if their accounts do."""
        return self.filter(revoked_at=None, expires_at__gt=timezone.now())

    def use(self, token):
        """Note that ``token`` is in use, where the last note is older than
        ``NOTED_EVERY``: by ``update``, which no two requests can do at once."""
        now = timezone.now()
        stale = Q(last_used_at=None) | Q(last_used_at__lt=now - Token.NOTED_EVERY)
        if token.last_used_at is None or token.last_used_at < now - Token.NOTED_EVERY:
            self.filter(stale, pk=token.pk).update(last_used_at=now)


class Token(models.Model):
    """What a script logs in with at the API in the name of ``user``.

    Its clear text is told once, by ``issue``; ``token_hash`` gives none back. It opens
    at most what the user may do, and less if it only reads or ``is_limited`` to
    ``courses``. That is a field of its own, because a course that is deleted would
    otherwise leave a token of all.
    """

    class Scope(models.TextChoices):
        READ = "read", _("read")
        WRITE = "write", _("read and write")

    VALID_FOR = timedelta(days=90)
    LONGEST = timedelta(days=365)
    NOTED_EVERY = timedelta(minutes=5)
    AT_ONCE = 20  # working ones of a user: each has limits of requests of its own

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="tokens"
    )
    name = models.CharField(
        _("name"), max_length=100, help_text=_("What uses it, for example: lab page.")
    )
    token_hash = models.CharField(max_length=64, unique=True, editable=False)
    hint = models.CharField(_("begins with"), max_length=8, editable=False)
    scope = models.CharField(
        _("may"), max_length=5, choices=Scope.choices, default=Scope.READ
    )
    is_limited = models.BooleanField(_("for some courses only"), default=False)
    courses = models.ManyToManyField(
        Course, blank=True, related_name="+", verbose_name=_("courses")
    )
    made_at = models.DateTimeField(_("made"), default=timezone.now, editable=False)
    expires_at = models.DateTimeField(_("expires"))
    revoked_at = models.DateTimeField(_("revoked"), null=True, editable=False)
    last_used_at = models.DateTimeField(_("last used"), null=True, editable=False)

    objects = TokenQuerySet.as_manager()

    class Meta:
        ordering = ["-made_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(expires_at__gt=F("made_at")),
                name="token_expires_after_it_is_made",
                violation_error_message=_("A token must expire after it is made."),
            )
        ]

    def __str__(self):
        return f"{self.name} ({self.hint}…)"

    def issue(self):
        """Save it with a clear text that nobody has seen; return that, this once. It
        expires after ``VALID_FOR`` if nothing else is said; ValidationError if it is
        to last longer than ``LONGEST``."""
        clear = PREFIX + secrets.token_urlsafe(32)
        self.token_hash, self.hint = digest(clear), clear[:8]
        self.expires_at = self.expires_at or self.made_at + self.VALID_FOR
        if self.expires_at > self.made_at + self.LONGEST:
            raise ValidationError({"expires_at": _("A token is for a year at most.")})
        self.save(force_insert=True)
        return clear

    def limit_to(self, courses):
        """Keep it to ``courses``; to none in particular if there are none."""
        self.courses.set(courses)
        self.is_limited = bool(courses)
        self.save(update_fields=["is_limited"])

    def revoke(self):
        """End it, at once and for good; the first time counts."""
        now = timezone.now()
        return Token.objects.filter(pk=self.pk, revoked_at=None).update(revoked_at=now)

    @property
    def state(self):
        """In a word, for its user; None while it works."""
        if self.revoked_at:
            return _("revoked")
        return _("expired") if self.expires_at <= timezone.now() else None
