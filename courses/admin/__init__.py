"""Screens for staff, a subject each."""

from . import course, material, people, session

__all__ = ["course", "material", "people", "session"]
