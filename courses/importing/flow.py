"""A tree of tags -> lines of words and links, which is how people read it.

Course pages use tags loosely: labels inside or outside list items, lists in
lists without items, rows that were never opened. What survives all of that is
the order of the lines, and where a list item or a list begins.
"""

import re
from collections import Counter
from dataclasses import dataclass, field
from html import unescape

from selectolax.lexbor import LexborHTMLParser

from .source import without_comments

BLOCKS = frozenset(
    "address article aside blockquote body caption center dd details div dl dt "
    "fieldset figcaption figure footer form h1 h2 h3 h4 h5 h6 header hr html li main "
    "nav ol p pre section summary table tbody td tfoot th thead tr ul".split()
)
LISTS = frozenset(("ul", "ol", "dl"))
ITEMS = frozenset(("li", "dd", "dt"))
HEADINGS = frozenset(("h1", "h2", "h3", "h4", "h5", "h6"))
SILENT = frozenset(
    "script style template head title noscript iframe object svg math button select "
    "textarea".split()
)
BOLD = frozenset(("b", "strong", "th", *HEADINGS))
ITALIC = frozenset(("i", "em", "cite"))
HREF = re.compile(
    r"""<a\b[^>]*?\shref(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s>]*))|(?=[\s/>]))""",
    re.IGNORECASE,
)
SPACE = re.compile(r"\s+")


@dataclass(frozen=True)
class Link:
    """One ``a href`` of the page. ``index`` counts them in document order."""

    index: int
    address: str
    label: str
    is_bold: bool = False


@dataclass(frozen=True)
class Words:
    text: str
    is_bold: bool = False
    is_italic: bool = False


@dataclass
class Line:
    """A run of words and links up to a line or block end.

    ``item`` numbers the list item it stands in (0: none), ``starts_item`` and
    ``starts_list`` tell whether it is the first of one; ``heading`` is 1 to 6
    or 0; ``at`` is the number of the element it stands in.
    """

    pieces: list = field(default_factory=list)
    item: int = 0
    starts_item: bool = False
    starts_list: bool = False
    heading: int = 0

    @property
    def text(self):
        """The words and link labels, spaces squeezed."""
        return squeeze("".join(text_of(piece) for piece in self.pieces))

    @property
    def links(self):
        return [piece for piece in self.pieces if isinstance(piece, Link)]


def text_of(piece):
    return piece.label if isinstance(piece, Link) else piece.text


def squeeze(text):
    """``text`` with each run of white space as one space, none at the ends."""
    return " ".join(text.split())


def parse(html):
    """The repaired tree of a page, as browsers repair it (WHATWG HTML)."""
    return LexborHTMLParser(html)


def children(node):
    """The child nodes of ``node`` in order, comments left out."""
    child = node.child
    while child is not None:
        if child.tag not in ("-comment", "_comment"):
            yield child
        child = child.next


def is_element(node):
    return not node.tag.startswith("-")


class LinkIndex:
    """The links of a tree, numbered in document order."""

    def __init__(self, tree, html):
        self._by_node = {}
        self.all = []
        printed = Counter(_addresses(html))
        for node in tree.css("a[href]"):
            address = (node.attributes.get("href") or "").strip()
            if printed[address] == 0 and address in printed:
                continue  # repairing repeats a link that was never closed
            printed[address] -= 1
            link = Link(
                index=len(self.all),
                address=address,
                label=self._label(node),
                is_bold=_has_bold(node),
            )
            self.all.append(link)
            self._by_node[node.mem_id] = link

    def _label(self, node):
        words = " ".join(line.text for line in lines(list(children(node)), self))
        images = (img.attributes.get("alt") or "" for img in node.css("img"))
        return squeeze(words or " ".join(images))

    def of(self, node):
        """The Link of an ``a`` node, or None where it has no href."""
        return self._by_node.get(node.mem_id)


def _addresses(html):
    """The addresses of all link tags in the source outside comments."""
    for match in HREF.finditer(without_comments(html)):
        yield unescape(match[1] or match[2] or match[3] or "").strip()


def _has_bold(node):
    return any(is_element(child) and child.tag in BOLD for child in children(node))


def lines(nodes, links, skip=()):
    """The non-empty lines of ``nodes`` (a node or several), in order.

    ``skip`` holds the ``mem_id`` of elements to leave out. Iterative: pages
    may nest as deep as they like.
    """
    nodes = nodes if isinstance(nodes, (list, tuple)) else [nodes]
    flow = _Flow()
    stack = [("enter", node, False, False) for node in reversed(nodes)]
    while stack:
        act, node, bold, italic = stack.pop()
        tag = node.tag
        if act == "leave":
            flow.close(tag)
            continue
        if tag == "-text":
            flow.add(Words(SPACE.sub(" ", node.text_content or ""), bold, italic))
            continue
        if not is_element(node) or tag in SILENT or node.mem_id in skip:
            continue
        if tag == "br":
            flow.break_line()
            continue
        if tag == "a" and (link := links.of(node)):
            flow.add(Link(link.index, link.address, link.label, bold or link.is_bold))
            continue
        if tag == "img":
            continue
        if tag in BLOCKS:
            flow.open(tag)
            stack.append(("leave", node, bold, italic))
        bold, italic = bold or tag in BOLD, italic or tag in ITALIC
        stack += [
            ("enter", child, bold, italic) for child in reversed(list(children(node)))
        ]
    flow.break_line()
    return flow.lines


class _Flow:
    def __init__(self):
        self.lines = []
        self._line = Line()
        self._items = [0]
        self._n_items = 0
        self._heading = 0

    def add(self, piece):
        self._line.pieces.append(piece)

    def break_line(self):
        """End the line; what it starts passes to the next if it is empty."""
        line = self._line
        if line.text or line.links:
            self.lines.append(line)
            self._line = Line()
        else:
            self._line = Line(
                starts_item=line.starts_item, starts_list=line.starts_list
            )
        self._line.item = self._items[-1]
        self._line.heading = self._heading

    def open(self, tag):
        self.break_line()
        if tag in ITEMS:
            self._n_items += 1
            self._items.append(self._n_items)
            self._line.item, self._line.starts_item = self._n_items, True
        elif tag in LISTS:
            self._line.starts_list = True
        elif tag in HEADINGS:
            self._line.heading = self._heading = int(tag[1])

    def close(self, tag):
        self.break_line()
        if tag in ITEMS:
            self._items.pop()
        elif tag in HEADINGS:
            self._heading = 0
        if tag in ITEMS or tag in LISTS or tag in HEADINGS:
            self._line = Line(item=self._items[-1], heading=self._heading)
