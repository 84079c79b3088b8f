"""Which papers of ours are one: found, merged, and parted again.

Merging loses nothing. Rows of any app that point to the paper that goes point to
the one that stays; what finds no place there, and every value that gave way, is
kept in ``Duplicate.undo``. Whoever decides waits for those who add papers.
"""

from collections import defaultdict

from django.apps import apps
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from . import filing, indexing, matching, merging
from .merging import Refused, frozen, locked, remembered, signed
from .models import Authorship, Duplicate, Paper, PaperAlias, PaperLink

MOST_FOUND = 1000  # pairs; a person has to look at each
# The fields of which one value stays, of two papers merged.
FIELDS = ["title", "authors"] + [
    field.name
    for field in Paper._meta.concrete_fields
    if field.editable and field.name not in ("id", "key", "title", "has_more_authors")
]
IDENTIFIERS = {"arXiv": "arxiv_id", "doi": "doi"}
ADDRESSES = ["arxiv_id", "doi", "url"]
COMPARED = [
    *("title", "kind", "year", "venue", "volume", "number"),
    *("arxiv_id", "doi", "other_fields"),
]


# Finding


def find(papers=None):
    """Put pairs of similar papers into the queue, of ``papers`` alone if given;
    return how many are new, MOST_FOUND at most. What was decided stays decided."""
    pairs = {}
    for one, other, likeness in _similar(papers):
        pairs.setdefault(tuple(sorted((one, other))), likeness)
    return _queue(pairs)


def _similar(papers):
    """(pk, pk, likeness) of similar papers; some come twice."""
    if papers is None:
        known = matching.Known([])
        candidates = [matching.Candidate(*each) for each in _credited()]
        for candidate in candidates:
            known.compare_with(candidate)
    else:
        works = [(paper, paper.work) for paper in papers]
        known = matching.Known([work for _paper, work in works])
        candidates = [matching.Candidate(paper, work.authors) for paper, work in works]
    for candidate in candidates:
        for alike in known.alike(candidate)[: matching.MOST_DOUBTS]:
            yield candidate.of.pk, alike.paper.pk, alike.title


def _credited():
    """Every paper, with what tells it from others, and its authors family first."""
    authors = defaultdict(list)
    credits = Authorship.objects.order_by("position", "pk")
    for pk, family, given in credits.values_list(
        "paper", "author__family_name", "author__given_name"
    ).iterator():
        authors[pk].append(f"{family}, {given}")
    for paper in Paper.objects.only(*COMPARED).order_by("pk").iterator():
        yield paper, authors[paper.pk]


@transaction.atomic
def _queue(pairs):
    """Save those of ``pairs``, likeness by pks, that are new, the likeliest first."""
    filing.wait_for_others()
    likeliest = sorted(pairs, key=lambda pair: (-pairs[pair], pair))
    papers = Paper.objects.filter(pk__in={pk for pair in pairs for pk in pair})
    titles = dict(papers.values_list("pk", "title"))
    rows = [
        Duplicate(
            paper_id=paper,
            other_id=other,
            other_title=titles[other],
            reason=Duplicate.Reason.SIMILAR,
            likeness=pairs[paper, other],
        )
        for paper, other in likeliest
        if paper in titles and other in titles
    ]
    return Duplicate.objects.put(rows, at_most=MOST_FOUND)


@transaction.atomic
def pair(one, other):
    """The row of the queue for two papers, made if there is none."""
    filing.wait_for_others()
    return _pair(*locked(Paper, one.pk, other.pk))


def _pair(one, other):
    both = Q(paper=one, other=other) | Q(paper=other, other=one)
    found = Duplicate.objects.select_for_update(of=("self",)).filter(both)
    return found.order_by("pk").first() or Duplicate.objects.create(
        paper=one,
        other=other,
        other_title=other.title,
        reason=Duplicate.Reason.SIMILAR,
        likeness=matching.title_likeness(one.title, other.title),
    )


# What two papers say


def differing(one, other):
    """The names of FIELDS in which two papers differ."""
    return [name for name in FIELDS if said(one, name) != said(other, name)]


def suggested(kept, gone):
    """The names of FIELDS whose value had better come from ``gone``."""
    return {name for name in differing(kept, gone) if _says_less(kept, name)}


def said(paper, name):
    """What ``paper`` says in the field ``name`` of FIELDS."""
    if name != "authors":
        return getattr(paper, name)
    return [_credit(row) for row in paper.authorships.all()], paper.has_more_authors


def _credit(row):
    return row.author_id, row.name_as_printed


def _says_less(paper, name):
    if name == "title":
        return paper.has_placeholder_title
    if name == "kind":
        return paper.kind in (Paper.Kind.MISC, Paper.Kind.PREPRINT)
    if name == "authors":
        return not paper.authorships.all()
    return not getattr(paper, name)


def version(duplicate):
    """A mark of what a person decides on: another once the pair or a paper changes."""
    said = [duplicate.state]
    for paper in (duplicate.paper, duplicate.other):
        for rows in (paper.authorships, paper.links, paper.aliases):
            said += map(merging.decided_on, rows.order_by("pk"))
        said.append(merging.decided_on(paper))
    return merging.fingerprint(said)


# Merging


@transaction.atomic
def merge(kept, gone, taken=(), by=None, seen=""):
    """Make one paper of two; return its Duplicate, which ``undo`` takes.

    ``kept`` keeps its key and its value of each of FIELDS but those named in
    ``taken``, which come from ``gone``. Addresses of both stay: the second as a link.
    ``seen`` is the ``version`` of what was decided on. Raise Refused if that is
    another by now, or if one of the papers is gone.
    """
    filing.wait_for_others()
    kept, gone = locked(Paper, kept.pk, gone.pk)
    row = _pair(kept, gone)
    if seen and seen != version(row):
        raise Refused(_("This was changed while you had it open. Look again."))
    memory = {"pair": [row.paper_id, row.other_id], "gone": frozen(gone)}
    row.paper, row.other, row.other_title = kept, None, gone.title
    _decide(row, Duplicate.State.MERGED, by)
    reason = _("Merged with %(key)s (no. %(pk)s).") % {"key": gone.key, "pk": gone.pk}
    memory["authors"] = _merge_authors(kept, gone, "authors" in taken)
    memory["moved"], memory["dropped"] = merging.move(gone, kept, reason, by)
    memory["fields"] = _merge_fields(kept, gone, taken)
    memory["made"] = _keep_key(kept, gone, memory["moved"]) + _keep_addresses(
        kept, memory
    )
    signed(gone, by, _("Merged into %(key)s.") % {"key": kept.key}).delete()
    signed(kept, by, reason).save()  # last: it puts all words into the index
    row.undo = memory
    row.save()
    return row


def _decide(row, state, by):
    row.state, row.decided_by, row.decided_at = state, by, timezone.now()
    row.save()


def _merge_authors(kept, gone, is_taken):
    """Let one list of authors stay; return both."""
    lists = {
        side: [remembered(row) for row in paper.authorships.select_related("author")]
        for side, paper in (("kept", kept), ("gone", gone))
    }
    (kept if is_taken else gone).authorships.all().delete()
    gone.authorships.update(paper=kept)
    return lists | {"is_taken": is_taken}


def _merge_fields(kept, gone, taken):
    """Set the fields of ``kept``; return [before, after] of those that change."""
    before = frozen(kept)
    for name in FIELDS:
        if name == "authors":
            if name in taken:
                kept.has_more_authors = gone.has_more_authors
        elif name == "other_fields":
            first, second = (gone, kept) if name in taken else (kept, gone)
            kept.other_fields = second.other_fields | first.other_fields
        elif name in taken or (name in ADDRESSES and not getattr(kept, name)):
            value = getattr(gone, name)
            if value or name not in ADDRESSES:
                setattr(kept, name, value)
    return merging.changed(before, kept)


def _keep_key(kept, gone, moved):
    """Let the key of ``gone`` lead to ``kept``; return the rows made for it."""
    alias, is_new = PaperAlias.objects.get_or_create(
        key=gone.key, defaults={"paper": kept}
    )
    if is_new:
        return [[PaperAlias._meta.label, alias.pk]]
    if alias.paper_id != kept.pk:  # of a third paper, which it never led to
        moved.append([PaperAlias._meta.label, "paper", alias.paper_id, [alias.pk]])
        PaperAlias.objects.filter(pk=alias.pk).update(paper=kept)
        indexing.index([alias.paper])
    return []


def _keep_addresses(kept, memory):
    """Make links of the addresses that are no longer in a field; return them."""
    made = []
    for name in ADDRESSES:
        values = {memory["gone"][name], *memory["fields"].get(name, ())}
        for value in sorted(values - {"", getattr(kept, name)}):
            link = _link_to(name, value)
            link.paper, link.position = kept, kept.links.count()
            if merging.has_place(link):
                link.save()
                made.append([link._meta.label, link.pk])
    return made


def _link_to(name, value):
    """A link to what the ``value`` of one of ADDRESSES leads to."""
    url, label = {
        "arxiv_id": (f"https://arxiv.org/abs/{value}", f"arXiv:{value}"),
        "doi": (f"https://doi.org/{value}", f"doi:{value}"),
        "url": (value, ""),
    }[name]
    return PaperLink(kind=PaperLink.Kind.PAGE, label=label, url=url)


# Parting again


@transaction.atomic
def undo(duplicate, by=None):
    """Part again what ``merge`` made one; return sentences on what could not be
    brought back as it was.

    Fields that were edited since stay as they are, and so do rows that were deleted
    or moved. The pair is then one to decide. Raise Refused if it is not merged, or if
    another merge must be undone first.
    """
    filing.wait_for_others()
    row = _undoable(duplicate)
    memory, told = row.undo, []
    [kept] = locked(Paper, row.paper_id)
    reason = _("The merging with %(key)s was undone.") % {"key": memory["gone"]["key"]}
    _remove_made(kept, memory["made"])
    _restore_fields(kept, memory["fields"], told)
    _restore_authors_of_kept(kept, memory["authors"], told)
    signed(kept, by, reason).save()
    gone = _restore_paper(memory["gone"], told)
    merging.restore(memory["authors"]["gone"] + memory["dropped"], told)
    former = merging.move_back(kept, memory["moved"], reason, by)
    Paper.history.bulk_history_create(
        [gone], default_user=by, default_change_reason=reason
    )
    indexing.index([kept, gone, *former])
    row.paper, row.other = (
        (kept, gone) if memory["pair"][0] == kept.pk else (gone, kept)
    )
    row.other_title, row.undo = row.other.title, {}
    row.state, row.decided_by, row.decided_at = Duplicate.State.OPEN, None, None
    row.save()
    return told


def _undoable(duplicate):
    row = _current(duplicate)
    if row.state != Duplicate.State.MERGED:
        raise Refused(_("This is not merged, or no longer."))
    later = Duplicate.objects.filter(
        paper=row.paper_id, state=row.state, decided_at__gt=row.decided_at
    )
    if last := later.order_by("-decided_at").first():
        raise Refused(
            _("“%(title)s” was merged later: undo that first.")
            % {"title": last.other_title}
        )
    return row


def _current(duplicate):
    """The row of ``duplicate`` as it is now, locked."""
    rows = Duplicate.objects.select_for_update(of=("self",))
    row = rows.filter(pk=duplicate.pk).first()
    if row is None:
        raise Refused(_("This pair is no longer in the queue."))
    return row


def _remove_made(kept, made):
    for label, pk in made:
        apps.get_model(label).objects.filter(pk=pk, paper=kept).delete()


def _restore_fields(kept, fields, told):
    now = frozen(kept)
    for name, (before, after) in fields.items():
        if now[name] != after:
            continue
        if name in IDENTIFIERS.values() and not merging.is_free(kept, name, before):
            told.append(_said_taken(before))
        else:
            setattr(kept, name, before)


def _said_taken(value):
    return _("%(value)s is another paper’s by now.") % {"value": value}


def _restore_authors_of_kept(kept, lists, told):
    if not lists["is_taken"]:
        return
    chosen = [
        (each["author_id"], each["position"]) for _label, each, _text in lists["gone"]
    ]
    if chosen == list(kept.authorships.values_list("author_id", "position")):
        kept.authorships.all().delete()
        merging.restore(lists["kept"], told)


def _restore_paper(values, told):
    gone = merging.thawed(Paper, values)
    if Paper.objects.filter(key=gone.key).exists():
        told.append(_said_taken(gone.key))
        gone.key = f"{gone.key[:60]}-{gone.pk}"
    for name in IDENTIFIERS.values():
        if not merging.is_free(gone, name, getattr(gone, name)):
            told.append(_said_taken(getattr(gone, name)))
            setattr(gone, name, "")
    gone.save_base(raw=True, force_insert=True)  # with its dates, as fixtures are
    return gone


def gone(duplicate):
    """The paper that was merged away, unsaved, as it was."""
    return merging.thawed(Paper, duplicate.undo["gone"])


# Two papers after all


@transaction.atomic
def dismiss(duplicate, by=None):
    """Decide that they are two papers; raise Refused if it is decided already."""
    row = _current(duplicate)
    if row.state != Duplicate.State.OPEN:
        raise Refused(_("Somebody has decided this meanwhile."))
    _decide(row, Duplicate.State.DIFFERENT, by)


def holder(duplicate):
    """The paper of the pair that has the identifier printed for both, or None."""
    label, _colon, value = duplicate.identifier.partition(":")
    name = IDENTIFIERS.get(label)
    for paper in (duplicate.paper, duplicate.other):
        if name and paper and getattr(paper, name) == value:
            return paper
    return None


@transaction.atomic
def give_identifier(duplicate, by=None):
    """Decide that they are two papers, and that the identifier is the other one's.

    Raise Refused where none of them has it any more, or the other has one of its own.
    """
    filing.wait_for_others()
    row = _current(duplicate)
    if row.state == Duplicate.State.MERGED:
        raise Refused(_("Somebody has decided this meanwhile."))
    row.paper, row.other = locked(Paper, row.paper_id, row.other_id)
    loser = holder(row)
    if loser is None:
        raise Refused(_("Neither paper has this identifier any more."))
    winner = row.other if loser == row.paper else row.paper
    name = IDENTIFIERS[row.identifier.partition(":")[0]]
    if getattr(winner, name):
        raise Refused(_("The other paper has an identifier of its own."))
    reason = _("%(identifier)s belongs to %(key)s.") % {
        "identifier": row.identifier,
        "key": winner.key,
    }
    value = getattr(loser, name)
    for paper, has in ((loser, ""), (winner, value)):
        setattr(paper, name, has)
        signed(paper, by, reason).save()
    _decide(row, Duplicate.State.DIFFERENT, by)
