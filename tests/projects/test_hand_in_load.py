"""A small version of tests/soak_hand_in.py: several processes, some of them killed."""

import os

import pytest

from tests import deployed, soak_hand_in

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    if not deployed.nginx():
        if os.environ.get("CI"):
            pytest.fail("nginx is not installed: apt-get install nginx")
        pytest.skip("needs nginx")
    folder = tmp_path_factory.mktemp("site")
    (folder / "static").mkdir()
    deployed.collect_static(folder / "static")
    return folder


def test_every_receipt_stands_for_what_was_sent(folder):
    with soak_hand_in.site(folder) as here:
        wait = soak_hand_in.at_the_deadline(here, students=20, seconds=4, at_once=True)
        assert wait < 5
        soak_hand_in.killed(here, times=5)


def test_large_files_take_little_memory(folder):
    with soak_hand_in.site(folder, workers=1) as here:
        assert soak_hand_in.memory(here, size_mb=50) < 20
