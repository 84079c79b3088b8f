"""Rows that remember what an import wrote, so that the next one can tell a
value that is still the page's from one that was edited here."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import date, time

from django.contrib.contenttypes.models import ContentType
from django.db import models

from ..models import ImportRecord


@dataclass
class Report:
    """What an import did: rows ``created`` and ``changed`` by model; ``kept``
    names values edited here and left alone, ``gone`` the rows that the page no
    longer has."""

    created: Counter = field(default_factory=Counter)
    changed: Counter = field(default_factory=Counter)
    kept: list[str] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)


class Rows:
    """Creates and updates the rows of one course by their key in the source."""

    def __init__(self, course, report):
        self.course = course
        self.report = report
        self._records = {r.source_key: r for r in course.import_records.all()}
        self._rows = self._load_rows()
        self._seen = set()
        self._new, self._stale = [], []

    def _load_rows(self):
        by_type = {}
        for record in self._records.values():
            by_type.setdefault(record.content_type_id, []).append(record.object_id)
        return {
            (type_id, row.pk): row
            for type_id, pks in by_type.items()
            for row in ContentType.objects.get_for_id(type_id)
            .model_class()
            ._default_manager.filter(pk__in=pks)
        }

    def unique_key(self, key):
        """``key`` shortened, and numbered if the page had it before."""
        key, n, unique = key[:280], 1, key[:280]
        while unique in self._seen:
            n += 1
            unique = f"{key}#{n}"
        return unique

    def known(self, key):
        """(row, values last written) of ``key``; (None, None) if new, (None,
        values) if the row was deleted here."""
        record = self._records.get(key)
        if record is None:
            return None, None
        return self._rows.get((record.content_type_id, record.object_id)), record.values

    def sync(self, model, key, fixed, values, printed=(), extra=None, existing=None):
        """Create the row of ``key``, or bring it up to date; return it.

        ``fixed`` are fields only set on creation, ``values`` those the page
        decides, ``extra`` is remembered beside them; ``existing`` is a row made
        for this import before. None where the row was
        deleted here: it stays deleted, and its parts are not made again.
        """
        self._seen.add(key)
        record = self._records.get(key)
        values = {name: _clip(model, name, value) for name, value in values.items()}
        if record is None:
            row = existing or model(**fixed)
            for name, value in values.items():
                setattr(row, name, value)
            _save(row)
            self._remember(key, row, values, printed, extra)
            return row
        row, _ = self.known(key)
        if row is None:
            self.report.kept.append(f"{key}: deleted here")
            return None
        self._update(record, row, values, list(printed), extra)
        return row

    def _remember(self, key, row, values, printed, extra):
        self.report.created[type(row)] += 1
        written = {name: plain(value) for name, value in values.items()}
        self._new.append(self._record(key, row, written | (extra or {}), printed))

    def _record(self, key, row, values, printed):
        record = ImportRecord(
            course=self.course,
            source_key=key,
            content_type=ContentType.objects.get_for_model(row),
            object_id=row.pk,
            values=values,
            printed=list(printed),
        )
        self._records[key] = record
        self._rows[record.content_type_id, row.pk] = row
        return record

    def _update(self, record, row, values, printed, extra):
        written = dict(record.values) | (extra or {})
        changed = []
        for name, value in values.items():
            now, new = plain(getattr(row, name)), plain(value)
            if now == new:
                written[name] = new
            elif name in record.values and now == record.values[name]:
                setattr(row, name, value)
                written[name] = new
                changed.append(name)
            else:
                self.report.kept.append(f"{record.source_key}, {name}: edited here")
        if changed:
            _save(row)
            self.report.changed[type(row)] += 1
        if written != record.values or printed != record.printed:
            record.values, record.printed = written, printed
            self._stale.append(record)

    def finish(self):
        """Store the records; report the rows that the page no longer has."""
        self.report.gone += sorted(set(self._records) - self._seen)
        ImportRecord.objects.bulk_create(self._new)
        for record in self._stale:
            record.save()


def _save(row):
    row._change_reason = "import"  # for rows that have an edit history
    row.save()


def plain(value):
    """``value`` of a field as JSON keeps it."""
    if isinstance(value, models.Model):
        return value.pk
    if isinstance(value, (date, time)):
        return value.isoformat()
    return value


def _clip(model, name, value):
    """Text cut to what its column holds."""
    limit = getattr(model._meta.get_field(name), "max_length", None)
    if isinstance(value, str) and limit and len(value) > limit:
        return value[: limit - 1] + "…"
    return value
