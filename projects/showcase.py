"""Galleries as pages show them: awards first, links in a fixed order."""

from dataclasses import dataclass

from .models import Gallery, Publication, PublishedLink

LINK_ORDER = {kind: place for place, kind in enumerate(PublishedLink.Kind.values)}


@dataclass
class Entry:
    publication: Publication
    links: list[PublishedLink]


@dataclass
class Showcase:
    gallery: Gallery
    entries: list[Entry]


def of_course(course, user):
    """Showcases of the galleries of ``course`` open to ``user``, in five queries."""
    publications = Publication.objects.visible_to(user).with_members_and_links()
    entries = [entry(each) for each in publications.filter(gallery__course=course)]
    entries.sort(
        key=lambda entry: (not entry.publication.award, entry.publication.number)
    )
    return [
        Showcase(
            gallery,
            [entry for entry in entries if entry.publication.gallery_id == gallery.pk],
        )
        for gallery in course.galleries.visible_to(user).select_related("session")
    ]


def entry(publication):
    """The Entry of ``publication``, a row loaded with its links."""
    links = sorted(
        publication.links.all(),
        key=lambda link: (LINK_ORDER[link.kind], link.position, link.pk),
    )
    return Entry(publication, links)
