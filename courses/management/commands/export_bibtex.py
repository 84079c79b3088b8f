from django.core.management.base import BaseCommand, CommandError

from references import bibtex
from references.models import Paper

from ... import bibliography
from ...models import Course


class Command(BaseCommand):
    help = "Print all papers as BibTeX, or those that a course reads."

    def add_arguments(self, parser):
        parser.add_argument(
            "--course", metavar="SLUG", help="its papers, by the keys of its own file"
        )

    def handle(self, course, **options):
        papers = Paper.objects.order_by("key").with_authors()
        if not course:
            works = [paper.work for paper in papers]
        else:
            try:
                row = Course.objects.get(slug=course)
            except Course.DoesNotExist:
                raise CommandError(f"There is no course “{course}”.") from None
            papers = papers.filter(readings__course=row).distinct()
            works = bibliography.works(papers, row, all_keys=True)
        self.stdout.write(bibtex.dumps(works), ending="")
