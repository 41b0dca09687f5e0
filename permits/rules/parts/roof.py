"""What of a building its heights look at: the footprint, and roof that reaches far beyond it.

BR18 § 456, stk. 4: eaves of usual size are no part of a height.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
import numpy.typing as npt
import shapely

from geodata import convex, shapes
from geodata.convex import Corners

if TYPE_CHECKING:
    from permits.engine.world import World

#: Kinds without outer walls: all of their roof counts (carport, overdækket terrasse).
WITHOUT_WALLS: Final = ("carport", "covered_terrace")
#: Eaves up to this are of usual size, in metres, square at the corners.
EAVES_M: Final = 0.5
#: Long mitres of very pointed corners end here, in multiples of the distance.
_MITRE: Final = 10.0

Shapes = npt.NDArray[np.object_]
Bools = npt.NDArray[np.bool_]


class Roofs(NamedTuple):
    """Facets of roofs, in the order of ``world.facets``.

    Attributes
    ----------
    shape : polygons in grid metres.
    good : can be measured.
    corners : of those of few corners.
    """

    shape: Shapes
    good: Bools
    corners: Corners


def roofs(world: World) -> Roofs:
    """Facets of the World as shapes and corners, looked at once for all who ask. Danish: tagflader."""
    if "roofs" not in world.derived:
        shape = world.column("facets", "geometry")
        corners = convex.corners(shape)
        world.derived["roofs"] = Roofs(shape, world.sound("facets", corners), corners)
    found: Roofs = world.derived["roofs"]
    return found


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
    footprint = world.column("buildings", "geometry").copy()
    walled = convex.corners(footprint)
    footprint[~world.sound("buildings", walled)] = None
    overhang = shapes.nothing(len(footprint))
    roof = roofs(world)
    good = np.flatnonzero(roof.good)
    i, j = shapes.pairs(world.column("buildings", "building"), world.column("facets", "building")[good])
    if not len(i):
        return footprint, overhang
    j = good[j]
    open_sided = world.is_word("buildings", "kind", *WITHOUT_WALLS)
    bare = shapely.is_missing(footprint)
    stands_in = np.flatnonzero((open_sided & bare)[i])
    if len(stands_in):
        rows, whole = shapes.union_by(i[stands_in], roof.shape[j[stands_in]])
        footprint[rows] = whole
        walled = convex.corners(footprint)
    walls = footprint.copy()
    closed = ~open_sided & ~bare
    drawn = ~shapely.is_missing(footprint[i])
    i, j = i[drawn], j[drawn]
    # Most roofs stay within the walls or usual eaves; only the others are worth a buffer. Around a convex outline
    # with square mitres, eaves reach as far beyond each wall as the roof does.
    reach = convex.held(walled, i, roof.corners, j).beyond_m
    far_out = reach > np.where(closed[i], EAVES_M, convex.ON_LINE_M)
    other = np.flatnonzero(np.isnan(reach))
    if len(other):
        shapely.prepare(footprint[np.unique(i[other])])
        far_out[other] = ~shapely.covers(footprint[i[other]], roof.shape[j[other]])
    i, j = i[far_out], j[far_out]
    wide = np.unique(i)
    wide = wide[closed[wide]]
    walls[wide] = shapely.buffer(footprint[wide], EAVES_M, join_style="mitre", mitre_limit=_MITRE)
    far = shapes.beyond(roof.shape[j], walls[i])
    real = shapes.depth(far) > shapes.TOUCH_M
    rows, jutting = shapes.union_by(i[real], far[real])
    overhang[rows] = jutting
    return footprint, overhang
