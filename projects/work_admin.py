"""Assignments with their slots, extensions, marks, and what was received or refused."""

from django import forms
from django.contrib import admin
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from courses.admin.course import AssignmentAdmin as AssignmentOfCourseAdmin
from courses.admin.parts import (
    InZoneOfCourse,
    PartOfCourseAdmin,
    ReadOnlyAdmin,
    by_clock,
    chosen,
)
from courses.models import Assignment, Course
from references.screens import OwnRows, Screen, ScreenForm, StackedRows

from .models import (
    Delivery,
    Extension,
    Grade,
    Refusal,
    RosterEntry,
    Slot,
    Submission,
)
from .work_screen import ShowsWork


class SlotForm(ScreenForm):
    def clean(self):
        data = super().clean()
        changed = {"kind", "takes"} & {*self.changed_data}
        if self.instance.pk and changed and self.instance.submissions.exists():
            said = _("Work was received here: kind and what it takes stay.")
            raise forms.ValidationError(said)
        return data


class SlotInline(StackedRows):
    """What is handed in; a slot that received work cannot be deleted."""

    model = Slot
    form = SlotForm
    fields = [
        ("kind", "label", "position", "is_required"),
        ("takes", "formats", "max_size_mb"),
    ]


admin.site.unregister(Assignment)


@admin.register(Assignment)
class AssignmentAdmin(ShowsWork, AssignmentOfCourseAdmin):
    inlines = [SlotInline]


@admin.register(Extension)
class ExtensionAdmin(InZoneOfCourse, Screen):
    """Given once; never edited, but taken back."""

    list_display = ["for_whom", "assignment", "ends", "reason", "state"]
    list_filter = ["assignment__course", "assignment"]
    list_select_related = ["assignment__course", "team"]
    search_fields = ["reason", "team__name", "assignment__title"]
    autocomplete_fields = ["assignment", "team"]
    fields = ["assignment", "team", "until", "reason"]
    readonly_fields = ["given_by", "given_at", "taken_back"]
    actions = ["revoke"]

    def get_form(self, request, obj=None, **kwargs):
        form = super().get_form(request, obj, **kwargs)
        for field in form.base_fields.values():
            # A cross beside what it is for would delete that, not the choice.
            if hasattr(field.widget, "can_delete_related"):
                field.widget.can_delete_related = False
        return form

    def get_fields(self, request, extension=None):
        return [*self.fields, *self.readonly_fields] if extension else self.fields

    def has_change_permission(self, request, obj=None):
        return obj is None and super().has_change_permission(request)

    def has_delete_permission(self, request, obj=None):
        return False

    def courses_of(self, request, pk):
        if pk:
            rows = chosen(request, "", pk)
            return Course.objects.filter(assignments__extensions__in=rows)
        rows = chosen(request, "assignment")
        return Course.objects.filter(assignments__in=rows)

    def save_model(self, request, obj, form, change):
        obj.given_by = request.user
        super().save_model(request, obj, form, change)

    @admin.display(description=_("team"), ordering="team")
    def for_whom(self, extension):
        return extension.team or _("every team")

    @admin.display(description=_("until"), ordering="until")
    def ends(self, extension):
        return by_clock(extension.until, extension.assignment.course.zone)

    @admin.display(description=_("taken back"))
    def taken_back(self, extension):
        return by_clock(extension.revoked_at, extension.assignment.course.zone)

    @admin.display(description=_("state"), ordering="revoked_at")
    def state(self, extension):
        return _("taken back") if extension.revoked_at else _("holds")

    @admin.action(description=_("Take back"), permissions=["change"])
    def revoke(self, request, queryset):
        count = sum(self.take_back(request, extension) for extension in queryset)
        said = ngettext(
            "%d extension is taken back.", "%d extensions are taken back.", count
        )
        self.message_user(request, said % count)

    def take_back(self, request, extension, reason=None):
        """Let ``extension`` hold no longer, for a ``reason``; whether it did before."""
        if extension.revoked_at:
            return False
        extension.revoked_at = timezone.now()
        extension.save(update_fields=["revoked_at"])
        self.log_change(request, extension, reason or _("Taken back."))
        return True


@admin.register(Grade)
class GradeAdmin(PartOfCourseAdmin):
    chosen_once = ["team"]
    list_display = ["team", "assignment", "points", "state", "by"]
    list_filter = ["team__course", "team__assignment"]
    list_select_related = ["team__assignment", "by"]
    search_fields = ["team__name", "team__assignment__title", "feedback"]
    autocomplete_fields = ["team"]
    fields = ["team", "points", "feedback"]

    @admin.display(description=_("assignment"), ordering="team__assignment")
    def assignment(self, grade):
        return grade.team.assignment

    @admin.display(description=_("state"), ordering="released_at")
    def state(self, grade):
        return grade.state

    def save_model(self, request, obj, form, change):
        if not change or form.has_changed():
            obj.award(obj.points, obj.feedback, request.user)


class ReceivedRows(OwnRows, admin.TabularInline):
    """Rows of a delivery, to look at."""

    extra = 0

    def has_add_permission(self, request, obj=None):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False


class SubmissionInline(ReceivedRows):
    model = Submission
    fields = ["slot", "number", "file", "url", "opens_signed_out", "remarks"]
    readonly_fields = ["remarks"]

    @admin.display(description=_("warnings"))
    def remarks(self, submission):
        return " ".join(submission.warnings) or "–"


class RosterEntryInline(ReceivedRows):
    model = RosterEntry
    verbose_name_plural = _("members when it was received")
    fields = ["name"]


@admin.register(Delivery)
class DeliveryAdmin(ReadOnlyAdmin):
    list_display = ["team", "assignment", "received", "by", "on_behalf"]
    list_filter = ["team__course", "team__assignment"]
    list_select_related = ["team__assignment", "team__course", "by"]
    search_fields = ["team__name", "by__email", "on_behalf"]
    fields = ["team", "assignment", "received", "by", "on_behalf"]
    inlines = [SubmissionInline, RosterEntryInline]

    @admin.display(description=_("assignment"), ordering="team__assignment")
    def assignment(self, delivery):
        return delivery.team.assignment

    @admin.display(description=_("received"), ordering="received_at")
    def received(self, delivery):
        return by_clock(delivery.received_at, delivery.team.course.zone)


@admin.register(Refusal)
class RefusalAdmin(ReadOnlyAdmin):
    """What somebody asks about who says: it did not take my file."""

    list_display = ["when", "assignment", "team", "user", "name", "reason"]
    list_filter = ["assignment__course", "assignment"]
    list_select_related = ["assignment__course", "team", "user"]
    search_fields = ["reason", "name", "user__email", "team__name"]
    fields = ["assignment", "team", "user", "when", "name", "size_bytes", "reason"]

    @admin.display(description=_("when"), ordering="at")
    def when(self, refusal):
        return by_clock(refusal.at, refusal.assignment.course.zone)
