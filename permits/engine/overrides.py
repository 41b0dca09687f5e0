"""Corrected inputs put in their places: the one spot where that happens, whatever the World was made from."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import pandas as pd

from permits.drawings.vocabulary import KINDS
from permits.engine.inputs import INPUTS
from permits.engine.world import World

#: Frame → the column with the key of its rows.
KEYS: Final = {"sites": "site", "parcels": "parcel", "edges": "edge", "buildings": "building"}


def overridden(world: World) -> World:
    """The World as corrected by its ``overrides``, for all sites at once.

    Danish: rettede oplysninger; the case worker's duty to bring a case to light (officialprincippet).

    Parameters
    ----------
    world : World whose ``overrides`` name columns of :data:`permits.engine.inputs.INPUTS`.

    Returns
    -------
    The World with corrected values in its frames and with ``original``, ``original_word`` and ``applied`` of its
    overrides filled. Of several corrections of one value the last counts.

    Notes
    -----
    Applied once: a World that has been through here comes out as it is. A correction of something that is not
    there (any more), or of a column that may not be corrected, changes nothing and stays not applied. A
    corrected kind of boundary is known, so a breach there is no longer ambiguous; a corrected use brings the
    role that goes with it. Derived frames are not touched: what follows from plans is worked out afterwards.

    Examples
    --------
    ``edges.kind`` from ``parcel`` to ``road``: the distance to the neighbour no longer looks at that stretch.
    Complies, breaches, unknown: as the rules say of the corrected World.
    """
    rows = world.overrides
    if rows.empty or bool(rows["applied"].all()):
        return world
    told = {name: rows[name].to_numpy(copy=True) for name in ("original", "original_word", "applied")}
    changed: dict[str, Any] = {}
    for given in INPUTS.values():
        mine = (rows["table"] == given.table) & (rows["column"] == given.column) & ~rows["applied"]
        asked = np.flatnonzero(mine)
        if not len(asked):
            continue
        table = changed.get(given.table, getattr(world, given.table))
        wanted = pd.MultiIndex.from_frame(rows.loc[mine, ["site", "key"]])
        at = pd.MultiIndex.from_arrays([table["site"], table[KEYS[given.table]]]).get_indexer(wanted)
        asked, at = asked[at >= 0], at[at >= 0]
        column = table[given.column].to_numpy(copy=True)
        value, original = ("word", "original_word") if given.choices else ("value", "original")
        told[original][asked] = column[at]
        told["applied"][asked] = True
        column[at] = rows[value].to_numpy()[asked]
        table = table.assign(**{given.column: column})
        if given.name == "edges.kind":
            table = _known(table, at)
        if given.name == "buildings.kind":
            role = table["role"].to_numpy(copy=True)
            role[at] = [KINDS.get(str(kind), old) for kind, old in zip(column[at], role[at], strict=True)]
            table = table.assign(role=role)
        changed[given.table] = table
    return world.with_(**changed, overrides=rows.assign(**told))


def _known(edges: Any, at: Any) -> Any:
    """Stretches of boundary whose kind somebody has looked up."""
    source, doubt = edges["kind_src"].to_numpy(copy=True), edges["ambiguous"].to_numpy(copy=True)
    source[at], doubt[at] = "corrected", False
    return edges.assign(kind_src=source, ambiguous=doubt)
