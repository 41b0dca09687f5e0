"""People of two municipalities, one for each role, and a connection as the site has it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import parse_qsl, urlsplit

import psycopg
from django.db import connection

from geodata.accounts.models import Membership, Municipality, Role, User

OWN, OTHER = "0167", "0253"


def municipalities() -> None:
    """The two municipalities."""
    for code, name in ((OWN, "Prøve Kommune"), (OTHER, "Anden Kommune")):
        Municipality.objects.get_or_create(code=code, defaults={"name": name})


def person(role: Role, *codes: str, name: str = "") -> User:
    """Somebody with one role in some municipalities."""
    municipalities()
    user = User.objects.create(username=name or f"{role}-{'-'.join(codes)}")
    for code in codes:
        Membership.objects.create(user=user, municipality_id=code, role=role)
    return user


@contextmanager
def connected(role: str) -> Iterator[psycopg.Connection]:
    """A second connection to the test database, as ``app`` or ``worker`` are on a real site."""
    variable = {"app": "DATABASE_URL", "worker": "DATABASE_WORKER_URL"}[role]
    parts = urlsplit(os.environ[variable])
    assert parts.username == role, "the tests need the three roles of the private cluster"
    settings = {
        "dbname": connection.settings_dict["NAME"],
        "user": role,
        "password": parts.password or None,
        "host": parts.hostname or dict(parse_qsl(parts.query)).get("host"),
        "port": parts.port,
    }
    with psycopg.connect(**{k: v for k, v in settings.items() if v is not None}, autocommit=True) as opened:
        yield opened


def speak_for(opened: psycopg.Connection, code: str) -> None:
    """Name the municipality for the transaction that is open."""
    opened.execute("SELECT set_config('app.tenant', %s, true)", [code])
