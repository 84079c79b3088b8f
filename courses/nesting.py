"""What the rows of an API answer may have nested in them, loaded for all at once."""

from django.db.models import Q

from .models import Assignment, Course, Material, Reading, Session, Talk
from .models.material import course_of
from .serializers import MaterialSerializer, ReadingSerializer, TalkSerializer

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
