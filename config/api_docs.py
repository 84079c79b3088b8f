"""What the instance says of its own API: a list of resources, a page to begin with, and
the whole description, for programs and for people."""

from django.contrib.auth.models import AnonymousUser
from django.http import Http404, HttpResponseRedirect
from django.urls import get_resolver, reverse
from django.utils.cache import patch_vary_headers
from django.views.generic import TemplateView
from drf_spectacular.utils import extend_schema
from drf_spectacular.views import SpectacularAPIView
from rest_framework.renderers import JSONRenderer
from rest_framework.response import Response
from rest_framework.views import APIView

from courses.models import Session
from projects.models import Slot
from references.models import Authorship
from references.rest.filtering import check_parameters
from references.rest.schema import describe

from .api_reference import Reference


class PageRenderer(JSONRenderer):
    """For browsers, which are led to the page; a problem stays a problem."""

    media_type = "text/html"
    format = "html"


class RootView(APIView):
    """The resources, by name, with their addresses; browsers are led to the page."""

    renderer_classes = [JSONRenderer, PageRenderer]

    @extend_schema(exclude=True)
    def get(self, request):
        if isinstance(request.accepted_renderer, PageRenderer):
            response = HttpResponseRedirect(reverse("api"))
            patch_vary_headers(response, ["Accept"])
            return response
        check_parameters(request, ["format"])
        addresses = {
            "about": reverse("api"),
            "docs": reverse("api-docs"),
            "schema": reverse("schema"),
            **resources(),
        }
        return Response(
            {
                name: request.build_absolute_uri(address)
                for name, address in addresses.items()
            }
        )


def resources():
    """{name: address} of all resources that have a list and of the search, in
    alphabetical order."""
    names = get_resolver("config.api").reverse_dict
    addresses = [
        reverse(name)
        for name in names
        if isinstance(name, str) and name.endswith("-list")
    ]
    addresses.append(reverse("search"))
    return {address.split("/")[-2]: address for address in sorted(addresses)}


class SchemaView(APIView):
    """The description of the API, in YAML or JSON; that for strangers may be kept."""

    renderer_classes = SpectacularAPIView.renderer_classes

    @extend_schema(exclude=True)
    def get(self, request):
        check_parameters(request, ["format"])
        response = Response(describe(request._request, request.user))
        response.may_be_kept = request.auth is None
        scope = "no-cache" if response.may_be_kept else "private, no-cache"
        response["Cache-Control"] = scope
        return response


class FiveMinutesView(TemplateView):
    """How to begin, with examples that work as they stand: of a course and an author
    that everybody sees here, and what the reader can hand in."""

    template_name = "api.html"

    def get_context_data(self, **kwargs):
        sessions = Session.objects.listed_for(AnonymousUser())
        session = sessions.filter(starts_at__isnull=False).order_by("-starts_at", "pk")
        slots = Slot.objects.visible_to(self.request.user)
        reports = slots.filter(kind="report", takes="file", formats__contains="pdf")
        written = Authorship.objects.order_by("-paper__year", "pk")
        return super().get_context_data(
            site=self.request.build_absolute_uri("/"),
            root=self.request.build_absolute_uri(reverse("api-root")),
            session=session.select_related("course").first(),
            report=reports.order_by("-assignment__due_at", "pk").first(),
            authorship=written.select_related("author", "paper").first(),
            resources=resources(),
            **kwargs,
        )


class ReferenceView(TemplateView):
    """All of the API: its resources, with the addresses of each. The same for all, with
    rows that everybody sees."""

    template_name = "api_reference.html"

    def get_context_data(self, **kwargs):
        root = self.request.build_absolute_uri("/")
        shown = list(kwargs.values())  # none, but in a chapter
        described = describe(self.request, AnonymousUser(), shown)
        return super().get_context_data(reference=Reference(described, root), **kwargs)


class ChapterView(ReferenceView):
    """All there is to know of one resource."""

    template_name = "api_chapter.html"

    def get_context_data(self, name):
        context = super().get_context_data(name=name)
        reference = context["reference"]
        if name not in reference.words:
            raise Http404
        return context | {
            "words": reference.about(name),
            "row": reference.row(name),
            "operations": reference.chapter(name),
        }
