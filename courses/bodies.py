"""What can be written of courses and what belongs to them."""

from collections import Counter, defaultdict
from operator import attrgetter

from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import Max, prefetch_related_objects
from django.utils.translation import gettext as _
from rest_framework import exceptions, serializers

from references import citing, pasting, richtext
from references.bodies import PaperByKey
from references.models import Author, Paper
from references.rest.bodies import (
    INCOMPLETE,
    LARGEST_SMALL,
    UNIQUE,
    PartBody,
    RowBody,
    RowById,
    RowByName,
    Text,
    Texts,
    WebAddress,
    Whole,
    put_rows,
)
from references.rest.problems import Conflict

from . import access, speakers
from .importing.loading import free_slugs
from .models import (
    Announcement,
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
from .models.material import OWNERS, course_of
from .ordering import next_position
from .session_form import free_key

MOST_PARTS = 200
PLACED = {
    "position": {"required": False, "help_text": "Without it after the last there."}
}
ROLES = {
    "instructors": SessionRole.Role.INSTRUCTOR,
    "scribes": SessionRole.Role.SCRIBE,
    "chairs": SessionRole.Role.CHAIR,
}


class CourseBySlug(RowByName):
    def __init__(self, **kwargs):
        kwargs.setdefault("help_text", "The slug of its course.")
        super().__init__(Course, **kwargs)


class SectionBody(RowBody):
    class Meta:
        model = Section
        fields = ["heading", "text", "visibility"]


class MeetingBody(RowBody):
    weekday = Whole(min_value=0, max_value=6, help_text="0 is Monday.")

    class Meta:
        model = Meeting
        fields = ["weekday", "start_time", "end_time", "place", "stream_url"]


class HolidayBody(RowBody):
    class Meta:
        model = Holiday
        fields = ["name", "starts_on", "ends_on"]


class RoleBody(RowBody):
    person = RowByName(Person, help_text="The slug of the person.")

    class Meta:
        model = CourseRole
        fields = ["person", "role", "name_as_printed"]


class CourseBody(RowBody):
    previous = CourseBySlug(
        required=False, allow_null=True, help_text="The slug of the previous edition."
    )
    sections = SectionBody(
        many=True, required=False, max_length=MOST_PARTS, help_text="In order."
    )
    meetings = MeetingBody(
        many=True,
        required=False,
        max_length=MOST_PARTS,
        help_text="Where no stream link is said it stays, of a meeting with the same "
        "weekday and start, or alone on its weekday.",
    )
    holidays = HolidayBody(many=True, required=False, max_length=MOST_PARTS)
    roles = RoleBody(
        many=True,
        required=False,
        max_length=MOST_PARTS,
        help_text="In order. They give rights: instructors alone change them, and only "
        "where they are said.",
    )

    class Meta:
        model = Course
        fields = [
            *("slug", "code", "other_codes", "title", "term", "kind", "institution"),
            *("time_zone", "starts_on", "ends_on", "status", "previous", "contact"),
            *("roles", "meetings", "holidays", "sections", "change_reason"),
        ]
        extra_kwargs = {"time_zone": {"validators": []}}  # no schema has them all

    example = {
        "slug": "optimization-2027",
        "code": "MATH 413",
        "title": "Convex Optimization",
        "term": "Spring 2027",
        "time_zone": "Europe/Zurich",
        "starts_on": "2027-02-01",
        "ends_on": "2027-05-28",
        "meetings": [{"weekday": 0, "start_time": "09:30", "end_time": "11:00"}],
    }
    # It would give rights away, hide the course, and move every class.
    kept = ["roles", "status", "time_zone"]

    def validate(self, said):
        """A previous edition that answers hide from the writer stays."""
        course = self.instance
        is_hidden = course and course.previous_id and course.previous_slug is None
        if is_hidden and not said.get("previous"):
            said["previous"] = course.previous
        return said

    def check(self, row, values, before=None):
        errors = {}
        for name in PARTS.keys() & values.keys():
            for place, part in enumerate(_parts(row, name, values[name])):
                try:
                    part.full_clean(exclude=["course", "person"], validate_unique=False)
                    if part.same[-1] > 1 and name in ("meetings", "roles"):
                        raise ValidationError(_("It stands here twice."))
                except ValidationError as error:
                    errors[f"{name}.{place}"] = error.messages
        if errors:
            raise ValidationError(errors)

    def put_parts(self, row, values):
        changed = set()
        for name, (_keys, fields) in PARTS.items():
            if name in values:
                stored = _told_apart(name, getattr(row, name).all())
                wanted = _parts(row, name, values[name])
                if name == "meetings":
                    _keep_links(stored, wanted, values[name])
                if put_rows(stored, wanted, attrgetter("same"), fields):
                    changed.add(name)
        if "roles" in changed:
            self._check_roles(row)
        return changed

    def _check_roles(self, course):
        """Refuse roles, saved by now, that are not the writer's to give and take, or
        with which they would lose their own rights."""
        request = self.context["request"]
        if not all(
            admin.site.may(request, action, CourseRole, course) for action in "acd"
        ):
            words = _("You may not change roles: instructors of the course do.")
            raise exceptions.PermissionDenied(words)
        if not Course.objects.filter(access.run_by(request.user), pk=course.pk):
            words = _("Your own role would go, and with it your rights here.")
            raise Conflict({"roles": [words]})


# The parts of a course: what tells two of them apart, and what else is written.
PARTS = {
    "sections": (["heading"], ["text", "visibility"]),
    "meetings": (["weekday", "start_time"], ["end_time", "place", "stream_url"]),
    "holidays": (["name", "starts_on"], ["ends_on"]),
    "roles": (["person_id", "role"], ["name_as_printed"]),
}


def _parts(course, name, said):
    """The rows that the field ``name`` of a body means, not saved."""
    model = Course._meta.get_field(name).related_model
    return _told_apart(name, [model(course=course, **each) for each in said])


def _told_apart(name, parts):
    """``parts``, each with what tells it apart as ``same``: at the end, which it is of
    those that are the same."""
    parts, seen = list(parts), Counter()
    for part in parts:
        key = tuple(getattr(part, field) for field in PARTS[name][0])
        seen[key] += 1
        part.same = (*key, seen[key])
    return parts


def _keep_links(stored, wanted, said):
    """No answer shows the stream links of meetings: where none is said, it stays, also
    of one that begins at another time, if it is alone on its weekday."""
    links = {meeting.same: meeting.stream_url for meeting in stored}
    days, new_days = (Counter(m.weekday for m in rows) for rows in (stored, wanted))
    alone = {
        meeting.weekday: meeting.stream_url
        for meeting in stored
        if days[meeting.weekday] == new_days[meeting.weekday] == 1
    }
    for meeting, each in zip(wanted, said, strict=True):
        if "stream_url" not in each:
            moved = alone.get(meeting.weekday, "")
            meeting.stream_url = links.get(meeting.same, moved)


class PersonOfSessionBody(PartBody):
    person = RowByName(Person, help_text="The slug of the person.")
    name_as_printed = Text(max_length=200, required=False, allow_blank=True)


class PeopleOfSession(serializers.ListSerializer):
    def to_internal_value(self, data):
        found = super().to_internal_value(data)
        people = Counter(each["person"] for each in found)
        if twice := [person for person, count in people.items() if count > 1]:
            words = _("“%s” stands here twice.") % twice[0]
            raise serializers.ValidationError(words, UNIQUE)
        return found


def _people(words):
    return PeopleOfSession(
        child=PersonOfSessionBody(),
        required=False,
        max_length=MOST_PARTS,
        help_text=words,
    )


class SessionBody(RowBody):
    course = CourseBySlug()
    instructors = _people("Who teaches it, in order.")
    scribes = _people("Who takes notes.")
    chairs = _people("Who chairs it.")

    class Meta:
        model = Session
        fields = [
            *("course", "key", "position", "number", "title", "kind", "status", "date"),
            *("date_as_printed", "end_date", "start_time", "end_time", "place"),
            *("stream_url", "instructors", "scribes", "chairs", "abstract", "notes"),
            *("visibility", "change_reason"),
        ]
        extra_kwargs = {
            "key": {
                "required": False,
                "help_text": "Part of the address. If there is none: the number, or "
                "the next that is free.",
            },
            "position": {
                "required": False,
                "help_text": "Place in the schedule; without it after the last.",
            },
        }

    example = {
        "course": "dl-2026",
        "title": "Implicit bias of gradient descent",
        "date": "2026-10-05",
        "start_time": "09:30",
        "end_time": "11:00",
        "abstract": "Why $w_t$ ends where it does.",
    }
    chosen_once = ["course"]
    kept = ["position", "stream_url"]
    is_bulk = True

    def complete(self, rows, values):
        by_course = defaultdict(list)
        for row, said in zip(rows, values, strict=True):
            by_course[row.course].append((row, said))
        prefetch_related_objects(list(by_course), "meetings")
        locked = Course.objects.select_for_update(of=("self",), no_key=True)
        # Who adds one waits for who adds another: both look for what is free.
        list(locked.filter(pk__in=[course.pk for course in by_course]).order_by("pk"))
        for course, same in by_course.items():
            taken = set(course.sessions.values_list("key", flat=True))
            taken.update(row.key for row, _said in same if row.key)
            position = next_position(course)
            for row, said in same:
                if not row.key:
                    row.key = free_key(course, row.number, taken)
                    taken.add(row.key)
                if "position" not in said:
                    row.position = position
                position = max(position, row.position + 1)

    def put_parts(self, row, values):
        changed = set()
        for name in values.keys() & ROLES.keys():
            stored = list(row.roles.filter(role=ROLES[name]))
            wanted = _roles(row, name, values[name])
            if put_rows(stored, wanted, attrgetter("person_id"), ["name_as_printed"]):
                changed.add(name)
        return changed

    def put_many_parts(self, rows, values):
        roles = []
        for row, said in zip(rows, values, strict=True):
            for name in said.keys() & ROLES.keys():
                of_kind = _roles(row, name, said[name])
                for position, role in enumerate(of_kind, start=1):
                    role.position = position
                roles += of_kind
        SessionRole.objects.bulk_create(roles)


def _roles(session, name, said):
    """The SessionRoles that the field ``name`` of a body means, not saved."""
    return [SessionRole(session=session, role=ROLES[name], **each) for each in said]


class SpeakerBody(PartBody):
    """A speaker of a talk, as printed that day. Without ``person`` who has that name in
    the course is found, else made."""

    name = Text(
        max_length=200,
        required=False,
        help_text="As shown. Without `person` it is who has this name in the course, "
        "or who was added and is in no course yet; else a new person, with a page.",
    )
    affiliation = Text(max_length=300, required=False, allow_blank=True)
    homepage = WebAddress(max_length=500, required=False, allow_blank=True)
    person = RowByName(Person, required=False, help_text="The slug of the person.")

    def validate(self, said):
        if not said.keys() & {"name", "person"}:
            words = _("Say a name, or the slug of a person.")
            raise serializers.ValidationError(words, INCOMPLETE)
        return said


class TalkBody(RowBody):
    session = RowById(Session, help_text="The id of its session.")
    speakers = SpeakerBody(
        many=True, required=False, max_length=MOST_PARTS, help_text="In order."
    )

    class Meta:
        model = Talk
        fields = [
            *("session", "position", "title", "start_time", "end_time", "place"),
            *("series", "speakers", "abstract", "biography", "visibility"),
            "change_reason",
        ]
        extra_kwargs = PLACED

    example = {
        "session": 17,
        "title": "Neural collapse",
        "speakers": [{"name": "Mei Tanaka", "affiliation": "Kyoto University"}],
    }
    kept = ["position"]
    is_bulk = True

    def complete(self, rows, values):
        _place_last(rows, values, ["session"])

    def check(self, row, values, before=None):
        if before is not None and row.session.course_id != before.session.course_id:
            raise ValidationError({"session": _("A talk stays in its course.")})
        said = values.get("speakers", ())
        for each in said:
            if "name" in each and "person" not in each:
                try:
                    speakers.check_name(each["name"])
                except ValidationError as error:
                    raise ValidationError({"speakers": error.messages}) from None
        people = [each["person"] for each in said if "person" in each]
        if len(people) > len(set(people)):
            raise ValidationError({"speakers": _("One stands here twice.")})

    def put_parts(self, row, values):
        if "speakers" not in values:
            return set()
        before, stored = speakers.line_of(row), _appearances(row)
        known = {each.person: each for each in row.appearances.select_related("person")}
        speakers.put(
            row,
            [
                _speaker(each, known.get(each.get("person")))
                for each in values["speakers"]
            ],
        )
        after = speakers.line_of(row)
        if before != after:
            words = _("Speakers: %(before)s → %(after)s")
            words %= {"before": before or "–", "after": after or "–"}
            row._change_reason = words
        return {"speakers"} if stored != _appearances(row) else set()

    def put_many_parts(self, rows, values):
        speakers.put_new(
            (row, [_speaker(each) for each in said.get("speakers", ())])
            for row, said in zip(rows, values, strict=True)
        )


def _speaker(said, known=None):
    """The Speaker that ``said`` means, who has the Appearance ``known``. What answers
    take from the person is not printed there, though it is said again."""
    person = said.get("person")
    said = {"name": person and person.name, "affiliation": "", "homepage": None} | said
    for name in ("name", "affiliation", "homepage"):
        if known and not getattr(known, name) and said[name] == getattr(person, name):
            said[name] = ""
    return speakers.Speaker(said["name"], said["affiliation"], said["homepage"], person)


def _appearances(talk):
    fields = ("person", "position", "name", "affiliation", "homepage")
    return list(talk.appearances.values_list(*fields))


class AssignmentBody(RowBody):
    course = CourseBySlug()
    reason = Text(
        required=False,
        allow_blank=True,
        max_length=300,
        help_text="Why the deadline moves, where it is known already: students read "
        "it beside the old time and the new one.",
    )

    class Meta:
        model = Assignment
        fields = [
            *("course", "number", "title", "kind", "brief", "opens_at", "due_at"),
            *("accepted_until", "grace_minutes", "reason", "team_size"),
            *("teams_lock_at", "max_points", "change_reason"),
        ]

    chosen_once = ["course"]

    def validate(self, said):
        if reason := said.get("reason"):
            said["change_reason"] = reason
        return said

    def check(self, row, values, before=None):
        is_moved = before and any(
            getattr(row, name) != getattr(before, name) for name in Assignment.DEADLINE
        )
        if is_moved and before.has_known_deadline and not values.get("reason"):
            said = _("The assignment is out: say why its deadline moves.")
            raise ValidationError({"reason": said})


def _place_last(rows, values, owners):
    """Give those of new ``rows`` whose ``values`` say no position that after the last
    of the same owner: the first of the fields ``owners`` that is not empty."""

    def owner_of(row):
        name = next(name for name in owners if getattr(row, f"{name}_id"))
        return name, getattr(row, f"{name}_id")

    last, chosen = Counter(), defaultdict(set)
    for name, owner in map(owner_of, rows):
        chosen[name].add(owner)
    for name, pks in chosen.items():
        empty = dict.fromkeys(owners[: owners.index(name)])
        stored = type(rows[0]).objects.filter(**{f"{name}__in": pks}, **empty)
        for pk, position in (
            stored.order_by().values_list(name).annotate(Max("position"))
        ):
            last[name, pk] = position
    for row, said in zip(rows, values, strict=True):
        owner = owner_of(row)
        if "position" not in said:
            row.position = min(last[owner] + 1, LARGEST_SMALL)
        last[owner] = max(last[owner], row.position)


class AttachedBody(RowBody):
    """What belongs to one of course, session, talk and assignment."""

    course = CourseBySlug(
        required=False, help_text="The slug of its course, if it belongs to none else."
    )
    session = RowById(Session, required=False, allow_null=True)
    talk = RowById(Talk, required=False, allow_null=True)
    assignment = RowById(Assignment, required=False, allow_null=True)

    kept = ["course", "position", *OWNERS]
    is_bulk = True

    def validate(self, said):
        if self.instance is None and not any(
            said.get(name) for name in ("course", *OWNERS)
        ):
            words = _("Choose a course, session, talk or assignment.")
            raise serializers.ValidationError({"course": [words]}, INCOMPLETE)
        return said

    def complete(self, rows, values):
        _place_last(rows, values, [*OWNERS, "course"])

    def without_said(self, values):
        """Where an owner is said, it is not under the one it had."""
        absent = super().without_said(values)
        if any(values.get(name) for name in OWNERS):
            absent |= dict.fromkeys(OWNERS - values.keys())
        return absent

    def derive(self, row):
        row.course = course_of(row)

    def check(self, row, values, before=None):
        said = values.get("course")
        if said and said != row.course:
            words = _("What it belongs to is in the course “%s”.") % row.course.slug
            raise ValidationError({"course": words})


class MaterialBody(AttachedBody):
    address = WebAddress(
        source="url",
        max_length=2000,
        required=False,
        allow_blank=True,
        help_text="Where it is, if it is no file here.",
    )

    class Meta:
        model = Material
        fields = [
            *("course", "session", "talk", "assignment", "position", "kind", "label"),
            *("group", "part", "remark", "address", "state", "expected_on"),
            *("missing_reason", "printed_address", "language", "format", "visibility"),
            "change_reason",
        ]
        extra_kwargs = PLACED

    example = {
        "course": "dl-2026",
        "kind": "notes",
        "label": "Notes of the whole course",
        "address": "https://example.org/notes.pdf",
    }
    kept = [*AttachedBody.kept, "printed_address"]


class ReadingBody(AttachedBody):
    paper = PaperByKey(
        required=False, allow_null=True, help_text="The key of the paper."
    )
    citation = Text(
        required=False,
        allow_blank=True,
        max_length=2000,
        help_text="Instead of `paper`: its citation, arXiv id or link, DOI or title. "
        "A paper that is here is found, else one is made.",
    )

    class Meta:
        model = Reading
        fields = [
            *("course", "session", "talk", "assignment", "position", "role", "remark"),
            *("text", "paper", "citation", "change_reason"),
        ]
        extra_kwargs = PLACED

    example = {
        "course": "dl-2026",
        "citation": "Y. LeCun, Y. Bengio, G. Hinton. Deep learning. Nature, 2015.",
        "remark": "To begin with.",
    }

    def validate(self, said):
        said = super().validate(said)
        if line := said.get("citation"):
            self._read(line, said)
        return said

    def _read(self, line, said):
        """Let the paper that ``line`` means be that of the reading, as a form does."""
        if said.get("paper"):
            words = _("Choose a paper or paste one, not both.")
            raise serializers.ValidationError({"citation": [words]}, INCOMPLETE)
        pasted = pasting.read(line)
        if pasted is None:
            words = _(
                "This cannot be read as a paper. Write “Authors. Title. Venue, year.”, "
                "an arXiv id or a DOI; what is no paper goes into “text”."
            )
            raise serializers.ValidationError({"citation": [words]}, INCOMPLETE)
        said["paper"] = pasted.paper
        if pasted.citation:
            may_change = admin.site.rows(self.context["request"], Paper, "c")
            said["paper"] = citing.paper_for(
                pasted.citation,
                reason="pasted",
                editable=Paper.objects.filter(may_change),
            ).paper
            text = said.get("text") or (self.partial and self.instance.text)
            if not pasted.is_bare and not text:
                said["text"] = richtext.escape(line)


class AnnouncementBody(RowBody):
    course = CourseBySlug()

    class Meta:
        model = Announcement
        fields = [
            *("course", "title", "body", "is_pinned", "published_at", "change_reason"),
        ]

    example = {
        "course": "dl-2026",
        "title": "No class on Monday",
        "body": "The *notes* of Wednesday cover it.",
    }
    kept = ["published_at"]


class PersonBody(RowBody):
    other_names = Texts(
        child=Text(max_length=200),
        required=False,
        max_length=200,
        help_text="Further spellings they are found by; no answer shows them.",
    )
    author = RowByName(
        Author,
        required=False,
        allow_null=True,
        help_text="The slug of the same person among the authors of papers.",
    )

    class Meta:
        model = Person
        fields = [
            *("slug", "name", "family_name", "given_name", "other_names"),
            *("affiliation", "homepage", "biography", "author", "change_reason"),
        ]
        extra_kwargs = {
            "slug": {
                "required": False,
                "help_text": "Part of the address; made of the name if there is none.",
            }
        }

    example = {
        "name": "Mei Tanaka",
        "affiliation": "Kyoto University",
        "homepage": "https://example.org/tanaka",
    }
    kept = ["other_names"]
    is_bulk = True

    def complete(self, rows, values):
        unnamed = [row for row in rows if not row.slug]
        others = {row.slug for row in rows}
        slugs = free_slugs([row.name for row in unnamed], others)
        for row, slug in zip(unnamed, slugs, strict=True):
            row.slug = slug

    def derive(self, row):
        row.derive()


class EnrolmentBody(RowBody):
    course = CourseBySlug()
    person = RowByName(Person, help_text="The slug of the person.")

    class Meta:
        model = Enrolment
        fields = [
            *("course", "person", "status", "code", "student_number", "change_reason"),
        ]
        extra_kwargs = {"student_number": {"help_text": "No answer shows it."}}

    example = {"course": "dl-2026", "person": "tanaka-mei", "status": "active"}
    kept = ["student_number"]
