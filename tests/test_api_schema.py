"""The description of the API: valid, and with words and examples for all it names."""

import json

import pytest
from django.contrib.auth import get_user_model
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.db import transaction
from openapi_schema_validator import OAS31Validator, oas31_format_checker
from openapi_spec_validator import validate

from courses.models import Course, Enrolment, Material
from projects.models import Grade, Publication
from tests import conformance
from tests.factories import (
    PDF,
    make_author,
    make_course,
    make_material,
    make_paper,
    make_published_link,
    make_session,
)

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


def test_every_field_has_words(schema):
    rows = schema["components"]["schemas"]
    assert [
        (row, name)
        for row, described in rows.items()
        for name, field in described.get("properties", {}).items()
        if row != "Problem" and not {"description", "title", "$ref", "allOf"} & {*field}
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

    def test_are_kept_for_strangers_until_something_changes(self, session, client):
        first = client.get(ADDRESS)
        headers = {"if-none-match": first["ETag"]}
        assert client.get(ADDRESS, headers=headers).status_code == 304
        session.title = "Spectra"
        session.save()
        assert "Spectra" in client.get(ADDRESS, headers=headers).text

    def test_cost_as_many_queries_as_resources(
        self, session, client, django_assert_max_num_queries
    ):
        make_paper(), make_author()
        with django_assert_max_num_queries(30):
            client.get(ADDRESS)


# Of what a person or team has one of, where the example is about the first of them.
ONE_EACH = {"enrolments_create": Enrolment, "grades_create": Grade}


class TestExamplesOfTheSample:
    """What the description of a filled site shows to those who may write there."""

    @pytest.fixture
    def tokens(self, db):
        return conformance.make_site()

    def headers(self, tokens, role):
        token = tokens[role]
        return {"authorization": f"Bearer {token}"} if token else {}

    def described(self, tokens, role, client):
        return client.get(ADDRESS, headers=self.headers(tokens, role)).json()

    def test_every_body_has_one(self, schema):
        assert [
            operation["operationId"]
            for *_, operation in operations(schema)
            for content in operation.get("requestBody", {}).get("content", {}).values()
            if not {"example", "examples"} & {*content}
        ] == []

    @pytest.mark.parametrize("role", ["stranger", "student", "staff"])
    def test_are_as_described(self, role, tokens, client):
        schema = self.described(tokens, role, client)
        contents = [
            (operation["operationId"], content)
            for *_, operation in operations(schema)
            for part in (operation.get("requestBody", {}), *answers(schema, operation))
            for kind, content in part.get("content", {}).items()
            if kind != "multipart/form-data" and "example" in content
        ]
        assert len(contents) > 300
        for name, content in contents:
            described = content["schema"] | {"components": schema["components"]}
            validator = OAS31Validator(described, format_checker=oas31_format_checker)
            errors = [
                error.message for error in validator.iter_errors(content["example"])
            ]
            assert errors == [], name

    def test_bodies_of_rows_are_taken(self, tokens, client):
        headers = self.headers(tokens, "staff") | {"if-match": "*"}
        get_user_model().objects.filter(email="staff@example.org").update(
            is_superuser=True  # who may make courses
        )
        link = Material.objects.exclude(url="").first()
        schema = self.described(tokens, "staff", client)
        said = {}
        for path, method, operation in operations(schema):
            content = operation.get("requestBody", {}).get("content", {})
            if "example" not in content.get("application/json", {}):
                continue
            places = {
                each["name"]: each["example"]
                for each in schema["paths"][path].get("get", operation)["parameters"]
                if each["in"] == "path"
            }
            if path.startswith("/api/v1/materials/"):  # the first is a file
                places = {"id": link.pk}
            with transaction.atomic():  # each on its own: none finds rows of another
                if operation["operationId"] in ONE_EACH:
                    ONE_EACH[operation["operationId"]].objects.all().delete()
                response = getattr(client, method)(
                    path.format(**places),
                    content["application/json"]["example"],
                    content_type="application/json",
                    headers=headers,
                )
                transaction.set_rollback(True)
            said[operation["operationId"]] = response.status_code, response.text
        refused = {name: each for name, each in said.items() if each[0] >= 300}
        assert refused == {}
        assert {"sessions_create", "sessions_update", "papers_partial_update"} <= {
            *said
        }

    def test_bodies_with_files_are_taken(self, tokens, client):
        course = Course.objects.get()
        material = make_material(course, state="expected")
        link = make_published_link(Publication.objects.first(), url="")
        asked = {
            "materials_file_create": ("staff", {"id": material.pk}),
            "projects_links_file_create": (
                "staff",
                {"id": link.publication_id, "link": link.pk},
            ),
            "assignments_deliveries_create": (
                "student",
                {"id": course.assignments.get().pk},
            ),
        }
        schema = self.described(tokens, "stranger", client)
        for path, _method, operation in operations(schema):
            content = operation.get("requestBody", {}).get("content", {})
            for example in content.get("multipart/form-data", {}).get("examples", {}):
                role, places = asked.pop(operation["operationId"])
                files = content["multipart/form-data"]["examples"][example]["value"]
                response = client.post(
                    path.format(**places),
                    {
                        field: SimpleUploadedFile(name, PDF)
                        for field, name in files.items()
                    },
                    headers=self.headers(tokens, role)
                    | {"idempotency-key": "an-example-of-the-docs"},
                )
                assert response.status_code < 300, response.text
        assert asked == {}


def answers(schema, operation):
    shared = schema["components"]["responses"]
    for answer in operation["responses"].values():
        name = answer.get("$ref", "").rpartition("/")[2]
        yield shared[name] if name else answer
