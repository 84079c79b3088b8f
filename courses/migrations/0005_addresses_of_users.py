from django.db import migrations


def make(apps, schema_editor):
    """Accounts log in with an address of django-allauth's. Superusers were made by
    whoever has a shell, who vouches for theirs."""
    EmailAddress = apps.get_model("account", "EmailAddress")
    User = apps.get_model("courses", "User")
    known = EmailAddress.objects.values("user")
    EmailAddress.objects.bulk_create(
        EmailAddress(
            user=user,
            email=user.email.lower(),
            primary=True,
            verified=user.is_superuser,
        )
        for user in User.objects.exclude(pk__in=known)
    )


class Migration(migrations.Migration):
    dependencies = [
        ("account", "0009_emailaddress_unique_primary_email"),
        ("courses", "0004_user_session_version"),
    ]

    # The rows go with their table.
    operations = [migrations.RunPython(make, migrations.RunPython.noop)]
