"""Lists in pages: ``count``, ``next``, ``previous`` and ``results``."""

from django.utils.translation import gettext as _
from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.pagination import BasePagination
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param

USUAL, MOST = 50, 200  # rows
LAST_PAGE = 1_000_000


class Pages(BasePagination):
    """50 rows a page, or as many as ``page_size`` says, up to 200.

    How many rows there are is asked only where the first page does not show all.
    """

    display_page_controls = False

    def paginate_queryset(self, queryset, request, view=None):
        self.request = request
        self.size = _number(request, "page_size", MOST, USUAL)
        self.number = _number(request, "page", LAST_PAGE, 1)
        start = (self.number - 1) * self.size
        rows = list(queryset[start : start + self.size + 1])
        if self.number == 1 and len(rows) <= self.size:
            self.count = len(rows)
        else:
            self.count = queryset.count()
        self.last = max(1, -(-self.count // self.size))
        if self.number > self.last:
            words = _("There is no page %(page)d: the last one is %(last)d.")
            raise NotFound(words % {"page": self.number, "last": self.last})
        return rows[: self.size]

    def get_paginated_response(self, data, **more):
        links = {
            "next": self.link(self.number + 1),
            "previous": self.link(self.number - 1),
        }
        told = [f'<{link}>; rel="{name}"' for name, link in links.items() if link]
        return Response(
            {"count": self.count, **links, **more, "results": data},
            headers={"Link": ", ".join(told)} if told else None,  # RFC 8288
        )

    def link(self, number):
        """The address of a page of the same rows; None if there is none."""
        if not 1 <= number <= self.last:
            return None
        return replace_query_param(self.request.build_absolute_uri(), "page", number)

    def get_schema_operation_parameters(self, view):
        return [
            _parameter("page", LAST_PAGE, 1, "The page, counted from 1."),
            _parameter("page_size", MOST, USUAL, "How many rows a page has."),
        ]

    def get_paginated_response_schema(self, schema):
        address = {
            "type": ["string", "null"],
            "format": "uri",
            "description": "The address of that page; null if there is none.",
        }
        return {
            "type": "object",
            "required": ["count", "next", "previous", "results"],
            "properties": {
                "count": {
                    "type": "integer",
                    "minimum": 0,
                    "description": "How many rows all pages have together.",
                },
                "next": address,
                "previous": address,
                "as_of": {
                    "type": "string",
                    "format": "date-time",
                    "description": "With `updated_after`: its value for the next time.",
                },
                "deleted": {
                    "type": "array",
                    "items": {"type": "integer"},
                    "description": "With `updated_after`: the ids of rows that are "
                    "gone since, and with them all that belonged to them.",
                },
                "results": schema | {"description": "The rows of this page."},
            },
        }


def _parameter(name, most, default, words):
    return {
        "name": name,
        "in": "query",
        "description": words,
        "schema": {
            "type": "integer",
            "minimum": 1,
            "maximum": most,
            "default": default,
        },
    }


def _number(request, name, most, default):
    """The whole number from 1 to ``most`` that the parameter ``name`` gives."""
    if name not in request.query_params:
        return default
    text = request.query_params[name]
    number = int(text) if text.isascii() and text.isdecimal() and len(text) < 9 else 0
    if not 1 <= number <= most:
        words = _("“%(text)s” is no whole number from 1 to %(most)d.")
        raise ValidationError({name: words % {"text": text[:40], "most": most}})
    return number
