"""From cells drawn on a flat plane to a cadastral map: one net of lines, bent as a whole.

Blocks and streets are drawn as plain polygons in a plane where streets are straight. Their outlines are made
into *one* net of lines, the faces of that net become the parcels, and then every point of the net is moved, once.
Neighbours thus share their points exactly, however crooked the streets become: no gap and no overlap can arise.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import numpy.typing as npt
import shapely

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

#: Points of streets, so close that a bent street is round to the eye.
_STREET_STEP_M: Final = 16.0
#: The plane's lines are snapped to this grid before they are cut at each other.
_GRID_M: Final = 0.001
#: What is left over between streets and plots and smaller than this goes to no parcel of its own.
SMALLEST_M2: Final = 12.0


@dataclass(frozen=True)
class Cell:
    """A piece of ground as drawn: ``use`` says what for, ``street`` which road serves it.

    ``block`` numbers the quarter it lies in; ``joins`` names a property that it shares with other cells.
    """

    shape: shapely.Polygon
    use: str
    street: str
    block: int
    joins: str = ""


@dataclass(frozen=True)
class Fabric:
    """The bent net.

    Attributes
    ----------
    faces : polygons in metres, on whole millimetres; they tile.
    cell : row of the cell that each face was drawn as.
    segments : rows of x0, y0, x1, y1, each stretch between two points of the net once.
    left, right : face on either side of each segment, -1 outside.
    """

    faces: npt.NDArray[np.object_]
    cell: Ints
    segments: Floats
    left: Ints
    right: Ints


def carve(cells: Sequence[Cell]) -> list[Cell]:
    """Give streets their ground: earlier streets before later ones, all streets before everything else."""
    streets: dict[tuple[int, str], list[Cell]] = {}
    for cell in cells:
        if cell.use == "road":
            streets.setdefault((cell.block, cell.street), []).append(cell)
    roads = [replace(same[0], shape=shapely.union_all([c.shape for c in same])) for same in streets.values()]
    others = [c for c in cells if c.use != "road"]
    cut: list[Cell] = []
    tree = shapely.STRtree([c.shape for c in roads])
    for number, cell in enumerate([*roads, *others]):
        taken = [int(i) for i in sorted(tree.query(cell.shape, predicate="intersects")) if int(i) < number]
        shape = (
            cell.shape.difference(shapely.union_all([roads[i].shape for i in taken])) if taken else cell.shape
        )
        parts = [
            p for p in shapely.get_parts(shape) if isinstance(p, shapely.Polygon) and p.area > SMALLEST_M2
        ]
        cut.extend(replace(cell, shape=part) for part in parts)
    return cut


def weave(
    cells: Sequence[Cell], bend: Callable[[Floats], Floats], rng: np.random.Generator, jitter_m: float = 0.22
) -> Fabric:
    """Make the net of all cells and bend it.

    Parameters
    ----------
    cells : carved cells that cover their plane without overlap.
    bend : moves points (n, 2) of the plane to their place on the grid.
    rng : moves corners between plots by some decimetres, since no two plots are alike.
    """
    outlines = shapely.boundary([c.shape for c in cells])
    street = np.array([c.use in ("road", "sea_edge") for c in cells])
    outlines[street] = shapely.segmentize(outlines[street], _STREET_STEP_M)
    net = shapely.union_all(shapely.set_precision(outlines, _GRID_M), grid_size=_GRID_M)
    flat = shapely.get_parts(shapely.polygonize([net]))
    inside = shapely.point_on_surface(flat)
    tree = shapely.STRtree([c.shape for c in cells])
    face_of, cell_of = tree.query(inside, predicate="within")
    cell = np.full(len(flat), -1, dtype=np.int64)
    cell[face_of] = cell_of
    order = np.lexsort((inside_key(inside), cell))
    flat, cell = _absorb(flat[order], cell[order])

    xy = shapely.get_coordinates(flat)
    points, index = np.unique(np.round(xy, 4), axis=0, return_inverse=True)
    fixed = _touching(flat, street[cell], points, index) | _rim(flat, points, index)
    moved = points + np.where(fixed[:, None], 0.0, jitter_m * _waves(points, rng))
    placed = np.round(bend(moved), 3)
    faces = shapely.set_coordinates(flat.copy(), placed[index.reshape(-1)])
    return _sides(np.asarray(faces, dtype=object), cell, placed, index.reshape(-1))


def _absorb(flat: npt.NDArray[np.object_], cell: Ints) -> tuple[npt.NDArray[np.object_], Ints]:
    """Give slivers, and ground that nobody drew, to the neighbour with the longest common side."""
    small = (cell < 0) | (shapely.area(flat) < SMALLEST_M2)
    kept = np.flatnonzero(~small)
    shapes = flat.copy()
    for row in np.flatnonzero(small).tolist():
        near = kept[shapely.intersects(shapes[kept], flat[row])]
        if len(near):
            common = shapely.length(shapely.intersection(shapes[near], flat[row]))
            home = near[np.argmax(common)]
            shapes[home] = shapely.union_all([shapes[home], flat[row]])
    return shapes[kept], cell[kept]


def _waves(points: Floats, rng: np.random.Generator) -> Floats:
    """Short waves of about 1 in both directions: near points move alike, so that no ring turns over."""
    moved = np.zeros(points.shape)
    for length in (19.0, 31.0, 47.0):
        angle, phase = rng.uniform(0, 2 * np.pi, 2), rng.uniform(0, 2 * np.pi, 2)
        for k in (0, 1):
            way = points @ np.array([np.cos(angle[k]), np.sin(angle[k])])
            moved[:, k] += np.sin(2 * np.pi * way / length + phase[k])
    return moved


def inside_key(points: npt.NDArray[np.object_]) -> Floats:
    """A number that orders faces of one cell the same way in every run."""
    return np.asarray(np.round(shapely.get_x(points) * 1e3 + shapely.get_y(points), 3), dtype=np.float64)


def _touching(
    flat: npt.NDArray[np.object_], street: npt.NDArray[np.bool_], points: Floats, index: Ints
) -> npt.NDArray[np.bool_]:
    """Which points lie on a street: those stay, so that kerbs are smooth."""
    of = np.repeat(np.arange(len(flat)), shapely.get_num_coordinates(flat))
    at = np.zeros(len(points), dtype=bool)
    at[index.reshape(-1)[street[of]]] = True
    return at


def _rim(flat: npt.NDArray[np.object_], points: Floats, index: Ints) -> npt.NDArray[np.bool_]:
    """Which points lie on the outer rim of the whole net."""
    del index
    edge = shapely.get_coordinates(shapely.boundary(shapely.union_all(flat, grid_size=_GRID_M)))
    rim = {tuple(p) for p in np.round(edge, 3).tolist()}
    return np.array([tuple(p) in rim for p in np.round(points, 3).tolist()])


def _sides(faces: npt.NDArray[np.object_], cell: Ints, points: Floats, index: Ints) -> Fabric:
    """Each stretch between two points once, with the faces on both sides."""
    count = shapely.get_num_coordinates(faces)
    face = np.repeat(np.arange(len(faces)), count)
    rings, ring_face = shapely.get_rings(faces, return_index=True)
    ring = np.repeat(np.arange(len(rings)), shapely.get_num_coordinates(rings))
    same = ring[1:] == ring[:-1]
    a, b, of = index[:-1][same], index[1:][same], face[:-1][same]
    # A shell has its face on the left when it runs against the clock, a hole when it runs with it.
    ccw = shapely.is_ccw(rings)
    outer = np.concatenate([[True], ring_face[1:] != ring_face[:-1]])
    on_left = (ccw == outer)[ring[:-1][same]]
    flip = a > b
    low, high = np.where(flip, b, a), np.where(flip, a, b)
    left_side = on_left ^ flip
    key = low.astype(np.int64) * (len(points) + 1) + high
    unique, first, inverse = np.unique(key, return_index=True, return_inverse=True)
    left = np.full(len(unique), -1, dtype=np.int64)
    right = np.full(len(unique), -1, dtype=np.int64)
    left[inverse[left_side]] = of[left_side]
    right[inverse[~left_side]] = of[~left_side]
    ends = np.hstack([points[low[first]], points[high[first]]])
    return Fabric(faces, cell, ends, left, right)
