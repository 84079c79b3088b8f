"""Several processes on one database, as in production."""

import sqlite3

import pytest
from django.db import connection, transaction
from rest_framework.test import APIClient

from courses import roster, roster_file
from courses.models import Course, Person, Session
from references.models import Paper
from tests.factories import make_course, make_instructor, make_session
from tests.processes import run_at_once

pytestmark = [pytest.mark.both, pytest.mark.django_db(transaction=True)]

COUNT_UP = """
from django.db import transaction
from courses.models import Course
for _ in range(100):
    with transaction.atomic():
        course = Course.objects.select_for_update().get(slug="shared")
        course.term = str(int(course.term) + 1)
        course.save()
"""

SAVE_ROSTER = """
from courses import roster, roster_file
from courses.models import Course, User
listed = roster_file.read({text!r})
course, user = Course.objects.get(), User.objects.get()
print(roster.save(course, user, listed, "class.csv", {digest!r}).is_saved)
"""

WRITE = """
from rest_framework.test import APIClient
from courses.models import User
api = APIClient()
api.force_authenticate(User.objects.get())
answer = api.{method}("/api/v1/{path}", {body!r}, format="json", **{headers!r})
print(answer.status_code)
"""

PAGE = """
<html><head><title>MATH 7000: Shapes of Data</title></head><body>
<p><b>MATH 7000. Shapes of Data<br>Fall 2021</b></p>
<h3>Schedule</h3>
<table>
<tr><td>Date</td><td>Topic</td><td>Instructor</td></tr>
<tr><td>09/08/2021, Wednesday</td>
  <td>Lecture 01: Distances <a href="https://example.org/1.pdf">[ slides ]</a>
  <ul>[Reference]:
   <li>Ann Lee, Bo Kim. <a href="https://arxiv.org/abs/2101.00001">Far and near</a>,
    2021.</li></ul></td>
  <td><a href="https://example.org/~ada">Ada Winther</a></td></tr>
</table></body></html>
"""


def test_writers_wait_for_each_other():
    make_course(slug="shared", term="0")
    assert run_at_once(COUNT_UP, COUNT_UP, COUNT_UP) == [(0, "")] * 3
    assert Course.objects.get().term == "300"


def test_page_imported_twice_at_once_is_one_course(tmp_path):
    page = tmp_path / "page.html"
    page.write_text(PAGE)
    code = f"call_command('import_page', {str(page)!r}, year=2021)"
    answers = run_at_once(code, code, code)
    assert [exit_code for exit_code, _ in answers] == [0, 0, 0], answers
    assert sum("nothing new" in said for _, said in answers) == 2, answers
    models = (Course, Person, Paper)
    assert [model.objects.count() for model in models] == [1, 1, 1]


def test_page_imported_again_twice_at_once_is_taken_over_once(tmp_path):
    page = tmp_path / "page.html"
    page.write_text(PAGE)
    code = f"call_command('import_page', {str(page)!r}, year=2021)"
    run_at_once(code)
    second_row = PAGE[PAGE.index("<tr><td>09") :].replace("09/08", "09/15")
    page.write_text(PAGE.replace("</table></body></html>\n", second_row))
    answers = run_at_once(code, code)
    assert [exit_code for exit_code, _ in answers] == [0, 0], answers
    assert sum("nothing new" in said for _, said in answers) == 1, answers
    assert Session.objects.count() == 2


def test_a_roster_that_two_save_at_once_is_saved_once():
    course = make_course()
    user = make_instructor(course)
    text = "SID,Name\n" + "".join(f"{n},Student {n}\n" for n in range(50))
    shown = roster.compare(course, user, roster_file.read(text))
    code = SAVE_ROSTER.format(text=text, digest=shown.digest)
    answers = run_at_once(code, code)
    assert sorted(answers) == [(0, "False\n"), (0, "True\n")]
    assert course.enrolments.count() == 50
    assert Person.objects.filter(name__startswith="Student").count() == 50


@pytest.mark.sqlite
def test_sqlite_is_set_up_for_several_processes():
    with connection.cursor() as cursor:
        pragmas = [
            cursor.execute(f"PRAGMA {name}").fetchone()[0]
            for name in ("journal_mode", "synchronous", "busy_timeout")
        ]
    assert pragmas == ["wal", 1, 20_000]
    name = connection.settings_dict["NAME"]
    other = sqlite3.connect(name, timeout=0, isolation_level=None)
    with transaction.atomic():
        Course.objects.exists()  # reading is enough: a writer to come will not wait
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            other.execute("BEGIN IMMEDIATE")
        assert other.execute("SELECT count(*) FROM courses_course").fetchone() == (0,)
    other.close()


def write_at_once(method, path, bodies, **headers):
    """The statuses of writes by the API, in order of size."""
    codes = [
        WRITE.format(method=method, path=path, body=body, headers=headers)
        for body in bodies
    ]
    answers = run_at_once(*codes)
    assert [code for code, _said in answers] == [0] * len(bodies), answers
    return sorted(int(said) for _code, said in answers)


def test_of_two_who_read_the_same_state_one_writes():
    session = make_session(make_course(slug="dl"), key="01")
    api = APIClient()
    api.force_authenticate(make_instructor(session.course))
    etag = api.get("/api/v1/sessions/dl/01/")["ETag"]
    bodies = [{"title": "One"}, {"title": "Two"}, {"title": "Three"}]
    statuses = write_at_once("patch", "sessions/dl/01/", bodies, HTTP_IF_MATCH=etag)
    assert statuses == [200, 412, 412]
    assert session.history.count() == 2


def test_put_at_once_makes_one_row():
    make_instructor(make_course(slug="dl"))
    bodies = [{"title": "One"}, {"title": "Two"}, {"title": "Three"}]
    first, *others = write_at_once("put", "sessions/dl/01/", bodies)
    assert first == 201
    assert set(others) <= {409, 428}
    assert Session.objects.get().history.count() == 1


def test_sessions_added_at_once_have_places_of_their_own():
    make_instructor(make_course(slug="dl"))
    many = [{"course": "dl"}] * 20
    assert write_at_once("post", "sessions/", [many, many, many]) == [201] * 3
    positions = Session.objects.values_list("position", flat=True)
    assert sorted(positions) == [*range(1, 61)]
