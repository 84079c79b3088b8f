"""Staff put right who is in a team: forms, and their page in the administration."""

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from courses import audit
from courses.models import Enrolment
from references.screens import ScreenForm

from . import teams
from .models import Membership, Team

REASON = {"label": gettext_lazy("Reason"), "max_length": 300}


class TeamForm(ScreenForm):
    reason = forms.CharField(
        required=False,
        help_text=gettext_lazy("Why name or number change. The history keeps it."),
        **REASON,
    )

    def clean(self):
        data = super().clean()
        if self.is_renamed and not data.get("reason"):
            self.add_error("reason", _("Say why."))
        return data

    @property
    def is_renamed(self):
        return self.instance.pk and {"name", "number"} & {*self.changed_data}


class EnrolmentField(forms.ModelChoiceField):
    def label_from_instance(self, enrolment):
        number = enrolment.student_number
        return f"{enrolment.person}, {number}" if number else str(enrolment.person)


class AddForm(forms.Form):
    required_css_class = "required"
    enrolment = EnrolmentField(None, label=gettext_lazy("Student"), required=False)
    name = forms.CharField(
        label=gettext_lazy("Or a name as printed"),
        required=False,
        max_length=200,
        help_text=gettext_lazy("Of somebody who is on no roster."),
    )
    reason = forms.CharField(**REASON)

    def __init__(self, team, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.team = team
        rows = team.course.enrolments.filter(status=Enrolment.Status.ACTIVE)
        self.fields["enrolment"].queryset = rows.select_related("person")

    def clean(self):
        data = super().clean()
        is_one = bool(data.get("enrolment")) != bool(data.get("name"))
        if not is_one and "enrolment" not in self.errors:
            self.add_error("enrolment", _("Choose a person or write a name."))
        return data

    def save(self):
        """Return the team that has one more now."""
        enrolment, name = self.cleaned_data["enrolment"], self.cleaned_data["name"]
        person = enrolment and enrolment.person
        teams.add_member(self.team, self.cleaned_data["reason"], person, name)
        return self.team


class MoveForm(forms.Form):
    required_css_class = "required"
    membership = forms.ModelChoiceField(None, label=gettext_lazy("Member"))
    team = forms.ModelChoiceField(
        None,
        label=gettext_lazy("Into"),
        required=False,
        empty_label=gettext_lazy("no team: only out of this one"),
    )
    reason = forms.CharField(**REASON)

    def __init__(self, team, *args, **kwargs):
        super().__init__(*args, **kwargs)
        members = team.memberships.active().select_related("person")
        others = Team.objects.filter(course=team.course, assignment=team.assignment)
        self.fields["membership"].queryset = members
        self.fields["team"].queryset = others.exclude(pk=team.pk)

    def save(self):
        """Return the team that has one more now, if one has."""
        data = self.cleaned_data
        if data["team"]:
            teams.move_member(data["membership"], data["team"], data["reason"])
        else:
            teams.remove_member(data["membership"], data["reason"])
        return data["team"]


class ChangesMembers:
    """For the ModelAdmin of teams: its members change on a page of their own, so that
    each change has its reason and no membership is rewritten."""

    form = TeamForm
    readonly_fields = ["members"]
    member_forms = {"add": AddForm, "move": MoveForm}

    def get_urls(self):
        view = self.admin_site.admin_view(self.members_view)
        return [
            path("<int:pk>/members/", view, name="projects_team_members"),
            *super().get_urls(),
        ]

    def get_fields(self, request, team=None):
        fields = ["course", "assignment", "number", "name"]
        return [*fields, "reason", "members"] if team else fields

    @admin.display(description=gettext_lazy("members"))
    def members(self, team):
        members = team.memberships.active().select_related("person")
        return "; ".join(map(str, members)) or "–"

    def save_model(self, request, obj, form, change):
        reason = form.cleaned_data.get("reason")
        obj._change_reason = reason or None
        super().save_model(request, obj, form, change)
        if change and form.is_renamed:
            said = _("Renamed: %(team)s. %(reason)s") % {"team": obj, "reason": reason}
            audit.record(audit.Action.ROSTER, said, course=obj.course)

    def members_view(self, request, pk):
        rows = self.get_queryset(request).select_related("course", "assignment")
        team = get_object_or_404(rows, pk=pk)
        if not self.has_change_permission(request, team):
            raise PermissionDenied
        sent = request.POST if request.method == "POST" else {}
        shown = {
            name: form(team, sent if name in sent else None, prefix=name)
            for name, form in self.member_forms.items()
        }
        for form in shown.values():
            if form.is_bound and form.is_valid() and self.saves(request, form):
                return redirect(request.path)
        history = Membership.history.filter(team=team)
        context = self.admin_site.each_context(request) | {
            "title": _("Members: %s") % team,
            "subtitle": None,
            "opts": self.opts,
            "team": team,
            "forms": shown,
            "members": team.memberships.active().select_related("person"),
            "records": history.select_related("person", "history_user"),
        }
        request.current_app = self.admin_site.name
        return TemplateResponse(request, "admin/projects/team/members.html", context)

    def saves(self, request, form):
        """Whether it did; else the form says why not."""
        try:
            joined = form.save()
        except teams.Refused as refusal:
            form.add_error(None, str(refusal))
            return False
        self.message_user(request, _("The team is changed."))
        if joined and teams.is_over(joined):
            said = _("%(team)s has more members than the %(size)d of its assignment.")
            said %= {"team": joined, "size": joined.assignment.team_size}
            self.message_user(request, said, messages.WARNING)
        return True
