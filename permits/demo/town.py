"""The town's layout: a shore with a beach and a harbour, quarters between roads, fields around."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import shapely
from shapely.geometry import Polygon, box

from permits.demo import names
from permits.demo.fabric import Cell, Fabric, carve, weave
from permits.demo.quarters import DEPTH_M, PATTERNS, WIDTH_M, Quarter

Floats = npt.NDArray[np.float64]

#: Where the middle of the coast lies: open water north of Samsø, so that nobody takes the town for a real one.
ORIGIN: Final = (600_000.0, 6_200_000.0)
_TURN_RAD: Final = np.deg2rad(-14.0)
_ROAD_M: Final = 11.0
_MAIN_M: Final = 14.0
_BEACH_M: Final = 34.0
_FIELD_WEST_M: Final = 210.0
_FIELD_NORTH_M: Final = 260.0
#: Patterns of the first quarters, row by row from the shore; more are drawn by lot.
_FIRST: Final = (
    ("summer", "centre", "streets"),
    ("streets", "rows", "closes"),
    ("closes", "green", "horseshoe"),
)
_LOT: Final = ("streets", "closes", "horseshoe", "streets", "closes", "rows", "green")
#: How far a quarter's inner streets may bend.
_SWAY_M: Final = {"rows": 2.5, "centre": 4.0, "closes": 6.0}


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
        return f"{self.street} {self.number}, 9999 Fjordby"


@dataclass(frozen=True)
class Town:
    """The layout.

    ``beyond`` says for each segment of the net what lies outside where no face does: ``water``, ``border``
    (the neighbouring municipality) or ``edge`` (where the demonstration ends); empty inside the town.
    """

    fabric: Fabric
    cells: list[Cell]
    patterns: list[str]
    plots: list[Plot]
    beyond: npt.NDArray[np.object_]
    border: Floats

    def use(self, face: int) -> str:
        """What a face was drawn for."""
        return self.cells[int(self.fabric.cell[face])].use


@dataclass(frozen=True)
class _Grid:
    columns: int
    rows: int
    patterns: list[list[str]]
    sway: Floats
    phase: Floats

    def x(self, column: int) -> float:
        """West side of a column of quarters; the main road runs after the first one."""
        return column * (WIDTH_M + _ROAD_M) + (_MAIN_M - _ROAD_M if column > 0 else 0.0)

    def y(self, row: int) -> float:
        return row * (DEPTH_M + _ROAD_M)

    @property
    def east(self) -> float:
        return self.x(self.columns - 1) + WIDTH_M

    @property
    def north(self) -> float:
        return self.y(self.rows)

    def bend(self, points: Floats) -> Floats:
        """From the flat plane to the grid: streets sway within their quarter, the whole bends and turns."""
        x, y = points[:, 0].copy(), points[:, 1].copy()
        west = np.array([self.x(column) for column in range(self.columns)])
        south = np.array([self.y(row) for row in range(self.rows)])
        column = np.clip(np.searchsorted(west, x, side="right") - 1, 0, None)
        row = np.clip(np.searchsorted(south, y, side="right") - 1, 0, None)
        s, t = (x - west[column]) / WIDTH_M, (y - south[row]) / DEPTH_M
        inside = (s > 0) & (s < 1) & (t > 0) & (t < 1)
        bump = np.where(inside, np.sin(np.pi * s) * np.sin(np.pi * t), 0.0)
        dy, dx = (self.sway[row, column] * bump[:, None]).T
        p = self.phase
        bent_x = (
            x
            + dx
            + 13.0 * np.sin(2 * np.pi * y / 540 + p[0])
            + 4.0 * np.sin(2 * np.pi * (x + y) / 330 + p[1])
        )
        bent_y = (
            y + dy + 17.0 * np.sin(2 * np.pi * x / 640 + p[2]) + 34.0 * np.sin(2 * np.pi * x / 1900 + p[3])
        )
        bent_x = bent_x - self.east / 2
        turn = np.array([[np.cos(_TURN_RAD), np.sin(_TURN_RAD)], [-np.sin(_TURN_RAD), np.cos(_TURN_RAD)]])
        return np.asarray(np.stack([bent_x, bent_y], axis=1) @ turn + np.array(ORIGIN))


def layout(parcels: int, rng: np.random.Generator) -> Town:
    """Lay out a town of about so many parcels.

    Parameters
    ----------
    parcels : wished number; the town comes out within a quarter of it from 200 on.
    rng : decides everything that is left to chance.
    """
    grid = _grid(parcels, rng)
    cells = carve(list(_cells(grid, rng)))
    fabric = weave(cells, grid.bend, rng)
    patterns = [name for line in grid.patterns for name in line]
    border = grid.bend(_east_line(grid))
    beyond = _beyond(fabric, grid)
    plots = _plots(fabric, cells, patterns)
    return Town(fabric, cells, patterns, plots, beyond, border)


def _grid(parcels: int, rng: np.random.Generator) -> _Grid:
    quarters = max(1, round((parcels - 40) / 40))
    columns = max(2, round(float(np.sqrt(quarters))))
    rows = max(2, -(-quarters // columns))
    patterns = []
    for row in range(rows):
        line = []
        for column in range(columns):
            if row < len(_FIRST) and column < 3:
                line.append(_FIRST[row][column])
            elif row == 0:
                line.append(("summer", "streets")[int(rng.integers(2))])
            else:
                line.append(_LOT[int(rng.integers(len(_LOT)))])
        patterns.append(line)
    most = np.array([[(_SWAY_M.get(n, 10.0), 0.6 * _SWAY_M.get(n, 6.0)) for n in line] for line in patterns])
    sway = most * rng.uniform(-1, 1, most.shape)
    return _Grid(columns, rows, patterns, sway, rng.uniform(0, 2 * np.pi, 4))


def _cells(grid: _Grid, rng: np.random.Generator) -> Iterator[Cell]:
    west, east, north = -_ROAD_M, grid.east, grid.north
    top = north + _FIELD_NORTH_M
    main = grid.x(0) + WIDTH_M
    yield Cell(box(main, 0, main + _MAIN_M, top), "road", "Landevejen", 0)
    yield Cell(box(west - _FIELD_WEST_M, DEPTH_M, east, DEPTH_M + _ROAD_M), "road", "Strandvejen", 0)
    for row in range(1, grid.rows):
        y = grid.y(row) + DEPTH_M
        name = ("Skolevej", "Nordvej", "Overvejen", "Bakkevej", "Markvej")[(row - 1) % 5]
        name = name if row <= 5 else f"{name} {row}"
        yield Cell(box(west, y, east, y + _ROAD_M), "road", name, 0)
    for column in range(grid.columns):
        x = west if column == 0 else grid.x(column) - _ROAD_M
        if column != 1:
            name = ("Vestvej", "", "Østvej", "Mosevej", "Kirkevej")[column % 5] or "Parkvej"
            yield Cell(box(x, 0, x + _ROAD_M, north), "road", name if column < 5 else f"{name} {column}", 0)
    streams = {kind: names.streets(kind) for kind in ("", "summer", "centre", "rows")}
    for row in range(grid.rows):
        for column in range(grid.columns):
            pattern = grid.patterns[row][column]
            quarter = Quarter(
                grid.x(column), grid.y(row), row * grid.columns + column + 1,
                streams[pattern if pattern in streams else ""], rng,
            )  # fmt: skip
            PATTERNS[pattern](quarter)
            yield from quarter.cells
    yield from _shore(grid, rng)
    yield from _fields(grid, rng)


def _shore(grid: _Grid, rng: np.random.Generator) -> Iterator[Cell]:
    """Beach along the quarters of the first row, a harbour with moles before the centre."""
    left = -_ROAD_M - _FIELD_WEST_M
    edges = [left, *[grid.x(c) for c in range(1, grid.columns)], grid.east]
    step = 9.0
    xs = np.unique(np.round(np.concatenate([np.arange(left, grid.east, step), edges]), 3))
    waves = sum(
        a * np.sin(2 * np.pi * xs / w + p)
        for a, w, p in zip((7.0, 3.5, 1.6), (310.0, 97.0, 41.0), rng.uniform(0, 6.28, 3), strict=True)
    )
    low = -_BEACH_M + waves + rng.normal(0, 0.5, len(xs))
    for number in range(len(edges) - 1):
        x0, x1 = edges[number], edges[number + 1]
        if number == 1:
            quay = _harbour(x0, x1, float(low[np.searchsorted(xs, x0)]), float(low[np.searchsorted(xs, x1)]))
            yield Cell(quay, "harbour", "Havnegade", 0)
            continue
        span = (xs >= x0) & (xs <= x1)
        shore = list(zip(xs[span].tolist(), low[span].round(3).tolist(), strict=True))
        yield Cell(Polygon([(x0, 0.0), *shore, (x1, 0.0)]), "beach", "Strandvejen", 0)


def _harbour(x0: float, x1: float, low0: float, low1: float) -> Polygon:
    """The quay with two moles round a basin."""
    a, b = x0 + 70, x0 + 205
    return Polygon(
        [
            (x0, 0), (x0, low0), (x0 + 40, -30), (a, -34), (a + 4, -78), (a + 30, -104), (a + 72, -108),
            (a + 72, -102), (a + 34, -97), (a + 13, -75), (a + 12, -24), (b - 40, -22), (b - 40, -30),
            (b - 12, -30), (b - 14, -84), (b - 40, -92), (b - 38, -98), (b - 8, -90), (b - 2, -34),
            (x1, low1), (x1, 0),
        ]
    )  # fmt: skip


def _fields(grid: _Grid, rng: np.random.Generator) -> Iterator[Cell]:
    """Fields to the west and the north, a farmyard in each corner."""
    west, north, top = -_ROAD_M, grid.north, grid.north + _FIELD_NORTH_M
    left = west - _FIELD_WEST_M
    yield Cell(box(left, 0, west, DEPTH_M), "field", "Strandvejen", 0)
    yard = box(west - 75, DEPTH_M + _ROAD_M, west - 15, DEPTH_M + _ROAD_M + 62)
    yield Cell(yard, "farm", "Strandvejen", 0)
    low = DEPTH_M + _ROAD_M
    cut = round(low + (north - low) * 0.48, 1)
    first = Polygon([(left, low), (west, low), (west, cut + 15), (left, cut - 5)])
    yield Cell(first.difference(yard), "field", "Strandvejen", 0)
    yield Cell(
        Polygon([(left, cut - 5), (west, cut + 15), (west, north), (left, north)]), "field", "Vestvej", 0
    )
    at = np.linspace(left, grid.east, max(4, round((grid.east - left) / 190)) + 1)
    at[1:-1] += rng.uniform(-30, 30, len(at) - 2)
    lean = rng.uniform(-25, 25, len(at))
    lean[[0, -1]] = 0.0
    for i in range(len(at) - 1):
        field = Polygon(
            [(at[i], north), (at[i + 1], north), (at[i + 1] + lean[i + 1], top), (at[i] + lean[i], top)]
        )
        if i == len(at) - 2:
            yard = box(grid.east - 95, north, grid.east - 30, north + 70)
            yield Cell(yard, "farm", "Nordvej", 0)
            field = field.difference(yard)
        yield Cell(field, "field", "Landevejen", 0)


def _east_line(grid: _Grid) -> Floats:
    """The border to the neighbour in the flat plane, from the sea to the north, somewhat beyond both ends."""
    y = np.arange(-200.0, grid.north + _FIELD_NORTH_M + 101.0, 10.0)
    return np.stack([np.full(len(y), grid.east), y], axis=1)


def _beyond(fabric: Fabric, grid: _Grid) -> npt.NDArray[np.object_]:
    """What lies outside the outermost segments."""
    outer = (fabric.left < 0) | (fabric.right < 0)
    word = np.full(len(fabric.segments), "", dtype=object)
    word[outer] = "edge"
    middle = (fabric.segments[:, :2] + fabric.segments[:, 2:]) / 2
    border = shapely.linestrings(grid.bend(_east_line(grid)))
    coast = shapely.linestrings(
        grid.bend(np.stack([np.linspace(-_FIELD_WEST_M - 9, grid.east - 3, 200), np.full(200, -3.0)], axis=1))
    )
    at = shapely.points(middle)
    word[outer & (shapely.distance(at, border) < 1.0)] = "border"
    # Everything on the sea's side of the beach is water.
    nearest = shapely.get_coordinates(shapely.shortest_line(at, coast))[1::2]
    south = np.array(grid.bend(np.array([[0.0, 0.0], [0.0, -1.0]])))
    down = south[1] - south[0]
    word[outer & (word == "edge") & ((middle - nearest) @ down > 0.5)] = "water"
    return word


def _plots(fabric: Fabric, cells: list[Cell], patterns: list[str]) -> list[Plot]:
    """Frames of all parcels that houses may stand on, numbered along their streets."""
    uses = np.array([cells[int(c)].use for c in fabric.cell], dtype=object)
    names_of = np.array([cells[int(c)].street for c in fabric.cell], dtype=object)
    road = uses == "road"
    fronts: dict[int, list[Floats]] = defaultdict(list)
    fallback: dict[int, list[Floats]] = defaultdict(list)
    for own, other, turned in ((fabric.left, fabric.right, False), (fabric.right, fabric.left, True)):
        hit = np.flatnonzero((own >= 0) & (other >= 0) & ~road[own] & road[other])
        ends = fabric.segments[hit]
        if turned:
            ends = ends[:, [2, 3, 0, 1]]
        for face, across, line in zip(own[hit].tolist(), other[hit].tolist(), ends, strict=True):
            (fronts if names_of[face] == names_of[across] else fallback)[face].append(line)
    drafts = []
    for face in np.flatnonzero(
        ~np.isin(uses, ["road", "green", "beach", "heath", "field", "common"])
    ).tolist():
        lines = fronts.get(face) or fallback.get(face)
        if not lines and uses[face] == "row":
            lines = [_short_side(fabric.faces[face])]
        if not lines:
            continue
        cell = cells[int(fabric.cell[face])]
        along, origin, length = _front(np.array(lines))
        pattern = patterns[cell.block - 1] if cell.block else "land"
        inward = np.array([-along[1], along[0]])
        drafts.append((face, cell, pattern, origin, along, inward, length))
    number = _numbers(fabric, drafts)
    return [
        Plot(f, c.use, c.street, number[f], c.block, p, fabric.faces[f], o, a, n, m)
        for f, c, p, o, a, n, m in drafts
    ]


def _short_side(shape: Polygon) -> Floats:
    """A short side of a row house's plot as its front; the plot lies on its left."""
    corners = np.asarray(shapely.oriented_envelope(shape).exterior.coords)
    if not shapely.is_ccw(shapely.LinearRing(corners)):
        corners = corners[::-1]
    sides = np.hstack([corners[:-1], corners[1:]])
    length = np.hypot(sides[:, 2] - sides[:, 0], sides[:, 3] - sides[:, 1])
    short = np.flatnonzero(length < length.mean())
    return np.asarray(sides[short[np.argmin(sides[short, 1])]])


def _front(lines: Floats) -> tuple[Floats, Floats, float]:
    """Direction, left end and length of a front; the face lies on the left of every line.

    Only stretches that run about as the longest one count, so that corner cuts turn no house.
    """
    vector = lines[:, 2:] - lines[:, :2]
    length = np.hypot(*vector.T)
    main = vector[np.argmax(length)] / length.max()
    alike = (vector @ main) > 0.8 * length
    total = vector[alike].sum(axis=0)
    along = total / np.hypot(*total)
    starts = lines[alike, :2]
    origin = starts[np.argmin(starts @ along)]
    return along, origin, float((lines[alike, 2:] @ along).max() - (starts @ along).min())


def _numbers(
    fabric: Fabric, drafts: list[tuple[int, Cell, str, Floats, Floats, Floats, float]]
) -> dict[int, int]:
    """House numbers: odd on one side of the street, even on the other, growing along it."""
    streets: dict[str, list[tuple[int, Floats, Floats]]] = defaultdict(list)
    for face, cell, _, origin, along, _, length in drafts:
        streets[cell.street].append((face, origin + along * length / 2, along))
    del fabric
    number: dict[int, int] = {}
    for _, members in sorted(streets.items()):
        points = np.array([m[1] for m in members])
        _, _, axes = np.linalg.svd(points - points.mean(axis=0), full_matrices=False)
        axis = axes[0] * (1 if axes[0][np.argmax(np.abs(axes[0]))] > 0 else -1)
        odd = np.array([m[2] @ axis > 0 for m in members])
        place = points @ axis
        for side, start in ((odd, 1), (~odd, 2)):
            rows = np.flatnonzero(side)
            for count, row in enumerate(rows[np.argsort(place[rows], kind="stable")].tolist()):
                number[members[row][0]] = start + 2 * count
    return number
