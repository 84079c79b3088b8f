"""The rows of a schedule by calendar week, seen from one day.

A row says by ``days(zone)`` on which days it is: (first, last), or None where
that is not known. Weeks begin on Monday.
"""

from dataclasses import dataclass, field
from datetime import date, timedelta


@dataclass
class Week:
    """Rows in a row of one week; ``monday`` is None where no day is known."""

    monday: date | None
    rows: list
    last_day: date | None = None
    is_current: bool = False


@dataclass
class Weeks:
    """``past`` weeks that a page may fold away, and those it shows."""

    past: list[Week] = field(default_factory=list)
    shown: list[Week] = field(default_factory=list)

    @property
    def current(self):
        return next((week for week in self.shown if week.is_current), None)

    @property
    def has_dates(self):
        return any(week.monday for week in [*self.past, *self.shown])

    @property
    def past_length(self):
        """How many weeks with a date are folded away."""
        return sum(week.monday is not None for week in self.past)


def by_week(rows, zone, today, fold=True):
    """Weeks of ``rows``, which keep their order, seen on the date ``today``.

    With ``fold`` the weeks before the first that is not over are past; a row
    whose day is not known never hides behind them. When all is over everything
    is shown.
    """
    weeks = _runs(rows, zone)
    this_monday = _monday(today)
    for week in weeks:
        week.is_current = week.monday == this_monday
    over = [week.last_day is not None and week.last_day < this_monday for week in weeks]
    ahead = [
        place
        for place, week in enumerate(weeks)
        if week.monday is not None and not over[place]
    ]
    if not fold or not ahead:
        return Weeks(shown=weeks)
    cut = ahead[0]
    while cut and weeks[cut - 1].monday is None:
        cut -= 1
    return Weeks(past=weeks[:cut], shown=weeks[cut:])


def _monday(day):
    return day - timedelta(days=day.weekday())


def _runs(rows, zone):
    """Weeks in order; undated rows are of the week on both their sides, if it
    is the same, else of none."""
    weeks, undated = [], []
    for row in rows:
        days = row.days(zone)
        if days is None:
            undated.append(row)
            continue
        first, last = days
        if weeks and weeks[-1].monday == _monday(first):
            weeks[-1].rows += undated
        else:
            if undated:
                weeks.append(Week(None, undated))
            weeks.append(Week(_monday(first), []))
        undated = []
        weeks[-1].rows.append(row)
        weeks[-1].last_day = max(weeks[-1].last_day or last, last)
    if undated:
        weeks.append(Week(None, undated))
    return weeks
