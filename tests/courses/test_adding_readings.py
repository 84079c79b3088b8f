from django.test import TestCase
from django.urls import reverse

from courses.models import CitationKey, Reading
from references.models import Paper
from tests.admin_pages import form_data, make_staff
from tests.factories import make_paper, make_reading, make_session, make_talk

RIS = """TY  - JOUR
ID  - Bo:2019
AU  - Bo, Ada
TI  - On Small Things
PY  - 2019
ER  -
"""
PRINTED = "Ed Di and Flo Gu. Of Larger Things. Annals of *Things*, 2020."


def url(session):
    return reverse("admin:courses_session_add_papers", args=[session.pk])


class AddReadingsTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.session = make_session(title="First Lecture")
        cls.staff = make_staff()

    def setUp(self):
        self.client.force_login(self.staff)

    def save(self, text, **more):
        response = self.client.post(url(self.session), {"text": text})
        data = form_data(response) | more
        return self.client.post(url(self.session), data, follow=True)

    def test_papers_become_readings_of_the_session(self):
        make_reading(self.session, position=4)
        response = self.save(f"{RIS}\n{PRINTED}", role="required")
        self.assertRedirects(
            response, reverse("admin:courses_session_change", args=[self.session.pk])
        )
        readings = self.session.readings.order_by("position")[1:]
        self.assertEqual(
            [
                (each.position, each.paper.title, each.role, each.text)
                for each in readings
            ],
            [
                (5, "On Small Things", "required", ""),
                (6, "Of Larger Things", "required", PRINTED.replace("*", r"\*")),
            ],
        )
        self.assertEqual(readings[0].course, self.session.course)
        self.assertEqual(readings[0].history.get().history_user, self.staff)

    def test_or_of_one_of_its_talks(self):
        talk = make_talk(self.session)
        self.save(RIS, talk=str(talk.pk))
        self.assertEqual(Reading.objects.get().talk, talk)

    def test_what_was_chosen_stays_for_the_rest_of_a_long_list(self):
        talk = make_talk(self.session)
        text = "".join(RIS.replace("Small", f"Small {n}") for n in range(51))
        rest = form_data(self.save(text, talk=str(talk.pk), role="required"))
        self.assertEqual((rest["talk"], rest["role"]), ([str(talk.pk)], ["required"]))
        self.client.post(url(self.session), rest)
        self.assertEqual(talk.readings.filter(role="required").count(), 51)

    def test_not_of_a_talk_elsewhere(self):
        response = self.save(RIS, talk=str(make_talk().pk))
        self.assertContains(response, "Select a valid choice.")
        self.assertEqual((Reading.objects.count(), Paper.objects.count()), (0, 0))

    def test_what_is_read_there_already_is_not_read_twice(self):
        paper = make_paper(title="On Small Things")
        make_reading(self.session, paper=paper, text="As it was")
        self.save(RIS + RIS)
        self.assertEqual(self.session.readings.get().text, "As it was")

    def test_the_course_keeps_the_key_of_the_file(self):
        self.save(RIS)
        self.assertEqual(
            list(CitationKey.objects.values_list("course", "key", "paper__title")),
            [(self.session.course.pk, "Bo:2019", "On Small Things")],
        )

    def test_the_form_of_the_session_leads_there(self):
        form = reverse("admin:courses_session_change", args=[self.session.pk])
        self.assertContains(self.client.get(form), f'href="{url(self.session)}"')

    def test_no_such_session(self):
        address = url(self.session).replace(str(self.session.pk), "99999")
        self.assertEqual(self.client.get(address).status_code, 404)
