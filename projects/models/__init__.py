"""What students do: teams, what they present, and what is shown of it."""

from .gallery import Gallery, Publication, PublishedLink
from .team import Membership, Presentation, Team

__all__ = [
    "Gallery",
    "Membership",
    "Presentation",
    "Publication",
    "PublishedLink",
    "Team",
]
