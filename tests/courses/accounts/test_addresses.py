"""Every account has the one address it logs in with, however it was made."""

from importlib import import_module

import pytest
from allauth.account.models import EmailAddress
from django.apps import apps
from django.core.management import call_command
from django.test import TestCase

from courses.models import User
from tests.admin_pages import make_staff, page
from tests.logins import log_in


def addresses():
    """(user, address, primary, verified) of all."""
    return sorted(
        EmailAddress.objects.values_list("user__email", "email", "primary", "verified")
    )


class AddressTests(TestCase):
    def test_comes_with_the_account(self):
        User.objects.create(email="Ada@Example.org")
        User.objects.create_user("eve@example.org")
        self.assertEqual(
            addresses(),
            [
                ("Ada@Example.org", "ada@example.org", True, False),
                ("eve@example.org", "eve@example.org", True, False),
            ],
        )

    def test_of_superusers_need_no_proof(self):
        User.objects.create_superuser("root@example.org")
        call_command("createsuperuser", email="boss@example.org", interactive=False)
        self.assertEqual(
            addresses(),
            [
                ("boss@example.org", "boss@example.org", True, True),
                ("root@example.org", "root@example.org", True, True),
            ],
        )

    def test_comes_from_the_form_of_the_administration(self):
        log_in(self.client, make_staff())
        data = {"email": "ada@example.org", "usable_password": "false"}
        self.client.post(page(User, "add"), data)
        self.assertIn(("ada@example.org", "ada@example.org", True, False), addresses())

    def test_follows_the_account(self):
        user = User.objects.create_superuser("ada@example.org")
        for email, verified in (
            ("ADA@example.org", True),
            ("ada@lovelace.example", False),
            ("ada@example.org", False),
        ):
            user.email = email
            user.save()
            with self.subTest(email):
                self.assertEqual(addresses(), [(email, email.lower(), True, verified)])

    def test_costs_nothing_where_the_address_is_not_saved(self):
        user = User.objects.create(email="ada@example.org")
        with self.assertNumQueries(1):
            user.save(update_fields=["last_login"])

    def test_goes_with_the_account(self):
        User.objects.create(email="ada@example.org").delete()
        self.assertEqual(addresses(), [])

    def test_accounts_of_before_get_theirs(self):
        User.objects.create_superuser("root@example.org")
        User.objects.create(email="Ada@example.org")
        EmailAddress.objects.all().delete()
        migration = import_module("courses.migrations.0005_addresses_of_users")
        for _ in range(2):
            migration.make(apps, None)
        self.assertEqual(
            addresses(),
            [
                ("Ada@example.org", "ada@example.org", True, False),
                ("root@example.org", "root@example.org", True, True),
            ],
        )


@pytest.mark.django_db
@pytest.mark.parametrize("label", ["account", "mfa", "socialaccount"])
def test_no_screen_shows_secrets_or_ties_addresses(label):
    from django.contrib import admin

    assert [m for m in admin.site._registry if m._meta.app_label == label] == []
