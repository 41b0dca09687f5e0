"""Area of the plot (grundens areal) for the plot ratio.

BR18 § 454: registered area of the parcels that adjoin each other, road included, with the share of common open
space, without parts in another zone than the building.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd

from geodata import shapes

if TYPE_CHECKING:
    from permits.engine.world import World

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
Words = npt.NDArray[np.object_]


@dataclass(frozen=True)
class PlotArea:
    """Plot area, one row per plot asked for, in m²; NaN where it is not known.

    Attributes
    ----------
    registered_m2 : registered area of its parcels (drawn area where none is registered).
    other_zone_m2 : what of that lies in another zone.
    common_m2 : share of common open space.
    road_m2 : road inside the registered area; it counts, and is here for the statement only.
    """

    registered_m2: Floats
    other_zone_m2: Floats
    common_m2: Floats
    road_m2: Floats

    @property
    def area_m2(self) -> Floats:
        """What counts; NaN when nothing is left."""
        area = self.registered_m2 - self.other_zone_m2 + self.common_m2
        return np.where(area > 0.0, area, np.nan)


def undrawn(world: World) -> Bools:
    """Buildings whose footprint is missing or cannot be measured; worked out once per World."""
    if "undrawn" not in world.derived:
        world.derived["undrawn"] = ~shapes.usable(shapes.column(world.buildings["geometry"]))
    found: Bools = world.derived["undrawn"]
    return found


def plots_of(world: World) -> Ints:
    """Plot of every building, 0 where it cannot be told.

    A building that nobody has placed, or that lies beside the land, is taken to belong to the only plot there is;
    one that stands already and is drawn elsewhere belongs to none.
    """
    buildings, parcels = world.buildings, world.parcels
    plot = buildings["plot"].to_numpy().copy()
    real = parcels[parcels["plot"] > 0]
    count = real.groupby("site")["plot"].agg(["nunique", "first"])
    only = count.loc[count["nunique"] == 1, "first"]
    home = only.reindex(buildings["site"]).fillna(0).to_numpy().astype("int64")
    loose = (plot <= 0) & (buildings["proposed"].to_numpy() | undrawn(world))
    return np.asarray(np.where(loose, home, np.maximum(plot, 0)), dtype=np.int64)


def plot_area(world: World, site: Ints, plot: Ints, zone: Words) -> PlotArea:
    """Area of plots, in m².

    Danish: grundens areal; BR18 § 454.

    Parameters
    ----------
    world : World with parcels.
    site, plot : the plots asked for.
    zone : zone of the building, one per plot; empty = not known, then nothing is left out.

    Returns
    -------
    :class:`PlotArea`, one row per plot asked for.

    Notes
    -----
    The share of a parcel in another zone is that of its drawn area, taken of the registered one. Not considered:
    land given to road before 1 February 1977.

    Examples
    --------
    Parcels of 500 and 300 m² that adjoin: 800 m². 100 m² of it in another zone: 700 m². No parcel: NaN.
    """
    parcels = world.parcels
    registered = parcels["registered_m2"].to_numpy()
    drawn = parcels["drawn_m2"].to_numpy()
    area = np.where(
        np.isfinite(registered) & (registered > 0.0), registered, np.where(drawn > 0.0, drawn, np.nan)
    )
    asked = pd.DataFrame({"site": site, "plot": plot, "zone": zone, "row": np.arange(len(site))})
    land = pd.DataFrame(
        {
            "site": parcels["site"],
            "plot": parcels["plot"],
            "area": area,
            "road": parcels["road_m2"].fillna(0.0),
            "common": parcels["common_m2"].fillna(0.0),
            "urban": parcels["share_urban"],
            "summer_house": parcels["share_summer_house"],
            "rural": parcels["share_rural"],
        }
    )
    pairs = asked[asked["plot"] > 0].merge(land, on=["site", "plot"])
    inside = np.ones(len(pairs))
    for name in ("urban", "summer_house", "rural"):
        here = (pairs["zone"] == name).to_numpy() & pairs[name].notna().to_numpy()
        inside[here] = pairs[name].to_numpy()[here]
    row, size = pairs["row"].to_numpy(dtype="int64"), len(site)

    def add(values: Floats) -> Floats:
        return np.bincount(row, weights=values, minlength=size).astype("float64")

    whole = pairs["area"].to_numpy(dtype="float64")
    none = np.bincount(row, minlength=size) == 0
    total = add(whole)
    total[none] = np.nan
    return PlotArea(
        total, add(whole * (1.0 - inside)), add(pairs["common"].to_numpy()), add(pairs["road"].to_numpy())
    )
