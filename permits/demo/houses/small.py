"""Garages, carports and sheds (910, 920, 930) beside houses: mostly at the boundary, mostly built on to something."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import shapely

from permits.demo.houses.lots import Lots, Shapes
from permits.demo.outline import Floats, Frames, Ints, Mask, Outlines, polygons
from permits.demo.quantiles import FOOTPRINT_M2, SETBACK_M, draw
from permits.demo.standing import pick

#: Share of house plots with 0, 1, 2, 3 and 4 small buildings, and uses (910, 920, 930) of the first and the others.
_COUNT: Final = (0.09, 0.617, 0.24, 0.04, 0.013)
_FIRST: Final = (0.33, 0.40, 0.27)
_OTHERS: Final = (0.17, 0.23, 0.60)
_USES: Final = np.array([910, 920, 930])
#: Small buildings do not stand nearer to others than this unless they touch them.
_APART_M: Final = 0.3
_MET_M: Final = 0.06
_BUILT_ON: Final = 0.8


@dataclass
class Yard:
    """Houses and what has been built beside them so far, one row a plot."""

    lots: Lots
    house: Shapes
    left: Mask
    box: Floats
    taken: list[Shapes]

    def free(self, rows: Ints, shape: Shapes, *, but: int) -> Mask:
        """Whether new buildings keep clear of those that stand, except of one that they are built on to."""
        good = np.ones(len(rows), dtype=bool)
        for number, stands in enumerate(self.taken):
            gap = shapely.distance(shape, stands[rows])
            if number == but:
                over = shapely.area(shapely.intersection(shape, stands[rows]))
                good &= np.isnan(gap) | (np.nan_to_num(over) < 0.02)
            else:
                good &= np.isnan(gap) | (gap > _APART_M)
        return good


def build(
    lots: Lots, house: Shapes, left: Mask, box: Floats, *, clear: Mask, few: Mask, rng: np.random.Generator
) -> list[tuple[Ints, Shapes, Ints]]:
    """Small buildings: rows of plots, outlines, uses, a list entry for each place.

    Parameters
    ----------
    house, left, box : as :func:`permits.demo.houses.detached.build` answers.
    clear : plots where at most a shed may stand. few : summer houses, that have fewer.
    """
    n = len(lots)
    has = np.array([h is not None for h in house], dtype=bool)
    count = pick(_COUNT, rng, n)
    count = np.where(few, np.where(rng.random(n) < 0.3, 1, 0), count)
    count = np.where(clear, np.where(rng.random(n) < 0.45, 1, 0), count)
    yard = Yard(lots, house, left, box, [house])
    found = []
    for place in range(4):
        rows = np.flatnonzero(has & (count > place))
        use = _USES[pick(_FIRST if place == 0 else _OTHERS, rng, len(rows))]
        use = np.where(clear[rows] | (few[rows] & (rng.random(len(rows)) < 0.6)), 930, use)
        area, gap = np.empty(len(rows)), np.empty(len(rows))
        for code in _USES:
            of = use == code
            area[of] = draw(FOOTPRINT_M2[int(code)], rng.random(int(of.sum())))
            gap[of] = draw(SETBACK_M[int(code)], rng.random(int(of.sum())))
        shape = _placed(yard, rows, area, np.maximum(gap, 0.004), place=place, clear=clear[rows], rng=rng)
        whole = np.full(n, None, dtype=object)
        whole[rows] = shape
        yard.taken.append(whole)
        found.append((rows, shape, use))
    return found


def _placed(
    yard: Yard, rows: Ints, area: Floats, gap: Floats, *, place: int, clear: Mask, rng: np.random.Generator
) -> Shapes:
    """One small building for each row, None where none fits."""
    shape = np.full(len(rows), None, dtype=object)
    tied = (rng.random(len(rows)) < _BUILT_ON) & ~clear
    open_ = np.arange(len(rows))
    for attempt in range(18):
        if not len(open_):
            break
        at, want = rows[open_], area[open_] * (1.0 if attempt < 12 else 0.88 ** (attempt - 11))
        made = np.full(len(open_), None, dtype=object)
        if attempt < 9:
            on = np.flatnonzero(tied[open_])
            if attempt % 3 == 2:
                _keep(made, on, _against(yard, at[on], want[on], gap[open_[on]], rng))
            elif place > 0 and attempt % 3 == 0:
                _keep(made, on, _behind(yard, at[on], want[on], gap[open_[on]], place, rng))
            else:
                _keep(made, on, _between(yard, at[on], want[on], gap[open_[on]], rng))
        rest = np.flatnonzero(np.array([m is None for m in made]) & (~tied[open_] | (attempt >= 7)))
        _keep(made, rest, _alone(yard, at[rest], want[rest], gap[open_[rest]], clear[open_[rest]], rng))
        good = np.array([m is not None for m in made], dtype=bool)
        shape[open_[good]] = made[good]
        open_ = open_[~good]
    return shape


def _keep(made: Shapes, rows: Ints, new: Shapes) -> None:
    made[rows] = new


def _outline(wide: Floats, deep: Floats, rng: np.random.Generator) -> Outlines:
    """A plain box, or one with a step at the street or a point more than it needs."""
    n = len(wide)
    box = Outlines.plain(wide, deep)
    step = rng.random(n) < 0.62
    corner = rng.integers(0, 4, n)
    size = np.column_stack([wide * rng.uniform(0.08, 0.45, n), deep * rng.uniform(0.05, 0.35, n)])
    box.notch[np.flatnonzero(step), corner[step]] = size[step]
    box.points[:] = rng.random((n, 2)) < 0.3
    return box


def _between(yard: Yard, at: Ints, area: Floats, gap: Floats, rng: np.random.Generator) -> Shapes:
    """Between the house and the far side of the plot, wall to wall with the house."""
    lots, n = yard.lots.of(at), len(at)
    near = lots.side(yard.left[at])
    box = yard.box[at]
    far = np.where(yard.left[at][:, None, None], lots.corners[:, [1, 2]], lots.corners[:, [0, 3]])
    everyone = np.arange(n)
    a, b = near.back(far[:, 0], everyone), near.back(far[:, 1], everyone)
    first = box[:, 1] + rng.uniform(0.2, 0.75, n) * (box[:, 3] - box[:, 1]) - rng.uniform(1.0, 4.0, n)

    def line(y: Floats) -> Floats:
        return np.asarray(a[:, 0] + (b[:, 0] - a[:, 0]) * (y - a[:, 1]) / (b[:, 1] - a[:, 1]))

    outer = np.minimum(line(first), line(first + 7.0)) - gap
    made = np.full(n, None, dtype=object)
    # Many have a recess at the street or at the garden, on the side of the boundary.
    recess = np.column_stack([rng.uniform(0.08, 0.4, n), rng.uniform(0.05, 0.3, n)])
    recess[rng.random(n) < 0.4] = 0.0
    corner = rng.integers(1, 3, n)
    extra = rng.random((n, 2)) < (0.35, 0.0)
    for turn in range(3):
        wide = outer - box[:, 2]
        deep = area / np.where(wide > 0.5, wide, np.nan) / (1.0 - recess.prod(axis=1))
        fine = (wide > 2.2) & (wide < 10.0) & (deep > 2.2) & (deep < 15.0)
        if not fine.any():
            return made
        outlines = Outlines.plain(np.where(fine, wide, 3.0), np.where(fine, deep, 3.0))
        outlines.notch[np.arange(n), corner] = recess * np.stack([outlines.wide, outlines.deep], axis=1)
        outlines.points = extra
        xy, row = outlines.rings()
        moved = xy + np.stack([box[:, 2], first], axis=1)[row]
        made = polygons(near.out(moved, row), row, n)
        met = lots.setback(made)
        if turn < 2:
            outer = outer + np.where(met < 0, -0.12, met - gap).clip(-1.0, 1.0)
    touch = shapely.distance(made, yard.house[at]) < 0.003
    good = fine & (np.abs(met - gap) < _MET_M) & touch
    good &= yard.free(at, made, but=0)
    made[~good] = None
    return made


def _against(yard: Yard, at: Ints, area: Floats, gap: Floats, rng: np.random.Generator) -> Shapes:
    """At the near side, wall to wall with the garden front (or the street front) of the house."""
    lots, n = yard.lots.of(at), len(at)
    if not n:
        return np.full(0, None, dtype=object)
    frames, box = lots.side(yard.left[at]), yard.box[at]
    outlines = _outline(np.sqrt(area) * rng.uniform(0.7, 1.2, n), np.ones(n), rng)
    outlines.notch[:] = 0.0
    outlines.deep = area / outlines.wide
    y = np.where(rng.random(n) < 0.75, box[:, 3], np.maximum(box[:, 1] - outlines.deep, 0.0))
    xy, row = outlines.rings()
    x = gap.copy()
    for turn in range(3):
        made = polygons(frames.out(xy + np.stack([x, y], axis=1)[row], row), row, n)
        met = lots.setback(made)
        if turn < 2:
            x = x + np.where(met < 0, 0.1, gap - met).clip(-1.0, 1.0)
    touch = shapely.distance(made, yard.house[at]) < 0.003
    good = (np.abs(met - gap) < _MET_M) & touch & (outlines.deep < 14.0) & yard.free(at, made, but=0)
    made[~good] = None
    return made


def _behind(yard: Yard, at: Ints, area: Floats, gap: Floats, place: int, rng: np.random.Generator) -> Shapes:
    """Built on to the garden end (or the street end) of the small building before."""
    n = len(at)
    made = np.full(n, None, dtype=object)
    before = yard.taken[place][at]
    there = np.flatnonzero(np.array([b is not None for b in before]))
    if not len(there):
        return made
    at, area, gap, before = at[there], area[there], gap[there], before[there]
    lots, n = yard.lots.of(at), len(at)
    frames = lots.side(~yard.left[at])
    xy, row = shapely.get_coordinates(before, return_index=True)
    local = frames.back(xy, row)
    low = np.full((n, 2), np.inf)
    high = np.full((n, 2), -np.inf)
    np.minimum.at(low, row, local)
    np.maximum.at(high, row, local)
    wide = np.minimum(high[:, 0] - low[:, 0], np.sqrt(area) * rng.uniform(0.8, 1.2, n))
    deep = area / wide
    y = np.where(rng.random(n) < 0.8, high[:, 1], low[:, 1] - deep)
    outlines = _outline(wide, deep, rng)
    outlines.notch[:] = 0.0
    xy, row = outlines.rings()
    x = np.maximum(low[:, 0], 0.0)
    for turn in range(3):
        new = polygons(frames.out(xy + np.stack([x, y], axis=1)[row], row), row, n)
        met = lots.setback(new)
        if turn < 2:
            x = x + np.where(met < 0, 0.1, gap - met).clip(-1.0, 1.0)
    good = (np.abs(met - gap) < _MET_M) & (shapely.distance(new, before) < 0.02) & (deep < 14.0)
    # The outline that it is built on to may be notched: what lies over it is cut off.
    good &= yard.free(at, new, but=place)
    new[~good] = None
    made[there] = new
    return made


def _alone(yard: Yard, at: Ints, area: Floats, gap: Floats, clear: Mask, rng: np.random.Generator) -> Shapes:
    """By itself along a side or the back of the garden."""
    lots, n = yard.lots.of(at), len(at)
    if not n:
        return np.full(0, None, dtype=object)
    where = rng.random(n)
    side, back = lots.side(np.where(where < 0.6, ~yard.left[at], yard.left[at])), lots.back()
    rear = where > 0.78
    frames = Frames(
        *(np.where(rear[:, None], getattr(back, k), getattr(side, k)) for k in ("origin", "x", "y"))
    )
    aspect = rng.uniform(1.0, 2.2, n)
    wide = np.sqrt(area / aspect)
    # At the back, y points to the street: the distance counts along y there.
    deep = area / wide
    outlines = _outline(wide, deep, rng)
    outlines.deep = outlines.deep * area / outlines.area()
    xy, row = outlines.rings()
    span = np.where(
        rear,
        np.hypot(*(lots.corners[:, 2] - lots.corners[:, 3]).T),
        np.hypot(*(lots.corners[:, 3] - lots.corners[:, 0]).T),
    )
    least = np.where(clear, 17.0, 2.0)
    along = np.where(
        rear, 1.0 + rng.random(n) * (span - wide - 2.0),
        least + rng.random(n) * np.maximum(span - deep - least - 1.0, 0.5),
    )  # fmt: skip
    off = gap.copy()
    along = np.maximum(along, gap + 0.1)
    for turn in range(3):
        base = np.where(rear[:, None], np.stack([along, off], axis=1), np.stack([off, along], axis=1))
        made = polygons(frames.out(xy + base[row], row), row, n)
        met = lots.setback(made)
        if turn < 2:
            off = off + np.where(met < 0, 0.12, gap - met).clip(-1.0, 1.0)
    good = (np.abs(met - gap) < _MET_M) & yard.free(at, made, but=-1)
    made[~good] = None
    return made
