from django.contrib import admin
from django.urls import include, path

from . import views

urlpatterns = [
    path("", views.HomeView.as_view(), name="home"),
    path("", include("courses.urls")),
    path("", include("projects.urls")),
    path("", include("references.urls")),
    path("privacy/", views.PrivacyView.as_view(), name="privacy"),
    path("errors/413/", views.TooLargeView.as_view()),
    path("admin/", admin.site.urls),
]
