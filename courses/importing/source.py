"""Bytes of a page -> its text, or a refusal in one sentence."""

import codecs
import re
from collections import Counter

# Real course pages seen so far have up to 130,000 bytes, 3,000 tags and a depth of 11.
MAX_BYTES = 2_000_000
MAX_TAGS = 60_000
MAX_DEPTH = 400
CLOSES_ITSELF = frozenset(
    "p li dt dd tr td th thead tbody tfoot option colgroup "
    "br hr img input meta link area base col embed source track wbr param".split()
)
SIGNATURES = {
    b"%PDF": "a PDF file",
    b"PK\x03\x04": "a ZIP archive or an Office document",
    b"\x89PNG": "an image",
    b"\xff\xd8\xff": "an image",
    b"GIF8": "an image",
    b"\x1f\x8b": "a compressed file",
}
BOMS = [
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
]
DECLARED = re.compile(rb"""<meta[^>]{0,200}charset\s*=\s*["']?\s*([\w.:-]+)""", re.I)
# What a page says of itself is older than what editors save: superset first.
WIDER = {
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "iso-8859-1": "cp1252",
    "latin-1": "cp1252",
    "ascii": "cp1252",
    "big5": "big5hkscs",
}
# Browsers read a comment that is never closed up to the end of the page.
COMMENT = re.compile(r"(?s)<!--(?:-?>|.*?(?:--!?>|\Z))")
TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]*)")
PYTHON_ONLY = "idna punycode undefined unicode_escape raw_unicode_escape".split()
MARKDOWN = re.compile(r"(?m)^(?:---\s*$|#{1,4} |[-*] \[|\w[\w-]*:\s)")


class PageRefused(Exception):
    """The page cannot be imported; the message says what was found and what
    to do, in one sentence."""


def text_of(data: bytes) -> str:
    """The text of an HTML page; raise PageRefused for anything else.

    The bytes decide the encoding: a UTF-8 page that declares gb2312 is UTF-8.
    """
    if not data.strip():
        raise PageRefused("The file is empty; give the saved HTML page.")
    if len(data) > MAX_BYTES:
        raise PageRefused(
            f"The file has {len(data):,} bytes, more than the {MAX_BYTES:,} of the "
            "largest page taken; give the HTML of one course page."
        )
    for signature, what in SIGNATURES.items():
        if data.startswith(signature):
            raise PageRefused(
                f"The file is {what}, not HTML; give the saved HTML page."
            )
    text = _decode(data)
    if "\0" in text:
        raise PageRefused("The file is binary, not HTML; give the saved HTML page.")
    tags = TAG.findall(without_comments(text))
    if not any(
        name.lower() in ("table", "body", "html", "div", "p") for _, name in tags
    ):
        what = "Markdown or YAML" if MARKDOWN.search(text) else "plain text"
        raise PageRefused(
            f"The file looks like {what}, which cannot be imported yet; "
            "give the HTML page it is shown as."
        )
    if text.startswith("---") and re.search(r"(?m)^(?:layout|title):", text[:2000]):
        raise PageRefused(
            "The file is the Markdown source of a page (it begins with a YAML head), "
            "which cannot be imported yet; give the HTML page it is shown as."
        )
    if len(tags) > MAX_TAGS:
        raise PageRefused(
            f"The page has {len(tags):,} tags, more than the {MAX_TAGS:,} of the "
            "largest page taken; give the HTML of one course page."
        )
    _refuse_deep_nesting(tags)
    return text


def without_comments(html: str) -> str:
    """``html`` without its comments."""
    return COMMENT.sub("", html)


def _decode(data):
    for bom, encoding in BOMS:
        if data.startswith(bom):
            try:
                return data.decode(encoding)
            except UnicodeDecodeError:
                raise PageRefused(
                    f"The file begins as {encoding} and then is not; "
                    "save it again as UTF-8."
                ) from None
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        pass
    declared = DECLARED.search(data[:4096])
    name = declared[1].decode("ascii").lower() if declared else ""
    if name in ("utf-8", "utf8"):
        damaged = data.decode("utf-8", "replace")
        if damaged.count("\ufffd") * 200 <= len(damaged):
            return damaged
        raise PageRefused(
            "The page declares UTF-8 and is something else; save it again as UTF-8."
        )
    try:
        if name not in PYTHON_ONLY:
            return data.decode(WIDER.get(name, name or "cp1252"))
        found = f"declares the encoding “{name}”, which no page has"
    except LookupError:
        found = f"declares the encoding “{name}”, which is unknown"
    except UnicodeError:
        found = f"is neither UTF-8 nor {name or 'Windows-1252'}"
    raise PageRefused(f"The page {found}; save it again as UTF-8.")


def _refuse_deep_nesting(tags):
    is_open, depth = Counter(), 0
    for slash, name in tags:
        name = name.lower()
        if name in CLOSES_ITSELF:
            continue
        if slash and not is_open[name]:
            continue
        change = -1 if slash else 1
        is_open[name] += change
        depth += change
        if depth > MAX_DEPTH:
            raise PageRefused(
                f"The page nests tags such as <{name}> more than {MAX_DEPTH} deep, "
                "which no course page does; give the HTML page as its author wrote it."
            )
