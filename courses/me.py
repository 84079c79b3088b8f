"""What the site knows about whoever is logged in: to look at, and to take away."""

from dataclasses import dataclass, field

from django.contrib.auth.models import AnonymousUser
from django.utils.translation import gettext_lazy as _

from . import access, profile
from .models import Course, Enrolment, Person

# What somebody takes away of the rows that point to their Person and to their account,
# by the name that the rows have there: key in the file, and path from the row or an
# expression.
OF_PERSON = {
    "roles": {
        "course": "course__slug",
        "role": "role",
        "name_as_printed": "name_as_printed",
    },
    "session_roles": {
        "course": "session__course__slug",
        "session": "session__key",
        "role": "role",
        "name_as_printed": "name_as_printed",
    },
    "appearances": {
        "course": "talk__session__course__slug",
        "session": "talk__session__key",
        "talk": "talk__title",
        "name": "name",
        "affiliation": "affiliation",
        "homepage": "homepage",
    },
    "enrolments": {
        "course": "course__slug",
        "student_number": "student_number",
        "code": "code",
        "status": "status",
    },
    "invitations": {
        "course": "course__slug",
        "role": "role",
        "email": "email",
        "sent_at": "sent_at",
        "accepted_at": "accepted_at",
        "revoked_at": "revoked_at",
    },
    "talk_links": {
        "talk": "talk__title",
        "email": "email",
        "sent_at": "sent_at",
        "revoked_at": "revoked_at",
    },
}
OF_ACCOUNT = {
    "proposals": {"sent_at": "sent_at", "values": "values", "state": "state"},
    "emailaddress_set": {"email": "email", "is_verified": "verified"},
    "socialaccount_set": {
        "provider": "provider",
        "number": "uid",
        "last_login": "last_login",
    },
    "authenticator_set": {
        "type": "type",
        "created_at": "created_at",
        "last_used_at": "last_used_at",
    },
    "tokens": {  # one for some courses has a row for each
        "name": "name",
        "begins_with": "hint",
        "scope": "scope",
        "is_limited": "is_limited",
        "course": "courses__slug",
        "made_at": "made_at",
        "expires_at": "expires_at",
        "revoked_at": "revoked_at",
        "last_used_at": "last_used_at",
    },
    "join_requests": {
        "course": "course__slug",
        "name": "name",
        "student_number": "student_number",
        "note": "note",
        "asked_at": "asked_at",
        "decided_at": "decided_at",
    },
    "stored_files": {
        "name": "original_name",
        "sha256": "sha256",
        "size_bytes": "size_bytes",
        "stored_at": "stored_at",
    },
    "audit_entries": {
        "at": "at",
        "action": "action",
        "words": "words",
        "ip_address": "ip_address",
        "times": "times",
    },
}
OWN = [
    *("name", "family_name", "given_name", "other_names", "slug", "affiliation"),
    *("homepage", "biography", "email", "created_at", "updated_at"),
]
_AS_STUDENT = {
    Enrolment.Status.ACTIVE: _("student"),
    Enrolment.Status.AUDITOR: _("auditor"),
    Enrolment.Status.DROPPED: _("no longer on the roster"),
}


@dataclass
class Place:
    """A course, and what somebody is in it, in words."""

    course: Course
    words: list = field(default_factory=list)
    is_staff: bool = False


def person_of(user):
    return Person.objects.filter(user=user).select_related("author").first()


def places(user, person):
    """The courses that ``person`` has a part in and ``user`` may open, latest first."""
    found = {}
    courses = Course.objects.visible_to(user)
    for role in person.roles.filter(course__in=courses).select_related("course"):
        place = found.setdefault(role.course, Place(role.course))
        place.words.append(role.get_role_display())
        place.is_staff |= role.role in access.STAFF_ROLES
    for each in person.enrolments.filter(course__in=courses).select_related("course"):
        place = found.setdefault(each.course, Place(each.course))
        place.words.append(_AS_STUDENT[each.status])
    return sorted(found.values(), key=profile.latest_first)


def public_profile(person):
    """What a stranger may read about ``person``; None if there is no page of them."""
    stranger = AnonymousUser()
    if not Person.objects.visible_to(stranger).filter(pk=person.pk).exists():
        return None
    return profile.of_person(person, stranger, unlisted=True)


def data(user):
    """All that is kept about ``user`` and their Person, as what JSON can say. Secrets
    stay: hashes of passwords and links, keys of second factors."""
    person = person_of(user)
    account = {
        "email": user.email,
        "joined": user.date_joined,
        "last_login": user.last_login,
        "is_superuser": user.is_superuser,
    }
    return {
        "account": account | _rows(user, OF_ACCOUNT),
        "person": person
        and {name: getattr(person, name) for name in OWN} | _rows(person, OF_PERSON),
    }


def _rows(owner, table):
    return {
        name: [
            dict(zip(paths, values, strict=True))
            for values in getattr(owner, name).values_list(*paths.values())
        ]
        for name, paths in table.items()
    }
