"""What waits for someone to accept or decline it, and proposing."""

import copy
import functools

from django.apps import apps
from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.contrib.contenttypes.prefetch import GenericPrefetch
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from .. import access, files, proposals
from ..models import Proposal, Talk
from ..proposal_forms import form_for
from .parts import ReadOnlyAdmin


@admin.register(Proposal)
class ProposalAdmin(ReadOnlyAdmin):
    list_display = ["__str__", "who", "sent_at", "state", "course", "decided_by"]
    list_filter = ["state", "course"]
    list_select_related = ["content_type", "link", "by", "course", "decided_by"]
    search_fields = ["values", "note", "by__email", "link__email"]
    date_hierarchy = "sent_at"

    def get_queryset(self, request):
        talks = Talk.objects.select_related("session")
        target = GenericPrefetch("target", [talks])
        return super().get_queryset(request).prefetch_related(target)

    @admin.display(description=gettext_lazy("by"))
    def who(self, proposal):
        return proposal.link.email if proposal.link else proposal.by or "–"

    def get_urls(self):
        view = self.admin_site.admin_view
        return [
            path(
                "<int:pk>/<str:name>/file/",
                view(self.file_view),
                name="courses_proposal_file",
            ),
            path(
                "propose/<str:label>/<int:pk>/",
                view(self.propose_view),
                name="courses_proposal_propose",
            ),
            *super().get_urls(),
        ]

    def _found(self, request, pk):
        proposal = self.get_object(request, pk)
        if proposal is None:
            raise Http404
        return proposal

    # Deciding

    def change_view(self, request, object_id, form_url="", extra_context=None):
        proposal = self._found(request, unquote(object_id))
        if request.method == "POST":
            return self.decide(request, proposal)
        context = {
            "title": _("Proposed change"),
            "opts": self.opts,
            "proposal": proposal,
            "differences": proposals.differences(proposal),
            "mark": proposals.mark(proposal),
            "who": self.who(proposal),
            "is_open": proposal.state == Proposal.State.OPEN,
        }
        return self.answer(request, "change_form", context)

    def decide(self, request, proposal):
        if not self.admin_site.may(request, "c", Proposal, proposal):
            raise PermissionDenied
        try:
            if "accept" in request.POST:
                said = self.accept(request, proposal)
            elif "decline" in request.POST:
                proposals.decline(proposal, request.user)
                said = _("Declined: nothing of it is shown.")
            else:
                raise PermissionDenied
        except proposals.Refused as refusal:
            self.message_user(request, str(refusal), messages.ERROR)
        else:
            self.log_change(request, proposal, said)
            self.message_user(request, said)
        return HttpResponseRedirect(request.path)

    def accept(self, request, proposal):
        chosen, shown = request.POST.getlist("take"), request.POST.get("shown", "")
        saved = proposals.accept(proposal, request.user, chosen, shown)
        if "photo" in chosen and "photo" not in saved:
            waits = _("The photo waits for an administrator: others show them as well.")
            self.message_user(request, waits, messages.WARNING)
        said = _("Accepted: %s.") % ", ".join(saved or ["–"])
        self.log_change(request, proposal.target, said)
        return said

    def file_view(self, request, pk, name):
        """The file ``name`` of a proposal, which nobody else sees yet."""
        proposal = self._found(request, str(pk))
        file = getattr(proposal, name) if name in proposals.FILES else None
        if file is None:
            raise Http404
        return files.serve(file, file.name, request.path)

    # Proposing

    def propose_view(self, request, label, pk):
        """A form of a row of courses that the user sees and may not change."""
        if label not in proposals.FIELDS.keys() & access.SHARED.keys():
            raise Http404
        screen = self.admin_site.get_model_admin(apps.get_model(label))
        row = get_object_or_404(screen.get_queryset(request), pk=pk)
        if not self.admin_site.proposal_address(request, row):
            raise Http404
        callback = functools.partial(screen.formfield_for_dbfield, request=request)
        form = form_for(screen.model, callback)(
            request.POST or None, request.FILES or None, instance=copy.copy(row)
        )
        if form.is_valid():
            said = _("Nothing differs from what is said now.")
            if form.send(request.user):
                said = _("Sent: an administrator looks at it.")
            self.message_user(request, said)
            meta = row._meta
            name = f"admin:{meta.app_label}_{meta.model_name}_change"
            return HttpResponseRedirect(reverse(name, args=[row.pk]))
        context = {
            "title": _("Propose a change: %s") % row,
            "opts": row._meta,
            "row": row,
            "form": form,
            "media": self.media + form.media,
        }
        return self.answer(request, "propose", context)

    def answer(self, request, name, context):
        context = self.admin_site.each_context(request) | {"subtitle": None} | context
        request.current_app = self.admin_site.name
        template = f"admin/courses/proposal/{name}.html"
        return TemplateResponse(request, template, context)
