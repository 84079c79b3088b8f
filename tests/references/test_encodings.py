import pytest

from references import encodings

CHINESE = "@article{凯撒2013, title = {测试期刊，第一卷}}"
LATIN = "@article{a, author = {Müller, José}, title = {Études “naïves”}}"


@pytest.mark.parametrize(
    ("text", "codec", "name", "is_assumed"),
    [
        ("", "ascii", "UTF-8", False),
        ("@misc{a}", "ascii", "UTF-8", False),
        (CHINESE, "utf-8", "UTF-8", False),
        (CHINESE, "utf-8-sig", "UTF-8", False),
        (CHINESE, "utf-16", "UTF-16", False),
        (CHINESE, "utf-16-le", "UTF-16", False),
        (LATIN, "utf-16-be", "UTF-16", False),
        (CHINESE, "gbk", "GB18030 (Chinese)", True),
        (LATIN, "cp1252", "Windows-1252 (Latin)", True),
    ],
)
def test_finds_the_encoding(text, codec, name, is_assumed):
    assert encodings.decode(text.encode(codec)) == (text, name, is_assumed)


def test_reads_a_file_joined_from_two():
    data = "é测试期刊 ".encode() + "ü ".encode("latin-1") + "ö".encode()
    assert encodings.decode(data) == (
        "é测试期刊 ü ö",
        "UTF-8 with some bytes in Windows-1252",
        True,
    )


def test_marks_what_cannot_be_read():
    assert encodings.decode(b"\xff\xfea") == ("\ufffd", "UTF-16", True)


def test_zero_bytes_alone_are_no_utf_16():
    assert encodings.decode(b"ab\0\0\0\0") == ("ab\0\0\0\0", "UTF-8", False)
