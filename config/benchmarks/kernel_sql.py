"""Rules that SQL can say, said in SQL: PostGIS on the World's own frames, joined by key, on all processors.

Each rule's answer is stored as a table with the columns of a finding that the rule fills, as the kernel's are. The
kernel works in portions, as every run of the rules does; all rules together it spreads over the processors too, and
what is measured includes starting the processes and collecting their findings.
"""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from functools import partial
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd
from django.db import connection

from config.benchmarks.bars import Bar, median_s
from config.benchmarks.grid import grid_world
from geodata.columns import columns_of
from geodata.frames import copy_text, copy_texts, shape_texts
from geodata.parallel import processors
from geodata.shapes import column
from permits.engine.assess import CHUNK
from permits.engine.prepare import prepare
from permits.engine.rulesets import load
from permits.engine.world import World
from permits.rulebook import Rule, Ruleset, discover, joined, tabled

Tell = Callable[[str], object]

#: Rule → (which rows of its findings are compared, SQL of site, building, measured and the worst point).
QUERIES: Final[dict[str, str]] = {
    "site.inside_parcel": (
        "SELECT b.site, b.building, CASE WHEN ST_Covers(p.geometry, b.geometry) THEN 0.0 "
        "ELSE ST_Area(ST_Difference(b.geometry, p.geometry)) END AS measured, "
        "NULL::float8 AS x, NULL::float8 AS y "
        "FROM k_building b JOIN k_parcel p USING (site) WHERE b.proposed"
    ),
    "br18.boundary_distance": (
        "SELECT DISTINCT ON (b.building) b.site, b.building, "
        "greatest(ST_Distance(b.geometry, e.geometry) - greatest(b.eaves_m - 0.5, 0.0), 0.0) AS measured, "
        "ST_X(ST_StartPoint(ST_ShortestLine(b.geometry, e.geometry))) AS x, "
        "ST_Y(ST_StartPoint(ST_ShortestLine(b.geometry, e.geometry))) AS y "
        "FROM k_building b JOIN k_edge e USING (site) "
        "WHERE b.proposed AND b.kind IN ('detached_house', 'double_house') AND e.kind <> 'road' "
        "ORDER BY b.building, ST_Distance(b.geometry, e.geometry)"
    ),
    "plan.building_field": (
        "SELECT b.site, b.building, CASE WHEN ST_Covers(f.geometry, b.geometry) THEN 0.0 "
        "ELSE ST_Area(ST_Difference(b.geometry, f.geometry)) END AS measured, "
        "NULL::float8 AS x, NULL::float8 AS y "
        "FROM k_building b JOIN k_field f USING (site) WHERE b.proposed"
    ),
    "plan.storeys": (
        "SELECT b.site, b.building, b.storeys AS measured, NULL::float8 AS x, NULL::float8 AS y "
        "FROM k_building b JOIN k_limit l USING (site) WHERE b.proposed AND b.role = 'primary' "
        "AND l.matter = 'max_storeys'"
    ),
    "plan.plot_ratio": (
        "SELECT b.site, -1::bigint AS building, 100.0 * sum(b.floor_m2) / min(p.registered_m2) AS measured, "
        "NULL::float8 AS x, NULL::float8 AS y FROM k_building b JOIN k_parcel p USING (site) "
        "JOIN k_limit l USING (site) WHERE l.matter = 'plot_ratio' GROUP BY b.site"
    ),
}
#: Rules whose numbers are the very same; the others count floor area and cut by law, which SQL here does not.
_EQUAL: Final = ("site.inside_parcel", "br18.boundary_distance", "plan.storeys")


def measure(tell: Tell, size: int, runs: int) -> list[Bar]:
    """Times of both for each rule, and for all of them together, which has the bar."""
    tell(f"SQL of {len(QUERIES)} rules …")
    world = grid_world(size)
    sites = world.column("sites", "site")
    parts = [prepare(world.select(sites[at : at + CHUNK])) for at in range(0, size, CHUNK)]
    ruleset, rules = load()[_newest()], discover()
    _tables(world)
    del world
    bars, theirs_all = [], 0.0
    for name, query in QUERIES.items():
        theirs = median_s(lambda query=query: _store(query), runs=runs)  # type: ignore[misc]
        ours = median_s(partial(_checked, rules[name], parts, ruleset), runs=runs)
        theirs_all += theirs
        bars.append(Bar(f"{name}, kernel ÷ SQL", ours / theirs, against=f"{ours:.2f} s to {theirs:.2f} s"))
    together = partial(_spread, [rules[name] for name in QUERIES], parts, ruleset)
    for name, table in zip(QUERIES, together(), strict=True):
        if name in _EQUAL:
            _same(name, table)
    ours_all = median_s(together, runs=runs)
    bars.append(
        Bar(
            "rules that SQL can say, together",
            ours_all / theirs_all,
            1.0,
            against=f"{ours_all:.2f} s to {theirs_all:.2f} s, both on {processors()} processors",
        )
    )
    return bars


def _checked(rule: Rule, parts: Sequence[World], ruleset: Ruleset) -> pd.DataFrame:
    """Findings of one rule; what came with the frames stays, as indices and statistics of tables do, nothing else."""
    return joined(*(rule.check(replace(part, derived=dict(part.derived)), ruleset) for part in parts))


#: What a started process works on; it has it from its parent's memory, as the action's have theirs from the database.
_HANDED: Final[list[tuple[Sequence[Rule], Sequence[World], Ruleset]]] = []


def _spread(rules: Sequence[Rule], parts: Sequence[World], ruleset: Ruleset) -> list[pd.DataFrame]:
    """Findings of each rule, worked out portion by portion in as many processes as there are processors."""
    _HANDED[:] = [(rules, parts, ruleset)]
    with ProcessPoolExecutor(processors(), mp_context=multiprocessing.get_context("fork")) as pool:
        found = list(pool.map(_of_part, range(len(parts))))
    return [joined(*(tabled(of_part[at]) for of_part in found)) for at in range(len(rules))]


def _of_part(number: int) -> list[dict[str, npt.NDArray[Any]]]:
    rules, parts, ruleset = _HANDED[0]
    return [columns_of(_checked(rule, parts[number : number + 1], ruleset)) for rule in rules]


def _newest() -> str:
    return max(name for name in load() if name.startswith("BR18-"))


def _tables(world: Any) -> None:
    buildings, edges, parcels, areas = world.buildings, world.edges, world.parcels, world.areas
    site_of = areas.set_index("area")["site"]
    limits = world.limits[world.limits["area"] % 8 == 0]
    _table("k_building", "site bigint, building bigint, role text, kind text, proposed bool, storeys float8, "
           "floor_m2 float8, eaves_m float8", buildings, ("site", "building", "role", "kind", "proposed", "storeys",
           "floor_m2", "eaves_m"))  # fmt: skip
    _table("k_edge", "site bigint, kind text", edges, ("site", "kind"))
    _table("k_parcel", "site bigint, registered_m2 float8", parcels, ("site", "registered_m2"))
    _table("k_field", "site bigint", areas[areas["level"] == "building_field"], ("site",))
    said = pd.DataFrame(limits.assign(site=site_of.reindex(limits["area"]).to_numpy()))
    _table("k_limit", "site bigint, matter text, value float8", said, ("site", "matter", "value"))


def _table(name: str, definition: str, rows: pd.DataFrame, columns: tuple[str, ...]) -> None:
    shaped = "geometry" in rows.columns
    with connection.cursor() as cursor:
        cursor.execute(
            f"CREATE UNLOGGED TABLE {name} ({definition}{', geometry geometry(Geometry,25832)' if shaped else ''})"
        )
    texts = [copy_text(None if value != value else value for value in rows[c].tolist()) for c in columns]  # noqa: PLR0124
    if shaped:
        texts.append(shape_texts(column(rows["geometry"])))
    copy_texts(name, [*columns, "geometry"] if shaped else list(columns), texts)
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE INDEX ON {name} (site)")
        cursor.execute(f"ANALYZE {name}")


def _store(query: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS k_answer")
        cursor.execute("SET max_parallel_workers_per_gather = %s", [os.cpu_count()])
        cursor.execute(
            "SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0; SET min_parallel_table_scan_size = 0"
        )
        cursor.execute("SET work_mem = '256MB'")
        cursor.execute(f"CREATE UNLOGGED TABLE k_answer AS {query}")


def _same(name: str, table: pd.DataFrame) -> None:
    """Both have measured the same of every building that both have measured."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT site, building, measured FROM ({QUERIES[name]}) q")
        theirs = pd.DataFrame(cursor.fetchall(), columns=["site", "building", "measured"])
    ours = table.loc[table["measured"].notna(), ["site", "building", "measured", "outcome"]]
    both = theirs.merge(ours, on=["site", "building"], suffixes=("_sql", ""))
    apart = np.abs(both["measured_sql"].to_numpy(dtype=np.float64) - both["measured"].to_numpy())
    # A stretch of certain kind comes before a nearer one that could be a road: there the two differ by law.
    if not len(both) or np.mean(apart > 0.02) > 0.02:
        raise AssertionError(f"{name}: SQL measures something else than the kernel")
