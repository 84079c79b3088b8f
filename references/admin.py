from django.contrib import admin
from django.urls import path

from .adding import AddPapersView
from .duplicates_screen import DuplicateScreen, MergesPapers
from .lookup_screen import LooksUpPapers
from .models import Author, Authorship, Duplicate, Paper, PaperAlias, PaperLink
from .screens import Screen, TabularRows


@admin.register(Author)
class AuthorAdmin(Screen):
    list_display = ["__str__", "family_name", "given_name", "slug"]
    search_fields = ["family_name", "given_name", "slug"]
    prepopulated_fields = {"slug": ["given_name", "family_name"]}


class AuthorshipInline(TabularRows):
    model = Authorship
    autocomplete_fields = ["author"]


class PaperLinkInline(TabularRows):
    model = PaperLink


class PaperAliasInline(TabularRows):
    model = PaperAlias


@admin.register(Paper)
class PaperAdmin(LooksUpPapers, MergesPapers, Screen):
    list_display = ["title", "key", "kind", "year", "venue"]
    list_filter = ["kind", "year"]
    search_fields = [
        "title",
        "key",
        "aliases__key",
        "authors__family_name",
        "arxiv_id",
        "doi",
    ]
    inlines = [AuthorshipInline, PaperLinkInline, PaperAliasInline]
    actions = ["look_up", "merge_selected", "find_duplicates"]

    def get_readonly_fields(self, request, obj=None):
        return ["key"] if obj else []  # every export has it

    def choice_label(self, paper):
        year = f" ({paper.year})" if paper.year else ""
        return f"{paper.title}{year} · {paper.key}"

    def get_urls(self):
        add_papers = self.admin_site.admin_view(AddPapersView.as_view(screen=self))
        return [
            path("add-papers/", add_papers, name="references_paper_add_papers"),
            *super().get_urls(),
        ]


admin.site.register(Duplicate, DuplicateScreen)
