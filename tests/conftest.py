import pytest
from django.test import override_settings


@pytest.fixture(autouse=True, scope="session")
def test_settings(tmp_path_factory):
    """Stored files go to a temporary folder, class-wide ones too; passwords are
    hashed without the delay that protects real ones."""
    with override_settings(
        MEDIA_ROOT=tmp_path_factory.mktemp("media"),
        PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"],
    ):
        yield
