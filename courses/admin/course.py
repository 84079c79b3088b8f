"""Courses, and the parts of one that are no sessions."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from references.screens import Screen, StackedRows, TabularRows

from ..accounts.reauthentication import ReauthenticatingAdmin
from ..models import (
    Announcement,
    Assignment,
    Course,
    CourseRole,
    Holiday,
    ImportRecord,
    JoinRequest,
    Meeting,
    Section,
)
from .parts import PartOfCourseAdmin, ReadOnlyAdmin, table_of_addresses


class SectionInline(StackedRows):
    model = Section
    fields = [("heading", "position", "visibility"), "text"]


class MeetingInline(TabularRows):
    model = Meeting


class CourseRoleInline(TabularRows):
    model = CourseRole
    autocomplete_fields = ["person"]


class HolidayInline(TabularRows):
    model = Holiday


class AnnouncementInline(StackedRows):
    model = Announcement
    fields = [("title", "published_at", "is_pinned"), "body"]


@admin.register(Course)
class CourseAdmin(ReauthenticatingAdmin, Screen):
    list_display = ["title", "code", "term", "institution", "status", "starts_on"]
    list_filter = ["status", "kind", "institution"]
    search_fields = ["title", "code", "other_codes", "slug", "term"]
    autocomplete_fields = ["previous"]
    reauthenticated_rows = [CourseRole]
    readonly_fields = ["printed_addresses"]
    inlines = [
        SectionInline,
        MeetingInline,
        CourseRoleInline,
        HolidayInline,
        AnnouncementInline,
    ]

    @admin.display(description=_("addresses that lead nowhere"))
    def printed_addresses(self, course):
        """Label and address of what imported pages pointed to, for staff to find."""
        records = course.import_records.all() if course.pk else []
        return table_of_addresses(pair for record in records for pair in record.printed)

    def get_deleted_objects(self, objs, request):
        # These are read-only on their own, but go with their course.
        *found, perms_needed, protected = super().get_deleted_objects(objs, request)
        names = {each._meta.verbose_name for each in (ImportRecord, JoinRequest)}
        return *found, perms_needed - names, protected


@admin.register(Section)
class SectionAdmin(Screen):
    list_display = ["__str__", "course", "position", "visibility"]
    list_filter = ["visibility", "course"]
    list_select_related = ["course"]
    search_fields = ["heading", "text", "course__title", "course__slug"]
    autocomplete_fields = ["course"]


@admin.register(Announcement)
class AnnouncementAdmin(Screen):
    list_display = ["title", "course", "published_at", "is_pinned"]
    list_filter = ["is_pinned", "course"]
    list_select_related = ["course"]
    search_fields = ["title", "body", "course__title", "course__slug"]
    autocomplete_fields = ["course"]


@admin.register(Assignment)
class AssignmentAdmin(PartOfCourseAdmin):
    list_display = ["title", "course", "number", "kind", "opens_at", "due_at"]
    list_filter = ["kind", "course"]
    list_select_related = choice_related = ["course"]
    search_fields = ["title", "number", "course__title", "course__slug"]
    autocomplete_fields = ["course"]

    def choice_label(self, assignment):
        return f"{assignment} · {assignment.course}"


@admin.register(ImportRecord)
class ImportRecordAdmin(ReadOnlyAdmin):
    list_display = ["source_key", "course", "content_type", "imported_at"]
    list_filter = ["course", "content_type"]
    list_select_related = ["course", "content_type"]
    search_fields = ["source_key", "course__title", "course__slug"]
    fields = [
        "course",
        "source_key",
        "content_type",
        "row",
        "imported_at",
        "values",
        "printed_addresses",
    ]

    @admin.display(description=_("addresses that lead nowhere"))
    def printed_addresses(self, record):
        return table_of_addresses(record.printed)
