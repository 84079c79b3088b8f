"""Who asks to join a course."""

from django.contrib import admin, messages
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from .. import joining
from ..models import JoinRequest
from .parts import ReadOnlyAdmin


@admin.register(JoinRequest)
class JoinRequestAdmin(ReadOnlyAdmin):
    list_display = ["name", "course", "student_number", "user", "asked_at", "accepted"]
    list_filter = ["accepted", "course"]
    list_select_related = ["course", "user"]
    search_fields = ["name", "student_number", "course__title", "course__slug"]
    actions = ["accept", "decline"]

    def has_decide_permission(self, request):
        return self.admin_site.may(request, "c", JoinRequest)

    @admin.action(description=_("Accept"), permissions=["decide"])
    def accept(self, request, queryset):
        count = self._decide(request, queryset, joining.accept)
        said = ngettext("%d accepted.", "%d accepted.", count) % count
        self.message_user(request, said)

    @admin.action(description=_("Decline"), permissions=["decide"])
    def decline(self, request, queryset):
        count = self._decide(request, queryset, joining.decline)
        said = ngettext("%d declined.", "%d declined.", count) % count
        self.message_user(request, said)

    def _decide(self, request, queryset, decide):
        """How many could be decided so; what could not is told."""

        def failed():
            said = _("A mail could not be sent; the decision stands.")
            self.message_user(request, said, messages.ERROR)

        count = 0
        for asked in queryset.filter(self.admin_site.rows(request, JoinRequest, "c")):
            try:
                decide(asked, request.user, failed)
            except joining.Refused as refusal:
                self.message_user(request, str(refusal), messages.ERROR)
            else:
                count += 1
        return count
