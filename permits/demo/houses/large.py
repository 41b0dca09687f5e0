"""Churches, schools, farms, harbour sheds, trade: a few long buildings on one parcel."""

from __future__ import annotations

from typing import Final

import numpy as np
import shapely

from permits.demo.houses.lots import Lots, Shapes
from permits.demo.outline import Floats, Frames, Ints, Outlines, polygons
from permits.demo.quantiles import FOOTPRINT_M2, draw

#: Boxes as shares of width and depth of a plot, each with its use.
_PLANS: Final = {
    "school": ((0.12, 0.2, 0.62, 0.38, 420), (0.12, 0.42, 0.28, 0.8, 420), (0.4, 0.42, 0.56, 0.74, 420)),
    "church": ((0.38, 0.34, 0.6, 0.62, 490), (0.32, 0.38, 0.378, 0.58, 490)),
    "farm": ((0.22, 0.2, 0.72, 0.34, 120), (0.22, 0.42, 0.38, 0.76, 210), (0.6, 0.42, 0.76, 0.76, 210),
             (0.42, 0.82, 0.56, 0.94, 930)),
    "harbour": ((0.08, 0.3, 0.26, 0.62, 320), (0.72, 0.34, 0.9, 0.62, 320)),
}  # fmt: skip


def _frames(lots: Lots) -> tuple[Frames, Floats, Floats]:
    along = lots.corners[:, 1] - lots.corners[:, 0]
    wide = np.hypot(*along.T)
    x = along / wide[:, None]
    y = np.stack([-x[:, 1], x[:, 0]], axis=1)
    deep = (
        ((lots.corners[:, 2] + lots.corners[:, 3] - lots.corners[:, 0] - lots.corners[:, 1]) / 2) * y
    ).sum(axis=1)
    return Frames(lots.corners[:, 0], x, y), np.asarray(wide), np.asarray(deep)


def build(lots: Lots, use: str) -> list[tuple[Shapes, int]]:
    """Outlines by plan, each with its use in BBR; None where one does not fit its plot."""
    frames, wide, deep = _frames(lots)
    found = []
    for x0, y0, x1, y1, code in _PLANS[use]:
        box = Outlines.plain((x1 - x0) * wide, (y1 - y0) * deep)
        xy, row = box.rings()
        shape = polygons(frames.out(xy + np.stack([x0 * wide, y0 * deep], axis=1)[row], row), row, len(lots))
        shape[~shapely.covers(lots.ground, shape)] = None
        found.append((shape, code))
    return found


def trade(lots: Lots, rng: np.random.Generator) -> list[tuple[Shapes, Ints]]:
    """Halls and offices (320, 210 for industry) on business parcels, most of the parcel's width."""
    frames, wide, deep = _frames(lots)
    n, found = len(lots), []
    front = rng.uniform(7.0, 14.0, n)
    for place in range(2):
        area = draw(FOOTPRINT_M2[320], rng.random(n))
        x = wide * rng.uniform(0.55, 0.82, n) if place == 0 else wide * rng.uniform(0.25, 0.5, n)
        y = np.minimum(area / x, (deep - front) * (0.55 if place == 0 else 0.8) - 4.0)
        box = Outlines.plain(np.minimum(x, np.maximum(area / np.maximum(y, 4.0), 6.0)), np.maximum(y, 6.0))
        notch = rng.random(n) < 0.45
        corner = rng.integers(2, 4, n)
        box.notch[np.flatnonzero(notch), corner[notch]] = np.column_stack(
            [box.wide * rng.uniform(0.2, 0.5, n), box.deep * rng.uniform(0.2, 0.45, n)]
        )[notch]
        xy, row = box.rings()
        at = np.stack([(wide - box.wide) * rng.uniform(0.3, 0.7, n), front], axis=1)
        shape = polygons(frames.out(xy + at[row], row), row, n)
        keep = shapely.covers(lots.ground, shape) & (shapely.distance(shape, lots.rim) > 1.0)
        keep &= rng.random(n) < (1.0 if place == 0 else 0.5)
        shape[~keep] = None
        code = np.where(rng.random(n) < 0.6, 320, 210)
        found.append((shape, code))
        front = front + box.deep + rng.uniform(4.0, 9.0, n)
    return found
