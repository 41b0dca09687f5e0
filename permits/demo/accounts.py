"""Demonstration accounts: one for each role, with a password that only this clone knows."""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from typing import Final

from django.contrib.auth.hashers import make_password
from django.db import transaction

from geodata.accounts.models import Membership, Role, User
from permits.demo import names

#: What the accounts are called on the page (by what they do; no persons).
_SHOWN: Final = {
    Role.APPLICANT: "Demo: ansøger", Role.ADVISER: "Demo: rådgiver", Role.CASE_WORKER: "Demo: sagsbehandler",
    Role.PLANNER: "Demo: planlægger", Role.LEAD: "Demo: teamleder", Role.REGISTER_CLERK: "Demo: registerfører",
    Role.ADMINISTRATOR: "Demo: administrator", Role.AUDITOR: "Demo: revisor",
}  # fmt: skip


def make_accounts(written_to: Path | None) -> int:
    """Create the accounts that are missing and answer how many were.

    Parameters
    ----------
    written_to : file, readable by its owner only, that gets names and passwords; None = nobody can sign in.
    """
    made: list[tuple[str, str, str]] = []
    # One password for all of them, hashed once: a second each is too long to wait for a demonstration.
    password = secrets.token_urlsafe(12) if written_to else ""
    stored = make_password(password or None)
    with transaction.atomic():
        for role in Role:
            name = f"demo-{role.value.replace('_', '-')}"
            if User.objects.filter(username=name).exists():
                continue
            user = User.objects.create(username=name, display_name=_SHOWN[role], password=stored)
            Membership.objects.create(user=user, municipality_id=names.CODE, role=role.value)
            made.append((name, password, _SHOWN[role]))
        if made and written_to:
            _write(written_to, made)
    return len(made)


def _write(path: Path, made: list[tuple[str, str, str]]) -> None:
    before = path.read_text(encoding="utf-8") if path.exists() else ""
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = "".join(f"{name}\t{password}\t{shown}\n" for name, password, shown in made)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(before + lines)
