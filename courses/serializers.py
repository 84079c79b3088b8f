"""Courses and what belongs to them as JSON.

Rows refer to courses and people by slug, to papers by key, to the rest by id. Times of
day are wall-clock in ``time_zone``, that of the course; instants have an offset.
"""

from django.db.models import F, OuterRef, Subquery, Value
from django.db.models.functions import Coalesce, NullIf
from django.urls import reverse
from rest_framework import serializers

from references.models import Authorship
from references.rest.parts import JsonText, Parts, PartSerializer
from references.rest.rows import RowSerializer
from references.serializers import WHOLE_NAME, PaperSerializer

from .access import Visibility
from .models import (
    Announcement,
    Appearance,
    Assignment,
    Course,
    CourseRole,
    Enrolment,
    Holiday,
    Material,
    Meeting,
    Person,
    Reading,
    Section,
    Session,
    SessionRole,
    Talk,
)
from .models.course import Weekday


def _or(*columns):
    """The first of ``columns`` that is not empty."""
    *others, last = columns
    return Coalesce(*(NullIf(each, Value("")) for each in others), last)


class CourseSlugField(serializers.SlugRelatedField):
    """A course, by its slug."""

    def __init__(self, **kwargs):
        kwargs.setdefault("help_text", "The slug of its course.")
        super().__init__(slug_field="slug", read_only=True, **kwargs)


class PersonOfSessionSerializer(PartSerializer):
    """Who teaches, takes notes of or chairs a session."""

    person = serializers.SlugField(help_text="The slug of the person.")
    name = serializers.CharField(max_length=200, read_only=True)
    name_as_printed = serializers.CharField(max_length=200, allow_blank=True)


def _of_role(role):
    roles = SessionRole.objects.filter(session=OuterRef("pk"), role=role)
    return Parts(
        roles.order_by("position", "pk"),
        person="person__slug",
        name="person__name",
        name_as_printed="name_as_printed",
    )


class SpeakerSerializer(PartSerializer):
    """A speaker of a talk: name, affiliation and home page as printed that day."""

    person = serializers.SlugField(help_text="The slug of the person.")
    name = serializers.CharField(max_length=200)
    affiliation = serializers.CharField(max_length=300, allow_blank=True)
    homepage = serializers.URLField(max_length=500, allow_blank=True)


class MaterialSerializer(RowSerializer):
    """Slides, a video, notes, code: a file, a link, or a promise of one. Belongs to its
    session, talk or assignment; if it has none of them, to the course itself."""

    course = CourseSlugField()
    address = serializers.SerializerMethodField(
        help_text="Where it is; empty while it is nowhere."
    )
    file = serializers.SerializerMethodField(help_text="What is known of a file here.")

    class Meta:
        model = Material
        fields = [
            *("id", "url", "html_url", "course", "session", "talk", "assignment"),
            *("position", "kind", "label", "group", "part", "remark", "address"),
            *("file", "state", "expected_on", "missing_reason", "language", "format"),
            *("visibility", "created_at", "updated_at"),
        ]

    @staticmethod
    def load(materials):
        """The queryset ``materials`` with what their answers show."""
        return materials.select_related(
            "file", "course", "session", "talk__session", "assignment"
        )

    def path(self, material):
        return f"materials/{material.pk}"

    def get_html_url(self, material) -> str:
        """The page on which it stands."""
        owner = material.owner
        session = owner.session if isinstance(owner, Talk) else owner
        if session is not material.course:
            session.course = material.course  # it is loaded once
        return self.site + owner.get_absolute_url()[1:]

    def get_address(self, material) -> str:
        if material.file_id:
            return self.site + material.get_absolute_url()[1:]
        return material.url

    def get_file(self, material) -> dict | None:
        file = material.file
        return file and {
            "name": file.name,
            "size_bytes": file.size_bytes,
            "content_type": file.content_type,
            "sha256": file.sha256,
        }


class CitedPaperSerializer(PartSerializer):
    """The paper of a reading, in short; ``url`` has the whole."""

    url = serializers.URLField()
    key = serializers.CharField()
    title = serializers.CharField()
    authors = serializers.ListField(child=serializers.CharField())
    year = serializers.IntegerField(allow_null=True)
    venue = serializers.CharField(allow_blank=True)
    arxiv_id = serializers.CharField(allow_blank=True)
    doi = serializers.CharField(allow_blank=True)
    address = serializers.URLField(allow_blank=True)


class ReadingSerializer(RowSerializer):
    """A paper to read, or a text that is no paper. Belongs to what a material can."""

    course = CourseSlugField()
    paper = serializers.SlugRelatedField(
        slug_field="key", read_only=True, help_text="The key of the paper."
    )
    paper_details = serializers.SerializerMethodField()

    class Meta:
        model = Reading
        fields = [
            *("id", "url", "html_url", "course", "session", "talk", "assignment"),
            *("position", "role", "remark", "remark_html", "text", "text_html"),
            *("paper", "paper_details", "created_at", "updated_at"),
        ]

    @staticmethod
    def load(readings):
        """The queryset ``readings`` with what their answers show."""
        authors = Authorship.objects.filter(paper=OuterRef("paper"))
        name = _or("name_as_printed", WHOLE_NAME)
        authors = Parts(authors.order_by("position", "pk"), name=name)
        readings = readings.select_related("course", "paper")
        return readings.annotate(authors_json=authors)

    def path(self, reading):
        return f"readings/{reading.pk}"

    def get_paper_details(self, reading) -> CitedPaperSerializer(allow_null=True):
        paper = reading.paper
        return paper and {
            "url": f"{self.site}api/v1/papers/{paper.key}/",
            "key": paper.key,
            "title": paper.title,
            "authors": [author["name"] for author in reading.authors_json],
            "year": paper.year,
            "venue": paper.venue,
            "arxiv_id": paper.arxiv_id,
            "doi": paper.doi,
            "address": paper.url,
        }


class TalkSerializer(RowSerializer):
    """What someone presented in a session. Without a title it has the session's;
    without times, the session's."""

    course = serializers.SlugField(source="session.course.slug", read_only=True)
    date = serializers.DateField(
        source="session.date",
        read_only=True,
        allow_null=True,
        help_text="Its session's.",
    )
    time_zone = serializers.CharField(
        source="session.course.time_zone",
        read_only=True,
        help_text="Of date and times, which are wall-clock.",
    )
    speakers = SpeakerSerializer(many=True, source="speakers_json", read_only=True)

    nests = {"materials": MaterialSerializer, "readings": ReadingSerializer}

    class Meta:
        model = Talk
        fields = [
            *("id", "url", "html_url", "course", "session", "position", "title"),
            *("date", "start_time", "end_time", "time_zone", "place", "series"),
            *("speakers", "abstract"),
            *("abstract_html", "biography", "biography_html", "visibility"),
            *("created_at", "updated_at"),
        ]

    @staticmethod
    def load(talks):
        """The queryset ``talks`` with what their answers show."""
        appearances = Appearance.objects.filter(talk=OuterRef("pk"))
        speakers = Parts(
            appearances.order_by("position", "pk"),
            person="person__slug",
            name=_or("name", "person__name"),
            affiliation=_or("affiliation", "person__affiliation"),
            homepage=_or("homepage", "person__homepage"),
        )
        talks = talks.select_related("session__course")
        return talks.annotate(speakers_json=speakers)

    def path(self, talk):
        return f"talks/{talk.pk}"


class SessionSerializer(RowSerializer):
    """One row of a course's schedule. Empty times and place mean those of its weekday's
    meeting (see the course); the instants tell when it is in any case."""

    course = CourseSlugField()
    time_zone = serializers.CharField(source="course.time_zone", read_only=True)
    instructors = PersonOfSessionSerializer(
        many=True, source="instructors_json", read_only=True
    )
    scribes = PersonOfSessionSerializer(
        many=True, source="scribes_json", read_only=True
    )
    chairs = PersonOfSessionSerializer(many=True, source="chairs_json", read_only=True)

    nests = {
        "talks": TalkSerializer,
        "materials": MaterialSerializer,
        "readings": ReadingSerializer,
    }

    class Meta:
        model = Session
        fields = [
            *("id", "url", "html_url", "course", "key", "position", "number", "title"),
            *("kind", "status", "date", "date_as_printed", "end_date", "start_time"),
            *("end_time", "time_zone", "starts_at", "ends_at", "place", "instructors"),
            *("scribes", "chairs", "abstract", "abstract_html", "notes", "notes_html"),
            *("visibility", "created_at", "updated_at"),
        ]

    @staticmethod
    def load(sessions):
        """The queryset ``sessions`` with what their answers show."""
        Role = SessionRole.Role
        return sessions.select_related("course").annotate(
            instructors_json=_of_role(Role.INSTRUCTOR),
            scribes_json=_of_role(Role.SCRIBE),
            chairs_json=_of_role(Role.CHAIR),
        )

    def path(self, session):
        return f"sessions/{session.course.slug}/{session.key}"


class AnnouncementSerializer(RowSerializer):
    """News of a course, shown from ``published_at`` on."""

    course = CourseSlugField()

    class Meta:
        model = Announcement
        fields = [
            *("id", "url", "html_url", "course", "title", "body", "body_html"),
            *("is_pinned", "published_at", "created_at", "updated_at"),
        ]

    @staticmethod
    def load(announcements):
        """The queryset ``announcements`` with what their answers show."""
        return announcements.select_related("course")

    def path(self, announcement):
        return f"announcements/{announcement.pk}"


class SlotSerializer(PartSerializer):
    """One thing that is handed in: a file of some formats, or a link."""

    id = serializers.IntegerField()
    position = serializers.IntegerField(min_value=0)
    kind = serializers.CharField(max_length=10)
    label = serializers.CharField(
        max_length=60, allow_blank=True, help_text="Empty: the kind."
    )
    takes = serializers.CharField(max_length=4, help_text="file, or link")
    formats = serializers.CharField(
        max_length=100,
        allow_blank=True,
        help_text="Endings with spaces between; empty: any.",
    )
    max_size_mb = serializers.IntegerField(
        min_value=1, help_text="In MB, that is 1,000,000 bytes."
    )
    is_required = serializers.BooleanField()


class AssignmentSerializer(RowSerializer):
    """What is asked and until when. Work is on time to the end of the minute it is due
    and of the grace, and taken late until the end of the minute ``accepted_until``;
    staff may give a team more time."""

    course = CourseSlugField()
    time_zone = serializers.CharField(source="course.time_zone", read_only=True)
    slots = SlotSerializer(many=True, source="slots_json", read_only=True)

    nests = {"materials": MaterialSerializer, "readings": ReadingSerializer}

    class Meta:
        model = Assignment
        fields = [
            *("id", "url", "html_url", "course", "number", "title", "kind", "brief"),
            *("brief_html", "opens_at", "due_at", "accepted_until", "grace_minutes"),
            *("time_zone", "team_size", "teams_lock_at", "max_points", "slots"),
            *("created_at", "updated_at"),
        ]

    @staticmethod
    def load(assignments):
        """The queryset ``assignments`` with what their answers show."""
        assignments = assignments.select_related("course")
        return assignments.annotate(slots_json=_slots())

    def path(self, assignment):
        return f"assignments/{assignment.pk}"


def _slots():
    """The slots of an assignment: rows of the app above, if it is there."""
    if not hasattr(Assignment, "slots"):
        return Value("[]", JsonText())
    slots = Assignment.slots.rel.related_model.objects.filter(assignment=OuterRef("pk"))
    columns = {name: name for name in SlotSerializer().fields}
    return Parts(slots.order_by("position", "pk"), **columns)


class SectionSerializer(PartSerializer):
    """A part of the course page beside the schedule: synopsis, grading, links."""

    position = serializers.IntegerField(min_value=0)
    heading = serializers.CharField(max_length=200, allow_blank=True)
    text = serializers.CharField(allow_blank=True, help_text="Markdown.")
    text_html = serializers.CharField(allow_blank=True)
    visibility = serializers.ChoiceField(Visibility.choices)


class MeetingSerializer(PartSerializer):
    """Weekly time and place, of sessions on that weekday that do not say another."""

    weekday = serializers.ChoiceField(Weekday.choices, help_text="0 is Monday.")
    start_time = serializers.TimeField()
    end_time = serializers.TimeField()
    place = serializers.CharField(max_length=200, allow_blank=True)


class HolidaySerializer(PartSerializer):
    """Days without class."""

    name = serializers.CharField(max_length=200)
    starts_on = serializers.DateField()
    ends_on = serializers.DateField()


class RoleSerializer(PartSerializer):
    """Who teaches a course, and the name its schedule prints."""

    person = serializers.SlugField(help_text="The slug of the person.")
    role = serializers.ChoiceField(CourseRole.Role.choices)
    name = serializers.CharField(max_length=200)
    name_as_printed = serializers.CharField(max_length=200, allow_blank=True)
    affiliation = serializers.CharField(max_length=300, allow_blank=True)
    homepage = serializers.URLField(max_length=500, allow_blank=True)


class CourseSerializer(RowSerializer):
    """One edition of a course or seminar series; what its page says of the whole.
    Its schedule is had from ``sessions``, with ``course`` as a filter."""

    previous = serializers.SlugField(
        source="previous_slug",
        read_only=True,
        allow_null=True,
        help_text="The slug of the previous edition.",
    )
    roles = RoleSerializer(many=True, source="roles_json", read_only=True)
    meetings = MeetingSerializer(many=True, source="meetings_json", read_only=True)
    holidays = HolidaySerializer(many=True, source="holidays_json", read_only=True)
    sections = SectionSerializer(many=True, source="sections_json", read_only=True)

    nests = {
        "announcements": AnnouncementSerializer,
        "assignments": AssignmentSerializer,
        "materials": MaterialSerializer,
        "readings": ReadingSerializer,
    }

    class Meta:
        model = Course
        fields = [
            *("id", "url", "html_url", "slug", "code", "other_codes", "title", "term"),
            *("kind", "institution", "time_zone", "starts_on", "ends_on", "status"),
            *("previous", "contact", "roles", "meetings", "holidays", "sections"),
            *("created_at", "updated_at"),
        ]

    @staticmethod
    def load(courses, user):
        """The queryset ``courses`` with what their answers show to ``user``."""
        own = {"course": OuterRef("pk")}
        previous = Course.objects.listed_for(user).filter(pk=OuterRef("previous"))
        sections = Section.objects.visible_to(user).filter(**own)
        return courses.annotate(
            previous_slug=Subquery(previous.values("slug")),
            roles_json=Parts(
                CourseRole.objects.filter(**own).order_by("position", "pk"),
                person="person__slug",
                role="role",
                name="person__name",
                name_as_printed="name_as_printed",
                affiliation="person__affiliation",
                homepage="person__homepage",
            ),
            meetings_json=Parts(
                Meeting.objects.filter(**own).order_by("weekday", "start_time", "pk"),
                weekday="weekday",
                start_time="start_time",
                end_time="end_time",
                place="place",
            ),
            holidays_json=Parts(
                Holiday.objects.filter(**own).order_by("starts_on", "pk"),
                name="name",
                starts_on="starts_on",
                ends_on="ends_on",
            ),
            sections_json=Parts(
                sections.order_by("position", "pk"),
                position="position",
                heading="heading",
                text="text",
                text_html="text_html",
                visibility="visibility",
            ),
        )

    def path(self, course):
        return f"courses/{course.slug}"


class RoleOfPersonSerializer(PartSerializer):
    """What someone does in a whole course."""

    course = serializers.SlugField(help_text="The slug of the course.")
    role = serializers.ChoiceField(CourseRole.Role.choices)


class PersonSerializer(RowSerializer):
    """Someone who teaches or speaks, across courses. Of no student anything is said."""

    photo = serializers.SerializerMethodField(help_text="Where it is; null for none.")
    author = serializers.SlugRelatedField(
        slug_field="slug",
        read_only=True,
        help_text="The slug of the same person among the authors of papers.",
    )
    roles = RoleOfPersonSerializer(many=True, source="roles_json", read_only=True)

    nests = {
        "sessions": SessionSerializer,
        "talks": TalkSerializer,
        "papers": PaperSerializer,
    }

    class Meta:
        model = Person
        fields = [
            *("id", "url", "html_url", "slug", "name", "family_name", "given_name"),
            *("affiliation", "homepage", "biography", "biography_html", "photo"),
            *("author", "roles", "created_at", "updated_at"),
        ]

    @staticmethod
    def load(people, user):
        """The queryset ``people`` with what their answers show to ``user``."""
        shown = Course.objects.listed_for(user)
        roles = CourseRole.objects.filter(person=OuterRef("pk"), course__in=shown)
        latest = F("course__starts_on").desc(nulls_last=True)
        roles = Parts(
            roles.order_by(latest, "course", "position", "pk"),
            course="course__slug",
            role="role",
        )
        return people.select_related("author").annotate(roles_json=roles)

    def path(self, person):
        return f"people/{person.slug}"

    def get_photo(self, person) -> str | None:
        if not person.photo_id:
            return None
        return self.site + reverse("courses:person_photo", args=[person.slug])[1:]


class EnrolmentSerializer(RowSerializer):
    """A person on the roster of a course, as its staff see it, and the person."""

    course = CourseSlugField()
    person = serializers.SlugRelatedField(
        slug_field="slug", read_only=True, help_text="The slug of the person."
    )
    name = serializers.CharField(source="person.name", read_only=True)

    class Meta:
        model = Enrolment
        fields = [
            *("id", "url", "html_url", "course", "person", "name", "status", "code"),
            *("created_at", "updated_at"),
        ]

    @staticmethod
    def load(enrolments):
        """The queryset ``enrolments`` with what their answers show."""
        return enrolments.select_related("course", "person")

    def path(self, enrolment):
        return f"enrolments/{enrolment.pk}"

    def get_html_url(self, enrolment) -> str:
        """The page of the course."""
        return self.site + enrolment.course.get_absolute_url()[1:]
