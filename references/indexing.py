"""What papers are found by: kept in the search index whenever one changes.

Bulk work sends no signals and calls ``index`` itself.
"""

from . import search
from .models import Author, Authorship, Paper, PaperAlias

KIND = "paper"


def index(papers):
    """Let ``papers`` be found by title, authors, venue, year, keys, ids, abstract."""
    papers = list(papers)
    for start in range(0, len(papers), search.AT_ONCE):
        pks = [paper.pk for paper in papers[start : start + search.AT_ONCE]]
        found = Paper.objects.filter(pk__in=pks)
        found = found.prefetch_related("authorships", "aliases")
        search.put(KIND, [(paper.pk, paper.title, _words(paper)) for paper in found])


def _words(paper):
    authors = paper.authorships.all()
    said = [str(each.author) for each in authors]
    said += [each.name_as_printed for each in authors]
    said += [each.key for each in paper.aliases.all()]
    said += [paper.key, paper.venue, str(paper.year or "")]
    # As they are printed; without what is before them they are found as well.
    said += [f"arXiv:{paper.arxiv_id}"] if paper.arxiv_id else []
    said += [f"doi:{paper.doi}"] if paper.doi else []
    return " ".join([*said, paper.abstract])


# Receivers, connected in references/apps.py


def follow_paper(instance, raw=False, **kwargs):
    if not raw:
        index([instance])


def follow_part(instance, raw=False, **kwargs):
    """An authorship or alias was saved or deleted."""
    if not raw:
        index(Paper.objects.filter(pk=instance.paper_id))


def follow_author(instance, raw=False, **kwargs):
    if not raw:
        index(instance.papers.all())


def forget_paper(instance, **kwargs):
    search.remove(KIND, [instance.pk])


RECEIVERS = [
    (Paper, follow_paper, forget_paper),
    (Authorship, follow_part, follow_part),
    (PaperAlias, follow_part, follow_part),
    (Author, follow_author, None),
]
