"""Whoever follows all links of the site meets no address and no number of anyone."""

import re
from datetime import datetime
from urllib.parse import urldefrag, urljoin, urlsplit

from django.test import TestCase

from projects.models import Membership
from references.models import Paper
from tests import factories as make
from tests.browser.term import make_running_course
from tests.logins import log_in

NUMBER = re.compile(r"2099\d{4}")
ADDRESS = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
LINK = re.compile(r'\b(?:href|src|action)="([^"]*)"')
AT = datetime.fromisoformat("2026-03-04T12:00:00+08:00")


class CrawlTests(TestCase):
    """A course in its term; everyone there has an address, students a number."""

    left_out = ()

    @classmethod
    def setUpTestData(cls):
        cls.course = make_running_course(AT)
        cls.elsewhere = make.make_course(title="Elsewhere")
        for number in range(3):
            person = make.make_person(f"Stu {number}")
            make.make_enrolment(
                cls.course, person, student_number=f"2099000{number}", code="20990009"
            )
            for team in cls.course.teams.exclude(assignment__isnull=False, number=2):
                Membership.objects.create(team=team, person=person, position=9)
            make.make_invitation(
                cls.course, person, email="hidden@example.com", token_hash=str(number)
            )
        people = type(person).objects.all()
        for each in people:
            each.email = f"private{each.pk}@example.com"
            each.save()
        teacher = cls.course.roles.first().person
        teacher.user = make.make_user("teacher@example.com")
        teacher.save()
        Paper.history.update(history_user=teacher.user)
        cls.reader = make.make_user("reader@example.net")
        cls.person = make.make_person("Reader", user=cls.reader)

    def crawl(self):
        """(address or number, where) of all pages and files that links lead to."""
        waiting, known = ["/"], {"/"}
        while waiting:
            url = waiting.pop()
            response = self.client.get(url)
            content = b"".join(response).decode(errors="replace")
            text = f"{url} {response.headers} {content}"
            for found in {*ADDRESS.findall(text), *NUMBER.findall(text)}:
                yield found, url
            links = [*LINK.findall(text), response.headers.get("Location", "")]
            for link in links:
                to = urldefrag(urljoin(url, link.replace("&amp;", "&")))[0]
                if to not in known and self.is_followed(to):
                    known.add(to)
                    waiting.append(to)
        self.assertGreater(len(known), 50)

    def is_followed(self, url):
        """Whether it is of this site, and no further view of the same rows."""
        parts = urlsplit(url)
        skipped = ("/static/", "/admin/jsi18n/", "/accounts/", *self.left_out)
        return not (parts.netloc or parts.query or parts.path.startswith(skipped))

    def check(self):
        meant_for_readers = {self.course.contact, "reader@example.net"}
        found = {(each, url) for each, url in self.crawl()}
        self.assertEqual([e for e in found if e[0] not in meant_for_readers], [])

    def test_a_stranger(self):
        self.check()

    def test_a_student_of_the_course(self):
        make.make_enrolment(self.course, self.person, student_number="20990008")
        log_in(self.client, self.reader)
        self.check()

    def test_staff_of_another_course(self):
        make.make_course_role(self.elsewhere, self.person)
        log_in(self.client, self.reader)
        self.check()

    def test_staff_of_the_course_on_the_pages_of_the_site(self):
        self.left_out = ("/admin/",)
        make.make_course_role(self.course, self.person)
        log_in(self.client, self.reader)
        self.check()
