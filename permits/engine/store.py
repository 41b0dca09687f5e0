"""Keep findings: one narrow row each, by COPY, in one transaction with their run."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from django.db import connection

from geodata.columns import columns_of
from geodata.columns_copy import Type, copy_stream, stream
from geodata.frames import run_sql
from geodata.ledger.revisions import last_revision
from permits.engine.rulesets import choose
from permits.engine.run import worth_keeping
from permits.engine.version import ENGINE_VERSION
from permits.engine.world import World
from permits.models.findings import Run
from permits.outcomes import worst_of

_COLUMNS: Final[dict[str, Type]] = {
    "run_id": "int8",
    "application_id": "int8",
    "building": "int8",
    "rule": "varchar",
    "outcome": "varchar",
    "reason": "varchar",
    "flags": "int4",
    "measured": "float8",
    "limit": "float8",
    "margin": "float8",
    "x": "float8",
    "y": "float8",
    "edge": "int8",
    "feature": "int8",
    "area": "int8",
}


@dataclass(frozen=True)
class Looked:
    """Where the check of each application looked: its box (west, south, east, north), NaN where nothing is drawn;
    the first of its findings among those that are written with it, and the one after the last; the worst it found.
    """

    run: int
    application: npt.NDArray[np.int64]
    box: npt.NDArray[np.float64]
    findings: npt.NDArray[np.int64]
    ruleset: list[str]
    answer: list[str]  # the worst one, as people see it
    breaches: list[int]


@dataclass(frozen=True)
class Rows:
    """Findings on their way into the database, and where they come from; may go from one process to another."""

    count: int
    stream: list[bytes]
    looked: Looked


def open_run(
    *, rules: Collection[str], rulesets: Collection[str], valid_on: date, revision: int | None = None
) -> Run:
    """Record with which engine, on which knowledge and for which day the rules are run.

    ``revision`` is the knowledge; None = the last one.
    """
    return Run.objects.create(
        engine_version=ENGINE_VERSION,
        revision=last_revision() if revision is None else revision,
        valid_on=valid_on,
        rules=sorted(rules),
        rulesets=sorted(rulesets),
        first_finding=_last_key() + 1,
    )


def rows_of(run: int, world: World, findings: pd.DataFrame) -> Rows:
    """The findings of one World that are worth keeping, as rows of the run with this id.

    The key of a plan area is stored as the id of the plan.
    """
    kept = columns_of(worth_keeping(findings))
    site, area = world.rows("sites", kept["site"]), world.rows("areas", kept["area"])
    columns: dict[str, Any] = {
        "run_id": np.full(len(site), run),
        "application_id": world.column("sites", "case_key")[site],
        # The place behind the last stands for no plan.
        "area": np.append(world.column("areas", "plan"), -1)[area],
    }
    columns = {name: kept[name] for name in _COLUMNS if name not in columns} | columns
    return Rows(len(site), stream(columns, _COLUMNS), _looked(run, world, columns, site))


def _looked(run: int, world: World, found: Mapping[str, Any], of_site: npt.NDArray[np.int64]) -> Looked:
    """Boxes around land, drawings and ground of the sites, and where and how bad the findings are.

    ``of_site``: rising, the row of each finding's site.
    """
    proposed = world.column("buildings", "proposed")
    site = world.column("sites", "site")
    of = np.concatenate([world.column("parcels", "site"), world.column("buildings", "site")[proposed], site])
    bounds = shapely.bounds(
        np.concatenate(
            [
                world.column("parcels", "geometry"),
                world.column("buildings", "geometry")[proposed],
                world.column("sites", "geometry"),
            ]
        )
    )
    row = np.searchsorted(site, of)
    box = np.full((len(site), 4), np.nan)
    # fmin and fmax leave aside what has no bounds.
    np.fmin.at(box[:, :2], row, bounds[:, :2])
    np.fmax.at(box[:, 2:], row, bounds[:, 2:])
    case = world.column("sites", "case_key")
    worst = worst_of(case, found["application_id"], found["outcome"], found["reason"])
    rows = np.searchsorted(of_site, np.arange(len(site) + 1))
    return Looked(run, case, box, np.stack([rows[:-1], rows[1:]], axis=1), choose(world).tolist(), *worst)


def put(rows: Rows) -> int:
    """Write findings, make them the newest of their applications, and answer how many rows."""
    before = _last_key()
    copy_stream("permits_finding", _COLUMNS, rows.stream)
    run_sql(_KEEP_LOOKED, _looked_values(rows, before + 1, _last_key()))
    return rows.count


def _last_key() -> int:
    """Highest key of a finding that anybody has taken."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT last_value - 1 + is_called::int FROM permits_finding_id_seq")
        return int(cursor.fetchone()[0])


_KEEP_LOOKED: Final = """
INSERT INTO permits_lookedat
    (application_id, run_id, first_finding, last_finding, ruleset, box, affected, answer, breaches)
SELECT a, %s, f, l, coalesce(r, ''), CASE WHEN w <= e THEN ST_MakeEnvelope(w, s, e, n, 25832) END, false, o, b
FROM unnest(%s, %s, %s, string_to_array(%s, chr(31)), %s, %s, %s, %s, string_to_array(%s, chr(31)), %s)
    AS t(a, f, l, r, w, s, e, n, o, b)
ON CONFLICT (application_id) DO UPDATE SET run_id = excluded.run_id, first_finding = excluded.first_finding,
    last_finding = excluded.last_finding, ruleset = excluded.ruleset, box = excluded.box, affected = false,
    answer = excluded.answer, breaches = excluded.breaches
"""


def _looked_values(rows: Rows, next_key: int, last_key: int) -> list[Any]:
    looked = rows.looked
    # Keys rise from row to row; somebody who writes at the same time takes some from between. So no row has a lower
    # key than its place from the first, nor a higher one than its place from the last.
    first = next_key + looked.findings[:, 0]
    last = last_key - (rows.count - looked.findings[:, 1])
    # NaN is larger than any number in PostgreSQL and equal to itself, so that it would pass for a box.
    box = np.where(np.isnan(looked.box), np.array([1.0, 1.0, 0.0, 0.0]), looked.box)
    names, answers = ("\x1f".join(words) for words in (looked.ruleset, looked.answer))
    breaches = np.array(looked.breaches, dtype=np.int64)
    return [looked.run, looked.application, first, last, names, *box.T, answers, breaches]


def store(run: Run, world: World, findings: pd.DataFrame) -> int:
    """Write the findings of one World; see :func:`rows_of` and :func:`put`."""
    return put(rows_of(run.pk, world, findings))


def finish_run(run: Run) -> None:
    """Say that the run is complete."""
    run.finished_at = datetime.now(UTC)
    run.last_finding = _last_key()
    run.save(update_fields=["finished_at", "last_finding"])
