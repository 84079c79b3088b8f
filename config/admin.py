from allauth.account import views as account
from allauth.account.utils import get_next_redirect_url
from django.contrib import admin
from django.contrib.admin.views.autocomplete import AutocompleteJsonView
from django.contrib.auth.views import redirect_to_login
from django.contrib.contenttypes.models import ContentType
from django.contrib.contenttypes.views import shortcut
from django.core.exceptions import ObjectDoesNotExist, PermissionDenied
from django.http import Http404
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache

from courses import access, audit, proposals


class Choices(AutocompleteJsonView):
    """Rows to choose from, each in the words of its own screen."""

    def serialize_result(self, obj, to_field_name):
        label = getattr(self.model_admin, "choice_label", str)
        return super().serialize_result(obj, to_field_name) | {"text": label(obj)}


class Site(admin.AdminSite):
    site_header = site_title = "Proseminar"
    index_title = _("Administration")

    def has_permission(self, request):
        """Whether the user may enter the administration: superusers, and who runs a
        course. The one rule for that, and with it for whom the header offers it and
        who needs a second factor."""
        user = request.user
        return user.is_active and (user.is_superuser or bool(access.staff_roles(user)))

    def rows(self, request, model, action="v"):
        """Rows of ``model`` with which the user may do ``action``, as a condition."""
        return access.editable(request.user, action, model)

    def may(self, request, action, model, near=None):
        return access.may(request.user, action, model, near)

    def proposal_address(self, request, row):
        """Where the user proposes what ``row`` should say, which they see and may not
        change themselves; None if they need not or cannot."""
        model = type(row)
        if model._meta.label not in proposals.FIELDS.keys() & access.SHARED.keys():
            return None
        if self.may(request, "c", model, row) or not self.may(request, "v", model, row):
            return None
        args = [model._meta.label, row.pk]
        return reverse("admin:courses_proposal_propose", args=args)

    def refused(self, request, words=""):
        """Record that the user tried what they may not do."""
        audit.refuse(request, words)

    def get_urls(self):
        """Django's, with "view on site" for rows that the user may see alone: the
        address itself tells what a hidden one is called."""
        shown = path(
            "r/<path:content_type_id>/<path:object_id>/",  # whatever Django's takes
            self.admin_view(self.view_on_site),
            name="view_on_site",
        )
        return [shown, *super().get_urls()]

    def view_on_site(self, request, content_type_id, object_id):
        try:
            model = ContentType.objects.get(pk=content_type_id).model_class()
            model._default_manager.filter(self.rows(request, model)).get(pk=object_id)
        except (ObjectDoesNotExist, ValueError):
            raise Http404 from None
        return shortcut(request, content_type_id, object_id)

    @method_decorator(never_cache)
    def login(self, request, extra_context=None):
        """The log-in of the site; those logged in who may not enter are told so."""
        goal = get_next_redirect_url(request) or reverse("admin:index")
        if self.has_permission(request):
            return redirect(goal)
        if request.user.is_authenticated:
            raise PermissionDenied
        return redirect_to_login(goal)

    def logout(self, request, extra_context=None):
        return account.logout(request)

    def password_change(self, request, extra_context=None):
        return redirect("account_change_password")

    def autocomplete_view(self, request):
        return Choices.as_view(admin_site=self)(request)
