"""The screen that adds papers: a pasted text or a file, looked over, then saved.

The works that were read travel with the form, signed, until they are saved: a file of
thousands is read once, and looked over some at a time.
"""

from dataclasses import asdict, fields, replace

from django import forms
from django.contrib import messages
from django.core import signing
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.http import HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views import View

from . import citing, encodings, filing, identifiers, intake
from .models import Paper
from .work import MAX_BYTES, Problem, Work

AT_ONCE = 50  # works on one page
MOST_TOLD = 10  # conflicts
SALT = "references.adding"


class SourceForm(forms.Form):
    """Where the papers come from; valid, it has ``listed`` and ``problems``."""

    text = forms.CharField(
        label=gettext_lazy("Pasted text"),
        required=False,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 14, "class": "vLargeTextField"}),
        help_text=gettext_lazy(
            "BibTeX, RIS, CSL-JSON, arXiv ids or links, DOIs, printed citations, also "
            "mixed. A blank line between citations."
        ),
    )
    file = forms.FileField(
        label=gettext_lazy("Or a file"),
        required=False,
        help_text=gettext_lazy("At most 5 MB, in any encoding."),
    )

    def clean(self):
        data = super().clean()
        text, file = data.get("text", ""), data.get("file")
        if bool(text.strip()) == bool(file):
            raise ValidationError(_("Paste a text or choose a file, one of them."))
        self.problems = []
        if file:
            text = self._text_of(file)
        self.listed, problems = intake.read(text)
        self.problems += problems
        if not self.listed and not self.problems:
            raise ValidationError(_("There is nothing in it that could be a paper."))
        return data

    def _text_of(self, file):
        if file.size > MAX_BYTES:
            raise ValidationError(
                _("“%(name)s” has %(size).1f MB; at most 5 MB are read. Split it.")
                % {"name": file.name, "size": file.size / 1_000_000}
            )
        text, encoding, is_assumed = encodings.decode(file.read())
        if is_assumed:
            message = _("The file was read as %s. Look at its accents.") % encoding
            self.problems.append(Problem(1, message, ""))
        return text


class WorkForm(forms.Form):
    """One work: what is known of it, to be corrected; what it means is ``cited``."""

    take = forms.BooleanField(label=gettext_lazy("Take it"), required=False)
    title = forms.CharField(
        label=gettext_lazy("Title"),
        max_length=1000,
        widget=forms.TextInput(attrs={"class": "vLargeTextField"}),
    )
    authors = forms.CharField(
        label=gettext_lazy("Authors"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("One a line: Family, Given."),
    )
    year = forms.IntegerField(
        label=gettext_lazy("Year"), required=False, min_value=1, max_value=2200
    )
    venue = forms.CharField(
        label=gettext_lazy("Appeared in"),
        required=False,
        max_length=500,
        widget=forms.TextInput(attrs={"class": "vTextField"}),
    )
    arxiv_id = forms.CharField(label=gettext_lazy("arXiv id"), required=False)
    doi = forms.CharField(label="DOI", required=False)

    use_required_attribute = False  # of what is not ticked nothing is required

    def __init__(self, *args, listed, cited, **kwargs):
        work = listed.work
        kwargs["initial"] = {
            "take": cited.is_new or not cited.doubts,
            "authors": "\n".join(work.authors),
            **{name: getattr(work, name) for name in EDITED},
            "title": work.name,  # an identifier stands in its place
        }
        super().__init__(*args, **kwargs)
        self.listed, self.cited = listed, cited

    def full_clean(self):
        super().full_clean()
        if self.is_bound and not self.is_taken:
            self._errors = self.error_class()

    @property
    def is_taken(self):
        return self["take"].value()

    def clean_arxiv_id(self):
        return self._identifier("arxiv_id", identifiers.arxiv_id, "arXiv:")

    def clean_doi(self):
        return self._identifier("doi", identifiers.doi, "")

    def _identifier(self, name, read, prefix):
        typed = self.cleaned_data[name]
        found = read(typed) or read(prefix + typed)
        if typed and not found:
            raise ValidationError(_("This is none: “%s”.") % typed)
        return found

    def corrected(self):
        """The work as it is now in the form."""
        data = self.cleaned_data
        authors = [line.strip() for line in data["authors"].splitlines()]
        return replace(
            self.listed.work,
            authors=[author for author in authors if author],
            **{name: data[name] for name in EDITED},
        )


EDITED = ("title", "year", "venue", "arxiv_id", "doi")


class AddPapersView(View):
    """``screen`` is the ModelAdmin it belongs to. A subclass may save more."""

    screen = None
    template_name = "admin/references/paper/add_papers.html"
    more_form = None  # what else is asked when papers are saved

    def dispatch(self, request, *args, **kwargs):
        if not self.may_add():
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)

    def may_add(self):
        return self.screen.has_add_permission(self.request)

    def get(self, request, *args, **kwargs):
        return self.page(form=SourceForm())

    def post(self, request, *args, **kwargs):
        if "state" not in request.POST:
            form = SourceForm(request.POST, request.FILES)
            if not form.is_valid():
                return self.page(form=form)
            return self.look_over(form.listed, form.problems)
        try:
            listed = _unpacked(request.POST["state"])
        except (signing.BadSignature, TypeError):  # or of another release
            messages.error(request, _("This form was damaged; please begin again."))
            return HttpResponseRedirect(request.path)
        return self.save(listed)

    def look_over(self, listed, problems=(), chosen=None):
        """The first of those ``listed``; ``chosen`` is what else was chosen before."""
        forms = _forms(listed[:AT_ONCE], self.editable())
        more = self.more_form and self.more_form(
            initial=chosen, **self.more_arguments()
        )
        return self.page(
            forms=forms,
            more=more,
            state=_packed(listed),
            count=len(listed),
            remaining=max(len(listed) - AT_ONCE, 0),
            problems=problems,
        )

    def save(self, listed):
        now, later = listed[:AT_ONCE], listed[AT_ONCE:]
        forms = _forms(now, self.editable(), self.request.POST)
        more = self.more_form and self.more_form(
            self.request.POST, **self.more_arguments()
        )
        are_valid = [form.is_valid() for form in forms]
        if not all(are_valid) or (more and not more.is_valid()):
            return self.page(
                forms=forms,
                more=more,
                state=_packed(listed),
                count=len(listed),
                remaining=len(later),
            )
        unseen = later if "rest" in self.request.POST else []
        self._save([form for form in forms if form.is_taken], unseen, more)
        if later and not unseen:
            return self.look_over(later, chosen=more and more.cleaned_data)
        return HttpResponseRedirect(self.success_url())

    @transaction.atomic
    def _save(self, taken, unseen, more):
        works = [form.corrected() for form in taken]
        works += [each.work for each in unseen]
        listed = [form.listed for form in taken] + unseen
        addresses = [each.addresses for each in listed]
        filing.wait_for_others()
        cited = citing.plan(works, addresses, self.editable())
        filing.save(cited, reason=_("added from a list"))
        self._tell(cited)
        self.save_more(cited, listed, more)

    def _tell(self, cited):
        new = len({one.paper.pk for one in cited if one.is_new})
        here = len({one.paper.pk for one in cited if not one.is_new})
        said = ngettext("%d new paper.", "%d new papers.", new) % new
        if here:
            said += " " + ngettext("%d is here.", "%d are here.", here) % here
        messages.success(self.request, said)
        conflicts = [one.conflict for one in cited if one.conflict]
        for conflict in conflicts[:MOST_TOLD]:
            messages.warning(self.request, conflict)
        if len(conflicts) > MOST_TOLD:
            said = _("%d further conflicts stand in the review queue.")
            messages.warning(self.request, said % (len(conflicts) - MOST_TOLD))

    def editable(self):
        """The papers that the user may change; others gain nothing here."""
        site = self.screen.admin_site
        return Paper.objects.filter(site.rows(self.request, Paper, "c"))

    # For subclasses

    def more_arguments(self):
        """What ``more_form`` is made with."""
        return {}

    def save_more(self, cited, listed, more):
        """Save what else follows, in the same transaction; ``more`` is valid."""

    @property
    def crumbs(self):
        """(address, label) of the screens above this one."""
        return [(self.success_url(), capfirst(Paper._meta.verbose_name_plural))]

    def success_url(self):
        return reverse("admin:references_paper_changelist")

    def page(self, **context):
        site = self.screen.admin_site
        context = {
            **site.each_context(self.request),
            "title": _("Add papers"),
            "opts": Paper._meta,
            "view": self,
            **context,
        }
        self.request.current_app = site.name
        return TemplateResponse(self.request, self.template_name, context)


def _forms(listed, editable, data=None):
    planned = citing.plan(
        [each.work for each in listed], [each.addresses for each in listed], editable
    )
    return [
        WorkForm(data, prefix=f"work-{n}", listed=each, cited=cited)
        for n, (each, cited) in enumerate(zip(listed, planned, strict=True))
    ]


def _packed(listed):
    """``listed`` as a text that only this site can have written."""
    names = [each.name for each in fields(Work)]
    rows = []
    for each in listed:
        work = {name: getattr(each.work, name) for name in names}
        rows.append(asdict(replace(each, work=None)) | {"work": work})
    return signing.dumps(rows, salt=SALT, compress=True)


def _unpacked(state):
    rows = signing.loads(state, salt=SALT)
    return [intake.Listed(**row | {"work": Work(**row["work"])}) for row in rows]
