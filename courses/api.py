"""Courses and what belongs to them, for programs."""

from django.db.models import F
from django.shortcuts import get_object_or_404

from references.rest.rows import RowViewSet

from . import nesting
from .filters import (
    AnnouncementFilter,
    AssignmentFilter,
    CourseFilter,
    MaterialFilter,
    ReadingFilter,
    SessionFilter,
    TalkFilter,
)
from .models import (
    Announcement,
    Assignment,
    Course,
    Material,
    Reading,
    Session,
    Talk,
)
from .serializers import (
    AnnouncementSerializer,
    AssignmentSerializer,
    CourseSerializer,
    MaterialSerializer,
    ReadingSerializer,
    SessionSerializer,
    TalkSerializer,
)

DATES = {"created_at": F("created_at"), "updated_at": F("updated_at")}


class CourseViewSet(RowViewSet):
    """Courses and seminar series, the latest first."""

    queryset = Course.objects.all()
    serializer_class = CourseSerializer
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


class SessionViewSet(RowViewSet):
    """Sessions of all courses, in the order of their schedules."""

    queryset = Session.objects.all()
    serializer_class = SessionSerializer
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


class TalkViewSet(RowViewSet):
    """Talks of all sessions; a speaker is named as printed that day."""

    queryset = Talk.objects.all()
    serializer_class = TalkSerializer
    filterset_class = TalkFilter
    lookup_value_regex = r"[0-9]{1,10}"
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


class AnnouncementViewSet(RowViewSet):
    """News of courses, the newest first."""

    queryset = Announcement.objects.all()
    serializer_class = AnnouncementSerializer
    filterset_class = AnnouncementFilter
    lookup_value_regex = r"[0-9]{1,10}"
    orderings = {
        "course": F("course__slug"),
        "published_at": F("published_at"),
        "title": F("title"),
        **DATES,
    }
    usual_order = ["-published_at"]


class AssignmentViewSet(RowViewSet):
    """Homework and projects, by when they are due."""

    queryset = Assignment.objects.all()
    serializer_class = AssignmentSerializer
    filterset_class = AssignmentFilter
    lookup_value_regex = r"[0-9]{1,10}"
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


class MaterialViewSet(RowViewSet):
    """Slides, videos, notes, code and other materials."""

    queryset = Material.objects.all()
    serializer_class = MaterialSerializer
    filterset_class = MaterialFilter
    lookup_value_regex = r"[0-9]{1,10}"
    orderings = {
        "course": F("course__slug"),
        "position": F("position"),
        "kind": F("kind"),
        **DATES,
    }
    usual_order = ["course__slug", "session__position", "position"]


class ReadingViewSet(RowViewSet):
    """What courses read: papers, and texts that are none."""

    queryset = Reading.objects.all()
    serializer_class = ReadingSerializer
    filterset_class = ReadingFilter
    lookup_value_regex = r"[0-9]{1,10}"
    orderings = {
        "course": F("course__slug"),
        "position": F("position"),
        "role": F("role"),
        "year": F("paper__year"),
        **DATES,
    }
    usual_order = ["course__slug", "session__position", "position"]
