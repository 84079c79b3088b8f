from django.conf import settings
from django.contrib import admin
from django.urls import include, path
from django.views.generic import RedirectView

from . import api_docs, views

urlpatterns = [
    path("", views.HomeView.as_view(), name="home"),
    path("", include("courses.urls")),
    path("", include("projects.urls")),
    path("", include("references.urls")),
    path("privacy/", views.PrivacyView.as_view(), name="privacy"),
    # What browsers ask for beside a file, which names no icon.
    path("favicon.ico", RedirectView.as_view(url=f"{settings.STATIC_URL}icon.svg")),
    path("errors/413/", views.TooLargeView.as_view()),
    path("accounts/", include("courses.accounts.urls")),
    path("admin/", admin.site.urls),
    path("api/", api_docs.FiveMinutesView.as_view(), name="api"),
    path("api/v1/", include("config.api")),
]
handler400 = "config.views.bad_request"
handler403 = "config.views.permission_denied"
handler404 = "config.views.page_not_found"
handler500 = "config.views.server_error"
