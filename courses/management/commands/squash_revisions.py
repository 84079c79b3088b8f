from django.core.management.base import BaseCommand

from ... import revisions


class Command(BaseCommand):
    help = (
        "Make one row of all revisions of a course, which changes no number, and "
        "forget removals of more than 400 days ago. For once a day."
    )

    def handle(self, *args, **options):
        squashed, touches, removals = revisions.squash()
        self.stdout.write(
            f"Revisions squashed: {squashed}, late touches written: {touches}, "
            f"old removals forgotten: {removals}."
        )
