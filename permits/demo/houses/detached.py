"""Detached houses (parcelhuse, 120) and summer houses (510): one to a plot, at their distance to its boundary."""

from __future__ import annotations

from typing import Final

import numpy as np

from permits.demo.houses.lots import Lots, Shapes
from permits.demo.outline import Floats, Mask, Outlines, polygons
from permits.demo.quantiles import FOOTPRINT_M2, SETBACK_M, draw, ranks
from permits.demo.standing import pick

_ROUNDS: Final = 26
#: How well the distance is met (metres).
_MET_M: Final = 0.04
#: How closely large houses go with large plots (correlation of ranks).
_WITH_PLOT: Final = 0.35


def build(lots: Lots, use: int, clear: Mask, rng: np.random.Generator) -> tuple[Shapes, Mask, Floats]:
    """Houses on plots, None where none fits.

    Parameters
    ----------
    use : 120 or 510.
    clear : plots whose house is plain and leaves room beside it.

    Returns
    -------
    Outlines; whether each is near the left side; its box in that side's frame (x0, y0, x1, y1).
    """
    n = len(lots)
    plot = _scores(lots.area)
    area = draw(
        FOOTPRINT_M2[use], ranks(_WITH_PLOT * plot + np.sqrt(1 - _WITH_PLOT**2) * rng.normal(size=n), rng)
    )
    room = lots.front_m - np.sqrt(area)
    gap = draw(SETBACK_M[use], ranks(0.35 * _scores(room) + np.sqrt(1 - 0.35**2) * rng.normal(size=n), rng))
    gap = np.where(clear, rng.uniform(3.2, 4.4, n), np.maximum(gap, 0.004))
    shape = np.full(n, None, dtype=object)
    left = rng.random(n) < 0.5
    box = np.full((n, 4), np.nan)
    open_ = np.arange(n)
    for attempt in range(_ROUNDS):
        if not len(open_):
            break
        mine = lots.of(open_)
        want = area[open_] * (1.0 if attempt < 8 else 0.97 ** (attempt - 7))
        setback = gap[open_] if attempt < 20 else np.minimum(gap[open_], 1.4)
        side = left[open_] if attempt % 2 == 0 else ~left[open_]
        made, where = _attempt(mine, want, setback, side, clear[open_], use=use, attempt=attempt, rng=rng)
        good = np.array([m is not None for m in made], dtype=bool)
        rows = open_[good]
        shape[rows], left[rows], box[rows] = made[good], side[good], where[good]
        open_ = open_[~good]
    return shape, left, box


def _scores(value: Floats) -> Floats:
    """Standard scores by rank."""
    place = np.empty(len(value))
    place[np.argsort(value, kind="stable")] = (np.arange(len(value)) + 0.5) / max(len(value), 1)
    share = 2 * place - 1
    # Inverse of the logistic curve that a normal distribution nearly is.
    return np.asarray(np.log((1 + share) / (1 - share)) / 1.702)


def _attempt(
    lots: Lots,
    area: Floats,
    gap: Floats,
    left: Mask,
    clear: Mask,
    *,
    use: int,
    attempt: int,
    rng: np.random.Generator,
) -> tuple[Shapes, Floats]:
    """One try for each plot: a house at its distance from one side, moved until the distance is met."""
    n = len(lots)
    wide, deep = _room(lots, left)
    summer = use == 510
    aspect = np.exp(rng.normal(0.36, 0.36, n)).clip(0.75, 3.2)
    upright = rng.random(n) < (0.3 if attempt < 4 else 0.5)
    box = Outlines.plain(np.zeros(n), np.zeros(n))
    filled = _notches(box, clear | (rng.random(n) < 0.12), rng)
    beside = np.where(
        clear, 6.5, np.where(rng.random(n) < 0.8, rng.uniform(3.4, 7.0, n), rng.uniform(1.2, 4.0, n))
    )
    beside = np.maximum(beside * (1.0 if attempt < 6 else 0.5), gap + 0.15)
    most = wide - gap - beside
    want = np.sqrt(area / filled * np.where(upright, 1 / aspect, aspect))
    # Most houses leave just the room that a garage takes.
    fill = (rng.random(n) < 0.7) & (most < 1.5 * want) & (most > 0.65 * want)
    box.wide = np.where(fill, most, np.clip(want, 5.4, np.maximum(most, 5.4)))
    box.deep = area / filled / box.wide
    box.notch[:, :, 0] *= box.wide[:, None]
    box.notch[:, :, 1] *= box.deep[:, None]
    _dents(box, clear, rng)
    box.deep = box.deep * area / box.area()
    back = np.maximum(gap + 0.2, rng.uniform(2.0, 6.0, n))
    first = rng.uniform(9.0, 17.0, n) if summer else rng.uniform(4.6, 9.5, n)
    first = np.minimum(first, np.maximum(deep - back - box.deep, gap + 0.6))
    frames = lots.side(left)
    xy, row = box.rings()
    x = gap.copy()
    for turn in range(4):
        moved = xy + np.stack([x, first], axis=1)[row]
        made = polygons(frames.out(moved, row), row, n)
        at = lots.setback(made)
        if turn < 3:
            x = x + np.where(at < 0, 0.25, gap - at).clip(-1.5, 1.5)
    good = (np.abs(at - gap) < _MET_M) & (box.deep > 5.0) & (box.wide > 5.0)
    good &= (box.wide / box.deep < 3.6) & (box.deep / box.wide < 3.6)
    made[~good] = None
    return made, np.stack([x, first, x + box.wide, first + box.deep], axis=1)


def _room(lots: Lots, left: Mask) -> tuple[Floats, Floats]:
    """Width of plots across the middle, and depth along the side that counts."""
    front = (lots.corners[:, 0] + lots.corners[:, 1]) / 2
    back = (lots.corners[:, 2] + lots.corners[:, 3]) / 2
    across = (
        np.hypot(*(lots.corners[:, 1] + lots.corners[:, 2] - lots.corners[:, 0] - lots.corners[:, 3]).T) / 2
    )
    del left
    return np.asarray(across), np.asarray(np.hypot(*(back - front).T))


def _notches(box: Outlines, plain: Mask, rng: np.random.Generator) -> Floats:
    """Cut corners as shares of the box's sides; answers how much of the box is left.

    Wings (L and T houses) take a large piece away, small steps a little.
    """
    n = len(plain)
    kind = pick((0.16, 0.24, 0.18, 0.2, 0.22), rng, n)
    corner = rng.integers(0, 4, n)
    rows = np.arange(n)
    wing = ~plain & np.isin(kind, (1, 2, 3))
    box.notch[rows[wing], corner[wing]] = np.column_stack(
        [rng.uniform(0.3, 0.7, n)[wing], rng.uniform(0.25, 0.64, n)[wing]]
    )
    second = ~plain & np.isin(kind, (2, 4))
    other = (corner + rng.integers(1, 4, n)) % 4
    box.notch[rows[second], other[second]] = np.column_stack(
        [rng.uniform(0.04, 0.24, n)[second], rng.uniform(0.04, 0.3, n)[second]]
    )
    third = ~plain & ((kind == 3) | (rng.random(n) < 0.3))
    other = (corner + 1 + (rng.random(n) < 0.5)) % 4
    small = third & (box.notch[rows, other, 0] == 0)
    box.notch[rows[small], other[small]] = np.column_stack(
        [rng.uniform(0.03, 0.12, n)[small], rng.uniform(0.04, 0.16, n)[small]]
    )
    # A point in the middle of a wall wants a wall there.
    wall = np.stack([box.notch[:, 1:3, 1].max(axis=1), box.notch[:, [0, 3], 1].max(axis=1)], axis=1) < 0.42
    box.points[:] = (rng.random((n, 2)) < 0.42) & ~plain[:, None] & wall
    return np.asarray(1.0 - box.notch.prod(axis=2).sum(axis=1))


def _dents(box: Outlines, plain: Mask, rng: np.random.Generator) -> None:
    """Porches and bays: a shallow dent in the middle of a front."""
    n = len(plain)
    for front in (0, 1):
        has = ~plain & (rng.random(n) < 0.3) & (box.wide > 7.5)
        a, b = (0, 1) if front == 0 else (3, 2)
        low = box.notch[:, a, 0] + 0.8
        high = box.wide - box.notch[:, b, 0] - 0.8
        long = rng.uniform(1.2, 3.6, n)
        has &= high - low > long + 0.4
        at = low + (high - low - long) * rng.random(n)
        depth = rng.uniform(0.35, 1.3, n)
        box.dent[:, front] = np.where(has[:, None], np.stack([at, at + long, depth], axis=1), 0.0)
