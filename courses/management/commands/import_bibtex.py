import json
import sys
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from references import bibtex, citing
from references.work import MAX_BYTES, named

from ... import bibliography
from ...models import Course


class Command(BaseCommand):
    help = "Add the papers of a BibTeX file; what is here already only gains."

    def add_arguments(self, parser):
        parser.add_argument("file", help="a .bib file in any encoding, or -")
        parser.add_argument(
            "--course",
            metavar="SLUG",
            help="let the course read them, and keep the keys of the file for it",
        )
        parser.add_argument("--dry-run", action="store_true", help="save nothing")
        parser.add_argument("--json", action="store_true", help="print all as JSON")

    def handle(self, file, **options):
        course = _course(options["course"])
        works, problems = bibtex.read(_content(file))
        papers, nameless = named(works)
        problems = sorted([*problems, *nameless], key=lambda problem: problem.line)
        if options["dry_run"]:
            cited = citing.plan(papers)
        else:
            cited = bibliography.add(papers, course, reason=f"import of {file}"[:200])
        new = len({id(one.paper) for one in cited if one.is_new})
        here = len({id(one.paper) for one in cited if not one.is_new})
        if options["json"]:
            answer = {
                "entries": [_entry(work) for work in works],
                "entries_read": len(works),
                "created": new,
                "already_here": here,
                "problems": [vars(problem) for problem in problems],
            }
            self.stdout.write(json.dumps(answer, ensure_ascii=False, indent=2))
            return
        for problem in problems:
            self.stdout.write(f"{file}:{problem.line}: {problem.message}")
        for conflict in filter(None, (one.conflict for one in cited)):
            self.stdout.write(conflict)
        would = "would be " if options["dry_run"] else ""
        self.stdout.write(
            f"{len(works)} entries read; {new} papers {would}new, {here} already here, "
            f"{sum(problem.lost for problem in problems)} entries not read."
        )


def _entry(work):
    names = ("key", "title", "authors", "year", "arxiv_id", "doi")
    return {name: getattr(work, name) for name in names}


def _course(slug):
    if not slug:
        return None
    try:
        return Course.objects.get(slug=slug)
    except Course.DoesNotExist:
        raise CommandError(f"There is no course “{slug}”.") from None


def _content(file):
    """The bytes of ``file``; CommandError in words if there are none to read."""
    try:
        with sys.stdin.buffer if file == "-" else Path(file).open("rb") as stream:
            content = stream.read(MAX_BYTES + 1)
    except OSError as error:
        raise CommandError(f"{file} cannot be read: {error.strerror}.") from None
    if len(content) > MAX_BYTES:
        raise CommandError(
            f"{file} has more than {MAX_BYTES:,} bytes. Split it into several files."
        )
    return content
