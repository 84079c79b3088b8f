from django.core.management.base import BaseCommand

from ... import duplicates


class Command(BaseCommand):
    help = "Put pairs of papers that may be one into the review queue."

    def handle(self, *args, **options):
        found = duplicates.find()
        self.stdout.write(f"New pairs of similar papers to decide on: {found}.")
