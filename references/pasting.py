"""A line someone pasted -> the paper it means: an id, a key, a title, a citation."""

import re
from dataclasses import dataclass

from django.db.models import Q

from . import freetext, identifiers
from .models import Paper

BARE_ARXIV = re.compile(
    r"(?:\d{4}\.\d{4,5}|[a-z][a-z-]+(?:\.[A-Z]{2})?/\d{7})(?:v\d+)?"
)


@dataclass
class Pasted:
    """What a line means: a ``paper`` that is here, or the ``citation`` to make one
    of. ``is_bare``: the line is an identifier, which says no title."""

    paper: Paper | None = None
    citation: freetext.Citation | None = None
    is_bare: bool = False


def read(line):
    """What ``line`` means, or None where it cannot be read."""
    line = " ".join(line.split())
    if bare := identified(line):
        paper = _by_identifier(bare.arxiv_id, bare.doi)
        return Pasted(paper) if paper else Pasted(citation=bare, is_bare=True)
    if paper := _by_key_or_title(line):
        return Pasted(paper)
    if found := citation(line):
        return Pasted(citation=found)
    paper = _by_identifier(identifiers.arxiv_id(line), identifiers.doi(line))
    return Pasted(paper) if paper else None


def citation(line):
    """The Citation that ``line`` is, printed or an identifier alone; or None."""
    return identified(line) or freetext.parse([freetext.Part(line)])


def identified(line):
    """The Citation of a lone arXiv id, DOI or address of one; or None.

    The identifier stands in the title's place until someone knows the title.
    """
    line = line.strip()
    if BARE_ARXIV.fullmatch(line):
        line = f"arXiv:{line}"
    arxiv_id, doi = identifiers.arxiv_id(line), identifiers.doi(line)
    if re.search(r"\s", line.removeprefix("arXiv: ")) or not (arxiv_id or doi):
        return None
    title = f"arXiv:{arxiv_id}" if arxiv_id else f"doi:{doi}"
    return freetext.Citation(title, arxiv_id=arxiv_id, doi=doi)


def _by_identifier(arxiv_id, doi):
    papers = Paper.objects
    return (arxiv_id and papers.filter(arxiv_id=arxiv_id).first()) or (
        doi and papers.filter(doi=doi).first()
    )


def _by_key_or_title(line):
    found = Paper.objects.filter(
        Q(key=line) | Q(aliases__key=line) | Q(title__iexact=line.rstrip("."))
    ).distinct()[:2]
    return found[0] if len(found) == 1 else None
