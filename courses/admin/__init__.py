"""Screens for staff, a subject each."""

from . import course, invitation, material, people, session

__all__ = ["course", "invitation", "material", "people", "session"]
