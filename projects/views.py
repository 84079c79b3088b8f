"""Pages of what students made, and the files they show; of their teams, and of what
they have to do."""

from django.contrib import messages
from django.contrib.auth.mixins import LoginRequiredMixin
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import ValidationError
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control, never_cache
from django.views.generic import DetailView, TemplateView, View

from courses import audit, files
from courses import views as courses
from courses.models import Assignment
from courses.views import CoursePageMixin, MailedLinkMixin, first_words

from . import progress, showcase, teams
from .models import Delivery, Publication, PublishedLink, TeamInvitation

# Consent may be withdrawn at any time: no copy is shown without asking again.
never_kept = method_decorator(
    cache_control(private=True, no_cache=True), name="dispatch"
)


@never_kept
class GalleryListView(CoursePageMixin, TemplateView):
    template_name = "projects/gallery_list.html"

    def get_context_data(self, **kwargs):
        return super().get_context_data(showcases=self.showcases, **kwargs)

    @cached_property
    def showcases(self):
        return showcase.of_course(self.course, self.request.user)

    @cached_property
    def has_galleries(self):
        return bool(self.showcases)


@never_kept
class PublicationDetailView(CoursePageMixin, DetailView):
    has_galleries = True

    def get_object(self):
        publications = Publication.objects.visible_to(self.request.user)
        return get_object_or_404(
            publications.with_members_and_links(),
            gallery__course=self.course,
            gallery__slug=self.kwargs["gallery"],
            number=self.kwargs["number"],
        )

    def get_context_data(self, **kwargs):
        return super().get_context_data(
            entry=showcase.entry(self.object),
            description=first_words(self.object.abstract),
            **kwargs,
        )


class PublishedFileView(View):
    def get(self, request, slug, gallery, number, pk, name):
        links = PublishedLink.objects.visible_to(request.user)
        link = get_object_or_404(
            links.select_related("file", "publication__gallery__course"),
            pk=pk,
            file__isnull=False,
            publication__number=number,
            publication__gallery__slug=gallery,
            publication__gallery__course__slug=slug,
        )
        return files.serve(link.file, name, link.get_absolute_url())


class HandingInMixin(LoginRequiredMixin, CoursePageMixin):
    """A page for those who hand in for the assignment in the address."""

    @cached_property
    def assignment(self):
        assignments = Assignment.objects.set_for(self.request.user)
        return get_object_or_404(
            assignments.select_related("course"), pk=self.kwargs["pk"]
        )

    @cached_property
    def course(self):
        return self.assignment.course


@method_decorator(never_cache, name="dispatch")
class TeamView(HandingInMixin, TemplateView):
    """The team of its reader, or the ways to one. Each act is a method ``do_…``, which
    returns what was done, a sentence."""

    template_name = "projects/team.html"

    def get_context_data(self, **kwargs):
        user, assignment = self.request.user, self.assignment
        team = teams.team_of(assignment, user)
        context = {
            "team": team,
            "locks_at": teams.locks_at(assignment),
            "are_locked": teams.are_locked(assignment),
        }
        if team:
            members = team.memberships.active().select_related("person")
            context |= {
                "members": members,
                "is_full": len(members) >= assignment.team_size,
                "invitations": team.invitations.pending(),
                "has_handed_in": team.deliveries.exists(),
            }
        else:
            before = teams.team_before(assignment, user)
            context |= {
                "invited": TeamInvitation.objects.to_join(assignment, user),
                "others_before": before and teams.others_of(before, user),
            }
        return super().get_context_data(**context, **kwargs)

    def post(self, request, pk):
        act = getattr(self, f"do_{request.POST.get('act')}", None)
        if act is None or not self.assignment:
            raise Http404
        try:
            said = act(self.assignment, request.user, request.POST.get("value", ""))
        except teams.Refused as refusal:
            messages.error(request, str(refusal))
        except ValidationError as error:
            messages.error(request, " ".join(error.messages))
        else:
            messages.success(request, said)
        return redirect(request.path)

    def do_create(self, assignment, user, _value):
        team = teams.create(assignment, user)
        return _("You are in %s now. Invite others, or give them its code.") % team

    def do_same(self, assignment, _user, _value):
        team, unreached = teams.same_as_before(assignment, self.request)
        said = _("You are in %s now; the others are invited.") % team
        if unreached:
            names = ", ".join(map(str, unreached))
            said += " " + _("Give the code to those without an address here:")
            said += f" {names}."
        return said

    def do_join(self, assignment, user, code):
        teams.join(assignment, user, code)
        return _("You are in %s now.") % teams.team_of(assignment, user)

    def do_accept(self, assignment, user, pk):
        teams.accept(self.invitation(pk), user)
        return _("You are in %s now.") % teams.team_of(assignment, user)

    def do_decline(self, _assignment, user, pk):
        teams.decline(self.invitation(pk), user)
        return _("The invitation is declined.")

    def do_invite(self, assignment, _user, email):
        teams.invite(assignment, self.request, email)
        return _("If this address is on the roster, a mail is on its way.")

    def do_cancel(self, assignment, user, pk):
        teams.cancel(assignment, user, _number(pk))
        return _("The invitation is taken back.")

    def do_renew_code(self, assignment, user, _value):
        teams.renew_code(assignment, user)
        return _("There is a new code; the one before is of no use any more.")

    def do_rename(self, assignment, user, name):
        teams.rename(assignment, user, name)
        return _("Your team is called %s.") % teams.team_of(assignment, user)

    def do_leave(self, assignment, user, _value):
        teams.leave(assignment, user)
        return _("You have left the team.")

    def invitation(self, pk):
        invited = TeamInvitation.objects.to_join(self.assignment, self.request.user)
        return get_object_or_404(invited, pk=_number(pk))


def _number(text):
    """The key that a form sent; none is negative."""
    return int(text) if text.isascii() and text.isdecimal() else -1


class TeamInvitationView(MailedLinkMixin, TemplateView):
    """Whoever cannot answer learns nothing of the invitation."""

    model = TeamInvitation
    template_name = "projects/team_invitation.html"

    def get_context_data(self, **kwargs):
        user = self.request.user
        is_mine = bool(self.link and user.is_authenticated) and (
            TeamInvitation.objects.to(user).filter(pk=self.link.pk).exists()
        )
        return super().get_context_data(is_mine=is_mine, **kwargs)

    def post(self, request, token):
        if not request.user.is_authenticated:
            return redirect_to_login(request.path)
        answer = teams.decline if "decline" in request.POST else teams.accept
        try:
            answer(self.link, request.user)
        except teams.Refused as refusal:
            audit.refuse(request, str(refusal))
            messages.error(request, str(refusal))
            return redirect(request.path)
        if answer is teams.decline:
            messages.success(request, _("The invitation is declined."))
        else:
            messages.success(request, _("You are in %s now.") % self.link.team)
        return redirect("projects:team", self.link.team.assignment_id)


class MeView(courses.MeView):
    """With what its reader has to hand in, and what they handed in."""

    template_name = "projects/me.html"

    def get_context_data(self, **kwargs):
        user = self.request.user
        deliveries = Delivery.objects.of(user).with_submissions()
        return super().get_context_data(
            statuses=progress.of_user(user, timezone.now()),
            deliveries=deliveries,
            **kwargs,
        )
