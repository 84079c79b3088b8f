"""Figures for `make bench`: reading and writing BibTeX, without a database."""

import logging
import time
from pathlib import Path

import bibtexparser

from references import bibtex, bibtex_source, encodings

FOLDER = Path("../shared/data/bib")
TIMES = 5


def bibtex_figures():
    """Print entries per second, and time against bibtexparser's default stack."""
    logging.getLogger("bibtexparser").setLevel(logging.CRITICAL)
    files = {file: file.read_bytes() for file in sorted(FOLDER.glob("*.bib"))}
    texts = [encodings.decode(data)[0] for data in files.values()]
    large = [
        encodings.decode(files[FOLDER / n])[0] for n in ("d2l.bib", "nime2014.bib")
    ]
    ours = _seconds(bibtex_source.entries, [*texts, *large])
    theirs = _seconds(bibtexparser.parse_string, [*texts, *large])
    print(f"BibTeX split and mended: {ours / theirs:.2f} of bibtexparser's time")
    works = [work for text in texts for work in bibtex.loads(text)[0]]
    print(f"BibTeX read: {len(works) / _seconds(bibtex.loads, texts):,.0f} entries/s")
    print(
        f"BibTeX written: {len(works) / _seconds(bibtex.dumps, [works]):,.0f} entries/s"
    )


def _seconds(function, values):
    """How long ``function`` takes for all ``values``: the least of some times."""
    times = []
    for _ in range(TIMES):
        started = time.perf_counter()
        for value in values:
            function(value)
        times.append(time.perf_counter() - started)
    return min(times)


if __name__ == "__main__":
    bibtex_figures()
