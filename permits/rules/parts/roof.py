"""What of a building its heights look at: the footprint, and roof that reaches far beyond it.

BR18 § 456, stk. 4: eaves of usual size are no part of a height.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt
import shapely

from geodata import shapes

if TYPE_CHECKING:
    from permits.engine.world import World

#: Kinds without outer walls: all of their roof counts (carport, overdækket terrasse).
WITHOUT_WALLS: Final = ("carport", "covered_terrace")
#: Eaves up to this are of usual size, in metres, square at the corners.
EAVES_M: Final = 0.5
#: Long mitres of very pointed corners end here, in multiples of the distance.
_MITRE: Final = 10.0

Shapes = npt.NDArray[np.object_]


def outlines(world: World) -> tuple[Shapes, Shapes]:
    """Footprint and counted overhang of every building, as polygons in grid metres.

    Danish: bygningens omrids og tagudhæng; BR18 § 456, stk. 4.

    Parameters
    ----------
    world : World with ``buildings`` and ``facets``.

    Returns
    -------
    Two arrays in the order of ``world.buildings``: the footprint (``None`` where it is missing or cannot be
    measured; of a building without walls the drawn roof stands in for it), and what the roof covers beyond it
    and beyond eaves of 0.5 m (``None`` where there is nothing).

    Notes
    -----
    A building without walls has no eaves: all of its roof counts.

    Examples
    --------
    Eaves of 0.5 m: no overhang. Eaves of 0.8 m: a ring 0.3 m wide. No roof drawn: no overhang is known.
    """
    if "footprints" not in world.derived:
        world.derived["footprints"] = _outlines(world)
    found: tuple[Shapes, Shapes] = world.derived["footprints"]
    return found


def _outlines(world: World) -> tuple[Shapes, Shapes]:
    buildings, facets = world.buildings, world.facets
    footprint = np.array(buildings.geometry.array, dtype=object)
    footprint[~shapes.usable(footprint)] = None
    overhang = shapes.nothing(len(buildings))
    facet = np.array(facets.geometry.array, dtype=object)
    good = np.flatnonzero(shapes.usable(facet))
    i, j = shapes.pairs(buildings["building"].to_numpy(), facets["building"].to_numpy()[good])
    if not len(i):
        return footprint, overhang
    facet = facet[good[j]]
    open_sided = buildings["kind"].isin(WITHOUT_WALLS).to_numpy()
    bare = shapely.is_missing(footprint)
    stands_in = np.flatnonzero((open_sided & bare)[i])
    if len(stands_in):
        rows, roofs = shapes.union_by(i[stands_in], facet[stands_in])
        footprint[rows] = roofs
    walls = footprint.copy()
    closed = ~open_sided & ~bare
    # Most roofs stay within the walls; only the others are worth a buffer.
    beyond = np.flatnonzero(~shapely.covers(footprint[i], facet) & ~shapely.is_missing(footprint[i]))
    wide = np.unique(i[beyond])
    wide = wide[closed[wide]]
    walls[wide] = shapely.buffer(footprint[wide], EAVES_M, join_style="mitre", mitre_limit=_MITRE)
    far = shapely.difference(facet[beyond], walls[i[beyond]])
    real = shapes.depth(far) > shapes.TOUCH_M
    rows, roofs = shapes.union_by(i[beyond[real]], far[real])
    overhang[rows] = roofs
    return footprint, overhang
