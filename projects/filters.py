"""What lists of what students do can be narrowed by."""

from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django_filters import BooleanFilter, ChoiceFilter

from courses.filters import CourseSlugFilter, KeyFilter
from references.rest.filtering import ContainsFilter, MomentFilter, RowFilter

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
    search = ContainsFilter("name__icontains", label=_("Words of the name."))

    class Meta:
        model = Gallery
        fields = []


class ProjectFilter(RowFilter):
    course = CourseSlugFilter("gallery__course")
    gallery = KeyFilter("gallery")
    state = ChoiceFilter(choices=Publication.State.choices)
    has_award = BooleanFilter(method="awarded")
    search = ContainsFilter(
        *("title__icontains", "abstract__icontains"),
        label=_("Words of title or abstract."),
    )

    class Meta:
        model = Publication
        fields = []

    def awarded(self, publications, name, has_award):
        without = Q(award="")
        return publications.filter(~without if has_award else without)


class TeamFilter(RowFilter):
    course = CourseSlugFilter()
    assignment = KeyFilter("assignment")
    search = ContainsFilter("name__icontains", label=_("Words of the name."))

    class Meta:
        model = Team
        fields = []


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
