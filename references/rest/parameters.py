"""What a filter takes, as JSON Schema: told in the description of the API, and held to.

Forms are lenient: they read ``year=2020.0``, ``date=10/25/2026`` and ``is_paper=2``.
Programs are better told at once, so here a value is as the schema says or refused.
"""

import re
from datetime import UTC, date, datetime

from django import forms
from django.utils.translation import gettext as _
from django_filters.fields import IsoDateTimeField

LONGEST = 200  # characters of a text
MOST = 2**31 - 1  # of numbers and ids
# Neither spaces alone nor characters that control a terminal.
NOT_EMPTY = r"[^\s\x00-\x1f\x7f-\x9f]"
INSTANT = {"type": "string", "format": "date-time"}
DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
WRITTEN = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,12})?"
    r"(Z|[+-][0-9]{2}:[0-9]{2})"
)


def schema_of(filter):
    """The JSON Schema of what ``filter``, of django-filter, takes."""
    field = filter.field
    if isinstance(field, forms.DecimalField | forms.IntegerField):
        least = 0 if field.min_value is None else field.min_value
        most = MOST if field.max_value is None else field.max_value
        return {"type": "integer", "minimum": int(least), "maximum": int(most)}
    if isinstance(field, forms.NullBooleanField | forms.BooleanField):
        return {"type": "boolean"}
    if isinstance(field, forms.DateTimeField | IsoDateTimeField):
        return INSTANT
    if isinstance(field, forms.DateField):
        return {"type": "string", "format": "date"}
    if isinstance(field, forms.ChoiceField):
        values = [str(value) for value, _label in field.choices if value != ""]
        return {"type": "string", "enum": values}
    return {
        "type": "string",
        "minLength": 1,
        "maxLength": getattr(field, "max_length", None) or LONGEST,
        "pattern": NOT_EMPTY,
    }


def fault(text, schema):
    """What is wrong with ``text`` as a value of ``schema``; None if nothing is."""
    kind = schema.get("format") or schema["type"]
    if "enum" in schema:
        if text not in schema["enum"]:
            words = _("“%(text)s” is not among: %(known)s.")
            return words % {"text": text[:40], "known": ", ".join(schema["enum"])}
    elif kind == "integer":
        least, most = schema["minimum"], schema["maximum"]
        is_number = re.fullmatch("0|-?[1-9][0-9]{0,17}", text)
        if not is_number or not least <= int(text) <= most:
            words = _("“%(text)s” is no whole number from %(least)d to %(most)d.")
            return words % {"text": text[:40], "least": least, "most": most}
    elif kind == "boolean":
        if text not in ("true", "false"):
            return _("Write true or false.")
    elif kind == "date":
        if not DAY.fullmatch(text) or not _read(date.fromisoformat, text):
            return _("“%s” is no day; write it as in 2026-03-31.") % text[:40]
    elif kind == "date-time":
        if not WRITTEN.fullmatch(text) or not _read(_instant, text):
            words = _("“%s” is no instant; write it as in 2026-03-31T09:30:00+08:00.")
            return words % text[:40]
    elif len(text) > schema["maxLength"]:
        return _("It is longer than %d characters.") % schema["maxLength"]
    elif "pattern" in schema and not re.search(schema["pattern"], text):
        return _("It is empty: leave it out, or give a value.")
    return None


def _read(parse, text):
    try:
        return parse(text)
    except (ValueError, OverflowError):
        return None


def _instant(text):
    """In UTC: databases keep none whose year is not from 1 to 9999 there."""
    return datetime.fromisoformat(text).astimezone(UTC)
