from datetime import UTC, datetime

import pytest
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.db import IntegrityError, transaction
from django.db.models import ProtectedError
from django.test import SimpleTestCase, TestCase

from projects.models import (
    Gallery,
    Membership,
    Presentation,
    Publication,
    PublishedLink,
    Team,
)
from tests.constraints import ConstraintTests
from tests.factories import (
    PDF,
    make_assignment,
    make_course,
    make_file,
    make_gallery,
    make_person,
    make_publication,
    make_published_link,
    make_team,
)

pytestmark = pytest.mark.both

HOSTILE = "<script>alert(1)</script> *x*"
HARMLESS = "<p>&lt;script&gt;alert(1)&lt;/script&gt; <em>x</em></p>"


class ProjectsConstraintTests(ConstraintTests, TestCase):
    app_label = "projects"

    @classmethod
    def setUpTestData(cls):
        cls.course = make_course()
        cls.person = make_person()
        cls.assignment = make_assignment(cls.course)
        cls.team = make_team(
            cls.course, [cls.person], assignment=cls.assignment, number=1
        )
        cls.gallery = make_gallery(cls.course, slug="project-1")
        cls.publication = make_publication(cls.gallery, number=1, team=cls.team)

    def violations(self):
        other_team = make_team(self.course, assignment=self.assignment, number=2)
        name = "FAN, Ganghua"
        return {
            "gallery_slug_unique_in_course": (
                Gallery(course=self.course, name="A", slug="project-1"),
                "Gallery with this Course and Slug already exists.",
            ),
            "publication_number_unique": (
                Publication(gallery=self.gallery, team=self.team, number=1),
                "Publication with this Gallery and Number already exists.",
            ),
            "published_link_has_one_target": (
                PublishedLink(
                    publication=self.publication,
                    url="https://example.org/",
                    printed_address="reports/1.pdf",
                ),
                "Give one of file, address and printed address.",
            ),
            "team_number_unique_in_assignment": (
                Team(course=self.course, assignment=self.assignment, number=1),
                "Another team has this number.",
            ),
            "membership_is_person_or_name": (
                Membership(team=self.team),
                "Choose a person or write a name.",
            ),
            "one_active_team_per_person_and_assignment": (
                Membership(
                    team=other_team, assignment=self.assignment, person=self.person
                ),
                "This person already is in a team for this assignment.",
            ),
            "membership_ends_after_start": (
                Membership(
                    team=self.team,
                    name_as_printed=name,
                    joined_at=datetime(2025, 9, 2, tzinfo=UTC),
                    left_at=datetime(2025, 9, 1, tzinfo=UTC),
                ),
                "A membership must end after it starts.",
            ),
        }

    def assert_refused_by_database(self, row):
        with self.assertRaises(IntegrityError), transaction.atomic():
            row.save()

    def test_a_member_is_not_both_person_and_name(self):
        self.assert_refused_by_database(
            Membership(team=self.team, person=make_person(), name_as_printed="FAN")
        )

    def test_each_pair_of_targets_is_refused(self):
        targets = {
            "file": make_file(),
            "url": "https://example.org/",
            "printed_address": "reports/1.pdf",
        }
        for left_out in targets:
            pair = {name: value for name, value in targets.items() if name != left_out}
            with self.subTest(left_out=left_out):
                self.assert_refused_by_database(
                    PublishedLink(publication=self.publication, **pair)
                )

    def test_a_link_may_lead_nowhere(self):
        PublishedLink(publication=self.publication).full_clean()

    def test_teams_without_assignment_may_share_a_number(self):
        for _ in range(2):
            make_team(self.course, number=1).full_clean()

    def test_who_left_a_team_may_join_another(self):
        self.team.memberships.update(left_at=datetime(2025, 9, 2, tzinfo=UTC))
        other = make_team(self.course, [self.person], assignment=self.assignment)
        self.assertEqual(other.memberships.get().person, self.person)

    def test_second_team_is_refused_where_the_form_leaves_the_assignment_out(self):
        other = make_team(self.course, assignment=self.assignment, number=2)
        membership = Membership(team=other, person=self.person)
        with self.assertRaises(ValidationError) as refused:
            membership.full_clean(exclude=["assignment"])
        self.assertEqual(
            refused.exception.messages,
            ["This person already is in a team for this assignment."],
        )

    def test_what_leads_to_submissions_cannot_be_deleted(self):
        for row in (self.course, self.assignment, self.team, self.gallery, self.person):
            with self.subTest(row=row), self.assertRaises(ProtectedError):
                row.delete()


class TeamTests(TestCase):
    def test_membership_takes_the_assignment_of_its_team(self):
        assignment = make_assignment()
        team = make_team(assignment.course, ["FAN"], assignment=assignment)
        self.assertEqual(team.memberships.get().assignment, assignment)


class PublicationTests(TestCase):
    def test_markdown_is_cleaned_when_saved(self):
        gallery = make_gallery(intro=HOSTILE)
        publication = make_publication(gallery, abstract=HOSTILE)
        self.assertEqual(
            (gallery.intro_html, publication.abstract_html), (HARMLESS, HARMLESS)
        )

    def test_titles_are_text_with_formulas(self):
        for row in (Publication(title="<i>$x$</i>"), Presentation(title="<i>$x$</i>")):
            with self.subTest(model=type(row)):
                self.assertEqual(
                    row.title_html, "&lt;i&gt;<math><mi>x</mi></math>&lt;/i&gt;"
                )

    def test_names_only_those_printed(self):
        person = make_person("Ada Private")
        publication = make_publication(members=["FAN, Ganghua", person])
        self.assertEqual(publication.members, ["FAN, Ganghua", "a member"])

    def test_gallery_takes_a_fixed_number_of_queries(self):
        gallery = make_gallery()
        for number in (1, 2, 3):
            publication = make_publication(gallery, members=["FAN", "DU"])
            make_published_link(publication, file=make_file())
            with self.subTest(number=number), self.assertNumQueries(3):
                for each in gallery.publications.with_members_and_links():
                    each.get_absolute_url()
                    [*each.members, *(link.file for link in each.links.all())]

    def test_link_leads_to_its_target(self):
        publication = make_publication(make_gallery(make_course(slug="dl"), slug="p1"))
        file = make_published_link(publication, file=make_file(name="report.pdf"))
        for link, expected in (
            (file, f"/courses/dl/projects/p1/1/files/{file.pk}/report.pdf"),
            (make_published_link(publication), "https://example.org/report.pdf"),
            (make_published_link(publication, printed_address="a.pdf"), ""),
        ):
            with self.subTest(expected):
                self.assertEqual(link.get_absolute_url(), expected)

    def test_new_file_replaces_the_old_which_is_kept(self):
        old = make_file(b"first")
        link = make_published_link(file=old)
        link.put_file(ContentFile(PDF), "report.pdf")
        link.save()
        self.assertEqual(PublishedLink.objects.get().file.replaces, old)


class TextTests(SimpleTestCase):
    def test_rows_are_named_for_what_they_show(self):
        team = Team(number=3)
        for row, expected in (
            (team, "Team 3"),
            (Team(number=3, name="Kernels"), "Kernels"),
            (Membership(name_as_printed="FAN, Ganghua"), "FAN, Ganghua"),
            (Gallery(name="Project 1"), "Project 1"),
            (Publication(title="On $x$", team=team), "On $x$"),
            (Publication(team=team), "Team 3"),
            (PublishedLink(kind="report"), "report"),
            (PublishedLink(kind="report", label="Our report"), "Our report"),
            (Presentation(title="On $x$"), "On $x$"),
            (Presentation(members=["FAN", "DU"]), "FAN, DU"),
            (Presentation(team=team), "Team 3"),
        ):
            with self.subTest(expected):
                self.assertEqual(str(row), expected)

    def test_addresses_are_web_addresses(self):
        for url in ("javascript:alert(1)", "data:text/html,x", "ftp://example.org/x"):
            with (
                self.subTest(url=url),
                self.assertRaises(ValidationError) as refused,
            ):
                PublishedLink(url=url).clean_fields(exclude=["publication"])
            self.assertEqual(list(refused.exception.message_dict), ["url"])
