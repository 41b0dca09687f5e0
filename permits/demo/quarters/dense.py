"""Denser quarters: row houses round yards, blocks of flats on land of their own, the old centre."""

from __future__ import annotations

import numpy as np

from permits.demo.quantiles import FOOTPRINT_M2, draw
from permits.demo.quarters.quarter import Quarter

_UNIT_M: tuple[float, float] = (8.1, 9.1)
_BLOCK_DEEP_M = 13.0


def rows(q: Quarter) -> None:
    """Row houses (rækkehuse) along two yards, common land between."""
    name = next(q.names["rows"])
    half, deep = q.width / 2, 22.0
    a, b = half - 4.0, half + 4.0
    q.box(a, 0, b, q.depth, "road", name)
    bands = [8.0, 8.0 + (q.depth - deep - 16.0) / 2, q.depth - deep - 8.0]
    for start, way in ((a, -1), (b, 1)):
        comb = [(start, 0.0), (half + way * half, 0.0), (half + way * half, q.depth), (start, q.depth)]
        for y in reversed(bands):
            unit = round(float(q.rng.uniform(*_UNIT_M)), 2)
            count = int((half - 4.0 - 10.0 - float(q.rng.uniform(0.0, 14.0))) // unit)
            end = start + way * unit * count
            comb += [(start, y + deep), (end, y + deep), (end, y), (start, y)]
            for i in range(count):
                x0, x1 = sorted((start + way * unit * i, start + way * unit * (i + 1)))
                q.box(x0, y, x1, y + deep, "row", name, front="s")
        q.add(comb, "common", name)


def flats(q: Quarter) -> None:
    """Blocks of flats (etageboliger), each stairway on a parcel of its own, lawns and parking between."""
    name = next(q.names["rows"])
    w, d = q.width, q.depth
    q.box(w - 9.0, 0, w, d, "road", name)
    comb = [(0.0, 0.0), (w - 9.0, 0.0)]
    for share in (0.16, 0.47, 0.78):
        y = round(share * d, 2)
        x0 = round(float(q.rng.uniform(8.0, 30.0)), 2)
        x1, far, at = w - 9.0 - float(q.rng.uniform(6.0, 34.0)), y + _BLOCK_DEEP_M, x0
        begun = x0
        while True:
            long = round(float(draw(FOOTPRINT_M2[140], q.rng.random(1))[0]) / _BLOCK_DEEP_M, 2)
            if at + long > x1:
                break
            q.box(at, y, at + long, far, "flat", name, front="s")
            at = round(at + long, 2)
            if at - begun > 55.0 and x1 - at > 40.0:
                # Between two blocks one walks through.
                q.box(at, y, at + 14.0, far, "common", name)
                at = begun = round(at + 14.0, 2)
        if at == x0:
            q.box(at, y, at + 30.0, far, "flat", name, front="s")
            at += 30.0
        q.box(at, y, w - 9.0, far, "common", name)
        comb += [(w - 9.0, y), (x0, y), (x0, far), (w - 9.0, far)]
    q.add([*comb, (w - 9.0, d), (0.0, d)], "common", name)


def centre(q: Quarter) -> None:
    """The old centre: a high street, lanes and narrow plots; the first has the church on a square. Carved."""
    high, lane = next(q.names["centre"]), next(q.names["centre"])
    w, d = q.width, q.depth
    y0 = round((0.44 if q.first else float(q.rng.uniform(0.36, 0.56))) * d, 1)
    y1 = y0 + 10.0
    q.add([(0, y0), (w, y0), (w, y1), (0, y1)], "road", high)
    q.add([(0.6 * w, 0), (0.628 * w, 0), (0.64 * w, y0), (0.61 * w, y0)], "road", lane)
    cut, mid = round(0.614 * w, 1), round(y0 / 2, 1)
    for left, right in ((0.0, cut), (cut, w)):
        _town_row(q, (right, y0), (right - left, y0 - mid), high, 16.0, down=True)
        _town_row(q, (left, 0.0), (right - left, mid), lane, 18.0)
    x0 = round((0.246 if q.first else float(q.rng.uniform(0.25, 0.7))) * w, 1)
    x1 = x0 + 6.0
    q.add([(x0, y1), (x1, y1), (x1, d), (x0, d)], "road", next(q.names["centre"]))
    if q.first:
        _square(q, high, (x0, x1), y1)
        return
    back = round((y1 + d) / 2, 1)
    for left, right in ((0.0, x0), (x1, w)):
        _town_row(q, (left, y1), (right - left, back - y1), high, 16.0)
        _town_row(q, (right, d), (right - left, d - back), lane, 19.0, down=True)


def _square(q: Quarter, high: str, lane: tuple[float, float], y1: float) -> None:
    """A square off the high street, the church behind it."""
    (x0, x1), w, d, square, back = lane, q.width, q.depth, "Torvet", y1 + 40.0
    q.add([(0.377 * w, y1), (0.6 * w, y1), (0.582 * w, back), (0.389 * w, back)], "road", square)
    e0, e1, far = round(0.394 * w, 1), round(0.574 * w, 1), round(0.69 * w, 1)
    for left, right, width in ((0.0, x0, 16.0), (x1, e0, 14.0), (e1, w, 16.0)):
        _town_row(q, (left, y1), (right - left, back - y1), high, width)
    church = np.array([(x1, back), (far, back), (far, d), (x1, d)])
    q.add(church, "church", square, corners=church)
    for left, right in ((0.0, x0), (far, w)):
        _town_row(q, (right, d), (right - left, d - back), high, 18.0, down=True)


def _town_row(
    q: Quarter,
    origin: tuple[float, float],
    size: tuple[float, float],
    street: str,
    width: float,
    *,
    down: bool = False,
) -> None:
    """A row of narrow plots, upward from its front or down from it."""
    along = (-1, 0) if down else (1, 0)
    q.row(origin, along, *size, "town", street, at=q.even(size[0], width), lively=False)
