"""What is found by words, of all that this site has: papers, for now."""

from django_filters import CharFilter, ChoiceFilter, FilterSet
from rest_framework import generics, serializers

from references import indexing, search
from references.models import Paper, SearchEntry
from references.rest.filtering import Filters, check_parameters

KINDS = [(indexing.KIND, "paper")]


class FoundSerializer(serializers.Serializer):
    """A row that has the words: ``url`` has the whole of it."""

    kind = serializers.ChoiceField(KINDS)
    id = serializers.IntegerField()
    url = serializers.SerializerMethodField()
    html_url = serializers.SerializerMethodField()
    title = serializers.CharField()

    def get_url(self, paper) -> str:
        return self.address(f"/api/v1/papers/{paper.key}/")

    def get_html_url(self, paper) -> str:
        return self.address(paper.get_absolute_url())

    def address(self, path):
        return self.context["request"].build_absolute_uri(path)


class SearchFilter(FilterSet):
    q = CharFilter(
        label="Words that it has; the beginning of a word is enough, and words in "
        "quotes stand there in this order.",
        method="with_words",
        required=True,
        max_length=search.MAX_QUERY,
    )
    kind = ChoiceFilter(label="What it is.", choices=KINDS)

    class Meta:
        model = SearchEntry
        fields = []

    def with_words(self, entries, name, value):
        papers = Paper.objects.listed_for(self.request.user)
        found = search.matching(indexing.KIND, value)
        return found.filter(object_id__in=papers.order_by().values("pk"))


class SearchView(generics.ListAPIView):
    """What has all the words that are asked for, best first."""

    queryset = SearchEntry.objects.all()
    serializer_class = FoundSerializer
    filterset_class = SearchFilter
    filter_backends = [Filters]
    tag = "search"
    example = {
        "kind": "paper",
        "id": 7,
        "url": "https://example.org/api/v1/papers/lecun2015deep/",
        "html_url": "https://example.org/papers/lecun2015deep/",
        "title": "Deep learning",
    }

    def initial(self, request, *args, **kwargs):
        super().initial(request, *args, **kwargs)
        check_parameters(request, ["q", "kind", "page", "page_size"])

    def paginate_queryset(self, entries):
        pks = [entry.object_id for entry in super().paginate_queryset(entries)]
        papers = Paper.objects.visible_to(self.request.user).in_bulk(pks)
        found = [papers[pk] for pk in pks if pk in papers]
        for paper in found:
            paper.kind = indexing.KIND
        return found
