"""The one Python face of revisions: open a change, finish it, ask for the last one."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import connection

from geodata.ledger.models import Change


def open_change(verb: str, *, acting_user: AbstractBaseUser | None, themes: Iterable[str]) -> Change:
    """Begin a change inside the current transaction; nobody sees its versions before :func:`finish_change`."""
    return Change.objects.create(
        verb=verb, acting_user_id=None if acting_user is None else acting_user.pk, themes=list(themes)
    )


def finish_change(change: Change) -> int:
    """Give the change the next revision number and the clock's time; must be the last act of the transaction.

    Takes the one advisory lock, which is held until commit: revision order is commit order.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT ledger_finish_change(%s)", [change.pk])
        revision = int(cursor.fetchone()[0])
    change.refresh_from_db(fields=["revision", "recorded_at", "epoch"])
    return revision


def last_revision(themes: Iterable[str] = ()) -> int:
    """The last finished revision, of any theme or of the given ones; 0 when there is none."""
    rows = Change.objects.filter(revision__isnull=False)
    wanted = list(themes)
    if wanted:
        rows = rows.filter(themes__overlap=wanted)
    return rows.order_by("-revision").values_list("revision", flat=True).first() or 0


def revision_at(known: int | datetime) -> int:
    """The last revision finished by a moment in time; a revision stands for itself.

    Times of revisions only grow, also when the server's clock is set back, so "the last" is one answer.

    Raises
    ------
    ValueError : a moment without a time zone, which could be two moments.
    """
    if isinstance(known, int):
        return known
    if known.tzinfo is None:
        raise ValueError(f"{known.isoformat()} has no time zone; say which one is meant")
    rows = Change.objects.filter(recorded_at__lte=known, revision__isnull=False)
    return rows.order_by("-recorded_at").values_list("revision", flat=True).first() or 0
