"""Pages of courses, what they consist of, and the people in them."""

from allauth.account.decorators import reauthentication_required
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.mixins import LoginRequiredMixin
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, JsonResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.cache import add_never_cache_headers, patch_cache_control
from django.utils.decorators import method_decorator
from django.utils.functional import cached_property
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST
from django.views.generic import (
    CreateView,
    DetailView,
    FormView,
    TemplateView,
    View,
)

from references import exports, richtext

from . import (
    access,
    audit,
    files,
    invitations,
    joining,
    me,
    profile,
    proposals,
    reading_list,
    schedule,
)
from .models import Course, Invitation, JoinRequest, Material, Person, Talk, TalkLink
from .proposal_forms import TalkProposalForm


def first_words(markdown):
    """The beginning of a Markdown text, for the description of a page."""
    return Truncator(richtext.plain(markdown)).chars(160)


class CoursePageMixin:
    """A page of the course named in the address, as ``view.course``."""

    @cached_property
    def course(self):
        courses = Course.objects.visible_to(self.request.user)
        courses = courses.prefetch_related("meetings")
        return get_object_or_404(courses, slug=self.kwargs["slug"])

    @cached_property
    def is_for_staff(self):
        """Whether the reader runs the course."""
        own = Course.objects.filter(access.run_by(self.request.user))
        return own.contains(self.course)

    @cached_property
    def has_galleries(self):
        return schedule.galleries_of(self.course, self.request.user).exists()

    def render_to_response(self, context, **kwargs):
        with timezone.override(self.course.zone):  # of every instant on the page
            return super().render_to_response(context, **kwargs).render()


class CourseDetailView(CoursePageMixin, DetailView):
    model = Course

    def get_object(self):
        return self.course

    def get_context_data(self, **kwargs):
        may_join = joining.may_ask(self.request.user, self.course)
        return super().get_context_data(
            schedule=self.schedule, may_join=may_join, **kwargs
        )

    @cached_property
    def asked(self):
        """The assignments, by pk, for which the reader hands something in."""
        if not self.request.user.is_authenticated:
            return set()
        asked = self.course.assignments.asked_of(self.request.user)
        return set(asked.values_list("pk", flat=True))

    @cached_property
    def schedule(self):
        return schedule.of_course(self.course, self.request.user)

    @cached_property
    def has_galleries(self):
        return bool(self.schedule.galleries)


@method_decorator(never_cache, name="dispatch")
class JoinView(LoginRequiredMixin, CoursePageMixin, CreateView):
    """Where an account asks to join a course, and reads what became of that."""

    model = JoinRequest
    form_class = joining.JoinForm

    @cached_property
    def asked(self):
        """The last request of the user for the course, or None."""
        return self.course.join_requests.filter(user=self.request.user).first()

    @property
    def is_open(self):
        return bool(self.asked) and self.asked.accepted is None

    def get(self, request, *args, **kwargs):
        if not joining.may_ask(request.user, self.course):
            return redirect(self.course)
        return super().get(request, *args, **kwargs)

    def post(self, request, *args, **kwargs):
        if not joining.may_ask(request.user, self.course):
            return redirect(self.course)
        return super().post(request, *args, **kwargs)

    def get_initial(self):
        person = Person.objects.filter(user=self.request.user).first()
        return {"name": person.name if person else ""}

    def form_valid(self, form):
        JoinRequest.objects.get_or_create(
            course=self.course,
            user=self.request.user,
            decided_at=None,
            defaults=form.cleaned_data,
        )
        return redirect(self.request.path)


class SessionDetailView(CoursePageMixin, DetailView):
    def get_object(self):
        sessions = self.course.sessions.visible_to(self.request.user)
        return get_object_or_404(sessions, key=self.kwargs["key"])

    def get_context_data(self, **kwargs):
        user = self.request.user
        earlier, later = schedule.neighbours(self.object, user)
        row = schedule.of_session(self.object, user)
        return super().get_context_data(
            row=row,
            earlier=earlier,
            later=later,
            exports=self.exports(row),
            description=first_words(self.object.abstract),
            **kwargs,
        )

    def exports(self, row):
        """Where the papers of the session can be had as files, if it has any."""
        if not any(each.reading.paper for each in row.all_readings):
            return []
        name, slug = "courses:session_readings_export", self.course.slug
        return exports.addresses(name, slug, self.object.key)


class TalkDetailView(CoursePageMixin, DetailView):
    def get_object(self):
        talks = Talk.objects.visible_to(self.request.user)
        talks = talks.filter(session__course=self.course).select_related("session")
        return get_object_or_404(talks, pk=self.kwargs["pk"])

    def get_context_data(self, **kwargs):
        session = self.object.session
        session.course = self.course
        row = schedule.of_session(session, self.request.user)
        return super().get_context_data(
            row=row,
            talk_row=row.of_talk(self.object),
            description=first_words(self.object.abstract),
            **kwargs,
        )


class ReadingListView(CoursePageMixin, TemplateView):
    template_name = "courses/reading_list.html"

    def get_context_data(self, **kwargs):
        groups = reading_list.of_course(self.course, self.request.user)
        name, slug = "courses:reading_list_export", self.course.slug
        return super().get_context_data(
            groups=groups,
            exports=exports.addresses(name, slug) if groups else [],
            **kwargs,
        )


class ReadingListExportView(CoursePageMixin, View):
    def get(self, request, slug, ending):
        is_bibtex = ending == "bib"
        works = reading_list.works(self.course, request.user, all_keys=is_bibtex)
        return exports.download(works, ending, f"{slug}-readings")


class SessionReadingsExportView(CoursePageMixin, View):
    def get(self, request, slug, key, ending):
        sessions = self.course.sessions.visible_to(request.user)
        session = get_object_or_404(sessions, key=key)
        is_bibtex = ending == "bib"
        works = reading_list.works(self.course, request.user, session, is_bibtex)
        return exports.download(works, ending, f"{slug}-{key}-readings")


class PersonDetailView(DetailView):
    def get_queryset(self):
        return Person.objects.visible_to(self.request.user).select_related("author")

    def get(self, request, slug):
        try:
            return super().get(request, slug=slug)
        except Http404:
            person = get_object_or_404(self.get_queryset().formerly(slug))
            response = redirect(person, permanent=True)
            patch_cache_control(response, no_cache=True)  # a merge can be undone
            return response

    def get_context_data(self, **kwargs):
        return super().get_context_data(
            profile=profile.of_person(self.object, self.request.user),
            description=first_words(self.object.biography),
            **kwargs,
        )


class MaterialFileView(View):
    def get(self, request, pk, name):
        materials = Material.objects.visible_to(request.user).select_related("file")
        material = get_object_or_404(materials, pk=pk, file__isnull=False)
        return files.serve(material.file, name, material.get_absolute_url())


@method_decorator(never_cache, name="dispatch")
class MeView(LoginRequiredMixin, TemplateView):
    """What the site knows about its reader, and who else sees it."""

    template_name = "courses/me.html"

    def get_context_data(self, **kwargs):
        user = self.request.user
        person = me.person_of(user)
        return super().get_context_data(
            person=person,
            places=me.places(user, person) if person else [],
            profile=person and me.public_profile(person),
            **kwargs,
        )


@require_POST
@login_required
@reauthentication_required
def my_data(request):
    """A file of all that is kept about whoever asks; not for whoever finds a session
    open, nor by an address that a script could open."""
    audit.record(audit.Action.EXPORT, _("Own data"))
    response = JsonResponse(
        me.data(request.user), json_dumps_params={"indent": 2, "ensure_ascii": False}
    )
    response["Content-Disposition"] = 'attachment; filename="proseminar-my-data.json"'
    response["Cache-Control"] = "no-store"
    return response


class PersonPhotoView(View):
    def get(self, request, slug):
        people = Person.objects.visible_to(request.user).select_related("photo")
        photo = get_object_or_404(people, slug=slug, photo__isnull=False).photo
        return files.serve(photo, photo.name, request.path)


class MailedLinkMixin:
    """The page that a MailedLink of ``model`` leads to: ``view.link``, or None if it is
    not open. Its address is a secret, which no other site is told.

    Browsers that send no referrer say that a form comes from "null", which the
    protection against forged requests refuses; to forge one takes the secret anyhow.
    """

    @classmethod
    def as_view(cls, **kwargs):
        return csrf_exempt(super().as_view(**kwargs))

    @cached_property
    def link(self):
        return self.model.objects.of_token(self.kwargs["token"])

    def render_to_response(self, context, **kwargs):
        kwargs["status"] = 200 if self.link else 404
        response = super().render_to_response(context, **kwargs)
        response["Referrer-Policy"] = "no-referrer"
        add_never_cache_headers(response)
        return response


class InvitationView(MailedLinkMixin, TemplateView):
    """Whoever cannot accept learns nothing of the invitation."""

    model = Invitation
    template_name = "courses/invitation_detail.html"

    def get_context_data(self, **kwargs):
        user = self.request.user
        is_mine = user.is_authenticated and (
            self.link and self.link.email.casefold() == user.email.casefold()
        )
        return super().get_context_data(is_mine=is_mine, **kwargs)

    def post(self, request, token):
        if not request.user.is_authenticated:
            return self.to_log_in(token)
        try:
            accepted = invitations.accept(token, request.user)
        except invitations.Refused as refusal:
            audit.refuse(request, str(refusal))
            messages.error(request, str(refusal))
            return redirect(request.path)
        messages.success(request, _("Welcome to %s.") % accepted.course)
        return redirect(accepted.course)

    def to_log_in(self, token):
        """There a code is mailed to the address invited, which must have an account."""
        if self.link:
            invitations.account_for(self.link)
        return redirect_to_login(self.request.path)


class TalkFormView(MailedLinkMixin, FormView):
    """What a speaker without an account says of a talk. Staff decide what is shown."""

    model = TalkLink
    form_class = TalkProposalForm
    template_name = "courses/talk_form.html"

    def dispatch(self, request, *args, **kwargs):
        if self.link is None:
            return self.render_to_response({"view": self})
        return super().dispatch(request, *args, **kwargs)

    @cached_property
    def waiting(self):
        return proposals.waiting(self.link)

    def get_form_kwargs(self):
        return super().get_form_kwargs() | {"link": self.link, "waiting": self.waiting}

    def get_context_data(self, **kwargs):
        differences = proposals.differences(self.waiting) if self.waiting else []
        return super().get_context_data(differences=differences, **kwargs)

    def form_valid(self, form):
        if form.send():
            said = _("Thank you. The organisers look at it before it is shown.")
        else:
            said = _("All of this is said already: there was nothing to send.")
        messages.success(self.request, said)
        return redirect(self.request.path)
