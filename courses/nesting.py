"""What the rows of an API answer may have nested in them, loaded for all at once."""

from django.db.models import F, Q
from django.db.models.functions import Coalesce

from references.models import Paper

from .models import (
    Announcement,
    Assignment,
    Course,
    Material,
    Person,
    Reading,
    Session,
    Talk,
)
from .models.material import course_of
from .serializers import (
    AnnouncementSerializer,
    AssignmentSerializer,
    MaterialSerializer,
    PaperSerializer,
    ReadingSerializer,
    SessionSerializer,
    TalkSerializer,
)

OWNERS = {"session": Session, "talk": Talk, "assignment": Assignment}


def sessions_of_people(nest):
    """Nest in each person of ``nest`` the sessions they have a role in, as lists show
    them, the latest first."""
    found = SessionSerializer.load(Session.objects.listed_for(nest.user))
    latest = [F("starts_at").desc(nulls_last=True), "-pk"]
    _of_people(nest, "sessions", found.order_by(*latest), "roles__person")


def talks_of_people(nest):
    """Nest in each person of ``nest`` the talks they gave, as lists show them, the
    latest first."""
    found = TalkSerializer.load(Talk.objects.listed_for(nest.user))
    latest = [F("session__starts_at").desc(nulls_last=True), "-pk"]
    _of_people(nest, "talks", found.order_by(*latest), "appearances__person")


def papers_of_people(nest):
    """Nest in each person of ``nest`` the papers they wrote, the latest first."""
    found = PaperSerializer.load(Paper.objects.listed_for(nest.user))
    latest = [F("year").desc(nulls_last=True), "key"]
    _of_people(nest, "papers", found.order_by(*latest), "authors__person")


def _of_people(nest, name, rows, path):
    """Nest as ``name`` those of ``rows`` whose ``path`` leads to people of ``nest``:
    a row in as many of them as it leads to, by a role more each once."""
    people = {person.pk: person for person in nest.rows[Person]}
    for person in people.values():
        person.nested[name] = []
    found = {}
    for row in rows.filter(**{f"{path}__in": people}).annotate(whose=F(path)):
        row, theirs = found.setdefault(row.pk, row), people[row.whose].nested[name]
        if theirs[-1:] != [row]:
            theirs.append(row)
    nest.add(found.values())


def where_read(nest):
    """Nest in each paper of ``nest`` its readings, as lists show them."""
    papers = {paper.pk: paper for paper in nest.rows[Paper]}
    found = ReadingSerializer.load(Reading.objects.listed_for(nest.user))
    found = found.select_related(None).select_related("course")
    day = Coalesce("session__date", "talk__session__date")
    latest = F("course__starts_on").desc(nulls_last=True)
    found = found.filter(paper__in=papers).order_by(latest, "course", day, "pk")
    for reading in found:
        reading.paper = papers[reading.paper_id]
    nest.add(found)
    nest.put("readings", papers.values(), found, "paper_id")


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
