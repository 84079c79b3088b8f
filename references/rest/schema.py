"""The description of the API (OpenAPI 3.1), as drf-spectacular makes it from views.

``Schema`` says what single views do, ``finish`` what they share. Where a site serves
it, its examples are rows that the reader may see: so each can be tried there.
"""

import copy
import re
from functools import cache
from inspect import getdoc

from django.contrib.auth.models import AnonymousUser
from django.http import QueryDict
from django.urls import resolve
from drf_spectacular.contrib.django_filters import DjangoFilterExtension
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.plumbing import build_array_type
from rest_framework import serializers
from rest_framework.exceptions import APIException
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request

from .parameters import schema_of
from .problems import MEDIA_TYPE

WALL_CLOCK = r"^([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\.[0-9]{1,6})?)?$"
# Of fields that many rows have and no model says in words.
DESCRIPTIONS = {
    "id": "The number of the row, for ever the same.",
    "url": "Where this row is in the API.",
    "html_url": "The page that shows it.",
    "created_at": "When the row was made.",
    "updated_at": "When it, or one of its parts, was last changed.",
    "time_zone": "IANA name, as in Asia/Hong_Kong.",
    "starts_at": "The instant it begins, told from date, time (or that of the course's "
    "meeting) and zone; without a known time, midnight.",
    "ends_at": "The instant it ends.",
    "start_time": "Wall-clock, in the zone of the course.",
    "end_time": "Wall-clock, in the zone of the course.",
    "position": "Its place among its like.",
    "visibility": "Who may see it; narrower than that of what it belongs to, or equal.",
    "session": "The id of its session.",
    "talk": "The id of its talk.",
    "assignment": "The id of its assignment.",
    "authors": "In the order printed.",
    "year": "When it came out.",
    "place": "Where it is.",
    "name": "As shown.",
    "links": "Further places where it is, or what belongs to it.",
    "speakers": "In the order printed.",
    "instructors": "Who teaches it.",
    "scribes": "Who takes notes of it.",
    "chairs": "Who chairs it.",
    "address": "Where it is on the web.",
    "affiliation": "As shown beside the name.",
    "arxiv_id": "As in 1706.03762.",
    "arxiv_url": "Its page at arXiv.",
    "award": "What it won, in words.",
    "code": "What the catalogue calls it.",
    "content_type": "The media type that was found in it.",
    "counts": "Whether it is what will be looked at; null until that is known.",
    "course": "The slug of its course.",
    "delivery": "The id of the delivery it came in.",
    "doi": "As in 10.1038/nature14539.",
    "doi_url": "Where its DOI leads.",
    "ends_on": "Its last day.",
    "family_name": "By which lists are sorted.",
    "file": "What is known of a file here.",
    "format": "For example pdf.",
    "gallery": "The id of its gallery.",
    "gallery_slug": "The name of its gallery in addresses.",
    "given_name": "The other names, as written out.",
    "heading": "What stands above it.",
    "holidays": "Days on which it does not meet.",
    "homepage": "Their own page on the web.",
    "institution": "Where it is taught.",
    "is_on_time": "Whether it came in time, by the deadlines in force now.",
    "is_required": "Whether something has to be there.",
    "joined_at": "Since when.",
    "key": "What it is called by.",
    "kind": "What it is.",
    "label": "What its link says.",
    "language": "That it is in.",
    "left_at": "Until when; null: still there.",
    "max_points": "Marks go from 0 to this.",
    "meetings": "When and where it meets each week.",
    "members": "Who belongs to it, as they are shown.",
    "name_as_printed": "If printed otherwise than the person is called.",
    "note": "What else its entry says.",
    "number": "As printed.",
    "pages": "As printed: 436–444.",
    "paper_details": "What a list of readings shows of the paper.",
    "points": "The mark.",
    "publisher": "As printed.",
    "received_at": "When the last byte was there, by the clock of this site.",
    "roles": "Who does what in a course.",
    "sections": "The texts of its page, in order.",
    "sha256": "Of the bytes, in hexadecimal digits.",
    "size_bytes": "How large it is.",
    "slot": "The id of the slot it is in.",
    "slots": "What is to be handed in.",
    "starts_on": "Its first day.",
    "submissions": "What came with it.",
    "team": "The id of its team.",
    "team_size": "How many a team has at most.",
    "title": "As shown.",
    "until": "When the time ends for those who got more of it.",
    "venue": "The journal, conference or publisher it came out in.",
    "volume": "As printed.",
    "warnings": "What looked wrong with it, in sentences.",
}
SUMMARIES = {
    "list": "List {many}",
    "retrieve": "One of the {many}",
    "create": "Add to the {many}",
    "update": "Write one of the {many} anew",
    "upsert": "Put one of the {many}: change it, or make it where there is none",
    "partial_update": "Change one of the {many}",
    "destroy": "Delete one of the {many}",
}


class FiltersExtension(DjangoFilterExtension):
    """Parameters as ``Filters`` holds to them."""

    target_class = "references.rest.filtering.Filters"
    priority = 1

    def resolve_filter_field(self, schema, model, filterset_class, name, filter):
        label = filter.extra.get("label") or filter._label
        words = str(label or _words(name, filter.lookup_expr))
        parameter = {
            "name": name,
            "in": "query",
            "description": words,
            "schema": schema_of(filter),
        }
        if filter.extra.get("required"):
            parameter["required"] = True
        return [parameter]


def _words(name, lookup):
    """What a filter without a label says."""
    what = re.sub("_(after|before|min|max)$", "", name).removeprefix("is_")
    if name.startswith("is_"):
        return f"Rows of which this holds, or does not: {what.replace('_', ' ')}."
    than = {"gt": "after ", "lt": "before ", "gte": "at least ", "lte": "at most "}
    return f"Rows whose {what.replace('_', ' ')} is {than.get(lookup, '')}this."


class Schema(AutoSchema):
    """With what the views of this site share: shaping parameters, and their order."""

    def get_operation(self, path, path_regex, path_prefix, method, registry):
        operation = super().get_operation(
            path, path_regex, path_prefix, method, registry
        )
        if operation:
            views = registry.__dict__.setdefault("views", {})
            views[path, method.lower()] = self.view
        return operation

    def get_operation_id(self):
        """As a client library calls it: ``sessions_list``, ``sessions_retrieve``."""
        return super().get_operation_id().removeprefix("api_v1_")

    def get_summary(self):
        action = getattr(self.view, "action", None)
        if action == "update" and self.view.natural_key:
            action = "upsert"
        words = SUMMARIES.get(action)
        many = self.get_tags()[0]
        if words:
            return super().get_summary() or words.format(many=many)
        return super().get_summary() or self.get_description().partition(".")[0]

    def get_description(self):
        """Of reading, what the rows are; how lists work is told once, elsewhere."""
        is_read = getattr(self.view, "action", None) in ("list", "retrieve")
        return getdoc(type(self.view)) if is_read else super().get_description()

    def get_tags(self):
        return [getattr(self.view, "tag", None) or self.path.split("/")[3]]

    def get_auth(self):
        """Whether it takes a token: a stranger is asked for one, or not."""
        auth = super().get_auth()
        if {} in auth and not _admits(self.view, AnonymousUser()):
            auth.remove({})
        return auth

    def get_paginated_name(self, serializer_name):
        return f"{serializer_name}List"

    def _get_parameters(self):
        parameters = super()._get_parameters()
        shaping = getattr(self.view, "shaping_parameters", None)
        if shaping and getattr(self.view, "action", None) in ("list", "retrieve"):
            parameters += shaping()
        for parameter in parameters:
            if parameter["in"] == "path" and not parameter.get("description"):
                parameter["description"] = self._path_words(parameter["name"])
            if parameter["name"] == "format":
                parameter["description"] = "Another format, as the `Accept` header."
        return sorted(parameters, key=lambda each: (each["in"] != "path", each["name"]))

    def _get_request_body(self, direction="request"):
        body = super()._get_request_body(direction)
        return body and body | {"required": True}

    def _path_words(self, name):
        return {
            "id": "The number of the row.",
            "course": "The slug of the course.",
            "key": "The key of the row.",
            "slug": "The slug of the row.",
        }.get(name, "")

    def _map_serializer_field(self, field, direction, bypass_extensions=False):
        schema = super()._map_serializer_field(field, direction, bypass_extensions)
        if schema and schema.get("format") == "time":  # that has an offset
            del schema["format"]
            schema |= {"pattern": WALL_CLOCK, "examples": ["09:30:00"]}
        if direction == "response" and _may_be_none(field):
            schema["type"] = [schema["type"], "null"]
        return schema

    def _map_serializer(self, serializer, direction, bypass_extensions=False):
        schema = super()._map_serializer(serializer, direction, bypass_extensions)
        if nests := getattr(serializer, "nests", None):
            self._add_nests(schema, nests, direction)
        if direction == "response" and hasattr(serializer, "nests"):
            schema.pop("required", None)  # ``fields`` may leave out any
        for name, property in schema.get("properties", {}).items():
            _describe(name, property)
            if direction == "response":
                _loosen(property)
        return schema

    def _add_nests(self, schema, nests, direction):
        if direction != "response":
            return
        for name, nested in nests.items():
            row = self.resolve_serializer(nested, direction).ref
            schema["properties"][name] = build_array_type(row) | {
                "readOnly": True,
                "description": f"With `expand={name}`.",
            }

    def _get_response_for_code(
        self, serializer, status_code, media_types=None, direction="response"
    ):
        answer = super()._get_response_for_code(
            serializer, status_code, media_types, direction
        )
        renderers = {each.media_type: each for each in self.view.renderer_classes}
        for media_type, body in answer.get("content", {}).items():
            if schema := getattr(renderers.get(media_type), "answer_schema", None):
                body["schema"] = schema
            if row := getattr(self.view, "example", None):
                body["example"] = _page(row)
        answer["description"] = answer["description"] or "As asked."
        return answer


def _page(row):
    return {"count": 1, "next": None, "previous": None, "results": [row]}


def _may_be_none(field):
    """Whether a reference that is only read leads nowhere in some rows: of these the
    framework does not ask the model."""
    if not isinstance(field, serializers.SlugRelatedField) or field.allow_null:
        return False
    model = getattr(getattr(field.parent, "Meta", None), "model", None)
    if model is None or "." in field.source or not field.read_only:
        return False
    return getattr(model._meta.get_field(field.source), "null", False)


def _describe(name, property):
    if "description" in property or "$ref" in property:
        return
    if name == "url" and "readOnly" not in property:  # of what is no row
        name = "address"
    if name in DESCRIPTIONS:
        property["description"] = DESCRIPTIONS[name]
    elif name.endswith("_html"):
        source = name.removesuffix("_html")
        property["description"] = f"`{source}` as HTML, cleaned: safe to show."
    if name in ("url", "html_url"):
        property["format"] = "uri"


def _loosen(property):
    """Of a text that may be empty, say only what holds of the empty one as well; of an
    address, only what holds where it has letters that are not ASCII."""
    choices = property.get("oneOf", [])
    if {"type": "string", "maxLength": 0} in choices:
        del property["oneOf"]
        property |= {
            name: value
            for name, value in choices[0].items()
            if name not in ("minLength", "pattern")
        }
    if property.get("format") == "uri":
        property["format"] = "iri-reference"


PROBLEM = {
    "type": "object",
    "description": "What was wrong, after RFC 9457.",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string", "format": "uri-reference"},
        "title": {"type": "string", "description": "The status in words."},
        "status": {"type": "integer", "minimum": 400, "maximum": 599},
        "detail": {"type": "string", "description": "A sentence for people."},
        "errors": {
            "type": "array",
            "description": "What is wrong with single fields or parameters.",
            "items": {
                "type": "object",
                "required": ["field", "code", "detail"],
                "properties": {
                    "field": {
                        "type": "string",
                        "description": "A field or parameter; `talks.0.title` in rows.",
                    },
                    "code": {"type": "string"},
                    "detail": {"type": "string"},
                },
            },
        },
    },
}


def _problem(code, title, words, detail, **more):
    example = {"type": "about:blank", "title": title, "status": code, "detail": detail}
    return {
        "description": words,
        "content": {
            MEDIA_TYPE: {
                "schema": {"$ref": "#/components/schemas/Problem"},
                "example": example | more,
            }
        },
    }


UNKNOWN = "There is no such parameter here. These are: kind, page."
# The answers that operations share, by their names among the components.
ANSWERS = {
    "NotModified": {
        "description": "Nothing changed since the state that `If-None-Match` or "
        "`If-Modified-Since` names."
    },
    "BadRequest": _problem(
        400,
        "Bad Request",
        "Something that was sent is not as described here; `errors` says what.",
        UNKNOWN,
        errors=[{"field": "knd", "code": "invalid", "detail": UNKNOWN}],
    ),
    "Unauthorized": _problem(
        401,
        "Unauthorized",
        "The token is unknown, revoked or expired; or there is none, and it takes one.",
        "This token is expired.",
    ),
    "Forbidden": _problem(
        403,
        "Forbidden",
        "The token, or its owner, may not do this.",
        "This token only reads: writing takes one that was made for it.",
    ),
    "NotFound": _problem(
        404,
        "Not Found",
        "There is no such row or page, or it is not open to you: both look the same.",
        "There is no such thing.",
    ),
    "Conflict": _problem(
        409,
        "Conflict",
        "What was sent is as described, but its values do not go together, or what is "
        "there already speaks against them.",
        "There is a session with this key.",
    ),
    "PreconditionFailed": _problem(
        412,
        "Precondition Failed",
        "The row was changed after the state that `If-Match` names.",
        "The row was changed meanwhile: read it again.",
    ),
    "TooLarge": _problem(
        413,
        "Content Too Large",
        "The body is larger than this site takes.",
        "The request is larger than this site takes.",
    ),
    "UnsupportedMediaType": _problem(
        415,
        "Unsupported Media Type",
        "The body is not in a format that is read here.",
        "This address reads application/json: say so in Content-Type.",
    ),
    "PreconditionRequired": _problem(
        428,
        "Precondition Required",
        "A change of a row that is there says in `If-Match` which state was read.",
        "Say in If-Match which state you read.",
    ),
    "TooManyRequests": _problem(
        429,
        "Too Many Requests",
        "More requests than the limit; `Retry-After` says how many seconds to wait.",
        "At most 600 requests a minute: wait for 12 seconds.",
    ),
    "Problem": _problem(
        500, "Problem", "Any other problem.", "This is our fault, not yours."
    ),
}
ALWAYS = {"429": "TooManyRequests", "401": "Unauthorized", "default": "Problem"}
READING = {"304": "NotModified", "400": "BadRequest", "404": "NotFound"}
WRITING = {
    "400": "BadRequest",
    "403": "Forbidden",
    "404": "NotFound",
    "409": "Conflict",
    "413": "TooLarge",
    "415": "UnsupportedMediaType",
}
CHANGING = {"412": "PreconditionFailed", "428": "PreconditionRequired"}
METHODS = ("get", "put", "post", "patch", "delete")


def finish(result, generator, request, public):
    """Hook: what operations share is told once, and referred to by each."""
    components = result["components"]
    components.setdefault("schemas", {})["Problem"] = PROBLEM
    components["responses"] = ANSWERS
    for path in result["paths"].values():
        for method in METHODS:
            if method in path:
                answers = dict(ALWAYS)
                answers |= READING if method == "get" else WRITING
                if method in ("put", "patch", "delete"):
                    answers |= CHANGING
                for status, name in sorted(answers.items()):
                    answer = {"$ref": f"#/components/responses/{name}"}
                    path[method]["responses"].setdefault(status, answer)
    views = getattr(generator.registry, "views", {})
    tags = {}
    for (path, method), view in views.items():
        [tag] = result["paths"][path][method]["tags"]
        tags.setdefault(tag, _first_paragraph(view))
    result["tags"] = [
        {"name": name, "description": words} for name, words in sorted(tags.items())
    ]
    return result


def _first_paragraph(view):
    words = (getdoc(type(view)) or "").split("\n\n")[0]
    return re.sub(r"\s+", " ", words)


@cache
def _described():
    """What is the same for all readers: the description, and the views it is of, by
    path and method."""
    generator = SchemaGenerator()
    return generator.get_schema(public=True), generator.registry.views


def describe(request, user, names=None):
    """The description of the API, with examples from the site that ``request`` was
    sent to: of each resource, or of those in ``names``, the first row that ``user`` may
    see, if there is one."""
    described, views = _described()
    described = copy.deepcopy(described)
    found = {
        view.serializer_class: _example(view, request, user)
        for (path, method), view in views.items()
        if method == "get" and getattr(view, "action", None) == "list"
        if names is None or described["paths"][path]["get"]["tags"][0] in names
    }
    for (path, method), view in views.items():
        if example := found.get(view.serializer_class):
            _add_example(described["paths"][path][method], view, *example)
    return described


def _example(view, request, user):
    """(the row as JSON, what its address has in each place); None if there is none."""
    asked = copy.copy(request)
    asked.GET = QueryDict()  # whatever the description itself is asked with
    view = copy.copy(view)  # others may be using it
    view.request = Request(asked)
    view.request.user, view.request.auth = user, None
    view.request.accepted_renderer = JSONRenderer()
    if not _admits(view, user):
        return None
    row = view.get_queryset().order_by("pk").first()
    if row is None:
        return None
    serializer = view.get_serializer([row], many=True)
    address = f"/api/v1/{serializer.child.path(row)}/"
    return serializer.data[0], resolve(address).kwargs


def _admits(view, user):
    """Whether ``view`` has anything for ``user``."""
    asked = view.request.user
    view.request.user = user
    try:
        view.check_permissions(view.request)
    except APIException:
        return False
    finally:
        view.request.user = asked
    return True


def _add_example(operation, view, row, places):
    is_list = operation["operationId"].endswith("_list")
    if is_list or operation["operationId"].endswith("_retrieve"):
        _add_places(operation, row, places)
    elif (
        operation["operationId"].endswith("_update") and "201" in operation["responses"]
    ):
        _add_places(operation, {}, places | {view.natural_key[-1]: "example"})  # new
    for code in {"200", "201"} & operation["responses"].keys():
        content = operation["responses"][code]["content"]
        shown = content.get("application/json", {"examples"})  # else it is a file
        if "examples" not in shown:
            shown["example"] = _page(row) if is_list else row
    for content in operation.get("requestBody", {}).get("content", {}).values():
        if "example" in content:
            like = view.body_class.example_like
            content["example"] = like(content["example"], row)


def _add_places(operation, row, places):
    for parameter in operation["parameters"]:
        name = parameter["name"]
        if parameter["in"] == "path":
            parameter["example"] = places.get(name) or places["pk"]
        elif name in row and type(row[name]) in (str, int) and row[name] != "":
            parameter["example"] = row[name]
