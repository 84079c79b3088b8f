"""Links sent by mail: sending and revoking them, whatever they are for."""

import logging

from django.core.mail import EmailMessage
from django.db import transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from . import audit

logger = logging.getLogger(__name__)
FAILED = gettext_lazy("The mail to %s could not be sent; try again.")


def send(link, request, on_failure):
    """Save the MailedLink ``link`` with a new token and mail it once that is committed;
    the one before leads nowhere any more. ``on_failure`` is called if no mail could be
    sent."""
    mail = write(link, request)
    transaction.on_commit(lambda: deliver(mail, on_failure))


def write(link, request):
    """As ``send``, but the mail is returned instead."""
    token = link.renew(by=request.user)
    path = reverse(link.url_name, args=[token])
    context = {"link": link, "address": request.build_absolute_uri(path)}
    template = f"{link._meta.app_label}/{link._meta.model_name}_email.txt"
    record(_("Sent: %s"), link)
    return EmailMessage(
        " ".join(link.subject.split()),
        render_to_string(template, context),
        to=[link.email],
    )


def revoke(links):
    """End those of the queryset ``links`` that were not ended; return how many."""
    ended = links.filter(revoked_at=None)
    for link in ended:
        link.revoked_at = timezone.now()
        link.save(update_fields=["revoked_at"])
        record(_("Revoked: %s"), link)
    return len(ended)


def record(words, link):
    """Account for what was done with ``link``, in ``words`` with a place for it."""
    said = words % f"{link}, {link.email}, {link.course}"
    audit.record(audit.Action.INVITATION, said, course=link.course)


def deliver(mail, on_failure=lambda: None):
    """Send ``mail``; if that fails, log it and call ``on_failure``."""
    try:
        mail.send()
    except OSError:  # as smtplib's errors are
        logger.exception("A mail could not be sent.")
        on_failure()
