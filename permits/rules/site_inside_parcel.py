"""site.inside_parcel: what is built stands on the property that it is applied for.

No paragraph asks for it. Where a part lies outside, either the drawing or the boundary is wrong, or somebody else's
land is built on; a person has to see which.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from geodata import shapes
from geodata.shapes import Overlap
from permits.rulebook import FLAGS, Rule, Ruleset, findings, joined, worded
from permits.rules.parts.asked import silent
from permits.rules.parts.outside import outside, worst_point
from permits.rules.parts.roof import outlines

if TYPE_CHECKING:
    from permits.engine.world import World

ID: Final = "site.inside_parcel"

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]


def beyond(world: World, rows: Ints) -> tuple[Overlap, Bools]:
    """The part of footprints outside the property, and whether all of the property can be measured.

    Parameters
    ----------
    rows : rows of ``world.buildings`` whose footprint can be measured.
    """
    footprint = outlines(world)[0][rows]
    land = world.column("parcels", "geometry").copy()
    good = world.sound("parcels")
    land[~good] = None
    site = world.column("buildings", "site")[rows]
    owner = world.column("parcels", "site")
    i, j = shapes.pairs(site, owner)
    whole = np.isin(site, owner) & ~np.isin(site, owner[~good])
    return outside(footprint, i, land[j]), whole


def uncertainty(world: World, rows: Ints, footprint: npt.NDArray[np.object_]) -> Floats:
    """Position uncertainty in metres of footprints and of the boundaries they cross, together."""
    line = world.column("edges", "geometry")
    i, j = shapes.pairs(world.column("buildings", "site")[rows], world.column("edges", "site"))
    crossed = shapely.intersects(footprint[i], line[j])
    edge = np.zeros(len(rows))
    np.maximum.at(edge, i[crossed], world.column("edges", "sigma_m")[j[crossed]])
    return np.asarray(np.hypot(world.column("buildings", "sigma_m")[rows], edge))


def check(world: World, ruleset: Ruleset) -> pd.DataFrame:
    """Square metres of each new footprint outside the property, all of its parcels taken together.

    Danish: beliggenhed inden for ejendommen.

    Parameters
    ----------
    world : World with parcels and buildings.
    ruleset : not used.

    Returns
    -------
    One finding per new building, whatever its role; ``not_applicable`` for sites without one.

    Notes
    -----
    Lines between parcels of the property are crossed freely. Where a parcel cannot be measured, what lies outside
    the others may lie on it.

    Examples
    --------
    Two walls in the boundary: ``pass``. 5 m² beyond it: ``needs_manual``, ``assessment``. No footprint, or no
    parcel: ``missing_data``.
    """
    asked, of, key = (world.column("buildings", name) for name in ("proposed", "site", "building"))
    rows = np.flatnonzero(asked)
    drawn = ~shapely.is_missing(outlines(world)[0][rows])
    found, whole = beyond(world, rows[drawn])
    area, near, depth = np.full(len(rows), np.nan), np.zeros(len(rows), dtype=bool), np.zeros(len(rows))
    area[drawn], near[drawn], depth[drawn] = found.area_m2, found.near, found.depth_m
    clear = np.zeros(len(rows), dtype=bool)
    clear[drawn] = whole | (found.area_m2 == 0.0)
    clear[drawn] &= np.isin(of[rows[drawn]], world.column("parcels", "site"))
    out = clear & (area > 0.0)
    x, y = np.full((2, len(rows)), np.nan)
    x[drawn], y[drawn] = worst_point(found)
    doubt = np.zeros(len(rows), dtype=bool)
    doubt[drawn] = found.turning
    at = np.flatnonzero(out)
    doubt[at] |= depth[at] < uncertainty(world, rows[at], outlines(world)[0][rows[at]])
    flags = np.where(near, FLAGS["near_line"], 0) | np.where(doubt, FLAGS["within_tolerance"], 0)
    table = findings(
        ID,
        site=of[rows],
        building=key[rows],
        outcome=worded([clear & ~out], ["pass"], "needs_manual"),
        reason=worded([out, ~clear], ["assessment", "missing_data"], ""),
        flags=np.where(clear, flags, 0),
        measured=np.where(clear, area, np.nan),
        limit=np.where(clear, 0.0, np.nan),
        margin=np.where(clear, -area, np.nan),
        x=np.where(out, x, np.nan),
        y=np.where(out, y, np.nan),
    )
    none = np.zeros(len(asked), dtype=bool)
    return joined(table, silent(ID, world, asked, none, np.zeros(len(asked), dtype=np.int64)))


RULE: Final = Rule(
    id=ID,
    law="ingen paragraf: en ansøgning gælder den ejendom, den er sendt ind for",
    name_da="Inden for ejendommen",
    name_en="Inside the property",
    check=check,
)
