"""Courses and what belongs to them, for programs."""

from django.conf import settings
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import F
from django.http import Http404
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import exceptions, status
from rest_framework.decorators import action
from rest_framework.parsers import MultiPartParser
from rest_framework.permissions import IsAuthenticated

from references.api import PaperViewSet
from references.rest.conditions import check, etag_of
from references.rest.problems import Conflict, TooLarge
from references.rest.rows import RowViewSet
from references.rest.writing import SHARED, Writes, at_once
from references.serializers import PaperSerializer

from . import access, nesting, uploads
from .bodies import (
    AnnouncementBody,
    AssignmentBody,
    CourseBody,
    EnrolmentBody,
    MaterialBody,
    PersonBody,
    ReadingBody,
    SessionBody,
    TalkBody,
)
from .filters import (
    AnnouncementFilter,
    AssignmentFilter,
    CourseFilter,
    EnrolmentFilter,
    MaterialFilter,
    PersonFilter,
    ReadingFilter,
    SessionFilter,
    TalkFilter,
)
from .models import (
    Announcement,
    Assignment,
    Course,
    Enrolment,
    Material,
    Person,
    Reading,
    Session,
    Talk,
)
from .serializers import (
    AnnouncementSerializer,
    AssignmentSerializer,
    CourseSerializer,
    EnrolmentSerializer,
    MaterialSerializer,
    PersonSerializer,
    ReadingSerializer,
    SessionSerializer,
    TalkSerializer,
)
from .tokens import TokenScope

FILE = {
    "type": "object",
    "required": ["file"],
    "properties": {
        "file": {"type": "string", "format": "binary", "description": "Its bytes."}
    },
    "additionalProperties": False,
}
FILE_EXAMPLE = OpenApiExample(
    "Slides",
    {"file": "slides.pdf"},
    request_only=True,
    media_type="multipart/form-data",
)
INSTRUCTORS = gettext_lazy("instructors of the course")
DATES = {"created_at": F("created_at"), "updated_at": F("updated_at")}

PaperViewSet.expansions["readings"] = nesting.where_read
PaperSerializer.nests["readings"] = ReadingSerializer


def uploaded(request):
    """The one file of the form that was sent, if it may be kept."""
    if request.data.keys() != {"file"} or not request.FILES:
        words = _("Send one file, as “file” of a form, and nothing else.")
        raise exceptions.ValidationError({"file": [words]})
    upload = request.FILES["file"]
    if upload.size > settings.MAX_UPLOAD_MB * 1_000_000:
        raise TooLarge(_("At most %d MB are taken.") % settings.MAX_UPLOAD_MB)
    try:
        uploads.check(upload)
    except ValidationError as error:
        raise exceptions.ValidationError({"file": error.messages}) from None
    return upload


class CourseViewSet(Writes, RowViewSet):
    """Courses and seminar series, the latest first."""

    queryset = Course.objects.all()
    serializer_class = CourseSerializer
    body_class = CourseBody
    natural_key = ["slug"]
    who = dict.fromkeys("ad", gettext_lazy("administrators"))
    filterset_class = CourseFilter
    lookup_field = "slug"
    lookup_value_regex = r"[-\w]{1,80}"
    expansions = {
        "announcements": nesting.announcements,
        "assignments": nesting.assignments,
        "materials": nesting.materials,
        "readings": nesting.readings,
    }
    orderings = {
        name: F(name)
        for name in ("starts_on", "ends_on", "code", "title", "slug", *DATES)
    }
    usual_order = [F("starts_on").desc(nulls_last=True), "code"]

    def rows(self, courses):
        return CourseSerializer.load(courses, self.request.user)


class SessionViewSet(Writes, RowViewSet):
    """Sessions of all courses, in the order of their schedules."""

    queryset = Session.objects.all()
    serializer_class = SessionSerializer
    body_class = SessionBody
    natural_key = ["course", "key"]
    filterset_class = SessionFilter
    expansions = {
        "talks": nesting.talks,
        "materials": nesting.materials,
        "readings": nesting.readings,
    }
    orderings = {
        "course": F("course__slug"),
        "position": F("position"),
        "date": F("date"),
        "starts_at": F("starts_at"),
        "title": F("title"),
        **DATES,
    }
    usual_order = ["course__slug", "position"]

    def get_object(self):
        named = {"course__slug": self.kwargs["course"], "key": self.kwargs["key"]}
        return get_object_or_404(self.get_queryset(), **named)

    def named(self):
        courses = Course.objects.visible_to(self.request.user)
        get_object_or_404(courses, slug=self.kwargs["course"])
        return super().named()


class TalkViewSet(Writes, RowViewSet):
    """Talks of all sessions; a speaker is named as printed that day."""

    queryset = Talk.objects.all()
    serializer_class = TalkSerializer
    body_class = TalkBody
    filterset_class = TalkFilter
    expansions = {"materials": nesting.materials, "readings": nesting.readings}
    orderings = {
        "course": F("session__course__slug"),
        "position": F("position"),
        "date": F("session__date"),
        "starts_at": F("session__starts_at"),
        "title": F("title"),
        **DATES,
    }
    usual_order = ["session__course__slug", "session__position", "position"]


class AnnouncementViewSet(Writes, RowViewSet):
    """News of courses, the newest first."""

    queryset = Announcement.objects.all()
    serializer_class = AnnouncementSerializer
    body_class = AnnouncementBody
    filterset_class = AnnouncementFilter
    orderings = {
        "course": F("course__slug"),
        "published_at": F("published_at"),
        "title": F("title"),
        **DATES,
    }
    usual_order = ["-published_at"]


class AssignmentViewSet(Writes, RowViewSet):
    """Homework and projects, by when they are due."""

    queryset = Assignment.objects.all()
    serializer_class = AssignmentSerializer
    body_class = AssignmentBody  # the app above adds slots
    filterset_class = AssignmentFilter
    expansions = {"materials": nesting.materials, "readings": nesting.readings}
    orderings = {
        "course": F("course__slug"),
        "number": F("number"),
        "opens_at": F("opens_at"),
        "due_at": F("due_at"),
        "title": F("title"),
        **DATES,
    }
    usual_order = ["course__slug", F("due_at").asc(nulls_last=True), "number"]

    def finalize_response(self, request, response, *args, **kwargs):
        response = super().finalize_response(request, response, *args, **kwargs)
        if "is_open" in request.query_params:  # no revision says that it ended
            response.may_be_kept = False
        return response


class MaterialViewSet(Writes, RowViewSet):
    """Slides, videos, notes, code and other materials."""

    queryset = Material.objects.all()
    serializer_class = MaterialSerializer
    body_class = MaterialBody
    filterset_class = MaterialFilter
    orderings = {
        "course": F("course__slug"),
        "position": F("position"),
        "kind": F("kind"),
        **DATES,
    }
    usual_order = ["course__slug", "session__position", "position"]

    @extend_schema(
        request={"multipart/form-data": FILE},
        examples=[FILE_EXAMPLE],
        responses=MaterialSerializer,
        summary="Put its file",
        description="A file takes the place of the one there was, which is kept, under "
        "the same address; what was promised or missing is available then.",
    )
    @action(detail=True, methods=["post"], parser_classes=[MultiPartParser])
    def file(self, request, pk):
        self.permit("c", self.get_object())
        upload = uploaded(request)  # however slowly it comes, no row waits for it
        with at_once():
            material = self.locked()
            self.permit("c", material)
            check(request, etag_of(self.plain(material)), is_needed=False)
            if material.url:
                raise Conflict({"file": [_("Give a file or an address, not both.")]})
            material.put_file(upload, upload.name, by=request.user)
            material._change_reason = self.reason({})
            material.save()
            return self.answer(material.pk, status.HTTP_200_OK)


class ReadingViewSet(Writes, RowViewSet):
    """What courses read: papers, and texts that are none."""

    queryset = Reading.objects.all()
    serializer_class = ReadingSerializer
    body_class = ReadingBody
    filterset_class = ReadingFilter
    orderings = {
        "course": F("course__slug"),
        "position": F("position"),
        "role": F("role"),
        "year": F("paper__year"),
        **DATES,
    }
    usual_order = ["course__slug", "session__position", "position"]


class PersonViewSet(Writes, RowViewSet):
    """People who teach, serve or speak, by family name. The slug of someone who was
    merged into another leads to the other, for reading. Staff write of others, too:
    those whom they see in the administration."""

    queryset = Person.objects.all()
    serializer_class = PersonSerializer
    body_class = PersonBody
    who = SHARED
    natural_key = ["slug"]
    filterset_class = PersonFilter
    lookup_field = "slug"
    lookup_value_regex = r"[-\w]{1,120}"
    expansions = {
        "sessions": nesting.sessions_of_people,
        "talks": nesting.talks_of_people,
        "papers": nesting.papers_of_people,
    }
    orderings = {
        name: F(name) for name in ("family_name", "given_name", "name", "slug", *DATES)
    }
    usual_order = ["family_name", "given_name"]

    def rows(self, people):
        return PersonSerializer.load(people, self.request.user)

    def get_queryset(self):
        if not self.is_writing:
            return super().get_queryset()
        edited = admin.site.rows(self.request, Person) or access.EVERYONE
        seen = access.person(self.request.user) | edited
        return self.rows(Person.objects.filter(seen))

    def get_object(self):
        people, slug = self.get_queryset(), self.kwargs["slug"]
        if found := people.filter(slug=slug).first():
            return found
        if found := people.formerly(slug).first():
            if self.is_writing:
                words = _("“%(slug)s” was merged into “%(kept)s”: write there.")
                words %= {"slug": slug, "kept": found.slug}
                raise Conflict({"slug": [words]})
            return found
        raise Http404


class EnrolmentViewSet(Writes, RowViewSet):
    """Rosters: staff see those of their courses, everybody their own enrolments. Never
    with student numbers or e-mail addresses."""

    queryset = Enrolment.objects.all()
    serializer_class = EnrolmentSerializer
    body_class = EnrolmentBody
    who = {"d": INSTRUCTORS}
    filterset_class = EnrolmentFilter
    permission_classes = [IsAuthenticated, TokenScope]
    orderings = {
        "course": F("course__slug"),
        "name": F("person__family_name"),
        "status": F("status"),
        "code": F("code"),
        **DATES,
    }
    usual_order = ["course__slug", "person__family_name", "person__given_name"]
