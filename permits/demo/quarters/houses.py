"""Quarters of detached houses (parcelhuse): streets, closes, a horseshoe, old villas on deep plots."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from shapely.geometry import Point, Polygon, box

from permits.demo.quarters.quarter import LANE_M, Piece, Quarter

Floats = npt.NDArray[np.float64]


def streets(q: Quarter) -> None:
    """Two through streets with plots on both sides."""
    depth = (q.depth - 2 * LANE_M) / 4
    for base in (0.0, q.depth / 2):
        name = next(q.names[""])
        low = round(base + depth, 2)
        through(q, name, low, low - base, base + q.depth / 2 - low - LANE_M)


def through(q: Quarter, name: str, low: float, below: float, above: float) -> None:
    """A street across the quarter with a row of plots on each side."""
    high = low + LANE_M
    a, b, c, d = (q.cut() for _ in range(4))
    q.lane(low, high, name, (a, b, c, d))
    q.row((q.width, low), (-1, 0), q.width, below, "house", name, cuts=(b, a))
    q.row((0.0, high), (1, 0), q.width, above, "house", name, cuts=(c, d))


def villas(q: Quarter) -> None:
    """Older and larger plots: one street, and houses along the collector."""
    name = next(q.names[""])
    front, below = round(0.31 * q.depth, 2), round(0.32 * q.depth, 2)
    q.row((0.0, 0.0), (1, 0), q.width, front, "house", name)
    low = front + below
    through(q, name, low, below, q.depth - low - LANE_M)


def closes(q: Quarter) -> None:
    """Closes (blinde veje) with turning places, open to one collector."""
    flip = bool(q.rng.random() < 0.5)
    number = max(2, round(q.width / 81.0))
    wide = round(q.width / number, 2)
    drawn = len(q.pieces)
    for i in range(number):
        name = next(q.names[""])
        left = i * wide
        right = q.width if i == number - 1 else left + wide
        end = round(q.depth - 34.0 - 6.0 * float(q.rng.random()), 2)
        middle = left + wide / 2
        a, b = middle - LANE_M / 2, middle + LANE_M / 2
        c = q.cut()
        q.add([(a - c, 0), (b + c, 0), (b, c), (b, end), (a, end), (a, c)], "road", name)
        q.add(np.asarray(Point(middle, end).buffer(9.5, quad_segs=14).exterior.coords)[:-1], "road", name)
        q.row((a, 0.0), (0, 1), end - 2, a - left, "house", name, cuts=(c, 0.0))
        q.row((b, end - 2), (0, -1), end - 2, right - b, "house", name, cuts=(0.0, c))
        top = round(middle + float(q.rng.normal(0.0, 2.0)), 2)
        # A path leads on from the turning place, between two gardens.
        q.add(
            [(middle - 1.5, end - 2), (middle + 1.5, end - 2), (top + 1.5, q.depth), (top - 1.5, q.depth)],
            "path",
            name,
        )
        for x0, x1, t0, t1 in (
            (left, middle - 1.5, left, top - 1.5),
            (middle + 1.5, right, top + 1.5, right),
        ):
            ring = np.array([(x0, end - 2), (x1, end - 2), (t1, q.depth), (t0, q.depth)])
            q.add(ring, "house", name, corners=ring)
    same = _one_road_each(q, drawn)
    if flip:
        for piece in same:
            piece.ring = _flipped(piece.ring, q.depth)
            if piece.corners is not None:
                piece.corners = _flipped(piece.corners, q.depth)[[1, 0, 3, 2]]


def _one_road_each(q: Quarter, begin: int) -> list[Piece]:
    """A street and its turning place are one piece."""
    first: dict[str, Piece] = {}
    kept = []
    for piece in q.pieces[begin:]:
        same = first.setdefault(piece.street, piece) if piece.use == "road" else piece
        if same is piece:
            kept.append(piece)
        else:
            whole = Polygon(same.ring).union(Polygon(piece.ring))
            same.ring = np.asarray(whole.exterior.coords)[:-1]
    q.pieces[begin:] = kept
    return kept


def _flipped(ring: Floats, depth: float) -> Floats:
    return np.column_stack([ring[:, 0], depth - ring[:, 1]])


def horseshoe(q: Quarter) -> None:
    """A horseshoe street (hestesko) round a green."""
    if q.width < 190.0:
        streets(q)
        return
    name, deep = next(q.names[""]), 36.0
    low, right, top = deep, q.width - deep, q.depth - deep
    west, east, under = low + LANE_M, right - LANE_M, q.depth - deep - LANE_M
    q.add(
        [(low, 0), (west, 0), (west, under), (east, under), (east, 0), (right, 0), (right, top), (low, top)],
        "road", name,
    )  # fmt: skip
    q.row((low, 0.0), (0, 1), top, deep, "house", name)
    q.row((right, top), (0, -1), top, deep, "house", name)
    q.row((0.0, top), (1, 0), q.width, deep, "house", name)
    q.row((west, under), (0, -1), under, deep, "house", name)
    q.row((east, 0.0), (0, 1), under, deep, "house", name)
    q.row((east - deep, under), (-1, 0), east - west - 2 * deep, deep, "house", name)
    q.add(np.asarray(box(west + deep, 0, east - deep, under - deep).exterior.coords)[:-1], "green", name)


def green(q: Quarter) -> None:
    """A park and a school, with one street of houses."""
    name = next(q.names[""])
    depth = 36.0
    low = q.depth - 2 * depth - LANE_M
    through(q, name, low + depth, depth, depth)
    x, top = round(0.6 * q.width, 2), round(0.56 * q.width, 2)
    q.add([(0, 0), (x, 0), (top, low), (0, low)], "green", name)
    ring = np.array([(x, 0.0), (q.width, 0.0), (q.width, low), (top, low)])
    q.add(ring, "school", name, corners=ring)
