"""Quarters with more room: summer houses, business, a lake, a wood, a farm among its fields."""

from __future__ import annotations

import numpy as np

from permits.demo.quarters.quarter import Quarter


def summer(q: Quarter) -> None:
    """Summer houses along a lane, with a strip of common heath."""
    name = next(q.names["summer"])
    strip, lane = 26.0, 6.5
    deep = (q.depth - strip - lane) / 2
    low = round(strip + deep, 2)
    q.box(0, low, q.width, low + lane, "road", name)
    for origin, along, far in (
        ((q.width, low), (-1, 0), deep),
        ((0.0, low + lane), (1, 0), q.depth - low - lane),
    ):
        q.row(origin, along, q.width, far, "summer", name, at=q.even(q.width, 21.5, 0.14))
    q.box(0, 0, q.width, strip, "heath", name)


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
    """Farmland within reach of the town: a farm and two fields."""
    name = next(q.names[""])
    x = round(float(q.rng.uniform(0.4, 0.6)) * q.width, 2)
    far = round(min(62.0, 0.3 * q.width), 2)
    y0 = round(float(q.rng.uniform(0.06, 0.5)) * q.depth, 2)
    y1 = y0 + 62.0
    west = [(0.0, q.depth)]
    if q.first or q.rng.random() < 0.62:
        ring = np.array([(0.0, y0), (far, y0), (far, y1), (0.0, y1)])
        # The farmyard lies on the west road.
        q.add(ring, "farm", name, corners=np.roll(ring, 1, axis=0))
        west += [(0.0, y1), (far, y1), (far, y0), (0.0, y0)]
    q.add([(0.0, 0.0), (x, 0.0), (x + 9, q.depth), *west], "field", name)
    q.add([(x, 0), (q.width, 0), (q.width, q.depth), (x + 9, q.depth)], "field", name)
