"""What the municipality keeps itself (FKG-temaer): associations, harbour, school districts, parks, water supply."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any, Final

import geopandas as gpd
import numpy as np
import shapely

from permits.demo.registers.land import Land, areas

#: The list's own word for no authority: the demonstration's municipality is in no register.
_AUTHORITY: Final = 99_999_999
_SINCE: Final = date(2025, 5, 27)
#: Codes of FKG's lists.
_OWNERS, _GARDENERS = 3, 6
_BOTH_HARBOURS = 3
_PARK = 2051
_LAWN = 102000
_SCHOOL, _FIRST_YEAR, _LAST_YEAR = 5, 11, 9


def features(land: Land) -> Iterator[tuple[str, gpd.GeoDataFrame]]:
    """Ids of FKG's themes with their rows."""
    yield "5700_grundej", _associations(land)
    harbour = land.ground("harbour")
    yield (
        "5706_havn_are",
        _kept("havn", list(harbour), havn_navn="Fjordby Havn", havne_type_kode=_BOTH_HARBOURS),
    )
    yield "5710_born_skole_dis", _school_districts(land)
    green = list(land.ground("green"))
    yield (
        "5801_fac_fl",
        _kept("park", green, facil_ty_k=_PARK, navn=[f"Park {n}" for n in range(1, len(green) + 1)]),
    )
    yield "6004_vandv_fs", _kept("vand", [land.whole], gyldig_fra=_SINCE)
    yield "6800_parl_fl", _kept("plaene", green, vedlhold_f_type_kode=_LAWN)


def _kept(prefix: str, shapes: list[Any], **columns: Any) -> gpd.GeoDataFrame:
    return areas(f"fkg-{prefix}", shapes, cvr_kode=_AUTHORITY, **columns)


def _associations(land: Land) -> gpd.GeoDataFrame:
    """House owners (grundejerforeninger) of some quarters, and those who rent the allotments (haveforeninger)."""
    town, shapes, kinds, titles = land.town, [], [], []
    for block, pattern in enumerate(town.patterns, start=1):
        gardens = pattern == "allotments"
        if not gardens and (pattern not in ("closes", "summer") or block % 2):
            continue
        faces = np.flatnonzero((town.block == block) & ~town.foreign)
        if len(faces):
            shapes.append(shapely.coverage_union_all(town.fabric.faces[faces]))
            kinds.append(_GARDENERS if gardens else _OWNERS)
            street = next(filter(None, town.street[faces]), "Fjordby")
            titles.append(f"{'Haveforeningen' if gardens else 'Grundejerforeningen'} {street}")
    return _kept("forening", shapes, forening_type_kode=kinds, forening_navn=titles)


def _school_districts(land: Land) -> gpd.GeoDataFrame:
    """Each part of the land goes to the nearest school; at most four of them have a district."""
    schools = shapely.centroid(land.ground("school"))
    schools = schools[:: max(1, -(-len(schools) // 4))]
    whole = land.whole
    parts: list[Any] = [whole]
    if len(schools) > 1:
        cells = shapely.get_parts(shapely.voronoi_polygons(shapely.multipoints(schools), extend_to=whole))
        # A cell for each school, in the order of the schools.
        parts = [shapely.intersection(next(c for c in cells if c.covers(s)), whole) for s in schools]
    return _kept(
        "skole", parts, udd_distrikt_navn=[f"Skoledistrikt {n}" for n in range(1, len(parts) + 1)],
        udd_distrikt_type_kode=_SCHOOL, starttrin_kode=_FIRST_YEAR, sluttrin_kode=_LAST_YEAR,
    )  # fmt: skip
