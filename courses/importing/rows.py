"""A row of the schedule -> a Session, and the galleries it shows."""

import re

from references import richtext

from . import dates, flow, materials, people, topic
from .flow import Link, Words, text_of
from .outline import LabelledLink, Reading, Session, Talk

WITHOUT_NEWS = re.compile(r"(?:week\s*)?\d{0,2}[.:)]?", re.IGNORECASE)


class RowReader:
    """Reads schedule rows one after the other; a row may continue the last."""

    def __init__(self, index, links, calendar):
        self._index = index
        self._links = links
        self._calendar = calendar
        self.sessions = []
        self.galleries = []
        self._part = ""

    def read_all(self, rows):
        for row in rows:
            self.read(row)
        if self._part and self.sessions:  # a heading with nothing under it
            self._note(self.sessions[-1], richtext.escape(self._part))

    def read(self, row):
        cells = [
            (role, heading, self._lines(node)) for role, heading, node in row.cells
        ]
        filled = [cell for cell in cells if cell[2]]
        if not filled:
            return
        if len(filled) == 1 and self._is_heading(row, filled[0]):
            self._part = " ".join(line.text for line in filled[0][2])
            return
        roles = {role for role, _, _ in filled}
        continues = "topic" in row.spanned or not (roles & {"date", "topic", "speaker"})
        if continues and self.sessions:
            self._fill(self.sessions[-1], filled, row)
        else:
            self._begin(filled, row)
        self._sweep(cells)

    def _lines(self, node):
        return flow.lines(list(flow.children(node)), self._index)

    def _is_heading(self, row, cell):
        """A row of one cell that is no class: "Part I: Foundations"."""
        role, _, lines = cell
        wide = sum(1 for _ in row.cells) == 1
        text = " ".join(line.text for line in lines)
        no_class = topic.kind_of(text) != "lecture"
        has_links = any(line.links for line in lines)
        return (
            (wide or role != "topic")
            and not dates.read(text)
            and not no_class
            and not has_links
            and not row.spanned.keys() & {"date", "week", "number"}
        )

    def _begin(self, cells, row):
        session = Session(position=len(self.sessions) + 1)
        self.sessions.append(session)
        self._read_date(session, cells, row)
        if self._part:
            session.notes = richtext.escape(self._part)
            self._part = ""
        self._fill(session, cells, row)
        if (
            not session.title
            and len(cells) == 1
            and cells[0][0] not in ("date", "week")
        ):
            words = " ".join(line.text for line in cells[0][2])
            session.title = re.sub(r"^\W+", "", words)
            session.kind = topic.kind_of(session.title)

    def _read_date(self, session, cells, row):
        texts = [
            " ".join(line.text for line in lines)
            for role, _, lines in cells
            if role in ("date", "week")
        ]
        texts += [
            node.text(separator=" ")
            for role, node in row.spanned.items()
            if role in ("date", "week")
        ]
        texts = [flow.squeeze(text)[: dates.MAX_LENGTH] for text in texts]
        texts = [text for text in texts if materials.is_said(text)]
        text = next(
            (text for text in texts if dates.read(text)), texts[0] if texts else ""
        )
        if not text and len(cells) == 1:
            text = " ".join(line.text for line in cells[0][2])
        if dates.weekday_of(text) is None:  # it may have a column of its own
            days = [each for each in texts if dates.weekday_of(each) is not None]
            text = " ".join([text, *days])
        session.date_as_printed = text[:120]
        printed = dates.read(text)
        day, end, likely = self._calendar.read(printed)
        session.date = day and day.isoformat()
        session.end_date = end and end.isoformat()
        if found := dates.times(text):
            session.start_time, session.end_time = (f"{t:%H:%M}" for t in found[:2])
        if printed and day is None and self._calendar.year:
            self._links.warn(
                "date_contradiction",
                self._where(session),
                f"“{text}” contradicts its weekday or the term; the date is left empty."
                + (f" Probably {likely:%A}, {likely.isoformat()}." if likely else ""),
            )

    def _where(self, session):
        return f"session {session.position}"

    def _fill(self, session, cells, row):
        where = self._where(session)
        for role, heading, lines in sorted(cells, key=lambda cell: cell[0] != "topic"):
            getattr(self, f"_{role}", self._materials)(session, heading, lines, where)

    # One method for each role of a column.

    def _week(self, session, heading, lines, where):
        self._words_to_notes(session, "", lines, where)

    def _type(self, session, heading, lines, where):
        kind = topic.kind_of(" ".join(line.text for line in lines))
        if session.kind == "lecture":
            session.kind = kind

    def _number(self, session, heading, lines, where):
        session.number = session.number or lines[0].text[:20]

    def _topic(self, session, heading, lines, where):
        reader = topic.Topic(session, self._links, where)
        reader.read(lines)
        self.galleries += reader.galleries
        self._note(session, *reader.notes)

    def _speaker(self, session, heading, lines, where):
        pieces = []
        for i, line in enumerate(lines):
            if i and not materials.is_said(line.text):
                continue
            if i and self._is_affiliation(lines[i - 1], line):
                for link in line.links:
                    url = self._links.place(link, where)
                    session.homepages.append(LabelledLink(link.label, url))
                pieces.append(Words(f", {line.text}"))
            else:
                pieces += [Words("; " if pieces else ""), *line.pieces]
        speakers = people.speakers(pieces, self._links, where)
        if not speakers or re.fullmatch(r"(?i)tb[ad]|no \w+|-+", speakers[0].name):
            return self._words_to_notes(session, heading, lines, where)
        talk = self._talk(session)
        talk.speakers += speakers

    def _is_affiliation(self, before, line):
        """Whether a line of a speaker cell says where the one before works."""
        if line.text.lower().startswith(("and ", "& ")):
            return False
        return people.is_institution(line.text) or (
            people.is_name(before.text)
            and (not people.is_name(line.text) or _is_bold(before) > _is_bold(line))
        )

    def _affiliation(self, session, heading, lines, where):
        text = " ".join(line.text for line in lines)
        for speaker in self._talk(session).speakers:
            speaker.affiliation = speaker.affiliation or text

    def _abstract(self, session, heading, lines, where):
        reader = topic.Topic(session, self._links, where)
        if not any(materials.is_said(_words(line)) for line in lines):
            return self._materials(session, heading, lines, where)
        owner = session.talks[0] if session.talks else session
        owner.abstract = "\n\n".join(
            filter(None, [owner.abstract, reader.prose(lines)])
        )

    def _talk(self, session):
        if not session.talks:
            session.talks.append(Talk())
            if session.kind == "lecture":
                session.kind = "seminar"
        return session.talks[0]

    def _instructor(self, session, heading, lines, where):
        session.instructors += self._people(session, lines, where)

    def _scribe(self, session, heading, lines, where):
        session.scribes += self._people(session, lines, where)

    def _people(self, session, lines, where):
        found, pages, affiliations = people.instructors(lines, self._links, where)
        session.homepages += pages
        for name, affiliation in affiliations:
            self._note(session, richtext.escape(f"{name}: {affiliation}"))
        return found

    def _place(self, session, heading, lines, where):
        session.place = " ".join(line.text for line in lines)[:200]

    def _date(self, session, heading, lines, where):
        for line in lines:
            for link in line.links:
                session.materials.append(materials.of_link(link, self._links, where))

    def _comments(self, session, heading, lines, where):
        self._materials(session, "", lines, where)

    def _reading(self, session, heading, lines, where):
        role = "recommended"
        for word, name in (("required", "required"), ("optional", "background")):
            if word in heading.lower():
                role = name
        for item in materials.items_of(lines):
            found = [piece for piece in item if isinstance(piece, Link)]
            words = "".join(p.text for p in item if isinstance(p, Words))
            if (
                found
                and all(map(topic.is_file, found))
                and not materials.is_said(words)
            ):
                session.materials += [
                    materials.of_link(link, self._links, where) for link in found
                ]
            elif len(found) > 1 and not materials.is_said(words):
                for link in found:
                    text = self._links.markdown([link], where)
                    session.readings.append(
                        Reading(text, role, "", self._links.labelled([link], where))
                    )
            else:
                session.readings += topic.readings(
                    [flow.Line(item)], self._links, where, role
                )

    def _materials(self, session, heading, lines, where):
        kind = materials.kind_of(heading, default="")
        found, wordless = materials.from_lines(lines, self._links, where, kind=kind)
        session.materials += found
        for item in wordless:
            text = self._links.markdown(item, where, fate="in_notes")
            if materials.is_said(text):
                self._note(session, f"{heading}: {text}" if heading else text)

    def _words_to_notes(self, session, heading, lines, where):
        for line in lines:
            text = self._links.markdown(line.pieces, where, fate="in_notes")
            if not WITHOUT_NEWS.fullmatch(line.text):
                self._note(session, f"{heading}: {text}" if heading else text)

    def _note(self, session, *texts):
        session.notes = "\n\n".join(filter(None, [session.notes, *texts]))

    def _sweep(self, cells):
        """Links of the row that found no place go to its notes."""
        session = self.sessions[-1]
        where = self._where(session)
        for _, _, lines in cells:
            for link in self._links.unsettled(lines):
                self._note(
                    session, self._links.markdown([link], where, fate="in_notes")
                )


def _words(line):
    """The words of a line that are no links."""
    return "".join(piece.text for piece in line.pieces if isinstance(piece, Words))


def _is_bold(line):
    return all(piece.is_bold for piece in line.pieces if text_of(piece).strip())
