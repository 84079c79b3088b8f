"""Ten thousand examples of schemathesis for each role, and a client that is generated.

Run by ``make soak``; for one role, or the client: python -m tests.soak_api staff
"""

import itertools
import logging
import os
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from django.conf import settings  # noqa: E402
from django.test.utils import (  # noqa: E402
    override_settings,
    setup_databases,
    setup_test_environment,
    teardown_databases,
    teardown_test_environment,
)
from pytest_django.live_server_helper import LiveServer  # noqa: E402

from tests import conformance  # noqa: E402

EXAMPLES = 10_000  # of a role
AT_ONCE = 12  # for each operation in each phase; a run is then some thousand
TRY_CLIENT = Path(__file__).parent / "generated_client.py"


@contextmanager
def site():
    """(address, tokens by role) of a site with a database of its own."""
    databases = setup_databases(verbosity=0, interactive=False)
    unlimited = dict.fromkeys(settings.API_RATES, 100_000_000)
    with (
        tempfile.TemporaryDirectory() as media,
        override_settings(
            ALLOWED_HOSTS=["localhost"], API_RATES=unlimited, MEDIA_ROOT=media
        ),
    ):
        server = LiveServer("localhost")
        try:
            yield server.url, conformance.make_site()
        finally:
            server.stop()
            teardown_databases(databases, verbosity=0)


def soak(role):
    """Whether ``EXAMPLES`` examples find nothing; what is found is printed. Each run
    begins with the sample as it was, and another seed."""
    done = 0
    for seed in itertools.count(1):
        with site() as (url, tokens), tempfile.TemporaryDirectory() as folder:
            result = conformance.run(
                url, tokens[role], folder, AT_ONCE, conformance.ALL, seed
            )
        if result.code or not result.examples:
            print(result.said)
            return False
        done += result.examples
        print(f"{role}: {done} examples, nothing found", flush=True)
        if done >= EXAMPLES:
            return True


def generate():
    """Whether a client made from the description works without an edit."""
    tools = Path(sys.executable).parent
    with site() as (url, tokens), tempfile.TemporaryDirectory() as folder:
        address = f"{url}/api/v1/schema/?format=json"
        make = [tools / "openapi-python-client", "generate", "--url", address]
        package = Path(folder, "client")
        subprocess.run(
            [*make, "--meta", "none", "--output-path", package, "--fail-on-warning"],
            env=os.environ | {"PATH": f"{tools}:{os.environ['PATH']}"},
            check=True,
        )
        done = subprocess.run(
            [sys.executable, TRY_CLIENT, url, tokens["staff"]],
            env=os.environ | {"PYTHONPATH": folder},
            check=False,
        )
    print("client:", "works" if done.returncode == 0 else "fails")
    return done.returncode == 0


def main(names):
    setup_test_environment()
    logging.getLogger("django").setLevel(logging.CRITICAL)  # it tells of each refusal
    try:
        return [
            generate() if name == "client" else soak(name)
            for name in names or [*conformance.ROLES, "client"]
        ]
    finally:
        teardown_test_environment()


if __name__ == "__main__":
    sys.exit(not all(main(sys.argv[1:])))
