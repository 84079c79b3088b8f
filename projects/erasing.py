"""Erasing a person, where the law requires it: the operator's alone, and for good.

What others need stays without them: that somebody taught, spoke, was enrolled, in a
team, on a roster; of what they handed in alone, hash, size and times.
"""

import re

from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.db.models import Count, Q
from django.utils.translation import gettext as _

from courses import audit
from courses.models import (
    AuditEntry,
    ImportRecord,
    Invitation,
    JoinRequest,
    Person,
    Proposal,
    Talk,
    TalkLink,
    User,
)
from references import merging

from .models import (
    Delivery,
    Extension,
    Grade,
    Membership,
    Presentation,
    Refusal,
    RosterEntry,
    Submission,
    Team,
    TeamInvitation,
)

NOBODY = "erased"
NOWHERE = "https://erased.invalid/"


def find(slug_or_email):
    """The people and accounts that are meant: (persons, users)."""
    persons = Person.objects.filter(
        Q(slug=slug_or_email)
        | Q(email__iexact=slug_or_email)
        | Q(user__email__iexact=slug_or_email)
    )
    users = User.objects.filter(
        Q(email__iexact=slug_or_email) | Q(person__in=persons.values("pk"))
    )
    return list(persons), list(users)


@transaction.atomic
def erase(person=None, user=None, dry_run=False):
    """Erase ``person`` and the account ``user``, one of which may be None; return what
    that was, as (words, number of rows). With ``dry_run`` nothing changes.

    Custody forbids most of it, so it goes below, through ``_base_manager``: this is the
    one way that rule 1 of the design leaves.
    """
    erasure = _Erasure(person, user)
    erasure.run()
    where = f"{NOBODY}-{person.pk}" if person else f"{NOBODY}-{user.pk}@"
    audit.record(audit.Action.ERASED, where)
    transaction.set_rollback(dry_run)
    return [(words, number) for words, number in erasure.done.items() if number]


class _Erasure:
    def __init__(self, person, user):
        self.person, self.user, self.done = person, user, {}
        emails = {row.email for row in (person, user) if row and row.email}
        if user:
            emails |= set(user.emailaddress_set.values_list("email", flat=True))
        self.emails, self.spellings = emails, set(emails)
        if person:
            printed = RosterEntry._base_manager.filter(person=person)
            self.spellings |= {
                *person.spellings,
                *person.appearances.values_list("name", flat=True),
                *person.memberships.values_list("name_as_printed", flat=True),
                *person.merges.values_list("name", flat=True),
                *printed.values_list("name", flat=True),
                *Invitation.objects.filter(person=person).values_list(
                    "email", flat=True
                ),
            }
        self.spellings.discard("")

    def run(self):
        if self.person:
            self.their_work()
            self.their_parts()
        self.mail_and_requests()
        if self.person:
            self.themselves()
        if self.user:
            self.account()
        self.mentions()

    def change(self, words, rows, **values):
        self._count(
            words,
            rows.model._base_manager.filter(pk__in=rows.values("pk")).update(**values),
        )

    def delete(self, words, rows):
        self._count(words, rows.count())
        rows.delete()

    def _count(self, words, number):
        self.done[words] = self.done.get(words, 0) + number

    def file(self, file):
        """Erase the bytes of ``file`` and of what it replaced."""
        while file and not file.erased_at:
            file.erase()
            self._count(_("files"), 1)
            file = file.replaces

    # What they handed in

    def their_work(self):
        rosters = RosterEntry._base_manager
        theirs = rosters.filter(person=self.person).values("delivery")
        alone = Delivery._base_manager.annotate(n=Count("roster_entries"))
        alone = alone.filter(n=1, pk__in=theirs)
        work = Submission._base_manager.filter(delivery__in=alone.values("pk"))
        for each in work.exclude(file=None).select_related("file"):
            self.file(each.file)
        self.change(_("links"), work.exclude(url=""), url=NOWHERE)
        self.change(_("warnings"), work.exclude(warnings=[]), warnings=[])
        staffs = alone.exclude(on_behalf="")
        self.change(_("reasons of deliveries"), staffs, on_behalf=NOBODY)
        names = rosters.filter(person=self.person)
        self.change(_("names on rosters"), names, name=NOBODY)
        memberships = Membership.objects.filter(person=self.person).values("team")
        teams = Team.objects.annotate(n=Count("memberships"))
        teams = teams.filter(n=1, pk__in=memberships)
        self.change(_("names of teams"), teams.exclude(name=""), name="")
        given = Extension.objects.filter(team__in=teams.values("pk"))
        self.change(_("reasons of extensions"), given, reason=NOBODY)
        grades = Grade.objects.filter(team__in=teams.values("pk"))
        copies = Grade.history.filter(id__in=list(grades.values_list("pk", flat=True)))
        count = copies.update(feedback="", history_change_reason=None)
        self._count(_("feedback in the edit history"), count)
        said = grades.exclude(feedback="")
        self.change(_("feedback"), said, feedback="", feedback_html="")

    # Where they taught, spoke, learned

    def their_parts(self):
        person = self.person
        talks = Talk.objects.annotate(n=Count("appearances"))
        talks = talks.filter(n=1, pk__in=person.appearances.values("talk"))
        pks = list(talks.values_list("pk", flat=True))
        biographies = Talk.objects.filter(pk__in=pks).exclude(biography="")
        self.change(
            _("biographies of talks"), biographies, biography="", biography_html=""
        )
        copies = Talk.history.filter(id__in=pks).exclude(biography="")
        self._count(_("biographies in the edit history"), copies.update(biography=""))
        parts = person.appearances.all()
        self.change(_("appearances"), parts, name="", affiliation="", homepage="")
        for rows in (person.roles, person.session_roles):
            self.change(_("names of roles"), rows, name_as_printed="")
        numbers = person.enrolments.exclude(student_number="")
        self.change(_("student numbers"), numbers, student_number="")
        for relation, rows in merging.pointing_to(person):
            kind = ContentType.objects.get_for_model(relation.model)
            pks = list(rows.values_list("pk", flat=True))
            records = ImportRecord.objects.filter(content_type=kind, object_id__in=pks)
            self.delete(_("notes of imports"), records)

    # What was mailed, asked, proposed

    def mail_and_requests(self):
        person, user, emails = self.person, self.user, list(self.emails)
        links = TalkLink.objects.filter(
            Q(email__in=emails) | Q(person__isnull=False, person=person)
        )
        kind = ContentType.objects.get_for_model(Person)
        proposals = Proposal.objects.filter(
            Q(link__in=links)
            | Q(by__isnull=False, by=user)
            | Q(content_type=kind, object_id=person.pk if person else 0)
        )
        for proposal in proposals:
            self.file(proposal.photo)
            self.file(proposal.slides)
        self.delete(_("proposals"), proposals)
        self.delete(_("speakers’ links"), links)
        invitations = Invitation.objects.filter(Q(email__in=emails) | Q(person=person))
        self.delete(_("invitations"), invitations)
        to_teams = TeamInvitation.objects.filter(email__in=emails)
        self.delete(_("invitations to teams"), to_teams)
        if user:
            self.delete(_("requests to join"), JoinRequest.objects.filter(user=user))
            self.delete(_("refused uploads"), Refusal.objects.filter(user=user))

    # Person and account

    def themselves(self):
        person = self.person
        self.delete(_("merges"), person.merges.all())
        kind = ContentType.objects.get_for_model(Person)
        records = ImportRecord.objects.filter(content_type=kind, object_id=person.pk)
        self.delete(_("notes of imports"), records)
        photo, person.photo = person.photo, None
        person.name, person.family_name, person.given_name = NOBODY, NOBODY, ""
        person.other_names, person.slug = [], f"{NOBODY}-{person.pk}"
        person.affiliation = person.homepage = person.biography = person.email = ""
        person.user = person.author = None
        person.save()
        self.file(photo)
        self._count(_("person"), 1)

    def account(self):
        """The row stays for what was done with it: it names nobody, nobody logs in."""
        user = self.user
        for rows in (
            user.emailaddress_set,
            user.authenticator_set,
            user.socialaccount_set,
            user.tokens,
        ):
            self.delete(_("ways to log in"), rows.all())
        user.email = f"{NOBODY}-{user.pk}@erased.invalid"
        user.is_active = user.is_superuser = False
        user.last_login = None
        user.session_version += 1
        user.set_unusable_password()
        user.save()
        user.emailaddress_set.all().delete()  # which saving has made
        user.groups.clear()
        self._count(_("account"), 1)
        entries = AuditEntry.objects.filter(user=user)
        entries |= AuditEntry.objects.filter(email__in=list(self.emails))
        entries.update(email="", ip_address=None)

    # Words about them elsewhere

    def mentions(self):
        """Take their names out of what the site noted by itself, and out of lists."""
        self._blank(_("audit entries"), AuditEntry.objects.all(), "words")
        for field in ("object_repr", "change_message"):
            self._blank(_("entries of the log"), LogEntry.objects.all(), field)
        for row in Presentation.objects.exclude(members=[]):
            left = [name for name in row.members if name not in self.spellings]
            if left != row.members:
                row.members = left
                row.save(update_fields=["members"])
                self._count(_("printed names"), 1)

    def _blank(self, words, rows, field):
        said = "|".join(map(re.escape, sorted(self.spellings, key=len, reverse=True)))
        pattern = re.compile(rf"(?<!\w)(?:{said})(?!\w)", re.IGNORECASE)
        for row in rows.only("pk", field).iterator():
            before = getattr(row, field)
            if (after := pattern.sub(NOBODY, before)) != before:
                setattr(row, field, after)
                row.save(update_fields=[field])
                self._count(words, 1)
