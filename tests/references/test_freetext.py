from dataclasses import asdict

import pytest

from references import freetext
from references.freetext import Part


def parsed(*parts):
    """The fields of a citation that are not empty; None where it is none."""
    parts = [Part(*part) if isinstance(part, tuple) else Part(part) for part in parts]
    citation = freetext.parse(parts)
    return citation and {
        name: value
        for name, value in asdict(citation).items()
        if value not in ("", None, [])
    }


TITLE = "On Small Things"
AUTHORS = ["Bo, Ada", "Di, Ed"]


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        (
            [f"Ada Bo, Ed Di. {TITLE}. Journal of Things, 12(3):4-5, 2019."],
            {"authors": AUTHORS, "year": 2019, "venue": "Journal of Things"},
        ),
        (
            ["Ada Bo and Ed Di. ", (TITLE, "https://example.org/a"), ". ICML 2018."],
            {"authors": AUTHORS, "year": 2018, "venue": "ICML"},
        ),
        (
            [f'Ada Bo, Ed Di, "{TITLE}," Annals of Things, 2001.'],
            {"authors": AUTHORS, "year": 2001, "venue": "Annals of Things"},
        ),
        (
            [(TITLE, "", True), "\nAda Bo, Ed Di\nICML 2018"],
            {"authors": AUTHORS, "year": 2018, "venue": "ICML"},
        ),
        (
            [f"Ada Bo and Ed Di (2015). {TITLE}. Nature."],
            {"authors": AUTHORS, "year": 2015, "venue": "Nature"},
        ),
        (
            [f"Ada van der Bo. {TITLE}. 2019"],
            {"authors": ["van der Bo, Ada"], "year": 2019},
        ),
        # identifiers, printed or in addresses
        (
            [f"Ada Bo, Ed Di. {TITLE}. arXiv:1909.00001v2."],
            {"authors": AUTHORS, "arxiv_id": "1909.00001"},
        ),
        (
            [(TITLE, "https://arxiv.org/abs/1909.00001")],
            {"arxiv_id": "1909.00001"},
        ),
        (
            [f"Ada Bo, Ed Di. {TITLE}. doi:10.1000/ABC.1, 2019."],
            {"authors": AUTHORS, "year": 2019, "doi": "10.1000/abc.1"},
        ),
        (
            [(TITLE, "https://doi.org/10.1000/abc"), ". arXiv:1909.00001"],
            {"arxiv_id": "1909.00001", "doi": "10.1000/abc"},
        ),
        # the text wins over where its links lead
        (
            [(TITLE, "https://arxiv.org/abs/1909.00002"), ". arXiv:1909.00001"],
            {"arxiv_id": "1909.00001"},
        ),
        # words about it
        (
            [
                f"Ada Bo, Ed Di. {TITLE}. ICML 2018. [",
                ("link", "u"),
                "] It shows that small things are larger than they seem.",
            ],
            {"authors": AUTHORS, "year": 2018, "venue": "ICML", "remark_at": 50},
        ),
    ],
)
def test_fields_of_a_citation(parts, expected):
    assert parsed(*parts) == {"title": TITLE, **expected}


@pytest.mark.parametrize(
    "parts",
    [
        [""],
        ["See the book, chapter 3."],
        [("a website", "https://example.org/")],
        [f"Ada Bo. {TITLE}."],  # neither year nor venue
        [f"{TITLE}. 2019."],  # nobody wrote it
        ["Ada Bo. ", ("[pdf]", "https://example.org/a.pdf"), " 2019."],
        [f"Ada Bo. {TITLE}. 2019. " + "x" * 3_000],  # no citation is so long
    ],
)
def test_other_texts_are_no_paper(parts):
    assert parsed(*parts) is None
