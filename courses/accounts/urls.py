"""Those pages of django-allauth that this site has, under the names it knows them by.
Its others (sign-up, further addresses, forgotten passwords) have no address. Those of
tokens are this site's own."""

from allauth.account import views as account
from allauth.mfa.base import views as mfa
from allauth.mfa.recovery_codes import views as recovery_codes
from allauth.mfa.totp import views as totp
from allauth.socialaccount import views as social
from django.urls import path

from . import tokens, views

own = views.AccountView.as_view()
log_in = account.RequestLoginCodeView.as_view()

urlpatterns = [
    path("", own, name="account"),
    path("", own, name="account_email"),
    path("", own, name="mfa_index"),
    path("login/", log_in, name="account_login"),
    path("login/", log_in, name="account_request_login_code"),
    path("login/code/", views.confirm_login_code, name="account_confirm_login_code"),
    path("login/password/", account.login, name="account_login_by_password"),
    path("login/second-factor/", mfa.authenticate, name="mfa_authenticate"),
    path(
        "login/address/",
        account.email_verification_sent,
        name="account_email_verification_sent",
    ),
    path("login/closed/", account.account_inactive, name="account_inactive"),
    path("signup/", views.no_signup, name="account_signup"),
    path("logout/", account.logout, name="account_logout"),
    path(
        "logout/everywhere/", views.logout_everywhere, name="account_logout_everywhere"
    ),
    path("again/", account.reauthenticate, name="account_reauthenticate"),
    path(
        "again/code/",
        account.request_reauthentication_code,
        name="account_request_reauthentication_code",
    ),
    path(
        "again/code/confirm/",
        account.confirm_reauthentication_code,
        name="account_confirm_reauthentication_code",
    ),
    path("again/second-factor/", mfa.reauthenticate, name="mfa_reauthenticate"),
    path("tokens/", tokens.TokenListView.as_view(), name="token_list"),
    path("tokens/<int:pk>/", tokens.TokenChangeView.as_view(), name="token_change"),
    path(
        "tokens/<int:pk>/revoke/",
        tokens.TokenRevokeView.as_view(),
        name="token_revoke",
    ),
    path("password/", account.password_change, name="account_change_password"),
    path(
        "second-factor/",
        views.SetUpSecondFactorView.as_view(),
        name="mfa_activate_totp",
    ),
    path("second-factor/remove/", totp.deactivate_totp, name="mfa_deactivate_totp"),
    path(
        "second-factor/recovery-codes/",
        recovery_codes.view_recovery_codes,
        name="mfa_view_recovery_codes",
    ),
    path(
        "second-factor/recovery-codes.txt",
        recovery_codes.download_recovery_codes,
        name="mfa_download_recovery_codes",
    ),
    path(
        "second-factor/recovery-codes/new/",
        recovery_codes.generate_recovery_codes,
        name="mfa_generate_recovery_codes",
    ),
    path(
        "oidc/<slug:provider_id>/login/",
        views.university_login,
        name="openid_connect_login",
    ),
    path(
        "oidc/<slug:provider_id>/login/callback/",
        views.university_callback,
        name="openid_connect_callback",
    ),
    path("oidc/untie/", views.untie_university, name="untie_university"),
    path(
        "oidc/cancelled/", social.login_cancelled, name="socialaccount_login_cancelled"
    ),
]
