from django.urls import path

from . import hand_in, views

app_name = "projects"

urlpatterns = [
    path("me/", views.MeView.as_view(), name="me"),
    path("submit/<int:pk>/", hand_in.HandInView.as_view(), name="hand_in"),
    path("submit/receipts/<int:pk>/", hand_in.ReceiptView.as_view(), name="receipt"),
    path(
        "submit/files/<int:pk>/<str:name>",
        hand_in.SubmissionFileView.as_view(),
        name="submission_file",
    ),
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
