"""The papers that a course reads, and the keys by which it cites them."""

from collections import defaultdict
from dataclasses import replace
from itertools import chain

from django.db import transaction
from simple_history.utils import bulk_create_with_history

from references import citing

from .models import CitationKey, Reading
from .models.material import course_of

AT_ONCE = 500  # rows in one query


@transaction.atomic
def add(works, course=None, reason=""):
    """A Cited for each of ``works``; those that ``course`` reads nowhere yet become
    background readings of the course as a whole."""
    cited = citing.add(works, reason=reason)
    if course:
        read(
            cited,
            {"course": course},
            Reading.Role.BACKGROUND,
            there=course.readings.all(),
            reason=reason,
        )
    return cited


def read(cited, owner, role, texts=(), there=None, reason=""):
    """Let the paper of each Cited be a reading of ``owner``, such as {"session": row}.

    They come after the readings there are; what is among those ``there`` (else among
    those of the owner) is not read twice. ``texts`` are as printed, in Markdown. The
    keys of the works become those of the course. Returns the new readings.
    """
    own = Reading.objects.filter(**owner)
    known = set((own if there is None else there).values_list("paper", flat=True))
    last = max(own.values_list("position", flat=True), default=0)
    rows = []
    for one, text in zip(cited, texts or [""] * len(cited), strict=True):
        if one.paper.pk not in known:
            known.add(one.paper.pk)
            position = last + len(rows) + 1
            row = Reading(
                **owner, paper=one.paper, role=role, text=text, position=position
            )
            row.derive()
            rows.append(row)
    bulk_create_with_history(
        rows, Reading, batch_size=AT_ONCE, default_change_reason=reason or None
    )
    if cited:
        _put_keys(course_of(Reading(**owner)), cited)
    return rows


def _put_keys(course, cited):
    """Remember the keys of the works, where the course means no other paper by them."""
    # To BibTeX small and capital letters are the same.
    keys = course.citation_keys.values_list("key", flat=True)
    taken = {key.casefold() for key in keys}
    rows = []
    for one in cited:
        key = one.work.key
        if key and len(key) <= 200 and key.casefold() not in taken:
            taken.add(key.casefold())
            rows.append(CitationKey(course=course, paper=one.paper, key=key))
    CitationKey.objects.bulk_create(rows, batch_size=AT_ONCE)


def works(papers, course, all_keys=False):
    """A Work for each of ``papers``, in order, with the key that ``course`` cites it
    by; with ``all_keys`` one more for each further key. Another paper never gets such
    a key, in no mix of capitals."""
    keys = defaultdict(list)
    for paper, key in course.citation_keys.order_by("pk").values_list("paper", "key"):
        keys[paper].append(key)
    taken = {key.casefold() for key in chain.from_iterable(keys.values())}
    cited = []
    for paper in papers:
        work, further = paper.work, []
        if paper.pk in keys:
            work.key, *further = keys[paper.pk]
        while paper.pk not in keys and work.key.casefold() in taken:
            work.key += "-a"
        taken.add(work.key.casefold())
        cited.append(work)
        if all_keys:
            cited += [replace(work, key=key) for key in further]
    return cited
