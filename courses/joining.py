"""Asking to join a course: the form, and what its staff decide."""

from django import forms
from django.core.exceptions import ValidationError
from django.core.mail import EmailMessage
from django.db import transaction
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.translation import gettext as _

from references.merging import Refused

from . import access, audit, mailed_links, roster_file, speakers
from .models import Course, Enrolment, JoinRequest, Person


class JoinForm(forms.ModelForm):
    class Meta:
        model = JoinRequest
        fields = ["name", "student_number", "note"]

    def clean_name(self):
        return " ".join(self.cleaned_data["name"].split())

    def clean_student_number(self):
        number = roster_file.student_number(self.cleaned_data["student_number"])
        if number and not roster_file.NUMBER.fullmatch(number):
            raise ValidationError(_("“%s” is no student number.") % number)
        return number


def may_ask(user, course):
    """Whether the account ``user`` is told how to join: it is not in ``course`` yet,
    and the course is not over."""
    if not user.is_authenticated or course.status == Course.Status.ARCHIVED:
        return False
    own = Course.objects.filter(access.attended_by(user) | access.run_by(user))
    return not own.contains(course)


@transaction.atomic
def accept(request, by, on_failure):
    """Enrol who made the JoinRequest ``request``, as decided ``by`` that account, and
    mail it once that is committed; ``on_failure`` is called if no mail could be sent.

    Raise Refused if it was decided before, or if its student number is another's.
    """
    request = _locked(request)
    person = Person.objects.filter(user=request.user).first()
    numbered = (
        request.student_number
        and request.course.enrolments.filter(
            student_number__iexact=request.student_number
        )
        .exclude(person=person)
        .first()
    )
    if numbered:
        said = _(
            "The student number of %(name)s stands on the roster for %(person)s: "
            "invite that row instead."
        )
        raise Refused(said % {"name": request.name, "person": numbered.person})
    if person is None:  # nobody else's: whoever is new takes over nothing
        person = speakers.new_person(request.name)
        person.user = request.user
        person.save(update_fields=["user"])
    enrolment, _is_new = Enrolment.objects.get_or_create(
        course=request.course, person=person
    )
    enrolment.status = Enrolment.Status.ACTIVE
    enrolment.student_number = enrolment.student_number or request.student_number
    enrolment.save()
    _decide(request, by, True, on_failure)


@transaction.atomic
def decline(request, by, on_failure):
    """As ``accept``, but for that nobody is enrolled."""
    _decide(_locked(request), by, False, on_failure)


def _locked(request):
    """``request`` as it is now; its course is locked, as while a roster is saved."""
    Course.objects.select_for_update().get(pk=request.course_id)
    request = JoinRequest.objects.select_related("course", "user").get(pk=request.pk)
    if request.decided_at:
        raise Refused(_("It was decided before: %s.") % request.name)
    return request


def _decide(request, by, accepted, on_failure):
    request.accepted = accepted
    request.decided_at, request.decided_by = timezone.now(), by
    request.save()
    words = _("Joined: %s") if accepted else _("Asked to join and declined: %s")
    audit.record(audit.Action.ROSTER, words % request.name, course=request.course)
    mail = EmailMessage(
        " ".join(str(request.course).split()),
        render_to_string("courses/joining_email.txt", {"asked": request}),
        to=[request.user.email],
    )
    transaction.on_commit(lambda: mailed_links.deliver(mail, on_failure))
