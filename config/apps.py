from django.contrib import admin
from django.contrib.admin.apps import AdminConfig as DjangoAdminConfig

ACCOUNTS = ("account", "mfa", "socialaccount")


class AdminConfig(DjangoAdminConfig):
    default_site = "config.admin.Site"

    def ready(self):
        """Leave out the screens of django-allauth: they show secrets of second factors,
        and tie addresses and log-ins to any account."""
        super().ready()
        for model in [*admin.site._registry]:
            if model._meta.app_label in ACCOUNTS:
                admin.site.unregister(model)
