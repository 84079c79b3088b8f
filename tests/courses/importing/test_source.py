"""Bytes -> text of an HTML page, or a refusal that says what was found."""

import codecs
import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from courses.importing import source
from courses.importing.source import PageRefused, text_of

CHINESE = "数学课程"


@pytest.mark.parametrize(
    ("data", "found"),
    [
        (b"", "is empty"),
        (b" \r\n\t", "is empty"),
        (b"%PDF-1.7\n<p>", "a PDF file"),
        (b"PK\x03\x04<p>", "a ZIP archive or an Office document"),
        (b"\x89PNG\r\n\x1a\n", "an image"),
        (b"\xff\xd8\xff\xe0", "an image"),
        (b"GIF89a", "an image"),
        (b"\x1f\x8b\x08", "a compressed file"),
        (b"<p>a\0b</p>", "binary"),
        (b"# Course\n\n- [slides](x.pdf)\n", "Markdown or YAML"),
        (b"title: Course\nsessions:\n  - a\n", "Markdown or YAML"),
        (b"---\ntitle: X\n---\n<table><tr><td>x</table>", "begins with a YAML head"),
        (b"Hello there.", "plain text"),
        (b'{"title": 1}', "plain text"),
        (b"<!-- <table> --> Hello", "plain text"),
        (b"<meta charset=klingon><p>\xe9", "“klingon”, which is unknown"),
        (b"<meta charset=undefined><p>\xe9", "“undefined”, which no page has"),
        (b"<meta charset=raw_unicode_escape><p>\xe9\\ud800", "which no page has"),
        (b"<meta charset=utf-8><p>" + b"\xe9\xe8 " * 9, "declares UTF-8"),
        (b"<meta charset=big5><p>\xff\xff", "neither UTF-8 nor big5"),
        (b"<p>\x81\x8d", "neither UTF-8 nor Windows-1252"),
        (codecs.BOM_UTF16_LE + b"<p>\0x", "begins as utf-16 and then is not"),
        (b"<p>" + b"x" * 2_000_000, "has 2,000,003 bytes"),
        (b"<p>" * 60_001, "has 60,001 tags"),
    ],
)
def test_refuses_with_one_sentence(data, found):
    with pytest.raises(PageRefused) as refusal:
        text_of(data)
    message = str(refusal.value)
    assert found in message
    assert re.fullmatch(r"The (?:file|page) [^\n]+; (?:give|save) [^\n.]+[.]", message)


@pytest.mark.parametrize(
    "tags",
    [
        "<div>" * 6_000_000,  # 30 MB
        "<b>" * 600_000,
        "<a href=x>" * 190_000,
        "<table><tr><td>" * 20_000,
        "<b><i>" * 201,
        "".join(f"<x{i}>" for i in range(401)),
        "<div>" * 400 + "</p>" * 9_000 + "<b>",
    ],
)
def test_refuses_deep_nesting_in_no_time(tags):
    html = f"<html>{tags}".encode()
    start = time.monotonic()
    with pytest.raises(PageRefused):
        text_of(html)
    assert time.monotonic() - start < 2


@pytest.mark.parametrize(
    "html",
    [
        "<p>" + "<b>x</b>" * 2_000,
        "<p>x" * 2_000,
        "<table>" + "<tr><td>x" * 2_000,
        "<p>x</div></div></div>" * 500,
        f"<p>x<!-- {'<div>' * 500} -->",
    ],
)
def test_takes_what_is_long_but_not_deep(html):
    assert text_of(html.encode()) == html


@pytest.mark.parametrize(
    ("data", "text"),
    [
        ("<p>é".encode(), "<p>é"),
        (codecs.BOM_UTF8 + "<p>é".encode(), "<p>é"),
        (codecs.BOM_UTF16_LE + f"<p>{CHINESE}".encode("utf-16-le"), f"<p>{CHINESE}"),
        (codecs.BOM_UTF16_BE + f"<p>{CHINESE}".encode("utf-16-be"), f"<p>{CHINESE}"),
        (codecs.BOM_UTF32_LE + f"<p>{CHINESE}".encode("utf-32-le"), f"<p>{CHINESE}"),
        # the declaration lies
        (
            f"<meta charset=gb2312><p>{CHINESE} é".encode(),
            f"<meta charset=gb2312><p>{CHINESE} é",
        ),
        # it does not, or says less than is used
        (
            f'<META content="text/html; charset=GB2312"><p>{CHINESE}'.encode("gbk"),
            f'<META content="text/html; charset=GB2312"><p>{CHINESE}',
        ),
        (
            "<meta charset=gb2312><p>朱镕基".encode("gbk"),
            "<meta charset=gb2312><p>朱镕基",
        ),
        (b"<p>caf\xe9 \x93q\x94", "<p>café “q”"),
        (
            b"<meta charset='iso-8859-1'><p>caf\xe9 \x93q\x94",
            "<meta charset='iso-8859-1'><p>café “q”",
        ),
        # a few bad bytes
        (
            b"<meta charset=utf-8><p>" + b"x" * 500 + b"\xe9.",
            "<meta charset=utf-8><p>" + "x" * 500 + "\ufffd.",
        ),
    ],
)
def test_bytes_decide_the_encoding(data, text):
    assert text_of(data) == text


@pytest.mark.parametrize(
    ("html", "rest"),
    [
        ("a<!-- b -->c<!---->d", "acd"),
        ("a<!-->b<!--->c", "abc"),
        ("a<!-- b --!>c", "ac"),
        ("a<!-- b <!-- c -->d", "ad"),
        ("a<!-- b", "a"),
        ("<!--" * 400_000, ""),
    ],
)
def test_comments_end_where_browsers_end_them(html, rest):
    assert source.without_comments(html) == rest


@given(st.binary() | st.binary().map(b"<meta charset=gbk><p>".__add__))
def test_random_bytes_are_text_or_refused(data):
    try:
        text = text_of(data)
    except PageRefused:
        return
    text.encode()
