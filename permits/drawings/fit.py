"""Place a drawing that has its own origin: the similarity that best brings its points onto known ones.

Least squares, turning and moving; scaling only where the drawing does not say its unit. Never mirrored: a drawing
that only fits mirrored does not fit.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import shapely
from shapely.geometry.base import BaseGeometry

Numbers = npt.NDArray[np.float64]
Position = tuple[float, float]

#: A point that misses its own by more than this is not the same point: cadastral points are known to centimetres.
LIMIT_M: Final = 0.20
#: Points nearer to each other than this decide no direction.
APART_M: Final = 2.0
#: Units that drawings have, in metres; a free scale this near to one of them (share) is that one.
UNITS_M: Final = (0.001, 0.01, 0.0254, 0.1, 0.3048, 1.0, 1000.0)
UNIT_SHARE: Final = 0.01
#: Corners are matched when they come this near each other before the last adjustment.
NEAR_M: Final = 0.5
#: A corner turns by at least this, in radians; less is a point on a straight boundary.
_CORNER: Final = 0.02
_MOST_CORNERS: Final = 60


@dataclass(frozen=True)
class ByPoints:
    """Picked points: pairs of a position as the file writes it, and the same in EPSG:25832 (metres)."""

    pairs: Sequence[tuple[Position, Position]]


@dataclass(frozen=True)
class ByCorners:
    """Corners of a parcel that is drawn on ``layer``, onto those of the real one (EPSG:25832)."""

    layer: str
    parcel: BaseGeometry


@dataclass(frozen=True)
class Fit:
    """A similarity x' = east + a·x − b·y, y' = north + b·x + a·y, and how well it brings points onto points.

    Parameters
    ----------
    a, b, east, north : of drawing units into metres of EPSG:25832.
    residuals_m : (n,) distance of each point from its own, in the order given.
    scaled : the scale was not known and was found.
    """

    a: float
    b: float
    east: float
    north: float
    residuals_m: tuple[float, ...]
    scaled: bool = False

    @property
    def scale(self) -> float:
        """Metres in one unit of the drawing."""
        return math.hypot(self.a, self.b)

    @property
    def turned_deg(self) -> float:
        """How far the drawing is turned, counterclockwise."""
        return math.degrees(math.atan2(self.b, self.a))

    @property
    def worst_m(self) -> float:
        """The largest residual."""
        return max(self.residuals_m)

    @property
    def sigma_m(self) -> float:
        """Standard deviation of a placed point; the worst residual where nothing is left over to judge by."""
        spare = 2 * len(self.residuals_m) - (4 if self.scaled else 3)
        total = float(np.square(self.residuals_m).sum())
        return math.sqrt(total / spare) if spare > 0 else self.worst_m

    def __call__(self, positions: Numbers) -> Numbers:
        """Positions (n, 2) of the drawing in EPSG:25832."""
        x, y = positions[:, 0], positions[:, 1]
        return np.column_stack([self.east + self.a * x - self.b * y, self.north + self.b * x + self.a * y])


class NoFit(ValueError):
    """Points that lead to no place; ``why`` is ``few``, ``near``, ``ambiguous`` or ``none``."""

    def __init__(self, why: str, found: float = 0.0) -> None:
        self.why, self.found = why, found
        super().__init__(why)


def similarity(drawn: Numbers, real: Numbers, *, free_scale: bool) -> Fit:
    """Least-squares similarity of points (n, 2) onto points (n, 2).

    Parameters
    ----------
    drawn : in units of the drawing; metres unless ``free_scale``.
    real : EPSG:25832.
    free_scale : find the scale too. One that is nearly that of a usual unit is taken to be that unit.

    Raises
    ------
    NoFit : fewer than two points, or all of them at one place.

    Examples
    --------
    Complies: two corners 10 m apart, drawn 10 apart: residuals 0. Breaches: drawn 11 apart: residuals 0.5 m each.
    """
    if len(drawn) < 2:
        raise NoFit("few", len(drawn))
    from_, to = drawn.mean(axis=0), real.mean(axis=0)
    p = (drawn - from_) @ np.array([1.0, 1.0j])
    q = (real - to) @ np.array([1.0, 1.0j])
    spread = float(np.abs(q[:, None] - q[None, :]).max())
    if spread < APART_M or not np.abs(p).max() > 0:
        raise NoFit("near", spread)
    turn = complex(np.vdot(p, q) / np.vdot(p, p).real)
    if turn == 0:
        raise NoFit("none")
    if not free_scale:
        turn /= abs(turn)
    else:
        unit = next((u for u in UNITS_M if abs(abs(turn) / u - 1) <= UNIT_SHARE), None)
        turn *= unit / abs(turn) if unit else 1.0
    off = q - turn * p
    origin = complex(*to) - turn * complex(*from_)
    return Fit(turn.real, turn.imag, origin.real, origin.imag, tuple(np.abs(off).tolist()), free_scale)


def corners(outline: BaseGeometry) -> Numbers:
    """Corners (n, 2) of the shell of a polygon; points on a straight side are left out."""
    ring = shapely.get_coordinates(shapely.get_exterior_ring(outline))[:-1]
    ring = ring[np.abs(ring - np.roll(ring, 1, axis=0)).max(axis=1) > 0]
    before, after = ring - np.roll(ring, 1, axis=0), np.roll(ring, -1, axis=0) - ring
    cross = before[:, 0] * after[:, 1] - before[:, 1] * after[:, 0]
    turned = np.abs(np.arctan2(cross, (before * after).sum(axis=1)))
    return np.asarray(ring[turned > _CORNER])


def match(drawn: Numbers, real: Numbers, *, free_scale: bool) -> tuple[Numbers, Numbers]:
    """Which drawn corner is which real one: pairs (n, 2), (n, 2), at least three.

    Each side of the drawn parcel is laid along each side of the real one; the place in which most corners meet
    wins.

    Raises
    ------
    NoFit : nowhere do three corners meet (``none``, with the most that did), or two places are equally good
        (``ambiguous``: the parcel is symmetric).
    """
    drawn, real = drawn[:_MOST_CORNERS], real[:_MOST_CORNERS]
    if len(drawn) < 3 or len(real) < 3:
        raise NoFit("few", min(len(drawn), len(real)))
    p, q = drawn @ np.array([1.0, 1.0j]), real @ np.array([1.0, 1.0j])
    side, other = np.roll(p, -1) - p, np.roll(q, -1) - q
    turn = other[None, :] / side[:, None]
    length = np.abs(turn)
    if free_scale:
        possible = np.ones(turn.shape, dtype=bool)
    else:
        possible = np.abs(np.abs(other)[None, :] - np.abs(side)[:, None]) <= 2 * NEAR_M
        turn = turn / length
    found: list[tuple[int, float, npt.NDArray[np.intp], npt.NDArray[np.bool_], complex]] = []
    for i, j in np.argwhere(possible):
        # Both directions of the ring are laid on: the real parcel may be written the other way round.
        for start, end in ((q[j], turn[i, j]), (np.roll(q, -1)[j], -turn[i, j])):
            placed = start + end * (p - p[i])
            apart = np.abs(placed[:, None] - q[None, :])
            nearest = apart.argmin(axis=1)
            gap = apart[np.arange(len(p)), nearest]
            met = gap <= NEAR_M
            found.append((int(met.sum()), float(gap[met].sum()), nearest, met, placed.mean()))
    if not found:
        raise NoFit("none")
    found.sort(key=lambda one: (-one[0], one[1]))
    best = found[0]
    if best[0] < 3:
        raise NoFit("none", best[0])
    fits = similarity(drawn[best[3]], real[best[2][best[3]]], free_scale=free_scale)
    for rival in found[1:]:
        if rival[0] < best[0]:
            break
        again = similarity(drawn[rival[3]], real[rival[2][rival[3]]], free_scale=free_scale)
        differ = np.abs(again(drawn) - fits(drawn)).max()
        if differ > 2 * NEAR_M and again.worst_m <= max(LIMIT_M, fits.worst_m):
            raise NoFit("ambiguous", best[0])
    return drawn[best[3]], real[best[2][best[3]]]
