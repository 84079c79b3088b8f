from django.apps import AppConfig


class ProjectsConfig(AppConfig):
    name = "projects"

    def ready(self):
        # Their rows join tables of courses.
        from . import access, me, revisions  # noqa: F401
