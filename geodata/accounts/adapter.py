"""What this site decides about signing in and leaves to the library otherwise."""

from __future__ import annotations

from allauth.account.adapter import DefaultAccountAdapter
from django.conf import settings
from django.http import HttpRequest


def signup_open() -> bool:
    """Whether applicants may make an account themselves (``PLANVAERK_SIGNUP=1``)."""
    return bool(getattr(settings, "ACCOUNT_SIGNUP_OPEN", False))


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Sign-up only where the municipality opens it; a new account has no role before somebody gives it one."""

    def is_open_for_signup(self, _request: HttpRequest) -> bool:
        """Whether the page to make an account is open."""
        return signup_open()
