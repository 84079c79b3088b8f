from django.db import models
from django.utils.translation import gettext_lazy as _


class Revision(models.Model):
    """How often what a course shows was changed, and when the last time.

    Written by triggers alone (courses/revisions.py). The course is a number and no
    foreign key: 0 means what courses share, and the rows of a deleted course stay, so
    that no number is ever used twice. SQLite has one row for each course; PostgreSQL
    one for each change, of which the sum counts.
    """

    course = models.PositiveBigIntegerField(_("course"))
    number = models.PositiveBigIntegerField(_("number"))
    at = models.DateTimeField(_("when"))

    class Meta:
        # All of it, so that the index answers without the table.
        indexes = [
            models.Index(fields=["course", "number", "at"], name="revision_of_course")
        ]

    def __str__(self):
        return f"{self.course}: {self.number}"


class Removal(models.Model):
    """A row that was deleted, or that not everybody can list any more.

    Written by triggers alone, so that a mirror can be told (``revisions.removals``).
    ``kind`` is the name of its model; ``course`` is 0 for a row that courses share.
    Kept 400 days.
    """

    kind = models.CharField(_("kind"), max_length=40)
    row_id = models.PositiveBigIntegerField(_("row"))
    course = models.PositiveBigIntegerField(_("course"))
    was_public = models.BooleanField(
        _("was public"), help_text=_("Everybody could list it until then.")
    )
    at = models.DateTimeField(_("when"))

    class Meta:
        indexes = [models.Index(fields=["kind", "at"], name="removal_of_kind")]

    def __str__(self):
        return f"{self.kind} {self.row_id}"


class Touch(models.Model):
    """A change of a part of a row that another transaction had locked.

    On PostgreSQL a trigger that waited for the lock, to set ``updated_at``, would end
    in a deadlock where two transactions change parts of two rows in different order.
    ``squash_revisions`` writes it into the row.
    """

    kind = models.CharField(_("kind"), max_length=40)
    row_id = models.PositiveBigIntegerField(_("row"))
    at = models.DateTimeField(_("when"))

    class Meta:
        verbose_name_plural = _("touches")
        indexes = [models.Index(fields=["kind", "at"], name="touch_of_kind")]

    def __str__(self):
        return f"{self.kind} {self.row_id}"
