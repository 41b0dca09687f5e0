"""Municipalities across a border: what lies there is delivered by their registers, and a rule looks that far."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import numpy as np

from geodata import shapes
from geodata.lookup import Columns
from permits.engine.nearby import Boxes, meeting, near

#: The most that the outline of a municipality may lie off, in metres.
_OFF_M: Final = 100.0


def across(
    lies_in: Columns,
    where: shapes.Shapes,
    owner: shapes.Ints,
    boxes: Boxes,
    reaches: Iterable[float],
    known: int | None,
) -> Columns:
    """Municipalities that a site does not lie in, within some reaches of it.

    Danish: nabokommuner; kommuneinddelingen (DAGI).

    Parameters
    ----------
    lies_in : ``site`` and ``municipality`` of each, ``None`` = not known.
    where, owner : land, footprints and ground of the sites (EPSG:25832), and the site of each.
    boxes : of the shapes.
    reaches : how far is looked, in metres; what is looked for on the land alone (0) is across no border.
    known : revision of knowledge; None = the last one.

    Returns
    -------
    Columns ``site``, ``municipality`` and ``reach_m``, a row for each of the reaches that a municipality lies within.
    An outline may lie off by its tolerance, which is added. Whose outline nobody has read in is in no row.

    Examples
    --------
    120 m from a border that is drawn to 50 m: within 100 m, and not within 50.
    """
    far = sorted({reach for reach in reaches if reach > 0.0})
    margin = max(far, default=0.0) + _OFF_M
    found = near(
        "municipality_outline",
        "v.municipality_id AS municipality, coalesce(v.tolerance_m, 0.0) AS tolerance_m",
        boxes + np.array([-margin, -margin, margin, margin]),
        known,
    )
    site, code, reach = [], [], []
    for row, name in enumerate(found["municipality"].tolist()):
        beside = ~np.isin(owner, lies_in["site"][lies_in["municipality"] == name])
        for metres in far if beside.any() else ():
            within = np.array([metres + found["tolerance_m"][row]])
            at, _ = meeting(found["geometry"][row : row + 1], where[beside], owner[beside], within_m=within)
            site.append(at)
            code.append(np.full(len(at), name, dtype=object))
            reach.append(np.full(len(at), metres))
    return {
        "site": np.concatenate([np.zeros(0, dtype=np.int64), *site]),
        "municipality": np.concatenate([np.zeros(0, dtype=object), *code]),
        "reach_m": np.concatenate([np.zeros(0), *reach]),
    }
