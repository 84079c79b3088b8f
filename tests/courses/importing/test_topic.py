"""Topic cells -> sessions with talks, readings, materials and presentations."""

import pytest

from references import richtext

from .reading import said, topic_of


def session_of(html):
    """What the cell says, without what it leaves empty or a plain lecture has."""
    session, *_ = topic_of(html)
    found = said(session, empty=("", None, [], False))
    del found["position"]
    if found["kind"] == "lecture":
        del found["kind"]
    for talk in found.get("talks", []):
        talk.pop("is_by_students", None)
    return found


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ("", {}),
        ("<br>", {}),
        ("Lecture 04: On Things", {"number": "04", "title": "On Things"}),
        ("Lecture 1-2: On Things", {"number": "1-2", "title": "On Things"}),
        ("Lecture 3", {"number": "3"}),
        ("1. On Things.", {"number": "1", "title": "On Things"}),
        ("2 Things", {"title": "2 Things"}),
        ("On Things, etc.", {"title": "On Things, etc."}),
        ("No class: holiday", {"kind": "no-class", "title": "No class: holiday"}),
        ("Final exam", {"kind": "exam", "title": "Final exam"}),
        ("Examples", {"title": "Examples"}),
        ("Seminar: <b>X</b>", {"kind": "seminar", "title": "Seminar: X"}),
        ("Final presentations", {"kind": "presentations"}),
        ("Tutorial: X", {"kind": "tutorial"}),
        ("final " * 3_000, {}),
    ],
)
def test_titles_numbers_and_kinds(html, expected):
    found = session_of(html)
    assert {name: found.get(name) for name in expected} == expected


@pytest.mark.parametrize(
    ("html", "title", "urls"),
    [
        ("On Things <a href=s.pdf>[slides]</a> [<a href=v>video</a>]", "", "s.pdf v"),
        ("<a href=s.pdf>On Things</a>", "", "s.pdf"),
        ("On <a href=q>Things</a>", "On", "q"),
        ("On <a href=q>Things</a> of note", "On Things of note", "q"),
        ("On Things<br>(<a href=q>pdf</a>)", "", "q"),
        ("Lecture 2: <a href=q>On Things</a>", "", "q"),
    ],
)
def test_links_of_a_title(html, title, urls):
    found = session_of(html)
    assert found["title"] == (title or "On Things")
    assert [each["url"] for each in found["materials"]] == urls.split()


ADA = [{"name": "Ada Bo", "affiliation": "X College"}]
ED = [{"name": "Ed Di"}]
TALKS = [
    {"title": "One", "speakers": ADA, "abstract": "We\n\nsee."},
    {"title": "Two", "speakers": ED, "biography": "He."},
]


@pytest.mark.parametrize(
    "html",
    [
        # siblings
        "Seminar<ul><li>[Title]: One<li>[Speaker]: Ada Bo, X College"
        "<li>[Abstract]: We<br>see.<li>[Title]: Two.<li>[Speaker]: Ed Di<li>[Bio]: He.",
        # nested
        "Seminar<ul><li>[Title]: One<ul><li>[Speaker]: Ada Bo, X College<li>[Abstract]:"
        "<p>We<p>see.</ul><li>[Title]: Two<ul><li>[Speaker]: Ed Di<li>[Bio]: He.",
        # ul in ul without li, labels outside items
        "Seminar<ul>[Title]: One<ul>[Speaker]: Ada Bo (X College)<br>[Abstract]: We<br>"
        "see.</ul>[Title] Two<ul>[Speaker]: Ed Di<br>[Bio]: He.</ul></ul>",
        # headings in bold
        "Seminar<p><b>Title</b>: One<p><b>Speaker:</b> Ada Bo, X College"
        "<p><b>Abstract</b><p>We<p>see.<p><b>Title</b>: Two<p>Speaker: Ed Di<p>"
        "Bio: He.",
    ],
)
def test_talks(html):
    assert session_of(html) == {"kind": "seminar", "title": "Seminar", "talks": TALKS}


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        (  # the lecture itself is the talk
            "Lecture 1: On Things<ul><li>[Abstract]: We.<li>[Speaker]: Ada Bo, "
            "X College<li>[Slides]: <a href=s.pdf>pdf</a></ul>",
            {
                "number": "1",
                "title": "On Things",
                "talks": [{"abstract": "We.", "speakers": ADA}],
                "materials": [
                    {
                        "kind": "slides",
                        "label": "pdf",
                        "group": "Slides",
                        "format": "pdf",
                        "state": "missing",
                        "url": "s.pdf",
                    }
                ],
            },
        ),
        (  # a talk after a lecture
            "On Things<br>[Seminar]: Two<ul><li>[Speaker]: Ed Di</ul>",
            {"title": "On Things", "talks": [{"title": "Two", "speakers": ED}]},
        ),
        (
            "On Things<ul><li>[Seminar]: Two<ul><li>[Speaker]: Ed Di</ul></ul>",
            {"title": "On Things", "talks": [{"title": "Two", "speakers": ED}]},
        ),
        (
            "On Things<ul><li>[Speaker]: Ed Di<li>[Time]: 3-4pm<li>[Venue]: Room 1.",
            {
                "title": "On Things",
                "talks": [
                    {
                        "speakers": ED,
                        "start_time": "15:00",
                        "end_time": "16:00",
                        "place": "Room 1",
                    }
                ],
            },
        ),
        (
            "On Things<ul><li>[Time]: 3-4pm<li>[Venue]: Room 1",
            {
                "title": "On Things",
                "start_time": "15:00",
                "end_time": "16:00",
                "place": "Room 1",
            },
        ),
        (
            "Guest lecture by Ed Di: Two",
            {
                "kind": "seminar",
                "title": "Guest lecture by Ed Di: Two",
                "talks": [{"title": "Two", "speakers": ED}],
            },
        ),
        (
            "Guest lecture: Two (Ed Di)",
            {
                "kind": "seminar",
                "title": "Guest lecture: Two",
                "talks": [{"title": "Two", "speakers": ED}],
            },
        ),
        # labels without words
        (
            "X<ul><li>[Title]:<li>[Speaker]:<li>[Abstract]:<li>[Reference]:<ul></ul></ul>",
            {"title": "X"},
        ),
        ("X<ul><li>[Speaker]: TBA<li>[Reference]: none</ul>", {"title": "X"}),
    ],
)
def test_sessions(html, expected):
    assert session_of(html) == expected


def test_presentations_of_students():
    session, _, notes, _ = topic_of(
        "Presentations<ul>[Presentation]<li>Ada BO and Ed DI: On Things "
        "<a href=a.pdf>slides</a><li>Flo GU (20991234)</ul>"
        "<ul>[Group 8]: Ada BO. On Things. <li><a href=b.pdf>report</a></ul>"
    )
    assert [(each.title, each.members) for each in session.presentations] == [
        ("On Things", ["Ada BO", "Ed DI"]),
        ("", ["Flo GU"]),
        ("On Things", ["Ada BO"]),
    ]
    assert [(each.label, each.group) for each in session.materials] == [
        ("slides", "Presentation"),
        ("report", "Group 8"),
    ]
    assert notes == []


def test_readings():
    session, *_ = topic_of(
        "X<ul>[Required reading]<li>Ada Bo. On Small Things. 2019."
        "<li>Notes of <a href=n>a course</a>, <a href=m>more</a><li>Optional reading:"
        "<li><a href=https://arxiv.org/abs/1909.00001v2>On More Things</a>, Ed Di."
        "<li>None</ul>"
    )
    assert [
        (
            each.text,
            each.role,
            [(link.label, link.url) for link in each.links],
            each.paper and (each.paper.title, each.paper.arxiv_id),
        )
        for each in session.readings
    ] == [
        ("Ada Bo. On Small Things. 2019.", "required", [], ("On Small Things", "")),
        (
            "Notes of [a course](<n>), [more](<m>)",
            "required",
            [("a course", "n"), ("more", "m")],
            None,
        ),
        (
            "[On More Things](https://arxiv.org/abs/1909.00001v2), Ed Di.",
            "background",
            [("On More Things", "https://arxiv.org/abs/1909.00001v2")],
            ("On More Things", "1909.00001"),
        ),
    ]


def test_a_remark_is_told_from_the_citation():
    session, *_ = topic_of(
        "X<ul>[Reference]<li>Ada Bo. On Small Things. ICML 2018. [<a href=l>link</a>] "
        "It shows that small things are often much larger than they seem."
    )
    (reading,) = session.readings
    assert (reading.text, reading.remark, reading.paper.venue) == (
        r"Ada Bo. On Small Things. ICML 2018. \[[link](<l>)\]",
        "It shows that small things are often much larger than they seem.",
        "ICML",
    )


def test_galleries_and_lists_of_the_pages_own():
    session, galleries, *_ = topic_of(
        "X<ul>[Own list]<li><a href=a>one</a></ul><br>[Project Report Gallery]"
        "<ul><li><b>Ada BO</b>. On Things. <a href=r.pdf>report</a></ul>"
    )
    assert [(each.group, each.label) for each in session.materials] == [
        ("Own list", "one")
    ]
    assert [(g.name, len(g.entries)) for g in galleries] == [
        ("Project Report Gallery", 1)
    ]


def test_hostile_html_comes_out_as_text():
    session, *_ = topic_of(
        "X<ul><li>[Abstract]: &lt;script&gt;alert(1)&lt;/script&gt; "
        "<b onclick='x()'>b</b> [x](javascript:y) <script>z</script>"
        "<a href='javascript:alert(2)'>c</a> &lt;img src=x onerror=z&gt;"
    )
    assert richtext.render(session.abstract) == (
        "<p>&lt;script&gt;alert(1)&lt;/script&gt; b [x](javascript:y) c "
        "&lt;img src=x onerror=z&gt;</p>"
    )


def test_a_speaker_to_be_announced_is_nobody():
    session, _, notes, _ = topic_of("X<ul><li>[Title]: One<li>[Speaker]: TBA</ul>")
    assert [(talk.title, talk.speakers) for talk in session.talks] == [("One", [])]
    assert notes == ["Speaker: TBA"]


def test_what_no_rule_names_is_kept_in_notes_with_its_links():
    session, _, notes, account = topic_of(
        "X<ul><li>stray words<li><a href=o>one</a> beside<li>[Bio]: She, "
        "<a href=p>page</a>.<li>[Time]: some day</ul>"
    )
    assert [each.url for each in session.materials] == ["o"]
    assert notes == [
        "beside",
        "stray words",
        "Bio: She, [page](<p>).",
        "Time: some day",
    ]
    assert (account.account().placed, account.account().in_notes) == (1, 1)
