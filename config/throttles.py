"""How much of the API one visitor may take: requests a minute, and bytes at once.

Counted is by address, or by token for who has one that holds: a whole lecture hall
comes from one address, and whoever needs more makes a token. Each request counts once,
wherever that is asked first: in a view, or before one is reached.
"""

import time
from dataclasses import dataclass
from ipaddress import ip_address, ip_network

from allauth.core.internal.httpkit import get_client_ip
from django.conf import settings
from django.core.cache import cache
from django.utils.translation import gettext as _
from rest_framework.permissions import SAFE_METHODS
from rest_framework.throttling import BaseThrottle

from references.rest import problems

API = "/api/"
WINDOW_S = 60
BIG = ("multipart/form-data",)  # files: what takes them has limits of its own


@dataclass(frozen=True)
class Hit:
    """A request that was counted among those of ``name`` within a minute."""

    name: str
    rate: int
    is_allowed: bool
    remaining: int
    reset_s: int

    @property
    def headers(self):
        """As draft-ietf-httpapi-ratelimit-headers-10 has them."""
        headers = {
            "RateLimit-Policy": f'"{self.name}";q={self.rate};w={WINDOW_S}',
            "RateLimit": f'"{self.name}";r={self.remaining};t={self.reset_s}',
        }
        return headers if self.is_allowed else headers | {"Retry-After": self.reset_s}


def hit(key, name):
    """Count a request of ``key`` under the rate called ``name`` in
    ``settings.API_RATES``; return the Hit.

    A window is a minute of the clock and has a number in the cache, raised in one step
    that no other process can come between. It is kept for a minute longer, so that it
    never goes while it counts.
    """
    rate = settings.API_RATES[name]
    window, elapsed_s = divmod(int(time.time()), WINDOW_S)
    counter = f"api-{name}-{key}-{window}"
    try:
        number = cache.incr(counter)
    except ValueError:  # the first of this minute, or of two that are first at once
        is_first = cache.add(counter, 1, timeout=2 * WINDOW_S)
        number = 1 if is_first else cache.incr(counter)
    return Hit(name, rate, number <= rate, max(0, rate - number), WINDOW_S - elapsed_s)


def count(request):
    """The Hit of ``request``, counted now if it is not yet."""
    if not hasattr(request, "api_hit"):
        request.api_hit = hit(*_whose(request))
    return request.api_hit


def _whose(request):
    """(key, name of the rate): of the Token that a view found to hold, or else of the
    address."""
    if token := getattr(request, "auth", None):
        return token.pk, "read" if request.method in SAFE_METHODS else "write"
    return _network(get_client_ip(request)), "anonymous"


def _network(address):
    """What stands for whoever has ``address``, which may be None: of IPv6 the first 64
    bits, as all addresses with the same are theirs."""
    if address is None or ":" not in address:
        return address
    found = ip_address(address)
    return found.ipv4_mapped or ip_network((found, 64), strict=False).network_address


class Throttle(BaseThrottle):
    """For the settings of Django REST framework."""

    def allow_request(self, request, view):
        self.hit = count(request._request)
        return self.hit.is_allowed

    def wait(self):
        return self.hit.reset_s


def limits(get_response):
    """Refuse bodies of the API that are too large before they are read, and say in each
    of its answers how much is left. Who has no token is counted before anything is
    done; who has one that does not hold, after."""

    def middleware(request):
        if not request.path_info.startswith(API):
            return get_response(request)
        has_token = "Authorization" in request.headers
        if not has_token and not count(request).is_allowed:
            response = refusal(count(request))
        elif _is_too_large(request):
            most = settings.API_MAX_BODY_MB
            words = _("A body is at most %d MB: send it in parts.") % most
            response = problems.response(413, words)
        else:
            response = get_response(request)
        found = count(request)
        if not found.is_allowed and response.status_code != 429:
            response = refusal(found)
        for name, value in found.headers.items():
            response[name] = value
        return response

    return middleware


def refusal(found):
    """The answer to a request over the limit, which ``found``, a Hit, says."""
    words = _("At most %(rate)d requests a minute: wait for %(seconds)d seconds.")
    said = {"rate": found.rate, "seconds": found.reset_s}
    return problems.response(429, words % said)


def _is_too_large(request):
    length = request.META.get("CONTENT_LENGTH") or "0"
    most = settings.API_MAX_BODY_MB * 1_000_000
    return request.content_type not in BIG and length.isdecimal() and int(length) > most
