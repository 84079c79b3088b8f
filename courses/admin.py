import copy

from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.forms import AdminUserCreationForm
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.forms.widgets import Script
from django.http import Http404, HttpResponseNotAllowed, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.html import format_html, format_html_join
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from references.screens import Screen, StackedRows, TabularRows

from . import access, editing, ordering, views
from .access import Visibility
from .forms import MaterialForm, ReadingForm, TalkForm, TalkRowForm
from .models import (
    Announcement,
    Appearance,
    Assignment,
    Course,
    CourseRole,
    Enrolment,
    Holiday,
    ImportRecord,
    Material,
    Meeting,
    Person,
    Reading,
    Section,
    Session,
    SessionRole,
    StoredFile,
    Talk,
    User,
)
from .session_form import (
    MaterialRowForm,
    PartsFormSet,
    ReadingRowForm,
    SessionForm,
    TalksFormSet,
    add_files,
    free_key,
)

# Parts shared by the screens


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

    def _serve(self, request, form):
        form.uploader = request.user
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


class ReadOnlyAdmin(admin.ModelAdmin):
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


def folded(name, *fields):
    """A fieldset that opens by a click, or because of an error in it."""
    return (name, {"classes": ["collapse"], "fields": fields})


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


# People


class UserForm(AdminUserCreationForm):
    """A new account: an address, and a password or none yet."""

    class Meta:
        model = User
        fields = ["email"]


@admin.register(User)
class UserAdmin(DjangoUserAdmin):
    list_display = ["email", "is_staff", "is_superuser", "is_active", "last_login"]
    list_filter = ["is_staff", "is_superuser", "is_active"]
    search_fields = ["email", "person__name"]
    ordering = ["email"]
    readonly_fields = ["last_login", "date_joined"]
    add_form = UserForm
    fieldsets = [
        (None, {"fields": ["email", "password"]}),
        (
            _("Permissions"),
            {
                "fields": [
                    "is_active",
                    "is_staff",
                    "is_superuser",
                    "groups",
                    "user_permissions",
                ]
            },
        ),
        (_("Dates"), {"fields": readonly_fields}),
    ]
    add_fieldsets = [
        (None, {"fields": ["email", "usable_password", "password1", "password2"]})
    ]


@admin.register(Person)
class PersonAdmin(Screen):
    list_display = ["name", "family_name", "given_name", "affiliation", "slug"]
    search_fields = ["name", "name_key", "other_names", "affiliation", "email"]
    prepopulated_fields = {"slug": ["name"]}
    autocomplete_fields = ["user", "author"]
    exclude = ["photo"]  # nothing shows one yet

    def get_view_on_site_url(self, person=None):
        """None for those without a page, students among them."""
        shown = Person.objects.in_any_course()
        has_page = person and shown.filter(pk=person.pk).exists()
        return super().get_view_on_site_url(person) if has_page else None

    def choice_label(self, person):
        affiliation = person.affiliation
        return f"{person} ({affiliation})" if affiliation else str(person)


@admin.register(Enrolment)
class EnrolmentAdmin(Screen):
    list_display = ["person", "course", "student_number", "code", "status"]
    list_filter = ["status", "course"]
    list_select_related = ["person", "course"]
    search_fields = ["person__name", "student_number", "course__title", "course__slug"]
    autocomplete_fields = ["person", "course"]


# Courses


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
class CourseAdmin(Screen):
    list_display = ["title", "code", "term", "institution", "status", "starts_on"]
    list_filter = ["status", "kind", "institution"]
    search_fields = ["title", "code", "other_codes", "slug", "term"]
    autocomplete_fields = ["previous"]
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
        # Import records are read-only on their own, but go with their course.
        *found, perms_needed, protected = super().get_deleted_objects(objs, request)
        return *found, perms_needed - {ImportRecord._meta.verbose_name}, protected


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


# Sessions


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


# What nobody edits


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
