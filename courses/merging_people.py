"""Two people of ours are one: merged, and parted again.

Merging loses nothing. Roles, talks, enrolments and all else that points to the one who
goes point to the one who stays; what finds no place there, and every value that gave
way, is kept in ``PersonMerge.undo``. Who may do it, courses/access.py says.
"""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from references import merging
from references.merging import Refused, frozen

from . import audit
from .models import Person, PersonMerge

# The fields of which one value stays, of two people merged.
FIELDS = [
    field.name
    for field in Person._meta.concrete_fields
    if field.editable and field.name not in ("id", "slug", "other_names")
]
UNIQUE = ["user_id", "author_id"]


def version(*people):
    """A mark of what is decided on: another once one of ``people``, or what points to
    them, changes."""
    said = []
    for person in sorted(people, key=lambda person: person.pk):
        said.append(merging.decided_on(person))
        for _field, rows in merging.pointing_to(person):
            said += map(merging.decided_on, rows)
    return merging.fingerprint(said)


@transaction.atomic
def merge(kept, gone, taken=(), by=None, seen=""):
    """Make one person of two; return their PersonMerge, which ``undo`` takes.

    ``kept`` keeps its slug and what it says in each of FIELDS, but those named in
    ``taken``; what it does not say comes from ``gone``. All spellings stay. ``seen`` is
    the ``version`` of what was decided on. Raise Refused if that is another by now, if
    one of them is gone, or if both have an account.
    """
    kept, gone = merging.locked(Person, kept.pk, gone.pk)
    if seen and seen != version(kept, gone):
        raise Refused(_("This was changed while you had it open. Look again."))
    if kept.user_id and gone.user_id:
        raise Refused(_("Both have an account, and two accounts cannot be one."))
    reason = _("Merged with %s.") % gone
    row = PersonMerge(kept=kept, name=gone.name, slug=gone.slug, by=by)
    memory = row.undo = {"gone": frozen(gone)}
    memory["moved"], memory["dropped"] = merging.move(gone, kept, reason, by)
    memory["fields"] = _unite(kept, gone, taken)
    gone.delete()
    kept.save()
    row.save()
    _record(_("%(gone)s is now one with %(kept)s."), row)
    return row


def _unite(kept, gone, taken):
    """Set the fields of ``kept``; return [before, after] of those that change."""
    before, spellings = frozen(kept), [*kept.spellings, *gone.spellings]
    for name in FIELDS:
        if getattr(gone, name) and (name in taken or not getattr(kept, name)):
            setattr(kept, name, getattr(gone, name))
    others = dict.fromkeys(spellings)
    others.pop(kept.name)
    kept.other_names = list(others)
    return merging.changed(before, kept)


def _record(words, row):
    names = {
        "gone": f"{row.name} ({row.slug})",
        "kept": f"{row.kept} ({row.kept.slug})",
    }
    audit.record(audit.Action.MERGE, words % names)


@transaction.atomic
def undo(merge, by=None):
    """Part again those whom ``merge`` made one; return sentences on what could not be
    brought back as it was.

    Fields that were edited since stay as they are, and so do rows that were deleted or
    moved. Raise Refused if it is undone, or if another merge must be undone first.
    """
    [kept] = merging.locked(Person, merge.kept_id)
    row = _undoable(merge, kept)
    memory, told = row.undo, []
    gone = merging.thawed(Person, memory["gone"])
    _take_back(kept, gone, memory["fields"], told)
    _let_go(kept, told)
    kept.save()
    _let_go(gone, told)
    if not merging.is_free(gone, "slug", gone.slug):
        told.append(_("%s is another person’s address by now.") % gone.slug)
        gone.slug = f"{gone.slug[:100]}-{gone.pk}"
    gone.save_base(raw=True, force_insert=True)  # with its dates, as fixtures are
    merging.restore(memory["dropped"], told)
    reason = _("The merging with %s was undone.") % gone
    merging.move_back(kept, memory["moved"], reason, by)
    row.undone_at, row.undo = timezone.now(), {}
    row.save()
    _record(_("%(gone)s and %(kept)s are two again."), row)
    return told


def _undoable(merge, kept):
    """``merge`` as it is now; nobody changes those of ``kept``, which is locked."""
    rows = PersonMerge.objects.filter(kept=kept, undone_at=None).order_by("-pk")
    row = rows.filter(pk=merge.pk).first()
    if row is None:
        raise Refused(_("This is undone already."))
    if (last := rows.first()) != row:
        raise Refused(_("“%s” was merged later: undo that first.") % last.name)
    return row


def _take_back(kept, gone, fields, told):
    """Give ``kept`` its own values again where nobody edited them since. An account, or
    author, that was taken from it since does not come back by ``gone`` either."""
    now = frozen(kept)
    for name, (before, after) in fields.items():
        if now[name] == after:
            setattr(kept, name, before)
        elif name in UNIQUE and getattr(gone, name):
            _empty(gone, Person._meta.get_field(name), told)


def _let_go(person, told):
    """Empty what ``person`` points to that is no longer there, or another's."""
    for field in person._meta.concrete_fields:
        pk = getattr(person, field.attname)
        if field.is_relation and pk is not None:
            is_there = field.related_model._base_manager.filter(pk=pk).exists()
            if not is_there or (
                field.unique and not merging.is_free(person, field.attname, pk)
            ):
                _empty(person, field, told)


def _empty(person, field, told):
    setattr(person, field.attname, None)
    told.append(_("Not brought back: %s.") % field.verbose_name)
