"""All themes of the state's registers and of the municipality's own (FKG) for a town."""

from __future__ import annotations

from collections.abc import Iterable

import geopandas as gpd
import numpy as np

from geodata.fkg.catalogue import state_theme
from permits.demo.registers import cadastral, coast, forest, ground, heritage, municipal, nature, roads, water
from permits.demo.registers.land import Land


def themes(land: Land, rng: np.random.Generator) -> dict[str, gpd.GeoDataFrame]:
    """Id of each theme of the shared model and its rows; themes without any are left out, and so are roads on parcels
    (:func:`permits.demo.registers.cadastral.roads`)."""
    own = {theme: rows for theme, rows in municipal.features(land) if len(rows)}
    return own | themes_of((
        *coast.features(land), *water.features(land), *forest.features(land), *heritage.features(land, rng),
        *ground.features(land, rng), *roads.features(land), *nature.features(land), *cadastral.features(land, rng),
    ))  # fmt: skip


def themes_of(views: Iterable[tuple[str, gpd.GeoDataFrame]]) -> dict[str, gpd.GeoDataFrame]:
    """Rows of views by the id of their theme."""
    return {state_theme(view).id: rows for view, rows in views if len(rows)}
