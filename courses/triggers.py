"""The triggers that keep what courses/revisions.py reads, for both databases.

Each has the same steps, as SQL about the rows before (``was``) and after (``is_now``) a
statement: on PostgreSQL those are its transition tables, for all rows at once; SQLite
fires for each row, and they are a SELECT of its OLD and NEW.

They are made after every migration and dropped before (courses/apps.py), as SQLite
remakes tables to alter them: that drops a table's own triggers, and fails where another
table's name it. What a migration changes itself is therefore unseen: the shared
revision is raised once they are made again.
"""

# ruff: noqa: S608 -- the names in it are those of models

import hashlib
from functools import cache

from django.apps import apps
from django.db import connections, transaction

from .revisions import SHARED, SHOWN, UNSHOWN, has_times, joined, kind

PREFIX = "revise_"
NOW = {
    "postgresql": "clock_timestamp()",
    # As Django writes it, so that texts compare as moments do.
    "sqlite": "strftime('%Y-%m-%d %H:%M:%f000', 'now')",
}
SELF = 'SELECT NEW."id"'
WRITTEN = ("Revision", "Removal", "Touch")
SIDES = {"INSERT": ("is_now",), "UPDATE": ("was", "is_now"), "DELETE": ("was",)}
ONE_ROW = "CREATE UNIQUE INDEX IF NOT EXISTS revise_one_row ON courses_revision(course)"


# Receivers, connected in courses/apps.py


def suspend(using, plan=(), **kwargs):
    """Before a migration there are no triggers."""
    if plan:  # otherwise nothing happens that they could be in the way of
        database = connections[using]
        with transaction.atomic(using), database.cursor() as cursor:
            for name, table in _existing(cursor, database.vendor):
                cursor.execute(_drop(database.vendor, name, table))


def install(using, **kwargs):
    """After a migration there are those that the tables need, and no others."""
    database = connections[using]
    with transaction.atomic(using), database.cursor() as cursor:
        existing = dict(_existing(cursor, database.vendor))
        wanted = _wanted(database.vendor)
        if existing.keys() == wanted.keys():
            return  # as after every flush of a test
        wanted = _wanted(database.vendor, _whole_models(database, cursor))
        if wanted and database.vendor == "sqlite":
            cursor.execute(ONE_ROW)
        for name in existing.keys() - wanted.keys():
            cursor.execute(_drop(database.vendor, name, existing[name]))
        missing = wanted.keys() - existing.keys()
        for name in missing:
            cursor.execute(wanted[name])
        if missing:
            cursor.execute(_Steps(database.vendor).raise_courses("SELECT 0 AS pk"))


def _existing(cursor, vendor):
    """(name, table) of the triggers that are there."""
    if vendor == "postgresql":
        cursor.execute(
            "SELECT tgname, relname FROM pg_trigger JOIN pg_class ON "
            "pg_class.oid = tgrelid WHERE tgname LIKE %s "
            "AND relnamespace = current_schema()::regnamespace",
            [f"{PREFIX}%"],
        )
    else:
        cursor.execute(
            "SELECT name, tbl_name FROM sqlite_master "
            "WHERE type = 'trigger' AND name LIKE %s",
            [f"{PREFIX}%"],
        )
    return cursor.fetchall()


def _drop(vendor, name, table):
    if vendor == "postgresql":
        return f'DROP TRIGGER "{name}" ON "{table}"; DROP FUNCTION "{name}"()'
    return f'DROP TRIGGER "{name}"'


def _whole_models(database, cursor):
    """Models whose table is there with all columns: not where migrations lead back."""
    tables = set(database.introspection.table_names(cursor))
    there = set()
    for model in apps.get_models(include_auto_created=True):
        if (table := model._meta.db_table) in tables:
            described = database.introspection.get_table_description(cursor, table)
            columns = {column.name for column in described}
            if all(field.column in columns for field in model._meta.concrete_fields):
                there.add(model)
    return frozenset(there)


@cache
def _wanted(vendor, there=None):
    """{name: SQL} of the triggers for the models that are ``there``, or all. A name
    ends with a hash of what its trigger does: what has the name does the same."""
    there = there or frozenset(apps.get_models(include_auto_created=True))
    if not {apps.get_model("courses", name) for name in WRITTEN} <= there:
        return {}
    triggers = {}
    for label in (*SHOWN, *UNSHOWN):
        model = apps.get_model(label)
        steps = _Steps(vendor, there)
        if model in there:
            own = steps.triggers if label in SHOWN else steps.time
            for name, sql in own(model):
                digest = hashlib.blake2b(sql.encode(), digest_size=4).hexdigest()
                name = f"{PREFIX}{name}_{digest}"
                triggers[name] = sql.replace("{name}", name)
    return triggers


def _way(model, path):
    """The models that ``path`` leads to, one after the other."""
    way = []
    for name in path.split("__") if path else ():
        model = model._meta.get_field(name).related_model
        way.append(model)
    return way


class _Steps:
    """SQL of triggers, for a database and the models that are ``there``."""

    def __init__(self, vendor, there=()):
        self.is_sqlite, self.there = vendor == "sqlite", there
        self.now = NOW[vendor]

    def triggers(self, model):
        """(name, SQL) of the triggers of ``model``, in which {name} is its own."""
        shown = SHOWN[model._meta.label]
        for event in SIDES:
            if model._meta.label == "courses.StoredFile" and event != "UPDATE":
                continue  # what shows a file changes itself; uploads are no change
            steps = [self._raise(model, shown, event)]
            steps += self._touch_wholes(model, shown, event)
            if self.is_sqlite and has_times(model) and event != "DELETE":
                steps.append(self._touch(model, SELF))
            if event == "DELETE" and self._leaves(model):
                was = self._side(model, "was")
                gone = f"(SELECT r.*, TRUE AS moved FROM {was} r)"
                steps.append(self._note(model, gone))
            name = f"{kind(model)}_{event.lower()}"
            yield name, self._trigger(model, event, steps)
        if not self.is_sqlite:
            yield from self.time(model)
        if self._leaves(model) and (gates := self._gates(model)):
            yield f"{kind(model)}_gate", self._gate(model, gates)

    def time(self, model):
        """What keeps the time of a row of ``model``, and does no more."""
        if has_times(model):
            yield f"{kind(model)}_time", self._own_time(model)

    # Where they fire

    def _trigger(self, model, event, steps):
        body = ";\n".join(steps) + ";"
        if self.is_sqlite:
            of = f"OF {self._columns(model)}" if event == "UPDATE" else ""
            return (
                f'CREATE TRIGGER "{{name}}" AFTER {event} {of} '
                f'ON "{model._meta.db_table}"\nBEGIN\n{body}\nEND'
            )
        return self._statement_trigger(model, event, body)

    def _statement_trigger(self, model, event, body):
        tables = {"was": "OLD TABLE AS was", "is_now": "NEW TABLE AS is_now"}
        seen = " ".join(tables[side] for side in SIDES[event])
        # Within a trigger only times are set: the change itself was seen before.
        return f"""CREATE OR REPLACE FUNCTION "{{name}}"() RETURNS trigger
LANGUAGE plpgsql AS $body$ BEGIN
{body}
RETURN NULL; END $body$;
CREATE TRIGGER "{{name}}" AFTER {event} ON "{model._meta.db_table}"
REFERENCING {seen} FOR EACH STATEMENT
WHEN (pg_trigger_depth() = 0) EXECUTE FUNCTION "{{name}}"()"""

    def _own_time(self, model):
        """The row's own time; on PostgreSQL set before it is written."""
        if self.is_sqlite:
            return self._trigger(model, "UPDATE", [self._touch(model, SELF)])
        return f"""CREATE OR REPLACE FUNCTION "{{name}}"() RETURNS trigger
LANGUAGE plpgsql AS $body$ BEGIN
NEW.updated_at := {self.now}; RETURN NEW; END $body$;
CREATE TRIGGER "{{name}}" BEFORE INSERT OR UPDATE OF {self._columns(model)}
ON "{model._meta.db_table}" FOR EACH ROW EXECUTE FUNCTION "{{name}}"()"""

    def _gate(self, model, gates):
        """Who may list a row, and those under it, was changed: they have a new time,
        so that who gained them is told, and who lost them is told of their removal."""
        moving = [
            column
            for column, name in gates.items()
            if model._meta.get_field(name).is_relation
        ]
        changed = self._differs(gates)
        if self.is_sqlite:
            moved = f"({self._differs(moving) or 'FALSE'})"
            gone = f"(SELECT {self._values(gates, 'OLD')}, {moved} AS moved)"
        else:
            # Not joined by id: a plan made for one row would compare each with each.
            moved = "FALSE"
            if moving:
                moved = f"id IN (SELECT id FROM ({self._differs(moving)}) moving)"
            gone = f"(SELECT *, {moved} AS moved FROM ({changed}) changed)"
        steps = [self._note(model, gone), *self._below(model, gone)]
        body = ";\n".join(steps) + ";"
        if self.is_sqlite:
            names = ", ".join(f'"{name}"' for name in gates)
            return (
                f'CREATE TRIGGER "{{name}}" AFTER UPDATE OF {names} '
                f'ON "{model._meta.db_table}"\n'
                f"WHEN {changed} BEGIN\n{body}\nEND"
            )
        body = f"IF EXISTS ({changed}) THEN\n{body}\nEND IF;"
        return self._statement_trigger(model, "UPDATE", body)

    # What they do

    def raise_courses(self, courses):
        """Raise the revision of each of ``courses``, a SELECT of different pks."""
        raised = (
            "INSERT INTO courses_revision (course, number, at) "
            f"SELECT pk, 1, {self.now} FROM ({courses}) raised WHERE pk IS NOT NULL"
        )
        if self.is_sqlite:
            raised += (
                " ON CONFLICT (course) DO UPDATE"
                " SET number = number + 1, at = excluded.at"
            )
        return raised

    def _raise(self, model, shown, event):
        if shown.courses == SHARED:
            rows = self._side(model, SIDES[event][0])  # none, for no rows
            return self.raise_courses(f"SELECT DISTINCT 0 AS pk FROM {rows} r")
        found = [
            self._led_to(model, path, side)
            for path in shown.courses.split() or [""]
            if self._is_there(model, path)
            for side in SIDES[event]
        ]
        return self.raise_courses(" UNION ".join(found))

    def _touch_wholes(self, model, shown, event):
        for path in shown.part_of.split():
            if self._is_there(model, path):
                whole = _way(model, path)[-1]
                sides = [self._led_to(model, path, side) for side in SIDES[event]]
                yield self._touch(whole, " UNION ".join(sides))

    def _touch(self, model, pks):
        """Give the rows of ``model`` with ``pks``, a SELECT, this moment as their
        time. A row that another transaction has locked is noted instead."""
        table = model._meta.db_table
        if self.is_sqlite:
            return f'UPDATE "{table}" SET updated_at = {self.now} WHERE "id" IN ({pks})'
        return f"""WITH meant AS MATERIALIZED ({pks}), free AS MATERIALIZED (
    SELECT id FROM "{table}" WHERE id IN (SELECT * FROM meant)
    ORDER BY id FOR NO KEY UPDATE SKIP LOCKED
), touched AS (
    UPDATE "{table}" SET updated_at = {self.now} WHERE id IN (SELECT id FROM free)
)
INSERT INTO courses_touch (kind, row_id, at)
SELECT '{kind(model)}', id, {self.now} FROM "{table}"
WHERE id IN (SELECT * FROM meant) AND id NOT IN (SELECT id FROM free)"""

    def _note(self, model, gone):
        """Note the removal of the rows ``gone``: of those that everybody could list,
        and for its staff of those that left their course."""
        joins, course = self._course(model)
        return self._noted(
            model, f"{gone} r{joins}", "r", course, self._is_public(model, "r")
        )

    def _below(self, model, gone):
        """The same for all rows under those ``gone``; they have a new time, too."""
        joins, course = self._course(model)
        own = self._is_public(model, "r")
        touched = {}
        for child, below, alias in self._under(model):
            public = f"{own} AND {self._is_public(child, alias, given=model)}"
            yield self._noted(child, f"{gone} r{joins}{below}", alias, course, public)
            told, column = self._told(child)
            pks = f'SELECT {alias}."{column}" FROM {gone} r{below}'
            touched.setdefault(told, []).append(pks)
        for told in sorted(touched, key=kind):  # locked in one order by everybody
            yield self._touch(told, " UNION ".join(touched[told]))

    def _noted(self, model, rows, alias, course, is_public):
        told, column = self._told(model)
        return f"""INSERT INTO courses_removal (kind, row_id, course, was_public, at)
SELECT DISTINCT '{kind(told)}', pk, course, was_public, {self.now} FROM (
    SELECT {alias}."{column}" AS pk, {course} AS course, r.moved AS moved,
        {is_public} AS was_public FROM {rows}
) gone WHERE was_public OR moved"""

    # What they are about

    def _side(self, model, side):
        if not self.is_sqlite:
            return side
        row = {"was": "OLD", "is_now": "NEW"}[side]
        relations = [f.column for f in model._meta.concrete_fields if f.is_relation]
        return f"(SELECT {self._values([*self._gates(model), *relations], row)})"

    def _values(self, columns, row):
        names = dict.fromkeys(["id", *columns])
        return ", ".join(f'{row}."{name}" AS "{name}"' for name in names)

    def _differs(self, columns):
        """That one of ``columns`` was changed; on PostgreSQL the rows where one was."""
        if self.is_sqlite:
            return " OR ".join(f'OLD."{name}" IS NOT NEW."{name}"' for name in columns)
        was, is_now = (self._values(columns, side) for side in SIDES["UPDATE"])
        return f"SELECT {was} FROM was EXCEPT SELECT {is_now} FROM is_now"

    def _led_to(self, model, path, side):
        joins, value = joined(model, path)
        return f"SELECT DISTINCT {value} AS pk FROM {self._side(model, side)} r{joins}"

    def _is_there(self, model, path):
        return self.there.issuperset(_way(model, path))

    def _columns(self, model):
        """All but the time: what sets it alone is no change."""
        names = [f'"{field.column}"' for field in model._meta.concrete_fields]
        return ", ".join(name for name in names if name != '"updated_at"')

    def _gates(self, model):
        """{column: field} of what says who may list a row of ``model``."""
        shown = SHOWN[model._meta.label]
        names = [shown.column, shown.from_at, *shown.under.split(), shown.tells]
        fields = [model._meta.get_field(name) for name in names if name]
        return {field.column: field.name for field in fields}

    def _leaves(self, model):
        """Whether mirrors are told of what leaves."""
        return has_times(model) or bool(SHOWN[model._meta.label].tells)

    def _told(self, model):
        """The model that leaves with a row of ``model``, and the column of its pk."""
        if name := SHOWN[model._meta.label].tells:
            field = model._meta.get_field(name)
            return field.related_model, field.column
        return model, "id"

    def _course(self, model):
        courses = SHOWN[model._meta.label].courses
        return ("", "0") if courses == SHARED else joined(model, courses)

    def _under(self, model, origin=None, joins="", above="r", depth=0):
        """(model, joins, alias) of all that stands under rows of ``model``."""
        for label, shown in SHOWN.items():
            child = apps.get_model(label)
            for name in shown.under.split():
                field = child._meta.get_field(name)
                if field.related_model is not model or child not in self.there:
                    continue
                if depth and self._is_always_under(child, origin):
                    continue  # it was come to by the shorter way
                alias = f"u{depth}"
                own = (
                    f' JOIN "{child._meta.db_table}" {alias} '
                    f'ON {alias}."{field.column}" = {above}."id"'
                )
                yield child, joins + own, alias
                yield from self._under(
                    child, origin or model, joins + own, alias, depth + 1
                )

    def _is_always_under(self, model, origin):
        fields = map(model._meta.get_field, SHOWN[model._meta.label].under.split())
        return any(field.related_model is origin and not field.null for field in fields)

    def _is_public(self, model, row, given=None, depth=0):
        """That everybody may list ``row``, as SQL; as far as it does not depend on the
        row of the model ``given`` that it is under."""
        shown = SHOWN[model._meta.label]
        conditions = []
        if model._meta.label == "courses.Person":
            return "FALSE"  # their parts went before
        if shown.column:
            values = ", ".join(f"'{value}'" for value in shown.values)
            conditions.append(f'{row}."{shown.column}" IN ({values})')
        if shown.from_at:
            moment = f'{row}."{shown.from_at}"'
            conditions.append(f"({moment} IS NULL OR {moment} <= {self.now})")
        for name in shown.under.split():
            field = model._meta.get_field(name)
            parent = field.related_model
            if parent is given:
                continue
            alias = f"p{depth}"
            is_public = self._is_public(parent, alias, given, depth + 1)
            found = (
                f'EXISTS (SELECT 1 FROM "{parent._meta.db_table}" {alias} '
                f'WHERE {alias}."id" = {row}."{field.column}" AND {is_public})'
            )
            if field.null:
                found = f'({row}."{field.column}" IS NULL OR {found})'
            conditions.append(found)
        return " AND ".join(conditions) or "TRUE"
