"""Pages of papers and their authors."""

from django.db.models import F
from django.db.models.functions import Lower
from django.http import HttpResponsePermanentRedirect
from django.shortcuts import get_object_or_404
from django.utils.text import Truncator
from django.views.generic import DetailView, ListView

from . import richtext
from .models import Author, Paper


class PaperListView(ListView):
    paginate_by = 50
    orders = {
        "title": [Lower("title"), "pk"],
        "year": [F("year").desc(nulls_last=True), Lower("title"), "pk"],
    }

    def get_queryset(self):
        self.order = self.request.GET.get("order", "")
        if self.order not in self.orders:
            self.order = "title"
        papers = Paper.objects.listed_for(self.request.user).with_authors()
        return papers.order_by(*self.orders[self.order])


class PaperDetailView(DetailView):
    def get(self, request, key):
        papers = Paper.objects.visible_to(request.user).with_authors()
        self.object = papers.filter(key=key).first()
        if self.object is None:  # perhaps another key of it
            return HttpResponsePermanentRedirect(
                get_object_or_404(papers, aliases__key=key).get_absolute_url()
            )
        return self.render_to_response(self.get_context_data())

    def get_context_data(self, **kwargs):
        abstract = richtext.plain(self.object.abstract)
        return super().get_context_data(
            readings=self.readings(),
            description=Truncator(abstract).chars(160),
            **kwargs,
        )

    def readings(self):
        """Where the paper is read: rows of an app above, if it is there."""
        if not hasattr(self.object, "readings"):
            return []
        return self.object.readings.listed_for(self.request.user).select_related(
            "course", "session", "talk__session", "assignment"
        )


class AuthorDetailView(DetailView):
    def get_queryset(self):
        return Author.objects.visible_to(self.request.user)

    def get_context_data(self, **kwargs):
        papers = self.object.papers.visible_to(self.request.user).with_authors()
        return super().get_context_data(papers=papers, person=self.person(), **kwargs)

    def person(self):
        """The author as someone who teaches or speaks, in an app above."""
        if not hasattr(Author, "person"):
            return None
        people = Author.person.related.related_model.objects
        return people.listed_for(self.request.user).filter(author=self.object).first()
