"""What lies between and around the quarters: collector and radial roads, the stream, the shore with its harbour."""

from __future__ import annotations

import itertools
from typing import Final

import numpy as np
import numpy.typing as npt

from permits.demo.fabric import Sheet
from permits.demo.plane import ROAD_M, Plane

Floats = npt.NDArray[np.float64]

_BEACH_M: Final = 34.0
_STREAM_HALF_M: Final = 2.2
_RING_NAMES: Final = ("Strandvejen", "Skolevej", "Nordvej", "Overvejen", "Bakkevej", "Markvej")
_LINK_NAMES: Final = ("Vestvej", "Parkvej", "Østvej", "Mosevej", "Kirkevej")


def _box(u0: float, v0: float, u1: float, v1: float) -> Floats:
    return np.array([(u0, v0), (u1, v0), (u1, v1), (u0, v1)])


def draw_roads(plane: Plane, sheet: Sheet) -> None:
    """Radial roads from the shore to the fields, rings between them, links between quarters."""
    for a, b, name in plane.radials:
        if name:
            sheet.add(_box(a, 0.0, b, plane.top), "road", name)
    west = plane.west - ROAD_M
    sheet.add(_box(west, 0.0, plane.west, plane.north), "road", "Vestvej")
    pieces = [
        (plane.field_west, west),
        *((s.west, s.east) for s in plane.sectors),
        (plane.east, plane.field_east),
    ]
    stretches = [*pieces, *((a, b) for a, b, name in plane.radials if not name)]
    for ring, (_, high) in enumerate(plane.rings):
        name = _RING_NAMES[ring] if ring < len(_RING_NAMES) else f"{_RING_NAMES[1 + ring % 5]} {ring}"
        for number, (u0, u1) in enumerate(stretches):
            if number == len(pieces) - 1 and ring < 1:
                continue
            sheet.add(_box(u0, high, u1, high + ROAD_M), "road", name)
    for number, (one, two) in enumerate(itertools.pairwise(plane.spots)):
        if one.ring == two.ring and one.sector == two.sector and 0 <= one.sector < len(plane.sectors):
            u0, u1 = round(one.u + one.width / one.scale, 2), two.u
            if u1 - u0 > 1.0:
                name = _LINK_NAMES[number % 5] + ("" if number < 5 else f" {number // 5}")
                sheet.add(_box(u0, one.v, u1, one.v + one.depth), "road", name, 0)


def draw_stream(plane: Plane, sheet: Sheet, rng: np.random.Generator) -> None:
    """The stream in its meadow, from the fields to the sea; roads cross it."""
    phase = rng.uniform(0, 6.28, 2)
    spans = [*plane.rings, (plane.north, plane.top)]
    for a, b, name in plane.radials:
        if name:
            continue
        for low, high in spans:
            v = np.linspace(low, high, max(4, round((high - low) / 13.0)) + 1).round(2)
            line = np.round(middle_of_stream(a, b, v, phase), 2)
            left = np.column_stack([line - _STREAM_HALF_M, v])
            right = np.column_stack([line + _STREAM_HALF_M, v])
            sheet.add(np.vstack([left, right[::-1]]), "stream", "")
            sheet.add(np.vstack([[(a, low)], left, [(a, high)]]), "meadow", "")
            sheet.add(np.vstack([[(b, low)], right, [(b, high)]]), "meadow", "")
    plane.mouths.extend(
        float(np.round(middle_of_stream(a, b, np.zeros(1), phase), 2)[0])
        for a, b, name in plane.radials
        if not name
    )


def middle_of_stream(a: float, b: float, v: Floats, phase: Floats) -> Floats:
    """Where the stream runs between the sides of its meadow."""
    sway = 0.2 * (b - a)
    return np.asarray(
        (a + b) / 2
        + sway * np.sin(2 * np.pi * v / 147 + phase[0])
        + 0.5 * sway * np.sin(2 * np.pi * v / 61 + phase[1])
    )


#: Corners of the shore are at least so far from the ends of a stretch.
_APART_M: Final = 3.0


def draw_shore(plane: Plane, sheet: Sheet, rng: np.random.Generator) -> None:
    """Beach along the first ring, a harbour with moles before the centre, the stream's mouth."""
    left = plane.field_west
    edges = {left, plane.west, plane.east}
    for mouth in plane.mouths:
        edges |= {mouth - _STREAM_HALF_M, mouth + _STREAM_HALF_M}
    for a, b, _ in plane.radials:
        edges |= {a, b}
    quay = next(s for s in plane.spots if s.ring == 0 and s.pattern == "centre")
    x0, x1 = quay.u, round(quay.u + quay.width / quay.scale, 2)
    inside = {e for e in edges if x0 < e < x1}
    at = sorted((edges | {x0, x1}) - inside)
    xs = np.unique(np.round(np.concatenate([np.arange(left, plane.east, 9.0), at]), 3))
    waves = sum(
        a * np.sin(2 * np.pi * xs / w + p)
        for a, w, p in zip((7.0, 3.5, 1.6), (310.0, 97.0, 41.0), rng.uniform(0, 6.28, 3), strict=True)
    )
    low = np.round(-_BEACH_M + waves + rng.normal(0, 0.5, len(xs)), 3)
    # A corner of the shore beside the end of a stretch would stand out over it, where the land bends.
    apart = np.abs(xs[:, None] - np.array(at)).min(axis=1)
    xs, low = (values[(apart < 1e-6) | (apart > _APART_M)] for values in (xs, low))
    mouths = {round(m - _STREAM_HALF_M, 3) for m in plane.mouths}
    for u0, u1 in itertools.pairwise(at):
        span = (xs >= u0 - 1e-6) & (xs <= u1 + 1e-6)
        shore = np.column_stack([xs[span], low[span]])
        if u0 == x0:
            sheet.add(_harbour(x0, x1, float(shore[0, 1]), float(shore[-1, 1])), "harbour", "Havnegade", 0, "",
                      np.array([(x1, 0.0), (x0, 0.0), shore[0], shore[-1]]))  # fmt: skip
            continue
        use = "stream" if round(u0, 3) in mouths else "beach"
        sheet.add(np.vstack([[(u0, 0.0)], shore, [(u1, 0.0)]]), use, "Strandvejen")


def _harbour(u0: float, u1: float, low0: float, low1: float) -> Floats:
    """The quay with two moles round a basin, as wide as the centre's quarter."""
    k = (u1 - u0) / 244.0
    a, b = 70.0, 205.0
    ring = [
        (0.0, 0.0), (0.0, low0), (40.0, -30.0), (a, -34.0), (a + 4, -78.0), (a + 30, -104.0), (a + 72, -108.0),
        (a + 72, -102.0), (a + 34, -97.0), (a + 13, -75.0), (a + 12, -24.0), (b - 40, -22.0), (b - 40, -30.0),
        (b - 12, -30.0), (b - 14, -84.0), (b - 40, -92.0), (b - 38, -98.0), (b - 8, -90.0), (b - 2, -34.0),
        (244.0, low1), (244.0, 0.0),
    ]  # fmt: skip
    return np.array([(u0 + k * x, y) for x, y in ring])
