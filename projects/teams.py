"""Who hands in with whom."""

from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils import timezone

from courses.models import Person

from .models import Membership, Team


def team_of(assignment, user):
    """The Team that ``user`` is in for ``assignment``, or None."""
    return assignment.teams.of(user).first()


def for_hand_in(assignment, user):
    """As ``team_of``, but made now where everybody works alone."""
    team = team_of(assignment, user)
    if team or assignment.team_size > 1:
        return team
    person = Person.objects.get(user=user)
    last = assignment.teams.aggregate(last=Max("number"))["last"] or 0
    try:
        with transaction.atomic():
            team = Team.objects.create(
                course=assignment.course, assignment=assignment, number=last + 1
            )
            Membership.objects.create(
                team=team, person=person, joined_at=timezone.now()
            )
    except IntegrityError:  # somebody else's first hand-in, at the same moment
        return for_hand_in(assignment, user)
    return team
