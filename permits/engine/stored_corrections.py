"""Corrections out of the database, found again in a World; and the names of all that can be corrected there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from geodata import shapes
from geodata.frames import read_columns
from permits.engine.overrides import KEYS
from permits.engine.world import World

#: A stretch of boundary that passes this near the middle of the one corrected is that one, worked out anew.
SAME_EDGE_M: Final = 0.1


def targets(world: World, table: str) -> npt.NDArray[np.object_]:
    """Name of each row of a frame that stays the same from one World to the next; see ``Correction.target``."""
    keys = world.column(table, KEYS[table]).tolist()
    if table == "sites":
        named = ["site"] * len(keys)
    elif table == "buildings":
        rows = zip(keys, *(world.column(table, name).tolist() for name in ("proposed", "name")), strict=True)
        named = [f"b{key}" if proposed else f"s{name}" for key, proposed, name in rows]
    else:
        named = [{"parcels": "p", "edges": "e"}[table] + str(key) for key in keys]
    return np.array(named, dtype=object)


def with_corrections(
    world: World, applications: Sequence[int] | npt.NDArray[np.int64], known: int | None = None
) -> World:
    """Put the corrections of some applications that are not withdrawn into ``overrides``, the newest of each value.

    A stretch of boundary that was worked out anew has a new name: what was corrected under either is one value.

    Parameters
    ----------
    world : World of these applications; its sites are their ids.
    known : revision of knowledge: what was corrected or withdrawn later is not known; None = everything is.
    """
    then = (
        ""
        if known is None
        else f"AND {{}}.made_at <= (SELECT max(recorded_at) FROM ledger_change WHERE revision <= {int(known)}) "
    )
    columns = read_columns(
        'SELECT DISTINCT ON (c.application_id, c."table", c."column", c.target) c.id, c.application_id AS site, '
        'c."table", c."column", c.target, c.value, c.word, c.original, c.original_word, c.reason, '
        "coalesce(u.display_name, '') AS by, ST_AsBinary(c.place) AS geometry FROM permits_correction c "
        "LEFT JOIN accounts_user u ON u.id = c.made_by_id "
        f"WHERE c.application_id = ANY(%s) AND c.withdraws_id IS NULL {then.format('c')}"
        f"AND NOT EXISTS (SELECT FROM permits_correction w WHERE w.withdraws_id = c.id {then.format('w')}) "
        'ORDER BY c.application_id, c."table", c."column", c.target, c.id DESC',
        [np.asarray(applications, dtype=np.int64)],
    )
    if not len(columns["site"]):
        return world
    found = pd.DataFrame({name: pd.Series(values, dtype=values.dtype) for name, values in columns.items()})
    key = np.full(len(found), -1, dtype=np.int64)
    for table in KEYS:
        mine = np.flatnonzero(found["table"] == table)
        if not len(mine):
            continue
        rows = getattr(world, table)
        named = pd.Series(
            rows[KEYS[table]].to_numpy(), pd.MultiIndex.from_arrays([rows["site"], targets(world, table)])
        )
        named = named[~named.index.duplicated()]
        wanted = pd.MultiIndex.from_arrays([found["site"].iloc[mine], found["target"].iloc[mine]])
        key[mine] = named.reindex(wanted).fillna(-1).to_numpy(dtype=np.int64)
    _find_edges_again(world, found, key)
    found = pd.DataFrame(found.drop(columns=["target", "geometry"])).assign(key=key).sort_values("id")
    again = found.duplicated(["site", "table", "column", "key"], keep="last") & (found["key"] != -1)
    return world.with_(overrides=found[~again].drop(columns="id"))


def _find_edges_again(world: World, found: pd.DataFrame, key: npt.NDArray[np.int64]) -> None:
    """Stretches that were worked out anew since, by the middle of the old one: the nearest."""
    place = found["geometry"].to_numpy()
    lost = np.flatnonzero((found["table"] == "edges") & (key < 0) & ~shapely.is_missing(place))
    if not len(lost):
        return
    edges = world.edges
    i, j = shapes.pairs(found["site"].to_numpy()[lost], edges["site"].to_numpy())
    line = np.asarray(edges.geometry.array, dtype=object)
    distance = shapely.distance(place[lost[i]], line[j])
    near = np.flatnonzero(distance <= SAME_EDGE_M)
    order = near[np.lexsort((distance[near], i[near]))]
    row, first = np.unique(i[order], return_index=True)
    key[lost[row]] = edges["edge"].to_numpy()[j[order[first]]]
