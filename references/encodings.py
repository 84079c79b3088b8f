"""Text from bytes of unknown encoding, decided by what the bytes say."""

import codecs
import re

BOMS = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
NAMES = {
    "utf-8-sig": "UTF-8",
    "utf-8": "UTF-8",
    "utf-16": "UTF-16",
    "utf-16-le": "UTF-16",
    "utf-16-be": "UTF-16",
    "gb18030": "GB18030 (Chinese)",
    "cp1252": "Windows-1252 (Latin)",
}
HIGH = re.compile(rb"[\x80-\xff]+")
# The characters of GB 2312, which Chinese text hardly ever leaves: level 1 and 2
# ideographs, and the two rows of punctuation and full-width signs.
GB2312 = re.compile(rb"(?:[\xb0-\xf7][\xa1-\xfe]|[\xa1\xa3][\xa1-\xfe])+")


def decode(data: bytes) -> tuple[str, str, bool]:
    """(text, name of the encoding, whether it was assumed rather than certain).

    No byte is lost without a trace: what an encoding cannot read becomes U+FFFD.
    """
    encoding = _by_mark(data) or _by_zeros(data)
    if encoding:
        text = data.decode(encoding, "replace")
        return text, NAMES[encoding], "\ufffd" in text
    try:
        return data.decode(), "UTF-8", False
    except UnicodeDecodeError:
        return *_assumed(data), True


def _by_mark(data):
    return next((name for mark, name in BOMS.items() if data.startswith(mark)), "")


def _by_zeros(data):
    """UTF-16 without mark: every second byte of ASCII text in it is zero."""
    start = data[:2000]
    even, odd = start[::2].count(0), start[1::2].count(0)
    if max(even, odd) <= len(start) * 0.2 or min(even, odd) > max(even, odd) / 10:
        return ""
    return "utf-16-le" if odd > even else "utf-16-be"


def _assumed(data):
    text = data.decode("utf-8", "surrogateescape")
    strange = len(re.findall("[\udc80-\udcff]", text))
    if len(re.findall("[\u0080-\ud7ff\ue000-\U0010ffff]", text)) > strange:
        text = re.sub("[\udc80-\udcff]+", _one_of_another, text)
        return text, "UTF-8 with some bytes in Windows-1252"
    runs = HIGH.findall(data)
    chinese = sum(len(run) // 2 for run in runs if GB2312.fullmatch(run))
    latin = sum(1 for run in runs if len(run) % 2)  # "é" between two letters
    encoding = "gb18030" if chinese > latin else "cp1252"
    text = data.decode(encoding, "replace")
    return text, NAMES[encoding]


def _one_of_another(match):
    return match[0].encode("utf-8", "surrogateescape").decode("cp1252", "replace")
