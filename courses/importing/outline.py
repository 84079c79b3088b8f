"""What a course page says, as plain values without a database.

Texts are Markdown. Addresses are as printed, or absolute where a base address
was given; ``None`` where the address may not be kept. Dates are ISO 8601
(YYYY-MM-DD), times HH:MM in 24 hours, both wall-clock in the course's zone.
``dataclasses.asdict(outline)`` is what ``import_page --json`` prints.
"""

from dataclasses import dataclass, field


@dataclass
class Section:
    heading: str
    text: str
    visibility: str = "public"


@dataclass
class Role:
    name: str
    role: str
    url: str | None = None
    abbreviation: str = ""


@dataclass
class Meeting:
    weekday: int
    start_time: str
    end_time: str
    place: str = ""
    stream_url: str = ""


@dataclass
class Course:
    title: str = ""
    code: str = ""
    term: str = ""
    institution: str = ""
    meetings: list[Meeting] = field(default_factory=list)
    sections: list[Section] = field(default_factory=list)
    roles: list[Role] = field(default_factory=list)


@dataclass
class Material:
    kind: str
    label: str
    group: str = ""
    part: str = ""
    format: str = ""
    state: str = "available"
    url: str | None = None
    remark: str = ""


@dataclass
class LabelledLink:
    label: str
    url: str | None


@dataclass
class Paper:
    title: str
    authors: list[str]
    year: int | None = None
    venue: str = ""
    arxiv_id: str = ""
    doi: str = ""


@dataclass
class Reading:
    text: str
    role: str = "recommended"
    remark: str = ""
    links: list[LabelledLink] = field(default_factory=list)
    paper: Paper | None = None


@dataclass
class Speaker:
    name: str
    affiliation: str = ""
    url: str | None = None


@dataclass
class Talk:
    title: str = ""
    series: str = ""
    start_time: str | None = None
    end_time: str | None = None
    place: str = ""
    abstract: str = ""
    biography: str = ""
    speakers: list[Speaker] = field(default_factory=list)
    materials: list[Material] = field(default_factory=list)
    readings: list[Reading] = field(default_factory=list)
    is_by_students: bool = False


@dataclass
class Presentation:
    title: str
    members: list[str]


@dataclass
class Session:
    key: str = ""
    position: int = 0
    number: str = ""
    title: str = ""
    kind: str = "lecture"
    date: str | None = None
    end_date: str | None = None
    date_as_printed: str = ""
    start_time: str | None = None
    end_time: str | None = None
    place: str = ""
    instructors: list[str] = field(default_factory=list)
    scribes: list[str] = field(default_factory=list)
    homepages: list[LabelledLink] = field(default_factory=list)
    abstract: str = ""
    notes: str = ""
    materials: list[Material] = field(default_factory=list)
    readings: list[Reading] = field(default_factory=list)
    talks: list[Talk] = field(default_factory=list)
    presentations: list[Presentation] = field(default_factory=list)


@dataclass
class EntryLink:
    kind: str
    label: str
    format: str
    url: str | None


@dataclass
class Entry:
    number: int | None
    title: str
    team_name: str
    members: list[str]
    award: str = ""
    links: list[EntryLink] = field(default_factory=list)
    abstract: str = ""


@dataclass
class Gallery:
    name: str
    session_position: int
    intro: str = ""
    entries: list[Entry] = field(default_factory=list)


@dataclass
class Withheld:
    where: str
    reason: str


@dataclass
class LinkAccount:
    in_source: int = 0
    placed: int = 0
    in_notes: int = 0
    withheld: list[Withheld] = field(default_factory=list)
    unplaced: list[LabelledLink] = field(default_factory=list)


@dataclass
class Warning:
    code: str
    where: str
    message: str


@dataclass
class Outline:
    course: Course
    sessions: list[Session]
    galleries: list[Gallery]
    links: LinkAccount
    warnings: list[Warning]
