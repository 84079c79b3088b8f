"""What the API says when it cannot do as asked: problem details (RFC 9457).

Every refusal is ``application/problem+json`` with ``type``, ``title``, ``status`` and
``detail``; what is wrong with single fields or parameters stands in ``errors``, each
with ``field``, ``code`` and ``detail``.
"""

from http import HTTPStatus

from django.core.exceptions import PermissionDenied, RequestDataTooBig
from django.http import Http404, JsonResponse
from django.utils.translation import gettext as _
from rest_framework import exceptions, status
from rest_framework.response import Response

MEDIA_TYPE = "application/problem+json"


class Conflict(exceptions.APIException):
    """What was sent is well formed, but the data there is speaks against it."""

    status_code = status.HTTP_409_CONFLICT
    default_code = "conflict"


class Stale(exceptions.APIException):
    """The row was changed after the sender read it."""

    status_code = status.HTTP_412_PRECONDITION_FAILED
    default_code = "stale"


class Unconditional(exceptions.APIException):
    """A write of what is there must say which state of it the sender has read."""

    status_code = status.HTTP_428_PRECONDITION_REQUIRED
    default_code = "unconditional"


class TooLarge(exceptions.APIException):
    status_code = status.HTTP_413_REQUEST_ENTITY_TOO_LARGE
    default_code = "too_large"


def handler(error, context):
    """The answer to ``error`` raised in a view of the API; None for what is a bug."""
    if isinstance(error, Http404):
        error = exceptions.NotFound(_("There is no such thing."))
    elif isinstance(error, PermissionDenied):
        error = exceptions.PermissionDenied()
    elif isinstance(error, RequestDataTooBig):
        error = TooLarge(_("The request is larger than this site takes."))
    if not isinstance(error, exceptions.APIException):
        return None
    headers = {}
    if wait := getattr(error, "wait", None):
        headers["Retry-After"] = str(int(wait) + 1)
    if challenge := getattr(error, "auth_header", None):
        headers["WWW-Authenticate"] = challenge
    words, errors = _said(error)
    problem = details(error.status_code, _advice(error, context) or words, errors)
    return Response(
        problem, error.status_code, headers=headers, content_type=MEDIA_TYPE
    )


def details(code, detail="", errors=()):
    """The problem details of an answer with the status ``code``."""
    said = HTTPStatus(code)
    problem = {"type": "about:blank", "title": said.phrase, "status": code}
    problem["detail"] = detail or said.description or said.phrase
    if errors:
        problem["errors"] = list(errors)
    return problem


def response(code, detail=""):
    """The same outside of a view of the API."""
    return JsonResponse(details(code, detail), status=code, content_type=MEDIA_TYPE)


def _advice(error, context):
    """What to do, where the framework says only that it cannot be; or None."""
    view = context["view"]
    if isinstance(error, exceptions.NotAuthenticated):
        return _(
            "This takes a token: send “Authorization: Bearer” and the token, which you "
            "make under “API tokens” of your account."
        )
    if isinstance(error, exceptions.MethodNotAllowed):
        methods = [name for name in view.allowed_methods if name != "OPTIONS"]
        return _("This address takes %s.") % ", ".join(methods)
    if isinstance(error, exceptions.NotAcceptable):
        kinds = [renderer.media_type for renderer in view.get_renderers()]
        return _("This address answers in %s: say so in Accept.") % ", ".join(kinds)
    if isinstance(error, exceptions.UnsupportedMediaType):
        kinds = [parser.media_type for parser in view.get_parsers()]
        return _("This address reads %s: say so in Content-Type.") % ", ".join(kinds)
    return None


def _said(error):
    """The sentence of an APIException, and its errors by field."""
    errors = list(_flat(error.detail))
    if isinstance(error.detail, str):
        return error.detail, ()
    words = [
        f"{each['field']}: {each['detail']}" if each["field"] else each["detail"]
        for each in errors
    ]
    return " ".join(dict.fromkeys(words)), errors


def _flat(detail, path=""):
    """Each error of a nested detail, with the path to its field: ``talks.0.title``;
    empty for what concerns the whole."""
    if isinstance(detail, dict):
        for name, inner in detail.items():
            own = "" if name == "non_field_errors" else str(name)
            yield from _flat(inner, ".".join(filter(None, (path, own))))
    elif isinstance(detail, list):
        for place, inner in enumerate(detail):
            is_row = isinstance(inner, dict | list)
            if not is_row or inner:
                own = f"{path}.{place}".lstrip(".") if is_row else path
                yield from _flat(inner, own)
    else:
        yield {"field": path, "code": detail.code, "detail": str(detail)}
