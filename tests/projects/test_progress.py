from datetime import timedelta

import pytest

from projects import progress


@pytest.mark.parametrize(
    ("delta", "words"),
    [
        (timedelta(seconds=1), "1 second"),
        (timedelta(seconds=61), "1 minute 1 second"),
        (timedelta(minutes=61), "1 hour 1 minute"),
        (timedelta(days=2, minutes=5), "2 days"),
        (timedelta(days=2, hours=3, minutes=5), "2 days 3 hours"),
    ],
)
def test_a_time_is_told_in_its_two_largest_units(delta, words):
    assert progress.duration(delta) == words


def test_a_time_is_told_no_more_finely_than_asked():
    assert progress.duration(timedelta(seconds=59), progress.MINUTE) == (
        "less than a minute"
    )
