"""Who may see what, in one place for pages, feeds, API, search and exports.

Each function gives a condition for ``filter()``. ``path`` leads from the
filtered model to the row a rule is about (``"session__course"``); empty means
the model itself. A narrower parent always narrows its children.
"""

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class Status(models.TextChoices):
    """What state a course is in, and with it who may open it."""

    DRAFT = "draft", _("draft")
    UNLISTED = "unlisted", _("unlisted")
    PUBLIC = "public", _("public")
    ARCHIVED = "archived", _("archived")


class Visibility(models.TextChoices):
    """Who of those that may open its parent may open a row."""

    PUBLIC = "public", _("everyone")
    MEMBERS = "members", _("members of the course")
    STAFF = "staff", _("staff")


NO_ONE = Q(pk__in=[])
EVERYONE = ~NO_ONE  # an empty Q() would vanish from "this or EVERYONE"
LISTED = (Status.PUBLIC, Status.ARCHIVED)
OPEN = (Status.UNLISTED, *LISTED)
STAFF_ROLES = ("instructor", "assistant")


def _under(path, field):
    return f"{path}__{field}" if path else field


def run_by(user, path=""):
    """The course at ``path`` is one whose staff ``user`` belongs to."""
    if not user.is_authenticated or not user.is_active:
        return NO_ONE
    if user.is_superuser:
        return EVERYONE
    from .models import CourseRole  # access is what the models are built on

    own = CourseRole.objects.filter(person__user=user, role__in=STAFF_ROLES)
    return Q(**{_under(path, "pk") + "__in": own.values("course")})


def attended_by(user, path=""):
    """The course at ``path`` is one where ``user`` is enrolled or an auditor."""
    if not user.is_authenticated or not user.is_active:
        return NO_ONE
    from .models import Enrolment

    own = Enrolment.objects.filter(person__user=user).exclude(
        status=Enrolment.Status.DROPPED
    )
    return Q(**{_under(path, "pk") + "__in": own.values("course")})


def course(user, path="", listed=False):
    """The course at ``path`` is open to ``user``, or listed for them."""
    states = LISTED if listed else OPEN
    return Q(**{_under(path, "status") + "__in": states}) | run_by(user, path)


def _shown(user, course_path, path=""):
    """The row at ``path`` has a visibility that covers ``user``."""
    field = _under(path, "visibility")
    return (
        Q(**{field: Visibility.PUBLIC})
        | Q(**{field: Visibility.MEMBERS}) & attended_by(user, course_path)
        | run_by(user, course_path)
    )


def part_of_course(user, path="", listed=False):
    """A row with its own visibility directly under a course."""
    parent = _under(path, "course")
    return course(user, parent, listed) & _shown(user, parent, path)


def talk(user, path="", listed=False):
    session = _under(path, "session")
    return part_of_course(user, session, listed) & _shown(
        user, _under(session, "course"), path
    )


def assignment(user, path="", listed=False):
    """The assignment at ``path`` is out by now, or ``user`` runs its course."""
    parent = _under(path, "course")
    opens_at = _under(path, "opens_at")
    out = Q(**{opens_at + "__isnull": True}) | Q(**{opens_at + "__lte": timezone.now()})
    return course(user, parent, listed) & (out | run_by(user, parent))


def owner(user, listed=False):
    """The one owner of a material or reading (course, session, talk or
    assignment) is open to ``user``."""
    return course(user, "course", listed) & (
        Q(session__isnull=True, talk__isnull=True, assignment__isnull=True)
        | Q(session__isnull=False) & part_of_course(user, "session", listed)
        | Q(talk__isnull=False) & talk(user, "talk", listed)
        | Q(assignment__isnull=False) & assignment(user, "assignment", listed)
    )


def material(user, listed=False):
    return owner(user, listed) & _shown(user, "course")


def person(user, listed=False):
    """A person with a part in a course open to ``user``: role or appearance."""
    from .models import Appearance, CourseRole, SessionRole

    roles = CourseRole.objects.filter(course(user, "course", listed))
    duties = SessionRole.objects.filter(part_of_course(user, "session", listed))
    talks = Appearance.objects.filter(talk(user, "talk", listed))
    return (
        Q(pk__in=roles.values("person"))
        | Q(pk__in=duties.values("person"))
        | Q(pk__in=talks.values("person"))
    )
