"""What is committed in this process is in the next answer of another one, for every
kind of row that answers show and every way in which it is written."""

import pytest
from django.apps import apps
from django.core.cache import caches
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.db import models
from django.test import Client
from django.urls import reverse

from courses import revisions
from tests import factories as make
from tests.admin_pages import errors, form_data, make_staff, page
from tests.courses.test_revisions import ROWS, copy_of, rows
from tests.logins import log_in
from tests.processes import Reader
from tests.projects.test_import_page import PAGE

pytestmark = [pytest.mark.both, pytest.mark.django_db(transaction=True)]

# By model: the list that shows its rows, and a field that is seen there.
SHOWN = {
    "courses.Course": ("courses/", "title"),
    "courses.CourseRole": ("courses/", "name_as_printed"),
    "courses.Section": ("courses/", "heading"),
    "courses.Meeting": ("courses/", "place"),
    "courses.Holiday": ("courses/", "name"),
    "courses.Announcement": ("announcements/", "title"),
    "courses.Assignment": ("assignments/", "title"),
    "courses.Session": ("sessions/", "title"),
    "courses.SessionRole": ("sessions/", "name_as_printed"),
    "courses.Talk": ("talks/", "title"),
    "courses.Appearance": ("talks/", "affiliation"),
    "courses.Material": ("materials/", "label"),
    "courses.Reading": ("readings/", "remark"),
    "courses.StoredFile": ("materials/", "original_name"),
    "courses.Person": ("people/", "name"),
    "references.Paper": ("papers/", "title"),
    "references.Author": ("papers/", "family_name"),
    "references.Authorship": ("papers/", "name_as_printed"),
    "references.PaperLink": ("papers/", "label"),
    "references.PaperAlias": ("papers/", "key"),
    "projects.Slot": ("assignments/", "label"),
    "projects.Gallery": ("galleries/", "name"),
    "projects.Publication": ("projects/", "title"),
    "projects.PublishedLink": ("projects/", "label"),
    "projects.Presentation": ("sessions/?expand=presentations", "title"),
    "projects.Team": ("projects/", "name"),
    "projects.Membership": ("projects/", "name_as_printed"),
}
# In no answer: the BibTeX of its course alone shows it, which is not kept.
UNTOLD = {"courses.CitationKey"}
MADE = ROWS | {
    "courses.Person": lambda course: make.make_course_role(course).person,
    "references.Author": lambda course: make.make_paper(
        [make.make_author()]
    ).authors.get(),
}
# No list shows a new row of these before another row leads to it, nor can one go.
SHOWN_LATER = {"courses.StoredFile", "courses.Person", "references.Author"}
SHOWN_LATER |= {"projects.Team"}
# Whose form it is, and what is written there, where it is not the row's own field.
FORMS = {
    "courses.CourseRole": lambda row, word: (
        row.course,
        {"roles-0-name_as_printed": word},
    ),
    "courses.Section": lambda row, word: (row.course, {"sections-0-heading": word}),
    "courses.Meeting": lambda row, word: (row.course, {"meetings-0-place": word}),
    "courses.Holiday": lambda row, word: (row.course, {"holidays-0-name": word}),
    "courses.Appearance": lambda row, word: (
        row.talk,
        {"appearances-0-affiliation": word},
    ),
    "courses.StoredFile": lambda row, word: (
        row.materials.get(),
        {"upload": SimpleUploadedFile(f"{word}.pdf", make.PDF)},
    ),
    "references.Authorship": lambda row, word: (
        row.paper,
        {"authorships-0-name_as_printed": word},
    ),
    "references.PaperLink": lambda row, word: (row.paper, {"links-0-label": word}),
    "references.PaperAlias": lambda row, word: (row.paper, {"aliases-0-key": word}),
    "projects.Slot": lambda row, word: (row.assignment, {"slots-0-label": word}),
    "projects.PublishedLink": lambda row, word: (
        row.publication,
        {"links-0-label": word},
    ),
    "projects.Team": lambda row, word: (row, {"name": word, "reason": "Asked for."}),
}
# A course page and a BibTeX file, and what answers tell of each kind of row in them.
IMPORTED_PAGE = PAGE.replace(
    "<ul>[ Gallery",
    "<ul>[Student Presentations]: <li>Cole Ng. On knots</li></ul> <ul>[ Gallery",
).replace("near</a>,", 'near</a>, <a href="https://example.org/far.pdf">pdf</a>,')
BIBTEX = """@article{Lee:2021, title = {Far and near}, author = {Lee, Ann}, year = 2021}
@book{Gu, author = {Gu, Flo}, title = {Of Larger Things}, year = 2020}
"""
PAGE_HAS = {
    "courses.Course": "Shapes of Data",
    "courses.CourseRole": "A.W.",
    "courses.Section": "Synopsis",
    "courses.Meeting": "Hall 2",
    "courses.Session": "Distances",
    "courses.SessionRole": "A.W.",
    "courses.Talk": "Holes that stay",
    "courses.Appearance": "Lakeside",
    "courses.Material": "slides",
    "courses.Reading": "Read the second section",
    "courses.StoredFile": "one.pdf",
    "courses.Person": "MORAND, Odile",
    "references.Paper": "Far and near",
    "references.Author": "Lee",
    "references.Authorship": "Ann Lee",
    "references.PaperLink": "far.pdf",
    "projects.Gallery": "Gallery of Project 1",
    "projects.Publication": "ROSSI, Pia",
    "projects.PublishedLink": "report (pdf)",
    "projects.Presentation": "On knots",
    "projects.Team": "Tom Udo",
    "projects.Membership": "Uma Ray",
}
BIBTEX_HAS = {
    "courses.Reading": "Of Larger Things",
    "references.Paper": "Of Larger Things",
    "references.Author": "Gu",
    "references.Authorship": "Flo Gu",
    "references.PaperAlias": "Lee:2021",
}


@pytest.fixture(scope="module")
def reader(django_db_setup):
    with Reader() as reader:
        yield reader


@pytest.fixture
def elsewhere(reader):
    """The other process; it has kept nothing yet."""
    reader.forget()
    return reader


@pytest.fixture
def staff(client):
    log_in(client, make_staff())
    return client


class Seen:
    """An address of the API as the other process has it."""

    def __init__(self, reader, path):
        self.reader, self.path = reader, f"/api/v1/{path}"
        _status, self.etag, self.body = reader.get(self.path)
        self.check_kept()

    def check_kept(self):
        assert self.reader.get(self.path, self.etag) == (304, self.etag, "")

    def check_changed(self, *words):
        """It has another answer now, which is what there is, with all ``words``."""
        status, etag, body = self.reader.get(self.path, self.etag)
        caches["kept"].clear()
        assert (status, body) == (200, Client().get(self.path).text)
        assert body != self.body
        assert [word for word in words if word not in body] == []
        self.etag, self.body = etag, body
        self.check_kept()


def test_every_model_that_is_shown_is_here():
    assert SHOWN.keys() | UNTOLD == revisions.SHOWN.keys()


@pytest.mark.parametrize("label", SHOWN)
def test_what_is_written_here_is_read_elsewhere(label, elsewhere, staff):
    path, field = SHOWN[label]
    row = MADE[label](make.make_course())
    seen = Seen(elsewhere, path)
    rows(row).update(**{field: "By_update"})
    seen.check_changed("By_update")
    setattr(row, field, "By_bulk_update")
    type(row)._base_manager.bulk_update([row], [field])
    seen.check_changed("By_bulk_update")
    submit(staff, row, field, "By_form")
    seen.check_changed("By_form")
    if label in SHOWN_LATER:
        return
    [copy] = type(row)._base_manager.bulk_create([copy_of(row)])
    seen.check_changed()
    rows(copy).delete()
    seen.check_changed()
    for owner, name, other in many_to_many(row):
        getattr(owner, name).remove(other)
        seen.check_changed()
        getattr(owner, name).add(other, through_defaults={"position": 1})
        seen.check_changed()
    for parent in parents(row)[:1]:
        parent.delete()
        seen.check_changed()


def many_to_many(row):
    """(owner, field, other) of the field whose table ``row`` is in."""
    for owner in apps.get_models():
        for field in owner._meta.many_to_many:
            if field.remote_field.through is type(row):
                yield (
                    getattr(row, field.m2m_field_name()),
                    field.name,
                    getattr(row, field.m2m_reverse_field_name()),
                )


def parents(row):
    """The rows with which ``row`` goes."""
    fields = [field for field in row._meta.concrete_fields if field.is_relation]
    return [
        getattr(row, field.name)
        for field in fields
        if field.remote_field.on_delete is models.CASCADE and getattr(row, field.name)
    ]


def submit(client, row, field, word):
    """Write ``word`` where staff write ``field`` of ``row``."""
    row.refresh_from_db()
    if row._meta.label == "projects.Membership":  # is never rewritten
        address = reverse("admin:projects_team_members", args=[row.team_id])
        data = {"add": "1", "add-name": word, "add-reason": "Came later."}
    else:
        form = FORMS.get(row._meta.label, lambda row, word: (row, {field: word}))
        owner, changes = form(row, word)
        address = page(type(owner), "change", owner.pk)
        data = form_data(client.get(address)) | changes
    response = client.post(address, data)
    assert response.status_code == 302, errors(response)


def test_what_is_imported_here_is_seen_elsewhere(elsewhere, tmp_path):
    seen = {path: Seen(elsewhere, path) for path, _field in SHOWN.values()}
    file, bib = tmp_path / "page.html", tmp_path / "papers.bib"
    (tmp_path / "slides").mkdir()
    (tmp_path / "slides" / "one.pdf").write_bytes(make.PDF)
    bib.write_text(BIBTEX)
    file.write_text(IMPORTED_PAGE)
    call_command("import_page", file, files=tmp_path, verbosity=0)
    check_imported(seen, PAGE_HAS)
    call_command("import_bibtex", str(bib), course="math7000-2021-fall", verbosity=0)
    check_imported(seen, BIBTEX_HAS)
    file.write_text(IMPORTED_PAGE.replace("Distances", "Lengths"))
    call_command("import_page", file, files=tmp_path, verbosity=0)
    check_imported(seen, {"courses.Session": "Lengths"})


def check_imported(seen, words):
    for path, each in seen.items():
        if found := [words[label] for label in words if SHOWN[label][0] == path]:
            each.check_changed(*found)
    for label in words:
        assert apps.get_model(label)._base_manager.exists(), label


def test_what_is_never_imported_is_known():
    never = {"courses.Announcement", "courses.Assignment", "courses.Holiday"}
    never |= {"projects.Slot"}
    assert SHOWN.keys() == PAGE_HAS.keys() | BIBTEX_HAS.keys() | never
