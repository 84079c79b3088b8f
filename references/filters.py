"""Which papers a reader asks for: the same for pages, exports and the API."""

from dataclasses import dataclass

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.expressions import RawSQL
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from django_filters import (
    CharFilter,
    ChoiceFilter,
    Filter,
    FilterSet,
    ModelChoiceFilter,
)
from django_filters.fields import ModelChoiceField, ModelChoiceIterator

from . import names, search
from .indexing import KIND
from .models import Author, Authorship, Paper
from .rest.filtering import RowFilter

MAX_LENGTH = search.MAX_QUERY  # characters of what is looked for
MAX_OFFERED = 200  # courses to choose from
EARLIEST, LATEST = 1, 9999  # years


def validate_has_word(text):
    """Raise ValidationError unless ``text`` has a letter or digit to look for."""
    if not names.fold(text):
        raise ValidationError(_("There is no word in it to look for."))


def readings_for(user):
    """Where ``user`` may see papers read: rows of an app above, if it is there."""
    if not hasattr(Paper, "readings"):
        return None
    return Paper.readings.rel.related_model.objects.listed_for(user)


def courses_for(request):
    """The courses listed for the reader that read a paper, newest first."""
    readings = readings_for(request.user)
    courses = readings.model._meta.get_field("course").related_model.objects
    read = readings.filter(course=OuterRef("pk"), paper__isnull=False)
    return courses.listed_for(request.user).filter(Exists(read))


class OfferedCourses(ModelChoiceIterator):
    def __iter__(self):
        yield "", self.field.empty_label
        yield from map(self.choice, self.field.offered)


class CourseField(ModelChoiceField):
    """Offers so many of the newest that a page stays a page; takes an older one too."""

    iterator = OfferedCourses

    @cached_property
    def offered(self):
        return [*self.queryset[:MAX_OFFERED]]

    def to_python(self, value):
        if value in self.empty_values:
            return None
        offered = (course for course in self.offered if course.slug == value)
        return next(offered, None) or super().to_python(value)


class CourseFilter(ModelChoiceFilter):
    field_class = CourseField


class WordsFilter(CharFilter):
    """A text with at least one word, as short as a search takes it."""

    def __init__(self, **kwargs):
        kwargs["validators"] = [validate_has_word]
        super().__init__(max_length=MAX_LENGTH, **kwargs)


class YearFilter(Filter):
    field_class = forms.IntegerField

    def __init__(self, **kwargs):
        widget = forms.NumberInput(attrs={"placeholder": _("any")})
        super().__init__(
            field_name="year",
            min_value=EARLIEST,
            max_value=LATEST,
            widget=widget,
            **kwargs,
        )


class PaperFilterForm(forms.Form):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, label_suffix="", **kwargs)

    def clean(self):
        first, last = (self.cleaned_data.get(f"year_{end}") for end in ("min", "max"))
        if first and last and first > last:
            self.add_error("year_max", _("It is before the first year."))
        return self.cleaned_data


class PaperFilter(FilterSet):
    """Papers that have all words of ``q`` and pass every filter.

    What cannot be understood is an error of the form, and nothing is found then.
    """

    q = WordsFilter(
        label=_("Words to look for"),
        method="with_words",
        widget=forms.TextInput(
            attrs={"type": "search", "placeholder": _("in title, authors, abstract")}
        ),
    )
    author = WordsFilter(label=_("Author"), method="by_author")
    venue = WordsFilter(label=_("Venue"), method="in_venue")
    year_min = YearFilter(label=_("From year"), lookup_expr="gte")
    year_max = YearFilter(label=_("To year"), lookup_expr="lte")
    course = CourseFilter(
        label=_("Read in"),
        method="read_in",
        queryset=courses_for,
        to_field_name="slug",
        empty_label=_("any course"),
        error_messages={"invalid_choice": _("No course listed here has this address.")},
    )

    class Meta:
        model = Paper
        fields = []
        form = PaperFilterForm

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if not hasattr(Paper, "readings"):
            del self.filters["course"]

    @property
    def qs(self):
        return super().qs if self.is_valid() else self.queryset.none()

    @property
    def words(self):
        """What is looked for, "" if nothing is."""
        return self.form.cleaned_data.get("q", "") if self.is_valid() else ""

    @property
    def is_narrowed(self):
        """Whether a filter is set, or said wrongly."""
        wrong = {*self.errors}
        chosen = {name for name, value in self.form.cleaned_data.items() if value}
        return bool((wrong | chosen) - {"q"})

    def found(self, order=()):
        """The papers that pass, in ``order``: by default those that have the words
        best come first."""
        if order or not self.words:
            pks = self.qs.order_by(*order).values_list("pk", flat=True)
        else:
            papers = self.queryset.all()
            for name, value in self.form.cleaned_data.items():
                if name != "q":
                    papers = self.filters[name].filter(papers, value)
            entries = search.matching(KIND, self.words)
            here = entries.filter(object_id__in=papers.order_by().values("pk"))
            pks = here.values_list("object_id", flat=True)
        return Found(pks, self.queryset)

    def with_words(self, papers, name, value):
        return papers.filter(pk__in=_having(value))

    def by_author(self, papers, name, value):
        """By who has this slug, or these words or beginnings of words in the name,
        with the family name among them in full."""
        words = names.fold(value).split()
        authors = Author.objects.visible_to(self.request.user)
        namesakes = authors.filter(Q(slug=value) | Q(family_key__in=words))
        found = [
            author.pk
            for author in namesakes
            if author.slug == value or _begin_in(str(author), words)
        ]
        written = Authorship.objects.filter(author__in=found)
        return papers.filter(pk__in=written.values("paper"))

    def in_venue(self, papers, name, value):
        """Where the venue has these words in this order, whole but for the last."""
        wanted = f" {names.fold(value)}"
        near = papers.filter(pk__in=_having(value)).order_by()
        venues = near.values_list("venue", flat=True).distinct()
        return near.filter(
            venue__in=[venue for venue in venues if wanted in f" {names.fold(venue)}"]
        )

    def read_in(self, papers, name, course):
        readings = readings_for(self.request.user).filter(course=course)
        return papers.filter(pk__in=readings.values("paper"))


class PaperRowFilter(RowFilter, PaperFilter):
    """The filters of pages, for programs: they call the words ``search``, and where
    nothing can be found they get nothing."""

    q = None
    search = CharFilter(
        label=_("Words of title, authors, venue or abstract."),
        method="with_words",
        max_length=MAX_LENGTH,
    )
    author = CharFilter(
        label=_("The slug of an author, or words of the name."), method="by_author"
    )
    venue = CharFilter(label=_("Words of the venue."), method="in_venue")
    year_min = YearFilter(label=_("From this year on."), lookup_expr="gte")
    year_max = YearFilter(label=_("Up to this year."), lookup_expr="lte")
    course = CharFilter(
        label=_("The slug of a course that reads it."),
        method="read_in",
        max_length=80,
    )
    kind = ChoiceFilter(label=_("What it is."), choices=Paper.Kind.choices)
    arxiv_id = CharFilter(label=_("As in 1810.03389."), max_length=40)
    doi = CharFilter(
        label=_("As in 10.1073/pnas.2015509117."), lookup_expr="iexact", max_length=200
    )

    class Meta(PaperFilter.Meta):
        form = forms.Form  # an empty range of years holds nothing

    def read_in(self, papers, name, slug):
        readings = readings_for(self.request.user).filter(course__slug=slug)
        return papers.filter(pk__in=readings.values("paper"))


class AuthorRowFilter(RowFilter):
    search = CharFilter(
        label=_("Words of the name."), method="with_words", max_length=MAX_LENGTH
    )

    class Meta:
        model = Author
        fields = []

    def with_words(self, authors, name, value):
        words = names.fold(value).split()
        if not words:
            return authors.none()
        for word in words:
            known = Q(family_key__startswith=word) | Q(given_name__icontains=word)
            authors = authors.filter(known)
        return authors


@dataclass
class Found:
    """``papers`` in the order of ``pks``: a sequence, as a paginator takes it.

    First the ids of a part are asked for, then its rows: a database sorts ids, or
    skips them, much faster than papers with their abstracts.
    """

    pks: QuerySet
    papers: QuerySet

    def __len__(self):
        return self.count()

    def __getitem__(self, part):
        pks = [*self.pks[part]]
        rows = self.papers.filter(pk__in=pks).with_authors()
        papers = {paper.pk: paper for paper in rows}
        return [papers[pk] for pk in pks if pk in papers]

    def count(self):
        return self.pks.count()


def _having(words):
    """A subquery: the ids of the papers that have all of ``words``.

    As SQL, because Django would give the table of a subquery another name than the
    one that the index is joined to.
    """
    entries = search.matching(KIND, words).order_by().values("object_id")
    if entries.query.is_empty():  # there is no word: that has no SQL
        return []
    return RawSQL(*entries.query.sql_with_params())  # noqa: S611


def _begin_in(name, words):
    """Whether each of ``words`` begins a word of ``name``."""
    parts = names.fold(name).split()
    return all(any(part.startswith(word) for part in parts) for word in words)
