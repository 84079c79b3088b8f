"""Screens for staff, a subject each."""

from . import (
    audit,
    course,
    invitation,
    joining,
    material,
    merging_people,
    people,
    session,
)

__all__ = [
    "audit",
    "course",
    "invitation",
    "joining",
    "material",
    "merging_people",
    "people",
    "session",
]
