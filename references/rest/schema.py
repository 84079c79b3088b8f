"""The description of the API (OpenAPI 3.1), as drf-spectacular makes it from views."""

from drf_spectacular.openapi import AutoSchema

from .problems import MEDIA_TYPE


class Schema(AutoSchema):
    """With what the views of this site share: shaping parameters, and their order."""

    def get_override_parameters(self):
        return super().get_override_parameters()

    def get_operation_id(self):
        """As a client library calls it: ``sessions_list``, ``sessions_retrieve``."""
        return super().get_operation_id().removeprefix("api_v1_")

    def _get_parameters(self):
        parameters = super()._get_parameters()
        shaping = getattr(self.view, "shaping_parameters", None)
        if shaping and self.method == "GET":
            parameters += shaping()
        return sorted(parameters, key=lambda each: (each["in"] != "path", each["name"]))

    def get_tags(self):
        return [getattr(self.view, "tag", None) or self.path.split("/")[3]]


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
    "example": {
        "type": "about:blank",
        "title": "Bad Request",
        "status": 400,
        "detail": "There is no such parameter here. These are: kind, page.",
        "errors": [
            {
                "field": "knd",
                "code": "invalid",
                "detail": "There is no such parameter here. These are: kind, page.",
            }
        ],
    },
}


def add_problems(result, generator, request, public):
    """Hook: every operation may answer with a problem."""
    result["components"].setdefault("schemas", {})["Problem"] = PROBLEM
    problem = {"schema": {"$ref": "#/components/schemas/Problem"}}
    answer = {"description": "A problem.", "content": {MEDIA_TYPE: problem}}
    for path in result["paths"].values():
        for operation in path.values():
            if "responses" in operation:
                operation["responses"].setdefault("default", answer)
    return result
