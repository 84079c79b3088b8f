"""Papers and authors as JSON."""

from django.db.models import CharField, OuterRef, Subquery, Value
from django.db.models.functions import Coalesce, Concat, NullIf, Trim
from rest_framework import serializers

from .models import Author, Authorship, Paper, PaperAlias, PaperLink
from .rest.parts import Parts, PartSerializer
from .rest.rows import RowSerializer


class AuthorSerializer(RowSerializer):
    name = serializers.CharField(source="__str__", read_only=True)
    person = serializers.SlugField(
        source="person_slug",
        read_only=True,
        allow_null=True,
        help_text="The slug of the same person among those who teach or speak.",
    )

    class Meta:
        model = Author
        fields = [
            *("id", "url", "html_url", "slug", "name", "family_name", "given_name"),
            *("person", "created_at", "updated_at"),
        ]

    @staticmethod
    def load(authors, user):
        """The queryset ``authors`` with what their answers show to ``user``."""
        slug = Value(None, CharField())
        if hasattr(Author, "person"):  # in an app above
            people = Author.person.related.related_model.objects.listed_for(user)
            slug = Subquery(people.filter(author=OuterRef("pk")).values("slug"))
        return authors.annotate(person_slug=slug)

    def path(self, author):
        return f"authors/{author.slug}"


class AuthorshipSerializer(PartSerializer):
    """An author's place on a paper, and the name as printed there."""

    name = serializers.CharField(max_length=300, help_text="As printed there.")
    family_name = serializers.CharField(max_length=200)
    given_name = serializers.CharField(max_length=200, allow_blank=True)
    author = serializers.SlugField(help_text="The slug of the author.")


class PaperLinkSerializer(PartSerializer):
    kind = serializers.ChoiceField(PaperLink.Kind.choices)
    label = serializers.CharField(max_length=200, allow_blank=True)
    url = serializers.URLField(max_length=1000)


class AliasesField(serializers.ListField):
    child = serializers.CharField(max_length=200)

    def to_representation(self, rows):
        return [row["key"] for row in rows]


class PaperSerializer(RowSerializer):
    """A work that is read; ``address`` is where it is, ``url`` is this row."""

    address = serializers.URLField(source="url", read_only=True)
    aliases = AliasesField(
        source="aliases_json", read_only=True, help_text="Further keys it is found by."
    )
    authors = AuthorshipSerializer(many=True, source="authors_json", read_only=True)
    links = PaperLinkSerializer(many=True, source="links_json", read_only=True)

    nests = {}  # apps above add theirs

    class Meta:
        model = Paper
        fields = [
            *("id", "url", "html_url", "key", "aliases", "kind", "title"),
            *("authors", "has_more_authors", "year", "venue", "volume", "number"),
            *("pages", "publisher", "arxiv_id", "doi", "address", "links", "abstract"),
            *("abstract_html", "note", "entry_type", "other_fields"),
            *("created_at", "updated_at"),
        ]

    def path(self, paper):
        return f"papers/{paper.key}"

    @staticmethod
    def load(papers):
        """The queryset ``papers`` with what their answers show."""
        return papers.annotate(**PARTS)


WHOLE_NAME = Trim(
    Concat("author__given_name", Value(" "), "author__family_name"),
    output_field=CharField(),
)
PARTS = {
    "authors_json": Parts(
        Authorship.objects.filter(paper=OuterRef("pk")).order_by("position", "pk"),
        name=Coalesce(NullIf("name_as_printed", Value("")), WHOLE_NAME),
        family_name="author__family_name",
        given_name="author__given_name",
        author="author__slug",
    ),
    "links_json": Parts(
        PaperLink.objects.filter(paper=OuterRef("pk")).order_by("position", "pk"),
        kind="kind",
        label="label",
        url="url",
    ),
    "aliases_json": Parts(
        PaperAlias.objects.filter(paper=OuterRef("pk")).order_by("key"), key="key"
    ),
}
