from django.contrib import admin
from django.urls import include, path

from . import views

urlpatterns = [
    path("", views.HomeView.as_view(), name="home"),
    path("", include("courses.urls")),
    path("", include("projects.urls")),
    path("", include("references.urls")),
    path("admin/", admin.site.urls),
]
