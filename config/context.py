from django.conf import settings


def operator(request):
    """Whom to ask about the site itself, for the foot of every page."""
    return {"operator_contact": settings.CONTACT}
