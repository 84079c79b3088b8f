import os
from pathlib import Path

import pytest
from django.core.cache import caches
from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper
from django.test import override_settings
from hypothesis import settings

from courses.accounts import adapters
from projects import teams

SHARED = Path(__file__).resolve().parent.parent.parent / "shared"

settings.register_profile("ci", max_examples=50, deadline=None)
settings.register_profile("soak", max_examples=3000, deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))


@pytest.fixture(autouse=True, scope="session")
def test_settings(tmp_path_factory):
    """Stored files go to a temporary folder, class-wide ones too; passwords are
    hashed without the delay that protects real ones."""
    with override_settings(
        MEDIA_ROOT=tmp_path_factory.mktemp("media"),
        PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"],
    ):
        yield


class NoThread:
    """What a thread would do, done before ``start`` returns."""

    def __init__(self, target, args):
        self.start = lambda: target(*args)


@pytest.fixture(autouse=True, scope="session")
def mail_at_once():
    """Mail is in ``mail.outbox`` when the answer is there, not a moment later."""
    with pytest.MonkeyPatch.context() as patch:
        for module in (adapters, teams):
            patch.setattr(module, "Thread", NoThread)
        yield


@pytest.fixture(autouse=True)
def nothing_remembered():
    """What one test tried does not slow the next, what it was told is not kept."""
    for cache in caches.all():
        cache.clear()


def pytest_collection_modifyitems(config, items):
    """What is about one database alone is no test on the other: ``make test`` runs on
    both, so nothing is skipped."""
    [other] = {"postgresql", "sqlite"} - {connection.vendor}
    theirs = [item for item in items if item.get_closest_marker(other)]
    items[:] = [item for item in items if item not in theirs]
    config.hook.pytest_deselected(items=theirs)


@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    django_db_modify_db_settings_parallel_suffix, tmp_path_factory
):
    """SQLite's test database is a file: several processes can open it."""
    if connection.vendor == "sqlite":
        name = tmp_path_factory.mktemp("database") / "test.sqlite3"
        connection.settings_dict["TEST"]["NAME"] = str(name)


@pytest.fixture(autouse=True, scope="session")
def transactions_last():
    """Closing an answer ends its request, and Django then drops a connection that
    is inside a transaction, as every TestCase is. Only PostgreSQL minds."""
    close = BaseDatabaseWrapper.close_if_unusable_or_obsolete
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            BaseDatabaseWrapper,
            "close_if_unusable_or_obsolete",
            lambda connection: connection.in_atomic_block or close(connection),
        )
        yield


@pytest.fixture(scope="session")
def shared():
    """The folder of real pages and tools beside the project.

    Somewhere else than in CI it may be missing; in CI that is a failure.
    """
    if not SHARED.is_dir():
        if os.environ.get("CI"):
            pytest.fail(f"{SHARED.name}/ is not beside the project")
        pytest.skip("needs shared/ beside the project")
    return SHARED
