"""What students do, for programs."""

from django.contrib import admin
from django.contrib.admin.models import CHANGE
from django.db.models import Case, F, Max, Min, OuterRef, Q, Subquery, When
from django.db.models.functions import Coalesce, Greatest
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import (
    OpenApiExample,
    OpenApiParameter,
    OpenApiResponse,
    extend_schema,
)
from rest_framework import status
from rest_framework.decorators import action
from rest_framework.exceptions import NotAuthenticated, PermissionDenied
from rest_framework.parsers import MultiPartParser
from rest_framework.response import Response

from courses import access, files
from courses.api import (
    DATES,
    FILE,
    FILE_EXAMPLE,
    INSTRUCTORS,
    AssignmentViewSet,
    SessionViewSet,
    uploaded,
)
from courses.serializers import SessionSerializer
from references.rest import bodies
from references.rest.conditions import check, etag_of
from references.rest.problems import Conflict
from references.rest.rows import RowViewSet
from references.rest.writing import Writes, at_once

from . import grading, nesting
from .bodies import (
    AssignmentBody,
    ExtensionBody,
    GalleryBody,
    GradeBody,
    ProjectBody,
    ReleaseBody,
)
from .filters import (
    DeliveryFilter,
    ExtensionFilter,
    GalleryFilter,
    GradeFilter,
    ProjectFilter,
    SubmissionFilter,
    TeamFilter,
)
from .models import (
    Delivery,
    Extension,
    Gallery,
    Grade,
    Membership,
    Publication,
    Submission,
    Team,
)
from .serializers import (
    DeliverySerializer,
    ExtensionSerializer,
    GallerySerializer,
    GradeSerializer,
    PresentationSerializer,
    ProjectSerializer,
    ReleasedSerializer,
    SubmissionSerializer,
    TeamSerializer,
)
from .views import never_kept

NOT_TO_RELEASE = gettext_lazy(
    "You may not release marks here: instructors of the course do."
)

# What sessions and assignments have of this app, which courses knows nothing of.
SessionViewSet.expansions |= {"presentations": nesting.presentations}
SessionSerializer.nests |= {"presentations": PresentationSerializer}
AssignmentViewSet.body_class = AssignmentBody


@never_kept
class GalleryViewSet(Writes, RowViewSet):
    """Galleries of finished projects, in the order of their pages."""

    queryset = Gallery.objects.all()
    serializer_class = GallerySerializer
    body_class = GalleryBody
    who = dict.fromkeys("ad", INSTRUCTORS)
    filterset_class = GalleryFilter
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
class ProjectViewSet(Writes, RowViewSet):
    """Published projects, in the order of their galleries. What was agreed may be
    withdrawn at any time: keep no copy without asking again."""

    queryset = Publication.objects.all()
    serializer_class = ProjectSerializer
    body_class = ProjectBody
    who = {"d": INSTRUCTORS}
    filterset_class = ProjectFilter
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

    @extend_schema(
        parameters=[
            OpenApiParameter(
                "link",
                OpenApiTypes.INT,
                OpenApiParameter.PATH,
                description="The id of one of its links.",
            ),
        ],
        request={"multipart/form-data": FILE},
        responses=ProjectSerializer,
        examples=[FILE_EXAMPLE],
    )
    @action(
        detail=True,
        methods=["post"],
        url_path="links/(?P<link>[0-9]{1,10})/file",
        parser_classes=[MultiPartParser],
    )
    def file(self, request, pk, link):
        """Give a link a file, which takes the place of the one there was."""
        publication = self.get_object()
        self.permit("c", publication)
        get_object_or_404(publication.links, pk=link)
        upload = uploaded(request)  # however slowly it comes, no row waits for it
        with at_once():
            publication = self.locked()
            self.permit("c", publication)
            check(request, etag_of(self.plain(publication)), is_needed=False)
            link = get_object_or_404(publication.links, pk=link)
            if link.url or link.printed_address:
                raise Conflict({"file": [_("Give a file or an address, not both.")]})
            link.put_file(upload, upload.name, by=request.user)
            link.save()
            words = _("Changed: %s.") % "links"
            self.note([publication], CHANGE, words, self.reason({}))
            return self.answer(publication.pk, status.HTTP_200_OK)


@never_kept
class PrivateViewSet(RowViewSet):
    """Rows for those they concern, and for staff: without a token nobody learns whether
    there is one."""

    course = "team__course"  # the path to it

    def check_permissions(self, request):
        super().check_permissions(request)
        if not request.user.is_authenticated:
            raise NotAuthenticated

    def get_authenticate_header(self, request):
        return super().get_authenticate_header(request) or "Bearer"

    def rows(self, rows):
        is_run = nesting.run_by(self.request.user, self.course)
        return super().rows(rows).annotate(is_run=is_run)


class TeamViewSet(PrivateViewSet):
    """Teams that you are or were in, and those of courses that you run. Students form
    them on the site."""

    queryset = Team.objects.all()
    serializer_class = TeamSerializer
    filterset_class = TeamFilter
    course = "course"
    orderings = {"course": F("course__slug"), "number": F("number"), **DATES}
    usual_order = ["course__slug", "assignment", "number"]

    def rows(self, teams):
        user = self.request.user
        edited = _edits(Team, Max)
        joined = _edits(Membership, Max, "team")
        return (
            super()
            .rows(teams)
            .annotate(
                has_page=nesting.has_page(user),
                created_at=_edits(Team, Min),
                updated_at=Greatest(edited, Coalesce(joined, edited)),
            )
            .prefetch_related(nesting.members(user))
        )


def _edits(model, which, path="id"):
    """When a row of ``model``, or one that belongs to a row by ``path``, was edited for
    the first or the last time, as ``which`` says."""
    edits = model.history.filter(**{path: OuterRef("pk")}).order_by().values(path)
    return Subquery(edits.annotate(at=which("history_date")).values("at"))


class ReceivedViewSet(PrivateViewSet):
    """What was received: of your teams now, and what you handed in with those you left;
    all of courses that you run."""

    def rows(self, rows):
        user = self.request.user
        follows = Q(team__in=Team.objects.of(user)) | access.run_by(user, self.course)
        return super().rows(rows).annotate(is_followed=nesting.holds(follows))


class DeliveryViewSet(ReceivedViewSet):
    """Acts of handing in, the last one first, with what came: of your teams, and what
    you handed in with a team that you left; all of courses that you run."""

    queryset = Delivery.objects.all()
    serializer_class = DeliverySerializer
    filterset_class = DeliveryFilter
    orderings = {
        "course": F("team__course__slug"),
        "team": F("team"),
        "received_at": F("received_at"),
    }
    usual_order = ["-received_at"]

    def nest(self, deliveries):
        super().nest(deliveries)
        nesting.with_submissions(deliveries)


class SubmissionViewSet(ReceivedViewSet):
    """Files and links that were handed in, the last one first; see deliveries."""

    queryset = Submission.objects.all()
    serializer_class = SubmissionSerializer
    filterset_class = SubmissionFilter
    orderings = {
        "course": F("team__course__slug"),
        "team": F("team"),
        "slot": F("slot__position"),
        "number": F("number"),
        "received_at": F("delivery__received_at"),
    }
    usual_order = ["-delivery__received_at", "slot__position"]

    def nest(self, submissions):
        super().nest(submissions)
        nesting.with_standing(submissions, nesting.standings(submissions))

    def parameters(self):
        return [] if self.action == "file" else super().parameters()

    def shaping_parameters(self):
        return [] if self.action == "file" else super().shaping_parameters()

    def perform_content_negotiation(self, request, force=False):
        """Whatever a program accepts, a file is what it is."""
        force = force or self.action == "file"
        return super().perform_content_negotiation(request, force)

    @extend_schema(
        parameters=[],
        responses={
            (200, "application/octet-stream"): OpenApiResponse(
                OpenApiTypes.BINARY, "The bytes that were received."
            ),
            410: OpenApiResponse(description="It was erased."),
        },
    )
    @action(detail=True)
    def file(self, request, pk):
        """The bytes of a file that was handed in, as they came."""
        shown = Submission.objects.visible_to(request.user).select_related("file")
        submission = get_object_or_404(shown, pk=pk, file__isnull=False)
        stored = submission.file
        return files.serve(stored, stored.name, submission.get_absolute_url())


class ExtensionViewSet(Writes, PrivateViewSet):
    """More time that was given: to your teams now, or to all that hand in what you do;
    all that was given in courses that you run. It is never changed, but taken back."""

    http_method_names = ["get", "head", "options", "post"]
    queryset = Extension.objects.all()
    serializer_class = ExtensionSerializer
    body_class = ExtensionBody
    filterset_class = ExtensionFilter
    course = "assignment__course"
    orderings = {
        "course": F("assignment__course__slug"),
        "until": F("until"),
        "given_at": F("given_at"),
    }
    usual_order = ["assignment__course__slug", "assignment", "given_at"]

    def rows(self, extensions):
        last = Coalesce("revoked_at", "given_at")
        rows = super().rows(extensions)
        return rows.annotate(created_at=F("given_at"), updated_at=last)

    @extend_schema(request=None, responses=ExtensionSerializer)
    @action(detail=True, methods=["post"])
    @at_once()
    def revoke(self, request, pk):
        """Take it back: from now on it does not hold. The row stays."""
        extension = self.locked()
        self.permit("c", extension)
        check(request, etag_of(self.plain(extension)), is_needed=False)
        screen = admin.site.get_model_admin(Extension)
        screen.take_back(request, extension, self.reason({}))
        return self.answer(extension.pk, status.HTTP_200_OK)


class GradeViewSet(Writes, PrivateViewSet):
    """Marks: of your teams once they are released; all of courses that you run."""

    queryset = Grade.objects.all()
    serializer_class = GradeSerializer
    body_class = GradeBody
    who = {"d": INSTRUCTORS}
    filterset_class = GradeFilter
    orderings = {
        "course": F("team__course__slug"),
        "team": F("team"),
        "points": F("points"),
        "released_at": F("released_at"),
        **DATES,
    }
    usual_order = ["team__course__slug", "team__assignment", "team__number"]

    def rows(self, grades):
        return super().rows(grades).annotate(created_at=_edits(Grade, Min))

    @extend_schema(
        request=ReleaseBody,
        responses=ReleasedSerializer,
        examples=[
            OpenApiExample("Of one assignment", {"assignment": 5}, request_only=True),
            OpenApiExample("How many", {"released": 31}, response_only=True),
        ],
    )
    @action(detail=False, methods=["post"])
    def release(self, request):
        """Show all marks of an assignment to their teams, at one moment."""
        if not admin.site.may(request, "d", Grade):
            raise PermissionDenied(NOT_TO_RELEASE)
        context = {"request": request, "known": bodies.Known(request)}
        body = ReleaseBody(data=self.said(), context=context)
        if not body.is_valid():
            bodies.refuse(body.errors)
        assignment = body.validated_data["assignment"]
        if not grading.may_release(request.user, assignment):
            raise PermissionDenied(NOT_TO_RELEASE)
        count = grading.release(assignment, self.reason({}))
        return Response({"released": count})
