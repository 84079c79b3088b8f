"""What students do as JSON: what is shown of it to all, and what is for them and staff.

No answer has a student number or an e-mail address. People are named as pages name
them; those of a published project as they agreed.
"""

from rest_framework import serializers

from courses.serializers import CourseSlugField
from references.rest.parts import PartSerializer
from references.rest.rows import RowSerializer

from . import showcase
from .models import Gallery, Presentation, Publication, PublishedLink

# What everybody may see


class PublishedLinkSerializer(PartSerializer):
    """A result of a project: a file, an address, or nothing that can be had."""

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
    embargo_until = serializers.SerializerMethodField(help_text="Staff see it.")

    class Meta:
        model = Publication
        fields = [
            *("id", "url", "html_url", "course", "gallery", "gallery_slug", "number"),
            *("title", "heading", "abstract", "abstract_html", "members", "links"),
            *("award", "state", "embargo_until", "created_at", "updated_at"),
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

    def get_embargo_until(self, publication) -> serializers.DateTimeField(
        allow_null=True
    ):
        shown = self.fields["created_at"].to_representation
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
