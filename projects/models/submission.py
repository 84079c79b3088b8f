from django.conf import settings
from django.core.validators import URLValidator
from django.db import models
from django.db.models import Prefetch, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from courses import access
from courses.models import Assignment, StoredFile
from references.merging import Refused

from .slot import Slot
from .team import Team

WEB = URLValidator(schemes=["http", "https"])


class Custody(Refused):
    """What was received is never changed and never deleted."""

    def __init__(self):
        super().__init__(_("What was received is never changed and never deleted."))


class ReceivedQuerySet(models.QuerySet):
    def update(self, *args, **kwargs):
        raise Custody

    bulk_update = delete = update


class Received(models.Model):
    """A row that is written once. ``manage.py erase_person`` alone removes any of it,
    below this."""

    class Meta:
        abstract = True

    def save(self, *args, **kwargs):
        if self.pk:
            raise Custody
        super().save(*args, **kwargs)

    def delete(self, *args, **kwargs):
        raise Custody


class DeliveryQuerySet(ReceivedQuerySet):
    def of(self, user):
        """Deliveries of the teams that ``user`` is in; of teams they left, what they
        handed in together."""
        return self.filter(self._own(user))

    def visible_to(self, user):
        """Those of ``user``, and of the courses they run."""
        if not user.is_authenticated or not user.is_active:
            return self.none()
        return self.filter(self._own(user) | access.run_by(user, "team__course"))

    listed_for = visible_to

    def with_submissions(self):
        """Load what a list of deliveries shows, in a fixed number of queries."""
        return self.select_related("team__assignment__course").prefetch_related(
            Prefetch("submissions", Submission.objects.select_related("slot", "file"))
        )

    def _own(self, user):
        rosters = RosterEntry.objects.filter(person__user=user)
        handed_in = Q(pk__in=rosters.values("delivery"))
        handed_in &= access.within_limit(user, "team__course")
        return handed_in | Q(team__in=Team.objects.of(user))


class Delivery(Received):
    """One act of handing in: its Submissions came together and are never changed.

    ``received_at`` is when the last byte was there, by the server's clock. The roster,
    who was in the team then, is its RosterEntry rows. ``request_key`` is made by the
    form: the same request sent twice is one delivery.
    """

    team = models.ForeignKey(Team, on_delete=models.PROTECT, related_name="deliveries")
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="deliveries",
        verbose_name=_("by"),
    )
    on_behalf = models.CharField(
        _("on behalf of the team"),
        max_length=300,
        blank=True,
        help_text=_("Why staff handed it in: mailed by a member at 23:58, ..."),
    )
    received_at = models.DateTimeField(_("received"))
    request_key = models.CharField(max_length=64, unique=True)

    objects = DeliveryQuerySet.as_manager()

    class Meta:
        ordering = ["-received_at", "-pk"]
        verbose_name_plural = _("deliveries")

    def __str__(self):
        return f"{self.team}, {self.received_at:%Y-%m-%d %H:%M:%S} UTC"

    def get_absolute_url(self):
        return reverse("projects:receipt", args=[self.pk])


class RosterEntry(Received):
    """A member of the team when a delivery was received."""

    delivery = models.ForeignKey(
        Delivery, on_delete=models.PROTECT, related_name="roster_entries"
    )
    person = models.ForeignKey(
        "courses.Person", on_delete=models.PROTECT, related_name="roster_entries"
    )
    name = models.CharField(max_length=200)

    objects = ReceivedQuerySet.as_manager()

    class Meta:
        ordering = ["delivery", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["delivery", "person"], name="roster_names_a_person_once"
            )
        ]

    def __str__(self):
        return self.name


class SubmissionQuerySet(ReceivedQuerySet):
    def visible_to(self, user):
        """Submissions whose delivery is visible to ``user``."""
        return self.filter(delivery__in=Delivery.objects.visible_to(user))

    listed_for = visible_to


class Submission(Received):
    """One file or link in one slot, numbered among those of its team and slot."""

    delivery = models.ForeignKey(
        Delivery, on_delete=models.PROTECT, related_name="submissions"
    )
    team = models.ForeignKey(Team, on_delete=models.PROTECT, related_name="submissions")
    slot = models.ForeignKey(Slot, on_delete=models.PROTECT, related_name="submissions")
    number = models.PositiveSmallIntegerField(_("number"))
    file = models.OneToOneField(
        StoredFile,
        on_delete=models.PROTECT,
        null=True,
        related_name="submission",
        verbose_name=_("file"),
    )
    url = models.URLField(_("link"), max_length=1000, blank=True, validators=[WEB])
    opens_signed_out = models.BooleanField(
        _("opens when signed out"), null=True, help_text=_("As its sender ticked.")
    )
    warnings = models.JSONField(_("warnings"), default=list)

    objects = SubmissionQuerySet.as_manager()

    class Meta:
        ordering = ["slot", "-number"]
        constraints = [
            models.UniqueConstraint(
                fields=["team", "slot", "number"],
                name="submission_number_unique_in_team_and_slot",
            ),
            models.CheckConstraint(
                condition=Q(file__isnull=False) ^ ~Q(url=""),
                name="submission_is_file_or_link",
            ),
        ]

    def __str__(self):
        return f"{self.slot} {self.number}"

    def get_absolute_url(self):
        """Where it is had back: the very bytes, or the link itself."""
        if self.url:
            return self.url
        return reverse("projects:submission_file", args=[self.pk, self.file.name])

    @property
    def received_at(self):
        return self.delivery.received_at


class Refusal(models.Model):
    """An upload that was not taken: kept for 180 days, for who asks what happened."""

    assignment = models.ForeignKey(
        Assignment, on_delete=models.CASCADE, related_name="refusals"
    )
    team = models.ForeignKey(
        Team, on_delete=models.CASCADE, null=True, related_name="refusals"
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="refusals"
    )
    at = models.DateTimeField(_("when"))
    reason = models.TextField(_("why"))
    name = models.CharField(_("file"), max_length=255, blank=True)
    size_bytes = models.PositiveBigIntegerField(_("size in bytes"), null=True)

    class Meta:
        ordering = ["-at", "-pk"]

    def __str__(self):
        return self.reason
