"""Pages of what students made, and the files they show; what they have to do."""

from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.functional import cached_property
from django.views.decorators.cache import cache_control
from django.views.generic import DetailView, TemplateView, View

from courses import files
from courses import views as courses
from courses.views import CoursePageMixin, first_words

from . import progress, showcase
from .models import Delivery, Publication, PublishedLink

# Consent may be withdrawn at any time: no copy is shown without asking again.
never_kept = method_decorator(
    cache_control(private=True, no_cache=True), name="dispatch"
)


@never_kept
class GalleryListView(CoursePageMixin, TemplateView):
    template_name = "projects/gallery_list.html"

    def get_context_data(self, **kwargs):
        return super().get_context_data(showcases=self.showcases, **kwargs)

    @cached_property
    def showcases(self):
        return showcase.of_course(self.course, self.request.user)

    @cached_property
    def has_galleries(self):
        return bool(self.showcases)


@never_kept
class PublicationDetailView(CoursePageMixin, DetailView):
    has_galleries = True

    def get_object(self):
        publications = Publication.objects.visible_to(self.request.user)
        return get_object_or_404(
            publications.with_members_and_links(),
            gallery__course=self.course,
            gallery__slug=self.kwargs["gallery"],
            number=self.kwargs["number"],
        )

    def get_context_data(self, **kwargs):
        return super().get_context_data(
            entry=showcase.entry(self.object),
            description=first_words(self.object.abstract),
            **kwargs,
        )


class PublishedFileView(View):
    def get(self, request, slug, gallery, number, pk, name):
        links = PublishedLink.objects.visible_to(request.user)
        link = get_object_or_404(
            links.select_related("file", "publication__gallery__course"),
            pk=pk,
            file__isnull=False,
            publication__number=number,
            publication__gallery__slug=gallery,
            publication__gallery__course__slug=slug,
        )
        return files.serve(link.file, name, link.get_absolute_url())


class MeView(courses.MeView):
    """With what its reader has to hand in, and what they handed in."""

    template_name = "projects/me.html"

    def get_context_data(self, **kwargs):
        user = self.request.user
        deliveries = Delivery.objects.of(user).with_submissions()
        return super().get_context_data(
            statuses=progress.of_user(user, timezone.now()),
            deliveries=deliveries,
            **kwargs,
        )
