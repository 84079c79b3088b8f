"""What accepting an invitation into a course does."""

from django.contrib.auth import get_user_model
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from . import mailed_links
from .models import CourseRole, Enrolment, Invitation, Person


class Refused(Exception):
    """It cannot be accepted; the message says why, to whom it was sent."""


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

    Raise Refused if it is no longer open, was sent to another address, or is for a
    person who has another account.
    """
    invitation = Invitation.objects.select_for_update().of_token(token)
    if invitation is None or invitation.email.casefold() != user.email.casefold():
        raise Refused(_("This invitation is not open, or not for this account."))
    person = _tied(invitation.person_id, user)
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


def _tied(person_pk, user):
    """The person that ``user`` is: the one invited, unless they are one already."""
    if own := Person.objects.filter(user=user).first():
        return own
    person = Person.objects.select_for_update().get(pk=person_pk)
    if person.user_id:
        raise Refused(_("This person has another account; ask who invited you."))
    person.user = user
    person.save(update_fields=["user"])
    return person
