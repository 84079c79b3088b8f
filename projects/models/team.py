from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from courses import access
from courses.models import Assignment, Course, Person, Session
from references import names, richtext
from references.history import edit_history


class TeamQuerySet(models.QuerySet):
    def of(self, user):
        """Teams that ``user`` is in now."""
        active = Membership.objects.filter(person__user=user, left_at=None)
        in_reach = access.within_limit(user, "course")
        return self.filter(in_reach, pk__in=active.values("team"))

    def visible_to(self, user):
        """Teams that ``user`` is in or was in, and those of courses they run."""
        if not user.is_authenticated or not user.is_active:
            return self.none()
        ever = Membership.objects.filter(person__user=user)
        own = Q(pk__in=ever.values("team")) & access.within_limit(user, "course")
        return self.filter(own | access.run_by(user, "course"))

    listed_for = visible_to  # none but those it concerns may open it


class Team(models.Model):
    """Who works together: always a team, even of one.

    Whoever knows ``joining_code`` may join until the teams lock; empty: nobody.
    """

    course = models.ForeignKey(Course, on_delete=models.PROTECT, related_name="teams")
    assignment = models.ForeignKey(
        Assignment,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="teams",
    )
    number = models.PositiveSmallIntegerField(_("number"))
    name = models.CharField(_("name"), max_length=200, blank=True)
    joining_code = models.CharField(
        _("joining code"), max_length=12, blank=True, editable=False
    )

    objects = TeamQuerySet.as_manager()
    history = edit_history("joining_code")

    class Meta:
        ordering = ["course", "number", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["joining_code"],
                condition=~Q(joining_code=""),
                name="joining_code_unique",
            ),
            models.UniqueConstraint(
                fields=["assignment", "number"],
                condition=Q(assignment__isnull=False),
                name="team_number_unique_in_assignment",
                violation_error_message=_("Another team has this number."),
            ),
        ]

    def __str__(self):
        return self.name or str(_("Team %(number)s") % {"number": self.number})

    def clean(self):
        if not (self.assignment_id and self.course_id):
            return
        if self.assignment.course_id != self.course_id:
            raise ValidationError({"assignment": _("It belongs to another course.")})


class MembershipQuerySet(models.QuerySet):
    def active(self):
        """Those that last."""
        return self.filter(left_at=None)


class Membership(models.Model):
    """Someone's time in a team: a person, or a name printed on an old page.

    Opened and closed, never rewritten. Without ``joined_at`` the beginning is
    not known, without ``left_at`` it lasts.
    """

    team = models.ForeignKey(Team, on_delete=models.PROTECT, related_name="memberships")
    assignment = models.ForeignKey(
        Assignment,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="memberships",
    )
    person = models.ForeignKey(
        Person,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="memberships",
    )
    name_as_printed = models.CharField(_("name as printed"), max_length=200, blank=True)
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    joined_at = models.DateTimeField(_("from"), null=True, blank=True)
    left_at = models.DateTimeField(_("to"), null=True, blank=True)

    objects = MembershipQuerySet.as_manager()
    history = edit_history()

    class Meta:
        ordering = ["team", "position", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(person__isnull=False) ^ ~Q(name_as_printed=""),
                name="membership_is_person_or_name",
                violation_error_message=_("Choose a person or write a name."),
            ),
            models.UniqueConstraint(
                fields=["person", "assignment"],
                condition=Q(
                    person__isnull=False, assignment__isnull=False, left_at__isnull=True
                ),
                name="one_active_team_per_person_and_assignment",
                violation_error_message=_(
                    "This person already is in a team for this assignment."
                ),
            ),
            models.CheckConstraint(
                condition=Q(left_at__gte=F("joined_at")),
                name="membership_ends_after_start",
                violation_error_message=_("A membership must end after it starts."),
            ),
        ]

    def __str__(self):
        return self.name_as_printed or str(self.person)

    def save(self, *args, **kwargs):
        self.assignment_id = self.team.assignment_id
        super().save(*args, **kwargs)

    def validate_constraints(self, exclude=None):
        # The derived field is in no form; its constraint is checked all the same.
        exclude = set(exclude or ())
        if team := getattr(self, "team", None):
            self.assignment_id = team.assignment_id
            exclude -= {"assignment"}
        super().validate_constraints(exclude)


class PresentationQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Presentations in sessions that ``user`` may open."""
        return self.filter(access.part_of_course(user, "session"))

    def listed_for(self, user):
        return self.filter(access.part_of_course(user, "session", listed=True))


class Presentation(models.Model):
    """Students presenting in a session: a team, or names as printed."""

    session = models.ForeignKey(
        Session, on_delete=models.CASCADE, related_name="presentations"
    )
    team = models.ForeignKey(
        Team,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="presentations",
    )
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    title = models.CharField(_("title"), max_length=500, blank=True)
    members = models.JSONField(
        _("members as printed"),
        default=list,
        blank=True,
        help_text=_("A list of names, without student numbers."),
    )

    objects = PresentationQuerySet.as_manager()

    class Meta:
        ordering = ["position", "pk"]

    def __str__(self):
        return self.title or self.members_line or str(self.team)

    def get_absolute_url(self):
        return self.session.get_absolute_url()

    def clean(self):
        if not (self.team_id and self.session_id):
            return
        if self.team.course_id != self.session.course_id:
            raise ValidationError({"team": _("It belongs to another course.")})

    @property
    def title_html(self):
        return richtext.render_inline(richtext.escape(self.title))

    @property
    def members_line(self):
        """The printed names on one line."""
        return names.join(self.members)
