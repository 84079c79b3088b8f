"""What the page of a paper tells programs: search engines, reference managers.

Highwire tags, as Google Scholar and Zotero read them, and schema.org as JSON-LD.
"""

import json

from django.utils.safestring import mark_safe

from .models import Paper, PaperLink
from .work import DAY, PAGE_RANGE, month_number, one_line, web_address

SCHEMA_TYPES = {
    Paper.Kind.BOOK: "Book",
    Paper.Kind.CHAPTER: "Chapter",
    Paper.Kind.THESIS: "Thesis",
    Paper.Kind.REPORT: "Report",
}
VENUE_TAGS = {
    Paper.Kind.ARTICLE: "citation_journal_title",
    Paper.Kind.CONFERENCE: "citation_conference_title",
    Paper.Kind.CHAPTER: "citation_inbook_title",
    Paper.Kind.THESIS: "citation_dissertation_institution",
    Paper.Kind.REPORT: "citation_technical_report_institution",
}
# In a script element nothing of these may end it, or begin a comment.
ESCAPES = {ord(char): f"\\u{ord(char):04x}" for char in "<>&\u2028\u2029"}


def highwire(paper):
    """(name, content) of each meta tag, in the order that readers of them expect."""
    work = paper.work
    first, last = _pages(work)
    is_report = work.kind == Paper.Kind.REPORT
    tags = [
        ("citation_title", work.title),
        *(("citation_author", name) for name in work.authors),
        ("citation_publication_date", _date(work, "/")),
        (VENUE_TAGS.get(work.kind, "citation_journal_title"), _venue(work)),
        ("citation_publisher", work.publisher),
        ("citation_volume", work.volume),
        (
            f"citation_{'technical_report_number' if is_report else 'issue'}",
            work.number,
        ),
        ("citation_firstpage", first),
        ("citation_lastpage", last),
        ("citation_issn", work.words("issn")),
        ("citation_isbn", work.words("isbn")),
        ("citation_language", work.words("language")),
        ("citation_doi", work.doi),
        ("citation_arxiv_id", work.arxiv_id),
        ("citation_pdf_url", pdf_address(paper)),
        ("citation_public_url", work.address),
        ("citation_abstract", paper.plain_abstract),
    ]
    tags = [(name, one_line(content)) for name, content in tags]
    return [(name, content) for name, content in tags if content]


def schema(paper, address):
    """A script element that is data: the paper as schema.org has it.

    ``address`` is that of its page, with the host.
    """
    work = paper.work
    first, last = _pages(work)
    said = {
        "@context": "https://schema.org",
        "@type": SCHEMA_TYPES.get(work.kind, "ScholarlyArticle"),
        "@id": address,
        "url": address,
        "name": work.title,
        "headline": work.title,
        "author": [_person(name) for name in work.author_names()],
        "datePublished": _date(work, "-"),
        "isPartOf": _container(work),
        "pageStart": first,
        "pageEnd": last,
        "publisher": work.publisher
        and {"@type": "Organization", "name": work.publisher},
        "identifier": _identifiers(work),
        "sameAs": [url for _, url in paper.addresses if web_address(url)],
        "abstract": paper.plain_abstract,
    }
    data = json.dumps(_filled(said), ensure_ascii=False).translate(ESCAPES)
    return mark_safe(f'<script type="application/ld+json">{data}</script>')  # noqa: S308


def pdf_address(paper):
    """Where the paper is a PDF, or ""."""
    links = [link.url for link in paper.links.all() if link.kind == PaperLink.Kind.PDF]
    if paper.arxiv_id:
        links.append(f"https://arxiv.org/pdf/{paper.arxiv_id}")
    if paper.url.lower().endswith(".pdf"):
        links.append(paper.url)
    return next(filter(None, map(web_address, links)), "")


def _pages(work):
    """The first and the last page; of one page, or of none, the last is ""."""
    pages = PAGE_RANGE.fullmatch(work.pages.strip())
    return pages.groups() if pages else (work.pages, "")


def _date(work, separator):
    """Year, month and day as far as they are known, or ""."""
    if work.year is None:
        return ""
    parts = [f"{work.year:04}"]
    if month := month_number(work.words("month")):
        day = work.words("day")
        parts += [f"{month:02}", *([f"{int(day):02}"] if DAY.fullmatch(day) else [])]
    return separator.join(parts)


def _venue(work):
    """What the tag of the venue says: of a thesis or report, who gave it out."""
    if work.kind not in (Paper.Kind.THESIS, Paper.Kind.REPORT):
        return work.venue
    named = work.words("school") or work.words("institution")
    return named or work.publisher or work.venue


def _container(work):
    """What the work is part of: the issue of a volume of a periodical, or a book."""
    is_article = work.kind == Paper.Kind.ARTICLE
    container = work.venue and {
        "@type": "Periodical" if is_article else "CreativeWork",
        "name": work.venue,
    }
    if is_article:
        for part, value in (("Volume", work.volume), ("Issue", work.number)):
            if value:
                number = f"{part.lower()}Number"
                container = {
                    "@type": f"Publication{part}",
                    number: value,
                    "isPartOf": container,
                }
    return container


def _person(name):
    if name.literal:
        return {"@type": "Organization", "name": name.literal}
    family = f"{name.particle} {name.family}".strip()
    return {
        "@type": "Person",
        "name": " ".join(filter(None, [name.given, family, name.suffix])),
        "familyName": family,
        "givenName": name.given,
        "honorificSuffix": name.suffix,
    }


def _identifiers(work):
    pairs = [("DOI", work.doi), ("arXiv", work.arxiv_id)]
    return [
        {"@type": "PropertyValue", "propertyID": name, "value": value}
        for name, value in pairs
        if value
    ]


def _filled(said):
    """``said`` without what is empty, at any depth, its texts on one line each."""
    if isinstance(said, dict):
        pairs = ((name, _filled(value)) for name, value in said.items())
        return {name: value for name, value in pairs if value}
    if isinstance(said, list):
        return [_filled(value) for value in said]
    return one_line(said) if isinstance(said, str) else said
