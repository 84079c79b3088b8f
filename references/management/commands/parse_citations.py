import json
import re
import sys
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from ... import freetext

MAX_BYTES = 5_000_000


class Command(BaseCommand):
    help = (
        "Read printed citations, separated by blank lines, and print a JSON list with "
        "what each of them says, in the same order."
    )
    requires_system_checks = []  # works without a database

    def add_arguments(self, parser):
        parser.add_argument("file", help="a UTF-8 text file, or - for standard input")

    def handle(self, file, **options):
        text = _text_of(file)
        printed = [" ".join(each.split()) for each in re.split(r"\n\s*\n", text)]
        answers = [_answer(freetext.read_text(each)) for each in printed if each]
        self.stdout.write(json.dumps(answers, ensure_ascii=False, indent=2))


def _answer(citation):
    return {
        "title": citation.title,
        "authors": citation.authors,
        "year": citation.year,
        "venue": citation.venue,
        "arxiv_id": citation.arxiv_id,
        "doi": citation.doi,
        "is_paper": citation.is_paper,
        "confidence": citation.confidence,
    }


def _text_of(file):
    """The text of the file named ``file``; CommandError in words if there is none."""
    try:
        content = sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
    except OSError as error:
        raise CommandError(
            f"{file} cannot be read ({error.strerror}); give a text file of citations."
        ) from None
    if len(content) > MAX_BYTES:
        raise CommandError(
            f"{file} has {len(content):,} bytes; at most {MAX_BYTES:,} are read. "
            "Split it into several files."
        )
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise CommandError(
            f"{file} is not UTF-8 (line {line}); save it as UTF-8 and try again."
        ) from None
