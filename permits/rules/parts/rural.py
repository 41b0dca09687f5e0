"""What lies in landzone: every part of what is built, not where most of it lies."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
import numpy.typing as npt
import shapely

from geodata import shapes
from geodata.shapes import mended
from permits.rulebook import FLAGS
from permits.rules.parts.features import of_building, things
from permits.rules.parts.outside import inside, outside

if TYPE_CHECKING:
    from permits.engine.world import World

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]

RURAL: Final = "rural"
#: Every zone that a map can say.
ZONES: Final = (RURAL, "urban", "summer_house")


class Rural(NamedTuple):
    """Per thing of the World (:func:`permits.rules.parts.features.things`).

    Attributes
    ----------
    some : a part that counts lies in landzone.
    whole : no part that counts lies outside it.
    unknown : it is not known whether any does.
    flags : bits: ``near_line`` where what lies in landzone is too shallow, ``within_tolerance`` where the zone map
        is not exact enough to tell.
    """

    some: Bools
    whole: Bools
    unknown: Bools
    flags: Ints


def rural(world: World) -> Rural:
    """Which things lie in landzone, wholly or in part; worked out once per World.

    Danish: beliggenhed i landzone; planloven § 34.

    Examples
    --------
    Landzone 0.06 m into the house: some. 0.04 m: ``near_line``. House not drawn on land of two zones: unknown.
    """
    return world.once("rural", lambda: _rural(world))


def _rural(world: World) -> Rural:
    what = things(world)
    size = len(what.site)
    drawn = ~shapely.is_missing(what.shape)
    zone, site = world.column("zones", "geometry"), world.column("zones", "site")
    mapped = ~shapely.is_missing(zone)
    country, known = world.is_word("zones", "zone", RURAL), world.is_word("zones", "zone", *ZONES)
    # All that no other row takes.
    rest = np.isin(what.site, site[~mapped & known])
    rest_rural = np.isin(what.site, site[~mapped & country])
    land = np.array(zone, dtype=object)
    land[mapped] = mended(zone[mapped])
    some, whole, near, turning = np.zeros((4, size), dtype=bool)
    depth = np.zeros(size)
    unknown = ~drawn

    def rows(mask: Bools, which: Bools) -> tuple[Ints, Ints, Ints]:
        """Things in the mask, and pairs of positions among them with mapped zones."""
        at = np.flatnonzero(mask & drawn)
        of = np.flatnonzero(which & mapped)
        i, j = shapes.pairs(what.site[at], site[of])
        return at, i, of[j]

    at, i, j = rows(~rest_rural, country)
    found = inside(what.shape[at], i, land[j])
    some[at], near[at], depth[at], turning[at] = (
        found.area_m2 > 0.0,
        found.near,
        found.depth_m,
        found.turning,
    )
    at, i, j = rows(rest_rural, ~country & known)
    found = outside(what.shape[at], i, land[j])
    some[at], near[at], depth[at], turning[at] = (
        found.area_m2 > 0.0,
        found.near,
        found.depth_m,
        found.turning,
    )
    at, i, j = rows(rest_rural, ~country & known)
    whole[at] = inside(what.shape[at], i, land[j]).area_m2 == 0.0
    at, i, j = rows(~rest_rural, country)
    whole[at] = outside(what.shape[at], i, land[j]).area_m2 == 0.0
    at, i, j = rows(~rest, known)
    unknown[at] = outside(what.shape[at], i, land[j]).area_m2 > 0.0
    # What nobody has drawn lies in the only zone of its land, if there is only one.
    word = of_building(world.column("buildings", "zone"), what.row, ground="")
    blind = ~drawn
    some[blind], whole[blind] = word[blind] == RURAL, word[blind] == RURAL
    unknown[blind] = word[blind] == ""
    sigma = np.zeros(len(world.sites) + 1)
    np.maximum.at(sigma, world.rows_of("zones", "site", "sites"), world.column("zones", "sigma_m"))
    total = np.hypot(sigma[world.rows("sites", what.site)], what.sigma_m)
    doubt = drawn & (turning | (some & (depth < total)))
    flags = np.where(near, FLAGS["near_line"], 0) | np.where(doubt, FLAGS["within_tolerance"], 0)
    return Rural(some, whole & some, unknown & ~some, np.asarray(flags, dtype=np.int64))
