"""arXiv ids, DOIs and landing pages as texts and addresses print them, normalised."""

import re
from urllib.parse import parse_qs, unquote, urlsplit

_NEW = r"\d{4}\.\d{4,5}(?!\d)"  # since April 2007; arxiv.org/help/arxiv_identifier
# The archives that ids were given in before, with the subjects some of them had.
_ARCHIVES = (
    r"(?:astro-ph|cond-mat|gr-qc|hep-(?:ex|lat|ph|th)|math-ph|nlin|nucl-(?:ex|th)"
    r"|physics|quant-ph|math|cs|q-bio|q-fin|stat|acc-phys|adap-org|alg-geom|ao-sci"
    r"|atom-ph|bayes-an|chao-dyn|chem-ph|cmp-lg|comp-gas|dg-ga|funct-an|mtrl-th"
    r"|patt-sol|plasm-ph|q-alg|solv-int|supr-con)"
)
_OLD = rf"{_ARCHIVES}(?:\.[A-Z]{{2}})?/\d{{7}}(?!\d)"
# arXiv's own pages, and those of its readers ar5iv and alphaXiv.
_PAGE = (
    r"(?:arxiv|ar5iv|alphaxiv)(?:\.labs\.arxiv)?\.org/"
    r"(?:abs|pdf|html|e-print|format|ps|overview)/"
)
_WORD = r"\barxiv(?:\s+preprint|\s+e-?prints?)?\s{0,3}[.:/]?\s{0,3}"
ARXIV = re.compile(
    rf"(?:{_PAGE}|{_WORD}|10\.48550/arxiv\.)({_NEW}|{_OLD})|(?<![\w/.-])({_OLD})",
    re.IGNORECASE,
)
# "<" belongs to a DOI only as publishers of the nineties used it:
# 10.1002/(SICI)1097-4636(199823)43:4<443::AID-JBM13>3.0.CO;2-5
DOI = re.compile(
    r"\b10\.\d{4,9}/(?:[^\s\"“”<>\[\]{}|\\^?#&]|<\d+:[\w:.-]{1,40}>(?=\d))+"
)
# What publishers put behind the DOI in their own addresses.
AFTER_DOI = re.compile(r"/(?:full|pdf|epdf|abstract|html|meta)$|\.pdf$")


def arxiv_id(text: str) -> str:
    """The first arXiv id in ``text`` without version, or ""."""
    match = ARXIV.search(text)
    # "math.ST/0508276" is also known as "math/0508276".
    return re.sub(r"\.[a-z]+/", "/", (match[1] or match[2]).lower()) if match else ""


def doi(text: str) -> str:
    """The first DOI in ``text``, small letters, without trailing punctuation,
    or "". The DOIs that arXiv gives its papers are arXiv ids, not DOIs."""
    for match in DOI.finditer(unquote(text)):
        found = match[0].rstrip(".,;:'’\"*").lower()
        while found.endswith(")") and found.count(")") > found.count("("):
            found = found[:-1].rstrip(".,;")
        found = AFTER_DOI.sub("", found)
        if not found.startswith("10.48550/"):
            return found
    return ""


# Host, path and landing page of the places that give no DOI. The path is matched whole
# and without its ending; "\g<name>" is what stood there.
_LANDING = [
    (
        r"proceedings\.mlr\.press|jmlr\.org/proceedings/papers",
        r"/(?P<volume>v\d+)/(?P<name>[\w-]+)(?:/(?P=name))?(?:-supp)?",
        r"https://proceedings.mlr.press/\g<volume>/\g<name>.html",
    ),
    (
        r"jmlr\.org|jmlr\.csail\.mit\.edu",
        r"/papers/(?:volume)?v?(?P<volume>\d+)/(?P<name>[\w-]+)(?:/(?P=name))?",
        r"https://jmlr.org/papers/v\g<volume>/\g<name>.html",
    ),
    (
        r"(?:papers|proceedings)\.(?:nips|neurips)\.cc",
        r"/paper(?:_files/paper)?/(?P<year>\d{4})/(?:hash|file)/(?P<hash>[0-9a-f]{8,64})"
        r"-(?:Abstract|Paper|Supplemental|Bibtex|Metadata|Review\w*|AuthorFeedback)"
        r"(?P<track>-Conference|-Datasets_and_Benchmarks\w*)?",
        r"https://proceedings.neurips.cc/paper_files/paper/\g<year>/hash/\g<hash>-Abstract\g<track>.html",
    ),
    (
        r"papers\.(?:nips|neurips)\.cc",
        r"/paper/(?P<number>\d+)-(?P<name>[\w-]+)",
        r"https://papers.nips.cc/paper/\g<number>-\g<name>",
    ),
    (
        r"aclanthology\.org|(?:aclweb\.org|aclanthology\.info|aclanthology\.coli\.uni-saarland\.de)"
        r"/(?:anthology(?:-new)?|papers)",
        r"(?:/[A-Z]/[A-Z]\d{2})?/(?P<name>[A-Za-z]\d{2}-\d{4,5}|\d{4}\.[\w-]+\.\d+)(?:v\d)?/?(?:(?P=name))?",
        r"https://aclanthology.org/\g<name>/",
    ),
]
LANDING = [
    (re.compile(rf"(?:{host}){path}", re.IGNORECASE), page)
    for host, path, page in _LANDING
]
ENDING = re.compile(r"(?:\.(?:pdf|html?|bib|ps(?:\.gz)?))?/?$", re.IGNORECASE)


def landing_page(url: str) -> str:
    """The page that OpenReview, PMLR, JMLR, NeurIPS or the ACL Anthology has for the
    paper at ``url``, be that its page or its PDF; "" for all other addresses."""
    try:
        parts = urlsplit(url.strip() if "://" in url else f"https://{url.strip()}")
    except ValueError:
        return ""
    host = (parts.hostname or "").removeprefix("www.")
    if host == "openreview.net" and re.match(
        r"/(?:forum|pdf|attachment|references/pdf)$", parts.path
    ):
        ids = parse_qs(parts.query).get("id", [""])
        return f"https://openreview.net/forum?id={ids[0]}" if ids[0] else ""
    place = host + ENDING.sub("", parts.path)
    for pattern, page in LANDING:
        if match := pattern.fullmatch(place):
            return match.expand(page)
    return ""
