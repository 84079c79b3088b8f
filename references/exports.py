"""Downloads of bibliographies: papers as BibTeX, RIS and CSL-JSON."""

from collections.abc import Callable
from dataclasses import dataclass

from django.http import HttpResponse
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.utils.text import slugify

from . import bibtex, csl, ris


@dataclass(frozen=True)
class Format:
    ending: str
    name: str
    media_type: str
    dumps: Callable[[list], str]


FORMATS = {
    each.ending: each
    for each in (
        Format("bib", "BibTeX", "application/x-bibtex", bibtex.dumps),
        Format("ris", "RIS", "application/x-research-info-systems", ris.dumps),
        Format(
            "json", "CSL-JSON", "application/vnd.citationstyles.csl+json", csl.dumps
        ),
    )
}
ENDING = "|".join(FORMATS)  # in a regular expression


def download(works, ending, name):
    """The answer that is ``works`` as a file ``name`` in the format ``ending``."""
    format_ = FORMATS[ending]
    filename = f"{slugify(name) or 'papers'}.{ending}"
    return HttpResponse(
        format_.dumps(works),
        content_type=f"{format_.media_type}; charset=utf-8",
        headers={
            "Content-Disposition": content_disposition_header(True, filename),
            "X-Content-Type-Options": "nosniff",
        },
    )


def addresses(name, *args):
    """(Format, address) pairs: the view ``name`` takes ``args``, then the ending."""
    return [
        (each, reverse(name, args=[*args, ending])) for ending, each in FORMATS.items()
    ]
