"""Addresses of signing in. Of the library's pages only those that this site needs hang here."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from allauth.account import views
from django.conf import settings
from django.db import transaction
from django.urls import URLPattern, path, re_path

from geodata.accounts.pages import choose_municipality


def _page(address: str, view: Callable[..., Any], name: str, *, pattern: bool = False) -> URLPattern:
    # Not in the request's transaction: counted attempts must stand at once, and also when the page fails.
    declare = re_path if pattern else path
    return declare(address, transaction.non_atomic_requests(view), name=name)


urlpatterns = [
    _page("login/", views.login, "account_login"),
    _page("logout/", views.logout, "account_logout"),
    _page("inactive/", views.account_inactive, "account_inactive"),
    _page("signup/", views.signup, "account_signup"),
    _page("reauthenticate/", views.reauthenticate, "account_reauthenticate"),
    _page("password/", views.password_change, "account_change_password"),
    _page("confirm-email/", views.email_verification_sent, "account_email_verification_sent"),
    path("municipality/", choose_municipality, name="choose_municipality"),
]
if settings.MAIL_IS_SENT:  # without a mail server a forgotten password is set by `manage.py changepassword`
    key = r"^password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$"
    urlpatterns += [
        _page("password/reset/", views.password_reset, "account_reset_password"),
        _page("password/reset/done/", views.password_reset_done, "account_reset_password_done"),
        _page(key, views.password_reset_from_key, "account_reset_password_from_key", pattern=True),
        _page(
            "password/reset/key/done/",
            views.password_reset_from_key_done,
            "account_reset_password_from_key_done",
        ),
    ]
