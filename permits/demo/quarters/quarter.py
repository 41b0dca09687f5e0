"""A quarter while it is drawn: a rectangle between roads, with the tools that its patterns share."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import numpy.typing as npt
import shapely

from permits.demo.fabric import Sheet, carve
from permits.demo.quantiles import PLOT_M2, below, draw

Floats = npt.NDArray[np.float64]

#: Size of a quarter, collector roads not included; neither is met to the metre.
WIDTH_M: Final = 244.0
DEPTH_M: Final = 162.0
LANE_M: Final = 8.5
#: Narrowest plot of a house.
_NARROW_M: Final = 14.0
#: How alike the plots of one quarter are in size (correlation).
_ALIKE: Final = 0.45


@dataclass(eq=False)
class Piece:
    """A piece in the quarter's own metres."""

    ring: Floats
    use: str
    street: str
    joins: str
    corners: Floats | None


@dataclass
class Quarter:
    """One quarter: size in metres, place on the plane, streets' names by kind.

    ``scale`` is how many metres one unit of the plane is across here; ``size`` says how large its plots are
    (standard score), ``first`` whether it is the first of its pattern.
    """

    width: float
    depth: float
    u: float
    v: float
    scale: float
    block: int
    names: Mapping[str, Iterator[str]]
    rng: np.random.Generator
    size: float = 0.0
    first: bool = True
    pieces: list[Piece] = field(default_factory=list)

    def add(
        self, ring: Floats | Sequence[tuple[float, float]], use: str, street: str, joins: str = "",
        corners: Floats | None = None,
    ) -> None:  # fmt: skip
        """Add a piece drawn in the quarter's own metres."""
        self.pieces.append(Piece(np.asarray(ring, dtype=np.float64), use, street, joins, corners))

    def box(
        self, x0: float, y0: float, x1: float, y1: float, use: str, street: str, *, front: str = ""
    ) -> None:
        """A rectangle; ``front``: which side (s, n, w, e) faces its street, if any."""
        ring = np.array([(x0, y0), (x1, y0), (x1, y1), (x0, y1)], dtype=np.float64)
        at = "senw".find(front) if front else -1
        self.add(ring, use, street, corners=np.roll(ring, -at, axis=0) if at >= 0 else None)

    def lane(self, low: float, high: float, street: str, cuts: tuple[float, float, float, float]) -> None:
        """A street across the quarter; corners cut for the view (oversigtsareal): south-west, -east, north-…"""
        w, (a, b, c, d) = self.width, cuts
        ring = [
            (0, low - a), (a, low), (w - b, low), (w, low - b),
            (w, high + d), (w - d, high), (c, high), (0, high + c),
        ]  # fmt: skip
        self.add(ring, "road", street)

    def cut(self) -> float:
        """How far a street corner is cut."""
        return 4.0 if self.rng.random() < 0.6 else 0.0

    def widths(self, length: float, depth: float) -> Floats:
        """Places that divide a row of house plots, so that their areas are those of real ones."""
        most = int(length / _NARROW_M) + 3
        score = _ALIKE * self.size + np.sqrt(1 - _ALIKE**2) * self.rng.normal(size=most)
        wide = np.maximum(draw(PLOT_M2, below(score)) / depth, _NARROW_M)
        ends = np.cumsum(wide)
        number = int(np.argmin(np.abs(ends - length))) + 1
        return np.asarray(np.concatenate([[0.0], ends[:number]]) * (length / ends[number - 1]))

    def even(self, length: float, width: float, spread: float = 0.09) -> Floats:
        """Places that divide a row into plots of about one width."""
        number = max(1, round(length / width))
        share = self.rng.normal(1.0, spread, number).clip(0.78, 1.3)
        return np.asarray(np.concatenate([[0.0], np.cumsum(share)]) / share.sum() * length)

    def row(
        self, origin: tuple[float, float], along: tuple[int, int], length: float, depth: float, use: str, street: str,
        *, at: Floats | None = None, cuts: tuple[float, float] = (0.0, 0.0), lively: bool = True,
    ) -> None:  # fmt: skip
        """A row of plots: ``origin`` at the left end of the front as seen from the street, plots to the left of it.

        Parameters
        ----------
        along : direction of the front, one of the four axes.
        at : where plots end along the front; None = as house plots are.
        cuts : how far the first and the last street corner are cut.
        lively : divides lean, jog and bend as they do in old gardens.
        """
        rng = self.rng
        at = self.widths(length, depth) if at is None else at
        at = np.append(np.round(at[:-1], 2), length)
        number = len(at) - 1
        lean = rng.normal(0.0, 1.15, number + 1).clip(-2.4, 2.4).round(2) if lively else np.zeros(number + 1)
        lean[[0, -1]] = 0.0
        kind = rng.random(number + 1) if lively else np.ones(number + 1)
        divides = []
        for i in range(number + 1):
            front, back = float(at[i]), float(at[i] + lean[i])
            inner = 0 < i < number
            if inner and kind[i] < 0.1:
                # One garden reaches behind the other: the corner that turns inward is common in old gardens.
                y = round(depth - 5.0 - 5.0 * float(rng.random()), 2)
                jog = round(float(rng.uniform(1.5, 4.5)) * (1 if kind[i] < 0.05 else -1), 2)
                x = round(front + (back - front) * y / depth, 2)
                divides.append([(front, 0.0), (x, y), (x + jog, y), (round(back + jog, 2), depth)])
            elif inner and kind[i] < 0.15:
                # An old boundary that follows a hedge or a brook.
                points = 4 if kind[i] < 0.12 else 16
                share = np.linspace(0.08, 0.93, points) + rng.uniform(-0.015, 0.015, points)
                bow = rng.normal(0.0, 0.3, points)
                divides.append(
                    [(front, 0.0)]
                    + [
                        (front + lean[i] * s + b, s * depth)
                        for s, b in zip(share.tolist(), bow.tolist(), strict=True)
                    ]
                    + [(back, depth)]
                )
            else:
                divides.append([(front, 0.0), (back, depth)])
        if cuts[0]:
            divides[0] = [(cuts[0], 0.0), (0.0, cuts[0]), (0.0, depth)]
        if cuts[1]:
            divides[-1] = [(length - cuts[1], 0.0), (length, cuts[1]), (length, depth)]
        pair = rng.random(number) if use == "house" else np.ones(number)
        joins = ""
        a = np.array(along, dtype=np.float64)
        turn = np.array([a, [-a[1], a[0]]])
        for i in range(number):
            left, right = divides[i], divides[i + 1]
            local = np.array([left[0], *right, *left[:0:-1]])
            corners = np.array([(at[i], 0.0), (at[i + 1], 0.0), right[-1], left[-1]])
            joins = joins if joins and not joins.endswith("!") else ""
            mark = ""
            if joins:
                mark, joins = joins, joins + "!"
            elif pair[i] < 0.08 and i + 1 < number:
                joins = mark = f"{self.block}/{street}/{origin[0]:.0f}/{origin[1]:.0f}/{i}"
            self.add(local @ turn + origin, use, street, mark, corners @ turn + origin)

    def close(self, sheet: Sheet) -> None:
        """Put the pieces on the sheet as they are; they tile."""
        for piece in self.pieces:
            self._put(sheet, piece, piece.ring)

    def close_carved(self, sheet: Sheet) -> None:
        """Put the pieces on the sheet, roads cut out of what they lie over."""
        roads = [p for p in self.pieces if p.use == "road"]
        others = [p for p in self.pieces if p.use != "road"]
        both = [*roads, *others]
        for number, part in carve(
            [shapely.Polygon(p.ring) for p in roads], [shapely.Polygon(p.ring) for p in others]
        ):
            self._put(sheet, both[number], np.asarray(part.exterior.coords)[:-1])

    def _put(self, sheet: Sheet, piece: Piece, ring: Floats) -> None:
        scale = np.array([1.0 / self.scale, 1.0])
        base = np.array([self.u, self.v])
        corners = None if piece.corners is None else piece.corners * scale + base
        sheet.add(ring * scale + base, piece.use, piece.street, self.block, piece.joins, corners)
