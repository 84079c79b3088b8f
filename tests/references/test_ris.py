import pytest
import rispy
from hypothesis import given
from hypothesis import strategies as st

from references import ris
from references.work import MAX_BYTES, MAX_ENTRIES, Problem, Work

ARTICLE = Work(
    title="Prevalence of $k$-collapse",
    authors=["van der Vaart, Aad", "King Jr., Jean-Luc", "DELPHI Collaboration"],
    has_more_authors=True,
    year=2020,
    venue="Annals of Examples",
    kind="article",
    key="vaart2020prevalence",
    volume="117",
    number="40",
    pages="24652--24663",
    doi="10.1073/pnas.2015509117",
    url="https://example.org/a;b?c=1&d=2",
    abstract="Short.",
    note="Read it.",
    other_fields={
        "month": "October",
        "day": "6",
        "issn": "1234-5678",
        "editor": "Lee, Ann",
    },
)
WRITTEN = """\
TY  - JOUR
ID  - vaart2020prevalence
AU  - van der Vaart, Aad
AU  - King, Jean-Luc, Jr.
AU  - DELPHI Collaboration
AU  - et al.
A2  - Lee, Ann
PY  - 2020
DA  - 2020/10/06
TI  - Prevalence of $k$-collapse
T2  - Annals of Examples
VL  - 117
IS  - 40
SP  - 24652
EP  - 24663
SN  - 1234-5678
DO  - 10.1073/pnas.2015509117
UR  - https://example.org/a;b?c=1&d=2
AB  - Short.
N1  - Read it.
ER  - 
"""

# One line of printable text: what RIS can carry in any field.
PRINTABLE = st.characters(categories="LMNPS", exclude_characters="{}\\$,-–—")
WORDS = st.lists(st.text(PRINTABLE, min_size=1)).map(" ".join)
NAMES = st.builds("{}{}".format, st.characters(categories=["Lu"]), WORDS)


def test_writes_an_article():
    assert ris.dumps([ARTICLE]) == WRITTEN.replace("\n", "\r\n")


def test_reads_what_it_wrote_of_an_article():
    assert ris.loads(WRITTEN) == ([ARTICLE], [])


@pytest.mark.parametrize(
    ("kind", "entry_type", "type_"),
    [
        ("article", "", "JOUR"),
        ("inproceedings", "", "CPAPER"),
        ("book", "", "BOOK"),
        ("incollection", "", "CHAP"),
        ("thesis", "phdthesis", "THES"),
        ("report", "", "RPRT"),
        ("preprint", "", "UNPB"),
        ("misc", "online", "ELEC"),
        ("misc", "dataset", "DATA"),
        ("misc", "", "GEN"),
    ],
)
def test_each_kind_has_its_type(kind, entry_type, type_):
    work = Work(title="T", kind=kind, entry_type=entry_type)
    text = ris.dumps([work])
    assert text.startswith(f"TY  - {type_}\r\n")
    assert ris.loads(text) == ([work], [])


def test_preprint_has_its_arxiv_id_and_address():
    work = Work(title="T", kind="preprint", arxiv_id="math/0508276")
    assert ris.dumps([work]) == (
        "TY  - UNPB\r\n"
        "TI  - T\r\n"
        "AN  - arXiv:math/0508276\r\n"
        "UR  - https://arxiv.org/abs/math/0508276\r\n"
        "ER  - \r\n"
    )


def test_other_fields_are_written_in_plain_words():
    other = {"address": 'Z{\\"u}rich', "editor": 'M{\\"u}ller, Ann and {A and B}'}
    assert ris.dumps([Work(title="T", kind="book", other_fields=other)]) == (
        "TY  - BOOK\r\n"
        "A2  - Müller, Ann\r\n"
        "A2  - A and B\r\n"
        "TI  - T\r\n"
        "CY  - Zürich\r\n"
        "ER  - \r\n"
    )


@pytest.mark.parametrize("newline", ["\n", "\r", "\r\n", "\u2028", "\x0b", "\x85"])
def test_hostile_value_cannot_leave_its_line(newline):
    title = f"A{newline}ER  - {newline}TY  - BOOK{newline}TI  - B"
    text = ris.dumps([Work(title=title, kind="article", url="javascript:alert(1)")])
    assert text == "TY  - JOUR\r\nTI  - A ER - TY - BOOK TI - B\r\nER  - \r\n"


def test_rispy_reads_it():
    text = ris.dumps([ARTICLE, Work(title="T", kind="book")])
    article, book = rispy.loads(text, newline="\r\n")
    assert book == {"type_of_reference": "BOOK", "title": "T"}
    assert article["authors"] == [
        "van der Vaart, Aad",
        "King, Jean-Luc, Jr.",
        "DELPHI Collaboration",
        "et al.",
    ]
    assert article["secondary_title"] == "Annals of Examples"
    assert "unknown_tag" not in article


@given(
    works=st.lists(
        st.builds(
            Work,
            title=NAMES,
            authors=st.lists(st.builds("{}, {}".format, NAMES, NAMES)),
            year=st.none() | st.integers(1000, 9999),
            venue=WORDS,
            doi=st.sampled_from(["", "10.1000/a-b(c)"]),
            kind=st.sampled_from(["article", "inproceedings", "book", "report"]),
            key=NAMES,
            volume=WORDS,
            number=WORDS,
            pages=st.sampled_from(["", "7", "1--20", "e5"]),
            publisher=WORDS,
            url=st.sampled_from(["", "https://example.org/;?a=1&b=%20"]),
            abstract=WORDS,
            note=WORDS,
            other_fields=st.sampled_from(
                [{}, {"editor": "Bo, Ada and others", "series": "LNCS"}]
            ),
        )
    )
)
def test_reads_what_it_wrote_property(works):
    assert ris.loads(ris.dumps(works)) == (works, [])


@given(
    text=st.text()
    | st.lists(
        st.sampled_from(
            ["TY  - JOUR", "ER  - ", "UK  - x", "Z9  - x", "TI  - T", "", "x", "\ufeff"]
        )
    ).map("\n".join)
)
def test_reads_any_text_property(text):
    """Each line is in a work or in what a problem shows."""
    works, problems = ris.loads(text)
    if text.strip("\ufeff \n"):
        assert works or problems or not text.strip()


def test_reads_older_tags_and_a_year_with_slashes():
    text = (
        "1.\n"
        "TY  - EJOUR\n"
        "A1  - Bo,Ada\n"
        "T1  - Title\n"
        "  on two lines\n"
        "JF  - Journal\n"
        "Y1  - 2020/02//\n"
        "SP  - 5-9\n"
        "CP  - 3\n"
        "N2  - Abstract\n"
        "KW  - one\n"
        "KW  - two\n"
        "M1  - arXiv:1806.07572v2\n"
        "ER  -\n"
    )
    work = Work(
        title="Title on two lines",
        authors=["Bo, Ada"],
        year=2020,
        venue="Journal",
        arxiv_id="1806.07572",
        kind="article",
        number="3",
        pages="5--9",
        abstract="Abstract",
        other_fields={"month": "February", "keywords": "one, two"},
    )
    assert ris.loads(text) == ([work], [])


@pytest.mark.parametrize("year", ["2020", "2020///", "2020/05/06/", "2020-05"])
def test_reads_a_year(year):
    [work], problems = ris.loads(f"TY  - BOOK\nTI  - T\nPY  - {year}\nER  - ")
    assert (work.year, problems) == (2020, [])


@pytest.mark.parametrize("newline", ["\n", "\r", "\r\n"])
def test_reads_every_kind_of_line_end(newline):
    text = "\ufeff" + WRITTEN.replace("\n", newline)
    assert ris.loads(text) == ([ARTICLE], [])


def test_reads_a_record_without_end_and_says_so():
    text = "TY  - BOOK\nTI  - A\n\nTY  - BOOK\nTI  - B"
    message = "No ER line ends this record."
    assert ris.loads(text) == (
        [Work(title="A", kind="book"), Work(title="B", kind="book")],
        [
            Problem(1, message, "TY  - BOOK\nTI  - A\n"),
            Problem(4, message, "TY  - BOOK\nTI  - B"),
        ],
    )


def test_reports_lines_outside_of_records():
    text = "\nTI  - A\nwhat\nTY  - BOOK\nTI  - B\nER  - \nER  - \n"
    message = "Not inside a record."
    assert ris.loads(text) == (
        [Work(title="B", kind="book")],
        [
            Problem(2, message, "TI  - A\nwhat\n", lost=True),
            Problem(7, message, "ER  - \n", lost=True),
        ],
    )


@pytest.mark.parametrize(
    ("line", "number", "message"),
    [
        ("ZZ  - x", 2, "ZZ: no tag of RIS, left out."),
        ("UK  - x", 2, "UK: no tag of RIS, left out."),
        ("UR  - javascript:alert(1)", 1, "UR: not http or https, left out."),
        ("DO  - none", 1, "DO: no DOI in it, left out."),
        ("PY  - soon", 1, "PY: no year in it."),
    ],
)
def test_reports_a_value_and_reads_the_rest(line, number, message):
    raw = f"TY  - BOOK\n{line}\nTI  - T"
    assert ris.loads(f"{raw}\nER  - ") == (
        [Work(title="T", kind="book")],
        [Problem(number, message, raw)],
    )


def test_reports_an_unknown_type():
    assert ris.loads("TY  - PIZZA\nTI  - T\nER  - ") == (
        [Work(title="T")],
        [Problem(1, "TY: PIZZA is no type of RIS.", "TY  - PIZZA\nTI  - T")],
    )


def test_reports_a_record_that_says_nothing():
    message = "Neither title, author, identifier nor address."
    assert ris.loads("TY  - BOOK\nVL  - 5\nER  - ") == (
        [],
        [Problem(1, message, "TY  - BOOK\nVL  - 5", lost=True)],
    )


def test_reads_no_more_than_the_limits():
    works, [problem] = ris.loads("TY  - BOOK\nTI  - T\nER  - \n" * (MAX_ENTRIES + 5))
    assert len(works) == MAX_ENTRIES
    assert problem.line == 3 * MAX_ENTRIES + 1
    assert problem.message == "More than 20,000 records; the rest was not read."
    works, [problem] = ris.loads("a" * (MAX_BYTES + 1))
    assert works == []
    assert problem.message == "More than 5,000,000 bytes; nothing was read."
