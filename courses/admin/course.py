"""Courses, and the parts of one that are no sessions."""

from django import forms
from django.contrib import admin, messages
from django.utils.translation import gettext_lazy as _

from references.screens import Screen, ScreenForm, StackedRows, TabularRows

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
from .parts import (
    InZoneOfCourse,
    PartOfCourseAdmin,
    ReadOnlyAdmin,
    by_clock,
    chosen,
    table_of_addresses,
)


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


class AssignmentForm(ScreenForm):
    """An assignment; who moves a deadline that students know says why."""

    reason = forms.CharField(
        label=_("Why the deadline moves"),
        required=False,
        max_length=300,
        help_text=_("Students read it beside the old time and the new one."),
    )

    def clean(self):
        data = super().clean()
        reason = data.get("reason", "")
        moves = {*Assignment.DEADLINE} & {*self.changed_data}
        is_known = self.instance.has_known_deadline  # as it is stored
        if is_known and moves and not reason and not self.conflicts:
            said = _("The assignment is out: say why its deadline moves.")
            self.add_error("reason", said)
        self.instance._change_reason = reason or None
        return data


@admin.register(Assignment)
class AssignmentAdmin(InZoneOfCourse, PartOfCourseAdmin):
    form = AssignmentForm
    list_display = ["title", "course", "number", "kind", "opens", "due"]
    list_filter = ["kind", "course"]
    list_select_related = choice_related = ["course"]
    search_fields = ["title", "number", "course__title", "course__slug"]
    autocomplete_fields = ["course"]
    fieldsets = [
        (None, {"fields": ["course", ("number", "kind"), "title", "brief"]}),
        (
            _("Times"),
            {
                "fields": [
                    "opens_at",
                    "due_at",
                    "accepted_until",
                    "grace_minutes",
                    "reason",
                ]
            },
        ),
        (_("Teams"), {"fields": ["team_size", "teams_lock_at"]}),
        (_("Marks"), {"fields": ["max_points"]}),
    ]

    def choice_label(self, assignment):
        return f"{assignment} · {assignment.course}"

    @admin.display(description=_("opens"), ordering="opens_at")
    def opens(self, assignment):
        return by_clock(assignment.opens_at, assignment.course.zone)

    @admin.display(description=_("due"), ordering="due_at")
    def due(self, assignment):
        return by_clock(assignment.due_at, assignment.course.zone)

    def courses_of(self, request, pk):
        if pk:
            return Course.objects.filter(assignments__in=chosen(request, "", pk))
        return Course.objects.filter(pk__in=chosen(request, "course"))

    def save_model(self, request, obj, form, change):
        super().save_model(request, obj, form, change)
        for doubt in obj.doubts():
            self.message_user(request, doubt, messages.WARNING)


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
