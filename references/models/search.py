from django.db import models


class SearchEntry(models.Model):
    """What a row is found by: its kind and id, and words folded for comparing.

    Knows nothing else of the row, so that rows of any app can be found. Each
    database has an index of its own over the words (references/search.py).
    """

    kind = models.CharField(max_length=20)
    object_id = models.PositiveBigIntegerField()
    title = models.TextField()
    words = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "object_id"], name="search_entry_unique_for_row"
            )
        ]
        verbose_name_plural = "search entries"

    def __str__(self):
        return f"{self.kind} {self.object_id}: {self.title}"
