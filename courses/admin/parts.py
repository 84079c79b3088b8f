"""What the screens of courses share."""

from django.contrib import admin, messages
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from references.models import Paper
from references.screens import OwnRows, Screen

from .. import access, editing
from ..access import Visibility
from ..models import Course, Person


class StoresUploads:
    """A ModelAdmin with an UploadForm, its own or that of an inline; also lets
    forms tell the editor what they made."""

    def save_form(self, request, form, change):
        self._serve(request, form)
        return super().save_form(request, form, change)

    def save_formset(self, request, form, formset, change):
        for each in formset.forms:
            self._serve(request, each)
        super().save_formset(request, form, formset, change)

    def render_change_form(self, request, context, *args, **kwargs):
        if request.FILES and context["errors"]:  # browsers do not send them again
            uploads = [each for _name, same in request.FILES.lists() for each in same]
            names = ", ".join(f"“{upload.name}”" for upload in uploads)
            message = _("Choose again, once the errors are mended: %s.") % names
            self.message_user(request, message, messages.WARNING)
        return super().render_change_form(request, context, *args, **kwargs)

    def _serve(self, request, form):
        form.uploader = request.user
        may_change = self.admin_site.rows(request, Paper, "c")
        form.editable_papers = Paper.objects.filter(may_change)
        form.seen_people = Person.objects.filter(self.admin_site.rows(request, Person))
        form.told = lambda message: self.message_user(request, message)


def visibility_action(visibility, description):
    """An admin action that gives ``visibility`` to the chosen rows."""

    @admin.action(description=description, permissions=["change"])
    def change_visibility(self, request, queryset):
        count = editing.put(queryset, visibility=visibility)
        message = ngettext("%d row changed.", "%d rows changed.", count)
        self.message_user(request, message % count)

    change_visibility.__name__ = f"show_to_{visibility}"
    return change_visibility


VISIBILITY_ACTIONS = [
    visibility_action(Visibility.PUBLIC, _("Show the selected rows to everyone")),
    visibility_action(Visibility.MEMBERS, _("Show the selected rows to members only")),
    visibility_action(Visibility.STAFF, _("Show the selected rows to staff only")),
]


class ReadOnlyAdmin(OwnRows, admin.ModelAdmin):
    """Rows to look at."""

    def has_add_permission(self, request, obj=None):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False


class PartOfCourseAdmin(Screen):
    """Rows with parts that rely on the fields ``chosen_once``."""

    chosen_once = ["course"]

    def get_form(self, request, obj=None, change=False, **kwargs):
        form = super().get_form(request, obj, change, **kwargs)
        for name in form.base_fields.keys() & self.chosen_once if obj else ():
            # Read-only fields are in no form, and their constraints not checked.
            form.base_fields[name].disabled = True
        return form


class InZoneOfCourse:
    """A ModelAdmin whose form takes and shows times by the clocks of the course."""

    def courses_of(self, request, pk):
        """The course of the row ``pk``, or of the one that the form is to add."""
        raise NotImplementedError

    def changeform_view(self, request, object_id=None, form_url="", extra_context=None):
        own = Course.objects.filter(access.run_by(request.user)).values("pk")
        course = self.courses_of(request, object_id).filter(pk__in=own).first()
        with timezone.override(course and course.zone):
            clocks = {"clocks": _clocks(course), "clocks_are_known": bool(course)}
            context = clocks | (extra_context or {})
            response = super().changeform_view(request, object_id, form_url, context)
            return response.render() if hasattr(response, "render") else response


def _clocks(course):
    """Says in a form by which clocks its times are."""
    if course is None:
        return _("Times are by the clocks of the course, in its time zone.")
    return _("Times are by the clocks in %(zone)s, where it is now %(now)s.") % {
        "zone": course.time_zone,
        "now": f"{timezone.localtime():%H:%M %Z}",
    }


def chosen(request, name, pk=None):
    """``pk`` of an address, or the row that an add form is opened with or sent for as
    ``name``: none or one, to filter by."""
    value = pk or request.POST.get(name) or request.GET.get(name) or ""
    return [value] if value.isascii() and value.isdigit() and len(value) < 19 else []


def by_clock(instant, zone):
    """``instant`` as clocks in ``zone`` show it, with the name of the zone."""
    return instant and f"{instant.astimezone(zone):%a %-d %b %Y %H:%M %Z}"


def folded(name, *fields):
    """A fieldset that opens by a click, or because of an error in it."""
    return (name, {"classes": ["collapse"], "fields": fields})


def table_of_addresses(pairs):
    """HTML of a table of (label, address) pairs; the addresses are no links."""
    rows = format_html_join("", "<tr><td>{}</td><td>{}</td></tr>", pairs)
    if not rows:
        return _("none")
    return format_html(
        "<table><thead><tr><th>{}</th><th>{}</th></tr></thead>"
        "<tbody>{}</tbody></table>",
        _("Label"),
        _("Address"),
        rows,
    )
