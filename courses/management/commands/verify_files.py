from django.core.management.base import BaseCommand, CommandError

from ... import safekeeping
from ...models import StoredFile


class Command(BaseCommand):
    help = (
        "Read all stored files again and compare them with what was received. "
        "Exit status 1, and a list, if one is missing or differs."
    )

    def handle(self, *args, **options):
        wrong = 0
        for file, fault in safekeeping.faults(StoredFile.objects.order_by("pk")):
            wrong += 1
            owners = ", ".join(safekeeping.owners(file)) or "nothing"
            self.stdout.write(f"{file.pk} “{file}” of {owners}: {fault}")
        summary = f"Files: {StoredFile.objects.count()}, wrong: {wrong}."
        if wrong:
            raise CommandError(summary)
        self.stdout.write(summary)
