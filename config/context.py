from django.conf import settings
from django.contrib import admin


def operator(request):
    """Whom to ask about the site itself, for the foot of every page."""
    return {"operator_contact": settings.CONTACT}


def administration(request):
    """Whether to offer the administration, asked only where a template does."""
    return {
        "may_administer": lambda: (
            hasattr(request, "user") and admin.site.has_permission(request)
        )
    }
