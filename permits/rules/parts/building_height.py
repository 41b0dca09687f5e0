"""The height of whole buildings, put together from their pieces."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from permits.rules.parts.heights import highest
from permits.rules.parts.owners import owners
from permits.rules.parts.upper_limit import Measured

if TYPE_CHECKING:
    from permits.engine.world import World


def building_height(world: World, pieces: npt.NDArray[np.int64]) -> Measured:
    """Highest part of every building within some of its pieces, in metres above its ground.

    Danish: bygningens højde; BR18 § 456.

    Parameters
    ----------
    pieces : rows of ``world.pieces``, any number per building.

    Returns
    -------
    One row per building of the World: NaN where none of its pieces is asked about or has a height that is known;
    ``open`` where a piece has none.
    """
    size = len(world.buildings)
    owner = owners(world)[pieces]
    top = highest(world, pieces)
    known = np.isfinite(top.height_m)
    value, x, y = np.full(size, np.nan), np.full(size, np.nan), np.full(size, np.nan)
    order = np.lexsort((-top.height_m[known], owner[known]))
    row, first = np.unique(owner[known][order], return_index=True)
    pick = np.flatnonzero(known)[order[first]]
    value[row], x[row], y[row] = top.height_m[pick], top.x[pick], top.y[pick]
    gap = np.zeros(size, dtype=bool)
    gap[owner[~known]] = True
    return Measured(value, value, gap, x, y)
