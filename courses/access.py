"""Who may see and edit what, in one place for pages, feeds, API, search, exports and
the administration.

Most functions give a condition for ``filter()``. ``path`` leads from the
filtered model to the row a rule is about (``"session__course"``); empty means
the model itself. A narrower parent always narrows its children.
"""

from dataclasses import dataclass

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


def runs_site(user):
    """Whether ``user`` may do all there is: a superuser, but not by a token that is
    limited to courses. With that they are staff of those."""
    return user.is_active and user.is_superuser and user.only_courses is None


def within_limit(user, path=""):
    """The course at ``path`` is one that the token of ``user``, who is logged in, is
    not kept from: what is for them alone asks for it beside its own condition."""
    if user.only_courses is None:
        return Q()
    return Q(**{_under(path, "pk") + "__in": user.only_courses})


def run_by(user, path=""):
    """The course at ``path`` is one whose staff ``user`` belongs to."""
    if not user.is_authenticated or not user.is_active:
        return NO_ONE
    if runs_site(user):
        return EVERYONE
    if user.is_superuser:
        return within_limit(user, path)
    from .models import CourseRole  # access is what the models are built on

    own = CourseRole.objects.filter(person__user=user, role__in=STAFF_ROLES)
    is_own = Q(**{_under(path, "pk") + "__in": own.values("course")})
    return is_own & within_limit(user, path)


def attended_by(user, path=""):
    """The course at ``path`` is one where ``user`` is enrolled or an auditor."""
    if not user.is_authenticated or not user.is_active:
        return NO_ONE
    from .models import Enrolment

    own = Enrolment.objects.filter(person__user=user).exclude(
        status=Enrolment.Status.DROPPED
    )
    is_own = Q(**{_under(path, "pk") + "__in": own.values("course")})
    return is_own & within_limit(user, path)


def enrolled(user, path=""):
    """The course at ``path`` is one that ``user`` takes, not as an auditor."""
    if not user.is_authenticated or not user.is_active:
        return NO_ONE
    from .models import Enrolment

    own = Enrolment.objects.filter(person__user=user, status=Enrolment.Status.ACTIVE)
    is_own = Q(**{_under(path, "pk") + "__in": own.values("course")})
    return is_own & within_limit(user, path)


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


def person(user, listed=False, slug="", role=""):
    """A person with a part in a course open to ``user``: role or appearance. With
    ``slug`` in the course that has it, with ``role`` as that, or as "speaker"."""
    from .models import Appearance, CourseRole, SessionRole

    roles = CourseRole.objects.filter(course(user, "course", listed))
    duties = SessionRole.objects.filter(part_of_course(user, "session", listed))
    talks = Appearance.objects.filter(talk(user, "talk", listed))
    if slug:
        roles = roles.filter(course__slug=slug)
        duties = duties.filter(session__course__slug=slug)
        talks = talks.filter(talk__session__course__slug=slug)
    if role:
        roles, duties = roles.filter(role=role), duties.filter(role=role)
        talks = talks if role == "speaker" else talks.none()
    return (
        Q(pk__in=roles.values("person"))
        | Q(pk__in=duties.values("person"))
        | Q(pk__in=talks.values("person"))
    )


# What staff may do in the administration


@dataclass(frozen=True)
class Right:
    """``course`` is the path from a model to its course, "" for the course itself; the
    letters are what a role may do there: view, add, change, delete."""

    course: str
    instructor: str
    assistant: str


ALL = "vacd"
RIGHTS = {
    # model                        path to its course   instructor  assistant
    "courses.Course": Right("", "vc", "vc"),
    "courses.CourseRole": Right("course", ALL, "v"),
    "courses.Enrolment": Right("course", ALL, "vac"),
    "courses.Invitation": Right("course", ALL, "va"),
    "courses.JoinRequest": Right("course", "vc", "vc"),
    "courses.Section": Right("course", ALL, ALL),
    "courses.Meeting": Right("course", ALL, ALL),
    "courses.Holiday": Right("course", ALL, ALL),
    "courses.Announcement": Right("course", ALL, ALL),
    "courses.Assignment": Right("course", ALL, ALL),
    "courses.Session": Right("course", ALL, ALL),
    "courses.SessionRole": Right("session__course", ALL, ALL),
    "courses.Talk": Right("session__course", ALL, ALL),
    "courses.Appearance": Right("talk__session__course", ALL, ALL),
    "courses.TalkLink": Right("talk__session__course", ALL, "vac"),
    "courses.Material": Right("course", ALL, ALL),
    "courses.Reading": Right("course", ALL, ALL),
    "courses.ImportRecord": Right("course", "v", "v"),
    # Those on rows that courses share have no course: superusers alone decide them.
    "courses.Proposal": Right("course", "vc", "vc"),
}
# Rows that courses share: staff of any course add them, and change or delete those that
# only courses of their own use. By model, the paths to the courses that use a row.
SHARED = {
    "courses.Person": (
        "roles__course",
        "session_roles__session__course",
        "appearances__talk__session__course",
        "enrolments__course",
        "invitations__course",
        "talk_links__talk__session__course",
        "memberships__team__course",
        "roster_entries__delivery__team__course",
    ),
    "references.Paper": ("readings__course",),
    "references.Author": ("papers__readings__course", "person__roles__course"),
    "references.Authorship": ("paper__readings__course",),
    "references.PaperLink": ("paper__readings__course",),
    "references.PaperAlias": ("paper__readings__course",),
    "courses.PersonMerge": (),  # who did one sees it, and may undo it
}


def staff_roles(user):
    """The roles of ``user`` that give rights, as {course pk: {role}}; asked once."""
    if not user.is_authenticated or not user.is_active:
        return {}
    if user.is_superuser and not runs_site(user):
        return {course: {"instructor"} for course in user.only_courses}
    if not hasattr(user, "_staff_roles"):
        from .models import CourseRole

        user._staff_roles = {}
        own = CourseRole.objects.filter(
            within_limit(user, "course"), person__user=user, role__in=STAFF_ROLES
        )
        for course, role in own.values_list("course", "role"):
            user._staff_roles.setdefault(course, set()).add(role)
    return user._staff_roles


def editable(user, action, model):
    """Rows of ``model`` with which ``user`` may do ``action``, a letter of Right."""
    if runs_site(user):
        return Q()
    roles = staff_roles(user)
    if right := RIGHTS.get(model._meta.label):
        courses = _allowed(right, roles, action)
        return Q(**{_under(right.course, "pk") + "__in": courses})
    if not roles or model._meta.label not in SHARED:
        return NO_ONE
    if model._meta.label == "courses.PersonMerge":
        from .models import Person

        return Q(by=user, kept__in=Person.objects.filter(mergeable(user)))
    is_person = model._meta.label == "courses.Person"
    if action in "cd":
        own = ~Q(pk__in=_used(model, ~Q(pk__in=roles)).values("pk"))
        return own & Q(user=None) if is_person and action == "d" else own
    if not is_person:
        return Q()
    own = Q(pk__in=_used(model, Q(pk__in=roles)).values("pk"))
    return person(user) | own | ~Q(pk__in=_used(model, EVERYONE).values("pk"))


def may(user, action, model, near=None):
    """Whether ``user`` may do ``action`` with ``near``, a row of ``model`` or one that
    a row of it stands under; without it, with some row."""
    if runs_site(user):
        return True
    roles = staff_roles(user)
    right = RIGHTS.get(model._meta.label)
    if right is None:
        return _may_share(user, action, model, near)
    allowed = _allowed(right, roles, action)
    return bool(allowed) if near is None else _course_pk(near) in allowed


def _may_share(user, action, model, near):
    """As ``may``, for a model that courses share."""
    if not staff_roles(user) or model._meta.label not in SHARED:
        return False
    if near is None or near.pk is None:
        return True
    if action == "a":  # under a row: that changes it
        action = "v" if isinstance(near, model) else "c"
    rows = type(near)._base_manager.filter(editable(user, action, type(near)))
    return rows.filter(pk=near.pk).exists()


def may_contact(user, person):
    """Whether ``user`` may see and change the e-mail address of ``person``, who has no
    account, a part in a course that ``user`` runs, and none in another."""
    if person.user_id or not may(user, "c", type(person), person):
        return False
    own = _used(type(person), Q(pk__in=staff_roles(user)))
    return runs_site(user) or own.filter(pk=person.pk).exists()


def mergeable(user):
    """Persons whom ``user`` may merge with another, and part again: without an account,
    and with parts only in courses whose roles ``user`` may change, as these move."""
    if runs_site(user):
        return EVERYONE
    from .models import Person

    courses = _allowed(RIGHTS["courses.CourseRole"], staff_roles(user), "c")
    if not courses:
        return NO_ONE
    elsewhere = _used(Person, ~Q(pk__in=courses))
    return Q(user=None) & ~Q(pk__in=elsewhere.values("pk"))


def may_merge(user, person):
    """Whether ``user`` may make one of ``person`` and another."""
    return type(person)._base_manager.filter(mergeable(user), pk=person.pk).exists()


def _allowed(right, roles, action):
    """The courses, by pk, in which one of ``roles`` allows ``action``."""
    letters = {"instructor": right.instructor, "assistant": right.assistant}
    able = {role for role, may_do in letters.items() if action in may_do}
    return [course for course, held in roles.items() if held & able]


def _used(model, courses):
    """Rows of the shared ``model`` that one of ``courses``, a condition, uses."""
    from .models import Course

    chosen = Course.objects.filter(courses)
    uses = Q()
    for path in SHARED[model._meta.label]:
        using = model._base_manager.filter(**{f"{path}__in": chosen})
        uses |= Q(pk__in=using.values("pk"))  # joined, they would multiply
    return model._base_manager.filter(uses)


def _course_pk(row):
    """The course that ``row`` belongs to, by its path in RIGHTS."""
    path = RIGHTS[row._meta.label].course
    if not path:
        return row.pk
    *relations, last = path.split("__")
    for relation in relations:
        row = getattr(row, relation)
    return getattr(row, f"{last}_id")
