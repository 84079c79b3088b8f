"""Mail to those who have not handed in, one by one: nobody sees another's address."""

from django.core.mail import EmailMessage
from django.db import transaction
from django.utils.translation import gettext as _

from courses import audit, mailed_links


def remind(assignment, table, words, on_failure):
    """Mail ``words`` to everyone of whom something required is missing in ``table``,
    once that is committed; return how many that are, and how many have no address.
    ``on_failure`` is called for each mail that could not be sent."""
    people = {each.person for row in table.missing for each in row.members}
    people = {*people, *table.without_team} - {None}
    addresses = {address for person in people if (address := _address(person))}
    for address in addresses:
        mail = EmailMessage(
            " ".join(f"{assignment.course.code} {assignment}".split()),
            words,
            to=[address],
        )
        transaction.on_commit(lambda mail=mail: mailed_links.deliver(mail, on_failure))
    said = _("To %(count)d people of whom something is missing: %(assignment)s")
    said %= {"count": len(addresses), "assignment": assignment}
    audit.record(audit.Action.MAIL, said, course=assignment.course)
    without = sum(not _address(person) for person in people)
    return len(addresses), without


def _address(person):
    return person.user.email if person.user else person.email
