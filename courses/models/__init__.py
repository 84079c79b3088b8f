"""Courses and what their schedules show."""

from .assignment import Assignment
from .audit import AuditEntry
from .citation import CitationKey
from .course import (
    Announcement,
    Course,
    CourseRole,
    Enrolment,
    Holiday,
    Meeting,
    Section,
)
from .imports import ImportRecord
from .invitation import Invitation
from .joining import JoinRequest
from .material import Material, Reading, StoredFile
from .merge import PersonMerge
from .people import Person
from .session import Appearance, Session, SessionRole, Talk
from .user import User

__all__ = [
    "Announcement",
    "Appearance",
    "Assignment",
    "AuditEntry",
    "CitationKey",
    "Course",
    "CourseRole",
    "Enrolment",
    "Holiday",
    "ImportRecord",
    "Invitation",
    "JoinRequest",
    "Material",
    "Meeting",
    "Person",
    "PersonMerge",
    "Reading",
    "Section",
    "Session",
    "SessionRole",
    "StoredFile",
    "Talk",
    "User",
]
