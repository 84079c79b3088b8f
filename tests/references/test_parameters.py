"""Values of filters: as their schema says, or refused by name."""

import pytest
from django_filters import (
    BooleanFilter,
    CharFilter,
    ChoiceFilter,
    DateFilter,
    IsoDateTimeFilter,
    NumberFilter,
)

from references.rest.parameters import NOT_EMPTY, fault, schema_of

NUMBER = {"type": "integer", "minimum": 1, "maximum": 9999}
GOOD = [
    (NUMBER, "2026"),
    ({"type": "boolean"}, "true"),
    ({"type": "string", "format": "date"}, "2026-02-28"),
    ({"type": "string", "format": "date-time"}, "2026-03-31T09:30:00Z"),
    ({"type": "string", "format": "date-time"}, "2026-03-31T09:30:00.25+08:00"),
    ({"type": "string", "enum": ["talk"]}, "talk"),
    ({"type": "string", "maxLength": 3}, "abc"),
]
BAD = [
    *((NUMBER, text) for text in ("0", "10000", "2026.0", "1e3", " 5", "٣", "NaN")),
    *((NUMBER, text) for text in ("05", "9" * 50, "-3", "")),
    *(({"type": "boolean"}, text) for text in ("True", "1", "2", "yes")),
    ({"type": "string", "format": "date"}, "2026-02-29"),
    ({"type": "string", "format": "date"}, "10/25/2026"),
    ({"type": "string", "format": "date"}, "20260225"),
    ({"type": "string", "format": "date-time"}, "2026-03-31"),
    ({"type": "string", "format": "date-time"}, "2026-03-31T09:30:00"),
    ({"type": "string", "format": "date-time"}, "2026-03-31T09:30:00 08:00"),
    ({"type": "string", "format": "date-time"}, "0001-01-01T00:00:00+14:00"),
    ({"type": "string", "enum": ["talk"]}, "Talk"),
    ({"type": "string", "maxLength": 3}, "abcd"),
    ({"type": "string", "maxLength": 3, "pattern": NOT_EMPTY}, " \x1e"),
]


@pytest.mark.parametrize(("schema", "text"), GOOD)
def test_takes(schema, text):
    assert fault(text, schema) is None


@pytest.mark.parametrize(("schema", "text"), BAD)
def test_refuses(schema, text):
    assert fault(text, schema)


def test_filters_tell_what_they_take():
    filters = {
        "year": NumberFilter(field_name="year", min_value=1, max_value=9999),
        "session": NumberFilter(field_name="session"),
        "is_file": BooleanFilter(),
        "date": DateFilter(),
        "at": IsoDateTimeFilter(),
        "kind": ChoiceFilter(choices=[("talk", "Talk"), ("exam", "Exam")]),
        "search": CharFilter(max_length=80),
    }
    assert {name: schema_of(each) for name, each in filters.items()} == {
        "year": {"type": "integer", "minimum": 1, "maximum": 9999},
        "session": {"type": "integer", "minimum": 0, "maximum": 2**31 - 1},
        "is_file": {"type": "boolean"},
        "date": {"type": "string", "format": "date"},
        "at": {"type": "string", "format": "date-time"},
        "kind": {"type": "string", "enum": ["talk", "exam"]},
        "search": {
            "type": "string",
            "minLength": 1,
            "maxLength": 80,
            "pattern": NOT_EMPTY,
        },
    }
