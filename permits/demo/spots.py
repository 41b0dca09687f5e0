"""Which quarter is what: the old centre by the harbour, flats and villas round it, summer houses along the shore."""

from __future__ import annotations

from typing import Final

import numpy as np

from permits.demo.plane import FIELD_NORTH_M, ROAD_M, Plane, Spot
from permits.demo.quarters.quarter import WIDTH_M

#: Patterns of a small town, ring by ring from the shore.
_SMALL: Final = (
    ("summer", "centre", "horseshoe"),
    ("streets", "rows", "closes"),
    ("closes", "green", "streets"),
    ("horseshoe", "flats", "streets"),
    ("closes", "streets", "villas"),
)
_INNER: Final = {"flats": 0.3, "villas": 0.42, "rows": 0.05, "park": 0.05, "streets": 0.13, "green": 0.05}
_OUTER: Final = {
    "streets": 0.245, "closes": 0.195, "horseshoe": 0.105, "villas": 0.05, "rows": 0.07, "flats": 0.08,
    "green": 0.045, "park": 0.03, "allotments": 0.06,
}  # fmt: skip
_SWAY_M: Final = {"rows": 2.5, "flats": 2.0, "centre": 4.0, "closes": 7.0, "lake": 0.0, "business": 4.0}
_FEW: Final = 14
#: How far from the middle of the coast summer houses begin, ring by ring from the shore (share of its length).
_SUMMER_FROM: Final = (0.06, 0.12, 0.2, 0.28, 0.36)


def place_spots(plane: Plane, rng: np.random.Generator) -> None:
    """Cut rings and sectors into quarters and say what each is."""
    town = _town(plane)
    small = len(town) <= _FEW
    if small:
        _name_small(plane, town)
    else:
        _name(plane, town, rng)
    for spot in town:
        most = _SWAY_M.get(spot.pattern, 10.0)
        dx, dy = rng.uniform(-1, 1, 2)
        spot.sway = (float(dx) * most, float(dy) * most * 0.7)
    plane.spots.extend(town)
    plane.spots.extend(_around(plane, rng, small=small))


def _spot(plane: Plane, where: tuple[int, int], u: tuple[float, float], v: tuple[float, float]) -> Spot:
    scale = plane.scale((v[0] + v[1]) / 2)
    u0, u1 = round(u[0], 2), round(u[1], 2)
    return Spot(*where, u0, v[0], (u1 - u0) * scale, v[1] - v[0], scale)


def _town(plane: Plane) -> list[Spot]:
    found = []
    for ring, (low, high) in enumerate(plane.rings):
        scale = plane.scale((low + high) / 2)
        for number, sector in enumerate(plane.sectors):
            wide = (sector.east - sector.west) * scale
            count = max(1, round((wide + ROAD_M) / (WIDTH_M + ROAD_M)))
            each = (wide - ROAD_M * (count - 1)) / count
            for i in range(count):
                u0 = sector.west + i * (each + ROAD_M) / scale
                u1 = sector.east if i == count - 1 else u0 + each / scale
                found.append(_spot(plane, (ring, number), (u0, u1), (low, high)))
    return found


def _name_small(plane: Plane, town: list[Spot]) -> None:
    middle = len(plane.sectors) // 2
    for spot in town:
        line = _SMALL[min(spot.ring, len(_SMALL) - 1)]
        spot.pattern = line[min(1 + spot.sector - middle, 2) if spot.sector >= middle else 0]


def _name(plane: Plane, town: list[Spot], rng: np.random.Generator) -> None:
    centre = (plane.west + plane.east) / 2
    far = np.array([
        np.hypot((s.u + s.width / s.scale / 2 - centre) * s.scale, 1.25 * (s.v + s.depth / 2)) for s in town
    ])  # fmt: skip
    rank = np.argsort(np.argsort(far + rng.normal(0, 60.0, len(far)))) / len(far)
    aside = np.array([abs(s.u + s.width / s.scale / 2 - centre) for s in town]) / (plane.east - plane.west)
    rings, sectors = len(plane.rings), len(plane.sectors)
    trade = {int(k) for k in rng.choice(sectors, size=max(1, sectors // 3), replace=False)}
    for number, spot in enumerate(town):
        spot.pattern = _pick(_INNER if rank[number] < 0.13 else _OUTER, rng)
        if rank[number] < 0.025:
            spot.pattern = "centre"
        elif spot.ring < len(_SUMMER_FROM) and aside[number] > _SUMMER_FROM[spot.ring]:
            spot.pattern = "summer"
        elif spot.sector in trade and spot.ring >= 0.72 * rings and rng.random() < 0.8:
            spot.pattern = "business"
        elif rank[number] > 0.8 and rng.random() < 0.13:
            spot.pattern = ("fields", "forest", "fields")[int(rng.integers(3))]
    inner = [s for s in town if s.pattern in _OUTER and 0.3 * rings < s.ring < 0.9 * rings]
    for spot in [inner[int(i)] for i in rng.choice(len(inner), size=max(1, len(town) // 130), replace=False)]:
        spot.pattern = "lake"
    # The quarters that the plans of the demonstration speak of are there in every town.
    for ring, sector, pattern in ((1, 0, "streets"), (2, 0, "streets"), (1, 1, "rows"), (1, sectors - 1, "closes"),
                                   (0, sectors - 1, "horseshoe")):  # fmt: skip
        inside = [s for s in town if (s.ring, s.sector) == (ring, sector)]
        inside[-1 if sector == sectors - 1 else 0].pattern = pattern


def _pick(shares: dict[str, float], rng: np.random.Generator) -> str:
    share = np.array(list(shares.values()))
    return str(rng.choice(list(shares), p=share / share.sum()))


def _around(plane: Plane, rng: np.random.Generator, *, small: bool) -> list[Spot]:
    """Land to the west and the north, and the neighbouring municipality to the east."""
    found = []
    # The lake and the wood by the town are there in every size.
    west = ("fields", "lake", "forest")
    for ring, (low, high) in enumerate(plane.rings):
        spot = _spot(plane, (ring, -1), (plane.field_west, plane.west - plane.road_u), (low, high))
        spot.pattern = west[ring % 3] if ring < 3 else west[int(rng.choice(3, p=[0.72, 0.08, 0.2]))]
        found.append(spot)
        if ring >= 2:
            spot = _spot(plane, (ring, len(plane.sectors)), (plane.east, plane.field_east), (low, high))
            spot.pattern, spot.foreign = ("streets", "fields", "closes")[ring % 3], True
            found.append(spot)
    edges = [(plane.field_west, plane.west - plane.road_u), *((s.west, s.east) for s in plane.sectors)]
    edges[1] = (plane.west, edges[1][1])
    edges.append((plane.east, plane.field_east))
    for band in range(2):
        low = plane.north + band * FIELD_NORTH_M
        scale = plane.scale(low + FIELD_NORTH_M / 2)
        for place, (u0, u1) in enumerate(edges):
            end = plane.west if place == 0 else u1
            count = max(1, round((end - u0) * scale / 340.0))
            cuts = np.linspace(u0, end, count + 1).tolist()
            for i in range(count):
                spot = _spot(
                    plane,
                    (len(plane.rings) + band, place - 1),
                    (cuts[i], cuts[i + 1]),
                    (low, low + FIELD_NORTH_M),
                )
                spot.foreign = place == len(edges) - 1
                spot.pattern = "fields" if rng.random() < 0.7 else "forest"
                if band == 0 and place == 2 and i == 0:
                    spot.pattern = "business"
                elif small and band == 0 and place == 1 and i == count - 1:
                    spot.pattern = "flats"
                found.append(spot)
    return found
