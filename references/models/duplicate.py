from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from .paper import Paper

AT_ONCE = 500  # rows in one query


class DuplicateQuerySet(models.QuerySet):
    def put(self, rows, at_most=None):
        """Save those of ``rows`` whose pair does not stand here, decided or not, the
        first ``at_most`` of them; return how many. Of two for one pair the first
        counts."""
        pairs = {}
        for row in rows:
            if row.paper_id != row.other_id:
                pairs.setdefault(frozenset({row.paper_id, row.other_id}), row)
        papers = list(frozenset().union(*pairs))
        for start in range(0, len(papers), AT_ONCE):
            some = papers[start : start + AT_ONCE]
            known = self.filter(Q(paper__in=some) | Q(other__in=some))
            for pair in known.values_list("paper", "other"):
                pairs.pop(frozenset(pair), None)
        new = list(pairs.values())[:at_most]
        return len(self.bulk_create(new, batch_size=AT_ONCE))


class Duplicate(models.Model):
    """Two papers that may be one: for a person to decide, and what was decided.

    ``other`` is gone once it is merged into ``paper``; ``undo`` then holds what
    brings it back (references/duplicates.py).
    """

    class Reason(models.TextChoices):
        CONFLICT = "conflict", _("one identifier, two titles")
        SIMILAR = "similar", _("similar title and authors")

    class State(models.TextChoices):
        OPEN = "open", _("to decide")
        MERGED = "merged", _("one paper: merged")
        DIFFERENT = "different", _("two papers")

    paper = models.ForeignKey(
        Paper,
        on_delete=models.CASCADE,
        related_name="duplicates",
        verbose_name=_("paper"),
    )
    other = models.ForeignKey(
        Paper,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="duplicates_as_other",
        verbose_name=_("other paper"),
    )
    other_title = models.CharField(
        _("title of the other"), max_length=1000, editable=False
    )
    reason = models.CharField(_("reason"), max_length=10, choices=Reason.choices)
    identifier = models.CharField(
        _("identifier"),
        max_length=250,
        blank=True,
        help_text=_("What was printed for both; the other was saved without it."),
    )
    likeness = models.PositiveSmallIntegerField(
        _("likeness"), help_text=_("Of the titles, from 0 to 100.")
    )
    state = models.CharField(
        _("state"), max_length=10, choices=State.choices, default=State.OPEN
    )
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("decided by"),
    )
    decided_at = models.DateTimeField(_("decided at"), null=True, blank=True)
    undo = models.JSONField(default=dict, blank=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = DuplicateQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["paper", "other"], name="duplicate_unique_pair"
            ),
            models.CheckConstraint(
                condition=Q(other__isnull=True) | ~Q(paper=F("other")),
                name="duplicate_of_another_paper",
                violation_error_message=_("A paper is no duplicate of itself."),
            ),
        ]

    def __str__(self):
        return f"{self.paper} / {self.other_title}"

    def validate_unique(self, exclude=None):
        """A pair stands here once, whichever of the two comes first."""
        super().validate_unique(exclude)
        turned = Duplicate.objects.filter(paper=self.other_id, other=self.paper_id)
        if self.paper_id == self.other_id or turned.exists():
            raise ValidationError(_("This pair stands here already."))
