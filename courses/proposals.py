"""What people propose who may not change a row: kept, compared, accepted, declined."""

from dataclasses import dataclass

from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from references.conflicts import plain
from references.merging import Refused, fingerprint
from references.screens import Change

from . import access, audit
from .models import Material, Person, Proposal, StoredFile, Talk, TalkLink

# By model, what can be proposed: of people never address, account or slug.
FIELDS = {
    "courses.Talk": ["title", "abstract", "biography"],
    "courses.Person": [
        *("name", "family_name", "given_name", "other_names"),
        *("affiliation", "homepage", "biography"),
    ],
    "references.Paper": [
        *("title", "year", "venue", "volume", "number", "pages", "publisher"),
        *("arxiv_id", "doi", "url", "abstract", "note"),
    ],
    "references.Author": ["family_name", "given_name"],
}
FILES = ("photo", "slides")


@dataclass
class Difference(Change):
    """What would become of one field; ``is_stale``: it changed since this was sent."""

    name: str = ""
    is_stale: bool = False
    file: StoredFile | None = None


@transaction.atomic
def propose(target, values, *, by=None, link=None, note="", photo=None, slides=None):
    """Keep ``values``, {field: proposed}, and the Files ``photo`` and ``slides`` until
    someone decides; return the Proposal, or None if nothing would change.

    What came through ``link`` before and still waits is replaced, but for a file that
    has no other in its place.
    """
    if link:
        # Two sent at once; not what an ``accept`` of this link needs meanwhile.
        TalkLink.objects.select_for_update(no_key=True).get(pk=link.pk)
    values = {
        name: value
        for name, value in values.items()
        if plain(value) != plain(getattr(target, name))
    }
    proposal = link and waiting(link, Proposal.objects.select_for_update())
    proposal = proposal or Proposal(target=target, course=_course_of(target), link=link)
    proposal.by, proposal.note, proposal.sent_at = by, note, timezone.now()
    proposal.values = values
    replaced = []
    for name, upload in (("photo", photo), ("slides", slides)):
        if upload:
            replaced.append(getattr(proposal, name))
            file = StoredFile.objects.store(upload, upload.name, by)
            setattr(proposal, name, file)
    if not (values or proposal.photo or proposal.slides):
        if proposal.pk:
            proposal.delete()
        return None
    proposal.seen = {name: getattr(target, name) for name in values}
    if proposal.photo and (person := pictured(proposal)):
        proposal.seen["photo"] = person.photo_id
    proposal.save()
    for file in filter(None, replaced):
        file.discard()
    return proposal


def waiting(link, proposals=Proposal.objects):
    """What was sent through ``link`` for its talk and is not decided, or None."""
    of_talk = proposals.filter(course__isnull=False)  # not a photo of a person
    return of_talk.filter(link=link, state=Proposal.State.OPEN).first()


def pictured(proposal):
    """The person whose photo is proposed, or None."""
    if isinstance(proposal.target, Person):
        return proposal.target
    return proposal.link and proposal.link.speaker


def differences(proposal):
    """The Differences between what is proposed and the target of ``proposal``: as it is
    or, once that is decided, as it was when it was sent."""
    target = proposal.target
    is_open = proposal.state == Proposal.State.OPEN
    if target is None:
        return []
    found = []
    for name, proposed in proposal.values.items():
        seen = proposal.seen.get(name)
        now = getattr(target, name) if is_open else seen
        label = capfirst(str(target._meta.get_field(name).verbose_name))
        is_stale = plain(now) != plain(seen)
        change = (label, _text(now), _text(proposed))
        found.append(Difference(*change, name=name, is_stale=is_stale))
    if proposal.photo and (person := pictured(proposal)):
        now = person.photo if is_open else proposal.photo.replaces
        change = (_("Photo of %s") % person, _text(now), str(proposal.photo))
        is_stale = person.photo_id != proposal.seen.get("photo")
        found.append(Difference(*change, "", "photo", is_stale, proposal.photo))
    if proposal.slides:
        change = (_("Slides"), "", str(proposal.slides))
        found.append(Difference(*change, name="slides", file=proposal.slides))
    return found


def mark(proposal):
    """What ``proposal`` says now, and its target where it would change, as one word."""
    said = [
        (each.name, each.field, each.before, each.after, each.file and each.file.pk)
        for each in differences(proposal)
    ]
    return fingerprint(said)


@transaction.atomic
def accept(proposal, by, fields=None, shown=""):
    """Save the ``fields`` of ``proposal``, by default all, as ``by`` decided; return
    the names of those saved. The rest is declined with it; a photo of someone whom
    ``by`` may not change waits on, for superusers.

    ``shown`` is the ``mark`` of what ``by`` looked at. Raise Refused if that is not so
    any more (without it: if a field changed since this was sent), if it is decided, or
    if the row may not be so.
    """
    proposal, target = _locked(proposal)
    if target is None:
        raise Refused(_("What it was for is deleted: decline it."))
    chosen = [
        each for each in differences(proposal) if fields is None or each.name in fields
    ]
    if not chosen:
        raise Refused(_("Nothing was chosen."))
    is_stale = any(each.is_stale for each in chosen)
    if shown:
        is_stale = shown != mark(proposal)
    if is_stale:
        raise Refused(_("It was changed meanwhile: look at the difference again."))
    names = [each.name for each in chosen]
    _put(target, {name: proposal.values[name] for name in names if name not in FILES})
    if "photo" in names and not _put_photo(proposal, by):
        names.remove("photo")
    if "slides" in names:
        _put_slides(proposal)
    _decide(proposal, by, Proposal.State.ACCEPTED, _("Accepted: %s"), names)
    return names


@transaction.atomic
def decline(proposal, by):
    """Leave the target of ``proposal`` as it is; raise Refused if that is decided."""
    proposal, _target = _locked(proposal)
    _decide(proposal, by, Proposal.State.DECLINED, _("Declined: %s"))


def _locked(proposal):
    """The Proposal and its target as they are now, until the transaction ends."""
    proposal = Proposal.objects.select_for_update().get(pk=proposal.pk)
    if proposal.state != Proposal.State.OPEN:
        raise Refused(_("Somebody has decided this meanwhile."))
    rows = proposal.content_type.model_class()._base_manager
    target = rows.select_for_update().filter(pk=proposal.object_id).first()
    if target:
        proposal.target = target
    return proposal, target


def _put(target, values):
    if not values:
        return
    for name, value in values.items():
        setattr(target, name, value)
    others = {field.name for field in target._meta.fields} - values.keys()
    try:
        target.full_clean(exclude=others)
    except ValidationError as error:
        raise Refused(" ".join(error.messages)) from None
    target.save()


def _put_photo(proposal, by):
    """Show the photo. Where ``by`` may not change whom it shows, superusers decide:
    then return False."""
    person = pictured(proposal)
    if access.may(by, "c", Person, person):
        _replace(person.photo, proposal.photo)
        person.photo = proposal.photo
        person.save(update_fields=["photo", "updated_at"])
        return True
    Proposal.objects.update_or_create(
        content_type=ContentType.objects.get_for_model(person),
        object_id=person.pk,
        link=proposal.link,
        state=Proposal.State.OPEN,
        defaults={
            "photo": proposal.photo,
            "seen": {"photo": person.photo_id},
            "by": by,
            "sent_at": timezone.now(),
        },
    )
    return False


def _put_slides(proposal):
    """Show the slides at the talk, in the place of those the same link sent before."""
    talk, material = proposal.target, None
    if link := proposal.link:
        sent = talk.materials.filter(file__proposed_slides__link=link)
        material = sent.first()
    if material is None:
        last = talk.materials.aggregate(last=Max("position"))["last"] or 0
        kind = Material.Kind.SLIDES
        material = Material(talk=talk, kind=kind, position=last + 1)
    _replace(material.file, proposal.slides)
    material.file = proposal.slides
    material.save()


def _replace(before, file):
    """Let ``file`` know what it was shown in place of, which is kept."""
    file.replaces = before
    file.save(update_fields=["replaces"])


def _decide(proposal, by, state, words, names=()):
    proposal.state, proposal.decided_by = state, by
    proposal.decided_at = timezone.now()
    proposal.save()
    said = " ".join([words % proposal, f"({', '.join(names)})" if names else ""])
    audit.record(audit.Action.PROPOSAL, said.strip(), course=proposal.course)


def _course_of(target):
    """Whose staff decide: of what courses share, superusers alone."""
    return target.session.course if isinstance(target, Talk) else None


def _text(value):
    if isinstance(value, list):
        return "; ".join(map(str, value))
    return "" if value is None else str(value)
