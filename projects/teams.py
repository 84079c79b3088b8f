"""Students form teams until a moment the clock says; staff put right what they formed.

All that changes the teams of an assignment locks its row first, so that whoever comes
at the same moment waits, and finds a team full or a person taken.
"""

import secrets
from threading import Thread

from django.core.cache import cache
from django.db import transaction
from django.db.models import F, Max, Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from courses import audit, mailed_links
from courses.models import Assignment, Enrolment, Person

from .models import Membership, Team, TeamInvitation

LETTERS = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"  # none that looks like another
CODE_LENGTH = 8
MOST_OPEN_INVITATIONS = 10
MOST_MAILS_A_DAY = 20
MOST_CODES_AN_HOUR = 10
HOUR = 60 * 60


class Refused(Exception):
    """It is not done; the message says why, to whoever tried."""


# What is


def locks_at(assignment):
    """The moment from which only staff change teams; None if there is none."""
    return assignment.teams_lock_at or assignment.due_at


def are_locked(assignment):
    moment = locks_at(assignment)
    return moment is not None and timezone.now() >= moment


def team_of(assignment, user):
    """The team that ``user`` is in now, or None."""
    return assignment.teams.of(user).first()


def team_before(assignment, user):
    """The team that ``user`` had in the last other assignment of the course that was
    for teams, or None."""
    own = Membership.objects.active().filter(
        person__user=user,
        assignment__course=assignment.course_id,
        assignment__team_size__gt=1,
    )
    own = own.exclude(assignment=assignment).select_related("team")
    due_at = F("assignment__due_at").desc(nulls_last=True)
    last = own.order_by(due_at, "-assignment").first()
    return last and last.team


def others_of(team, user):
    """The people of ``team`` beside ``user`` who still hand in for its course."""
    still_there = team.course.enrolments.filter(status=Enrolment.Status.ACTIVE)
    active = team.memberships.active()
    people = Person.objects.filter(
        pk__in=active.values("person"), enrolments__in=still_there
    )
    return people.exclude(user=user).select_related("user")


def is_over(team):
    """Whether ``team`` has more members than its assignment says."""
    return bool(team.assignment) and (
        team.memberships.active().count() > team.assignment.team_size
    )


# What students do


@transaction.atomic
def for_hand_in(assignment, user):
    """The team for which ``user`` hands in: where everybody is alone, made now if there
    is none; else None if there is none."""
    if team := team_of(assignment, user):
        return team
    if assignment.team_size > 1:
        return None
    assignment = _locked(assignment)
    person = _person(assignment, user)
    return team_of(assignment, user) or _new_team(assignment, person)


@transaction.atomic
def create(assignment, user):
    """Make a team with ``user`` in it; return it."""
    return _new_team(*_begin(assignment, user))


@transaction.atomic
def same_as_before(assignment, request):
    """As ``create``, and invite who was in the last team of the user; return the team,
    and the people who have no address here."""
    user = request.user
    assignment, person = _begin(assignment, user)
    before = team_before(assignment, user)
    if before is None:
        raise Refused(_("You had no team in this course before."))
    team = _new_team(assignment, person, before.name)
    unreached = []
    for other in others_of(before, user):
        email = other.user.email if other.user else other.email
        if email:
            _invite(team, request, email, other.name)
        else:
            unreached.append(other)
    return team, unreached


@transaction.atomic
def invite(assignment, request, email):
    """Let the team of the user invite whoever has the address ``email``. What comes of
    it is the same whether or not that is on the roster."""
    email = TeamInvitation._meta.get_field("email").clean(email.strip(), None)
    _invite(_begin_in_team(assignment, request.user), request, email)


@transaction.atomic
def cancel(assignment, user, pk):
    """Take back the invitation ``pk`` of the team of ``user``."""
    team = _begin_in_team(assignment, user)
    if not mailed_links.revoke(team.invitations.unanswered().filter(pk=pk)):
        raise Refused(_("This invitation was answered or taken back before."))


@transaction.atomic
def accept(invitation, user):
    """Put ``user`` into the team that sent ``invitation``, or None, to them."""
    invitation = _answered(invitation, user, "accepted_at")
    _enter(invitation.team, _begin(invitation.team.assignment, user)[1])
    mailed_links.record(_("Accepted: %s"), invitation)


@transaction.atomic
def decline(invitation, user):
    """As ``accept``, but answer no."""
    invitation = _answered(invitation, user, "declined_at")
    mailed_links.record(_("Declined: %s"), invitation)


def join(assignment, user, code):
    """Put ``user`` into the team with the joining code ``code``, as they typed it."""
    if _too_often(f"joining-codes-of-{user.pk}", MOST_CODES_AN_HOUR, HOUR):
        raise Refused(
            _("You tried %d codes within an hour: wait for another.")
            % MOST_CODES_AN_HOUR
        )
    with transaction.atomic():
        assignment, person = _begin(assignment, user)
        code = "".join(filter(str.isalnum, code.upper()))
        team = assignment.teams.exclude(joining_code="").filter(joining_code=code)
        if not team:
            raise Refused(_("No team for this assignment has this code."))
        _enter(team[0], person)


@transaction.atomic
def leave(assignment, user):
    """End the membership of ``user``."""
    team = _begin_in_team(assignment, user)
    if team.deliveries.exists():
        raise Refused(
            _("Your team has handed something in: ask the staff to move you.")
        )
    _end(team.memberships.active().get(person__user=user))


@transaction.atomic
def rename(assignment, user, name):
    """Call the team of ``user`` ``name``; empty: by its number."""
    team = _begin_in_team(assignment, user)
    name = "".join(filter(str.isprintable, " ".join(name.split())))
    team.name = Team._meta.get_field("name").clean(name, team)
    team.save()


@transaction.atomic
def renew_code(assignment, user):
    """Give the team of ``user`` another joining code; the one before is of no use."""
    team = _begin_in_team(assignment, user)
    team.joining_code = _new_code()
    team.save()


def _locked(assignment):
    return Assignment.objects.select_for_update().get(pk=assignment.pk)


def _begin(assignment, user):
    """``assignment``, locked, and the Person that ``user`` is; Refused if the clock
    says so, or there is nothing to choose."""
    assignment = _locked(assignment)
    if assignment.team_size == 1:
        raise Refused(_("Everybody hands this in alone."))
    if are_locked(assignment):
        raise Refused(_("Teams are locked by now: write to the staff of the course."))
    return assignment, _person(assignment, user)


def _begin_in_team(assignment, user):
    """As ``_begin``, but return the team of ``user``, locked: what is just being handed
    in is waited for."""
    assignment, _is_enrolled = _begin(assignment, user)
    team = Team.objects.select_for_update().filter(assignment=assignment).of(user)
    if not team:
        raise Refused(_("You are in no team."))
    return team[0]


def _person(assignment, user):
    person = Person.objects.filter(
        user=user,
        enrolments__course=assignment.course_id,
        enrolments__status=Enrolment.Status.ACTIVE,
    ).first()
    if person is None:
        raise Refused(_("You are not on the roster of this course."))
    return person


def _new_team(assignment, person, name=""):
    last = assignment.teams.aggregate(last=Max("number"))["last"] or 0
    team = Team.objects.create(
        course=assignment.course,
        assignment=assignment,
        number=last + 1,
        name=name,
        joining_code=_new_code() if assignment.team_size > 1 else "",
    )
    _enter(team, person)
    return team


def _new_code():
    return "".join(secrets.choice(LETTERS) for _each in range(CODE_LENGTH))


def _enter(team, person):
    """Make ``person`` a member, if they have no team and there is room."""
    if Membership.objects.active().filter(person=person, assignment=team.assignment):
        raise Refused(_("You are in a team for this assignment already."))
    size = team.assignment.team_size
    if team.memberships.active().count() >= size:
        raise Refused(
            ngettext(
                "This team is full: it has %d member.",
                "This team is full: it has %d members.",
                size,
            )
            % size
        )
    _add(team, person=person)


def _add(team, reason=None, **whom):
    last = team.memberships.aggregate(last=Max("position"))["last"]
    position = 0 if last is None else last + 1
    membership = Membership(
        team=team, position=position, joined_at=timezone.now(), **whom
    )
    membership._change_reason = reason
    membership.save()


def _end(membership, reason=None):
    """End ``membership``. A team that is empty then stays, but nobody joins it."""
    now = timezone.now()  # which a clock set back may have made too early
    membership.left_at = max(now, membership.joined_at or now)
    membership._change_reason = reason
    membership.save()
    team = membership.team
    if not team.memberships.active().exists():
        team.joining_code = ""
        team.save()
        mailed_links.revoke(team.invitations.unanswered())


def _invite(team, request, email, name=""):
    invitations = team.invitations.open()
    # Of an address that it typed, a team does not learn whom it knows by name it is.
    invitation = invitations.filter(email__iexact=email, name=name).first()
    if invitation is None:
        if invitations.count() >= MOST_OPEN_INVITATIONS:
            raise Refused(
                _("Your team has %d open invitations: take one back first.")
                % MOST_OPEN_INVITATIONS
            )
        invitation = TeamInvitation(team=team, email=email, name=name)
    if _too_often(f"invitations-of-team-{team.pk}", MOST_MAILS_A_DAY, 24 * HOUR):
        raise Refused(
            _("Your team sent %d invitations within a day: go on tomorrow.")
            % MOST_MAILS_A_DAY
        )
    mail = mailed_links.write(invitation, request)
    on_roster = team.course.enrolments.filter(
        Q(person__email__iexact=email) | Q(person__user__email__iexact=email),
        status=Enrolment.Status.ACTIVE,
    )
    if on_roster.exists():
        # Beside the request, as it takes longer than to send none.
        thread = Thread(target=mailed_links.deliver, args=[mail])
        transaction.on_commit(thread.start)


def _answered(invitation, user, field):
    """``invitation`` with its answer saved; Refused unless it waits for ``user``."""
    if invitation:
        _locked(invitation.team.assignment)
    pk = invitation and invitation.pk
    found = TeamInvitation.objects.open().to(user).filter(pk=pk).first()
    if found is None:
        raise Refused(_("This invitation is not open, or not for this account."))
    setattr(found, field, timezone.now())
    found.save()
    return found


def _too_often(key, most, seconds):
    """Count this; whether it came more often than ``most`` times in ``seconds``."""
    cache.add(key, 0, timeout=seconds)
    return cache.incr(key) > most


# What staff do, at any time, with a reason that the history keeps


@transaction.atomic
def add_member(team, reason, person=None, name=""):
    """Put ``person`` into ``team``, or someone known by a printed ``name`` alone."""
    team = _locked_team(team)
    active = Membership.objects.active().filter(person=person)
    if person and (
        found := active.filter(
            Q(team=team) | Q(assignment__isnull=False, assignment=team.assignment)
        ).first()
    ):
        raise Refused(
            _("%(person)s is in %(team)s already.")
            % {"person": person, "team": found.team}
        )
    _add(team, reason, person=person, name_as_printed=name)
    _account(_("Into %(team)s: %(member)s. %(reason)s"), team, person or name, reason)


@transaction.atomic
def remove_member(membership, reason):
    """End ``membership``; the row stays."""
    team = _locked_team(membership.team)
    membership = team.memberships.active().filter(pk=membership.pk).first()
    if membership is None:
        raise Refused(_("This member has left already."))
    _end(membership, reason)
    _account(_("Out of %(team)s: %(member)s. %(reason)s"), team, membership, reason)
    return membership


@transaction.atomic
def move_member(membership, team, reason):
    """End ``membership`` and put whose it is into ``team`` of the same assignment."""
    membership = remove_member(membership, reason)
    add_member(team, reason, membership.person, membership.name_as_printed)


def _locked_team(team):
    if team.assignment_id:
        _locked(team.assignment)
    return Team.objects.select_for_update().get(pk=team.pk)


def _account(words, team, member, reason):
    said = words % {"team": team, "member": member, "reason": reason}
    audit.record(audit.Action.ROSTER, said, course=team.course)
