"""The page where somebody makes, changes and revokes their API tokens."""

from datetime import timedelta

from django import forms
from django.contrib import messages
from django.contrib.auth.mixins import LoginRequiredMixin
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Prefetch, Q
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse_lazy
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.generic import CreateView, UpdateView, View

from .. import access, audit
from ..models import Course, Token
from .reauthentication import require_reauthentication

DAYS = (7, 30, 90, 180, 365)


class TokenForm(forms.ModelForm):
    """A token of ``instance.user``. What is for some courses stays so, lest one that
    was deleted, and its tick with it, make a token of all."""

    class Meta:
        model = Token
        fields = ["name", "scope", "courses"]
        widgets = {
            "scope": forms.RadioSelect,
            "courses": forms.CheckboxSelectMultiple,
        }

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        user, courses = self.instance.user, self.fields["courses"]
        own = access.run_by(user) | access.attended_by(user)
        if self.instance.pk:
            own |= Q(pk__in=self.instance.courses.values("pk"))
        courses.queryset = Course.objects.visible_to(user).filter(own)
        courses.required = self.instance.is_limited
        courses.label = _("For these courses only")
        courses.help_text = (
            _("It stays a token for some courses: at least one.")
            if self.instance.is_limited
            else _("None ticked: for all that you may see and do.")
        )
        if not (courses.required or courses.queryset):
            del self.fields["courses"]

    def save(self):
        """Save what is a token already."""
        with transaction.atomic():
            token = super().save(commit=False)
            token.save()
            token.limit_to(self.cleaned_data.get("courses", ()))
        return token


class NewTokenForm(TokenForm):
    days = forms.TypedChoiceField(
        label=gettext_lazy("Works for"), coerce=int, initial=Token.VALID_FOR.days
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["days"].choices = [(n, _("%d days") % n) for n in DAYS]

    def clean(self):
        if self.instance.user.tokens.working().count() >= Token.AT_ONCE:
            raise ValidationError(
                _("You have %d tokens that work: revoke one first.") % Token.AT_ONCE
            )
        return super().clean()

    @transaction.atomic
    def issue(self):
        """Make the token, return its clear text."""
        token = self.instance
        token.expires_at = token.made_at + timedelta(days=self.cleaned_data["days"])
        clear = token.issue()
        token.limit_to(self.cleaned_data.get("courses", ()))
        return clear


@method_decorator(never_cache, name="dispatch")
class TokenListView(LoginRequiredMixin, CreateView):
    """The tokens there are, and a form for one more. Its clear text stands on the
    answer to that form and nowhere else: no session keeps it, no address leads back."""

    form_class = NewTokenForm
    template_name = "account/token_list.html"

    def get_form_kwargs(self):
        instance = Token(user=self.request.user)
        return super().get_form_kwargs() | {"instance": instance}

    def get_context_data(self, **kwargs):
        user = self.request.user
        shown = Prefetch("courses", Course.objects.visible_to(user))
        return super().get_context_data(
            tokens=user.tokens.prefetch_related(shown), **kwargs
        )

    def form_valid(self, form):
        require_reauthentication(self.request)
        clear = form.issue()
        record(_("Token made: %s"), form.instance)
        empty = NewTokenForm(instance=Token(user=self.request.user))
        return self.render_to_response(
            self.get_context_data(form=empty, clear=clear, made=form.instance)
        )


@method_decorator(never_cache, name="dispatch")
class TokenChangeView(LoginRequiredMixin, UpdateView):
    form_class = TokenForm
    template_name = "account/token_change.html"
    success_url = reverse_lazy("token_list")

    def get_queryset(self):
        return self.request.user.tokens.working()

    def form_valid(self, form):
        require_reauthentication(self.request)
        record(_("Token changed: %s"), form.save())
        messages.success(self.request, _("The token is changed."))
        return redirect(self.success_url)


class TokenRevokeView(LoginRequiredMixin, View):
    """Asks for nothing: who must end a token is in a hurry."""

    http_method_names = ["post"]

    def post(self, request, pk):
        token = get_object_or_404(request.user.tokens, pk=pk)
        if token.revoke():
            record(_("Token revoked: %s"), token)
        messages.success(request, _("The token no longer works."))
        return redirect("token_list")


def record(words, token):
    """Have it accounted for what ``token`` opens."""
    courses = ", ".join(map(str, token.courses.all())) or _("no course")
    reach = courses if token.is_limited else _("everything")
    said = f"{token}, {token.get_scope_display()}: {reach}"
    audit.record(audit.Action.ACCOUNT, words % said)
