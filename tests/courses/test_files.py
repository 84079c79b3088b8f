"""Files that the web server sends, named by an answer of ours."""

from django.core.files.storage import default_storage
from django.test import TestCase, override_settings

from tests.factories import make_file, make_material

KEPT = (
    "Cache-Control",
    "Content-Disposition",
    "Content-Security-Policy",
    "Content-Type",
    "Cross-Origin-Opener-Policy",
    "Referrer-Policy",
    "X-Content-Type-Options",
    "X-Frame-Options",
)


class InternalRedirectTests(TestCase):
    def get(self, material, **settings):
        with override_settings(**settings):
            response = self.client.get(material.get_absolute_url())
            return response, response.getvalue()

    def test_headers_are_those_of_a_streamed_file(self):
        for name, content in (
            ("a.pdf", b"%PDF-1.7\n"),
            ("a.pdf", b"<script>alert(1)</script>"),
            ("a.svg", b'<svg xmlns="http://www.w3.org/2000/svg"/>'),
            ("学习 “x”.zip", b"PK\x03\x04"),
        ):
            with self.subTest(name, content=content):
                file = make_file(content, name)
                material = make_material(file=file)
                streamed, sent = self.get(material)
                named, nothing = self.get(material, ACCEL_REDIRECT="/protected/")
                self.assertEqual((sent, nothing), (content, b""))
                self.assertEqual(
                    {header: named[header] for header in KEPT},
                    {header: streamed[header] for header in KEPT},
                )
                self.assertEqual(named["X-Accel-Redirect"], f"/protected/{file.key}")
                self.assertNotIn("X-Accel-Redirect", streamed)

    def test_lost_bytes_are_not_found(self):
        material = make_material(file=make_file())
        default_storage.delete(material.file.key)
        with self.assertLogs("courses.files", "ERROR"):
            response, _ = self.get(material, ACCEL_REDIRECT="/protected/")
        self.assertEqual(response.status_code, 404)
        self.assertNotIn("X-Accel-Redirect", response)
