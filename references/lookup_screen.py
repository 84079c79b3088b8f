"""Looking papers up from the administration: an action of their list, and for each a
page that shows ours beside theirs."""

from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views import View

from . import lookup
from .catalogues import Arxiv, Crossref, Unanswered
from .models import Answer

MOST = 20  # papers in one request
# Then no more is asked. What was begun ends within a minute; the proxy waits for two.
PATIENCE = timedelta(seconds=40)


@dataclass
class Said:
    """What a source said of a paper; ``differences`` with a tick box each."""

    answer: Answer
    differences: list[lookup.Difference]
    is_of_another: bool


class LooksUpPapers:
    """For the ModelAdmin of papers, which names ``look_up`` among its actions."""

    def get_actions(self, request):
        actions = super().get_actions(request)
        if not settings.PAPER_LOOKUP:
            actions.pop("look_up", None)
        return actions

    @admin.action(
        description=gettext_lazy("Look up the selected papers"), permissions=["change"]
    )
    def look_up(self, request, queryset):
        papers = list(queryset[: MOST + 1])
        if len(papers) > MOST:
            message = _(
                "At most %d papers are looked up at once; nothing was asked. For more "
                "there is the command lookup_papers."
            )
            self.message_user(request, message % MOST, messages.ERROR)
            return
        tell(request, ask(papers))

    def get_urls(self):
        view = LookUpView.as_view(screen=self)
        return [
            path(
                "<int:pk>/lookup/",
                self.admin_site.admin_view(view),
                name="references_paper_lookup",
            ),
            *super().get_urls(),
        ]


def ask(papers, again=False):
    """An Outcome for each of ``papers``, within the time a request may take."""
    until = timezone.now() + PATIENCE
    catalogues = [Crossref(until), Arxiv(until)]
    return list(lookup.look_up(papers, again, catalogues=catalogues))


def tell(request, outcomes):
    """Each outcome as a message that leads to the page of its paper."""
    for outcome in outcomes:
        needs_look = outcome.differences or outcome.problems
        message = format_html(
            '<a href="{}">{}</a>: {}',
            reverse("admin:references_paper_lookup", args=[outcome.paper.pk]),
            outcome.paper.title,
            str(outcome) or _("nothing new."),
        )
        level = messages.WARNING if needs_look else messages.SUCCESS
        messages.add_message(request, level, message)


class LookUpView(View):
    """Shows what was answered before; POST asks again, or takes what is ticked.

    ``screen`` is the ModelAdmin it belongs to.
    """

    screen = None

    def dispatch(self, request, pk):
        papers = self.screen.get_queryset(request).with_authors()
        self.paper = papers.filter(pk=pk).first()
        if self.paper is None:
            raise Http404
        self.may_change = self.screen.has_change_permission(request, self.paper)
        is_reading = request.method in ("GET", "HEAD")
        may_view = self.screen.has_view_permission(request, self.paper)
        if not (self.may_change or (is_reading and may_view)):
            raise PermissionDenied
        return super().dispatch(request)

    def get(self, request):
        site = self.screen.admin_site
        context = {
            **site.each_context(request),
            "title": _("Look up: %s") % self.paper,
            "opts": self.screen.opts,
            "paper": self.paper,
            "said": self.said(),
            "may_change": self.may_change,
            "is_on": settings.PAPER_LOOKUP,
            "off": lookup.OFF,
        }
        request.current_app = site.name
        return TemplateResponse(request, "admin/references/paper/lookup.html", context)

    def post(self, request):
        if "ask" in request.POST:
            self.ask()
        elif marks := request.POST.getlist("take"):
            tell(request, [lookup.take(self.paper, marks)])
        else:
            messages.warning(request, _("Nothing was ticked."))
        return HttpResponseRedirect(request.path)

    def ask(self):
        try:
            tell(self.request, ask([self.paper], again=True))
        except Unanswered as refusal:
            messages.error(self.request, str(refusal))

    def said(self):
        return [
            Said(
                answer,
                lookup.differences(self.paper, answer),
                answer.is_found and lookup.is_of_another(self.paper, answer.work),
            )
            for answer in lookup.kept_answers(self.paper)
        ]
