from django.apps import AppConfig
from django.db.models.signals import (
    post_delete,
    post_migrate,
    post_save,
    pre_migrate,
)


class CoursesConfig(AppConfig):
    name = "courses"

    def ready(self):
        # Whoever logs in does so with the address of their account.
        from .accounts import addresses

        post_save.connect(addresses.follow_user, sender="courses.User")

        # Who may do what is accounted for.
        from . import audit

        post_save.connect(audit.follow_role, sender="courses.CourseRole")
        post_delete.connect(audit.follow_role, sender="courses.CourseRole")

        # Sessions store their instants; these two rows can change them.
        from . import instants

        post_save.connect(instants.follow_course, sender="courses.Course")
        post_save.connect(instants.follow_meeting, sender="courses.Meeting")
        post_delete.connect(instants.follow_meeting, sender="courses.Meeting")

        # What is shown has revisions, which triggers raise.
        from . import triggers

        pre_migrate.connect(triggers.suspend, sender=self)
        post_migrate.connect(triggers.install, sender=self)
