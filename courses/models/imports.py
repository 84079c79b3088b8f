from django.contrib.contenttypes.fields import GenericForeignKey
from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.utils.translation import gettext_lazy as _

from .course import Course


class ImportRecord(models.Model):
    """What the last import of a page wrote into one row. Seen by staff only.

    ``values`` are the fields as written: a later import changes those that
    still have them. ``printed`` are addresses of the page that lead nowhere
    here, as pairs of label and address.
    """

    course = models.ForeignKey(
        Course, on_delete=models.CASCADE, related_name="import_records"
    )
    source_key = models.CharField(_("key in the source"), max_length=300)
    content_type = models.ForeignKey(ContentType, on_delete=models.CASCADE)
    object_id = models.PositiveBigIntegerField()
    row = GenericForeignKey()
    values = models.JSONField(default=dict)
    printed = models.JSONField(_("printed addresses"), default=list, blank=True)
    imported_at = models.DateTimeField(_("imported"), auto_now=True)

    class Meta:
        ordering = ["course", "source_key"]
        constraints = [
            models.UniqueConstraint(
                fields=["course", "source_key"], name="import_record_unique_in_course"
            )
        ]
        indexes = [models.Index(fields=["content_type", "object_id"])]

    def __str__(self):
        return self.source_key
