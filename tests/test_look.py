"""The stylesheet: colours that can be read, and nothing that is not used."""

import re
from pathlib import Path

import pytest
from django.conf import settings

from courses.models import Session

CSS = (settings.BASE_DIR / "config" / "static" / "site.css").read_text()
ON_TAGS = ("now", "moved", "cancelled")
ON_PAPER = (
    *("ink", "quiet", "link", "visited", "accent"),
    *Session.Kind.values,
    *("out", "due"),
)
# Named by Django or a script, not in a template.
MADE_BY_CODE = {"errorlist", "scrolls"}


def tokens():
    """The custom properties that are colours: {"light": {...}, "dark": {...}}."""
    light, dark, *_ = re.findall(r":root \{(.*?)\}", CSS, re.DOTALL)
    colours = [dict(re.findall(r"--([\w-]+): (#\w+);", part)) for part in (light, dark)]
    return {"light": colours[0], "dark": colours[0] | colours[1]}


def luminance(colour):
    """Relative luminance of #rgb or #rrggbb as WCAG 2 defines it."""
    digits = colour[1:] if len(colour) == 7 else "".join(c * 2 for c in colour[1:])
    parts = [int(digits[place : place + 2], 16) / 255 for place in (0, 2, 4)]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
        for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one, other):
    darker, lighter = sorted([luminance(one), luminance(other)])
    return (lighter + 0.05) / (darker + 0.05)


def test_contrast_is_measured_as_wcag_does():
    assert contrast("#000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#fff") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_word_can_be_read(scheme):
    colours = tokens()[scheme]
    pairs = [
        (name, ground) for name in ON_PAPER for ground in ("paper", "raised", "mark")
    ] + [("on-tag", name) for name in ON_TAGS]
    too_faint = {
        pair: round(ratio, 2)
        for pair in pairs
        if (ratio := contrast(colours[pair[0]], colours[pair[1]])) < 4.5
    }
    assert too_faint == {}


def test_every_kind_and_status_has_its_colour():
    statuses = set(Session.Status.values) - {"scheduled"}
    wanted = {f".kind-{kind} {{ color: var(--{kind}); }}" for kind in Session.Kind} | {
        f".tag-{status} {{ background: var(--{status}); }}" for status in statuses
    }
    assert {rule for rule in wanted if rule not in CSS} == set()


def test_every_colour_is_a_property():
    rules = re.sub(r":root \{.*?\}", "", CSS, flags=re.DOTALL)
    assert set(re.findall(r"#[0-9a-f]{3,8}\b(?=[;\s])", rules)) <= {"#000"}  # print


def test_nothing_is_unused():
    places = [*Path(settings.BASE_DIR, "templates").rglob("*.html")]
    places.append(Path(settings.BASE_DIR, "references", "richtext.py"))
    text = "\n".join(place.read_text() for place in places)
    values = {*Session.Kind.values, *Session.Status.values, "out", "due", "error"}
    rules = re.sub(r"/\*.*?\*/|\"[^\"]*\"", "", CSS, flags=re.DOTALL)
    classes = set(re.findall(r"\.([a-z][\w-]*)(?=[^;}]*\{)", rules))
    families = {f"{family}-{value}" for family in ("kind", "tag") for value in values}
    unused = {
        name
        for name in classes - families - values - MADE_BY_CODE
        if not re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", text)
    }
    assert unused == set()
    defined = set(re.findall(r"--([\w-]+):", CSS))
    assert {name for name in defined if f"var(--{name})" not in CSS} == set()
