from django.core.management.base import BaseCommand, CommandError

from ... import erasing


class Command(BaseCommand):
    help = (
        "Erase a person, where the law requires it: names, addresses, account, texts, "
        "and what they alone handed in but for its hash, size and times. For good."
    )

    def add_arguments(self, parser):
        parser.add_argument("who", metavar="SLUG_OR_EMAIL")
        parser.add_argument("--yes", action="store_true", help="do not ask")
        parser.add_argument("--dry-run", action="store_true", help="change nothing")

    def handle(self, *args, who, yes, dry_run, **options):
        person, user = meant(who)
        for words, number in erasing.erase(person, user, dry_run=True):
            self.stdout.write(f"{words}: {number}")
        if dry_run:
            self.stdout.write(f"Would erase “{who}”; nothing was changed.")
            return
        if not yes and input(f"Erase “{who}” for good? Write yes: ") != "yes":
            raise CommandError("Nothing was changed.")
        erasing.erase(*meant(who))
        self.stdout.write("Erased. Older backups still have it.")


def meant(who):
    """(person, account) of a slug or address, either of them None if there is none."""
    persons, users = erasing.find(who)
    if not persons and not users:
        raise CommandError(f"Nobody has the slug or e-mail address “{who}”.")
    if len(persons) > 1 or len(users) > 1:
        slugs = ", ".join(person.slug for person in persons)
        raise CommandError(f"These are several: choose one of {slugs}.")
    return next(iter(persons), None), next(iter(users), None)
