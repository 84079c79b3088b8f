import pytest
from hypothesis import given
from hypothesis import strategies as st
from pybtex import database, errors

from references import bibtex
from references.work import MAX_BYTES, MAX_ENTRIES, Problem, Work

ARTICLE = Work(
    title="Prevalence of $k$-collapse in DNA",
    authors=["van der Vaart, Aad", "King Jr., Martin Luther", "DELPHI Collaboration"],
    has_more_authors=True,
    year=2020,
    venue="Annals & Examples",
    kind="article",
    key="vaart2020prevalence",
    volume="117",
    number="40",
    pages="24652--24663",
    doi="10.1073/pnas.2015_509117",
    arxiv_id="2008.08186",
    url="https://example.org/a~b?c=1&d=2%20#e_f",
    abstract="Short: 100% of $x_1$.",
    note="Read C# first.",
    other_fields={
        "month": "oct",
        "issn": "1234-5678",
        "editor": "Lee, Ann and {\\'E}variste Bo",
        "primaryclass": "cs.LG",
    },
)
WRITTEN = r"""@article{vaart2020prevalence,
  author = {van der Vaart, Aad and King, Jr., Martin Luther and {DELPHI Collaboration} and others},
  title = {Prevalence of $k$-collapse in {DNA}},
  journal = {Annals \& Examples},
  year = {2020},
  volume = {117},
  number = {40},
  pages = {24652--24663},
  doi = {10.1073/pnas.2015_509117},
  eprint = {2008.08186},
  archivePrefix = {arXiv},
  url = {https://example.org/a~b?c=1&d=2%20#e_f},
  note = {Read C\# first.},
  abstract = {Short: 100\% of $x_1$.},
  month = oct,
  issn = {1234-5678},
  editor = {Lee, Ann and {\'E}variste Bo},
  primaryClass = {cs.LG},
}
"""  # noqa: E501


def load(fields, type_="article"):
    """The work of one entry with these fields."""
    [work], _problems = bibtex.loads(f"@{type_}{{k, {fields}}}")
    return work


def messages(fields):
    """What is wrong with an entry with these fields."""
    return [p.message for p in bibtex.loads(f"@misc{{k, {fields}}}")[1]]


def test_writes_an_article():
    assert bibtex.dumps([ARTICLE]) == WRITTEN


def test_reads_what_it_wrote_of_an_article():
    assert bibtex.loads(WRITTEN) == ([ARTICLE], [])


@pytest.mark.parametrize(
    ("type_", "kind", "entry_type", "written"),
    [
        ("ARTICLE", "article", "", "article"),
        ("conference", "inproceedings", "", "inproceedings"),
        ("book", "book", "", "book"),
        ("proceedings", "book", "proceedings", "proceedings"),
        ("inbook", "incollection", "inbook", "inbook"),
        ("phdthesis", "thesis", "phdthesis", "phdthesis"),
        ("thesis", "thesis", "", "thesis"),
        ("report", "report", "", "techreport"),
        ("unpublished", "preprint", "", "unpublished"),
        ("www", "misc", "online", "online"),
        ("dataset", "misc", "dataset", "dataset"),
        ("misc", "misc", "", "misc"),
        ("strange", "misc", "strange", "strange"),
    ],
)
def test_each_type_has_its_kind(type_, kind, entry_type, written):
    work = load("title = {T}", type_)
    assert (work.kind, work.entry_type) == (kind, entry_type)
    assert bibtex.dumps([work]) == f"@{written}{{k,\n  title = {{T}},\n}}\n"


def test_thesis_of_biblatex_says_which_one_in_a_field():
    work = load("title = {T}, type = {mathesis}, institution = {MIT}", "thesis")
    assert work == Work(
        title="T", kind="thesis", entry_type="mastersthesis", key="k", publisher="MIT"
    )


class TestIdentifiers:
    PREPRINT = Work(
        title="T", year=2014, kind="preprint", key="k", arxiv_id="1409.1556"
    )

    @pytest.mark.parametrize(
        "fields",
        [
            "eprint = {1409.1556v2}, archivePrefix = {arXiv}",
            "eprint = {arXiv:1409.1556}",
            "eprint = 1409.1556, eprinttype = {arxiv}, arxivId = {1409.1556}",
            "journal = {arXiv preprint arXiv:1409.1556}",
            "journal = {Ar{X}iv:1409.1556 [cs.CV]}",
            "journal = {CoRR}, volume = {abs/1409.1556}",
            "journal = {arXiv e-prints}, eid = {arXiv:1409.1556}, eprint = {1409.1556}",
            "doi = {10.48550/arXiv.1409.1556}",
            "url = {http://arxiv.org/pdf/1409.1556v6.pdf}",
            r"note = {\url{http://arxiv.org/abs/1409.1556}}",
            r"note = {\href{http://arxiv.org/abs/1409.1556/}{arXiv:1409.1556}}",
            "number = {arXiv:1409.1556}, howpublished = {arXiv: 1409.1556}",
        ],
    )
    def test_finds_the_arxiv_id(self, fields):
        assert load(f"title = {{T}}, year = 2014, {fields}") == self.PREPRINT

    def test_finds_an_old_arxiv_id_by_its_subject(self):
        work = load("eprint={9901001}, archiveprefix={arXiv}, primaryclass={hep-th}")
        assert work.arxiv_id == "hep-th/9901001"

    def test_published_paper_keeps_journal_and_note(self):
        work = load("journal = {J}, eprint = {1409.1556}, note = {See arXiv:1.}")
        assert (work.kind, work.venue, work.arxiv_id, work.note) == (
            "article",
            "J",
            "1409.1556",
            "See arXiv:1.",
        )

    def test_leaves_the_id_of_another_archive(self):
        work = load("eprint = {10.2307/2118559}, eprinttype = {jstor}")
        assert work == Work(
            kind="article",
            key="k",
            other_fields={"eprint": "10.2307/2118559", "archiveprefix": "jstor"},
        )

    @pytest.mark.parametrize(
        "fields",
        [
            r"doi = {10.1007/978-3-319\_38}",
            r"doi = {https://doi.org/10.1007/978-3-319{\_}38}",
            "doi = {doi:10.1007/978-3-319_38.}",
        ],
    )
    def test_reads_a_doi(self, fields):
        assert load(fields) == Work(kind="article", key="k", doi="10.1007/978-3-319_38")

    def test_finds_the_doi_in_the_address(self):
        work = load(r"url = {https://dx.doi.org/10.1007/X\_1}")
        assert (work.doi, work.url) == ("10.1007/x_1", "https://dx.doi.org/10.1007/X_1")

    @pytest.mark.parametrize(
        ("field", "url"),
        [
            (r"url = {\url{http://a.org/b_c--d%20e}}", "http://a.org/b_c--d%20e"),
            (r"url = {http://a.org/\~{}b{\_}c\%20}", "http://a.org/~b_c%20"),
            (r"url = {http://a.org/{\textasciitilde}b}", "http://a.org/~b"),
            ("url = {www.a.org}", "http://www.a.org"),
            ("link = {http://a.org/}", "http://a.org/"),
            (r"howpublished = {\url{http://a.org/~b_c}}", "http://a.org/~b_c"),
        ],
    )
    def test_reads_an_address_without_decoding_it(self, field, url):
        assert load(field, "misc") == Work(key="k", url=url)

    def test_reports_an_address_that_could_run(self):
        raw = "@misc{k, url = {javascript:alert(1)}}"
        assert bibtex.loads(raw) == (
            [Work(key="k")],
            [Problem(1, "url: not http or https, left out.", "javascript:alert(1)")],
        )

    @pytest.mark.parametrize(
        ("fields", "message"),
        [
            ("doi = {none}", "doi: no DOI in it, left out."),
            ("url = {http://a.org http://b}", "url: only the first address was read."),
            ("year = {soon}", "year: no year in it."),
            ("author = {A. Bo; E. Di}", "Names are not written as BibTeX wants them."),
            (r"note = {\strange{x}}",
             r"Of LaTeX commands not known, the words stay: \strange."),
            ("备注 = {x}", "The field “备注” is kept as “x-59076ce8”."),
            ("note = {" + "x" * 100_001 + "}", "note: cut after 100,000 characters."),
        ],
    )  # fmt: skip
    def test_reports(self, fields, message):
        assert messages(fields) == [message]


@pytest.mark.parametrize(
    ("fields", "year", "other"),
    [
        ("year = 1986", 1986, {}),
        ("year = {c1986a}", 1986, {"year": "c1986a"}),
        ("year = {{\\noopsort{1973a}}1986}", 1986, {"year": "{\\noopsort{1973a}}1986"}),
        ("year = {in press}", None, {"year": "in press"}),
        ("date = {1986}", 1986, {}),
        ("date = {1986-07-03}", 1986, {"month": "jul", "day": "3"}),
        ("date = {1986/1990}", 1986, {"date": "1986/1990"}),
        ("year = 1987, date = {1986}", 1987, {"date": "1986"}),
        ("year = 1986, month = {Juli}", 1986, {"month": "Juli"}),
    ],
)
def test_reads_a_date_and_writes_it_again(fields, year, other):
    work = load(fields)
    assert (work.year, work.other_fields) == (year, other)
    assert bibtex.loads(bibtex.dumps([work]))[0] == [work]


def test_year_of_a_person_comes_before_that_of_the_file():
    work = load("year = {c1986}")
    work.year = 1990
    assert "  year = {1990},\n" in bibtex.dumps([work])


def test_subtitles_belong_to_titles():
    work = load(
        "title={A}, subtitle={B}, booktitle={C}, booksubtitle={D}", "inproceedings"
    )
    assert (work.title, work.venue) == ("A: B", "C: D")


def test_latex_becomes_words_and_other_fields_stay():
    work = load(
        r"title = {{\"U}ber {DNA} \& $\alpha_{1}$}, note = {Science \&amp; Life~1},"
        r"series = {{\"U}ber~{A}}, file = {:a\_b--c.pdf:PDF}, BDSK-url-1 = {%20}"
    )
    assert work == Work(
        title=r"Über DNA & $\alpha_{1}$",
        kind="article",
        key="k",
        note="Science & Life 1",
        other_fields={
            "series": r"{\"U}ber~{A}",
            "file": r":a\_b--c.pdf:PDF",
            "bdsk-url-1": "%20",
        },
    )


HOSTILE = [
    "}, author = {X}, x = {",
    "x}}\n@book{evil, title = {E}}\n",
    "\\",
    "{",
    "}{",
    "\\}",
    "$}$",
    "a\x00b\nc\u2028d",
    "% \" # ~ ^ & _ $ ' ` -- --- ?` \\href{javascript:alert(1)}{x}",
    "<script>alert(1)</script>",
    "{" * 200 + "}" * 200,
]


@pytest.mark.parametrize("value", HOSTILE)
def test_hostile_value_cannot_leave_its_field(value):
    work = Work(
        title=value,
        authors=[f"{value}, {value}", value],
        venue=value,
        doi=value,
        arxiv_id=value,
        kind="article",
        key=value,
        entry_type=value,
        volume=value,
        number=value,
        pages=value,
        publisher=value,
        url=f"https://example.org/{value}",
        abstract=value,
        note=value,
        other_fields={"series": value, value: value, "crossref": value},
    )
    after = Work(title="After", kind="book", key="after")
    text = bibtex.dumps([work, after])
    with errors.capture() as wrong:
        theirs = database.parse_string(text, "bibtex")
    assert wrong == []
    assert [entry.type for entry in theirs.entries.values()] == ["article", "book"]
    [first, last], _problems = bibtex.loads(text)
    assert (first.kind, last) == ("article", after)
    assert "x" not in first.other_fields
    assert "crossref" not in first.other_fields


def test_title_is_the_same_after_hostile_characters():
    title = "a\\b{c}d%e#f_g^h~i&j\"k'l''m`n``o--p---q?`r$s<t>@u{v}"
    assert bibtex.loads(bibtex.dumps([Work(title=title)]))[0][0].title == title


@pytest.mark.parametrize(
    ("keys", "written"),
    [
        (["DBLP:conf/nips/A+B", "凯撒2013"], ["DBLP:conf/nips/A+B", "凯撒2013"]),
        (['a b,c}d{e=f%g#h\\i~j@k"l\nm'], ["abcdefghijklm"]),
        (["a", "A", "a", "a-2"], ["a", "A-2", "a-3", "a-2-2"]),
        (["", ""], ["bo2020", "bo2020-2"]),
    ],
)
def test_writes_a_key_that_can_be_cited(keys, written):
    works = [Work(authors=["Bo, Ada"], year=2020, key=key) for key in keys]
    found, problems = bibtex.loads(bibtex.dumps(works))
    assert ([work.key for work in found], problems) == (written, [])


def test_reads_bytes_and_says_what_it_assumed():
    text = "@misc{a,\n author = {凯撒}, title = {测试期刊}}"
    work = Work(title="测试期刊", authors=["凯撒"], key="a")
    assert bibtex.read(text.encode("utf-8-sig")) == ([work], [])
    assert bibtex.read(text.encode("utf-16")) == ([work], [])
    message = "The encoding is not certain; it was read as GB18030 (Chinese)."
    line = "author = {凯撒}, title = {测试期刊}}"
    assert bibtex.read(text.encode("gbk")) == ([work], [Problem(2, message, line)])


@pytest.mark.parametrize(
    "load", [bibtex.read, lambda data: bibtex.loads(data.decode())]
)
def test_reads_no_file_that_is_too_large(load):
    message = "More than 5,000,000 bytes; nothing was read."
    raw = "a" * 1000
    assert load(b"a" * (MAX_BYTES + 1)) == ([], [Problem(1, message, raw, lost=True)])


def test_reads_no_more_entries_than_the_limit():
    text = "".join(f"@misc{{k{i}}}\n" for i in range(MAX_ENTRIES + 1))
    works, [problem] = bibtex.loads(text)
    assert (len(works), problem.line, problem.lost) == (20_000, 20_001, True)


def test_real_files_are_read_whole(shared):
    """As many entries as the index says, but for the file of errors."""
    folder = shared / "data" / "bib"
    rows = [
        [cell.strip(" `") for cell in line.strip("|").split("|")]
        for line in (folder / "index.md").read_text().splitlines()
        if line.startswith("|") and ".bib" in line
    ]
    counts = {row[0]: int(row[4]) for row in rows}
    assert counts.pop("ruby-errors.bib") == 3
    assert counts == {
        name: len(bibtex.read((folder / name).read_bytes())[0]) for name in counts
    }


def test_real_files_are_equal_after_writing(shared):
    for file in (shared / "data" / "bib").glob("*.bib"):
        works, _problems = bibtex.read(file.read_bytes())
        text = bibtex.dumps(works)
        with errors.capture() as wrong:
            theirs = database.parse_string(text, "bibtex")
        assert (wrong, len(theirs.entries)) == ([], len(works))
        again, _problems = bibtex.loads(text)
        for work, key in zip(works, theirs.entries, strict=True):
            work.key = key
        assert again == works


def test_no_latex_is_left_in_the_authors_of_real_files(shared):
    for file in (shared / "data" / "bib").glob("*.bib"):
        authors = [
            name for work in bibtex.read(file.read_bytes())[0] for name in work.authors
        ]
        wrong = [n for n in authors if set(n) & set("\\{}~$") or " and " in n]
        assert wrong == []


# One line of printable text, with more of what means something to LaTeX.
PRINTABLE = st.characters(categories="LMNPS") | st.sampled_from(
    "\\{}$%&#_^~\"'`-!?@;a0"
)
WORDS = st.lists(st.text(PRINTABLE, min_size=1)).map(" ".join)
NAME = st.text(st.characters(categories="LMPS", exclude_characters=","), min_size=1)
NAMES = st.builds(
    "{}{}".format, st.characters(categories=["Lu"]), st.lists(NAME).map(" ".join)
)
LATEX = WORDS.map(bibtex._latex).filter(bool)


@st.composite
def works(draw):
    """A Work such as ``loads`` gives: an arXiv id without journal is a preprint's."""
    work = draw(
        st.builds(
            Work,
            title=WORDS,
            authors=st.lists(st.builds("{}, {}".format, NAMES, NAMES) | NAMES),
            has_more_authors=st.booleans(),
            year=st.none() | st.integers(1, 9999),
            venue=WORDS,
            arxiv_id=st.sampled_from(["", "1806.07572", "math/0508276"]),
            doi=st.sampled_from(["", "10.1000/a-b(c)_<1:d>2;e"]),
            kind=st.sampled_from(sorted(bibtex.TYPES)),
            volume=WORDS,
            number=WORDS,
            pages=st.sampled_from(["", "7", "1--20", "1--2, 5--6", "e5"]),
            publisher=WORDS,
            url=st.sampled_from(["", "https://example.org/~a_b;?c=1&d=%20#e--f"]),
            abstract=WORDS,
            note=WORDS,
            other_fields=st.dictionaries(
                st.sampled_from(["editor", "series", "month", "a-b"]), LATEX
            ),
        )
    )
    if work.kind == "book":
        work.title = work.title or "Title"
    if work.arxiv_id and (
        work.kind == "misc" or (work.kind == "article" and not work.venue)
    ):
        work.kind = "preprint"
    return work


@given(written=st.lists(works()))
def test_reads_what_it_wrote_property(written):
    found, _problems = bibtex.loads(bibtex.dumps(written))
    for work in found:
        work.key = ""
    assert found == written


@given(text=st.text(PRINTABLE | st.sampled_from("\n,={}@")))
def test_writes_what_reads_the_same_property(text):
    """What is read of any value does not change by being written."""
    once = bibtex.loads(f"@misc{{k, title={{{text}}}, author={{{text}}}}}")[0]
    again = bibtex.loads(bibtex.dumps(once))[0]
    assert bibtex.loads(bibtex.dumps(again))[0] == again
    assert len(again) == len(once)


def test_a_link_in_latex_is_of_the_web_or_of_mail():
    work = Work(
        title=r"On $\href{javascript:alert(1)}{x}$",
        other_fields={
            "howpublished": r"\url{ JavaScript:data:alert(2)} \href {file:///etc}{y}",
            "annote": r"\url{https://example.org/a:b} \href{mailto:a@example.org}{z}",
        },
    )
    written = bibtex.dumps([work])
    assert r"$\href{alert(1)}{x}$" in written
    assert r"howpublished = {\url{ alert(2)} \href {///etc}{y}}" in written
    assert f"annote = {{{work.other_fields['annote']}}}" in written


@pytest.mark.parametrize(
    ("journal", "venue"),
    [
        ("arXiv", ""),
        ("CoRR", ""),
        ("arXiv e-prints", ""),
        ("arXiv:", "arXiv:"),
        ("arXiv Days on Things", "arXiv Days on Things"),
    ],
)
def test_only_a_venue_that_says_arxiv_alone_is_left_out(journal, venue):
    text = f"@article{{a, title={{A}}, journal={{{journal}}}, eprint={{1806.07572}}}}"
    [work], problems = bibtex.loads(text)
    assert (work.venue, work.arxiv_id, problems) == (venue, "1806.07572", [])
