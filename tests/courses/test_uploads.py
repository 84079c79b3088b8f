import io
import zipfile
from contextlib import closing

from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import TestCase, override_settings

from courses import uploads
from courses.access import Visibility
from courses.models import Material, Session
from tests.admin_pages import errors, form_data, make_staff, page
from tests.factories import (
    PDF,
    PNG,
    make_course,
    make_file,
    make_instructor,
    make_material,
    make_session,
    make_student,
    make_talk,
)
from tests.pages import words

HTML = b"<!DOCTYPE html><html><script>alert(1)</script></html>"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


def zip_file():
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("a.txt", "a")
    return content.getvalue()


class UploadTestCase(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.staff = make_staff()
        cls.course = make_course()
        cls.session = make_session(cls.course)

    def setUp(self):
        self.client.force_login(self.staff)

    def upload(self, name, content):
        """Add a file to the session by its form; the response and the material."""
        url = page(Session, "change", self.session.pk)
        data = form_data(self.client.get(url))
        data["new_files"] = SimpleUploadedFile(name, content)
        response = self.client.post(url, data, follow=True)
        return response, self.session.materials.last()


class RefusedTests(UploadTestCase):
    def test_names_that_lie_are_refused(self):
        for name, content, kind, found in (
            ("slides.pdf", HTML, "PDF", "text/html"),
            ("slides.PDF", SVG, "PDF", "image/svg+xml"),
            ("slides.pdf", b"x" + PDF, "PDF", "text/plain"),
            ("slides.pdf", zip_file(), "PDF", "application/zip"),
            ("photo.png", HTML, "PNG", "text/html"),
            ("photo.jpg", SVG, "JPEG", "image/svg+xml"),
            ("photo.jpg", PNG, "JPEG", "image/png"),
        ):
            response, material = self.upload(name, content)
            with self.subTest(name=name, found=found):
                self.assertEqual(
                    errors(response),
                    [
                        f"“{name}” is no {kind}: what it holds is {found}. Save it as "
                        f"{kind} again, or upload it under its own name."
                    ],
                )
                self.assertIsNone(material)

    def test_empty_files_are_refused(self):
        response, material = self.upload("slides.pdf", b"")
        self.assertEqual(
            errors(response),
            ["“slides.pdf” is empty (0 bytes). Export or download it again."],
        )
        self.assertIsNone(material)

    def test_files_over_the_limit_are_refused_with_both_sizes(self):
        with override_settings(MAX_UPLOAD_MB=1):
            response, material = self.upload("big.pdf", PDF + bytes(1_200_000))
            self.assertEqual(
                errors(response),
                [
                    "“big.pdf” has 1.2 MB; at most 1 MB are taken. Make it smaller, "
                    "or put it elsewhere and give its address."
                ],
            )
            self.assertIsNone(material)
            uploads.check(SimpleUploadedFile("a.pdf", PDF.ljust(1_000_000)))
            with self.assertRaises(ValidationError):
                uploads.check(SimpleUploadedFile("a.pdf", PDF.ljust(1_000_001)))

    def test_rows_of_forms_refuse_the_same(self):
        material = make_material(self.session, file=make_file())
        url = page(Material, "change", material.pk)
        data = form_data(self.client.get(url))
        data["upload"] = SimpleUploadedFile("slides.pdf", HTML)
        response = self.client.post(url, data)
        self.assertEqual(len(errors(response)), 1)
        self.assertIn("is no PDF", errors(response)[0])

    def test_files_of_a_refused_form_are_to_be_chosen_again(self):
        url = page(Session, "change", self.session.pk)
        data = form_data(self.client.get(url)) | {"date": "next week"}
        for sent, said in (
            (
                [SimpleUploadedFile(name, PDF) for name in ("a.pdf", "b.pdf")],
                ["Choose again, once the errors are mended: “a.pdf”, “b.pdf”."],
            ),
            ([], []),
        ):
            response = self.client.post(url, data | {"new_files": sent})
            with self.subTest(said):
                self.assertEqual(errors(response), ["Enter a valid date."])
                self.assertEqual(words(response, ".messagelist li"), said)
        self.assertFalse(self.session.materials.exists())


class NeutralisedTests(UploadTestCase):
    def served(self, material):
        response = self.client.get(material.get_absolute_url())
        response.close()
        return (
            response.status_code,
            response["Content-Type"],
            response["Content-Disposition"].partition(";")[0],
            response["X-Content-Type-Options"],
            response["Content-Security-Policy"],
        )

    def test_what_can_run_is_only_offered_for_download(self):
        for name, content, media_type in (
            ("demo.html", HTML, "text/html"),
            ("figure.svg", SVG, "image/svg+xml"),
            ("notes.xhtml", HTML, "text/html"),
            ("page", HTML, "text/html"),
            ("script.js", b"alert(1)", "text/plain"),
        ):
            response, material = self.upload(name, content)
            with self.subTest(name):
                self.assertEqual(
                    self.served(material),
                    (
                        200,
                        media_type,
                        "attachment",
                        "nosniff",
                        "sandbox; default-src 'none'",
                    ),
                )
                self.assertIn(
                    f"Stored “{name}”: {len(content)} bytes, {media_type}, offered "
                    "for download.",
                    [str(message) for message in response.context["messages"]],
                )

    def test_pdf_and_pictures_are_shown(self):
        for name, content in (("a.pdf", PDF), ("a.png", PNG)):
            _response, material = self.upload(name, content)
            with self.subTest(name):
                self.assertEqual(self.served(material)[2], "inline")

    def test_names_come_out_harmless(self):
        for name, stored, address in (
            ("../../etc/passwd.pdf", "passwd.pdf", "passwd.pdf"),
            ("..\\..\\boot.pdf", "boot.pdf", "boot.pdf"),
            ("a\x00b\x1b\u202ec\nd.pdf", "abcd.pdf", "abcd.pdf"),
            ("x" * 296 + ".pdf", "x" * 251 + ".pdf", "x" * 96 + ".pdf"),
            ("讲义 ü.pdf", "讲义 ü.pdf", "讲义_ü.pdf"),
            ("“<b>”.pdf", "“<b>”.pdf", "b.pdf"),
            (".htaccess", ".htaccess", "htaccess"),
        ):
            response, material = self.upload(name, PDF)
            with self.subTest(name):
                self.assertEqual(
                    (material.file.original_name, material.file.name),
                    (stored, address),
                )
                self.assertEqual(self.served(material)[0], 200)
                said = next(map(str, response.context["messages"]))
                self.assertTrue(said.startswith(f"Stored “{stored}”"), said)
            material.delete()

    def test_files_lie_under_random_keys(self):
        _response, one = self.upload("a.pdf", PDF)
        _response, other = self.upload("a.pdf", PDF)
        self.assertRegex(one.file.key, r"\A[0-9a-f]{40}\Z")
        self.assertNotEqual(one.file.key, other.file.key)
        self.assertEqual(one.file.sha256, other.file.sha256)


class ReplacedTests(UploadTestCase):
    def test_a_download_under_way_goes_on_with_the_bytes_it_began(self):
        old, new = PDF + b"o" * 500_000, PDF + b"n" * 500_000
        _response, material = self.upload("a.pdf", old)
        with closing(self.client.get(material.get_absolute_url())) as answer:
            begun = iter(answer.streaming_content)
            first = next(begun)
            material.put_file(SimpleUploadedFile("a.pdf", new), "a.pdf")
            material.save()
            self.assertEqual(first + b"".join(begun), old)
        with closing(self.client.get(material.get_absolute_url())) as answer:
            self.assertEqual(answer.getvalue(), new)


class HiddenTests(UploadTestCase):
    def test_a_file_of_staff_answers_like_none(self):
        hidden = make_session(self.course, visibility=Visibility.STAFF)
        talk = make_talk(self.session, visibility=Visibility.STAFF)
        materials = [
            make_material(hidden, file=make_file()),
            make_material(talk, file=make_file()),
            make_material(self.session, file=make_file(), visibility=Visibility.STAFF),
        ]
        addresses = [each.get_absolute_url() for each in materials]
        addresses += [hidden.get_absolute_url(), talk.get_absolute_url()]
        runs = make_instructor(self.course)
        strangers = [
            None,
            make_student(self.course),
            make_instructor(make_course(), email="elsewhere@example.org"),
        ]
        for address in addresses:
            self.client.force_login(runs)
            with closing(self.client.get(address)) as answer:
                self.assertEqual(answer.status_code, 200)
            is_file = address.startswith("/materials/")
            missing = "/materials/999999/slides.pdf" if is_file else "/courses/no/"
            for stranger in strangers:
                self.client.logout()
                if stranger:
                    self.client.force_login(stranger)
                answer = self.client.get(address)
                with self.subTest(address, stranger=stranger):
                    self.assertEqual(answer.status_code, 404)
                    self.assertEqual(answer.content, self.client.get(missing).content)

    def test_the_page_of_the_session_does_not_name_it(self):
        secret = make_file(name="secret.pdf")
        make_material(
            self.session, file=secret, label="Secret", visibility=Visibility.STAFF
        )
        self.client.logout()
        answer = self.client.get(self.session.get_absolute_url()).text
        self.assertNotIn("ecret", answer)
