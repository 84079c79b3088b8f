import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from selectolax.lexbor import LexborHTMLParser

from references import csl
from references.work import MAX_BYTES, MAX_ENTRIES, Problem, Work, one_line

VAART = "van der Vaart, Aad W."
KING = "King Jr., Jean-Luc"
WORKS = {
    "article": Work(
        title="Prevalence of collapse in ImageNet models",
        authors=[VAART, KING, "王, 小明"],
        year=2020,
        venue="Annals of Examples",
        kind="article",
        volume="117",
        number="40",
        pages="24652--24663",
        doi="10.1073/pnas.2015509117",
        url="https://example.org/unused",
        other_fields={"month": "oct"},
    ),
    "inproceedings": Work(
        title="Is deep learning robust?",
        authors=[VAART, KING],
        year=2018,
        venue="Proceedings of the Example Conference",
        kind="inproceedings",
        pages="9--20",
        publisher="Example Press",
        url="https://example.org/p?a=1&b=2",
        other_fields={"editor": "Ann Lee", "address": "Montr{\\'e}al"},
    ),
    "book": Work(
        title="The elements of examples",
        authors=[VAART, KING],
        year=2009,
        kind="book",
        publisher="Example Press",
        other_fields={"edition": "2", "address": "New York"},
    ),
    "incollection": Work(
        title="Bagging and boosting",
        authors=[VAART],
        year=2009,
        venue="Handbook of Examples",
        kind="incollection",
        pages="1--20",
        publisher="Example Press",
        other_fields={"editor": "Lee, Ann and Bo, Ada"},
    ),
    "thesis": Work(
        title="Deep examples",
        authors=[KING],
        year=2015,
        kind="thesis",
        entry_type="phdthesis",
        publisher="Example University",
    ),
    "preprint": Work(
        title="Tangent kernels: theory and practice",
        authors=[VAART, KING],
        year=2018,
        venue="arXiv preprint arXiv:1806.07572",
        kind="preprint",
        arxiv_id="1806.07572",
    ),
    "report": Work(
        title="Attention and memory",
        authors=[VAART],
        year=2012,
        kind="report",
        number="TR-12",
        publisher="Example Institute",
        other_fields={"month": "5"},
    ),
    "web page": Work(
        title="The bitter lesson",
        authors=[VAART],
        year=2019,
        venue="Incomplete Ideas",
        kind="misc",
        entry_type="online",
        url="https://example.org/bitter",
        other_fields={"month": "mar", "day": "13"},
    ),
    "title alone": Work(title="Nothing known"),
}
# By the published rules of each style; what is italic is tested further down.
PRINTED = {
    "apa": {
        "article": (
            "van der Vaart, A. W., King, J.-L., Jr., & 王小明. (2020). Prevalence "
            "of collapse in ImageNet models. Annals of Examples, 117(40), "
            "24652–24663. https://doi.org/10.1073/pnas.2015509117"
        ),
        "inproceedings": (
            "van der Vaart, A. W., & King, J.-L., Jr. (2018). Is deep learning "
            "robust? In A. Lee (Ed.), Proceedings of the Example Conference "
            "(pp. 9–20). Example Press. https://example.org/p?a=1&b=2"
        ),
        "book": (
            "van der Vaart, A. W., & King, J.-L., Jr. (2009). The elements of "
            "examples (2nd ed.). Example Press."
        ),
        "incollection": (
            "van der Vaart, A. W. (2009). Bagging and boosting. In A. Lee & A. "
            "Bo (Eds.), Handbook of Examples (pp. 1–20). Example Press."
        ),
        "thesis": (
            "King, J.-L., Jr. (2015). Deep examples [PhD thesis, Example University]."
        ),
        "preprint": (
            "van der Vaart, A. W., & King, J.-L., Jr. (2018). Tangent kernels: "
            "theory and practice (arXiv:1806.07572). arXiv. "
            "https://arxiv.org/abs/1806.07572"
        ),
        "report": (
            "van der Vaart, A. W. (2012). Attention and memory (Technical "
            "Report TR-12). Example Institute."
        ),
        "web page": (
            "van der Vaart, A. W. (2019, March 13). The bitter lesson. "
            "Incomplete Ideas. https://example.org/bitter"
        ),
        "title alone": "Nothing known. (n.d.).",
    },
    "ieee": {
        "article": (
            "A. W. van der Vaart, J.-L. King Jr., and 王小明, “Prevalence of "
            "collapse in ImageNet models,” Annals of Examples, vol. 117, no. "
            "40, pp. 24652–24663, Oct. 2020, doi: 10.1073/pnas.2015509117."
        ),
        "inproceedings": (
            "A. W. van der Vaart and J.-L. King Jr., “Is deep learning robust?” "
            "in Proceedings of the Example Conference, A. Lee, Ed., Montréal: "
            "Example Press, 2018, pp. 9–20. [Online]. Available: "
            "https://example.org/p?a=1&b=2"
        ),
        "book": (
            "A. W. van der Vaart and J.-L. King Jr., The elements of examples, "
            "2nd ed. New York: Example Press, 2009."
        ),
        "incollection": (
            "A. W. van der Vaart, “Bagging and boosting,” in Handbook of "
            "Examples, A. Lee and A. Bo, Eds., Example Press, 2009, pp. 1–20."
        ),
        "thesis": (
            "J.-L. King Jr., “Deep examples,” PhD thesis, Example University, 2015."
        ),
        "preprint": (
            "A. W. van der Vaart and J.-L. King Jr., “Tangent kernels: theory "
            "and practice,” 2018, arXiv:1806.07572."
        ),
        "report": (
            "A. W. van der Vaart, “Attention and memory,” Example Institute, "
            "Technical report TR-12, May 2012."
        ),
        "web page": (
            "A. W. van der Vaart, “The bitter lesson,” Incomplete Ideas. "
            "[Online]. Available: https://example.org/bitter"
        ),
        "title alone": "“Nothing known.”",
    },
    "chicago": {
        "article": (
            "Vaart, Aad W. van der, Jean-Luc King Jr., and 王小明. 2020. "
            "“Prevalence of Collapse in ImageNet Models.” Annals of Examples "
            "117 (40): 24652–63. https://doi.org/10.1073/pnas.2015509117."
        ),
        "inproceedings": (
            "Vaart, Aad W. van der, and Jean-Luc King Jr. 2018. “Is Deep "
            "Learning Robust?” In Proceedings of the Example Conference, edited "
            "by Ann Lee. Example Press. https://example.org/p?a=1&b=2."
        ),
        "book": (
            "Vaart, Aad W. van der, and Jean-Luc King Jr. 2009. The Elements of "
            "Examples. 2nd ed. Example Press."
        ),
        "incollection": (
            "Vaart, Aad W. van der. 2009. “Bagging and Boosting.” In Handbook "
            "of Examples, edited by Ann Lee and Ada Bo. Example Press."
        ),
        "thesis": (
            "King, Jean-Luc, Jr. 2015. “Deep Examples.” PhD thesis, Example University."
        ),
        "preprint": (
            "Vaart, Aad W. van der, and Jean-Luc King Jr. 2018. “Tangent "
            "Kernels: Theory and Practice.” arXiv:1806.07572. Preprint. "
            "https://arxiv.org/abs/1806.07572."
        ),
        "report": (
            "Vaart, Aad W. van der. 2012. Attention and Memory. Technical "
            "Report TR-12. Example Institute."
        ),
        "web page": (
            "Vaart, Aad W. van der. 2019. “The Bitter Lesson.” Incomplete "
            "Ideas, March 13. https://example.org/bitter."
        ),
        "title alone": "“Nothing Known.” n.d.",
    },
    "mla": {
        "article": (
            "van der Vaart, Aad W., et al. “Prevalence of Collapse in ImageNet "
            "Models.” Annals of Examples, vol. 117, no. 40, Oct. 2020, pp. "
            "24652–63, https://doi.org/10.1073/pnas.2015509117."
        ),
        "inproceedings": (
            "van der Vaart, Aad W., and Jean-Luc King Jr. “Is Deep Learning "
            "Robust?” Proceedings of the Example Conference, edited by Ann Lee, "
            "Example Press, 2018, pp. 9–20, https://example.org/p?a=1&b=2."
        ),
        "book": (
            "van der Vaart, Aad W., and Jean-Luc King Jr. The Elements of "
            "Examples. 2nd ed., Example Press, 2009."
        ),
        "incollection": (
            "van der Vaart, Aad W. “Bagging and Boosting.” Handbook of "
            "Examples, edited by Ann Lee and Ada Bo, Example Press, 2009, pp. "
            "1–20."
        ),
        "thesis": (
            "King, Jean-Luc, Jr. Deep Examples. 2015. Example University, PhD thesis."
        ),
        "preprint": (
            "van der Vaart, Aad W., and Jean-Luc King Jr. “Tangent Kernels: "
            "Theory and Practice.” arXiv:1806.07572, 2018, "
            "https://arxiv.org/abs/1806.07572."
        ),
        "report": (
            "van der Vaart, Aad W. Attention and Memory. Technical report "
            "TR-12, Example Institute, May 2012."
        ),
        "web page": (
            "van der Vaart, Aad W. “The Bitter Lesson.” Incomplete Ideas, 13 "
            "Mar. 2019, https://example.org/bitter."
        ),
        "title alone": "“Nothing Known.”",
    },
    "nature": {
        "article": (
            "van der Vaart, A. W., King, J.-L., Jr. & 王小明. Prevalence of "
            "collapse in ImageNet models. Annals of Examples 117, 24652–24663 "
            "(2020)."
        ),
        "inproceedings": (
            "van der Vaart, A. W. & King, J.-L., Jr. Is deep learning robust? "
            "in Proceedings of the Example Conference (ed. Lee, A.) 9–20 "
            "(Example Press, Montréal, 2018)."
        ),
        "book": (
            "van der Vaart, A. W. & King, J.-L., Jr. The Elements of Examples "
            "(Example Press, New York, 2009)."
        ),
        "incollection": (
            "van der Vaart, A. W. Bagging and boosting. in Handbook of Examples "
            "(eds Lee, A. & Bo, A.) 1–20 (Example Press, 2009)."
        ),
        "thesis": (
            "King, J.-L., Jr. Deep examples. (PhD thesis, Example University, 2015)."
        ),
        "preprint": (
            "van der Vaart, A. W. & King, J.-L., Jr. Tangent kernels: theory "
            "and practice. Preprint at https://arxiv.org/abs/1806.07572 (2018)."
        ),
        "report": (
            "van der Vaart, A. W. Attention and Memory (Technical report TR-12, "
            "Example Institute, 2012)."
        ),
        "web page": (
            "van der Vaart, A. W. The bitter lesson. Incomplete Ideas "
            "https://example.org/bitter (2019)."
        ),
        "title alone": "Nothing known.",
    },
    "acm": {
        "article": (
            "Aad W. van der Vaart, Jean-Luc King Jr., and 王小明. 2020. Prevalence "
            "of collapse in ImageNet models. Annals of Examples 117, 40 "
            "(October 2020), 24652–24663. "
            "https://doi.org/10.1073/pnas.2015509117"
        ),
        "inproceedings": (
            "Aad W. van der Vaart and Jean-Luc King Jr. 2018. Is deep learning "
            "robust? In Proceedings of the Example Conference, 2018. Example "
            "Press, Montréal, 9–20. Retrieved from "
            "https://example.org/p?a=1&b=2"
        ),
        "book": (
            "Aad W. van der Vaart and Jean-Luc King Jr. 2009. The elements of "
            "examples (2nd ed.). Example Press, New York."
        ),
        "incollection": (
            "Aad W. van der Vaart. 2009. Bagging and boosting. In Handbook of "
            "Examples, Ann Lee and Ada Bo (Eds.). Example Press, 1–20."
        ),
        "thesis": (
            "Jean-Luc King Jr. 2015. Deep examples. PhD thesis. Example University."
        ),
        "preprint": (
            "Aad W. van der Vaart and Jean-Luc King Jr. 2018. Tangent kernels: "
            "theory and practice. arXiv:1806.07572. Retrieved from "
            "https://arxiv.org/abs/1806.07572"
        ),
        "report": (
            "Aad W. van der Vaart. 2012. Attention and memory. Technical report "
            "TR-12. Example Institute."
        ),
        "web page": (
            "Aad W. van der Vaart. 2019. The bitter lesson. Incomplete Ideas. "
            "Retrieved from https://example.org/bitter"
        ),
        "title alone": "[n. d.]. Nothing known.",
    },
}

# One line of printable text: what CSL-JSON can carry in any field.
PRINTABLE = st.characters(categories="LMNPS", exclude_characters="<>{}\\$,-–—")
WORDS = st.lists(st.text(PRINTABLE, min_size=1)).map(" ".join)
NAMES = st.builds("{}{}".format, st.characters(categories=["Lu"]), WORDS)
FULL_NAMES = st.builds("{}, {}".format, NAMES, NAMES)
ANY_TEXT = st.text() | st.sampled_from(
    [
        "<script>alert(1)</script>",
        "</i><b>",
        "&lt;",
        '"',
        "$x<y$",
        "{",
        "?",
        "..",
        "\ue000",
    ]
)
ANY_WORK = st.builds(
    Work,
    title=ANY_TEXT,
    authors=st.lists(ANY_TEXT | st.builds("{}, {}".format, ANY_TEXT, ANY_TEXT)),
    has_more_authors=st.booleans(),
    year=st.none() | st.integers(0, 9999),
    venue=ANY_TEXT,
    arxiv_id=st.sampled_from(["", "1806.07572", "math/0508276"]),
    doi=st.sampled_from(["", "10.1000/a<b>&c"]),
    kind=st.sampled_from([*csl.TYPES, "unknown"]),
    entry_type=st.sampled_from(["", "phdthesis", "online"]),
    volume=ANY_TEXT,
    number=ANY_TEXT,
    pages=ANY_TEXT,
    publisher=ANY_TEXT,
    url=ANY_TEXT | st.sampled_from(["javascript:alert(1)", "https://a.org/<b>"]),
    other_fields=st.dictionaries(
        st.sampled_from(
            ["editor", "month", "day", "edition", "address", "series", "type"]
        ),
        ANY_TEXT,
    ),
)


def text_of(work, style):
    return csl.cite([work], style)[0].text


def html_of(work, style):
    return csl.cite([work], style)[0].html


@pytest.mark.parametrize("style", csl.STYLES)
@pytest.mark.parametrize("kind", WORKS)
def test_prints_each_kind_as_the_style_rules(style, kind):
    assert text_of(WORKS[kind], style) == PRINTED[style][kind]


@pytest.mark.parametrize(
    ("style", "printed"),
    [
        (
            "apa",
            "Lee, A., & Bo, K. (Eds.). (2001). Handbook of examples (2nd ed.). Press.",
        ),
        (
            "ieee",
            "A. Lee and K. Bo, Eds., Handbook of examples, 2nd ed. Press, 2001.",
        ),
        (
            "chicago",
            "Lee, Ann, and Kit Bo, eds. 2001. Handbook of Examples. 2nd ed. Press.",
        ),
        (
            "mla",
            "Lee, Ann, and Kit Bo, editors. Handbook of Examples. 2nd ed., Press, "
            "2001.",
        ),
        ("nature", "Handbook of Examples (Press, 2001)."),
        (
            "acm",
            "Ann Lee and Kit Bo (Eds.). 2001. Handbook of examples (2nd ed.). Press.",
        ),
    ],
)
def test_editors_in_place_of_authors_are_printed_once(style, printed):
    book = Work(
        title="Handbook of examples",
        year=2001,
        kind="book",
        publisher="Press",
        other_fields={"editor": "Lee, Ann and Bo, Kit", "edition": "2"},
    )
    assert text_of(book, style) == printed


def test_html_has_italics_and_links():
    assert html_of(WORKS["article"], "apa") == (
        "van der Vaart, A. W., King, J.-L., Jr., &amp; 王小明. (2020). "
        "Prevalence of collapse in ImageNet models. <i>Annals of Examples</i>, "
        "<i>117</i>(40), 24652–24663. "
        '<a href="https://doi.org/10.1073/pnas.2015509117">'
        "https://doi.org/10.1073/pnas.2015509117</a>"
    )


def test_html_links_a_doi_without_address_before_it():
    work = Work(title="A", kind="article", doi="10.1000/a")
    assert html_of(work, "ieee") == (
        '“A,” doi: <a href="https://doi.org/10.1000/a">10.1000/a</a>.'
    )


def test_cites_in_the_order_given():
    second, first = Work(title="Second"), Work(title="First")
    cited = csl.cite([second, first], "nature")
    assert [each.text for each in cited] == ["Second.", "First."]


@pytest.mark.parametrize(
    ("style", "printed"),
    [
        ("apa", "Bo, A., et al. (2001). A."),
        ("ieee", "A. Bo et al., “A,” 2001."),
        ("chicago", "Bo, Ada, et al. 2001. A."),
        ("mla", "Bo, Ada, et al. A. 2001."),
        ("nature", "Bo, A. et al. A. (2001)."),
        ("acm", "Ada Bo et al. 2001. A. (2001)."),
    ],
)
def test_says_that_there_are_more_authors(style, printed):
    work = Work(
        title="A", authors=["Bo, Ada"], has_more_authors=True, year=2001, kind="article"
    )
    assert text_of(work, style) == printed


def test_shortens_long_lists_of_authors_by_the_rule_of_the_style():
    authors = [f"Bo{n}, Ada" for n in range(100)]
    work = Work(title="A", authors=authors, year=2001, kind="article", venue="J")
    shown = {style: text_of(work, style).count("Bo") for style in csl.STYLES}
    assert shown == {
        "apa": 20, "ieee": 1, "chicago": 3, "mla": 1, "nature": 1, "acm": 100,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("author", "apa", "acm"),
    [
        ("O'Neil, Jean-Paul X.", "O’Neil, J.-P. X. (n.d.).", "Jean-Paul X. O’Neil."),
        ("Vaart, Aad van der", "Vaart, A. van der. (n.d.).", "Aad van der Vaart."),
        ("hooks, bell", "hooks, bell. (n.d.).", "bell hooks."),
        (
            "DELPHI Collaboration",
            "DELPHI Collaboration. (n.d.).",
            "DELPHI Collaboration.",
        ),
        ("김, 민수", "김민수. (n.d.).", "김민수."),
        ("A&B <i>, C", "A&B <i>, C. (n.d.).", "C A&B <i>."),
    ],
)
def test_prints_names(author, apa, acm):
    work = Work(title="T", authors=[author], kind="article")
    printed = [text_of(work, style) for style in ("apa", "acm")]
    assert printed == [f"{apa} T.", f"{acm} [n. d.]. T."]


@pytest.mark.parametrize(
    ("pages", "mla"),
    [
        ("1--20", "1–20"),
        ("5-9", "5–9"),
        ("98–102", "98–102"),
        ("1234--1256", "1234–56"),
        ("e12", "e12"),
        ("1-3, 7-9", "1–3, 7–9"),
    ],
)
def test_page_ranges_have_an_en_dash(pages, mla):
    work = Work(title="T", kind="article", venue="J", year=2001, pages=pages)
    label = "p." if pages == "e12" else "pp."
    assert text_of(work, "mla") == f"“T.” J, 2001, {label} {mla}."


def test_title_keeps_formulas_and_turns_quotes_inside_quotes():
    work = Work(title="The \"lazy\" regime of $f'(x) < y$... and Bo's", kind="article")
    assert text_of(work, "ieee") == "“The ‘lazy’ regime of $f'(x) < y$… and Bo’s.”"
    assert html_of(work, "ieee") == (
        "“The ‘lazy’ regime of $f&#x27;(x) &lt; y$… and Bo’s.”"
    )


@pytest.mark.parametrize("style", csl.STYLES)
def test_hostile_text_stays_text(style):
    hostile = '<script>alert(1)</script></i> &lt; {"$'
    work = Work(
        title=hostile,
        authors=[f"{hostile}, A", hostile],
        venue=hostile,
        year=2001,
        kind="article",
        url="javascript:alert(1)",
        doi='10.1000/"onclick="alert(1)',
    )
    cited = csl.cite([work], style)[0]
    tree = LexborHTMLParser(cited.html)
    tags = {node.tag for node in tree.body.traverse(include_text=False)}
    assert tags <= {"body", "i", "b", "a"}
    assert tree.body.text() == cited.text
    assert "<script>alert(1)</script></i> &lt; {“$" in cited.text
    assert {a.attributes["href"] for a in tree.css("a")} <= {
        "https://doi.org/10.1000/%22onclick%3D%22alert%281%29"
    }


@pytest.mark.parametrize("style", csl.STYLES)
@given(work=ANY_WORK)
def test_citation_property(style, work):
    """Whatever a work says, one line comes out, and no tags but those of styles."""
    cited = csl.cite([work], style)[0]
    tree = LexborHTMLParser(f"<div>{cited.html}</div>")
    nodes = [*tree.body.traverse(include_text=False)]
    assert {node.tag for node in nodes} <= {"body", "div", "i", "b", "a"}
    assert all(
        node.attributes.keys() == {"href"}
        and node.attributes["href"].startswith("https://")
        for node in nodes
        if node.attributes
    )
    assert cited.text
    assert cited.text == one_line(cited.text)


def test_threads_do_not_disturb_each_other():
    works = list(WORKS.values())
    styles = [*csl.STYLES] * 2
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda style: csl.cite(works, style), styles))
    texts = [[each.text for each in cited] for cited in found]
    assert texts == [list(PRINTED[style].values()) for style in styles]


def test_item_of_an_article():
    work = replace(
        WORKS["article"], key="vaart2020", arxiv_id="1806.07572", abstract="Short."
    )
    assert csl.item(work) == {
        "id": "vaart2020",
        "type": "article-journal",
        "title": "Prevalence of collapse in ImageNet models",
        "author": [
            {"family": "Vaart", "given": "Aad W.", "non-dropping-particle": "van der"},
            {"family": "King", "given": "Jean-Luc", "suffix": "Jr."},
            {"family": "王", "given": "小明"},
        ],
        "issued": {"date-parts": [[2020, 10]]},
        "container-title": "Annals of Examples",
        "volume": "117",
        "issue": "40",
        "page": "24652-24663",
        "DOI": "10.1073/pnas.2015509117",
        "URL": "https://example.org/unused",
        "abstract": "Short.",
        "archive": "arXiv",
        "archive_location": "1806.07572",
    }


def test_item_of_a_preprint():
    work = replace(WORKS["preprint"], authors=["Team A"], has_more_authors=True)
    assert csl.item(work) == {
        "id": "item",
        "type": "article",
        "title": "Tangent kernels: theory and practice",
        "author": [{"literal": "Team A"}, {"literal": "others"}],
        "issued": {"date-parts": [[2018]]},
        "container-title": "arXiv preprint arXiv:1806.07572",
        "URL": "https://arxiv.org/abs/1806.07572",
        "archive": "arXiv",
        "archive_location": "1806.07572",
        "number": "arXiv:1806.07572",
    }


def test_item_of_a_thesis():
    work = Work(title="T", kind="thesis", entry_type="phdthesis", venue="Uni")
    assert csl.item(work) == {
        "id": "item",
        "type": "thesis",
        "title": "T",
        "publisher": "Uni",
        "genre": "PhD thesis",
    }


def test_item_has_editors_and_other_fields_in_plain_words():
    other = {
        "editor": '{M{\\"u}ller and Sons} and van Dijk, Jan and others',
        "series": "{LNCS}",
        "address": 'Z{\\"u}rich',
    }
    assert csl.item(Work(title="T", kind="book", number="7", other_fields=other)) == {
        "id": "item",
        "type": "book",
        "title": "T",
        "editor": [
            {"literal": "Müller and Sons"},
            {"family": "Dijk", "given": "Jan", "non-dropping-particle": "van"},
            {"literal": "others"},
        ],
        "collection-number": "7",
        "collection-title": "LNCS",
        "publisher-place": "Zürich",
    }


def test_item_leaves_out_an_address_that_is_not_of_the_web():
    work = Work(title="T", url="javascript:alert(1)")
    assert csl.item(work) == {"id": "item", "type": "document", "title": "T"}


def test_dumps_cannot_end_a_script_element():
    work = Work(title="</script><!-- & \ud800\x00")
    text = csl.dumps([work])
    assert not {"<", ">", "&", "\ud800", "\x00"} & set(text)
    assert json.loads(text) == [
        {"id": "item-1", "type": "document", "title": "</script><!-- &"}
    ]


@given(
    work=st.builds(
        Work,
        title=NAMES,
        authors=st.lists(FULL_NAMES),
        year=st.none() | st.integers(1, 9999),
        venue=WORDS,
        doi=st.sampled_from(["", "10.1000/a-b(c)"]),
        arxiv_id=st.sampled_from(["", "1806.07572"]),
        kind=st.sampled_from(["article", "inproceedings", "book", "incollection"]),
        key=NAMES,
        volume=WORDS,
        number=WORDS,
        pages=st.sampled_from(["", "7", "1--20", "e5"]),
        publisher=WORDS,
        url=st.sampled_from(["", "https://example.org/?a=1&b=%20"]),
        abstract=WORDS,
        note=WORDS,
        other_fields=st.sampled_from(
            [{}, {"editor": "Bo, Ada and others", "series": "LNCS"}]
        ),
    )
)
def test_reads_what_it_wrote_property(work):
    assert csl.loads(csl.dumps([work])) == ([work], [])


def test_reads_zoteros_preprint():
    data = {
        "id": "http://zotero.org/users/1/items/ABC",
        "type": "article",
        "title": 'A <i>small</i> <span class="nocase">Thing</span>',
        "publisher": "arXiv",
        "number": "arXiv:1806.07572",
        "source": "arXiv.org",
        "DOI": "10.48550/arXiv.1806.07572",
        "URL": "http://arxiv.org/abs/1806.07572v4",
        "author": [{"family": "Bo", "given": "Ada"}],
        "issued": {"date-parts": [["2020", 2, 10]]},
        "accessed": {"date-parts": [[2024, 1, 1]]},
    }
    assert csl.loads(json.dumps(data)) == (
        [
            Work(
                title="A small Thing",
                authors=["Bo, Ada"],
                year=2020,
                arxiv_id="1806.07572",
                kind="preprint",
                key="http://zotero.org/users/1/items/ABC",
                publisher="arXiv",
                other_fields={"month": "February", "day": "10"},
            )
        ],
        [],
    )


@pytest.mark.parametrize(
    ("issued", "year", "other"),
    [
        ({"date-parts": [[2012, 5]]}, 2012, {"month": "May"}),
        ({"date-parts": [["2012", "05", "03"]]}, 2012, {"month": "May", "day": "3"}),
        ({"raw": "2012-05-03"}, 2012, {"month": "May", "day": "3"}),
        ({"literal": "Spring 2012"}, 2012, {}),
        ("2012", 2012, {}),
        (2012, 2012, {}),
    ],
)
def test_reads_dates(issued, year, other):
    data = [{"type": "book", "title": "T", "issued": issued}]
    expected = Work(title="T", kind="book", year=year, other_fields=other)
    assert csl.loads(json.dumps(data)) == ([expected], [])


@pytest.mark.parametrize(
    ("variable", "value", "message"),
    [
        ("title", ["x"], "title: no text but list, left out"),
        ("author", "Bo", "author: no list of names, left out"),
        ("author", [5, 6], "author: something in it is no name, left out"),
        ("author", [{"family": {}}], "author family: no text but dict, left out"),
        ("issued", {"date-parts": [[]]}, "issued: no year in it"),
        ("issued", {"date-parts": 5}, "issued: no year in it"),
        ("issued", [[[]]], "issued: no year in it"),
        ("type", "pizza", "type: pizza is not one of CSL's"),
        ("URL", "javascript:alert(1)", "URL: not http or https, left out"),
        ("DOI", "none", "DOI: no DOI in it, left out"),
    ],
)
def test_reports_a_value_and_reads_the_rest(variable, value, message):
    raw = json.dumps(
        {"type": "document", "id": "a", "abstract": "B"} | {variable: value}
    )
    raw = raw.replace('"id"', '"DOI": "10.1000/a", "id"', variable != "DOI")
    raw = raw if variable != "DOI" else raw.replace('"id"', '"title": "T", "id"')
    works, problems = csl.loads(f"[\n{raw}]")
    assert [(work.key, work.abstract) for work in works] == [("a", "B")]
    assert problems == [Problem(2, f"Item 1: {message}", raw)]


@pytest.mark.parametrize(
    "text", ["", "[", "5", "null", "[5]", "{}", "[[", '{"items": 5}']
)
def test_reports_what_is_no_item(text):
    works, problems = csl.loads(text)
    assert works == []
    assert problems[-1].lost
    assert problems[-1].line == 1


def test_keeps_the_items_before_an_error():
    text = '[{"type": "book", "title": "A"},\n{"type": "book", "title": }]'
    assert csl.loads(text) == (
        [Work(title="A", kind="book")],
        [
            Problem(
                2,
                "Item 2: Expecting value (line 2)",
                '{"type": "book", "title": }]',
                lost=True,
            )
        ],
    )


def test_reads_items_of_an_object():
    items = '[{"type": "book", "title": "A"}]'
    expected = ([Work(title="A", kind="book")], [])
    assert csl.loads(f'{{"items": {items}}}') == expected
    assert csl.loads(f'\ufeff{{"version": 1, "items": {items}}}') == expected


def test_hostile_json_is_reported():
    for text in ("[" * 100_000, '[{"a":' + "[" * 900 + "]" * 900 + "}]", "9" * 10_000):
        works, problems = csl.loads(text)
        assert works == []
        assert [problem.lost for problem in problems][-1:] == [True]


def test_hostile_item_with_a_million_mistakes_is_one_problem():
    text = json.dumps([{"type": "book", "title": "T", "author": [5] * 1_000_000}])
    message = "Item 1: author: something in it is no name, left out"
    works, problems = csl.loads(text)
    assert works == [Work(title="T", kind="book")]
    assert [problem.message for problem in problems] == [message]


def test_reads_no_more_than_the_limits():
    items = ",".join(['{"type":"book","title":"T"}'] * (MAX_ENTRIES + 5))
    works, [problem] = csl.loads(f"[{items}]")
    assert len(works) == MAX_ENTRIES
    assert problem.message == "More than 20,000 items; the rest was not read."
    works, [problem] = csl.loads(f'["{"a" * MAX_BYTES}"]')
    assert works == []
    assert problem.message == "More than 5,000,000 bytes; nothing was read."


@given(
    data=st.recursive(
        st.none() | st.booleans() | st.floats() | st.text() | st.integers(),
        lambda inner: (
            st.lists(inner)
            | st.dictionaries(
                st.sampled_from(
                    [
                        "type",
                        "title",
                        "author",
                        "issued",
                        "date-parts",
                        "family",
                        "id",
                        "URL",
                    ]
                ),
                inner,
            )
        ),
    )
)
def test_reads_any_json_property(data):
    works, problems = csl.loads(json.dumps(data))
    assert works or problems or data in ([], {"items": []})
