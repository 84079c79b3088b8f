"""What staff do with the work of an assignment: look it over, say what counts, remind,
hand in for a team, take it away, release marks."""

import uuid

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpResponseRedirect, StreamingHttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views import View

from courses import audit, files
from courses.admin.parts import chosen
from courses.models import Assignment
from references.screens import ScreenForm

from . import archive, counting, grading, receiving, reminding
from . import table as tables
from .models import Grade, Slot, Submission, Team

NAMES = "admin:courses_assignment_"


class AssignmentView(View):
    """Of one assignment, for who may change it; times are by the clocks of its course.
    ``screen`` is the ModelAdmin of assignments."""

    screen = None

    def dispatch(self, request, pk, **kwargs):
        own = self.screen.admin_site.rows(request, Assignment, "c")
        rows = Assignment.objects.filter(own).select_related("course")
        self.assignment = rows.filter(pk=pk).first()
        if self.assignment is None:
            self.screen.admin_site.refused(request)
            raise Http404
        with timezone.override(self.assignment.course.zone):
            response = super().dispatch(request, **kwargs)
            return response.render() if hasattr(response, "render") else response

    def page(self, name, **context):
        context = {
            **self.screen.admin_site.each_context(self.request),
            "opts": self.screen.opts,
            "assignment": self.assignment,
            "work_url": self.work_url,
            "zone": self.assignment.course.time_zone,
            **context,
        }
        self.request.current_app = self.screen.admin_site.name
        template = f"admin/courses/assignment/{name}.html"
        return TemplateResponse(self.request, template, context)

    @property
    def work_url(self):
        return reverse(f"{NAMES}work", args=[self.assignment.pk])

    def back(self):
        return HttpResponseRedirect(self.work_url)


class ReminderForm(forms.Form):
    words = forms.CharField(
        label=gettext_lazy("What the mail says"),
        max_length=5000,
        widget=forms.Textarea(attrs={"rows": 5}),
    )


class WorkView(AssignmentView):
    """The table of teams and slots, and what is done with all of it."""

    def get(self, request, form=None):
        return self.page(
            "work",
            title=_("Work: %s") % self.assignment,
            table=tables.of_assignment(self.assignment),
            form=form or ReminderForm(),
            may_release=grading.may_release(request.user, self.assignment),
        )

    def post(self, request):
        acts = (self.count, self.freeze, self.release, self.remind)
        for act in acts:
            if act.__name__ in request.POST:
                return act()
        raise PermissionDenied

    def count(self):
        """Let the submission count whose button was pressed."""
        seen = Submission.objects.visible_to(self.request.user)
        submission = get_object_or_404(
            seen.filter(slot__assignment=self.assignment).select_related("team"),
            pk__in=chosen(self.request, "count"),
        )
        counting.choose(submission, self.request.user, is_by_staff=True)
        said = {"team": submission.team, "submission": submission}
        self.say(_("%(team)s: %(submission)s counts now.") % said)
        return self.back()

    def freeze(self):
        frozen = grading.freeze(self.assignment, self.request.user)
        count = frozen.submissions.count()
        self.say(_("Kept for grading: %d files and links.") % count)
        return self.back()

    def release(self):
        if not grading.may_release(self.request.user, self.assignment):
            raise PermissionDenied
        count = grading.release(self.assignment)
        said = ngettext("%d mark is released.", "%d marks are released.", count)
        self.say(said % count)
        return self.back()

    def remind(self):
        form = ReminderForm(self.request.POST)
        if not form.is_valid():
            return self.get(self.request, form)
        table = tables.of_assignment(self.assignment)
        words = form.cleaned_data["words"]
        count, without = reminding.remind(self.assignment, table, words, self.failed)
        self.say(
            ngettext("%d person is mailed.", "%d people are mailed.", count) % count
        )
        if without:
            said = ngettext(
                "%d person has no address here.", "%d people have none here.", without
            )
            self.say(said % without, messages.WARNING)
        return self.back()

    def failed(self):
        self.say(_("A mail could not be sent; the log says which."), messages.ERROR)

    def say(self, words, level=messages.SUCCESS):
        messages.add_message(self.request, level, words)


class MarkForm(ScreenForm):
    """The mark of one team among those of all; notices who else gave one meanwhile."""

    class Meta:
        model = Grade
        fields = ["points", "feedback"]
        widgets = {"feedback": forms.Textarea(attrs={"rows": 2, "cols": 40})}


class MarksView(AssignmentView):
    """Marks of all teams in one form; only what was changed in it is saved."""

    def get(self, request, rows=None):
        title = _("Marks: %s") % self.assignment
        forms = rows or self.rows()
        return self.page("marks", title=title, crumb=_("Marks"), forms=forms)

    @transaction.atomic
    def post(self, request):
        same = Assignment.objects.filter(pk=self.assignment.pk)
        same.select_for_update(no_key=True).get()  # new marks come one after the other
        rows = self.rows(request.POST)
        changed = [row for row in rows if row.has_changed()]
        if not all([row.is_valid() for row in changed]):
            return self.get(request, rows)
        for row in changed:
            mark = row.cleaned_data
            row.instance.award(mark["points"], mark["feedback"], request.user)
        said = ngettext("%d mark is saved.", "%d marks are saved.", len(changed))
        messages.success(request, said % len(changed))
        return self.back()

    def rows(self, data=None):
        """A MarkForm a team; with ``data`` no mark can be released meanwhile."""
        grades = Grade.objects.filter(team__assignment=self.assignment)
        if data:
            grades = grades.select_for_update(of=("self",))
        found = {
            grade.team_id: grade for grade in grades.select_related("team__assignment")
        }
        return [
            MarkForm(
                data,
                prefix=f"team-{team.pk}",
                instance=found.get(team.pk) or Grade(team=team),
            )
            for team in self.assignment.teams.all()
        ]


class ArchiveView(AssignmentView):
    def get(self, request):
        which = request.GET.get("which", "counted")
        if which not in archive.CHOSEN:
            raise Http404
        course = self.assignment.course
        said = _("Work of %(assignment)s: %(which)s")
        said %= {"assignment": self.assignment, "which": which}
        audit.record(audit.Action.EXPORT, said, course=course, request=request)
        table = tables.of_assignment(self.assignment)
        name = f"{course.slug}-{self.assignment.pk}-{which}.zip"
        return StreamingHttpResponse(
            archive.stream(table, course.zone, which),
            content_type="application/zip",
            headers={
                "Content-Disposition": f'attachment; filename="{name}"',
                "Cache-Control": "private, no-store",
            },
        )


class FileView(AssignmentView):
    def get(self, request, submission, name):
        seen = Submission.objects.visible_to(request.user)
        found = get_object_or_404(
            seen.select_related("file"),
            slot__assignment=self.assignment,
            file__isnull=False,
            pk=submission,
        )
        args = [self.assignment.pk, found.pk, found.file.name]
        return files.serve(found.file, name, reverse(f"{NAMES}file", args=args))


class HandInForm(forms.Form):
    """What staff hand in for a team: a field a slot."""

    required_css_class = "required"
    on_behalf = forms.CharField(
        label=gettext_lazy("Why you hand it in"),
        max_length=300,
        help_text=gettext_lazy(
            "For example: mailed by a member at 23:58. The team reads it."
        ),
    )
    counts = forms.BooleanField(
        label=gettext_lazy("Counts, even if it is late"), required=False
    )
    request_key = forms.CharField(max_length=64, widget=forms.HiddenInput)

    def __init__(self, slots, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.slots = {f"slot-{slot.pk}": slot for slot in slots}
        for name, slot in self.slots.items():
            self.fields[name] = _field(slot)
        self.order_fields([*self.slots, "on_behalf", "counts"])

    def parts(self):
        for name, slot in self.slots.items():
            if sent := self.cleaned_data[name]:
                how = {"file": sent} if slot.takes == Slot.Takes.FILE else {"url": sent}
                yield receiving.Part(slot, **how)


def _field(slot):
    label = capfirst(str(slot))
    if slot.takes == Slot.Takes.LINK:
        return forms.URLField(label=label, required=False, assume_scheme="https")
    said = _("%(formats)s, at most %(limit)d MB.") % {
        "formats": ", ".join(slot.endings).upper() or _("Any file"),
        "limit": slot.max_size_mb,
    }
    return forms.FileField(
        label=label, required=False, allow_empty_file=True, help_text=said
    )


class HandInView(AssignmentView):
    """Handing in for a team, at any time."""

    def dispatch(self, request, pk, team):
        self.team_pk = team
        return super().dispatch(request, pk)

    def get(self, request, form=None):
        team = self.team
        form = form or HandInForm(
            self.assignment.slots.all(), initial={"request_key": uuid.uuid4().hex}
        )
        return self.page(
            "hand_in", title=_("Hand in for %s") % team, crumb=team, form=form
        )

    def post(self, request):
        form = HandInForm(self.assignment.slots.all(), request.POST, request.FILES)
        if not form.is_valid():
            return self.get(request, form)
        data = form.cleaned_data
        try:
            receiving.receive(
                self.team,
                request.user,
                list(form.parts()),
                data["request_key"],
                on_behalf=data["on_behalf"],
                counts=data["counts"],
            )
        except receiving.Refused as refusal:
            form.add_error(None, str(refusal))
            return self.get(request, form)
        messages.success(request, _("Received for %s.") % self.team)
        return self.back()

    @property
    def team(self):
        teams = Team.objects.visible_to(self.request.user)
        return get_object_or_404(teams, pk=self.team_pk, assignment=self.assignment)


class ShowsWork:
    """For the ModelAdmin of assignments."""

    def get_urls(self):
        def at(route, view, name):
            view = self.admin_site.admin_view(view.as_view(screen=self))
            return path(f"<int:pk>/{route}", view, name=f"courses_assignment_{name}")

        return [
            at("work/", WorkView, "work"),
            at("work/marks/", MarksView, "marks"),
            at("work.zip", ArchiveView, "archive"),
            at("work/files/<int:submission>/<str:name>", FileView, "file"),
            at("work/<int:team>/hand-in/", HandInView, "hand_in"),
            *super().get_urls(),
        ]
