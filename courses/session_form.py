"""The one form of a class: the session, its talks, materials and readings.

Materials and readings stand under the session or one of its talks, which may
be a talk that the same form adds: then it is known by its row.
"""

import re
from pathlib import PurePath

from django import forms
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from references.conflicts import RowsFormSet
from references.screens import ScreenForm

from .forms import MaterialForm, ReadingForm
from .importing import materials
from .models import Material, Session, StoredFile
from .models.session import KEY
from .ordering import next_position
from .uploads import SeveralFilesField, receipt

TALK = re.compile(r"(?:new|talk)-\d{1,18}")  # its row, or its key


class SessionForm(ScreenForm):
    new_files = SeveralFilesField(
        label=_("Add files"),
        help_text=_(
            "Several at once, each becomes a material of the session with the kind "
            "its name suggests. For the files of a talk use the rows below."
        ),
    )

    class Meta:
        model = Session
        exclude = []
        help_texts = {
            "key": _("Part of the address; stays. Empty: the next free number."),
            "position": _(
                "Place in the schedule. Empty: after the last. The list of sessions "
                "moves them up and down."
            ),
            "title": _("What the row says. Formulas between dollar signs."),
            "kind": _("“No class” is a row that says why there is none."),
            "status": _(
                "Moved and cancelled are said in words; the row stays for those who "
                "come."
            ),
            "visibility": _(
                "Staff: not yet announced. Nobody else sees any of it, files included."
            ),
            "start_time": _("Empty: the time of the weekly meeting."),
            "end_time": _("Empty: the time of the weekly meeting."),
            "place": _("Empty: the place of the weekly meeting."),
        }

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for name in self.fields.keys() & {"key", "position"}:
            self.fields[name].required = False
        if not self.instance.pk:
            self.initial.pop("position", None)
            if "position" in self.fields:
                self.fields["position"].initial = None

    def clean(self):
        data = super().clean()
        course = data.get("course")
        if course and not data.get("key") and "key" not in self.errors:
            data["key"] = self.instance.key or free_key(course, data.get("number"))
        if course and data.get("position") is None and "position" not in self.errors:
            data["position"] = next_position(course)
        return data


def free_key(course, number="", taken=None):
    """A key no session of ``course`` has, or none of ``taken``: its number, or how many
    there are."""
    if taken is None:
        taken = set(course.sessions.values_list("key", flat=True))
    if number and KEY.regex.search(number) and number not in taken:
        return number
    count = len(taken) + 1
    while f"{count:02}" in taken:
        count += 1
    return f"{count:02}"


class TalkChoice(forms.ChoiceField):
    def __init__(self):
        super().__init__(
            label=_("Belongs to"),
            required=False,
            help_text=_("A talk of this form, also one that is only being added."),
        )

    def valid_value(self, value):
        return bool(TALK.fullmatch(value))  # PartsFormSet.talk_form() says which


class PartForm(forms.ModelForm):
    """Mixin of a row under the session or one of its talks. ``formset`` and
    ``copied_from``, the key of the row that is saved as new, come from PartsFormSet."""

    belongs_to = TalkChoice()
    formset = None
    copied_from = ""
    _talk_form = None

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if self.instance.talk_id:
            self.initial["belongs_to"] = f"talk-{self.instance.talk_id}"

    def clean(self):
        data = super().clean()
        data.pop("session", None)  # put_in_place() decides
        if choice := data.get("belongs_to"):
            self._talk_form, problem = self.formset.talk_form(choice)
            if problem and not data.get("DELETE"):
                self.add_error("belongs_to", problem)
        return data

    def put_in_place(self, session):
        """Let the row belong to ``session`` or to the talk chosen, both saved."""
        talk = self._talk_form.instance if self._talk_form else None
        self.instance.session = None if talk else session
        self.instance.talk = talk


class MaterialRowForm(PartForm, MaterialForm):
    def file_to_be(self, data):
        if not data.get("upload") and self.copied_from:
            rows = self.formset.source_rows.select_related("file")
            source = rows.filter(pk=self.copied_from).first()
            self.instance.file = source and source.file
        return data.get("upload") or (self.copied_from and self.instance.file)


class ReadingRowForm(PartForm, ReadingForm):
    pass


class TalksFormSet(RowsFormSet):
    """Talks; saved as new, each form knows which row it copies."""

    def _construct_form(self, i, **kwargs):
        copied_from = copied_row(self, i)
        form = super()._construct_form(i, **kwargs)
        form.copied_from = copied_from
        return form


def copied_row(formset, index):
    """The key of the row that form ``index`` copies when saved as new, or ""."""
    if not formset.save_as_new:
        return ""
    pk = formset.data.get(f"{formset.add_prefix(index)}-{formset.model._meta.pk.name}")
    return pk if pk and pk.isdigit() else ""


class PartsFormSet(RowsFormSet):
    """Materials or readings of a session and of its talks.

    ``talks`` is the formset of talks in the same form, ``source`` the session
    that is saved as new: SessionAdmin sets both.
    """

    talks = None
    source = None

    def of_parent(self, queryset):
        if self.instance.pk is None:
            return queryset.none()
        own, of_talk = Q(session=self.instance), Q(talk__session=self.instance)
        return queryset.filter(own | of_talk)

    @property
    def source_rows(self):
        if self.source is None:
            return self.model.objects.none()
        return self.model.objects.filter(
            Q(session=self.source) | Q(talk__session=self.source)
        )

    def _construct_form(self, i, **kwargs):
        copied_from = copied_row(self, i)
        form = super()._construct_form(i, **kwargs)
        if form.instance.talk_id:
            form.instance.session_id = None  # it came as the parent's
        form.formset, form.copied_from = self, copied_from
        return form

    def add_fields(self, form, index):
        super().add_fields(form, index)
        form.fields["belongs_to"].choices = self.choices

    @property
    def choices(self):
        """The session itself, its talks, and the rows for new ones."""
        choices = [("", _("the session itself"))]
        for index, form in enumerate(self.talks.forms if self.talks else ()):
            number = index + 1
            if pk := form.instance.pk or form.copied_from:
                label = f"#{number} {form.instance.title}".strip()
                choices.append((f"talk-{pk}", label))
            else:
                label = _("#%(number)d (new talk)") % {"number": number}
                choices.append((f"new-{index}", label))
        return choices

    def talk_form(self, choice):
        """(the form of the talk, what is wrong with it) that ``choice`` names."""
        found = None
        kind, _dash, which = choice.partition("-")
        for index, form in enumerate(self.talks.forms):
            if kind == "new":
                is_it = index == int(which)
            else:
                is_it = which in (str(form.instance.pk), form.copied_from)
            if is_it:
                found = form
        if found is None or not (found.instance.pk or found.has_changed()):
            return None, _("There is no such talk in this form.")
        if self.talks.is_to_go(found):
            return None, _("This talk is to be deleted; choose where this goes.")
        return found, ""

    def save_new(self, form, commit=True):
        form.put_in_place(self.instance)
        return form.save(commit=commit)

    def save_existing(self, form, obj, commit=True):
        form.put_in_place(self.instance)
        return form.save(commit=commit)


def add_files(session, uploads, by):
    """Make each of ``uploads`` a material of ``session``, in the order given.

    Returns what to tell whoever added them.
    """
    last = max(session.materials.values_list("position", flat=True), default=0)
    messages = []
    for position, upload in enumerate(uploads, start=last + 1):
        file = StoredFile.objects.store(upload, upload.name, by)
        label = PurePath(file.original_name).stem.replace("_", " ")
        is_pdf = file.content_type == "application/pdf"
        Material.objects.create(
            session=session,
            position=position,
            kind=materials.kind_of(
                label,
                address=file.name,
                default=Material.Kind.SLIDES if is_pdf else Material.Kind.HANDOUT,
            ),
            label=label,
            format=materials.format_of("", file.name),
            file=file,
        )
        messages.append(receipt(file))
    return messages
