"""A course in the middle of its term, with one of everything a page can show."""

from datetime import time, timedelta

from django.core.files.base import ContentFile

from courses import instants, proposals
from courses.access import Status
from courses.models import Session
from tests import factories as make
from tests.pictures import picture

ZONE = "Asia/Hong_Kong"


def make_running_course(at):
    """A course whose third week of five holds the aware datetime ``at``.

    It has every kind and status of session, talks, speakers, materials in every
    state, readings of every role, assignments, a holiday, news and a gallery.
    """
    course = make.make_course(
        code="STAT 5020",
        other_codes="CSIC 5020",
        title="Statistics of Very Large Networks",
        slug="stat5020",
        term="This term",
        institution="Kestrel Bay University",
        time_zone=ZONE,
        status=Status.PUBLIC,
        contact="stat5020@example.org",
    )
    today = at.astimezone(course.zone).date()
    monday = today - timedelta(days=today.weekday())
    first = monday - timedelta(weeks=2)
    course.starts_on, course.ends_on = first, first + timedelta(weeks=5, days=-1)
    course.save()
    make.make_meeting(course, weekday=0, place="Room 4503")
    make.make_meeting(course, weekday=3, place="Room 4503")
    lecturer = make.make_person(
        "Ada Moravcová",
        affiliation="Kestrel Bay University",
        homepage="https://ada.example",
        biography="Ada works on graphs that do not fit on a board.",
        author=make.make_author("Moravcová", given_name="Ada"),
    )
    make.make_course_role(course, lecturer, name_as_printed="A.M.")
    make.make_course_role(course, make.make_person("Tea Chan"), role="assistant")
    make.make_section(course, text="Why do large networks *look alike*?")
    make.make_announcement(
        course,
        title="Room of the mid-term",
        body="It is in the **sports hall**; bring a pencil.",
        published_at=at - timedelta(days=3),
        is_pinned=True,
    )
    days = [monday + timedelta(weeks=w, days=d) for w in range(-2, 3) for d in (0, 3)]
    sessions = [
        _make_session(course, lecturer, *plan)
        for plan in zip(days, range(1, 11), _PLAN, strict=True)
    ]
    _attach(sessions, lecturer)
    _make_assignments(course, sessions)
    make.make_holiday(
        course,
        name="Lantern Festival",
        starts_on=days[7] + timedelta(days=1),
        ends_on=days[7] + timedelta(days=2),
    )
    _make_projects(course, sessions[-1])
    return course


_PLAN = [
    ("lecture", "scheduled", "Degrees, paths and $n \\to \\infty$"),
    ("lecture", "cancelled", "Random graphs that remember"),
    ("tutorial", "scheduled", "Sampling by hand"),
    ("seminar", "scheduled", "Two guests on spectra"),
    ("lecture", "scheduled", "Concentration without independence"),
    ("lecture", "moved", "Communities and how to miss them"),
    ("exam", "scheduled", "Mid-term"),
    ("no-class", "scheduled", "Reading week"),
    ("event", "scheduled", "Visit of the data centre"),
    ("presentations", "scheduled", "Projects, shown by their teams"),
]


def _make_session(course, lecturer, day, number, plan):
    kind, status, title = plan
    session = make.make_session(
        course, number=f"{number:02}", kind=kind, status=status, title=title, date=day
    )
    if kind == Session.Kind.LECTURE:
        make.make_session_role(session, lecturer)
    return session


def _attach(sessions, lecturer):
    opening, guests, current = sessions[0], sessions[3], sessions[4]
    make.make_session_role(opening, make.make_person("GU, Hanlin"), role="scribe")
    make.make_material(
        opening, kind="slides", file=make.make_file(name="01.pdf"), language="en"
    )
    make.make_material(opening, kind="video", label="Part I", url="https://v.example/1")
    make.make_material(
        opening, kind="video", label="Part II", url="https://v.example/2"
    )
    make.make_material(
        opening,
        kind="code",
        group="Public codes",
        label="graphs",
        url="https://c.example",
    )
    make.make_material(
        current,
        kind="slides",
        state="expected",
        expected_on=current.date + timedelta(days=1),
    )
    make.make_material(current, kind="video", state="missing", missing_reason="failed")
    make.make_material(current, kind="notes", url="https://n.example/notes.html")
    paper = make.make_paper(
        [
            lecturer.author,
            *(
                make.make_author(name, given_name="Mikhail")
                for name in ("Belkin", "Hsu", "Ma", "Mandal")
            ),
        ],
        key="lin2024networks",
        title="Reconciling $k$-nearest neighbours and the bias–variance trade-off",
        venue="PNAS",
        year=2024,
        arxiv_id="2401.00042",
        doi="10.5555/5020.1",
        abstract="Why *interpolation* does not hurt, with $\\ell_2$ norms.",
    )
    make.make_paper_link(paper, kind="code", url="https://code.example")
    make.make_duplicate(paper)
    make.make_audit_entry(opening.course)
    make.make_invitation(opening.course)
    make.make_person_merge(lecturer)
    make.make_join_request(opening.course)
    make.make_reading(current, paper=paper, role="required", remark="Sections 1–3.")
    make.make_reading(
        current,
        text="A. Clauset, *Networks*, [lecture notes](https://clauset.example).",
        role="background",
    )
    speakers = [
        make.make_person(
            "Astrid Lindqvarn",
            affiliation="Aldermoor Institute",
            biography="Counts what is not there.",
            photo=make.make_file(picture((300, 400)), "astrid.jpg"),
        ),
        make.make_person("Rafael Quintavelle", affiliation="University of Portmarrow"),
    ]
    for speaker, title, start, end in zip(
        speakers,
        ["Eigenvalues of sparse graphs", "A short walk with Sinkhorn"],
        [time(15), time(16, 40)],
        [time(16, 20), time(17, 50)],
        strict=True,
    ):
        talk = make.make_talk(
            guests,
            speaker,
            title=title,
            start_time=start,
            end_time=end,
            abstract="What $\\lambda_2$ says, and what it keeps to itself.\n\n"
            "$$\\sum_i \\lambda_i^k = \\operatorname{tr} A^k$$",
            biography="Works on matrices with more zeros than names.",
        )
        make.make_material(talk, kind="slides", url="https://s.example/talk.pdf")
        make.make_reading(talk, paper=paper, role="recommended")
    link = make.make_talk_link(guests.talks.first())
    proposals.propose(
        link.talk,
        {"title": "Eigenvalues of sparser graphs", "abstract": "Less than before."},
        link=link,
        photo=ContentFile(picture((400, 300)), "astrid-2.jpg"),
        slides=ContentFile(make.PDF, "eigenvalues.pdf"),
    )


def _make_assignments(course, sessions):
    def at(session, clock):
        return instants.instant(session.date, clock, course.zone)

    homework = make.make_assignment(
        course,
        title="Homework 1",
        brief="Four problems, of which you choose **three**.",
        opens_at=at(sessions[2], time(18)),
        due_at=at(sessions[5], time(23, 59)),
        accepted_until=at(sessions[6], time(23, 59)),
        grace_minutes=15,
    )
    make.make_material(homework, kind="homework", url="https://h.example/1.pdf")
    project = make.make_assignment(
        course, title="Project", kind="project", due_at=at(sessions[9], time(12))
    )
    _hand_in(course, project)
    make.make_assignment(course, title="Reading diary", brief="One page a week.")


def _hand_in(course, project):
    """Two teams, of which one handed in on time and late and has a mark."""
    report = make.make_slot(project)
    make.make_slot(project, kind="video", takes="link", is_required=False)
    people = [make.make_person(name) for name in ("LAU, Wing Sum", "OKAFOR, Chidi")]
    team = make.make_team(course, people, assignment=project, name="Quiet nodes")
    make.make_team(course, ["CHAN, Tai Man"], assignment=project)
    user = make.make_user()
    for late in (-1, 1):
        make.make_submission(
            report,
            team,
            user,
            file=make.make_file(name="report.pdf"),
            received_at=project.due_at + timedelta(days=late),
            warnings=["“report.pdf” seems to be encrypted."] if late > 0 else [],
        )
    make.make_extension(team, until=project.due_at + timedelta(hours=2))
    make.make_refusal(project, user, team=team, name="report.exe")
    make.make_grade(team, feedback="The *second* figure is good.")


def make_unwieldy_course(at):
    """A course whose every name is one long word and whose formulas are wide."""
    word, address = "Dampfschifffahrt" * 9, f"https://example.org/{'a' * 90}"
    formula = "+".join(f"x_{{{n}}}" for n in range(30))
    text = f"{word} {address} ${formula}$\n\n$${formula}$$\n\n- ${formula}$\n\n"
    text += f"| a | b |\n|---|---|\n| {word} | {word} |\n\n    {word}{word}\n"
    course = make.make_course(
        code=word[:40], title=word, slug="unwieldy", term=word[:60], contact=word
    )
    photo = make.make_file(picture(), f"{word}.jpg")
    person = make.make_person(word, affiliation=word, biography=text, photo=photo)
    make.make_course_role(course, person)
    make.make_section(course, heading=word, text=text)
    make.make_announcement(course, title=word, body=text, published_at=at)
    make.make_assignment(course, title=word, brief=text, due_at=at)
    session = make.make_session(
        course, title=word, abstract=text, place=word[:100], date=at.date()
    )
    make.make_session_role(session, person)
    talk = make.make_talk(
        session, title=f"On ${formula}$", speaker=person, abstract=text
    )
    make.make_talk(session, title=word, series=word, biography=text)
    author = make.make_author(word[:100], given_name=word[:100])
    paper = make.make_paper(
        [author], title=word, venue=word, doi=f"10.1/{word}", abstract=text
    )
    for owner in (course, session, talk):
        make.make_material(owner, label=word, url=address, group=word, remark=word)
        make.make_reading(owner, paper=paper, text=text, role="required")
    gallery = make.make_gallery(course, name=word, intro=text, session=session)
    work = make.make_publication(gallery, [word], title=word, abstract=text, award=word)
    make.make_published_link(work, label=word)
    return [course, session, talk, person, paper, author, work]


def _make_projects(course, session):
    make.make_presentation(session, members=["FAN, Ganghua", "A. Bee"], title="Nets")
    gallery = make.make_gallery(course, intro="Eight pages at most.", session=session)
    for award, title in [("", "Ferries as a graph"), ("Best report", "Quiet nodes")]:
        publication = make.make_publication(
            gallery,
            ["Chidi Okafor", "Lau Wing Sum"],
            title=title,
            abstract="What we did and where it *did not fit*.",
            award=award,
        )
        for kind in ("report", "poster", "source"):
            make.make_published_link(publication, kind=kind)
