"""Materials and readings, on their own and as rows of what they belong to."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from references.screens import Screen, StackedRows

from ..forms import MaterialForm, ReadingForm
from ..models import Material, Reading, StoredFile
from .parts import VISIBILITY_ACTIONS, ReadOnlyAdmin, StoresUploads, folded


class MaterialInline(StackedRows):
    model = Material
    extra = 1
    form = MaterialForm
    rarely = [
        folded(_("Not there yet"), ("state", "expected_on", "missing_reason")),
        folded(
            _("More about it"),
            ("group", "part", "remark"),
            ("language", "format"),
            "printed_address",
        ),
    ]
    fieldsets = [
        (
            None,
            {
                "fields": [
                    ("kind", "label"),
                    ("upload", "url"),
                    ("visibility", "position"),
                ]
            },
        ),
        *rarely,
    ]
    loaded = ["file"]
    show_change_link = True


class ReadingInline(StackedRows):
    model = Reading
    extra = 1
    form = ReadingForm
    rarely = [folded(_("A text that is no paper; a remark"), "text", "remark")]
    fieldsets = [
        (None, {"fields": ["paper", "citation", ("role", "position")]}),
        *rarely,
    ]
    autocomplete_fields = ["paper"]
    show_change_link = True


@admin.register(Material)
class MaterialAdmin(StoresUploads, Screen):
    form = MaterialForm
    list_display = ["__str__", "kind", "course", "owner", "state", "visibility"]
    list_filter = ["kind", "state", "visibility", "course"]
    list_select_related = ["course", "session", "talk__session", "assignment"]
    search_fields = [
        "label",
        "group",
        "url",
        "file__original_name",
        "session__title",
        "talk__title",
    ]
    autocomplete_fields = ["course", "session", "talk", "assignment"]
    fieldsets = [
        (None, {"fields": [("course", "session"), ("talk", "assignment")]}),
        *MaterialInline.fieldsets,
    ]
    actions = VISIBILITY_ACTIONS
    history_related = ["talk__session"]


@admin.register(Reading)
class ReadingAdmin(StoresUploads, Screen):
    form = ReadingForm
    list_display = ["__str__", "role", "course", "session", "talk"]
    list_filter = ["role", "course"]
    list_select_related = ["paper", "course", "session", "talk__session"]
    search_fields = ["paper__title", "paper__key", "text", "session__title"]
    autocomplete_fields = ["course", "session", "talk", "assignment", "paper"]
    history_related = ["talk__session"]


@admin.register(StoredFile)
class StoredFileAdmin(ReadOnlyAdmin):
    list_display = ["original_name", "content_type", "size_bytes", "stored_at"]
    list_filter = ["content_type"]
    search_fields = ["original_name", "sha256", "key"]
    fields = [
        "original_name",
        "content_type",
        "size_bytes",
        "sha256",
        "key",
        "stored_at",
        "stored_by",
        "replaces",
    ]
