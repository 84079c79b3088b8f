"""The pages around receiving: where work is handed in, its receipt, its files."""

import re
import secrets
from dataclasses import dataclass

from django.contrib import messages
from django.contrib.auth.mixins import LoginRequiredMixin
from django.contrib.auth.views import redirect_to_login
from django.core import signing
from django.http import Http404, UnreadablePostError
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

from . import counting, progress, receiving, teams
from .models import Delivery, Slot, Submission, Team
from .progress import SlotWork
from .receiving import FORM_BYTES, MeasuringUploadHandler, Part, Refused

KEPT = "projects.hand_in"  # salt of what a form had when its log-in had ended
LONGEST_KEPT = 2_000  # characters of an address, of which servers take some 4,000
REQUEST_KEY = re.compile(r"[\w-]{16,40}", re.ASCII)


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
    def slots(self):
        """The slots by the names of their fields. Links come first: what stands before
        the first file can be kept when nothing more is read."""
        slots = self.assignment.slots.all()
        slots = sorted(slots, key=lambda slot: slot.takes == Slot.Takes.FILE)
        return {f"slot-{slot.pk}": slot for slot in slots}

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
            for name, slot in self.slots.items()
        ]

    # What is sent

    def post(self, request, pk):
        try:
            self.read()
            return self.take(request)
        except Refused as refusal:
            return self.refuse(refusal)

    def read(self):
        """Let what was sent stream in. Raise Refused at once if it cannot be taken, and
        log it; of that, only what stands before the first file is read."""
        request = self.request
        limits = {
            name: slot.max_size_bytes
            for name, slot in self.slots.items()
            if slot.takes == Slot.Takes.FILE
        }
        most = FORM_BYTES + sum(limits.values())
        length = request.META.get("CONTENT_LENGTH") or ""
        is_taken = length.isdecimal() and int(length) <= most
        handler = MeasuringUploadHandler(request, limits if is_taken else {})
        request.upload_handlers = [handler]
        if not length.isdecimal():
            words = _("The browser did not say how much it sends. Try another one.")
            self.stop(words, 411)
        if not is_taken:
            words = _(
                "What you sent has %(size)s MB; all fields together take %(most)s MB. "
                "Send less, or make the files smaller."
            ) % {"size": f"{int(length) / 1e6:,.1f}", "most": f"{most / 1e6:,.0f}"}
            self.stop(words, 413, size_bytes=int(length))
        try:
            request.POST  # noqa: B018 -- reads it
        except UnreadablePostError:
            handler.upload_interrupted()
            self.stop(_("The connection broke off. Send it again."), 400)
        except OSError:
            handler.upload_interrupted()
            words = _("The server has no room for it now. Try again later.")
            self.stop(words, 507)
        if handler.stopped:
            field, name = handler.stopped
            if slot := self.slots.get(field):
                words = receiving.too_large(slot, name, int(length))
                facts = {"name": name, "size_bytes": int(length)}
                self.stop(words, 413, {slot.pk: words}, **facts)
            self.stop(_("What is asked changed meanwhile. Look, and send it again."))

    def stop(self, words, status=422, by_slot=(), **facts):
        """Log that nothing is taken, and raise Refused."""
        refusal = Refused(words, by_slot)
        refusal.status = status
        team = teams.team_of(self.assignment, self.request.user)
        receiving.log(refusal, self.assignment, team, self.request.user, **facts)
        raise refusal

    @method_decorator(csrf_protect)
    def take(self, request):
        if "count" in request.POST:
            return self.choose()
        key = request.POST.get("request_key", "")
        team = teams.for_hand_in(self.assignment, request.user)
        if team is None:
            self.stop(_("You are in no team yet: make one, or join one, first."))
        if not REQUEST_KEY.fullmatch(key):
            self.stop(_("The form was not whole. Send it again."))
        delivery = receiving.receive(
            team,
            request.user,
            list(self.parts(team)),
            f"{request.user.pk}-{key}",
        )
        return redirect(delivery)

    def parts(self, team):
        """What was sent. Late work counts where nothing was on time and its sender
        knows that it is late, or said that it shall replace what was."""
        sent = self.request.POST
        for field in self.fields(progress.of(self.assignment, team)):
            is_said = sent.get(f"{field.name}-late") == "count"
            counts = "late" in sent and (is_said or not field.work.standing.on_time)
            slot = field.work.slot
            if file := self.request.FILES.get(field.name):
                yield Part(slot, file, counts=counts)
            elif url := field.url.strip():
                yield Part(slot, None, url, field.opens_signed_out, counts)

    def refuse(self, refusal):
        self.refusal = refusal
        context = self.get_context_data(refusal=refusal)
        response = self.render_to_response(context)
        response.status_code = getattr(refusal, "status", 422)
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
