"""What must be accounted for, shown to superusers."""

from django.contrib import admin

from ..models import AuditEntry
from .parts import ReadOnlyAdmin


@admin.register(AuditEntry)
class AuditEntryAdmin(ReadOnlyAdmin):
    list_display = ["at", "action", "words", "email", "ip_address", "times"]
    list_filter = ["action", "at", "course"]
    search_fields = ["words", "email", "ip_address", "course__title", "course__slug"]
    date_hierarchy = "at"
