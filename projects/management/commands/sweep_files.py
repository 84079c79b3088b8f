import tempfile
from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.core.files.storage import default_storage
from django.core.management.base import BaseCommand
from django.utils import timezone

from courses import safekeeping

from ...models import Refusal


class Command(BaseCommand):
    help = (
        "Delete bytes older than a day that nothing knows, left by uploads that broke "
        "off, and refused uploads of more than 180 days ago."
    )

    def add_arguments(self, parser):
        parser.add_argument("--dry-run", action="store_true", help="delete nothing")

    def handle(self, *args, dry_run, **options):
        now = timezone.now()
        a_day_ago = now - timedelta(days=1)
        orphans = list(safekeeping.orphans(a_day_ago))
        halves = list(broken_off(a_day_ago))
        refusals = Refusal.objects.filter(at__lt=now - timedelta(days=180))
        said = (
            f"files that nothing knows: {len(orphans)}, uploads that broke off: "
            f"{len(halves)}, old refusals: {refusals.count()}."
        )
        if not dry_run:
            for key in orphans:
                default_storage.delete(key)
            for path in halves:
                path.unlink(missing_ok=True)
            refusals.delete()
        self.stdout.write(f"{'Would delete' if dry_run else 'Deleted'} {said}")


def broken_off(before):
    """Paths of uploads whose process was killed before the aware datetime ``before``,
    on this machine."""
    folder = Path(settings.FILE_UPLOAD_TEMP_DIR or tempfile.gettempdir())
    for path in folder.glob("tmp*.upload*"):  # as TemporaryUploadedFile names them
        if path.is_file() and path.stat().st_mtime < before.timestamp():
            yield path
