from django.urls import path, re_path

from . import views
from .exports import ENDING

app_name = "references"

KEY = r"(?P<key>[^\x00]+)"  # an alias may have any character that PostgreSQL takes

urlpatterns = [
    path("papers/", views.PaperListView.as_view(), name="paper_list"),
    re_path(
        rf"^papers\.(?P<ending>{ENDING})\Z",
        views.PaperListExportView.as_view(),
        name="paper_list_export",
    ),
    re_path(rf"^papers/{KEY}/\Z", views.PaperDetailView.as_view(), name="paper_detail"),
    re_path(
        rf"^papers/{KEY}\.(?P<ending>{ENDING})\Z",
        views.PaperExportView.as_view(),
        name="paper_export",
    ),
    path(
        "authors/<slug:slug>/", views.AuthorDetailView.as_view(), name="author_detail"
    ),
]
