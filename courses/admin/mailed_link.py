"""Links sent by mail: what their screens share, and those for speakers."""

from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from references.screens import Screen, ScreenForm

from .. import access, mailed_links
from ..models import Person, Talk, TalkLink


class MailedLinkAdmin(Screen):
    """Rows that are mailed when they are saved."""

    actions = ["send_again", "revoke"]
    sent_fields = ["state", "sent_by", "sent_at", "expires_at", "revoked_at"]

    def get_fields(self, request, link=None):
        """``fields`` are filled in; of what was sent more is shown."""
        return [*self.fields, *self.sent_fields] if link else self.form.Meta.fields

    def has_change_permission(self, request, obj=None):
        """What was sent stays as it is: it is revoked, and another sent."""
        return False

    def save_model(self, request, obj, form, change):
        self._send(request, obj)

    def _send(self, request, link):
        failed = mailed_links.FAILED % link.email
        mailed_links.send(
            link,
            request,
            on_failure=lambda: self.message_user(request, failed, messages.ERROR),
        )

    @admin.action(description=_("Send again, with a new link"), permissions=["add"])
    def send_again(self, request, queryset):
        links = queryset.unanswered()
        for link in links:
            self._send(request, link)
        count = len(links)
        said = ngettext("%d mail sent.", "%d mails sent.", count) % count
        self.message_user(request, said)

    @admin.action(description=_("Revoke"), permissions=["delete"])
    def revoke(self, request, queryset):
        count = mailed_links.revoke(queryset.unanswered())
        said = ngettext("%d is revoked.", "%d are revoked.", count) % count
        self.message_user(request, said)


class TalkLinkForm(ScreenForm):
    class Meta:
        model = TalkLink
        fields = ["talk", "person", "email"]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if "talk" in self.fields:
            self.fields["person"].queryset = self._speakers()

    def _speakers(self):
        try:
            talk = self.fields["talk"].to_python(self["talk"].value())
        except ValidationError:
            talk = None
        return talk.speakers.all() if talk else Person.objects.none()


@admin.register(TalkLink)
class TalkLinkAdmin(MailedLinkAdmin):
    form = TalkLinkForm
    fields = TalkLinkForm.Meta.fields
    list_display = ["talk", "person", "email", "state", "sent_at"]
    list_filter = ["talk__session__course"]
    list_select_related = ["talk__session__course", "person"]
    search_fields = ["talk__title", "person__name", "email"]
    autocomplete_fields = ["talk"]

    def get_changeform_initial_data(self, request):
        """The talk that is asked for, its only speaker, and their address to whom it
        is no secret."""
        initial = super().get_changeform_initial_data(request)
        pk = request.GET.get("talk", "")
        talks = Talk.objects.filter(self.admin_site.rows(request, Talk))
        talk = talks.filter(pk=pk).first() if pk.isdecimal() else None
        speakers = talk.speakers.all()[:2] if talk else []
        if len(speakers) == 1:
            [initial["person"]] = speakers
            if access.may_contact(request.user, speakers[0]):
                initial["email"] = speakers[0].email
        return initial
