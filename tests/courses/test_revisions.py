"""Revisions, times and removals, which triggers keep on both databases."""

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from io import StringIO

import pytest
from django.apps import apps
from django.contrib.auth.models import AnonymousUser
from django.core.management import call_command
from django.core.management.sql import (
    emit_post_migrate_signal,
    emit_pre_migrate_signal,
)
from django.db import OperationalError, connection, transaction
from django.db.migrations import Migration
from django.db.models import F, Sum
from django.test import TestCase
from django.utils import timezone
from simple_history.models import HistoricalChanges

from courses import revisions, triggers
from courses.access import Status, Visibility
from courses.models import (
    Course,
    CourseRole,
    Person,
    Removal,
    Revision,
    Session,
    SessionRole,
    Talk,
)
from references.models import Paper
from tests import factories as make
from tests.processes import run_at_once

pytestmark = pytest.mark.both

PAST = datetime(2020, 1, 1, tzinfo=UTC)
NOBODY = AnonymousUser()


def number(course):
    """The revision of a course, a row or its pk; of what courses share for 0."""
    found = Revision.objects.filter(course=getattr(course, "pk", course))
    return found.aggregate(n=Sum("number", default=0))["n"]


def rows(row):
    """A queryset of ``row`` alone."""
    return type(row)._base_manager.filter(pk=row.pk)


def age(*aging):
    """Let these rows have been changed long ago; that is no change. People and papers
    first, which others name."""
    for row in sorted(aging, key=lambda row: not isinstance(row, (Person, Paper))):
        rows(row).update(updated_at=PAST)


def is_new(row):
    return rows(row).get().updated_at > PAST


def all_models():
    return [
        model
        for app in ("references", "courses", "projects")
        for model in apps.get_app_config(app).get_models(include_auto_created=True)
        if not issubclass(model, HistoricalChanges)
    ]


# One row of every model that is shown, in a course.
ROWS = {
    "courses.Course": lambda course: course,
    "courses.CourseRole": make.make_course_role,
    "courses.Section": make.make_section,
    "courses.Meeting": make.make_meeting,
    "courses.Holiday": make.make_holiday,
    "courses.Announcement": make.make_announcement,
    "courses.Assignment": make.make_assignment,
    "courses.Session": make.make_session,
    "courses.SessionRole": lambda c: make.make_session_role(make.make_session(c)),
    "courses.Talk": lambda c: make.make_talk(make.make_session(c)),
    "courses.Appearance": lambda c: make.make_appearance(
        make.make_talk(make.make_session(c))
    ),
    "courses.Material": make.make_material,
    "courses.Reading": make.make_reading,
    "courses.CitationKey": lambda c: c.citation_keys.create(
        paper=make.make_paper(), key="old"
    ),
    "courses.StoredFile": lambda c: make.make_material(c, file=make.make_file()).file,
    "courses.Person": lambda c: make.make_person(),
    "references.Paper": lambda c: make.make_paper(),
    "references.Author": lambda c: make.make_author(),
    "references.Authorship": lambda c: make.make_paper(
        [make.make_author()]
    ).authorships.get(),
    "references.PaperLink": lambda c: make.make_paper_link(),
    "references.PaperAlias": lambda c: make.make_paper_alias(),
    "projects.Slot": lambda c: make.make_slot(make.make_assignment(c)),
    "projects.Gallery": make.make_gallery,
    "projects.Publication": lambda c: make.make_publication(make.make_gallery(c)),
    "projects.PublishedLink": lambda c: make.make_published_link(
        make.make_publication(make.make_gallery(c))
    ),
    "projects.Presentation": lambda c: make.make_presentation(make.make_session(c)),
    "projects.Team": lambda c: make.make_publication(make.make_gallery(c)).team,
    "projects.Membership": lambda c: make.make_publication(
        make.make_gallery(c), ["Ann"]
    ).team.memberships.get(),
}
# In whose answers they stand.
WHOLES = {
    "courses.CourseRole": lambda row: [row.course, row.person],
    "courses.Section": lambda row: [row.course],
    "courses.Meeting": lambda row: [row.course],
    "courses.Holiday": lambda row: [row.course],
    "courses.SessionRole": lambda row: [row.session, row.person],
    "courses.Appearance": lambda row: [row.talk, row.person],
    "courses.StoredFile": lambda row: list(row.materials.all()),
    "courses.Person": lambda row: [],  # see below
    "references.Paper": lambda row: [],
    "references.Author": lambda row: [],
    "references.Authorship": lambda row: [row.paper],
    "references.PaperLink": lambda row: [row.paper],
    "references.PaperAlias": lambda row: [row.paper],
    "projects.Slot": lambda row: [row.assignment],
    "projects.PublishedLink": lambda row: [row.publication],
    "projects.Presentation": lambda row: [row.session],
    "projects.Team": lambda row: list(row.publications.all()),
    "projects.Membership": lambda row: list(row.team.publications.all()),
}
HIDDEN = {
    "courses.AuditEntry": make.make_audit_entry,
    "courses.Enrolment": lambda c: make.make_enrolment(c, Person.objects.first()),
    "courses.Invitation": lambda c: make.make_invitation(c, Person.objects.first()),
    "courses.User": lambda c: make.make_user(),
}


def copy_of(row):
    """A second row as ``row``, not saved, that nothing unique stands in the way of."""
    fields = {f.attname: getattr(row, f.attname) for f in row._meta.concrete_fields}
    fields["id"] = None
    for field in row._meta.concrete_fields:
        if field.unique and not field.primary_key and fields[field.attname]:
            fields[field.attname] = f"{fields[field.attname]}2"
    if "number" in fields and isinstance(fields["number"], int):
        fields["number"] += 1
    for name in ("key", "slug", "label"):
        if fields.get(name) is not None:
            fields[name] = f"{fields[name]}3"
    if "start_time" in fields and "weekday" in fields:
        fields["weekday"] += 1
    if "role" in fields and "name_as_printed" in fields:
        fields["role"] = "assistant" if "course_id" in fields else "scribe"
    if "author_id" in fields and "paper_id" in fields:
        fields["author_id"] = make.make_author().pk
    if "talk_id" in fields and "affiliation" in fields:
        fields["person_id"] = make.make_person().pk
    if "url" in fields and "paper_id" in fields:
        fields["url"] += "?2"
    return type(row)(**fields)


class ShownTests(TestCase):
    def test_every_model_is_shown_or_known_not_to_be(self):
        labels = {model._meta.label for model in all_models()}
        self.assertEqual(labels, revisions.SHOWN.keys() | revisions.UNSHOWN)
        self.assertEqual(revisions.SHOWN.keys() & revisions.UNSHOWN, set())

    def test_every_model_that_is_shown_has_a_row_here(self):
        self.assertEqual(ROWS.keys(), revisions.SHOWN.keys())
        parts = {label for label, row in revisions.SHOWN.items() if row.part_of}
        self.assertEqual(WHOLES.keys(), parts)

    def check(self, change, raises=1, prepare=None, without=()):
        """That ``change`` of a row of each model, or of what ``prepare`` makes of it,
        raises what shows it, once."""
        for name in ROWS.keys() - set(without):
            with self.subTest(name), transaction.atomic():
                course, other = make.make_course(), make.make_course()
                row = ROWS[name](course)
                row = prepare(row) if prepare else row
                pks = course.pk, 0, other.pk
                before = [number(pk) for pk in pks]
                change(row)
                rose = [number(pk) - n for pk, n in zip(pks, before, strict=True)]
                is_shared = revisions.SHOWN[name].courses == revisions.SHARED
                expected = [0, raises, 0] if is_shared else [raises, 0, 0]
                self.assertEqual(rose, expected)
                transaction.set_rollback(True)

    def test_save(self):
        self.check(lambda row: row.save())

    def test_update(self):
        self.check(
            lambda row: type(row)._base_manager.filter(pk=row.pk).update(id=row.pk)
        )

    def test_update_of_no_row_changes_nothing(self):
        def change(row):
            type(row)._base_manager.filter(pk=-1).update(id=-2)
            type(row)._base_manager.filter(pk=-1)._raw_delete(using="default")

        self.check(change, raises=0)

    def test_bulk_update(self):
        def change(row):
            field = row._meta.concrete_fields[1]
            type(row)._base_manager.bulk_update([row], [field.name])

        self.check(change)

    def test_bulk_create(self):
        not_shown_yet = ("courses.Course", "courses.StoredFile", "projects.Team")
        self.check(
            lambda row: type(row)._base_manager.bulk_create([row]),
            prepare=copy_of,
            without=not_shown_yet,
        )

    def test_plain_sql(self):
        def change(row):
            with connection.cursor() as cursor:
                table = row._meta.db_table
                cursor.execute(f"UPDATE {table} SET id = id WHERE id = {row.pk}")  # noqa: S608

        self.check(change)

    def test_delete(self):
        # A file, or a team, cannot go while something shows it.
        self.check(
            lambda row: rows(row)._raw_delete(using="default"),
            without=("courses.StoredFile", "projects.Team"),
        )

    def test_what_is_private_raises_nothing(self):
        course = make.make_course()
        make.make_person()
        for name, make_row in HIDDEN.items():
            with self.subTest(name):
                before = revisions.of(), number(course)
                row = make_row(course)
                row.save()
                row.delete()
                self.assertEqual((revisions.of(), number(course)), before)

    def test_handing_in_raises_nothing(self):
        slot, team, user = make.make_handing_in()
        file = make.make_file()
        before = revisions.of()
        make.make_submission(slot, team, user, file=file)
        make.make_extension(team)
        make.make_grade(team).save()
        team.name = "The loners"
        team.save()
        team.memberships.update(position=3)
        make.make_refusal(slot.assignment, user)

        self.assertEqual(revisions.of(), before)

    def test_a_move_raises_both_courses(self):
        one, two = make.make_course(), make.make_course()
        for name in ("courses.Session", "courses.Section", "projects.Gallery"):
            row = ROWS[name](one)
            before = number(one), number(two)
            row.course = two
            row.save()
            with self.subTest(name):
                after = number(one), number(two)
                self.assertEqual(after, (before[0] + 1, before[1] + 1))
        talk = ROWS["courses.Talk"](one)
        session = make.make_session(two)
        before = number(one), number(two)
        Talk.objects.filter(pk=talk.pk).update(session=session)
        self.assertEqual((number(one), number(two)), (before[0] + 1, before[1] + 1))

    def test_many_to_many(self):
        session, person = make.make_session(), make.make_person()
        for change in (
            lambda: session.people.add(person),
            lambda: session.people.remove(person),
            lambda: session.people.set([person]),
            lambda: session.people.clear(),
        ):
            before = number(session.course)
            change()
            self.assertEqual(number(session.course), before + 1)

    def test_a_cascade(self):
        course = make.make_course()
        session = make.make_session(course)
        make.make_material(session)
        before = number(course)
        session.delete()
        self.assertEqual(number(course), before + 2)

    def test_rows_that_are_there_already(self):
        """Of an insert that does nothing, or an upsert."""
        course = make.make_course()
        person = make.make_person()
        role = CourseRole(course=course, person=person)
        before = number(course)
        CourseRole.objects.bulk_create([role], ignore_conflicts=True)
        self.assertEqual(number(course), before + 1)
        session = make.make_session(course, key="01")
        before = number(course)
        again = Session(course=course, key="01", title="Another")
        Session.objects.bulk_create(
            [again],
            update_conflicts=True,
            unique_fields=["course", "key"],
            update_fields=["title"],
        )
        self.assertEqual(number(course), before + 1)
        age(session)
        again.title = "A third"
        Session.objects.bulk_create(
            [Session(course=course, key="01", title="A third")],
            update_conflicts=True,
            unique_fields=["course", "key"],
            update_fields=["title"],
        )
        self.assertTrue(is_new(session))

    def test_rollback_raises_nothing(self):
        course = make.make_course()
        before = revisions.of(course)
        with transaction.atomic():
            make.make_session(course)
            make.make_paper()
            transaction.set_rollback(True)
        self.assertEqual(revisions.of(course), before)


class StateTests(TestCase):
    def test_in_one_query(self):
        course = make.make_course()
        make.make_session(course)
        make.make_announcement(course)
        for asked in (course, course.slug, None):
            revisions.of(asked)
            with self.subTest(asked), self.assertNumQueries(1):
                revisions.of(asked)

    def test_of_slug_and_row_are_one(self):
        course = make.make_course()
        make.make_course()
        make.make_paper()
        self.assertEqual(revisions.of(course), revisions.of(course.slug))
        self.assertEqual(revisions.of(course).course, course.pk)
        self.assertEqual(revisions.of(course).number, number(course) + number(0))
        self.assertIsNone(revisions.of("nowhere"))

    def test_everything_is_the_sum(self):
        one, two = make.make_course(), make.make_course()
        make.make_paper()
        make.make_session(two)
        everything = revisions.of()
        self.assertEqual(everything.number, number(one) + number(two) + number(0))
        self.assertIsNone(everything.course)

    def test_courses_that_change_addresses_have_other_marks(self):
        one, two = make.make_course(slug="one"), make.make_course(slug="two")
        mark = revisions.of("one").mark
        Course.objects.filter(pk=one.pk).update(slug="three")
        Course.objects.filter(pk=two.pk).update(slug="one")
        self.assertNotEqual(revisions.of("one").mark, mark)

    def test_the_clock_lets_rows_appear(self):
        now = timezone.now()
        course, other = make.make_course(), make.make_course()
        make.make_assignment(course, opens_at=now - timedelta(hours=3))
        make.make_announcement(course, published_at=now - timedelta(hours=2))
        make.make_announcement(course, published_at=now + timedelta(hours=1))
        gallery = make.make_gallery(other)
        make.make_publication(gallery, embargo_until=now - timedelta(hours=1))
        self.assertEqual(
            [revisions.of(each).appeared_at for each in (course, other, None)],
            [
                now - timedelta(hours=2),
                now - timedelta(hours=1),
                now - timedelta(hours=1),
            ],
        )


class TimeTests(TestCase):
    def test_a_change_of_a_part_is_one_of_the_whole(self):
        for name, wholes_of in WHOLES.items():
            with self.subTest(name), transaction.atomic():
                row = ROWS[name](make.make_course())
                wholes = wholes_of(row)
                age(*wholes)
                rows(row).update(id=row.pk)
                self.assertEqual(
                    [is_new(each) for each in wholes], [True] * len(wholes)
                )
                if name not in ("courses.StoredFile", "projects.Team"):
                    age(*wholes)
                    rows(row)._raw_delete(using="default")
                    self.assertTrue(all(map(is_new, wholes)))
                transaction.set_rollback(True)

    def test_a_change_of_who_or_what_is_named_is_one_of_what_names_it(self):
        author = make.make_author()
        paper = make.make_paper([author])
        person = make.make_person(author=author)
        duty = make.make_session_role(person=person)
        talk = make.make_talk(duty.session, person)
        course = make.make_course_role(duty.session.course, person).course
        reading = make.make_reading(talk, paper=paper)
        unrelated = make.make_reading(duty.session, paper=make.make_paper())
        for row, naming in (
            (person, [author, course, duty.session, talk]),
            (author, [person, paper, reading]),
            (paper, [reading]),
            (paper.authorships.get(), [paper, reading]),
        ):
            age(*naming, unrelated)
            rows(row).update(id=row.pk)
            self.assertEqual([is_new(each) for each in naming], [True] * len(naming))
            self.assertFalse(is_new(unrelated))

    def test_both_wholes_of_a_part_that_moves(self):
        role = make.make_session_role()
        other = make.make_session()
        person = make.make_person()
        wholes = [role.session, other, role.person, person]
        age(*wholes)
        SessionRole.objects.update(session=other, person=person)
        self.assertEqual([is_new(each) for each in wholes], [True] * 4)

    def test_update_sets_it(self):
        course = make.make_course()
        for model in revisions.timed():
            with self.subTest(model._meta.label):
                row = ROWS[model._meta.label](course)
                age(row)
                self.assertFalse(is_new(row))
                rows(row).update(id=row.pk)
                self.assertTrue(is_new(row))

    def test_update_sets_that_of_what_nobody_is_shown(self):
        for row in (make.make_enrolment(), make.make_grade()):
            with self.subTest(row._meta.label):
                before = revisions.of().mark
                age(row)
                self.assertFalse(is_new(row))
                rows(row).update(id=row.pk)
                self.assertTrue(is_new(row))
                self.assertEqual(revisions.of().mark, before)

    def test_it_has_parts_of_seconds_and_is_never_set_back(self):
        session = make.make_session()
        seen = set()
        for number in range(20):
            Session.objects.update(position=number)
            seen.add(Session.objects.get().updated_at.microsecond)
        self.assertGreater(len(seen), 2)
        session.updated_at = PAST
        session.save_base(raw=True)
        self.assertTrue(is_new(session))
        self.assertLessEqual(session.created_at, Session.objects.get().updated_at)

    def test_every_model_with_removals_has_both(self):
        for model in revisions.timed():
            names = {field.name for field in model._meta.concrete_fields}
            self.assertLessEqual({"created_at", "updated_at"}, names)

    def test_who_may_see_a_row_touches_it(self):
        session = make.make_session()
        talk = make.make_talk(session)
        person = make.make_appearance(talk).person
        material = make.make_material(talk)
        gallery = make.make_gallery(session.course, session=session)
        publication = make.make_publication(gallery)
        assignment = make.make_assignment(session.course)
        reading = make.make_reading(assignment)
        unrelated = make.make_session()
        seen = [talk, person, material, gallery, publication, assignment, reading]
        changes = {
            Course.objects.filter(pk=session.course.pk): {"status": Status.DRAFT},
            Session.objects.filter(pk=session.pk): {"visibility": Visibility.STAFF},
            Talk.objects.filter(pk=talk.pk): {"visibility": Visibility.STAFF},
            type(assignment).objects.all(): {"opens_at": timezone.now()},
            type(gallery).objects.all(): {"state": "draft"},
        }
        expected = [
            [True] * 7,
            [True] * 5 + [False] * 2,
            [True, True, True, False, False, False, False],
            [False] * 5 + [True, True],
            [False] * 3 + [True, True, False, False],
        ]
        for (queryset, values), touched in zip(changes.items(), expected, strict=True):
            age(*seen, unrelated)
            before = number(session.course)
            queryset.update(**values)
            self.assertEqual([is_new(row) for row in seen], touched)
            self.assertEqual(number(session.course), before + 1)
            self.assertFalse(is_new(unrelated))
            age(*seen)
            queryset.update(**values)  # again, which changes nothing
            still = queryset.model
            others = [row for row in seen if not isinstance(row, still)]
            self.assertFalse(any(map(is_new, others)))


class ChangedSinceTests(TestCase):
    def test_tells_what_was_changed(self):
        old, new = make.make_session(), make.make_session()
        age(old, new)
        since = revisions.as_of()
        Session.objects.filter(pk=new.pk).update(title="New")
        changed = Session.objects.filter(revisions.changed_since(Session, since))
        self.assertQuerySetEqual(changed, [new])

    def test_tells_what_the_clock_let_appear(self):
        now = timezone.now()
        assignment = make.make_assignment(opens_at=now - timedelta(minutes=1))
        material = make.make_material(assignment)
        later = make.make_assignment(opens_at=now + timedelta(minutes=1))
        age(assignment, material, later, make.make_material(later))
        since = now - timedelta(minutes=2)
        for row in (assignment, material):
            model = type(row)
            found = model.objects.filter(revisions.changed_since(model, since))
            self.assertQuerySetEqual(found, [row])


class RemovalTests(TestCase):
    def setUp(self):
        self.course = make.make_course()
        self.staff = make.make_instructor(self.course)
        self.others = make.make_instructor(make.make_course())
        Removal.objects.all().delete()

    def told(self, kind, user=NOBODY, course=None):
        since = timezone.now() - timedelta(minutes=1)
        return list(revisions.removals(kind, since, user, course))

    def all_told(self, user=NOBODY):
        kinds = Removal.objects.values_list("kind", flat=True)
        return {kind: self.told(kind, user) for kind in kinds if self.told(kind, user)}

    def test_of_what_was_deleted(self):
        for model in revisions.timed():
            label = model._meta.label
            if label in ("courses.Person", "courses.Course"):
                continue
            with self.subTest(label), transaction.atomic():
                row = ROWS[label](self.course)
                pk = row.pk
                rows(row)._raw_delete(using="default")
                self.assertEqual(self.all_told(), {revisions.kind(model): [pk]})
                transaction.set_rollback(True)

    def test_of_what_was_not_public_only_to_staff(self):
        session = make.make_session(self.course, visibility=Visibility.MEMBERS)
        public = make.make_session(self.course)
        pks = [session.pk, public.pk]
        talk = make.make_talk(session).pk
        session.delete()
        public.delete()
        self.assertEqual(self.told("session"), pks[1:])
        self.assertEqual(self.told("talk"), [])
        self.assertEqual(self.told("session", self.others), pks[1:])
        self.assertEqual(self.told("session", self.staff), pks)
        self.assertEqual(self.told("talk", self.staff), [talk])
        self.assertEqual(self.told("session", make.make_superuser()), pks)
        self.assertEqual(self.told("session", course=self.course.slug), pks[1:])
        self.assertEqual(self.told("session", course="another"), [])

    def test_of_what_courses_share_to_who_asks_about_one(self):
        paper = make.make_paper()
        pk = paper.pk
        paper.delete()
        self.assertEqual(self.told("paper", course=self.course.slug), [pk])

    def test_of_what_leaves_the_public_with_all_under_it(self):
        session = make.make_session(self.course)
        talk = make.make_talk(session)
        hidden = make.make_talk(session, visibility=Visibility.STAFF)
        make.make_material(hidden)
        chair = make.make_session_role(session).person
        person = make.make_appearance(talk).person
        make.make_appearance(hidden)
        material, reading = make.make_material(talk), make.make_reading(session)
        gallery = make.make_gallery(self.course, session=session)
        publication = make.make_publication(gallery)
        make.make_publication(gallery, state="draft")
        session.visibility = Visibility.STAFF
        session.save()
        expected = {
            "session": [session.pk],
            "talk": [talk.pk],
            "person": [chair.pk, person.pk],
            "material": [material.pk],
            "reading": [reading.pk],
            "gallery": [gallery.pk],
            "publication": [publication.pk],
        }
        self.assertEqual(self.all_told(), expected)
        Removal.objects.all().delete()
        session.visibility = Visibility.MEMBERS
        session.save()
        self.assertEqual(Removal.objects.count(), 0)  # it was not public

    def test_of_a_course_that_leaves_the_public(self):
        session = make.make_session(self.course)
        assignment = make.make_assignment(self.course)
        later = make.make_assignment(
            self.course, opens_at=timezone.now() + timedelta(days=1)
        )
        make.make_material(later)
        material = make.make_material(assignment)
        announcement = make.make_announcement(self.course)
        Course.objects.filter(pk=self.course.pk).update(status=Status.ARCHIVED)
        Removal.objects.all().delete()
        Course.objects.filter(pk=self.course.pk).update(status=Status.UNLISTED)
        expected = {
            "course": [self.course.pk],
            "session": [session.pk],
            "assignment": [assignment.pk],
            "material": [material.pk],
            "announcement": [announcement.pk],
            "person": [self.staff.person.pk],
        }
        self.assertEqual(self.all_told(), expected)

    def test_of_other_fields_that_hide(self):
        tomorrow = timezone.now() + timedelta(days=1)
        gallery = make.make_gallery(self.course)
        publication = make.make_publication(gallery)
        withdrawn = make.make_publication(gallery)
        assignment = make.make_assignment(self.course)
        announcement = make.make_announcement(self.course)
        material = make.make_material(self.course)
        for row, values in (
            (publication, {"embargo_until": tomorrow}),
            (withdrawn, {"state": "withdrawn"}),
            (assignment, {"opens_at": tomorrow}),
            (announcement, {"published_at": tomorrow}),
            (material, {"visibility": Visibility.STAFF}),
        ):
            rows(row).update(**values)
        expected = {
            "publication": [publication.pk, withdrawn.pk],
            "assignment": [assignment.pk],
            "announcement": [announcement.pk],
            "material": [material.pk],
        }
        self.assertEqual(self.all_told(), expected)

    def test_of_what_moves_to_where_not_everybody_looks(self):
        draft = make.make_course(status=Status.DRAFT)
        session, talk = make.make_session(self.course, talks=1), Talk.objects.get()
        Session.objects.filter(pk=session.pk).update(course=draft)
        self.assertEqual(self.all_told(), {"session": [session.pk], "talk": [talk.pk]})
        Removal.objects.all().delete()
        Session.objects.filter(pk=session.pk).update(course=self.course)
        self.assertEqual(self.all_told(), {})
        boss = make.make_instructor(draft)
        Removal.objects.all().delete()
        Session.objects.filter(pk=session.pk).update(course=draft)
        Removal.objects.all().delete()
        Session.objects.filter(pk=session.pk).update(course=self.course)
        self.assertEqual(self.told("session", boss), [session.pk])
        self.assertEqual(self.told("session", self.staff), [])

    def test_of_people_whose_parts_go(self):
        role = make.make_course_role(self.course)
        duty = make.make_session_role(make.make_session(self.course))
        talk = make.make_appearance(make.make_talk(make.make_session(self.course)))
        people = [each.person.pk for each in (role, duty, talk)]
        role.delete()
        SessionRole.objects.update(person=make.make_person())
        talk.delete()
        self.assertEqual(self.told("person"), people)
        hidden = make.make_session(self.course, visibility=Visibility.STAFF)
        other = make.make_session_role(hidden)
        other.delete()
        self.assertEqual(self.told("person"), people)
        self.assertEqual(self.told("person", self.staff), [*people, other.person_id])

    def test_nothing_of_changes_that_hide_nothing(self):
        session = make.make_session(self.course)
        session.title = "Another"
        session.save()
        make.make_talk(session).save()
        self.assertEqual(Removal.objects.count(), 0)

    def test_of_papers(self):
        paper = make.make_paper([make.make_author()])
        pk, author = paper.pk, paper.authors.get()
        paper.delete()
        gone = author.pk
        author.delete()
        self.assertEqual(self.all_told(), {"paper": [pk], "author": [gone]})


class SquashTests(TestCase):
    def test_changes_no_number_and_no_moment(self):
        course, other = make.make_course(), make.make_course()
        for _ in range(3):
            make.make_session(course)
            make.make_session(other).delete()
            make.make_paper()
        asked = (course, other, None)
        before = [revisions.of(each) for each in asked]
        rows = Revision.objects.count()
        squashed, _touches, _removals = revisions.squash()
        self.assertEqual([revisions.of(each) for each in asked], before)
        left = Revision.objects.count()
        self.assertEqual((left, squashed), (3, rows - 3))
        make.make_session(course)
        self.assertEqual(revisions.of(course).number, before[0].number + 1)

    def test_forgets_removals_after_400_days(self):
        course = make.make_course()
        for key in ("01", "02"):
            make.make_session(course, key=key).delete()
        old = Removal.objects.latest("pk")
        Removal.objects.filter(pk=old.pk).update(
            at=timezone.now() - timedelta(days=401)
        )
        out = StringIO()
        call_command("squash_revisions", stdout=out)
        self.assertRegex(out.getvalue(), "old removals forgotten: 1.\n$")
        self.assertEqual(Removal.objects.count(), 1)


CHANGES = [
    'Session.objects.get(key="01").save()',
    'Session.objects.update(title="Another")',
    'Session.objects.bulk_create([Session(course=Course.objects.get(), key="99")])',
    'Session.objects.bulk_update(Session.objects.all(), ["title"])',
    "Session.objects.get(key='01').people.set(Person.objects.all())",
    "Person.objects.update(name='Another')",
    "Paper.objects.get().delete()",
    "Session.objects.get(key='01').delete()",
]


@pytest.mark.django_db(transaction=True)
def test_what_one_process_writes_another_one_sees():
    course = make.make_course(slug="shown")
    make.make_talk(make.make_session(course, key="01"), make.make_person())
    make.make_paper()
    before = revisions.of("shown").mark
    tell = "print(revisions.of('shown').mark)"
    changes = [line for change in CHANGES for line in (change, tell)]
    code = ["from courses import revisions", "from courses.models import *", *changes]
    code.insert(1, "from references.models import Paper")
    [(exit_code, said)] = run_at_once("\n".join(code))
    assert exit_code == 0, said
    marks = said.split()
    assert len({before, *marks}) == len(CHANGES) + 1
    assert revisions.of("shown").mark == marks[-1]


@pytest.mark.django_db(transaction=True)
def test_a_mirror_that_asks_all_the_time_misses_nothing():
    """While others write, each in a transaction that takes its time, it asks again and
    again for what was changed since, and in the end has what there is."""
    for key in range(6):
        make.make_session(make.make_course(), key=f"{key}")
    mirror, since, reads = {}, PAST, 0
    with ThreadPoolExecutor(3) as pool:
        jobs = [pool.submit(keep_writing, number) for number in range(2)]
        while not all(job.done() for job in jobs) or reads < 2:
            reads += 1
            since = ask(mirror, since)
        for job in jobs:
            job.result()
    ask(mirror, since)
    there = Session.objects.values_list("pk", "title")
    assert mirror == dict(there)
    assert {title[0] for title in mirror.values()} == {"W"}


def ask(mirror, since):
    as_of = revisions.as_of()
    changed = revisions.changed_since(Session, since)
    mirror.update(Session.objects.filter(changed).values_list("pk", "title"))
    for pk in revisions.removals("session", since, NOBODY):
        if not Session.objects.filter(pk=pk).exists():
            mirror.pop(pk, None)
    return as_of


def keep_writing(number):
    try:
        pks = list(Session.objects.order_by("pk").values_list("pk", flat=True))
        for turn in range(25):
            with transaction.atomic():
                mine = pks[(turn + number) % 5]
                Session.objects.filter(pk=mine).update(title=f"W {number} {turn}")
                time.sleep(0.003)
        course = Course.objects.first()
        Session.objects.filter(pk=pks[5]).delete()
        Session.objects.create(course=course, key=f"new-{number}", title="W")
    finally:
        connection.close()


def opposite(change, times=150):
    """Two threads that do ``change`` to two rows, in opposite order, in transactions;
    how many of these failed."""

    def work(order):
        failed = 0
        try:
            for _ in range(times):
                try:
                    with transaction.atomic():
                        for number in order:
                            change(number, order[0])
                except OperationalError:
                    failed += 1
        finally:
            connection.close()
        return failed

    with ThreadPoolExecutor(2) as pool:
        return sum(pool.map(work, [(0, 1), (1, 0)]))


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "make_row", [make.make_session, make.make_section, ROWS["courses.SessionRole"]]
)
def test_transactions_in_opposite_order_do_not_lock_each_other_out(make_row):
    """In each of two courses a row for each thread: of its own, or a part of one."""
    courses = [make.make_course(), make.make_course()]
    mine = [[make_row(course) for course in courses] for _thread in range(2)]
    if isinstance(mine[0][0], SessionRole):  # of the same two sessions
        for first, second in zip(*mine, strict=True):
            rows(second).update(session=first.session)
    before = [number(course) for course in courses]
    times = 150 if connection.vendor == "postgresql" else 30

    def change(which, thread):
        rows(mine[thread][which]).update(position=F("position") + 1)

    assert opposite(change, times) == 0
    rose = [number(c) - n for c, n in zip(courses, before, strict=True)]
    assert rose == [2 * times] * 2


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_a_row_that_is_locked_is_touched_later():
    role = make.make_session_role()
    session = role.session
    age(session)
    since = revisions.as_of()
    with transaction.atomic(), ThreadPoolExecutor(1) as pool:
        Session.objects.select_for_update().get()
        pool.submit(in_a_thread, lambda: rows(role).update(position=7)).result(5)
    assert not is_new(session)
    changed = Session.objects.filter(revisions.changed_since(Session, since))
    assert list(changed) == [session]
    before = number(session.course)
    assert revisions.squash()[1] == 1
    assert is_new(session)
    assert number(session.course) == before + 1
    assert list(changed.all()) == [session]


def in_a_thread(do):
    try:
        return do()
    finally:
        connection.close()


@pytest.mark.django_db(transaction=True)
def test_migrations_that_remake_tables_leave_all_triggers():
    """As ``migrate`` does it: the signal, the changes, the signal."""
    course = make.make_course()
    make.make_talk(make.make_session(course), make.make_person())
    before = existing()
    emit_pre_migrate_signal(
        0, False, "default", plan=[(Migration("0099_remake", "courses"), False)]
    )
    assert existing() == []
    for model in (Session, Course, Talk):
        remade = model._meta.get_field("title").clone()
        remade.max_length = 501
        remade.set_attributes_from_name("title")
        remade.model = model
        with connection.schema_editor() as editor:
            editor.alter_field(model, model._meta.get_field("title"), remade)
            editor.alter_field(model, remade, model._meta.get_field("title"))
    mark = revisions.of(course).mark
    emit_post_migrate_signal(0, False, "default")
    assert existing() == before
    assert revisions.of(course).mark != mark  # whatever was changed meanwhile
    number_then = number(course)
    Talk.objects.update(title="Another")
    assert number(course) == number_then + 1
    emit_post_migrate_signal(0, False, "default")
    assert existing() == before
    assert number(course) == number_then + 1


@pytest.mark.django_db(transaction=True)
def test_migrations_that_change_nothing_leave_triggers_at_work():
    before = existing()
    state = revisions.of()
    emit_pre_migrate_signal(0, False, "default", plan=[])
    assert existing() == before
    emit_post_migrate_signal(0, False, "default", plan=[])
    assert revisions.of() == state


def test_a_site_without_the_app_above_has_those_of_its_own():
    """Or one that leads its migrations back."""
    own = {model for model in apps.get_models() if model._meta.app_label != "projects"}
    for vendor in ("sqlite", "postgresql"):
        wanted = triggers._wanted(vendor, frozenset(own))
        tables = {name.split("_")[1] for name in wanted}
        assert tables == {
            label.split(".")[1].lower()
            for label in (*revisions.SHOWN, "courses.Enrolment")  # of that, its time
            if not label.startswith("projects.")
        }
        assert "projects_" not in "".join(wanted.values())
    assert triggers._wanted("sqlite", frozenset(own - {Removal})) == {}


def existing():
    with connection.cursor() as cursor:
        return sorted(name for name, _ in triggers._existing(cursor, connection.vendor))
