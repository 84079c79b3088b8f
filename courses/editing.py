"""Many rows changed at once, each with its entry in the edit history."""

from django.db import transaction
from django.utils import timezone
from simple_history.utils import bulk_update_with_history


@transaction.atomic
def put(rows, reason=None, /, **values):
    """Set the fields ``values`` on every row of the queryset ``rows`` that has
    others; return how many that were. ``reason`` says why. A fixed number of queries.
    """
    changed = []
    for row in rows.select_for_update(of=("self",)):
        if any(getattr(row, name) != value for name, value in values.items()):
            for name, value in values.items():
                setattr(row, name, value)
            row.updated_at = timezone.now()
            changed.append(row)
    if changed:
        fields = [*values, "updated_at"]
        how = {"batch_size": 200, "default_change_reason": reason}
        bulk_update_with_history(changed, rows.model, fields, **how)
    return len(changed)
