"""The API: its addresses, under ``/api/v1/``."""

from django.urls import include, path
from drf_spectacular.views import SpectacularAPIView
from rest_framework.routers import SimpleRouter

from references.api import AuthorViewSet, PaperViewSet

router = SimpleRouter()
router.register("papers", PaperViewSet)
router.register("authors", AuthorViewSet)

urlpatterns = [
    path("", include(router.urls)),
    path("schema/", SpectacularAPIView.as_view(), name="schema"),
]
