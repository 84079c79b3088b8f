"""What is done beside a request: at once, or by a worker."""

from django.core.mail import EmailMessage
from django.db import transaction
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.translation import gettext as _
from django_tasks import task

from courses.models import Assignment, Person

from . import progress
from .models import Delivery, RosterEntry


def mail_receipts(delivery):
    """Mail ``delivery`` to everyone on its roster once it is committed. If that fails
    it is logged: what was received stays received."""
    entries = list(delivery.roster_entries.values_list("pk", flat=True))

    def send():
        for pk in entries:
            mail_receipt.enqueue(pk)

    transaction.on_commit(send, robust=True)


@task()
def mail_receipt(entry_pk):
    """Mail a receipt to whom the RosterEntry ``entry_pk`` names."""
    entry = RosterEntry.objects.select_related("person__user").get(pk=entry_pk)
    if not (address := address_of(entry.person)):
        return
    delivery = Delivery.objects.select_related("by", "team").get(pk=entry.delivery_id)
    receipt = progress.receipt(delivery)
    with timezone.override(receipt.course.zone):
        subject = _("Received: %s") % receipt.assignment
        body = render_to_string("projects/receipt_email.txt", {"receipt": receipt})
    mail(address, subject, body)


@task()
def mail_reminder(person_pk, assignment_pk, words):
    """Mail ``words`` on an assignment to a person, by their keys."""
    person = Person.objects.select_related("user").get(pk=person_pk)
    assignment = Assignment.objects.select_related("course").get(pk=assignment_pk)
    mail(address_of(person), f"{assignment.course.code} {assignment}", words)


def address_of(person):
    """Where mail reaches ``person``; empty if nowhere."""
    return person.user.email if person.user else person.email


def mail(address, subject, body):
    EmailMessage(" ".join(subject.split()), body, to=[address]).send()
