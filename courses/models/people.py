from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from references import names, richtext
from references.addresses import address
from references.models import Author

from .. import access

WEB = URLValidator(schemes=["http", "https"])


class PersonQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Persons with a public part in a course that ``user`` may open.

        Enrolments, teams and galleries never make a person public.
        """
        return self.filter(access.person(user))

    def listed_for(self, user):
        """Persons with a part in a course that is listed for ``user``."""
        return self.filter(access.person(user, listed=True))

    def in_course(self, course):
        """Persons who teach, speak or serve in ``course``: never its students."""
        return self.filter(
            Q(roles__course=course)
            | Q(session_roles__session__course=course)
            | Q(appearances__talk__session__course=course)
        ).distinct()

    def in_any_course(self):
        """Persons who teach, speak or serve somewhere: never its students."""
        return self.exclude(
            roles__isnull=True, session_roles__isnull=True, appearances__isnull=True
        )

    def in_no_course(self):
        """Persons whom staff entered and no course uses yet, not as student either, nor
        by an invitation; and nobody's account."""
        uses = [path.partition("__")[0] for path in access.SHARED["courses.Person"]]
        return self.filter(user=None, **{f"{use}__isnull": True for use in uses})

    def found_by(self, words, *fields):
        """Persons with each of ``words`` in a spelling of their name, whatever accents,
        capitals and order, or in one of ``fields``; all of them for no words."""
        found = self
        for word in names.without_honorific(words).split():
            keys = [("search_keys__contains", key) for key in names.key(word).split()]
            others = [(f"{field}__icontains", word) for field in fields]
            found = found.filter(Q(*keys) | Q(*others, _connector=Q.OR))
        return found

    def formerly(self, slug):
        """Whom the address of someone merged into them leads to: one or none."""
        return self.filter(merges__slug=slug, merges__undone_at=None)


class Person(models.Model):
    """Someone who teaches or speaks, across courses. Needs no account."""

    name = models.CharField(_("name"), max_length=200, help_text=_("As shown."))
    family_name = models.CharField(
        _("family name"),
        max_length=120,
        blank=True,
        help_text=_("Empty: taken from the name. Used for sorting."),
    )
    given_name = models.CharField(_("given name"), max_length=120, blank=True)
    other_names = models.JSONField(
        _("other spellings"),
        default=list,
        blank=True,
        help_text=_("A list of further spellings this person is found by."),
    )
    name_key = models.CharField(max_length=200, editable=False, db_index=True)
    search_keys = models.TextField(editable=False, default="")
    slug = models.SlugField(
        max_length=120, unique=True, help_text=_("Part of the address; stays.")
    )
    affiliation = models.CharField(_("affiliation"), max_length=300, blank=True)
    homepage = models.URLField(
        _("home page"), max_length=500, blank=True, validators=[WEB]
    )
    biography = models.TextField(_("biography"), blank=True, help_text=_("Markdown."))
    biography_html = models.TextField(editable=False, blank=True)
    photo = models.ForeignKey(
        "StoredFile",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="portraits",
        verbose_name=_("photo"),
    )
    email = models.EmailField(
        _("e-mail address"), blank=True, help_text=_("Seen by staff only.")
    )
    user = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="person",
        verbose_name=_("account"),
    )
    author = models.OneToOneField(
        Author,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="person",
        verbose_name=_("author"),
        help_text=_("The same person in the bibliography."),
    )
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = PersonQuerySet.as_manager()

    class Meta:
        ordering = ["family_name", "given_name", "pk"]
        verbose_name_plural = _("people")

    def __str__(self):
        return self.name

    def save(self, *args, **kwargs):
        self.derive()
        super().save(*args, **kwargs)

    def get_absolute_url(self):
        return address("courses:person_detail", self.slug)

    def derive(self):
        """Set what follows from other fields; ``save`` does it, bulk work must."""
        if not self.family_name:
            family, given = names.split(self.name)
            self.family_name, self.given_name = family[:120], given[:120]
        self.name_key = names.key(self.name)[:200]  # ligatures come apart
        self.search_keys = "\n".join(map(names.key, self.spellings))
        self.biography_html = richtext.render(self.biography)

    def clean(self):
        are_texts = isinstance(self.other_names, list) and all(
            isinstance(spelling, str) for spelling in self.other_names
        )
        if not are_texts:
            message = _('Write a list of texts: ["Ada King", "A. Lovelace"].')
            raise ValidationError({"other_names": message})
        if Person.objects.formerly(self.slug).exists():
            message = _("This address leads to someone who had it before a merge.")
            raise ValidationError({"slug": message})

    @property
    def spellings(self):
        return [self.name, *self.other_names]
