"""Where papers are read and how courses cite them, when two papers become one."""

import pytest
from django.test import TestCase

from courses.models import CitationKey, Reading
from references import duplicates
from references.models import Paper
from tests.factories import (
    make_assignment,
    make_course,
    make_paper,
    make_reading,
    make_session,
    make_superuser,
    make_talk,
)


@pytest.mark.both
class MergingPapersTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.course = make_course()
        cls.session = make_session(cls.course)
        cls.kept = make_paper(key="kept", title="Small things")
        cls.gone = make_paper(key="gone", title="Small Things")
        cls.by = make_superuser()

    def rows(self):
        fields = [field.attname for field in Reading._meta.concrete_fields]
        fields.remove("updated_at")  # moving is a change, and so is moving back
        return (
            list(Reading.objects.order_by("pk").values_list(*fields)),
            list(CitationKey.objects.order_by("pk").values_list()),
        )

    def test_every_reading_stays(self):
        owners = [
            self.course,
            self.session,
            make_talk(self.session),
            make_assignment(self.course),
        ]
        readings = [
            make_reading(owner, paper=paper)
            for owner in owners
            for paper in (self.gone, self.kept)
        ]
        before = self.rows()
        row = duplicates.merge(self.kept, self.gone, (), self.by)
        self.assertEqual(
            list(self.kept.readings.order_by("pk").values_list("pk", flat=True)),
            sorted(reading.pk for reading in readings),
        )
        self.assertEqual(duplicates.undo(row, self.by), [])
        self.assertEqual(self.rows(), before)

    def test_the_history_of_a_reading_says_why_it_moved(self):
        reading = make_reading(self.session, paper=self.gone)
        row = duplicates.merge(self.kept, self.gone, (), self.by)
        duplicates.undo(row, self.by)
        self.assertEqual(
            list(
                reading.history.values_list(
                    "paper", "history_change_reason", "history_user"
                )
            ),
            [
                (self.gone.pk, "The merging with gone was undone.", self.by.pk),
                (self.kept.pk, f"Merged with gone (no. {self.gone.pk}).", self.by.pk),
                (self.gone.pk, None, None),
            ],
        )

    def test_readings_of_now_stay_where_they_are(self):
        deleted, edited, own = (
            make_reading(self.session, paper=paper)
            for paper in (self.gone, self.gone, self.kept)
        )
        row = duplicates.merge(self.kept, self.gone)
        third = make_paper(title="Third")
        deleted.delete()
        Reading.objects.filter(pk=edited.pk).update(paper=third)
        new = make_reading(self.session, paper=self.kept)
        duplicates.undo(row)
        self.assertEqual(
            list(Reading.objects.order_by("pk").values_list("pk", "paper")),
            [(edited.pk, third.pk), (own.pk, self.kept.pk), (new.pk, self.kept.pk)],
        )

    def test_a_course_keeps_each_key_and_parts_them_again(self):
        other = make_course()
        for course, paper, key in (
            (self.course, self.kept, "Kept19"),
            (self.course, self.gone, "Gone19"),
            (other, self.gone, "Gone19"),
        ):
            CitationKey.objects.create(course=course, paper=paper, key=key)
        before = self.rows()
        row = duplicates.merge(self.kept, self.gone)
        self.assertEqual(
            set(self.kept.citation_keys.values_list("course", "key")),
            {
                (self.course.pk, "Kept19"),
                (self.course.pk, "Gone19"),
                (other.pk, "Gone19"),
            },
        )
        self.assertEqual(duplicates.undo(row), [])
        self.assertEqual(self.rows(), before)

    def test_a_course_deleted_since_takes_its_keys_with_it(self):
        for paper, key in ((self.kept, "Kept19"), (self.gone, "Gone19")):
            CitationKey.objects.create(course=self.course, paper=paper, key=key)
        row = duplicates.merge(self.kept, self.gone)
        self.session.delete()
        self.course.delete()
        self.assertEqual(duplicates.undo(row), [])

    def test_a_page_shows_each_reading_under_the_paper_that_stays(self):
        make_reading(self.session, paper=self.gone, remark="Section 2")
        duplicates.merge(self.kept, self.gone)
        response = self.client.get("/papers/gone/", follow=True)
        self.assertContains(response, "Section 2")
        self.assertEqual(Paper.objects.get(), self.kept)
