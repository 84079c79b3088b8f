"""What all admin screens share: they open in few queries, tell editors of
conflicts, offer rows by words that tell them apart, and show the edit history."""

from dataclasses import dataclass

from django.contrib import admin
from django.contrib.admin.options import flatten_fieldsets
from django.contrib.admin.utils import get_fields_from_path, unquote
from django.contrib.admin.views.main import PAGE_VAR
from django.contrib.admin.widgets import AutocompleteSelect
from django.contrib.auth import get_user_model
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.paginator import Paginator
from django.db.models import ForeignKey, Q
from django.forms import ModelChoiceField
from django.http import Http404
from django.template.response import TemplateResponse
from django.utils.functional import cached_property
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from simple_history.template_utils import ObjDiffDisplay

from .conflicts import RowsFormSet, VersionedForm

WHO = f"history_user__{get_user_model().NAMED_BY}"
FORBIDDEN = "forbidden"  # the code of errors that say: not yours to do
NOT_OFFERED = "invalid_choice"  # no form of ours offers it: somebody else's, or gone


class KnownSelect(AutocompleteSelect):
    """An autocomplete field that asks no query for a row already loaded."""

    known = None

    def optgroups(self, name, value, attr=None):
        chosen = {str(each) for each in value if each not in (None, "")}
        if self.known is None or chosen != {str(self.known.pk)}:
            return super().optgroups(name, value, attr)
        options = []
        if not self.is_required:
            options.append(self.create_option(name, "", "", False, 0))
        label = self.choices.field.label_from_instance(self.known)
        options.append(
            self.create_option(name, self.known.pk, label, True, len(options))
        )
        return [(None, options, 0)]


class ScreenForm(VersionedForm):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            widget = getattr(field.widget, "widget", field.widget)
            if isinstance(widget, KnownSelect):
                widget.known = self.instance._state.fields_cache.get(name)
            if isinstance(field, ModelChoiceField):
                self._let_stay(name, field)

    def _let_stay(self, name, field):
        """What is chosen may stay, be it one that the user could not choose now."""
        chosen = getattr(self.instance, f"{name}_id", None)
        if chosen and field.queryset.query.where:
            seen = Q(pk__in=field.queryset.values("pk"))
            field.queryset = field.queryset.model._default_manager.filter(
                seen | Q(pk=chosen)
            )


class OwnRowsFilter(admin.RelatedFieldListFilter):
    """Offers the rows that the user may see."""

    def field_choices(self, field, request, model_admin):
        screen = model_admin.admin_site.get_model_admin(field.related_model)
        rows = screen.get_queryset(request).values("pk")
        return field.get_choices(
            include_blank=False,
            ordering=self.field_admin_ordering(field, request, model_admin),
            limit_choices_to={"pk__in": rows},
        )


class OwnRows:
    """A ModelAdmin or inline whose rows and rights are what the site says of the user:
    ``admin_site.rows()`` and ``admin_site.may()``."""

    def seen_by(self, request):
        """The rows that the user may see."""
        return self.model._default_manager.filter(
            self.admin_site.rows(request, self.model)
        )

    def get_queryset(self, request):
        rows = super().get_queryset(request)
        return rows.filter(self.admin_site.rows(request, self.model))

    def get_list_filter(self, request):
        return [self._own_rows_alone(each) for each in super().get_list_filter(request)]

    def lookup_allowed(self, lookup, value, request):
        """Only by what the filters offer: by other fields, and by what points here, an
        address would find rows by what the user may not read."""
        name = lookup.partition("__")[0]
        offered = {str(self.date_hierarchy)}
        for each in self.get_list_filter(request):
            path = each[0] if isinstance(each, tuple) else each
            offered.add(str(path).partition("__")[0])
        return name in offered and super().lookup_allowed(lookup, value, request)

    def _own_rows_alone(self, name):
        if not isinstance(name, str):
            return name
        related = get_fields_from_path(self.model, name)[-1].related_model
        is_own = related and self.admin_site.is_registered(related)
        return (name, OwnRowsFilter) if is_own else name

    def has_view_permission(self, request, obj=None):
        return self.admin_site.may(request, "v", self.model, obj)

    def has_add_permission(self, request, obj=None):
        return self.admin_site.may(request, "a", self.model, obj)

    def has_change_permission(self, request, obj=None):
        return self.admin_site.may(request, "c", self.model, obj)

    def has_delete_permission(self, request, obj=None):
        return self.admin_site.may(request, "d", self.model, obj)

    def has_module_permission(self, request):
        return self.has_view_permission(request)


class _Shared(OwnRows):
    """For ModelAdmin and InlineModelAdmin alike."""

    def formfield_for_foreignkey(self, db_field, request, **kwargs):
        is_searched = db_field.name in self.get_autocomplete_fields(request)
        if is_searched and "widget" not in kwargs:
            kwargs["widget"] = KnownSelect(
                db_field, self.admin_site, using=kwargs.get("using")
            )
        if "queryset" not in kwargs and self.admin_site.is_registered(
            db_field.related_model
        ):
            related = self.admin_site.get_model_admin(db_field.related_model)
            if isinstance(related, OwnRows):  # what may be chosen is what may be seen
                kwargs["queryset"] = related.seen_by(request)
        field = super().formfield_for_foreignkey(db_field, request, **kwargs)
        if field and self.admin_site.is_registered(db_field.related_model):
            related = self.admin_site.get_model_admin(db_field.related_model)
            field.label_from_instance = getattr(related, "choice_label", str)
        return field

    def get_fieldsets(self, request, obj=None):
        fieldsets = super().get_fieldsets(request, obj)
        if "version" in flatten_fieldsets(fieldsets):
            return fieldsets
        if not self.has_change_permission(request, obj):
            return fieldsets
        (name, first), *others = fieldsets
        first = first | {"fields": [*first["fields"], "version"]}
        return [(name, first), *others]


class RowsInline(_Shared):
    """An inline whose rows are locked while they are saved."""

    form = ScreenForm
    formset = RowsFormSet
    extra = 0

    def get_queryset(self, request):
        rows = super().get_queryset(request)
        rows = rows.select_related(*self._choices(), *self.loaded)
        return rows.select_for_update(of=("self",)) if _is_saving(request) else rows

    loaded = ()  # further rows that the forms show

    def _choices(self):
        """The rows chosen in autocomplete fields, with what their labels need."""
        for name in self.autocomplete_fields:
            yield name
            related = self.model._meta.get_field(name).related_model
            screen = self.admin_site.get_model_admin(related)
            for each in getattr(screen, "choice_related", ()):
                yield f"{name}__{each}"

    def get_extra(self, request, obj=None, **kwargs):
        """Without JavaScript, ``?rows=3`` gives so many empty rows."""
        wanted = request.GET.get("rows", "")
        if wanted.isascii() and wanted.isdigit():
            return min(int(wanted), 20)
        return 0 if obj else super().get_extra(request, obj, **kwargs)


class StackedRows(RowsInline, admin.StackedInline):
    pass


class TabularRows(RowsInline, admin.TabularInline):
    pass


class Screen(_Shared, admin.ModelAdmin):
    """The screen of one model. ``choice_label`` is what other forms offer its rows
    as; ``choice_related`` are the relations it needs."""

    form = ScreenForm
    choice_related = ()
    history_per_page = 50

    def choice_label(self, row):
        return str(row)

    def response_action(self, request, queryset):
        """All actions change rows: each gets those alone that the user may change."""
        own = queryset.filter(self.admin_site.rows(request, self.model, "c"))
        return super().response_action(request, own)

    def get_search_results(self, request, queryset, search_term):
        if self.choice_related:
            queryset = queryset.select_related(*self.choice_related)
        return super().get_search_results(request, queryset, search_term)

    def render_change_form(self, request, context, *args, **kwargs):
        for field, error in _errors(context):
            if error.code in (FORBIDDEN, NOT_OFFERED):
                self.admin_site.refused(request, f"{field}: {error.message}")
        if row := context["original"]:
            context["propose"] = self.admin_site.proposal_address(request, row)
        return super().render_change_form(request, context, *args, **kwargs)

    def get_object(self, request, object_id, from_field=None):
        row = self._found(request, object_id, from_field)
        if row is None:  # to them there is none
            self.admin_site.refused(request)
        return row

    def _found(self, request, object_id, from_field):
        if not _is_saving(request):
            return super().get_object(request, object_id, from_field)
        locked = self.get_queryset(request).select_for_update(of=("self",))
        field = (
            self.model._meta.pk
            if not from_field
            else (self.model._meta.get_field(from_field))
        )
        try:
            return locked.get(**{field.name: field.to_python(object_id)})
        except (self.model.DoesNotExist, ValueError, ValidationError):
            return None

    def save_model(self, request, obj, form, change):
        """Save ``obj`` unless only rows under it changed: its history says edits."""
        if not change or form.has_changed():
            super().save_model(request, obj, form, change)

    def save_related(self, request, form, formsets, change):
        """Save the rows below; refuse all if one of them, or the row itself, is now
        where its editor has no right to it."""
        super().save_related(request, form, formsets, change)
        saved = [("c" if change else "a", form.instance)]
        for formset in formsets:
            saved += [("a", row) for row in formset.new_objects]
            saved += [("c", row) for row, _fields in formset.changed_objects]
        for action, row in saved:
            if not self.admin_site.may(request, action, type(row), row):
                raise PermissionDenied

    # Edit history

    def history_view(self, request, object_id, extra_context=None):
        if not hasattr(self.model, "history"):
            return super().history_view(request, object_id, extra_context)
        pk = unquote(object_id)
        row = self.get_object(request, pk)
        if not self.has_view_or_change_permission(request, row):
            raise PermissionDenied
        records = self._history_of(pk)
        if row is None and not (request.user.is_superuser and records.exists()):
            raise Http404
        paginator = Paginator(records, self.history_per_page)
        page = paginator.get_page(request.GET.get(PAGE_VAR))
        title = row or _("%(kind)s that was deleted") % {"kind": self.opts.verbose_name}
        context = {
            **self.admin_site.each_context(request),
            "title": _("Change history: %s") % title,
            "subtitle": None,
            "edits": edits(page, records),
            "page": page,
            "pages": paginator.get_elided_page_range(page.number),
            "page_var": PAGE_VAR,
            "object": row,
            "opts": self.opts,
            "preserved_filters": self.get_preserved_filters(request),
            **(extra_context or {}),
        }
        request.current_app = self.admin_site.name
        return TemplateResponse(request, "admin/edit_history.html", context)

    def _history_of(self, pk):
        """The records of the row ``pk``, newest first, with all they point to."""
        related = [
            field.name
            for field in self.model.history.model.tracked_fields
            if isinstance(field, ForeignKey)
        ]
        try:
            pk = self.model._meta.pk.to_python(pk)
        except ValidationError:
            raise Http404 from None
        return self.model.history.filter(
            **{self.model._meta.pk.attname: pk}
        ).select_related(WHO, *related, *self.history_related)

    history_related = ()  # what the rows that records point to show of others


def _errors(context):
    """(field, error) of all that a form, and those of its rows, did not take."""
    forms = [context["adminform"].form]
    for each in context["inline_admin_formsets"]:
        forms += each.formset.forms
    for form in forms:
        if form.errors:  # of rows that cannot be changed: {}
            for field, errors in form.errors.as_data().items():
                yield from ((field, error) for error in errors)


def _is_saving(request):
    """Whether the screen is read to change it, in a transaction."""
    return request.method == "POST"


@dataclass
class Change:
    """One field of an edit: texts in short, and whole where that leaves out some."""

    field: str
    before: str
    after: str
    whole_before: str = ""


@dataclass
class Edit:
    record: object
    previous: object

    SHORT = ObjDiffDisplay(max_length=200)

    @cached_property
    def changes(self):
        if self.previous is None or self.record.history_type == "-":
            return []
        delta = self.record.diff_against(self.previous, foreign_keys_are_objs=True)
        return [self._change(each) for each in delta.changes]

    def _change(self, change):
        field = self.record.instance_type._meta.get_field(change.field)
        choices = dict(field.flatchoices)
        old, new = (
            "" if value is None else str(choices.get(value, value))
            for value in (change.old, change.new)
        )
        before, after = self.SHORT.common_shorten_repr(old, new)
        return Change(
            capfirst(str(field.verbose_name)),
            before,
            after,
            old if before != old else "",
        )


def edits(page, records):
    """The records of ``page`` as Edits, each with the record before it."""
    shown = list(page)
    end = page.end_index()
    following = list(records[end : end + 1])
    return [
        Edit(record, previous)
        for record, previous in zip(
            shown, [*shown[1:], *(following or [None])], strict=False
        )
    ]
