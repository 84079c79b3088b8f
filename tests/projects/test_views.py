from contextlib import closing
from datetime import UTC, datetime

from django.test import TestCase
from django.urls import reverse

from courses.access import Status, Visibility
from projects.models import Gallery, Publication
from tests.courses.test_views import Readers
from tests.factories import (
    make_course,
    make_file,
    make_gallery,
    make_person,
    make_publication,
    make_published_link,
    make_session,
    make_team,
)
from tests.pages import links, words

LATER = datetime(2999, 1, 1, tzinfo=UTC)


class GalleryListTests(Readers, TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.course = make_course()
        cls.make_readers()
        cls.gallery = make_gallery(cls.course, name="Project 1", intro="Well *done*.")
        cls.url = reverse("projects:gallery_list", args=[cls.course.slug])

    def test_awards_first_then_by_number(self):
        make_publication(self.gallery, ["FAN, Ganghua"], title="Third", number=3)
        make_publication(self.gallery, ["A", "B"], title="First $x$", number=1)
        make_publication(self.gallery, title="Best", number=9, award="Best poster")
        response = self.client.get(self.url)
        self.assertEqual(
            words(response, "#project-1 h2, #project-1 .prose, .entry"),
            [
                "Project 1",
                "Well done.",
                "9 Best Best poster",
                "1 First x A, B",
                "3 Third FAN, Ganghua",
            ],
        )

    def test_untitled_work_goes_by_its_members_or_team(self):
        make_publication(self.gallery, ["FAN, Ganghua", "LI, Yi"])
        make_publication(self.gallery, team=make_team(self.course, name="Owls"))
        self.assertEqual(
            words(self.client.get(self.url), ".entry"),
            ["1 FAN, Ganghua; LI, Yi", "2 Owls"],
        )

    def test_name_of_a_member_with_a_person_is_not_shown(self):
        make_publication(self.gallery, [make_person("Secret Name"), "A. Bee"])
        response = self.client.get(self.url)
        self.assertEqual(words(response, ".entry"), ["1 a member, A. Bee"])

    def test_links_have_a_fixed_order_and_lead_somewhere_or_are_none(self):
        publication = make_publication(self.gallery, title="Nets")
        for position, kind in enumerate(
            "other data rebuttal review video source poster slides report".split()
        ):
            make_published_link(
                publication, kind=kind, position=position, url=f"https://{kind}.example"
            )
        make_published_link(
            publication, kind="report", printed_address="./x.pdf", position=99
        )
        make_published_link(publication, kind="report", format="html", position=-0)
        file = make_published_link(
            publication, kind="other", label="paper", file=make_file(), position=99
        )
        response = self.client.get(self.url)
        self.assertEqual(
            links(response, ".entry .materials a"),
            [
                ("report", "https://example.org/report.pdf"),
                ("report", "https://report.example"),
                ("slides", "https://slides.example"),
                ("poster", "https://poster.example"),
                ("source", "https://source.example"),
                ("video", "https://video.example"),
                ("review", "https://review.example"),
                ("rebuttal", "https://rebuttal.example"),
                ("data", "https://data.example"),
                ("link", "https://other.example"),
                ("paper", file.get_absolute_url()),
            ],
        )
        self.assertEqual(
            words(response, ".entry .materials li")[:3],
            ["report HTML", "report", "report (not available)"],
        )

    def test_staff_see_where_the_old_page_pointed(self):
        publication = make_publication(self.gallery)
        make_published_link(publication, printed_address="./x.pdf")
        for reader in self.everyone:
            with self.subTest(reader):
                response = self.get_as(reader, self.url)
                self.assertContains(
                    response, "./x.pdf", count=1 if reader in self.staff else 0
                )

    def test_only_staff_see_what_is_not_published(self):
        Publication.objects.all().delete()
        make_publication(self.gallery, title="Shown")
        make_publication(self.gallery, title="Draft", state=Publication.State.DRAFT)
        make_publication(self.gallery, title="Gone", state=Publication.State.WITHDRAWN)
        make_publication(self.gallery, title="Embargoed", embargo_until=LATER)
        draft = make_gallery(self.course, name="Not yet", state=Gallery.State.DRAFT)
        make_publication(draft, title="In a draft gallery")
        hidden = make_session(self.course, visibility=Visibility.STAFF)
        make_publication(
            make_gallery(self.course, name="Of staff", session=hidden), title="Inside"
        )
        everything = {
            "Shown",
            "Draft draft",
            "Gone withdrawn",
            "Embargoed",
            "In a draft gallery",
            "Inside",
        }
        for reader in self.everyone:
            with self.subTest(reader):
                shown = words(self.get_as(reader, self.url), ".entry h3")
                expected = everything if reader in self.staff else {"Shown"}
                self.assertEqual(set(shown), expected)

    def test_is_never_kept(self):
        response = self.client.get(self.url)
        self.assertEqual(response["Cache-Control"], "private, no-cache")

    def test_says_so_where_nothing_is_published(self):
        Gallery.objects.all().delete()
        response = self.client.get(self.url)
        self.assertEqual(
            words(response, "main > p"), ["No projects are published yet."]
        )

    def test_query_count_does_not_grow(self):
        for entries in (1, 3, 26):
            while self.gallery.publications.count() < entries:
                publication = make_publication(self.gallery, ["A", "B"])
                make_published_link(publication, file=make_file())
            with self.subTest(entries=entries), self.assertNumQueries(6):
                self.client.get(self.url)


class PublicationDetailTests(Readers, TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.course = make_course(contact="yao@example.org")
        cls.make_readers()
        cls.gallery = make_gallery(cls.course, name="Project 1")
        cls.publication = make_publication(
            cls.gallery,
            ["A. Bee", "C. Dee"],
            title="Nets",
            abstract="We *train*.",
            award="Best",
        )
        cls.link = make_published_link(cls.publication, kind="report", file=make_file())
        cls.url = cls.publication.get_absolute_url()

    def test_shows_the_project(self):
        response = self.client.get(self.url)
        self.assertEqual(self.url, f"/courses/{self.course.slug}/projects/project-1/1/")
        self.assertEqual(
            words(response, "title") + words(response, "main"),
            [
                "Nets · Project 1 · Proseminar",
                "Project 1 no. 1 Best Nets A. Bee, C. Dee report "
                "Abstract We train. Members may have this page removed at any time: "
                "yao@example.org",
            ],
        )
        self.assertEqual(response["Cache-Control"], "private, no-cache")

    def test_page_and_file_are_hidden_together(self):
        changes = [
            (self.publication, "state", Publication.State.DRAFT),
            (self.publication, "state", Publication.State.WITHDRAWN),
            (self.publication, "embargo_until", LATER),
            (self.gallery, "state", Gallery.State.DRAFT),
            (self.course, "status", Status.DRAFT),
        ]
        for row, field, value in changes:
            before = getattr(row, field)
            setattr(row, field, value)
            row.save()
            for reader in self.everyone:
                for url in (self.url, self.link.get_absolute_url()):
                    with self.subTest(reader, field=field, value=value, url=url):
                        response = self.get_as(reader, url)
                        if reader in self.staff:
                            self.assertEqual(response.status_code, 200)
                        else:
                            self.assert_not_found(response, url)
                        response.close()
            setattr(row, field, before)
            row.save()

    def test_is_found_only_where_it_is(self):
        other = make_gallery(self.course, slug="other")
        elsewhere = make_gallery(make_course(slug="elsewhere"), slug="project-1")
        for course, gallery, number in (
            (self.course.slug, other.slug, 1),
            (self.course.slug, "project-1", 2),
            (elsewhere.course.slug, "project-1", 1),
            (self.course.slug, "project-1", 99999999999999999999),
        ):
            page = [course, gallery, number]
            file = [*page, self.link.pk, self.link.file.name]
            for url in (
                reverse("projects:publication_detail", args=page),
                reverse("projects:published_file", args=file),
            ):
                with self.subTest(url):
                    self.assert_not_found(self.client.get(url), url)

    def test_query_count_does_not_grow(self):
        for number in (1, 3):
            make_published_link(self.publication, file=make_file())
            with self.subTest(number), self.assertNumQueries(5):
                self.client.get(self.url)


class PublishedFileTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.publication = make_publication()

    def test_is_served_like_a_material(self):
        html = b"<!DOCTYPE html><html></html>"
        for content, name, kind, disposition in (
            (b"%PDF-1.7\n", "report.pdf", "application/pdf", "inline"),
            (html, "report.pdf", "text/html", "attachment"),
        ):
            link = make_published_link(self.publication, file=make_file(content, name))
            with closing(self.client.get(link.get_absolute_url())) as response:
                self.assertEqual(response.getvalue(), content)
                self.assertEqual(
                    {
                        header: response[header]
                        for header in (
                            "Content-Type",
                            "Content-Disposition",
                            "Content-Security-Policy",
                            "X-Content-Type-Options",
                            "Cache-Control",
                        )
                    },
                    {
                        "Content-Type": kind,
                        "Content-Disposition": f'{disposition}; filename="report.pdf"',
                        "Content-Security-Policy": "sandbox; default-src 'none'",
                        "X-Content-Type-Options": "nosniff",
                        "Cache-Control": "private, no-cache",
                    },
                )

    def test_any_other_name_leads_to_the_right_one(self):
        link = make_published_link(self.publication, file=make_file())
        url = link.get_absolute_url()
        response = self.client.get(url.replace("slides.pdf", "x"))
        self.assertRedirects(
            response, url, status_code=301, fetch_redirect_response=False
        )

    def test_link_without_a_file_is_not_found(self):
        link = make_published_link(self.publication)
        url = make_published_link(self.publication, file=make_file()).get_absolute_url()
        wrong = url.replace(f"/files/{link.pk + 1}/", f"/files/{link.pk}/")
        self.assertNotEqual(wrong, url)
        self.assertEqual(self.client.get(wrong).status_code, 404)
