"""What can be written of what students do."""

from collections import defaultdict
from operator import attrgetter

from django.core.exceptions import ValidationError
from django.db.models import CharField, Value
from django.db.models.functions import Cast, Concat
from django.utils import timezone
from django.utils.translation import gettext as _
from rest_framework import serializers

from courses.bodies import AssignmentBody as AssignmentOfCourseBody
from courses.bodies import CourseBySlug
from courses.models import Assignment, Session
from references.rest.bodies import (
    LARGEST_ID,
    LARGEST_SMALL,
    UNIQUE,
    PartBody,
    RowBody,
    RowById,
    Strict,
    Text,
    WebAddress,
    Whole,
    YesOrNo,
    put_rows,
)

from .models import Extension, Gallery, Grade, Publication, PublishedLink, Slot, Team

MOST_PARTS = 200
NAMES = ["kind", "label"]  # of slots: they tell them apart
SETTLED = ["kind", "takes"]  # of slots where work was received


# Parts that have an id


class NumberedParts(serializers.ListSerializer):
    def to_internal_value(self, data):
        found = super().to_internal_value(data)
        ids = [each["id"] for each in found if "id" in each]
        if len(ids) > len(set(ids)):
            raise serializers.ValidationError(_("One stands here twice."), UNIQUE)
        return found


class NumberedBody(PartBody):
    id = Whole(
        required=False,
        min_value=1,
        max_value=LARGEST_ID,
        help_text="Which of those that are there it is; without it one that is called "
        "the same, else a new one. Those that are not listed go.",
    )
    position = Whole(
        required=False,
        min_value=0,
        max_value=LARGEST_SMALL,
        help_text="Without it, or with 0, that in the list.",
    )

    class Meta:
        list_serializer_class = NumberedParts


def _identify(wanted, stored, names):
    """Give the pk of one of ``stored`` to each of ``wanted``, parts not saved that have
    none, if the same fields ``names`` say the same of it."""
    free = defaultdict(list)
    taken = {part.pk for part in wanted}
    for part in stored:
        if part.pk not in taken:
            free[_called(part, names)].append(part.pk)
    for part in wanted:
        same = free[_called(part, names)]
        if part.pk is None and same:
            part.pk = same.pop(0)


def _called(part, names):
    return tuple(getattr(part, name) for name in names)


def _errors_of(field, wanted, stored, owner):
    """What speaks against ``wanted``, the parts ``field`` of a row, their ``owner``,
    which shall take the place of ``stored``, as {path: words}; but for constraints, of
    which each would be a query."""
    errors = {}
    known = {part.pk for part in stored}
    for place, part in enumerate(wanted):
        where = f"{field}.{place}"
        if part.pk and part.pk not in known:
            errors[f"{where}.id"] = _("There is no such one here.")
        try:
            part.clean_fields([owner, "file"])
        except ValidationError as error:
            for name, words in error.message_dict.items():
                errors[f"{where}.{'address' if name == 'url' else name}"] = words
    return errors


# Assignments


class SlotBody(NumberedBody):
    kind = serializers.ChoiceField(Slot.Kind.choices, required=False)
    label = Text(
        max_length=60, required=False, allow_blank=True, help_text="Empty: the kind."
    )
    takes = serializers.ChoiceField(Slot.Takes.choices, required=False)
    formats = Text(
        max_length=100,
        required=False,
        allow_blank=True,
        help_text="Endings with spaces between; empty: any. Without it: pdf.",
    )
    max_size_mb = Whole(
        required=False,
        min_value=1,
        max_value=2000,
        help_text="In MB, that is 1,000,000 bytes.",
    )
    is_required = YesOrNo(required=False)


class AssignmentBody(AssignmentOfCourseBody):
    slots = SlotBody(
        many=True,
        required=False,
        max_length=MOST_PARTS,
        help_text="What is handed in. Where work was received, kind and what it takes "
        "stay.",
    )

    class Meta(AssignmentOfCourseBody.Meta):
        fields = [*AssignmentOfCourseBody.Meta.fields, "slots"]

    example = {
        "course": "dl-2026",
        "title": "Project report",
        "due_at": "2030-12-04T23:59:00+01:00",
        "reason": "The last class moved.",
        "slots": [{"kind": "report", "formats": "pdf", "max_size_mb": 20}],
    }

    def check(self, row, values, before=None):
        super().check(row, values, before)
        if "slots" not in values:
            return
        stored, wanted = _slots(row, values["slots"])
        errors = _errors_of("slots", wanted, stored, "assignment")
        names = [(slot.kind, slot.label) for slot in wanted]
        if len(names) > len(set(names)):
            errors["slots"] = _("Give slots of one kind different labels.")
        places = {slot.pk: place for place, slot in enumerate(wanted)}
        received = Slot.objects.filter(
            pk__in=[slot.pk for slot in stored], submissions__isnull=False
        )
        for slot in received.distinct():
            place = places.get(slot.pk)
            if place is None:
                errors["slots"] = _("Work was received in “%s”: it stays.") % slot
            elif _called(slot, SETTLED) != _called(wanted[place], SETTLED):
                said = _("Work was received here: kind and what it takes stay.")
                errors[f"slots.{place}"] = said
        if errors:
            raise ValidationError(errors)

    def put_parts(self, row, values):
        if "slots" not in values:
            return set()
        stored, wanted = _slots(row, values["slots"])
        new = {slot.pk: slot for slot in wanted}
        renamed = [
            slot.pk
            for slot in stored
            if slot.pk in new and _called(slot, NAMES) != _called(new[slot.pk], NAMES)
        ]
        # They may swap names: until they have them, each has one of its own.
        unlike = Concat(Value("~"), Cast("pk", CharField()))
        row.slots.filter(pk__in=renamed).update(label=unlike)
        fields = [*NAMES, "takes", "formats", "max_size_mb", "is_required"]
        return (
            {"slots"} if put_rows(stored, wanted, attrgetter("pk"), fields) else set()
        )


def _slots(assignment, said):
    """The slots that ``assignment`` has, and those of ``said``, not saved."""
    stored = list(assignment.slots.all()) if assignment.pk else []
    wanted = [Slot(assignment=assignment, **each) for each in said]
    _identify(wanted, stored, NAMES)
    return stored, wanted


# Galleries and their projects


class GalleryBody(RowBody):
    course = CourseBySlug()
    session = RowById(
        Session,
        required=False,
        allow_null=True,
        help_text="The id of the session whose page shows it.",
    )
    assignment = RowById(Assignment, required=False, allow_null=True)

    class Meta:
        model = Gallery
        fields = [
            *("course", "name", "slug", "position", "session", "assignment", "intro"),
            *("state", "attestation"),
        ]
        extra_kwargs = {
            "attestation": {
                "help_text": "Why this work may be shown, if it was public before it "
                "came. Who writes it attests it.",
            },
        }

    example = {
        "course": "dl-2026",
        "name": "Second projects",
        "slug": "second-projects",
        "state": "public",
    }
    chosen_once = ["course"]
    kept = ["position", "attestation"]

    def validate(self, said):
        words = said.get("attestation")
        held = self.instance.attestation if self.instance else ""
        if words is not None and words != held:
            user = self.context["request"].user
            said["attested_by"] = user if words else None
            said["attested_at"] = timezone.now() if words else None
        return said


class PublishedLinkBody(NumberedBody):
    kind = serializers.ChoiceField(PublishedLink.Kind.choices, required=False)
    label = Text(max_length=300, required=False, allow_blank=True)
    format = Text(max_length=20, required=False, allow_blank=True)
    address = WebAddress(
        source="url",
        max_length=2000,
        required=False,
        allow_blank=True,
        help_text="Where it is, if it is no file here.",
    )
    printed_address = Text(
        max_length=2000,
        required=False,
        allow_blank=True,
        help_text="What an imported page printed and leads nowhere. Staff see it.",
    )


class ProjectBody(RowBody):
    gallery = RowById(Gallery, help_text="The id of its gallery.")
    team = RowById(Team, help_text="The id of the team that made it.")
    links = PublishedLinkBody(many=True, required=False, max_length=MOST_PARTS)

    class Meta:
        model = Publication
        fields = [
            *("gallery", "team", "number", "title", "abstract", "links", "award"),
            *("state", "embargo_until"),
        ]
        extra_kwargs = {
            "embargo_until": {"help_text": "Only staff see it before."},
        }

    example = {
        "gallery": 3,
        "team": 17,
        "number": 24,
        "title": "Pruning before training",
        "abstract": "What is left of a network when most of it never was.",
        "links": [{"kind": "report", "address": "https://example.org/9.pdf"}],
    }

    def check(self, row, values, before=None):
        stored, wanted = _links(row, values.get("links", ()))
        errors = _errors_of("links", wanted, stored, "publication")
        for place, link in enumerate(wanted):
            if sum(map(bool, (link.file, link.url, link.printed_address))) > 1:
                said = _("Give one of file, address and printed address.")
                errors[f"links.{place}"] = said
        if errors:
            raise ValidationError(errors)

    def put_parts(self, row, values):
        if "links" not in values:
            return set()
        stored, wanted = _links(row, values["links"])
        fields = ["kind", "label", "format", "url", "printed_address"]
        return (
            {"links"} if put_rows(stored, wanted, attrgetter("pk"), fields) else set()
        )


def _links(publication, said):
    """The links that ``publication`` has, and those of ``said``, not saved: with what
    they have that no answer shows."""
    stored = list(publication.links.all()) if publication.pk else []
    wanted = [PublishedLink(publication=publication, **each) for each in said]
    _identify(wanted, stored, ["kind", "label", "url"])
    known = {link.pk: link for link in stored}
    for link, each in zip(wanted, said, strict=True):
        if before := known.get(link.pk):
            link.file = before.file
            if "printed_address" not in each and not link.url:
                link.printed_address = before.printed_address
    return stored, wanted


# More time, and marks


class ExtensionBody(RowBody):
    assignment = RowById(Assignment, help_text="The id of its assignment.")
    team = RowById(
        Team,
        required=False,
        allow_null=True,
        help_text="The id of the team; without it for every team.",
    )

    class Meta:
        model = Extension
        fields = ["assignment", "team", "until", "reason"]

    example = {
        "assignment": 5,
        "until": "2030-12-04T23:59:00+01:00",
        "reason": "The cluster was down for a day.",
    }

    def save_row(self, row):
        row.given_by = self.context["request"].user
        row.save()


class TeamToGrade(RowById):
    def __init__(self, **kwargs):
        super().__init__(Team, **kwargs)

    def look_up(self, rows, values):
        return super().look_up(rows.select_related("assignment"), values)


class GradeBody(RowBody):
    team = TeamToGrade(help_text="The id of the team.")

    class Meta:
        model = Grade
        fields = ["team", "points", "feedback", "change_reason"]

    example = {"team": 17, "points": 8.5, "feedback": "A clear proof of **Lemma 2**."}
    chosen_once = ["team"]

    def save_row(self, row):
        row.award(row.points, row.feedback, self.context["request"].user)


class ReleaseBody(Strict, serializers.Serializer):
    """Which marks are shown to their teams."""

    assignment = RowById(Assignment, help_text="The id of the assignment.")
