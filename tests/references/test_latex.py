import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from references import latex


def words(text):
    return latex.plain(latex.decode(text))


@pytest.mark.parametrize(
    ("text", "read"),
    [
        (r"{\"U}ber \'{\i}t{\c c}{\v{s}}\o\ss{} \AA{} {\aa}", "Über ítçšøß Å å"),
        (r"\'{e}\`a\^{o}\~n\=u\.z\u{g}\H{o}\k{a}\r{u}\d{s}", "éàôñūżğőąůṣ"),
        (r"Kl\''ugel", "Klügel"),
        (r"Erd\H os, Ren\'e~X", "Erdős, René X"),
        ("``A'' --- 1--2 don't ?`Qu\\'e? !`", "“A” — 1–2 don't ¿Qué? ¡"),
        (r"50\% \& \#1 \_x\_ \{a\} \$5 50% & #1", "50% & #1 _x_ {a} $5 50% & #1"),
        (r"costs $5 and $6", "costs $5 and $6"),
        (r"\emph{a} {\bf b} \textbf{c {d}} {\em e}", "a b c d e"),
        (r"\textasciitilde{}a\textbackslash b\textbraceleft", r"~a\b{"),
        (r"{\sc DNA} {\TeX} \LaTeX", "DNA TeX LaTeX"),
        (r"\url{http://a.org/~b_c--d%20} and http://a.org/e\_f~g",
         "http://a.org/~b_c--d%20 and http://a.org/e_f~g"),
        (r"\href{http://a.org/b\_c}{here}", "here (http://a.org/b_c)"),
        (r"\href{javascript:alert(1)}{here}", "here"),
        (r"{\noopsort{1973b}}1973", "1973"),
        (r"{\apj} \aap", "ApJ A&A"),
        (r"\unknown{x} {\unknown} \unknown", "x unknown unknown"),
        ("{{Double}} {}{ } braces}", "Double braces"),
        ("a\x00b\n c\u00a0d", "a b c d"),
    ],
)  # fmt: skip
def test_decodes_to_words(text, read):
    assert words(text) == read


@pytest.mark.parametrize(
    ("text", "read"),
    [
        (r"The $O(n \log n)$ way", r"The $O(n \log n)$ way"),
        (r"\(x_{1}\) and $$ y $$", "$x_{1}$ and $$y$$"),
        (r"\ensuremath{\alpha}-stable", r"$\alpha$-stable"),
        (r"10$^{-3}$ and $ x $2", "$10^{-3}$ and $x2$"),
        (r"${p}$-adic {$H$}", "${p}$-adic $H$"),
        (r"open $x", "open $x"),
    ],
)
def test_keeps_formulas(text, read):
    assert words(text) == read


def test_collects_the_commands_it_does_not_know():
    unknown = set()
    latex.decode(r"\emph{a} \strange{b} {\odd}", unknown)
    assert unknown == {r"\strange", r"\odd"}


def test_escapes_what_latex_would_not_print():
    text = latex.encode(latex.mark(r"a & b % $ # _ { } ~ ^ \ -- '' $x_1$"))
    assert text == (
        r"a \& b \% \$ \# \_ \textbraceleft{} \textbraceright{} \textasciitilde{} "
        r"\textasciicircum{} \textbackslash{} -{}- '{}' $x_1$"
    )


def test_protects_words_that_a_style_would_make_small():
    assert latex.protect("The DNA of McX $ABC$ \\{É") == "The {DNA} of {McX} $ABC$ \\{É"


@pytest.mark.parametrize(
    ("text", "balanced"),
    [
        ("a{b}c", "a{b}c"),
        ("}a{", "a"),
        ("{a{b}", "a{b}"),
        (r"a\{b", "ab"),
        ("{" * 51 + "a" + "}" * 51, "a"),
    ],
)
def test_drops_braces_without_partner(text, balanced):
    assert latex.balanced(text) == balanced


@pytest.mark.parametrize(
    "part",
    r"{ } {} {{ \ $ $a\$ $5 \' \'{ \href{ {\'{ \noopsort{ https:// ~ -- ` 5 aB".split(),
)
def test_takes_time_in_proportion_to_length(part):
    text = part * (40_000 // len(part))
    started = time.process_time()
    marked = latex.decode(text)
    latex.encode(latex.protect(latex.mark(latex.plain(marked))))
    assert time.process_time() - started < 5


TEXT = st.text(
    st.characters(categories="LMNPSZ") | st.sampled_from("\\{}$%&#_^~\"'`-!? a0i")
)


@given(TEXT)
def test_words_are_the_same_after_encoding_property(text):
    text = " ".join(text.split())
    assert words(latex.encode(latex.mark(text))) == text


@given(TEXT)
def test_decodes_anything_to_marked_text_property(text):
    marked = latex.decode(text)
    assert latex.is_balanced(latex.encode(marked))
    assert words(latex.encode(latex.mark(words(text)))) == words(text)
