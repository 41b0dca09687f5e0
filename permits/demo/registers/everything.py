"""All themes of the state's registers for a town."""

from __future__ import annotations

import geopandas as gpd
import numpy as np

from geodata.fkg.catalogue import state_theme
from permits.demo.registers import cadastral, coast, forest, ground, heritage, nature, roads, water
from permits.demo.registers.land import Land


def themes(land: Land, rng: np.random.Generator) -> dict[str, gpd.GeoDataFrame]:
    """Id of each theme of the shared model and its rows; themes without any are left out."""
    found: dict[str, gpd.GeoDataFrame] = {}
    for view, rows in (
        *coast.features(land), *water.features(land), *forest.features(land), *heritage.features(land, rng),
        *ground.features(land, rng), *roads.features(land), *nature.features(land), *cadastral.features(land, rng),
    ):  # fmt: skip
        if len(rows):
            found[state_theme(view).id] = rows
    return found
