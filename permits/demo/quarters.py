"""Patterns of town quarters on a flat plane: streets, closes, a horseshoe, row houses, summer houses, a centre.

A quarter is a rectangle between collector roads. A pattern draws its streets and plots as cells; streets may lie
over plots, :func:`permits.demo.fabric.carve` gives them their ground.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import shapely
from shapely.affinity import scale, translate
from shapely.geometry import Point, Polygon, box

from permits.demo.fabric import Cell

#: Size of a quarter, collector roads not included.
WIDTH_M: Final = 244.0
DEPTH_M: Final = 146.0
LANE_M: Final = 8.5


@dataclass
class Quarter:
    """One quarter while it is drawn: its corner, its number, the names of its streets."""

    x: float
    y: float
    block: int
    names: Iterator[str]
    rng: np.random.Generator
    cells: list[Cell] = field(default_factory=list)

    def add(self, shape: Polygon, use: str, street: str, joins: str = "") -> None:
        """Add a piece drawn in the quarter's own coordinates."""
        self.cells.append(Cell(translate(shape, self.x, self.y), use, street, self.block, joins))

    def cuts(self, begin: float, end: float, width: float, spread: float = 0.09) -> list[float]:
        """Places that divide a row into plots of about this width."""
        number = max(1, round((end - begin) / width))
        share = self.rng.normal(1.0, spread, number).clip(0.78, 1.3)
        return [
            *(begin + np.concatenate([[0.0], np.cumsum(share)]) / share.sum() * (end - begin))
            .round(2)
            .tolist()
        ]

    def row(
        self, span: tuple[float, float], front: float, back: float, width: float, use: str, street: str,
        *, upright: bool = False, notches: bool = True,
    ) -> None:  # fmt: skip
        """A row of plots between a street at ``front`` and the back line; ``upright``: the row runs north."""
        at = self.cuts(*span, width)
        lean = self.rng.normal(0.0, 0.5, len(at)).clip(-1.0, 1.0).round(2)
        lean[[0, -1]] = 0.0
        inward = np.sign(back - front)
        corners = [((x, front), (x + d, back)) for x, d in zip(at, lean.tolist(), strict=True)]
        shapes = [Polygon([a, b, d, c]) for (a, c), (b, d) in itertools.pairwise(corners)]
        for i in range(len(shapes) - 1):
            if notches and self.rng.random() < 0.12:
                # One garden reaches behind the other: the corner that turns inward is common in old gardens.
                deep = 5.0 + 4.0 * self.rng.random()
                across = at[i + 1] + min(5.0, 0.25 * (at[i + 2] - at[i + 1]))
                corner = box(
                    at[i + 1] - 2.0, min(back, back - inward * deep), across, max(back, back - inward * deep)
                )
                taken = shapes[i + 1].intersection(corner)
                joined, left = shapes[i].union(taken), shapes[i + 1].difference(taken)
                if isinstance(joined, Polygon) and isinstance(left, Polygon) and left.minimum_clearance > 2.0:
                    shapes[i], shapes[i + 1] = joined, left
        pair = self.rng.random(len(shapes))
        joins = ""
        for i, shape in enumerate(shapes):
            joins = joins if joins and not joins.endswith("!") else ""
            if joins:
                mark, joins = joins, joins + "!"
            elif use == "house" and pair[i] < 0.05 and i + 1 < len(shapes):
                joins = mark = f"{self.block}/{street}/{front:.0f}/{i}"
            else:
                mark = ""
            drawn = shapely.transform(shape, lambda p: p[:, ::-1]) if upright else shape
            self.add(drawn, use, street, mark)

    def corner(self, x: float, y: float, dx: int, dy: int, street: str, cut: float = 4.0) -> None:
        """Cut a street corner for the view (oversigtsareal); the triangle belongs to the street."""
        if self.rng.random() < 0.7:
            self.add(Polygon([(x, y), (x + dx * cut, y), (x, y + dy * cut)]), "road", street)


def streets(q: Quarter) -> None:
    """Two through streets with plots on both sides."""
    depth = (DEPTH_M - 2 * LANE_M) / 4
    for base in (0.0, DEPTH_M / 2):
        name = next(q.names)
        low, high = base + depth, base + depth + LANE_M
        q.add(box(0, low, WIDTH_M, high), "road", name)
        q.row((0, WIDTH_M), low, base, 23.5, "house", name)
        q.row((0, WIDTH_M), high, base + DEPTH_M / 2, 23.5, "house", name)
        for x, dx in ((0.0, 1), (WIDTH_M, -1)):
            q.corner(x, low, dx, -1, name)
            q.corner(x, high, dx, 1, name)


def closes(q: Quarter) -> None:
    """Three closes (blinde veje) with turning places, open to one collector."""
    flip = q.rng.random() < 0.5
    inner = Quarter(0.0, 0.0, q.block, q.names, q.rng)
    wide = 81.0
    depth = (wide - LANE_M) / 2
    for i in range(3):
        name = next(q.names)
        left = i * wide
        right = WIDTH_M if i == 2 else left + wide
        end = round(DEPTH_M - 30.0 - 7.0 * q.rng.random(), 2)
        middle = left + wide / 2
        inner.add(box(middle - LANE_M / 2, 0, middle + LANE_M / 2, end), "road", name)
        inner.add(Point(middle, end).buffer(9.5, quad_segs=4), "road", name)
        inner.row((0, end - 2), left + depth, left, 22.5, "house", name, upright=True, notches=False)
        inner.row(
            (0, end - 2), left + depth + LANE_M, right, 22.5, "house", name, upright=True, notches=False
        )
        top = round(middle + float(q.rng.normal(0.0, 2.0)), 2)
        inner.add(
            Polygon([(left, end - 2), (middle, end - 2), (top, DEPTH_M), (left, DEPTH_M)]), "house", name
        )
        inner.add(
            Polygon([(middle, end - 2), (right, end - 2), (right, DEPTH_M), (top, DEPTH_M)]), "house", name
        )
        inner.corner(middle - LANE_M / 2, 0, -1, 1, name)
        inner.corner(middle + LANE_M / 2, 0, 1, 1, name)
    for cell in inner.cells:
        shape = scale(cell.shape, 1, -1, origin=(0, DEPTH_M / 2)) if flip else cell.shape
        q.add(shape, cell.use, cell.street, cell.joins)


def horseshoe(q: Quarter) -> None:
    """A horseshoe street (hestesko) round a green."""
    name, deep = next(q.names), 33.0
    low, right = deep, WIDTH_M - deep
    top = DEPTH_M - deep
    q.add(box(low, 0, low + LANE_M, top), "road", name)
    q.add(box(right - LANE_M, 0, right, top), "road", name)
    q.add(box(low, top - LANE_M, right, top), "road", name)
    q.row((0, top), low, 0, 22.5, "house", name, upright=True)
    q.row((0, top), right, WIDTH_M, 22.5, "house", name, upright=True)
    q.row((0, WIDTH_M), top, DEPTH_M, 24.0, "house", name, notches=False)
    west, east = low + LANE_M, right - LANE_M
    q.row((0, top - LANE_M), west, west + deep, 22.5, "house", name, upright=True, notches=False)
    q.row((0, top - LANE_M), east, east - deep, 22.5, "house", name, upright=True, notches=False)
    middle = top - LANE_M - deep
    q.row((west + deep, east - deep), top - LANE_M, middle, 23.0, "house", name, notches=False)
    q.add(box(west + deep, 0, east - deep, middle), "green", name)
    for x, dx in ((low, -1), (right, 1), (west, 1), (east, -1)):
        q.corner(x, 0, dx, 1, name)


def rows(q: Quarter) -> None:
    """Row houses (rækkehuse) along two yards, common land between."""
    name = next(q.names)
    unit, deep = 8.2, 25.0
    q.add(box(WIDTH_M / 2 - 4, 0, WIDTH_M / 2 + 4, DEPTH_M), "road", name)
    common: Polygon = box(0, 0, WIDTH_M, DEPTH_M)
    for x0, x1 in ((10.0, WIDTH_M / 2 - 12), (WIDTH_M / 2 + 12, WIDTH_M - 10.0)):
        for y in (8.0, 58.0, 108.0):
            start = round(x0 + float(q.rng.uniform(0.0, 9.0)), 1)
            count = int((x1 - start) // unit)
            for i in range(count):
                plot = box(start + i * unit, y, start + (i + 1) * unit, y + deep)
                q.add(plot, "row", name)
                common = common.difference(plot)
    # The two halves of the common land are two parcels, cut where the yard's road runs.
    for half in (box(0, 0, WIDTH_M / 2, DEPTH_M), box(WIDTH_M / 2, 0, WIDTH_M, DEPTH_M)):
        q.add(common.intersection(half), "common", name)


def summer(q: Quarter) -> None:
    """Summer houses along a lane, with a strip of common heath toward the beach."""
    name = next(q.names)
    strip, lane = 26.0, 6.5
    deep = (DEPTH_M - strip - lane) / 2
    low = strip + deep
    q.add(box(0, low, WIDTH_M, low + lane), "road", name)
    q.row((0, WIDTH_M), low, strip, 24.5, "summer", name)
    q.row((0, WIDTH_M), low + lane, DEPTH_M, 24.5, "summer", name)
    q.add(box(0, 0, WIDTH_M, strip), "heath", name)


def centre(q: Quarter) -> None:
    """The old centre: a high street, a square, lanes and narrow plots down to the harbour."""
    high, lane, square = next(q.names), next(q.names), "Torvet"
    y0, y1 = 66.0, 76.0
    q.add(box(0, y0, WIDTH_M, y1), "road", high)
    q.add(Polygon([(92, y1), (146, y1), (142, y1 + 38), (95, y1 + 38)]), "road", square)
    q.add(Polygon([(146, 0), (153, 0), (156, y0), (149, y0)]), "road", lane)
    q.add(box(60, y1, 66, DEPTH_M), "road", next(q.names))
    q.row((0, 60), y1, y1 + 38, 17.0, "town", high)
    q.row((66, 96), y1, y1 + 38, 15.0, "town", high, notches=False)
    q.row((140, WIDTH_M), y1, y1 + 38, 17.0, "town", high)
    q.add(box(60, y1 + 38, 168, DEPTH_M), "church", square)
    q.row((0, 60), DEPTH_M, y1 + 38, 20.0, "town", high, notches=False)
    q.row((168, WIDTH_M), DEPTH_M, y1 + 38, 19.0, "town", high, notches=False)
    q.row((0, 146), y0, y0 - 36, 16.0, "town", high)
    q.row((146, WIDTH_M), y0, y0 - 36, 17.0, "town", high, notches=False)
    q.row((0, 150), 0, y0 - 36, 26.0, "town", lane, notches=False)
    q.add(box(150, 0, WIDTH_M, y0 - 36), "harbour", lane)


def green(q: Quarter) -> None:
    """A park and a school, with one street of houses."""
    name = next(q.names)
    depth = 34.0
    top = DEPTH_M
    low = top - 2 * depth - LANE_M
    q.add(box(0, low + depth, WIDTH_M, low + depth + LANE_M), "road", name)
    q.row((0, WIDTH_M), low + depth + LANE_M, top, 23.0, "house", name)
    q.row((0, WIDTH_M), low + depth, low, 23.0, "house", name)
    q.add(Polygon([(0, 0), (150, 0), (138, low), (0, low)]), "green", name)
    q.add(Polygon([(150, 0), (WIDTH_M, 0), (WIDTH_M, low), (138, low)]), "school", name)


PATTERNS: Final[dict[str, Callable[[Quarter], None]]] = {
    "streets": streets, "closes": closes, "horseshoe": horseshoe, "rows": rows,
    "summer": summer, "centre": centre, "green": green,
}  # fmt: skip
