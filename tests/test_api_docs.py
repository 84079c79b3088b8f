"""What the instance says of its API: every example works as it stands."""

import html
import os
import re
import shutil
import subprocess
import sys
from datetime import date, time
from xml.etree import ElementTree

import pytest
from django.conf import settings
from django.urls import reverse

from courses.access import Status
from projects.models import Delivery
from references.models import Author
from tests.admin_pages import count_queries
from tests.factories import (
    PDF,
    make_assignment,
    make_author,
    make_course,
    make_instructor,
    make_paper,
    make_reading,
    make_session,
    make_slot,
    make_student,
    make_team,
    make_token,
)
from tests.logins import log_in

SCRIPT = settings.BASE_DIR / "docs" / "papers_per_year.py"
BROWSER = "text/html,application/xhtml+xml,*/*;q=0.8"


@pytest.fixture
def course(transactional_db):
    course = make_course(slug="dl-2025")
    session = make_session(course, key="03", date=date(2025, 10, 6), start_time=time(9))
    for year, title in ((2019, "One"), (2021, "Two"), (2021, "Three")):
        paper = make_paper([make_author("Mei")], title=title, year=year)
        make_reading(session, paper=paper)
    make_reading(session, paper=paper)  # counts once
    make_reading(session, paper=make_paper(title="Of no known year", year=None))
    make_slot(make_assignment(course))
    return course


def examples(page, language):
    found = re.findall(
        rf'<code class="language-{language}">(.*?)</code>', page, re.DOTALL
    )
    return [html.unescape(each) for each in found]


class TestFiveMinutes:
    @pytest.fixture
    def shell(self, course, tmp_path):
        """A function: run commands in a shell where ``$TOKEN`` is of staff, or of a
        student; return the statuses of what they asked for, and all they were told."""
        if not shutil.which("curl") and not os.environ.get("CI"):
            pytest.skip("needs curl")
        accounts = {
            "staff": make_instructor(course, email="staff@example.org"),
            "student": make_student(course, email="student@example.org"),
        }
        assignment = course.assignments.get()
        make_team(course, [accounts["student"].person], assignment=assignment)
        (tmp_path / "report.pdf").write_bytes(PDF)
        tokens = {
            who: make_token(account, scope="write").clear
            for who, account in accounts.items()
        }
        quiet = 'curl() { command curl -sS -w "\\n%{http_code}\\n" "$@"; }\n'

        def run(commands, who="staff"):
            done = subprocess.run(
                ["/bin/sh", "-c", quiet + commands],
                capture_output=True,
                text=True,
                check=True,
                cwd=tmp_path,
                env={**os.environ, "TOKEN": tokens[who]},
            )
            assert done.stderr == ""
            found = re.findall(r"^\d{3}$", done.stdout, re.MULTILINE)
            return [int(each) for each in found], done.stdout

        return run

    @pytest.fixture
    def page(self, course, live_server, client):
        port = live_server.url.rpartition(":")[2]
        return client.get("/api/", headers={"host": f"localhost:{port}"}).text

    def test_python_examples_run_one_after_the_other(self, page):
        blocks = examples(page, "python")
        assert len(blocks) == 3
        done = subprocess.run(
            [sys.executable, "-c", "\n".join(blocks)],
            capture_output=True,
            text=True,
            check=False,
        )
        assert (done.stderr, done.returncode) == ("", 0)
        assert done.stdout.splitlines()[0].startswith("2025-10-06 ")
        assert "2021 Three" in done.stdout

    def test_curl_examples_do_what_the_words_around_them_say(self, shell, page, course):
        blocks = examples(page, "sh")
        reading, writing = blocks[:8], blocks[8:]
        said = [shell(block) for block in reading]
        statuses = [found for found, _body in said]
        assert statuses == [
            *([200], [200, 200], [200, 200, 200], [200], [200, 200]),
            *([304], [400], [200]),
        ]
        assert said[4][1].count("@misc{") == 2
        assert "papers" in said[0][1]
        assert "yaer" in said[6][1]

        put, post, hand_in = writing
        again = put[put.index("curl -X PUT") :]
        assert shell(put)[0] == [201]
        assert shell(put)[0] == [200]
        assert shell(f"etag='\"of another state\"'\n{again}")[0] == [412]
        assert shell(post)[0] == [201]
        titles = course.sessions.order_by("position").values_list("title", flat=True)
        assert [*titles] == ["Session 1", "An example", "Spectra", "Kernels"]
        assert shell(f"{hand_in}\n{hand_in}", who="student")[0] == [201, 201]
        assert Delivery.objects.count() == 1  # the same key

    def test_works_where_there_is_nothing_yet(self, db, client):
        response = client.get("/api/")
        assert response.status_code == 200
        assert "language-python" not in response.text

    def test_has_examples_that_everybody_sees_whoever_reads(self, course, client):
        draft = make_course(slug="draft", status=Status.DRAFT)
        make_session(draft, date=date(2027, 10, 6))
        log_in(client, make_instructor(draft))
        page = client.get(reverse("api")).text
        assert "sessions/dl-2025/" in page
        assert "draft/" not in page

    def test_sets_no_cookie(self, db, client):
        for name in ("api", "api-docs", "schema", "api-root"):
            assert not client.get(reverse(name)).cookies

    def test_is_linked_from_every_page(self, db, client):
        assert f'<a href="{reverse("api")}">' in client.get("/").text


class TestRoot:
    def test_lists_resources_for_programs(self, db, client):
        answer = client.get("/api/v1/").json()
        assert answer["sessions"] == "http://testserver/api/v1/sessions/"
        assert {"about", "docs", "schema", "papers"} <= {*answer}
        statuses = {
            name: client.get(where).status_code for name, where in answer.items()
        }
        private = ("deliveries", "enrolments", "extensions", "grades", "teams")
        asks = dict.fromkeys((*private, "submissions"), 401) | {"search": 400}
        assert statuses == dict.fromkeys(answer, 200) | asks

    def test_leads_browsers_to_the_page(self, db, client):
        response = client.get("/api/v1/", headers={"accept": BROWSER})
        assert (response.status_code, response["Location"]) == (302, "/api/")
        assert "Accept" in response["Vary"]


class TestProblems:
    """Nothing under the address of the API is HTML."""

    @pytest.mark.parametrize("debug", [True, False])
    @pytest.mark.parametrize("method", ["get", "post", "put", "delete"])
    def test_of_unknown_addresses(self, db, client, settings, debug, method):
        settings.DEBUG = debug
        response = getattr(client, method)("/api/v1/nothing/")
        assert response.status_code == 404
        assert response["Content-Type"] == "application/problem+json"
        assert response.json()["status"] == 404

    def test_leads_to_the_address_with_a_slash(self, db, client):
        response = client.get("/api/v1/sessions?page=1")
        assert response.status_code == 301
        assert response["Location"] == "/api/v1/sessions/?page=1"

    def test_of_writing_to_an_address_without_a_slash(self, db, client):
        response = client.post("/api/v1/sessions")
        assert response.status_code == 404
        assert response.json()["detail"] == "Addresses end in a slash."

    def test_of_a_method_that_is_not_there(self, db, client):
        response = client.options("/api/v1/", headers={"accept": BROWSER})
        assert response.status_code == 405
        assert response["Content-Type"] == "application/problem+json"
        assert response.json()["title"] == "Method Not Allowed"
        assert response.json()["detail"] == "This address takes GET, HEAD."

    def test_say_what_to_do(self, db, client):
        token = make_token(make_instructor(make_course()), scope="write").clear
        headers = {"authorization": f"Bearer {token}"}
        refusals = {
            401: client.get("/api/v1/teams/"),
            406: client.get("/api/v1/people/", headers={"accept": "image/png"}),
            415: client.post("/api/v1/talks/", "x", "text/plain", headers=headers),
        }
        assert {code: each.status_code for code, each in refusals.items()} == {
            code: code for code in refusals
        }
        assert [each.json()["detail"] for each in refusals.values()] == [
            "This takes a token: send “Authorization: Bearer” and the token, which you "
            "make under “API tokens” of your account.",
            "This address answers in application/json: say so in Accept.",
            "This address reads application/json: say so in Content-Type.",
        ]

    def test_of_a_failure(self, db, client, monkeypatch):
        def fail(*args):
            raise RuntimeError

        monkeypatch.setattr("config.api_docs.check_parameters", fail)
        client.raise_request_exception = False
        response = client.get("/api/v1/")
        assert response.status_code == 500
        assert response["Content-Type"] == "application/problem+json"
        assert response.json()["status"] == 500

    def test_of_other_pages_stay_pages(self, db, client):
        response = client.get("/nothing/")
        assert response.status_code == 404
        assert "<h1>" in response.text


class TestPapersPerYear:
    def run(self, *arguments):
        return subprocess.run(
            [sys.executable, "-I", SCRIPT, *arguments],
            capture_output=True,
            text=True,
            check=False,
        )

    def test_draws_each_paper_once(self, course, live_server):
        done = self.run(live_server.url, "--text")
        assert done.stderr == ""
        assert done.stdout == "2019  █ 1\n2020   0\n2021  ██ 2\n"

    def test_draws_a_picture(self, course, live_server):
        picture = ElementTree.fromstring(self.run(live_server.url).stdout)  # noqa: S314
        svg = "{http://www.w3.org/2000/svg}"
        assert len(picture.findall(f"{svg}rect")) == 3  # ground, 2019, 2021
        assert live_server.url in picture.find(f"{svg}title").text

    def test_says_what_is_wrong(self, course, live_server):
        done = self.run(live_server.url, "--course", "nothing", "--text")
        assert (done.returncode, done.stdout) == (1, "")
        assert done.stderr == "No paper of a known year is read there.\n"
        done = self.run(live_server.url, "--course", "x" * 300)
        assert "longer than 80" in done.stderr


class TestReference:
    def test_has_every_operation(self, course, client):
        schema = client.get("/api/v1/schema/?format=json").json()
        contents = client.get("/api/v1/docs/").text
        pages = {
            tag["name"]: client.get(f"/api/v1/docs/{tag['name']}/").text
            for tag in schema["tags"]
        }
        for methods in schema["paths"].values():
            for operation in methods.values():
                name, [chapter] = operation["operationId"], operation["tags"]
                assert f'<h2 id="{name}">' in pages[chapter]
                assert f'<a href="/api/v1/docs/{chapter}/#{name}">' in contents
                for parameter in operation["parameters"]:
                    assert f"<code>{parameter['name']}</code>" in pages[chapter]

    def test_has_addresses_that_can_be_opened(self, course, client):
        page = client.get("/api/v1/docs/sessions/").text
        found = re.findall(r'<a href="http://testserver(/api/v1/[^"]+)"', page)
        assert found == ["/api/v1/sessions/", "/api/v1/sessions/dl-2025/03/"]
        assert [client.get(each).status_code for each in found] == [200, 200]

    def test_has_commands_with_the_example_of_a_body(self, course, client):
        page = html.unescape(client.get("/api/v1/docs/authors/").text)
        author = Author.objects.first()
        command = f"""\
curl -X PATCH http://testserver/api/v1/authors/{author.slug}/ \\
  -H "Authorization: Bearer $TOKEN" \\
  -H "If-Match: $IF_MATCH" \\
  -H "Content-Type: application/json" \\
  -d '{{
  "family_name": "Tanaka",
  "given_name": "Mei"
}}'"""
        assert command in page

    @pytest.mark.parametrize("address", ["", "papers/", "sessions/", "grades/"])
    def test_asks_few_queries(self, course, client, address):
        address = reverse("api-docs") + address
        assert count_queries(client, address) <= 8

    def test_has_each_value_that_there_may_be(self, course, client):
        page = client.get(reverse("api-docs") + "courses/").text
        assert all(f"<code>{day}</code>" in page for day in range(7))

    def test_has_no_other_chapters(self, db, client):
        assert client.get("/api/v1/docs/nothing/").status_code == 404
