"""What lists of courses and of what belongs to them can be narrowed by."""

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django_filters import (
    BooleanFilter,
    CharFilter,
    ChoiceFilter,
    DateFilter,
    NumberFilter,
)

from references.rest.filtering import ContainsFilter, MomentFilter, RowFilter
from references.rest.parameters import MOST

from . import access
from .models import (
    Announcement,
    Assignment,
    Course,
    CourseRole,
    Enrolment,
    Material,
    Person,
    Reading,
    Session,
    SessionRole,
    Talk,
)


class CourseSlugFilter(CharFilter):
    """Rows of the course with this slug; of none if there is no such course."""

    def __init__(self, path="course", **kwargs):
        kwargs.setdefault("label", _("The slug of the course."))
        super().__init__(field_name=f"{path}__slug", max_length=80, **kwargs)


class KeyFilter(NumberFilter):
    """Rows that belong to the row with this id."""

    def __init__(self, field_name, **kwargs):
        super().__init__(field_name=field_name, min_value=1, max_value=MOST, **kwargs)


class CourseFilter(RowFilter):
    search = ContainsFilter(
        *(f"{name}__icontains" for name in ("title", "code", "other_codes", "term")),
        "institution__icontains",
        label=_("Words of title, codes, term or institution."),
    )
    kind = ChoiceFilter(choices=Course.Kind.choices)
    status = ChoiceFilter(choices=Course.Status.choices)
    term = CharFilter(lookup_expr="iexact", max_length=60)
    institution = CharFilter(lookup_expr="iexact", max_length=200)
    year = NumberFilter(
        label=_("The year of the first day."),
        field_name="starts_on__year",
        min_value=1,
        max_value=9999,
    )
    starts_after = DateFilter(field_name="starts_on", lookup_expr="gt")
    starts_before = DateFilter(field_name="starts_on", lookup_expr="lt")
    instructor = CharFilter(label=_("The slug of a person."), method="by_role")
    assistant = CharFilter(label=_("The slug of a person."), method="by_role")
    organiser = CharFilter(label=_("The slug of a person."), method="by_role")

    class Meta:
        model = Course
        fields = []

    def by_role(self, courses, name, slug):
        return courses.filter(roles__person__slug=slug, roles__role=name)


class SessionFilter(RowFilter):
    course = CourseSlugFilter()
    search = ContainsFilter(
        *("title__icontains", "number__iexact"), label=_("Words of title or number.")
    )
    kind = ChoiceFilter(choices=Session.Kind.choices)
    status = ChoiceFilter(choices=Session.Status.choices)
    date = DateFilter()
    date_after = DateFilter(field_name="date", lookup_expr="gt")
    date_before = DateFilter(field_name="date", lookup_expr="lt")
    starts_after = MomentFilter(field_name="starts_at", lookup_expr="gt")
    starts_before = MomentFilter(field_name="starts_at", lookup_expr="lt")
    instructor = CharFilter(label=_("The slug of a person."), method="by_role")
    speaker = CharFilter(label=_("The slug of a person."), method="by_speaker")

    class Meta:
        model = Session
        fields = []

    def by_role(self, sessions, name, slug):
        return sessions.filter(roles__person__slug=slug, roles__role=name)

    def by_speaker(self, sessions, name, slug):
        talks = Talk.objects.listed_for(self.request.user)
        spoken = talks.filter(appearances__person__slug=slug)
        return sessions.filter(pk__in=spoken.values("session"))


class TalkFilter(RowFilter):
    course = CourseSlugFilter("session__course")
    session = KeyFilter("session")
    search = CharFilter(
        label=_("Words of title or series."), method="with_words", max_length=200
    )
    series = CharFilter(lookup_expr="iexact")
    date_after = DateFilter(field_name="session__date", lookup_expr="gt")
    date_before = DateFilter(field_name="session__date", lookup_expr="lt")
    starts_after = MomentFilter(field_name="session__starts_at", lookup_expr="gt")
    starts_before = MomentFilter(field_name="session__starts_at", lookup_expr="lt")
    speaker = CharFilter(
        label=_("The slug of a person."), field_name="appearances__person__slug"
    )

    class Meta:
        model = Talk
        fields = []

    def with_words(self, talks, name, value):
        for word in value.split():
            untitled = Q(title="", session__title__icontains=word)
            known = Q(title__icontains=word) | Q(series__icontains=word) | untitled
            talks = talks.filter(known)
        return talks


class AnnouncementFilter(RowFilter):
    course = CourseSlugFilter()
    search = ContainsFilter(
        *("title__icontains", "body__icontains"), label=_("Words of title or text.")
    )
    is_pinned = BooleanFilter()
    published_after = MomentFilter(field_name="published_at", lookup_expr="gt")
    published_before = MomentFilter(field_name="published_at", lookup_expr="lt")

    class Meta:
        model = Announcement
        fields = []


class AssignmentFilter(RowFilter):
    course = CourseSlugFilter()
    search = ContainsFilter(
        *("title__icontains", "number__iexact"), label=_("Words of title or number.")
    )
    kind = ChoiceFilter(choices=Assignment.Kind.choices)
    opens_after = MomentFilter(field_name="opens_at", lookup_expr="gt")
    opens_before = MomentFilter(field_name="opens_at", lookup_expr="lt")
    due_after = MomentFilter(field_name="due_at", lookup_expr="gt")
    due_before = MomentFilter(field_name="due_at", lookup_expr="lt")
    is_open = BooleanFilter(
        label=_("Whether work is taken now, of whoever has no extension."),
        method="taken_now",
    )

    class Meta:
        model = Assignment
        fields = []

    def taken_now(self, assignments, name, is_open):
        taken = Q(pk__in=Assignment.objects.taken(timezone.now()).values("pk"))
        return assignments.filter(taken if is_open else ~taken)


class PersonFilter(RowFilter):
    """With ``course`` and ``role``, those who have this role in this course, as far as
    the reader may know."""

    search = CharFilter(label=_("Words of a spelling of the name."), method="named")
    course = CharFilter(
        label=_("The slug of a course in which they teach, serve or speak."),
        max_length=80,
        method="with_parts",
    )
    role = ChoiceFilter(
        label=_("What they do, in a whole course or in a session of it."),
        choices=[
            *CourseRole.Role.choices,
            *((role, label) for role, label in SessionRole.Role.choices[1:]),
            ("speaker", _("speaker")),
        ],
        method="with_parts",
    )
    author = CharFilter(
        label=_("The slug of the same person among authors."), field_name="author__slug"
    )

    class Meta:
        model = Person
        fields = []

    def named(self, people, name, value):
        return people.found_by(value)

    def with_parts(self, people, name, value):
        """Once for both filters, which ask for the same part."""
        course, role = (self.form.cleaned_data[name] for name in ("course", "role"))
        if name == "role" and course:
            return people  # done
        user = self.request.user
        return people.filter(access.person(user, True, slug=course, role=role))


class EnrolmentFilter(RowFilter):
    course = CourseSlugFilter()
    person = CharFilter(
        label=_("The slug of a person."), field_name="person__slug", max_length=120
    )
    status = ChoiceFilter(choices=Enrolment.Status.choices)
    code = CharFilter(lookup_expr="iexact", max_length=40)

    class Meta:
        model = Enrolment
        fields = []


class AttachedFilter(RowFilter):
    """Of what belongs to a course, a session, a talk or an assignment."""

    course = CourseSlugFilter()
    session = KeyFilter("session")
    talk = KeyFilter("talk")
    assignment = KeyFilter("assignment")


class MaterialFilter(AttachedFilter):
    kind = ChoiceFilter(choices=Material.Kind.choices)
    state = ChoiceFilter(choices=Material.State.choices)
    is_file = BooleanFilter(field_name="file", lookup_expr="isnull", exclude=True)

    search = ContainsFilter(
        *("label__icontains", "group__icontains", "part__icontains"),
        *("remark__icontains", "url__icontains"),
        label=_("Words of label, group, part, remark or address."),
    )

    class Meta:
        model = Material
        fields = []


class ReadingFilter(AttachedFilter):
    role = ChoiceFilter(choices=Reading.Role.choices)
    paper = CharFilter(label=_("The key of a paper."), field_name="paper__key")
    is_paper = BooleanFilter(field_name="paper", lookup_expr="isnull", exclude=True)
    year_min = NumberFilter(field_name="paper__year", lookup_expr="gte", max_value=9999)
    year_max = NumberFilter(field_name="paper__year", lookup_expr="lte", max_value=9999)

    search = ContainsFilter(
        *("text__icontains", "remark__icontains", "paper__title__icontains"),
        label=_("Words of text, remark or the title of the paper."),
    )

    class Meta:
        model = Reading
        fields = []
