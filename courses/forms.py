"""Forms of staff for files, materials, readings, people and talks."""

from django import forms
from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from references import citing, pasting, richtext
from references.screens import ScreenForm

from . import speakers
from .models import Material, Person, Reading, StoredFile, Talk
from .pictures import PictureField
from .uploads import UploadField, receipt


class CurrentFile(str):
    """The name of a StoredFile, with the ``url`` that a file input links it to."""

    __slots__ = ("pk", "url")

    def __new__(cls, file, url):
        name = super().__new__(cls, file.original_name)
        name.pk, name.url = file.pk, url
        return name


class UploadForm(ScreenForm):
    """A row whose ``file`` is uploaded here, replaced or taken away.

    ``uploader`` is the user it is stored for, ``told`` takes what they are told;
    StoresUploads sets both.
    """

    upload = UploadField(
        help_text=_(
            "Another file takes its place under the same address; the older is kept."
        )
    )
    uploader = None
    told = None

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if self.instance.file:
            address = self.instance.get_absolute_url()
            self.initial["upload"] = CurrentFile(self.instance.file, address)

    def save(self, commit=True):
        if "upload" in self.changed_data:
            if upload := self.cleaned_data["upload"]:
                self.instance.put_file(upload, upload.name, by=self.uploader)
                self.tell(receipt(self.instance.file))
            else:
                self.instance.file = None
        return super().save(commit)

    def tell(self, message):
        if self.told:
            self.told(message)


def without_required_course(form):
    """The form of a row that has its course from its owner, if it has one."""
    if "course" in form.fields:
        form.fields["course"].required = False
        form.fields["course"].help_text = _(
            "Only if it belongs to the course as a whole."
        )


def require_owner(form, data):
    """Add an error to ``form`` if its row would belong to nothing."""
    owners = ("course", "session", "talk", "assignment")
    if "course" in form.fields and not any(data.get(owner) for owner in owners):
        form.add_error("course", _("Choose a course, session, talk or assignment."))


class MaterialForm(UploadForm):
    class Meta:
        model = Material
        exclude = ["file"]
        help_texts = {
            "kind": _("The word readers see, and the order: slides come first."),
            "label": _("What the link says. Empty: its kind."),
            "url": _("Where it is, if it is no file: a video, a repository."),
            "state": _("Promise what is still to come; say if it will never be."),
            "expected_on": _("Shown as “slides expected Thu”."),
            "missing_reason": _("Shown in its place: “recording failed”."),
            "language": _("Only if not that of the course, for example zh."),
            "visibility": _("Nobody else can open it, not by its address either."),
        }

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        without_required_course(self)

    def clean(self):
        # The constraints on ``file`` are said here: it is no field of the form.
        data = super().clean()
        require_owner(self, data)
        file, url = self.file_to_be(data), data.get("url")
        if file and url:
            self.add_error("url", _("Give a file or an address, not both."))
        is_refused = "upload" in self.errors or "url" in self.errors
        is_available = data.get("state") == Material.State.AVAILABLE
        if is_available and not (file or url or is_refused):
            self.add_error("state", _("What is available needs a file or an address."))
        return data

    def file_to_be(self, data):
        return data.get("upload")


class ReadingForm(ScreenForm):
    citation = forms.CharField(
        label=_("Or a new paper"),
        required=False,
        max_length=2000,
        widget=forms.TextInput(attrs={"class": "vTextField"}),
        help_text=_(
            "Paste its citation, arXiv id or link, DOI, key or title. "
            "A paper that is here already is found."
        ),
    )
    told = None
    editable_papers = None  # others gain nothing from a citation; None: all

    class Meta:
        model = Reading
        exclude = []
        help_texts = {
            "role": _("Readers see the required ones first."),
            "paper": _("Search by title, author, key, arXiv id or DOI."),
        }

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        without_required_course(self)

    def clean(self):
        data = super().clean()
        require_owner(self, data)
        self._pasted = None
        if line := data.get("citation"):
            self._read(line, data)
        return data

    def _read(self, line, data):
        if data.get("paper") and "paper" in self.changed_data:
            self.add_error("citation", _("Choose a paper or paste one, not both."))
            return
        self._pasted = pasting.read(line)
        if self._pasted is None:
            data["text"] = data.get("text") or line  # this one error is enough
            self.add_error(
                "citation",
                _(
                    "This cannot be read as a paper. Write “Authors. Title. Venue, "
                    "year.”, an arXiv id or a DOI; what is no paper goes into “text”."
                ),
            )
        elif self._pasted.paper:
            data["paper"] = self._pasted.paper
        else:
            data["paper"] = None  # made when all is saved
            data["text"] = data.get("text") or richtext.escape(line)

    def save(self, commit=True):
        if self._pasted and self._pasted.citation:
            cited = citing.paper_for(
                self._pasted.citation, reason="pasted", editable=self.editable_papers
            )
            self.instance.paper = cited.paper
            if self._pasted.is_bare and not self.data.get(self.add_prefix("text")):
                self.instance.text = ""
            self._tell_of(cited)
        return super().save(commit)

    def _tell_of(self, cited):
        if not self.told:
            return
        if cited.conflict:
            self.told(cited.conflict)
        if cited.is_new and self._pasted.is_bare:
            message = _("New paper “%s”: its title and authors are not known yet.")
            self.told(message % cited.paper)
        elif cited.is_new:
            authors = ", ".join(str(each) for each in cited.paper.authors.all())
            message = _("New paper “%(title)s” by %(authors)s: look it over.")
            self.told(message % {"title": cited.paper, "authors": authors or "?"})


class PersonForm(ScreenForm):
    """``uploader`` is the user for whom a photo is stored; StoresUploads sets it."""

    photo = PictureField()
    uploader = None

    class Meta:
        model = Person
        exclude = ["photo"]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if photo := self.instance.photo:
            address = reverse("courses:person_photo", args=[self.instance.slug])
            self.initial["photo"] = CurrentFile(photo, address)

    def save(self, commit=True):
        if "photo" in self.changed_data:
            before, self.instance.photo = self.instance.photo, None
            if photo := self.cleaned_data["photo"]:
                self.instance.photo = StoredFile.objects.store(
                    photo, photo.name, self.uploader, replaces=before
                )
        return super().save(commit)


class SpeakersField(forms.CharField):
    def __init__(self):
        super().__init__(
            label=_("Speakers"),
            required=False,
            max_length=5000,
            widget=forms.TextInput(attrs={"class": "vLargeTextField"}),
            help_text=_(
                "Name (Affiliation); Name (Affiliation). Who is known in this course "
                "is found, others are made."
            ),
        )


class TalkForm(ScreenForm):
    class Meta:
        model = Talk
        exclude = []
        help_texts = {
            "title": _("Empty: the session's own. Formulas between dollar signs."),
            "start_time": _("Only if it differs from the session's."),
            "place": _("Only if it differs from the session's."),
            "series": _("If it belongs to a seminar, as announced there."),
            "visibility": _("Staff: not yet announced, seen by nobody else."),
        }

    def clean_session(self):
        session, talk = self.cleaned_data["session"], self.instance
        if talk.pk and session.course_id != talk.session.course_id:
            raise ValidationError(_("A talk stays in its course."))
        return session


class TalkRowForm(TalkForm):
    """A talk with its speakers on one line."""

    speakers_line = SpeakersField()
    told = seen_people = None
    _speakers = None

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.initial["speakers_line"] = speakers.line_of(self.instance)

    def clean_speakers_line(self):
        line = self.cleaned_data["speakers_line"]
        if "speakers_line" in self.changed_data:
            self._speakers = speakers.parse(line)
        return line

    def save(self, commit=True):
        if self._speakers is not None:
            before = self.initial.get("speakers_line", "")
            after = self.cleaned_data["speakers_line"]
            reason = _("Speakers: %(before)s → %(after)s")
            self.instance._change_reason = str(
                reason % {"before": before or "–", "after": after or "–"}
            )
        return super().save(commit)

    def _save_m2m(self):
        super()._save_m2m()
        if self._speakers is None:
            return
        made = speakers.put(self.instance, self._speakers)
        if made and self.told:
            people = "; ".join(person.name for person in made)
            self.told(_("New people: %s.") % people)
            same = speakers.of_same_name(made)
            for person in same.filter(pk__in=self.seen_people.values("pk")):
                self.told(
                    _(
                        "%s is known from another course. If it is the same person, "
                        "choose them on the page of the talk."
                    )
                    % person
                )
