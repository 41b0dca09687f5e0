"""Row houses, flats and the houses of the old centre: wall to wall, cut off where their plots end."""

from __future__ import annotations

import numpy as np
import shapely

from permits.demo.houses.lots import Lots, Shapes
from permits.demo.outline import Floats, Frames, Ints, boxes
from permits.demo.quantiles import FOOTPRINT_M2, draw
from permits.demo.standing import pick


def _fronts(lots: Lots) -> tuple[Frames, Floats, Floats]:
    """Frames along the fronts, with widths and depths."""
    along = lots.corners[:, 1] - lots.corners[:, 0]
    wide = np.hypot(*along.T)
    x = along / wide[:, None]
    y = np.stack([-x[:, 1], x[:, 0]], axis=1)
    deep = (
        ((lots.corners[:, 2] + lots.corners[:, 3] - lots.corners[:, 0] - lots.corners[:, 1]) / 2) * y
    ).sum(axis=1)
    return Frames(lots.corners[:, 0], x, y), np.asarray(wide), np.asarray(deep)


def _within(lots: Lots, shape: Shapes, least: float) -> Shapes:
    """What of buildings lies on their plots, the largest part; None where little is left."""
    cut = shapely.intersection(shape, lots.ground)
    several = np.flatnonzero(shapely.get_type_id(cut) != 3)
    for row in several.tolist():
        parts = [p for p in shapely.get_parts(cut[row]) if p.geom_type == "Polygon"]
        cut[row] = max(parts, key=lambda p: p.area) if parts else None
    cut = np.asarray(shapely.set_precision(cut, 0.0), dtype=object)
    cut[np.nan_to_num(shapely.area(cut)) < least] = None
    return cut


def row_houses(lots: Lots, rng: np.random.Generator) -> tuple[Shapes, Shapes]:
    """Row houses (130) from wall to wall with a step between neighbours; sheds at the ends of most gardens."""
    n = len(lots)
    frames, wide, deep = _fronts(lots)
    area = draw(FOOTPRINT_M2[130], rng.random(n))
    first = np.where(np.arange(n) % 4 < 2, 3.4, 4.1)
    far = np.full(n, 400.0)
    house = _within(lots, boxes(frames, -far, first, far, np.minimum(first + area / wide, deep - 1.0)), 30.0)
    # Sheds of two neighbours stand back to back, most of them not quite on the boundary.
    size = np.stack([rng.uniform(0.34, 0.8, n) * wide, rng.uniform(2.2, 4.2, n)], axis=1)
    side = np.where(rng.random(n) < 0.25, 0.0, rng.uniform(0.12, 0.6, n))
    x0 = np.where(np.arange(n) % 2 == 0, side, wide - side - size[:, 0])
    y1 = deep - rng.uniform(0.12, 0.7, n)
    shed = _within(lots, boxes(frames, x0, y1 - size[:, 1], x0 + size[:, 0], y1), 5.0)
    keep = (rng.random(n) < 0.85) & (shapely.distance(shed, house) > 0.4)
    shed[~keep] = None
    return house, shed


def flats(lots: Lots, rng: np.random.Generator) -> Shapes:
    """Blocks of flats (140) that fill their parcel, as parcels of one building do; a few leave a strip free."""
    shape = lots.ground.copy()
    some = np.flatnonzero(rng.random(len(shape)) < 0.28)
    inner = shapely.buffer(shape[some], -rng.uniform(0.7, 3.0, len(some)), join_style="mitre")
    wide = (shapely.area(inner) > 60.0) & (shapely.get_type_id(inner) == 3)
    shape[some[wide]] = inner[wide]
    return np.asarray(shapely.transform(shape, lambda xy: np.round(xy, 3)), dtype=object)


def town_houses(lots: Lots, rng: np.random.Generator) -> tuple[Shapes, Ints, Shapes]:
    """Houses of the old centre in the street line, their uses, and wings (930) in the yards behind."""
    n = len(lots)
    frames, wide, deep = _fronts(lots)
    front = rng.uniform(9.0, 12.5, n)
    begin = np.where(rng.random(n) < 0.8, -3.0, rng.uniform(0.2, 0.6, n))
    end = np.where(rng.random(n) < 0.75, wide + 3.0, wide - rng.uniform(2.4, 3.6, n))
    house = _within(lots, boxes(frames, begin, np.full(n, -1.5), end, front), 40.0)
    use = np.array([140, 320, 120])[pick((0.3, 0.68, 0.02), rng, n)]
    x0 = np.full(n, 0.15)
    wing = boxes(frames, x0, front, x0 + rng.uniform(4.0, 6.0, n), front + rng.uniform(5.0, 12.0, n))
    keep = (rng.random(n) < 0.6) & shapely.covers(lots.ground, wing) & (front + 13.0 < deep)
    wing[~keep] = None
    wing[np.array([h is None for h in house])] = None
    return house, use, wing
