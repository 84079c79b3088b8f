"""The pages around receiving: where work is handed in, its receipt, its files."""

import secrets
from dataclasses import dataclass

from django.contrib import messages
from django.contrib.auth.mixins import LoginRequiredMixin
from django.contrib.auth.views import redirect_to_login
from django.core import signing
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.functional import cached_property
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.generic import DetailView, TemplateView, View

from courses import access, files
from courses.models import Assignment
from courses.views import CoursePageMixin

from . import counting, progress, teams
from .incoming import Incoming
from .models import Delivery, Submission, Team
from .progress import SlotWork
from .receiving import MeasuringUploadHandler, Refused

KEPT = "projects.hand_in"  # salt of what a form had when its log-in had ended
LONGEST_KEPT = 2_000  # characters of an address, of which servers take some 4,000


@dataclass
class Field:
    """The place of the form for one slot, with what was written there."""

    work: SlotWork
    name: str
    url: str = ""
    opens_signed_out: bool = False
    refusal: str = ""


@method_decorator([csrf_exempt, never_cache], name="dispatch")
class HandInView(CoursePageMixin, TemplateView):
    """Where a team hands in, and says what counts.

    Who sends, and how much may come, is decided before anything is read of what is
    sent. The protection against forged requests reads it, so it comes after that.
    """

    template_name = "projects/hand_in.html"
    refusal = None

    def dispatch(self, request, pk):
        if not request.user.is_authenticated:
            return self.to_log_in()
        with timezone.override(self.course.zone):
            return super().dispatch(request, pk)

    def to_log_in(self):
        """To the log-in, and back with what stood in the form before its first file:
        that one and the rest are not read."""
        request = self.request
        query = ""
        if request.method == "POST":
            request.upload_handlers = [MeasuringUploadHandler(request, {})]
            written = {k: v for k, v in request.POST.items() if k.startswith("slot-")}
            kept = signing.dumps(written, salt=KEPT, compress=True)
            query = "?" + urlencode({"kept": kept if len(kept) < LONGEST_KEPT else ""})
        return redirect_to_login(request.path + query)

    # What the page is about

    @cached_property
    def assignment(self):
        asked = Assignment.objects.asked_of(self.request.user)
        return get_object_or_404(asked.select_related("course"), pk=self.kwargs["pk"])

    @property
    def course(self):
        return self.assignment.course

    @cached_property
    def incoming(self):
        return Incoming(self.request, self.request.user, self.assignment)

    @cached_property
    def was_logged_out(self):
        return "kept" in self.request.GET

    @cached_property
    def written(self):
        """What was written into the form, by the names of fields."""
        if self.request.method == "POST":
            return self.request.POST
        try:
            kept = self.request.GET.get("kept", "")
            return signing.loads(kept, salt=KEPT, max_age=86_400)
        except signing.BadSignature:
            return {}

    def get_context_data(self, **kwargs):
        now = timezone.now()
        team = teams.team_of(self.assignment, self.request.user)
        work = progress.of(self.assignment, team)
        status = progress.Status(work, now)
        return super().get_context_data(
            status=status,
            work=work,
            now=now,
            fields=self.fields(work),
            may_send=status.phase in ("open", "late")
            and (team or self.assignment.team_size == 1),
            may_choose=status.phase != "closed",
            lateness=status.phase == "late"
            and progress.duration(now - work.deadline.due_at),
            chosen=self.chosen(work, now) if "count" in self.request.GET else None,
            request_key=secrets.token_urlsafe(24),
            **kwargs,
        )

    def fields(self, work):
        """The Field of each slot."""
        works = {each.slot.pk: each for each in work.slots}
        by_slot = self.refusal.by_slot if self.refusal else {}
        return [
            Field(
                works[slot.pk],
                name,
                self.written.get(name, ""),
                f"{name}-opens" in self.written,
                by_slot.get(slot.pk, ""),
            )
            for name, slot in self.incoming.slots.items()
        ]

    # What is sent

    def post(self, request, pk):
        try:
            self.incoming.read()
            return self.take(request)
        except Refused as refusal:
            return self.refuse(refusal)

    @method_decorator(csrf_protect)
    def take(self, request):
        if "count" in request.POST:
            return self.choose()
        return redirect(self.incoming.take(request.POST.get("request_key", "")))

    def refuse(self, refusal):
        self.refusal = refusal
        context = self.get_context_data(refusal=refusal)
        response = self.render_to_response(context)
        response.status_code = getattr(refusal, "status", None) or 422
        return response

    # What counts

    def chosen(self, work, at):
        """The Received that the request asks to let count, one of the team's own; None,
        and a message why, if the team has no say in that any more."""
        pk = self.request.POST.get("count") or self.request.GET.get("count", "")
        for slot in work.slots:
            for received in slot.received:
                if str(received.submission.pk) != pk:
                    continue
                if not slot.standing.is_settled and work.phase(at) != "closed":
                    return received
                words = _(
                    "What counts is settled: it closed, is graded, or staff chose."
                )
                messages.error(self.request, words)
                return None
        raise Http404

    def choose(self):
        team = teams.team_of(self.assignment, self.request.user)
        work = progress.of(self.assignment, team)
        if received := self.chosen(work, timezone.now()):
            counting.choose(received.submission, self.request.user)
            said = _("From now on this counts: %s.") % received.submission
            messages.success(self.request, said)
        return redirect(self.request.path)


@method_decorator(never_cache, name="dispatch")
class ReceiptView(LoginRequiredMixin, CoursePageMixin, DetailView):
    """What was received, when and by whom; it can be had back here."""

    template_name = "projects/receipt.html"

    def get_queryset(self):
        deliveries = Delivery.objects.visible_to(self.request.user)
        return deliveries.select_related("by", "team")

    @cached_property
    def receipt(self):
        return progress.receipt(self.object)

    @property
    def course(self):
        return self.receipt.course

    @cached_property
    def is_member(self):
        return Team.objects.of(self.request.user).contains(self.object.team)

    @property
    def may_choose(self):
        return self.is_member and not self.receipt.deadline.has_closed(timezone.now())

    @cached_property
    def knows_what_counts(self):
        """Members and staff; who left learns nothing of what came after."""
        own = access.run_by(self.request.user, "course")
        return self.is_member or Team.objects.filter(own).contains(self.object.team)


class SubmissionFileView(LoginRequiredMixin, View):
    def get(self, request, pk, name):
        submissions = Submission.objects.visible_to(request.user).select_related("file")
        submission = get_object_or_404(submissions, pk=pk, file__isnull=False)
        return files.serve(submission.file, name, submission.get_absolute_url())
