"""What a bibliography says of one work: the value all formats read and write."""

from dataclasses import dataclass, field


@dataclass
class Work:
    """A work as cited, whatever format it came in: plain text, no database row.

    ``authors`` are "Family, Given" in printed order, the family with its particles
    and suffix ("van der Vaart, Aad", "King Jr., Martin Luther"); a name without
    comma is a collaboration or a name of one word. ``kind`` is one of
    ``Paper.Kind``, ``entry_type`` the BibTeX type where it says more than the kind
    ("phdthesis", "online"). ``title`` and ``abstract`` have their formulas between
    dollar signs. ``other_fields`` are further BibTeX fields by their names in small
    letters, word for word as found.
    """

    title: str = ""
    authors: list[str] = field(default_factory=list)
    has_more_authors: bool = False  # "and others", "et al."
    year: int | None = None
    venue: str = ""
    arxiv_id: str = ""
    doi: str = ""
    kind: str = "misc"
    key: str = ""
    entry_type: str = ""
    volume: str = ""
    number: str = ""
    pages: str = ""
    publisher: str = ""
    url: str = ""
    abstract: str = ""
    note: str = ""
    other_fields: dict[str, str] = field(default_factory=dict)
