"""Inviting people into a course."""

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from references.screens import FORBIDDEN, Screen, ScreenForm

from .. import access, invitations, speakers
from ..accounts.reauthentication import ReauthenticatingAdmin
from ..models import CourseRole, Enrolment, Invitation


class InvitationForm(ScreenForm):
    new_person = forms.CharField(
        label=_("Or a new person"),
        required=False,
        max_length=200,
        help_text=_("The name as it is shown. Only if the person is not here yet."),
    )
    user = None  # who invites; InvitationAdmin sets it

    class Meta:
        model = Invitation
        fields = ["course", "role", "person", "new_person", "email"]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if "person" in self.fields:
            self.fields["person"].required = False

    def clean(self):
        data = super().clean()
        person, name = data.get("person"), data.get("new_person")
        if "person" not in self.errors and bool(person) == bool(name):
            self.add_error("person", _("Choose a person or name a new one."))
        elif person and not invitations.may_tie(self.user, person):
            self._forbid(
                "person",
                _(
                    "Only an administrator invites who has an account, or a part in "
                    "another course."
                ),
            )
        role, course = data.get("role"), data.get("course")
        given = Enrolment if role == Invitation.Role.STUDENT else CourseRole
        if role and course and not access.may(self.user, "a", given, course):
            self._forbid("role", _("You may invite students to this course."))
        return data

    def _forbid(self, field, words):
        self.add_error(field, ValidationError(words, code=FORBIDDEN))

    def save(self, commit=True):
        if name := self.cleaned_data["new_person"]:
            self.instance.person = speakers.new_person(name)
        return super().save(commit)


@admin.register(Invitation)
class InvitationAdmin(ReauthenticatingAdmin, Screen):
    form = InvitationForm
    list_display = ["person", "role", "course", "email", "state", "sent_at"]
    list_filter = ["role", "course"]
    list_select_related = ["person", "course"]
    search_fields = ["person__name", "email", "course__title", "course__slug"]
    autocomplete_fields = ["course", "person"]
    actions = ["send_again", "revoke"]
    reauthenticated_fields = ["role"]

    def get_fields(self, request, invitation=None):
        if invitation is None:
            return InvitationForm.Meta.fields
        sent = ["course", "role", "person", "email", "state"]
        return [*sent, "sent_by", "sent_at", "expires_at", "accepted_at", "revoked_at"]

    def get_form(self, request, *args, **kwargs):
        form = super().get_form(request, *args, **kwargs)
        return type(form.__name__, (form,), {"user": request.user})

    def has_change_permission(self, request, obj=None):
        """What was sent stays as it is: it is revoked, and another sent."""
        return False

    def save_model(self, request, obj, form, change):
        self._send(request, obj)

    def _send(self, request, invitation):
        said = {"person": invitation.person, "email": invitation.email}
        invitations.send(
            invitation,
            request,
            on_failure=lambda: self.message_user(
                request, invitations.FAILED % said, messages.ERROR
            ),
        )

    @admin.action(description=_("Send again, with a new link"), permissions=["add"])
    def send_again(self, request, queryset):
        again = [each for each in queryset if not each.accepted_at]
        for invitation in again:
            invitation.revoked_at = None
            self._send(request, invitation)
        said = ngettext("%d mail sent.", "%d mails sent.", len(again)) % len(again)
        self.message_user(request, said)

    @admin.action(description=_("Revoke"), permissions=["delete"])
    def revoke(self, request, queryset):
        count = invitations.revoke(queryset)
        said = ngettext("%d is revoked.", "%d are revoked.", count) % count
        self.message_user(request, said)
