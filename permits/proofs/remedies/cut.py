"""Taking off the part of a building that stands where it may not."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import shapely
from shapely.geometry.base import BaseGeometry

from permits.proofs.remedies.change import Change, feasible
from permits.proofs.remedies.compare import Key
from permits.proofs.remedies.family import Family
from permits.proofs.remedies.obstacles import (
    DISTANCES,
    FIELD,
    INSIDE,
    PLANE,
    asked_width,
    edges_of,
    kept_free,
    roof_corners,
)
from permits.proofs.remedies.situation import Situation
from permits.proofs.remedies.space import widened
from permits.rules.parts.boundary import NEIGHBOUR

KIND: Final = "cut"
RULES: Final = (*DISTANCES, PLANE, INSIDE, FIELD)
STEP_M: Final = 0.01
#: Farther than this (m) beyond what is reckoned no cut is tried.
_MOST: Final = 3


def families(there: Situation, finding: dict[str, Any]) -> Iterator[Family]:
    """The part of a building that could be taken off to settle a finding, in closed form.

    Danish: skær en del af bygningen væk.

    Parameters
    ----------
    finding : a breach of one of :data:`RULES`.

    Notes
    -----
    A step is a centimetre that the cut goes deeper. Along a boundary the new wall is straight; around the end of a
    stretch it follows the circle from outside. For the sloped plane the piece is taken off in front of the lowest
    line on which the roof meets the plane, so a roof that is too high in its middle alone is not cut.
    """
    key = Key(str(finding["rule"]), int(finding["building"]))
    if key.rule not in RULES or not np.isfinite(float(finding["limit"])):
        return
    row = there.row(key.building)
    if there.outline[row] is None or there.world.column("buildings", "replaces")[row] >= 0:
        return
    off = _forbidden(there, finding, row)
    if off is None or off.is_empty:
        return

    def at(steps: int) -> Change | None:
        wide = off if not steps else shapely.buffer(off, steps * STEP_M, join_style="mitre", cap_style="flat")
        change = Change((key.building,), off=wide)
        return change if feasible(there.world, change) else None

    yield Family(KIND, key, at, STEP_M, "m", guess=0, least=0, most=_MOST)


def _forbidden(there: Situation, finding: dict[str, Any], row: int) -> BaseGeometry | None:
    rule, building = str(finding["rule"]), int(finding["building"])
    outline = there.outline[row]
    if rule in DISTANCES:
        width = asked_width(there, row, float(finding["limit"]))
        return _strip(edges_of(there, building, DISTANCES[rule]), width, outline)
    if rule == PLANE:
        factor = there.ruleset.number("br18.sloped_plane.factor")
        _, height = roof_corners(there, row)
        if not len(height) or np.ptp(height) > 1e-6:
            return None
        return _strip(edges_of(there, building, NEIGHBOUR), float(height.max()) / factor, outline)
    if rule == INSIDE:
        land = there.land()
        return None if land is None else shapely.difference(outline.buffer(1.0), land)
    return kept_free(there)


def _strip(lines: npt.NDArray[np.object_], width_m: float, outline: BaseGeometry) -> BaseGeometry | None:
    """All ground nearer than a width to some lines: straight beside them, around their ends not less than asked."""
    near = [line for line in lines if shapely.distance(line, outline) < width_m]
    if not near:
        return None
    straight = [shapely.buffer(line, width_m, cap_style="flat", join_style="mitre") for line in near]
    ends = shapely.points(shapely.get_coordinates(near))
    rounds = [widened(end, width_m) for end in ends if shapely.distance(end, outline) < width_m]
    return shapely.union_all([*straight, *_without(rounds, near, width_m)])


def _without(rounds: list[BaseGeometry], near: list[BaseGeometry], width_m: float) -> list[BaseGeometry]:
    """Rounds as far as they lie neither beside a line nor a hair beyond the straight strip."""
    beside = [shapely.buffer(line, width_m * 1.01, cap_style="flat", join_style="mitre") for line in near]
    rest = [shapely.difference(disc, shapely.union_all(beside)) for disc in rounds]
    return [piece for piece in rest if piece.area > 0.01]
