from django.contrib import admin
from django.contrib.admin.views.autocomplete import AutocompleteJsonView
from django.utils.translation import gettext_lazy as _

from courses import access


class Choices(AutocompleteJsonView):
    """Rows to choose from, each in the words of its own screen."""

    def serialize_result(self, obj, to_field_name):
        label = getattr(self.model_admin, "choice_label", str)
        return super().serialize_result(obj, to_field_name) | {"text": label(obj)}


class Site(admin.AdminSite):
    site_header = site_title = "Proseminar"
    index_title = _("Administration")

    def has_permission(self, request):
        """Superusers, and who runs a course: roles say it, not ``is_staff``."""
        user = request.user
        return user.is_active and (user.is_superuser or bool(access.staff_roles(user)))

    def rows(self, request, model, action="v"):
        """Rows of ``model`` with which the user may do ``action``, as a condition."""
        return access.editable(request.user, action, model)

    def may(self, request, action, model, near=None):
        return access.may(request.user, action, model, near)

    def autocomplete_view(self, request):
        return Choices.as_view(admin_site=self)(request)
