"""Figures for `make bench`: the API beside a bare Django view, on PostgreSQL.

Both are served by gunicorn as the compose file starts it. One client asks on one open
connection, again and again; ratios are of answers a second, medians of five rounds in
which the servers take turns. Growth is that of times counted in bare answers, too: a
machine is not as fast in one minute as in the next.
"""

import os
import socket
import statistics
import tempfile
import time
from contextlib import ExitStack
from itertools import count
from pathlib import Path

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
import django

django.setup()

from django.core.management import call_command  # noqa: E402
from django.utils import timezone  # noqa: E402

from courses import revisions  # noqa: E402
from courses.access import Status  # noqa: E402
from courses.models import (  # noqa: E402
    Appearance,
    Course,
    Material,
    Person,
    Reading,
    Session,
    SessionRole,
    Talk,
)
from references.models import Author, Authorship, Paper  # noqa: E402
from tests import deployed  # noqa: E402

ROUNDS = 5
SECONDS = 1.0
FEW, MANY = 10, 1000  # courses
SESSIONS = 50  # of each
PATH = "/api/v1/sessions/?course=bench-1&expand=talks,materials,readings"
ACROSS = "/api/v1/sessions/?expand=talks,materials,readings&page_size=50"
GOALS = {"uncached": 0.5, "kept": 40, "304": 50}  # per cent of the bare view


class Client:
    """One open connection, as cheap as Python can have it."""

    def __init__(self, port):
        self.port = port
        self.open()

    def open(self):
        self.socket = socket.create_connection(("127.0.0.1", self.port))

    def ask(self, path, **headers):
        """(status, headers, size of the body) of a GET."""
        lines = [f"GET {path} HTTP/1.1", "Host: 127.0.0.1", "Accept-Encoding: gzip"]
        lines += [f"{name.replace('_', '-')}: {said}" for name, said in headers.items()]
        request = "\r\n".join([*lines, "", ""]).encode()
        if not (data := self.send(request)):  # closed while the other was asked
            self.open()
            data = self.send(request)
        while b"\r\n\r\n" not in data:
            data += self.socket.recv(65_536)
        head, _, body = data.partition(b"\r\n\r\n")
        first, *told = head.split(b"\r\n")
        told = dict(line.lower().split(b": ", 1) for line in told)
        if b"content-length" not in told and not first.startswith(b"HTTP/1.1 304"):
            while not body.endswith(b"0\r\n\r\n"):  # in chunks
                body += self.socket.recv(65_536)
        size = int(told.get(b"content-length", len(body)))
        got = len(body)
        while got < size:
            got += len(self.socket.recv(262_144))
        return int(first.split(b" ", 2)[1]), told, size

    def send(self, request):
        """The beginning of what is answered; nothing if nobody listens any more."""
        try:
            self.socket.sendall(request)
            return self.socket.recv(65_536)
        except ConnectionError:
            return b""


def rate(ask):
    """Answers a second."""
    done, began = 0, time.perf_counter()
    while (elapsed := time.perf_counter() - began) < SECONDS:
        ask()
        done += 1
    return done / elapsed


def fill(first, last):
    """Courses with numbers from ``first`` up to ``last``, each of SESSIONS sessions."""
    people = list(Person.objects.all())
    papers = list(Paper.objects.all())
    for number in range(first, last):
        course = Course.objects.create(
            slug=f"bench-{number}", title=f"Course {number}", status=Status.PUBLIC
        )
        sessions = Session.objects.bulk_create(
            Session(
                course=course,
                key=f"{place:02}",
                position=place,
                title=f"Session {place} with $x^{place}$",
                abstract="Of many things. " * 20,
                abstract_html="<p>Of many things.</p>" * 20,
            )
            for place in range(SESSIONS)
        )
        talks = Talk.objects.bulk_create(
            Talk(session=session, title="A talk", abstract="What it says. " * 20)
            for session in sessions
        )
        Appearance.objects.bulk_create(
            Appearance(talk=talk, person=people[talk.pk % len(people)])
            for talk in talks
        )
        SessionRole.objects.bulk_create(
            SessionRole(session=session, person=people[session.pk % len(people)])
            for session in sessions
        )
        Material.objects.bulk_create(
            Material(
                course=course,
                **({"session": session} if kind == "slides" else {"talk": talk}),
                kind=kind,
                label=f"The {kind}",
                url=f"https://example.org/{kind}/{session.pk}.pdf",
            )
            for session, talk in zip(sessions, talks, strict=True)
            for kind in ("slides", "video", "notes")
        )
        Reading.objects.bulk_create(
            Reading(
                course=course,
                session=session,
                position=place,
                paper=papers[(session.pk + place) % len(papers)],
                text="As printed there, 2020.",
                text_html="<p>As printed there, 2020.</p>",
            )
            for session in sessions
            for place in range(3)
        )


def prepare():
    call_command("migrate", verbosity=0)
    Person.objects.bulk_create(
        Person(name=f"Person {n}", slug=f"person-{n}", family_name=f"P{n}")
        for n in range(100)
    )
    authors = Author.objects.bulk_create(
        Author(family_name=f"Author{n}", given_name="A.", slug=f"author-{n}")
        for n in range(200)
    )
    papers = Paper.objects.bulk_create(
        Paper(key=f"paper{n}", title=f"On the number {n}", year=2000 + n % 25)
        for n in range(500)
    )
    Authorship.objects.bulk_create(
        Authorship(paper=paper, author=authors[(paper.pk + n) % 200], position=n)
        for paper in papers
        for n in range(3)
    )


def measure(ask_bare, asks):
    """{name: (ratio in per cent, milliseconds)}, medians of ROUNDS."""
    found = {name: [] for name in asks}
    for _ in range(ROUNDS):
        bare = rate(ask_bare)
        for name, ask in asks.items():
            one = rate(ask)
            found[name].append((100 * one / bare, 1000 / one))
    return {
        name: tuple(map(statistics.median, zip(*rounds, strict=True)))
        for name, rounds in found.items()
    }


def main():
    prepare()
    fill(1, FEW + 1)
    compose = deployed.Compose(**deployed.FILLED)
    changes = {"DJANGO_API_RATES": "anonymous=100000000,read=1,write=1"}
    command = compose.command("web")
    bare_port = deployed.free_port()
    command[1] = "django.core.wsgi:get_wsgi_application()"
    command[command.index("0.0.0.0:8000")] = f"127.0.0.1:{bare_port}"
    environment = compose.environment("web")
    bare_environment = environment | {"DJANGO_SETTINGS_MODULE": "tests.bare"}
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory())) / "static"
        deployed.collect_static(folder)
        stack.enter_context(deployed.running(command, bare_port, bare_environment))
        port, server = deployed.web(compose, folder, **changes)
        stack.enter_context(server)
        bare, api = Client(bare_port), Client(port)
        numbers = count()

        def anew(path):
            """Asked for as nobody has before, so that nothing kept answers."""
            accept = f"application/json; n={next(numbers)}"
            status, _, size = api.ask(path, Accept=accept)
            assert (status, size > 1_000) == (200, True), (status, size)

        def kept(**headers):
            status, told, _ = api.ask(PATH, **headers)
            assert status == (304 if headers else 200)
            return told

        etag = kept()[b"etag"].decode()
        figures = measure(
            lambda: bare.ask("/"),
            {
                "uncached": lambda: anew(PATH),
                "kept": kept,
                "304": lambda: kept(If_None_Match=etag),
            },
        )
        for name, (ratio, ms) in figures.items():
            print(
                f"API, {SESSIONS} sessions, {name}: {ratio:.2f} % of a bare view "
                f"(at least {GOALS[name]} %), {ms:.2f} ms"
            )
        few = measure(lambda: bare.ask("/"), times(anew, kept))
        fill(FEW + 1, MANY + 1)
        revisions.squash()
        call_command("shell", "-v0", "-c", VACUUM)  # as the database does by itself
        many = measure(lambda: bare.ask("/"), times(anew, kept))
        for name, (ratio, ms) in many.items():
            ratio_before, ms_before = few[name]
            print(
                f"API, {name}: {ms:.2f} ms with {MANY} courses, {ms_before:.2f} with "
                f"{FEW}: {ratio_before / ratio:.2f} times as many bare answers (at "
                "most 1.3)"
            )
    print(f"measured {timezone.now():%Y-%m-%d %H:%M} UTC")


VACUUM = """from django.db import connection
connection.cursor().execute("VACUUM ANALYZE")"""


def times(anew, kept):
    return {
        "one course": lambda: anew(PATH),
        "across courses": lambda: anew(ACROSS),
        "papers": lambda: anew("/api/v1/papers/"),
        "kept": kept,
    }


if __name__ == "__main__":
    main()
