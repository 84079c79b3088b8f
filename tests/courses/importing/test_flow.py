"""Irregular markup -> lines of words and links."""

import pytest

from courses.importing import flow

from .reading import lines_of


@pytest.mark.parametrize(
    ("html", "texts"),
    [
        ("a<br>b<br/><br>c", ["a", "b", "c"]),
        ("<p>a<p>b  c\n d", ["a", "b c d"]),
        ("<b>a</b>b <i>c</i>", ["ab c"]),
        ("<table><td>a<td>b</table>", ["a", "b"]),
        ("<table><tr><td>a<td>b<tr><td>c</table>", ["a", "b", "c"]),
        ("a<!-- <ul><li>old --><span>b</span>", ["ab"]),
        ("a<!-- <table><tr><td>1/1<td><a href=o>old</a></table> -->", ["a"]),
        ("<script>x</script><style>y</style>a", ["a"]),
        ("<select><option>x</select>a<button>y</button>", ["a"]),
        ("<li>a<li>b", ["a", "b"]),
        ("&amp;lt; &nbsp; b", ["&lt; b"]),
        ("", []),
        ("<br><p> &nbsp; </p>", []),
    ],
)
def test_lines_end_where_blocks_do(html, texts):
    assert [line.text for line in lines_of(html)[0]] == texts


@pytest.mark.parametrize(
    ("html", "shapes"),
    [  # text, item, starts it, starts a list
        ("<ul><li>a<li>b</ul>", [("a", 1, True, True), ("b", 2, True, False)]),
        ("<ul>a<li>b</ul>", [("a", 0, False, True), ("b", 1, True, False)]),
        ("<ul><ul>a</ul></ul>", [("a", 0, False, True)]),
        (
            "<ul><li>a<ul><ul><li>b</ul></ul>c</ul>d",
            [
                ("a", 1, True, True),
                ("b", 2, True, True),
                ("c", 1, False, False),
                ("d", 0, False, False),
            ],
        ),
        ("<li>a<br>b", [("a", 1, True, False), ("b", 1, False, False)]),
        ("<ul><li><br><p>a</ul>", [("a", 1, True, True)]),
        ("<dl><dt>a<dd>b</dl>", [("a", 1, True, True), ("b", 2, True, False)]),
    ],
)
def test_lines_know_their_list_item(html, shapes):
    lines, _ = lines_of(html)
    assert [
        (line.text, line.item, line.starts_item, line.starts_list) for line in lines
    ] == shapes


def test_lines_know_their_heading():
    lines, _ = lines_of("<h2>A<br>B</h2>c<h3><a href=x>D</a></h3><p>e")
    assert [(line.text, line.heading) for line in lines] == [
        ("A", 2),
        ("B", 2),
        ("c", 0),
        ("D", 3),
        ("e", 0),
    ]


def test_words_know_bold_and_italic():
    lines, _ = lines_of("a<b>b<i>c</i></b><h2>d</h2><a href=x><b>e</b></a>")
    assert [
        (flow.text_of(piece), piece.is_bold, getattr(piece, "is_italic", None))
        for line in lines
        for piece in line.pieces
    ] == [
        ("a", False, False),
        ("b", True, False),
        ("c", True, True),
        ("d", True, False),
        ("e", True, None),
    ]


@pytest.mark.parametrize(
    ("html", "links"),
    [
        ("<a href=x>a</a><a href=x>b</a>", [("x", "a"), ("x", "b")]),
        ("<A HREF = 'q' >z</A>", [("q", "z")]),
        ("<a\nhref=q>z</a>", [("q", "z")]),
        ('<a href=" q ">z</a>', [("q", "z")]),
        ('<a title="x>y" href=q>z</a>', [("q", "z")]),
        ('<a href="?a=1&amp;b=2">z</a>', [("?a=1&b=2", "z")]),
        ("<a href>z</a><a href=''>y</a>", [("", "z"), ("", "y")]),
        ("<a name=z>t</a>", []),
        ("<a href=x>Deep<br>Learning<p>Theory</a>", [("x", "Deep Learning")]),
        ("<a href=x><b>a</b>b</a>", [("x", "ab")]),
        ("<a href=x><img src=i alt='The slides'></a>", [("x", "The slides")]),
        ("<a href=x><img src=i></a>", [("x", "")]),
        # never closed: the repaired tree repeats such a link
        ("<p><a href=x>a<p>b<p>c", [("x", "a")]),
        ("<p><a href=x>a<p>b<a href=x>c</a>", [("x", "a"), ("x", "b")]),
        ("<a href=x>a <a href=y>b</a>", [("x", "a"), ("y", "b")]),
        ("<table><tr><td><a href=x>a<td>b<tr><td>c</table>", [("x", "a")]),
        ("<ul><li><a href=x>a<li>b<li>c</ul>", [("x", "a")]),
        # in comments and scripts
        ("<!-- <a href=x>old</a> --><p><a href=x>a<p>b", [("x", "a")]),
        ("<a href=x>a</a><!-- <a href=y>old</a>", [("x", "a")]),
        ("<script>'<a href=y>n</a>'</script><a href=x>a</a>", [("x", "a")]),
    ],
)
def test_each_link_of_the_source_counts_once(html, links):
    index = flow.LinkIndex(flow.parse(html), html)
    assert [(link.address, link.label) for link in index.all] == links
