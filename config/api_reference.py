"""The description of the API for people: a chapter for each resource.

What the templates show of it is as OpenAPI has it, but for fields (``Field``), which
have what they refer to with them, and the command that tries an operation.
"""

import json
import re
import shlex
from dataclasses import dataclass, field

from references.rest.schema import METHODS
from references.richtext import render

KINDS = {
    "array": "list",
    "boolean": "true or false",
    "integer": "whole number",
    "string": "text",
}
FORMATS = {
    "binary": "file",
    "date": "day",
    "date-time": "instant",
    "iri-reference": "address",
    "uri": "address",
}
CHOICES = re.compile(r"(^|\n\n)\* `.*", re.DOTALL)  # as drf-spectacular lists them
KEPT = {"default", "description", "title"}  # of a field, beside what it refers to


@dataclass
class Field:
    """One of a row, a body or the parameters; ``words`` are HTML."""

    name: str
    kind: str
    words: str
    is_required: bool
    place: str = ""  # of a parameter: path, query or header
    values: list = field(default_factory=list)  # the only ones, if there are any
    parts: list = field(default_factory=list)  # the Fields in it
    chapter: str = ""  # what is in it instead: a row of that resource


class Reference:
    """What pages say of ``described``, an OpenAPI document of the site at ``root``."""

    def __init__(self, described, root):
        self.paths = described["paths"]
        self.components = described["components"]
        self.root = root
        self.words = {tag["name"]: tag["description"] for tag in described["tags"]}
        self.operations = {name: [] for name in self.words}
        for path, methods in self.paths.items():
            for method in sorted(methods.keys() & METHODS, key=METHODS.index):
                operation = {**methods[method], "path": path, "method": method.upper()}
                self.operations[operation["tags"][0]].append(operation)
        # By the reference to its rows, where others nest them.
        self.chapters = {
            row["$ref"]: name
            for name in self.words
            if "$ref" in (row := self._row(name))
        }

    def contents(self):
        """(name, words, operations) of each chapter."""
        return [
            (name, render(words), self.operations[name])
            for name, words in self.words.items()
        ]

    def about(self, name):
        """What the chapter ``name`` is about, whole, as HTML."""
        return render(self.operations[name][0]["description"])

    def row(self, name):
        """The Fields of the rows that the chapter ``name`` is about."""
        return self._fields(self._row(name))

    def chapter(self, name):
        """The operations of the chapter ``name`` with all there is to say of them."""
        return [self._whole(operation) for operation in self.operations[name]]

    def shared_answers(self):
        """(status, answer) of those that many operations have."""
        found = {}
        for operations in self.operations.values():
            for operation in operations:
                found |= operation["responses"]
        return [
            (code, self._answer(self._resolved(answer)))
            for code, answer in sorted(found.items())
            if "$ref" in answer
        ]

    def _row(self, name):
        for operation in self.operations[name]:
            content = operation["responses"].get("200", {}).get("content", {})
            schema = content.get("application/json", {}).get("schema", {})
            if operation["method"] == "GET" and schema:
                listed = self._resolved(schema).get("properties", {}).get("results")
                return listed["items"] if listed else schema
        return {}

    def _whole(self, operation):
        answers = operation["responses"].items()
        words = render(operation["description"])
        content = operation.get("requestBody", {}).get("content", {})
        address = self._address(operation)
        is_open = operation["method"] == "GET" and {} in operation["security"]
        return operation | {
            "words": "" if words == self.about(operation["tags"][0]) else words,
            "parameters": [self._parameter(each) for each in operation["parameters"]],
            "bodies": [
                (kind, self._fields(body["schema"])) for kind, body in content.items()
            ],
            "answers": [
                (code, self._answer(answer))
                for code, answer in answers
                if "$ref" not in answer
            ],
            "shared": [
                code
                for code, answer in answers
                if "$ref" in answer and code != "default"
            ],
            "command": self._command(operation, address, content),
            "try_at": address if is_open and "{" not in address else "",
        }

    def _answer(self, answer):
        contents = answer.get("content", {}).values()
        examples = [_json(body["example"]) for body in contents if "example" in body]
        return {
            "words": render(answer["description"]),
            "kinds": [*answer.get("content", ())],
            "example": examples[0] if examples else "",
        }

    def _address(self, operation):
        """Where the operation is, for the row that is the example."""
        path = operation["path"]
        reading = self.paths[path].get("get", operation)
        needed = []
        for each in operation["parameters"] + reading["parameters"]:
            if each["in"] == "path" and "example" in each:
                place = "{" + each["name"] + "}"
                path = path.replace(place, str(each["example"]))
            elif each["in"] == "query" and each.get("required"):
                needed.append("{0}={{{0}}}".format(each["name"]))
        query = "&".join(dict.fromkeys(needed))
        return self.root + path[1:] + ("?" if needed else "") + query

    def _command(self, operation, address, content):
        """What asks for it in a shell, with the example of its body."""
        is_get = operation["method"] == "GET"
        method = "" if is_get else f"-X {operation['method']} "
        lines = [f"curl {method}{shlex.quote(address)}"]
        if {} not in operation["security"]:
            lines.append('-H "Authorization: Bearer $TOKEN"')
        for each in operation["parameters"]:
            if each["in"] == "header" and each.get("required"):
                variable = each["name"].upper().replace("-", "_")
                lines.append(f'-H "{each["name"]}: ${variable}"')
        for kind, body in content.items():
            if "example" in body:
                lines.append(f'-H "Content-Type: {kind}"')
                lines.append(f"-d {shlex.quote(_json(body['example']))}")
            for example in body.get("examples", {}).values():
                if kind == "application/json":
                    lines.append(f'-H "Content-Type: {kind}"')
                    lines.append(f"-d {shlex.quote(_json(example['value']))}")
                else:
                    files = example["value"].items()
                    lines += [f"-F {name}=@{file}" for name, file in files]
        return " \\\n  ".join(lines)

    def _parameter(self, parameter):
        found = self._field(parameter["name"], parameter["schema"])
        found.words = render(parameter["description"])
        found.is_required = parameter.get("required", False)
        found.place = parameter["in"]
        return found

    def _fields(self, schema):
        schema = self._resolved(schema)
        needed = schema.get("required", ())
        properties = schema.get("properties", {}).items()
        return [self._field(name, each, name in needed) for name, each in properties]

    def _field(self, name, schema, is_required=False):
        whole = self._resolved(schema)
        inner = whole.get("items", whole)
        words = CHOICES.sub("", whole.get("description", whole.get("title", "")))
        if "default" in whole:
            words += f" Default: `{json.dumps(whole['default'])}`."
        chapter = self.chapters.get(inner.get("$ref"), "")
        return Field(
            name,
            self._kind(whole),
            render(words),
            is_required,
            values=self._resolved(inner).get("enum", []),
            parts=[] if chapter else self._fields(inner),
            chapter=chapter,
        )

    def _kind(self, schema):
        types = schema.get("type", "object")
        first, *further = [types] if isinstance(types, str) else types
        words = FORMATS.get(schema.get("format"), KINDS.get(first, first))
        if "items" in schema:
            words += f" of {self._kind(self._resolved(schema['items']))}s"
        return " or ".join((words, *further))

    def _resolved(self, schema):
        """``schema`` without a reference: of choices the first, as the others are
        nothing, or many of it."""
        found = schema
        for name in ("allOf", "oneOf"):
            if name in schema:
                found = self._resolved(schema[name][0])
        if "$ref" in schema:
            _document, _components, group, name = schema["$ref"].split("/")
            found = self.components[group][name]
        own = {name: schema[name] for name in schema.keys() & KEPT}
        return found | own


def _json(value):
    return json.dumps(value, indent=2, ensure_ascii=False)
