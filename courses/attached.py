"""What hangs on a course, a session, a talk or an assignment, as it is shown:
materials under their headings, readings by their role."""

from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import PurePath

from .models import Material, Reading

MATERIAL_ORDER = {kind: place for place, kind in enumerate(Material.Kind.values)}
ROLE_ORDER = {role: place for place, role in enumerate(Reading.Role.values)}
LONGEST_AUTHOR_LIST = 4


@dataclass
class MaterialRow:
    material: Material

    @property
    def part(self):
        """The part, where the label does not name it already."""
        part = self.material.part
        return "" if part.casefold() in self.material.label.casefold() else part

    @property
    def name(self):
        return f"{self.part} {self.material}".strip()

    @property
    def type_name(self):
        """PDF, ZIP and so on: as written by staff, else the end of the file name."""
        if self.material.format or not self.material.file:
            return self.material.format.upper()
        ending = PurePath(self.material.file.name).suffix[1:]
        return ending.upper() or self.material.file.content_type


@dataclass
class MaterialGroup:
    """Materials under one heading; without one they say themselves what they are."""

    heading: str
    materials: list[MaterialRow]


@dataclass
class ReadingRow:
    reading: Reading
    all_authors: list[str]

    @property
    def authors(self):
        """Names in printed order; of many the first three."""
        if len(self.all_authors) > LONGEST_AUTHOR_LIST:
            return self.all_authors[:3]
        return self.all_authors

    @property
    def is_required(self):
        return self.reading.role == Reading.Role.REQUIRED

    @property
    def has_more_authors(self):
        return len(self.all_authors) > LONGEST_AUTHOR_LIST


@dataclass
class RoleGroup:
    """Readings of one role, such as required."""

    role: str
    readings: list[ReadingRow]


@dataclass
class Attached:
    """What can hang on a course, a session, a talk or an assignment."""

    materials: list[MaterialGroup] = field(default_factory=list)
    readings: list[ReadingRow] = field(default_factory=list)

    @property
    def readings_by_role(self):
        return readings_by_role(self.readings)

    @property
    def all_readings(self):
        return self.readings

    @property
    def required_readings(self):
        """Of all readings those that a reader should not have to look for."""
        return [row for row in self.all_readings if row.is_required]

    @property
    def other_readings(self):
        others = [row for row in self.all_readings if not row.is_required]
        return sorted(others, key=lambda row: ROLE_ORDER[row.reading.role])


def grouped(materials):
    """MaterialGroups: by kind in a fixed order, then under headings of their own."""
    in_order = sorted(
        materials, key=lambda row: (MATERIAL_ORDER[row.kind], row.position, row.pk)
    )
    by_kind, by_heading = defaultdict(list), defaultdict(list)
    for material in in_order:
        if not material.group:
            by_kind[material.kind].append(material)
    for material in sorted(materials, key=lambda row: (row.position, row.pk)):
        if material.group:
            by_heading[material.group].append(material)
    groups = []
    for same_kind in by_kind.values():
        groups.append(_group(_heading(same_kind), same_kind))
    return groups + [_group(heading, same) for heading, same in by_heading.items()]


def readings_by_role(rows):
    """RoleGroups of ReadingRows: required, recommended, background."""
    by_role = defaultdict(list)
    for row in sorted(rows, key=lambda row: ROLE_ORDER[row.reading.role]):
        by_role[row.reading.get_role_display()].append(row)
    return [RoleGroup(role, same) for role, same in by_role.items()]


def _group(heading, materials):
    return MaterialGroup(heading, [MaterialRow(material) for material in materials])


def _heading(same_kind):
    """The kind of ``same_kind``, where labels say something else."""
    kind = same_kind[0].get_kind_display()
    if same_kind[0].kind == Material.Kind.LINK:
        return ""
    labels = {material.label.casefold().rstrip("s") for material in same_kind}
    return "" if labels <= {"", kind.casefold().rstrip("s")} else kind
