"""How the description of the API (OpenAPI) tells of writing."""

from drf_spectacular.extensions import OpenApiSerializerExtension

from .parameters import NOT_EMPTY
from .schema import Schema

MOST = 500  # rows in one request
ROWS = ("create", "update", "partial_update")  # what takes rows as their bodies

DESCRIPTIONS = {
    "create": f"One row, or a list of up to {MOST}: all of them are made, or none.",
    "update": "The whole of it: what is not said gets its default.",
    "partial_update": "The fields that are sent, and no others.",
    "destroy": "With what is part of it. What is used elsewhere stays: 409.",
}
IF_MATCH = {
    "name": "If-Match",
    "in": "header",
    "description": "The ETag that the row was read with, by a token and without "
    "`expand`: if it is another by now, the answer is 412. `*` writes over whatever is "
    "there.",
    "schema": {"type": "string", "example": "*"},
}
IF_NONE_MATCH = {
    "name": "If-None-Match",
    "in": "header",
    "description": "`*` makes a row only if there is none (else: 412); an ETag writes "
    "only over another state.",
    "schema": {"type": "string", "example": "*"},
}
REASON = {
    "name": "Change-Reason",
    "in": "header",
    "description": "Why, for the history of edits.",
    "schema": {"type": "string", "maxLength": 500},
}


class WritingSchema(Schema):
    """The schema of a view that Writes rows."""

    def get_description(self):
        words = DESCRIPTIONS.get(self.view.action) or super().get_description()
        if self.view.action == "update":
            body = self.view.body_class()
            if stay := body.names([*body.kept, *body.chosen_once]):
                listed = ", ".join(f"`{name}`" for name in stay)
                words = f"{words[:-1]}, but these stay as they are: {listed}."
        return words

    def get_request_serializer(self):
        at_address = self.method == "PUT" and self.view.natural_key
        view = self.view
        return view.body_at_address if at_address else view.body_class

    def get_response_serializers(self):
        shown = super().get_response_serializers()
        if self.method == "PUT" and self.view.natural_key:
            return {200: shown, 201: shown}
        return shown

    def _get_request_body(self, direction="request"):
        body = super()._get_request_body(direction)
        if self.view.action not in ROWS:
            return body
        for content in body["content"].values():
            if self.view.action == "create":
                content["schema"] = _one_or_many(content["schema"])
            if example := self._example():
                content["example"] = example
        return body

    def _example(self):
        """That of the body; what the address says of a row there, it need not."""
        by_address = () if self.view.action == "create" else self.view.natural_key
        example = self.view.body_class.example.items()
        return {name: said for name, said in example if name not in by_address}

    def _get_response_bodies(self, direction="response"):
        answers = super()._get_response_bodies(direction)
        if self.view.action == "create":
            for content in answers["201"].get("content", {}).values():
                content["schema"] = _one_or_many(content["schema"])
        return answers

    def _get_parameters(self):
        parameters = super()._get_parameters()
        if self.method == "GET":
            return parameters
        further = [REASON]
        if self.method == "PUT" and self.view.natural_key:
            further += [IF_MATCH, IF_NONE_MATCH]
            self._narrow_addresses(parameters)
        elif self.method != "POST":
            further.append(IF_MATCH | {"required": True})
        return parameters + further

    def _narrow_addresses(self, parameters):
        """Where an address names what is made, that is as the body would have it."""
        fields = self.view.body_class().fields
        for parameter in parameters:
            if parameter["in"] == "path" and parameter["name"] in fields:
                described = self._map_serializer_field(
                    fields[parameter["name"]], "request"
                )
                self._insert_field_validators(fields[parameter["name"]], described)
                parameter["schema"] = {
                    name: described[name]
                    for name in ("type", "pattern", "maxLength", "minLength")
                    if name in described
                }


def _default_of(body, field):
    """What a row has where its ``body`` does not say ``field``, as JSON; None if that
    is not always the same, as its position."""
    model = getattr(getattr(body, "Meta", None), "model", None)
    columns = {column.name: column for column in model._meta.fields} if model else {}
    default = getattr(columns.get(field.source), "default", None)
    is_fixed = not field.required and field.source != "position"
    return default if is_fixed and isinstance(default, str | int) else None


def _one_or_many(row):
    many = {"type": "array", "items": row, "minItems": 1, "maxItems": MOST}
    return {"oneOf": [row, many]}


class StrictBodies(OpenApiSerializerExtension):
    """A body has no fields but those that are described."""

    target_class = "references.rest.bodies.Strict"
    match_subclasses = True

    def get_name(self, auto_schema, direction):
        return type(self.target).__name__.removesuffix("Body")

    def map_serializer(self, auto_schema, direction):
        schema = auto_schema._map_serializer(
            self.target, direction, bypass_extensions=True
        )
        if type(self.target).__doc__ is None:  # not that of a class above
            schema.pop("description", None)
        for name, described in schema["properties"].items():
            field = self.target.fields[name]
            most = getattr(field, "max_length", None)
            if (default := _default_of(self.target, field)) not in ("", None):
                described["default"] = default
            if described.get("type") == "array" and most:
                described["maxItems"] = most
            text = described.get("items", described)
            if text.get("minLength") and "pattern" not in text:
                text["pattern"] = NOT_EMPTY
        return schema | {"additionalProperties": False}
