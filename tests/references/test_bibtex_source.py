import time

import bibtexparser
import pytest
from hypothesis import given
from hypothesis import strategies as st

from references import encodings
from references.bibtex_inheritance import MAX_INHERITED
from references.bibtex_source import MAX_EXPANDED, RawEntry, entries
from references.work import MAX_ENTRIES, MAX_PROBLEMS, Problem


def fields(text):
    """The fields of the one entry in ``text``."""
    [entry], _problems = entries(text)
    return entry.fields


def messages(text):
    """(line, message) of what is wrong with ``text``."""
    return [(problem.line, problem.message) for problem in entries(text)[1]]


def test_reads_an_entry_as_it_is_written():
    raw = '@Article{Key:1,\n Title = {The {DNA} of "it"},\n YEAR = 2020, note = "a"}'
    found = {"title": 'The {DNA} of "it"', "year": "2020", "note": "a"}
    assert entries(f"Text.\n\n{raw}\n") == (
        [RawEntry("article", "Key:1", 3, raw, found)],
        [],
    )


@pytest.mark.parametrize(
    ("value", "read"),
    [
        ("{a {b {c {d {e {f}}}}}}", "a {b {c {d {e {f}}}}}"),
        ('"a {"} b"', 'a {"} b'),
        ('"{\\"U}ber"', '{\\"U}ber'),
        ("{line one\n\tline two}", "line one\n\tline two"),
        ("{mail@book{x} at a line's start}", "mail@book{x} at a line's start"),
        ('{a} # " b" # {c}', "a bc"),
        ("jan", "jan"),
        ('"10~" # jan', "10~January"),
        ('jan # "--" # FEB', "January--February"),
        ("acm", "ACM Press"),
        ('acm # ", 2"', "ACM Press, 2"),
        ("nested", "The ACM Press"),
    ],
)
def test_reads_a_value(value, read):
    strings = '@string{acm = "ACM Press"}\n@String(nested = {The } # ACM)\n'
    assert entries(f"{strings}@misc{{a, note = {value}, year = 1}}") == (
        [RawEntry("misc", "a", 3, f"@misc{{a, note = {value}, year = 1}}",
                  {"note": read, "year": "1"})],
        [],
    )  # fmt: skip


@pytest.mark.parametrize(
    "text",
    [
        "@misc(a, note = {(x)}, year = 1)",
        "@misc {a , , note = {(x)} ,, year = 1 , }",
        "@ misc\n{\na\n,\nnote\n=\n{(x)}\n,\nyear=1}",
        "@misc{a, % how\n note = {(x)},\n % why = {y},\n year = 1}",
        "john@example.org (or @home) and @misc{a, note = {(x)}, year = 1}",
        "@preamble{{\\newcommand{\\x}{@misc{no,}}}}@misc{a, note={(x)}, year=1}",
    ],
)
def test_reads_every_way_to_write_an_entry(text):
    [entry], problems = entries(text)
    assert (entry.key, entry.fields, problems) == (
        "a",
        {"note": "(x)", "year": "1"},
        [],
    )


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_counts_lines_whatever_ends_them(newline):
    text = newline.join(["", "@misc{a,", "note = x}", "@misc{b}"])
    found, [problem] = entries(text)
    assert [entry.line for entry in found] == [2, 4]
    assert problem.line == 2


@pytest.mark.parametrize(
    ("text", "found", "message"),
    [
        (
            "@misc{note = {x}}",
            {"note": "x"},
            (1, "This entry has no key."),
        ),
        (
            "@misc{a\n note = {x}}",
            {"note": "x"},
            (1, "A comma is missing after the key."),
        ),
        (
            "@misc{a,\n note = {x}\n year = 1}",
            {"note": "x", "year": "1"},
            (2, "A comma is missing after the field “note”."),
        ),
        (
            '@misc{a,\n year = 1\n note = "x"}',
            {"note": "x", "year": "1"},
            (2, "A comma is missing after the field “year”."),
        ),
        (
            "@misc{a,\n note = {x},\n Note = {y}}",
            {"note": "x"},
            (1, "The field “note” stands twice; the first one counts."),
        ),
        (
            "@misc{a, note = undefined # {x}}",
            {"note": "undefinedx"},
            (1, "“undefined” is no known abbreviation; its name stands for it."),
        ),
        (
            "@misc{a,\n note = {x},\n year = 1\n\n",
            {"note": "x", "year": "1"},
            (1, "The end of this entry is missing."),
        ),
        (
            "@misc{a,\n note = {x}},\n year = 1}",
            {"note": "x", "year": "1"},
            (3, "An extra brace ends the entry before this field."),
        ),
        (
            "@misc{a,\n note = {x {y},\n year = 1\n}\n",
            {"note": "x {y}", "year": "1"},
            (2, "The end of the field “note” is missing."),
        ),
        (
            "@misc{a,\n note {x},\n year = 1}",
            {"year": "1"},
            (2, "Here a field was expected."),
        ),
        (
            '@misc{a,\n note = "x" y",\n year = 1}',
            {"year": "1"},
            (2, "The field “note” could not be read."),
        ),
        (
            "@misc{a, year = 1, note = }",
            {"year": "1"},
            (1, "The field “note” has no value."),
        ),
    ],
)
def test_mends_and_reports(text, found, message):
    assert fields(text) == found
    assert message in messages(text)


def test_an_entry_without_end_does_not_take_the_next_with_it():
    text = "@misc{a, note = {x\n@misc{b, note = {y}}\n@misc{c, note = {z}}"
    found, problems = entries(text)
    assert [(entry.key, entry.fields) for entry in found] == [
        ("b", {"note": "y"}),
        ("c", {"note": "z"}),
    ]
    message = "An entry could not be read: its braces, quotes or commas."
    assert problems == [Problem(1, message, "@misc{a, note = {x", lost=True)]


def test_an_entry_quoted_inside_a_value_is_no_entry():
    inside = "Cite as\n@book{b, title = {T}}\nplease"
    assert fields(f"@misc{{a, note = {{{inside}}}, year = 1}}") == {
        "note": inside,
        "year": "1",
    }


def test_keeps_both_entries_of_one_key():
    found, [problem] = entries("@misc{Bo, year=1}\n@misc{bo, year=2}")
    assert [entry.fields["year"] for entry in found] == ["1", "2"]
    message = "The key “bo” is that of an entry before as well."
    assert problem == Problem(2, message, "@misc{bo, year=2}")


@pytest.mark.parametrize(
    "text", ["@comment{@misc{a, note={x}}}", "@Comment{a,\n  note = {x}}"]
)
def test_reports_an_entry_in_a_comment(text):
    assert entries(text) == (
        [],
        [Problem(1, "An entry inside a @comment was left out.", text)],
    )


def test_reports_an_entry_behind_a_percent_sign():
    text = "%@misc{a, note={x}}\n@misc{b, note={y}}"
    [entry], problems = entries(text)
    assert entry.key == "b"
    assert problems == [Problem(1, "An entry is commented out.", "@misc{a, note={x}}")]


def test_says_nothing_of_the_comments_of_jabref():
    text = "% Encoding: UTF-8\n@Comment{jabref-meta: databaseType:bibtex;}"
    assert entries(text) == ([], [])


class TestInheritance:
    def inherited(self, child, *others):
        found, problems = entries("\n".join([child, *others]))
        assert problems == []
        return found[0].fields

    @pytest.mark.parametrize("is_after", [True, False])
    def test_part_has_what_the_whole_says(self, is_after):
        texts = [
            "@inproceedings{a, title={A}, Publisher={Own}, crossref={B}}",
            "@proceedings{b, title={B}, subtitle={S}, publisher={Theirs}, year=2020, "
            "doi={10.1000/b}, pages={1-999}, editor={Bo, Ada}}",
        ]
        found, problems = entries("\n".join(texts if is_after else texts[::-1]))
        [part] = [entry for entry in found if entry.key == "a"]
        assert problems == []
        assert part.fields == {
            "title": "A",
            "publisher": "Own",
            "booktitle": "B",
            "booksubtitle": "S",
            "year": "2020",
            "editor": "Bo, Ada",
        }

    def test_booktitle_of_the_whole_comes_before_its_title(self):
        assert self.inherited(
            "@inbook{a, title={A}, crossref={b}}",
            "@book{b, title={B}, booktitle={Book}}",
        ) == {"title": "A", "booktitle": "Book"}

    def test_article_has_the_journal_of_its_issue(self):
        assert self.inherited(
            "@article{a, title={A}, crossref={b}}", "@periodical{b, title={Journal}}"
        ) == {"title": "A", "journal": "Journal"}

    def test_date_of_its_own_is_the_whole_date(self):
        assert self.inherited(
            "@inbook{a, title={A}, date={2021}, crossref={b}}",
            "@book{b, title={B}, year=2020, month=may}",
        ) == {"title": "A", "booktitle": "B", "date": "2021"}

    def test_xdata_gives_all_and_may_refer_to_more(self):
        assert self.inherited(
            "@book{a, title={A}, xdata={b, c}}",
            "@xdata{b, publisher={B}, url={https://b.example}, xdata={d}}",
            "@xdata{c, publisher={C}, series={C}}",
            "@xdata{d, location={D}}",
        ) == {
            "title": "A",
            "publisher": "B",
            "url": "https://b.example",
            "address": "D",
            "series": "C",
        }

    def test_reports_what_is_not_here(self):
        raw = "@inbook{a, title={A}, crossref={b}}"
        message = "The entry “b” that this one refers to is not in this file."
        assert entries(raw) == (
            [RawEntry("inbook", "a", 1, raw, {"title": "A"})],
            [Problem(1, message, raw)],
        )

    def test_reports_a_circle(self):
        text = "@misc{a, x={1}, crossref={b}}\n@misc{b, y={2}, crossref={a}}"
        found, problems = entries(text)
        assert [entry.fields for entry in found] == [{"x": "1", "y": "2"}, {"y": "2"}]
        assert [(problem.line, problem.message) for problem in problems] == [
            (2, "The entry “a” that this one refers to leads back to itself.")
        ]


WORST = {
    "a million braces": "@misc{a, note={" + "{" * 1_000_000,
    "a million heads": "@misc{" * 800_000,
    "a million comments": "@comment{" * 500_000,
    "lines that begin an entry": "@a{\n" * 1_200_000,
    "a million macros": "@string{" + "a=1," * 1_000_000 + "}",
    "macros that double": '@string{a0="xxxxxxxx"}'
    + "".join(f"@string{{a{i}=a{i - 1}#a{i - 1}}}" for i in range(1, 500))
    + "@misc{a, note=a499}",
    "unknown macros": "@misc{a, note=" + "b#" * 1_000_000 + "b}",
    "fields without end": "@misc{a,\n" + "b={x\n" * 200_000,
    "entries without end": "@misc{a,\n title={x\n b={y},\n" * 20_000,
    "spaces": "@" + " " * 4_000_000 + "@",
    "NUL bytes": "@misc{a, note={" + "\0" * 4_000_000,
    "deep nesting": "@misc{a, note={" + "{" * 10_000 + "}" * 10_000 + "}}",
    "a long chain": "".join(
        f"@misc{{k{i}, f{i}={{x}}, crossref={{k{i + 1}}}}}\n" for i in range(20_000)
    ),
    "a large circle": "".join(
        f"@misc{{k{i}, f{i}={{x}}, crossref={{k{(i + 1) % 20_000}}}}}\n"
        for i in range(20_000)
    ),
    "a whole of many parts": "@misc{p,"
    + "".join(f"f{i}={{x}}," for i in range(10_000))
    + "}"
    + "".join(f"@misc{{k{i}, crossref={{p}}}}" for i in range(10_000)),
}


@pytest.mark.parametrize("name", WORST)
def test_hostile_file_takes_bounded_time_and_is_reported(name):
    started = time.process_time()
    found, problems = entries(WORST[name])
    assert time.process_time() - started < 30  # hours, were it quadratic
    assert found or problems or name in ("spaces", "a million macros",
                                         "a million comments")  # fmt: skip
    assert len(found) + sum(problem.lost for problem in problems) <= MAX_ENTRIES + 1
    assert sum(not problem.lost for problem in problems) <= MAX_PROBLEMS + 1
    sizes = [len(value) for entry in found for value in entry.fields.values()]
    assert sum(sizes) <= len(WORST[name]) + MAX_EXPANDED + 2 * MAX_INHERITED


def test_reads_no_more_than_the_limit():
    found, problems = entries("@misc{a}\n" * (MAX_ENTRIES + 5))
    assert len(found) == MAX_ENTRIES
    message = "More than 20,000 entries; the rest was not read."
    assert [problem for problem in problems if problem.lost] == [
        Problem(MAX_ENTRIES + 1, message, "@misc{a}\n" * 4 + "@misc{a}", lost=True)
    ]


def test_agrees_with_bibtexparser_on_real_files(shared):
    """Where that one reads an entry, and joins nothing by "#"."""
    compared = 0
    for file in sorted((shared / "data" / "bib").glob("*.bib")):
        if file.name == "ruby-errors.bib":
            continue  # there it takes two fields for one
        text, _encoding, _is_assumed = encodings.decode(file.read_bytes())
        theirs = {entry.key: entry for entry in bibtexparser.parse_string(text).entries}
        for ours in entries(text)[0]:
            if ours.key not in theirs:
                continue
            for field in theirs[ours.key].fields:
                if " # " not in field.value and field.key.lower() in ours.fields:
                    assert ours.fields[field.key.lower()] == field.value
                    compared += 1
    assert compared > 7000


@given(
    text=st.text()
    | st.lists(
        st.sampled_from(
            '@misc{ @string{ @comment{ a key, note = { } " # = , % \n ( ) \\ x 1'.split(
                " "
            )
        )
    ).map(" ".join)
)
def test_reads_any_text_property(text):
    """Each entry that has a head at the start of a line is read or reported."""
    found, problems = entries(text)
    for entry in found:
        assert entry.raw in text.replace("\r\n", "\n").replace("\r", "\n")
    if text.lstrip().startswith("@misc"):
        assert found or problems or "{" not in text
