import pytest

from references import identifiers


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("arXiv:1909.00001", "1909.00001"),
        ("arXiv:0704.0001v3 [math.ST]", "0704.0001"),
        ("arXiv preprint arXiv: 1909.00001", "1909.00001"),
        ("arXiv 1909.00001", "1909.00001"),
        ("arxiv.org/abs/1909.00001v3", "1909.00001"),
        ("https://arxiv.org/pdf/1909.00001.pdf", "1909.00001"),
        ("http://arxiv.org/html/1909.00001", "1909.00001"),
        ("arxiv.org/abs/1909.00001, arxiv.org/abs/1909.00002", "1909.00001"),
        ("https://doi.org/10.48550/arXiv.1909.00001", "1909.00001"),
        # before 2007, the class of a subject may be left out
        ("arXiv:math/0508276", "math/0508276"),
        ("http://arxiv.org/abs/math.ST/0508276v1", "math/0508276"),
        ("http://arxiv.org/abs/cond-mat/0508276", "cond-mat/0508276"),
        # none
        ("1909.00001", ""),
        ("arXiv:190.00001", ""),
        ("arXiv:1909.000012", ""),
        ("https://example.org/arxiv", ""),
        ("", ""),
    ],
)
def test_arxiv_ids(text, expected):
    assert identifiers.arxiv_id(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("doi: 10.1000/XYZ.", "10.1000/xyz"),
        ("(10.1000/abc)", "10.1000/abc"),
        ("10.1000/a(b)c,", "10.1000/a(b)c"),
        ("https://doi.org/10.1000%2Fabc", "10.1000/abc"),
        ("https://dl.acm.org/doi/10.1145/1.2?download=true#x", "10.1145/1.2"),
        ("https://example.org/?doi=10.1000/abc&x=1", "10.1000/abc"),
        ("10.48550/arXiv.1909.00001 and 10.1000/b", "10.1000/b"),
        # none
        ("10.48550/arXiv.1909.00001", ""),
        ("10.10/x", ""),
        ("version 10.1000", ""),
        ("", ""),
    ],
)
def test_dois(text, expected):
    assert identifiers.doi(text) == expected


NEURIPS = "https://proceedings.neurips.cc/paper_files/paper/2017"


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://openreview.net/pdf?id=Ab1", "https://openreview.net/forum?id=Ab1"),
        ("openreview.net/forum?id=Ab1&x=2", "https://openreview.net/forum?id=Ab1"),
        (
            "http://proceedings.mlr.press/v80/bo18a/bo18a.pdf",
            "https://proceedings.mlr.press/v80/bo18a.html",
        ),
        (
            "http://www.jmlr.org/papers/volume15/bo14a/bo14a.pdf",
            "https://jmlr.org/papers/v15/bo14a.html",
        ),
        (
            "https://papers.nips.cc/paper/2017/file/0123456789abcdef-Paper.pdf",
            f"{NEURIPS}/hash/0123456789abcdef-Abstract.html",
        ),
        (
            "https://www.aclweb.org/anthology/N19-1423",
            "https://aclanthology.org/N19-1423/",
        ),
        (
            "https://aclanthology.org/2020.acl-main.1.pdf",
            "https://aclanthology.org/2020.acl-main.1/",
        ),
        # none
        ("https://openreview.net/group?id=ICLR.cc", ""),
        ("https://example.org/v80/bo18a.html", ""),
        ("https://[", ""),
        ("", ""),
    ],
)
def test_landing_pages(url, expected):
    assert identifiers.landing_page(url) == expected
