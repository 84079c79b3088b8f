"""How far a course is: numbers that rise with every committed change of what is shown.

Triggers of the database raise them (courses/triggers.py), however a row is changed: by
a form, bulk work, ``update()``, a cascade, plain SQL. They also keep ``updated_at``,
and note what was removed, so that a mirror can stay in step.

A page or answer that is kept is kept under the ``mark`` of the State that was asked
for *before* its rows were read: then it is never older than its mark.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache, lru_cache
from weakref import WeakKeyDictionary

from django.apps import apps
from django.db import DEFAULT_DB_ALIAS, connection, connections
from django.db.models import Q
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from . import access
from .access import LISTED, OPEN, Visibility

# What is shown


@dataclass(frozen=True)
class Shown:
    """What a change of a row means.

    ``courses`` are paths to the courses that show it; "" is the row itself, SHARED what
    courses share. ``part_of`` are paths to rows in whose answers it stands: their
    ``updated_at`` is its own. Paths may go backwards, to what shows a row.

    Everybody may list it if ``column`` has one of ``values``, ``from_at`` is empty or
    past, and everybody may list the rows ``under`` names: then its leaving is told.
    ``tells`` names the person whose part it is: then it is the person who leaves.
    """

    courses: str
    part_of: str = ""
    under: str = ""
    column: str = ""
    values: tuple = ()
    from_at: str = ""
    tells: str = ""


SHARED = "shared"
ATTACHED = "course session talk assignment"
VISIBLE = {"column": "visibility", "values": (Visibility.PUBLIC.value,)}
SHOWN = {
    "courses.Course": Shown("", column="status", values=tuple(map(str, LISTED))),
    "courses.CourseRole": Shown("course", "course person", "course", tells="person"),
    "courses.Section": Shown("course", "course"),
    "courses.Meeting": Shown("course", "course"),
    "courses.Holiday": Shown("course", "course"),
    "courses.Announcement": Shown("course", under="course", from_at="published_at"),
    "courses.Assignment": Shown("course", under="course", from_at="opens_at"),
    "courses.Session": Shown("course", under="course", **VISIBLE),
    "courses.SessionRole": Shown(
        "session__course", "session person", "session", tells="person"
    ),
    "courses.Talk": Shown("session__course", under="session", **VISIBLE),
    "courses.Appearance": Shown(
        "talk__session__course", "talk person", "talk", tells="person"
    ),
    "courses.Material": Shown("course", under=ATTACHED, **VISIBLE),
    "courses.Reading": Shown("course", under=ATTACHED),
    "courses.CitationKey": Shown("course"),
    "courses.StoredFile": Shown("materials__course", "materials"),
    # Of who and what is named elsewhere, too.
    "courses.Person": Shown(
        SHARED, "author roles__course session_roles__session appearances__talk"
    ),
    "references.Paper": Shown(SHARED, "readings"),
    "references.Author": Shown(
        SHARED, "person authorships__paper authorships__paper__readings"
    ),
    "references.Authorship": Shown(SHARED, "paper paper__readings"),
    "references.PaperLink": Shown(SHARED, "paper"),
    "references.PaperAlias": Shown(SHARED, "paper"),
}
# What no public page or answer shows; edit histories neither. Only its times are kept.
UNSHOWN = {
    "courses.AuditEntry",
    "courses.Enrolment",
    "courses.ImportRecord",
    "courses.Invitation",
    "courses.JoinRequest",
    "courses.PersonMerge",
    "courses.Proposal",
    "courses.Removal",
    "courses.Revision",
    "courses.TalkLink",
    "courses.Token",
    "courses.Token_courses",
    "courses.Touch",
    "courses.User",
    "courses.User_groups",
    "courses.User_user_permissions",
    "references.Answer",
    "references.Duplicate",
    "references.SearchEntry",  # follows what it is about
}


def kind(model):
    """What rows of ``model`` are called in Removal and Touch."""
    return model._meta.model_name


def joined(model, path):
    """(joins, value) in SQL: what ``path`` leads to from a row ``r`` of ``model``."""
    joins, alias, value = "", "r", 'r."id"'
    for number, name in enumerate(path.split("__") if path else ()):
        field = model._meta.get_field(name)
        is_backwards = field.auto_created
        if is_backwards or alias is None:
            alias = f"s{number}"
            table = (field.related_model if is_backwards else model)._meta.db_table
            column = field.field.column if is_backwards else "id"
            joins += f' JOIN "{table}" {alias} ON {alias}."{column}" = {value}'
        value = f'{alias}."id"' if is_backwards else f'{alias}."{field.column}"'
        model, alias = field.related_model, alias if is_backwards else None
    return joins, value


# How far it is

PREPARED = WeakKeyDictionary()  # names of statements by connection of PostgreSQL


@dataclass(frozen=True)
class State:
    """How far a course is, or with ``course`` None everything.

    ``number`` is raised by every change of what the course shows or courses share.
    ``appeared_at`` is the last moment at which the clock alone let something appear.
    """

    course: int | None
    number: int
    appeared_at: datetime | None

    @property
    def mark(self):
        """Another text whenever something was changed or appeared."""
        moment = self.appeared_at.timestamp() if self.appeared_at else 0
        return f"{self.course or 0}-{self.number}-{moment:.6f}"


def of(course=None):
    """The State of ``course``, its slug or row, or of everything; in one query while
    nothing changes. None if no course that everybody may open has this slug."""
    is_slug = isinstance(course, str)
    if is_slug and "\0" in course:
        return None  # nor can PostgreSQL be asked
    by = "slug" if is_slug else "id" if course else ""
    params = {"course": course if is_slug else course.pk} if course else {}
    database = connections[DEFAULT_DB_ALIAS]
    with database.cursor() as cursor:
        question = _question(by)
        if database.vendor == "postgresql":
            question = _prepared(cursor, f"revisions_by_{by}", question, params)
        cursor.execute(question, params)
        row = cursor.fetchone()
    if row is None:
        return None
    pk, number, changed_at = row
    appearances, now = _appearances(pk, int(number), changed_at), timezone.now()
    appeared_at = max((each for each in appearances if each <= now), default=None)
    return State(pk, int(number), appeared_at)


def _prepared(cursor, name, sql, params):
    """SQL that executes ``sql`` as it was planned the first time on this connection: to
    plan this one takes PostgreSQL longer than to answer it."""
    known = PREPARED.setdefault(cursor.connection, set())
    if name not in known:
        numbered = {each: f"${place}" for place, each in enumerate(params, start=1)}
        cursor.execute(f"PREPARE {name} AS {sql % numbered}")
        known.add(name)
    marks = ", ".join(f"%({each})s" for each in params)
    return f"EXECUTE {name} ({marks})" if marks else f"EXECUTE {name}"


@cache
def _question(by):
    """The SQL of ``of``: for the course with this ``id`` or ``slug``, or everything."""
    rows = '"courses_revision" r'
    if by:
        rows = (
            f'"courses_course" c LEFT JOIN {rows} ON r.course IN (0, c.id) '
            f"WHERE c.{by} = %(course)s"
        )
        if by == "slug":
            rows += f" AND c.status IN {tuple(map(str, OPEN))}"
        rows += " GROUP BY c.id"
    pk = "c.id" if by else "NULL"
    return f"SELECT {pk}, COALESCE(SUM(r.number), 0), MAX(r.at) FROM {rows}"  # noqa: S608


@lru_cache(maxsize=1000)
def _appearances(course, number, changed_at):
    """The moments at which the clock alone lets rows of a course, or of any, appear:
    the last of each kind until now, and those to come. They stay what they are until
    the revision has another ``number``, at another time."""
    now = connection.ops.adapt_datetimefield_value(timezone.now())
    kinds, params = [], []
    for label, shown in SHOWN.items():
        if not (name := shown.from_at):
            continue
        model = apps.get_model(label)
        joins, value = joined(model, shown.courses)
        rows = f'FROM "{model._meta.db_table}" r{joins} WHERE '
        rows += f"{value} = %s AND " if course else ""
        kinds += [
            f'SELECT MAX(r."{name}") {rows} r."{name}" <= %s',
            f'SELECT r."{name}" {rows} r."{name}" > %s',
        ]
        params += [course, now] * 2 if course else [now] * 2
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(kinds), params)
        found = [_moment(moment) for (moment,) in cursor.fetchall()]
    return list(filter(None, found))


def _moment(value):
    """The aware datetime of what a cursor gives: text, on SQLite."""
    if isinstance(value, str):
        value = parse_datetime(value).replace(tzinfo=connection.timezone)
    return value


# What a mirror is told


def as_of():
    """The moment to ask for changes since, the next time; asked before rows are read.

    A change has the time at which it was made, and is seen from its commit on. So this
    is when the oldest transaction began that has written and goes on; on SQLite, where
    one writes at a time, the last change that is seen. Of a replica it must not be
    asked: those of its source are not known there.
    """
    with connection.cursor() as cursor:
        cursor.execute(AS_OF[connection.vendor])
        return _moment(cursor.fetchone()[0])


AS_OF = {
    "postgresql": """
        SELECT LEAST(statement_timestamp(), MIN(xact_start)) FROM pg_stat_activity
        WHERE datname = current_database() AND backend_xid IS NOT NULL""",
    "sqlite": """
        SELECT COALESCE(MAX(at), strftime('%Y-%m-%d %H:%M:%f', 'now'))
        FROM courses_revision""",
}


def follows(model):
    """Whether it is known which rows of ``model`` changed or left the public."""
    return model._meta.label in SHOWN and has_times(model)


def changed_since(model, since):
    """Rows of ``model`` that were changed or appeared at the aware datetime ``since``
    or later, as a condition."""
    from .models import Touch

    touched = Touch.objects.filter(kind=kind(model), at__gte=since)
    condition = Q(updated_at__gte=since) | Q(pk__in=touched.values("row_id"))
    for path in _appearing(model):
        condition |= Q(**{f"{path}__gte": since, f"{path}__lte": timezone.now()})
    return condition


def _appearing(model):
    """Paths to the moments at which a row of ``model`` appears by the clock."""
    shown = SHOWN[model._meta.label]
    if shown.from_at:
        yield shown.from_at
    for name in shown.under.split():
        parent = model._meta.get_field(name).related_model
        yield from (f"{name}__{path}" for path in _appearing(parent))


def removals(kind, since, user, course=None):
    """Ids of rows of ``kind`` (a model's name) that were deleted, or left the public,
    at ``since`` or later, as far as ``user`` could list them: those that everybody
    could, and all of courses that ``user`` runs. With ``course``, a slug, of it alone,
    and of what courses share.

    Some may have come back, or may still be seen by ``user``: the caller leaves those
    out. What is older than 400 days is forgotten.
    """
    from .models import Course, Removal

    run = Course.objects.filter(access.run_by(user)).values("pk")
    told = Q(was_public=True) | Q(course__in=run)
    is_limited = getattr(user, "only_courses", None) is not None  # by a token
    if user.is_active and user.is_superuser and not is_limited:
        told = Q()  # of courses that are gone, too
    found = Removal.objects.filter(told, kind=kind, at__gte=since)
    if course is not None:
        own = Course.objects.filter(slug=course).values("pk")
        found = found.filter(Q(course__in=own) | Q(course=0))
    return found.order_by("row_id").values_list("row_id", flat=True).distinct()


# Now and then

KEPT = timedelta(days=400)  # removals
SQUASH = """
    WITH gone AS (DELETE FROM courses_revision RETURNING course, number, at)
    INSERT INTO courses_revision (course, number, at)
    SELECT course, SUM(number), MAX(at) FROM gone GROUP BY course"""
# Who has a row locked is not waited for: its touch stays for the next time.
LATE = """
    WITH late AS (
        SELECT row_id, MAX(at) AS at FROM courses_touch WHERE kind = %s GROUP BY row_id
    ), free AS (
        SELECT id FROM "{table}" WHERE id IN (SELECT row_id FROM late)
        ORDER BY id FOR NO KEY UPDATE SKIP LOCKED
    ), done AS (
        UPDATE "{table}" t SET updated_at = GREATEST(t.updated_at, late.at)
        FROM late JOIN free ON free.id = late.row_id WHERE t.id = late.row_id
        RETURNING t.id
    )
    DELETE FROM courses_touch WHERE kind = %s AND (
        row_id IN (SELECT id FROM done) OR row_id NOT IN (SELECT id FROM "{table}"))"""


def squash():
    """Make one row of each course's revisions, write late touches into their rows, and
    forget old removals; return how many rows went, of each. No number changes."""
    from .models import Removal, Revision, Touch

    before = Revision.objects.count(), Touch.objects.count()
    if connection.vendor == "postgresql":  # SQLite has one row, and no late touches
        with connection.cursor() as cursor:
            cursor.execute(SQUASH)
            for model in timed():
                sql = LATE.format(table=model._meta.db_table)
                cursor.execute(sql, [kind(model)] * 2)
    after = Revision.objects.count(), Touch.objects.count()
    gone, _of = Removal.objects.filter(at__lt=timezone.now() - KEPT).delete()
    return before[0] - after[0], before[1] - after[1], gone


def timed():
    """Models of SHOWN whose rows say when they were changed."""
    shown = map(apps.get_model, SHOWN)
    return [model for model in shown if has_times(model)]


def has_times(model):
    return any(field.name == "updated_at" for field in model._meta.concrete_fields)
