"""Logging in at the API by a token, and what it may do. A session opens nothing there:
so no page of another site can make a browser write."""

from django.utils.translation import gettext_lazy as _
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.permissions import SAFE_METHODS, BasePermission

from .models import Token

SCHEME = "Bearer"


class TokenAuthentication(BaseAuthentication):
    """``Authorization: Bearer psm_...``: the user of that Token, kept to what it opens.
    Without the header nobody is logged in; with one that does not hold the answer is
    401 and says why, to who has the token: to nobody else that it exists."""

    def authenticate(self, request):
        scheme, _space, clear = get_authorization_header(request).partition(b" ")
        if not scheme:
            return None
        if scheme.lower() != SCHEME.lower().encode():
            raise AuthenticationFailed(_("Write: Authorization: Bearer, and a token."))
        try:
            clear = clear.strip().decode("ascii")
        except UnicodeDecodeError:
            raise AuthenticationFailed(_("A token is ASCII only.")) from None
        token = Token.objects.of_clear(clear)
        check(token)
        Token.objects.use(token)
        if token.is_limited:
            pks = token.courses.values_list("pk", flat=True).order_by()
            token.user.only_courses = frozenset(pks)
        return token.user, token

    def authenticate_header(self, request):
        return SCHEME


def check(token):
    """Raise AuthenticationFailed, with the reason, unless ``token``, a Token or None,
    opens something now."""
    if token is None:
        raise AuthenticationFailed(_("This token is unknown."))
    if token.state:
        raise AuthenticationFailed(_("This token is %s.") % token.state)
    if not token.user.is_active:
        raise AuthenticationFailed(_("The account of this token is inactive."))


class TokenScope(BasePermission):
    """A token that only reads changes nothing, whatever its user may."""

    message = _("This token only reads: writing takes one that was made for it.")

    def has_permission(self, request, view):
        is_reading = request.method in SAFE_METHODS
        return is_reading or request.auth is None or request.auth.scope == "write"


class TokenScheme(OpenApiAuthenticationExtension):
    """How the schema says all this; drf-spectacular finds it here by itself."""

    target_class = TokenAuthentication
    name = "token"

    def get_security_definition(self, auto_schema):
        return {
            "type": "http",
            "scheme": "bearer",
            "description": "A token, made on the page “API tokens” of your account. "
            "One that only reads may use safe methods; one for some courses knows "
            "what is private of those alone.",
        }
