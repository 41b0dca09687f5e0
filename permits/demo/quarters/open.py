"""Quarters with more room: summer houses, business, a lake, a wood, a farm among its fields."""

from __future__ import annotations

from typing import Final

import numpy as np

from permits.demo.quarters.quarter import Quarter

#: A farmyard and a smallholding (husmandssted), from the road inward and along it.
_FARM_M: Final = (86.0, 80.0)
_HOLDING_M: Final = (46.0, 42.0)
#: A field is at least so wide beside a farmyard.
_STRIP_M: Final = 12.0


def summer(q: Quarter) -> None:
    """Summer houses along two lanes, with a strip of common heath; plots of 1,200 m2, as plans ask for."""
    strip, lane = 18.0, 6.5
    deep = (q.depth - strip - 2 * lane) / 4
    base = strip
    # Where two rows meet back to back, plots end at the same places.
    at = [q.even(q.width, 36.0, 0.14) for _ in range(3)]
    back = q.width - at[1][::-1]
    ends = iter((at[0], at[1], back, at[2]))
    for top in (round(strip + 2 * deep + lane, 2), q.depth):
        name = next(q.names["summer"])
        low = round(base + deep, 2)
        q.box(0, low, q.width, low + lane, "road", name)
        for origin, along, far in (
            ((q.width, low), (-1, 0), low - base), ((0.0, low + lane), (1, 0), top - low - lane),
        ):  # fmt: skip
            q.row(origin, along, q.width, far, "summer", name, at=next(ends), lively=False)
        base = top
    q.box(0, 0, q.width, strip, "heath", name)


def allotments(q: Quarter) -> None:
    """Allotment gardens (kolonihaver): the land of two associations, which their members rent; a path between."""
    name = next(q.names["summer"])
    half = round(float(q.rng.uniform(0.44, 0.56)) * q.width, 2)
    q.box(half - 2.0, 0, half + 2.0, q.depth, "path", name)
    q.box(0, 0, half - 2.0, q.depth, "allotment", name, front="s")
    q.box(half + 2.0, 0, q.width, q.depth, "allotment", name, front="s")


def business(q: Quarter) -> None:
    """Trade and industry: a few large parcels along the collectors and a street between."""
    name = next(q.names["business"])
    low = round(0.46 * q.depth, 2)
    q.lane(low, low + 10.0, name, (6.0, 6.0, 6.0, 6.0))
    for origin, along, deep in (
        ((q.width, low), (-1, 0), low), ((0.0, low + 10.0), (1, 0), q.depth - low - 10.0),
    ):  # fmt: skip
        at = q.even(q.width, float(q.rng.uniform(34.0, 110.0)), 0.25)
        q.row(origin, along, q.width, deep, "business", name, at=at, cuts=(6.0, 6.0))


def lake(q: Quarter) -> None:
    """A lake with meadows round it."""
    angle = np.linspace(0, 2 * np.pi, 49)[:-1] + 1e-3
    wave = 1.0 + sum(
        a * np.sin(k * angle + p)
        for k, a, p in zip((2, 3, 5), (0.13, 0.09, 0.05), q.rng.uniform(0, 6.28, 3), strict=True)
    )
    x = q.width / 2 + 0.37 * q.width * wave * np.cos(angle) / 1.1
    y = q.depth / 2 + 0.36 * q.depth * wave * np.sin(angle) / 1.1
    ring = np.round(np.column_stack([x, y]), 2)
    q.add(ring, "lake", "")
    # Two meadows meet at the lake's west and east ends.
    west, east = int(np.argmin(ring[:, 0])), int(np.argmax(ring[:, 0]))
    turned = np.roll(ring, -east, axis=0)
    turn = (west - east) % len(ring)
    upper, lower = turned[: turn + 1], np.vstack([turned[turn:], turned[:1]])
    e, w = turned[0], turned[turn]
    q.add([(q.width, e[1]), (q.width, q.depth), (0, q.depth), (0, w[1]), *upper[::-1].tolist()], "meadow", "")
    q.add([(0, w[1]), (0, 0), (q.width, 0), (q.width, e[1]), *lower[::-1].tolist()], "meadow", "")


def forest(q: Quarter) -> None:
    """A wood in two or three parcels."""
    at = [0.0, round(float(q.rng.uniform(0.35, 0.65)) * q.width, 2), q.width]
    lean = round(float(q.rng.uniform(-20, 20)), 2)
    for i in range(2):
        a, b = at[i] + (lean if i else 0.0), at[i + 1] + (lean if i == 0 else 0.0)
        q.add([(at[i], 0), (at[i + 1], 0), (b, q.depth), (a, q.depth)], "forest", "")


def park(q: Quarter) -> None:
    """A park, and an institution in its corner."""
    x, y = round(0.3 * q.width, 2), round(0.45 * q.depth, 2)
    name = next(q.names[""])
    ring = np.array([(0.0, 0.0), (x, 0.0), (x, y), (0.0, y)])
    q.add(ring, "school", name, corners=ring)
    q.add([(x, 0), (q.width, 0), (q.width, q.depth), (0, q.depth), (0, y), (x, y)], "green", name)


def fields(q: Quarter) -> None:
    """Farmland within reach of the town: a farm on the west road, a smallholding on the east road, two fields."""
    name = next(q.names[""])
    w, d = q.width, q.depth
    x = round(float(q.rng.uniform(0.42, 0.58)) * w, 2)
    far, deep = round(min(_FARM_M[0], 0.36 * w, x - _STRIP_M), 2), _FARM_M[1]
    y0 = round(float(q.rng.uniform(0.06, 0.44)) * d, 2)
    west, east = [(0.0, d)], [(w, 0.0)]
    if q.first or q.rng.random() < 0.85:
        ring = np.array([(0.0, y0), (far, y0), (far, y0 + deep), (0.0, y0 + deep)])
        q.add(ring, "farm", name, corners=np.roll(ring, 1, axis=0))
        west += ring[::-1].tolist()
    far, deep = _HOLDING_M
    y0 = round(float(q.rng.uniform(0.1, 0.6)) * d, 2)
    if q.rng.random() < 0.85 and w - far - x - 9 >= _STRIP_M:
        ring = np.array([(w - far, y0), (w, y0), (w, y0 + deep), (w - far, y0 + deep)])
        q.add(ring, "farm", name, corners=np.roll(ring, -1, axis=0))
        east += ring[[1, 0, 3, 2]].tolist()
    q.add([(0.0, 0.0), (x, 0.0), (x + 9, d), *west], "field", name)
    q.add([(x, 0.0), *east, (w, d), (x + 9, d)], "field", name)
