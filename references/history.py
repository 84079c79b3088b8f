"""Who changed which row when: a record of every save and deletion."""

from django.db import models
from simple_history.models import HistoricalRecords


def edit_history(*left_out):
    """The ``history`` of a model: who, when, why, and all fields but ``left_out``
    (what is derived, and times of its own). ``update()`` and ``bulk_create()``
    leave no trace: use simple_history's bulk functions.
    """
    return HistoricalRecords(
        excluded_fields=left_out,
        history_change_reason_field=models.TextField(null=True),
    )
