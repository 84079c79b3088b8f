"""From the fields of a citation to the one paper they mean."""

import re
from dataclasses import dataclass
from difflib import SequenceMatcher

from django.utils.text import slugify

from . import names
from .models import Author, Authorship, Paper

SAME_TITLE = 0.75  # share of equal letters from which two titles are one
SMALL_WORDS = frozenset(
    "a an the on of for in and to with from via by is are at".split()
)


@dataclass
class Cited:
    """The paper a citation means; ``conflict`` says why an identifier it
    printed was not taken."""

    paper: Paper
    is_new: bool
    conflict: str = ""


def paper_for(citation, addresses=(), reason=""):
    """The Paper that ``citation`` means, made if there is none.

    ``citation`` has title, authors ("Family, Given"), year, venue, arxiv_id and
    doi; ``addresses`` are its links. The same identifier means the same paper
    unless the titles disagree: then the second goes without it. ``reason`` is
    for the history of a paper that is made.
    """
    conflicts = []
    identifiers = {"arxiv_id": citation.arxiv_id, "doi": citation.doi}
    for name, value in identifiers.items():
        known = value and Paper.objects.filter(**{name: value}).first()
        if known and _same_title(known.title, citation.title):
            return Cited(known, is_new=False)
        if known:
            identifiers[name] = ""
            conflicts.append(
                f"{value} is already the identifier of “{known.title}”; "
                f"“{citation.title}” was saved without it."
            )
    known = None if any(identifiers.values()) else _by_title(citation)
    if known:
        return Cited(known, is_new=False, conflict=" ".join(conflicts))
    paper = _new_paper(citation, identifiers, addresses, reason)
    return Cited(paper, is_new=True, conflict=" ".join(conflicts))


def _same_title(one, other):
    one, other = names.fold(one), names.fold(other)
    return one == other or SequenceMatcher(None, one, other).ratio() >= SAME_TITLE


def _by_title(citation):
    families = {names.fold(name.split(",")[0]) for name in citation.authors}
    for paper in Paper.objects.filter(title__iexact=citation.title).with_authors():
        known = {names.fold(a.author.family_name) for a in paper.authorships.all()}
        if not families or not known or families & known:
            return paper
    return None


def _new_paper(citation, identifiers, addresses, reason):
    own = [a for a in addresses if "arxiv.org" not in a and "doi.org" not in a]
    paper = Paper(
        key=citation_key(citation),
        kind=_kind(citation),
        title=citation.title[:500],
        year=citation.year,
        venue=citation.venue[:300],
        url=own[0] if own and not any(identifiers.values()) else "",
        **identifiers,
    )
    paper._change_reason = reason or None
    paper.save()
    seen = set()
    for position, name in enumerate(citation.authors, start=1):
        author = author_for(name)
        if author.pk not in seen:
            seen.add(author.pk)
            Authorship.objects.create(paper=paper, author=author, position=position)
    return paper


def _kind(citation):
    venue = citation.venue.lower()
    if re.search(
        r"proc|conference|symposium|workshop|nips|neurips|icml|iclr|colt|stoc", venue
    ):
        return Paper.Kind.CONFERENCE
    if venue:
        return Paper.Kind.ARTICLE
    return Paper.Kind.PREPRINT if citation.arxiv_id else Paper.Kind.MISC


def author_for(name):
    """The Author of a "Family, Given" name, made if there is none."""
    family, _, given = (part.strip() for part in name.partition(","))
    family, given = family[:200], given[:200]
    author = Author.objects.filter(family_name=family, given_name=given).first()
    if author is None:
        slug = _free(Author, "slug", slugify(f"{given} {family}")[:100] or "author")
        author = Author.objects.create(family_name=family, given_name=given, slug=slug)
    return author


def citation_key(citation):
    """A free key such as papyan2020prevalence."""
    family = citation.authors[0].split(",")[0] if citation.authors else ""
    words = names.fold(citation.title).split()
    word = next((w for w in words if w not in SMALL_WORDS and len(w) > 2), "")
    key = slugify(names.fold(family).replace(" ", "")) + str(citation.year or "")
    key = re.sub(r"[^a-z0-9-]", "", key + slugify(word)).strip("-")[:60] or "paper"
    return _free(Paper, "key", key)


def _free(model, field, wanted):
    taken = set(
        model.objects.filter(**{f"{field}__startswith": wanted}).values_list(
            field, flat=True
        )
    )
    unique, n = wanted, 1
    while unique in taken:
        n += 1
        unique = f"{wanted}-{n}"
    return unique
