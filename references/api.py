"""Papers and authors for programs."""

from django.db.models import F
from django.http import Http404
from rest_framework.renderers import BaseRenderer, JSONRenderer

from .bodies import AuthorBody, PaperBody
from .exports import FORMATS
from .filters import AuthorRowFilter, PaperRowFilter
from .models import Author, Paper
from .rest.rows import RowViewSet
from .rest.writing import SHARED, Writes
from .serializers import AuthorSerializer, PaperSerializer


class FileRenderer(BaseRenderer):
    """Papers in a format of bibliographies; a problem stays a problem."""

    charset = "utf-8"
    answer_schema = {"type": "string"}

    def render(self, data, media_type=None, context=None):
        view, response = context["view"], context["response"]
        if response.exception:
            return JSONRenderer().render(data)
        return FORMATS[self.ending].dumps([paper.work for paper in view.shown])


class BibTexRenderer(FileRenderer):
    format, ending = "bib", "bib"
    media_type = FORMATS["bib"].media_type


class RisRenderer(FileRenderer):
    format, ending = "ris", "ris"
    media_type = FORMATS["ris"].media_type


class CslRenderer(FileRenderer):
    format, ending = "csl", "json"
    answer_schema = {"type": "array", "items": {"type": "object"}}
    media_type = FORMATS["json"].media_type


class PaperViewSet(Writes, RowViewSet):
    """Papers, newest first; authors are in the order printed on the paper.

    Also as BibTeX, RIS and CSL-JSON, by ``format=bib``, ``ris`` and ``csl``, or by the
    ``Accept`` header: a page of a list at a time, whose ``Link`` header leads to the
    next one. ``expand`` and ``fields`` shape JSON alone, which also has what is
    ``deleted``.
    """

    queryset = Paper.objects.all()
    serializer_class = PaperSerializer
    body_class = PaperBody
    who = SHARED
    natural_key = ["key"]
    filterset_class = PaperRowFilter
    renderer_classes = [JSONRenderer, BibTexRenderer, RisRenderer, CslRenderer]
    lookup_field = "key"
    lookup_value_regex = r"[^/\x00]{1,200}"
    orderings = {
        name: F(name) for name in ("year", "title", "key", "created_at", "updated_at")
    }
    usual_order = [F("year").desc(nulls_last=True), "key"]
    expansions = {}  # apps above add theirs

    def rows(self, papers):
        papers = super().rows(papers)
        as_file = self.request.accepted_renderer.format != "json"
        return papers.with_authors() if as_file else papers

    def get_object(self):
        """The paper of this key, or of which this is another key."""
        papers, key = self.get_queryset(), self.kwargs["key"]
        found = (
            papers.filter(key=key).first() or papers.filter(aliases__key=key).first()
        )
        if found is None:
            raise Http404
        return found

    def get_serializer(self, *args, **kwargs):
        if args:
            self.shown = args[0] if kwargs.get("many") else [args[0]]
        return super().get_serializer(*args, **kwargs)


class AuthorViewSet(Writes, RowViewSet):
    """Who wrote papers, as bibliographies know them, by family name."""

    queryset = Author.objects.all()
    serializer_class = AuthorSerializer
    body_class = AuthorBody
    who = SHARED
    filterset_class = AuthorRowFilter
    lookup_field = "slug"
    lookup_value_regex = r"[-\w]{1,120}"
    orderings = {
        name: F(name)
        for name in ("family_name", "given_name", "slug", "created_at", "updated_at")
    }
    usual_order = ["family_name", "given_name"]

    def rows(self, authors):
        return AuthorSerializer.load(authors, self.request.user)
