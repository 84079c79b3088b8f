"""The order of a course's sessions. Positions need not be unique; moving makes them."""

from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from simple_history.utils import bulk_update_with_history

from .models import Session


def next_position(course):
    """The position after the last session of ``course``."""
    last = course.sessions.aggregate(last=Max("position"))["last"]
    return (last or 0) + 1


@transaction.atomic
def move(course, chosen, step):
    """Move the sessions of ``course`` with the keys ``chosen`` by one place: up
    with ``step`` -1, down with 1. Returns how many moved.

    Those at the end stay, and so do chosen ones behind them.
    """
    rows = list(
        course.sessions.select_for_update(of=("self",)).order_by("position", "pk")
    )
    order = rows if step < 0 else rows[::-1]
    moved = 0
    for place in range(1, len(order)):
        before, row = order[place - 1], order[place]
        if row.pk in chosen and before.pk not in chosen:
            order[place - 1], order[place] = row, before
            moved += 1
    store(order if step < 0 else order[::-1])
    return moved


def store(sessions):
    """Number ``sessions`` in the order given; write those that changed."""
    changed = []
    for position, session in enumerate(sessions, start=1):
        if session.position != position:
            session.position, session.updated_at = position, timezone.now()
            changed.append(session)
    if changed:
        bulk_update_with_history(changed, Session, ["position", "updated_at"])
