"""Handing in from a program: as on the page, with its limits and its refusals."""

from collections import Counter

from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.http.multipartparser import MultiPartParserError
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema
from rest_framework import status
from rest_framework.exceptions import APIException, UnsupportedMediaType
from rest_framework.parsers import MultiPartParser
from rest_framework.response import Response

from courses.models import Assignment

from . import nesting
from .api import DeliveryViewSet
from .incoming import REQUEST_KEY, Incoming
from .receiving import Conflicting, NoRoom, Refused
from .serializers import DeliverySerializer

# What fields that say more of another may hold.
LATE, OPENS = ("count",), ("true", "false")


class FromProgram(Incoming):
    """A form that a program made: a slot goes by its kind as well, where no other is of
    that kind, and what is not understood is refused."""

    @cached_property
    def slots(self):
        slots = super().slots
        kinds = Counter(slot.kind for slot in slots.values())
        by_kind = {each.kind: each for each in slots.values() if kinds[each.kind] == 1}
        return slots | by_kind

    @cached_property
    def key(self):
        """The key of the request, from its header or its field."""
        field = self.request.POST.get("request_key", "")
        return field or self.request.headers.get("Idempotency-Key", "").strip('"')

    def read(self):
        try:
            super().read()
        except RequestDataTooBig:
            self.stop(_("What is no file is larger than this site takes."), 413)
        except (MultiPartParserError, SuspiciousOperation) as error:
            self.stop(_("The form cannot be read: %s") % error)
        self.check_form()

    def check_form(self):
        """Raise Refused, and log it, unless all that was read is understood."""
        known = {"request_key": None, "late": LATE}
        for name in self.slots:
            known |= {name: None, f"{name}-late": LATE, f"{name}-opens": OPENS}
        sent = [*self.request.POST.lists(), *self.request.FILES.lists()]
        for name, values in sent:
            if name not in known:
                self.stop(self.not_asked(name), field=name)
            if len(values) > 1:
                self.stop(_("“%s” is there twice.") % name, field=name)
            if known[name] and values[0] not in known[name]:
                words = _("“%(name)s” takes: %(values)s.")
                said = {"name": name, "values": ", ".join(known[name])}
                self.stop(words % said, field=name)
        names = [name for name, _values in sent if name in self.slots]
        slots = Counter(self.slots[name] for name in names)
        for slot, times in slots.items():
            if times > 1:
                self.stop(_("%s is there twice, under two names.") % slot)
        if not REQUEST_KEY.fullmatch(self.key):
            words = _(
                "Send a key of your own as Idempotency-Key: 16 to 40 letters, digits, "
                "“-” and “_”. The same request sent again with it is one delivery."
            )
            self.stop(words, field="request_key")

    def not_asked(self, field):
        if slot := self.slots.get(field):
            return _("%s takes a link, not a file.") % slot
        words = _("There is no such field here: %(name)s. These are: %(known)s.")
        return words % {"name": _shown(field), "known": ", ".join(self.slots)}

    def counts(self, name, standing):
        sent = self.request.POST
        return "count" in (sent.get("late"), sent.get(f"{name}-late"))

    def opens_signed_out(self, name):
        said = self.request.POST.get(f"{name}-opens")
        return None if said is None else said == "true"

    def problem(self, refusal):
        """``refusal`` as the API says it, with the names of the fields it is about."""
        error = APIException(self.said(refusal), "refused")
        error.status_code = getattr(refusal, "status", None) or _status(refusal)
        return error

    def said(self, refusal):
        field = getattr(refusal, "field", None)
        if field:
            return {_shown(field): str(refusal)}
        if not refusal.by_slot:
            return str(refusal)
        sent = {*self.request.POST, *self.request.FILES}
        names = {}
        for name, slot in self.slots.items():
            if slot.pk not in names or name in sent:
                names[slot.pk] = name
        return {names[pk]: words for pk, words in refusal.by_slot.items()}


def _shown(field):
    """The name of a field, whatever was sent as one."""
    return "".join(filter(str.isprintable, field))[:80]


def _status(refusal):
    if isinstance(refusal, Conflicting):
        return status.HTTP_409_CONFLICT
    if isinstance(refusal, NoRoom):
        return status.HTTP_507_INSUFFICIENT_STORAGE
    return status.HTTP_400_BAD_REQUEST


FORM = {
    "type": "object",
    "description": "Each slot of the assignment is a field, `slot-<id>`, or its kind "
    "where no other slot is of that kind: a file or the address of a page. `late`, or "
    "`<field>-late` for one slot, lets late work count, instead of what was on time as "
    "well; without it late work is kept and does not count. `<field>-opens` says "
    "whether a link opens for who is signed out.",
    "properties": {
        "report": {
            "type": "string",
            "format": "binary",
            "description": "What goes into the slot of this name.",
        },
        "late": {
            "type": "string",
            "enum": list(LATE),
            "description": "Late work is to count.",
        },
    },
    "additionalProperties": {"type": "string"},
}
EXAMPLE = OpenApiExample(
    "The file of a report",
    {"report": "report.pdf"},
    request_only=True,
    media_type="multipart/form-data",
)


class HandInViewSet(DeliveryViewSet):
    """Where a student's token hands in. The body is read here alone: as it streams in,
    up to the limits of the slots."""

    parser_classes = [MultiPartParser]  # as the schema says; it is never used

    def parameters(self):
        return []

    @extend_schema(
        operation_id="assignments_deliveries_create",
        summary="Hand in",
        parameters=[
            OpenApiParameter("id", OpenApiTypes.INT, OpenApiParameter.PATH),
            OpenApiParameter(
                "Idempotency-Key",
                OpenApiTypes.STR,
                OpenApiParameter.HEADER,
                required=True,
                pattern=f"^{REQUEST_KEY.pattern}$",
                description="A key of yours, 16 to 40 letters, digits, `-` and `_`: "
                "the same request sent again is one delivery.",
            ),
        ],
        request={"multipart/form-data": FORM},
        responses={201: DeliverySerializer},
        examples=[EXAMPLE],
    )
    def create(self, request, pk):
        """Hand in for an assignment that asks you to; the answer is the receipt."""
        asked = Assignment.objects.asked_of(request.user).select_related("course")
        assignment = get_object_or_404(asked, pk=pk)
        if not request.content_type.startswith("multipart/form-data"):
            raise UnsupportedMediaType(request.content_type)
        incoming = FromProgram(request._request, request.user, assignment)
        with timezone.override(assignment.course.zone):
            try:
                incoming.read()
                delivery = incoming.take(incoming.key)
            except Refused as refusal:
                raise incoming.problem(refusal) from None
        delivery = self.get_queryset().get(pk=delivery.pk)
        nesting.with_submissions([delivery])
        context = self.get_serializer_context()
        data = DeliverySerializer(delivery, context=context).data
        headers = {"Location": data["url"]}
        return Response(data, status.HTTP_201_CREATED, headers=headers)
