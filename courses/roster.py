"""What a list of students changes in the roster of a course, shown or done.

A line finds its student by student number within the course, then by e-mail address,
never by name. What is unclear is said, not guessed. Nobody is deleted.
"""

from collections import Counter, defaultdict
from itertools import chain

import tablib
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q, TextChoices
from django.db.models.functions import Lower
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from import_export.fields import Field
from import_export.resources import ModelResource
from import_export.results import Result, RowResult

from references.merging import fingerprint

from . import access, audit
from .importing.loading import free_slugs
from .models import Course, Enrolment, Person
from .roster_file import as_text

LABELS = {
    "Student number": gettext_lazy("student number"),
    "Name": gettext_lazy("name"),
    "E-mail": gettext_lazy("e-mail address"),
    "Code": gettext_lazy("listed under"),
    "Status": gettext_lazy("status"),
}
ACTIVE, DROPPED = Enrolment.Status.ACTIVE, Enrolment.Status.DROPPED


class Kind(TextChoices):
    """What becomes of one person."""

    FAULTY = "faulty", gettext_lazy("to mend")
    NEW = "new", gettext_lazy("new")
    BACK = "back", gettext_lazy("back")
    CHANGED = "changed", gettext_lazy("changed")
    DROPPED = "dropped", gettext_lazy("dropped")
    SAME = "same", gettext_lazy("unchanged")


class Outcome(RowResult):
    """What becomes of one person: ``kind``; ``line`` of the list, None for who is not
    on it; ``changes`` as (field, before, after)."""

    kind, line, name = Kind.FAULTY, None, ""
    changes = warnings = ()

    @property
    def faults(self):
        return self.validation_error.messages if self.validation_error else []


class Difference(Result):
    """The Outcome of each line, then of those who are missing; ``digest`` is of all
    that it says. ``active`` is how many there were before, ``auditors`` how many stay
    though they are not listed."""

    active = auditors = 0
    is_saved = False

    @cached_property
    def counts(self):
        return Counter(outcome.kind for outcome in self.rows)

    @property
    def in_order(self):
        """The outcomes, what has to be looked at first."""
        return sorted(self.rows, key=lambda outcome: [*Kind].index(outcome.kind))

    @property
    def is_faulty(self):
        return self.has_validation_errors()

    @property
    def is_none(self):
        return {*self.counts} == {Kind.SAME}

    @property
    def dropped(self):
        return self.counts[Kind.DROPPED]

    @property
    def drops_most(self):
        return self.dropped * 2 > self.active

    @property
    def digest(self):
        said = [
            [each.line, each.name, each.kind, each.changes, each.warnings]
            for each in self.rows
        ]
        return fingerprint(said)

    def __str__(self):
        return ", ".join(
            f"{self.counts[kind]} {kind.label}" for kind in Kind if self.counts[kind]
        )


def compare(course, user, listed):
    """The Difference that the rows of ``listed`` would make, found by ``user``."""
    return _import(course, user, listed, dry_run=True)


@transaction.atomic
def save(course, user, listed, source, digest, may_drop_most=False):
    """The Difference made. Nothing is saved, and it is not ``is_saved``, if it is
    faulty, has not the ``digest`` of what was shown, or drops most of the course and
    may not. ``source`` is the name of the list."""
    course = Course.objects.select_for_update().get(pk=course.pk)
    difference = _import(course, user, listed, dry_run=False)
    difference.is_saved = (
        not difference.is_faulty
        and difference.digest == digest
        and (may_drop_most or not difference.drops_most)
    )
    if not difference.is_saved:
        transaction.set_rollback(True)
    elif not difference.is_none:
        audit.record(audit.Action.ROSTER, f"{source}: {difference}", course=course)
    return difference


def _import(course, user, listed, dry_run):
    headers = ["Line", *LABELS, "Faults"]
    dataset = tablib.Dataset(headers=headers)
    for row in listed.rows:
        cells = [row.cells[column] for column in LABELS]
        dataset.append([row.line, *cells, row.faults])
    resource = RosterResource(course, user, is_trial=dry_run)
    difference = resource.import_data(
        dataset, dry_run=dry_run, rollback_on_validation_errors=True
    )
    for error in chain(difference.base_errors, *(row.errors for row in difference)):
        raise error.error  # which import-export keeps: nobody expected it
    return difference


def export(course, user, enrolments):
    """CSV of ``enrolments`` as bytes, which an import of it leaves as they are."""
    rows = enrolments.select_related("person__user")
    return RosterResource(course, user).export(rows).csv.encode("utf-8-sig")


class RosterResource(ModelResource):
    """The roster of ``course``, as far as ``user`` may read and change it."""

    student_number = Field("student_number", "Student number")
    name = Field("person__name", "Name")
    email = Field("person__email", "E-mail")
    code = Field("code", "Code")
    status = Field("status", "Status")

    class Meta:
        model = Enrolment
        fields = ["student_number", "name", "email", "code", "status"]
        import_id_fields = ["student_number"]
        use_transactions = True
        report_skipped = True
        skip_diff = True  # its marks have inline styles; ours is in the Outcome

    def __init__(self, course, user, is_trial=True):
        super().__init__()
        self.course, self.user, self.is_trial = course, user, is_trial

    @classmethod
    def get_result_class(cls):
        return Difference

    @classmethod
    def get_row_result_class(cls):
        return Outcome

    def before_import(self, dataset, **kwargs):
        self.lines = {
            column: _lines(dataset, column) for column in ("Student number", "E-mail")
        }
        self.enrolments = list(
            self.course.enrolments.select_related("person__user").order_by("pk")
        )
        self.active = sum(each.status == ACTIVE for each in self.enrolments)
        self.by_number = {each.student_number.lower(): each for each in self.enrolments}
        self.by_email = defaultdict(list)
        for enrolment in (*self.enrolments, *self._elsewhere()):
            for email in _addresses(enrolment.person):
                self.by_email[email].append(enrolment)
        roles = self.course.roles.select_related("person__user")
        self.of_staff = set().union(*(_addresses(role.person) for role in roles))
        known = chain(self.enrolments, *self.by_email.values())
        self.own = self._own(pk__in={each.person_id for each in known})
        self.line_of = {}  # by the person it means

    def _own(self, **chosen):
        """The people of those chosen, by pk, whom the user may change."""
        people = Person.objects.filter(access.editable(self.user, "c", Person))
        return set(people.filter(**chosen).values_list("pk", flat=True))

    def _elsewhere(self):
        """Who is listed and enrolled in another course that the user runs, as if here.
        Of others an address says nothing, not even that it is known."""
        emails = self.lines["E-mail"]
        rows = Enrolment.objects.filter(access.editable(self.user, "c", Enrolment))
        people = Person.objects.annotate(
            address=Lower("email"), log_in=Lower("user__email")
        ).filter(
            Q(address__in=emails) | Q(log_in__in=emails), pk__in=rows.values("person")
        )
        people = people.exclude(enrolments__course=self.course)
        for person in people.select_related("user").order_by("pk"):
            yield Enrolment(course=self.course, person=person)

    def import_row(self, row, instance_loader, **kwargs):
        line, name = row["Line"], row["Name"]
        outcome = super().import_row(row, instance_loader, **kwargs)
        outcome.line, outcome.name = line, name
        if outcome.is_valid():
            outcome.kind = row["Kind"]
            outcome.changes, outcome.warnings = row["Changes"], row["Warnings"]
        return outcome

    def before_import_row(self, row, **kwargs):
        faults = [*row["Faults"]]
        for column, lines in self.lines.items():
            same = lines.get(row[column].lower(), [])[:6]
            if others := [str(line) for line in same if line != row["Line"]]:
                said = _("The same %(what)s stands in line %(lines)s.")
                what = LABELS[column]
                faults.append(said % {"what": what, "lines": ", ".join(others[:5])})
        if row["E-mail"].lower() in self.of_staff:
            faults.append(_("This is the address of someone who runs this course."))
        if faults:
            raise ValidationError(faults)

    def get_instance(self, instance_loader, row):
        number = row["Student number"].lower()
        numbered = self.by_number.get(number) if number else None
        addressed = self.by_email.get(row["E-mail"].lower(), [])
        addressed = [each for each in addressed if each.pk] or addressed  # here first
        if numbered and addressed and numbered not in addressed:
            said = _("The number is that of %(one)s, the address that of %(other)s.")
            people = {"one": numbered.person, "other": addressed[0].person}
            raise ValidationError(said % people)
        if not numbered and len(addressed) > 1:
            people = "; ".join(str(each.person) for each in addressed)
            said = _("Several have this address: %s. Enter the student number of one.")
            raise ValidationError(said % people)
        found = numbered or next(iter(addressed), None)
        if found:
            line = self.line_of.setdefault(found.person_id, row["Line"])
            if line != row["Line"]:
                said = _("This is %(person)s, as is line %(line)s.")
                raise ValidationError(said % {"person": found.person, "line": line})
        return found

    def init_instance(self, row=None):
        return Enrolment(course=self.course, person=Person())

    def after_init_instance(self, instance, new, row, **kwargs):
        """Leave in ``row`` what it changes, and say so."""
        person, is_new = instance.person, instance.pk is None
        before = {
            "Student number": instance.student_number,
            "Name": person.name,
            "E-mail": person.email,
            "Code": instance.code,
            "Status": "" if is_new else instance.status,
        }
        wanted = {column: row.pop(column) for column in LABELS}
        wanted["Status"] = wanted["Status"] or ACTIVE
        changes, warnings = [], []
        for column, now in before.items():
            value = wanted[column]
            if not value or _are_same(column, value, now, person):
                continue
            if not self._may_change(person, column):  # nor perhaps see it
                said = _("The %s here stays: an administrator changes it.")
                warnings.append(said % LABELS[column])
                continue
            row[column] = value
            said = [_label(column, each) for each in (now, value)]
            changes.append([str(LABELS[column]), *said])
        row |= {"Changes": changes, "Warnings": warnings}
        row["Kind"] = _kind(is_new, before["Status"], row)

    def _may_change(self, person, column):
        if person.pk is None or column not in ("Name", "E-mail"):
            return True
        is_free = person.user_id is None or column == "Name"
        return is_free and person.pk in self.own

    def skip_row(self, instance, original, row, import_validation_errors=None):
        return not row["Changes"]

    def before_save_instance(self, instance, row, **kwargs):
        person = instance.person
        if self.is_trial or not row.keys() & {"Name", "E-mail"}:
            return
        if "Name" in row:
            person.family_name, person.given_name = "", ""  # come from the new name
        if person.pk is None:
            [person.slug] = free_slugs([person.name])
        person.save()
        instance.person = person  # now that it has a number

    def do_instance_save(self, instance, is_create):
        if not self.is_trial:
            instance.save()

    def after_import(self, dataset, result, **kwargs):
        """Drop the active who are missing; among faults nobody knows who is."""
        result.active = self.active
        if result.is_faulty:
            return
        for enrolment in self.enrolments:
            if enrolment.person_id in self.line_of:
                continue
            if enrolment.status == ACTIVE:
                result.append_row_result(self._drop(enrolment))
            elif enrolment.status == Enrolment.Status.AUDITOR:
                result.auditors += 1

    def _drop(self, enrolment):
        outcome = Outcome()
        outcome.kind, outcome.name = Kind.DROPPED, enrolment.person.name
        said = (LABELS["Status"], ACTIVE.label, DROPPED.label)
        outcome.changes = [[str(each) for each in said]]
        outcome.import_type = Outcome.IMPORT_TYPE_UPDATE
        if not self.is_trial:
            enrolment.status = DROPPED
            enrolment.save(update_fields=["status"])
        return outcome

    def dehydrate_email(self, enrolment):
        """Only where staff see it on the screen of the person, too."""
        person = enrolment.person
        is_seen = access.runs_site(self.user) or self._may_change(person, "E-mail")
        return person.email if is_seen else ""

    def before_export(self, queryset, **kwargs):
        self.own = self._own(enrolments__in=queryset.values("pk"))

    def export_field(self, field, instance, **kwargs):
        return as_text(super().export_field(field, instance, **kwargs))


def _lines(dataset, column):
    """The lines that each value of ``column`` stands in."""
    lines = defaultdict(list)
    for line, value in zip(dataset["Line"], dataset[column], strict=True):
        if value:
            lines[value.lower()].append(line)
    return dict(lines)


def _addresses(person):
    user = person.user.email if person.user else ""
    return {email.lower() for email in (person.email, user) if email}


def _are_same(column, value, now, person):
    if column == "E-mail":
        return value.lower() in _addresses(person)
    return value == now if column == "Name" else value.lower() == now.lower()


def _label(column, value):
    is_status = column == "Status" and value
    return str(Enrolment.Status(value).label) if is_status else str(value)


def _kind(is_new, before, row):
    if is_new:
        return Kind.NEW
    after = row.get("Status", before)
    if before != after and DROPPED in (before, after):
        return Kind.BACK if before == DROPPED else Kind.DROPPED
    return Kind.CHANGED if row["Changes"] else Kind.SAME
