from django.urls import path

from . import views

app_name = "projects"

urlpatterns = [
    path(
        "courses/<slug:slug>/projects/",
        views.GalleryListView.as_view(),
        name="gallery_list",
    ),
    path(
        "courses/<slug:slug>/projects/<slug:gallery>/<int:number>/",
        views.PublicationDetailView.as_view(),
        name="publication_detail",
    ),
    path(
        "courses/<slug:slug>/projects/<slug:gallery>/<int:number>/files/<int:pk>/<str:name>",
        views.PublishedFileView.as_view(),
        name="published_file",
    ),
    path("submit/<int:pk>/team/", views.TeamView.as_view(), name="team"),
    path(
        "team-invitations/<slug:token>/",
        views.TeamInvitationView.as_view(),
        name="team_invitation",
    ),
]
