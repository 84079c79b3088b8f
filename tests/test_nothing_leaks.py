"""Random courses, roles and rows: no page, choice, history or file tells of a row that
its reader may not see. The addresses are those of the URL configuration."""

import pytest
from django.contrib import admin
from django.contrib.admin.templatetags.admin_urls import admin_urlname
from django.contrib.auth.models import AnonymousUser
from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.test import Client
from django.urls import reverse
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from courses import access
from courses.models import Course, Person, StoredFile
from projects.models import Delivery, Submission, Team
from tests import factories as make
from tests.logins import log_in
from tests.worlds import COURSES, SIGN, World, addresses, make_course, of, pages

OWN_WORK = ("/me/", "/submit/receipts/")  # where one reads what one handed in


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


def kept_by(world, user):
    """The signs of what ``user`` handed something in for, and with whom: that is named
    to them for ever, though it cannot be opened any more."""
    rows = set()
    for delivery in Delivery.objects.visible_to(user):
        team = delivery.team
        rows |= {team, team.assignment, team.course, *team.assignment.slots.all()}
        rows |= {each.person for each in team.memberships.all()}
    return {sign for sign, row in world.signs.items() if row in rows}


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
        hidden = withheld(world, user, in_administration=False)
        own = {each for each in pages() if any(part in each for part in OWN_WORK)}
        look(client, (each for each in pages() if each not in own), hidden)
        look(client, sorted(own), hidden - kept_by(world, user))
        if access.staff_roles(user):
            look(client, screens(), withheld(world, user, in_administration=True))
        transaction.set_rollback(True)


def look(client, urls, hidden):
    for url in urls:
        response = client.get(url)
        told = f"{response.headers} {b''.join(response)}".replace(url, "")
        assert not set(SIGN.findall(told)) & hidden, url
