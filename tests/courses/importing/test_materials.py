"""Slides, videos, codes and the like."""

import pytest

from courses.importing import flow, materials

from .reading import lines_of, said


@pytest.mark.parametrize(
    ("label", "clean"),
    [
        ("slides", "slides"),
        ("[ slides ]", "slides"),
        ("【slides】", "slides"),
        ("[[slides]]", "slides"),
        ("[slides)", "slides"),
        ("[slides", "slides"),
        ("slides]", "slides"),
        (" slides: ", "slides"),
        ("[pdf], ", "pdf"),
        ("report (pdf)", "report (pdf)"),
        ("[report (pdf)]", "report (pdf)"),
        ("[a] [b]", "[a] [b]"),
        ("(a) and (b)", "(a) and (b)"),
        ("[]", ""),
        ("", ""),
    ],
)
def test_labels_lose_their_brackets(label, clean):
    assert materials.clean_label(label) == clean


@pytest.mark.parametrize(
    ("label", "address", "expected"),
    [
        ("report (pdf)", "x", "pdf"),
        ("report (.pptx)", "x.pdf", "pptx"),
        ("[pdf]", "x", "pdf"),
        ("a.ipynb", "x", "ipynb"),
        ("key", "x", "key"),
        ("slides", "a/b.PDF", "pdf"),
        ("slides", "a.pdf?file=b.zip#c.md", "pdf"),
        ("slides", "a%2epdf", "pdf"),
        ("code", "a.tar.gz", "gz"),
        ("slides (part 1)", "x.pdf", "pdf"),
        ("page", "https://example.py", ""),
        ("page", "https://example.org/a.b/c", ""),
        ("slides", "", ""),
    ],
)
def test_formats(label, address, expected):
    assert materials.format_of(label, address) == expected


@pytest.mark.parametrize(
    ("label", "group", "address", "expected"),
    [
        ("slides", "", "", "slides"),
        ("slides", "Videos", "", "slides"),
        ("part 1", "Videos", "", "video"),
        ("recording", "", "", "video"),
        ("here", "", "https://youtu.be/x", "video"),
        ("here", "", "https://www.bilibili.com/x", "video"),
        ("here", "", "https://example.org/youtuber", "link"),
        ("pdf", "", "x/slides01.pdf", "slides"),
        ("HW3", "", "", "homework"),
        ("Problem set 2", "", "", "homework"),
        ("project 1", "", "", "description"),
        ("lecture notes", "", "", "notes"),
        ("handout", "", "", "handout"),
        ("dataset", "", "", "data"),
        ("x", "", "a.csv", "data"),
        ("notebook", "", "", "code"),
        ("source", "", "", "code"),
        ("x", "", "a.ipynb", "code"),
        ("x", "", "https://github.com/a/b", "code"),
        ("x", "", "https://github.com/a/b.pdf", "link"),
        ("resources", "", "", "link"),
        ("stopwatch", "", "", "link"),
        ("monkey", "", "", "link"),
        ("", "", "", "link"),
    ],
)
def test_kinds(label, group, address, expected):
    assert materials.kind_of(label, group, address) == expected


def read(html, **group):
    lines, account = lines_of(html)
    found, wordless = materials.from_lines(lines, account, "session 1", **group)
    return [said(each) for each in found], [
        flow.squeeze("".join(map(flow.text_of, item))) for item in wordless
    ]


@pytest.mark.parametrize(
    ("html", "found", "wordless"),
    [
        (
            "<li><a href=https://example.org/a.pdf>[slides]</a>",
            [("slides", "slides", "pdf", "available", "https://example.org/a.pdf")],
            [],
        ),
        ("<a href=a.pdf></a>", [("link", "a.pdf", "pdf", "missing", "a.pdf")], []),
        ("<a href=''>slides</a>", [("slides", "slides", "", "missing", None)], []),
        (
            "<li>see <a href=a>a</a> and <a href=b>b</a><li>only words",
            [("link", "a", "", "missing", "a"), ("link", "b", "", "missing", "b")],
            ["only words"],
        ),
    ],
)
def test_every_link_is_a_material(html, found, wordless):
    names = ("kind", "label", "format", "state", "url")
    expected = [
        {name: value for name, value in zip(names, each, strict=True) if value}
        for each in found
    ]
    assert read(html) == (expected, wordless)


def test_words_beside_links_are_the_remark_of_the_first():
    found, _ = read(
        "<li>By Ada: <a href=a.py>a</a>, <a href=b.py>b</a> (slow)<li><a href=c>c</a>"
    )
    assert [(each["label"], each.get("remark")) for each in found] == [
        ("a", "By Ada … slow"),
        ("b", None),
        ("c", None),
    ]


def test_a_group_of_videos_in_parts():
    found, _ = read(
        "<ul><li>Part I [<a href=a>bilibili</a>]"
        "<li><a href=b>Part II</a> [<a href=c>slides</a>]"
        "<li>By Ed, part 3: <a href=d>here</a><li><a href=e>whole</a></ul>",
        group="Videos",
        kind="video",
    )
    assert [
        (each["kind"], each["label"], each.get("part"), each.get("remark"))
        for each in found
    ] == [
        ("video", "bilibili", "Part I", None),
        ("video", "Part II", "Part II", None),
        ("video", "slides", "Part II", None),
        ("video", "here", "part 3", "By Ed, part 3"),
        ("video", "whole", None, None),
    ]
    assert {each["group"] for each in found} == {"Videos"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", False),
        (" [], and (", False),
        ("1. see here:", False),
        ("slides", True),
        ("10 points", True),
        ("數學", True),
    ],
)
def test_is_said(text, expected):
    assert materials.is_said(text) is expected
