"""Accounts of the demonstration municipality: one for each role, with passwords that nobody can guess."""

from __future__ import annotations

import secrets
from typing import Final, NamedTuple

from django.db import transaction

from geodata.accounts.models import Membership, Role, User

#: Invented people; none of them is a real one.
NAMES: Final[dict[Role, tuple[str, str]]] = {
    Role.APPLICANT: ("ansoeger", "Asta Ansøger"),
    Role.ADVISER: ("raadgiver", "Rasmus Rådgiver"),
    Role.CASE_WORKER: ("sagsbehandler", "Sanne Sagsbehandler"),
    Role.PLANNER: ("planlaegger", "Palle Planlægger"),
    Role.LEAD: ("teamleder", "Tove Teamleder"),
    Role.REGISTER_CLERK: ("register", "Regitze Register"),
    Role.ADMINISTRATOR: ("administrator", "Arne Administrator"),
    Role.AUDITOR: ("revisor", "Rigmor Revisor"),
}


class DemoAccount(NamedTuple):
    """What somebody needs to sign in."""

    username: str
    role: str
    password: str


@transaction.atomic
def demo_accounts(municipality: str) -> list[DemoAccount]:
    """Make or renew one account for each role of a municipality; the passwords are new at every call.

    Parameters
    ----------
    municipality : four-digit code of a municipality that exists.

    Returns
    -------
    User name, role and password of each account, in the order of the roles. The password is kept nowhere else.
    """
    made = []
    for role, (username, display_name) in NAMES.items():
        password = secrets.token_urlsafe(12)
        user, _new = User.objects.get_or_create(username=username, defaults={"display_name": display_name})
        user.display_name = display_name
        user.is_active = True
        user.set_password(password)
        user.save()
        # A demonstration account holds this one role and nothing else, whatever it was given before.
        Membership.objects.filter(user=user).exclude(municipality_id=municipality, role=role).delete()
        Membership.objects.get_or_create(user=user, municipality_id=municipality, role=role)
        made.append(DemoAccount(username, role.value, password))
    return made
