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
    the names they get. Texts and numbers only: databases write others differently.
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
        pairs = ", ".join(f"'{name}', part.part_{name}" for name in columns)
        super().__init__(queryset.values(**aliases), pairs=pairs)

    def as_sql(self, compiler, connection, **extra):
        names = {"list": "json_group_array", "row": "json_object", "cast": ""}
        return super().as_sql(compiler, connection, **names, **extra)

    def as_postgresql(self, compiler, connection, **extra):
        names = {"list": "json_agg", "row": "json_build_object", "cast": "::text"}
        return super().as_sql(compiler, connection, **names, **extra)


class PartList(serializers.ListSerializer):
    """Parts are shown as the query of their owner made them."""

    def to_representation(self, rows):
        return rows


class PartSerializer(serializers.Serializer):
    """One of the parts of a row, such as a speaker of a talk."""

    class Meta:
        list_serializer_class = PartList
