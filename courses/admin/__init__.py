"""Screens for staff, a subject each."""

from . import (
    audit,
    course,
    invitation,
    joining,
    mailed_link,
    material,
    merging_people,
    people,
    proposal,
    session,
)

__all__ = [
    "audit",
    "course",
    "invitation",
    "joining",
    "mailed_link",
    "material",
    "merging_people",
    "people",
    "proposal",
    "session",
]
