from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _


class UserManager(BaseUserManager):
    def create_user(self, email, password=None, **fields):
        """Save a user; without ``password`` none will ever match."""
        if not email:
            raise ValueError("A user needs an e-mail address.")
        user = self.model(email=self.normalize_email(email), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email, password=None, **fields):
        """Whoever has a shell vouches for the address: no code has to prove it."""
        user = self.create_user(email, password, is_superuser=True, **fields)
        user.emailaddress_set.update(verified=True)
        return user

    def get_by_natural_key(self, email):
        return self.get(email__iexact=email)


class User(AbstractBaseUser, PermissionsMixin):
    """Who logs in, by e-mail address. What a page shows of them is a Person."""

    email = models.EmailField(_("e-mail address"), unique=True)
    is_active = models.BooleanField(
        _("active"), default=True, help_text=_("Untick instead of deleting.")
    )
    date_joined = models.DateTimeField(_("joined"), default=timezone.now)
    session_version = models.PositiveIntegerField(
        default=0, editable=False, help_text=_("Sessions of another one have ended.")
    )

    objects = UserManager()

    EMAIL_FIELD = USERNAME_FIELD = "email"
    REQUIRED_FIELDS = []
    NAMED_BY = "person"  # the relation that get_full_name() needs
    # The courses, by pk, that a token is limited to: set by courses/tokens.py on who
    # comes with one, honoured by courses/access.py.
    only_courses = None

    class Meta:
        constraints = [
            models.UniqueConstraint(
                Lower("email"),
                name="user_email_unique",
                violation_error_message=_("This address already has an account."),
            )
        ]

    def __str__(self):
        return self.email

    @property
    def is_staff(self):
        """What templates of Django's ask. Who may enter the administration says its
        Site (config/admin.py)."""
        return self.is_superuser

    def get_full_name(self):
        """What others are told of who it is: never the address."""
        person = getattr(self, self.NAMED_BY, None)
        return person.name if person else str(_("an administrator"))

    def _get_session_auth_hash(self, secret=None):
        """Every session holds this, and ends when it is no longer the same."""
        salt = "courses.User.session_version"
        value = f"{self.session_version}:{self.password}"
        return salted_hmac(salt, value, secret=secret, algorithm="sha256").hexdigest()

    def end_sessions(self):
        """Sign the user out everywhere, in every process, at once."""
        self.session_version = models.F("session_version") + 1
        self.save(update_fields=["session_version"])
        self.refresh_from_db(fields=["session_version"])
