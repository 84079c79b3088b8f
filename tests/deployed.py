"""What docker-compose.yml starts, as far as one machine without docker can."""

import http.client
import os
import re
import shlex
import shutil
import socket
import socketserver
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import yaml
from django.conf import settings

from tests.processes import database_url

ROOT = Path(settings.BASE_DIR)
FILLED = {
    "DJANGO_SECRET_KEY": "a-key-of-the-tests-only-" * 3,
    "POSTGRES_PASSWORD": "secret",
    "DJANGO_CONTACT": "web@example.org",
}
VARIABLE = re.compile(r"\$\{(\w+)(?:(:[-+?])([^${}]*))?\}")


class Compose:
    """The compose file with ``values`` filled in as docker compose does it, over
    those of .env.example."""

    def __init__(self, **values):
        lines = (ROOT / ".env.example").read_text().splitlines()
        given = dict(line.split("=", 1) for line in lines if re.match(r"\w+=", line))
        self.values = given | values
        text = (ROOT / "docker-compose.yml").read_text()
        while (filled := VARIABLE.sub(self._value, text)) != text:  # innermost first
            text = filled
        self.services = yaml.safe_load(text)["services"]

    def _value(self, match):
        name, how, word = match.groups()
        value = self.values.get(name, "")
        if how == ":?" and not value:
            raise LookupError(f"{name}: {word}")
        if how == ":+":
            return word if value else ""
        return value or word or ""

    def environment(self, service):
        """Its variables, and of ours only where programs are found."""
        path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
        return {"PATH": path} | {
            name: str(value)
            for name, value in self.services[service]["environment"].items()
        }

    def command(self, service):
        return shlex.split(self.services[service]["command"])


def collect_static(folder):
    """All static files as the image has them; takes 3 s, most of it the compressing."""
    subprocess.run(
        [sys.executable, "manage.py", "collectstatic", "--no-input"],
        cwd=ROOT,
        env=Compose(**FILLED).environment("web") | {"DJANGO_STATIC_ROOT": str(folder)},
        check=True,
        capture_output=True,
    )


def web(compose, static, **changes):
    """(port, server): the service of that name, with its exact command and environment;
    only port, database and folders are those of this machine, and ``changes``."""
    port = free_port()
    command = compose.command("web")
    command[command.index("0.0.0.0:8000")] = f"127.0.0.1:{port}"
    environment = compose.environment("web")
    _, options = environment["DATABASE_URL"].split("?")
    url = database_url()
    environment |= {
        "DATABASE_URL": f"{url}{'&' if '?' in url else '?'}{options}",
        "DJANGO_MEDIA_ROOT": str(settings.MEDIA_ROOT),
        "DJANGO_STATIC_ROOT": str(static),
        "CACHE_URL": "",
        "DJANGO_PROXY_COUNT": "0",
    }
    return port, running(command, port, environment | changes)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextmanager
def running(command, port, env=None):
    """``command``, a process, while it listens on ``port``; told to stop afterwards."""
    with tempfile.TemporaryFile() as said:  # a pipe nobody reads would hold it up
        process = subprocess.Popen(
            command, cwd=ROOT, env=env, stdout=said, stderr=subprocess.STDOUT
        )
        try:
            _wait_for(port, process, said)
            process.said = said
            yield process
        finally:
            process.terminate()
            process.wait(timeout=20)


def _wait_for(port, process, said):
    for _ in range(300):
        if process.poll() is not None:
            said.seek(0)
            raise RuntimeError(said.read().decode())
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise TimeoutError(f"Nothing listens on port {port}.")


def ask(port, path, method="GET", body=None, **headers):
    """(status, headers, body) of an answer on this machine."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    headers = {name.replace("_", "-"): value for name, value in headers.items()}
    try:
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        return answer.status, answer.headers, answer.read()
    finally:
        connection.close()


@contextmanager
def serving(server):
    """``server`` of the standard library, in a thread; gives its port."""
    server.daemon_threads = True
    with server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_address[1]
        server.shutdown()


def echo():
    """A web server that answers with the headers it was asked with."""

    class Echo(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.end_headers()
            self.wfile.write(bytes(self.headers))

        def log_message(self, *args):
            pass

    return ThreadingHTTPServer(("127.0.0.1", 0), Echo)


def valkey():
    """As much of Valkey as Django's cache asks for; it forgets nothing."""
    values = {}

    class Connection(socketserver.StreamRequestHandler):
        def handle(self):
            while head := self.rfile.readline():
                words = []
                for _ in range(int(head[1:])):
                    size = int(self.rfile.readline()[1:])
                    words.append(self.rfile.read(size + 2)[:-2])
                self.wfile.write(self.answer(*words))

        def answer(self, name, *words):
            match name.upper():
                case b"GET" if words[0] in values:
                    value = values[words[0]]
                    return b"$%d\r\n%b\r\n" % (len(value), value)
                case b"SET" if b"NX" not in words or words[0] not in values:
                    values[words[0]] = words[1]
                    return b"+OK\r\n"
                case b"GET" | b"SET":
                    return b"_\r\n"
                case b"DEL":
                    return b":%d\r\n" % (values.pop(words[0], None) is not None)
                case b"HELLO":
                    return b"%1\r\n$5\r\nproto\r\n:3\r\n"
                case b"CLIENT":
                    return b"+OK\r\n"
            return b"-ERR unknown command %b\r\n" % name

    class Server(socketserver.ThreadingTCPServer):
        allow_reuse_address = True

    return Server(("127.0.0.1", 0), Connection)


def nginx_configuration(compose, folder, port, application_port, media, static):
    """A file with the proxy's configuration: ports, folders and account replaced."""
    text = (ROOT / "deploy" / "nginx.conf.template").read_text()
    for name, value in compose.environment("proxy").items():
        text = text.replace(f"${{{name}}}", value)
    temporary = "".join(
        f"{kind}_temp_path {folder}/{kind};"
        for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    for ours, here in (
        ("user nginx;", "daemon off;" + ("user root;" if os.geteuid() == 0 else "")),
        ("/run/nginx.pid", f"{folder}/nginx.pid"),
        ("http {", f"http {{ {temporary}"),
        ("/dev/stdout", f"{folder}/visits"),
        ("/dev/stderr", f"{folder}/errors"),
        ("listen 8080", f"listen 127.0.0.1:{port}"),
        ("web:8000", f"127.0.0.1:{application_port}"),
        ("/srv/media/", f"{media}/"),
        ("/srv/static/", f"{static}/"),
    ):
        if ours not in text:
            raise LookupError(f"The configuration has no “{ours}”.")
        text = text.replace(ours, here)
    configuration = Path(folder) / "nginx.conf"
    configuration.write_text(text)
    return configuration


def nginx():
    return shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
