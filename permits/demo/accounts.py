"""Demonstration accounts, and the file that tells only this clone how to use them."""

from __future__ import annotations

import os
from pathlib import Path

from geodata.accounts.demo import SHOWN, DemoAccount, demo_accounts
from geodata.accounts.models import Membership
from permits.demo import names


def make_accounts(written_to: Path | None) -> int:
    """Create the accounts if one of them is missing and answer how many there are then, else 0.

    Parameters
    ----------
    written_to : file, readable by its owner only, that gets names and passwords; None = nobody can sign in.
    """
    there = Membership.objects.filter(municipality_id=names.CODE, user__username__startswith="demo-").count()
    if there == len(SHOWN):
        return 0
    made = demo_accounts(names.CODE, usable=written_to is not None)
    if written_to is not None:
        _write(written_to, made)
    return len(made)


def _write(path: Path, made: list[DemoAccount]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.writelines(f"{account.username}\t{account.password}\t{account.role}\n" for account in made)
