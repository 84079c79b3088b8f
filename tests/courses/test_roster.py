"""Reading lists of students: whatever registries and spreadsheets make of them."""

import io
import zipfile

from django.core.exceptions import ValidationError
from django.test import SimpleTestCase
from openpyxl import Workbook

from courses import roster_file

LIST = (
    "Student ID;Full name;E-mail\n"
    '0123;"CHAN, Tai Man";tai@example.org\n'
    "0124;李娜;na@example.org\n"
)
TOO_LARGE = "This workbook is too large: save the list alone, as CSV."
PEOPLE = [
    ("0123", "CHAN, Tai Man", "tai@example.org"),
    ("0124", "李娜", "na@example.org"),
]


def workbook(*rows):
    """The bytes of an Excel file with ``rows`` on its only sheet."""
    book, content = Workbook(), io.BytesIO()
    for row in rows:
        book.active.append(row)
    book.save(content)
    return content.getvalue()


def changed(data, old, new):
    """The workbook ``data`` with ``new`` in place of ``old``."""
    content = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(data)) as source,
        zipfile.ZipFile(content, "w") as target,
    ):
        for name in source.namelist():
            target.writestr(name, source.read(name).replace(old, new))
    return content.getvalue()


def read(data):
    text, remarks = roster_file.text_of(data)
    listed = roster_file.read(text)
    listed.remarks[:0] = remarks
    return listed


def people(listed):
    columns = ("Student number", "Name", "E-mail")
    return [tuple(row.cells[column] for column in columns) for row in listed.rows]


class FormatTests(SimpleTestCase):
    def test_every_encoding(self):
        for encoding in ("utf-8", "utf-8-sig", "utf-16", "gb18030"):
            with self.subTest(encoding):
                self.assertEqual(people(read(LIST.encode(encoding))), PEOPLE)

    def test_what_was_assumed_is_said(self):
        self.assertEqual(
            read(LIST.encode("gb18030")).remarks,
            [
                "The file was read as GB18030 (Chinese): look whether the names are "
                "right."
            ],
        )
        self.assertEqual(read(LIST.encode()).remarks, [])

    def test_every_delimiter_and_end_of_line(self):
        tabs = LIST.replace(";", "\t")
        for text in (LIST, tabs, LIST.replace(";", ","), tabs.replace("\n", "\r\n")):
            with self.subTest(text[10:14]):
                self.assertEqual(people(read(text.encode())), PEOPLE)

    def test_excel(self):
        data = workbook(
            ["SID", "Name", "Email address"],
            [20661234.0, "CHAN, Tai Man", "tai@example.org"],
            [],
            ["0124", "李娜", "na@example.org"],
        )
        listed = read(data)
        self.assertEqual(people(listed), [("20661234", *PEOPLE[0][1:]), PEOPLE[1]])
        self.assertEqual([row.line for row in listed.rows], [2, 4])

    def test_excel_shows_formulas_not_what_they_were(self):
        listed = read(workbook(["SID", "Name"], ["0123", "=A1"]))
        self.assertEqual(
            listed.rows[0].faults, ["Name is a formula, “=A1”: put its value there."]
        )

    def test_columns_by_other_names(self):
        for heading in (
            "学号;姓名;邮箱",
            "SID;Student Name;Email address",
            "student_number;NAME;e-mail",
        ):
            text = heading + LIST[LIST.index("\n") :]
            with self.subTest(heading):
                self.assertEqual(people(roster_file.read(text)), PEOPLE)

    def test_a_name_in_two_columns_is_family_comma_given(self):
        text = "SID,Family name,Given name\n1,Chan,Tai Man\n2,Plato,\n"
        names = [row.cells["Name"] for row in roster_file.read(text).rows]
        self.assertEqual(names, ["Chan, Tai Man", "Plato"])

    def test_titles_above_the_heading_and_empty_lines_are_passed_over(self):
        text = "Class list of MATH 5473\n\n" + LIST.replace("\n", "\n;;\n")
        listed = roster_file.read(text)
        self.assertEqual(people(listed), PEOPLE)
        self.assertEqual([row.line for row in listed.rows], [5, 7])

    def test_columns_that_are_not_read_are_named(self):
        listed = roster_file.read("SID,Name,Programme,Year\n1,Li Na,MATH,2\n")
        self.assertEqual(
            listed.remarks, ["Columns that are not read: Programme, Year."]
        )

    def test_a_number_is_text(self):
        for cell, number in (
            ("0123", "0123"),
            ("20661234.0", "20661234"),
            ("s1155-12", "s1155-12"),
            ("２０６６", "2066"),
        ):
            [row] = roster_file.read(f"SID,Name\n{cell},Li Na\n").rows
            with self.subTest(cell):
                self.assertEqual(
                    (row.cells["Student number"], row.faults), (number, [])
                )

    def test_status_in_other_words(self):
        for cell, status in (
            *(("Enrolled", "active"), ("AUDIT", "auditor"), ("Withdrawn", "dropped")),
            *(("旁听", "auditor"), ("", "")),
        ):
            [row] = roster_file.read(f"SID,Name,Status\n1,Li Na,{cell}\n").rows
            with self.subTest(cell):
                self.assertEqual((row.cells["Status"], row.faults), (status, []))


class RefusalTests(SimpleTestCase):
    def assert_refused(self, data, message):
        with self.assertRaises(ValidationError) as refused:
            read(data)
        self.assertEqual(refused.exception.messages, [message])

    def test_an_old_workbook_by_a_new_name(self):
        self.assert_refused(
            bytes.fromhex("d0cf11e0a1b11ae1") + bytes(512),
            "This is a workbook of an old Excel (.xls), or one with a password: open "
            "it in Excel and save it as .xlsx or CSV.",
        )

    def test_what_is_no_list(self):
        archive = io.BytesIO()
        with zipfile.ZipFile(archive, "w") as file:
            file.writestr("word/document.xml", "<w/>")
        damaged = workbook(["SID", "Name"], [1, "Li Na"])[:-200]
        for data in (b"<html><table>", b"%PDF-1.7", archive.getvalue(), damaged):
            with self.subTest(data[:8]):
                self.assert_refused(data, "This is no list: save it as .xlsx or CSV.")

    def test_a_workbook_that_unpacks_to_gigabytes(self):
        archive = io.BytesIO()
        with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as file:
            file.writestr("xl/sharedStrings.xml", bytes(roster_file.MAX_UNPACKED + 1))
        self.assert_refused(archive.getvalue(), TOO_LARGE)

    def test_a_workbook_whose_list_is_too_long_for_a_form(self):
        rows = [["SID", "Name"], *([n, "Li Na " * 1000] for n in range(400))]
        self.assert_refused(workbook(*rows), TOO_LARGE)

    def test_a_row_that_claims_to_be_far_below(self):
        data = workbook(["SID", "Name"], ["1", "Li Na"])
        data = changed(data, b'<row r="2"', b'<row r="9999999999"')
        self.assert_refused(data, TOO_LARGE)

    def test_nobody_is_left_out_of_a_sheet_that_claims_to_be_smaller(self):
        data = workbook(["SID", "Name"], ["1", "Li Na"])
        data = changed(data, b'ref="A1:B2"', b'ref="A1:A1"')
        self.assertEqual(people(read(data)), [("1", "Li Na", "")])

    def test_nobody_below_many_empty_rows_is_left_out(self):
        rows = [["SID", "Name"], *([[]] * 6000), ["1", "Li Na"]]
        self.assertEqual([row.line for row in read(workbook(*rows)).rows], [6002])

    def test_too_many_bytes_or_lines(self):
        self.assert_refused(bytes(2_500_000), "It has 2.5 MB; at most 2 MB are read.")
        lines = "".join(f"{n},Li Na\n" for n in range(5001))
        self.assert_refused(
            f"SID,Name\n{lines}".encode(), "It has 5001 lines; at most 5000 are read."
        )

    def test_missing_columns_are_named(self):
        self.assert_refused(
            b"Nickname,Mark\nNa,A\n",
            "Columns are missing: Name (or Family name and Given name); Student number "
            "or E-mail. The heading is: Nickname, Mark.",
        )
        self.assert_refused(
            b"SID,Student number,Name\n1,1,Li Na\n", "Two columns are: Student number."
        )

    def test_nothing_in_it(self):
        self.assert_refused(b"", "There is nothing in it.")
        self.assert_refused(b"SID,Name\n,\n", "There is nobody on this list.")


class FaultTests(SimpleTestCase):
    def test_each_is_said_with_what_was_found_and_what_to_do(self):
        long = "x" * 301
        for line, fault in (
            (
                "2.0661E+07,Li Na,",
                "“2.0661E+07” is a number that Excel shortened: format the column as "
                "text and enter the numbers again.",
            ),
            ("none,Li Na,", "“none” is no student number."),
            ("1,Li Na,na(at)example.org", "“na(at)example.org” is no e-mail address."),
            (",Li Na,", "There is neither student number nor e-mail address."),
            ("1,,", "There is no name."),
            ("1,42,", "“42” is no name."),
            ("1,=1+1,", "Name is a formula, “=1+1”: put its value there."),
            ("@x,Li Na,", "Student number is a formula, “@x”: put its value there."),
            (
                "1,Chan, Tai Man,tai@example.org",
                "There are 4 cells under 3 columns: a name with a comma stands in "
                "quotation marks.",
            ),
            (
                f"1,{long},",
                f"A cell of 301 characters, “{long[:60]}…”: at most 300 are read. Is a "
                "quotation mark not closed?",
            ),
            ("1,Li\x00Na,", "“Li�Na” has a control character or a line break."),
            ('1,"Li\nNa",', "“Li�Na” has a control character or a line break."),
            ("1,Li \ufffd,", "“Li �” has a character that cannot be read."),
        ):
            [row] = roster_file.read(f"SID,Name,E-mail\n{line}\n").rows
            with self.subTest(line[:20]):
                self.assertIn(fault, row.faults)

    def test_code_status_and_name_of_the_wrong_kind(self):
        text = f"SID,Name,Code,Status\n1,{'x ' * 110},{'y' * 41},perhaps\n"
        self.assertEqual(
            roster_file.read(text).rows[0].faults,
            [
                f"“{('x ' * 30)[:60]}…” is too long for a name.",
                f"“{'y' * 41}” is too long for a code.",
                "“perhaps” is no status: active, auditor or dropped.",
            ],
        )

    def test_a_quotation_mark_that_is_not_closed_swallows_nobody_unseen(self):
        lines = "".join(f"{n},Li Na,MATH\n" for n in range(50))
        text = f'SID,Name,Programme\n0,Li Na,"MATH\n{lines}'
        [row] = roster_file.read(text).rows
        self.assertIn("Is a quotation mark not closed?", row.faults[0])
