"""A request by which work comes in, from the page or from a program. How much may come
is decided before anything of it is read."""

import re
from dataclasses import dataclass

from django.http import HttpRequest, UnreadablePostError
from django.utils.functional import cached_property
from django.utils.translation import gettext as _

from courses.models import Assignment

from . import progress, receiving, teams
from .models import Slot
from .receiving import (
    FORM_BYTES,
    Conflicting,
    MeasuringUploadHandler,
    NoRoom,
    Part,
    Refused,
)

REQUEST_KEY = re.compile(r"[A-Za-z0-9_-]{16,40}")


@dataclass
class Incoming:
    """What ``request`` brings for ``assignment``, of which it is asked, from ``user``.

    The request must not have been read before ``read`` is called.
    """

    request: HttpRequest
    user: object
    assignment: Assignment

    @cached_property
    def slots(self):
        """The slots by the names of their fields. Links come first: what stands before
        the first file can be kept when nothing more is read."""
        slots = self.assignment.slots.all()
        slots = sorted(slots, key=lambda slot: slot.takes == Slot.Takes.FILE)
        return {f"slot-{slot.pk}": slot for slot in slots}

    def read(self):
        """Let what was sent stream in. Raise Refused at once if it cannot be taken, and
        log it; of that, only what stands before the first file is read."""
        request = self.request
        files = {
            name: slot
            for name, slot in self.slots.items()
            if slot.takes == Slot.Takes.FILE
        }
        limits = {name: slot.max_size_bytes for name, slot in files.items()}
        most = FORM_BYTES + sum(each.max_size_bytes for each in {*files.values()})
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
            self.stop(words, 507, kind=NoRoom)
        if handler.stopped:
            field, name = handler.stopped
            if slot := files.get(field):
                words = receiving.too_large(slot, name, int(length))
                facts = {"name": name, "size_bytes": int(length)}
                self.stop(words, 413, {slot.pk: words}, field=field, **facts)
            self.stop(self.not_asked(field), field=field)

    def not_asked(self, field):
        """The words for a file in a field that there is not."""
        return _("What is asked changed meanwhile. Look, and send it again.")

    def stop(self, words, status=None, by_slot=(), kind=Refused, field=None, **facts):
        """Log that nothing is taken, and raise Refused. ``field`` is where it ended."""
        refusal = kind(words, by_slot)
        refusal.status, refusal.field = status, field
        team = teams.team_of(self.assignment, self.user)
        receiving.log(refusal, self.assignment, team, self.user, **facts)
        raise refusal

    def take(self, key):
        """The Delivery of what was read, which ``key`` tells from other requests of the
        same user. Raise Refused, and log it, if nothing is taken."""
        team = teams.for_hand_in(self.assignment, self.user)
        if team is None:
            words = _("You are in no team yet: make one, or join one, first.")
            self.stop(words, kind=Conflicting)
        if not REQUEST_KEY.fullmatch(key):
            self.stop(_("The form was not whole. Send it again."))
        parts = list(self.parts(team))
        return receiving.receive(team, self.user, parts, f"{self.user.pk}-{key}")

    def parts(self, team):
        """The Part of each field in which something was sent."""
        works = progress.of(self.assignment, team).slots
        standings = {work.slot.pk: work.standing for work in works}
        for name, slot in self.slots.items():
            counts = self.counts(name, standings[slot.pk])
            if file := self.request.FILES.get(name):
                yield Part(slot, file, counts=counts)
            elif url := self.request.POST.get(name, "").strip():
                yield Part(slot, None, url, self.opens_signed_out(name), counts)

    def counts(self, name, standing):
        """Whether what is sent counts though it is late: where nothing was on time and
        its sender knows that it is late, or said that it shall replace what was."""
        sent = self.request.POST
        is_said = sent.get(f"{name}-late") == "count"
        return "late" in sent and (is_said or not standing.on_time)

    def opens_signed_out(self, name):
        return f"{name}-opens" in self.request.POST
