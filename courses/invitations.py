"""Inviting people into a course by mail, and what accepting does."""

import logging

from django.contrib.auth import get_user_model
from django.core.mail import EmailMessage
from django.db import transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from . import audit
from .models import CourseRole, Enrolment, Invitation, Person

logger = logging.getLogger(__name__)


class Refused(Exception):
    """It cannot be accepted; the message says why, to whom it was sent."""


def send(invitation, request, on_failure):
    """Save ``invitation`` with a new link and mail it once that is committed; the link
    before leads nowhere any more. ``on_failure`` is called if no mail could be sent."""
    token = invitation.renew(by=request.user)
    path = reverse("courses:invitation_detail", args=[token])
    context = {"invitation": invitation, "address": request.build_absolute_uri(path)}
    mail = EmailMessage(
        " ".join((_("Invitation to %s") % invitation.course).split()),
        render_to_string("courses/invitation_email.txt", context),
        to=[invitation.email],
    )
    _record(_("Sent: %s"), invitation)
    transaction.on_commit(lambda: _deliver(mail, on_failure))


def revoke(invitations):
    """End the links of those of the queryset that nobody accepted; return how many."""
    ended = invitations.filter(accepted_at=None, revoked_at=None)
    for invitation in ended:
        invitation.revoked_at = timezone.now()
        invitation.save(update_fields=["revoked_at"])
        _record(_("Revoked: %s"), invitation)
    return len(ended)


def _record(words, invitation):
    said = words % f"{invitation}, {invitation.email}, {invitation.course}"
    audit.record(audit.Action.INVITATION, said, course=invitation.course)


def _deliver(mail, on_failure):
    try:
        mail.send()
    except OSError:  # as smtplib's errors are
        logger.exception("An invitation could not be sent.")
        on_failure()


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
    _record(_("Accepted: %s"), invitation)
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
