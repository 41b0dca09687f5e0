"""Roles and verbs: the one table, and that every action asks it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied

from geodata.accounts.models import Role, User
from geodata.accounts.permissions import MAY, NATIONAL, allowed, require
from geodata.accounts.tenancy import tenant
from geodata.ledger.action import recorded
from geodata.ledger.models import AuditRow
from tests.geodata.accounts.people import OTHER, OWN, person

pytestmark = pytest.mark.django_db
ROOT = Path(__file__).resolve().parents[3]


@pytest.mark.parametrize("role", list(Role))
def test_a_role_counts_in_its_own_municipality_only(role: Role) -> None:
    user = person(role, OWN)
    for verb, roles in MAY.items():
        assert allowed(user, verb, OWN) == (role in roles)
        assert not allowed(user, verb, OTHER)
        assert allowed(user, verb, None) == (role in roles and verb in NATIONAL)


def test_strangers_closed_accounts_and_superusers_may_nothing() -> None:
    closed = person(Role.LEAD, OWN)
    closed.is_active = False
    closed.save()
    mighty = User.objects.create(username="root", is_superuser=True, is_staff=True)
    for verb in MAY:
        for user in (AnonymousUser(), None, closed, mighty):
            assert not allowed(user, verb, OWN)


def test_an_unknown_verb_is_nobodys() -> None:
    assert not allowed(person(Role.ADMINISTRATOR, OWN), "permits.do_anything", OWN)
    with pytest.raises(PermissionDenied, match=r"Ingen på webstedet må gøre dette"):
        require(person(Role.LEAD, OWN), "permits.do_anything", OWN)


def test_the_refusal_names_the_roles_that_may() -> None:
    with pytest.raises(PermissionDenied, match=r"0167.*sagsbehandler, teamleder"):
        require(person(Role.APPLICANT, OWN), "permits.decide_case", OWN)


def test_every_action_asks() -> None:
    with (
        pytest.raises(PermissionDenied),
        recorded("permits.check_applications", acting_user=person(Role.APPLICANT, OWN), municipality=OWN),
    ):
        raise AssertionError("the action must not begin")
    lead = person(Role.LEAD, OWN)
    with (
        pytest.raises(PermissionDenied),
        recorded("permits.check_applications", acting_user=lead, municipality=OTHER),
    ):
        raise AssertionError("the action must not begin")
    with recorded("permits.check_applications", acting_user=lead, municipality=OWN, subject="sag"):
        pass
    with tenant(OWN):
        assert AuditRow.objects.get().acting_user_id == lead.pk


def test_every_verb_that_is_recorded_stands_in_the_table() -> None:
    recorded_verbs = set()
    for room in ("geodata", "planning", "permits", "gml", "tileserver", "config"):
        for path in (ROOT / room).rglob("*.py"):
            recorded_verbs |= set(re.findall(r"recorded\(\s*\"([^\"]+)\"", path.read_text(encoding="utf-8")))
    assert recorded_verbs, "the search found nothing"
    assert recorded_verbs <= set(MAY)
