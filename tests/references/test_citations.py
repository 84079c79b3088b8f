from dataclasses import replace

import pytest
from django.utils.safestring import SafeString

from references import citations, csl
from references.work import Work

WORK = Work(title="On $k$", authors=["Belkin, Mikhail"], year=2019, kind="article")


@pytest.fixture
def written(monkeypatch):
    """(style, title) of each citation that had to be written."""
    calls = []

    def cite(works, style):
        calls.extend((style, work.title) for work in works)
        return [csl.Formatted(style, f"<i>{style}</i>") for _ in works]

    monkeypatch.setattr(citations.csl, "cite", cite)
    return calls


def test_every_style_is_there_as_safe_html():
    found = citations.of_work(WORK)
    assert [name for name, _ in found] == [name for name, _ in csl.STYLES.values()]
    assert {type(html) for _, html in found} == {SafeString}
    assert dict(found)["APA"] == csl.cite([WORK], "apa")[0].html


def test_a_citation_is_written_once(written):
    first, again = citations.of_work(WORK), citations.of_work(replace(WORK))
    assert first == again
    assert [style for style, _ in written] == [*csl.STYLES]


def test_another_word_another_citation(written):
    for work in (
        WORK,
        replace(WORK, title="On l"),
        replace(WORK, other_fields={"month": "5"}),
        replace(WORK, has_more_authors=True),
    ):
        citations.of_work(work)
    assert len(written) == 4 * len(csl.STYLES)


def test_other_code_or_styles_another_citation(written, monkeypatch):
    citations.of_work(WORK)
    monkeypatch.setattr(citations, "release", lambda: "the next")
    citations.of_work(WORK)
    assert len(written) == 2 * len(csl.STYLES)


def test_release_changes_with_a_library(monkeypatch):
    now = citations.release()
    monkeypatch.setattr(citations, "version", lambda package: "99")
    assert citations.release.__wrapped__() != now


def test_html_is_cleaned_before_it_is_called_safe(monkeypatch):
    hostile = '<script>x</script><a href="javascript:x" onclick="x">y</a><i>z</i>'
    monkeypatch.setattr(
        citations.csl, "cite", lambda works, style: [csl.Formatted("", hostile)]
    )
    html = dict(citations.of_work(WORK))["APA"]
    assert html == '<a rel="noopener">y</a><i>z</i>'
