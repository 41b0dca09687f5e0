"""Area of the plot (grundens areal) for the plot ratio.

BR18 § 454: registered area of the parcels that adjoin each other, road included, with the share of common open
space, without parts in another zone than the building.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt

from geodata import shapes

if TYPE_CHECKING:
    from permits.engine.world import World

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
Words = npt.NDArray[np.object_]

#: More plots than this no site has.
_PLOTS: Final = 100_000


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
    """Buildings whose footprint is missing or cannot be measured."""
    return ~world.sound("buildings")


def plots_of(world: World) -> Ints:
    """Plot of every building, 0 where it cannot be told.

    A building that nobody has placed, or that lies beside the land, is taken to belong to the only plot there is;
    one that stands already and is drawn elsewhere belongs to none.
    """
    return world.once("plots_of", lambda: _plots_of(world))


def _plots_of(world: World) -> Ints:
    number, site = world.column("parcels", "plot"), world.rows_of("parcels", "site", "sites")
    real = (number > 0) & (site >= 0)
    low, high = np.full((2, len(world.sites) + 1), 0, dtype=np.int64)
    low[:] = np.iinfo(np.int64).max
    np.minimum.at(low, site[real], number[real])
    np.maximum.at(high, site[real], number[real])
    # The place behind the last stands for a site that is not there.
    home = np.where(low == high, low, 0)[world.rows_of("buildings", "site", "sites")]
    plot = world.column("buildings", "plot")
    loose = (plot <= 0) & (world.column("buildings", "proposed") | undrawn(world))
    return np.where(loose, home, np.maximum(plot, 0))


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
    registered = world.column("parcels", "registered_m2")
    drawn = world.column("parcels", "drawn_m2")
    area = np.where(
        np.isfinite(registered) & (registered > 0.0), registered, np.where(drawn > 0.0, drawn, np.nan)
    )
    size = len(site)
    there = site_plot(world.column("parcels", "site"), world.column("parcels", "plot"))
    row, of = shapes.pairs(np.where(plot > 0, site_plot(site, plot), -1), there)
    inside = np.ones(len(row))
    for name in ("urban", "summer_house", "rural"):
        share = world.column("parcels", f"share_{name}")[of]
        here = (zone == name)[row] & ~np.isnan(share)
        inside[here] = share[here]

    def add(values: Floats) -> Floats:
        return np.bincount(row, weights=values, minlength=size).astype("float64")

    whole = area[of]
    total = add(whole)
    total[np.bincount(row, minlength=size) == 0] = np.nan
    return PlotArea(
        total,
        add(whole * (1.0 - inside)),
        add(np.nan_to_num(world.column("parcels", "common_m2"))[of]),
        add(np.nan_to_num(world.column("parcels", "road_m2"))[of]),
    )


def site_plot(site: npt.ArrayLike, plot: npt.ArrayLike) -> Ints:
    """One key for site and plot together."""
    return np.asarray(site, dtype=np.int64) * _PLOTS + np.asarray(plot, dtype=np.int64)
