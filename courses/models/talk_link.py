from datetime import timedelta

from django.db import models
from django.utils.translation import gettext_lazy as _

from .mailed_link import MailedLink
from .people import Person
from .session import Talk


class TalkLink(MailedLink):
    """A mail by which a speaker, who needs no account, fills in what is said of a talk.

    What they send waits as a Proposal. It can be sent until a month after the talk.
    """

    VALID_FOR = timedelta(days=30)
    url_name = "courses:talk_form"

    talk = models.ForeignKey(Talk, on_delete=models.CASCADE, related_name="links")
    person = models.ForeignKey(
        Person,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="talk_links",
        verbose_name=_("speaker"),
        help_text=_("Whose photo it takes. Empty: the one speaker, if there is one."),
    )

    class Meta(MailedLink.Meta):
        verbose_name = _("speaker's link")
        verbose_name_plural = _("speakers' links")

    def __str__(self):
        return f"{self.person}: {self.talk}" if self.person else str(self.talk)

    def counts_from(self):
        ends_at = self.talk.session.ends_at
        return max(self.sent_at, ends_at) if ends_at else self.sent_at

    @property
    def course(self):
        return self.talk.session.course

    @property
    def subject(self):
        return _("Your talk at %s") % self.course

    @property
    def speaker(self):
        """The person it is for: the one named, or the talk's only speaker; or None."""
        if self.person:
            return self.person
        speakers = list(self.talk.speakers.all()[:2])
        return speakers[0] if len(speakers) == 1 else None
