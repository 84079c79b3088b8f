from django.contrib import admin

from .models import Author, Authorship, Paper, PaperAlias, PaperLink
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
class PaperAdmin(Screen):
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

    def get_readonly_fields(self, request, obj=None):
        return ["key"] if obj else []  # every export has it

    def choice_label(self, paper):
        year = f" ({paper.year})" if paper.year else ""
        return f"{paper.title}{year} · {paper.key}"
