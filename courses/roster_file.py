"""A list of students as registries and spreadsheets give it: bytes in, rows out, no
database. What cannot be read is said row by row, in words for whoever has the list."""

import csv
import io
import re
import unicodedata
import zipfile
import zlib
from dataclasses import dataclass, field

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from openpyxl import load_workbook

from references import encodings, names

MAX_BYTES = 2_000_000
MAX_UNPACKED = 20_000_000  # bytes of a workbook, which is a zip file
MAX_LINES = 5000
MAX_ROWS = 100_000  # of a sheet, most of them empty
MAX_COLUMNS = 60
MAX_CELL = 300  # characters
# By the name of a column in our own files, what it is called elsewhere, folded.
COLUMNS = {
    "Student number": "student number|student no|student id|student id number|sid|id"
    "|number|matriculation number|学号|學號|学生编号|學生編號",
    "Name": "name|full name|student name|student|姓名|名字|学生姓名|學生姓名",
    "Family name": "family name|last name|surname|姓|姓氏",
    "Given name": "given name|given names|first name|first names|forename|名",
    "E-mail": "e mail|email|mail|e mail address|email address|邮箱|電郵|电邮|电子邮件"
    "|电子邮箱|電子郵件",
    "Code": "code|course code|listed under|课程代码|課程代碼",
    "Status": "status|enrolment status|enrollment status|状态|狀態",
}
STATUSES = {
    "active": "active|enrolled|registered|student|credit|在读|正式",
    "auditor": "auditor|audit|auditing|旁听|旁聽",
    "dropped": "dropped|drop|withdrawn|withdrew|退课|退選|退选",
}
COLUMN_OF = {word: name for name, said in COLUMNS.items() for word in said.split("|")}
STATUS_OF = {word: name for name, said in STATUSES.items() for word in said.split("|")}
FORMULA = ("=", "+", "-", "@")
NUMBER = re.compile(r"[\w./-]*\d[\w./-]*")
SCIENTIFIC = re.compile(r"\d+(?:[.,]\d+)?E[+-]?\d+", re.IGNORECASE)
OLD_EXCEL = b"\xd0\xcf\x11\xe0"  # of workbooks with a password, too
NO_LIST = gettext_lazy("This is no list: save it as .xlsx or CSV.")
TOO_LARGE = gettext_lazy("This workbook is too large: save the list alone, as CSV.")
NO_WORKBOOK = (  # what openpyxl raises at other files and damaged ones
    *(EOFError, LookupError, NotImplementedError, OSError, SyntaxError),
    *(TypeError, ValueError, zipfile.BadZipFile, zlib.error),
)

csv.field_size_limit(MAX_BYTES)  # a long cell is reported, not the end of the list


@dataclass
class Row:
    """One line of a list. ``cells`` are by our names of columns, as they are stored
    unless there are ``faults``; "" where empty."""

    line: int
    cells: dict[str, str]
    faults: list[str] = field(default_factory=list)


@dataclass
class Listed:
    rows: list[Row]
    remarks: list[str] = field(default_factory=list)


def text_of(data):
    """(text, remarks) of the bytes of a file: CSV as it is, a workbook as CSV with the
    same lines. ValidationError says what else it is."""
    if len(data) > MAX_BYTES:
        size = len(data) / 1_000_000
        raise ValidationError(_("It has %.1f MB; at most 2 MB are read.") % size)
    if data.startswith(OLD_EXCEL):
        raise ValidationError(
            _(
                "This is a workbook of an old Excel (.xls), or one with a password: "
                "open it in Excel and save it as .xlsx or CSV."
            )
        )
    if data.startswith(b"PK\x03\x04"):
        return _text_of_workbook(data)
    if data.lstrip()[:1] == b"<" or data.startswith(b"%PDF"):
        raise ValidationError(NO_LIST)
    text, encoding, is_assumed = encodings.decode(data)
    said = _("The file was read as %s: look whether the names are right.") % encoding
    return text, [said] if is_assumed else []


def _text_of_workbook(data):
    try:
        entries = zipfile.ZipFile(io.BytesIO(data)).infolist()
        if sum(entry.file_size for entry in entries) > MAX_UNPACKED:
            raise ValidationError(TOO_LARGE)
        # Row by row, and formulas as such: their values are those of another day.
        book = load_workbook(io.BytesIO(data), read_only=True)
        sheet = book.worksheets[0]
        sheet.reset_dimensions()  # some programs write that it has one row
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        rows = sheet.iter_rows(max_col=MAX_COLUMNS, values_only=True)
        for place, row in enumerate(rows):
            cells = [_text_of_cell(value) for value in row]
            while cells and not cells[-1]:  # the sheet is as wide as its widest row
                cells.pop()
            writer.writerow(cells)
            if place > MAX_ROWS or text.tell() > MAX_BYTES:
                raise ValidationError(TOO_LARGE)
    except NO_WORKBOOK:
        raise ValidationError(NO_LIST) from None
    said = _("Only its first sheet was read: “%s”.") % sheet.title
    return text.getvalue(), [said] if len(book.worksheets) > 1 else []


def _text_of_cell(value):
    """On one line, so that the lines of the text are the rows of the sheet."""
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return re.sub(r"\s", " ", str(getattr(value, "text", value)))


def read(text):
    """The Listed of a text with a heading, its cells between commas, semicolons or
    tabs. ValidationError says what is wrong with all of it."""
    heading, columns, lines = _under_heading(text.lstrip("\ufeff"))
    _check(heading, columns)
    rows = [_row(line, cells, columns) for line, cells in lines if any(cells)]
    if not rows:
        raise ValidationError(_("There is nobody on this list."))
    if len(rows) > MAX_LINES:
        said = _("It has %(count)d lines; at most %(most)d are read.")
        raise ValidationError(said % {"count": len(rows), "most": MAX_LINES})
    ignored = [
        _shown(cell)
        for cell, column in zip(heading, columns, strict=True)
        if cell and not column
    ]
    said = _("Columns that are not read: %s.") % ", ".join(ignored)
    return Listed(rows, [said] if ignored else [])


def _under_heading(text):
    """(heading, our name of each of its cells or "", the numbered lines below it):
    the heading is the line among the first, and the delimiter the one, by which most
    columns are known."""
    found = []
    for delimiter in ",;\t":
        lines = list(_lines(text, delimiter))
        for place, (_line, cells) in enumerate(lines[:10]):
            heading = cells[:MAX_COLUMNS]
            columns = [_column(cell) for cell in heading]
            found.append((sum(map(bool, columns)), heading, columns, lines, place))
    if not found:
        raise ValidationError(_("There is nothing in it."))
    _count, heading, columns, lines, place = max(found, key=lambda each: each[0])
    return heading, columns, lines[place + 1 :]


def _lines(text, delimiter):
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    line = 1
    for cells in reader:
        yield line, [cell.strip() for cell in cells]
        line = reader.line_num + 1


def _column(cell):
    return COLUMN_OF.get(names.fold(cell[:MAX_CELL].replace("_", " ")), "")


def _check(heading, columns):
    known = {*columns} - {""}
    twice = [column for column in known if columns.count(column) > 1]
    if twice:
        raise ValidationError(_("Two columns are: %s.") % ", ".join(sorted(twice)))
    missing = []
    if "Name" not in known and "Family name" not in known:
        missing.append(_("Name (or Family name and Given name)"))
    if not known & {"Student number", "E-mail"}:
        missing.append(_("Student number or E-mail"))
    if missing:
        raise ValidationError(
            _("Columns are missing: %(missing)s. The heading is: %(found)s.")
            % {
                "missing": "; ".join(missing),
                "found": ", ".join(map(_shown, filter(None, heading))),
            }
        )


def _row(line, found, columns):
    cells = {column: "" for column in COLUMNS}
    cells |= {
        column: cell for column, cell in zip(columns, found, strict=False) if column
    }
    row = Row(line, cells)
    row.faults = [*_faults_of_line(found, columns), *_faults_of_cells(cells)]
    cells["Student number"] = student_number(cells["Student number"])
    cells["Name"] = _name(cells)
    cells["Status"] = STATUS_OF.get(names.fold(cells["Status"]), "")
    return row


def _faults_of_line(found, columns):
    if any(found[len(columns) :]):
        yield _(
            "There are %(found)d cells under %(expected)d columns: a name with a comma "
            "stands in quotation marks."
        ) % {"found": len(found), "expected": len(columns)}
    for cell in found:
        if len(cell) > MAX_CELL:
            yield _(
                "A cell of %(length)d characters, “%(cell)s”: at most %(most)d are "
                "read. Is a quotation mark not closed?"
            ) % {"length": len(cell), "cell": _shown(cell), "most": MAX_CELL}
        elif any(unicodedata.category(letter) == "Cc" for letter in cell):
            yield _("“%s” has a control character or a line break.") % _shown(cell)
        elif "\ufffd" in cell:
            yield _("“%s” has a character that cannot be read.") % _shown(cell)


def as_text(value):
    """``value`` as a cell of a list to take away: what a spreadsheet would take for a
    formula is text."""
    cell = str(value)
    return f"'{cell}" if cell.startswith((*FORMULA, "\t", "\r")) else cell


def _faults_of_cells(cells):
    for column, cell in cells.items():
        if cell.startswith(FORMULA):
            yield _("%(column)s is a formula, “%(cell)s”: put its value there.") % {
                "column": column,
                "cell": _shown(cell),
            }
    number, email = student_number(cells["Student number"]), cells["E-mail"]
    if SCIENTIFIC.fullmatch(number):
        yield _(
            "“%s” is a number that Excel shortened: format the column as text and "
            "enter the numbers again."
        ) % _shown(number)
    elif number and (len(number) > 20 or not NUMBER.fullmatch(number)):
        yield _("“%s” is no student number.") % _shown(number)
    if email and not _is_email(email):
        yield _("“%s” is no e-mail address.") % _shown(email)
    if not number and not email:
        yield _("There is neither student number nor e-mail address.")
    name = _name(cells)
    if not re.search(r"[^\W\d_]", name):
        yield _("“%s” is no name.") % _shown(name) if name else _("There is no name.")
    elif len(name) > 200:
        yield _("“%s” is too long for a name.") % _shown(name)
    if len(cells["Code"]) > 40:
        yield _("“%s” is too long for a code.") % _shown(cells["Code"])
    status = cells["Status"]
    if status and names.fold(status) not in STATUS_OF:
        yield _("“%s” is no status: active, auditor or dropped.") % _shown(status)


def student_number(cell):
    """``cell`` as text: Excel's 20661234.0 is 20661234, full-width digits are digits
    as others."""
    return re.sub(r"\.0+$", "", unicodedata.normalize("NFKC", cell))


def _name(cells):
    family, given = cells["Family name"], cells["Given name"]
    return names.without_honorific(
        cells["Name"] or (f"{family}, {given}" if family and given else family or given)
    )


def _is_email(text):
    try:
        validate_email(text)
    except ValidationError:
        return False
    return len(text) <= 254


def _shown(cell):
    """``cell`` in short, as it can be printed."""
    short = cell[:60] + "…" * (len(cell) > 60)
    return "".join(letter if letter.isprintable() else "�" for letter in short)
