"""Settings of the least that Django can do: what the API is compared with."""

from django.http import HttpResponse
from django.urls import path

SECRET_KEY = "of the bench only"
ALLOWED_HOSTS = ["*"]
ROOT_URLCONF = "tests.bare"
MIDDLEWARE = []
DATABASES = {}
USE_TZ = True

urlpatterns = [path("", lambda request: HttpResponse(b"Hello, world!"))]
