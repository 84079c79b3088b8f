from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from courses.admin.parts import PartOfCourseAdmin, StoresUploads
from courses.forms import UploadForm
from references.screens import Screen, StackedRows, TabularRows

from . import work_admin  # noqa: F401 -- the screens of handing in and grading
from .models import (
    Gallery,
    Presentation,
    Publication,
    PublishedLink,
    Team,
)
from .team_screen import ChangesMembers


@admin.register(Team)
class TeamAdmin(ChangesMembers, PartOfCourseAdmin):
    chosen_once = ["course", "assignment"]
    list_display = ["__str__", "number", "course", "assignment"]
    list_filter = ["course"]
    list_select_related = choice_related = ["course", "assignment"]
    search_fields = [
        "name",
        "number",
        "memberships__name_as_printed",
        "memberships__person__name",
        "course__title",
        "course__slug",
    ]
    autocomplete_fields = ["course", "assignment"]

    def choice_label(self, team):
        return " · ".join(map(str, filter(None, [team, team.assignment, team.course])))


@admin.register(Presentation)
class PresentationAdmin(Screen):
    list_display = ["__str__", "session", "course", "team", "position"]
    list_filter = ["session__course"]
    list_select_related = ["session__course", "team"]
    search_fields = ["title", "members", "session__title", "team__name"]
    autocomplete_fields = ["session", "team"]

    @admin.display(description=_("course"), ordering="session__course")
    def course(self, presentation):
        return presentation.session.course


class PublicationInline(TabularRows):
    """Projects of a gallery; abstract and links are on the page of each."""

    model = Publication
    fields = ["number", "team", "title", "state", "embargo_until", "award"]
    autocomplete_fields = ["team"]
    show_change_link = True


@admin.register(Gallery)
class GalleryAdmin(PartOfCourseAdmin):
    list_display = ["name", "course", "slug", "state", "session"]
    list_filter = ["state", "course"]
    list_select_related = choice_related = ["course", "session"]
    search_fields = ["name", "slug", "course__title", "course__slug"]
    autocomplete_fields = ["course", "assignment", "session", "attested_by"]
    prepopulated_fields = {"slug": ["name"]}
    inlines = [PublicationInline]

    def choice_label(self, gallery):
        return f"{gallery} · {gallery.course}"


class PublishedLinkForm(UploadForm):
    def clean(self):
        # The constraint on ``file`` is said here: it is no field of the form.
        data = super().clean()
        targets = [data.get(name) for name in ("upload", "url", "printed_address")]
        if sum(map(bool, targets)) > 1:
            self.add_error(None, _("Give one of file, address and printed address."))
        return data


class PublishedLinkInline(StackedRows):
    model = PublishedLink
    form = PublishedLinkForm
    fields = [
        ("kind", "label", "format", "position"),
        ("upload", "url"),
        "printed_address",
    ]
    loaded = ["file", "publication__gallery__course"]
    view_on_site = False  # may lead nowhere


@admin.register(Publication)
class PublicationAdmin(StoresUploads, Screen):
    list_display = ["__str__", "number", "gallery", "course", "state", "award"]
    list_filter = ["state", "gallery__course"]
    list_select_related = ["gallery__course", "team"]
    search_fields = [
        "title",
        "award",
        "gallery__name",
        "team__name",
        "team__memberships__name_as_printed",
    ]
    autocomplete_fields = ["gallery", "team"]
    inlines = [PublishedLinkInline]

    @admin.display(description=_("course"), ordering="gallery__course")
    def course(self, publication):
        return publication.gallery.course
