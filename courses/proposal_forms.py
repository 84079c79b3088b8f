"""Forms by which people propose what they may not change themselves."""

import copy

from django import forms
from django.conf import settings
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from . import proposals
from .models import Person, Talk
from .pictures import PictureField
from .uploads import UploadField

SENDINGS_A_DAY = 20  # through one link: each stores files and is looked at


class MarkdownField(forms.CharField):
    def __init__(self, **kwargs):
        super().__init__(
            required=False,
            max_length=10_000,
            widget=forms.Textarea(attrs={"rows": 9}),
            **kwargs,
        )


class TalkProposalForm(forms.ModelForm):
    """What the guest who got ``link`` says of its talk: at first what they sent before
    (``waiting``), else what is shown."""

    abstract = MarkdownField(
        label=_("Abstract"),
        help_text=_(
            "At most 10,000 characters. An empty line begins a paragraph; *slanted*, "
            "**bold**, [a link](https://example.org), formulas between dollar signs."
        ),
    )
    biography = MarkdownField(
        label=_("Biography"),
        help_text=_("A few sentences about yourself, written as the abstract."),
    )
    photo = PictureField(widget=forms.FileInput)
    slides = UploadField(label=_("Slides"), widget=forms.FileInput)

    class Meta:
        model = Talk
        fields = proposals.FIELDS["courses.Talk"]
        help_texts = {"title": _("Formulas between dollar signs: $x^2$.")}

    def __init__(self, *args, link, waiting, **kwargs):
        self.link = link
        initial = kwargs.pop("initial") | (waiting.values if waiting else {})
        talk = copy.copy(link.talk)  # which stays as it is
        super().__init__(*args, instance=talk, initial=initial, **kwargs)
        self.fields["slides"].help_text = _(
            "One file, best a PDF, of at most %d MB. Visitors can download it."
        ) % (settings.MAX_UPLOAD_MB)
        if link.speaker is None:  # whose would it be?
            del self.fields["photo"]

    def clean(self):
        key = f"sent-by-talk-link-{self.link.pk}"
        cache.add(key, 0, timeout=24 * 60 * 60)
        if cache.incr(key) > SENDINGS_A_DAY:
            raise ValidationError(
                _("This was sent %d times within a day: send it again tomorrow.")
                % SENDINGS_A_DAY
            )
        return super().clean()

    def send(self):
        """Keep it until staff decide; return the Proposal, None if nothing is new."""
        values = {name: self.cleaned_data[name] for name in self._meta.fields}
        uploads = {name: self.cleaned_data.get(name) for name in ("photo", "slides")}
        return proposals.propose(self.link.talk, values, link=self.link, **uploads)


class SharedProposalForm(forms.ModelForm):
    """A row that courses share, as staff propose it."""

    reason = forms.CharField(
        label=_("Why"),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 2, "class": "vLargeTextField"}),
        help_text=_("For whoever decides."),
    )

    def send(self, by):
        """Keep it until a superuser decides; return the Proposal, or None."""
        row = self._meta.model.objects.get(pk=self.instance.pk)  # as it is
        data = {name: self.cleaned_data[name] for name in self._meta.fields}
        note, photo = self.cleaned_data["reason"], self.cleaned_data.get("photo")
        return proposals.propose(row, data, by=by, note=note, photo=photo)


class PersonProposalForm(SharedProposalForm):
    photo = PictureField(widget=forms.FileInput)

    field_order = [*proposals.FIELDS["courses.Person"], "photo", "reason"]


def form_for(model, formfield_callback):
    """The class of the form for rows of ``model``, its fields made by the callback."""
    return forms.modelform_factory(
        model,
        form=PersonProposalForm if model is Person else SharedProposalForm,
        fields=proposals.FIELDS[model._meta.label],
        formfield_callback=formfield_callback,
    )
