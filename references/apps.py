from django.apps import AppConfig
from django.db.models.signals import (
    post_delete,
    post_migrate,
    post_save,
    pre_migrate,
)


class ReferencesConfig(AppConfig):
    name = "references"

    def ready(self):
        from . import indexing, search

        pre_migrate.connect(search.suspend, sender=self)
        post_migrate.connect(search.install, sender=self)
        for model, saved, deleted in indexing.RECEIVERS:
            post_save.connect(saved, sender=model)
            if deleted:
                post_delete.connect(deleted, sender=model)
