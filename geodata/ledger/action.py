"""The base of every action: one verb, one acting user, one transaction, one audit row.

An action is one function in one file (``actions/<verb>.py``) with keyword-only ``acting_user``. It does its work
inside :func:`recorded`, which asks the guards first, writes the audit row, and finishes the change last.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection, transaction

from geodata.accounts.models import User
from geodata.accounts.tenancy import tenant
from geodata.ledger.models import Change
from geodata.ledger.revisions import finish_change, open_change
from geodata.registry import guards


class Refused(Exception):
    """A guard refused the action; ``reasons`` say why, each with its paragraph."""

    def __init__(self, reasons: list[str]) -> None:
        super().__init__("; ".join(reasons))
        self.reasons = reasons


@dataclass
class Recorder:
    """What the action fills in while it works."""

    verb: str
    acting_user: User | None
    subject: str = ""
    detail: dict[str, Any] = field(default_factory=dict)
    change: Change | None = None

    def begin_change(self, themes: Iterable[str]) -> Change:
        """Open the change under which versions are written; it is finished when the action ends."""
        if self.change is None:
            self.change = open_change(self.verb, acting_user=self.acting_user, themes=themes)
        return self.change


@contextmanager
def recorded(
    verb: str,
    *,
    acting_user: User | None,
    municipality: str | None,
    subject: str = "",
    **arguments: Any,
) -> Iterator[Recorder]:
    """Do one state change.

    Parameters
    ----------
    verb : name of the action, e.g. ``permits.submit_application``.
    acting_user : who does it; None = the system itself (a command at the terminal).
    municipality : code of the tenant whose personal data may be touched, None = none.
    subject : what it is done to, in words.
    **arguments : handed to the guards of the verb.

    Raises
    ------
    Refused : a guard says no; nothing is written.
    """
    reasons = guards.refusals(verb, acting_user=acting_user, municipality=municipality, **arguments)
    if reasons:
        raise Refused(reasons)
    with transaction.atomic(), tenant(municipality):
        recorder = Recorder(verb, acting_user, subject)
        yield recorder
        _audit(recorder, municipality)
        if recorder.change is not None:
            finish_change(recorder.change)


def _audit(recorder: Recorder, municipality: str | None) -> None:
    # Raw, because a row of no municipality may be written and not be read back (INSERT … RETURNING reads).
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO ledger_auditrow (municipality_id, verb, acting_user_id, subject, change_id, detail) "
            "VALUES (%s, %s, %s, %s, %s, %s)",
            [
                municipality,
                recorder.verb,
                recorder.acting_user.pk if recorder.acting_user else None,
                recorder.subject[:120],
                recorder.change.pk if recorder.change else None,
                json.dumps(recorder.detail, cls=DjangoJSONEncoder),
            ],
        )
