"""The API: its addresses, under ``/api/v1/``."""

from django.http import HttpResponsePermanentRedirect
from django.urls import Resolver404, include, path, re_path, resolve
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
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
from projects.api import (
    DeliveryViewSet,
    ExtensionViewSet,
    GalleryViewSet,
    GradeViewSet,
    ProjectViewSet,
    SubmissionViewSet,
    TeamViewSet,
)
from projects.hand_in_api import HandInViewSet
from references.api import AuthorViewSet, PaperViewSet
from references.rest import problems
from references.rest.rows import RowViewSet

from .api_docs import ChapterView, ReferenceView, RootView, SchemaView
from .search import SearchView

RowViewSet.changes = revisions

LIST = {"get": "list", "post": "create"}
ROW = {
    "get": "retrieve",
    "put": "update",
    "patch": "partial_update",
    "delete": "destroy",
}

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
router.register("galleries", GalleryViewSet)
router.register("projects", ProjectViewSet)
router.register("teams", TeamViewSet)
router.register("deliveries", DeliveryViewSet)
router.register("submissions", SubmissionViewSet)
router.register("extensions", ExtensionViewSet)
router.register("grades", GradeViewSet)


@csrf_exempt
def missing(request):
    """No address of the API: a problem, where the site's other pages are HTML. Without
    the slash at its end an address leads to the one with it, for reading."""
    whole = f"{request.path_info}/"
    try:
        exists = resolve(whole).func is not missing
    except Resolver404:
        exists = False
    if exists and request.method in ("GET", "HEAD"):
        return HttpResponsePermanentRedirect(
            request.get_full_path(force_append_slash=True)
        )
    words = _("Addresses end in a slash.") if exists else _("There is no such thing.")
    return problems.response(404, words)


urlpatterns = [
    path("", RootView.as_view(), name="api-root"),
    path("sessions/", SessionViewSet.as_view(LIST), name="session-list"),
    re_path(  # not a NUL, which PostgreSQL takes in no text
        r"^sessions/(?P<course>[-\w]+)/(?P<key>[^/\x00]+)/\Z",
        SessionViewSet.as_view(ROW),
        name="session-detail",
    ),
    path("search/", SearchView.as_view(), name="search"),
    path(
        "assignments/<int:pk>/deliveries/",
        HandInViewSet.as_view({"post": "create"}),
        name="assignment-deliveries",
    ),
    path("", include(router.urls)),
    path("schema/", SchemaView.as_view(), name="schema"),
    path("docs/", ReferenceView.as_view(), name="api-docs"),
    path("docs/<slug:name>/", ChapterView.as_view(), name="api-chapter"),
    re_path("", missing),
]
