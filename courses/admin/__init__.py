"""Screens for staff, a subject each."""

from . import audit, course, invitation, joining, material, people, session

__all__ = ["audit", "course", "invitation", "joining", "material", "people", "session"]
