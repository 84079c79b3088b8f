"""What the rows of an API answer may have nested in them, loaded for all at once."""

from collections import defaultdict

from django.db.models import BooleanField, Case, Prefetch, Q, Value, When

from courses import access
from courses.models import Assignment, Person, Session

from . import counting, deadlines, progress
from .models import Gallery, Membership, Presentation, Publication, Team
from .serializers import ProjectSerializer


def holds(condition):
    """Whether ``condition`` holds for a row, as an expression."""
    return Case(
        When(condition, then=Value(True)),
        default=Value(False),
        output_field=BooleanField(),
    )


def run_by(user, path="course"):
    """Whether ``user`` is of the staff of the course at ``path``, as an expression."""
    return holds(access.run_by(user, path))


def has_page(user):
    """Whether ``user`` may open the page of a team, who is in it now and takes its
    course, as an expression."""
    own = Team.objects.of(user).filter(assignment__in=Assignment.objects.set_for(user))
    return holds(Q(pk__in=own.values("pk")))


def members(user):
    """What teams show of their members to ``user``: to members who is in it now, to who
    left that they did."""
    shown = Membership.objects.filter(
        Q(left_at=None, team__in=Team.objects.of(user))
        | Q(person__user=user)
        | access.run_by(user, "team__course")
    )
    known = Person.objects.visible_to(user).values("pk")
    shown = shown.annotate(is_public=holds(Q(person__in=known)))
    shown = shown.select_related("person").order_by("position", "pk")
    return Prefetch("memberships", shown, to_attr="shown")


def standings(rows):
    """{team pk: {slot pk: Standing}} of the teams of ``rows``, in four queries."""
    teams = {row.team_id: row.team for row in rows}.values()
    assignments = {team.assignment_id: team.assignment for team in teams}.values()
    return counting.standings_of(list(teams), deadlines.of_all(list(assignments)))


def with_submissions(deliveries):
    """Give each of ``deliveries`` what was received with it, as its answer shows it."""
    found = standings(deliveries)
    received = defaultdict(list)
    for slots in found.values():
        for standing in slots.values():
            for submission in standing.submissions:
                received[submission.delivery_id].append(submission)
    for delivery in deliveries:
        delivery.received = received[delivery.pk]
        delivery.received.sort(key=lambda each: (each.slot.position, each.slot_id))
        for submission in delivery.received:
            submission.team, submission.delivery = delivery.team, delivery
            submission.is_followed = delivery.is_followed
        with_standing(delivery.received, found)
        delivery.late_by = delivery.received[0].late_by


def with_standing(submissions, found):
    """Give each of ``submissions`` how late it is and whether it counts; ``found`` are
    the standings of their teams."""
    for each in submissions:
        standing = found[each.team_id][each.slot_id]
        each.standing = progress.received(each, standing)
        each.late_by = standing.late_by[each.pk]


def projects(nest):
    """Nest in each gallery of ``nest`` its projects, in the order of its page."""
    galleries = {gallery.pk: gallery for gallery in nest.rows[Gallery]}
    found = Publication.objects.visible_to(nest.user).filter(gallery__in=galleries)
    found = ProjectSerializer.load(found).annotate(
        is_run=run_by(nest.user, "gallery__course")
    )
    found = sorted(found, key=lambda each: (not each.award, each.number))
    nest.add(found)
    nest.put("projects", galleries.values(), found, "gallery_id")


def presentations(nest):
    """Nest in each session of ``nest`` who presents there."""
    sessions = nest.rows[Session]
    found = Presentation.objects.visible_to(nest.user).filter(session__in=sessions)
    found = found.select_related("team").order_by("position", "pk")
    nest.put("presentations", sessions, found, "session_id")
