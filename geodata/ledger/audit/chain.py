"""Checking the audit trail: every row unchanged, none missing, none put in.

The database numbers the rows of a municipality (a *chain*; "" is that of no municipality) and gives each the hash
of itself and of the row before. Whoever may rewrite the whole database can also reckon a chain anew: keep the heads
that ``verify_audit`` prints somewhere else and compare them later.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from django.db import connection, transaction

#: One statement, so that it sees one moment even while others write.
_FAULTS: Final = """
WITH chained AS (
    SELECT coalesce(municipality_id, '') AS chain, sequence, id, verb, subject, hash,
        ledger_audit_hash(r, previous) AS own, previous,
        lag(sequence) OVER w AS before, lag(hash) OVER w AS before_hash, lag(id) OVER w AS before_id
    FROM ledger_auditrow r
    WINDOW w AS (PARTITION BY coalesce(municipality_id, '') ORDER BY sequence, id)
), ends AS (
    SELECT DISTINCT ON (chain) chain, sequence, hash, id FROM chained ORDER BY chain, sequence DESC, id DESC
)
SELECT c.chain, 'changed' AS kind, c.sequence AS first, c.sequence AS last, c.id, c.verb || ' ' || c.subject AS what
    FROM chained c WHERE own <> hash
UNION ALL
SELECT chain, 'missing', coalesce(before, 0) + 1, sequence - 1, NULL, ''
    FROM chained WHERE sequence > coalesce(before, 0) + 1
UNION ALL
SELECT c.chain, 'inserted', c.sequence, c.sequence, c.id, c.verb || ' ' || c.subject
    FROM chained c LEFT JOIN ledger_audithead h USING (chain)
    WHERE c.sequence <= coalesce(c.before, 0) OR h.sequence IS NULL OR c.sequence > h.sequence
UNION ALL
SELECT chain, 'exchanged', before, before, before_id, ''
    FROM chained WHERE sequence = before + 1 AND previous <> before_hash AND own = hash
UNION ALL
SELECT chain, 'exchanged', sequence, sequence, id, verb || ' ' || subject
    FROM chained WHERE sequence = 1 AND before IS NULL AND previous <> ''
UNION ALL
SELECT h.chain, 'missing', coalesce(e.sequence, 0) + 1, h.sequence, NULL, ''
    FROM ledger_audithead h LEFT JOIN ends e USING (chain) WHERE coalesce(e.sequence, 0) < h.sequence
UNION ALL
SELECT h.chain, 'exchanged', h.sequence, h.sequence, e.id, ''
    FROM ledger_audithead h JOIN ends e USING (chain, sequence) WHERE e.hash <> h.hash
ORDER BY 1, 3, 2
"""


@dataclass(frozen=True)
class Fault:
    """Something that is not as it was written; ``first`` and ``last`` are numbers in the chain."""

    chain: str
    kind: str
    first: int
    last: int
    row: int | None
    what: str

    def line(self) -> str:
        """The fault in one English line, for the terminal."""
        where = f"chain {self.chain or '-'}"
        number = f"row {self.first}" if self.first == self.last else f"rows {self.first} to {self.last}"
        said = {
            "changed": "was changed after it was written",
            "exchanged": "is not the row that was written there: the hash kept beside it says otherwise",
            "missing": "is missing" if self.first == self.last else "are missing",
            "inserted": "was put in: the chain has no such number",
        }[self.kind]
        known = f" (id {self.row}{': ' + self.what if self.what else ''})" if self.row is not None else ""
        return f"{where}, {number} {said}{known}"


@dataclass(frozen=True)
class Head:
    """Where a chain ends."""

    chain: str
    sequence: int
    hash: str


def heads() -> list[Head]:
    """The last row of each chain, for whoever: the site itself may not read the table that holds them."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT chain, sequence, hash FROM ledger_audit_heads()")
        return [Head(chain.strip(), sequence, digest) for chain, sequence, digest in cursor.fetchall()]


def verify() -> tuple[list[Fault], list[Head]]:
    """All faults of all chains, and where the chains end. Needs the owner's connection.

    Notes
    -----
    Reads every row once. The owner says ``app.audit`` first; without that, row-level security shows no rows, and
    every row would seem to be missing.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT set_config('app.audit', 'on', true)")
        cursor.execute(_FAULTS)
        faults = [Fault(*row) for row in cursor.fetchall()]
        cursor.execute("SELECT chain, sequence, hash FROM ledger_audithead ORDER BY chain")
        heads = [Head(*row) for row in cursor.fetchall()]
        cursor.execute("SELECT set_config('app.audit', '', true)")
    return faults, heads
