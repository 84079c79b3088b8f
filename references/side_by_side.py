"""Two rows of one model side by side, for a person to choose whose value of each field
stays: what templates/admin/references/_choices.html shows."""

from dataclasses import dataclass


@dataclass
class Value:
    """What one row says in a field; ``is_chosen``: it stays unless told otherwise."""

    pk: int  # of the row
    text: str
    is_chosen: bool


@dataclass
class Row:
    """A field and its two values; where it ``differs``, one is to be chosen."""

    name: str
    label: str
    values: list[Value]
    differs: bool
    help: str = ""
