"""Verb: hand out the log of look-ups as a table."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from typing import Any, Final

from django.db.models import QuerySet
from django.utils import timezone

from geodata.accounts.models import User
from geodata.ledger.action import recorded
from geodata.property_lookup.models.looks import Look

COLUMNS: Final = ("at", "user", "what", "subject", "seen", "purpose", "purpose_src")
#: What spreadsheets take for the beginning of a formula, also behind spaces; the wide signs too.
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def export_looks(
    *, acting_user: User, municipality: str, since: date | None = None, until: date | None = None
) -> str:
    """The log of look-ups (opslagslog) of a municipality as CSV; that it was exported is recorded.

    Parameters
    ----------
    since, until : first and last day, both inclusive; None = open.

    Returns
    -------
    Text with a byte order mark, columns parted by semicolons as Danish spreadsheets read it, oldest first. Cells
    that a spreadsheet would take for formulas are made plain text by an apostrophe.

    Raises
    ------
    geodata.ledger.action.Refused, django.core.exceptions.PermissionDenied : a guard says no.
    """
    with recorded(
        "lookup.export_looks",
        acting_user=acting_user,
        municipality=municipality,
        subject=f"{since or '…'} to {until or '…'}",
    ) as recorder:
        found = between(Look.objects.filter(municipality_id=municipality), since, until)
        rows = list(found.select_related("user").order_by("id"))
        recorder.detail = {"rows": len(rows), "since": since, "until": until}
        return table(
            (
                timezone.localtime(row.at).isoformat(timespec="seconds"),
                row.user.username,
                row.what,
                row.subject,
                ", ".join(map(str, row.seen)),
                row.purpose,
                row.purpose_src,
            )
            for row in rows
        )


def between(rows: QuerySet[Look], since: date | None, until: date | None) -> QuerySet[Look]:
    """Rows of some days, both inclusive."""
    if since:
        rows = rows.filter(at__gte=timezone.make_aware(datetime.combine(since, time.min)))
    if until and until < date.max:
        rows = rows.filter(at__lt=timezone.make_aware(datetime.combine(until + timedelta(days=1), time.min)))
    return rows


def table(rows: Iterable[Iterable[Any]]) -> str:
    """Rows as CSV, with the names of the columns first."""
    written = io.StringIO()
    writer = csv.writer(written, delimiter=";", lineterminator="\r\n")
    writer.writerow(COLUMNS)
    writer.writerows([harmless(cell) for cell in row] for row in rows)
    return "\ufeff" + written.getvalue()


def harmless(cell: Any) -> str:
    """A cell that no spreadsheet reckons with: what begins like a formula gets an apostrophe in front."""
    text = str(cell)
    return f"'{text}" if text.lstrip(" \u00a0\u200b\ufeff").startswith(_FORMULA) else text
