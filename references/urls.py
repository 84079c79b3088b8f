from django.urls import path, re_path

from . import views

app_name = "references"

urlpatterns = [
    path("papers/", views.PaperListView.as_view(), name="paper_list"),
    re_path(  # an alias may have any character but NUL, which PostgreSQL refuses
        r"^papers/(?P<key>[^\x00]+)/\Z",
        views.PaperDetailView.as_view(),
        name="paper_detail",
    ),
    path(
        "authors/<slug:slug>/", views.AuthorDetailView.as_view(), name="author_detail"
    ),
]
