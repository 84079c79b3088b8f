"""What can be written of papers and authors."""

from collections import Counter
from operator import attrgetter

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from rest_framework import serializers

from . import filing, identifiers, indexing, names
from .models import Author, Authorship, Paper, PaperAlias, PaperLink
from .rest.bodies import (
    INCOMPLETE,
    PartBody,
    RowBody,
    RowByName,
    Text,
    Texts,
    WebAddress,
    WordForWord,
    put_rows,
)
from .work import Work

MOST_PARTS = 5000  # authors of one paper; there are such


class AuthorBody(RowBody):
    class Meta:
        model = Author
        fields = ["family_name", "given_name", "slug"]
        extra_kwargs = {
            "slug": {
                "required": False,
                "help_text": "Part of the address; made of the name if there is none.",
            }
        }

    example = {"family_name": "Tanaka", "given_name": "Mei"}
    kept = ["slug"]
    is_bulk = True

    def complete(self, rows, values):
        unnamed = [row for row in rows if not row.slug]
        for row, slug in zip(unnamed, filing.free_slugs(unnamed), strict=True):
            row.slug = slug


class PaperByKey(RowByName):
    """A paper, by its key or one that also leads to it."""

    def __init__(self, **kwargs):
        super().__init__(Paper, "key", **kwargs)

    def look_up(self, rows, values):
        aliases = PaperAlias.objects.filter(key__in=values, paper__in=rows)
        found = {alias.key: alias.paper for alias in aliases.select_related("paper")}
        return found | super().look_up(rows, values)


class AuthorshipBody(PartBody):
    """An author of a paper: by ``author``, or by a name, for which one is found or
    made. ``name`` is as printed there."""

    name = Text(max_length=300, required=False, help_text="As printed there.")
    family_name = Text(max_length=200, required=False)
    given_name = Text(max_length=200, required=False, allow_blank=True)
    author = RowByName(Author, required=False, help_text="The slug of the author.")

    def validate(self, said):
        if not said.keys() & {"name", "family_name", "author"}:
            words = _("Say a name, a family name, or the slug of an author.")
            raise serializers.ValidationError(words, INCOMPLETE)
        return said


class PaperLinkBody(PartBody):
    kind = serializers.ChoiceField(PaperLink.Kind.choices, required=False)
    label = Text(max_length=200, required=False, allow_blank=True)
    url = WebAddress(max_length=1000)


class PaperBody(RowBody):
    authors = AuthorshipBody(
        many=True,
        required=False,
        max_length=MOST_PARTS,
        help_text="In the order printed on the paper.",
    )
    address = WebAddress(
        source="url", max_length=1000, required=False, allow_blank=True
    )
    links = PaperLinkBody(many=True, required=False, max_length=200)
    aliases = Texts(
        child=Text(max_length=200),
        required=False,
        max_length=200,
        help_text="Further keys it is found by.",
    )
    other_fields = WordForWord(
        required=False, help_text="Further BibTeX fields, word for word."
    )

    class Meta:
        model = Paper
        fields = [
            *("key", "aliases", "kind", "title", "authors", "has_more_authors", "year"),
            *("venue", "volume", "number", "pages", "publisher", "arxiv_id", "doi"),
            *("address", "links", "abstract", "note", "entry_type", "other_fields"),
            "change_reason",
        ]
        extra_kwargs = {
            "key": {
                "required": False,
                "help_text": "Stays for life. Made of author, year and title if there "
                "is none.",
            },
        }

    example = {
        "title": "Deep learning",
        "authors": [{"name": "Yann LeCun"}, {"name": "Geoffrey Hinton"}],
        "year": 2015,
        "venue": "Nature",
        "doi": "10.1038/nature14539",
    }
    chosen_once = ["key"]
    kept = ["aliases"]
    is_bulk = True

    def complete(self, rows, values):
        filing.wait_for_others()
        unnamed = [
            (row, said)
            for row, said in zip(rows, values, strict=True)
            if not said.get("key")
        ]
        works = []
        for row, said in unnamed:
            first = [_name_of(each) for each in said.get("authors", ())[:1]]
            authors = [", ".join(filter(None, name)) for name in first]
            works.append(Work(title=row.title, year=row.year, authors=authors))
        taken = {row.key for row in rows}
        for (row, _said), key in zip(unnamed, filing.free_keys(works), strict=True):
            while key in taken:  # by another of these rows
                key += "x"
            row.key = key
            taken.add(key)
        found = PaperAlias.objects.filter(key__in=[row.key for row in rows])
        self.aliases_of_others = set(found.values_list("key", flat=True))
        self.new_keys = taken

    def derive(self, row):
        for name, read, prefix in IDENTIFIERS:
            said = getattr(row, name)
            setattr(row, name, read(said) or read(prefix + said) or said)

    def check(self, row, values, before=None):
        for name, read, _prefix in IDENTIFIERS:
            said = getattr(row, name)
            is_new = before is None or said != getattr(before, name)
            if said and is_new and not read(_prefix + said):
                raise ValidationError({name: _("This is none: “%s”.") % said})
        authors = [
            each["author"] for each in values.get("authors", ()) if "author" in each
        ]
        if len(authors) > len(set(authors)):
            raise ValidationError({"authors": _("One stands here twice.")})
        for each in values.get("authors", ()):
            _check_name(each)
        links = [each["url"] for each in values.get("links", ())]
        if len(links) > len(set(links)):
            raise ValidationError({"links": _("One stands here twice.")})
        self._check_keys(row, values, before)

    def _check_keys(self, row, values, before):
        if before is None and row.key in self.aliases_of_others:
            words = _("Another paper is found by this key.")
            raise ValidationError({"key": words})
        aliases = values.get("aliases")
        if aliases and (
            (before is None and not self.new_keys.isdisjoint(aliases))
            or PaperAlias.objects.exclude(paper=row.pk).filter(key__in=aliases).exists()
            or Paper.objects.filter(key__in=aliases).exists()
        ):
            words = _("A paper is found by one of them already.")
            raise ValidationError({"aliases": words})

    def put_parts(self, row, values):
        changed = set()
        if "authors" in values:
            filing.wait_for_others()
            [wanted] = _authorships([row], [values["authors"]])
            stored = list(row.authorships.all())
            if put_rows(stored, wanted, attrgetter("author_id"), ["name_as_printed"]):
                changed.add("authors")
        if "links" in values:
            wanted = [PaperLink(paper=row, **each) for each in values["links"]]
            stored = list(row.links.all())
            if put_rows(stored, wanted, attrgetter("url"), ["kind", "label"]):
                changed.add("links")
        if "aliases" in values and _put_aliases(row, values["aliases"]):
            changed.add("aliases")
        return changed

    def put_many_parts(self, rows, values):
        listed = [said.get("authors", ()) for said in values]
        authorships, links, aliases = [], [], []
        for wanted in _authorships(rows, listed, are_new=True):
            for position, each in enumerate(wanted, start=1):
                each.position = position
                authorships.append(each)
        for row, said in zip(rows, values, strict=True):
            for position, each in enumerate(said.get("links", ()), start=1):
                links.append(PaperLink(paper=row, position=position, **each))
            for key in said.get("aliases", ()):
                aliases.append(PaperAlias(paper=row, key=key))
        for made in (authorships, links, aliases):
            if made:
                type(made[0]).objects.bulk_create(made, batch_size=filing.AT_ONCE)
        indexing.index(rows)


IDENTIFIERS = [
    ("arxiv_id", identifiers.arxiv_id, "arXiv:"),
    ("doi", identifiers.doi, ""),
]


def _name_of(said):
    """(family, given) of an author as a body says it."""
    if author := said.get("author"):
        return author.family_name, author.given_name
    if "family_name" in said:
        return said["family_name"], said.get("given_name", "")
    return filing.parts_of(names.cited(said["name"]))


def _check_name(said):
    """Raise ValidationError if ``said`` names an author and says another name."""
    author = said.get("author")
    for field in ("family_name", "given_name"):
        if author and field in said and said[field] != getattr(author, field):
            words = _("The author “%(slug)s” is called “%(name)s”.")
            words %= {"slug": author.slug, "name": author}
            raise ValidationError({"authors": words})


def _authorships(papers, listed, are_new=False):
    """For each of ``papers`` the Authorships, not saved, of the authors in ``listed``:
    those it has by that very name, then those that are known, then new ones."""
    own = [{} if are_new else _by_name(paper) for paper in papers]
    chosen, most = [], Counter()
    for has, said in zip(own, listed, strict=True):
        named = [_name_of(each) for each in said]
        given = {each["author"] for each in said if "author" in each}
        authors = [each.get("author") for each in said]
        for place, name in enumerate(named):
            free = [each for each in has.get(name, ()) if each not in given]
            if authors[place] is None and free:
                authors[place] = free[0]
                given.add(free[0])
        wanted = Counter(
            name for name, author in zip(named, authors, strict=True) if author is None
        )
        for author in given:  # known by name too: then further ones are needed
            name = (author.family_name, author.given_name)
            if name in wanted:
                wanted[name] += 1
        most |= wanted
        chosen.append((named, authors, given))
    known = filing.authors_named(most)
    for paper, said, (named, authors, given) in zip(
        papers, listed, chosen, strict=True
    ):
        rows = []
        for each, name, author in zip(said, named, authors, strict=True):
            if author is None:
                author = next(one for one in known[name] if one not in given)
                given.add(author)
            printed = each.get("name", "")
            rows.append(
                Authorship(
                    paper=paper,
                    author=author,
                    name_as_printed="" if printed == str(author) else printed,
                )
            )
        yield rows


def _by_name(paper):
    """The authors that ``paper`` has, by (family, given)."""
    has = {}
    for each in paper.authorships.all():
        author = each.author
        has.setdefault((author.family_name, author.given_name), []).append(author)
    return has


def _put_aliases(paper, keys):
    stored = {alias.key: alias for alias in paper.aliases.all()}
    for key, alias in stored.items():
        if key not in keys:
            alias.delete()
    for key in keys:
        if key not in stored:
            PaperAlias.objects.create(paper=paper, key=key)
    return stored.keys() != set(keys)
