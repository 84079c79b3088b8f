"""Pages about the site itself, the home page first."""

import re

from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views import defaults
from django.views.generic import TemplateView

from courses import terms
from courses.models import Course
from references.rest import problems

DELIVERIES = re.compile(r"/api/v1/assignments/[0-9]+/deliveries/")


class HomeView(TemplateView):
    template_name = "home.html"

    def get_context_data(self, **kwargs):
        courses = Course.objects.listed_for(self.request.user)
        courses = courses.prefetch_related("roles__person")
        return super().get_context_data(
            courses=terms.arranged(courses, timezone.now()), **kwargs
        )


class PrivacyView(TemplateView):
    template_name = "privacy.html"


class TooLargeView(TemplateView):
    """What the web server shows for a body it refused; it says how large that was, and
    where it was sent."""

    template_name = "413.html"

    def render_to_response(self, context, **kwargs):
        if self.address.startswith(reverse("api-root")):
            words = _("Each file may have at most %d MB.") % context["limit"]
            return problems.response(413, words)
        return super().render_to_response(context, status=413, **kwargs)

    @property
    def address(self):
        return self.request.headers.get("X-Refused-Address", "")

    def get_context_data(self, **kwargs):
        size = self.request.headers.get("X-Refused-Bytes", "")
        is_form = self.address.startswith("/submit/")
        is_work = is_form or DELIVERIES.match(self.address)
        return super().get_context_data(
            limit=settings.MAX_SUBMISSION_MB if is_work else settings.MAX_UPLOAD_MB,
            form_address=self.address if is_form else None,
            megabytes=f"{int(size) / 1_000_000:.1f}" if size.isdecimal() else None,
            **kwargs,
        )


def _answer(page, code, words):
    """A handler of errors: ``page`` for people, a problem for programs."""

    def handler(request, *args, **kwargs):
        if request.path_info.startswith(reverse("api-root")):
            return problems.response(code, str(words))
        return page(request, *args, **kwargs)

    return handler


bad_request = _answer(defaults.bad_request, 400, _("The request cannot be understood."))
permission_denied = _answer(
    defaults.permission_denied, 403, _("You may not do this here.")
)
page_not_found = _answer(defaults.page_not_found, 404, _("There is no such thing."))
server_error = _answer(
    defaults.server_error, 500, _("Something failed here; it is not your fault.")
)
