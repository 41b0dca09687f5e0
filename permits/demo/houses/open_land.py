"""Buildings in open land: barns in fields, huts in woods and meadows, club houses in parks, allotment huts."""

from __future__ import annotations

from typing import Final

import numpy as np
import shapely

from permits.demo.houses.lots import Lots, Shapes
from permits.demo.outline import Floats, Frames, Ints, Outlines, boxes, polygons
from permits.demo.quantiles import Points, draw
from permits.demo.town import Town

#: Use in BBR, outline and share of pieces of ground that have one, by what the ground is.
_SINGLE: Final[dict[str, tuple[int, Points, float]]] = {
    "field": (210, ((0.0, 40), (0.25, 75), (0.5, 150), (0.75, 300), (1.0, 720)), 0.95),
    "meadow": (210, ((0.0, 20), (0.5, 36), (1.0, 80)), 0.6),
    "forest": (590, ((0.0, 22), (0.5, 45), (1.0, 110)), 0.6),
    "green": (530, ((0.0, 40), (0.5, 130), (1.0, 420)), 0.8),
}
#: Kept free to the boundary, and to the private road through the middle of a field (metres).
_RIM_M: Final = 10.0
_ROAD_M: Final = 9.0
_TRIES: Final = 12
_LARGE_M2: Final = 18_000.0
#: A garden of an allotment, along its path and inward, and the path between two rows of them.
_GARDEN_M: Final = (18.0, 18.0)
_PATH_M: Final = 3.0
_GREENHOUSE: Final = 0.45
_HUT_M2: Final[Points] = ((0.0, 12), (0.1, 20), (0.5, 34), (0.9, 50), (1.0, 62))


def single(town: Town, faces: Ints, rng: np.random.Generator) -> tuple[Ints, Shapes, Ints]:
    """One building on some pieces of open ground, square to their longest side; on each side of a large field's road.

    Returns
    -------
    Faces, outlines (None where none fits), uses in BBR.
    """
    large = (town.use[faces] == "field") & (shapely.area(town.fabric.faces[faces]) > _LARGE_M2)
    beyond = np.where(rng.random(len(faces)) < 0.5, 1.0, -1.0)
    faces, beyond = np.concatenate([faces, faces[large]]), np.concatenate([beyond, -beyond[large]])
    ground, use = town.fabric.faces[faces], town.use[faces]
    n = len(faces)
    code, area, share = np.zeros(n, dtype=np.int64), np.zeros(n), np.zeros(n)
    for kind, (number, points, often) in _SINGLE.items():
        of = use == kind
        code[of], share[of] = number, often
        area[of] = draw(points, rng.random(int(of.sum())))
    shape = np.full(n, None, dtype=object)
    open_ = np.flatnonzero(rng.random(n) < share)
    inner = shapely.buffer(ground, -_RIM_M)
    box = shapely.get_coordinates(shapely.minimum_rotated_rectangle(ground)).reshape(-1, 5, 2)[:, :3]
    along = box[:, 1] - box[:, 0]
    wide = np.hypot(*along.T)
    x = along / wide[:, None]
    y = np.stack([-x[:, 1], x[:, 0]], axis=1)
    deep = ((box[:, 2] - box[:, 1]) * y).sum(axis=1)
    frames = Frames(box[:, 0], x, y)
    # Private roads run through the mean of the corners (see registers.cadastral).
    xy, of = shapely.get_coordinates(ground, return_index=True)
    last = np.append(of[1:] != of[:-1], True)
    count = np.bincount(of[~last], minlength=n)
    middle = np.stack([np.bincount(of[~last], xy[~last, k], minlength=n) / count for k in (0, 1)], axis=1)
    road = ((middle - frames.origin) * y).sum(axis=1)
    for _ in range(_TRIES):
        m = len(open_)
        aspect = rng.uniform(1.1, 2.4, m)
        outline = lively(np.sqrt(area[open_] * aspect), np.sqrt(area[open_] / aspect), rng)
        ring, row = outline.rings()
        at = np.stack([rng.random(m) * wide[open_], rng.random(m) * deep[open_]], axis=1)
        made = polygons(frames.of(open_).out(ring + at[row], row), row, m)
        half = outline.deep / 2
        beside = (at[:, 1] + half - road[open_]) * beyond[open_] > half + _ROAD_M
        good = shapely.covers(inner[open_], made) & beside
        shape[open_[good]] = made[good]
        open_ = open_[~good]
    return faces, shape, code


def huts(lots: Lots, rng: np.random.Generator) -> list[tuple[Shapes, int]]:
    """Allotment huts (kolonihavehuse, 540), one to a garden, many with a greenhouse (940) beside; uses in BBR."""
    a, b, c, d = (lots.corners[:, k] for k in range(4))
    wide = np.minimum(np.hypot(*(b - a).T), np.hypot(*(c - d).T))
    deep = np.minimum(np.hypot(*(d - a).T), np.hypot(*(c - b).T))
    rows = np.maximum(deep // (_GARDEN_M[1] + _PATH_M / 2), 1).astype(np.int64)
    found = []
    for row in range(int(rows.max(initial=0))):
        columns = np.maximum(wide // _GARDEN_M[0], 1).astype(np.int64)
        for column in range(int(columns.max(initial=0))):
            n = len(lots)
            area = draw(_HUT_M2, rng.random(n))
            aspect = rng.uniform(0.8, 1.6, n)
            outline = lively(np.sqrt(area * aspect), np.sqrt(area / aspect), rng)
            size = np.stack([wide / columns, deep / rows], axis=1)
            # Members build toward the neighbour with whom they share a gate.
            gate = 0.1 if column % 2 == 0 else -0.1
            centre = np.array([column + gate, row]) + 0.5 + rng.uniform(-0.12, 0.12, (n, 2))
            s, t = (centre * size / np.stack([wide, deep], axis=1)).T[:, :, None]
            at = (a + (b - a) * s) * (1 - t) + (d + (c - d) * s) * t
            along = (b - a) * (1 - t) + (c - d) * t
            x = along / np.hypot(*along.T)[:, None]
            frames = Frames(at, x, np.stack([-x[:, 1], x[:, 0]], axis=1))
            ring, of = outline.rings()
            half = np.stack([outline.wide, outline.deep], axis=1) / 2
            made = polygons(frames.out(ring - half[of], of), of, n)
            good = (column < columns) & (row < rows) & shapely.covers(lots.ground, made)
            # Some members have a garden only.
            made[~(good & (rng.random(n) < 0.93))] = None
            found.append((made, 540))
            found.append((_greenhouse(lots, frames, half, made, rng), 940))
    return found


def _greenhouse(lots: Lots, frames: Frames, half: Floats, hut: Shapes, rng: np.random.Generator) -> Shapes:
    """A greenhouse (drivhus) in front of a hut."""
    n = len(hut)
    x0 = rng.uniform(-1.0, 0.3, n) * half[:, 0]
    y1 = -half[:, 1] - rng.uniform(0.9, 2.4, n)
    made = boxes(frames, x0, y1 - rng.uniform(2.0, 3.2, n), x0 + rng.uniform(1.8, 2.6, n), y1)
    has = np.array([h is not None for h in hut]) & (rng.random(n) < _GREENHOUSE)
    made[~(has & shapely.covers(lots.ground, made))] = None
    return made


def lively(wide: Floats, deep: Floats, rng: np.random.Generator) -> Outlines:
    """Boxes with a wing, a porch or a step, as old buildings that were added to have."""
    n = len(wide)
    box = Outlines.plain(wide, deep)
    row, corner = np.arange(n), rng.integers(0, 4, n)
    size = np.stack([wide, deep], axis=1)
    wing = rng.random(n) < 0.55
    box.notch[row[wing], corner[wing]] = (rng.uniform(0.15, 0.55, (n, 2)) * size)[wing]
    step = rng.random(n) < 0.4
    other = (corner + rng.integers(1, 4, n)) % 4
    # A step is as deep as a wall moves, whatever the building's size.
    box.notch[row[step], other[step]] = np.minimum(rng.uniform(0.3, 0.9, (n, 2)), 0.2 * size)[step]
    scale = np.sqrt(wide * deep / box.area())
    return Outlines(wide * scale, deep * scale, box.notch * scale[:, None, None], box.dent, box.points)
