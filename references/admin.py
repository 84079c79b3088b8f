from django.contrib import admin

from .models import Author, Authorship, Paper, PaperAlias, PaperLink


@admin.register(Author)
class AuthorAdmin(admin.ModelAdmin):
    list_display = ["__str__", "family_name", "given_name", "slug"]
    search_fields = ["family_name", "given_name", "slug"]
    prepopulated_fields = {"slug": ["given_name", "family_name"]}


class AuthorshipInline(admin.TabularInline):
    model = Authorship
    autocomplete_fields = ["author"]
    extra = 0


class PaperLinkInline(admin.TabularInline):
    model = PaperLink
    extra = 0


class PaperAliasInline(admin.TabularInline):
    model = PaperAlias
    extra = 0


@admin.register(Paper)
class PaperAdmin(admin.ModelAdmin):
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
