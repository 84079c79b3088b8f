from django.urls import path, re_path

from references.exports import ENDING

from . import views

app_name = "courses"

urlpatterns = [
    path(
        "courses/<slug:slug>/", views.CourseDetailView.as_view(), name="course_detail"
    ),
    path("courses/<slug:slug>/join/", views.JoinView.as_view(), name="join"),
    re_path(  # not a NUL, which PostgreSQL takes in no text
        r"^courses/(?P<slug>[-\w]+)/sessions/(?P<key>[^/\x00]+)/\Z",
        views.SessionDetailView.as_view(),
        name="session_detail",
    ),
    path(
        "courses/<slug:slug>/talks/<int:pk>/",
        views.TalkDetailView.as_view(),
        name="talk_detail",
    ),
    path(
        "courses/<slug:slug>/readings/",
        views.ReadingListView.as_view(),
        name="reading_list",
    ),
    re_path(
        rf"^courses/(?P<slug>[-\w]+)/readings\.(?P<ending>{ENDING})\Z",
        views.ReadingListExportView.as_view(),
        name="reading_list_export",
    ),
    re_path(
        r"^courses/(?P<slug>[-\w]+)/sessions/(?P<key>[^/\x00]+)/readings"
        rf"\.(?P<ending>{ENDING})\Z",
        views.SessionReadingsExportView.as_view(),
        name="session_readings_export",
    ),
    path("people/<slug:slug>/", views.PersonDetailView.as_view(), name="person_detail"),
    path(
        "people/<slug:slug>/photo",
        views.PersonPhotoView.as_view(),
        name="person_photo",
    ),
    path(
        "materials/<int:pk>/<str:name>",
        views.MaterialFileView.as_view(),
        name="material_file",
    ),
    path("me/data/", views.my_data, name="my_data"),
    path(
        "invitations/<slug:token>/",
        views.InvitationView.as_view(),
        name="invitation_detail",
    ),
    path("talk-form/<slug:token>/", views.TalkFormView.as_view(), name="talk_form"),
]
