from datetime import UTC, date

from django.test import SimpleTestCase

from courses.weeks import by_week

NO = None


class Row:
    """A row on days of September 2025, whose 1st is a Monday; or on none."""

    def __init__(self, first, last=None):
        self.name = first
        self._days = (
            None
            if first is NO
            else (date(2025, 9, first), date(2025, 9, last or first))
        )

    def days(self, zone):
        return self._days


class WeeksTests(SimpleTestCase):
    def weeks(self, *rows, today=30, fold=True):
        """(past, shown): [(Monday, rows, whether it is this week)] of each."""
        made = [row if isinstance(row, Row) else Row(row) for row in rows]
        weeks = by_week(made, UTC, date(2025, 9, today), fold)
        return tuple(
            [
                (
                    week.monday and week.monday.day,
                    [row.name for row in week.rows],
                    week.is_current,
                )
                for week in part
            ]
            for part in (weeks.past, weeks.shown)
        )

    def test_weeks_begin_on_monday(self):
        past, shown = self.weeks(1, 7, 8, today=7)
        self.assertEqual((past, shown), ([], [(1, [1, 7], True), (8, [8], False)]))

    def test_weeks_before_this_one_are_past(self):
        past, shown = self.weeks(3, 10, 17, today=15)
        self.assertEqual(past, [(1, [3], False), (8, [10], False)])
        self.assertEqual(shown, [(15, [17], True)])

    def test_week_without_rows_makes_no_week(self):
        past, shown = self.weeks(3, 24, today=10)
        self.assertEqual((past, shown), ([(1, [3], False)], [(22, [24], False)]))

    def test_longer_rows_keep_their_week_open(self):
        past, _ = self.weeks(3, Row(4, 9), 17, today=10)
        self.assertEqual(past, [])

    def test_undated_rows_keep_their_place(self):
        _, shown = self.weeks(NO, 1, NO, 3, NO, 10, NO, fold=False)
        self.assertEqual(
            [(monday, rows) for monday, rows, _ in shown],
            [(NO, [NO]), (1, [1, NO, 3]), (NO, [NO]), (8, [10]), (NO, [NO])],
        )

    def test_undated_rows_hide_only_between_past_weeks(self):
        past, shown = self.weeks(3, NO, 10, NO, 17, today=17)
        self.assertEqual([rows for _, rows, _ in past], [[3], [NO], [10]])
        self.assertEqual([rows for _, rows, _ in shown], [[NO], [17]])

    def test_past_week_after_this_one_stays_where_it_is(self):
        past, shown = self.weeks(3, 17, 10, today=17)
        self.assertEqual([rows for _, rows, _ in past], [[3]])
        self.assertEqual([rows for _, rows, _ in shown], [[17], [10]])

    def test_everything_is_shown_when_all_is_over_or_nothing_is_to_fold(self):
        self.assertEqual(self.weeks(3, NO, today=30)[0], [])
        self.assertEqual(self.weeks(3, 17, today=17, fold=False)[0], [])
        self.assertEqual(self.weeks(), ([], []))
