"""What is old: church and monument lines (§§ 18-19), dikes (museumsloven § 29 a), listed and valued houses."""

from __future__ import annotations

from collections.abc import Iterator

import geopandas as gpd
import numpy as np
import shapely

from permits.demo.registers.land import Land, areas, courses

_CHURCH_M = 300.0
_MONUMENT_M = 100.0
#: Houses from before this year have been looked at; those that stand longest may be listed.
_LOOKED_AT = 1940
_LISTED_BEFORE = 1890
_SAVE_SHARE = (0.01, 0.05, 0.12, 0.24, 0.25, 0.17, 0.1, 0.04, 0.02)


def features(land: Land, rng: np.random.Generator) -> Iterator[tuple[str, gpd.GeoDataFrame]]:
    """Views of the state's themes with their rows."""
    church = land.ground("church")
    if len(church):
        zone = shapely.intersection(shapely.buffer(shapely.centroid(church), _CHURCH_M), land.whole)
        yield (
            "kirkebyggelinje",
            areas("kirke", list(zone), surrounded_by_town=True, name="Fjordby Kirke", sigma_m=1.0),
        )
    fields = land.ground("field")
    mounds = shapely.point_on_surface(fields[:: max(1, len(fields) // 6)][:6])
    around = shapely.intersection(shapely.buffer(mounds, _MONUMENT_M), land.whole)
    visible = [number % 4 != 3 for number in range(len(mounds))]
    yield (
        "fortidsmindebeskyttelse",
        areas("minde", list(around), visible=visible, name="Rundhøj", sigma_m=1.0),
    )
    yield "dige", courses("dige", _between_fields(land), designation="Sten- og jorddige", sigma_m=2.0)
    yield from _houses(land, rng)


def _between_fields(land: Land) -> list[shapely.LineString]:
    """Every third boundary between two fields carries a dike."""
    fabric = land.town.fabric
    field = np.append(np.isin(land.town.use, ("field", "forest")) & ~land.town.foreign, False)
    between = np.flatnonzero(field[fabric.left] & field[fabric.right])
    pair = (
        np.minimum(fabric.left, fabric.right)[between] * len(field)
        + np.maximum(fabric.left, fabric.right)[between]
    )
    found = []
    for number, key in enumerate(np.unique(pair)):
        if number % 3 == 0:
            lines = shapely.linestrings(fabric.segments[between[pair == key]].reshape(-1, 2, 2))
            found.append(shapely.line_merge(shapely.multilinestrings(lines)))
    return found


def _houses(land: Land, rng: np.random.Generator) -> Iterator[tuple[str, gpd.GeoDataFrame]]:
    standing = land.standing
    old = np.flatnonzero((standing.year < _LOOKED_AT) & (standing.use_code < 900))
    save = 1 + rng.choice(len(_SAVE_SHARE), len(old), p=_SAVE_SHARE)
    designated = (save <= 3) & (rng.random(len(old)) < 0.6)
    yield (
        "bevaringsvaerdig_bygning",
        areas(
            "save", list(standing.shape[old]), save=save.tolist(), designated=designated.tolist(), sigma_m=0.3
        ),
    )
    oldest = old[(standing.year[old] < _LISTED_BEFORE) & (save == 1)]
    church = np.flatnonzero(standing.use_code == 490)[:1]
    listed = list(standing.shape[np.unique(np.concatenate([oldest, church]))])
    if listed:
        yield "fredet_bygning", areas("fredet", listed, designation="Fredet bygning", sigma_m=0.3)
