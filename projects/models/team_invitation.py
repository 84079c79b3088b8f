from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from courses import access
from courses.models import Person
from courses.models.mailed_link import MailedLink, MailedLinkQuerySet

from .team import Team


class TeamInvitationQuerySet(MailedLinkQuerySet):
    def open(self):
        """Those that can be answered now."""
        return super().open().unanswered()

    def unanswered(self):
        return self.filter(accepted_at=None, declined_at=None)

    def pending(self):
        """Those that the team still waits for, or learns why it need not."""
        return self.filter(accepted_at=None, revoked_at=None)

    def to(self, user):
        """Those that ``user`` may answer: sent to an address of theirs, by a team of a
        course in which they hand in."""
        address = Q(email__iexact=user.email)
        if person := Person.objects.filter(user=user).exclude(email="").first():
            address |= Q(email__iexact=person.email)
        return self.filter(address, access.enrolled(user, "team__course"))

    def to_join(self, assignment, user):
        """The open ones to ``user`` from teams for ``assignment``."""
        found = self.open().to(user).filter(team__assignment=assignment)
        return found.select_related("team", "sent_by__person")


class TeamInvitation(MailedLink):
    """A mail by which a team asks someone to join it.

    There is a row for whatever address a member typed, but a mail for those on the
    roster alone, and nobody can tell the one from the other.
    """

    url_name = "projects:team_invitation"

    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="invitations")
    name = models.CharField(
        max_length=200,
        blank=True,
        help_text=_("Shown to the team in place of an address that it did not type."),
    )
    accepted_at = models.DateTimeField(_("accepted"), null=True, editable=False)
    declined_at = models.DateTimeField(_("declined"), null=True, editable=False)

    objects = TeamInvitationQuerySet.as_manager()

    def __str__(self):
        return str(self.team)

    @property
    def course(self):
        return self.team.course

    @property
    def subject(self):
        return _("A team for %s") % self.team.assignment

    @property
    def shown_as(self):
        """Whom it went to, as far as the team knows."""
        return self.name or self.email

    @property
    def state(self):
        if self.accepted_at:
            return _("accepted")
        return _("declined") if self.declined_at else super().state
