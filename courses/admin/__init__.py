"""Screens for staff, a subject each."""

from . import (
    audit,
    course,
    invitation,
    mailed_link,
    material,
    people,
    proposal,
    session,
)

__all__ = [
    "audit",
    "course",
    "invitation",
    "mailed_link",
    "material",
    "people",
    "proposal",
    "session",
]
