"""Inviting people into a course by mail, and what accepting does."""

from functools import partial

from django.contrib.auth import get_user_model
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from references.merging import Refused

from . import access, mailed_links
from .models import CourseRole, Enrolment, Invitation, Person


def may_tie(user, person):
    """Whether ``user`` may invite somebody as ``person``: whoever ties an account to a
    person takes over all that the person may do."""
    if person.user_id or access.runs_site(user):
        return person.user_id is None
    return access.may(user, "c", Person, person) and all(
        access.may(user, "a", CourseRole, role) for role in person.roles.all()
    )


def may_give(user, role, course):
    """Whether ``user`` may invite somebody into ``course`` to have ``role`` there."""
    given = Enrolment if role == Invitation.Role.STUDENT else CourseRole
    return access.may(user, "a", given, course)


def invite_students(enrolments, request, on_failure):
    """Invite who has an address and no account. Return how many, and the people left
    out by the reason, a sentence; ``on_failure`` gets the invitation."""
    open_ones = Invitation.objects.open().filter(role=Invitation.Role.STUDENT)
    invited = set(open_ones.values_list("course", "person"))
    sent, left_out = 0, {}
    for each in enrolments:
        person = each.person
        if reason := _reason_against(each, request.user, invited):
            left_out.setdefault(reason, []).append(person)
            continue
        invitation = Invitation(
            course=each.course,
            person=person,
            role=Invitation.Role.STUDENT,
            email=person.email,
        )
        mailed_links.send(invitation, request, partial(on_failure, invitation))
        sent += 1
    return sent, left_out


def _reason_against(enrolment, user, invited):
    """Why the person of ``enrolment`` is not invited, as a sentence begun; or ""."""
    person = enrolment.person
    if person.user_id:
        return _("They have an account already:")
    if (enrolment.course_id, person.pk) in invited:
        return _("They were invited already:")
    if not may_tie(user, person):
        return _("Only an administrator invites them:")
    return "" if person.email else _("They have no e-mail address here:")


def account_for(invitation):
    """The account of the address that was invited, made if there is none.

    It can do nothing until someone who reads the mail of that address logs in.
    """
    users = get_user_model().objects
    found = users.filter(email__iexact=invitation.email).first()
    return found or users.create_user(invitation.email)


@transaction.atomic
def accept(token, user):
    """Give ``user``, to whom it was sent, what the invitation says; return it.

    Raise Refused if it is no longer open, was sent to another address, gives more than
    who sent it may give by now, or is for a person who has another account.
    """
    invitation = Invitation.objects.select_for_update().of_token(token)
    if invitation is None or invitation.email.casefold() != user.email.casefold():
        raise Refused(_("This invitation is not open, or not for this account."))
    people = Person.objects.select_for_update()
    invitation.person = people.get(pk=invitation.person_id)
    if not _holds(invitation):
        raise Refused(_("This invitation does not hold any more; ask who invited you."))
    person = _tied(invitation.person, user)
    _move_parts(invitation, person)
    if invitation.role == Invitation.Role.STUDENT:
        enrolment, _is_new = Enrolment.objects.get_or_create(
            course=invitation.course, person=person
        )
        enrolment.status = Enrolment.Status.ACTIVE
        enrolment.save()
    else:
        CourseRole.objects.get_or_create(
            course=invitation.course, person=person, role=invitation.role
        )
    invitation.accepted_at = timezone.now()
    invitation.save(update_fields=["accepted_at"])
    mailed_links.record(_("Accepted: %s"), invitation)
    return invitation


def _holds(invitation):
    """Whether who sent ``invitation`` may still send it: its person may have got roles
    since, and who sent it lost theirs."""
    sender, person = invitation.sent_by, invitation.person
    return (
        sender is not None
        and may_give(sender, invitation.role, invitation.course)
        and (person.user_id is not None or may_tie(sender, person))
    )


def _move_parts(invitation, own):
    """Give to the person that the user is, ``own``, what the one who was invited has in
    the course and ``own`` has not: the row with the student number, and roles."""
    parts = {"course": invitation.course, "person": invitation.person_id}
    if own.pk == invitation.person_id or invitation.person.user_id:
        return
    if not own.enrolments.filter(course=invitation.course).exists():
        Enrolment.objects.filter(**parts).update(person=own)
    held = own.roles.filter(course=invitation.course).values("role")
    for role in CourseRole.objects.filter(**parts).exclude(role__in=held):
        role.person = own
        role.save(update_fields=["person"])


def _tied(person, user):
    """The person that ``user`` is: the one invited, unless they are one already."""
    if own := Person.objects.filter(user=user).first():
        return own
    if person.user_id:
        raise Refused(_("This person has another account; ask who invited you."))
    person.user = user
    person.save(update_fields=["user"])
    return person
