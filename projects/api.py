"""What students do, for programs."""

from django.db.models import Case, F, When

from courses import access
from courses.api import DATES, SessionViewSet
from courses.serializers import SessionSerializer
from references.rest.rows import RowViewSet

from . import nesting
from .filters import GalleryFilter, ProjectFilter
from .models import Gallery, Publication
from .serializers import GallerySerializer, PresentationSerializer, ProjectSerializer
from .views import never_kept

ID = r"[0-9]{1,10}"

# What sessions have of this app, which courses knows nothing of.
SessionViewSet.expansions |= {"presentations": nesting.presentations}
SessionSerializer.nests |= {"presentations": PresentationSerializer}


@never_kept
class GalleryViewSet(RowViewSet):
    """Galleries of finished projects, in the order of their pages."""

    queryset = Gallery.objects.all()
    serializer_class = GallerySerializer
    filterset_class = GalleryFilter
    lookup_value_regex = ID
    expansions = {"projects": nesting.projects}
    orderings = {
        "course": F("course__slug"),
        "position": F("position"),
        "name": F("name"),
        **DATES,
    }
    usual_order = ["course__slug", "position"]

    def rows(self, galleries):
        user = self.request.user
        is_out = access.assignment(user, "assignment")
        return (
            super()
            .rows(galleries)
            .annotate(
                is_run=nesting.run_by(user),
                open_assignment=Case(When(is_out, then=F("assignment"))),
            )
        )


@never_kept
class ProjectViewSet(RowViewSet):
    """Published projects, in the order of their galleries. What was agreed may be
    withdrawn at any time: keep no copy without asking again."""

    queryset = Publication.objects.all()
    serializer_class = ProjectSerializer
    filterset_class = ProjectFilter
    lookup_value_regex = ID
    orderings = {
        "course": F("gallery__course__slug"),
        "gallery": F("gallery__position"),
        "number": F("number"),
        "title": F("title"),
        **DATES,
    }
    usual_order = ["gallery__course__slug", "gallery__position", "gallery", "number"]

    def rows(self, publications):
        is_run = nesting.run_by(self.request.user, "gallery__course")
        return super().rows(publications).annotate(is_run=is_run)
