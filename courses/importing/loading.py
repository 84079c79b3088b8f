"""An Outline -> rows of this app, in one transaction with whoever calls."""

import hashlib
import re
from dataclasses import asdict, replace
from datetime import date, time
from urllib.parse import quote, urlsplit

from django.core.exceptions import ValidationError
from django.core.files import File
from django.core.files.storage import default_storage
from django.core.validators import URLValidator
from django.utils.text import slugify

from references import filing, names, richtext
from references.citing import paper_for
from references.models import Paper
from references.work import Work

from .. import models
from . import materials
from .outline import Presentation
from .source import PageRefused
from .sync import Report, Rows

MARKDOWN_LINK = re.compile(r"\[((?:\\.|[^\]\\])*)\]\((<[^>]*>|[^)\s]*)\)")
INITIALS = re.compile(r"(?:[A-Z]\.\s*){1,3}")
WEB = URLValidator(schemes=["http", "https"])


class Loader:
    """Loads one outline into one course.

    ``folder`` finds the files of relative addresses; ``is_draft`` and ``by``
    only matter where rows are new.
    """

    def __init__(self, outline, slug, time_zone="", folder=None, is_draft=False):
        sessions = [_students_apart(session) for session in outline.sessions]
        self.outline = replace(outline, sessions=sessions)
        self.folder = folder
        self.report = Report()
        self._stored = []
        self.course = _course(outline, slug, time_zone, is_draft)
        self.rows = Rows(self.course, self.report)
        self._persons = {
            p.name_key: p for p in models.Person.objects.in_course(self.course)
        }
        for person in list(self._persons.values()):
            for key in person.search_keys.splitlines():
                self._persons.setdefault(key, person)
        self.sessions = {}

    def load(self):
        """Course, sections, people and sessions; then ``finish()`` is due."""
        self._load_course()
        for position, section in enumerate(self.outline.course.sections, start=1):
            self._section(position, section)
        for session in self.outline.sessions:
            self._session(session)

    def finish(self):
        self.rows.finish()
        return self.report

    def forget_files(self):
        """Delete the bytes stored so far: the transaction was rolled back."""
        for key in self._stored:
            default_storage.delete(key)

    # The course itself

    def _load_course(self):
        course, said = self.course, self.outline.course
        abbreviations = _abbreviations(self.outline)
        for position, role in enumerate(said.roles, start=1):
            abbreviation = role.abbreviation or abbreviations.get(role.name, "")
            key = self.rows.unique_key(f"role:{role.role}:{names.key(role.name)}")
            person = self.person(role.name, role.url, known_by=key)
            if abbreviation:
                self._persons.setdefault(names.key(abbreviation), person)
            self.rows.sync(
                models.CourseRole,
                key,
                {"course": course, "person": person},
                {
                    "role": role.role,
                    "position": position,
                    "name_as_printed": abbreviation,
                },
            )
        for meeting in said.meetings:
            self.rows.sync(
                models.Meeting,
                self.rows.unique_key(f"meeting:{meeting.weekday}:{meeting.start_time}"),
                {"course": course},
                {
                    "weekday": meeting.weekday,
                    "start_time": time.fromisoformat(meeting.start_time),
                    "end_time": time.fromisoformat(meeting.end_time),
                    "place": meeting.place,
                    "stream_url": web_address(meeting.stream_url) or "",
                },
            )
        course._prefetched_objects_cache = {}
        days = [date.fromisoformat(s.date) for s in self.outline.sessions if s.date]
        self.rows.sync(
            models.Course,
            "course",
            {},
            {
                "title": said.title or said.code or course.slug,
                "code": said.code,
                "term": said.term,
                "institution": said.institution,
                "starts_on": min(days, default=None),
                "ends_on": max(days, default=None),
            },
            existing=course,
        )

    def _section(self, position, section):
        key = self.rows.unique_key(f"section:{section.heading}")
        text, printed = self.text(section.text, key, {"course": self.course})
        self.rows.sync(
            models.Section,
            key,
            {"course": self.course},
            {
                "heading": section.heading,
                "text": text,
                "position": position,
                "visibility": section.visibility,
            },
            printed,
        )

    # Sessions

    def _session(self, said):
        key = f"session:{said.key}"
        owner = {"course": self.course}
        abstract, printed = self.text(said.abstract, key, None)
        notes, printed_in_notes = self.text(said.notes, key, None)
        session = self.rows.sync(
            models.Session,
            key,
            owner | {"key": self._session_key(said.key)},
            {
                "position": said.position,
                "number": said.number,
                "title": said.title,
                "kind": said.kind,
                "date": said.date and date.fromisoformat(said.date),
                "date_as_printed": said.date_as_printed,
                "end_date": said.end_date and date.fromisoformat(said.end_date),
                "start_time": _time(said.start_time),
                "end_time": _time(said.end_time),
                "place": said.place,
                "abstract": abstract,
                "notes": notes,
            },
            printed + printed_in_notes,
        )
        if session is None:
            return
        session.course = self.course
        self.sessions[said.position] = session
        self._session_roles(key, session, said)
        self._attach(key, {"session": session}, said)
        for n, talk in enumerate(said.talks, start=1):
            self._talk(key, session, n, talk)

    def _session_key(self, wanted):
        taken = set(self.course.sessions.values_list("key", flat=True))
        unique, n = wanted, 1
        while unique in taken:
            n += 1
            unique = f"{wanted}-{n}"
        return unique

    def _session_roles(self, key, session, said):
        pages = {names.key(page.label): page.url for page in said.homepages}
        seen = set()
        for role, several in (
            ("instructor", said.instructors),
            ("scribe", said.scribes),
        ):
            for position, name in enumerate(several, start=1):
                role_key = self.rows.unique_key(f"{key}/{role}:{names.key(name)}")
                page = pages.get(names.key(name))
                person = self.person(name, page, known_by=role_key)
                if (role, person.pk) in seen:
                    continue
                seen.add((role, person.pk))
                self.rows.sync(
                    models.SessionRole,
                    role_key,
                    {"session": session, "person": person},
                    {"role": role, "position": position, "name_as_printed": name},
                )

    def _talk(self, key, session, position, said):
        words = names.fold(said.title)[:60] or "talk"
        key = self.rows.unique_key(f"{key}/talk:{words}")
        abstract, printed = self.text(said.abstract, key, None)
        biography, more = self.text(said.biography, key, None)
        talk = self.rows.sync(
            models.Talk,
            key,
            {"session": session},
            {
                "position": position,
                "title": said.title,
                "series": said.series,
                "start_time": _time(said.start_time),
                "end_time": _time(said.end_time),
                "place": said.place,
                "abstract": abstract,
                "biography": biography,
            },
            printed + more,
        )
        if talk is None:
            return
        talk.session = session
        seen = set()
        for n, speaker in enumerate(said.speakers, start=1):
            place = self.rows.unique_key(f"{key}/speaker:{names.key(speaker.name)}")
            person = self.person(
                speaker.name, speaker.url, speaker.affiliation, known_by=place
            )
            if person.pk in seen:
                continue
            seen.add(person.pk)
            homepage = web_address(speaker.url)
            self.rows.sync(
                models.Appearance,
                place,
                {"talk": talk, "person": person},
                {
                    "position": n,
                    "name": speaker.name,
                    "affiliation": speaker.affiliation,
                    "homepage": homepage or "",
                },
                [] if homepage or not speaker.url else [[speaker.name, speaker.url]],
            )
        self._attach(key, {"talk": talk}, said)

    # Materials and readings

    def _attach(self, key, owner, said):
        for position, material in enumerate(said.materials, start=1):
            self._material(key, owner, position, material)
        for position, reading in enumerate(said.readings, start=1):
            self._reading(key, owner, position, reading)

    def _material(self, key, owner, position, said):
        label = f"{said.group} {said.part} {said.label}".strip()
        key = self.rows.unique_key(f"{key}/material:{label}")
        row, _ = self.rows.known(key)
        target = self.target(said.url, row and row.file)
        missing = not target.get("file") and not target["url"]
        return self.rows.sync(
            models.Material,
            key,
            owner,
            target
            | {
                "position": position,
                "kind": said.kind,
                "label": said.label,
                "group": said.group,
                "part": said.part,
                "remark": said.remark,
                "format": said.format,
                "state": "missing" if missing else "available",
            },
        )

    def _reading(self, key, owner, position, said):
        paper = said.paper
        text, printed = self.text(said.text, key, owner)
        words = names.fold(richtext.plain(text))
        mark = paper and (paper.arxiv_id or paper.doi or names.fold(paper.title))
        key = self.rows.unique_key(f"{key}/reading:{(mark or words)[:80]}")
        remark, more = self.text(said.remark, key, owner)
        _, values = self.rows.known(key)
        printed_paper = paper and asdict(paper)
        if values and values.get("printed_paper") == printed_paper:
            row = values.get("paper_id")
        else:
            row = paper and self._paper(paper, said.links, key)
        self.rows.sync(
            models.Reading,
            key,
            owner,
            {
                "position": position,
                "role": said.role,
                "text": text,
                "remark": remark,
                "paper_id": row,
            },
            printed + more,
            {"printed_paper": printed_paper},
        )

    def _paper(self, said, links, key):
        addresses = [web_address(link.url) for link in links]
        addresses = [address for address in addresses if address]
        result = paper_for(Work(**asdict(said)), addresses, reason="import")
        if result.is_new:
            self.report.created[Paper] += 1
        if result.conflict:
            self.report.warnings.append(f"{key}: {result.conflict}")
        return result.paper.pk

    def target(self, address, current=None):
        """The fields ``file``, ``url`` and ``printed_address`` for an address.

        A file with the bytes of ``current`` is ``current``; another replaces it.
        """
        path = self.folder and address and self.folder.find(address)
        url = web_address(address) if address else None
        file = self._store(path, current) if path else None
        printed = "" if file or url or not address else address
        return {
            "file": file,
            "url": "" if file else url or "",
            "printed_address": printed,
        }

    def _store(self, path, current):
        with path.open("rb") as content:
            sha256 = hashlib.file_digest(content, "sha256").hexdigest()
            if current and current.sha256 == sha256:
                return current
            file = models.StoredFile.objects.store(
                File(content), path.name, replaces=current
            )
        self._stored.append(file.key)
        return file

    def text(self, markdown, key, owner):
        """(Markdown, printed addresses) with every link absolute.

        A link that leads nowhere here stays as its label. One that names a
        file becomes a material of ``owner`` beside the text.
        """
        printed = []

        def settle(match):
            label, address = match[1], match[2].strip("<>")
            if urlsplit(address).scheme in ("http", "https", "mailto"):
                return match[0]
            if address.startswith("//"):
                return richtext.link(richtext.plain(label), f"https:{address}")
            if owner and self.folder and self.folder.find(address):
                self._file_in_text(key, owner, richtext.plain(label), address)
            else:
                printed.append([richtext.plain(label), address])
            return label

        return MARKDOWN_LINK.sub(settle, markdown), printed

    def _file_in_text(self, key, owner, label, address):
        key = self.rows.unique_key(f"{key}/file:{address}")
        row, _ = self.rows.known(key)
        self.rows.sync(
            models.Material,
            key,
            owner,
            self.target(address, row and row.file)
            | {
                "kind": materials.kind_of(label, address=address),
                "label": label or address.rsplit("/", 1)[-1],
                "format": materials.format_of(label, address),
            },
        )

    # People

    def person(self, name, url=None, affiliation="", known_by=""):
        """The person of this course called ``name``, or a new one; whoever the
        row of the key ``known_by`` has, if there is one.

        Someone of another course is the same only with the same name and home
        page.
        """
        row, _values = self.rows.known(known_by)
        if row:
            return row.person
        key = names.key(name)
        person = self._persons.get(key)
        homepage = web_address(url) or ""
        if person is None and homepage:
            person = models.Person.objects.filter(
                name_key=key, homepage__in=_variants(homepage)
            ).first()
        if person is None:
            person = self._new_person(name, homepage, affiliation)
        self._persons[key] = person
        self._complete(person, name, url, homepage, affiliation)
        return person

    def _new_person(self, name, homepage, affiliation):
        [slug] = free_slugs([name])
        person = models.Person(
            name=name[:200], slug=slug, homepage=homepage, affiliation=affiliation[:300]
        )
        person.save()
        self.report.created[models.Person] += 1
        return person

    def _complete(self, person, name, url, homepage, affiliation):
        """Fill what was empty; add another spelling. Never change a value."""
        before = (
            person.homepage,
            person.affiliation,
            person.email,
            list(person.other_names),
        )
        person.homepage = person.homepage or homepage
        person.affiliation = person.affiliation or affiliation[:300]
        if url and url.startswith("mailto:"):
            person.email = person.email or url[7:].split("?")[0][:254]
        spelling = names.without_honorific(name)
        if spelling not in person.spellings and not INITIALS.fullmatch(name):
            person.other_names = [*person.other_names, spelling]
        if before != (
            person.homepage,
            person.affiliation,
            person.email,
            person.other_names,
        ):
            person.save()


def _students_apart(session):
    """``session`` with talks by students as presentations.

    Students are text here, never persons; what their talks had beside title and
    names goes to the session.
    """
    own = [talk for talk in session.talks if talk.is_by_students]
    return replace(
        session,
        talks=[talk for talk in session.talks if not talk.is_by_students],
        presentations=session.presentations
        + [Presentation(t.title, [s.name for s in t.speakers]) for t in own],
        materials=session.materials
        + [replace(m, group=m.group or t.title) for t in own for m in t.materials],
        readings=session.readings + [r for t in own for r in t.readings],
        notes="\n\n".join(filter(None, [session.notes, *(t.abstract for t in own)])),
    )


def _course(outline, slug, time_zone, is_draft):
    """The course to load into, made if there is none; PageRefused if the slug
    is another course's."""
    said = outline.course
    course = models.Course.objects.filter(slug=slug).first()
    if course is None:
        course = models.Course(
            slug=slug,
            title=said.title or said.code or slug,
            code=said.code[:40],
            term=said.term[:60],
            time_zone=time_zone or "UTC",
            status=models.Course.Status.DRAFT
            if is_draft
            else models.Course.Status.PUBLIC,
        )
        course.save()
        return course
    record = course.import_records.filter(source_key="course").first()
    same = record and all(
        not said_now or not record.values.get(name) or record.values[name] == said_now
        for name, said_now in (("code", said.code), ("term", said.term))
    )
    if not same:
        raise PageRefused(
            f"The address “{slug}” belongs to another course, {course}; "
            "choose a new one with --course."
        )
    if time_zone and course.time_zone != time_zone:
        course.time_zone = time_zone
        course.save()
    return course


def _abbreviations(outline):
    """Which initials the schedule uses for whom: {"Yuan Yao": "Y.Y."}.

    Initials that fit two people of the page's head stand for neither.
    """
    used = {
        name
        for session in outline.sessions
        for name in (*session.instructors, *session.scribes)
        if INITIALS.fullmatch(name)
    }
    found = {}
    for initials in used:
        letters = sorted(re.findall("[A-Z]", initials))
        fitting = [
            role.name
            for role in outline.course.roles
            if sorted(w[0].upper() for w in names.key(role.name).split()) == letters
        ]
        if len(set(fitting)) == 1:
            found[fitting[0]] = initials
    return found


def slug_for(outline):
    """The slug a page's own words suggest: math6380p-2020-fall."""
    said = outline.course
    year = re.search(r"(?:19|20)\d\d", said.term)
    season = re.search(r"[A-Za-z]+", said.term)
    code = re.sub(r"[\s.-]", "", said.code) or said.title
    parts = [code, year and year[0], season and season[0]]
    return slugify(" ".join(part for part in parts if part))[:80].strip("-") or "course"


def free_slugs(people, others=()):
    """A slug for each of ``people``, names, that leads to nobody, nor did before a
    merge, and is none of ``others``: given name, then family name."""
    plain = [" ".join(reversed(names.split(name))) for name in people]
    slugs = [slugify(words)[:100] or "person" for words in plain]
    return filing.free((models.Person, models.PersonMerge), "slug", slugs, 120, others)


def web_address(url):
    """``url`` as http or https address fit for storing, or None."""
    if not url:
        return None
    url = f"https:{url}" if url.startswith("//") else url
    url = quote(url, safe="%/:=&?~#+!$,;'@()*[]|\\^`{}\"<>") if " " in url else url
    try:
        WEB(url)
    except ValidationError:
        return None
    return url


def _variants(homepage):
    bare = re.sub(r"^https?://", "", homepage).rstrip("/")
    return [
        f"{scheme}://{bare}{end}" for scheme in ("http", "https") for end in ("", "/")
    ]


def _time(text):
    return time.fromisoformat(text) if text else None
