"""The forms of django-allauth in the words of this site."""

from allauth.account import forms as account
from allauth.mfa.base import forms as mfa
from allauth.mfa.totp import forms as totp
from django.utils.translation import gettext_lazy as _


class Plain:
    """Begins in its first field. Labels say what a field is for; nothing else does."""

    labels = {}

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for name, label in self.labels.items():
            self.fields[name].label = label
        for field in self.fields.values():
            field.widget.attrs.pop("placeholder", None)
        first = next(iter(self.fields.values()))
        first.widget.attrs["autofocus"] = True


class CodeRequestForm(Plain, account.RequestLoginCodeForm):
    labels = {"email": _("E-mail address")}


class PasswordForm(Plain, account.LoginForm):
    labels = {"login": _("E-mail address")}


class CodeForm(Plain, account.ConfirmLoginCodeForm):
    labels = {"code": _("Code from the mail")}


class AddressCodeForm(Plain, account.ConfirmEmailVerificationCodeForm):
    labels = CodeForm.labels


class PasswordAgainForm(Plain, account.ReauthenticateForm):
    pass


class ChangePasswordForm(Plain, account.ChangePasswordForm):
    labels = {
        "oldpassword": _("Current password"),
        "password1": _("New password"),
        "password2": _("New password, once more"),
    }


class SecondFactorForm(Plain, mfa.AuthenticateForm):
    labels = {"code": _("Code from the app, or a recovery code")}


class SecondFactorAgainForm(Plain, mfa.ReauthenticateForm):
    labels = SecondFactorForm.labels


class SetUpForm(Plain, totp.ActivateTOTPForm):
    labels = {"code": _("Code that the app shows")}
