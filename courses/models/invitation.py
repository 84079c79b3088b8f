from django.db import models
from django.utils.translation import gettext_lazy as _

from .course import Course, CourseRole
from .mailed_link import MailedLink, MailedLinkQuerySet
from .people import Person


class InvitationQuerySet(MailedLinkQuerySet):
    def open(self):
        """Those that can be accepted now."""
        return super().open().unanswered()

    def unanswered(self):
        return self.filter(accepted_at=None)


class Invitation(MailedLink):
    """A mail by which ``person`` gets a role in ``course``, and ties an account.

    The link in the mail leads to a page; whoever accepts there has to be logged in by a
    code that went to the same address.
    """

    class Role(models.TextChoices):
        INSTRUCTOR = CourseRole.Role.INSTRUCTOR, CourseRole.Role.INSTRUCTOR.label
        ASSISTANT = CourseRole.Role.ASSISTANT, CourseRole.Role.ASSISTANT.label
        STUDENT = "student", _("student")

    url_name = "courses:invitation_detail"

    course = models.ForeignKey(
        Course, on_delete=models.CASCADE, related_name="invitations"
    )
    person = models.ForeignKey(
        Person, on_delete=models.CASCADE, related_name="invitations"
    )
    role = models.CharField(_("role"), max_length=12, choices=Role.choices)
    accepted_at = models.DateTimeField(_("accepted"), null=True, editable=False)

    objects = InvitationQuerySet.as_manager()

    def __str__(self):
        return f"{self.person} ({self.get_role_display()})"

    @property
    def subject(self):
        return _("Invitation to %s") % self.course

    @property
    def state(self):
        return _("accepted") if self.accepted_at else super().state
