"""The two fully read pages of the shared data, value by value with their gold."""

import json
from dataclasses import asdict

import pytest

from courses.importing import page, source
from references import names

PAGES = ["deeplearning-2020-fall", "csic5011-2020-spring"]
ID = "2099"  # all student numbers of the shared pages begin so


@pytest.fixture(params=PAGES)
def pair(request, shared):
    """(outline as JSON prints it, gold) of a page."""
    file = shared / "data" / "pages" / f"{request.param}.html"
    outline = page.outline_of(source.text_of(file.read_bytes()))
    gold = json.loads(file.with_suffix(".gold.json").read_text())
    return json.loads(json.dumps(asdict(outline))), gold


def bare(title):
    return names.fold(title or "")


def everything(session, what):
    return session[what] + [each for talk in session["talks"] for each in talk[what]]


def test_rows_have_number_title_and_date(pair):
    outline, gold = pair
    assert [
        (s["number"].lstrip("0"), bare(s["title"]), s["date_as_printed"], s["date"])
        for s in outline["sessions"]
    ] == [
        (
            str(s.get("number") or ""),
            bare(s["title_without_number"]),
            s["date_raw"],
            s["date"] if s["weekday_agrees"] else None,
        )
        for s in gold["sessions"]
    ]


def test_a_contradicting_date_is_proposed_right(pair):
    outline, gold = pair
    proposed = [
        w["message"] for w in outline["warnings"] if w["code"] == "date_contradiction"
    ]
    meant = [
        s.get("date_probably") or s.get("date_inferred") or ""
        for s in gold["sessions"]
        if not s["weekday_agrees"]
    ]
    assert len(proposed) == len(meant) == 1
    assert meant[0] in proposed[0] or (not meant[0] and "2020-04-01" in proposed[0])


def test_rows_have_instructors_and_scribes(pair):
    outline, gold = pair
    assert [(s["instructors"], s["scribes"]) for s in outline["sessions"]] == [
        (s["instructors"], s["scribers"]) for s in gold["sessions"]
    ]


def test_talks_have_title_speakers_abstract_and_biography(pair):
    outline, gold = pair
    assert [
        (
            bare(t["title"]),
            [(s["name"], s["affiliation"]) for s in t["speakers"]],
            bool(t["abstract"]),
            bool(t["biography"]),
        )
        for s in outline["sessions"]
        for t in s["talks"]
    ] == [
        (
            bare(t["title"]) if t["level"] == "talk" else "",
            [(s["name"], s["affiliation"]) for s in t["speakers"]],
            t["has_abstract"],
            t["has_bio"],
        )
        for s in gold["sessions"]
        for t in s["talks"]
    ]


def test_talks_have_their_printed_times(pair):
    outline, gold = pair
    ours = [
        (t["start_time"], t["end_time"])
        for s in outline["sessions"]
        for t in s["talks"]
        if t["start_time"]
    ]
    printed = [t["time"] for s in gold["sessions"] for t in s["talks"] if t.get("time")]
    assert [
        f"{int(start[:2]) - 12}{start[2:]}-{int(end[:2]) - 12}{end[2:]}pm"
        for start, end in ours
    ] == printed


def test_materials_have_label_and_address_in_order(pair):
    outline, gold = pair
    for ours, theirs in zip(outline["sessions"], gold["sessions"], strict=True):
        assert sorted(m["url"] or "" for m in everything(ours, "materials")) == sorted(
            m["href"] for m in theirs["materials"]
        )
        labels = {bare(m["label"]) for m in everything(ours, "materials")}
        assert {bare(m["kind"]) for m in theirs["materials"]} <= labels


def test_video_groups_keep_their_parts(pair):
    outline, gold = pair
    parts = {
        s["key"]: [(m["part"], m["label"]) for m in s["materials"] if m["part"]]
        for s in outline["sessions"]
        if any(m["group"] == "Video" for m in s["materials"])
    }
    two_parts = [
        (part, label)
        for part in ("Part I", "Part II")
        for label in (part, "Bilibili link")
    ]
    assert (
        parts
        == {
            "Fall 2020": {
                "04": two_parts,
                "05": [("Part III", "Part III"), ("Part III", "Bilibili link")],
                "06": [("Part IV", "Part IV"), ("Part IV", "Bilibili link")],
                "07": [],
                "09": two_parts,
                "10": two_parts,
            },
            "Spring 2020": {},
        }[gold["term"]]
    )


def test_every_reading_is_there_with_its_links(pair):
    outline, gold = pair
    for ours, theirs in zip(outline["sessions"], gold["sessions"], strict=True):
        readings = everything(ours, "readings")
        links = sum(len(reading["links"]) for reading in readings)
        assert len(readings) == theirs["n_references"]
        assert links == theirs["links_by_role"]["reference"]


def test_remarks_are_told_from_citations(pair):
    outline, gold = pair
    remarks = [
        reading["remark"]
        for session in outline["sessions"]
        for reading in everything(session, "readings")
        if reading["remark"]
    ]
    expected = {
        "Fall 2020": [
            "(It argues that all",
            "An older paper that",
            "Gradient descent on logistic",
            "An older paper on",
            "a generalization of Implicit",
            "Inductive bias in infinite-width",
        ],
        "Spring 2020": [],
    }[gold["term"]]
    assert [
        remark.startswith(start)
        for remark, start in zip(remarks, expected, strict=True)
    ] == [True] * len(expected)


def test_galleries_stand_in_their_session(pair):
    outline, gold = pair
    assert [
        (g["name"], g["session_position"], len(g["entries"]))
        for g in outline["galleries"]
    ] == [(g["name"], g["session"], g["n_entries"]) for g in gold["galleries"]]
    assert all(g["intro"] for g in outline["galleries"])


def test_gallery_entries_are_whole(pair):
    outline, gold = pair
    assert [
        (e["members"], bare(e["title"]), e["team_name"])
        for g in outline["galleries"]
        for e in g["entries"]
    ] == [
        (e["members"], bare(e["title"]), e.get("team_name") or "")
        for g in gold["galleries"]
        for e in g["entries"]
    ]


def test_gallery_links_have_kind_format_and_address(pair):
    ours, theirs = (
        [link for g in side["galleries"] for e in g["entries"] for link in e["links"]]
        for side in pair
    )
    assert [(link["kind"], link["url"]) for link in ours] == [
        (link["kind_norm"], None if ID in link["href"] else link["href"])
        for link in theirs
    ]
    for link, wanted in zip(ours, theirs, strict=True):
        if wanted["format"]:  # printed beside the link; else by the address
            assert link["format"] == wanted["format"].strip(".")


def test_student_presentations_are_names(pair):
    outline, gold = pair
    ours = [p["members"] for s in outline["sessions"] for p in s["presentations"]]
    theirs = [
        team if isinstance(team, list) else team["members"]
        for s in gold["sessions"]
        for team in s.get("student_presentations") or []
    ]
    assert ours == theirs


def test_every_link_is_accounted_for_and_few_lie_in_notes(pair):
    outline, gold = pair
    links = outline["links"]
    assert links["in_source"] == gold["n_links_whole_page"]
    assert links["unplaced"] == []
    assert links["in_source"] == (
        links["placed"] + links["in_notes"] + len(links["withheld"])
    )
    assert links["in_notes"] <= 0.03 * links["in_source"]


def test_no_student_number_is_left(pair):
    outline, _ = pair
    assert ID not in json.dumps(outline)
