from django import forms
from django.contrib import admin
from django.contrib.admin.widgets import AdminFileWidget
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.forms import AdminUserCreationForm
from django.db import transaction
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from .access import Visibility
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

# Forms of files


class CurrentFile(str):
    """The name of a file, with the ``url`` that a file input links it to."""

    __slots__ = ("url",)


class UploadForm(forms.ModelForm):
    """A row whose ``file`` is uploaded here, replaced or taken away.

    ``uploader`` is the user it is stored for; StoresUploads sets it.
    """

    upload = forms.FileField(label=_("file"), required=False, widget=AdminFileWidget)
    uploader = None

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if self.instance.file:
            current = CurrentFile(self.instance.file.original_name)
            current.url = self.instance.get_absolute_url()
            self.initial["upload"] = current

    def save(self, commit=True):
        if "upload" in self.changed_data:
            if upload := self.cleaned_data["upload"]:
                content, name = upload.read(), upload.name
                self.instance.put_file(content, name, by=self.uploader)
            else:
                self.instance.file = None
        return super().save(commit)


class StoresUploads:
    """A ModelAdmin with an UploadForm, its own or that of an inline."""

    def save_form(self, request, form, change):
        form.uploader = request.user
        return super().save_form(request, form, change)

    def save_formset(self, request, form, formset, change):
        for each in formset.forms:
            each.uploader = request.user
        super().save_formset(request, form, formset, change)


def without_required_course(form):
    """The form of a row that has its course from its owner, if it has one."""
    if "course" in form.fields:
        form.fields["course"].required = False
        form.fields["course"].help_text = _(
            "Only if it belongs to the course as a whole."
        )


def require_owner(form, data):
    """Add an error to ``form`` if its row would belong to nothing."""
    owners = ("course", "session", "talk", "assignment")
    if "course" in form.fields and not any(data.get(owner) for owner in owners):
        form.add_error("course", _("Choose a course, session, talk or assignment."))


class MaterialForm(UploadForm):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        without_required_course(self)

    def clean(self):
        # The constraints on ``file`` are said here: it is no field of the form.
        data = super().clean()
        require_owner(self, data)
        file, url = data.get("upload"), data.get("url")
        if file and url:
            self.add_error("url", _("Give a file or an address, not both."))
        if data.get("state") == Material.State.AVAILABLE and not (file or url):
            self.add_error("state", _("What is available needs a file or an address."))
        return data


class ReadingForm(forms.ModelForm):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        without_required_course(self)

    def clean(self):
        data = super().clean()
        require_owner(self, data)
        return data


# Parts shared by the screens


class ReadOnlyAdmin(admin.ModelAdmin):
    """Rows to look at."""

    def has_add_permission(self, request, obj=None):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False


class PartOfCourseAdmin(admin.ModelAdmin):
    """Rows with parts that rely on the fields ``chosen_once``."""

    chosen_once = ["course"]

    def get_form(self, request, obj=None, change=False, **kwargs):
        form = super().get_form(request, obj, change, **kwargs)
        for name in form.base_fields.keys() & self.chosen_once if obj else ():
            # Read-only fields are in no form, and their constraints not checked.
            form.base_fields[name].disabled = True
        return form


class MaterialInline(admin.StackedInline):
    model = Material
    form = MaterialForm
    fields = [
        ("kind", "label", "position"),
        ("upload", "url"),
        ("state", "expected_on", "missing_reason"),
        ("group", "part", "remark"),
        ("language", "format", "visibility"),
        "printed_address",
    ]
    extra = 0
    show_change_link = True

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("file")


class ReadingInline(admin.StackedInline):
    model = Reading
    form = ReadingForm
    fields = [("role", "position"), "paper", "text", "remark"]
    autocomplete_fields = ["paper"]
    extra = 0
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
class PersonAdmin(admin.ModelAdmin):
    list_display = ["name", "family_name", "given_name", "affiliation", "slug"]
    search_fields = ["name", "name_key", "other_names", "affiliation", "email"]
    prepopulated_fields = {"slug": ["name"]}
    autocomplete_fields = ["photo", "user", "author"]


@admin.register(Enrolment)
class EnrolmentAdmin(admin.ModelAdmin):
    list_display = ["person", "course", "student_number", "code", "status"]
    list_filter = ["status", "course"]
    list_select_related = ["person", "course"]
    search_fields = ["person__name", "student_number", "course__title", "course__slug"]
    autocomplete_fields = ["person", "course"]


# Courses


class SectionInline(admin.StackedInline):
    model = Section
    fields = [("heading", "position", "visibility"), "text"]
    extra = 0


class MeetingInline(admin.TabularInline):
    model = Meeting
    extra = 0


class CourseRoleInline(admin.TabularInline):
    model = CourseRole
    autocomplete_fields = ["person"]
    extra = 0


class HolidayInline(admin.TabularInline):
    model = Holiday
    extra = 0


class AnnouncementInline(admin.StackedInline):
    model = Announcement
    fields = [("title", "published_at", "is_pinned"), "body"]
    extra = 0


@admin.register(Course)
class CourseAdmin(admin.ModelAdmin):
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
class SectionAdmin(admin.ModelAdmin):
    list_display = ["__str__", "course", "position", "visibility"]
    list_filter = ["visibility", "course"]
    list_select_related = ["course"]
    search_fields = ["heading", "text", "course__title", "course__slug"]
    autocomplete_fields = ["course"]


@admin.register(Announcement)
class AnnouncementAdmin(admin.ModelAdmin):
    list_display = ["title", "course", "published_at", "is_pinned"]
    list_filter = ["is_pinned", "course"]
    list_select_related = ["course"]
    search_fields = ["title", "body", "course__title", "course__slug"]
    autocomplete_fields = ["course"]


@admin.register(Assignment)
class AssignmentAdmin(PartOfCourseAdmin):
    list_display = ["title", "course", "number", "kind", "opens_at", "due_at"]
    list_filter = ["kind", "course"]
    list_select_related = ["course"]
    search_fields = ["title", "number", "course__title", "course__slug"]
    autocomplete_fields = ["course"]


# Sessions


class SessionRoleInline(admin.TabularInline):
    model = SessionRole
    autocomplete_fields = ["person"]
    extra = 0
    show_change_link = True


class TalkInline(admin.StackedInline):
    """Talks of a session; their speakers are on the page of each talk."""

    model = Talk
    fields = [
        ("title", "position", "visibility"),
        ("start_time", "end_time", "place", "series"),
        "abstract",
        "biography",
    ]
    extra = 0
    show_change_link = True


@admin.register(Session)
class SessionAdmin(StoresUploads, PartOfCourseAdmin):
    list_display = ["__str__", "course", "date", "kind", "status", "visibility"]
    list_filter = ["kind", "status", "visibility", "course"]
    list_select_related = ["course"]
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
    inlines = [SessionRoleInline, TalkInline, MaterialInline, ReadingInline]
    actions = ["publish"]

    @admin.action(description=_("Publish the selected sessions"))
    def publish(self, request, queryset):
        with transaction.atomic():
            for session in queryset:  # one by one, so that each is saved as in its form
                session.visibility = Visibility.PUBLIC
                session.save()
        count = len(queryset)
        message = ngettext("%d session published.", "%d sessions published.", count)
        self.message_user(request, message % count)


@admin.register(SessionRole)
class SessionRoleAdmin(admin.ModelAdmin):
    list_display = ["person", "role", "name_as_printed", "session"]
    list_filter = ["role", "session__course"]
    list_select_related = ["person", "session"]
    search_fields = ["person__name", "name_as_printed", "session__title"]
    autocomplete_fields = ["session", "person"]


class AppearanceInline(admin.TabularInline):
    model = Appearance
    autocomplete_fields = ["person"]
    extra = 0


class TalkForm(forms.ModelForm):
    def clean_session(self):
        session, talk = self.cleaned_data["session"], self.instance
        if talk.pk and session.course_id != talk.session.course_id:
            raise forms.ValidationError(_("A talk stays in its course."))
        return session


@admin.register(Talk)
class TalkAdmin(StoresUploads, admin.ModelAdmin):
    form = TalkForm
    list_display = ["__str__", "session", "course", "series", "visibility"]
    list_filter = ["visibility", "session__course"]
    list_select_related = ["session__course"]
    search_fields = ["title", "session__title", "speakers__name", "series"]
    autocomplete_fields = ["session"]
    inlines = [AppearanceInline, MaterialInline, ReadingInline]

    @admin.display(description=_("course"), ordering="session__course")
    def course(self, talk):
        return talk.session.course


@admin.register(Material)
class MaterialAdmin(StoresUploads, admin.ModelAdmin):
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
        (None, {"fields": MaterialInline.fields}),
    ]


@admin.register(Reading)
class ReadingAdmin(admin.ModelAdmin):
    form = ReadingForm
    list_display = ["__str__", "role", "course", "session", "talk"]
    list_filter = ["role", "course"]
    list_select_related = ["paper", "course", "session", "talk__session"]
    search_fields = ["paper__title", "paper__key", "text", "session__title"]
    autocomplete_fields = ["course", "session", "talk", "assignment", "paper"]


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
