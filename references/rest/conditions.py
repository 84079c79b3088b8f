"""Which state of a row a request is about: its ETag, and the headers that name one."""

import hashlib
import json

from django.utils.http import parse_etags
from django.utils.translation import gettext as _
from rest_framework.utils.encoders import JSONEncoder

from .problems import Stale, Unconditional


def etag_of(row_data):
    """The strong ETag of a row, of which its reader gets ``row_data`` where they ask
    for nothing nested and for all fields."""
    text = json.dumps(row_data, cls=JSONEncoder, sort_keys=True)
    return f'"{hashlib.sha256(text.encode()).hexdigest()[:32]}"'


def check(request, etag, is_needed=True):
    """Raise what is said to a write of the row whose state is ``etag`` (None: there is
    none), unless ``If-Match`` and ``If-None-Match`` let it pass.

    Who writes over a row says by If-Match which state of it they have read; ``*`` is
    any; so they must if it ``is_needed``. ``If-None-Match: *`` is for those who mean to
    make one.
    """
    expected = request.headers.get("If-Match")
    refused = request.headers.get("If-None-Match")
    if refused is not None and _names(refused, etag):
        raise Stale(_("It is there already, in a state that If-None-Match refuses."))
    if expected is not None and not _names(expected, etag):
        if etag is None:
            raise Stale(_("If-Match says that it is there; it is not."))
        raise Stale(_("It was changed since it was as If-Match says. Read it again."))
    if is_needed and expected is None and etag is not None:
        words = _(
            "It is there: send If-Match with the ETag that you read it with, or with * "
            "to write over whatever it says now."
        )
        raise Unconditional(words)


def _names(header, etag):
    # A web server that compresses an answer calls its ETag weak; it is still ours.
    named = [each.removeprefix("W/") for each in parse_etags(header)]
    return etag is not None and ("*" in named or etag in named)
