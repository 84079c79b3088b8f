from .answer import Answer
from .duplicate import Duplicate
from .paper import (
    KEY,
    WEB,
    Author,
    Authorship,
    Paper,
    PaperAlias,
    PaperLink,
    PublicQuerySet,
)
from .search import SearchEntry

__all__ = [
    "KEY",
    "WEB",
    "Answer",
    "Author",
    "Authorship",
    "Duplicate",
    "Paper",
    "PaperAlias",
    "PaperLink",
    "PublicQuerySet",
    "SearchEntry",
]
