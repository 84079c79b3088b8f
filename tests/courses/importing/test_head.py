"""What a page says outside its schedule."""

import pytest

from .reading import TABLE, read, said

SCHEDULE = TABLE.format("<tr><td>9/2/2020<td>One<tr><td>9/9/2020<td>Two")


def course(html):
    return said(read(html + SCHEDULE).course)


def section(text, heading="", visibility="public"):
    named = {"heading": heading} if heading else {}
    return {**named, "text": text, "visibility": visibility}


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        (
            "<h1>MATH 1000: On Small Things</h1><h2>Fall 2020</h2>",
            {"title": "On Small Things", "code": "MATH 1000", "term": "Fall 2020"},
        ),
        (
            "<h1>On Small Things (Fall 2020)</h1><p>X University<p>We read.",
            {
                "title": "On Small Things",
                "term": "Fall 2020",
                "institution": "X University",
                "sections": [section("We read.")],
            },
        ),
        (
            "<title>CS101 Things, Spring 2020</title><h1>Things</h1>",
            {"title": "Things", "code": "CS101", "term": "Spring 2020"},
        ),
        ("<title>6.034 Things</title>", {"title": "Things", "code": "6.034"}),
        ("<b>STAT 200: Things</b>", {"title": "Things", "code": "STAT 200"}),
        (
            "<h1><a href=q>Things</a></h1>",
            {"title": "Things", "sections": [section("[Things](<q>)")]},
        ),
        (
            "<h1>Things</h1><p>See <a href=old>Fall 2019</a>. Now: Fall 2020.",
            {
                "title": "Things",
                "term": "Fall 2020",
                "sections": [section("See [Fall 2019](<old>). Now: Fall 2020.")],
            },
        ),
        ("", {}),
    ],
)
def test_title_code_term_and_institution(html, expected):
    assert course(html) == expected


def person(name, role="instructor", **more):
    return {"name": name, "role": role, **more}


@pytest.mark.parametrize(
    ("html", "roles"),
    [
        ("<h2>Instructor</h2><a href=u>Ada Bo</a>", [person("Ada Bo", url="u")]),
        ("<h2>Instructor:</h2><p>Prof. Ada Bo", [person("Ada Bo")]),
        ("<p>Instructor: Prof. <a href=u>Ada Bo</a>", [person("Ada Bo", url="u")]),
        (
            "<h2>Instructors</h2><ul><li>Ada Bo<li>Ed Di (E.D.)</ul>",
            [person("Ada Bo"), person("Ed Di", abbreviation="E.D.")],
        ),
        (
            "<h2>Teaching Assistants</h2>Ada Bo, Ed Di",
            [person("Ada Bo", "assistant"), person("Ed Di", "assistant")],
        ),
        (
            "<p>TAs: Ada Bo and Ed Di",
            [person(n, "assistant") for n in ("Ada Bo", "Ed Di")],
        ),
        ("<h2>Organizers</h2>Ada Bo", [person("Ada Bo", "organiser")]),
        ("<h2>About</h2>Ada Bo", []),
        ("<h2>Instructors</h2>to be announced", []),
    ],
)
def test_roles(html, roles):
    assert course(f"<h1>Things</h1>{html}").get("roles", []) == roles


def meeting(weekday, start, end, place="", **more):
    found = {"weekday": weekday, "start_time": start, "end_time": end, "place": place}
    return {name: value for name, value in {**found, **more}.items() if value != ""}


@pytest.mark.parametrize(
    ("html", "meetings"),
    [
        (
            "<h2>Time and Place</h2>Wed 3:00PM - 5:50PM, Zoom",
            [meeting(2, "15:00", "17:50", "Zoom")],
        ),
        ("<p>Time: Wed 3-4pm (Room 1)", [meeting(2, "15:00", "16:00", "(Room 1)")]),
        (
            "<h2>Lectures</h2>Mon, Wed 1:30 – 2:50 in Room 2",
            [meeting(day, "13:30", "14:50", "Room 2") for day in (0, 2)],
        ),
        (
            "<h2>Time</h2>Monday and Wednesday, 3pm-4pm",
            [meeting(day, "15:00", "16:00") for day in (0, 2)],
        ),
        (
            "<h2>Time</h2>MWF 10-10:50am",
            [meeting(d, "10:00", "10:50") for d in (0, 2, 4)],
        ),
        ("<h2>Time</h2>TTh 9:30-10:50", [meeting(d, "09:30", "10:50") for d in (1, 3)]),
        (
            "<h2>Time</h2>TuTh 9:30-10:50",
            [meeting(d, "09:30", "10:50") for d in (1, 3)],
        ),
        ("<h2>Time</h2>TR 9:30-10:50", [meeting(d, "09:30", "10:50") for d in (1, 3)]),
        (
            "<h2>Time</h2>Tue 9:00-10:20 (Room A); Thu 12:00-13:20 (Room B)",
            [
                meeting(1, "09:00", "10:20", "Room A"),
                meeting(3, "12:00", "13:20", "Room B"),
            ],
        ),
        (
            "<h2>Time</h2>Wed 3-4pm, <a href=https://zoom.us/j/1>Zoom</a>",
            [meeting(2, "15:00", "16:00", stream_url="https://zoom.us/j/1")],
        ),
        ("<h2>Office hours</h2>Wed 3-4pm", []),
        ("<h2>Time</h2>Office hours: Wed 3-4pm", []),
        ("<h2>About</h2>On Wed 3-4pm we met.", []),
        ("<h2>Time</h2>Wed Sept 2, 3-4pm", []),
    ],
)
def test_meetings(html, meetings):
    assert course(f"<h1>Things</h1>{html}").get("meetings", []) == meetings


def test_sections_keep_their_text_and_links():
    assert course(
        "<h1>Things</h1>before<h2>About</h2><p>See <a href=x>this</a> * <i>and</i> "
        "that.<ul><li>one<li><a href=y>two</a></ul><h2>Rules</h2>$a$ &lt;b&gt;"
    ) == {
        "title": "Things",
        "sections": [
            section("before"),
            section("See [this](<x>) * and that.\n\n- one\n\n- [two](<y>)", "About"),
            section(r"$a$ \<b>", "Rules"),
        ],
    }


def test_navigation_and_footer_are_for_staff():
    outline = read(
        "<nav><a href=/n>N</a></nav><h1>Things</h1><div class='top-menu'>"
        f"<a href=/m>M</a></div>words{SCHEDULE}<div id=navigate><a href=/o>O</a></div>"
        "<footer>By <a href=/f>F</a></footer>"
        "<select><option><a href=/h>H</a></select>"
    )
    assert said(outline.course)["sections"] == [
        section("words\n\n[O](</o>)"),
        section(
            "[N](</n>)\n\n[M](</m>)\n\nBy [F](</f>)", "Navigation and footer", "staff"
        ),
        section("[H](</h>)", "Left over", "staff"),
    ]
    assert (outline.links.in_source, outline.links.placed) == (5, 5)


def test_navigation_around_the_schedule_is_none():
    outline = read(f"<div class=nav><h1>Things</h1>words{SCHEDULE}</div>")
    assert said(outline.course)["sections"] == [section("words")]
