"""Answers of the API to visitors who say who they are to nobody: kept, and conditional.

Each is kept under its address and the revisions (courses/revisions.py) of what it may
show, asked for before it is made. So it is never older than what was committed, in any
process, and asking again costs one small query: with ``If-None-Match`` nothing is made,
nor sent. What tokens are shown is never kept: it is made each time, and sent if it is
not what the reader has.
"""

import gzip
import hashlib
from datetime import timedelta
from functools import cache, lru_cache

from django.conf import settings
from django.core.cache import caches
from django.db import OperationalError, connection
from django.http import HttpResponse, HttpResponseNotModified
from django.utils import timezone
from django.utils.cache import get_conditional_response, set_response_etag
from django.utils.http import http_date, parse_etags

from courses import revisions

ROOT = "/api/v1/"
KEPT_S = 86_400
MOST_BYTES = 100_000  # compressed: what is larger is made each time
LEAST_BYTES = 500  # to be worth compressing
# What courses share: its answers tell of other courses than the one asked about, too.
ACROSS = {"authors", "papers", "people"}
GZIP = b"\x1f\x8b"
# A second, that of Last-Modified, is over before it is named: nothing else can be
# changed in it.
SETTLED = timedelta(seconds=2)


def answers(get_response):
    """Answer from what is kept, or keep what a view says may be (``may_be_kept``)."""

    def middleware(request):
        if not _may_be_kept(request):
            return _compared(request, get_response(request))
        state = _state(request)
        key = _key(request, state)
        etag = f'"{key}"'
        if etag in _known(request):
            return _told(HttpResponseNotModified(), etag, _modified(state))
        found = caches["kept"].get(f"api-{key}")
        if found is None:
            response = get_response(request)
            if not getattr(response, "may_be_kept", False):
                return _compared(request, response)
            found = _small(response)
            if len(found[1]) <= MOST_BYTES:
                caches["kept"].set(f"api-{key}", found, KEPT_S)
        modified = _modified(state)
        response = _told(_sent(request, *found), etag, modified)
        return get_conditional_response(request, etag, modified, response)

    return middleware


def _compared(request, response):
    """``response``, or that it is what the reader has already."""
    is_read = request.method in ("GET", "HEAD") and response.status_code == 200
    if not is_read or not request.path_info.startswith(ROOT) or response.streaming:
        return response
    if not response.has_header("ETag"):
        set_response_etag(response)  # none if it is empty
    return get_conditional_response(request, response.get("ETag"), response=response)


def _may_be_kept(request):
    return (
        request.path_info.startswith(ROOT)
        and request.method in ("GET", "HEAD")
        and "Authorization" not in request.headers
        and "updated_after" not in request.GET  # says how late it is
    )


def _state(request):
    """The State of what is asked about. Whether the connection holds, which Django asks
    of each first, this small question tells by itself."""
    connection.health_check_done = True
    try:
        return _state_of(_course(request))
    except OperationalError:
        connection.close()
        return _state_of(_course(request))


def _state_of(course):
    # A course that is not there answers as one that nobody may know of.
    return (course and revisions.of(course)) or revisions.of()


def _course(request):
    """The slug of the one course that is asked about; None for several."""
    path = request.path_info.removeprefix(ROOT).split("/")
    if path[0] == "sessions" and len(path) == 4:
        return path[1]
    return None if path[0] in ACROSS else request.GET.get("course")


def _key(request, state):
    """What stands for an answer: another one for another address or state."""
    # Those of one name stay in their order, which may mean something.
    pairs = request.META["QUERY_STRING"].split("&")
    query = "&".join(sorted(pairs, key=lambda pair: pair.partition("=")[0]))
    parts = (
        _release(),
        request.scheme,
        request.get_host(),
        request.path_info,
        query,
        request.headers.get("Accept", ""),
        state.mark,
    )
    return hashlib.blake2b("\n".join(parts).encode(), digest_size=16).hexdigest()


@cache
def _release():
    """What stands for this version of the site: another one answers otherwise."""
    digest = hashlib.blake2b(digest_size=8)
    for app in ("config", "courses", "projects", "references"):
        for path in sorted((settings.BASE_DIR / app).rglob("*.py")):
            digest.update(path.read_bytes())
    return digest.hexdigest()


def _modified(state):
    """Seconds since the epoch, for Last-Modified; None while it may still be true for
    two states."""
    known_at = _known_at(state.mark)
    is_settled = timezone.now() - known_at >= SETTLED
    return int(known_at.timestamp()) if is_settled else None


@lru_cache(maxsize=10_000)
def _known_at(_mark):
    """When this process first knew of a state. No revision says when it could be seen:
    its rows have the time of their statements, which were committed later."""
    return timezone.now()


def _small(response):
    """(headers, body) of an answer, its body compressed if that helps."""
    headers, body = dict(response.headers), response.content
    headers.pop("Content-Length", None)
    if len(body) >= LEAST_BYTES:
        body = gzip.compress(body, 5, mtime=0)
    return headers, body


def _known(request):
    """The tags of what the reader has; on its way they may have become weak."""
    tags = parse_etags(request.headers.get("If-None-Match", ""))
    return [tag.removeprefix("W/") for tag in tags]


def _sent(request, headers, body):
    response = HttpResponse(headers=headers)
    if not body.startswith(GZIP):
        response.content = body
    elif "gzip" in request.headers.get("Accept-Encoding", ""):
        response.content = body
        response["Content-Encoding"] = "gzip"
    else:
        response.content = gzip.decompress(body)
    return response


def _told(response, etag, modified):
    """``response`` with what lets its reader ask for changes only."""
    response["ETag"] = etag
    if modified:
        response["Last-Modified"] = http_date(modified)
    response.setdefault("Cache-Control", "no-cache")
    response["Vary"] = "Accept, Accept-Encoding, Authorization"
    return response
