"""All that people have, when two of them become one, and two again."""

import pytest
from django.apps import apps
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import ValidationError
from django.db import transaction
from django.test import TestCase
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from courses import merging_people
from courses.importing.loading import free_slugs
from courses.models import (
    AuditEntry,
    CourseRole,
    Enrolment,
    Person,
    PersonMerge,
    Removal,
    Revision,
    Touch,
)
from projects.models import Membership, RosterEntry
from references import merging
from references.models import Author
from tests import factories as make
from tests.processes import run_at_once

pytestmark = pytest.mark.both


def everything():
    """All rows of all our models, but what tells that there was a merge, and when."""
    of_changes = (AuditEntry, PersonMerge, Membership.history.model)
    of_changes += (Removal, Revision, Touch)
    return {
        model: sorted(
            (values(row) for row in model.objects.all()), key=lambda row: row["id"]
        )
        for app in ("courses", "projects", "references")
        for model in apps.get_app_config(app).get_models()
        if model not in of_changes
    }


def values(row):
    return {
        name: value
        for name, value in merging.frozen(row).items()
        if name != "updated_at"
    }


def give_one_of_each(person, course, team):
    """Every kind of row that can point to a person."""
    session = make.make_session(course)
    talk = make.make_talk(session)
    work = make.make_submission(make.make_slot(make.make_assignment(course)), team)
    return [
        make.make_course_role(course, person),
        make.make_session_role(session, person),
        make.make_appearance(talk, person, name="As printed"),
        make.make_enrolment(course, person),
        make.make_invitation(course, person, token_hash=person.slug),
        team.memberships.create(person=person),
        make.make_roster_entry(person, work.delivery),
        make.make_person_merge(person, slug=f"once-{person.slug}"),
        make.make_talk_link(talk, person=person, token_hash=f"talk-{person.slug}"),
        make.make_proposal(person, name="As they write it"),
        make.make_import_record(
            course,
            source_key=person.slug,
            content_type=ContentType.objects.get_for_model(person),
            object_id=person.pk,
        ),
    ]


class MergeTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.kept = make.make_person("Jürgen Müller", slug="mueller")
        cls.gone = make.make_person(
            "J. Muller", slug="muller", other_names=["Muller, J. K."]
        )
        cls.course = make.make_course()
        cls.by = make.make_superuser()

    def merge(self, taken=()):
        merge = merging_people.merge(self.kept, self.gone, taken, self.by)
        self.kept.refresh_from_db()
        return merge

    def change(self, person, **fields):
        for name, value in fields.items():
            setattr(person, name, value)
        person.save()

    def test_two_who_handed_in_together_are_two(self):
        slot, team, user = make.make_handing_in(self.course)
        delivery = make.make_submission(slot, team, user).delivery
        for person in (self.kept, self.gone):
            RosterEntry(delivery=delivery, person=person, name=person.name).save()
        with self.assertRaisesMessage(merging.Refused, "never changed and never"):
            self.merge()
        self.assertTrue(Person.objects.filter(pk=self.gone.pk).exists())

    def test_every_kind_of_row_stays_and_goes_back(self):
        rows = give_one_of_each(self.gone, self.course, make.make_team(self.course))
        kinds = {field.model for field, _rows in merging.pointing_to(self.gone)}
        self.assertEqual(kinds, {type(row) for row in rows})  # also of other apps
        before = everything()
        merge = self.merge()
        for row in rows:
            with self.subTest(row=type(row)):
                row.refresh_from_db()
                self.assertEqual(getattr(row, "person", self.kept), self.kept)
                self.assertEqual(getattr(row, "object_id", self.kept.pk), self.kept.pk)
        self.assertEqual(list(Person.objects.all()), [self.kept])
        self.assertEqual(merging_people.undo(merge, self.by), [])
        self.assertEqual(everything(), before)

    def test_what_both_have_is_there_once_and_comes_back(self):
        session = make.make_session(self.course)
        talk = make.make_talk(session)
        for person in (self.kept, self.gone):
            make.make_appearance(talk, person, affiliation=person.name)
            make.make_course_role(self.course, person)
            make.make_session_role(session, person)
            make.make_enrolment(self.course, person)
        before = everything()
        merge = self.merge()
        self.assertEqual(talk.appearances.get().affiliation, "Jürgen Müller")
        self.assertEqual(
            [label for label, _values, _text in merge.undo["dropped"]],
            [
                *("courses.CourseRole", "courses.Enrolment"),
                *("courses.SessionRole", "courses.Appearance"),
            ],
        )
        self.assertEqual(merging_people.undo(merge, self.by), [])
        self.assertEqual(everything(), before)

    def test_spellings_are_united(self):
        self.change(self.kept, other_names=["Juergen Müller", "J. Muller"])
        self.merge({"name"})
        self.assertEqual(
            (self.kept.name, self.kept.other_names),
            ("J. Muller", ["Jürgen Müller", "Juergen Müller", "Muller, J. K."]),
        )
        self.assertEqual(Person.objects.found_by("MÜLLER, Jürgen").get(), self.kept)

    def test_values_stay_but_those_taken_and_gaps_are_filled(self):
        self.change(self.kept, affiliation="Bonn", email="j@bonn.example")
        self.change(
            self.gone,
            affiliation="Basel",
            email="j@basel.example",
            homepage="https://basel.example",
            photo=make.make_file(),
        )
        self.merge({"affiliation", "biography"})
        kept = self.kept
        self.assertEqual(
            (kept.slug, kept.affiliation, kept.email, kept.homepage, kept.photo),
            (
                *("mueller", "Basel", "j@bonn.example", "https://basel.example"),
                self.gone.photo,
            ),
        )

    def test_an_account_goes_along_and_comes_back(self):
        user = make.make_user()
        self.change(self.gone, user=user)
        merge = self.merge()
        self.assertEqual(self.kept.user, user)
        merging_people.undo(merge, self.by)
        self.assertEqual(Person.objects.get(user=user), self.gone)

    def test_two_accounts_are_not_one(self):
        for person in (self.kept, self.gone):
            self.change(person, user=make.make_user())
        before = everything()
        with self.assertRaisesMessage(merging.Refused, "two accounts cannot be one"):
            self.merge()
        self.assertEqual(everything(), before)

    def test_of_two_authors_one_is_chosen(self):
        authors = [make.make_author(), make.make_author()]
        for person, author in zip((self.kept, self.gone), authors, strict=True):
            self.change(person, author=author)
        before = everything()
        for taken, author in ((), authors[0]), ({"author"}, authors[1]):
            merge = self.merge(taken)
            with self.subTest(taken=taken):
                self.assertEqual(self.kept.author, author)
                self.assertEqual(merging_people.undo(merge), [])
                self.assertEqual(everything(), before)

    def test_is_refused_if_anything_changed_since_it_was_seen(self):
        for change in (
            lambda: self.change(self.gone, affiliation="Basel"),
            lambda: make.make_course_role(self.course, self.gone),
            lambda: make.make_enrolment(self.course, self.kept),
        ):
            seen = merging_people.version(self.kept, self.gone)
            change()
            with self.assertRaisesMessage(merging.Refused, "was changed while you"):
                merging_people.merge(self.kept, self.gone, (), self.by, seen)
        seen = merging_people.version(self.gone, self.kept)
        merging_people.merge(self.kept, self.gone, (), self.by, seen)

    def test_one_who_is_gone_is_not_merged(self):
        self.merge()
        for one, other in ((self.kept, self.gone), (self.kept, self.kept)):
            with self.assertRaisesMessage(merging.Refused, "merged or deleted"):
                merging_people.merge(one, other)

    def test_is_recorded(self):
        merging_people.undo(self.merge())
        said = AuditEntry.objects.order_by("pk").values_list("action", "words")
        gone, kept = "J. Muller (muller)", "Jürgen Müller (mueller)"
        self.assertEqual(
            list(said),
            [
                ("merge", f"{gone} is now one with {kept}."),
                ("merge", f"{gone} and {kept} are two again."),
            ],
        )


class AddressTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.people = [make.make_person(f"P {n}", slug=f"p-{n}") for n in range(3)]
        course = make.make_course()
        for person in cls.people:
            make.make_course_role(course, person)

    def assert_leads(self, slug, person):
        response = self.client.get(f"/people/{slug}/")
        if person is None:
            self.assertEqual(response.status_code, 404)
        else:
            self.assertRedirects(response, person.get_absolute_url(), status_code=301)
            self.assertEqual(response["Cache-Control"], "no-cache")

    def test_old_addresses_lead_on_until_it_is_undone(self):
        first, second, third = self.people
        merges = [
            merging_people.merge(second, first),
            merging_people.merge(third, second),
        ]
        for person in (first, second):
            self.assert_leads(person.slug, third)
        merging_people.undo(merges[1])
        self.assert_leads(first.slug, second)
        merging_people.undo(merges[0])
        self.assertEqual(self.client.get("/people/p-0/").status_code, 200)

    def test_they_reveal_nobody_who_is_not_seen(self):
        first, second, _third = self.people
        merging_people.merge(second, first)
        CourseRole.objects.all().delete()
        self.assert_leads(first.slug, None)

    def test_nobody_else_gets_them(self):
        merging_people.merge(self.people[1], self.people[0])
        with self.assertRaisesMessage(ValidationError, "had it before a merge"):
            Person(name="New", slug="p-0").full_clean()
        self.assertEqual(free_slugs(["P 0"]), ["p-0-2"])


class UndoTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.kept = make.make_person("Ada", slug="ada")
        cls.gone = make.make_person("Ada King", slug="king", affiliation="London")
        cls.course = make.make_course()

    def test_what_was_edited_since_stays(self):
        merge = merging_people.merge(self.kept, self.gone)
        new = make.make_course_role(self.course, self.kept)
        kept = Person.objects.get()
        kept.affiliation = "Paris"
        kept.save()
        merging_people.undo(merge)
        kept.refresh_from_db()
        self.assertEqual((kept.affiliation, kept.other_names), ("Paris", []))
        self.assertEqual(Person.objects.get(slug="king").affiliation, "London")
        new.refresh_from_db()
        self.assertEqual(new.person, kept)

    def test_what_was_merged_before_enrolments_had_times_comes_back(self):
        for person in (self.kept, self.gone):
            make.make_enrolment(self.course, person)
        merge = merging_people.merge(self.kept, self.gone)
        [[_label, values, _text]] = merge.undo["dropped"]
        del values["created_at"], values["updated_at"]
        merge.save()
        self.assertEqual(merging_people.undo(merge), [])
        self.assertEqual(self.course.enrolments.count(), 2)

    def test_is_done_once_and_from_the_last_on(self):
        first = merging_people.merge(self.kept, self.gone)
        second = merging_people.merge(self.kept, make.make_person("Augusta"))
        with self.assertRaisesMessage(merging.Refused, "“Augusta” was merged later"):
            merging_people.undo(first)
        for merge in (second, first):
            merging_people.undo(merge)
            with self.assertRaisesMessage(merging.Refused, "undone already"):
                merging_people.undo(merge)
        self.assertEqual([row.undo for row in PersonMerge.objects.all()], [{}, {}])

    def test_an_account_that_was_taken_away_since_does_not_come_back(self):
        self.gone.user = make.make_user()
        self.gone.save()
        merge = merging_people.merge(self.kept, self.gone)
        Person.objects.update(user=None)
        self.assertEqual(merging_people.undo(merge), ["Not brought back: account."])
        self.assertFalse(Person.objects.exclude(user=None).exists())

    def test_tells_what_is_no_longer_there_or_of_others(self):
        authors = [make.make_author(), make.make_author()]
        for person, author in zip((self.kept, self.gone), authors, strict=True):
            person.author = author
            person.save()
            make.make_course_role(self.course, person)
        merge = merging_people.merge(self.kept, self.gone, {"author"})
        Author.objects.get(pk=authors[0].pk).delete()
        CourseRole.objects.all().delete()
        self.course.delete()
        make.make_person(slug="king")
        self.assertEqual(
            merging_people.undo(merge),
            [
                "Not brought back: author.",
                "king is another person’s address by now.",
                "Not brought back: course role “Ada King (instructor)”.",
            ],
        )
        gone = Person.objects.get(pk=self.gone.pk)
        self.assertEqual((gone.slug, gone.author), (f"king-{gone.pk}", authors[1]))


PEOPLE = st.lists(
    st.fixed_dictionaries(
        {
            "affiliation": st.sampled_from(["", "Bonn", "Basel"]),
            "other_names": st.lists(st.sampled_from("AB"), unique=True),
            "enrolled": st.sets(st.integers(0, 1)),
            "teaches": st.sets(st.integers(0, 1)),
            "writes": st.booleans(),
        }
    ),
    min_size=3,
    max_size=3,
)
MERGES = st.lists(
    st.tuples(
        *(st.integers(0, 2), st.integers(0, 2)),
        st.sets(st.sampled_from(merging_people.FIELDS)),
    ),
    max_size=3,
)


def make_people(described, courses):
    for each in described:
        person = make.make_person(
            affiliation=each["affiliation"], other_names=each["other_names"]
        )
        if each["writes"]:
            person.author = make.make_author()
            person.save()
        for number in each["enrolled"]:
            make.make_enrolment(courses[number], person)
        for number in each["teaches"]:
            make.make_course_role(courses[number], person)
        yield person


@pytest.mark.django_db
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(described=PEOPLE, merges=MERGES)
def test_merges_undone_in_reverse_leave_no_trace_property(described, merges):
    with transaction.atomic():
        courses = [make.make_course(), make.make_course()]
        people = list(make_people(described, courses))
        states, done = [], []
        for kept, gone, taken in merges:
            now = everything()
            try:
                done.append(merging_people.merge(people[kept], people[gone], taken))
                states.append(now)
            except merging.Refused:
                pass
        while done:
            assert merging_people.undo(done.pop()) == []
            assert everything() == states.pop()
        transaction.set_rollback(True)


MERGE = """
from courses import merging_people
from courses.models import Person
from references.merging import Refused
try:
    merging_people.merge(Person(pk={}), Person(pk={}))
    print("done")
except Refused:
    print("refused")
"""


@pytest.mark.django_db(transaction=True)
def test_of_two_who_merge_at_once_one_is_told():
    one, other = make.make_person().pk, make.make_person().pk
    make.make_enrolment(person=Person.objects.get(pk=one))
    answers = run_at_once(MERGE.format(one, other), MERGE.format(other, one))
    assert sorted(said.strip() for _code, said in answers) == ["done", "refused"]
    assert Enrolment.objects.get().person == Person.objects.get()
