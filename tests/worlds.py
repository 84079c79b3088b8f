"""Random courses with rows of every kind that can be withheld, whose texts have a sign
each, and the addresses of their pages."""

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count, product

from django.urls import URLPattern, get_resolver, reverse
from hypothesis import strategies as st

from courses import access
from courses.models import (
    Assignment,
    Course,
    CourseRole,
    Enrolment,
    Material,
    Person,
    Session,
    Talk,
    Token,
)
from projects.models import Delivery, Gallery, Publication, Submission
from references.models import Author, Paper
from tests import factories as make

SIGN = re.compile(r"qx\d+qx")  # stands in every text of a row, and in no other row
PAST, FUTURE = datetime(2020, 1, 1, tzinfo=UTC), datetime(2999, 1, 1, tzinfo=UTC)
PARTS = ["none", "student", "auditor", "dropped", *CourseRole.Role.values]


@dataclass
class World:
    """Rows by their signs, and people by those of their e-mail addresses; ``private``
    are the signs of student numbers."""

    signs: dict = field(default_factory=dict)
    secrets: dict = field(default_factory=dict)
    private: set = field(default_factory=set)
    numbers: count = field(default_factory=count)

    def sign(self):
        return f"qx{next(self.numbers)}qx"

    def add(self, function, *owners, **fields):
        """What ``function`` of the factories makes, with its sign in ``fields``."""
        sign = self.sign()
        row = function(
            *owners,
            **{
                name: value.replace("*", sign) if isinstance(value, str) else value
                for name, value in fields.items()
            },
        )
        self.signs[sign] = row
        return row

    def person(self):
        secret = self.sign()
        person = self.add(
            make.make_person, name="N*", slug="*", email=f"{secret}@example.org"
        )
        self.secrets[secret] = person
        return person


VISIBILITY = st.sampled_from(access.Visibility.values)
COURSES = st.fixed_dictionaries(
    {
        "status": st.sampled_from(access.Status.values),
        "visibilities": st.lists(VISIBILITY, min_size=6, max_size=6),
        "is_out": st.booleans(),
        "gallery": st.sampled_from(Gallery.State.values),
        "publication": st.sampled_from(Publication.State.values),
        "part": st.sampled_from(PARTS),
        "work": st.sampled_from(["none", "own", "left"]),
        "is_released": st.booleans(),
    }
)


def make_course(world, plan, reader):
    """A course as ``plan`` says, with a row of every kind that can be withheld, and the
    part in it of ``reader``, a Person."""
    when = PAST if plan["is_out"] else FUTURE
    shown = iter(plan["visibilities"])
    course = world.add(make.make_course, title="*", slug="*", status=plan["status"])
    world.add(make.make_section, course, heading="*", text="*", visibility=next(shown))
    world.add(make.make_announcement, course, title="*", body="*", published_at=when)
    assignment = world.add(
        make.make_assignment, course, title="*", brief="*", opens_at=when
    )
    session = world.add(
        make.make_session, course, title="*", key="*", visibility=next(shown)
    )
    talk = world.add(
        make.make_talk, session, world.person(), title="*", visibility=next(shown)
    )
    for owner in (course, session, talk, assignment):
        world.add(make.make_reading, owner, text="*")
    world.add(make.make_material, session, label="*", visibility=next(shown))
    world.add(
        make.make_material,
        talk,
        label="*",
        file=world.add(make.make_file, name="*.pdf"),
        visibility=next(shown),
    )
    make.make_session_role(session, world.person())
    make.make_course_role(course, world.person())
    number = world.sign()
    world.private.add(number)
    world.signs[number] = world.add(
        make.make_enrolment, course, world.person(), student_number=number, code="*"
    )
    world.add(
        make.make_invitation,
        course,
        world.person(),
        email="*@example.org",
        token_hash="*",
    )
    world.add(make.make_talk_link, talk, email="*@example.org", token_hash="*")
    world.add(make.make_join_request, course, make.make_user(), name="*", note="*")
    proposal = world.sign()
    world.signs[proposal] = make.make_proposal(talk, title=proposal)
    world.add(make.make_token, courses=[course], name="*")
    world.add(make.make_import_record, course, source_key="*")
    author = world.add(make.make_author, family_name="*", slug="*")
    paper = world.add(make.make_paper, [author], title="*", key="*")
    world.add(make.make_reading, session, paper=paper, remark="*")
    gallery = world.add(
        make.make_gallery, course, name="*", slug="*", state=plan["gallery"]
    )
    team = world.add(make.make_team, course, [world.person()], name="*")
    world.add(
        make.make_publication, gallery, team=team, title="*", state=plan["publication"]
    )
    world.add(make.make_presentation, session, title="*", members=[])
    hand_in(world, course, plan, world.person())
    if plan["work"] != "none":
        hand_in(world, course, plan, reader)
    take_part(course, reader, plan["part"])
    return course


def hand_in(world, course, plan, member):
    """Work of a team, its mark, and what staff keep about it; after it ``member`` may
    have left."""
    assignment = world.add(
        make.make_assignment, course, title="*", opens_at=PAST, due_at=PAST
    )
    team = world.add(make.make_team, course, [member], assignment=assignment, name="*")
    slot = make.make_slot(assignment)
    first = world.add(make.make_submission, slot, team, url="https://example.org/*")
    make.make_roster_entry(member, first.delivery)
    if plan["work"] == "left":
        team.memberships.update(left_at=PAST)
    make.make_submission(slot, team, file=make.make_file())
    world.add(make.make_submission, slot, team, url="https://example.org/*")
    world.add(make.make_extension, team, reason="*")
    world.add(make.make_refusal, assignment, reason="*", name="*")
    released_at = PAST if plan["is_released"] else None
    world.add(make.make_grade, team, feedback="*", released_at=released_at)


def take_part(course, reader, part):
    if part in CourseRole.Role.values:
        make.make_course_role(course, reader, role=part)
    elif part != "none":
        status = Enrolment.Status.ACTIVE if part == "student" else part
        make.make_enrolment(course, reader, status=status)


def routes(patterns, before=()):
    """(name with namespaces, its pattern) of every address."""
    for each in patterns:
        if not isinstance(each, URLPattern):
            inside = (*before, each.namespace) if each.namespace else before
            yield from routes(each.url_patterns, inside)
        elif each.name:
            yield ":".join([*before, each.name]), each.pattern


def addresses(name, pattern, values):
    """The address called ``name``, with all ``values`` of each of its arguments."""
    arguments = [*pattern.regex.groupindex]
    for chosen in product(*(sorted(values[each]) for each in arguments)):
        yield reverse(name, kwargs=dict(zip(arguments, chosen, strict=True)))


def pages():
    """The addresses of pages and files, for the rows there are."""
    values = {
        "gallery": of("slug", Gallery),
        "key": of("key", Session, Paper),
        "pk": of(
            *(
                "pk",
                Talk,
                Material,
                Publication,
                Assignment,
                Delivery,
                Submission,
                Token,
            )
        ),
        "number": {1},
        "name": {"slides.pdf"},
        "ending": {"bib", "ris", "json"},
        "token": {"unknown"},
    }
    slugs = {"courses": Course, "people": Person, "authors": Author}
    for name, pattern in routes(get_resolver().url_patterns):
        if name.startswith(("courses:", "projects:", "references:", "token_")):
            first = str(pattern).lstrip("^").partition("/")[0]
            slug = of("slug", slugs[first]) if first in slugs else ()
            yield from addresses(name, pattern, values | {"slug": slug})
    yield reverse("home")
    yield reverse("references:paper_list") + "?q=qx"


def of(field, *models):
    """The values of ``field`` in all rows of ``models``."""
    return {
        value
        for model in models
        for value in model._base_manager.values_list(field, flat=True)
    }
