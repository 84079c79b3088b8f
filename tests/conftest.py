import os
from pathlib import Path

import pytest
from django.test import override_settings
from hypothesis import settings

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
