from django.test import SimpleTestCase, TestCase

from courses.attached import MaterialRow, ReadingRow, grouped
from courses.models import Material
from tests.factories import make_file, make_material


class GroupingTests(SimpleTestCase):
    def grouped(self, *rows):
        """[(heading, labels)] of materials given as (kind, label, group)."""
        materials = [
            Material(pk=pk, kind=kind, label=label, group=group)
            for pk, (kind, label, group) in enumerate(rows)
        ]
        return [
            (group.heading, [str(row.material) for row in group.materials])
            for group in grouped(materials)
        ]

    def test_kinds_have_a_fixed_order_and_headings_come_last(self):
        groups = self.grouped(
            ("link", "forum", ""),
            ("code", "DCFNet", "Public codes"),
            ("video", "Part I", ""),
            ("slides", "", ""),
            ("notes", "", ""),
            ("data", "digits", "Public codes"),
            ("video", "Part II", ""),
        )
        self.assertEqual(
            groups,
            [
                ("", ["slides"]),
                ("video", ["Part I", "Part II"]),
                ("", ["notes"]),
                ("", ["forum"]),
                ("Public codes", ["DCFNet", "digits"]),
            ],
        )

    def test_label_that_only_repeats_the_kind_needs_no_heading(self):
        self.assertEqual(self.grouped(("slides", "Slides", "")), [("", ["Slides"])])

    def test_part_is_not_said_twice(self):
        named = Material(label="Part I video", part="Part I")
        unnamed = Material(label="video", part="Part II")
        parts = [MaterialRow(row).part for row in (named, unnamed)]
        self.assertEqual(parts, ["", "Part II"])

    def test_of_many_authors_three_are_shown(self):
        few = ReadingRow(None, ["A", "B", "C", "D"])
        many = ReadingRow(None, ["A", "B", "C", "D", "E"])
        self.assertEqual(
            [(row.authors, row.has_more_authors) for row in (few, many)],
            [(["A", "B", "C", "D"], False), (["A", "B", "C"], True)],
        )


class TypeNameTests(TestCase):
    def test_comes_from_staff_or_the_file_name_or_the_bytes(self):
        names = [
            MaterialRow(make_material(file=make_file(name=name), format=given))
            for name, given in [("a.pptx", ""), ("a.pptx", "pdf"), ("a", "")]
        ]
        self.assertEqual(
            [row.type_name for row in names], ["PPTX", "PDF", "application/pdf"]
        )
