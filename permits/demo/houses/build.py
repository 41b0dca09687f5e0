"""All buildings of a town: outlines by kind of quarter, and what BBR says of them."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

import numpy as np
import shapely

from permits.demo.houses import dense, detached, large, open_land, small
from permits.demo.houses.lots import Lots
from permits.demo.outline import Floats, Ints, Mask
from permits.demo.quantiles import BUILT_M2, ROOF_SPREAD_M, ROOF_TO_BUILT, YEAR, draw, ranks
from permits.demo.standing import Site, Standing, pick
from permits.demo.town import OPEN_USES, Town

#: Storeys of flats: 1 to 5.
_STOREYS: Final = (0.11, 0.18, 0.38, 0.26, 0.07)
_UNMATCHED: Final = 0.02


def build(town: Town, faces: Ints, kept_clear: Collection[int], rng: np.random.Generator) -> Standing:
    """Houses on some plots; on ``kept_clear`` plain houses with room beside them."""
    clear = np.isin(faces, list(kept_clear))
    use = town.use[faces]
    site = Site()
    for kind, code in (("house", 120), ("summer", 510)):
        _detached(town, faces[use == kind], clear[use == kind], code, site, rng)
    lots = {kind: Lots.on(town, faces[use == kind]) for kind in ("row", "flat", "town", "business")}
    if len(lots["row"]):
        house, shed = dense.row_houses(lots["row"], rng)
        site.add(lots["row"].face, house, 130)
        site.add(lots["row"].face, shed, 930)
    site.add(lots["flat"].face, dense.flats(lots["flat"], rng), 140)
    if len(lots["town"]):
        house, codes, wing = dense.town_houses(lots["town"], rng)
        site.add(lots["town"].face, house, codes)
        site.add(lots["town"].face, wing, 930)
    for kind in ("school", "church", "farm", "harbour"):
        some = Lots.on(town, faces[use == kind])
        for rows, shape, code in large.build(some, kind, rng) if len(some) else []:
            site.add(some.face[rows], shape, code)
    if len(lots["business"]):
        for shape, codes in large.trade(lots["business"], rng):
            site.add(lots["business"].face, shape, codes)
    gardens = Lots.on(town, faces[use == "allotment"])
    for shape, code in open_land.huts(gardens, rng):
        site.add(gardens.face, shape, code)
    site.add(*open_land.single(town, faces[np.isin(use, OPEN_USES)], rng))
    return _recorded(town, site, np.array(sorted(kept_clear), dtype=np.int64), rng)


def _detached(town: Town, faces: Ints, clear: Mask, code: int, site: Site, rng: np.random.Generator) -> None:
    if not len(faces):
        return
    lots = Lots.on(town, faces)
    house, left, box = detached.build(lots, code, clear, rng)
    site.add(faces, house, code)
    few = np.full(len(faces), code == 510)
    for rows, shape, use in small.build(lots, house, left, box, clear=clear, few=few, rng=rng):
        site.add(faces[rows], shape, use)


def _recorded(town: Town, site: Site, clear: Ints, rng: np.random.Generator) -> Standing:
    """What the registers say of the outlines: year, storeys, areas; BBR's differ from the map's as real ones do."""
    face, shape, use = site.whole()
    n = len(face)
    area = shapely.area(shape)
    plain = np.isin(face, clear)
    built = area / draw(ROOF_TO_BUILT, rng.random(n))
    houses = np.flatnonzero(use == 120)
    built[houses] = _houses(area[houses], shapely.area(town.fabric.faces[face[houses]]), rng)
    built = np.maximum(4.0, np.round(np.where(plain, area / 1.16, built)))
    year = np.round(rng.normal(1974, 20, n)).astype(np.int64).clip(1880, 2025)
    for code, points in YEAR.items():
        of = use == code
        year[of] = np.round(draw(points, rng.random(int(of.sum())))).astype(np.int64)
    storeys = np.ones(n, dtype=np.int64)
    storeys[use == 140] = 1 + pick(_STOREYS, rng, int((use == 140).sum()))
    # Two storeys are built where the plot is small for one; large houses lie on the ground.
    storeys[(use == 120) & ~plain & (built < 130.0) & (rng.random(n) < 0.018)] = 2
    storeys[(use == 320) & (rng.random(n) < 0.35)] = 2
    floor = np.where(use >= 900, 0.0, built * storeys)
    low = 2.3 + rng.random(n)
    high = low + draw(ROOF_SPREAD_M, rng.random(n)) * np.where(use >= 900, 0.4, 1.15)
    # Two storeys and more are as high as they must be.
    high = np.maximum(high, 2.9 * storeys + 0.5 * (use < 900))
    made = Standing(
        face, shape, use, year, storeys, floor, built, plain | (rng.random(n) >= _UNMATCHED),
        np.asarray(np.round(np.stack([low, high], axis=1), 2), dtype=np.float64),
    )  # fmt: skip
    return made.sorted()


def _houses(area: Floats, plot: Floats, rng: np.random.Generator) -> Floats:
    """Built areas of houses: larger under larger roofs and on larger plots, each as often as in BBR."""
    if not len(area):
        return area

    def score(value: Floats) -> Floats:
        value = np.log(value)
        return np.asarray((value - value.mean()) / max(float(value.std()), 1e-9))

    mixed = 0.72 * score(area) + 0.09 * score(plot) + 0.66 * rng.normal(size=len(area))
    return draw(BUILT_M2[120], ranks(mixed, rng))
