"""What the rows of an API answer may have nested in them, loaded for all at once."""

from django.db.models import F, Q

from .models import (
    Announcement,
    Assignment,
    Course,
    Material,
    Reading,
    Session,
    Talk,
)
from .models.material import course_of
from .serializers import (
    AnnouncementSerializer,
    AssignmentSerializer,
    MaterialSerializer,
    ReadingSerializer,
    TalkSerializer,
)

OWNERS = {"session": Session, "talk": Talk, "assignment": Assignment}


def talks(nest):
    """Nest in each session of ``nest`` its talks."""
    sessions = {session.pk: session for session in nest.rows[Session]}
    found = Talk.objects.visible_to(nest.user).filter(session__in=sessions)
    found = TalkSerializer.load(found).select_related(None)
    found = list(found.order_by("position", "pk"))
    for talk in found:
        talk.session = sessions[talk.session_id]
    nest.add(found)
    nest.put("talks", sessions.values(), found, "session_id")


def announcements(nest):
    """Nest in each course of ``nest`` its announcements, pinned and new ones first."""
    found = AnnouncementSerializer.load(Announcement.objects)
    order = ["-is_pinned", "-published_at", "-pk"]
    _of_courses(nest, "announcements", found.order_by(*order))


def assignments(nest):
    """Nest in each course of ``nest`` its assignments, those that are due first."""
    found = AssignmentSerializer.load(Assignment.objects)
    order = [F("due_at").asc(nulls_last=True), "number", "pk"]
    _of_courses(nest, "assignments", found.order_by(*order))


def _of_courses(nest, name, rows):
    """Nest as ``name`` those of ``rows`` that belong to courses of ``nest``."""
    courses = {course.pk: course for course in nest.rows[Course]}
    found = rows.select_related(None).visible_to(nest.user).filter(course__in=courses)
    for row in found:
        row.course = courses[row.course_id]
    nest.add(found)
    nest.put(name, courses.values(), found, "course_id")


def materials(nest):
    """Nest materials in all that has some."""
    files = MaterialSerializer.load(Material.objects).select_related(None)
    _attached(nest, "materials", files.select_related("file"))


def readings(nest):
    """Nest readings in all that has some."""
    papers = ReadingSerializer.load(Reading.objects).select_related(None)
    _attached(nest, "readings", papers.select_related("paper"))


def _attached(nest, name, rows):
    """Nest as ``name`` those of ``rows`` that belong to rows of ``nest``, which are
    known by then: one query finds them."""
    owners = {
        kind: {row.pk: row for row in nest.rows[model]}
        for kind, model in OWNERS.items()
    }
    belongs = Q(pk__in=[])
    for kind, by_pk in owners.items():
        if by_pk:
            belongs |= Q(**{f"{kind}__in": by_pk})
    courses = {course.pk: course for course in nest.rows[Course]}
    if courses:
        none = {f"{kind}__isnull": True for kind in OWNERS}
        belongs |= Q(course__in=courses, **none)
    found = rows.visible_to(nest.user).filter(belongs).order_by("position", "pk")
    of_courses = []
    for row in found:
        kind = next((kind for kind in OWNERS if getattr(row, f"{kind}_id")), None)
        if kind is None:
            row.course = courses[row.course_id]
            of_courses.append(row)
        else:
            setattr(row, kind, owners[kind][getattr(row, f"{kind}_id")])
            row.course = course_of(row)
    for kind, by_pk in owners.items():
        nest.put(name, by_pk.values(), found, f"{kind}_id")
    nest.put(name, courses.values(), of_courses, "course_id")
