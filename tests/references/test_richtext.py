from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from references import richtext
from references.richtext import escape, link, plain, render, render_inline

A = '<a href="{}" rel="nofollow noopener">{}</a>'
X = "<math><mi>x</mi></math>"
DISPLAYED_X = '<math display="block"><mi>x</mi></math>'


class Policy(HTMLParser):
    """Fails at the first tag, attribute, class or address that is not allowed."""

    def handle_starttag(self, tag, attrs):
        assert tag in richtext.TEXT_TAGS | richtext.MATH_TAGS
        attrs = dict(attrs)
        classes = attrs.pop("class", "").split()
        assert set(classes) <= {"math"} | richtext.SPAN_CLASSES | richtext.CELL_CLASSES
        if "href" in attrs:
            assert attrs.pop("href").lower().startswith(("http:", "https:", "mailto:"))
        if tag in richtext.MATH_TAGS:
            assert set(attrs) <= richtext.MATH_ATTRIBUTES
        else:
            assert set(attrs) <= {"rel", "start", "title"}

    handle_startendtag = handle_starttag

    def handle_comment(self, data):
        raise AssertionError("a comment")

    handle_decl = handle_pi = unknown_decl = handle_comment


def assert_safe(html):
    parser = Policy()
    parser.feed(html)
    parser.close()


# Rendering


@pytest.mark.parametrize(
    ("source", "html"),
    [
        ("", ""),
        (" \n\t\n", ""),
        ("*a* **b** `c`", "<p><em>a</em> <strong>b</strong> <code>c</code></p>"),
        ("# a", "<h3>a</h3>"),
        ("a\n=\n\nb\n-", "<h3>a</h3>\n<h4>b</h4>"),
        ("#### a", "<h6>a</h6>"),
        ("###### a", "<h6>a</h6>"),
        ("3. a", '<ol start="3">\n<li>a</li>\n</ol>'),
        ("```python\na\n```", "<pre><code>a\n</code></pre>"),
        ("a\0b\ud800c", "<p>abc</p>"),
        ("<b onclick=x>a</b>", "<p>&lt;b onclick=x&gt;a&lt;/b&gt;</p>"),
        ("&lt;script&gt;", "<p>&lt;script&gt;</p>"),
        ("![a](http://x/y.png)", f"<p>!{A.format('http://x/y.png', 'a')}</p>"),
    ],
)
def test_renders_markdown(source, html):
    assert render(source) == html


def test_aligns_table_columns_with_classes():
    assert render("|a|b|\n|:-|-:|\n|c|d|") == (
        '<table>\n<thead>\n<tr>\n<th class="align-left">a</th>\n'
        '<th class="align-right">b</th>\n</tr>\n</thead>\n<tbody>\n<tr>\n'
        '<td class="align-left">c</td>\n<td class="align-right">d</td>\n'
        "</tr>\n</tbody>\n</table>"
    )


@pytest.mark.parametrize(
    ("source", "html"),
    [
        ("$x$", f"<p>{X}</p>"),
        ("$x$ in 2025", f"<p>{X} in 2025</p>"),
        ("a $$x$$ b", f"<p>a {DISPLAYED_X} b</p>"),
        ("$$x$$", f'<div class="math">{DISPLAYED_X}</div>'),
        ("$$\nx\n$$", f'<div class="math">{DISPLAYED_X}</div>'),
        ("$$x$$ b $$x$$", f"<p>{DISPLAYED_X} b {DISPLAYED_X}</p>"),
        ("$5 and $10", "<p>$5 and $10</p>"),
        ("$ x $", "<p>$ x $</p>"),
        (r"\$x$", "<p>$x$</p>"),
        (r"$\text{\textsc{a}}$", "<p><math><mtext><span>a</span></mtext></math></p>"),
    ],
)
def test_renders_formulas(source, html):
    assert render(source) == html


def test_turns_styles_of_formulas_into_classes():
    assert render(r"$\begin{array}{l|c}a&b\\\hline c&d\end{array}$") == (
        '<p><math><mtable displaystyle="false" scriptlevel="0"><mtr>'
        '<mtd class="align-left rule-right"><mi>a</mi></mtd><mtd><mi>b</mi></mtd>'
        '</mtr><mtr><mtd class="rule-top align-left rule-right"><mi>c</mi></mtd>'
        '<mtd class="rule-top"><mi>d</mi></mtd></mtr></mtable></math></p>'
    )


def test_keeps_style_in_text():
    assert render('`<td style="width: 50%"`') == (
        '<p><code>&lt;td style="width: 50%"</code></p>'
    )


@pytest.mark.parametrize("sign", ["$", "$$"])
def test_shows_source_of_a_wrong_formula_within_its_paragraph(sign):
    assert render(rf"a {sign}\b<{sign} c") == (
        '<p>a <span class="math-core-error" '
        r'title="0: Unknown command &quot;\b&quot;.">'
        r"<code>\b&lt;</code></span> c</p>"
    )


def test_keeps_a_long_formula_as_code():
    tex = "<" * (richtext.MAX_FORMULA_LENGTH + 1)
    assert render(f"${tex}$") == f"<p><code>{tex.replace('<', '&lt;')}</code></p>"


def test_expands_no_macros():
    tex = r"\newcommand{\a}[1]{" + "#1" * 100 + r"}\a{\a{" + "x" * 300 + "}}"
    assert len(render(f"${tex}$")) < 1000


@pytest.mark.parametrize("url", ["http://x", "https://x/y?a#b", "mailto:a@b.de"])
def test_links_to_allowed_addresses(url):
    assert render(f"[a]({url})") == f"<p>{A.format(url, 'a')}</p>"


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        "javascript&colon;alert(1)",
        "&#106;avascript:alert(1)",
        "java%0ascript:alert(1)",
        "data:text/html,x",
        "data:image/png;base64,x",
        "vbscript:x",
        "file:///etc/passwd",
        "//host",
        "http:///host",
        r"\\\\host",
        "/path",
        "path",
        "#id",
        "?q",
        "x:http://y",
    ],
)
@pytest.mark.parametrize("form", ["[a]({})", "<{}>", "![a]({})", "[a]: {}\n\n[a]"])
def test_makes_no_link_of_another_address(url, form):
    html = render(form.format(url))
    assert_safe(html)
    assert "<a" not in html


@pytest.mark.parametrize(
    "source",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "<svg/onload=alert(1)>",
        '<math><maction actiontype="statusline" xlink:href="javascript:x">a</maction>',
        "<math><mtext><table><mglyph><style><!--</style><img onerror=x src=y>",
        "<!-- a --><?a?><![CDATA[a]]>",
        r"$\href{javascript:alert(1)}{x}$",
        r"$\text{<img src=x onerror=alert(1)>}$",
        r'$\text{" style="width: 50%" onclick="x}$',
        r"$\class{a}{x} \style{color:red}{x} \cssId{a}{x}$",
        r"$\begin{align}a\label{x}\end{align}$ $\eqref{x}$ $\color{red}x$",
        '[a](http://x "\\" onclick=alert(1) x=\\"")',
        '[a](http://x"onclick=alert(1))',
        "[a](http://x'><script>alert(1)</script>)",
        '```" onclick=x\na\n```',
        "<http://x\"onclick='alert(1)'>",
        "[$\\eqref{a}$](http://x)",
        "\\0<scr\0ipt>",
    ],
)
def test_hostile_source_stays_text(source):
    assert_safe(render(source))
    assert_safe(render_inline(source))


@pytest.mark.parametrize(
    "source",
    [
        "[" * 20_000,
        "![" * 10_000,
        "> " * 5_000,
        "- " * 2_000,
        "*a " * 2_000,
        "$" * 20_000,
        "$a " * 5_000,
        "$$a\n\n" * 2_000,
        "`" * 10_000,
        "&" * 20_000,
        "\\" * 20_000,
        "$" + r"\sqrt{" * 280 + "x" + "}" * 280 + "$",
        "$" + r"\sqrt" * 5_000 + "$",
        "$" + "{" * 1_990 + "$",
    ],
    ids=lambda source: source[:8],
)
def test_deep_nesting_is_rendered_safely(source):
    assert_safe(render(source))


# What is likely to be taken as markup, and what ends lines or cannot be stored.
marks = (
    r"$ $$ \ \\ \frac{ \text{ } { \begin{align} \end{align} & [ ]( ) < > <script> on="
)
marks += (
    " http://x javascript: //x \" ' ` ``` * _ ~~~ # - | |- 1. : style= &lt; &#0; 1 x"
)
spaces = [" ", "\n", "\n\n", "    ", "\t", "\0", "\r", "\x1f", "\u2028", "\ud800"]
pieces = st.lists(st.sampled_from(marks.split() + spaces), max_size=40).map("".join)
sources = st.text() | pieces
quick = settings(database=None)


@quick
@given(sources)
def test_output_is_always_safe(source):
    assert_safe(render(source))
    assert_safe(render_inline(source))


def test_inline_has_no_blocks():
    assert render_inline("1. *a*\n# $x$") == f"1. <em>a</em> # {X}"


# Plain text


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("", ""),
        ("# A *b*\n\n- `c`\n- d\\\ne", "A b c d e"),
        ("[a](http://x) <http://y>", "a http://y"),
        ("|a|b|\n|-|-|\n|c|d|", "a b c d"),
        ("$x^2$ and\n\n$$\ny\n$$", "x^2 and y"),
        ("```\na\n```\n\n&amp; \\*", "a & *"),
    ],
)
def test_plain_keeps_the_words(source, text):
    assert plain(source) == text


# Escaping


@pytest.mark.parametrize(
    ("text", "source"),
    [
        ("", ""),
        ("C#, C++ & R&D: 2 * 3, snake_case!", "C#, C++ & R&D: 2 * 3, snake_case!"),
        ("p < 0.05 (a|b) 1.5 \\alpha", "p < 0.05 (a|b) 1.5 \\alpha"),
        ("*a* _b_ `c`", r"\*a\* \_b\_ \`c\`"),
        ("![a](b) [1]", r"!\[a\](b) \[1\]"),
        ("<b> &amp; \\* \\", r"\<b> \&amp; \\\* \\"),
        ("1. a\n12) b\n2020 c", "1\\. a\n12\\) b\n2020 c"),
        ("# a\n#b\n> c\n- d\n+ e\n-f", "\\# a\n#b\n\\> c\n\\- d\n\\+ e\n-f"),
        ("a\n===\nb\n---\na|b\n|-|-|", "a\n\\===\nb\n\\---\na|b\n\\|-|-|"),
        ("~~~\n    a  \n\n\tb", "\\~~~\na\n\nb"),
        ("$5 and $10", r"\$5 and \$10"),
        ("$x_1$, $a*b*c$ and $$[y]$$", "$x_1$, $a*b*c$ and $$[y]$$"),
        ("$a\nb$", "\\$a\nb\\$"),
        ("$a$b$", r"$a$b\$"),
        (r"\$a$ \\$b$", r"\\\$a\$ \\\\$b$"),
    ],
)
def test_escapes_only_markup(text, source):
    assert escape(text) == source


def test_escaped_text_with_formulas_renders_them():
    assert render(escape("a_b $x$ for $5 $x$")) == f"<p>a_b {X} for $5 {X}</p>"


@quick
@given(sources.map(lambda text: text.replace("$", "")))
def test_escaped_text_comes_back(text):
    text = richtext.UNSTORABLE.sub("", text)
    assert plain(escape(text)) == " ".join(text.split())


@quick
@given(sources)
def test_escaped_text_has_no_markup_but_formulas(text):
    types = {token.type for token in richtext.MARKDOWN.parse(escape(text))}
    assert types <= {"paragraph_open", "inline", "paragraph_close", "math_block"}


# Links


@pytest.mark.parametrize(
    ("label", "url", "source"),
    [
        ("a", "https://x.org/y_z", "[a](https://x.org/y_z)"),
        ("a] *b*\n\nc", "http://x", r"[a\] \*b\* c](http://x)"),
        ("$[0,1[$", "http://x", "[$[0,1[$](http://x)"),
        ("a", "http://x/(y z)", "[a](<http://x/(y z)>)"),
        ("a", "http://x/>)\n\\ <y", "[a](<http://x/%3E)%0A%5C %3Cy>)"),
        ("a", "http://x?a&copy;", r"[a](http://x?a\&copy;)"),
        (" ", "mailto:a_@b.de", r"[mailto:a\_@b.de](mailto:a_@b.de)"),
        ("[a]", "javascript:alert(1)", r"\[a\]"),
        ("a", "//host", "a"),
    ],
)
def test_writes_links(label, url, source):
    assert link(label, url) == source


def test_link_renders_with_its_address():
    html = render(link("a [b]", "http://x/(y z)?a&copy;"))
    assert html == f"<p>{A.format('http://x/(y%20z)?a&amp;copy;', 'a [b]')}</p>"


@quick
@given(sources, sources)
def test_link_keeps_label_and_address_apart(label, rest):
    html = render_inline(link(f"a{label}", f"http://x/{rest}") + " b")
    assert_safe(html)
    assert html.startswith('<a href="http://x/')
    assert html.endswith("</a> b")
    assert html.count("<a ") - html.count("<a rel=") == 1
