"""What students take away of what they did: rows of the table in courses/me.py."""

from courses.me import OF_PERSON

OF_PERSON |= {
    "memberships": {
        "course": "team__course__slug",
        "assignment": "assignment__title",
        "team": "team__number",
        "team_name": "team__name",
        "joined_at": "joined_at",
        "left_at": "left_at",
    },
}
