"""Placing buildings on a plot: rectangles in the plot's own frame, measured against its boundary."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
import numpy.typing as npt
import shapely
from shapely.geometry import Polygon
from shapely.geometry.base import BaseGeometry

from permits.demo.town import Plot, Town

Floats = npt.NDArray[np.float64]

#: Decimals of coordinates in drawings: a tenth of a millimetre is lost to nobody.
DECIMALS: Final = 5
#: What counts as boundary toward a neighbour (naboskel); the cadastre does not know paths.
NEIGHBOUR: Final = ("parcel", "unknown")


@dataclass(frozen=True)
class Frame:
    """A right-angled frame on the ground: ``origin``, ``along`` (unit vector) and ``inward``, 90° to its left."""

    origin: Floats
    along: Floats

    @property
    def inward(self) -> Floats:
        return np.array([-self.along[1], self.along[0]])

    def out(self, local: Sequence[tuple[float, float]] | Floats) -> Floats:
        """From the frame to the grid."""
        xy = np.asarray(local, dtype=np.float64)
        return np.asarray(self.origin + xy[:, :1] * self.along + xy[:, 1:2] * self.inward)

    def out_all(self, local: Floats) -> Floats:
        """From the frame to the grid, for corners of many shapes (n, k, 2)."""
        return np.asarray(self.origin + local[..., :1] * self.along + local[..., 1:2] * self.inward)

    def back(self, grid: Floats) -> Floats:
        """From the grid to the frame."""
        moved = grid - self.origin
        return np.stack([moved @ self.along, moved @ self.inward], axis=1)

    def polygon(self, local: Sequence[tuple[float, float]] | Floats) -> Polygon:
        """A polygon drawn in the frame, on the grid."""
        return Polygon(self.out(local))


@dataclass(frozen=True)
class Edge:
    """A stretch of a property's boundary: two points, and what lies on its other side."""

    line: Floats
    kind: str
    face: int


class Boundaries:
    """Who lies beyond which stretch of a face, for the whole town."""

    def __init__(self, town: Town) -> None:
        self.town = town
        fabric = town.fabric
        own = np.concatenate([fabric.left, fabric.right])
        other = np.concatenate([fabric.right, fabric.left])
        row = np.tile(np.arange(len(fabric.segments)), 2)
        order = np.argsort(own, kind="stable")
        self._row, self._other = row[order], other[order]
        self._start = np.searchsorted(own[order], np.arange(len(fabric.faces) + 1))
        self._road = town.use == "road"

    def around(self, faces: Sequence[int]) -> list[Edge]:
        """Outer boundary of a property made of these faces, with the kind of each stretch."""
        edges = []
        for face in faces:
            at = slice(self._start[face], self._start[face + 1])
            for row, other in zip(self._row[at].tolist(), self._other[at].tolist(), strict=True):
                if other in faces:
                    continue
                if other < 0:
                    word = str(self.town.beyond[row])
                    kind = "water" if word == "water" else "unknown"
                else:
                    kind = "road" if self._road[other] else "parcel"
                edges.append(Edge(self.town.fabric.segments[row].reshape(2, 2), kind, face))
        return edges

    def site(self, plot: Plot, faces: tuple[int, ...] = ()) -> Site:
        """A plot as a site; ``faces`` = all parcels of the property."""
        own = faces or (plot.face,)
        shape = shapely.union_all(self.town.fabric.faces[list(own)]) if len(own) > 1 else plot.shape
        return Site(plot, own, shape, self.around(own))


@dataclass
class Site:
    """A plot (or two that form one property) to build on."""

    plot: Plot
    faces: tuple[int, ...]
    shape: BaseGeometry
    edges: list[Edge]

    @cached_property
    def neighbour(self) -> BaseGeometry:
        """Boundary toward neighbours; rules measure to it."""
        return _lines([e.line for e in self.edges if e.kind in NEIGHBOUR])

    @cached_property
    def certain(self) -> BaseGeometry:
        """Boundary toward known neighbours."""
        return _lines([e.line for e in self.edges if e.kind == "parcel"])

    @cached_property
    def road(self) -> BaseGeometry:
        """Boundary toward roads."""
        return _lines([e.line for e in self.edges if e.kind == "road"])

    @property
    def front(self) -> Frame:
        """Frame with the street as its x axis."""
        return Frame(self.plot.origin, self.plot.along)

    def reach(self, low: float, high: float) -> tuple[float, float]:
        """How far the plot reaches to the left and right between two distances from the street (metres)."""
        frame = self.front
        far = 500.0
        strip = frame.polygon(rectangle(-far, low, far, high))
        band = shapely.get_coordinates(shapely.intersection(self.shape, strip))
        if not len(band):
            return 0.0, 0.0
        x = frame.back(band)[:, 0]
        return float(x.min()), float(x.max())

    def sides(self, kind: str = "parcel") -> list[Frame]:
        """Frames along the straight sides toward one kind of neighbour, the longest first; inward is the plot.

        Toward known neighbours only those that run about square to the street, beside the house and not behind it.
        """
        found = []
        for edge in self.edges:
            vector = edge.line[1] - edge.line[0]
            length = float(np.hypot(*vector))
            if edge.kind != kind or length < 12.0:
                continue
            if kind == "parcel" and abs(vector @ self.plot.along) > 0.55 * length:
                continue
            along = vector / length
            frame = Frame(edge.line[0], along)
            probe = edge.line.mean(axis=0) + 0.5 * frame.inward
            if not shapely.contains_xy(self.shape, *probe):
                frame = Frame(edge.line[1], -along)
            found.append((length, frame))
        return [frame for _, frame in sorted(found, key=lambda pair: -pair[0])]


def _lines(lines: list[Floats]) -> BaseGeometry:
    return (
        shapely.multilinestrings([shapely.linestrings(line) for line in lines])
        if lines
        else shapely.MultiLineString()
    )


def rectangle(x0: float, y0: float, x1: float, y1: float) -> list[tuple[float, float]]:
    """Corners of a rectangle in a frame, against the clock."""
    return [(x0, y0), (x1, y0), (x1, y1), (x0, y1)]


def moved_all(
    shapes: npt.NDArray[np.object_], line: BaseGeometry, distance_m: float, direction: Floats
) -> Floats:
    """How far rectangles go along ``direction`` (unit vector) to lie so far from a line, metres."""
    way = np.zeros(len(shapes))
    open_ = np.arange(len(shapes))
    xy = shapely.get_coordinates(shapes).reshape(len(shapes), 5, 2)
    for _ in range(12):
        at = shapely.polygons(xy[open_] + way[open_, None, None] * direction)
        missing = distance_m - shapely.distance(at, line)
        far = np.abs(missing) >= 1e-9
        open_ = open_[far]
        if not len(open_):
            break
        way[open_] += missing[far]
    return way
