"""Links sent by mail: what their screens share."""

from django.contrib import admin, messages
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from references.screens import Screen

from .. import mailed_links


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
        failed = _("The mail to %s could not be sent; try again.") % link.email
        mailed_links.send(
            link,
            request,
            on_failure=lambda: self.message_user(request, failed, messages.ERROR),
        )

    @admin.action(description=_("Send again, with a new link"), permissions=["add"])
    def send_again(self, request, queryset):
        for link in queryset:
            self._send(request, link)
        count = len(queryset)
        said = ngettext("%d mail sent.", "%d mails sent.", count) % count
        self.message_user(request, said)

    @admin.action(description=_("Revoke"), permissions=["delete"])
    def revoke(self, request, queryset):
        count = mailed_links.revoke(queryset)
        said = ngettext("%d is revoked.", "%d are revoked.", count) % count
        self.message_user(request, said)
