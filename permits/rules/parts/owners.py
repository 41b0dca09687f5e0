"""Which building each piece belongs to, looked up once for all rules that ask."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd

if TYPE_CHECKING:
    from permits.engine.world import World


def owners(world: World) -> npt.NDArray[np.int64]:
    """Row of ``world.buildings`` of every piece."""
    if "owners" not in world.derived:
        index = pd.Index(world.buildings["building"])
        world.derived["owners"] = np.asarray(
            index.get_indexer(pd.Index(world.pieces["building"])), dtype=np.int64
        )
    found: npt.NDArray[np.int64] = world.derived["owners"]
    return found
