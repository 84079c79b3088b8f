"""What django-allauth asks: whether, how and with which words."""

import logging
from threading import Thread

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.stagekit import clear_login
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.core.ratelimit import respond_429
from allauth.mfa.utils import is_mfa_enabled
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from django.conf import settings
from django.contrib.sites.shortcuts import get_current_site
from django.shortcuts import redirect, resolve_url

from .. import audit
from . import reauthentication

logger = logging.getLogger(__name__)

UNKNOWN = "account/email/unknown_account"
SLOWED = ("too_many_login_attempts", "rate_limited")
WRONG = ("incorrect_code", "incorrect_password", "email_password_mismatch")
REFUSED = (*SLOWED, *WRONG)


class AccountAdapter(DefaultAccountAdapter):
    def is_open_for_signup(self, request):
        return False

    def validation_error(self, code, *args):
        """An error of a form; of a limit, the page that says so instead."""
        if code in REFUSED:
            audit.refuse(self.request, code)
        if code in SLOWED:
            raise ImmediateHttpResponse(respond_429(self.request))
        return super().validation_error(code, *args)

    def send_mail(self, template_prefix, email, context):
        """Send a mail at once but beside the request: that takes the same time for an
        address with an account and for one without, which gets no mail at all."""
        context = {
            "request": self.request,
            "email": email,
            "current_site": get_current_site(self.request),
            "operator_contact": settings.CONTACT,
            "minutes": settings.ACCOUNT_LOGIN_BY_CODE_TIMEOUT // 60,
        } | context
        message = self.render_mail(template_prefix, email, context)
        if template_prefix != UNKNOWN:
            Thread(target=deliver, args=[message]).start()

    def pre_login(self, request, user, *, email, **kwargs):
        """Refuse a code that went to an address which is no longer the user's."""
        if email and email.lower() != user.email.lower():
            clear_login(request)
            return redirect("account_login")
        return super().pre_login(request, user, email=email, **kwargs)

    def confirm_email(self, request, email_address):
        """Confirm an address that an account has, and tie no other to it."""
        return bool(email_address.pk) and super().confirm_email(request, email_address)

    def is_reauthentication_required(self, *, app, **kwargs):
        """Whoever logged in a moment ago is not asked again."""
        return not reauthentication.is_recent(self.request)

    def get_reauthentication_methods(self, user):
        """With a second factor, that one alone."""
        methods = super().get_reauthentication_methods(user)
        if user.is_authenticated and is_mfa_enabled(user):
            return [each for each in methods if each["id"] == "mfa_reauthenticate"]
        return methods


def deliver(message):
    try:
        message.send()
    except Exception:
        logger.exception("A mail of the accounts could not be sent.")


class UniversityAdapter(DefaultSocialAccountAdapter):
    def get_connect_redirect_url(self, request, socialaccount):
        return resolve_url("account")
