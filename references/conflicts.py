"""Forms that several people may have open at once: whoever saves second is told.

A form carries a fingerprint of each value it was opened with. When it comes back,
fields whose stored value is another by now are named, with both values, and
nothing is saved. What the editor had not touched takes the stored value; saved
again, the form writes what it shows.
"""

import hashlib
import json
from datetime import UTC, datetime

from django import forms
from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import ValidationError
from django.db.models import Model
from django.forms.formsets import DELETION_FIELD_NAME
from django.forms.utils import ErrorDict
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from simple_history.template_utils import ObjDiffDisplay

SHOWN = ObjDiffDisplay(max_length=300)


class VersionField(forms.CharField):
    """Fingerprints of the values a form was opened with; never a change."""

    widget = forms.HiddenInput

    def __init__(self):
        super().__init__(required=False, label="")

    def has_changed(self, initial, data):
        return False


class VersionedForm(forms.ModelForm):
    """A form of one row that notices when the row was changed meanwhile."""

    version = VersionField()
    is_gone = False  # deleted by someone else
    conflicts = ()

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if "version" in self.fields and self.instance.pk:
            self.initial["version"] = self._fingerprints  # once all is set

    def _fingerprints(self):
        return " ".join(
            f"{name}:{_fingerprint(self.get_initial_for_field(field, name))}"
            for name, field in self.fields.items()
            if name != "version" and not field.disabled
        )

    def clean(self):
        data = super().clean()
        self.conflicts = self._find_conflicts()
        if self.conflicts:
            self.add_error(None, self.conflicts)
        return data

    def full_clean(self):
        if self.is_gone:
            self._errors, self.cleaned_data = ErrorDict(), {DELETION_FIELD_NAME: True}
        else:
            super().full_clean()

    def _find_conflicts(self):
        """What to tell the editor if the row was changed meanwhile, else nothing.

        From then on the form goes out with the values that are stored now.
        """
        if "version" not in self.fields or not self.instance.pk:
            return []
        opened = _parsed(self.data.get(self.add_prefix("version")))
        version = self._fingerprints()
        now = _parsed(version)
        names = [
            name
            for name in self.changed_data
            if name in now and now[name] != opened.get(name)
        ]
        if not names:
            return []
        self.data = self.data.copy()
        self.data[self.add_prefix("version")] = version
        messages = [self._headline()]
        for name in names:
            mine = self.cleaned_data.get(name)
            is_touched = name not in self.cleaned_data or _fingerprint(
                mine
            ) != opened.get(name)
            messages.append(self._difference(name, is_touched))
            if not is_touched:
                self._take_over(name)
        return messages

    def _headline(self):
        return _(
            "%(row)s was changed by %(who)s while you had it open. Nothing of yours "
            "is saved yet: look at the differences and save again."
        ) % {"row": _quoted(str(self.instance)), "who": last_change(self.instance)}

    def _difference(self, name, is_touched):
        mine = self._shown(name, self.cleaned_data.get(name))
        theirs = self._shown(name, self.get_initial_for_field(self.fields[name], name))
        mine, theirs = SHOWN.common_shorten_repr(mine, theirs)
        values = {
            "field": self.fields[name].label or name,
            "mine": _quoted(mine),
            "theirs": _quoted(theirs),
        }
        if is_touched:
            return (
                _("%(field)s: yours %(mine)s, now saved %(theirs)s. Here is yours.")
                % values
            )
        return (
            _("%(field)s: was %(mine)s, now saved %(theirs)s. Here is what is saved.")
            % values
        )

    def _shown(self, name, value):
        field = self.fields[name]
        if isinstance(field, forms.ModelChoiceField):
            if value and not isinstance(value, Model):
                value = field.queryset.filter(pk=value).first()
        elif isinstance(field, forms.ChoiceField):
            value = dict(field.choices).get(value, value)
        if isinstance(value, datetime):
            value = date_format(timezone.localtime(value), "DATETIME_FORMAT")
        return "" if value is None else str(value)

    def _take_over(self, name):
        """Let the field of this form show the value that is stored now."""
        field, key = self.fields[name], self.add_prefix(name)
        widget = field.widget
        value = field.prepare_value(self.get_initial_for_field(field, name))
        if isinstance(widget, forms.MultiWidget):
            parts = zip(
                widget.widgets_names,
                widget.widgets,
                widget.decompress(value),
                strict=True,
            )
            for suffix, part, each in parts:
                self.data[key + suffix] = part.format_value(each) or ""
        elif isinstance(widget, forms.CheckboxInput):
            self.data.pop(key, None)
            if value:
                self.data[key] = "on"
        else:
            shown = widget.format_value(value)
            shown = shown[0] if isinstance(shown, list) and shown else shown
            self.data[key] = shown or ""


class Gone:
    """Stands in a formset for a row that someone else deleted meanwhile."""

    def __init__(self, pk):
        self.pk = pk

    def __str__(self):
        return _("deleted meanwhile")


class RowsFormSet(forms.BaseInlineFormSet):
    """Rows of one parent: in order, and safe against changes made meanwhile.

    A row whose ``position`` is left empty goes to the end.
    """

    def __init__(self, *args, queryset=None, **kwargs):
        super().__init__(*args, queryset=queryset, **kwargs)
        if queryset is not None:
            self.queryset = self.of_parent(queryset)
        self._newly_gone = []
        if not self.is_bound or self.save_as_new:
            return
        for index, row in enumerate(self.get_queryset()):
            key = f"{self.add_prefix(index)}-DELETE"
            if isinstance(row, Gone) and not self.data.get(key):
                self.data = self.data.copy()
                self.data[key] = "on"
                self._newly_gone.append(row)

    def of_parent(self, queryset):
        """Those of ``queryset`` that are rows of this formset."""
        return self.queryset

    def get_queryset(self):
        """The rows of the first forms: as stored, or those that came back."""
        if not self.is_bound or self.save_as_new:
            return super().get_queryset()
        if not hasattr(self, "_rows"):
            found = {str(row.pk): row for row in super().get_queryset()}
            pk_name = self.model._meta.pk.name
            posted = [
                self.data.get(f"{self.add_prefix(index)}-{pk_name}", "")
                for index in range(self.initial_form_count())
            ]
            self._rows = [found.get(pk) or Gone(pk) for pk in posted]
        return self._rows

    def _existing_object(self, pk):
        rows = (row for row in self.get_queryset() if not isinstance(row, Gone))
        return {row.pk: row for row in rows}.get(pk) or self.model(pk=pk)

    def _construct_form(self, i, **kwargs):
        form = super()._construct_form(i, **kwargs)
        if self.is_bound and not self.save_as_new and i < self.initial_form_count():
            form.is_gone = isinstance(self.get_queryset()[i], Gone)
        return form

    def delete_existing(self, obj, commit=True):
        gone = {str(row.pk) for row in self.get_queryset() if isinstance(row, Gone)}
        if str(obj.pk) not in gone:
            super().delete_existing(obj, commit)

    def add_fields(self, form, index):
        super().add_fields(form, index)
        if "position" in form.fields:
            position = form.fields["position"]
            position.required = False
            position.help_text = position.help_text or _("Empty: at the end.")
            if not form.instance.pk:
                form.initial.pop("position", None)
                position.initial = None

    def clean(self):
        super().clean()
        self._settle_positions()
        messages = [self._gone_message(row) for row in self._newly_gone]
        for form in self.initial_forms:
            if self.is_to_go(form):  # its own errors count for nothing
                messages += form.conflicts
        if messages:
            raise ValidationError(messages)

    def is_to_go(self, form):
        """Whether the row of ``form`` is to be deleted; ``deleted_forms`` knows only
        once everything is valid."""
        return hasattr(form, "cleaned_data") and self._should_delete_form(form)

    def _settle_positions(self):
        kept = [
            form
            for form in self.forms
            if "position" in form.fields
            and hasattr(form, "cleaned_data")
            and not self.is_to_go(form)
            and (form.instance.pk or form.has_changed())
        ]
        last = max((form.cleaned_data.get("position") or 0 for form in kept), default=0)
        for form in kept:
            if form.cleaned_data.get("position") is None:
                last += 1
                form.instance.position = last

    def _gone_message(self, row):
        return _(
            "A row (%(kind)s) was deleted by %(who)s while you had it open. It is "
            "marked for deletion here as well; save again to go on without it."
        ) % {
            "kind": self.model._meta.verbose_name,
            "who": last_change(self.model(pk=row.pk)),
        }


def last_change(row):
    """Who changed ``row`` last and when, in words, as far as that is recorded."""
    if hasattr(type(row), "history"):
        record = type(row).history.filter(**{row._meta.pk.attname: row.pk}).first()
        who, when = (record.history_user, record.history_date) if record else (0, 0)
    else:
        kind = ContentType.objects.get_for_model(row)
        entry = LogEntry.objects.filter(content_type=kind, object_id=row.pk).first()
        who, when = (entry.user, entry.action_time) if entry else (0, 0)
    if not when:
        return _("someone else")
    return _("%(who)s on %(when)s") % {
        "who": who.get_full_name() if who else _("an import or a command"),
        "when": date_format(timezone.localtime(when), "DATETIME_FORMAT"),
    }


def _parsed(version):
    pairs = (each.partition(":") for each in (version or "").split())
    return {name: mark for name, _colon, mark in pairs}


def _fingerprint(value):
    return hashlib.blake2b(plain(value).encode(), digest_size=6).hexdigest()


def plain(value):
    """The same text for a value as stored, as shown and as it comes back."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, (list, dict)):
        return json.dumps(value, sort_keys=True, default=str)
    if pk := getattr(value, "pk", None):
        return str(pk)
    return "\n".join(str(value).strip().splitlines())


def _quoted(text):
    return f"“{Truncator(text).chars(300)}”" if text else _("(empty)")
