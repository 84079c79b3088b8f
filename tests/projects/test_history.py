from io import StringIO
from pathlib import Path

from django.core.management import call_command
from django.test import TestCase

from courses.models import Material, Reading, Session, Talk
from references.models import Paper

PAGE = Path("courses/sample/index.html")


class ImportHistoryTests(TestCase):
    def test_an_import_is_recorded_as_one(self):
        call_command(
            "import_page", PAGE, course="dl", stdout=StringIO(), stderr=StringIO()
        )
        for model in (Session, Talk, Material, Reading, Paper):
            said = model.history.values_list(
                "history_type", "history_user", "history_change_reason"
            )
            with self.subTest(model):
                self.assertEqual(set(said), {("+", None, "import")})
                self.assertEqual(model.history.count(), model.objects.count())

    def test_importing_the_same_page_again_records_nothing(self):
        for _ in range(2):
            call_command(
                "import_page", PAGE, course="dl", stdout=StringIO(), stderr=StringIO()
            )
        self.assertEqual(Session.history.count(), Session.objects.count())
