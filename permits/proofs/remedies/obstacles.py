"""What a building may not come to meet, or come near to, as the findings about it say."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt
import shapely
from shapely.geometry.base import BaseGeometry

from geodata import shapes
from permits.proofs.remedies.compare import Key
from permits.proofs.remedies.situation import Situation
from permits.proofs.remedies.space import REACH_M, meets, too_near, too_near_spots
from permits.rulebook import EQUAL
from permits.rules.parts.boundary import NEIGHBOUR, ROAD, edge_lines, outlines
from permits.rules.parts.scope import scope
from permits.rules.parts.tested import tested

Shapes = npt.NDArray[np.object_]

#: Rules that ask for a distance, and the kinds of boundary that they look at.
DISTANCES: Final = {
    "br18.boundary_distance": NEIGHBOUR,
    "br18.summer_house_distance": NEIGHBOUR,
    "br18.summer_house_clear_strip": NEIGHBOUR,
    "br18.raised_area": (*NEIGHBOUR, *ROAD),
    "br18.road_side": ROAD,
}
PLANE: Final = "br18.sloped_plane"
INSIDE: Final = "site.inside_parcel"
FIELD: Final = "plan.building_field"
_FREE: Final = "br18.boundary_distance.eaves_free_m"


class Obstacle(NamedTuple):
    """The moves that one finding forbids (m east, m north)."""

    key: Key
    blocked: BaseGeometry


def edges_of(there: Situation, building: int, kinds: tuple[str, ...]) -> Shapes:
    """Boundaries of some kinds around the plot that a building stands on."""
    world, row = there.world, there.row(building)
    mine = world.column("edges", "plot") == world.column("buildings", "plot")[row]
    lines = edge_lines(world)[mine & world.is_word("edges", "kind", *kinds)]
    return np.asarray(lines[~shapely.is_missing(lines)], dtype=object)


def asked_width(there: Situation, row: int, limit_m: float) -> float:
    """Distance in metres that an outer wall keeps so that, with its eaves, the limit is kept. BR18 § 457."""
    excess = float(outlines(there.world)[1][row]) - there.ruleset.number(_FREE)
    return limit_m + max(excess, 0.0)


def obstacles(there: Situation, building: int) -> list[Obstacle]:
    """What the findings about one building forbid, whether it meets it now or not.

    Notes
    -----
    Not every finding is one: what is not reckoned here the engine says when it tries the move.
    """
    found = []
    for finding in there.table[there.table["building"] == building].to_dict("records"):
        rule = str(finding["rule"])
        reckon: Callable[..., BaseGeometry | None] | None = (
            _distance if rule in DISTANCES else {PLANE: _plane, INSIDE: _outside, FIELD: _fields}.get(rule)
        )
        blocked = reckon(there, building, finding) if reckon and np.isfinite(finding["limit"]) else None
        if blocked is not None and not blocked.is_empty:
            found.append(Obstacle(Key(rule, building), blocked))
    return found


def others(there: Situation, group: tuple[int, ...]) -> BaseGeometry:
    """The moves by which a group comes to stand in another building that stays or is new."""
    world = there.world
    rows = world.rows("buildings", np.array(group, dtype=np.int64))
    gone = world.column("buildings", "demolished").copy()
    old = world.rows_of("buildings", "replaces", "buildings")
    gone[old[old >= 0]] = True
    rest = np.setdiff1d(np.flatnonzero(~gone & ~shapely.is_missing(there.outline)), rows)
    return shapely.union_all([meets(there.outline[row], there.outline[rest]) for row in rows])


def _distance(there: Situation, building: int, finding: dict[str, Any]) -> BaseGeometry | None:
    lines = edges_of(there, building, DISTANCES[str(finding["rule"])])
    row = there.row(building)
    if not len(lines):
        return None
    return too_near(there.outline[row], lines, asked_width(there, row, float(finding["limit"])) - EQUAL / 2)


def _plane(there: Situation, building: int, finding: dict[str, Any]) -> BaseGeometry | None:
    """Corners of the roof against the plane: between corners of a plane part it is never nearer by much."""
    lines, row = edges_of(there, building, NEIGHBOUR), there.row(building)
    spots, height = roof_corners(there, row)
    factor = there.ruleset.number("br18.sloped_plane.factor")
    high = height > 0.0
    if not len(lines) or not high.any() or scope(there.world).secondary[row]:
        return None
    return too_near_spots(spots[high], np.round(height[high] / factor, 4), lines)


def roof_corners(there: Situation, row: int) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Corners (n, 2) of the parts of a roof that the sloped plane tests, and their heights above ground (m)."""
    free = there.ruleset.number("br18.sloped_plane.eaves_free_m")
    parts = tested(there.world, np.array([row]), free, np.zeros(1)).parts
    xy, of = shapely.get_coordinates(parts.shape, return_index=True)
    height = (parts.plane[of, :2] * xy).sum(axis=1) + parts.plane[of, 2]
    return xy, height


def _outside(there: Situation, building: int, finding: dict[str, Any]) -> BaseGeometry | None:
    land, outline = there.land(), there.outline[there.row(building)]
    return None if land is None else meets(outline, np.array([_around(outline, land)], dtype=object))


def _around(outline: BaseGeometry, allowed: BaseGeometry) -> BaseGeometry:
    """All ground within reach that is not allowed."""
    x0, y0, x1, y1 = outline.bounds
    margin = REACH_M + 1.0
    return shapely.difference(shapely.box(x0 - margin, y0 - margin, x1 + margin, y1 + margin), allowed)


def _fields(there: Situation, building: int, finding: dict[str, Any]) -> BaseGeometry | None:
    outline = there.outline[there.row(building)]
    closed = kept_free(there)
    if closed is None or closed.is_empty:
        return None
    x0, y0, x1, y1 = outline.bounds
    margin = REACH_M + 1.0
    near = shapely.clip_by_rect(closed, x0 - margin, y0 - margin, x1 + margin, y1 + margin)
    return meets(outline, np.array([near], dtype=object))


def kept_free(there: Situation) -> BaseGeometry | None:
    """Ground that plans in force keep free: outside binding fields of a plan that has some, and in strips.

    Danish: arealer uden for byggefelt, og byggelinjer. ``None`` where no plan keeps any.
    """
    world = there.world
    geometry = shapes.mended(world.column("areas", "geometry"))
    plan = world.rows("areas", world.column("placements", "plan"))
    area = world.rows_of("placements", "area", "areas")
    line = world.is_word("areas", "level", "building_line")[area]
    field = ~line & ~world.is_word("areas", "field_state", "no")[area]
    drawn = ~shapely.is_missing(geometry)
    closed = [geometry[a] for a in np.unique(area[line]) if drawn[a]]
    for row in np.unique(plan[field]):
        mine = area[field & (plan == row)]
        if drawn[row] and drawn[mine].all():
            closed.append(shapely.difference(geometry[row], shapely.union_all(geometry[mine])))
    return shapely.union_all(closed) if closed else None
