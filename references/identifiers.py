"""arXiv ids and DOIs as texts and addresses print them, normalised."""

import re
from urllib.parse import unquote

_NEW = r"\d{4}\.\d{4,5}(?!\d)"  # since April 2007; arxiv.org/help/arxiv_identifier
_OLD = r"[a-z][a-z-]+(?:\.[A-Z]{2})?/\d{7}"
ARXIV = re.compile(
    rf"(?:arxiv(?:\.org/(?:abs|pdf|html|e-print)/|\s*[.:]\s*|\s+)|10\.48550/arxiv\.)"
    rf"\s*({_NEW}|{_OLD})(?:v\d+)?",
    re.IGNORECASE,
)
DOI = re.compile(r"\b(10\.\d{4,9}/[^\s\"<>\[\]{}|\\^?#&]+)")


def arxiv_id(text: str) -> str:
    """The first arXiv id in ``text`` without version, or ""."""
    match = ARXIV.search(text)
    # "math.ST/0508276" is also known as "math/0508276".
    return re.sub(r"\.[a-z]+/", "/", match[1].lower()) if match else ""


def doi(text: str) -> str:
    """The first DOI in ``text``, small letters, without trailing punctuation,
    or "". The DOIs that arXiv gives its papers are arXiv ids, not DOIs."""
    for match in DOI.finditer(unquote(text)):
        found = match[1].rstrip(".,;:'\"").lower()
        while found.endswith(")") and found.count(")") > found.count("("):
            found = found[:-1].rstrip(".,;")
        if not found.startswith("10.48550/"):
            return found
    return ""
