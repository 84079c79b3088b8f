"""An outline of a course page -> rows, galleries and presentations included."""

from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext as _

from courses.importing.loading import Loader
from courses.models import ImportRecord

from .models import (
    Gallery,
    Membership,
    Presentation,
    Publication,
    PublishedLink,
    Team,
)


def load(outline, slug, source="", **options):
    """Load ``outline`` into the course ``slug`` in one transaction.

    Returns (course, Report). ``source`` names the page in the attestation that
    its galleries were public before; ``options`` are those of Loader. On any
    error nothing stays, files included. Imports wait for each other: they look for
    people and papers to share, and make what they do not find.
    """
    loader = None
    try:
        with transaction.atomic():
            _one_at_a_time()
            loader = Loader(outline, slug, **options)
            loader.load()
            _presentations(loader)
            for position, gallery in enumerate(outline.galleries, start=1):
                _gallery(loader, position, gallery, source)
            return loader.course, loader.finish()
    except BaseException:
        if loader:
            loader.forget_files()
        raise


def _one_at_a_time():
    """Lock a row that no one else does. SQLite has one writer anyhow."""
    meta = ImportRecord._meta
    ContentType.objects.select_for_update(no_key=True).get(
        app_label=meta.app_label, model=meta.model_name
    )


def _presentations(loader):
    for said in loader.outline.sessions:
        session = loader.sessions.get(said.position)
        for position, presentation in enumerate(said.presentations, start=1):
            if session is None:
                break
            words = slugify(presentation.title or " ".join(presentation.members))[:80]
            loader.rows.sync(
                Presentation,
                loader.rows.unique_key(f"session:{said.key}/presentation:{words}"),
                {"session": session},
                {
                    "position": position,
                    "title": presentation.title,
                    "members": presentation.members,
                },
            )


def _gallery(loader, position, said, source):
    rows = loader.rows
    key = rows.unique_key(f"gallery:{said.name}")
    intro, printed = loader.text(said.intro, key, {"course": loader.course})
    now = timezone.now()
    gallery = rows.sync(
        Gallery,
        key,
        {
            "course": loader.course,
            "slug": _gallery_slug(loader.course, said.name),
            "state": Gallery.State.PUBLIC,
            "attested_at": now,
            "attestation": _(
                "Taken over on %(date)s from %(source)s, where it was public."
            )
            % {"date": f"{now:%Y-%m-%d}", "source": source or _("a course page")},
        },
        {
            "name": said.name,
            "position": position,
            "session": loader.sessions.get(said.session_position),
            "intro": intro,
        },
        printed,
    )
    if gallery is None:
        return
    gallery.course = loader.course
    numbers = _numbers(said.entries)
    for number, entry in zip(numbers, said.entries, strict=True):
        _publication(loader, f"{key}/entry:{number}", gallery, number, entry)


def _gallery_slug(course, name):
    words = name.lower().replace("gallery of", "").replace("report repository", "")
    slug = slugify(words)[:50] or "gallery"
    taken = set(course.galleries.values_list("slug", flat=True))
    unique, n = slug, 1
    while unique in taken:
        n += 1
        unique = f"{slug}-{n}"
    return unique


def _numbers(entries):
    """The printed number of each entry where it is free, else the next free."""
    taken, numbers = {entry.number for entry in entries if entry.number}, []
    free = 1
    for entry in entries:
        number = entry.number
        if not number or number in numbers:
            while free in taken:
                free += 1
            number = free
            taken.add(number)
        numbers.append(number)
    return numbers


def _publication(loader, key, gallery, number, said):
    rows = loader.rows
    team = rows.sync(
        Team,
        f"{key}/team",
        {"course": loader.course, "number": number},
        {"name": said.team_name},
    )
    if team is None:
        return
    publication = rows.sync(
        Publication,
        key,
        {
            "gallery": gallery,
            "team": team,
            "number": number,
            "state": Publication.State.PUBLISHED,
        },
        {"title": said.title, "award": said.award, "abstract": said.abstract},
    )
    if publication is None:
        return
    for position, name in enumerate(said.members, start=1):
        rows.sync(
            Membership,
            f"{key}/member:{position}",
            {"team": team},
            {"name_as_printed": name, "position": position},
        )
    for position, link in enumerate(said.links, start=1):
        link_key = rows.unique_key(f"{key}/link:{link.kind}:{link.label}")
        row, _values = rows.known(link_key)
        rows.sync(
            PublishedLink,
            link_key,
            {"publication": publication},
            loader.target(link.url, row and row.file)
            | {
                "position": position,
                "kind": link.kind,
                "label": link.label,
                "format": link.format,
            },
        )
