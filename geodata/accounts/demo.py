"""Accounts of the demonstration municipality: one for each role, with a password that nobody can guess."""

from __future__ import annotations

import secrets
from typing import Final, NamedTuple

from django.contrib.auth.hashers import make_password
from django.db import transaction

from geodata.accounts.models import Membership, Role, User

#: What the accounts are called on the page: by what they do, for they are nobody.
SHOWN: Final[dict[Role, str]] = {
    Role.APPLICANT: "Demo: ansøger",
    Role.ADVISER: "Demo: rådgiver",
    Role.CASE_WORKER: "Demo: sagsbehandler",
    Role.PLANNER: "Demo: planlægger",
    Role.LEAD: "Demo: teamleder",
    Role.REGISTER_CLERK: "Demo: registermedarbejder",
    Role.ADMINISTRATOR: "Demo: administrator",
    Role.AUDITOR: "Demo: revisor",
}


class DemoAccount(NamedTuple):
    """What is needed to sign in."""

    username: str
    role: str
    password: str


@transaction.atomic
def demo_accounts(municipality: str, *, usable: bool = True) -> list[DemoAccount]:
    """Make or renew one account for each role of a municipality; the password is new at every call.

    Parameters
    ----------
    municipality : four-digit code of a municipality that exists.
    usable : False = nobody can sign in with them.

    Returns
    -------
    User name, role and password of each account, in the order of the roles. The password is kept nowhere else.
    """
    # One password for all of them, hashed once: a second each is too long to wait for a demonstration.
    password = secrets.token_urlsafe(12) if usable else ""
    stored = make_password(password or None)
    made = []
    for role, shown in SHOWN.items():
        name = f"demo-{role.value.replace('_', '-')}"
        user, _new = User.objects.update_or_create(
            username=name, defaults={"display_name": shown, "is_active": True, "password": stored}
        )
        # A demonstration account holds this one role and nothing else, whatever it was given before.
        Membership.objects.filter(user=user).exclude(municipality_id=municipality, role=role).delete()
        Membership.objects.get_or_create(user=user, municipality_id=municipality, role=role)
        made.append(DemoAccount(name, role.value, password))
    return made
