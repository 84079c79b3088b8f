"""What students take away of what they did: rows of the tables in courses/me.py."""

from django.db.models import Case, F, Q, When

from courses.me import OF_ACCOUNT, OF_PERSON


def _once_released(field):
    """``field`` of the mark of a team, for who is still in it."""
    is_told = Q(team__grade__released_at__isnull=False, left_at=None)
    return Case(When(is_told, then=F(f"team__grade__{field}")))


OF_PERSON |= {
    "memberships": {
        "course": "team__course__slug",
        "assignment": "assignment__title",
        "team": "team__number",
        "team_name": "team__name",
        "joined_at": "joined_at",
        "left_at": "left_at",
        "points": _once_released("points"),
        "feedback": _once_released("feedback"),
    },
    "roster_entries": {
        "receipt": "delivery",
        "course": "delivery__team__course__slug",
        "assignment": "delivery__team__assignment__title",
        "received_at": "delivery__received_at",
        "name": "name",
    },
}
OF_ACCOUNT |= {
    "deliveries": {
        "receipt": "pk",
        "received_at": "received_at",
        "on_behalf": "on_behalf",
    },
    "refusals": {
        "assignment": "assignment__title",
        "at": "at",
        "reason": "reason",
        "name": "name",
        "size_bytes": "size_bytes",
    },
    "choices": {
        "receipt": "submission__delivery",
        "slot": "slot__kind",
        "number": "submission__number",
        "at": "at",
    },
}
