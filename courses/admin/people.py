"""Accounts, people and who is enrolled."""

from allauth.mfa.models import Authenticator
from django.contrib import admin, messages
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.forms import AdminUserCreationForm
from django.contrib.auth.models import Group
from django.http import HttpResponse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from references.screens import Screen

from .. import access, audit, invitations, mailed_links, roster
from ..accounts.reauthentication import (
    ReauthenticatingAdmin,
    reauthenticated,
    require_reauthentication,
)
from ..forms import PersonForm
from ..models import Course, Enrolment, JoinRequest, Person, User
from ..roster_screen import ImportsRosters
from .merging_people import MergesPeople
from .parts import StoresUploads

admin.site.unregister(Group)  # roles in courses give rights, and nothing else does


class UserForm(AdminUserCreationForm):
    """A new account: an address, and a password or none yet."""

    class Meta:
        model = User
        fields = ["email"]


@admin.register(User)
class UserAdmin(ReauthenticatingAdmin, DjangoUserAdmin):
    list_display = ["email", "is_superuser", "is_active", "last_login"]
    list_filter = ["is_superuser", "is_active"]
    filter_horizontal = []  # Django's name rights that are not given here
    search_fields = ["email", "person__name"]
    ordering = ["email"]
    readonly_fields = ["last_login", "date_joined"]
    add_form = UserForm
    fieldsets = [
        (None, {"fields": ["email", "password"]}),
        (_("Rights"), {"fields": ["is_active", "is_superuser"]}),
        (_("Dates"), {"fields": readonly_fields}),
    ]
    add_fieldsets = [
        (None, {"fields": ["email", "usable_password", "password1", "password2"]})
    ]
    reauthenticated_fields = ["email", "is_active", "is_superuser"]
    actions = ["end_sessions", "remove_second_factor"]
    add_view = reauthenticated(DjangoUserAdmin.add_view)
    delete_view = reauthenticated(DjangoUserAdmin.delete_view)
    user_change_password = reauthenticated(DjangoUserAdmin.user_change_password)

    def get_actions(self, request):
        """None that deletes many at once, without asking again."""
        actions = super().get_actions(request)
        actions.pop("delete_selected", None)
        return actions

    def delete_model(self, request, obj):
        audit.record(audit.Action.ACCOUNT, _("Deleted: %s") % obj)
        super().delete_model(request, obj)

    def save_model(self, request, obj, form, change):
        super().save_model(request, obj, form, change)
        changed = {*self.reauthenticated_fields} & {*form.changed_data}
        if changed or not change:
            words = _("New: %s") if not change else _("Changed: %s")
            fields = " ".join(sorted(changed))
            audit.record(audit.Action.ACCOUNT, f"{words % obj} {fields}".strip())
        if change and "email" in form.changed_data:
            obj.end_sessions()

    def get_deleted_objects(self, objs, request):
        # What an account asked for is read-only on its own, but goes with it.
        *found, perms_needed, protected = super().get_deleted_objects(objs, request)
        return *found, perms_needed - {JoinRequest._meta.verbose_name}, protected

    @admin.action(description=_("Sign out everywhere"), permissions=["change"])
    def end_sessions(self, request, queryset):
        for user in queryset:
            user.end_sessions()
        self.message_user(request, _("Accounts signed out: %d.") % len(queryset))

    @admin.action(
        description=_("Remove the second factor, when it is lost"),
        permissions=["change"],
    )
    def remove_second_factor(self, request, queryset):
        require_reauthentication(request)
        Authenticator.objects.filter(user__in=queryset).delete()
        for user in queryset:
            user.end_sessions()
            audit.record(audit.Action.ACCOUNT, _("No second factor: %s") % user)
        message = _("Accounts without a second factor now: %d.") % len(queryset)
        self.message_user(request, message)


@admin.register(Person)
class PersonAdmin(MergesPeople, StoresUploads, ReauthenticatingAdmin, Screen):
    form = PersonForm
    reauthenticated_fields = ["user"]  # whose roles these are
    list_display = ["name", "family_name", "given_name", "affiliation", "slug"]
    search_fields = ["affiliation", "email"]  # beside all spellings of the name
    prepopulated_fields = {"slug": ["name"]}
    autocomplete_fields = ["user", "author"]
    exclude = ["photo"]  # PersonForm takes an upload in its place
    actions = ["merge_selected"]

    def save_model(self, request, obj, form, change):
        super().save_model(request, obj, form, change)
        if "user" in form.changed_data:
            words = _("%(person)s has the account %(user)s.")
            said = {"person": obj, "user": obj.user or "–"}
            audit.record(audit.Action.ACCOUNT, words % said)

    def get_search_fields(self, request):
        """Who may not see an address must not find its owner by it."""
        fields = super().get_search_fields(request)
        if request.user.is_superuser:
            return fields
        return [field for field in fields if field != "email"]

    def get_search_results(self, request, queryset, search_term):
        fields = self.get_search_fields(request)
        return queryset.found_by(search_term, *fields), False

    def get_exclude(self, request, person=None):
        """The account is superusers' alone, the address of those who have one too."""
        if request.user.is_superuser:
            return self.exclude
        is_free = person is None or access.may_contact(request.user, person)
        return [*self.exclude, "user", *([] if is_free else ["email"])]

    def get_view_on_site_url(self, person=None):
        """None for those without a page, students among them."""
        shown = Person.objects.in_any_course()
        has_page = person and shown.filter(pk=person.pk).exists()
        return super().get_view_on_site_url(person) if has_page else None

    def choice_label(self, person):
        affiliation = person.affiliation
        return f"{person} ({affiliation})" if affiliation else str(person)


@admin.register(Enrolment)
class EnrolmentAdmin(ImportsRosters, Screen):
    list_display = ["person", "course", "student_number", "code", "status"]
    list_filter = ["status", "course"]
    list_select_related = ["person", "course"]
    search_fields = ["person__name", "student_number", "course__title", "course__slug"]
    autocomplete_fields = ["person", "course"]
    actions = ["invite", "export"]

    @admin.action(description=_("Invite the selected students"), permissions=["change"])
    def invite(self, request, queryset):
        def failed(invitation):
            said = mailed_links.FAILED % invitation.email
            self.message_user(request, said, messages.ERROR)

        enrolments = queryset.select_related("person", "course")
        sent, left_out = invitations.invite_students(enrolments, request, failed)
        said = ngettext("%d invitation sent.", "%d invitations sent.", sent) % sent
        self.message_user(request, said)
        for reason, people in left_out.items():
            names = "; ".join(str(person) for person in people)
            self.message_user(request, f"{reason} {names}.", messages.WARNING)

    @admin.action(description=_("Export as CSV"), permissions=["change"])
    def export(self, request, queryset):
        courses = Course.objects.filter(pk__in=queryset.values("course"))
        if len(courses) != 1:
            said = _("Choose students of one course: a list is of one.")
            self.message_user(request, said, messages.ERROR)
            return None
        [course] = courses
        content = roster.export(course, request.user, queryset)
        said = _("Roster: %d rows.") % len(queryset)
        audit.record(audit.Action.EXPORT, said, course=course, request=request)
        name = f'attachment; filename="{course.slug}-roster.csv"'
        headers = {"Content-Disposition": name}
        return HttpResponse(content, "text/csv; charset=utf-8", headers=headers)
