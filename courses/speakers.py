"""The speakers of a talk as one line: "Name (Affiliation); Name (Affiliation)"."""

import re
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from references import names

from .importing.loading import free_slugs
from .models import Appearance, Person

NOT_IN_NAMES = re.compile(r"[@/\d<>\[\]{}=|]")
EXAMPLE = "Ada Lovelace (University of London); Grace Hopper"


@dataclass(frozen=True)
class Speaker:
    """``person`` and ``homepage`` are None where nobody said them."""

    name: str
    affiliation: str = ""
    homepage: str | None = None
    person: Person | None = None

    def __str__(self):
        return f"{self.name} ({self.affiliation})" if self.affiliation else self.name


def parse(line):
    """The Speakers that ``line`` names, in order; ValidationError says what of it
    cannot be read."""
    found = [_speaker(part) for part in _parts(" ".join(line.split())) if part]
    keys = [names.key(speaker.name) for speaker in found]
    for key, speaker in zip(keys, found, strict=True):
        if keys.count(key) > 1:
            raise ValidationError(_("“%s” stands here twice.") % speaker.name)
    return found


def _parts(line):
    """``line`` cut at the semicolons that stand outside parentheses."""
    line = line.translate(str.maketrans("（）；", "();"))
    depth, part, parts = 0, "", []
    for letter in line:
        depth += (letter == "(") - (letter == ")")
        if depth < 0:
            break
        if letter == ";" and not depth:
            parts.append(part.strip())
            part = ""
        else:
            part += letter
    if depth:
        raise ValidationError(
            _("A parenthesis is open or closed too often in “%s”.") % line
        )
    return [*parts, part.strip()]


def check_name(name):
    """Raise ValidationError unless ``name`` is one person's."""
    _speaker(name)


def _speaker(text):
    name, affiliation = text, ""
    if text.endswith(")"):
        start, depth = len(text), 0
        while depth or start == len(text):
            start -= 1
            depth += (text[start] == ")") - (text[start] == "(")
        name, affiliation = text[:start].strip(), text[start + 1 : -1].strip()
    name = name.strip(" ,")
    if not re.search(r"[^\W\d_]", name):
        raise ValidationError(
            _("“%(text)s” has no name. Write: %(example)s")
            % {"text": text, "example": EXAMPLE}
        )
    several = names.split_list(names.without_honorific(name))
    if len(several) > 1 or NOT_IN_NAMES.search(name):
        raise ValidationError(
            _("“%(text)s” cannot be read as one name. Write: %(example)s")
            % {"text": name, "example": EXAMPLE}
        )
    if len(name) > 200 or len(affiliation) > 300:
        raise ValidationError(_("“%s…” is too long for a name.") % text[:40])
    return Speaker(name, affiliation)


def line_of(talk):
    """The speakers of ``talk`` as stored, on one line."""
    return "; ".join(
        str(Speaker(each.name or each.person.name, each.affiliation))
        for each in talk.appearances.all()
    )


def put(talk, speakers):
    """Make ``speakers`` those of ``talk``, in order; return the people made anew.

    Who speaks already keeps their person, and their home page if no other is said.
    """
    before = {}
    for each in talk.appearances.select_related("person"):
        for spelling in (each.name, *each.person.spellings):
            before.setdefault(names.key(spelling), each)
    known = _people_of(talk.session.course)
    made, kept = [], {}
    for position, speaker in enumerate(speakers, start=1):
        key = names.key(speaker.name)
        appearance = None if speaker.person else before.get(key)
        if appearance is None or appearance.person_id in kept:
            person = speaker.person or known.get(key) or _in_no_course(speaker)
            if person is None or person.pk in kept:
                person = new_person(speaker.name, speaker.affiliation)
                made.append(person)
            appearance = Appearance.objects.filter(talk=talk, person=person).first()
            appearance = appearance or Appearance(talk=talk, person=person)
        appearance.position = position
        appearance.name, appearance.affiliation = speaker.name, speaker.affiliation
        if speaker.homepage is not None:
            appearance.homepage = speaker.homepage
        appearance.save()
        kept[appearance.person_id] = appearance
    talk.appearances.exclude(pk__in=[each.pk for each in kept.values()]).delete()
    return made


def put_new(pairs):
    """As ``put`` for each of ``pairs``, a new talk and its speakers: in few queries."""
    known_in, rows = {}, []
    for talk, speakers in pairs:
        course = talk.session.course
        if course.pk not in known_in:
            known_in[course.pk] = _people_of(course)
        known, kept = known_in[course.pk], set()
        for position, speaker in enumerate(speakers, start=1):
            key = names.key(speaker.name)
            person = speaker.person or known.get(key) or _in_no_course(speaker)
            if person is None or person.pk in kept:
                person = new_person(speaker.name, speaker.affiliation)
            known.setdefault(person.name_key, person)
            kept.add(person.pk)
            rows.append(
                Appearance(
                    talk=talk,
                    person=person,
                    position=position,
                    name=speaker.name,
                    affiliation=speaker.affiliation,
                    homepage=speaker.homepage or "",
                )
            )
    Appearance.objects.bulk_create(rows)


def _people_of(course):
    """Who teaches or speaks in ``course``, by the key of each spelling."""
    people = {}
    in_course = list(Person.objects.in_course(course))
    for person in in_course:
        people.setdefault(person.name_key, person)
    for person in in_course:
        for key in person.search_keys.splitlines():
            people.setdefault(key, person)
    return people


def _in_no_course(speaker):
    """The one person of this very name whom staff entered and no course has yet.
    None if there are several: a name alone joins no two courses."""
    name = names.without_honorific(speaker.name)
    found = Person.objects.in_no_course().filter(name=name)[:2]
    return found[0] if len(found) == 1 else None


def of_same_name(people):
    """Others with a name of ``people`` who teach or speak in other courses."""
    known = Person.objects.in_any_course().distinct()
    return known.filter(name_key__in=[person.name_key for person in people]).exclude(
        pk__in=[person.pk for person in people]
    )


def new_person(name, affiliation=""):
    """A Person of that name, made whoever else has it."""
    [slug] = free_slugs([name])
    name = names.without_honorific(name)
    return Person.objects.create(name=name, slug=slug, affiliation=affiliation)
