"""Inviting people into a course."""

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from references.screens import FORBIDDEN, ScreenForm

from .. import invitations, speakers
from ..accounts.reauthentication import ReauthenticatingAdmin
from ..models import Invitation
from .mailed_link import MailedLinkAdmin


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
        if role and course and not invitations.may_give(self.user, role, course):
            self._forbid("role", _("You may invite students to this course."))
        return data

    def _forbid(self, field, words):
        self.add_error(field, ValidationError(words, code=FORBIDDEN))

    def save(self, commit=True):
        if name := self.cleaned_data["new_person"]:
            self.instance.person = speakers.new_person(name)
        return super().save(commit)


@admin.register(Invitation)
class InvitationAdmin(ReauthenticatingAdmin, MailedLinkAdmin):
    form = InvitationForm
    fields = ["course", "role", "person", "email"]
    list_display = ["person", "role", "course", "email", "state", "sent_at"]
    list_filter = ["role", "course"]
    list_select_related = ["person", "course"]
    search_fields = ["person__name", "email", "course__title", "course__slug"]
    autocomplete_fields = ["course", "person"]
    reauthenticated_fields = ["role"]
    sent_fields = [*MailedLinkAdmin.sent_fields, "accepted_at"]

    def get_form(self, request, *args, **kwargs):
        form = super().get_form(request, *args, **kwargs)
        return type(form.__name__, (form,), {"user": request.user})
