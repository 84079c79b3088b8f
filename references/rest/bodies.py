"""What the bodies of requests may say: the fields of a row that can be written.

Strict, as the description of the API says it: a number is no text, and names that are
not known are refused. What is wrong with a body in itself is an error of its own kind;
errors with a code of ``DATA`` are about the data there is.
"""

import re
from collections import defaultdict
from decimal import Decimal

from django.contrib import admin
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from drf_spectacular.utils import extend_schema_field
from rest_framework import exceptions, serializers
from rest_framework.validators import UniqueValidator
from simple_history.utils import bulk_create_with_history

from .parameters import NOT_EMPTY
from .parsing import printable
from .problems import Conflict

UNKNOWN = "unknown"  # the code of what refers to a row that is not there
FORBIDDEN = "forbidden"  # and of what refers to one that is not the writer's to use
UNIQUE = "unique"
AT_ONCE = 500  # rows in one query
INCOMPLETE = "incomplete"
UNREACHABLE = "unreachable"
OVERFLOW = "overflow"  # of instants that clocks of some zone would not show
DATA = {UNKNOWN, FORBIDDEN, UNIQUE, INCOMPLETE, UNREACHABLE, OVERFLOW}
LARGEST_ID = 2**63 - 1
LARGEST_SMALL = 2**15 - 1  # on PostgreSQL; SQLite would take more
URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://[!-~]+")
DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
CLOCK = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9])?")
INSTANT = re.compile(
    rf"{DAY.pattern}[Tt]{CLOCK.pattern}(\.[0-9]+)?([Zz]|[+-][0-9]{{2}}:[0-9]{{2}})"
)


def refuse(errors):
    """Raise the answer to ``errors``, a nested detail of a ValidationError: 400 if the
    body itself is wrong, 403 or 409 where only the data speaks against it."""
    errors = exceptions.ValidationError(errors).detail
    codes = {error.code for error in _leaves(errors)}
    if not codes <= DATA:
        raise exceptions.ValidationError(errors)
    if FORBIDDEN in codes:
        words = next(str(each) for each in _leaves(errors) if each.code == FORBIDDEN)
        raise exceptions.PermissionDenied(words)
    raise Conflict(errors)


def _leaves(errors):
    if isinstance(errors, dict | list):
        for each in errors.values() if isinstance(errors, dict) else errors:
            yield from _leaves(each)
    else:
        yield errors


def check_texts(data):
    """Raise ValidationError, by field, if a text in ``data`` holds what none can: null
    characters, halves of surrogate pairs."""
    errors, left = {}, [((), data)]
    while left:  # not recursive: a body may be nested deeply
        path, each = left.pop()
        if isinstance(each, str) and ("\0" in each or not _is_whole(each)):
            errors[".".join(path)] = _("It holds a character that no text can have.")
        elif isinstance(each, dict):
            left += [((*path, printable(name)), name) for name in each]
            left += [((*path, printable(name)), value) for name, value in each.items()]
        elif isinstance(each, list):
            left += [((*path, str(place)), value) for place, value in enumerate(each)]
    if errors:
        raise exceptions.ValidationError(errors)


def _is_whole(text):
    return text.isascii() or not any("\ud800" <= letter <= "\udfff" for letter in text)


# Fields


class Text(serializers.CharField):
    def run_validation(self, data=serializers.empty):
        is_text = isinstance(data, str)
        if is_text and not self.allow_blank and not re.search(NOT_EMPTY, data):
            self.fail("blank")
        return super().run_validation(data)

    def to_internal_value(self, data):
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data)


class Slug(Text, serializers.SlugField):
    pass


class WebAddress(Text, serializers.URLField):
    """A URL. One with a host that there cannot be is as the schema says, and refused
    for what it says."""

    def run_validators(self, value):
        try:
            super().run_validators(value)
        except serializers.ValidationError as error:
            codes = {each.code for each in error.detail}
            if codes == {"invalid"} and URI.fullmatch(value):
                words = _("There can be no such host, or it is reached otherwise.")
                raise serializers.ValidationError(words, UNREACHABLE) from None
            raise


class EmailAddress(Text, serializers.EmailField):
    pass


class Whole(serializers.IntegerField):
    def to_internal_value(self, data):
        if isinstance(data, bool) or not isinstance(data, int | float):
            self.fail("invalid")
        return super().to_internal_value(data)


class Number(serializers.FloatField):
    """A number, as the decimal that it is written as."""

    def to_internal_value(self, data):
        if isinstance(data, bool) or not isinstance(data, int | float):
            self.fail("invalid")
        value = Decimal(str(data))
        if not value.is_finite():
            self.fail("invalid")
        return value


@extend_schema_field({"type": "string", "format": "date"})
class Day(serializers.DateField):
    """A date as 2025-09-30, and in no other of the ways of ISO 8601."""

    def to_internal_value(self, data):
        if not isinstance(data, str) or not DAY.fullmatch(data):
            self.fail("invalid", format="YYYY-MM-DD")
        try:
            return super().to_internal_value(data)
        except serializers.ValidationError:
            raise serializers.ValidationError(_("There is no such day.")) from None


@extend_schema_field({"type": "string", "pattern": f"^{CLOCK.pattern}$"})
class ClockTime(serializers.TimeField):
    """A time of day as 15:30 or 15:30:00, by the clocks of the course."""

    def to_internal_value(self, data):
        if not isinstance(data, str) or not CLOCK.fullmatch(data):
            self.fail("invalid", format="hh:mm[:ss]")
        return super().to_internal_value(data)


class Instant(serializers.DateTimeField):
    """A moment, with its offset from UTC."""

    def to_internal_value(self, data):
        if not isinstance(data, str) or not INSTANT.fullmatch(data):
            self.fail("invalid", format="YYYY-MM-DDThh:mm:ss+hh:mm")
        return super().to_internal_value(data)


class YesOrNo(serializers.BooleanField):
    def to_internal_value(self, data):
        if not isinstance(data, bool):
            self.fail("invalid", input=str(data)[:80])
        return data


class Choice(serializers.ChoiceField):
    default_error_messages = {
        "invalid_choice": gettext_lazy("“{input}” is none of these: {known}.")
    }

    def fail(self, key, **kwargs):
        super().fail(key, known=", ".join(map(str, self.choices)), **kwargs)


class Texts(serializers.ListField):
    """Texts, none of them twice."""

    child = Text()

    def to_internal_value(self, data):
        if not isinstance(data, list):
            self.fail("not_a_list", input_type=type(data).__name__)
        found = super().to_internal_value(data)
        if len(found) > len(set(found)):
            raise serializers.ValidationError(_("One stands here twice."), UNIQUE)
        return found


class WordForWord(serializers.DictField):
    """Texts by name."""

    child = Text(allow_blank=True, trim_whitespace=False)


class _Reference:
    """Mixin of a field that names a row of ``model`` by its field ``by``; the value is
    the row. Rows that the writer can choose in the administration, and what stands in
    the row already."""

    default_error_messages = {
        UNKNOWN: gettext_lazy("There is no %(kind)s “%(value)s”."),
        FORBIDDEN: gettext_lazy("The %(kind)s “%(value)s” is not yours to use here."),
    }

    def __init__(self, model, by, **kwargs):
        self.model, self.by = model, by
        super().__init__(**kwargs)

    def run_validation(self, data=serializers.empty):
        value = super().run_validation(data)
        is_empty = value is None or value == "" or not isinstance(value, str | int)
        return self.row(value) if not is_empty else (value or None)

    def row(self, value):
        found = self.context["known"].find(self, [value])
        if row := found.get(value):
            return row
        stored = getattr(self.parent, "instance", None)
        held = stored and getattr(stored, self.source, None)
        if held and getattr(held, self.by, None) == value:
            return held
        code = UNKNOWN
        if hasattr(self.model.objects.all(), "visible_to"):
            user = self.context["request"].user
            seen = self.model.objects.visible_to(user)
            code = FORBIDDEN if seen.filter(**{self.by: value}).exists() else UNKNOWN
        kind = self.model._meta.verbose_name
        words = self.error_messages[code] % {"kind": kind, "value": value}
        raise serializers.ValidationError(words, code)

    def look_up(self, rows, values):
        """{value: row} of those of ``rows`` that ``values`` name."""
        found = rows.filter(**{f"{self.by}__in": values})
        return {getattr(row, self.by): row for row in found}


class RowByName(_Reference, Text):
    """A row that is named by a text, such as its slug."""

    def __init__(self, model, by="slug", **kwargs):
        super().__init__(model, by, **kwargs)


class RowById(_Reference, Whole):
    def __init__(self, model, **kwargs):
        kwargs = {"min_value": 1, "max_value": LARGEST_ID, **kwargs}
        super().__init__(model, "pk", **kwargs)


class Known:
    """The rows that bodies refer to, looked up for all bodies at once."""

    def __init__(self, request):
        self.request = request
        self.found = defaultdict(dict)  # by kind of field: {value: row, None if none}

    def load(self, body, listed):
        """Look up all that ``listed``, raw bodies, name in references of ``body``."""
        values = defaultdict(set)
        fields = {}
        for field, named in _named(body, listed):
            fields[self._key(field)] = field
            values[self._key(field)].add(named)
        for key, field in fields.items():
            self.find(field, values[key])

    def find(self, field, values):
        """{value: row} of what ``field`` may refer to, for each of ``values``."""
        found = self.found[self._key(field)]
        if missing := [value for value in values if value not in found]:
            may_choose = admin.site.rows(self.request, field.model)
            rows = field.model._default_manager.filter(may_choose)
            found |= dict.fromkeys(missing) | field.look_up(rows, missing)
        return found

    def _key(self, field):
        return type(field), field.model, field.by


def _named(body, listed):
    """(field, value) for each reference of ``listed``, bodies of the kind ``body`` or
    what was sent as such; those of its parts as well."""
    listed = [each for each in listed if isinstance(each, dict)]
    for name, field in body.fields.items():
        sent = [each[name] for each in listed if name in each]
        if isinstance(field, _Reference):
            kind = int if isinstance(field, RowById) else str
            for value in sent:
                is_one = isinstance(value, kind) and not isinstance(value, bool)
                if is_one and (kind is str or 0 < value <= LARGEST_ID):
                    yield field, value.strip() if kind is str else value
        elif isinstance(field, serializers.ListSerializer):
            parts = [part for each in sent if isinstance(each, list) for part in each]
            yield from _named(field.child, parts)


# Rows and parts


class Strict:
    """Mixin of a serializer that knows no fields but its own. A part is always whole,
    also where PATCH writes some fields of its row alone."""

    def to_internal_value(self, data):
        errors = {}
        if isinstance(data, dict):
            shown = self.context.get("shown", ()) if self.parent is None else ()
            for name in data.keys() - self.fields.keys():
                words = _("There is no such field to write. These are: %s.")
                words %= ", ".join(self.fields)
                if name in shown:
                    words = _("It follows from the rest and cannot be written.")
                errors[printable(name)] = [words]
            if self.parent is not None:
                for name, field in self.fields.items():
                    if field.required and name not in data:
                        errors[name] = [field.error_messages["required"]]
        try:
            values = super().to_internal_value(data)
        except serializers.ValidationError as error:
            errors |= error.detail
        if errors:
            raise serializers.ValidationError(errors)
        return values


class PartBody(Strict, serializers.Serializer):
    """One of the parts of a row, such as a speaker of a talk; written with it."""


class RowBody(Strict, serializers.ModelSerializer):
    """What can be written of a row, checked as the administration does.

    ``Meta.fields`` may have fields that are no model fields, the parts: ``put_parts``
    saves them. Listed there, ``change_reason`` goes into the history of edits.
    """

    change_reason = Text(
        required=False,
        allow_blank=True,
        max_length=500,
        help_text="Why, for the history of edits, as the header Change-Reason.",
    )

    serializer_field_mapping = {
        **serializers.ModelSerializer.serializer_field_mapping,
        models.CharField: Text,
        models.TextField: Text,
        models.SlugField: Slug,
        models.URLField: WebAddress,
        models.EmailField: EmailAddress,
        models.BooleanField: YesOrNo,
        models.DateField: Day,
        models.DateTimeField: Instant,
        models.TimeField: ClockTime,
        models.DecimalField: Number,
        models.IntegerField: Whole,
        models.PositiveIntegerField: Whole,
        models.SmallIntegerField: Whole,
        models.PositiveSmallIntegerField: Whole,
    }
    serializer_choice_field = Choice
    # A small body that makes a row, for the description of the API. What it names other
    # rows by is of no site: ``example_like`` names those of this one.
    example = {}
    chosen_once = ()  # fields of rows that stay what they were when they were made
    # What PUT leaves as it is if it does not say it: what other fields of the row
    # would not tell, and what answers do not show.
    kept = ()

    def get_validators(self):
        return []  # of the model: check() runs them all

    def get_uniqueness_extra_kwargs(self, field_names, declared_fields, extra_kwargs):
        return extra_kwargs, {}

    def build_standard_field(self, field_name, model_field):
        cls, kwargs = super().build_standard_field(field_name, model_field)
        if "validators" in kwargs:
            kwargs["validators"] = [
                each
                for each in kwargs["validators"]
                if not isinstance(each, UniqueValidator)
            ]
        if isinstance(model_field, models.PositiveSmallIntegerField):
            kwargs |= {"min_value": 0, "max_value": LARGEST_SMALL, "validators": []}
        if isinstance(model_field, models.DecimalField):  # errors_of() counts digits
            del kwargs["max_digits"], kwargs["decimal_places"]
        return cls, kwargs

    @classmethod
    def example_like(cls, example, row):
        """``example``, but that it refers to the same rows as the answer ``row``."""
        fields = cls().fields
        return {
            name: (isinstance(fields[name], _Reference) and row.get(name)) or value
            for name, value in example.items()
        }

    @property
    def model(self):
        return self.Meta.model

    def row_fields(self, values):
        """Those of ``values`` that are fields of the row itself."""
        own = {field.name for field in self.model._meta.concrete_fields}
        return {name: value for name, value in values.items() if name in own}

    def names(self, sources):
        """What bodies call the fields ``sources`` of the row, and its parts."""
        named = {name: field.source for name, field in self.fields.items()}
        named.pop("change_reason", None)
        return [name for name, source in named.items() if source in sources]

    def without_said(self, values):
        """What PUT puts where ``values`` say nothing: the defaults."""
        absent = {}
        for field in self.fields.values():
            name = field.source
            if name in values or name in (*self.kept, *self.chosen_once):
                continue
            if isinstance(field, serializers.ListSerializer | serializers.ListField):
                absent[name] = []
            elif name in self.row_fields({name: None}):
                absent[name] = self.model._meta.get_field(name).get_default()
        return absent

    def complete(self, rows, values):
        """Set what new ``rows`` have though their ``values`` do not say it."""

    def derive(self, row):
        """Set what follows from other fields and has to be known to check ``row``."""

    def check(self, row, values, before=None):
        """Raise ValidationError of Django if ``values`` cannot be written: rules that
        no constraint has. ``row`` has them by now; ``before`` is what is stored."""

    def errors_of(self, row, values, before=None, with_constraints=True):
        """What the data there is says against ``row``, as {field: [words]}."""
        own = self.model._meta.concrete_fields
        references = [field.name for field in own if field.is_relation]
        errors = _Errors(self)
        for name in self.chosen_once:
            if before is not None and getattr(row, name) != getattr(before, name):
                errors.add(ValidationError({name: _("It stays what it is.")}))
        errors.collect(row.clean_fields, exclude=references)
        errors.collect(self.check, row, values, before)
        if not errors.found:
            errors.collect(row.clean)
            if with_constraints:
                errors.collect(row.validate_unique)
                for constraint in self.model._meta.constraints:
                    errors.collect(_validate, constraint, row)
        return errors.found

    def save_new(self, rows, values):
        """Save new ``rows`` and their parts; of many at once in few queries if
        ``is_bulk``: then nothing listens to the signals of their model."""
        if len(rows) == 1 or not self.is_bulk:
            for row, said in zip(rows, values, strict=True):
                self.save_row(row)
                self.put_parts(row, said)
            return
        for row in rows:
            row.derive()
        if hasattr(self.model, "history"):
            bulk_create_with_history(rows, self.model, batch_size=AT_ONCE)
        else:
            self.model.objects.bulk_create(rows, batch_size=AT_ONCE)
        self.put_many_parts(rows, values)

    is_bulk = False

    def save_row(self, row):
        """Save ``row``, new or changed, as its screen does."""
        row.save()

    def put_many_parts(self, rows, values):
        """As ``put_parts``, for new ``rows``."""
        for row, said in zip(rows, values, strict=True):
            self.put_parts(row, said)

    def put_parts(self, row, values):
        """Save the parts of the saved ``row`` that ``values`` have; return the names of
        those that changed. May set the reason for the history."""
        return set()


class _Errors:
    """Errors of Django by the fields of a body."""

    def __init__(self, body):
        self.fields = {field.source: name for name, field in body.fields.items()}
        self.found = {}

    def collect(self, check, *args, **kwargs):
        try:
            check(*args, **kwargs)
        except ValidationError as error:
            self.add(error)

    def add(self, error):
        by_field = (
            error.message_dict
            if hasattr(error, "error_dict")
            else {NON_FIELD_ERRORS: error.messages}
        )
        for name, messages in by_field.items():
            name = "non_field_errors" if name == NON_FIELD_ERRORS else name
            name = self.fields.get(name, name)
            known = self.found.setdefault(name, [])
            known += [words for words in messages if words not in known]


def _validate(constraint, row):
    """Check ``row``; an error of what must be unique is one of its last field."""
    try:
        constraint.validate(type(row), row)
    except ValidationError as error:
        if fields := getattr(constraint, "fields", ()):
            raise ValidationError({fields[-1]: error.messages}) from None
        raise


def put_rows(stored, wanted, key, fields):
    """Let the rows ``stored`` be ``wanted``, rows not saved yet, in that order; whether
    anything changed. Rows with the same ``key`` are one, of which ``fields`` are new.
    Sets ``position`` where none is said, if they can have one and are new or in another
    order."""
    left = {key(row): row for row in stored}
    pairs = [(left.pop(key(row), None), row) for row in wanted]
    for row in left.values():
        row.delete()
    is_in_order = [known for known, _row in pairs] == list(stored)
    new, is_changed = [], False
    for place, (known, row) in enumerate(pairs, start=1):
        held = getattr(known, "position", 0) if is_in_order else place
        row.position = getattr(row, "position", 0) or held
        if known is None:
            new.append(row)
            continue
        names = [name for name in ("position", *fields) if hasattr(known, name)]
        if any(getattr(known, name) != getattr(row, name) for name in names):
            for name in names:
                setattr(known, name, getattr(row, name))
            known.save()
            is_changed = True
    for row in new:
        row.save()
    return bool(is_changed or new or left)
