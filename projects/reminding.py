"""Mail to those who have not handed in, one by one: nobody sees another's address."""

from django.db import transaction
from django.utils.translation import gettext as _
from django_tasks import TaskResultStatus

from courses import audit

from . import tasks


def remind(assignment, table, words, on_failure):
    """Mail ``words`` to everyone of whom something required is missing in ``table``,
    once that is committed; return how many that are, and how many have no address.
    ``on_failure`` is called for each mail that is known by then not to be sent."""
    people = {each.person for row in table.missing for each in row.members}
    people = {*people, *table.without_team} - {None}
    reached = [person for person in people if tasks.address_of(person)]

    def send():
        for person in reached:
            result = tasks.mail_reminder.enqueue(person.pk, assignment.pk, words)
            if result.status == TaskResultStatus.FAILED:
                on_failure()

    transaction.on_commit(send)
    said = _("To %(count)d people of whom something is missing: %(assignment)s")
    said %= {"count": len(reached), "assignment": assignment}
    audit.record(audit.Action.MAIL, said, course=assignment.course)
    return len(reached), len(people) - len(reached)
