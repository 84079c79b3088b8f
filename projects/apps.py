from django.apps import AppConfig


class ProjectsConfig(AppConfig):
    name = "projects"

    def ready(self):
        from . import access, me  # noqa: F401 -- their rows join tables of courses
