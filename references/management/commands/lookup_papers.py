from django.core.management.base import BaseCommand, CommandError
from django.db.models import Q

from ... import lookup
from ...catalogues import Unanswered
from ...models import Paper


class Command(BaseCommand):
    help = (
        "Look papers up at arXiv and Crossref by arXiv id and DOI. What they lack is "
        "filled; what differs is told and stays as it is. Needs DJANGO_PAPER_LOOKUP=1."
    )

    def add_arguments(self, parser):
        parser.add_argument(
            "keys",
            metavar="KEY",
            nargs="*",
            help="keys or aliases; otherwise all papers that have an identifier",
        )
        parser.add_argument(
            "--missing",
            action="store_true",
            help="only those that lack title, authors or year",
        )
        parser.add_argument(
            "--again", action="store_true", help="ask even where an answer is kept"
        )
        parser.add_argument(
            "--dry-run",
            action="store_true",
            help="ask and keep the answers, change no paper",
        )

    def handle(self, keys, missing, again, dry_run, **options):
        papers = lookup.incomplete() if missing else lookup.identified()
        if keys:
            papers = (papers if missing else Paper.objects.all()).filter(_named(keys))
        papers = papers.distinct().order_by("key").only("key", "arxiv_id", "doi")
        try:
            outcomes = lookup.look_up(list(papers), again, dry_run)
        except Unanswered as refusal:
            raise CommandError(str(refusal)) from None
        self._tell(outcomes, dry_run)

    def _tell(self, outcomes, dry_run):
        total = filled = differing = failed = 0
        for outcome in outcomes:
            total += 1
            filled += bool(outcome.gained)
            differing += bool(outcome.differences)
            failed += bool(outcome.problems)
            if outcome:
                self.stdout.write(f"{outcome.paper.key}: {outcome}")
        self.stdout.write(
            f"Papers looked up: {total}; filled: {filled}; different: {differing}; "
            f"with problems: {failed}."
            + (" No paper was changed: dry run." if dry_run else "")
        )


def _named(keys):
    """The condition to be one of ``keys``; CommandError if one is not here."""
    condition = Q(key__in=keys) | Q(aliases__key__in=keys)
    found = Paper.objects.filter(condition).values_list("key", "aliases__key")
    unknown = set(keys).difference(*found)
    if unknown:
        raise CommandError(f"There is no paper {', '.join(sorted(unknown))}.")
    return condition
