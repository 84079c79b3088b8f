"""Pages about one's own account, beside those of django-allauth."""

import logging
from functools import wraps

from allauth.account import views as account
from allauth.account.decorators import reauthentication_required
from allauth.mfa.models import Authenticator
from allauth.mfa.totp import views as totp
from allauth.mfa.utils import is_mfa_enabled
from allauth.socialaccount.adapter import get_adapter
from allauth.socialaccount.helpers import render_authentication_error
from allauth.socialaccount.models import SocialAccount
from allauth.socialaccount.providers.openid_connect import views as oidc
from django.conf import settings
from django.contrib import admin, messages
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.contrib.auth.mixins import LoginRequiredMixin
from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST
from django.views.generic import TemplateView
from requests import RequestException

from .. import audit

logger = logging.getLogger(__name__)


@method_decorator(never_cache, name="dispatch")
class AccountView(LoginRequiredMixin, TemplateView):
    template_name = "account/account.html"

    def get_context_data(self, **kwargs):
        user = self.request.user
        return super().get_context_data(
            second_factor=is_mfa_enabled(user, [Authenticator.Type.TOTP]),
            university_is_tied=SocialAccount.objects.filter(user=user).exists(),
            **kwargs,
        )


def no_signup(request):
    """Nobody signs up here; django-allauth wants to know where."""
    raise Http404


def confirm_login_code(request):
    """Take the code in the mail. One that came too late, or to a window that never
    asked for it, is refused: django-allauth only leads back."""
    response = account.confirm_login_code(request)
    is_over = getattr(response, "url", "") == reverse("account_login")
    if request.method == "POST" and is_over:
        audit.refuse(request, "when no code is awaited")
    return response


@require_POST
@login_required
def logout_everywhere(request):
    """End every session of the user, this one too."""
    request.user.end_sessions()
    logout(request)
    messages.success(request, _("You are signed out on every device."))
    return redirect("account_login")


@method_decorator(never_cache, name="dispatch")
class SetUpSecondFactorView(totp.ActivateTOTPView):
    """The QR code stands in the page itself: the policy lets no ``data:`` in."""

    def get_context_data(self, **kwargs):
        context = super().get_context_data(**kwargs)
        _declaration, _sign, svg = context["totp_svg"].partition("?>")
        is_required = settings.STAFF_SECOND_FACTOR and admin.site.has_permission(
            self.request
        )
        return context | {
            "qr_code": mark_safe(svg),  # noqa: S308 made by a library
            "is_required": is_required,
        }


def _if_it_answers(view):
    @wraps(view)
    def asking(request, provider_id):
        try:
            return view(request, provider_id)
        except RequestException:
            logger.exception("The university does not answer.")
            provider = get_adapter().get_provider(request, provider_id)
            return render_authentication_error(request, provider)

    return asking


@_if_it_answers
def university_login(request, provider_id):
    """Send a form's answer to the university as a page that goes on by itself: the
    policy for forms holds for every further redirect, through hosts nobody can list."""
    response = oidc.login(request, provider_id)
    if response.status_code != 302 or response.url.startswith("/"):
        return response
    page = render(request, "socialaccount/go_on.html", {"address": response.url})
    page["Refresh"] = f"0; url={response.url}"
    return page


university_callback = _if_it_answers(oidc.callback)


@require_POST
@login_required
@reauthentication_required
def untie_university(request):
    SocialAccount.objects.filter(user=request.user).delete()
    messages.success(request, _("The university log-in no longer leads here."))
    return redirect("account")
