"""What a person taught, spoke on and wrote, across the courses a reader may know."""

from dataclasses import dataclass, field

from .models import (
    Appearance,
    Course,
    CourseRole,
    Session,
    SessionRole,
    Talk,
)


@dataclass
class Part:
    """What someone does in a course: in all of it, and in single sessions."""

    course: Course
    roles: list[CourseRole] = field(default_factory=list)
    duties: list[SessionRole] = field(default_factory=list)


@dataclass
class Profile:
    parts: list[Part]
    appearances: list[Appearance]
    papers: list


def of_person(person, user, unlisted=False):
    """The Profile of ``person``: only through rows listed for ``user``, or all that
    they may open if ``unlisted``."""

    def shown(model):
        rows = model.objects
        return rows.visible_to(user) if unlisted else rows.listed_for(user)

    roles = person.roles.filter(course__in=shown(Course))
    duties = person.session_roles.filter(session__in=shown(Session))
    appearances = person.appearances.filter(talk__in=shown(Talk))
    author = person.author
    return Profile(
        parts=_by_course(
            roles.select_related("course"),
            duties.select_related("session__course").order_by(
                "session__position", "session__pk"
            ),
        ),
        appearances=list(
            appearances.select_related("talk__session__course").order_by(
                "-talk__session__starts_at", "-talk__pk"
            )
        ),
        papers=list(author.papers.visible_to(user).with_authors()) if author else [],
    )


def _by_course(roles, duties):
    """Parts, the latest course first."""
    parts = {}
    for role in roles:
        parts.setdefault(role.course, Part(role.course)).roles.append(role)
    for duty in duties:
        course = duty.session.course
        parts.setdefault(course, Part(course)).duties.append(duty)
    return sorted(parts.values(), key=latest_first)


def latest_first(part):
    """A key to sort by the first day of ``part.course``, courses without one last."""
    first_day = part.course.starts_on
    return (
        first_day is None,
        -first_day.toordinal() if first_day else 0,
        part.course.pk,
    )
