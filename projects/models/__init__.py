"""What students do: teams, what they hand in and present, and what is shown of it."""

from .deadline import Choice, Extension, GradingSet
from .gallery import Gallery, Publication, PublishedLink
from .grading import Grade
from .slot import Slot
from .submission import Custody, Delivery, Refusal, RosterEntry, Submission
from .team import Membership, Presentation, Team
from .team_invitation import TeamInvitation

__all__ = [
    "Choice",
    "Custody",
    "Delivery",
    "Extension",
    "Gallery",
    "Grade",
    "GradingSet",
    "Membership",
    "Presentation",
    "Publication",
    "PublishedLink",
    "Refusal",
    "RosterEntry",
    "Slot",
    "Submission",
    "Team",
    "TeamInvitation",
]
