"""Papers of a pasted text or a file as readings of a session."""

from django import forms
from django.http import Http404
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy

from references import richtext
from references.adding import AddPapersView

from . import bibliography
from .models import Reading, Session


class ReadingsForm(forms.Form):
    """Where the readings go, and how readers are told of them."""

    talk = forms.ModelChoiceField(
        label=gettext_lazy("Belong to"),
        queryset=None,
        required=False,
        empty_label=gettext_lazy("the session itself"),
    )
    role = forms.ChoiceField(
        label=gettext_lazy("Role"),
        choices=Reading.Role.choices,
        initial=Reading.Role.RECOMMENDED,
    )

    def __init__(self, *args, session, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["talk"].queryset = session.talks.all()


class AddReadingsView(AddPapersView):
    """``screen`` is the ModelAdmin of sessions."""

    more_form = ReadingsForm
    more_title = gettext_lazy("As readings")

    @cached_property
    def session(self):
        sessions = self.screen.get_queryset(self.request).select_related("course")
        session = sessions.filter(pk=self.kwargs["pk"]).first()
        if session is None:
            raise Http404
        return session

    def may_add(self):
        return self.screen.has_change_permission(self.request, self.session)

    def more_arguments(self):
        return {"session": self.session}

    def save_more(self, cited, listed, more):
        talk = more.cleaned_data["talk"]
        bibliography.read(
            cited,
            {"talk": talk} if talk else {"session": self.session},
            role=more.cleaned_data["role"],
            texts=[richtext.escape(each.printed) for each in listed],
        )

    @property
    def crumbs(self):
        sessions = reverse("admin:courses_session_changelist")
        return [
            (sessions, capfirst(Session._meta.verbose_name_plural)),
            (self.success_url(), self.session),
        ]

    def success_url(self):
        return reverse("admin:courses_session_change", args=[self.session.pk])
