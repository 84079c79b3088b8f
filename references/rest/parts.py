"""Rows of a part, such as the speakers of a talk, loaded in the query of their owner.

A list of fifty talks then costs one query, not one for each kind of part.
"""

import json

from django.db import models
from django.db.models import F, Subquery
from rest_framework import serializers


class JsonText(models.TextField):
    """Text that a database made of JSON."""

    def from_db_value(self, value, expression, connection):
        return json.loads(value)


class Parts(Subquery):
    """The rows of ``queryset``, which ends in an order and refers to its owner by
    OuterRef, as a list of dicts: ``columns`` are expressions, or paths to fields, by
    the names they get. Texts, numbers, booleans, days and times of day only: databases
    write others differently.
    """

    template = (
        "(SELECT COALESCE(%(list)s(%(row)s(%(pairs)s)), '[]')%(cast)s"
        " FROM (%(subquery)s) part)"
    )
    output_field = JsonText()

    def __init__(self, queryset, **columns):
        aliases = {
            f"part_{name}": F(column) if isinstance(column, str) else column
            for name, column in columns.items()
        }
        self.columns = list(columns)
        super().__init__(queryset.values(**aliases))

    def as_sql(self, compiler, connection, **extra):
        names = {"list": "json_group_array", "row": "json_object", "cast": ""}
        names["pairs"] = self.pairs("json(CASE WHEN {} THEN 'true' ELSE 'false' END)")
        return super().as_sql(compiler, connection, **names, **extra)

    def as_postgresql(self, compiler, connection, **extra):
        names = {"list": "json_agg", "row": "json_build_object", "cast": "::text"}
        names["pairs"] = self.pairs("{}")
        return super().as_sql(compiler, connection, **names, **extra)

    def pairs(self, boolean):
        """Names and columns in SQL; those of booleans as ``boolean`` says."""
        said = []
        for name in self.columns:
            field = self.query.annotations[f"part_{name}"].output_field
            way = boolean if isinstance(field, models.BooleanField) else "{}"
            said.append(f"'{name}', " + way.format(f"part.part_{name}"))
        return ", ".join(said)


class PartList(serializers.ListSerializer):
    """Parts are shown as the query of their owner made them."""

    def to_representation(self, rows):
        return rows


class PartSerializer(serializers.Serializer):
    """One of the parts of a row, such as a speaker of a talk."""

    class Meta:
        list_serializer_class = PartList
