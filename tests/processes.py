"""Further processes of this software on the database of a test."""

import json
import os
import subprocess
import sys
from urllib.parse import urlsplit

from django.conf import settings
from django.db import connection

PREPARED = """
import sys, django
django.setup()
from django.core.management import call_command
print("ready", flush=True)
sys.stdin.readline()
"""


READING = """
import json, sys, django
django.setup()
from django.core.cache import caches
from django.test import Client
client = Client()
for line in sys.stdin:
    if line == "forget\\n":
        caches["kept"].clear()
        continue
    path, etag = json.loads(line)
    response = client.get(path, headers={"if-none-match": etag})
    answer = [response.status_code, response["ETag"], response.content.decode()]
    print(json.dumps(answer), flush=True)
"""


def database_url():
    """DATABASE_URL of the test database; its rows must be committed to be seen."""
    name = connection.settings_dict["NAME"]
    if connection.vendor == "sqlite":
        return f"sqlite:///{name}"
    return urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{name}").geturl()


def _environ():
    return os.environ | {
        "DATABASE_URL": database_url(),
        "DJANGO_ALLOWED_HOSTS": "localhost,testserver",
        "DJANGO_DEBUG": "1",
        "DJANGO_MEDIA_ROOT": str(settings.MEDIA_ROOT),
        "DJANGO_SETTINGS_MODULE": "config.settings",
    }


class Reader:
    """A process that reads pages, one after the other, as long as it is entered."""

    def __enter__(self):
        self.process = subprocess.Popen(
            [sys.executable, "-c", READING],
            cwd=settings.BASE_DIR,
            env=_environ(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        return self

    def __exit__(self, *exception):
        self.process.communicate(timeout=60)

    def get(self, path, etag=""):
        """(status, ETag, body) of the answer to a stranger who has ``etag``."""
        self._send(json.dumps([path, etag]))
        return tuple(json.loads(self.process.stdout.readline()))

    def forget(self):
        """Keep no answer any longer."""
        self._send("forget")

    def _send(self, line):
        self.process.stdin.write(f"{line}\n")
        self.process.stdin.flush()


def run_at_once(*codes):
    """Run each of the Python ``codes`` in a process of its own, all from the same
    moment on; return (exit code, what it wrote) of each."""
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", PREPARED + code],
            cwd=settings.BASE_DIR,
            env=_environ(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        for code in codes
    ]
    for process in processes:
        process.stdout.readline()
    for process in processes:
        process.stdin.write("go\n")
        process.stdin.flush()
    answers = [process.communicate(timeout=60)[0] for process in processes]
    return [(p.returncode, said) for p, said in zip(processes, answers, strict=True)]
