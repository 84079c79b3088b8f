"""Marks: what they are of, and when students get to see them."""

from django.db import transaction
from django.utils import timezone

from courses import access, editing

from . import counting
from .models import Grade, GradingSet


@transaction.atomic
def freeze(assignment, by):
    """Keep what counts now as what is graded; return the GradingSet."""
    frozen = GradingSet.objects.create(assignment=assignment, made_by=by)
    frozen.submissions.set(
        standing.counted
        for slots in counting.standings(assignment).values()
        for standing in slots.values()
        if standing.counted
    )
    return frozen


def may_release(user, assignment):
    """Whether ``user`` may show marks to students: who may take them away may."""
    return access.may(user, "d", Grade, assignment)


def release(assignment, reason=None):
    """Show the marks of ``assignment`` to their teams, all at one moment; return how
    many were not shown before. ``reason`` is for their history."""
    held_back = Grade.objects.filter(team__assignment=assignment, released_at=None)
    return editing.put(held_back, reason, released_at=timezone.now())
