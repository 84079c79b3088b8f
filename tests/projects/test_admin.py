from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import TestCase
from django.urls import reverse

from courses.models import AuditEntry
from projects.models import (
    Delivery,
    Extension,
    Gallery,
    Membership,
    Presentation,
    Publication,
    Refusal,
    Team,
)
from tests.admin_pages import (
    MANY_ROWS,
    AdminPageTests,
    count_queries,
    errors,
    form_data,
    make_staff,
    page,
)
from tests.factories import (
    PDF,
    make_assignment,
    make_course,
    make_enrolment,
    make_extension,
    make_file,
    make_gallery,
    make_grade,
    make_handing_in,
    make_person,
    make_presentation,
    make_publication,
    make_published_link,
    make_refusal,
    make_session,
    make_submission,
    make_team,
)


class ProjectsPageTests(AdminPageTests, TestCase):
    app_label = "projects"
    read_only = (Delivery, Refusal)
    lasting = (Extension,)

    @classmethod
    def make_rows(cls):
        course = make_course()
        session = make_session(course)
        assignment = make_assignment(course)
        team = make_team(course, ["FAN", make_person()], assignment=assignment)
        gallery = make_gallery(course, session=session, assignment=assignment)
        publication = make_publication(gallery, team=team)
        for target in (
            {},
            {"file": make_file()},
            {"url": "https://example.org/"},
            {"printed_address": "reports/1.pdf"},
        ):
            make_published_link(publication, **target)
        presentation = make_presentation(session, team=team, members=[])
        slot, handing_in, user = make_handing_in(course)
        return [
            *(team, gallery, publication, presentation),
            make_submission(slot, handing_in, user).delivery,
            make_refusal(slot.assignment, user),
            make_extension(handing_in),
            make_grade(handing_in),
        ]


class ProjectsAdminTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.course = make_course(slug="dl-2025")
        cls.assignment = make_assignment(cls.course)
        cls.person = make_person("Ada Lovelace")
        cls.team = make_team(
            cls.course, [cls.person], assignment=cls.assignment, name="Kernels"
        )
        cls.other_team = make_team(
            cls.course, ["FAN, Ganghua"], assignment=cls.assignment, name="Trees"
        )
        cls.gallery = make_gallery(cls.course, name="Project 1")
        cls.publication = make_publication(
            cls.gallery, team=cls.team, title="On kernels"
        )
        cls.staff = make_staff()

    def setUp(self):
        self.client.force_login(self.staff)

    def submit(self, row, /, **values):
        """Submit the change form of ``row`` as it is but for ``values``."""
        url = page(type(row), "change", row.pk)
        data = form_data(self.client.get(url)) | values
        return self.client.post(url, data)

    def change_members(self, team, act, /, **values):
        url = reverse("admin:projects_team_members", args=[team.pk])
        data = {f"{act}-{name}": str(value) for name, value in values.items()}
        return self.client.post(url, data | {act: "Do it"}, follow=True)

    def members(self, team):
        return [str(each) for each in team.memberships.active()]

    def assert_found(self, model, words, rows):
        response = self.client.get(page(model, "changelist"), {"q": words})
        self.assertQuerySetEqual(response.context["cl"].result_list, rows)

    def test_shows_warnings_of_what_was_received_as_sentences(self):
        slot, team, user = make_handing_in(self.course)
        warnings = ["“a.pdf” seems to be encrypted.", "It is long."]
        delivery = make_submission(slot, team, user, warnings=warnings).delivery
        response = self.client.get(page(Delivery, "change", delivery.pk))
        self.assertContains(
            response, "<p>“a.pdf” seems to be encrypted. It is long.</p>"
        )

    def test_adds_students_and_printed_names(self):
        student = make_enrolment(self.course, make_person("Bo")).pk
        self.change_members(self.team, "add", enrolment=student, reason="Late.")
        self.change_members(self.team, "add", name="DU, Yipai", reason="Guest.")
        self.assertEqual(self.members(self.team), ["Ada Lovelace", "Bo", "DU, Yipai"])

    def test_warns_of_a_team_that_is_too_large(self):
        response = self.change_members(self.team, "add", name="DU", reason="Guest.")
        self.assertContains(response, "Kernels has more members than the 1 of its")
        self.assertContains(response, "Guest.")

    def test_refuses_a_member_without_a_reason(self):
        response = self.change_members(self.team, "add", name="DU, Yipai")
        self.assertEqual(errors(response), ["This field is required."])
        member = self.team.memberships.get().pk
        response = self.change_members(self.team, "move", membership=member)
        self.assertEqual(errors(response), ["This field is required."])
        self.assertEqual(self.members(self.team), ["Ada Lovelace"])

    def test_refuses_a_member_who_is_nobody_or_two(self):
        student = make_enrolment(self.course).pk
        for values in ({}, {"enrolment": student, "name": "DU, Yipai"}):
            response = self.change_members(self.team, "add", reason="?", **values)
            self.assertEqual(errors(response), ["Choose a person or write a name."])

    def test_refuses_a_member_of_another_team(self):
        student = make_enrolment(self.course, self.person).pk
        response = self.change_members(
            self.other_team, "add", enrolment=student, reason="?"
        )
        self.assertEqual(errors(response), ["Ada Lovelace is in Kernels already."])

    def test_refuses_students_and_teams_of_elsewhere(self):
        said = "Select a valid choice. That choice is not one of the available choices."
        for act, values in (
            ("add", {"enrolment": make_enrolment().pk}),
            ("move", {"membership": make_team(members=["DU"]).memberships.get().pk}),
            (
                "move",
                {
                    "membership": self.team.memberships.get().pk,
                    "team": make_team(self.course).pk,
                },
            ),
        ):
            response = self.change_members(self.team, act, reason="?", **values)
            self.assertEqual(errors(response), [said])

    def test_moves_and_removes_without_rewriting(self):
        membership = self.team.memberships.get()
        self.change_members(
            self.team,
            "move",
            membership=membership.pk,
            team=self.other_team.pk,
            reason="Quarrel.",
        )
        self.assertEqual(self.members(self.team), [])
        self.assertEqual(
            self.members(self.other_team), ["FAN, Ganghua", "Ada Lovelace"]
        )
        membership.refresh_from_db()
        self.assertTrue(membership.left_at)
        record = membership.history.first()
        self.assertEqual(
            (record.history_user, record.history_change_reason),
            (self.staff, "Quarrel."),
        )
        moved = self.other_team.memberships.get(person=self.person).pk
        self.change_members(
            self.other_team, "move", membership=moved, reason="Dropped."
        )
        self.assertEqual(self.members(self.other_team), ["FAN, Ganghua"])
        self.assertEqual(self.person.memberships.count(), 2)

    def test_the_form_of_a_team_shows_its_members(self):
        response = self.client.get(page(Team, "change", self.team.pk))
        self.assertContains(response, "Ada Lovelace")

    def test_a_team_is_renamed_with_a_reason(self):
        response = self.submit(self.team, name="New")
        self.assertEqual(errors(response), ["Say why."])
        self.submit(self.team, name="New", reason="Rude.")
        record = self.team.history.first()
        self.assertEqual(
            (record.name, record.history_change_reason, record.history_user),
            ("New", "Rude.", self.staff),
        )
        entry = AuditEntry.objects.get(action="roster")
        self.assertEqual(entry.words, "Renamed: New. Rude.")

    def test_a_team_keeps_course_and_assignment(self):
        elsewhere = make_assignment()
        self.submit(
            self.team,
            course=str(elsewhere.course.pk),
            assignment=str(elsewhere.pk),
            name="New",
            reason="Rude.",
        )
        self.team.refresh_from_db()
        self.assertEqual(
            (self.team.course, self.team.assignment, self.team.name),
            (self.course, self.assignment, "New"),
        )

    def test_refuses_a_number_taken_for_the_assignment(self):
        response = self.submit(
            self.other_team, number=str(self.team.number), reason="?"
        )
        self.assertEqual(errors(response), ["Another team has this number."])

    def submit_link(self, **values):
        return self.submit(
            self.publication,
            **{f"links-0-{name}": value for name, value in values.items()},
            **{
                "links-TOTAL_FORMS": "1",
                "links-0-kind": "report",
                "links-0-position": "0",
            },
        )

    def test_stores_the_file_of_a_link(self):
        self.submit_link(upload=SimpleUploadedFile("report.pdf", PDF))
        file = self.publication.links.get().file
        self.assertEqual(
            (file.original_name, file.content_type, file.stored_by),
            ("report.pdf", "application/pdf", self.staff),
        )

    def test_refuses_a_link_to_two_places(self):
        response = self.submit_link(
            upload=SimpleUploadedFile("report.pdf", PDF),
            printed_address="reports/1.pdf",
        )
        self.assertEqual(
            errors(response), ["Give one of file, address and printed address."]
        )
        self.assertFalse(self.publication.links.exists())

    def test_gallery_lists_its_projects(self):
        self.submit(
            self.gallery,
            **{
                "publications-TOTAL_FORMS": "2",
                "publications-1-number": "7",
                "publications-1-team": str(self.other_team.pk),
                "publications-1-state": "published",
            },
        )
        numbers = self.gallery.publications.values_list("number", "team")
        self.assertEqual([*numbers], [(1, self.team.pk), (7, self.other_team.pk)])

    def test_refuses_a_slug_taken_in_the_course(self):
        other = make_gallery(self.course)
        response = self.submit(other, slug=self.gallery.slug)
        self.assertEqual(
            errors(response), ["Gallery with this Course and Slug already exists."]
        )

    def test_forms_ask_the_same_for_many_rows(self):
        counts = []
        for more in (3, MANY_ROWS - 3):
            for _ in range(more):
                team = make_team(self.course, [make_person()])
                make_publication(self.gallery, team=team)
                make_published_link(self.publication, file=make_file())
                Membership.objects.create(team=self.team, person=make_person())
            counts.append(
                [
                    count_queries(
                        self.client, page(type(row), "change", row.pk), more == 3
                    )
                    for row in (self.gallery, self.publication, self.team)
                ]
            )
        self.assertEqual(counts[0], counts[1])

    def test_refuses_what_belongs_to_another_course(self):
        session, assignment = make_session(), make_assignment()
        team = make_team(make_course())
        presentation = make_presentation(make_session(self.course), team=self.team)
        for row, field, other in (
            (self.gallery, "session", session),
            (self.gallery, "assignment", assignment),
            (self.publication, "team", team),
            (presentation, "team", team),
            (presentation, "session", session),
        ):
            response = self.submit(row, **{field: str(other.pk)})
            with self.subTest(row=row, field=field):
                self.assertEqual(errors(response), ["It belongs to another course."])

    def test_refuses_a_new_team_of_another_course(self):
        url = page(Team, "add")
        data = form_data(self.client.get(url)) | {
            "course": str(self.course.pk),
            "assignment": str(make_assignment().pk),
            "number": "1",
        }
        response = self.client.post(url, data)
        self.assertEqual(errors(response), ["It belongs to another course."])

    def test_finds_rows(self):
        session = make_session(self.course)
        presentation = make_presentation(session, members=["FAN, Ganghua"])
        make_presentation(session, members=["DU, Yipai"])
        make_gallery(make_course(slug="elsewhere"), name="Other")
        make_publication(self.gallery, team=self.other_team)
        for model, words, row in (
            (Team, "kernels", self.team),
            (Team, "lovelace", self.team),
            (Team, "ganghua", self.other_team),
            (Gallery, "dl-2025", self.gallery),
            (Publication, "on kernels", self.publication),
            (Presentation, "ganghua", presentation),
        ):
            with self.subTest(model=model, words=words):
                self.assert_found(model, words, [row])
