from django.db import models
from django.utils.translation import gettext_lazy as _

from references.models import Paper

from .course import Course


class CitationKey(models.Model):
    """A key by which a course cites a paper: that of the file it came from.

    Exports of the course use it, so that its LaTeX documents go on working. A file may
    have one paper twice: then all its keys are here, the first counts.
    """

    course = models.ForeignKey(
        Course, on_delete=models.CASCADE, related_name="citation_keys"
    )
    paper = models.ForeignKey(
        Paper, on_delete=models.CASCADE, related_name="citation_keys"
    )
    key = models.CharField(_("key"), max_length=200)

    class Meta:
        ordering = ["key"]
        constraints = [
            models.UniqueConstraint(
                fields=["course", "key"], name="citation_key_unique_in_course"
            ),
        ]

    def __str__(self):
        return self.key
