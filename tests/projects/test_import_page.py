import io
import json
import re
import subprocess
import sys
from datetime import UTC, datetime
from datetime import time as clock
from html import escape
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from courses.models import (
    Course,
    ImportRecord,
    Material,
    Person,
    Reading,
    Section,
    Session,
    StoredFile,
    Talk,
)
from projects.models import Gallery, Membership, Publication, PublishedLink
from references.models import Paper
from tests.factories import make_course

pytestmark = [pytest.mark.both, pytest.mark.django_db]

PAGE = """
<html><head><title>MATH 7000: Shapes of Data</title></head><body>
<nav><a href="https://example.org/home">Home</a></nav>
<p><b>MATH 7000. Shapes of Data<br>Fall 2021</b></p>
<h3>Synopsis</h3><p>We follow <a href="https://example.org/book">the book</a>
and <a href="./old.html">last year's page</a>.</p>
<h3>Instructor</h3><p><a href="https://example.org/~ada">Ada Winther</a></p>
<h3>Time and Place</h3><p>Wed 3:00PM - 5:50PM, Hall 2</p>
<h3>Schedule</h3>
<table>
<tr><td>Date</td><td>Topic</td><td>Instructor</td></tr>
<tr><td>09/08/2021, Wednesday</td>
  <td>Lecture 01: Distances <a href="slides/one.pdf">[ slides ]</a>
  <ul>[Reference]:
   <li>Ann Lee, Bo Kim. <a href="https://arxiv.org/abs/2101.00001">Far and near</a>,
    2021. Read the second section first, it is short.</li>
   <li>See <a href="notes.html">my notes</a> for the rest</li></ul></td>
  <td>A.W.</td></tr>
<tr><td>09/15/2021, Wednesday</td>
  <td>Lecture 02: Seminar
  <ul>[Title]: Holes that stay [<a href="javascript:alert(1)">slides</a>]
  <ul>[Speaker]: <a href="https://example.org/~mo">MORAND, Odile</a> (Lakeside)</ul>
  <ul>[Time]: 3:00-4:20pm</ul>
  <ul>[Abstract]: We look at $H_1$. &lt;script&gt;alert(2)&lt;/script&gt;</ul></ul>
  <ul>[ Gallery of Project 1 ]:
   <li>Description of <a href="project1.pdf">Project 1</a></li>
   <li><B>ROSSI, Pia (20991234) and Tom Udo</B>.
     [<a href="https://example.org/p/1.pdf"> report (pdf) </a>]
     [<a href="https://example.org/p/20991234.zip"> source </a>]</li>
   <li><B>Uma Ray</B>. [<a href="reports/uma.pdf"> report </a>]</li></ul></td>
  <td></td></tr>
</table>
<address><a href="mailto:ada@example.org">Ada</a></address>
</body></html>
"""


@pytest.fixture
def file(tmp_path):
    file = tmp_path / "page.html"
    file.write_text(PAGE)
    return file


def run(file, **options):
    """(what import_page printed, what it warned of)."""
    out, err = io.StringIO(), io.StringIO()
    call_command("import_page", file, stdout=out, stderr=err, **options)
    return out.getvalue(), err.getvalue()


def rewrite(file, old, new):
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new))


def snapshot():
    """Every row of the three apps with all its values."""
    models = [
        Course, Section, Session, Talk, Person, Material, Reading, Paper, Gallery,
        Publication, PublishedLink, Membership, StoredFile, ImportRecord,
    ]  # fmt: skip
    return {model: list(model.objects.order_by("pk").values()) for model in models}


# What one import makes


def test_course_head_becomes_rows(file):
    run(file, time_zone="Europe/Copenhagen")
    course = Course.objects.get()
    assert (course.slug, course.code, course.title, course.term) == (
        "math7000-2021-fall",
        "MATH 7000",
        "Shapes of Data",
        "Fall 2021",
    )
    assert (course.status, course.time_zone) == ("public", "Europe/Copenhagen")
    meeting = course.meetings.get()
    assert (meeting.weekday, meeting.start_time, meeting.end_time, meeting.place) == (
        2,
        clock(15),
        clock(17, 50),
        "Hall 2",
    )
    role = course.roles.get()
    assert (role.person.name, role.person.homepage, role.name_as_printed) == (
        "Ada Winther",
        "https://example.org/~ada",
        "A.W.",
    )


def test_sessions_get_instants_from_meeting_and_zone(file):
    run(file, time_zone="Europe/Copenhagen")
    first = Session.objects.get(key="01")
    assert first.starts_at == datetime(2021, 9, 8, 13, 0, tzinfo=UTC)
    assert first.ends_at == datetime(2021, 9, 8, 15, 50, tzinfo=UTC)


def test_initials_in_the_schedule_mean_the_teacher(file):
    run(file)
    session_role = Session.objects.get(key="01").roles.get()
    assert (session_role.person.name, session_role.name_as_printed) == (
        "Ada Winther",
        "A.W.",
    )


def test_talk_has_speaker_time_and_cleaned_abstract(file):
    run(file)
    talk = Talk.objects.get()
    appearance = talk.appearances.get()
    assert (talk.title, talk.start_time) == ("Holes that stay", clock(15))
    assert (appearance.name, appearance.affiliation, appearance.homepage) == (
        "MORAND, Odile",
        "Lakeside",
        "https://example.org/~mo",
    )
    assert "<math>" in talk.abstract_html
    assert "&lt;script&gt;alert(2)&lt;/script&gt;" in talk.abstract_html


def test_reading_becomes_paper_with_remark(file):
    run(file)
    paper = Paper.objects.get()
    reading = Reading.objects.get(paper=paper)
    assert (paper.title, paper.arxiv_id, paper.year) == (
        "Far and near",
        "2101.00001",
        2021,
    )
    assert [str(a) for a in paper.authorships.all()] == ["Ann Lee", "Bo Kim"]
    assert reading.remark == "Read the second section first, it is short."
    assert reading.text.endswith(
        "[Far and near](https://arxiv.org/abs/2101.00001), 2021."
    )


def test_gallery_is_public_with_a_dated_attestation(file):
    run(file)
    gallery = Gallery.objects.get()
    assert (gallery.slug, gallery.state, gallery.session.key) == (
        "project-1",
        "public",
        "02",
    )
    assert gallery.attested_at is not None
    assert "page.html" in gallery.attestation


def test_students_are_text_without_numbers(file):
    run(file)
    first = Publication.objects.get(number=1)
    assert first.members == ["ROSSI, Pia", "Tom Udo"]
    assert not Person.objects.filter(name__contains="ROSSI").exists()
    assert "20991234" not in str(snapshot())


def test_draft_is_seen_by_no_visitor(file):
    run(file, draft=True)
    assert Course.objects.get().status == "draft"
    assert Client().get("/courses/math7000-2021-fall/").status_code == 404


# Links


def outline(file, **options):
    return json.loads(run(file, dry_run=True, json=True, **options)[0])


def test_account_of_links_sums_up(file):
    links = outline(file)["links"]
    assert links["in_source"] == 14
    assert links["unplaced"] == []
    assert links["placed"] + links["in_notes"] + len(links["withheld"]) == 14
    assert sorted(w["reason"] for w in links["withheld"]) == [
        "holds a student number",
        "scheme javascript: is not taken",
    ]


def test_relative_addresses_without_help_are_missing_and_shown_to_staff(file):
    run(file)
    slides = Material.objects.get(session__key="01")
    assert (slides.state, slides.url, slides.printed_address) == (
        "missing",
        "",
        "slides/one.pdf",
    )
    link = PublishedLink.objects.get(publication__number=2)
    assert (link.url, link.printed_address) == ("", "reports/uma.pdf")
    printed = {
        record.source_key: record.printed
        for record in ImportRecord.objects.exclude(printed=[])
    }
    assert printed == {
        "section:Synopsis": [["last year's page", "./old.html"]],
        "session:01/reading:see my notes for the rest": [["my notes", "notes.html"]],
        "gallery:Gallery of Project 1": [["Project 1", "project1.pdf"]],
    }
    assert Reading.objects.get(paper=None).text == "See my notes for the rest"


def test_base_url_makes_relative_addresses_absolute(file):
    run(file, base_url="https://example.org/old/index.html")
    slides = Material.objects.get(session__key="01")
    assert (slides.state, slides.url) == (
        "available",
        "https://example.org/old/slides/one.pdf",
    )
    assert "https://example.org/old/notes.html" in Reading.objects.get(paper=None).text


def test_files_are_stored_and_served(file, tmp_path):
    (tmp_path / "slides").mkdir()
    (tmp_path / "slides" / "one.pdf").write_bytes(b"%PDF-1.4 one")
    (tmp_path / "reports").mkdir()
    (tmp_path / "reports" / "uma.pdf").write_bytes(b"%PDF-1.4 uma")
    (tmp_path / "notes.html").write_text("<p>notes</p>")
    run(file, files=tmp_path)
    slides = Material.objects.get(session__key="01", label="slides")
    response = Client().get(slides.get_absolute_url())
    assert b"".join(response.streaming_content) == b"%PDF-1.4 one"
    link = PublishedLink.objects.get(publication__number=2)
    response = Client().get(link.get_absolute_url())
    assert b"".join(response.streaming_content) == b"%PDF-1.4 uma"
    beside_text = Material.objects.get(session__key="01", label="my notes")
    assert beside_text.file.original_name == "notes.html"


@pytest.mark.parametrize(
    "address", ["../secret.pdf", "linked.pdf", "folder/inside.pdf", "/etc/passwd"]
)
def test_files_are_never_taken_from_outside_the_folder(file, tmp_path, address):
    (tmp_path / "secret.pdf").write_bytes(b"%PDF-1.4 secret")
    inside = tmp_path / "inside"
    (inside / "real").mkdir(parents=True)
    (inside / "real" / "inside.pdf").write_bytes(b"%PDF-1.4")
    (inside / "linked.pdf").symlink_to(tmp_path / "secret.pdf")
    (inside / "folder").symlink_to(inside / "real")
    rewrite(file, "slides/one.pdf", address)
    run(file, files=inside)
    assert StoredFile.objects.count() == 0
    assert Material.objects.get(session__key="01").printed_address == address


def test_navigation_goes_to_one_section_for_staff(file):
    run(file)
    section = Section.objects.get(visibility="staff")
    assert "https://example.org/home" in section.text
    assert "https://example.org/home" not in (
        Client().get("/courses/math7000-2021-fall/").content.decode()
    )


# A second import


def test_unchanged_page_changes_nothing(file):
    run(file)
    before = snapshot()
    out, _ = run(file)
    assert snapshot() == before
    assert "nothing was created or changed" in out


def test_changed_page_changes_what_is_still_its_own(file):
    run(file)
    rewrite(file, "Distances", "Distances and angles")
    out, err = run(file)
    assert Session.objects.get(key="01").title == "Distances and angles"
    assert "1 session changed" in out
    assert "kept" not in err


def test_edited_values_are_kept_and_reported(file):
    run(file)
    session = Session.objects.get(key="01")
    session.title = "Metrics"
    session.save()
    rewrite(file, "Distances", "Distances and angles")
    _, err = run(file)
    assert Session.objects.get(key="01").title == "Metrics"
    assert "kept: session:01, title: edited here" in err


def test_deleted_rows_stay_deleted(file):
    run(file)
    Talk.objects.get().delete()
    _, err = run(file)
    assert Talk.objects.count() == 0
    assert "deleted here" in err


def test_rows_gone_from_the_page_are_listed_not_deleted(file):
    run(file)
    rewrite(file, '<li>See <a href="notes.html">my notes</a> for the rest</li>', "")
    _, err = run(file)
    assert Reading.objects.filter(paper=None).count() == 1
    assert "no longer on the page: session:01/reading:see my notes" in err


def test_a_new_row_on_the_page_is_added(file):
    run(file)
    row = "<tr><td>09/22/2021, Wednesday</td><td>Lecture 03: Angles</td><td></td></tr>"
    rewrite(file, "</table>", f"{row}</table>")
    out, _ = run(file)
    assert list(Session.objects.values_list("key", flat=True)) == ["01", "02", "03"]
    assert "1 session new" in out


def test_replaced_file_keeps_its_address_and_the_older_one(file, tmp_path):
    (tmp_path / "slides").mkdir()
    slides = tmp_path / "slides" / "one.pdf"
    slides.write_bytes(b"%PDF-1.4 old")
    run(file, files=tmp_path)
    address = Material.objects.get(session__key="01").get_absolute_url()
    old = Material.objects.get(session__key="01").file
    slides.write_bytes(b"%PDF-1.4 new")
    run(file, files=tmp_path)
    material = Material.objects.get(session__key="01")
    assert material.get_absolute_url() == address
    assert (material.file.replaces, StoredFile.objects.count()) == (old, 2)


def test_renamed_speaker_is_not_made_again(file):
    run(file)
    speaker = Person.objects.get(name="MORAND, Odile")
    speaker.name = "Odile Morand-Lys"
    speaker.save()
    run(file)
    assert Person.objects.filter(name__contains="O").count() == 1
    assert Talk.objects.get().appearances.get().person == speaker


def test_a_failure_leaves_no_row_and_no_file(file, tmp_path, monkeypatch, settings):
    settings.MEDIA_ROOT = tmp_path / "media"
    (tmp_path / "slides").mkdir()
    (tmp_path / "slides" / "one.pdf").write_bytes(b"%PDF-1.4 one")

    def fail(*args):
        raise RuntimeError("no more disk")

    monkeypatch.setattr("projects.importing._gallery", fail)
    with pytest.raises(RuntimeError):
        run(file, files=tmp_path)
    assert Course.objects.count() == 0
    assert [f for f in (tmp_path / "media").rglob("*") if f.is_file()] == []


def test_speaker_of_two_courses_is_one_person_only_with_the_same_home_page(file):
    run(file)
    rewrite(file, "Fall 2021", "Fall 2022")
    rewrite(file, "2021,", "2022,")
    run(file, course="again")
    assert Person.objects.filter(name="MORAND, Odile").count() == 1
    rewrite(file, "https://example.org/~mo", "https://elsewhere.example/~mo")
    run(file, course="third")
    assert Person.objects.filter(name="MORAND, Odile").count() == 2


# Bad input


def refused(file, **options):
    """The one sentence with which the import refuses; nothing was created."""
    with pytest.raises(CommandError) as error:
        run(file, **options)
    assert Course.objects.count() == 0
    message = str(error.value)
    assert "\n" not in message
    return message


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (b"", "empty"),
        (b"%PDF-1.4 ...", "a PDF file"),
        (b"\x00\x01\x02<html>" + b"\x00" * 50, "binary"),
        (b"# Lectures\n\n- [one](1.pdf)\n", "Markdown or YAML"),
        (b"---\ntitle: x\n---\n<div>a</div>", "Markdown source"),
        (b"<html><p>no table</p></html>", "No schedule was found"),
        (b"<html><table><tr><td>a</td><td>b</td></tr></table>", "No schedule"),
        (b"<meta charset=klingon><p>\xe9\xff</p>", "“klingon”, which is unknown"),
    ],
)
def test_what_is_no_course_page_is_refused(tmp_path, content, found):
    file = tmp_path / "input"
    file.write_bytes(content)
    assert found in refused(file)


def test_thirty_megabytes_of_nested_tags_are_refused(tmp_path):
    file = tmp_path / "deep.html"
    file.write_bytes(b"<table><tr><td>" * 2_000_000)
    assert "largest page" in refused(file)


def test_unreadable_path_is_refused(tmp_path):
    assert "cannot be read" in refused(tmp_path / "nowhere.html")
    assert "cannot be read" in refused(tmp_path)


@pytest.mark.parametrize(
    ("options", "found"),
    [
        ({"time_zone": "Mars/Olympus"}, "no time zone"),
        ({"base_url": "ftp://example.org"}, "no web address"),
        ({"files": Path("/nowhere/at/all")}, "is no folder"),
        ({"course": "not a slug"}, "slug"),
    ],
)
def test_bad_options_are_refused(file, options, found):
    assert found in refused(file, **options)


def test_slug_of_another_course_is_refused(file):
    made_by_hand = make_course(slug="math7000-2021-fall")
    with pytest.raises(CommandError, match="belongs to another course"):
        run(file)
    assert list(Course.objects.all()) == [made_by_hand]
    assert Session.objects.count() == 0


def test_slug_of_another_imported_course_is_refused(file):
    run(file, course="data")
    rewrite(file, "Fall 2021", "Fall 2031")
    with pytest.raises(CommandError, match="belongs to another course"):
        run(file, course="data")


def test_dry_run_changes_nothing(file):
    out, _ = run(file, dry_run=True)
    assert "Nothing was changed" in out
    assert Course.objects.count() == 0


def test_dry_run_works_without_a_database(file, tmp_path):
    done = subprocess.run(
        [sys.executable, "manage.py", "import_page", file, "--dry-run", "--json"],
        capture_output=True,
        text=True,
        env={
            "PATH": "",
            "DJANGO_DEBUG": "1",
            "DATABASE_URL": f"sqlite:///{tmp_path}/none/db.sqlite3",
        },
    )
    assert done.returncode == 0, done.stderr
    assert len(json.loads(done.stdout)["sessions"]) == 2


def test_refusal_has_exit_status_1(tmp_path):
    done = subprocess.run(
        [sys.executable, "manage.py", "import_page", tmp_path / "x", "--dry-run"],
        capture_output=True,
        text=True,
        env={"PATH": "", "DJANGO_DEBUG": "1"},
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.count("\n") == 1


# The real page


# Over 5 s where the machine is busy: it opens all 400 pages of the real course.
def test_real_page_is_shown_whole(shared):
    """Every absolute address of the schedule stands on a page a visitor reaches."""
    real = shared / "data" / "pages" / "deeplearning-2020-fall.html"
    run(real, time_zone="Asia/Hong_Kong")
    client, seen, queue, shown = Client(), {"/"}, ["/"], ""
    while queue:
        response = client.get(queue.pop())
        assert response.status_code == 200
        shown += response.content.decode()
        for address in set(re_links(response.content.decode())) - seen:
            seen.add(address)
            queue.append(address)
    assert "2099" not in shown
    wanted = {
        link
        for link in real_links(real)
        if link.startswith("http") and "2099" not in link
    }
    assert {link for link in wanted if link not in shown} == set()


def re_links(html):
    return [
        address.split("#")[0]
        for address in re.findall(r'href="(/[^"]*)"', html)
        if not address.startswith(("/static/", "/admin/", "/accounts/tokens/"))
    ]


def real_links(file):
    outline = json.loads(run(file, dry_run=True, json=True)[0])

    def urls(value):
        if isinstance(value, dict):
            if isinstance(value.get("url"), str):
                yield escape(value["url"])
            for each in value.values():
                yield from urls(each)
        elif isinstance(value, list):
            for each in value:
                yield from urls(each)

    return set(urls(outline["sessions"])) | set(urls(outline["galleries"]))


def test_importing_the_real_page_needs_a_bounded_number_of_queries(
    shared, django_assert_max_num_queries
):
    real = shared / "data" / "pages" / "deeplearning-2020-fall.html"
    with django_assert_max_num_queries(3000):
        run(real)
