"""The screen that takes a list of students: what it would change is shown, then saved.

The list itself travels in the form, as text that can be corrected; the digest of what
was shown tells whether that is still what saving it does.
"""

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import IntegrityError
from django.http import Http404, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views import View

from . import access, roster, roster_file
from .models import Course, Enrolment


class ListForm(forms.Form):
    """A list; valid, it is ``listed``."""

    text = forms.CharField(
        label=gettext_lazy("Pasted list"),
        max_length=roster_file.MAX_BYTES,
        required=False,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 10, "class": "vLargeTextField"}),
        help_text=gettext_lazy(
            "With a line of headings: Student number, Name, E-mail; Status and Code if "
            "there are any. Between them tabs, commas or semicolons."
        ),
    )
    file = forms.FileField(
        label=gettext_lazy("Or a file"),
        required=False,
        help_text=gettext_lazy("Excel (.xlsx) or CSV, at most 2 MB and 5,000 lines."),
    )
    source = forms.CharField(
        required=False, max_length=100, widget=forms.HiddenInput
    )  # the name of the file

    def clean(self):
        data = super().clean()
        file, remarks = data.get("file"), []
        if bool(data.get("text", "").strip()) == bool(file) and not self.errors:
            raise ValidationError(_("Paste a list or choose a file, one of them."))
        if self.errors:
            return data
        if file:
            data["source"] = file.name[:100]
            data["text"], remarks = roster_file.text_of(file.read())
        self.listed = roster_file.read(data["text"])
        self.listed.remarks[:0] = remarks
        return data


class RosterView(View):
    """Of one course. ``screen`` is the ModelAdmin of enrolments."""

    screen = None

    def dispatch(self, request, pk):
        self.course = Course.objects.filter(pk=pk).first()
        if self.course is None or not may_import(request.user, self.course):
            self.screen.admin_site.refused(request)
            raise Http404
        return super().dispatch(request)

    def get(self, request):
        return self.page(form=ListForm())

    def post(self, request):
        form = ListForm(request.POST, request.FILES)
        if not form.is_valid():
            return self.page(form=form)
        if "save" not in request.POST:
            return self.show(form)
        return self.save(form)

    def save(self, form):
        saved = self._saved(form)
        if saved and saved.is_saved:
            messages.success(self.request, _("Saved: %s.") % saved)
            return HttpResponseRedirect(self.roster_url)
        said = _("Nothing was saved: here is what the list changes now.")
        messages.warning(self.request, said)
        return self.show(form)

    def _saved(self, form):
        try:
            return roster.save(
                *(self.course, self.request.user, form.listed),
                source=form.cleaned_data["source"] or _("pasted list"),
                digest=self.request.POST.get("digest", ""),
                may_drop_most="drop" in self.request.POST,
            )
        except IntegrityError:  # a student was entered by hand in the same moment
            return None

    def show(self, form):
        """What the list would change, above the list itself."""
        data = {name: form.cleaned_data[name] for name in ("text", "source")}
        difference = roster.compare(self.course, self.request.user, form.listed)
        return self.page(
            form=ListForm(initial=data),
            difference=difference,
            remarks=form.listed.remarks,
        )

    @property
    def roster_url(self):
        changelist = reverse("admin:courses_enrolment_changelist")
        return f"{changelist}?course__id__exact={self.course.pk}"

    def page(self, **context):
        context = {"course": self.course, "roster_url": self.roster_url, **context}
        title = _("Roster of %s") % self.course
        return page(self.screen, self.request, title=title, **context)


class CoursesView(View):
    """Which course a list is of."""

    screen = None

    def get(self, request):
        courses = [
            course
            for course in Course.objects.filter(access.run_by(request.user))
            if may_import(request.user, course)
        ]
        return page(
            self.screen, request, title=_("Roster of which course?"), courses=courses
        )


class ImportsRosters:
    """For the ModelAdmin of enrolments."""

    def get_urls(self):
        admin_view = self.admin_site.admin_view
        return [
            path(
                "import/",
                admin_view(CoursesView.as_view(screen=self)),
                name="courses_enrolment_import",
            ),
            path(
                "import/<int:pk>/",
                admin_view(RosterView.as_view(screen=self)),
                name="courses_enrolment_roster",
            ),
            *super().get_urls(),
        ]


def may_import(user, course):
    """Whether ``user`` may add to the roster of ``course`` and change it."""
    return all(access.may(user, action, Enrolment, course) for action in "ac")


def page(screen, request, **context):
    context = {
        **screen.admin_site.each_context(request),
        "opts": screen.opts,
        **context,
    }
    request.current_app = screen.admin_site.name
    return TemplateResponse(request, "admin/courses/enrolment/roster.html", context)
