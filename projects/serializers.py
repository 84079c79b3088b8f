"""What students do as JSON: what is shown of it to all, and what is for them and staff.

No answer has a student number or an e-mail address. People are named as pages name
them; those of a published project as they agreed.
"""

from django.db.models import OuterRef, Subquery
from django.urls import reverse
from django.utils.translation import gettext as _
from rest_framework import serializers

from courses.models import Person
from courses.serializers import CourseSlugField
from references.rest.parts import Parts, PartSerializer
from references.rest.rows import RowSerializer

from . import showcase
from .models import (
    Delivery,
    Extension,
    Gallery,
    Grade,
    Presentation,
    Publication,
    PublishedLink,
    RosterEntry,
    Slot,
    Submission,
    Team,
)

# What everybody may see


class PublishedLinkSerializer(PartSerializer):
    """A result of a project: a file, an address, or nothing that can be had."""

    id = serializers.IntegerField()
    kind = serializers.ChoiceField(PublishedLink.Kind.choices)
    label = serializers.CharField(max_length=300, allow_blank=True)
    format = serializers.CharField(max_length=20, allow_blank=True)
    position = serializers.IntegerField(min_value=0)
    address = serializers.URLField(
        allow_blank=True, help_text="Where it is; empty where it is not available."
    )


class ProjectSerializer(RowSerializer):
    """What a team made, as far as it agreed that all may see it."""

    course = serializers.SlugField(source="gallery.course.slug", read_only=True)
    gallery_slug = serializers.SlugField(source="gallery.slug", read_only=True)
    heading = serializers.SerializerMethodField(
        help_text="Its title; without one its members, or its team."
    )
    members = serializers.ListField(
        child=serializers.CharField(),
        read_only=True,
        help_text="Names as their owners agreed, in the order printed.",
    )
    links = serializers.SerializerMethodField()
    team = serializers.SerializerMethodField(
        help_text="The id of the team that made it. Staff see it."
    )
    embargo_until = serializers.SerializerMethodField(help_text="Staff see it.")

    class Meta:
        model = Publication
        fields = [
            *("id", "url", "html_url", "course", "gallery", "gallery_slug", "team"),
            *("number", "title", "heading", "abstract", "abstract_html", "members"),
            *("links", "award", "state", "embargo_until", "created_at", "updated_at"),
        ]

    @staticmethod
    def load(publications):
        """The queryset ``publications`` with what their answers show."""
        return publications.with_members_and_links()

    def path(self, publication):
        return f"projects/{publication.pk}"

    def get_heading(self, publication) -> str:
        heading = publication.title or publication.members_line
        return heading or str(publication.team)

    def get_links(self, publication) -> PublishedLinkSerializer(many=True):
        return [
            {
                "id": link.pk,
                "kind": link.kind,
                "label": link.label,
                "format": link.format,
                "position": link.position,
                "address": self.address(link),
            }
            for link in showcase.entry(publication).links
        ]

    def address(self, link):
        address = link.get_absolute_url()
        return self.site + address[1:] if link.file_id else address

    def get_team(self, publication) -> int | None:
        return publication.team_id if publication.is_run else None

    def get_embargo_until(self, publication) -> serializers.DateTimeField(
        allow_null=True
    ):
        shown = serializers.DateTimeField().to_representation
        until = publication.is_run and publication.embargo_until
        return shown(until) if until else None


class GallerySerializer(RowSerializer):
    """Finished student projects shown together."""

    course = CourseSlugField()
    assignment = serializers.IntegerField(
        source="open_assignment", read_only=True, allow_null=True
    )
    attestation = serializers.SerializerMethodField(
        help_text="Why work may be shown that was public before it came: to staff."
    )

    nests = {"projects": ProjectSerializer}

    class Meta:
        model = Gallery
        fields = [
            *("id", "url", "html_url", "course", "name", "slug", "position"),
            *("session", "assignment", "intro", "intro_html", "state", "attestation"),
            *("created_at", "updated_at"),
        ]

    @staticmethod
    def load(galleries):
        """The queryset ``galleries`` with what their answers show."""
        return galleries.select_related("course")

    def path(self, gallery):
        return f"galleries/{gallery.pk}"

    def get_attestation(self, gallery) -> str | None:
        return gallery.attestation if gallery.is_run else None


class PresentationSerializer(serializers.ModelSerializer):
    """Students who present in a session: names as printed, else their team."""

    members = serializers.ListField(child=serializers.CharField(), read_only=True)
    team = serializers.SerializerMethodField(
        help_text="What the team is called; empty where members are named."
    )

    class Meta:
        model = Presentation
        fields = ["id", "position", "title", "members", "team"]

    def get_team(self, presentation) -> str:
        if presentation.members or not presentation.team:
            return ""
        return str(presentation.team)


# What is for those it concerns, and for staff


class PrivateSerializer(RowSerializer):
    """A row that has one page for who hands in, and a screen for staff."""

    created_at = serializers.DateTimeField(read_only=True)
    updated_at = serializers.DateTimeField(read_only=True)

    def get_html_url(self, row) -> str | None:
        if row.is_run:
            name = f"admin:{row._meta.app_label}_{row._meta.model_name}_change"
            address = reverse(name, args=[row.pk])
        else:
            address = self.page(row)
        return address and self.site + address[1:]

    def page(self, row):
        """The address of the page that shows ``row`` to students; None without one."""
        return reverse("projects:hand_in", args=[self.assignment_of(row)])

    def assignment_of(self, row):
        """The pk of the assignment that ``row`` belongs to."""
        return row.assignment_id


class MemberSerializer(PartSerializer):
    """Someone in a team. Without ``joined_at`` the beginning is not known."""

    name = serializers.CharField(max_length=200)
    person = serializers.SlugField(
        allow_null=True, help_text="The slug of who has a page here as well."
    )
    joined_at = serializers.DateTimeField(allow_null=True)
    left_at = serializers.DateTimeField(allow_null=True)


class TeamSerializer(PrivateSerializer):
    """Who works together, perhaps alone. Its members see who is in it now, staff who
    was as well, and who left it that they did."""

    course = CourseSlugField()
    members = serializers.SerializerMethodField()
    joining_code = serializers.SerializerMethodField(
        help_text="Whoever has it can join: its members see it."
    )

    class Meta:
        model = Team
        fields = [
            *("id", "url", "html_url", "course", "assignment", "number", "name"),
            *("members", "joining_code", "created_at", "updated_at"),
        ]

    @staticmethod
    def load(teams):
        """The queryset ``teams`` with what their answers show."""
        return teams.select_related("course")

    def path(self, team):
        return f"teams/{team.pk}"

    def page(self, team):
        if not team.has_page:
            return None
        return reverse("projects:team", args=[team.assignment_id])

    def get_members(self, team) -> MemberSerializer(many=True):
        shown = serializers.DateTimeField().to_representation
        return [
            {
                "name": str(each),
                "person": each.person.slug if each.is_public else None,
                "joined_at": each.joined_at and shown(each.joined_at),
                "left_at": each.left_at and shown(each.left_at),
            }
            for each in team.shown
        ]

    def get_joining_code(self, team) -> str | None:
        return team.joining_code if team.has_page else None


class SubmittedFileSerializer(PartSerializer):
    """What was measured of a file when it came; without a name it was erased since."""

    name = serializers.CharField(max_length=255, allow_blank=True)
    size_bytes = serializers.IntegerField(min_value=0)
    content_type = serializers.CharField(max_length=100)
    sha256 = serializers.CharField(min_length=64, max_length=64)


class LatenessSerializer(PrivateSerializer):
    """What was received, which is never changed: it is on time, or so late."""

    course = serializers.SlugField(source="team.course.slug", read_only=True)
    assignment = serializers.IntegerField(source="team.assignment_id", read_only=True)
    received_at = serializers.DateTimeField(read_only=True)
    created_at = serializers.DateTimeField(source="received_at", read_only=True)
    updated_at = serializers.DateTimeField(source="received_at", read_only=True)
    is_on_time = serializers.SerializerMethodField()
    late_by_seconds = serializers.SerializerMethodField(
        help_text="Counted from when it was due; null for on time."
    )

    def get_html_url(self, row) -> str:
        return self.site + reverse("projects:receipt", args=[self.receipt(row)])[1:]

    def get_is_on_time(self, row) -> bool:
        return row.late_by is None

    def get_late_by_seconds(self, row) -> int | None:
        return row.late_by and int(row.late_by.total_seconds())


class SubmissionSerializer(LatenessSerializer):
    """A file or a link in a slot. What counts follows from what was received and chosen
    until now; who left the team is not told."""

    kind = serializers.ChoiceField(
        Slot.Kind.choices, source="slot.kind", read_only=True
    )
    label = serializers.CharField(source="slot.label", read_only=True)
    file = serializers.SerializerMethodField()
    address = serializers.SerializerMethodField(
        help_text="The link, or where the bytes of the file are, with a token."
    )
    warnings = serializers.ListField(child=serializers.CharField(), read_only=True)
    counts = serializers.SerializerMethodField()
    why = serializers.SerializerMethodField(help_text="Why it counts, or does not.")

    class Meta:
        model = Submission
        fields = [
            *("id", "url", "html_url", "course", "assignment", "team", "delivery"),
            *("slot", "kind", "label", "number", "file", "address"),
            *("opens_signed_out", "warnings", "received_at", "is_on_time"),
            *("late_by_seconds", "counts", "why", "created_at", "updated_at"),
        ]

    @staticmethod
    def load(submissions):
        """The queryset ``submissions`` with what their answers show."""
        return submissions.select_related(
            "delivery", "team__course", "team__assignment", "slot", "file"
        )

    def path(self, submission):
        return f"submissions/{submission.pk}"

    def receipt(self, submission):
        return submission.delivery_id

    def get_file(self, submission) -> SubmittedFileSerializer(allow_null=True):
        file = submission.file
        return file and {
            "name": file.original_name,
            "size_bytes": file.size_bytes,
            "content_type": file.content_type,
            "sha256": file.sha256,
        }

    def get_address(self, submission) -> str:
        if submission.url:
            return submission.url
        return f"{self.site}api/v1/{self.path(submission)}/file/"

    def get_counts(self, submission) -> bool | None:
        return submission.standing.counts if submission.is_followed else None

    def get_why(self, submission) -> str | None:
        return submission.standing.why if submission.is_followed else None


class DeliverySerializer(LatenessSerializer):
    """One act of handing in: what came together, by whom, and who was in the team."""

    by = serializers.SerializerMethodField(help_text="The name of who sent it.")
    on_behalf = serializers.CharField(
        read_only=True, help_text="Why staff sent it, for the team."
    )
    roster = serializers.SerializerMethodField(
        help_text="The names of who was in the team then."
    )
    submissions = SubmissionSerializer(many=True, source="received", read_only=True)

    class Meta:
        model = Delivery
        fields = [
            *("id", "url", "html_url", "course", "assignment", "team", "received_at"),
            *("by", "on_behalf", "roster", "is_on_time", "late_by_seconds"),
            *("submissions", "created_at", "updated_at"),
        ]

    @staticmethod
    def load(deliveries):
        """The queryset ``deliveries`` with what their answers show."""
        roster = RosterEntry.objects.filter(delivery=OuterRef("pk"))
        sender = Person.objects.filter(user=OuterRef("by"))
        return deliveries.select_related("team__course", "team__assignment").annotate(
            roster_json=Parts(roster.order_by("pk"), name="name"),
            sender=Subquery(sender.values("name")[:1]),
        )

    def path(self, delivery):
        return f"deliveries/{delivery.pk}"

    def receipt(self, delivery):
        return delivery.pk

    def get_by(self, delivery) -> str:
        return delivery.sender or _("staff")

    def get_roster(self, delivery) -> list[str]:
        return [entry["name"] for entry in delivery.roster_json]


class ExtensionSerializer(PrivateSerializer):
    """More time, until an instant: for a team, or without one for all."""

    course = serializers.SlugField(source="assignment.course.slug", read_only=True)

    class Meta:
        model = Extension
        fields = [
            *("id", "url", "html_url", "course", "assignment", "team", "until"),
            *("reason", "given_at", "revoked_at", "created_at", "updated_at"),
        ]

    @staticmethod
    def load(extensions):
        """The queryset ``extensions`` with what their answers show."""
        return extensions.select_related("assignment__course")

    def path(self, extension):
        return f"extensions/{extension.pk}"


class ReleasedSerializer(serializers.Serializer):
    """What a release did."""

    released = serializers.IntegerField(
        min_value=0, help_text="How many marks their teams did not see before."
    )


class GradeSerializer(PrivateSerializer):
    """The mark of a team: its members see it once it is released."""

    course = serializers.SlugField(source="team.course.slug", read_only=True)
    assignment = serializers.IntegerField(source="team.assignment_id", read_only=True)
    points = serializers.FloatField(read_only=True, allow_null=True)
    max_points = serializers.IntegerField(
        source="team.assignment.max_points", read_only=True
    )

    class Meta:
        model = Grade
        fields = [
            *("id", "url", "html_url", "course", "assignment", "team", "points"),
            *("max_points", "feedback", "feedback_html", "released_at", "revised_at"),
            *("created_at", "updated_at"),
        ]

    @staticmethod
    def load(grades):
        """The queryset ``grades`` with what their answers show."""
        return grades.select_related("team__course", "team__assignment")

    def path(self, grade):
        return f"grades/{grade.pk}"

    def assignment_of(self, grade):
        return grade.team.assignment_id
