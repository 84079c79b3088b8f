"""The one form of a class, the list that orders classes, and talks."""

import copy

from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.forms.widgets import Script
from django.http import Http404, HttpResponseNotAllowed, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.html import format_html_join
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from references.screens import Screen, StackedRows, TabularRows

from .. import access, editing, ordering, views
from ..access import Visibility
from ..adding_readings import AddReadingsView
from ..forms import TalkForm, TalkRowForm
from ..models import Appearance, Session, SessionRole, Talk
from ..session_form import (
    MaterialRowForm,
    PartsFormSet,
    ReadingRowForm,
    SessionForm,
    TalksFormSet,
    add_files,
    free_key,
)
from .material import MaterialInline, ReadingInline
from .parts import VISIBILITY_ACTIONS, PartOfCourseAdmin, StoresUploads, folded


class SessionRoleInline(TabularRows):
    model = SessionRole
    autocomplete_fields = ["person"]
    show_change_link = True


class TalkInline(StackedRows):
    """Talks of a session; ``speakers`` is one line: Name (Affiliation); Name (...)."""

    model = Talk
    extra = 1
    form = TalkRowForm
    formset = TalksFormSet
    fieldsets = [
        (None, {"fields": ["title", "speakers_line", ("visibility", "position")]}),
        folded(_("Abstract and biography"), "abstract", "biography"),
        folded(
            _("Time, place and series"), ("start_time", "end_time"), ("place", "series")
        ),
    ]
    loaded = ["session"]
    show_change_link = True

    def get_queryset(self, request):
        return super().get_queryset(request).with_speakers()


class MaterialRowInline(MaterialInline):
    """Materials of a session and of its talks."""

    form = MaterialRowForm
    formset = PartsFormSet
    fieldsets = [
        (
            None,
            {
                "fields": [
                    ("kind", "label"),
                    ("upload", "url"),
                    ("belongs_to", "visibility", "position"),
                ]
            },
        ),
        *MaterialInline.rarely,
    ]
    loaded = ["file", "talk"]


class ReadingRowInline(ReadingInline):
    """Readings of a session and of its talks."""

    form = ReadingRowForm
    formset = PartsFormSet
    fieldsets = [
        (None, {"fields": ["paper", "citation", ("belongs_to", "role", "position")]}),
        *ReadingInline.rarely,
    ]
    loaded = ["talk"]


def status_action(status, description):
    @admin.action(description=description, permissions=["change"])
    def change_status(self, request, queryset):
        count = editing.put(queryset, status=status)
        message = ngettext("%d session changed.", "%d sessions changed.", count)
        self.message_user(request, message % count)

    change_status.__name__ = f"mark_{status}"
    return change_status


@admin.register(Session)
class SessionAdmin(StoresUploads, PartOfCourseAdmin):
    form = SessionForm
    list_display = [
        "__str__",
        "place_in_schedule",
        "date",
        "kind",
        "status",
        "visibility",
        "course",
    ]
    list_filter = ["kind", "status", "visibility", "course"]
    list_select_related = choice_related = ["course"]
    search_fields = [
        "title",
        "number",
        "key",
        "talks__title",
        "course__title",
        "course__slug",
    ]
    autocomplete_fields = ["course"]
    readonly_fields = ["starts_at", "ends_at"]
    inlines = [TalkInline, MaterialRowInline, ReadingRowInline, SessionRoleInline]
    actions = [
        "move_up",
        "move_down",
        "publish",
        *VISIBILITY_ACTIONS[1:],
        status_action(Session.Status.SCHEDULED, _("Mark as taking place")),
        status_action(Session.Status.MOVED, _("Mark as moved")),
        status_action(Session.Status.CANCELLED, _("Mark as cancelled")),
    ]
    save_as = True
    fieldsets = [
        (
            None,
            {
                "fields": [
                    "course",
                    ("number", "title"),
                    ("kind", "status", "visibility"),
                    ("date", "end_date", "date_as_printed"),
                    ("start_time", "end_time", "place"),
                    "stream_url",
                    "new_files",
                ]
            },
        ),
        (_("Text"), {"fields": ["abstract", "notes"]}),
        folded(_("Address and order"), ("key", "position"), ("starts_at", "ends_at")),
    ]

    class Media:
        js = [Script("courses/session_form.js", defer=True)]

    def choice_label(self, session):
        return f"{session} · {session.course}"

    # The form

    def changeform_view(self, request, object_id=None, form_url="", extra_context=None):
        if request.method == "POST" and "_saveasnew" in request.POST and object_id:
            self._prepare_copy(request, object_id)
        return super().changeform_view(request, object_id, form_url, extra_context)

    def _prepare_copy(self, request, object_id):
        """Give what is saved as new the course, which the form does not send, and
        a key and place of its own."""
        # Not locked: nothing of it is written.
        original = admin.ModelAdmin.get_object(self, request, unquote(object_id))
        if original is None:
            return
        request.copied_session = original
        request.POST = request.POST.copy()
        request.POST["course"] = str(original.course_id)
        if request.POST.get("key") == original.key:
            request.POST["key"] = free_key(original.course)
        if request.POST.get("position") == str(original.position):
            request.POST["position"] = ""

    def _create_formsets(self, request, obj, change):
        formsets, inlines = super()._create_formsets(request, obj, change)
        talks = next(f for f in formsets if isinstance(f, TalksFormSet))
        for formset in formsets:
            if isinstance(formset, PartsFormSet):
                formset.talks = talks
                formset.source = getattr(request, "copied_session", None)
        return formsets, inlines

    def save_model(self, request, obj, form, change):
        if form.changed_data != ["new_files"]:  # they become rows of their own
            super().save_model(request, obj, form, change)

    def save_related(self, request, form, formsets, change):
        super().save_related(request, form, formsets, change)
        uploads = form.cleaned_data.get("new_files") or []
        for message in add_files(form.instance, uploads, request.user):
            self.message_user(request, message)

    # What the list and the form lead to

    def get_urls(self):
        name = "courses_session_{}".format
        own = [
            path(
                "<int:pk>/preview/",
                self.admin_site.admin_view(self.preview),
                name=name("preview"),
            ),
            path(
                "<int:pk>/move-<str:direction>/",
                self.admin_site.admin_view(self.move),
                name=name("move"),
            ),
            path(
                "<int:pk>/add-papers/",
                self.admin_site.admin_view(AddReadingsView.as_view(screen=self)),
                name=name("add_papers"),
            ),
        ]
        return own + super().get_urls()

    def _chosen(self, request, pk, allowed):
        session = self.get_queryset(request).filter(pk=pk).first()
        if session is None:
            raise Http404
        if not allowed(request, session):
            raise PermissionDenied
        return session

    def preview(self, request, pk):
        """The page of a session as an anonymous visitor sees it."""
        session = self._chosen(request, pk, self.has_view_permission)
        visit = copy.copy(request)
        visit.method, visit.user = "GET", AnonymousUser()
        show = views.SessionDetailView.as_view()
        try:
            response = show(visit, slug=session.course.slug, key=session.key)
        except Http404:
            context = {
                **self.admin_site.each_context(request),
                "title": _("Preview: %s") % session,
                "session": session,
                "opts": self.opts,
                "is_draft": session.course.status == access.Status.DRAFT,
                "is_hidden": session.visibility != Visibility.PUBLIC,
            }
            response = TemplateResponse(
                request, "admin/courses/session/preview_of_nothing.html", context
            )
        response["Cache-Control"] = "private, no-store"
        return response

    @admin.display(description=_("place"))
    def place_in_schedule(self, session):
        buttons = [
            (
                reverse("admin:courses_session_move", args=[session.pk, direction]),
                title % {"session": session},
                sign,
            )
            for direction, title, sign in (
                ("up", _("Move up: %(session)s"), "↑"),
                ("down", _("Move down: %(session)s"), "↓"),
            )
        ]
        return format_html_join(
            " ",
            '<button type="submit" class="button" formmethod="post" formaction="{}" '
            'aria-label="{}">{}</button>',
            buttons,
        )

    def move(self, request, pk, direction):
        """One place up or down, from a button of the list; then the list again."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        if direction not in ("up", "down"):
            raise Http404
        session = self._chosen(request, pk, self.has_change_permission)
        self._move(request, [session], -1 if direction == "up" else 1)
        changelist = reverse("admin:courses_session_changelist")
        came_from = request.headers.get("Referer", "")
        is_own = url_has_allowed_host_and_scheme(came_from, {request.get_host()})
        if not is_own or changelist not in came_from:
            came_from = f"{changelist}?course__id__exact={session.course_id}"
        return HttpResponseRedirect(came_from)

    def _move(self, request, sessions, step):
        by_course = {}
        for session in sessions:
            by_course.setdefault(session.course, set()).add(session.pk)
        count = sum(
            ordering.move(course, chosen, step) for course, chosen in by_course.items()
        )
        if count:
            message = ngettext("%d session moved.", "%d sessions moved.", count)
            self.message_user(request, message % count)
        else:
            message = _("Nothing moved: it is at the end of its course already.")
            self.message_user(request, message, messages.WARNING)

    # Actions

    @admin.action(description=_("Publish the selected sessions"))
    def publish(self, request, queryset):
        count = editing.put(queryset, visibility=Visibility.PUBLIC)
        message = ngettext("%d session published.", "%d sessions published.", count)
        self.message_user(request, message % count)

    @admin.action(description=_("Move up by one"), permissions=["change"])
    def move_up(self, request, queryset):
        self._move(request, queryset.select_related("course"), -1)

    @admin.action(description=_("Move down by one"), permissions=["change"])
    def move_down(self, request, queryset):
        self._move(request, queryset.select_related("course"), 1)


@admin.register(SessionRole)
class SessionRoleAdmin(Screen):
    list_display = ["person", "role", "name_as_printed", "session"]
    list_filter = ["role", "session__course"]
    list_select_related = ["person", "session"]
    search_fields = ["person__name", "name_as_printed", "session__title"]
    autocomplete_fields = ["session", "person"]


class AppearanceInline(TabularRows):
    model = Appearance
    autocomplete_fields = ["person"]


@admin.register(Talk)
class TalkAdmin(StoresUploads, Screen):
    form = TalkForm
    list_display = ["__str__", "session", "course", "series", "visibility"]
    list_filter = ["visibility", "session__course"]
    list_select_related = choice_related = ["session__course"]
    search_fields = ["title", "session__title", "speakers__name", "series"]
    autocomplete_fields = ["session"]
    inlines = [AppearanceInline, MaterialInline, ReadingInline]
    actions = VISIBILITY_ACTIONS

    @admin.display(description=_("course"), ordering="session__course")
    def course(self, talk):
        return talk.session.course

    def choice_label(self, talk):
        return f"{talk} · {talk.session} · {talk.session.course}"
