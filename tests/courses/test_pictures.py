"""Photos: taken anew, shown beside what is said of a person, served by the site."""

import struct
import zlib
from io import BytesIO
from unittest import mock

from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import SimpleTestCase, TestCase
from django.urls import reverse
from PIL import Image
from selectolax.lexbor import LexborHTMLParser

from courses import pictures
from courses.access import Visibility
from courses.models import Person
from tests import factories as make
from tests.admin_pages import count_queries, errors, form_data, make_staff, page
from tests.courses.test_uploads import HTML, SVG
from tests.logins import log_in
from tests.pictures import picture


def upload(content, name="me.jpg"):
    return SimpleUploadedFile(name, content)


def opened(content):
    return Image.open(BytesIO(content))


def png_of(width, height):
    """A PNG of a few bytes that says it is so large."""
    head = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    parts = b"\x89PNG\r\n\x1a\n"
    for kind, data in ((b"IHDR", head), (b"IDAT", zlib.compress(b"")), (b"IEND", b"")):
        crc = struct.pack(">I", zlib.crc32(kind + data))
        parts += struct.pack(">I", len(data)) + kind + data + crc
    return parts


class RedrawnTests(SimpleTestCase):
    def redrawn(self, content, name="me.jpg"):
        found = pictures.redrawn(upload(content, name))
        return found, opened(found.read())

    def test_is_upright_and_tells_nothing_else(self):
        """Orientation 6: the camera was turned, its top is to the right."""
        content = picture((400, 200), orientation=6, comment=b"Secret Words")
        found, image = self.redrawn(content)
        self.assertEqual((image.size, image.format), ((200, 400), "JPEG"))
        red, green, blue = image.getpixel((100, 50))
        self.assertTrue(red > 200 > 50 > max(green, blue))
        self.assertEqual(dict(image.getexif()), {})
        found.seek(0)
        self.assertNotIn(b"Secret", found.read())

    def test_odd_remarks_of_a_camera_do_no_harm(self):
        """The height of the picture, says its EXIF, is "Secret Camera"."""
        odd = picture(orientation=6).replace(b"\x01\x0f\x00\x02", b"\x01\x01\x00\x02")
        _found, image = self.redrawn(odd)
        self.assertEqual(image.size, (20, 40))

    def test_is_made_smaller(self):
        _found, image = self.redrawn(picture((3000, 1500)))
        self.assertEqual(image.size, (1200, 600))

    def test_every_format_becomes_a_jpeg(self):
        for name in ("PNG", "WEBP", "JPEG"):
            with self.subTest(name):
                found, image = self.redrawn(picture(format=name), f"a.{name.lower()}")
                self.assertEqual((image.format, found.name), ("JPEG", "a.jpg"))

    def test_what_is_clear_becomes_white(self):
        content = BytesIO()
        Image.new("RGBA", (8, 8), (0, 0, 0, 0)).save(content, "PNG")
        _found, image = self.redrawn(content.getvalue(), "a.png")
        self.assertEqual(image.getpixel((4, 4)), (255, 255, 255))

    def refusal(self, content, name="me.jpg"):
        with self.assertRaises(ValidationError) as refused:
            pictures.PictureField().clean(upload(content, name))
        return refused.exception.messages

    def test_refuses_what_is_no_picture(self):
        unreadable = "is no picture that can be read. Save it as JPEG, PNG or WebP."
        gif = BytesIO()
        Image.new("P", (8, 8)).save(gif, "GIF")
        for content, name in (
            (SVG, "me.svg"),
            (gif.getvalue(), "me.gif"),
            (picture()[:200], "me.jpg"),
            (HTML, "me"),
            (png_of(10, 10), "me.png"),
        ):
            with self.subTest(name):
                self.assertEqual(
                    self.refusal(content, name), [f"“{name}” {unreadable}"]
                )

    def test_refuses_a_page_named_like_a_picture(self):
        [said] = self.refusal(HTML)
        self.assertIn("“me.jpg” is no JPEG: what it holds is text/html.", said)

    def test_refuses_nothing_at_all(self):
        [said] = self.refusal(b"")
        self.assertIn("“me.jpg” is empty (0 bytes).", said)

    def test_refuses_too_many_bytes(self):
        with mock.patch.object(pictures, "MAX_MB", 0):
            [said] = self.refusal(picture())
        self.assertIn("at most 0 MB are taken", said)

    def test_refuses_too_many_pixels_before_it_decodes_them(self):
        for side in (7000, 60_000):
            with self.subTest(side), mock.patch.object(Image.Image, "load") as load:
                [said] = self.refusal(png_of(side, side), "me.png")
                self.assertEqual(
                    said, "“me.png” has more than 40 megapixels. Make it smaller."
                )
                load.assert_not_called()


class ShownTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.photo = make.make_file(picture(), "ada.jpg")
        cls.ada = make.make_person("Ada", slug="ada", photo=cls.photo)
        cls.session = make.make_session(make.make_course())
        cls.talk = make.make_talk(cls.session, cls.ada, biography="Counts.")
        cls.url = reverse("courses:person_photo", args=["ada"])

    def portraits(self, row):
        response = self.client.get(row.get_absolute_url())
        return [
            (image.attributes["src"], image.attributes["alt"])
            for image in LexborHTMLParser(response.text).css("img.portrait")
        ]

    def test_beside_the_biography_on_three_pages(self):
        for row in (self.ada, self.session, self.talk):
            with self.subTest(row):
                self.assertEqual(self.portraits(row), [(self.url, "Ada")])

    def test_is_served_by_the_site(self):
        response = self.client.get(self.url)
        self.assertEqual(
            (
                response.getvalue(),
                response["Content-Type"],
                response["Content-Security-Policy"],
                response["X-Content-Type-Options"],
            ),
            (picture(), "image/jpeg", "sandbox; default-src 'none'", "nosniff"),
        )

    def test_is_hidden_with_its_person(self):
        self.talk.visibility = Visibility.STAFF
        self.talk.save()
        student = make.make_enrolment(self.session.course).person
        student.photo = self.photo
        student.save()
        nobody = reverse("courses:person_photo", args=["nobody"])
        for url in (
            self.url,
            reverse("courses:person_photo", args=[student.slug]),
            nobody,
        ):
            with self.subTest(url):
                self.assertEqual(self.client.get(url).status_code, 404)

    def test_query_count_does_not_grow(self):
        pages = [self.session.course, self.session, self.talk]
        before = [count_queries(self.client, row.get_absolute_url()) for row in pages]
        for _ in range(3):
            person = make.make_person(photo=self.photo)
            make.make_talk(self.session, person, biography="x")
            make.make_appearance(self.talk, make.make_person(photo=self.photo))
        after = [count_queries(self.client, row.get_absolute_url()) for row in pages]
        self.assertEqual(after, before)


class AdminTests(TestCase):
    def setUp(self):
        log_in(self.client, make_staff())
        self.person = make.make_course_role(person=make.make_person()).person
        self.url = page(Person, "change", self.person.pk)

    def submit(self, **values):
        data = form_data(self.client.get(self.url)) | values
        response = self.client.post(self.url, data)
        self.person.refresh_from_db()
        return response

    def test_a_photo_is_uploaded_and_taken_away(self):
        self.submit(photo=upload(picture((2000, 1000), "PNG"), "me.png"))
        photo = self.person.photo
        self.assertEqual(
            (photo.original_name, photo.content_type), ("me.jpg", "image/jpeg")
        )
        with photo.open() as file:
            self.assertEqual(opened(file.read()).size, (1200, 600))
        self.submit()
        self.assertEqual(self.person.photo, photo)
        self.submit(**{"photo-clear": "on"})
        self.assertIsNone(self.person.photo)

    def test_refuses_what_is_no_picture(self):
        response = self.submit(photo=upload(SVG, "me.svg"))
        self.assertEqual(
            errors(response),
            ["“me.svg” is no picture that can be read. Save it as JPEG, PNG or WebP."],
        )
        self.assertIsNone(self.person.photo)
