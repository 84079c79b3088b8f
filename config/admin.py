from django.contrib import admin
from django.contrib.admin.views.autocomplete import AutocompleteJsonView
from django.utils.translation import gettext_lazy as _


class Choices(AutocompleteJsonView):
    """Rows to choose from, each in the words of its own screen."""

    def serialize_result(self, obj, to_field_name):
        label = getattr(self.model_admin, "choice_label", str)
        return super().serialize_result(obj, to_field_name) | {"text": label(obj)}


class Site(admin.AdminSite):
    site_header = site_title = "Proseminar"
    index_title = _("Administration")

    def autocomplete_view(self, request):
        return Choices.as_view(admin_site=self)(request)
