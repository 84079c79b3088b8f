"""Migrations lead there and back, on both databases."""

import pytest
from django.contrib.contenttypes.models import ContentType
from django.core.management import call_command
from django.db import connection

from courses.models import Course
from tests.factories import make_course

pytestmark = [pytest.mark.both, pytest.mark.django_db(transaction=True)]


def schema():
    """{table: (columns, constraints and indexes)} as the database tells it."""
    told = {}
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            columns = connection.introspection.get_table_description(cursor, table)
            rules = connection.introspection.get_constraints(cursor, table)
            told[table] = (
                sorted(str((c.name, c.type_code, c.null_ok)) for c in columns),
                sorted(
                    str((rule["columns"], rule["unique"], rule["check"]))
                    for rule in rules.values()
                ),
            )
    return told


# Some 40 tables are dropped and made: 5 s, and 9 on a busy machine.
def test_lead_to_nothing_and_back():
    before = schema()
    try:
        call_command("migrate", "references", "zero", verbosity=0)  # all stand on it
        own = ("courses_", "projects_", "references_")
        assert [table for table in schema() if table.startswith(own)] == []
    finally:
        call_command("migrate", verbosity=0)
        ContentType.objects.clear_cache()
    assert schema() == before
    assert Course.objects.contains(make_course())
