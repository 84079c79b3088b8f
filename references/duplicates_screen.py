"""The review queue in the administration: two papers side by side, for a person to
say whether they are one, and whose value of each field stays."""

from dataclasses import dataclass, field

from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.db.models import Case, When
from django.http import Http404, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from . import duplicates, merging
from .models import Duplicate, Paper
from .screens import Screen
from .side_by_side import Row, Value


@dataclass
class Side:
    """What belongs to a paper and stays whichever is kept; lists of rows."""

    paper: Paper
    authors: list = field(default_factory=list)
    links: list = field(default_factory=list)
    aliases: list = field(default_factory=list)
    readings: list = field(default_factory=list)
    hidden_readings: int = 0  # in courses that the reader does not see


class MergesPapers:
    """For the ModelAdmin of papers: the way into the queue."""

    change_list_template = "admin/references/duplicate/papers.html"

    @admin.action(
        description=gettext_lazy("Merge the two selected papers"),
        permissions=["change"],
    )
    def merge_selected(self, request, queryset):
        papers = list(queryset.order_by("pk")[:3])
        if len(papers) != 2:
            message = _("Select two papers; the next page shows them side by side.")
            return self.message_user(request, message, messages.ERROR)
        try:
            row = duplicates.pair(*papers)
        except duplicates.Refused as refusal:
            return self.message_user(request, str(refusal), messages.ERROR)
        return HttpResponseRedirect(_address(row))

    @admin.action(
        description=gettext_lazy("Look for duplicates of the selected papers"),
        permissions=["change"],
    )
    def find_duplicates(self, request, queryset):
        are_few = queryset.count() <= merging.AT_ONCE
        found = duplicates.find(queryset.with_authors() if are_few else None)
        message = _("New pairs of similar papers to decide on: %d.")
        self.message_user(request, message % found)

    def changelist_view(self, request, extra_context=None):
        context = {"to_decide": Duplicate.objects.filter(state="open").count()}
        return super().changelist_view(request, context | (extra_context or {}))


class DuplicateScreen(Screen):
    """The queue. Who may change and delete papers decides."""

    list_display = ["titles", "reason", "likeness", "state", "decided_by"]
    list_filter = ["state", "reason"]
    list_select_related = ["paper", "other", "decided_by"]
    search_fields = ["paper__title", "other__title", "other_title", "identifier"]
    search_help_text = gettext_lazy("Words of a title, or an identifier.")
    actions = None

    def get_queryset(self, request):
        return super().get_queryset(request).defer("undo")

    def get_ordering(self, request):
        is_decided = Case(When(state=Duplicate.State.OPEN, then=0), default=1)
        return [is_decided.asc(), "-created_at", "-pk"]

    @admin.display(description=gettext_lazy("papers"), ordering="paper__title")
    def titles(self, row):
        return (
            f"{row.paper.title} / {row.other.title if row.other else row.other_title}"
        )

    def has_add_permission(self, request):
        return False

    def has_delete_permission(self, request, obj=None):
        return False

    def may_decide(self, request):
        return self.has_change_permission(request) and request.user.has_perms(
            ["references.change_paper", "references.delete_paper"]
        )

    def change_view(self, request, object_id, form_url="", extra_context=None):
        row = admin.ModelAdmin.get_object(self, request, unquote(object_id))
        if not self.has_view_or_change_permission(request, row):
            raise PermissionDenied
        if row is None:
            raise Http404
        if request.method == "POST":
            return self.decide(request, row)
        return self.show(request, row)

    # What is decided

    def decide(self, request, row):
        decisions = {
            "merge": self.merge,
            "dismiss": self.dismiss,
            "give": self.give_identifier,
            "undo": self.undo,
        }
        chosen = [decide for name, decide in decisions.items() if name in request.POST]
        if len(chosen) != 1 or not self.may_decide(request):
            raise PermissionDenied
        try:
            message = chosen[0](request, row)
        except duplicates.Refused as refusal:
            self.message_user(request, str(refusal), messages.ERROR)
        else:
            self.log_change(request, row, message)
            self.message_user(request, message)
        return HttpResponseRedirect(request.path)

    def merge(self, request, row):
        papers = {str(paper.pk): paper for paper in (row.paper, row.other) if paper}
        kept = papers.pop(request.POST.get("key"), None)
        if kept is None or not papers:
            raise duplicates.Refused(_("Somebody has decided this meanwhile."))
        [(pk, gone)] = papers.items()
        taken = {name for name in duplicates.FIELDS if request.POST.get(name) == pk}
        seen = request.POST.get("seen") or "nothing"
        duplicates.merge(kept, gone, taken, request.user, seen)
        return _("“%(title)s” is now one paper; the key %(key)s leads to it.") % {
            "title": gone.title if "title" in taken else kept.title,
            "key": gone.key,
        }

    def dismiss(self, request, row):
        duplicates.dismiss(row, request.user)
        return _("These are two papers.")

    def give_identifier(self, request, row):
        duplicates.give_identifier(row, request.user)
        return _("These are two papers; %s went to the other.") % row.identifier

    def undo(self, request, row):
        for told in duplicates.undo(row, request.user):
            self.message_user(request, told, messages.WARNING)
        return _("These are two papers again, as they were.")

    # What is shown

    def show(self, request, row):
        is_merged = row.state == Duplicate.State.MERGED
        one = self.side(request, row.paper)
        other = _gone(row) if is_merged else self.side(request, row.other)
        papers = one.paper, other.paper
        holder = None if is_merged else duplicates.holder(row)
        context = {
            **self.admin_site.each_context(request),
            "title": _("One paper or two?"),
            "subtitle": None,
            "opts": self.opts,
            "row": row,
            "sides": [one, other],
            "rows": _rows(
                one, other, () if is_merged else duplicates.suggested(*papers)
            ),
            "is_merged": is_merged,
            "is_open": row.state == Duplicate.State.OPEN,
            "may_decide": self.may_decide(request),
            "may_choose": self.may_decide(request) and not is_merged,
            "seen": "" if is_merged else duplicates.version(row),
            "holder": holder,
            "claimant": holder and (row.other if holder == row.paper else row.paper),
        }
        request.current_app = self.admin_site.name
        template = "admin/references/duplicate/pair.html"
        return TemplateResponse(request, template, context)

    def side(self, request, paper):
        """The Side of ``paper``, its readings as far as the reader sees them."""
        side = Side(
            paper,
            list(paper.authorships.select_related("author")),
            list(paper.links.all()),
            list(paper.aliases.all()),
        )
        if hasattr(paper, "readings"):
            seen = paper.readings.visible_to(request.user)
            side.readings = list(
                seen.select_related("course", "session", "talk__session", "assignment")
            )
            side.hidden_readings = paper.readings.count() - len(side.readings)
        return side


def _address(row):
    return reverse("admin:references_duplicate_change", args=[row.pk])


def _gone(row):
    """The Side of a paper that was merged away: what it said."""
    authors = [text for _label, _values, text in row.undo["authors"]["gone"]]
    return Side(duplicates.gone(row), authors)


def _rows(one, other, taken):
    """A Row for each field in which one of two sides says something; what is
    ``taken`` had better come from the other."""
    rows = [_row(name, one, other, taken) for name in ["key", *duplicates.FIELDS]]
    return [row for row in rows if any(value.text for value in row.values)]


def _row(name, one, other, taken):
    label = capfirst(str(Paper._meta.get_field(name).verbose_name))
    ours, theirs = _text(name, one), _text(name, other)
    return Row(
        name,
        label,
        [
            Value(one.paper.pk, ours, name not in taken),
            Value(other.paper.pk, theirs, name in taken),
        ],
        ours != theirs,
        _("of the paper that stays; the other leads to it") if name == "key" else "",
    )


def _text(name, side):
    paper = side.paper
    if name == "authors":
        more = [_("and others")] if paper.has_more_authors else []
        return "; ".join([*map(str, side.authors), *more])
    if name == "kind":
        return paper.get_kind_display()
    value = getattr(paper, name)
    if isinstance(value, dict):
        return "\n".join(f"{key} = {text}" for key, text in value.items())
    return "" if value is None else str(value)
