from django.apps import AppConfig


class ProjectsConfig(AppConfig):
    name = "projects"

    def ready(self):
        from . import access  # noqa: F401 -- its rows join the table of rights
