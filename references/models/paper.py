"""Papers and their authors: public bibliography that knows no course."""

from dataclasses import fields

from django.core.validators import RegexValidator, URLValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from .. import names, richtext
from ..addresses import address
from ..history import edit_history
from ..work import Work

WEB = URLValidator(schemes=["http", "https"])
WORK_FIELDS = [
    each.name for each in fields(Work) if each.name not in ("authors", "line")
]
KEY = RegexValidator(r"\A[a-z0-9-]+\Z", _("Small letters, digits and hyphens only."))


class PublicQuerySet(models.QuerySet):
    """Rows that anyone may see: a bibliography holds nothing private."""

    def visible_to(self, user):
        """Rows that ``user`` (may be anonymous) may open: all of them."""
        return self

    def listed_for(self, user):
        """Rows that appear in lists for ``user``: all of them."""
        return self


class Author(models.Model):
    """Someone who wrote papers, as bibliographies know them."""

    family_name = models.CharField(_("family name"), max_length=200)
    given_name = models.CharField(_("given name"), max_length=200, blank=True)
    family_key = models.CharField(
        max_length=200, default="", editable=False, db_index=True
    )
    slug = models.SlugField(
        max_length=120, unique=True, help_text=_("Part of the address; stays.")
    )
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = PublicQuerySet.as_manager()

    class Meta:
        ordering = ["family_name", "given_name", "pk"]

    def __str__(self):
        return f"{self.given_name} {self.family_name}".strip()

    def save(self, *args, **kwargs):
        self.derive()
        super().save(*args, **kwargs)

    def get_absolute_url(self):
        return address("references:author_detail", self.slug)

    def derive(self):
        """Set what follows from other fields; ``save`` does it, bulk work must."""
        self.family_key = names.family_key(self.family_name)

    @property
    def family_first(self):
        """ "Family, Given", or the one name there is."""
        return f"{self.family_name}, {self.given_name}".strip(", ")


class PaperQuerySet(PublicQuerySet):
    def with_authors(self):
        """Load authors in printed order and links, in two further queries."""
        return self.prefetch_related("authorships", "links")


class Paper(models.Model):
    """A work that is read: one row however often and wherever it is cited."""

    class Kind(models.TextChoices):
        ARTICLE = "article", _("journal article")
        CONFERENCE = "inproceedings", _("conference paper")
        BOOK = "book", _("book")
        CHAPTER = "incollection", _("chapter")
        THESIS = "thesis", _("thesis")
        REPORT = "report", _("report")
        PREPRINT = "preprint", _("preprint")
        MISC = "misc", _("other")

    key = models.CharField(
        _("citation key"),
        max_length=80,
        unique=True,
        validators=[KEY],
        help_text=_("Part of the address and of every export; stays for life."),
    )
    kind = models.CharField(
        _("kind"), max_length=20, choices=Kind.choices, default=Kind.MISC
    )
    title = models.CharField(
        _("title"), max_length=1000, help_text=_("Formulas between dollar signs.")
    )
    title_key = models.CharField(
        max_length=300, default="", editable=False, db_index=True
    )
    has_more_authors = models.BooleanField(
        _("and others"), default=False, help_text=_("It has authors not listed here.")
    )
    year = models.PositiveSmallIntegerField(_("year"), null=True, blank=True)
    venue = models.CharField(
        _("venue"),
        max_length=500,
        blank=True,
        help_text=_("Journal, conference or collection it appeared in."),
    )
    volume = models.CharField(_("volume"), max_length=100, blank=True)
    number = models.CharField(_("number"), max_length=100, blank=True)
    pages = models.CharField(_("pages"), max_length=100, blank=True)
    publisher = models.CharField(_("publisher"), max_length=300, blank=True)
    arxiv_id = models.CharField(
        _("arXiv id"),
        max_length=40,
        blank=True,
        help_text=_("Without version, for example 1806.07572 or math/0508276."),
    )
    doi = models.CharField(
        "DOI", max_length=200, blank=True, help_text=_("For example 10.1000/xyz123.")
    )
    url = models.URLField(_("address"), max_length=1000, blank=True, validators=[WEB])
    abstract = models.TextField(
        _("abstract"), blank=True, help_text=_("Formulas between dollar signs.")
    )
    abstract_html = models.TextField(editable=False, blank=True)
    note = models.TextField(_("note"), blank=True)
    entry_type = models.CharField(
        _("BibTeX type"),
        max_length=40,
        blank=True,
        help_text=_("Where it says more than the kind, for example phdthesis."),
    )
    other_fields = models.JSONField(
        _("other BibTeX fields"),
        default=dict,
        blank=True,
        help_text=_("Kept word for word for export."),
    )
    authors = models.ManyToManyField(
        Author, through="Authorship", related_name="papers"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = PaperQuerySet.as_manager()
    history = edit_history("abstract_html", "title_key", "created_at", "updated_at")

    class Meta:
        ordering = ["-year", "key"]
        constraints = [
            models.UniqueConstraint(
                fields=["arxiv_id"],
                condition=~models.Q(arxiv_id=""),
                name="paper_arxiv_id_unique",
                violation_error_message=_("Another paper has this arXiv id."),
            ),
            models.UniqueConstraint(
                fields=["doi"],
                condition=~models.Q(doi=""),
                name="paper_doi_unique",
                violation_error_message=_("Another paper has this DOI."),
            ),
            models.CheckConstraint(
                condition=models.Q(key__regex=r"\A[a-z0-9-]+\Z"),
                name="paper_key_is_plain",
                violation_error_message=_("Small letters, digits and hyphens only."),
            ),
        ]

    def __str__(self):
        return self.title

    def save(self, *args, **kwargs):
        self.derive()
        super().save(*args, **kwargs)

    def get_absolute_url(self):
        return address("references:paper_detail", self.key)

    def derive(self):
        """Set what follows from other fields; ``save`` does it, bulk work must."""
        self.abstract_html = richtext.render(richtext.escape(self.abstract))
        self.title_key = names.title_key(self.title)

    @property
    def work(self):
        """What a bibliography says of this paper, in any format."""
        return Work(
            authors=[each.author.family_first for each in self.authorships.all()],
            **{name: getattr(self, name) for name in WORK_FIELDS},
        )

    @property
    def has_placeholder_title(self):
        """Whether only an identifier is known: it stands in the title's place."""
        return self.title in (f"arXiv:{self.arxiv_id}", f"doi:{self.doi}")

    @property
    def title_html(self):
        """The title with its formulas, as safe HTML."""
        return richtext.render_inline(richtext.escape(self.title))

    @property
    def plain_abstract(self):
        """The abstract in one line, its formulas as TeX."""
        return richtext.plain(richtext.escape(self.abstract))

    @property
    def addresses(self):
        """(label, URL) pairs: arXiv, DOI, the address, then further links."""
        pairs = []
        if self.arxiv_id:
            pairs.append((f"arXiv:{self.arxiv_id}", self.arxiv_url))
        if self.doi:
            pairs.append((f"doi:{self.doi}", self.doi_url))
        if self.url:
            pairs.append((_("paper"), self.url))
        for link in self.links.all():
            pairs.append((link.label or link.get_kind_display(), link.url))
        return pairs

    @property
    def arxiv_url(self):
        return f"https://arxiv.org/abs/{self.arxiv_id}" if self.arxiv_id else ""

    @property
    def doi_url(self):
        return f"https://doi.org/{self.doi}" if self.doi else ""


class AuthorshipManager(models.Manager):
    def get_queryset(self):
        """With its author, in one query: on SQLite Django cannot prefetch more than
        a thousand rows to which foreign keys lead."""
        return super().get_queryset().select_related("author")


class Authorship(models.Model):
    """An author's place on a paper, and the name as printed there."""

    paper = models.ForeignKey(
        Paper, on_delete=models.CASCADE, related_name="authorships"
    )
    author = models.ForeignKey(
        Author, on_delete=models.PROTECT, related_name="authorships"
    )
    position = models.PositiveSmallIntegerField(_("position"))
    name_as_printed = models.CharField(_("name as printed"), max_length=300, blank=True)

    objects = AuthorshipManager()

    class Meta:
        ordering = ["position", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["paper", "author"], name="authorship_unique_in_paper"
            )
        ]

    def __str__(self):
        return self.name_as_printed or str(self.author)


class PaperLink(models.Model):
    """A further address of a paper: a second version, code, a talk about it."""

    class Kind(models.TextChoices):
        PDF = "pdf", _("PDF")
        PAGE = "page", _("page")
        CODE = "code", _("code")
        DATA = "data", _("data")
        SLIDES = "slides", _("slides")
        VIDEO = "video", _("video")
        OTHER = "other", _("link")

    paper = models.ForeignKey(Paper, on_delete=models.CASCADE, related_name="links")
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    kind = models.CharField(
        _("kind"), max_length=10, choices=Kind.choices, default=Kind.OTHER
    )
    label = models.CharField(_("label"), max_length=200, blank=True)
    url = models.URLField(_("address"), max_length=1000, validators=[WEB])

    class Meta:
        ordering = ["position", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["paper", "url"], name="paper_link_unique_in_paper"
            )
        ]

    def __str__(self):
        return self.label or self.url


class PaperAlias(models.Model):
    """A key under which a paper is also found: from a file, or merged away."""

    paper = models.ForeignKey(Paper, on_delete=models.CASCADE, related_name="aliases")
    key = models.CharField(_("key"), max_length=200, unique=True)

    class Meta:
        ordering = ["key"]
        verbose_name_plural = _("paper aliases")

    def __str__(self):
        return self.key
