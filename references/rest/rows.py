"""What every resource of the API is built on: rows as JSON, in the shape that is asked.

A view says in ``expansions`` what may be nested in its rows. Each is a function that
loads the rows to nest for all rows of an answer at once; names that are asked for hold
at every level, so ``expand=talks,materials`` gives the materials of the talks as well.
"""

from collections import defaultdict
from dataclasses import dataclass, field

from django.db import models
from django.http import Http404
from django.utils import timezone
from django.utils.functional import cached_property
from rest_framework import serializers, viewsets

from .filtering import (
    check_parameters,
    listed,
    moment,
    names_parameter,
    unknown_names,
)
from .parameters import INSTANT

UPDATED_AFTER = {
    "name": "updated_after",
    "in": "query",
    "description": "Rows changed since this instant, and which are `deleted`: for a "
    "mirror, which gives `as_of` of the last answer. What `expand` nests has changes "
    "of its own.",
    "schema": INSTANT,
}


@dataclass
class Nest:
    """The rows of an answer, by model, with what was nested in them."""

    user: object
    rows: dict = field(default_factory=lambda: defaultdict(list))

    def add(self, rows):
        for row in rows:
            row.nested = {}
            self.rows[type(row)].append(row)

    def put(self, name, owners, found, key):
        """Nest each of ``found`` as ``name`` in the one of ``owners`` whose pk is its
        ``key``."""
        by_pk = {owner.pk: owner for owner in owners}
        for owner in owners:
            owner.nested[name] = []
        for row in found:
            if owner := by_pk.get(getattr(row, key)):
                owner.nested[name].append(row)


class Moment(serializers.DateTimeField):
    @cached_property
    def timezone(self):
        """As everywhere, but not asked for again with every row."""
        return timezone.get_current_timezone()


class RowSerializer(serializers.ModelSerializer):
    """A row with its addresses: ``url`` here, ``html_url`` of its page."""

    serializer_field_mapping = {
        **serializers.ModelSerializer.serializer_field_mapping,
        models.DateTimeField: Moment,
    }
    url = serializers.SerializerMethodField()
    html_url = serializers.SerializerMethodField()
    # The serializers of what may be nested, by its name.
    nests = {}

    def get_url(self, row) -> str:
        return f"{self.site}api/v1/{self.path(row)}/"

    def get_html_url(self, row) -> str:
        return self.site + row.get_absolute_url()[1:]

    @cached_property
    def site(self):
        """The address of the site, with a slash at its end."""
        return self.context["request"].build_absolute_uri("/")

    @cached_property
    def _readable_fields(self):
        """As they are without it, but not looked for again with every row."""
        return list(super()._readable_fields)

    def path(self, row):
        """Where ``row`` is had, under the root of the API."""
        raise NotImplementedError

    def to_representation(self, row):
        data = super().to_representation(row)
        for name, rows in getattr(row, "nested", {}).items():
            serializer = self.nested_in(name)
            data[name] = (
                [serializer.to_representation(each) for each in rows]
                if isinstance(rows, list)
                else rows and serializer.to_representation(rows)
            )
        return data

    def nested_in(self, name):
        """The serializer of what is nested as ``name``, made once."""
        made = self.__dict__.setdefault("made", {})
        if name not in made:
            made[name] = self.nests[name](context=self.context)
        return made[name]


class RowViewSet(viewsets.ReadOnlyModelViewSet):
    """Rows that the reader may see: lists have those that are listed for them, the
    address of a row gives all that they may open."""

    lookup_value_regex = r"[0-9]{1,10}"  # by id
    changes = None  # courses.revisions, which is not known here
    expansions = {}  # functions of a Nest, by name, in the order in which they load
    orderings = {}  # F expressions by the names that ``ordering`` takes
    usual_order = ()

    def finalize_response(self, request, response, *args, **kwargs):
        """What anybody may read may be kept, and asked for again if it changed."""
        response = super().finalize_response(request, response, *args, **kwargs)
        is_read = request.method in ("GET", "HEAD") and response.status_code == 200
        response.may_be_kept = is_read and not request.user.is_authenticated
        if not response.has_header("Cache-Control"):
            response["Cache-Control"] = self.cache_control(request)
        return response

    def cache_control(self, request):
        return "no-cache" if request.auth is None else "private, no-cache"

    def initial(self, request, *args, **kwargs):
        super().initial(request, *args, **kwargs)
        is_taken = self.action and request.method.lower() in self.http_method_names
        if is_taken:  # else the method is refused
            check_parameters(request, self.parameters())

    def perform_content_negotiation(self, request, force=False):
        try:
            return super().perform_content_negotiation(request, force)
        except Http404:  # the parameter ``format`` says another one
            check_parameters(request, self.parameters())
            formats = [renderer.format for renderer in self.renderer_classes]
            named = [request.query_params["format"]]
            raise unknown_names("format", named, formats) from None

    @property
    def is_followed(self):
        """Whether mirrors can be told what changed: not of what is never public."""
        return self.changes.follows(self.queryset.model)

    def parameters(self):
        """The names of the parameters that an address takes with this action."""
        known = ["expand", "fields"]
        if len(self.renderer_classes) > 1:
            known.append("format")
        if self.action == "list":
            known += ["page", "page_size", "ordering"]
            known += ["updated_after"] if self.is_followed else []
            known += self.filterset_class.base_filters
        return known

    def rows(self, rows):
        """``rows``, a queryset, with all that their answer shows."""
        load = getattr(self.serializer_class, "load", None)
        return load(rows) if load else rows

    def get_queryset(self):
        rows = self.queryset.all()
        user = self.request.user
        is_list = self.action == "list"
        return self.rows(rows.listed_for(user) if is_list else rows.visible_to(user))

    def get_serializer(self, *args, **kwargs):
        if self.request and self.request.method in ("GET", "HEAD") and args:
            many = kwargs.get("many")
            self.nest(args[0] if many else [args[0]])
            kwargs["context"] = self.get_serializer_context()
            serializer = super().get_serializer(*args, **kwargs)
            self.narrow(serializer.child if many else serializer)
            return serializer
        return super().get_serializer(*args, **kwargs)

    def list(self, request, *args, **kwargs):
        """A page of rows; with ``updated_after`` of those changed since, and which are
        gone. The moment to ask with the next time is taken before any row is read."""
        if "updated_after" not in request.query_params:
            return super().list(request, *args, **kwargs)
        since = moment(request, "updated_after")
        as_of = self.changes.as_of()
        rows = self.filter_queryset(self.get_queryset())
        changed = rows.filter(self.changes.changed_since(rows.model, since))
        page = self.paginate_queryset(changed)
        data = self.get_serializer(page, many=True).data
        deleted = self.gone_since(since, rows)
        return self.paginator.get_paginated_response(data, as_of=as_of, deleted=deleted)

    def gone_since(self, since, rows):
        """The ids of rows that went away for the reader, of the course that is asked
        about or of all, and are not among ``rows``, those of the list now."""
        user, course = self.request.user, self.request.query_params.get("course")
        gone = self.changes.removals(self.changes.kind(rows.model), since, user, course)
        return list(gone.exclude(row_id__in=rows.order_by().values("pk")))

    def nest(self, rows):
        """Load what ``expand`` asks for into ``rows``."""
        names = listed(self.request, "expand")
        if unknown := [name for name in names if name not in self.expansions]:
            raise unknown_names("expand", unknown, self.expansions)
        nest = Nest(self.request.user)
        nest.add(rows)
        for name, load in self.expansions.items():
            if name in names:
                load(nest)

    def narrow(self, serializer):
        """Leave in ``serializer`` what ``fields`` asks for, and what is nested."""
        names = listed(self.request, "fields")
        if unknown := [name for name in names if name not in serializer.fields]:
            raise unknown_names("fields", unknown, serializer.fields)
        if names:
            for name in {*serializer.fields} - {*names}:
                serializer.fields.pop(name)

    def shaping_parameters(self):
        """The schema of ``expand`` and ``fields``."""
        fields = self.get_serializer_class()().fields
        found = [names_parameter("fields", fields, "Only these fields of each row.")]
        if self.action == "list" and self.is_followed:
            found.append(UPDATED_AFTER)
        if self.expansions:
            words = "What to nest in each row, at every level where it belongs."
            found.append(names_parameter("expand", self.expansions, words))
        return found
