"""The home page: which courses there are."""

from django.utils import timezone
from django.views.generic import TemplateView

from courses import terms
from courses.models import Course


class HomeView(TemplateView):
    template_name = "home.html"

    def get_context_data(self, **kwargs):
        courses = Course.objects.listed_for(self.request.user)
        courses = courses.prefetch_related("roles__person")
        return super().get_context_data(
            courses=terms.arranged(courses, timezone.now()), **kwargs
        )
