"""From works as cited to the papers they mean, made where there are none."""

import re
from dataclasses import dataclass, field

from django.db import transaction
from django.utils.translation import gettext as _

from . import filing, identifiers, matching
from .models import Paper
from .work import Work, web_address

# What a work may add to a paper that has none of it yet.
FILLED = (
    *("year", "venue", "volume", "number", "pages", "publisher", "abstract", "note"),
    *("arxiv_id", "doi", "url", "entry_type"),
)
WHOLE = ("arxiv_id", "doi", "url")  # or not at all
ALSO_FILLED = ("title", "kind", "has_more_authors", "other_fields")
MEETING = re.compile(
    r"proc|conference|symposium|workshop|nips|neurips|icml|iclr|colt|stoc"
)


@dataclass
class Cited:
    """The paper that ``work`` means: saved, or planned by ``plan``. ``doubts`` are
    papers it may be as well, ``addresses`` further links it gives."""

    work: Work
    paper: Paper
    is_new: bool
    doubts: list[matching.Doubt] = field(default_factory=list)
    addresses: list[str] = field(default_factory=list)
    gained: set[str] = field(default_factory=set)  # names of the paper's fields
    authors: list[str] = field(default_factory=list)  # where the paper has none yet
    is_fixed: bool = False  # it is here, and not for whoever adds to change

    @property
    def conflict(self):
        """Which identifiers it printed were not taken, and why; or ""."""
        return " ".join(
            _(
                "%(identifier)s is already the identifier of “%(paper)s”; “%(work)s” "
                "was saved without it."
            )
            % {
                "identifier": doubt.identifier.partition(":")[2],
                "paper": doubt.paper.title,
                "work": self.work.title,
            }
            for doubt in self.doubts
            if doubt.identifier
        )


def paper_for(work, addresses=(), reason="", editable=None):
    """The paper that the Work ``work`` means, as Cited; see ``add``."""
    return add([work], [addresses], reason, editable)[0]


@transaction.atomic
def add(works, addresses=None, reason="", editable=None):
    """A Cited for each of ``works``; papers are made where there are none.

    ``addresses`` are further links of each. What is here already keeps what it says
    and gains what it lacked. Keys of the works become aliases where they are free.
    Those who do this at once wait for each other: they look for papers and authors
    to share. ``reason`` is for the history. ``editable`` are the papers, a queryset,
    that whoever adds may change; others gain nothing.
    """
    filing.wait_for_others()
    cited = plan(works, addresses, editable)
    filing.save(cited, reason)
    return cited


def plan(works, addresses=None, editable=None):
    """A Cited for each of ``works``, nothing saved; see ``add``. Papers to be made have
    no key yet; two works may mean the same new one."""
    known = matching.Known(works)
    fixed = set() if editable is None else _others(known.papers, editable)
    planned, credited = [], set()
    for work, links in zip(works, addresses or [()] * len(works), strict=True):
        match = known.match(work)
        is_new = match.paper is None
        paper = match.paper or Paper()
        one = Cited(work, paper, is_new, match.doubts)
        planned.append(one)
        if paper.pk in fixed:
            one.is_fixed = True
            continue
        one.addresses = _own(links)
        one.gained = _fill(paper, work, one.addresses, match.not_its_own)
        if paper.pk and paper.authorships.all():
            credited.add(id(paper))
        if id(paper) not in credited:
            one.authors = work.authors
        if work.authors:
            credited.add(id(paper))
        if is_new:
            known.add(paper, work.authors)
        else:
            known.identify(paper)
    return planned


def _others(papers, editable):
    """The keys of those of ``papers`` that are not among the ``editable``."""
    pks = {paper.pk for paper in papers}
    return pks - set(editable.filter(pk__in=pks).values_list("pk", flat=True))


def _own(addresses):
    """``addresses`` that say more than identifiers do."""
    return [
        address
        for address in filter(None, map(web_address, addresses))
        if not identifiers.arxiv_id(address) and not identifiers.doi(address)
    ]


def _fill(paper, work, addresses, not_its_own):
    """Give ``paper`` what ``work`` says and it does not; the names of what changed."""
    before = {name: getattr(paper, name) for name in (*FILLED, *ALSO_FILLED)}
    values = {name: getattr(work, name) for name in FILLED if name not in not_its_own}
    if not work.url and addresses and not (work.arxiv_id or work.doi):
        values["url"] = addresses[0]
    for name, value in values.items():
        if value and not getattr(paper, name):
            setattr(paper, name, _fitting(name, value))
    if not paper.title or (work.title and paper.has_placeholder_title):
        paper.title = _fitting("title", work.name)
    kind = _kind(work)
    if paper.kind == Paper.Kind.MISC or (
        paper.kind == Paper.Kind.PREPRINT and kind != Paper.Kind.MISC
    ):
        paper.kind = kind
    if not paper.pk:
        paper.has_more_authors = paper.has_more_authors or work.has_more_authors
    paper.other_fields = work.other_fields | paper.other_fields
    return {name for name, value in before.items() if getattr(paper, name) != value}


def _kind(work):
    """The kind of ``work``; a printed citation says it by its venue alone."""
    if work.kind != Paper.Kind.MISC or work.entry_type:
        return work.kind
    if MEETING.search(work.venue.lower()):
        return Paper.Kind.CONFERENCE
    if work.venue:
        return Paper.Kind.ARTICLE
    return Paper.Kind.PREPRINT if work.arxiv_id else Paper.Kind.MISC


def _fitting(name, value):
    """``value`` as long as the field takes it; an address or identifier that is cut
    would be another one, so that it is left out."""
    length = Paper._meta.get_field(name).max_length
    if not length or not isinstance(value, str) or len(value) <= length:
        return value
    return "" if name in WHOLE else value[:length]
