"""The folder that relative addresses may lead into."""

import pytest

from courses.importing.files import Folder


@pytest.fixture
def folder(tmp_path):
    root = tmp_path / "site"
    (root / "docs").mkdir(parents=True)
    for name in ("a.pdf", "docs/b c.pdf"):
        (root / name).write_text("x")
    (tmp_path / "secret.txt").write_text("x")
    (root / "link.txt").symlink_to(tmp_path / "secret.txt")
    (root / "up").symlink_to(tmp_path)
    return Folder(root)


@pytest.mark.parametrize(
    ("address", "name"),
    [
        ("a.pdf", "a.pdf"),
        ("./a.pdf", "a.pdf"),
        ("/a.pdf", "a.pdf"),
        ("a.pdf#page=2", "a.pdf"),
        ("a.pdf?x", "a.pdf"),
        ("docs//b%20c.pdf", "b c.pdf"),
    ],
)
def test_finds_files_under_the_folder(folder, address, name):
    assert folder.find(address).name == name


@pytest.mark.parametrize(
    "address",
    [
        *("", "#top", "?x", "docs", "docs/", ".", "missing.pdf", "a.pdf/x"),
        *("../secret.txt", "docs/../../secret.txt", "%2e%2e/secret.txt"),
        *("..\\secret.txt", "docs/..%5C..%5Csecret.txt", "link.txt", "up/secret.txt"),
        *("https://example.org/a.pdf", "//example.org/a.pdf", "file:a.pdf", "//[x"),
        *("a.pdf%00", "a" * 5_000),
    ],
)
def test_finds_nothing_else(folder, address):
    assert folder.find(address) is None


def test_without_a_folder_there_are_no_files():
    assert Folder().find("a.pdf") is None
