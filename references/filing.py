"""Saves papers that were planned: a fixed number of queries for each few hundred.

For ``citing.add`` and those who let a person look at a plan first.
"""

import re
from collections import Counter, defaultdict

from django.contrib.contenttypes.models import ContentType
from django.utils import timezone
from django.utils.text import slugify
from simple_history.utils import bulk_create_with_history, bulk_update_with_history

from . import indexing, names
from .models import Author, Authorship, Duplicate, Paper, PaperAlias, PaperLink

AT_ONCE = 500  # rows in one query
LONGEST_ADDRESS = PaperLink._meta.get_field("url").max_length
SMALL_WORDS = frozenset(
    "a an the on of for in and to with from via by is are at".split()
)
WRITTEN = [
    field.name
    for field in Paper._meta.concrete_fields
    if field.name not in ("id", "key", "created_at")
]


def wait_for_others():
    """Let no two transactions look for papers to share at the same time."""
    ContentType.objects.select_for_update(no_key=True).get(
        pk=ContentType.objects.get_for_model(Paper).pk
    )


def save(cited, reason=""):
    """Save each Cited of a plan: papers, authors, links, aliases, doubts.

    In the transaction of the plan, after ``wait_for_others``. ``reason`` is for the
    history.
    """
    new = {}
    for one in cited:
        if one.is_new:
            new.setdefault(id(one.paper), one)
    new = list(new.values())
    papers = [one.paper for one in new]
    changed = {one.paper.pk: one.paper for one in cited if one.gained and one.paper.pk}
    _give_keys(new)
    _save_papers(papers, list(changed.values()), reason or None)
    _save_authors([one for one in cited if one.authors])
    _save_links(cited)
    _save_aliases(cited)
    _save_doubts(cited)
    indexing.index({one.paper.pk: one.paper for one in cited}.values())


def _save_papers(new, changed, reason):
    for paper in [*new, *changed]:
        paper.derive()
    shared = {"batch_size": AT_ONCE, "default_change_reason": reason}
    bulk_create_with_history(new, Paper, **shared)
    for paper in changed:
        paper.updated_at = timezone.now()
    if changed:
        bulk_update_with_history(changed, Paper, WRITTEN, **shared)


# Keys


def _give_keys(new):
    for one, key in zip(new, free_keys([one.work for one in new]), strict=True):
        one.paper.key = key


def free_keys(works):
    """A key for each of ``works`` that no paper and no other of them has."""
    return free((Paper, PaperAlias), "key", [_key(work) for work in works], 80)


def _key(work):
    """A key such as papyan2020prevalence, taken or not; of what has nothing but an
    identifier, that."""
    known = work.arxiv_id or work.doi
    if known and known in work.title:
        return slugify(re.sub("[:./]", "-", work.title))[:60]
    family = work.authors[0].split(",")[0] if work.authors else ""
    words = names.fold(work.title).split()
    word = next((w for w in words if w not in SMALL_WORDS and len(w) > 2), "")
    key = slugify(names.fold(family).replace(" ", "")) + str(work.year or "")
    return re.sub(r"[^a-z0-9-]", "", key + slugify(word)).strip("-")[:60] or "paper"


def free(models, field, wanted, max_length, others=()):
    """Each of ``wanted``, with "-2", "-3" where a row, one before it or one of
    ``others`` has it."""
    taken, numbered, following = set(others), set(), Counter()

    def look(**lookup):
        for model in models:
            taken.update(model.objects.filter(**lookup).values_list(field, flat=True))

    for some in _batches(list(set(wanted))):
        look(**{f"{field}__in": some})
    free = []
    for each in wanted:
        if each in taken and each not in numbered:
            look(**{f"{field}__startswith": f"{each}-"})
            numbered.add(each)
        found = each
        while found in taken:
            following[each] = max(following[each], 1) + 1
            found = f"{each[: max_length - 6]}-{following[each]}"
        taken.add(found)
        free.append(found)
    return free


# Authors


def _save_authors(cited):
    """Authors found by their very name or made.

    Two of one name on one paper are two persons.
    """
    listed = [[parts_of(name) for name in one.authors] for one in cited]
    most = Counter()
    for parts in listed:
        most |= Counter(parts)  # the larger count of each
    authors = authors_named(most)
    rows = []
    for one, parts in zip(cited, listed, strict=True):
        seen = Counter()
        for position, name in enumerate(parts, start=1):
            author = authors[name][seen[name]]
            seen[name] += 1
            rows.append(Authorship(paper=one.paper, author=author, position=position))
    Authorship.objects.bulk_create(rows, batch_size=AT_ONCE)


def parts_of(name):
    """(family, given) of a name as a Work has it."""
    family, _comma, given = (part.strip() for part in name.partition(","))
    return family[:200], given[:200]


def authors_named(wanted):
    """By (family, given), as many Authors as ``wanted`` counts; made if needed."""
    known = defaultdict(list)
    for some in _batches(list({family for family, _given in wanted})):
        for author in Author.objects.filter(family_name__in=some).order_by("pk"):
            known[author.family_name, author.given_name].append(author)
    missing = [
        Author(family_name=family, given_name=given)
        for (family, given), count in wanted.items()
        for _number in range(count - len(known[family, given]))
    ]
    for author, slug in zip(missing, free_slugs(missing), strict=True):
        author.slug = slug
        author.derive()
        known[author.family_name, author.given_name].append(author)
    Author.objects.bulk_create(missing, batch_size=AT_ONCE)
    return known


def free_slugs(authors):
    """A slug for each of ``authors`` that no other has."""
    slugs = [slugify(str(author))[:100] or "author" for author in authors]
    return free((Author,), "slug", slugs, 120)


# What else a work says


def _save_links(cited):
    known = defaultdict(set)
    for some in _batches([one.paper.pk for one in cited if one.addresses]):
        for paper, url in PaperLink.objects.filter(paper__in=some).values_list(
            "paper", "url"
        ):
            known[paper].add(url)
    rows = []
    for one in cited:
        has = known[one.paper.pk]
        for address in one.addresses:
            is_new = address != one.paper.url and address not in has
            if is_new and len(address) <= LONGEST_ADDRESS:
                rows.append(PaperLink(paper=one.paper, url=address, position=len(has)))
                has.add(address)
    PaperLink.objects.bulk_create(rows, batch_size=AT_ONCE)


def _save_aliases(cited):
    """The keys of the works, where no other paper has them."""
    wanted = {}
    for one in cited:
        key = one.work.key
        is_its_own = one.is_fixed or key == one.paper.key
        if key and not is_its_own and len(key) <= 200:
            wanted.setdefault(key, one.paper)
    for some in _batches(list(wanted)):
        for model in (Paper, PaperAlias):
            for key in model.objects.filter(key__in=some).values_list("key", flat=True):
                wanted.pop(key, None)  # a key may be an alias of another paper
    rows = [PaperAlias(paper=paper, key=key) for key, paper in wanted.items()]
    PaperAlias.objects.bulk_create(rows, batch_size=AT_ONCE)


def _save_doubts(cited):
    """Rows of the review queue."""
    Duplicate.objects.put(
        Duplicate(
            paper=doubt.paper,
            other=one.paper,
            other_title=one.paper.title,
            reason=doubt.reason,
            identifier=doubt.identifier,
            likeness=doubt.likeness,
        )
        for one in cited
        for doubt in one.doubts
    )


def _batches(rows):
    return (rows[start : start + AT_ONCE] for start in range(0, len(rows), AT_ONCE))
