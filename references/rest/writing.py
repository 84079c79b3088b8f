"""Rows that staff make, change and delete: as in the administration, whose rights,
rules and history of edits hold here.

- ``POST`` to a list makes a row, or up to 500 of a JSON list: all of them or none.
- ``PATCH`` writes the fields it has. ``PUT`` writes a whole row: what it does not say
  gets the default, but for what ``kept`` of its body names; where rows have a natural
  key it makes what is not there.
- ``PUT``, ``PATCH`` and ``DELETE`` of what is there need ``If-Match``.
"""

import copy
from collections import Counter, defaultdict
from contextlib import contextmanager

from django.contrib import admin
from django.contrib.admin.models import ADDITION, CHANGE, DELETION, LogEntry
from django.core.exceptions import ValidationError
from django.db import DatabaseError, IntegrityError, transaction
from django.db.models import ProtectedError, RestrictedError
from django.db.models.deletion import Collector
from django.http import Http404
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework import exceptions, status
from rest_framework.renderers import JSONRenderer
from rest_framework.response import Response

from . import bodies
from .conditions import check, etag_of
from .problems import Conflict
from .writing_schema import MOST, WritingSchema

LONGEST_REASON = 500
_EVERYWHERE = gettext_lazy("staff of all courses that use it")
SHARED = {"c": _EVERYWHERE, "d": _EVERYWHERE}  # ``who``, of rows that courses share


@contextmanager
def at_once():
    """All that is done inside, or nothing. What PostgreSQL looks for at the end, that
    rows which are referred to are still there, is a Conflict too."""
    try:
        with transaction.atomic():
            yield
    except IntegrityError:
        raise Conflict(_meanwhile()) from None


def _meanwhile():
    return _("Somebody else wrote at the same time. Try it again.")


class Writes:
    """Mixin of a RowViewSet whose rows ``body_class``, a RowBody, can write.

    ``natural_key`` are the fields that an address names a row by, where PUT makes one.
    """

    schema = WritingSchema()
    body_class = None
    natural_key = ()
    who = {}  # in words, who may do an action that not all staff of a course may

    def initial(self, request, *args, **kwargs):
        super().initial(request, *args, **kwargs)
        if self.is_writing and not request.user.is_authenticated:
            raise exceptions.NotAuthenticated
        if self.is_writing and not request.content_type.startswith("multipart/"):
            request.body  # noqa: B018 however slowly it comes, no row waits for it

    @property
    def is_writing(self):
        return self.request is not None and self.request.method in WRITING

    def parameters(self):
        return [] if self.is_writing else super().parameters()

    def get_renderers(self):
        return [JSONRenderer()] if self.is_writing else super().get_renderers()

    # What addresses do

    # No docstrings: they would describe the addresses, instead of that of the view.

    def retrieve(self, request, *args, **kwargs):
        row = self.get_object()
        data = self.get_serializer(row).data
        response = Response(data)
        is_row = request.accepted_renderer.format == "json" and not row.nested
        if request.user.is_authenticated and is_row:  # it is for If-Match
            is_whole = "fields" not in request.query_params
            response["ETag"] = etag_of(data if is_whole else self.plain(row))
        return response

    def create(self, request, *args, **kwargs):
        self.permit("a")
        said = self.said()
        if isinstance(said, list):
            return self.create_many(said)
        [row] = self.add([said])
        return self.answer(row.pk, status.HTTP_201_CREATED)

    def create_many(self, listed):
        if not 1 <= len(listed) <= MOST:
            words = _("Give from 1 to %(most)d rows, not %(count)d.")
            words %= {"most": MOST, "count": len(listed)}
            raise exceptions.ValidationError(words)
        rows = self.add(listed, are_many=True)
        found = self.rows(self.queryset.all()).in_bulk([row.pk for row in rows])
        data = [self.plain(found[row.pk]) for row in rows]
        return Response(data, status.HTTP_201_CREATED)

    def partial_update(self, request, *args, **kwargs):
        return self.change(is_partial=True)

    def update(self, request, *args, **kwargs):
        if not self.natural_key:
            return self.change()
        try:
            return self.change()
        except Http404:
            return self.make_at_address()

    @at_once()
    def destroy(self, request, *args, **kwargs):
        row = self.locked()
        self.permit("d", row)
        check(request, etag_of(self.plain(row)))
        self.remove(row)
        return Response(status=status.HTTP_204_NO_CONTENT)

    # Making

    @at_once()
    def make_at_address(self):
        """The row that PUT names by an address where there is none."""
        named = self.named()
        self.permit("a")
        said = self.said()
        if not isinstance(said, dict):
            raise exceptions.ValidationError(_("A row is a JSON object."))
        for name, value in named.items():
            if said.setdefault(name, value) != value:
                words = _("The address says “%s”.") % value
                raise Conflict({name: [words]})
        [row] = self.add([said])
        check(self.request, None)  # only now is it known that they may
        return self.answer(row.pk, status.HTTP_201_CREATED)

    def named(self):
        """What the address says of the row to make there: {field: raw value}. Raises
        Http404 where the writer may not know what it lies under."""
        return {name: self.kwargs[name] for name in self.natural_key}

    @at_once()
    def add(self, listed, are_many=False):
        """Save a new row for each of ``listed``, raw bodies; return them in order."""
        body = self.body()
        body.context["known"].load(body, listed)
        values, errors = [], {}
        for place, said in enumerate(listed):
            try:
                values.append(body.run_validation(said))
            except exceptions.ValidationError as error:
                errors[str(place)] = error.detail
        if errors:
            bodies.refuse({"rows": errors} if are_many else errors["0"])
        rows = [body.model(**body.row_fields(said)) for said in values]
        body.complete(rows, values)
        for place, (row, said) in enumerate(zip(rows, values, strict=True)):
            body.derive(row)
            self.permit("a", row)
            row._change_reason = self.reason(said)
            # Of many the database checks the constraints, all at once.
            if found := body.errors_of(row, said, with_constraints=not are_many):
                errors[str(place)] = found
        if errors:
            raise Conflict({"rows": errors} if are_many else errors["0"])
        try:
            with transaction.atomic():
                body.save_new(rows, values)
        except ValidationError as error:
            raise Conflict({"non_field_errors": error.messages}) from None
        except IntegrityError:
            self.explain(body, rows, values, are_many)
        by_reason = defaultdict(list)
        for row, said in zip(rows, values, strict=True):
            by_reason[self.reason(said)].append(row)
        for reason, same in by_reason.items():
            self.note(same, ADDITION, _("Added."), reason)
        return rows

    def explain(self, body, rows, values, are_many):
        """Raise what it was that the database did not take of ``rows``."""
        errors = {}
        with transaction.atomic():
            for place, (row, said) in enumerate(zip(rows, values, strict=True)):
                row.pk, row._state.adding = None, True
                found = body.errors_of(row, said)
                if not found:
                    found = self.error_of_saving(body, row, said)
                if found:
                    errors[str(place)] = found
        if not errors:
            raise Conflict(_meanwhile())
        raise Conflict({"rows": errors} if are_many else errors["0"])

    def error_of_saving(self, body, row, said):
        """What speaks against saving ``row`` after those before it: {} if nothing."""
        try:
            with transaction.atomic():
                body.save_new([row], [said])
        except DatabaseError:
            return {"non_field_errors": [_("It contradicts what is there already.")]}
        return {}

    # Changing

    @at_once()
    def change(self, is_partial=False):
        row = self.locked()
        self.permit("c", row)
        check(self.request, etag_of(self.plain(row)))
        said = self.said()
        body = self.body(row, partial=is_partial)
        body.context["known"].load(body, [said])
        try:
            values = body.run_validation(said)
        except exceptions.ValidationError as error:
            bodies.refuse(error.detail)
        if not is_partial:
            for name in self.natural_key:
                if values.setdefault(name, getattr(row, name)) != getattr(row, name):
                    raise Conflict({name: [_("The address says another one.")]})
            values |= body.without_said(values)
        before = copy.copy(row)
        before._state = copy.copy(row._state)
        before._state.fields_cache = dict(row._state.fields_cache)
        for name, value in body.row_fields(values).items():
            setattr(row, name, value)
        body.derive(row)
        self.permit("c", row)
        if errors := body.errors_of(row, values, before):
            raise Conflict(errors)
        reason = self.reason(values)
        try:
            with transaction.atomic():
                parts = body.put_parts(row, values)
                if changed := parts | _changed(row, before):
                    row._change_reason = reason or getattr(row, "_change_reason", None)
                    body.save_row(row)
                    words = _("Changed: %s.") % ", ".join(body.names(changed))
                    self.note([row], CHANGE, words, reason)
        except ValidationError as error:
            raise Conflict({"non_field_errors": error.messages}) from None
        except IntegrityError:
            errors = body.errors_of(row, values, before)
            raise Conflict(errors or _meanwhile()) from None
        return self.answer(row.pk, status.HTTP_200_OK)

    def remove(self, row):
        """Delete ``row`` with what is part of it, as its screen would."""
        screen = admin.site.get_model_admin(type(row))
        try:
            _all, _counts, forbidden, protected = screen.get_deleted_objects(
                [row], self.request
            )
            if protected:
                raise Conflict(in_the_way(row))
            if forbidden:
                words = _("With it would go what you may not delete: %s.")
                kinds = ", ".join(sorted(map(str, forbidden)))
                raise exceptions.PermissionDenied(words % kinds)
            row._change_reason = self.reason({})
            self.note([row], DELETION, _("Deleted."), row._change_reason)
            screen.delete_model(self.request, row)
        except (ProtectedError, RestrictedError):
            raise Conflict(in_the_way(row)) from None

    # What all of them share

    def note(self, rows, flag, words, reason):
        """Tell the log of the administration what was done, and why, if ``rows`` have
        no history of their own."""
        if not hasattr(self.queryset.model, "history"):
            words = f"{words} {reason or ''}".strip()
            LogEntry.objects.log_actions(self.request.user.pk, rows, flag, words)

    def permit(self, action, row=None):
        """Raise PermissionDenied unless the user may do ``action``, a letter of the
        administration's rights, with ``row``, or with some row."""
        model = self.queryset.model
        if admin.site.may(self.request, action, model, row):
            return
        words = {
            "a": _("You may not add %(kinds)s here: %(who)s do."),
            "c": _("You may not change this: %(who)s do."),
            "d": _("You may not delete this: %(who)s do."),
        }[action]
        who = self.who.get(action) or _("staff of the course")
        kinds = model._meta.verbose_name_plural
        raise exceptions.PermissionDenied(words % {"kinds": kinds, "who": who})

    def said(self):
        """The body as it was sent, a dict or a list."""
        if self.request.stream is None:
            raise exceptions.ParseError(_("There is no body: send JSON."))
        try:
            data = self.request.data
        except RecursionError:
            raise exceptions.ParseError(_("It is nested too deeply.")) from None
        bodies.check_texts(data)
        return data

    def body(self, row=None, partial=False):
        cls = self.body_class
        if self.request.method == "PUT" and self.natural_key:
            cls = self.body_at_address
        context = {**self.get_serializer_context(), "shown": self.shown_fields}
        context["known"] = bodies.Known(self.request)
        return cls(row, partial=partial, context=context)

    @cached_property
    def body_at_address(self):
        """The body of PUT where the address says what the row is called."""
        return at_address(self.body_class, self.natural_key)

    @cached_property
    def shown_fields(self):
        return set(self.serializer_class().fields)

    def reason(self, values):
        """Why it is done, for the history; None if that is not said."""
        header = _decoded(self.request.headers.get("Change-Reason", ""))
        if len(header) > LONGEST_REASON:
            words = _("It is longer than %d characters.") % LONGEST_REASON
            raise exceptions.ValidationError({"Change-Reason": words})
        return values.get("change_reason") or header or None

    def locked(self):
        """The row of this address as it is now, and stays until the answer is given:
        whoever else writes it waits."""
        pk = self.get_object().pk
        model = self.queryset.model
        locked = model._base_manager.select_for_update(of=("self",)).filter(pk=pk)
        if locked.first() is None:
            raise Http404
        return self.row(pk)

    def row(self, pk):
        """The row ``pk`` with all that its answer shows, as its reader may see it."""
        rows = self.get_queryset().filter(pk=pk)
        if (row := rows.first()) is None:
            raise Http404
        return row

    def plain(self, row):
        """What the answer says of ``row`` where nothing else is asked for."""
        bare = copy.copy(row)
        bare.__dict__.pop("nested", None)
        return self.plain_serializer.to_representation(bare)

    @cached_property
    def plain_serializer(self):
        return self.serializer_class(context=self.get_serializer_context())

    def answer(self, pk, code):
        data = self.plain(self.row(pk))
        headers = {"ETag": etag_of(data)}
        if code == status.HTTP_201_CREATED:
            headers["Location"] = data["url"]
        return Response(data, code, headers=headers)


WRITING = ("POST", "PUT", "PATCH", "DELETE")


def _decoded(header):
    """What ``header`` says, which servers pass on as if it were ISO-8859-1."""
    try:
        return header.encode("latin-1").decode()
    except UnicodeError:
        return header


def at_address(body_class, names):
    """``body_class``, but that the fields ``names`` need not be said."""

    class Meta(body_class.Meta):
        pass

    def get_fields(self):
        fields = body_class.get_fields(self)
        for name in names:
            fields[name].required = False
        return fields

    name = body_class.__name__.replace("Body", "AtAddressBody")
    return type(name, (body_class,), {"Meta": Meta, "get_fields": get_fields})


def in_the_way(row):
    """Says what keeps ``row`` from being deleted: of which kind, and how many; not
    which, as the writer may not know of all of them."""
    found = ()
    try:
        Collector(using=row._state.db).collect([row])
    except (ProtectedError, RestrictedError) as error:
        found = getattr(error, "protected_objects", None) or error.restricted_objects
    kinds = Counter(each._meta.verbose_name_plural for each in found)
    counted = ", ".join(f"{kind}: {count}" for kind, count in kinds.items())
    words = _("It is used, and stays while it is. These stand in the way: %s.")
    return words % counted


def _changed(row, before):
    """The names of the fields in which ``row`` is not as ``before``."""
    return {
        field.name
        for field in row._meta.concrete_fields
        if getattr(row, field.attname) != getattr(before, field.attname)
    }
