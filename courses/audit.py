"""What must be accounted for is recorded: who did or tried what, when, from where."""

from datetime import timedelta

from allauth.core.internal.httpkit import get_client_ip
from django.contrib.auth import get_user_model
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _
from simple_history.models import HistoricalRecords

from .models import AuditEntry

Action = AuditEntry.Action
ONE_ATTEMPT = timedelta(hours=1)  # the same refusal within it is counted, not added


def record(action, words, *, course=None, request=None):
    """Save that ``action`` was done, in the ``words`` of one sentence. Who did it, and
    from where, says ``request``: without it the one being answered, if there is one."""
    return AuditEntry.objects.create(
        action=action, words=words, course=course, **_source(request)
    )


def refuse(request, words="", user=None):
    """Save that ``request`` was refused to who made it, or to ``user``. Of an address
    that holds a secret, only what it is for is kept."""
    match = request.resolver_match
    is_secret = match and "token" in match.kwargs
    address = f"/{match.route}" if is_secret else request.path.replace("\0", "�")
    now = timezone.now()
    entry = {
        "action": Action.REFUSED,
        "words": " ".join([request.method, address, *words.split()]),
        **_source(request, user),
    }
    again = AuditEntry.objects.filter(**entry, at__gt=now - ONE_ATTEMPT)
    if not again.update(times=F("times") + 1, last_at=now):
        AuditEntry.objects.create(**entry)


def _source(request, user=None):
    request = request or getattr(HistoricalRecords.context, "request", None)
    user = user or getattr(request, "user", None)
    is_known = isinstance(user, get_user_model())
    return {
        "user": user if is_known else None,
        "email": user.email if is_known else "",
        "ip_address": get_client_ip(request) if request else None,
    }


def follow_role(instance, created=None, raw=False, **kwargs):
    """Record that a CourseRole was given, changed or taken: a receiver, because forms,
    invitations and imports save them."""
    if raw:
        return
    words = {True: _("Given: %s"), False: _("Changed: %s"), None: _("Taken: %s")}
    course = None if created is None else instance.course  # which may be going, too
    record(
        Action.ROLE, words[created] % f"{instance}, {instance.course}", course=course
    )
