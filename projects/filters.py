"""What lists of what students do can be narrowed by."""

from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django_filters import BooleanFilter, CharFilter, ChoiceFilter

from courses.filters import CourseSlugFilter, KeyFilter
from references.rest.filtering import RowFilter

from .models import Gallery, Publication


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
