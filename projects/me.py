"""What students take away of what they did: rows of the table in courses/me.py."""

from courses.me import OF_ACCOUNT, OF_PERSON

OF_PERSON |= {
    "memberships": {
        "course": "team__course__slug",
        "assignment": "assignment__title",
        "team": "team__number",
        "team_name": "team__name",
        "joined_at": "joined_at",
        "left_at": "left_at",
    },
    "roster_entries": {
        "course": "delivery__team__course__slug",
        "assignment": "delivery__team__assignment__title",
        "team": "delivery__team__number",
        "received_at": "delivery__received_at",
        "name": "name",
    },
}
OF_ACCOUNT |= {
    "deliveries": {
        "course": "team__course__slug",
        "assignment": "team__assignment__title",
        "team": "team__number",
        "received_at": "received_at",
        "on_behalf": "on_behalf",
    },
    "choices": {
        "assignment": "slot__assignment__title",
        "team": "team__number",
        "number": "submission__number",
        "at": "at",
    },
    "refusals": {
        "assignment": "assignment__title",
        "at": "at",
        "reason": "reason",
        "name": "name",
        "size_bytes": "size_bytes",
    },
}
