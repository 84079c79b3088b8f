"""What the rows of an API answer may have nested in them, loaded for all at once."""

from django.db.models import BooleanField, Case, Value, When

from courses import access
from courses.models import Session

from .models import Gallery, Presentation, Publication
from .serializers import ProjectSerializer


def holds(condition):
    """Whether ``condition`` holds for a row, as an expression."""
    return Case(
        When(condition, then=Value(True)),
        default=Value(False),
        output_field=BooleanField(),
    )


def run_by(user, path="course"):
    """Whether ``user`` is of the staff of the course at ``path``, as an expression."""
    return holds(access.run_by(user, path))


def projects(nest):
    """Nest in each gallery of ``nest`` its projects, in the order of its page."""
    galleries = {gallery.pk: gallery for gallery in nest.rows[Gallery]}
    found = Publication.objects.visible_to(nest.user).filter(gallery__in=galleries)
    found = ProjectSerializer.load(found).annotate(
        is_run=run_by(nest.user, "gallery__course")
    )
    found = sorted(found, key=lambda each: (not each.award, each.number))
    nest.add(found)
    nest.put("projects", galleries.values(), found, "gallery_id")


def presentations(nest):
    """Nest in each session of ``nest`` who presents there."""
    sessions = nest.rows[Session]
    found = Presentation.objects.visible_to(nest.user).filter(session__in=sessions)
    found = found.select_related("team").order_by("position", "pk")
    nest.put("presentations", sessions, found, "session_id")
