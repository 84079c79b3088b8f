"""The topic cell of a schedule row: title, talks, materials, readings."""

import re
from dataclasses import replace

from references import freetext, names

from . import dates, galleries, labels, materials, people
from .flow import Link, Words, squeeze, text_of
from .outline import Paper, Presentation, Reading, Speaker, Talk

NUMBER = re.compile(
    r"\s*(?:(lecture|lec\.?|session|class|week|unit|talk|meeting|day|seminar|module)\s*"
    r"#?\s*(\d{1,3}(?:\.\d+)?[a-z]?(?:\s*[-–&]\s*\d{1,3})?)(?!\d)|"
    r"(?:L|#)(\d{1,2})(?=\s*[:.)]))\s*(?:[:.)–—-]+\s*|(?=\s)|$)",
    re.IGNORECASE,
)
BARE_NUMBER = re.compile(r"\s*(\d{1,2})\s*[.):]\s+(?=\S)")
NOTHING = re.compile(
    r"(?:none|no readings?|links?|slides|tb[ad]|n/?a|to be announced|-+)\W*",
    re.IGNORECASE,
)
WORD_BEFORE_TITLE = re.compile(
    r"\s*(?:(?:guest|invited|student|paper)\s+)*(?:lecture|seminar|talk|tutorial|lab|"
    r"recitation|discussion|presentation|topic)\s*[:–—-]\s*",
    re.IGNORECASE,
)
GUEST = re.compile(
    r"\s*(?:guest|invited)\s+(?:lecture|talk|speaker|seminar)s?\s*(?:by\s+|[:–—-]\s*)"
    r"(?P<who>[^:]+?)\s*(?:\bon\b|[:–—]|\s-\s|[\"“]|$)\s*(?P<what>.*)$",
    re.IGNORECASE,
)
GUEST_AT_END = re.compile(
    r"(?P<title>(?:guest|invited)\s+(?:lecture|talk|seminar)\s*[:–—-]\s*(?P<what>.+?))"
    r"\s*\((?P<who>[A-Z][^()\d]{4,60})\)$",
    re.IGNORECASE,
)
KINDS = [
    (
        "no-class",
        r"\bno (?:class|lecture|session|meeting)|\bholiday\b|\brecess\b|"
        r"\b(?:spring|fall|autumn|winter|mid-?term|reading|thanksgiving)\s+"
        r"(?:break|week|vacation|holiday)|\bclass(?:es)? cancel|^thanksgiving|"
        r"\bday off\b|^break$",
    ),
    (
        "exam",
        r"^\W*(?:(?:in-class|take-home|mid-?term|final)\W*)*(?:exam\w*|quiz\b.*|"
        r"mid-?term(?: exam\w*)?)(?:\W.*)?$",
    ),
    ("presentations", r"presentations?\b|poster (?:session|workshop)|\bdemo day\b"),
    (
        "seminar",
        r"^(?:guest |invited |student )?(?:seminars?|talks?|lectures? by|colloquium)"
        r"\b|^guest lecture",
    ),
    (
        "tutorial",
        r"^(?:tutorial|lab|recitation|discussion|section|workshop|office hours?)"
        r"\b|\btutorial session\b|^tutorials?\b",
    ),
    ("event", r"^(?:welcome|reception|excursion|social)\b"),
]


MAX_TITLE = 500  # characters; what is longer was not meant as a title


class Topic:
    """Reads the lines of one topic cell into ``session``.

    Labels tell what a line is; whatever follows belongs to the last of them.
    """

    def __init__(self, session, links, where):
        self.session = session
        self.links = links
        self.where = where
        self.galleries = []
        self.notes = []
        self._talk = None
        self._lecture_talk = None  # the session itself, given by a speaker
        self._is_announced = False  # a label said that a talk follows

    def read(self, lines):
        for label, segment in _segments(lines):
            if label is None:
                self._head(segment)
            else:
                getattr(self, f"_{_METHODS.get(label.kind, label.kind)}")(
                    label, segment
                )
        talks = self.session.talks
        talks[:] = [talk for talk in talks if talk != Talk()]  # labels without words

    # Before the first label

    def _head(self, lines):
        title, rest = split_title(lines)
        self.session.number, self.session.title = split_number(title)
        self.session.title = re.sub(r"(?<!\.)(?<!\betc)\.$", "", self.session.title)
        self.session.kind = kind_of(self.session.title)
        found, wordless = materials.from_lines(rest, self.links, self.where)
        for material in found:
            if material.remark:
                self.note_text(material.remark)
                material.remark = ""
        self.session.materials += found
        for item in wordless:
            self.note(item)
        self._guest()

    def _guest(self):
        """A talk that the title itself tells: who and, if said, on what."""
        if match := GUEST_AT_END.match(self.session.title):
            self.session.title = match["title"].strip()
            self.session.kind = "seminar"
            speakers = [Speaker(name) for name in names.split_list(match["who"])]
            self.session.talks.append(Talk(match["what"].strip(), speakers=speakers))
            return
        match = GUEST.match(self.session.title)
        who = match["who"] if match else ""
        if not galleries.is_names(who) or NOTHING.fullmatch(who):
            return
        self.session.kind = "seminar"
        speakers = people.speakers([Words(who)], self.links, self.where)
        title = match["what"].strip(' "“”')
        self.session.talks.append(Talk(title=title, speakers=speakers))

    # Talks

    def _topic(self, label, lines):
        """A heading over a talk, or over what a class goes through."""
        self._talk, self._is_announced = None, True
        if lines:
            self._materials(label, lines)

    def _title(self, label, lines):
        title, rest = split_title(lines, stop_at_list=False)
        talk = self._talk
        if talk is None or talk.title or talk.abstract or talk is self._lecture_talk:
            talk = self._new_talk()
        talk.title = title.rstrip(" .")
        found, wordless = materials.from_lines(rest, self.links, self.where)
        talk.materials += found
        for item in wordless:
            self.note(item)

    def _seminar(self, label, lines):
        if not lines:
            self._talk, self._is_announced = None, True
            return
        if any(line.starts_item for line in lines):
            self._presentations(label, lines)
            return
        self._talk = None
        self._title(label, lines)
        self._talk.series = label.text if label.text.lower() not in labels.KINDS else ""

    def _speaker(self, label, lines):
        if sum(map(galleries.begins_with_names, galleries.items_of(lines))) > 1:
            self._list_of_talks(lines)
            return
        if self._talk is None or self._talk.speakers:
            self._new_talk()
            if self._is_announced:
                self._is_announced = False
            elif not self._titled_talks() and self.session.title:
                self._lecture_talk = self._talk
                self._talk.abstract, self.session.abstract = self.session.abstract, ""
        pieces = [p for line in lines for p in (*line.pieces, Words(" "))]
        files = [p for p in pieces if isinstance(p, Link) and is_file(p)]
        self._talk.materials += [
            materials.of_link(link, self.links, self.where) for link in files
        ]
        pieces = [piece for piece in pieces if piece not in files]
        self._talk.speakers = people.speakers(pieces, self.links, self.where)
        if not self._talk.speakers:
            self.note_lines(label, lines)

    def _students(self, label, lines):
        talk = self._talk
        if talk is None or talk.speakers:
            talk = self._new_talk()
        text = " ".join(line.text for line in lines)
        text = self.links.learn_student_numbers(text, self.where)
        who = names.split_list(re.sub(r"\([^()]*\d[^()]*\)", "", text))
        talk.speakers = [Speaker(name) for name in who]
        talk.is_by_students = True

    def _list_of_talks(self, lines):
        """Each item is a talk: names, then its title and links."""
        for item in galleries.items_of(lines):
            who, what = galleries.names_and_title(item, self.links, self.where)
            talk = self._new_talk()
            talk.title = what
            talk.speakers = [Speaker(name) for name in who]
            talk.is_by_students = True  # guests come one by one, with affiliation
            for link in (piece for piece in item if isinstance(piece, Link)):
                talk.materials.append(materials.of_link(link, self.links, self.where))
        self._talk = None

    def _abstract(self, label, lines):
        owner = self._talk or self.session
        text = self.prose(lines)
        owner.abstract = "\n\n".join(filter(None, [owner.abstract, text]))

    def _biography(self, label, lines):
        if self._talk is None:
            self.note_lines(label, lines)
            return
        self._talk.biography = "\n\n".join(
            filter(None, [self._talk.biography, self.prose(lines)])
        )

    def _time(self, label, lines):
        owner = self._talk or self.session
        text = " ".join(line.text for line in lines)
        found = dates.times(text)
        if not found:
            self.note_lines(label, lines)
            return
        start, end, span = found
        owner.start_time, owner.end_time = f"{start:%H:%M}", f"{end:%H:%M}"
        rest = (text[: span[0]] + text[span[1] :]).strip(" ,.;")
        if materials.is_said(rest):
            self.note_text(f"{label.text}: {text}")

    def _place(self, label, lines):
        owner = self._talk or self.session
        owner.place = squeeze(" ".join(line.text for line in lines)).strip(" .,;")[:200]

    def _new_talk(self):
        self._talk = Talk()
        self.session.talks.append(self._talk)
        return self._talk

    def _titled_talks(self):
        return [talk for talk in self.session.talks if talk.title]

    # What hangs on a talk or the session

    @property
    def _owner(self):
        if self._talk is None or self._talk is self._lecture_talk:
            return self.session
        return self._talk

    def _reading(self, label, lines):
        role = label.kind if label.kind in labels.READINGS[1:] else "recommended"
        self._owner.readings += readings(lines, self.links, self.where, role)

    def _video(self, label, lines):
        self._materials(label, lines, kind="video")

    def _slides(self, label, lines):
        self._materials(label, lines, kind="slides")

    def _materials(self, label, lines, kind="", owner=None):
        found, wordless = materials.from_lines(
            lines, self.links, self.where, group=label.text, kind=kind
        )
        (owner or self._owner).materials += found
        for item in wordless:
            self.note([Words(f"{label.text}: "), *item])

    def _group(self, label, lines):
        self._gallery(label, lines, is_named_so=False)

    def _gallery(self, label, lines, is_named_so=True):
        gallery = galleries.from_lines(
            label.text, lines, self.links, self.session.position, is_named_so
        )
        if gallery:
            self.galleries.append(gallery)
        else:
            self._materials(label, lines, owner=self.session)

    def _team(self, label, lines):
        """ "[Group 8]: names. Title." with links to what they show."""
        lead = next((line for line in lines if not line.starts_item), None)
        if lead:
            self._present([lead], label.text)
        others = [line for line in lines if line is not lead]
        self._materials(label, others, owner=self.session)

    def _presentations(self, label, lines):
        items = galleries.items_of(lines)
        for item in items:
            self._present([item], label.text)

    def _present(self, items, group):
        for item in items:
            pieces = item if isinstance(item, list) else item.pieces
            members, title = galleries.names_and_title(pieces, self.links, self.where)
            if members or materials.is_said(title):
                self.session.presentations.append(Presentation(title, members))
            for link in (p for p in pieces if isinstance(p, Link)):
                self.session.materials.append(
                    materials.of_link(link, self.links, self.where, group)
                )

    # Text

    def prose(self, lines):
        """Lines as Markdown paragraphs, items as a list."""
        blocks, is_list = [], not _one_item(lines)
        for line in lines:
            text = self.links.markdown(line.pieces, self.where)
            if text:
                blocks.append(f"- {text}" if line.starts_item and is_list else text)
        return "\n\n".join(blocks)

    def note(self, pieces):
        text = self.links.markdown(pieces, self.where, fate="in_notes")
        if materials.is_said("".join(map(text_of, pieces))):
            self.notes.append(text)

    def note_text(self, text):
        self.note([Words(text)])

    def note_lines(self, label, lines):
        for line in lines:
            self.note([Words(f"{label.text}: "), *line.pieces])


_METHODS = {
    "required": "reading",
    "recommended": "reading",
    "background": "reading",
}


def is_file(link):
    """Whether a link among names or citations is of slides or the like."""
    label = materials.clean_label(link.label)
    return len(label.split()) <= 4 and materials.kind_of(label, default="") != ""


def _one_item(lines):
    return sum(line.starts_item for line in lines) <= 1


def _segments(lines):
    """(label, lines) pairs; the first has no label."""
    segments = [(None, [])]
    for i, line in enumerate(lines):
        label, rest = labels.take(line, is_first=i == 0)
        if label:
            segments.append((label, []))
        if rest.pieces and (rest.text or rest.links):
            segments[-1][1].append(rest)
    return segments


def split_title(lines, stop_at_list=True):
    """(title, the lines after it).

    The title ends at the first list, or at the first link that is no part of
    its sentence. A cell that begins with a link has that link as its title;
    the link stays among the lines after it.
    """
    title, rest, done = "", [], False
    for i, line in enumerate(lines):
        if done or (stop_at_list and title and line.starts_item):
            rest += lines[i:]
            break
        if title and i and _all_bold(lines[i - 1]) and not _all_bold(line):
            rest += lines[i:]
            break
        kept = []
        for j, piece in enumerate(line.pieces):
            if done:
                kept.append(piece)
            elif isinstance(piece, Words):
                title += piece.text
            else:
                kept.append(piece)
                after = "".join(
                    p.text for p in line.pieces[j + 1 : j + 2] if isinstance(p, Words)
                )
                if _belongs_to_title(title, piece, after):
                    title += piece.label
                else:
                    done = True
        title += " "
        if kept:
            rest.append(type(line)(kept, line.item, False, False))
    title = squeeze(title)
    return re.sub(r"(?:\s*[\[({:]|\s+(?:and|see))+\s*$", "", title).strip(" ,;"), rest


def _belongs_to_title(title, link, after):
    label = link.label.strip()
    if len(title) > MAX_TITLE:
        return False
    bracketed = re.match(r"[\[(]", label) or re.search(r"[\[(]\s*$", title)
    number, words = split_number(squeeze(title))
    if bracketed or not label:
        return False
    begins = number or not title.strip() or WORD_BEFORE_TITLE.fullmatch(title)
    if begins and not WORD_BEFORE_TITLE.sub("", words).strip(" :.-"):
        return materials.kind_of(label, default="") == "" or len(label.split()) > 2
    if GUEST.match(squeeze(title) + " x on y") and not re.search(r"[.!?]\s*$", title):
        return True
    continues = re.match(
        r"\s*(?:[-–]\w|on|of|for|by|with|in|to|from)\b", after
    ) or re.match(r"-\w?", after)
    return bool(continues) and materials.kind_of(label, default="") == ""


def _all_bold(line):
    words = [p for p in line.pieces if isinstance(p, Words) and p.text.strip()]
    return bool(words) and all(piece.is_bold for piece in words)


def split_number(title):
    """("04", "Overview") of "Lecture 04: Overview"; ("", title) without one."""
    match = NUMBER.match(title) or BARE_NUMBER.match(title)
    if not match:
        return "", title
    number = next(group for group in match.groups()[::-1] if group)
    return squeeze(number), title[match.end() :].strip()


def kind_of(title):
    """The Session kind that a title suggests."""
    words = title.strip(" .")
    for kind, pattern in KINDS:
        if re.search(pattern, words, re.IGNORECASE):
            return kind
    return "lecture"


def readings(lines, links, where, role="recommended"):
    """The Reading of each item under a reference label.

    An item without link that ends in a colon is the label of those after it.
    """
    found = []
    for item in materials.items_of(lines):
        text = links.markdown(item, where)
        words = squeeze("".join(map(text_of, item)))
        if not any(isinstance(piece, Link) for piece in item):
            if words.endswith(":"):
                kind = labels.kind_of(words)
                role = kind if kind in labels.READINGS[1:] else role
                continue
            if NOTHING.fullmatch(words) or not materials.is_said(words):
                continue
        found.append(reading(item, text, links, where, role))
    return found


def reading(pieces, text, links, where, role):
    """One Reading, and the paper it cites."""
    labelled = links.labelled(pieces, where)
    parts = [
        freetext.Part(piece.text, "")
        if isinstance(piece, Words)
        else freetext.Part(piece.label, links.place(piece, where) or "")
        for piece in pieces
    ]
    citation = freetext.parse(parts)
    for address in citation.conflicts if citation else []:
        said = citation.doi if address.startswith("10.") else citation.arxiv_id
        links.warn(
            "address_contradiction",
            where,
            f"“{citation.title}”: the text says {said}, its link {address}; "
            "the text is believed.",
        )
    remark = ""
    if citation and citation.remark_at is not None:
        before, after = _cut(pieces, citation.remark_at)
        text, remark = links.markdown(before, where), links.markdown(after, where)
    paper = citation and Paper(
        citation.title,
        citation.authors,
        citation.year,
        citation.venue,
        citation.arxiv_id,
        citation.doi,
    )
    return Reading(text, role, remark, labelled, paper)


def _cut(pieces, at):
    """``pieces`` before and from the character ``at``; links are not cut."""
    before, after, begin = [], [], 0
    for piece in pieces:
        end = begin + len(text_of(piece))
        if end <= at or (begin < at and isinstance(piece, Link)):
            before.append(piece)
        elif begin >= at:
            after.append(piece)
        else:
            before.append(replace(piece, text=piece.text[: at - begin]))
            after.append(replace(piece, text=piece.text[at - begin :]))
        begin = end
    return before, after
