"""Making one row of two, and parting them again, for any model.

Rows of any app that point to the one that goes point to the one that stays. What
moved, and what found no place there, is told as JSON, from which it is brought back.
"""

import hashlib
import json

from django.apps import apps
from django.contrib.contenttypes.fields import GenericForeignKey
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import ValidationError
from django.db.models import UniqueConstraint
from django.utils.translation import gettext as _
from simple_history.models import HistoricalChanges
from simple_history.utils import bulk_update_with_history

AT_ONCE = 500  # rows in one query


class Refused(Exception):
    """It cannot be decided so, or not any more; the message says why."""


def locked(model, *pks):
    """The rows of ``pks``, which nobody else can change or point to meanwhile; Refused
    if one is gone."""
    rows = model._base_manager.select_for_update().order_by("pk").in_bulk(pks)
    if len(rows) < len(pks):
        raise Refused(_("One of them was merged or deleted meanwhile."))
    return [rows[pk] for pk in pks]


def signed(row, by, reason):
    """``row``, whose next record in the history says who changed it and why."""
    row._history_user, row._change_reason = by, reason
    return row


# Rows that point to another


def pointing_to(row):
    """(field, queryset) of what points to ``row``, in any app; also by a relation that
    has no name, and by its number beside its content type."""
    for relation in row._meta.get_fields(include_hidden=True):
        is_pointing = relation.one_to_many or relation.one_to_one
        model = relation.related_model
        if (
            is_pointing
            and relation.auto_created
            and not issubclass(model, HistoricalChanges)
        ):
            rows = model._base_manager.filter(**{relation.field.name: row})
            yield relation.field, rows.order_by("pk")
    kind = ContentType.objects.get_for_model(row)
    for model in apps.get_models():
        for key in model._meta.private_fields:
            if isinstance(key, GenericForeignKey):
                found = {key.ct_field: kind, key.fk_field: row.pk}
                rows = model._base_manager.filter(**found)
                yield model._meta.get_field(key.fk_field), rows.order_by("pk")


def move(gone, kept, reason, by):
    """Let what points to ``gone`` point to ``kept``; return what moved, for
    ``move_back``, and the rows for which there was no place, for ``restore``."""
    moved, dropped = [], []
    for field, rows in pointing_to(gone):
        staying, going = [], []
        for row in rows:
            before = remembered(row)
            setattr(row, field.attname, kept.pk)
            if has_place(row):
                staying.append(row)
            else:
                dropped.append(before)
                going.append(row)
        if staying:
            _point(staying, field, reason, by)
            pks = [row.pk for row in staying]
            moved.append([field.model._meta.label, field.name, gone.pk, pks])
        for row in going:
            signed(row, by, reason).delete()
    return moved, dropped


def has_place(row):
    """Whether nothing unique stands in the way of ``row``."""
    try:
        row.validate_unique()
        for constraint in row._meta.constraints:
            if isinstance(constraint, UniqueConstraint):
                constraint.validate(type(row), row)
    except ValidationError:
        return False
    return True


def _point(rows, field, reason, by):
    """Save the ``field`` of ``rows``, which all point to one row by it."""
    model = type(rows[0])
    if hasattr(model, "history"):
        bulk_update_with_history(
            rows,
            model,
            [field.name],
            batch_size=AT_ONCE,
            default_user=by,
            default_change_reason=reason,
            manager=model._base_manager,
        )
    else:
        model._base_manager.filter(pk__in=[row.pk for row in rows]).update(
            **{field.attname: getattr(rows[0], field.attname)}
        )


def move_back(kept, moved, reason, by):
    """Undo a ``move``, but for rows that were deleted or moved on since; return the
    rows that something points to again."""
    former_targets = []
    for label, name, former, pks in moved:
        model = apps.get_model(label)
        field = model._meta.get_field(name)
        rows = list(model._base_manager.filter(pk__in=pks, **{name: kept.pk}))
        for row in rows:
            setattr(row, field.attname, former)
        target = type(kept)._base_manager.filter(pk=former).first()
        if rows and target:
            _point(rows, field, reason, by)
            former_targets.append(target)
    return former_targets


def restore(dropped, told):
    """Save the remembered rows again; say in ``told`` of which that cannot be."""
    for label, values, text in dropped:
        row = thawed(apps.get_model(label), values)
        if type(row)._base_manager.filter(pk=row.pk).exists():
            row.pk = None
        if _has_targets(row) and has_place(row):
            row.save_base(raw=True, force_insert=True)
        else:
            kind = row._meta.verbose_name
            told.append(_("Not brought back: %s.") % f"{kind} “{text}”")


def _has_targets(row):
    """Whether all that ``row`` points to is still there."""
    return all(
        field.related_model._base_manager.filter(pk=getattr(row, field.attname))
        for field in row._meta.concrete_fields
        if field.is_relation and getattr(row, field.attname) is not None
    )


# Their own values


def changed(before, row):
    """{name: [before, after]} of the fields in which ``row`` differs from what it was,
    ``frozen``."""
    after = frozen(row)
    return {
        name: [before[name], after[name]]
        for name in after
        if before[name] != after[name]
    }


def is_free(row, name, value):
    """Whether no other row has ``value`` in the field ``name``, which is unique."""
    others = type(row)._base_manager.filter(**{name: value}).exclude(pk=row.pk)
    return not value or not others.exists()


# Rows as JSON


def fingerprint(values):
    """A mark of ``values``, made of what JSON has: another once one of them changes."""
    return hashlib.blake2b(json.dumps(values).encode(), digest_size=16).hexdigest()


def remembered(row):
    """What ``restore`` needs, and the words for ``row``."""
    return [row._meta.label, frozen(row), str(row)]


def frozen(row):
    """The values of ``row`` as JSON has them, to the microsecond."""
    return {field.attname: _plain(field, row) for field in row._meta.concrete_fields}


def decided_on(row):
    """The values of ``row`` but its time, which a change of its parts sets as well."""
    values = frozen(row)
    values.pop("updated_at", None)
    return values


def _plain(field, row):
    value = field.value_from_object(row)
    is_plain = value is None or isinstance(value, str | int | float | list | dict)
    return value if is_plain else field.value_to_string(row)


def thawed(model, frozen):
    """A row of ``model`` as it was, as far as it still has the fields."""
    return model(
        **{
            field.attname: field.to_python(frozen[field.attname])
            for field in model._meta.concrete_fields
            if field.attname in frozen
        }
    )
