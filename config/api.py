"""The API: its addresses, under ``/api/v1/``."""

from django.http import HttpResponsePermanentRedirect
from django.urls import Resolver404, include, path, re_path, resolve
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from drf_spectacular.views import SpectacularAPIView
from rest_framework.routers import SimpleRouter

from courses import revisions
from courses.api import MaterialViewSet, ReadingViewSet, SessionViewSet, TalkViewSet
from references.api import AuthorViewSet, PaperViewSet
from references.rest import problems
from references.rest.rows import RowViewSet

from .api_docs import RootView, ViewerView

RowViewSet.changes = revisions

router = SimpleRouter()
router.register("talks", TalkViewSet)
router.register("materials", MaterialViewSet)
router.register("readings", ReadingViewSet)
router.register("papers", PaperViewSet)
router.register("authors", AuthorViewSet)


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
    path("sessions/", SessionViewSet.as_view({"get": "list"}), name="session-list"),
    path(
        "sessions/<slug:course>/<str:key>/",
        SessionViewSet.as_view({"get": "retrieve"}),
        name="session-detail",
    ),
    path("", include(router.urls)),
    path("schema/", SpectacularAPIView.as_view(), name="schema"),
    path("docs/", ViewerView.as_view(), name="api-docs"),
    re_path("", missing),
]
