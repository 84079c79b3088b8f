"""What lists of what students do can be narrowed by."""

from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django_filters import BooleanFilter, CharFilter, ChoiceFilter

from courses.filters import CourseSlugFilter, KeyFilter
from references.rest.filtering import MomentFilter, RowFilter

from .models import (
    Delivery,
    Extension,
    Gallery,
    Grade,
    Publication,
    Slot,
    Submission,
    Team,
)


class GalleryFilter(RowFilter):
    course = CourseSlugFilter()
    session = KeyFilter("session")
    search = CharFilter(label=_("Words of the name."), method="with_words")

    class Meta:
        model = Gallery
        fields = []

    def with_words(self, galleries, name, value):
        for word in value.split()[:10]:
            galleries = galleries.filter(name__icontains=word)
        return galleries


class ProjectFilter(RowFilter):
    course = CourseSlugFilter("gallery__course")
    gallery = KeyFilter("gallery")
    state = ChoiceFilter(choices=Publication.State.choices)
    has_award = BooleanFilter(method="awarded")
    search = CharFilter(label=_("Words of title or abstract."), method="with_words")

    comes_out = ("embargo_until",)

    class Meta:
        model = Publication
        fields = []

    def awarded(self, publications, name, has_award):
        without = Q(award="")
        return publications.filter(~without if has_award else without)

    def with_words(self, publications, name, value):
        for word in value.split()[:10]:
            known = Q(title__icontains=word) | Q(abstract__icontains=word)
            publications = publications.filter(known)
        return publications


class TeamFilter(RowFilter):
    course = CourseSlugFilter()
    assignment = KeyFilter("assignment")
    search = CharFilter(label=_("Words of the name."), method="with_words")

    class Meta:
        model = Team
        fields = []

    def with_words(self, teams, name, value):
        for word in value.split()[:10]:
            teams = teams.filter(name__icontains=word)
        return teams


class DeliveryFilter(RowFilter):
    course = CourseSlugFilter("team__course")
    assignment = KeyFilter("team__assignment")
    team = KeyFilter("team")
    received_after = MomentFilter(field_name="received_at", lookup_expr="gt")
    received_before = MomentFilter(field_name="received_at", lookup_expr="lt")

    class Meta:
        model = Delivery
        fields = []


class SubmissionFilter(RowFilter):
    course = CourseSlugFilter("team__course")
    assignment = KeyFilter("slot__assignment")
    team = KeyFilter("team")
    delivery = KeyFilter("delivery")
    slot = KeyFilter("slot")
    kind = ChoiceFilter(field_name="slot__kind", choices=Slot.Kind.choices)
    received_after = MomentFilter(field_name="delivery__received_at", lookup_expr="gt")
    received_before = MomentFilter(field_name="delivery__received_at", lookup_expr="lt")

    class Meta:
        model = Submission
        fields = []


class ExtensionFilter(RowFilter):
    course = CourseSlugFilter("assignment__course")
    assignment = KeyFilter("assignment")
    team = KeyFilter("team")

    class Meta:
        model = Extension
        fields = []


class GradeFilter(RowFilter):
    course = CourseSlugFilter("team__course")
    assignment = KeyFilter("team__assignment")
    team = KeyFilter("team")
    is_released = BooleanFilter(
        field_name="released_at", lookup_expr="isnull", exclude=True
    )

    class Meta:
        model = Grade
        fields = []
