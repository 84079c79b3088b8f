"""The description of the API: valid, and with words and examples for all it names."""

import json

import pytest
from django.core.management import call_command
from openapi_spec_validator import validate

from tests import conformance
from tests.factories import make_author, make_course, make_paper, make_session

ADDRESS = "/api/v1/schema/?format=json"
METHODS = {"get", "put", "post", "patch", "delete"}


@pytest.fixture
def schema(client, db):
    return client.get(ADDRESS).json()


def operations(schema):
    for path, methods in schema["paths"].items():
        for method in METHODS & {*methods}:
            yield path, method, methods[method]


def test_it_is_made_without_a_warning(tmp_path):
    where = str(tmp_path / "schema.yaml")
    call_command("spectacular", file=where, validate=True, fail_on_warn=True)


def test_it_is_valid(schema):
    validate(schema)
    assert schema["openapi"] == "3.1.1"


def test_every_operation_has_words_and_tells_its_problems(schema):
    lacking = [
        (path, method)
        for path, method, operation in operations(schema)
        if not {"summary", "description", "tags"} <= {*operation}
        or not {"400", "404", "429", "default"} <= {*operation["responses"]}
    ]
    assert lacking == []
    assert all(tag["description"] for tag in schema["tags"])


def test_every_parameter_has_words(schema):
    assert [
        (path, parameter["name"])
        for path, _method, operation in operations(schema)
        for parameter in operation["parameters"]
        if not parameter.get("description")
    ] == []


def test_operations_have_names_that_stay(schema):
    ids = {operation["operationId"] for *_, operation in operations(schema)}
    assert {"sessions_list", "sessions_retrieve", "papers_list"} <= ids


def test_times_of_day_are_no_times_with_an_offset(schema):
    text = json.dumps(schema)
    assert '"format": "time"' not in text
    start = schema["components"]["schemas"]["Session"]["properties"]["start_time"]
    assert start["type"] == ["string", "null"]
    assert start["pattern"].startswith("^([01][0-9]")


def test_what_can_be_nested_is_told(schema):
    rows = schema["components"]["schemas"]
    assert rows["Session"]["properties"]["talks"]["items"] == {
        "$ref": "#/components/schemas/Talk"
    }
    assert "required" not in rows["Session"]  # ``fields`` may leave out any


def test_papers_come_in_formats_of_bibliographies(schema):
    [answer] = [
        operation["responses"]["200"]["content"]
        for *_, operation in operations(schema)
        if operation["operationId"] == "papers_retrieve"
    ]
    assert answer["application/x-bibtex"] == {"schema": {"type": "string"}}


class TestExamples:
    @pytest.fixture
    def session(self, db):
        return make_session(make_course(slug="dl-2025"), key="03")

    def test_are_rows_of_this_site(self, session, client):
        paths = client.get(ADDRESS).json()["paths"]
        one = paths["/api/v1/sessions/{course}/{key}/"]["get"]
        examples = {each["name"]: each.get("example") for each in one["parameters"]}
        assert (examples["course"], examples["key"]) == ("dl-2025", "03")
        shown = one["responses"]["200"]["content"]["application/json"]["example"]
        assert shown["id"] == session.pk

    def test_are_none_that_a_stranger_may_not_see(self, session, client):
        session.course.status = "draft"
        session.course.save()
        assert "dl-2025" not in client.get(ADDRESS).text

    @pytest.mark.parametrize("role", ["student", "staff"])
    def test_are_of_those_whom_a_token_stands_for(self, role, db, client):
        token = conformance.make_site()[role]
        headers = {"authorization": f"Bearer {token}"}
        paths = client.get(ADDRESS, headers=headers).json()["paths"]
        answer = paths["/api/v1/submissions/"]["get"]["responses"]["200"]
        [row] = answer["content"]["application/json"]["example"]["results"]
        assert row["address"] == "https://example.org/report"

    def test_cost_as_many_queries_as_resources(
        self, session, client, django_assert_max_num_queries
    ):
        make_paper(), make_author()
        with django_assert_max_num_queries(30):
            client.get(ADDRESS)
