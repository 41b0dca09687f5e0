"""Quarantine: what could not be stored, with its reason, its place and its bytes as delivered."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import connection

from geodata.accounts.models import Municipality
from geodata.ledger.models import ImportRun, QuarantinedRecord
from geodata.readers.delivery import Rejected


def known_municipality(code: str | None) -> str | None:
    """The code when there is such a municipality in the database, else None."""
    return code if code and Municipality.objects.filter(pk=code).exists() else None


def set_aside(run: ImportRun, theme: str, rejected: Sequence[Rejected], municipality: str | None) -> None:
    """Keep what a delivery rejected; the session's tenant must be the municipality (None: of nobody)."""
    records = QuarantinedRecord.objects.bulk_create(
        QuarantinedRecord(
            run=run,
            theme=theme,
            record=r.record[:120],
            reason=r.reason[:60],
            explanation=r.explanation,
            place=r.place[:200],
        )
        for r in rejected
    )
    owner = known_municipality(municipality)
    with connection.cursor() as cursor:
        # Raw, because a row of no municipality may be written and not be read back.
        cursor.executemany(
            "INSERT INTO ledger_importoriginal (record_id, municipality_id, content) VALUES (%s, %s, %s)",
            [(record.pk, owner, r.original) for record, r in zip(records, rejected, strict=True)],
        )


def forget(run: ImportRun) -> None:
    """Remove the quarantine of a run that is given up; the originals go with their records by foreign key."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM ledger_quarantinedrecord WHERE run_id = %s", [run.pk])


def told(run: ImportRun) -> list[Rejected]:
    """What of a run is still in quarantine, without the bytes."""
    rows = QuarantinedRecord.objects.filter(run=run, settled_at__isnull=True).order_by("pk")
    return [Rejected(r.record, r.reason, r.explanation, r.place) for r in rows]
