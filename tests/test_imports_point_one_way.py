"""``config -> projects -> courses -> references``, and nothing upward."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
ABOVE = {
    "references": {"courses", "projects", "config"},
    "courses": {"projects", "config"},
    "projects": {"config"},
    "config": set(),
}
FILES = {
    str(path.relative_to(ROOT)): app
    for app in ABOVE
    for path in sorted((ROOT / app).rglob("*.py"))
}
MODEL = re.compile(r"(references|courses|projects)\.[A-Z]\w+")


def imported(tree):
    """Packages whose modules ``tree`` imports by their full names."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            yield node.module.split(".")[0]


def named(tree):
    """Apps whose models ``tree`` names as text: "courses.Session"."""
    for node in ast.walk(tree):
        text = getattr(node, "value", None) if isinstance(node, ast.Constant) else None
        if isinstance(text, str) and (match := MODEL.fullmatch(text)):
            yield match[1]


def depended_on(tree):
    """Apps whose migrations ``tree``, a migration, depends on."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) in (
            "dependencies",
            "run_before",
        ):
            pairs = (each for each in node.value.elts if isinstance(each, ast.Tuple))
            yield from (pair.elts[0].value for pair in pairs)


def test_finds_what_it_looks_for():
    tree = ast.parse(
        "import projects.models\n"
        "from courses import access\n"
        "from . import richtext\n"
        "field = ForeignKey('projects.Team')\n"
        "dependencies = [('references', '0001_initial'), swappable(USER)]\n"
    )
    assert sorted(imported(tree)) == ["courses", "projects"]
    assert list(named(tree)) == ["projects"]
    assert list(depended_on(tree)) == ["references"]


@pytest.mark.parametrize("file", FILES)
def test_nothing_higher_is_imported(file):
    tree, app = ast.parse((ROOT / file).read_text()), FILES[file]
    used = {*imported(tree), *named(tree)}
    if "/migrations/" in file:
        used |= set(depended_on(tree))
    assert used & ABOVE[app] == set()


@pytest.mark.parametrize("file", [file for file in FILES if "/migrations/" not in file])
def test_imports_inside_an_app_are_relative(file):
    tree = ast.parse((ROOT / file).read_text())
    assert FILES[file] not in set(imported(tree))
