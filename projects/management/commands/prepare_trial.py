import secrets
from pathlib import Path

from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.core.management.base import BaseCommand

from courses.models import Course

SAMPLE = Path("courses/sample/index.html")
EMAIL = "admin@example.org"


class Command(BaseCommand):
    help = (
        "Make a migrated database ready for a trial: an administrator if there is "
        "none, the sample course if there is no course. What is there stays."
    )

    def handle(self, *args, **options):
        if not Course.objects.exists():
            call_command(
                "import_page",
                SAMPLE,
                files=SAMPLE.parent,
                time_zone="America/Halifax",
                stdout=self.stdout,
                stderr=self.stderr,
            )
        users = get_user_model().objects
        if not users.filter(is_superuser=True).exists():
            password = secrets.token_urlsafe(12)
            users.create_superuser(EMAIL, password)
            self.stdout.write(
                f"\nAdministrator: {EMAIL}, password: {password}\n"
                "Log in at /accounts/login/password/; it is shown this once.\n"
            )
