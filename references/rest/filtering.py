"""Filters, order and search of lists: what is not understood is refused, by name."""

from datetime import UTC, datetime

from django.db.models import Q
from django.utils.translation import gettext as _
from django_filters import CharFilter, FilterSet, IsoDateTimeFilter
from django_filters.rest_framework import DjangoFilterBackend
from rest_framework.exceptions import ValidationError
from rest_framework.filters import BaseFilterBackend

from .parameters import INSTANT, fault, schema_of

LISTS = ("expand", "fields", "ordering")  # parameters that hold several names


class RowFilter(FilterSet):
    """Filters of a list, by their names in the schema."""


class ContainsFilter(CharFilter):
    """Rows of which one of ``lookups``, such as ``title__icontains``, holds for each
    word that is looked for."""

    def __init__(self, *lookups, **kwargs):
        self.lookups = lookups
        super().__init__(max_length=200, **kwargs)

    def filter(self, rows, value):
        for word in dict.fromkeys((value or "").split()):
            said = [(lookup, word) for lookup in self.lookups]
            rows = rows.filter(Q(*said, _connector=Q.OR))
        return rows


class Filters(DjangoFilterBackend):
    """The filters of a list, each with a value as its schema says."""

    def filter_queryset(self, request, queryset, view):
        errors = {}
        for name, filter in self.get_filterset_class(view).base_filters.items():
            text = request.query_params.get(name)
            if text is not None and (words := fault(text, schema_of(filter))):
                errors[name] = words
        if errors:
            raise ValidationError(errors)
        return super().filter_queryset(request, queryset, view)


class Ordering(BaseFilterBackend):
    """``ordering=-date,title``, by the names that the view offers: always total, by the
    key of the row where nothing else decides."""

    def filter_queryset(self, request, queryset, view):
        names = listed(request, "ordering")
        offered = view.orderings
        if unknown := [name for name in names if name.lstrip("-") not in offered]:
            raise unknown_names("ordering", unknown, offered)
        if not names:
            return queryset.order_by(*view.usual_order, "pk")
        order = [
            _directed(offered[name.removeprefix("-")], name.startswith("-"))
            for name in names
        ]
        return queryset.order_by(*order, "pk")

    def get_schema_operation_parameters(self, view):
        offered = [sign + name for name in view.orderings for sign in ("", "-")]
        return [
            names_parameter(
                "ordering", offered, "What to order by; `-` turns it round."
            )
        ]


def _directed(expression, is_turned):
    """Empty values come last, in both directions."""
    turn = expression.desc if is_turned else expression.asc
    return turn(nulls_last=True)


def check_parameters(request, known):
    """Raise ValidationError for parameters of the address that are not ``known``,
    there twice, or hold what no text does."""
    errors = {}
    for name, values in request.query_params.lists():
        if name not in known:
            words = _("There is no such parameter here. These are: %s.")
            errors[name[:80]] = words % ", ".join(sorted(known))
        elif len(values) > 1 and name not in LISTS:
            errors[name] = _("It stands here %d times; give it once.") % len(values)
        elif "\0" in values[0]:
            errors[name] = _("It has a null character.")
        elif not values[0].strip():
            errors[name] = _("It is empty: leave it out, or give a value.")
    if errors:
        raise ValidationError(errors)


def moment(request, name):
    """The aware datetime of the parameter ``name``; ValidationError without offset. Of
    an offset whose plus was not escaped, the space means that plus."""
    text = request.query_params[name].replace(" ", "+")
    if words := fault(text, INSTANT):
        raise ValidationError({name: words})
    return in_utc(datetime.fromisoformat(text))


def in_utc(moment):
    """The same moment with an offset that databases take, which is not any that there
    may be; at the ends of what years there are the clock stands still."""
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        return moment.replace(tzinfo=UTC)


class MomentFilter(IsoDateTimeFilter):
    """By an instant, with whatever offset."""

    def filter(self, rows, value):
        return super().filter(rows, value and in_utc(value))


def listed(request, name):
    """The names, with commas between, of the parameter ``name``; each once. Many
    libraries repeat the parameter instead: that is the same."""
    text = ",".join(request.query_params.getlist(name))
    return list(dict.fromkeys(text.split(","))) if text else []


def unknown_names(parameter, unknown, known):
    said = {"names": ", ".join(unknown)[:200], "known": ", ".join(known)}
    words = _("Not known here: %(names)s. These are: %(known)s.")
    if not known:
        words = _("Not known here: %(names)s. There is none to choose.")
    words %= said
    return ValidationError({parameter: words})


def names_parameter(name, offered, words):
    """The schema of a parameter that holds several of the names ``offered``."""
    return {
        "name": name,
        "in": "query",
        "description": words,
        "explode": False,
        "style": "form",
        "schema": {
            "type": "array",
            "minItems": 1,
            "items": {"type": "string", "enum": list(offered)},
        },
    }
