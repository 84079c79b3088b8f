"""Two people who are one: found, shown side by side, merged, and parted again."""

from django.apps import apps
from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import path
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from references.merging import Refused
from references.side_by_side import Row, Value

from .. import access, merging_people
from ..accounts.reauthentication import require_reauthentication
from ..models import Person, PersonMerge
from .parts import ReadOnlyAdmin

MOST_OFFERED = 20


class MergesPeople:
    """For the ModelAdmin of people: whom someone is one with, and merging the two."""

    def get_urls(self):
        view = self.admin_site.admin_view
        return [
            path("<int:pk>/same/", view(self.same_view), name="courses_person_same"),
            path(
                "<int:pk>/same/<int:other_pk>/",
                view(self.merge_view),
                name="courses_person_merge",
            ),
            *super().get_urls(),
        ]

    @admin.action(
        description=gettext_lazy("Merge the two selected"), permissions=["change"]
    )
    def merge_selected(self, request, queryset):
        chosen = request.POST.getlist(ACTION_CHECKBOX_NAME)  # also whom one may not
        people = self.get_queryset(request).filter(pk__in=chosen).order_by("pk")[:3]
        if len(people) != 2:
            message = _("Select two people; the next page shows them side by side.")
            return self.message_user(request, message, messages.ERROR)
        return redirect("admin:courses_person_merge", *(each.pk for each in people))

    def render_change_form(self, request, context, *args, **kwargs):
        person = context.get("original")
        context["may_merge"] = person and access.may_merge(request.user, person)
        return super().render_change_form(request, context, *args, **kwargs)

    def mergeable(self, request, pk):
        person = get_object_or_404(self.get_queryset(request), pk=pk)
        if not access.may_merge(request.user, person):
            raise PermissionDenied
        return person

    def same_view(self, request, pk):
        person = self.mergeable(request, pk)
        words = request.GET.get("q", person.family_name).replace("\0", "")
        people = self.get_queryset(request).filter(access.mergeable(request.user))
        found, _are_doubled = self.get_search_results(request, people, words)
        found = found.exclude(pk=pk)[: MOST_OFFERED + 1]
        context = {
            "title": _("Same person as…"),
            "person": person,
            "words": words,
            "offered": found[:MOST_OFFERED],
            "are_more": len(found) > MOST_OFFERED,
        }
        return self.show(request, "same", context)

    def merge_view(self, request, pk, other_pk):
        if pk == other_pk:
            raise Http404
        people = [self.mergeable(request, each) for each in (pk, other_pk)]
        if request.method == "POST":
            require_reauthentication(request)
            return self.merge(request, *people)
        context = {
            "title": _("One person or two?"),
            "people": people,
            "rows": _rows(*people),
            "parts": _parts(*people),
            "may_choose": True,
            "are_two_accounts": all(person.user_id for person in people),
            "seen": merging_people.version(*people),
        }
        return self.show(request, "merge", context)

    def show(self, request, page, context):
        request.current_app = self.admin_site.name
        shared = {"subtitle": None, "opts": self.opts}
        context |= self.admin_site.each_context(request) | shared
        return TemplateResponse(request, f"admin/courses/person/{page}.html", context)

    def merge(self, request, one, other):
        is_other = request.POST.get("slug") == str(other.pk)
        kept, gone = (other, one) if is_other else (one, other)
        fields = merging_people.FIELDS
        taken = {name for name in fields if request.POST.get(name) == str(gone.pk)}
        seen = request.POST.get("seen") or "nothing"
        try:
            row = merging_people.merge(kept, gone, taken, request.user, seen)
        except Refused as refusal:
            self.message_user(request, str(refusal), messages.ERROR)
            return redirect(request.path)
        message = _("%(gone)s is now one with %(kept)s.") % {"gone": gone, "kept": kept}
        self.log_change(request, kept, message)
        self.message_user(request, message)
        return redirect("admin:courses_personmerge_change", row.pk)


def _rows(one, other):
    """A Row for each field in which one of the two says something."""
    names = ["slug", *merging_people.FIELDS, "other_names"]
    rows = [_row(name, one, other) for name in names]
    return [row for row in rows if any(value.text for value in row.values)]


def _row(name, one, other):
    """There is nothing to choose where one says nothing, nor of spellings: all stay."""
    ours, theirs = getattr(one, name), getattr(other, name)
    return Row(
        name,
        capfirst(Person._meta.get_field(name).verbose_name),
        [Value(one.pk, _text(ours), True), Value(other.pk, _text(theirs), False)],
        bool(ours and theirs) and ours != theirs and name != "other_names",
        _("of the person who stays; the other leads there") if name == "slug" else "",
    )


def _text(value):
    return "\n".join(value) if isinstance(value, list) else str(value or "")


def _parts(one, other):
    """(label, texts of both) of what one of the two has, which stays in any case."""
    sides = zip(_has(one), _has(other), strict=True)
    rows = [(label, [ours, theirs]) for (label, ours), (_label, theirs) in sides]
    return [row for row in rows if any(row[1])]


def _has(person):
    """(label, texts) of each kind of what points to ``person``."""
    roles = person.roles.select_related("course")
    duties = person.session_roles.select_related("session__course")
    talks = person.appearances.select_related("talk__session__course")
    enrolments = person.enrolments.select_related("course")
    teams = person.memberships.select_related("team__course")
    invitations = person.invitations.select_related("course")
    return [
        (_("Roles"), [f"{each.course}: {each.get_role_display()}" for each in roles]),
        (_("Sessions"), [f"{each.session.course}: {each.session}" for each in duties]),
        (_("Talks"), [f"{each.talk.session.course}: {each.talk}" for each in talks]),
        (_("Enrolments"), [str(each.course) for each in enrolments]),
        (_("Teams"), [f"{each.team.course}: {each.team}" for each in teams]),
        (_("Invitations"), [f"{each.course}: {each.state}" for each in invitations]),
    ]


@admin.register(PersonMerge)
class PersonMergeAdmin(ReadOnlyAdmin):
    """Who was merged into whom; who sees one may undo it."""

    list_display = ["name", "slug", "kept", "by", "at", "undone_at"]
    list_select_related = ["kept", "by"]
    search_fields = ["name", "slug", "kept__name"]
    fields = ["name", "slug", "kept", "by", "at", "what_both_had", "undone_at"]
    readonly_fields = ["what_both_had"]

    @admin.display(description=gettext_lazy("what both had"))
    def what_both_had(self, row):
        """What found no place with the other, and comes back by an undo alone."""
        dropped = row.undo.get("dropped", [])
        said = [
            f"{apps.get_model(label)._meta.verbose_name} “{text}”"
            for label, _values, text in dropped
        ]
        return "; ".join(said) or None

    def change_view(self, request, object_id, form_url="", extra_context=None):
        if "undo" in request.POST:
            return self.undo(request, unquote(object_id))
        return super().change_view(request, object_id, form_url, extra_context)

    def undo(self, request, pk):
        row = self.get_object(request, pk)
        if row is None:
            raise Http404
        if not self.admin_site.may(request, "c", PersonMerge, row):
            raise PermissionDenied
        require_reauthentication(request)
        try:
            told = merging_people.undo(row, request.user)
        except Refused as refusal:
            self.message_user(request, str(refusal), messages.ERROR)
        else:
            for words in told:
                self.message_user(request, words, messages.WARNING)
            message = _("These are two people again.")
            self.log_change(request, row, message)
            self.message_user(request, message)
        return redirect(request.path)
