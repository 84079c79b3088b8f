"""schemathesis against a running site: its description and its answers agree.

For CI by tests/test_api_conformance.py, for thousands of examples by tests/soak_api.py.
"""

import re
import subprocess
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path

from django.core.management import call_command
from django.core.servers.basehttp import WSGIRequestHandler

from courses.models import Course, Token
from tests.factories import (
    make_announcement,
    make_assignment,
    make_extension,
    make_grade,
    make_instructor,
    make_slot,
    make_student,
    make_submission,
    make_team,
    make_token,
)

ROLES = ("stranger", "student", "staff")
SETTINGS = """
[generation]
allow-x00 = false

# 412 and 428 are of the state of a row: no schema can say it.
[checks.positive_data_acceptance]
expected-statuses = ["2xx", "304", "401", "403", "404", "409", "410", "412", "428"]

[checks.negative_data_rejection]
expected-statuses = [
    "400", "401", "403", "404", "405", "406", "409", "412", "413", "415", "428",
]

[checks.missing_required_header]
expected-statuses = ["400", "401", "403", "404", "406", "409", "415", "428"]

# What may be handed in, and until when, is said by the assignment.
[[operations]]
include-operation-id = "assignments_deliveries_create"
checks.positive_data_acceptance.expected-statuses = [
    "2xx", "400", "401", "403", "404", "409", "413", "415",
]
"""
# That of coverage alone makes a hundred requests for each operation.
QUICK = "examples,fuzzing,stateful"
ALL = f"{QUICK},coverage"
EXAMPLES = re.compile(r"(\d+) generated")


# A server that sends head and body apart would wait for the client in between.
WSGIRequestHandler.disable_nagle_algorithm = True


@dataclass
class Result:
    code: int
    said: str

    @property
    def examples(self):
        found = EXAMPLES.search(self.said)
        return int(found[1]) if found else 0


def make_site():
    """The sample course with work that was handed in; the token of each role."""
    call_command("prepare_trial", stdout=StringIO())
    course = Course.objects.get()
    make_announcement(course)
    due_at = datetime(2029, 12, 4, 23, 59, tzinfo=UTC)
    assignment = make_assignment(course, title="Report", team_size=1, due_at=due_at)
    student = make_student(course, email="student@example.org")
    team = make_team(course, [student.person], assignment=assignment)
    make_submission(make_slot(assignment), team, student)
    make_extension(team)
    make_grade(team, points=8)
    staff = make_instructor(course, email="staff@example.org")
    write = Token.Scope.WRITE
    return {
        "stranger": None,
        "student": make_token(student, scope=write).clear,
        "staff": make_token(staff, scope=write).clear,
    }


def run(url, token, folder, examples, phases=QUICK, seed=None):
    """The Result of all checks at the site ``url``, in ``phases`` of schemathesis, with
    up to ``examples`` for each operation in each of them, by a reader with ``token`` or
    by a stranger."""
    folder = Path(folder)
    (folder / "schemathesis.toml").write_text(SETTINGS)
    command = [
        Path(sys.executable).parent / "schemathesis",
        *("run", f"{url}/api/v1/schema/?format=json"),
        *("--checks", "all", "--max-examples", str(examples), "--phases", phases),
        *("--no-color", "--continue-on-failure"),
        *("--suppress-health-check", "all"),
    ]
    if token:
        command += ["--header", f"Authorization: Bearer {token}"]
    if seed is not None:
        command += ["--seed", str(seed)]
    done = subprocess.run(
        command, cwd=folder, capture_output=True, text=True, check=False
    )
    return Result(done.returncode, done.stdout + done.stderr)
