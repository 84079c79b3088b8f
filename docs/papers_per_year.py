#!/usr/bin/env python3
"""Draw how many papers the courses of a Proseminar site read, by their year.

    python docs/papers_per_year.py https://proseminar.example.org > papers.svg
    python docs/papers_per_year.py http://127.0.0.1:8000 --course dl-2025 --text

A paper that several courses read counts once. Takes Python 3.11 and nothing else.
"""

import argparse
import json
import sys
from collections import Counter
from html import escape
from urllib.error import HTTPError, URLError
from urllib.parse import urlencode
from urllib.request import urlopen

BAR, GAP, HEIGHT, MARGIN = 22, 6, 240, 36  # of the picture, in pixels


def rows(address, **parameters):
    """All rows of a list, page after page."""
    address += "?" + urlencode(parameters)
    while address:
        with urlopen(address, timeout=60) as answer:  # noqa: S310 - as it was given
            page = json.load(answer)
        yield from page["results"]
        address = page["next"]


def papers_by_year(site, **filters):
    """{year: number of papers that are read}, without those of no known year."""
    readings = rows(
        f"{site}/api/v1/readings/",
        is_paper="true",
        fields="paper,paper_details",
        page_size=200,
        **filters,
    )
    years = {each["paper"]: each["paper_details"]["year"] for each in readings}
    return Counter(year for year in years.values() if year)


def as_text(counts):
    return "".join(
        f"{year}  {'█' * counts[year]} {counts[year]}\n"
        for year in range(min(counts), max(counts) + 1)
    )


def as_svg(counts, title):
    years = range(min(counts), max(counts) + 1)
    most = max(counts.values())
    width = 2 * MARGIN + len(years) * (BAR + GAP)
    base = MARGIN + HEIGHT
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {base + MARGIN}"'
        ' font-family="sans-serif" font-size="11" text-anchor="middle" role="img">',
        f"<title>{escape(title)}</title>",
        f'<rect width="{width}" height="{base + MARGIN}" fill="#fff"/>',
    ]
    for place, year in enumerate(years):
        middle = MARGIN + place * (BAR + GAP) + BAR / 2
        tall = HEIGHT * counts[year] / most
        if counts[year]:
            parts.append(
                f'<rect x="{middle - BAR / 2}" y="{base - tall:.1f}" width="{BAR}"'
                f' height="{tall:.1f}" fill="#3d4c63"/>'
                f'<text x="{middle}" y="{base - tall - 4:.1f}">{counts[year]}</text>'
            )
        if year % 5 == 0 or year in (years[0], years[-1]):
            parts.append(f'<text x="{middle}" y="{base + 16}">{year}</text>')
    return "\n".join([*parts, "</svg>"]) + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("site", help="the address of the site")
    parser.add_argument("--course", help="of this course alone, by its slug")
    parser.add_argument("--text", action="store_true", help="as text, not as SVG")
    chosen = parser.parse_args()
    site = chosen.site.rstrip("/")
    filters = {"course": chosen.course} if chosen.course else {}
    try:
        counts = papers_by_year(site, **filters)
    except HTTPError as error:
        sys.exit(f"{error.url}: {json.load(error)['detail']}")
    except URLError as error:
        sys.exit(f"{site}: {error.reason}")
    if not counts:
        sys.exit("No paper of a known year is read there.")
    title = f"Papers read at {site}, by year"
    sys.stdout.write(as_text(counts) if chosen.text else as_svg(counts, title))


if __name__ == "__main__":
    main()
