from datetime import timedelta

from django.db import models, transaction
from django.utils.translation import gettext_lazy as _

from ..work import Work

ASKED_AGAIN_AFTER = timedelta(days=7)  # what was not found
LONGEST_TURN = timedelta(seconds=60)


class AnswerQuerySet(models.QuerySet):
    def current(self, source, identifiers, now):
        """What ``source`` said of ``identifiers`` and need not be asked at ``now``."""
        return self.filter(source=source, identifier__in=identifiers).exclude(
            is_found=False, asked_at__lt=now - ASKED_AGAIN_AFTER
        )

    @transaction.atomic
    def take_turn(self, source, now):
        """Take the turn to ask ``source``: 0, or the seconds until it may be free.

        It lasts until ``end_turn``; after LONGEST_TURN it is free again, as its
        holder must have died. Not to be called within a transaction: the others, in
        any thread or process, are to see it.
        """
        row, _made = self.select_for_update().get_or_create(
            source=source,
            identifier="",
            defaults={"is_found": False, "asked_at": now},
        )
        # ``now`` is older than the lock; further ahead only a wrong clock can be.
        if timedelta() < row.asked_at - now < 2 * LONGEST_TURN:
            return (row.asked_at - now).total_seconds()
        row.asked_at = now + LONGEST_TURN
        row.save(update_fields=["asked_at"])
        return 0

    def end_turn(self, source, until):
        """Let nobody ask ``source`` before ``until``, at most LONGEST_TURN away."""
        self.filter(source=source, identifier="").update(asked_at=until)


class Answer(models.Model):
    """What a service said of an identifier: asked once, and kept.

    The answer to no identifier, one for each source, only says in ``asked_at`` when
    the source may be asked next.
    """

    class Source(models.TextChoices):
        ARXIV = "arxiv", "arXiv"
        CROSSREF = "crossref", "Crossref"

    source = models.CharField(_("source"), max_length=10, choices=Source.choices)
    identifier = models.CharField(_("identifier"), max_length=200)
    is_found = models.BooleanField(_("found"))
    fields = models.JSONField(
        _("what it said"),
        default=dict,
        blank=True,
        help_text=_("By the names that papers have for it."),
    )
    asked_at = models.DateTimeField(_("asked at"))

    objects = AnswerQuerySet.as_manager()

    class Meta:
        ordering = ["-asked_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["source", "identifier"], name="answer_unique_for_identifier"
            )
        ]

    def __str__(self):
        return f"{self.get_source_display()}: {self.identifier}"

    @property
    def work(self):
        """What was found, as a Work."""
        return Work(**self.fields)
