"""Random courses, roles and rows: no page, choice, history or file tells of a row that
its reader may not see. The addresses are those of the URL configuration."""

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count, product

import pytest
from django.contrib import admin
from django.contrib.admin.templatetags.admin_urls import admin_urlname
from django.contrib.auth.models import AnonymousUser
from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.test import Client
from django.urls import URLPattern, get_resolver, reverse
from hypothesis import HealthCheck, Phase, given, settings
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
    StoredFile,
    Talk,
    Token,
)
from projects.models import Delivery, Gallery, Publication, Submission, Team
from references.models import Author, Paper
from tests import factories as make
from tests.logins import log_in

SIGN = re.compile(r"qx\d+qx")  # stands in every text of a row, and in no other row
PAST, FUTURE = datetime(2020, 1, 1, tzinfo=UTC), datetime(2999, 1, 1, tzinfo=UTC)
PARTS = ["none", "student", "auditor", "dropped", *CourseRole.Role.values]


@dataclass
class World:
    """Rows by their signs, and people by those of their e-mail addresses."""

    signs: dict = field(default_factory=dict)
    secrets: dict = field(default_factory=dict)
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
    }
)


def make_course(world, plan, reader):
    """A course as ``plan`` says, with a row of every kind that can be withheld."""
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
    world.add(make.make_enrolment, course, world.person(), student_number="*", code="*")
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
    make.make_reading(session, paper=make.make_paper([make.make_author()]))
    gallery = world.add(
        make.make_gallery, course, name="*", slug="*", state=plan["gallery"]
    )
    team = world.add(make.make_team, course, [world.person()], name="*")
    world.add(
        make.make_publication, gallery, team=team, title="*", state=plan["publication"]
    )
    world.add(make.make_presentation, session, title="*", members=[])
    hand_in(world, course)
    take_part(course, reader, plan["part"])


def hand_in(world, course):
    """Work of a team, its mark, and what staff keep about it."""
    assignment = make.make_assignment(course, opens_at=PAST, due_at=PAST)
    team = world.add(
        make.make_team, course, [world.person()], assignment=assignment, name="*"
    )
    slot = make.make_slot(assignment)
    make.make_submission(slot, team, file=make.make_file())
    world.add(make.make_submission, slot, team, url="https://example.org/*")
    world.add(make.make_extension, team, reason="*")
    world.add(make.make_refusal, assignment, reason="*", name="*")
    world.add(make.make_grade, team, feedback="*")


def take_part(course, reader, part):
    if part in CourseRole.Role.values:
        make.make_course_role(course, reader, role=part)
    elif part != "none":
        status = Enrolment.Status.ACTIVE if part == "student" else part
        make.make_enrolment(course, reader, status=status)


def withheld(world, user, in_administration):
    """The signs that must not be told to ``user``."""
    hidden = {sign for sign, row in world.signs.items() if not seen(row, user)}
    if not in_administration:
        return hidden | world.secrets.keys()
    hidden = {sign for sign in hidden if not edited(world.signs[sign], user)}
    return hidden | {
        sign
        for sign, person in world.secrets.items()
        if not access.may_contact(user, person)
    }


def seen(row, user):
    """Whether the pages of the site may tell ``user`` of ``row``."""
    if isinstance(row, StoredFile):
        return any(seen(material, user) for material in row.materials.all())
    rows = type(row).objects.all()
    if not hasattr(rows, "visible_to"):
        return False
    return rows.visible_to(user).filter(pk=row.pk).exists()


def edited(row, user):
    """Whether the administration may tell ``user`` of ``row``."""
    if isinstance(row, StoredFile):
        return any(edited(material, user) for material in row.materials.all())
    rows = type(row)._base_manager.filter(access.editable(user, "v", type(row)))
    return rows.filter(pk=row.pk).exists()


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


def screens():
    """The addresses of the administration, for the rows there are."""
    for model, screen in admin.site._registry.items():
        pks = of("pk", model)
        values = {
            "object_id": pks,
            "id": pks,
            "pk": pks | of("pk", Course),
            "other_pk": {Person.objects.last().pk},
            "label": {"courses.person", "references.paper"},
            "submission": of("pk", Submission),
            "team": of("pk", Team),
            "name": {"photo", "slides"},
            "direction": {"up"},
        }
        for pattern in screen.get_urls():
            if pattern.name:
                yield from addresses(f"admin:{pattern.name}", pattern.pattern, values)
        yield reverse(admin_urlname(model._meta, "changelist")) + "?q=qx"
        kind = ContentType.objects.get_for_model(model).pk
        yield from (reverse("admin:view_on_site", args=[kind, pk]) for pk in pks)
        inlines = (inline(model, admin.site) for inline in screen.inlines)
        for each in (screen, *inlines):
            meta = each.model._meta
            query = f"app_label={meta.app_label}&model_name={meta.model_name}&term=qx"
            for name in each.autocomplete_fields:
                yield f"{reverse('admin:autocomplete')}?{query}&field_name={name}"


@pytest.mark.django_db
@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    max_examples=max(4, settings().max_examples // 50),
    phases=[Phase.reuse, Phase.generate],  # shrinking takes minutes and tells little
)
@given(plans=st.lists(COURSES, min_size=2, max_size=2), is_logged_in=st.booleans())
def test_no_address_tells_of_what_is_withheld_property(plans, is_logged_in):
    with transaction.atomic():
        world = World()
        user = make.make_user("reader@example.org")
        reader = make.make_person("Reader", user=user, slug="reader")
        for plan in plans:
            make_course(world, plan, reader)
        client = Client()
        if is_logged_in:
            log_in(client, user)
        else:
            user = AnonymousUser()
        look(client, pages(), withheld(world, user, in_administration=False))
        if access.staff_roles(user):
            look(client, screens(), withheld(world, user, in_administration=True))
        transaction.set_rollback(True)


def look(client, urls, hidden):
    for url in urls:
        response = client.get(url)
        told = f"{response.headers} {b''.join(response)}".replace(url, "")
        assert not set(SIGN.findall(told)) & hidden, url
