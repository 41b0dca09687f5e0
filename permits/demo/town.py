"""The town's layout: a bay with a beach and a harbour, quarters between roads, a stream, fields and woods around."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
import numpy.typing as npt
import shapely
from shapely.geometry import Polygon

from permits.demo import names
from permits.demo.fabric import Fabric, Sheet, weave
from permits.demo.outskirts import draw_roads, draw_shore, draw_stream
from permits.demo.plane import Plane, make_plane
from permits.demo.quarters.patterns import CARVED, PATTERNS
from permits.demo.quarters.quarter import Quarter
from permits.demo.spots import place_spots

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Words = npt.NDArray[np.object_]

#: What houses may stand on.
BUILT_USES: Final = (
    "house",
    "summer",
    "row",
    "flat",
    "town",
    "church",
    "school",
    "harbour",
    "business",
    "farm",
    "allotment",
)
#: Ground without a front of its own, where a single building may stand.
OPEN_USES: Final = ("field", "meadow", "forest", "green")


@dataclass(frozen=True)
class Plot:
    """A parcel that can be built on, with the frame that houses are placed in.

    ``origin`` lies at the left end of the front as seen from the street, ``along`` runs along the front and
    ``inward`` away from the street, both unit vectors; ``front_m`` is the length of the front.
    """

    face: int
    use: str
    street: str
    number: int
    block: int
    pattern: str
    shape: Polygon
    origin: Floats
    along: Floats
    inward: Floats
    front_m: float

    @property
    def address(self) -> str:
        return names.address(self.street, self.number)


@dataclass(frozen=True)
class Town:
    """The layout, one entry a face unless said otherwise.

    ``use`` says what a face was drawn for, ``street`` which road serves it, ``block`` its quarter (0 none),
    ``pattern`` that quarter's pattern, ``joins`` a property that it shares, ``foreign`` whether it lies in the
    neighbouring municipality, ``corners`` (n, 4, 2) the ends of its front and back, ``number`` its house number
    (0 none). ``beyond`` says for each segment of the net what lies outside where no face does: ``water``,
    ``border`` (the neighbouring municipality) or ``edge`` (where the demonstration ends); empty inside the town.
    """

    fabric: Fabric
    plane: Plane
    patterns: list[str]
    use: Words
    street: Words
    block: Ints
    pattern: Words
    joins: Words
    foreign: npt.NDArray[np.bool_]
    corners: Floats
    number: Ints
    beyond: Words
    border: Floats

    @cached_property
    def plot_faces(self) -> Ints:
        """Faces that have a front, in our municipality."""
        return np.flatnonzero(self._built & ~self.foreign)

    @cached_property
    def neighbour_plot_faces(self) -> Ints:
        """The same in the neighbouring municipality."""
        return np.flatnonzero(self._built & self.foreign)

    @cached_property
    def open_faces(self) -> Ints:
        """Fields, meadows, woods and parks of both municipalities."""
        return np.flatnonzero(np.isin(self.use, OPEN_USES))

    @property
    def _built(self) -> npt.NDArray[np.bool_]:
        return np.asarray(np.isfinite(self.corners[:, 0, 0]) & np.isin(self.use, BUILT_USES))

    @cached_property
    def plots(self) -> list[Plot]:
        """All of them as plots."""
        return [self.plot(int(face)) for face in self.plot_faces]

    def plot(self, face: int) -> Plot:
        """One face as a plot."""
        left, right = self.corners[face, 0], self.corners[face, 1]
        length = float(np.hypot(*(right - left)))
        along = (right - left) / length
        return Plot(
            face, str(self.use[face]), str(self.street[face]), int(self.number[face]), int(self.block[face]),
            str(self.pattern[face]), self.fabric.faces[face], left, along, np.array([-along[1], along[0]]), length,
        )  # fmt: skip


def layout(parcels: int, rng: np.random.Generator) -> Town:
    """Lay out a town of about so many parcels.

    Parameters
    ----------
    parcels : wished number; the town comes out within a quarter of it from 400 on.
    rng : decides everything that is left to chance.
    """
    plane = make_plane(parcels, rng)
    place_spots(plane, rng)
    sheet = Sheet()
    draw_roads(plane, sheet)
    draw_stream(plane, sheet, rng)
    streams: dict[str, Iterator[str]] = {
        kind: names.streets(kind) for kind in ("", "summer", "centre", "rows", "business")
    }
    seen: set[str] = set()
    for block, spot in enumerate(plane.spots, start=1):
        quarter = Quarter(
            spot.width, spot.depth, spot.u, spot.v, spot.scale, block, streams, rng, float(rng.normal()),
            spot.pattern not in seen,
        )  # fmt: skip
        seen.add(spot.pattern)
        PATTERNS[spot.pattern](quarter)
        if spot.pattern in CARVED:
            quarter.close_carved(sheet)
        else:
            quarter.close(sheet)
    draw_shore(plane, sheet, rng)
    fabric = weave(sheet, plane.bend, rng)
    blocks = np.array(sheet.block)
    patterns = [spot.pattern for spot in plane.spots]
    foreign = np.array([float(r[:, 0].mean()) for r in sheet.rings]) > plane.east
    corners = np.array(sheet.corners)
    has = np.isfinite(corners[:, 0, 0])
    corners[has] = plane.bend(corners[has].reshape(-1, 2), np.repeat(blocks[has], 4)).reshape(-1, 4, 2)
    street = np.array(sheet.street, dtype=object)
    use = np.array(sheet.use, dtype=object)
    return Town(
        fabric, plane, patterns, use, street, blocks,
        np.array(["", *patterns], dtype=object)[blocks], np.array(sheet.joins, dtype=object), foreign, corners,
        _numbers(street, corners, has), _beyond(fabric, plane, foreign), _border(fabric, plane),
    )  # fmt: skip


def _beyond(fabric: Fabric, plane: Plane, foreign: npt.NDArray[np.bool_]) -> Words:
    """What lies outside the outermost segments."""
    outer = (fabric.left < 0) | (fabric.right < 0)
    own = np.maximum(fabric.left, fabric.right)
    word = np.full(len(fabric.segments), "", dtype=object)
    word[outer] = "edge"
    ends = plane.scale(0.0)
    word[outer & (fabric.flat[:, 1] < -1.0)] = "water"
    word[outer & (fabric.flat[:, 0] < plane.field_west + 0.01 / ends)] = "edge"
    word[outer & (np.abs(fabric.flat[:, 0] - plane.east) < 0.01) & ~foreign[own]] = "border"
    return word


def _border(fabric: Fabric, plane: Plane) -> Floats:
    """The border to the neighbour through the points of the net, from the sea inland, somewhat beyond both ends."""
    on = np.abs(fabric.flat[:, 0] - plane.east) < 0.01
    ends = fabric.segments[on].reshape(-1, 2, 2)
    first = shapely.get_coordinates(shapely.line_merge(shapely.multilinestrings(shapely.linestrings(ends))))
    ways = np.array([[plane.east, -200.0], [plane.east, 0.0], [plane.east, plane.top + 400.0]])
    sea, shore, inland = plane.bend(ways, np.zeros(3, dtype=np.int64))
    if np.hypot(*(first[0] - shore)) > np.hypot(*(first[-1] - shore)):
        first = first[::-1]
    return np.vstack([sea, first, inland])


def _numbers(street: Words, corners: Floats, has: npt.NDArray[np.bool_]) -> Ints:
    """House numbers: odd on one side of the street, even on the other, growing along it."""
    number = np.zeros(len(street), dtype=np.int64)
    face = np.flatnonzero(has)
    _, of = np.unique(street[face].astype(str), return_inverse=True)
    way = corners[face, 1] - corners[face, 0]
    middle = (corners[face, 0] + corners[face, 1]) / 2
    first = np.full(of.max() + 1, len(face), dtype=np.int64)
    np.minimum.at(first, of, np.arange(len(face)))
    axis = way[first[of]]
    side = (way * axis).sum(axis=1) < 0
    place = (middle * axis).sum(axis=1)
    order = np.lexsort((place, side, of))
    new = np.concatenate([[True], (of[order][1:] != of[order][:-1]) | (side[order][1:] != side[order][:-1])])
    start = np.maximum.accumulate(np.where(new, np.arange(len(order)), 0))
    number[face[order]] = 1 + side[order] + 2 * (np.arange(len(order)) - start)
    return number
