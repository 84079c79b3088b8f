"""What is the same for every answer, whatever view gives it."""

import logging

from allauth.mfa.models import Authenticator
from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.contrib import admin
from django.contrib.auth import SESSION_KEY, get_user_model
from django.db import Error, connection
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from courses import audit

from . import throttles

logger = logging.getLogger(__name__)


def health(get_response):
    """Answer ``/healthz`` before all else: whoever asks may use any host name and no
    https, and gets no session."""

    def middleware(request):
        if request.path_info != "/healthz":
            return get_response(request)
        try:
            with connection.cursor() as cursor:
                cursor.execute("SELECT 1")
        except Error:
            logger.exception("The database does not answer.")
            words, status = "database", 503
        else:
            words, status = "ok", 200
        return HttpResponse(
            words,
            status=status,
            content_type="text/plain; charset=utf-8",
            headers={
                "Cache-Control": "no-store",
                "X-Content-Type-Options": "nosniff",
            },
        )

    return middleware


def permissions_policy(get_response):
    """No page of this site asks for a device, and none that it embeds may."""
    devices = ("camera", "display-capture", "geolocation", "microphone", "payment")
    policy = ", ".join(f"{device}=()" for device in (*devices, "usb"))

    def middleware(request):
        response = get_response(request)
        response.headers.setdefault("Permissions-Policy", policy)
        return response

    return middleware


def record_refusals(get_response):
    """Record what is refused to those logged in, what comes with a link that does not
    hold, or with a session that has been ended."""
    refusals = (403, 404, 410, 429)

    def middleware(request):
        claimed = None
        if settings.SESSION_COOKIE_NAME in request.COOKIES:
            claimed = request.session.get(SESSION_KEY)
        has_ended = claimed and not request.user.is_authenticated
        response = get_response(request)  # now it is known which address is a secret
        if has_ended:
            user = get_user_model().objects.filter(pk=claimed).first()
            audit.refuse(request, "with a session that has ended", user)
        match = request.resolver_match  # none for what never was an address
        if (
            match
            and response.status_code in refusals
            and (request.user.is_authenticated or "token" in match.kwargs)
        ):
            audit.refuse(request, f"→ {response.status_code}")
        return response

    return middleware


def _sets_up_factor(path):
    """Whether ``path`` is of the account, but makes no token to go another way."""
    is_of_account = path.startswith(reverse("account"))
    return is_of_account and not path.startswith(reverse("token_list"))


def staff_second_factor(get_response):
    """Where it is required, those who may enter the administration do nothing before
    they have a second factor, but set it up. The API knows no sessions."""

    def middleware(request):
        if (
            settings.STAFF_SECOND_FACTOR
            and not request.path_info.startswith(throttles.API)
            and not _sets_up_factor(request.path)
            and admin.site.has_permission(request)
            and not is_mfa_enabled(request.user, [Authenticator.Type.TOTP])
        ):
            return redirect("mfa_activate_totp")
        return get_response(request)

    return middleware
