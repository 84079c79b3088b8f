import json
from dataclasses import asdict
from pathlib import Path
from urllib.parse import urlsplit

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.core.validators import validate_slug

from courses.importing import loading, page, source
from courses.importing.files import Folder
from courses.models.course import validate_time_zone

from ... import importing


class Command(BaseCommand):
    help = (
        "Take over a hand-written HTML course page: its schedule, talks, readings and "
        "galleries become rows, and every link gets a place. Run it again after the "
        "page changed: what was edited here stays."
    )
    requires_system_checks = []  # a dry run works without a database

    def add_arguments(self, parser):
        parser.add_argument("file", type=Path, help="the saved HTML page")
        parser.add_argument(
            "--course",
            metavar="SLUG",
            help="address of the course, for example math6380p-2020-fall; "
            "otherwise made from the page's code and term",
        )
        parser.add_argument(
            "--time-zone",
            metavar="ZONE",
            default="",
            help="where the class meets, for example Asia/Hong_Kong",
        )
        parser.add_argument(
            "--year", type=int, metavar="YYYY", help="for dates printed without one"
        )
        parser.add_argument(
            "--base-url",
            metavar="URL",
            default="",
            help="where the page was, to make its relative addresses absolute",
        )
        parser.add_argument(
            "--files",
            type=Path,
            metavar="DIR",
            help="folder whose files relative addresses name; they are taken over",
        )
        parser.add_argument(
            "--draft", action="store_true", help="show it to staff only"
        )
        parser.add_argument(
            "--dry-run", action="store_true", help="read the page, change nothing"
        )
        parser.add_argument(
            "--json",
            action="store_true",
            help="print the outline and what became of links",
        )

    def handle(self, file, **options):
        self._check(options)
        folder = Folder(options["files"])
        try:
            outline = page.outline_of(
                source.text_of(_read(file)),
                year=options["year"],
                base_url=options["base_url"],
                has_file=lambda address: folder.find(address) is not None,
            )
            slug = options["course"] or loading.slug_for(outline)
            if not options["dry_run"]:
                course, report = importing.load(
                    outline,
                    slug,
                    source=file.name,
                    time_zone=options["time_zone"],
                    folder=folder,
                    is_draft=options["draft"],
                )
        except source.PageRefused as refusal:
            raise CommandError(str(refusal)) from None
        if options["json"]:
            self.stdout.write(json.dumps(asdict(outline), ensure_ascii=False, indent=2))
            return
        for warning in outline.warnings:
            self.stderr.write(f"{warning.where}: {warning.message}")
        if options["dry_run"]:
            self.stdout.write(f"{_what(outline)} Nothing was changed: dry run.")
        else:
            self._tell(course, report, outline)

    def _check(self, options):
        try:
            if options["course"]:
                validate_slug(options["course"])
            if options["time_zone"]:
                validate_time_zone(options["time_zone"])
        except ValidationError as error:
            raise CommandError(error.messages[0]) from None
        if options["base_url"] and urlsplit(options["base_url"]).scheme not in (
            "http",
            "https",
        ):
            raise CommandError(
                f"“{options['base_url']}” is no web address; write --base-url https://…"
            )
        if options["files"] and not options["files"].is_dir():
            raise CommandError(
                f"{options['files']} is no folder; give one with --files."
            )

    def _tell(self, course, report, outline):
        for line in report.warnings:
            self.stderr.write(line)
        for line in report.kept:
            self.stderr.write(f"kept: {line}")
        for line in report.gone:
            self.stderr.write(f"no longer on the page: {line}")
        if not report.created and not report.changed:
            self.stdout.write(f"{course}: nothing new; nothing was created or changed.")
            return
        done = [f"{_count(*each)} new" for each in report.created.items()]
        done += [f"{_count(*each)} changed" for each in report.changed.items()]
        self.stdout.write(f"{course.get_absolute_url()}: {', '.join(done)}.")
        self.stdout.write(_what(outline))


def _count(model, n):
    name = model._meta.verbose_name if n == 1 else model._meta.verbose_name_plural
    return f"{n} {name}"


def _read(file):
    """The bytes of ``file``; CommandError in words if they cannot be had."""
    try:
        if file.stat().st_size > source.MAX_BYTES:
            with file.open("rb") as stream:  # enough to say what it is
                return stream.read(source.MAX_BYTES + 1)
        return file.read_bytes()
    except OSError as error:
        raise CommandError(
            f"{file} cannot be read ({error.strerror}); give the saved HTML page."
        ) from None


def _what(outline):
    links = outline.links
    return (
        f"{len(outline.sessions)} sessions, "
        f"{sum(len(session.talks) for session in outline.sessions)} talks, "
        f"{sum(len(gallery.entries) for gallery in outline.galleries)} projects; "
        f"{links.in_source} links: {links.placed} placed, {links.in_notes} in notes, "
        f"{len(links.withheld)} withheld."
    )
