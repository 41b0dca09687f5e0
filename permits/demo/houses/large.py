"""Churches, schools, farms, harbour sheds, trade: a few long buildings on one parcel."""

from __future__ import annotations

from typing import Final

import numpy as np
import shapely

from permits.demo.houses.lots import Lots, Shapes
from permits.demo.outline import Floats, Frames, Ints, Outlines, polygons
from permits.demo.quantiles import FOOTPRINT_M2, draw

#: Boxes as shares of width and depth of a plot, each with its use and how often it is there.
_PLANS: Final = {
    "school": ((0.08, 0.14, 0.46, 0.3, 420, 1.0), (0.08, 0.3, 0.2, 0.62, 420, 1.0),
               (0.28, 0.34, 0.4, 0.58, 420, 0.9), (0.66, 0.2, 0.92, 0.52, 530, 0.8),
               (0.1, 0.82, 0.3, 0.94, 440, 0.7)),
    "church": ((0.38, 0.34, 0.6, 0.62, 490, 1.0), (0.32, 0.38, 0.378, 0.58, 490, 1.0)),
    # Three wings round a yard (trelænget gård), a hall for machines and a store away from them.
    "farm": ((0.1, 0.1, 0.4, 0.22, 110, 1.0), (0.1, 0.25, 0.22, 0.52, 210, 0.9), (0.3, 0.25, 0.42, 0.55, 210, 0.85),
             (0.7, 0.36, 0.92, 0.68, 210, 0.85), (0.12, 0.8, 0.34, 0.93, 210, 0.6)),
    # House and barn of a smallholding (husmandssted) in one angle.
    "holding": ((0.2, 0.2, 0.58, 0.4, 110, 1.0), (0.2, 0.4, 0.38, 0.68, 210, 0.9)),
    "harbour": ((0.08, 0.3, 0.26, 0.62, 320, 1.0), (0.72, 0.34, 0.9, 0.62, 320, 1.0)),
}  # fmt: skip
#: A smaller yard is that of a smallholding.
_HOLDING_M2: Final = 3_500.0


def _frames(lots: Lots) -> tuple[Frames, Floats, Floats]:
    along = lots.corners[:, 1] - lots.corners[:, 0]
    wide = np.hypot(*along.T)
    x = along / wide[:, None]
    y = np.stack([-x[:, 1], x[:, 0]], axis=1)
    deep = (
        ((lots.corners[:, 2] + lots.corners[:, 3] - lots.corners[:, 0] - lots.corners[:, 1]) / 2) * y
    ).sum(axis=1)
    return Frames(lots.corners[:, 0], x, y), np.asarray(wide), np.asarray(deep)


def build(lots: Lots, use: str, rng: np.random.Generator) -> list[tuple[Ints, Shapes, int]]:
    """Rows of plots, outlines (None where none fits) and use in BBR, an entry for each building of a plan."""
    small = (lots.area < _HOLDING_M2) & (use == "farm")
    found = []
    for plan, rows in (("holding", np.flatnonzero(small)), (use, np.flatnonzero(~small))):
        some = lots.of(rows)
        frames, wide, deep = _frames(some)
        # Half of them are the other way round.
        turned = (rng.random(len(rows)) < 0.5) & (use != "harbour") & (use != "church")
        for x0, y0, x1, y1, code, often in _PLANS[plan]:
            box = Outlines.plain((x1 - x0) * wide, (y1 - y0) * deep)
            xy, row = box.rings()
            at = np.stack([np.where(turned, 1.0 - x1, x0) * wide, y0 * deep], axis=1)
            shape = polygons(frames.out(xy + at[row], row), row, len(rows))
            shape[~(shapely.covers(some.ground, shape) & (rng.random(len(rows)) < often))] = None
            found.append((rows, shape, code))
    return found


def trade(lots: Lots, rng: np.random.Generator) -> list[tuple[Shapes, Ints]]:
    """Halls and offices (320, 210 for industry) on business parcels, most of the parcel's width."""
    frames, wide, deep = _frames(lots)
    n, found = len(lots), []
    front = rng.uniform(7.0, 14.0, n)
    for place in range(3):
        area = draw(FOOTPRINT_M2[320], rng.random(n))
        x = wide * rng.uniform(0.42, 0.74, n) if place == 0 else wide * rng.uniform(0.25, 0.5, n)
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
        keep &= rng.random(n) < (1.0, 0.6, 0.6)[place]
        shape[~keep] = None
        code = np.where(rng.random(n) < 0.6, 320, 210)
        found.append((shape, code))
        front = front + box.deep + rng.uniform(4.0, 9.0, n)
    return found
