"""Asking again who it is, before what must not be done with a borrowed session."""

import time
from functools import wraps

from allauth.account import app_settings
from allauth.account.authentication import get_authentication_records
from allauth.account.decorators import reauthentication_required

_required = reauthentication_required(lambda request: None)


def is_recent(request):
    """Whether the user logged in, or was asked again, within the last minutes."""
    records = get_authentication_records(request, request.user)
    since = time.time() - app_settings.REAUTHENTICATION_TIMEOUT
    return any(record["at"] > since for record in records)


def require_reauthentication(request, repeat=True):
    """Go on if the user authenticated within the last minutes. Else the answer is the
    page that asks, and then the request is made once more as it was; files and secrets
    are not kept for that: with them, ``repeat`` nothing and show the page anew."""
    if request.method == "POST" and not is_recent(request):
        if repeat and request.GET is not None:
            request.META["QUERY_STRING"] = ""  # django-allauth repeats bare addresses
        else:
            request.method = "GET"
    _required(request)


def reauthenticated(view):
    """For a method of a ModelAdmin: its page opens after asking, and keeps no secret
    that is typed into it while asking."""

    @wraps(view)
    def asking(self, request, *args, **kwargs):
        require_reauthentication(request, repeat=False)
        return view(self, request, *args, **kwargs)

    return asking


class ReauthenticatingAdmin:
    """A ModelAdmin that asks again before it saves what gives or takes rights."""

    reauthenticated_fields = ()  # of its own form
    reauthenticated_rows = ()  # models of its inlines

    def save_form(self, request, form, change):
        if {*self.reauthenticated_fields} & {*form.changed_data}:
            require_reauthentication(request, repeat=not request.FILES)
        return super().save_form(request, form, change)

    def save_formset(self, request, form, formset, change):
        if formset.model in self.reauthenticated_rows and formset.has_changed():
            require_reauthentication(request, repeat=not request.FILES)
        super().save_formset(request, form, formset, change)
