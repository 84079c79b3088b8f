"""The API: its addresses, under ``/api/v1/``."""

from django.urls import include, path
from drf_spectacular.views import SpectacularAPIView
from rest_framework.routers import SimpleRouter

from courses.api import MaterialViewSet, ReadingViewSet, SessionViewSet, TalkViewSet
from references.api import AuthorViewSet, PaperViewSet

LIST = {"get": "list", "post": "create"}
ROW = {
    "get": "retrieve",
    "put": "update",
    "patch": "partial_update",
    "delete": "destroy",
}

router = SimpleRouter()
router.register("talks", TalkViewSet)
router.register("materials", MaterialViewSet)
router.register("readings", ReadingViewSet)
router.register("papers", PaperViewSet)
router.register("authors", AuthorViewSet)

urlpatterns = [
    path("sessions/", SessionViewSet.as_view(LIST), name="session-list"),
    path(
        "sessions/<slug:course>/<str:key>/",
        SessionViewSet.as_view(ROW),
        name="session-detail",
    ),
    path("", include(router.urls)),
    path("schema/", SpectacularAPIView.as_view(), name="schema"),
]
