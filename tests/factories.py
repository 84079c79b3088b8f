"""The smallest valid row of each model, saved. Nothing random, nothing of today.

A parent is the first argument and is made if left out; every field can be given
by name. What must be unique is numbered in the order of making: ``course-1``,
``course-2``. Everything is public and in a public course unless said otherwise.
"""

from datetime import UTC, date, datetime

from django.contrib.contenttypes.models import ContentType
from django.core.files.base import ContentFile

from courses import proposals
from courses.access import Status
from courses.models import (
    Announcement,
    Appearance,
    Assignment,
    AuditEntry,
    Course,
    CourseRole,
    Enrolment,
    Holiday,
    ImportRecord,
    Invitation,
    JoinRequest,
    Material,
    Meeting,
    Person,
    PersonMerge,
    Reading,
    Section,
    Session,
    SessionRole,
    StoredFile,
    Talk,
    TalkLink,
    Token,
    User,
)
from courses.models.mailed_link import digest
from projects.models import (
    Delivery,
    Extension,
    Gallery,
    Grade,
    Membership,
    Presentation,
    Publication,
    PublishedLink,
    Refusal,
    RosterEntry,
    Slot,
    Submission,
    Team,
    TeamInvitation,
)
from references.models import (
    Author,
    Authorship,
    Duplicate,
    Paper,
    PaperAlias,
    PaperLink,
)

PDF = b"%PDF-1.7\n1 0 obj\n<< >>\nendobj\ntrailer\n<< >>\n%%EOF\n"
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de"
    "0000000c49444154789c63f8cfc0000003010100c9fe92ef0000000049454e44ae426082"
)


def _next(model):
    return model._base_manager.count() + 1


# Who


def make_user(email=None, **fields):
    """An active account; its password is "password"."""
    email = email or f"user-{_next(User)}@example.org"
    return User.objects.create_user(email, "password", **fields)


def make_superuser(email=None, **fields):
    email = email or f"root-{_next(User)}@example.org"
    return User.objects.create_superuser(email, "password", **fields)


def make_person(name=None, **fields):
    number = _next(Person)
    fields.setdefault("slug", f"person-{number}")
    return Person.objects.create(name=name or f"Person {number}", **fields)


def make_course_role(course=None, person=None, **fields):
    return CourseRole.objects.create(
        course=course or make_course(), person=person or make_person(), **fields
    )


def make_instructor(course, **fields):
    """An account whose person is an instructor of ``course``."""
    user = make_user(**fields)
    make_course_role(course, make_person("Ada Instructor", user=user))
    return user


def make_assistant(course, **fields):
    """An account whose person is a teaching assistant of ``course``."""
    user = make_user(**fields)
    person = make_person("Tea Assistant", user=user)
    make_course_role(course, person, role=CourseRole.Role.ASSISTANT)
    return user


def make_enrolment(course=None, person=None, **fields):
    return Enrolment.objects.create(
        course=course or make_course(), person=person or make_person(), **fields
    )


def make_invitation(course=None, person=None, **fields):
    """An open one, valid for ever; its token is "token"."""
    fields.setdefault("role", Invitation.Role.STUDENT)
    fields.setdefault("email", "invited@example.org")
    fields.setdefault("token_hash", digest("token"))
    fields.setdefault("expires_at", datetime(9999, 1, 1, tzinfo=UTC))
    return Invitation.objects.create(
        course=course or make_course(), person=person or make_person(), **fields
    )


def make_person_merge(kept=None, **fields):
    """What remains of a person who was merged into ``kept``, but for the undo."""
    number = _next(PersonMerge)
    fields.setdefault("name", f"Gone {number}")
    fields.setdefault("slug", f"gone-{number}")
    return PersonMerge.objects.create(kept=kept or make_person(), **fields)


def make_join_request(course=None, user=None, **fields):
    fields.setdefault("name", "CHAN, Tai Man")
    fields.setdefault("asked_at", datetime(2025, 9, 1, 8, 0, tzinfo=UTC))
    return JoinRequest.objects.create(
        course=course or make_course(), user=user or make_user(), **fields
    )


def make_audit_entry(course=None, **fields):
    fields.setdefault("action", AuditEntry.Action.REFUSED)
    fields.setdefault("words", "GET /admin/")
    return AuditEntry.objects.create(course=course or make_course(), **fields)


def make_student(course, status=Enrolment.Status.ACTIVE, **fields):
    """An account whose person is enrolled in ``course``."""
    user = make_user(**fields)
    make_enrolment(course, make_person("Stu Dent", user=user), status=status)
    return user


def make_token(user=None, courses=(), **fields):
    """One that works for ever, and as ``clear`` its clear text; with ``courses``, for
    those only."""
    fields.setdefault("name", "lab page")
    fields.setdefault("made_at", datetime(9998, 12, 1, tzinfo=UTC))
    token = Token(user=user or make_user(), **fields)
    token.clear = token.issue()
    if courses:
        token.limit_to(courses)
    return token


# Courses and their schedules


def make_course(**fields):
    fields.setdefault("title", "Deep Learning")
    fields.setdefault("slug", f"course-{_next(Course)}")
    fields.setdefault("status", Status.PUBLIC)
    return Course.objects.create(**fields)


def make_section(course=None, **fields):
    fields.setdefault("heading", "Synopsis")
    fields.setdefault("text", "What this is about.")
    return Section.objects.create(course=course or make_course(), **fields)


def make_meeting(course=None, **fields):
    """Wednesdays 15:00 to 17:50 by default."""
    fields.setdefault("weekday", 2)
    fields.setdefault("start_time", "15:00")
    fields.setdefault("end_time", "17:50")
    meeting = Meeting(course=course or make_course(), **fields)
    meeting.clean_fields()  # times given as text become times
    meeting.save()
    return meeting


def make_holiday(course=None, **fields):
    fields.setdefault("name", "National Day")
    fields.setdefault("starts_on", date(2025, 10, 1))
    fields.setdefault("ends_on", fields["starts_on"])
    return Holiday.objects.create(course=course or make_course(), **fields)


def make_announcement(course=None, **fields):
    fields.setdefault("title", "Welcome")
    fields.setdefault("published_at", datetime(2025, 9, 1, 8, 0, tzinfo=UTC))
    return Announcement.objects.create(course=course or make_course(), **fields)


def make_session(course=None, talks=0, **fields):
    """A session with so many ``talks``; without a date unless one is given."""
    course = course or make_course()
    number = course.sessions.count() + 1
    fields.setdefault("position", number)
    fields.setdefault("key", f"{number:02}")
    fields.setdefault("title", f"Session {number}")
    session = Session.objects.create(course=course, **fields)
    for _ in range(talks):
        make_talk(session)
    return session


def make_session_role(session=None, person=None, **fields):
    return SessionRole.objects.create(
        session=session or make_session(), person=person or make_person(), **fields
    )


def make_talk(session=None, speaker=None, **fields):
    """A talk; with an appearance of ``speaker`` (a Person) if one is given."""
    session = session or make_session()
    number = session.talks.count() + 1
    fields.setdefault("position", number)
    fields.setdefault("title", f"Talk {number}")
    talk = Talk.objects.create(session=session, **fields)
    if speaker:
        make_appearance(talk, speaker)
    return talk


def make_appearance(talk=None, person=None, **fields):
    return Appearance.objects.create(
        talk=talk or make_talk(), person=person or make_person(), **fields
    )


def make_talk_link(talk=None, **fields):
    """An open one, valid for ever; its token is "token"."""
    fields.setdefault("email", "guest@example.org")
    fields.setdefault("token_hash", digest("token"))
    fields.setdefault("expires_at", datetime(9999, 1, 1, tzinfo=UTC))
    return TalkLink.objects.create(talk=talk or make_talk(), **fields)


def make_proposal(target=None, by=None, **values):
    """What ``by`` proposes for ``target``: a title of a talk by default."""
    values = values or {"title": "A better title"}
    return proposals.propose(target or make_talk(), values, by=by)


def make_assignment(course=None, **fields):
    fields.setdefault("title", "Project 1")
    return Assignment.objects.create(course=course or make_course(), **fields)


def make_import_record(course=None, **fields):
    """What an import remembers of a course's own row."""
    course = course or make_course()
    fields.setdefault("source_key", "course")
    fields.setdefault("content_type", ContentType.objects.get_for_model(Course))
    fields.setdefault("object_id", course.pk)
    return ImportRecord.objects.create(course=course, **fields)


def make_file(content=PDF, name="slides.pdf", **fields):
    return StoredFile.objects.store(ContentFile(content), name, **fields)


def make_material(owner=None, **fields):
    """A link of ``owner``: a course, session, talk or assignment."""
    if fields.get("state", "available") == "available" and "file" not in fields:
        fields.setdefault("url", "https://example.org/slides.pdf")
    return Material.objects.create(**_owned_by(owner), **fields)


def make_reading(owner=None, **fields):
    """A printed text read in ``owner``: a course, session, talk or assignment."""
    if "paper" not in fields:
        fields.setdefault("text", "A text to read.")
    return Reading.objects.create(**_owned_by(owner), **fields)


def _owned_by(owner):
    owner = owner or make_course()
    return {type(owner)._meta.model_name: owner}


# Papers


def make_author(family_name="Author", **fields):
    fields.setdefault("slug", f"author-{_next(Author)}")
    return Author.objects.create(family_name=family_name, **fields)


def make_paper(authors=(), **fields):
    """A paper by ``authors``, rows in printed order."""
    number = _next(Paper)
    fields.setdefault("key", f"paper-{number}")
    fields.setdefault("title", f"Paper {number}")
    paper = Paper.objects.create(**fields)
    for position, author in enumerate(authors):
        Authorship.objects.create(paper=paper, author=author, position=position)
    return paper


def make_paper_link(paper=None, **fields):
    fields.setdefault("url", "https://example.org/paper.pdf")
    return PaperLink.objects.create(paper=paper or make_paper(), **fields)


def make_paper_alias(paper=None, key="OldKey", **fields):
    return PaperAlias.objects.create(paper=paper or make_paper(), key=key, **fields)


def make_duplicate(paper=None, other=None, **fields):
    """Two papers for a person to decide whether they are one."""
    other = other or make_paper()
    fields.setdefault("reason", Duplicate.Reason.SIMILAR)
    fields.setdefault("likeness", 95)
    return Duplicate.objects.create(
        paper=paper or make_paper(), other=other, other_title=other.title, **fields
    )


# Projects


def make_team(course=None, members=(), **fields):
    """A team whose ``members`` are names as printed, or Person rows."""
    course = course or make_course()
    fields.setdefault("number", course.teams.count() + 1)
    team = Team.objects.create(course=course, **fields)
    for position, member in enumerate(members):
        whom = "name_as_printed" if isinstance(member, str) else "person"
        Membership.objects.create(team=team, position=position, **{whom: member})
    return team


def make_team_invitation(team=None, **fields):
    """An open one, valid for ever; its token is "token"."""
    fields.setdefault("email", "invited@example.org")
    fields.setdefault("token_hash", digest("token"))
    fields.setdefault("expires_at", datetime(9999, 1, 1, tzinfo=UTC))
    return TeamInvitation.objects.create(team=team or make_team(), **fields)


def make_slot(assignment=None, **fields):
    """A slot for a report in PDF."""
    return Slot.objects.create(assignment=assignment or make_assignment(), **fields)


def make_handing_in(course=None, size=1, **fields):
    """(slot, team, account): a student whose team may hand in for an assignment."""
    course = course or make_course()
    assignment = make_assignment(course, team_size=size, **fields)
    user = make_student(course)
    team = make_team(course, [user.person], assignment=assignment)
    return make_slot(assignment), team, user


def make_submission(slot=None, team=None, by=None, **fields):
    """A link that was received in ``slot``, or a ``file``; of a delivery of its own,
    received at ``received_at``."""
    if slot is None:
        slot, team, by = make_handing_in()
    number = Submission.objects.filter(team=team, slot=slot).count() + 1
    delivery = Delivery(
        team=team,
        by=by or make_user(),
        received_at=fields.pop("received_at", datetime(2025, 9, 1, 8, 0, tzinfo=UTC)),
        request_key=f"request-{_next(Delivery)}",
    )
    delivery.save()
    if "file" not in fields:
        fields.setdefault("url", "https://example.org/report")
    submission = Submission(
        delivery=delivery, team=team, slot=slot, number=number, **fields
    )
    submission.save()
    return submission


def make_roster_entry(person=None, delivery=None):
    person = person or make_person()
    delivery = delivery or make_submission().delivery
    entry = RosterEntry(delivery=delivery, person=person, name=person.name)
    entry.save()
    return entry


def make_extension(team=None, **fields):
    """More time for ``team``, or with ``assignment`` for all."""
    fields.setdefault("assignment", team and team.assignment)
    fields.setdefault("until", datetime(2025, 10, 8, 15, 59, tzinfo=UTC))
    fields.setdefault("reason", "Ill.")
    return Extension.objects.create(team=team, **fields)


def make_grade(team=None, **fields):
    """90 points, not released."""
    fields.setdefault("points", 90)
    return Grade.objects.create(team=team or make_handing_in()[1], **fields)


def make_refusal(assignment=None, user=None, **fields):
    fields.setdefault("at", datetime(2025, 9, 1, 8, 0, tzinfo=UTC))
    fields.setdefault("reason", "It is empty.")
    return Refusal.objects.create(
        assignment=assignment or make_assignment(), user=user or make_user(), **fields
    )


def make_presentation(session=None, **fields):
    fields.setdefault("members", ["FAN, Ganghua"])
    return Presentation.objects.create(session=session or make_session(), **fields)


def make_gallery(course=None, **fields):
    course = course or make_course()
    number = course.galleries.count() + 1
    fields.setdefault("name", f"Project {number}")
    fields.setdefault("slug", f"project-{number}")
    fields.setdefault("state", Gallery.State.PUBLIC)
    return Gallery.objects.create(course=course, **fields)


def make_publication(gallery=None, members=(), **fields):
    gallery = gallery or make_gallery()
    fields.setdefault("number", gallery.publications.count() + 1)
    fields.setdefault("state", Publication.State.PUBLISHED)
    if "team" not in fields:
        fields["team"] = make_team(gallery.course, members, number=fields["number"])
    return Publication.objects.create(gallery=gallery, **fields)


def make_published_link(publication=None, **fields):
    if not fields.keys() & {"file", "printed_address"}:
        fields.setdefault("url", "https://example.org/report.pdf")
    return PublishedLink.objects.create(
        publication=publication or make_publication(), **fields
    )
