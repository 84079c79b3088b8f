"""Hundreds of students at a deadline, on what docker-compose.yml starts.

``python tests/with_postgres.py python -m tests.soak_hand_in``, for `make soak`.
Workers are killed, PostgreSQL is restarted, the disk is full. Prints what came of it,
and fails if a receipt was given for anything but the bytes that were sent.
"""

import hashlib
import http.client
import os
import random
import re
import secrets
import subprocess
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

BOUNDARY = "a-line-that-no-file-has"
MB = 1_000_000
chance = random.Random(6)  # noqa: S311
BROKEN = (OSError, http.client.HTTPException)


def main():
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        folder.chmod(0o755)  # nginx serves files as a user of its own
        for name in ("media", "static"):
            (folder / name).mkdir()
        os.environ["DJANGO_MEDIA_ROOT"] = f"{folder}/media"
        os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
        import django

        django.setup()
        from django.core.management import call_command

        from tests import deployed

        call_command("migrate", verbosity=0)
        deployed.collect_static(folder / "static")
        with site(folder) as here:
            at_the_deadline(here, students=300, seconds=60)
            killed(here, times=50)
            database_away(here)
            too_large(here, size_mb=500)
        with site(folder, workers=1) as here:
            memory(here, size_mb=500)
        disk_full(folder)


# What is there


@contextmanager
def site(folder, media=None, workers=2):
    """The application behind nginx, as deployed: ``port`` leads to nginx,
    ``application`` past it, ``master`` is the process whose children do the work."""
    from django.conf import settings

    from tests import deployed

    compose = deployed.Compose(**deployed.FILLED)
    web = compose.services["web"]
    web["command"] = web["command"].replace("--workers 2", f"--workers {workers}")
    media = media or settings.MEDIA_ROOT
    changes = {
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "DJANGO_SECRET_KEY": settings.SECRET_KEY,  # of the sessions made here
        "DJANGO_MEDIA_ROOT": str(media),
    }
    application, server = deployed.web(compose, folder / "static", **changes)
    port = deployed.free_port()
    configuration = deployed.nginx_configuration(
        *(compose, folder, port, application, media, folder / "static")
    )
    command = [deployed.nginx(), "-p", folder, "-c", configuration]
    proxy = deployed.running([*command, "-e", folder / "errors"], port)
    with server as master, proxy:
        yield SimpleNamespace(port=port, application=application, master=master)


def workers_of(here):
    """Processes of the application that answer requests now."""
    import psutil

    return psutil.Process(here.master.pid).children()


def prepare(students, largest_mb=50, until=None):
    """An assignment with one slot, and so many students in it, each a team. It is on
    time before ``until``, a whole minute, and taken for a day."""
    from django.test import Client

    from courses.models import Enrolment, Person, User
    from projects.models import Membership, Team
    from tests import factories as make

    until = until or datetime.now(UTC).replace(second=0, microsecond=0)
    due = until - timedelta(minutes=1)
    course = make.make_course()
    assignment = make.make_assignment(
        course, due_at=due, accepted_until=due + timedelta(days=1)
    )
    slot = make.make_slot(assignment, max_size_mb=largest_mb, formats="")
    made = []
    for number in range(1, students + 1):
        email = f"student-{assignment.pk}-{number}@example.org"
        user = User(email=email)
        user.set_unusable_password()
        user.save()
        name = f"Student {assignment.pk}-{number}"
        person = Person.objects.create(name=name, user=user, slug=email.split("@")[0])
        Enrolment.objects.create(course=course, person=person)
        team = Team.objects.create(course=course, assignment=assignment, number=number)
        Membership.objects.create(team=team, person=person)
        client = Client()
        client.force_login(user)
        made.append(Student(slot, team, user, client.cookies["sessionid"].value))
    return made


@dataclass
class Answer:
    """What came back: ``status`` is 0 if the connection broke."""

    status: int
    words: str = ""
    receipt: int | None = None
    sent_at: float = 0.0  # when the last byte was on its way
    at: float = field(default_factory=time.time)


@dataclass
class Student:
    """Who sends files, as a browser does."""

    slot: object
    team: object
    user: object
    session: str
    answers: list = field(default_factory=list)
    digests: dict = field(default_factory=dict)  # by receipt

    def open(self, port):
        """(fields of the form, cookies) as the page gives them."""
        cookies = f"sessionid={self.session}"
        address = f"/submit/{self.slot.assignment_id}/"
        with closing(_connection(port)) as connection:
            connection.request("GET", address, headers={"Cookie": cookies})
            answer = connection.getresponse()
            page = answer.read().decode()
        if answer.status != 200:
            self.answers.append(Answer(answer.status))
            raise http.client.HTTPException(answer.status)
        token = re.search(r"csrftoken=(\w+)", answer.headers.get("Set-Cookie", ""))
        if token:
            cookies += f"; csrftoken={token[1]}"
        names = ("csrfmiddlewaretoken", "request_key")
        pattern = rf'name="({"|".join(names)})"[^>]*value="([^"]+)"'
        return dict(re.findall(pattern, page)) | {"late": "count"}, cookies

    def send(self, port, pieces, size, form=None, pause=None):
        """Send a file of ``size`` bytes, ``pieces``; return the Answer. ``pause`` is
        called with the socket when half of it is on its way."""
        form, cookies = form or self.open(port)
        head, tail = self._multipart(form)
        connection = _connection(port)
        connection.connect()
        connection.putrequest("POST", f"/submit/{self.slot.assignment_id}/")
        connection.putheader("Cookie", cookies)
        connection.putheader("Content-Length", len(head) + size + len(tail))
        kind = f"multipart/form-data; boundary={BOUNDARY}"
        connection.putheader("Content-Type", kind)
        connection.endheaders()
        sent = 0
        answer = Answer(0)
        try:
            connection.send(head)
            for piece in pieces:
                connection.send(piece)
                sent += len(piece)
                if pause and sent >= size / 2:
                    pause(connection.sock)
                    pause = None
            connection.send(tail)
        except OSError:  # closed before the end: there may be an answer all the same
            pass
        answer.sent_at, answer.sent = time.time(), sent
        with suppress(*BROKEN):
            got = connection.getresponse()
            answer.status, answer.words = got.status, got.read().decode()
            answer.at = time.time()
            found = re.search(r"/receipts/(\d+)/", got.headers.get("Location") or "")
            answer.receipt = int(found[1]) if found else None
        connection.close()
        self.answers.append(answer)
        return answer

    def _multipart(self, form):
        head = "".join(
            f"--{BOUNDARY}\r\n"
            f'Content-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
            for name, value in form.items()
        )
        head += (
            f"--{BOUNDARY}\r\nContent-Disposition: form-data; "
            f'name="slot-{self.slot.pk}"; filename="report.bin"\r\n'
            "Content-Type: application/octet-stream\r\n\r\n"
        )
        return head.encode(), f"\r\n--{BOUNDARY}--\r\n".encode()

    def hand_in(self, port, size, tries=60):
        """Send random bytes until there is a receipt, or a refusal in words, as who
        presses the button again; return the last Answer."""
        content = secrets.token_bytes(size)
        form, answer = None, Answer(0)
        for _ in range(tries):
            try:
                form = form or self.open(port)
                answer = self.send(port, [content], size, form)
            except BROKEN:
                answer = Answer(0)
            if answer.receipt:
                self.digests[answer.receipt] = hashlib.sha256(content).hexdigest()
            if answer.receipt or 400 <= answer.status < 500:
                return answer
            time.sleep(0.5)
        return answer


def _connection(port):
    return http.client.HTTPConnection("127.0.0.1", port, timeout=120)


def check(students):
    """Fail unless each receipt stands for what was sent, and all that is stored is
    whole; return the deliveries of ``students``."""
    from django.core.files.storage import default_storage

    from projects.models import Delivery

    receipts = {
        receipt: digest for each in students for receipt, digest in each.digests.items()
    }
    deliveries = Delivery.objects.filter(team__in=[each.team for each in students])
    found = {}
    for delivery in deliveries.prefetch_related("submissions__file"):
        [submission] = delivery.submissions.all()
        with default_storage.open(submission.file.key) as content:
            found[delivery.pk] = hashlib.file_digest(content, "sha256").hexdigest()
        assert found[delivery.pk] == submission.file.sha256
    assert {pk: found.get(pk) for pk in receipts} == receipts
    return list(deliveries)


def told(students):
    """How often each status came, broken connections as 0."""
    statuses = [answer.status for each in students for answer in each.answers]
    return {status: statuses.count(status) for status in sorted(set(statuses))}


# What happens


def at_the_deadline(here, students, seconds, at_once=False, size=3 * MB):
    """All hand in within ``seconds``, half of them before the deadline; with
    ``at_once`` nobody waits until it comes. Return the longest that a file was there
    before it counted as received, in seconds."""
    from projects.deadlines import Deadlines

    now = datetime.now(UTC)
    until = now.replace(second=0, microsecond=0) + timedelta(minutes=1)
    if at_once:
        until -= timedelta(minutes=1)
    elif (until - now).total_seconds() < seconds / 2 + students / 30:
        until += timedelta(minutes=1)
    made = prepare(students, until=until)
    starts = (until - timedelta(seconds=seconds / 2)).timestamp()
    starts = time.time() if at_once else starts

    def hand_in(student):
        time.sleep(max(0, starts + chance.uniform(0, seconds) - time.time()))
        return student.hand_in(here.port, size)

    with ThreadPoolExecutor(students) as pool:
        answers = list(pool.map(hand_in, made))
    deliveries = check(made)
    assert all(answer.receipt for answer in answers), told(made)
    deadlines = Deadlines(made[0].slot.assignment)
    by_pk = {each.pk: each for each in deliveries}
    waits, late = [], 0
    for answer in answers:
        delivery = by_pk[answer.receipt]
        at = delivery.received_at
        waits.append(at.timestamp() - answer.sent_at)
        assert at.timestamp() <= answer.at
        late_by = deadlines.late_by(delivery.team, at)
        due = until - timedelta(minutes=1)
        assert late_by == (at - due if at >= until else None)
        late += late_by is not None
    slowest = max(answer.at - answer.sent_at for answer in answers)
    print(
        f"{students} students, {size / MB:.0f} MB each in {seconds} s: "
        f"{len(deliveries)} receipts, {late} late; answers {told(made)}; slowest "
        f"{slowest:.1f} s; received {min(waits):.2f} to {max(waits):.2f} s after the "
        "last byte was sent"
    )
    return max(map(abs, waits))


def killed(here, times, size=3 * MB):
    """Workers are killed while they read a file, or keep it; others go on."""
    from projects.models import Delivery

    made, busy = prepare(times), prepare(2)
    done = threading.Event()

    def go_on(student):
        count = 0
        while not done.is_set():
            count += bool(student.hand_in(here.port, size // 10).receipt)
        return count

    def interrupt(student, after):
        content, killed = secrets.token_bytes(size), []
        form = until_there(lambda: student.open(here.application))

        def kill(sock):
            killed.append(kill_reader(here, sock, after))

        answer = student.send(
            here.application,
            [content[: size // 2], content[size // 2 :]],
            size,
            form,
            kill,
        )
        if answer.receipt:
            student.digests[answer.receipt] = hashlib.sha256(content).hexdigest()
        before = Delivery.objects.filter(team=student.team).count()
        again = until_there(
            lambda: student.send(here.application, [content], size, form)
        )
        student.digests[again.receipt] = hashlib.sha256(content).hexdigest()
        assert Delivery.objects.filter(team=student.team).count() == 1
        return bool(answer.receipt), before

    with going_on(busy, go_on, done) as going:
        # Half of them in the middle of the file, half at some moment after it.
        came = [
            interrupt(student, chance.uniform(0, 0.2) * (number % 2))
            for number, student in enumerate(made)
        ]
    went_on = sum(each.result() for each in going)
    check(made + busy)
    print(
        f"{times} workers killed in mid-upload: {sum(r for r, _ in came)} receipts all "
        f"the same, {sum(n for _, n in came)} whole deliveries, {times} after sending "
        f"again; {went_on} other receipts meanwhile, answers {told(busy)}"
    )


@contextmanager
def going_on(students, work, done):
    """``work`` of each of ``students`` in a thread, which ends when ``done`` is set:
    after the with statement, whatever happens in it. Gives their futures."""
    with ThreadPoolExecutor(len(students)) as pool:
        try:
            yield [pool.submit(work, student) for student in students]
        finally:
            done.set()


def kill_reader(here, sock, after):
    """Kill the worker at the other end of ``sock``, ``after`` so many seconds."""
    import psutil

    ours = sock.getsockname()
    time.sleep(0.05)

    def kill():
        for worker in workers_of(here):
            with suppress(psutil.Error):
                theirs = [each.raddr for each in worker.net_connections("tcp4")]
                if ours in theirs:
                    worker.kill()

    if after:
        threading.Timer(after, kill).start()
    else:
        kill()


def until_there(ask, seconds=60):
    """What ``ask`` returns, tried again while nobody answers."""
    ends = time.time() + seconds
    while True:
        with suppress(*BROKEN):
            answer = ask()
            if getattr(answer, "status", 200) not in (0, 500, 502, 503):
                return answer
        if time.time() > ends:
            raise TimeoutError
        time.sleep(0.2)


def database_away(here, students=20, seconds=3):
    """PostgreSQL stops and comes back while students go on."""
    from django.db import connection

    made = prepare(students)
    done = threading.Event()

    def go_on(student):
        while not done.is_set():
            student.hand_in(here.port, MB)
            time.sleep(chance.uniform(0.2, 1))

    with going_on(made, go_on, done):
        time.sleep(5)
        control, start = postgres()
        connection.close()
        stopped = time.time()
        control("stop", "-m", "fast")
        time.sleep(seconds)
        control("start", "-l", "/dev/null", "-o", start)
        started = time.time()
        time.sleep(6)
    deliveries = check(made)
    failed = [
        answer.at for each in made for answer in each.answers if not answer.receipt
    ]
    print(
        f"PostgreSQL away for {started - stopped:.1f} s: {len(deliveries)} deliveries, "
        f"answers {told(made)}, errors from {min(failed) - stopped:+.1f} s of its stop "
        f"to {max(failed) - started:+.1f} s of its return"
    )
    assert min(failed) > stopped - 0.5
    assert max(failed) < started + 2


def postgres():
    """A function that runs pg_ctl on the PostgreSQL of with_postgres.py, and the
    options with which that is started."""
    import psutil
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SHOW data_directory")
        data = Path(cursor.fetchone()[0])
    pid, _rest = (data / "postmaster.pid").read_text().split("\n", 1)
    server = psutil.Process(int(pid))
    command = [str(Path(server.exe()).with_name("pg_ctl")), "-w", "-D", str(data)]
    quiet = {"stdout": subprocess.DEVNULL, "check": True}

    def control(*words):
        subprocess.run([*command, *words], user=owner, cwd=data, **quiet)

    owner = server.username()
    return control, f"-h '' -k {data}"


def too_large(here, size_mb, limit_mb=5):
    """A file far over the limit, past nginx and through it."""
    [student] = prepare(1, largest_mb=limit_mb)
    for way, port in (("past nginx", here.application), ("through nginx", here.port)):
        size = (size_mb if way == "past nginx" else size_mb // 2) * MB
        answer = student.send(port, zeros(size), size)
        assert answer.status in (400, 413), answer
        print(
            f"{size / MB:.0f} MB for a limit of {limit_mb} MB, {way}: {answer.status} "
            f"after {answer.sent / MB:.1f} MB"
        )


def memory(here, size_mb):
    """How much more memory a worker takes, at most, for a large file."""
    [student] = prepare(1, largest_mb=size_mb)
    student.hand_in(here.application, MB)  # so that all is loaded
    [worker] = workers_of(here)
    before = peak_mb(worker)
    answer = student.send(here.application, zeros(size_mb * MB), size_mb * MB)
    grown = peak_mb(worker) - before
    print(
        f"{size_mb} MB in {answer.at - answer.sent_at:.1f} s after its last byte: "
        f"status {answer.status}, the worker grew by {grown:.0f} MB"
    )
    assert answer.receipt, answer
    assert grown < 50
    return grown


def peak_mb(process):
    """Its largest memory so far."""
    status = Path(f"/proc/{process.pid}/status").read_text()
    return int(re.search(r"VmHWM:\s+(\d+)", status)[1]) / 1000


def zeros(size):
    """So many bytes, a megabyte at a time."""
    piece = bytes(MB)
    for _ in range(size // MB):
        yield piece


def disk_full(folder, size_mb=20):
    """A disk of its own for what is kept, filled up and emptied."""
    from django.test import override_settings

    from courses import safekeeping
    from courses.models import StoredFile

    media = folder / "disk"
    media.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={size_mb}m", "tmpfs", media]
    with ExitStack() as stack:
        if subprocess.run(mount, capture_output=True).returncode:
            print("a full disk: not tried, no tmpfs may be mounted here")
            return
        stack.callback(subprocess.run, ["umount", media], check=True)
        stack.enter_context(override_settings(MEDIA_ROOT=media))
        here = stack.enter_context(site(folder, media))
        filler = media / "filler"
        filler.write_bytes(bytes(size_mb * MB // 2))
        made = prepare(10)
        answers = [each.hand_in(here.port, 3 * MB) for each in made]
        refused = [answer for answer in answers if not answer.receipt]
        assert refused
        assert all("room" in answer.words for answer in refused), refused
        ours = StoredFile.objects.filter(
            submission__delivery__in=[each.pk for each in check(made)]
        )
        assert list(safekeeping.faults(ours)) == []
        names = {path.name for path in media.iterdir()} - {"filler"}
        assert names == set(ours.values_list("key", flat=True))
        filler.unlink()
        after = made[-1].hand_in(here.port, 3 * MB)
        assert after.receipt, after
        [words] = re.findall(r"[^<>]*room[^<>]*", refused[0].words)
        print(
            f"a full disk: {len(answers) - len(refused)} receipts, {len(refused)} "
            f"refused with “{words.strip()}”, no half file; taken again after"
        )


if __name__ == "__main__":
    main()
