"""Markdown with TeX formulas: to safe HTML, to plain text, and from plain text.

Nothing here needs Django: text in, text out. Formulas are ``$inline$`` or
``$$display$$`` and become MathML. ``render`` and ``render_inline`` return HTML that
may be stored and shown as it is: it has only the tags and attributes named in
``CLEANER``, and of classes only those a style sheet has to know:

- ``math`` (a displayed formula), ``math-core-error`` (one that does not parse),
  ``math-core-serif-font``, ``math-core-sans-serif-font`` (its text in that font);
- ``align-left``, ``align-center``, ``align-right`` in tables and formulas;
- in formulas ``flush-left`` and ``flush-right`` (no padding there), ``math-gap``,
  ``math-wide``, ``math-fill``, ``math-indent`` (widths of numbered equations),
  ``rule-left``, ``rule-right``, ``rule-top`` (lines of an array).
"""

import re
from collections.abc import Iterator
from html import escape as escape_html
from urllib.parse import quote

import nh3
from markdown_it import MarkdownIt
from math_core import LatexToMathML
from mdit_py_plugins.dollarmath.index import math_block_dollar

MAX_FORMULA_LENGTH = 2000  # ten times as many nested roots crash math-core
SCHEMES = {"http", "https", "mailto"}
ADDRESS = re.compile(r"(?:https?://(?!/)|mailto:)", re.IGNORECASE)
# What no database and no HTML takes: NUL, and halves of surrogate pairs.
UNSTORABLE = re.compile(r"[\x00\ud800-\udfff]")

# Prices stay text: no space inside the dollar signs, no digit outside.
FORMULA = re.compile(
    r"\$\$(?P<display>(?:[^\\$]|\\.)+)\$\$"
    r"|(?<!\d)\$(?!\s)(?P<inline>(?:[^\\$]|\\.)+)(?<!\s)\$(?!\d)",
    re.DOTALL,
)
ENTITY = re.compile(r"&(?=#?[A-Za-z0-9]+;)")
MARKUP = re.compile(
    rf"(?P<formula>{FORMULA.pattern})"
    r"|\\[\\$]|\\(?=[!-/:-@\[-`{-~]|$)"  # else a backslash stands for itself
    r"|[`\[\]$]"
    r"|(?<! )\*|\*(?! )"  # 2 * 3 is no emphasis,
    r"|(?<![^\W_])_|_(?![^\W_])"  # nor is snake_case
    r"|<(?=\S)"
    rf"|{ENTITY.pattern}"
)
# Where a backslash keeps a line from starting a list, heading, quote, table, ...
BLOCK_START = re.compile(
    r"^(?:[0-9]{1,9}(?=[.)](?:\s|$))"
    r"|(?=[-+](?:\s|$)|#{1,6}(?:\s|$)|>|~~~|[-=:|][-=:|\s]*$))"
)

STYLED_TAG = re.compile(r'<(mtable|mtd|td|th)\b([^<>]*?) style="([^"]*)"')
CLASSES = {
    "text-align:left": "align-left",
    "text-align:center": "align-center",
    "text-align:right": "align-right",
    "padding-left:0": "flush-left",
    "padding-right:0": "flush-right",
    "padding-left:1em": "math-gap",
    "width:100%": "math-wide",
    "width:50%": "math-fill",
    "width:7.5%": "math-indent",
    **{
        f"border-{side}:0.05em{line}currentcolor": f"rule-{side}"
        for side in ("left", "right", "top")
        for line in ("solid", "dashed")
    },
}
CELL_CLASSES = set(CLASSES.values())
SPAN_CLASSES = {
    "math-core-error",
    "math-core-sans-serif-font",
    "math-core-serif-font",
}

# One name a line would be seventy lines.
# fmt: off
TEXT_TAGS = {
    "a", "b", "blockquote", "br", "code", "div", "em", "h3", "h4", "h5", "h6", "hr",
    "i", "li", "ol", "p", "pre", "span", "strong", "table", "tbody", "td", "th",
    "thead", "tr", "ul",
}
MATH_TAGS = {
    "math", "menclose", "merror", "mfrac", "mi", "mmultiscripts", "mn", "mo",
    "mover", "mpadded", "mphantom", "mprescripts", "mroot", "mrow", "ms", "mspace",
    "msqrt", "mstyle", "msub", "msubsup", "msup", "mtable", "mtd", "mtext", "mtr",
    "munder", "munderover",
}
MATH_ATTRIBUTES = {
    "accent", "accentunder", "display", "displaystyle", "height", "linethickness",
    "lspace", "mathvariant", "maxsize", "minsize", "movablelimits", "notation",
    "rspace", "scriptlevel", "stretchy", "symmetric", "voffset", "width",
}
# fmt: on
CLEANER = nh3.Cleaner(
    tags=TEXT_TAGS | MATH_TAGS,
    attributes={tag: MATH_ATTRIBUTES for tag in MATH_TAGS}
    | {"a": {"href", "title"}, "ol": {"start"}, "span": {"title"}},
    allowed_classes={
        "div": {"math"},
        "span": SPAN_CLASSES,
        **dict.fromkeys(("mtable", "mtd", "td", "th"), CELL_CLASSES),
    },
    url_schemes=SCHEMES,
    url_relative="deny",
    link_rel="nofollow noopener",
)

# No macros: 30 MB of MathML can be had from one \newcommand in 500 characters.
TEX = LatexToMathML(continue_on_error=True, fancy_error=False, max_expansions=0)


def render(source: str) -> str:
    """Safe HTML of a Markdown text; "" if there is nothing in it."""
    return _cleaned(MARKDOWN.render(_storable(source)))


def render_inline(source: str) -> str:
    """Safe HTML of one line, for inside a paragraph, heading or link-free label."""
    return _cleaned(MARKDOWN.renderInline(" ".join(_storable(source).split())))


def plain(source: str) -> str:
    """The words of a Markdown text in one line: no markup, formulas as TeX."""
    return " ".join(" ".join(_words(MARKDOWN.parse(_storable(source)))).split())


def escape(text: str) -> str:
    """Markdown that renders as exactly ``text``, but with its formulas as formulas.

    A formula opens and closes on one line; all other dollar signs stay dollar signs.
    White space at both ends of a line is dropped: indentation means code.
    """
    lines = [line.strip() for line in _storable(text).splitlines()]
    return "\n".join(_escaped_line(line) for line in lines).strip()


def link(label: str, url: str) -> str:
    """Markdown link with ``label``, plain text, or ``url`` itself if that is blank.

    An address other than http, https or mailto gives the label alone.
    """
    url = _storable(url).strip()
    label = escape(" ".join((label if label.strip() else url).split()))
    if not ADDRESS.match(url):
        return label
    address = re.sub(r"[^\S ]|[\x00-\x1f\x7f<>\\]", lambda bad: quote(bad[0]), url)
    address = ENTITY.sub(r"\\&", address)
    if re.search(r"[ ()]", address):
        address = f"<{address}>"
    return f"[{label}]({address})"


def _storable(text: str) -> str:
    return UNSTORABLE.sub("", text)


def _cleaned(html: str) -> str:
    return CLEANER.clean(STYLED_TAG.sub(_with_classes, html)).strip()


def _with_classes(match: re.Match) -> str:
    """The start of a tag with classes for its styles, which the CSP would block."""
    tag, attributes, style = match.groups()
    declarations = style.replace(" ", "").split(";")
    classes = " ".join(CLASSES[each] for each in declarations if each in CLASSES)
    return f'<{tag}{attributes} class="{classes}"' if classes else f"<{tag}{attributes}"


def _words(tokens) -> Iterator[str]:
    for token in tokens:
        if token.type == "inline":
            yield "".join(
                " " if child.type in ("softbreak", "hardbreak") else child.content
                for child in token.children
            )
        else:
            yield token.content


def _escaped_line(line: str) -> str:
    line = MARKUP.sub(
        lambda match: match["formula"] or "".join(f"\\{char}" for char in match[0]),
        line,
    )
    return BLOCK_START.sub(r"\g<0>\\", line)


def _mathml(tex: str, display: bool) -> str:
    if len(tex) > MAX_FORMULA_LENGTH:
        return f"<code>{escape_html(tex)}</code>"
    mathml = TEX.convert_with_local_state(tex, displaystyle=display)
    if display and not mathml.startswith("<math"):
        # The error message of a displayed formula is a p, which cannot be in a p.
        return TEX.convert_with_local_state(tex, displaystyle=False)
    return mathml


def _inline_formula(state, silent):
    """Rule for formulas in a line, in place of the one in mdit_py_plugins.

    That one takes the last character for the one before the first, so that
    ``$k$-means in 2025`` has no formula; and it knows no ``$$`` in a line.
    """
    match = FORMULA.match(state.src, state.pos, state.posMax)
    if not match:
        return False
    if not silent:
        token = state.push("formula", "math", 0)
        token.content = (match["display"] or match["inline"]).strip()
        token.meta = {"display": bool(match["display"])}
    state.pos = match.end()
    return True


_lines_of_formula = math_block_dollar(allow_labels=False, allow_blank_lines=False)


def _block_formula(state, start, end, silent):
    """Rule for formulas on lines of their own, not for ``$$a$$ and $$b$$``."""
    line = state.src[state.bMarks[start] : state.eMarks[start]]
    return line.count("$$") <= 2 and _lines_of_formula(state, start, end, silent)


def _render_formula(renderer, tokens, index, options, env):
    return _mathml(tokens[index].content, tokens[index].meta["display"])


def _render_block_formula(renderer, tokens, index, options, env):
    return f'<div class="math">{_mathml(tokens[index].content.strip(), True)}</div>\n'


def _lower_headings(state):
    """``#`` is an h3: the page itself has h1 and h2."""
    for token in state.tokens:
        if token.type in ("heading_open", "heading_close"):
            token.tag = f"h{min(int(token.tag[1]) + 2, 6)}"


def _markdown() -> MarkdownIt:
    markdown = MarkdownIt("commonmark", {"html": False})
    markdown.enable("table").disable("image")
    markdown.validateLink = lambda url: bool(ADDRESS.match(url))
    markdown.core.ruler.push("lower_headings", _lower_headings)
    markdown.inline.ruler.before("escape", "formula", _inline_formula)
    markdown.block.ruler.before("fence", "math_block", _block_formula)
    markdown.add_render_rule("formula", _render_formula)
    markdown.add_render_rule("math_block", _render_block_formula)
    return markdown


MARKDOWN = _markdown()
