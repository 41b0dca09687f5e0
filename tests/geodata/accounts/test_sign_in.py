"""Signing in and out, limits on attempts, the choice of a municipality, and that nothing leaves our origin."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client

from geodata.accounts.demo import demo_accounts
from geodata.accounts.models import Membership, Role, User
from geodata.accounts.tenancy import tenant
from permits.models.applications import Application
from tests.geodata.accounts.people import OTHER, OWN, municipalities, person

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.filterwarnings("ignore:No directory at:UserWarning"),
]
PASSWORD = "fire-kloge-ugler"


@pytest.fixture(autouse=True)
def _no_attempts_yet(settings: Any) -> None:
    cache.clear()
    settings.PASSWORD_HASHERS = [
        "django.contrib.auth.hashers.MD5PasswordHasher"
    ]  # a slow one proves nothing here


def account(role: Role, *codes: str, **fields: Any) -> User:
    user = person(role, *codes)
    for name, value in fields.items():
        setattr(user, name, value)
    user.set_password(PASSWORD)
    user.save()
    return user


def sign_in(client: Client, login: str, password: str = PASSWORD) -> Any:
    return client.post("/konto/login/", {"login": login, "password": password})


@pytest.mark.parametrize("login", ["lead-0167", "LEAD-0167", "tove@example.dk"])
def test_sign_in_by_user_name_or_mail(login: str) -> None:
    account(Role.LEAD, OWN, email="tove@example.dk")
    client = Client()
    response = sign_in(client, login)
    assert response.status_code == 302
    assert response["Location"] == "/"
    assert "Log ud" in client.get("/").content.decode()
    assert client.post("/konto/logout/")["Location"] == "/"
    assert "Log ind" in client.get("/").content.decode()


def test_a_wrong_password_is_told_in_danish_and_names_no_account() -> None:
    account(Role.LEAD, OWN)
    answers = []
    for login in ("lead-0167", "nobody"):
        response = sign_in(Client(), login, "forkert")
        assert response.status_code == 200
        answers.append(re.findall(r'class="alert-text">([^<]+)<', response.content.decode()))
    assert answers[0] == answers[1]
    assert answers[0], "nothing was said"


def test_a_closed_account_does_not_get_in() -> None:
    account(Role.LEAD, OWN, is_active=False)
    client = Client()
    sign_in(client, "lead-0167")
    assert "_auth_user_id" not in client.session


def test_attempts_are_limited_for_an_account() -> None:
    account(Role.LEAD, OWN)
    for _ in range(5):
        sign_in(Client(), "lead-0167", "forkert")
    client = Client()
    response = sign_in(client, "lead-0167")
    assert "_auth_user_id" not in client.session
    assert response.status_code in (200, 429)


def test_the_next_address_stays_on_our_site() -> None:
    account(Role.AUDITOR, OWN)
    form = {"login": "auditor-0167", "password": PASSWORD}
    assert Client().post("/konto/login/", {**form, "next": "/audit/"})["Location"] == "/audit/"
    assert Client().post("/konto/login/", {**form, "next": "https://evil.example/"})["Location"] == "/"


def test_sign_up_is_closed_unless_opened(settings: Any) -> None:
    form = {"username": "ny", "email": "ny@example.dk", "password1": PASSWORD, "password2": PASSWORD}
    assert "Det er kommunen, der opretter konti" in Client().get("/konto/signup/").content.decode()
    Client().post("/konto/signup/", form)
    assert not User.objects.filter(username="ny").exists()
    settings.ACCOUNT_SIGNUP_OPEN = True
    assert "Opret konto" in Client().get("/konto/signup/").content.decode()
    Client().post("/konto/signup/", form)
    made = User.objects.get(username="ny")
    assert not made.memberships.exists(), "a new account has no role"


@pytest.mark.parametrize("path", ["/konto/login/", "/konto/signup/", "/konto/logout/", "/konto/password/"])
def test_pages_ask_nobody_else_and_run_no_foreign_script(path: str) -> None:
    client = Client()
    if "login" not in path:
        client.force_login(account(Role.LEAD, OWN))
    response = client.get(path, follow=True)
    assert response.status_code == 200
    text = response.content.decode()
    assert not re.findall(r'(?:src|href|action)="(?:https?:)?//[^"]+', text)
    assert not re.findall(r"<script(?![^>]*nonce)(?![^>]*src)", text)
    assert "default-src 'self'" in response["Content-Security-Policy"]
    assert '<html lang="da"' in text


def test_forged_forms_are_refused() -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(account(Role.LEAD, OWN, OTHER))
    for path in ("/konto/login/", "/konto/logout/", "/konto/municipality/"):
        assert client.post(path, {"municipality": OTHER}).status_code == 403


# -- whose cases -------------------------------------------------------------------------------------------------


def application(code: str, title: str) -> Application:
    municipalities()
    with tenant(code):
        return Application.objects.create(
            municipality_id=code, number=title, title=title, work="new", applied_on="2026-02-01"
        )


@pytest.fixture
def cases() -> dict[str, Application]:
    return {code: application(code, f"Hus i {code}") for code in (OWN, OTHER)}


@pytest.mark.parametrize("role", list(Role))
def test_each_role_sees_its_own_municipality_at_most(cases: dict[str, Application], role: Role) -> None:
    client = Client()
    client.force_login(account(role, OWN))
    may = role in {Role.CASE_WORKER, Role.PLANNER, Role.LEAD, Role.AUDITOR}
    text = client.get("/").content.decode()
    assert (f"Hus i {OWN}" in text) == may
    assert f"Hus i {OTHER}" not in text
    for code, seen in ((OWN, may), (OTHER, False)):
        path = f"/sager/{cases[code].public_id}/"
        assert client.get(path).status_code == (200 if seen else 404)
        assert client.get(path + "evidence.json").status_code == (200 if seen else 404)


def test_somebody_with_two_municipalities_chooses(cases: dict[str, Application]) -> None:
    client = Client()
    client.force_login(account(Role.LEAD, OWN, OTHER))
    assert f"Hus i {OWN}" in client.get("/").content.decode()
    answer = client.post("/konto/municipality/", {"municipality": OTHER, "next": "//evil.example/"})
    assert answer["Location"] == "/"
    text = client.get("/").content.decode()
    assert f"Hus i {OTHER}" in text
    assert f"Hus i {OWN}" not in text
    Membership.objects.filter(municipality_id=OTHER).delete()
    assert f"Hus i {OTHER}" not in client.get("/").content.decode(), "the choice outlived the role"


def test_a_municipality_without_a_role_cannot_be_chosen(cases: dict[str, Application]) -> None:
    client = Client()
    client.force_login(account(Role.LEAD, OWN))
    assert client.post("/konto/municipality/", {"municipality": OTHER}).status_code == 403
    assert f"Hus i {OTHER}" not in client.get("/").content.decode()


def test_a_visitor_sees_the_demonstration_only(cases: dict[str, Application], settings: Any) -> None:
    assert "Hus i" not in Client().get("/").content.decode()
    settings.PLANVAERK_PUBLIC_TENANT = OWN
    text = Client().get("/").content.decode()
    assert f"Hus i {OWN}" in text
    assert f"Hus i {OTHER}" not in text


def test_demo_accounts_get_in_one_for_each_role() -> None:
    municipalities()
    first = demo_accounts(OWN)
    made = demo_accounts(OWN)
    assert [row.role for row in made] == list(Role)
    assert len({row.password for row in (*first, *made)}) == 2, "one for all, new at every call"
    assert Membership.objects.count() == 8
    client = Client()
    assert sign_in(client, made[4].username, made[4].password).status_code == 302
    cache.clear()
    assert sign_in(Client(), first[4].username, first[4].password).status_code == 200, "old passwords end"
