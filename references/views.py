"""Pages of papers and their authors, and the same as files for other programs."""

from django.db.models import F
from django.db.models.functions import Coalesce
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.text import Truncator
from django.utils.translation import gettext_lazy as _
from django.views.generic import DetailView, ListView, View
from django.views.generic.detail import SingleObjectMixin

from . import bibtex, citations, exports, metadata
from .filters import PaperFilter, readings_for
from .models import Author, Paper
from .work import PAGE_RANGE

MAX_EXPORTED = 1000  # papers of one search
BY_TITLE = ["title_key", "pk"]
NEWEST_FIRST = [F("year").desc(nulls_last=True), *BY_TITLE]


class PaperSearchMixin:
    """Papers as the query of the address asks for them, as ``found``."""

    orders = {"relevance": [], "title": BY_TITLE, "year": NEWEST_FIRST}

    @cached_property
    def filter(self):
        papers = Paper.objects.listed_for(self.request.user)
        return PaperFilter(self.request.GET, papers, request=self.request)

    @cached_property
    def order(self):
        """The key of ``orders`` that was asked for; by default what matches best."""
        default = "relevance" if self.filter.words else "title"
        order = self.request.GET.get("order")
        return order if order in ("title", "year") else default

    @cached_property
    def found(self):
        """The papers in their order; none if the query cannot be understood."""
        return self.filter.found(self.orders[self.order])


class PaperListView(PaperSearchMixin, ListView):
    paginate_by = 50
    template_name = "references/paper_list.html"
    context_object_name = "papers"
    order_names = {
        "relevance": _("best match first"),
        "title": _("by title"),
        "year": _("newest first"),
    }

    def get_queryset(self):
        return self.found

    def get_context_data(self, **kwargs):
        return super().get_context_data(
            exports=exports.addresses("references:paper_list_export"),
            max_exported=MAX_EXPORTED,
            **kwargs,
        )

    @property
    def offered_orders(self):
        """(order, name, whether it is this one) of each order that there is."""
        return [
            (order, name, order == self.order)
            for order, name in self.order_names.items()
            if order != "relevance" or self.filter.words
        ]


class PaperListExportView(PaperSearchMixin, View):
    """What is found as a file; one that is cut says so in its name."""

    def get(self, request, ending):
        if not self.filter.is_valid():
            words = self.filter.errors.as_text()
            plain = "text/plain; charset=utf-8"
            return HttpResponse(words, status=400, content_type=plain)
        found = self.found.count()
        works = [paper.work for paper in self.found[:MAX_EXPORTED]]
        cut = f"-first-{MAX_EXPORTED}-of-{found}" if found > MAX_EXPORTED else ""
        return exports.download(works, ending, f"papers{cut}")


class PaperMixin:
    """The paper that a key names; another key of it leads there, until the merging
    that made it one is undone: no browser may remember it for good."""

    def get(self, request, key, **kwargs):
        papers = Paper.objects.visible_to(request.user).with_authors()
        self.object = papers.filter(key=key).first()
        if self.object is None:
            paper = get_object_or_404(papers, aliases__key=key)
            return HttpResponseRedirect(self.address_of(paper))
        return self.render()


class PaperDetailView(PaperMixin, DetailView):
    def address_of(self, paper):
        return paper.get_absolute_url()

    def render(self):
        return self.render_to_response(self.get_context_data())

    def get_context_data(self, **kwargs):
        paper = self.object
        address = self.request.build_absolute_uri(paper.get_absolute_url())
        return super().get_context_data(
            citations=citations.of_work(paper.work),
            bibtex=bibtex.dumps([paper.work]),
            exports=exports.addresses("references:paper_export", paper.key),
            pages=PAGE_RANGE.sub(r"\1–\2", paper.pages),
            highwire=metadata.highwire(paper),
            schema=metadata.schema(paper, address),
            readings=self.readings(),
            description=Truncator(paper.plain_abstract).chars(160),
            **kwargs,
        )

    def readings(self):
        """Where the paper is read: rows of an app above, if it is there."""
        readings = readings_for(self.request.user)
        if readings is None:
            return []
        return (
            readings.filter(paper=self.object)
            .select_related("course", "session", "talk__session", "assignment")
            .order_by("course", Coalesce("session__date", "talk__session__date"), "pk")
        )


class PaperExportView(PaperMixin, View):
    def address_of(self, paper):
        return reverse(
            "references:paper_export", args=[paper.key, self.kwargs["ending"]]
        )

    def render(self):
        paper = self.object
        return exports.download([paper.work], self.kwargs["ending"], paper.key)


class AuthorDetailView(SingleObjectMixin, ListView):
    paginate_by = 50
    template_name = "references/author_detail.html"

    def get(self, request, *args, **kwargs):
        self.object = self.get_object(Author.objects.visible_to(request.user))
        return super().get(request, *args, **kwargs)

    def get_queryset(self):
        papers = self.object.papers.listed_for(self.request.user)
        return papers.with_authors().order_by(*NEWEST_FIRST)

    def get_context_data(self, **kwargs):
        return super().get_context_data(
            exports=exports.addresses("references:paper_list_export"),
            person=self.person(),
            **kwargs,
        )

    def person(self):
        """The author as someone who teaches or speaks, in an app above."""
        if not hasattr(Author, "person"):
            return None
        people = Author.person.related.related_model.objects
        return people.listed_for(self.request.user).filter(author=self.object).first()
