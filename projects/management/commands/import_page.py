import json
from dataclasses import asdict
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from courses.importing import page, source


class Command(BaseCommand):
    help = "Take over a hand-written course page, with all its links."

    def add_arguments(self, parser):
        parser.add_argument("file", type=Path, help="the saved HTML page")
        parser.add_argument("--dry-run", action="store_true", help="read only")
        parser.add_argument("--json", action="store_true", help="print the outline")
        parser.add_argument("--year", type=int)

    def handle(self, *args, **options):
        try:
            text = source.text_of(options["file"].read_bytes())
            outline = page.outline_of(text, year=options["year"])
        except source.PageRefused as refusal:
            raise CommandError(str(refusal)) from None
        self.stdout.write(json.dumps(asdict(outline), ensure_ascii=False, indent=2))
