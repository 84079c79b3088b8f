from django.test import SimpleTestCase

from references import intake

LF = "\n"
RIS = "TY  - JOUR\nAU  - Bo, Ada\nTI  - Of RIS\nPY  - 2020\nER  - \n"
CSL = '[{"type": "book", "title": "Of CSL", "author": [{"family": "Di"}]}]'
BIB = """@article{bo2019,
  author = {Bo, Ada},
  title = {Of BibTeX},
  year = 2019
}
"""
PRINTED = (
    "Arthur Jacot, Franck Gabriel, Clément Hongler. Neural Tangent Kernel: "
    "Convergence and Generalization in Neural Networks. NeurIPS 2018."
)


def read(text):
    """(line, title) of each work, (line, lost) of each problem."""
    listed, problems = intake.read(text)
    return (
        [(each.work.line, each.work.title) for each in listed],
        [(problem.line, problem.lost) for problem in problems],
    )


class IntakeTests(SimpleTestCase):
    def test_all_formats_in_one_text(self):
        text = f"{BIB}\n{RIS}\n{CSL}\n\narXiv:1806.07572\n\n{PRINTED}\n"
        titles = [
            (1, "Of BibTeX"),
            (7, "Of RIS"),
            (13, "Of CSL"),
            (15, "arXiv:1806.07572"),
            (17, PRINTED.split(". ")[1]),
        ]
        self.assertEqual(read(text), (titles, []))
        self.assertEqual(read(text.replace("\n", "\r\n")), (titles, []))

    def test_ids_one_a_line(self):
        text = "1806.07572\nhttps://arxiv.org/abs/1810.03389v2\n10.1000/xyz123\n"
        self.assertEqual(
            read(text),
            (
                [
                    (1, "arXiv:1806.07572"),
                    (2, "arXiv:1810.03389"),
                    (3, "doi:10.1000/xyz123"),
                ],
                [],
            ),
        )

    def test_citations_one_a_line_numbered_or_in_several_lines(self):
        other = "Ada Bo. On the Small Things of Life. Annals of Things, 3:1-9, 2019."
        title = (PRINTED.split(". ")[1], "On the Small Things of Life")
        for text, lines in (
            (f"{PRINTED}\n{other}", (1, 2)),
            (f"[1] {PRINTED}\n[2] {other}", (1, 2)),
            (
                f"1. {PRINTED.replace(' Neural', LF + ' Neural', 1)}\n2. {other}",
                (1, 3),
            ),
            (f"{PRINTED.replace('. ', '.' + LF)}\n\n{other}", (1, 5)),
            (f"[1] {PRINTED.replace(' 2018', LF + '2018')} \n[2] {other}", (1, 3)),
        ):
            with self.subTest(text):
                self.assertEqual(read(text)[0], list(zip(lines, title, strict=True)))

    def test_headings_and_remarks_between_citations(self):
        other = "Ada Bo. On the Small Things of Life. Annals of Things, 3:1-9, 2019."
        title = PRINTED.split(". ")[1]
        for text, lines, headings in (
            (f"Readings:\n1. {PRINTED}\n2. {other}", (2, 3), [1]),
            (f"Week 3\n- {PRINTED}\n- {other}", (2, 3), [1]),
            (f"Required\n{PRINTED}\nOptional\n{other}", (2, 4), [1, 3]),
            (f"{PRINTED}\nWatch the video first.\n{other}", (1, 3), []),
        ):
            with self.subTest(text):
                listed, problems = read(text)
                titles = (title, "On the Small Things of Life")
                self.assertEqual(listed, list(zip(lines, titles, strict=True)))
                self.assertEqual([line for line, _lost in problems], headings)
        self.assertEqual(
            read("Week 2:\n1806.07572\n1512.03385"),
            ([(2, "arXiv:1806.07572"), (3, "arXiv:1512.03385")], [(1, True)]),
        )

    def test_an_identifier_below_a_citation_is_its_own(self):
        listed, problems = intake.read(f"{PRINTED}\narXiv:1806.07572\n")
        [work] = [each.work for each in listed]
        self.assertEqual((work.arxiv_id, work.line, problems), ("1806.07572", 1, []))
        self.assertEqual(work.authors[0], "Jacot, Arthur")

    def test_what_is_no_paper_is_reported_where_it_stands(self):
        listed, [problem] = intake.read("\n\nInstall this first, please.\n")
        self.assertEqual(
            (listed, problem.line, problem.raw, problem.lost),
            ([], 3, "Install this first, please.", True),
        )

    def test_what_is_broken_takes_nothing_else_along(self):
        text = f"@article{{a,\n title = {{Open\n\n{BIB}\n{RIS}"
        titles = [title for _line, title in read(text)[0]]
        self.assertEqual(titles[-2:], ["Of BibTeX", "Of RIS"])

    def test_hostile_text_is_read_in_time(self):
        for text in (
            "[" * 100_000,
            "{" * 1_000_000,
            "@a{" * 100_000,
            "@a{\n" * 20_000,
            "TY  - JOUR\n" * 20_000,
            "[1] x\n" * 20_000,
            "\x00" * 100_000,
            "[\n" * 20_000,
        ):
            with self.subTest(text[:20]):
                listed, problems = intake.read(text)
                self.assertLessEqual(len(listed), 20_000)
                self.assertTrue(listed or problems or not text.strip("\x00"))

    def test_a_text_too_large_is_refused_whole(self):
        listed, [problem] = intake.read("x" * 5_000_001)
        self.assertEqual((listed, problem.lost), ([], True))
