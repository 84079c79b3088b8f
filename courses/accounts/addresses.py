"""The address that an account logs in with, as django-allauth keeps it."""

from allauth.account.models import EmailAddress


def follow_user(instance, created, raw=False, update_fields=None, **kwargs):
    """Give ``instance`` the one address of its ``email``. A new one has to prove itself
    by a code. A receiver, because forms, imports and the shell save users; what writes
    users in bulk must write these rows too."""
    if raw or (update_fields is not None and "email" not in update_fields):
        return
    email = instance.email.lower()
    if not created:
        EmailAddress.objects.filter(user=instance).exclude(email=email).delete()
    EmailAddress.objects.update_or_create(
        user=instance, email=email, defaults={"primary": True}
    )
