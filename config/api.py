"""The API: its addresses, under ``/api/v1/``."""

from django.urls import include, path
from drf_spectacular.views import SpectacularAPIView
from rest_framework.routers import SimpleRouter

from courses import revisions
from courses.api import (
    AnnouncementViewSet,
    AssignmentViewSet,
    CourseViewSet,
    EnrolmentViewSet,
    MaterialViewSet,
    PersonViewSet,
    ReadingViewSet,
    SessionViewSet,
    TalkViewSet,
)
from references.api import AuthorViewSet, PaperViewSet
from references.rest.rows import RowViewSet

from .search import SearchView

RowViewSet.changes = revisions

router = SimpleRouter()
router.register("courses", CourseViewSet)
router.register("talks", TalkViewSet)
router.register("announcements", AnnouncementViewSet)
router.register("assignments", AssignmentViewSet)
router.register("people", PersonViewSet)
router.register("enrolments", EnrolmentViewSet)
router.register("materials", MaterialViewSet)
router.register("readings", ReadingViewSet)
router.register("papers", PaperViewSet)
router.register("authors", AuthorViewSet)

urlpatterns = [
    path("sessions/", SessionViewSet.as_view({"get": "list"}), name="session-list"),
    path(
        "sessions/<slug:course>/<str:key>/",
        SessionViewSet.as_view({"get": "retrieve"}),
        name="session-detail",
    ),
    path("search/", SearchView.as_view(), name="search"),
    path("", include(router.urls)),
    path("schema/", SpectacularAPIView.as_view(), name="schema"),
]
