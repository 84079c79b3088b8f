from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.db import models
from django.db.models import Prefetch, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from courses import access, instants
from courses.models import Assignment, Course, Session, StoredFile
from references import names, richtext

from .team import Team

WEB = URLValidator(schemes=["http", "https"])


class GalleryQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Published galleries of courses open to ``user``; staff see all."""
        return self.filter(published(user))

    def listed_for(self, user):
        return self.filter(published(user, listed=True))


def published(user, path="", listed=False):
    """The gallery at ``path`` is public in a course open to ``user``."""
    course = f"{path}__course" if path else "course"
    state = f"{path}__state" if path else "state"
    session = f"{path}__session" if path else "session"
    own = access.run_by(user, course)
    return access.course(user, course, listed) & (
        own
        | Q(**{state: Gallery.State.PUBLIC})
        & (
            Q(**{f"{session}__isnull": True})
            | access.part_of_course(user, session, listed)
        )
    )


class Gallery(models.Model):
    """Finished student projects shown together."""

    class State(models.TextChoices):
        DRAFT = "draft", _("draft")
        PUBLIC = "public", _("public")

    course = models.ForeignKey(
        Course, on_delete=models.PROTECT, related_name="galleries"
    )
    name = models.CharField(_("name"), max_length=200)
    slug = models.SlugField(
        max_length=60, help_text=_("Part of the address, for example project-1; stays.")
    )
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    assignment = models.ForeignKey(
        Assignment,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="galleries",
    )
    session = models.ForeignKey(
        Session,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="galleries",
        help_text=_("The session whose page shows it."),
    )
    intro = models.TextField(_("introduction"), blank=True, help_text=_("Markdown."))
    intro_html = models.TextField(editable=False, blank=True)
    state = models.CharField(
        _("state"), max_length=10, choices=State.choices, default=State.DRAFT
    )
    attested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="attested_galleries",
        verbose_name=_("attested by"),
    )
    attested_at = models.DateTimeField(_("attested"), null=True, blank=True)
    attestation = models.TextField(
        _("attestation"),
        blank=True,
        help_text=_("Why this work may be shown, if it was public before it came."),
    )
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = GalleryQuerySet.as_manager()

    class Meta:
        ordering = ["course", "position", "pk"]
        verbose_name_plural = _("galleries")
        constraints = [
            models.UniqueConstraint(
                fields=["course", "slug"], name="gallery_slug_unique_in_course"
            )
        ]

    def __str__(self):
        return self.name

    def save(self, *args, **kwargs):
        self.intro_html = richtext.render(self.intro)
        super().save(*args, **kwargs)

    def get_absolute_url(self):
        return (
            reverse("projects:gallery_list", args=[self.course.slug]) + f"#{self.slug}"
        )

    def clean(self):
        for name in ("assignment", "session"):
            row = getattr(self, name)
            if row and self.course_id and row.course_id != self.course_id:
                raise ValidationError({name: _("It belongs to another course.")})


class PublicationQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Published projects past their embargo; staff of the course see all."""
        return self.filter(self._published(user))

    def listed_for(self, user):
        return self.filter(self._published(user, listed=True))

    def _published(self, user, listed=False):
        shown = Q(state=Publication.State.PUBLISHED) & (
            Q(embargo_until__isnull=True) | Q(embargo_until__lte=timezone.now())
        )
        return published(user, "gallery", listed) & (
            shown | access.run_by(user, "gallery__course")
        )

    def with_members_and_links(self):
        """Load what a gallery shows, in a fixed number of queries."""
        return self.select_related("team", "gallery__course").prefetch_related(
            "team__memberships",
            Prefetch("links", PublishedLink.objects.select_related("file")),
        )


class Publication(models.Model):
    """One project of a gallery."""

    class State(models.TextChoices):
        DRAFT = "draft", _("draft")
        PUBLISHED = "published", _("published")
        WITHDRAWN = "withdrawn", _("withdrawn")

    gallery = models.ForeignKey(
        Gallery, on_delete=models.PROTECT, related_name="publications"
    )
    team = models.ForeignKey(
        Team, on_delete=models.PROTECT, related_name="publications"
    )
    number = models.PositiveSmallIntegerField(
        _("number"), help_text=_("Part of the address; stays.")
    )
    title = models.CharField(_("title"), max_length=500, blank=True)
    abstract = models.TextField(_("abstract"), blank=True, help_text=_("Markdown."))
    abstract_html = models.TextField(editable=False, blank=True)
    state = models.CharField(
        _("state"), max_length=10, choices=State.choices, default=State.DRAFT
    )
    embargo_until = models.DateTimeField(
        _("embargo until"),
        null=True,
        blank=True,
        db_index=True,
        validators=[instants.validate_year],
    )
    award = models.CharField(_("award"), max_length=200, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = PublicationQuerySet.as_manager()

    class Meta:
        ordering = ["gallery", "number"]
        constraints = [
            models.UniqueConstraint(
                fields=["gallery", "number"], name="publication_number_unique"
            )
        ]

    def __str__(self):
        return self.title or str(self.team)

    def save(self, *args, **kwargs):
        self.abstract_html = richtext.render(self.abstract)
        super().save(*args, **kwargs)

    def get_absolute_url(self):
        gallery = self.gallery
        return reverse(
            "projects:publication_detail",
            args=[gallery.course.slug, gallery.slug, self.number],
        )

    def clean(self):
        if not (self.team_id and self.gallery_id):
            return
        if self.team.course_id != self.gallery.course_id:
            raise ValidationError({"team": _("It belongs to another course.")})

    @property
    def title_html(self):
        return richtext.render_inline(richtext.escape(self.title))

    @property
    def members(self):
        """Names as shown: those an attested page printed. A person's own name
        is shown only by consent, which a later issue brings."""
        return [
            m.name_as_printed or str(_("a member")) for m in self.team.memberships.all()
        ]

    @property
    def members_line(self):
        """The members on one line."""
        return names.join(self.members)


class PublishedLinkQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Links of projects that ``user`` may open."""
        return self.filter(publication__in=Publication.objects.visible_to(user))


class PublishedLink(models.Model):
    """Where one result of a project is: a file, an address, or nowhere yet."""

    class Kind(models.TextChoices):
        REPORT = "report", _("report")
        SLIDES = "slides", _("slides")
        POSTER = "poster", _("poster")
        SOURCE = "source", _("source")
        VIDEO = "video", _("video")
        REVIEW = "review", _("review")
        REBUTTAL = "rebuttal", _("rebuttal")
        DATA = "data", _("data")
        OTHER = "other", _("link")

    publication = models.ForeignKey(
        Publication, on_delete=models.CASCADE, related_name="links"
    )
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    kind = models.CharField(
        _("kind"), max_length=10, choices=Kind.choices, default=Kind.OTHER
    )
    label = models.CharField(_("label"), max_length=300, blank=True)
    format = models.CharField(_("format"), max_length=20, blank=True)
    file = models.ForeignKey(
        StoredFile,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="published_links",
        verbose_name=_("file"),
    )
    url = models.URLField(_("address"), max_length=2000, blank=True, validators=[WEB])
    printed_address = models.CharField(
        _("printed address"),
        max_length=2000,
        blank=True,
        help_text=_("What an imported page printed and leads nowhere. Staff see it."),
    )

    objects = PublishedLinkQuerySet.as_manager()

    class Meta:
        ordering = ["position", "pk"]
        constraints = [
            # All may be empty: an address with a student number is not kept.
            models.CheckConstraint(
                condition=Q(file__isnull=True, url="")
                | Q(file__isnull=True, printed_address="")
                | Q(url="", printed_address=""),
                name="published_link_has_one_target",
                violation_error_message=_(
                    "Give one of file, address and printed address."
                ),
            )
        ]

    def __str__(self):
        return self.label or self.get_kind_display()

    def get_absolute_url(self):
        """Where it leads; empty where it leads nowhere."""
        if self.file_id:
            gallery = self.publication.gallery
            return reverse(
                "projects:published_file",
                args=[
                    gallery.course.slug,
                    gallery.slug,
                    self.publication.number,
                    self.pk,
                    self.file.name,
                ],
            )
        return self.url

    def put_file(self, content, name, by=None):
        """Store the File ``content`` as what is shown here; the caller saves."""
        self.file = StoredFile.objects.store(content, name, by, replaces=self.file)
