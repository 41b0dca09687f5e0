"""The land that is asked about before anything is drawn, as a World of one site without buildings of its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

import numpy as np
import pandas as pd
import shapely
from shapely.geometry.base import BaseGeometry

from permits.engine.from_database import world_around
from permits.engine.prepare import prepare
from permits.engine.ruleset_files import every
from permits.engine.rulesets import choose, load
from permits.engine.world import World
from permits.rulebook import Ruleset

SITE: Final = 1


@dataclass(frozen=True)
class Land:
    """Parcels of one property with what registers and plans say of them, and the numbers of the law of the day."""

    world: World
    ruleset: Ruleset
    outline: BaseGeometry

    def zones(self) -> frozenset[str]:
        """Zones that a part of the land lies in (byzone, sommerhusområde, landzone); empty = not known."""
        parcels = self.world.parcels
        return frozenset(
            zone
            for zone in ("urban", "summer_house", "rural")
            if bool((np.nan_to_num(parcels[f"share_{zone}"].to_numpy(dtype=float)) > 0.0).any())
        )


def land_of(parcels: Sequence[int], municipality: str | None, day: date, applied_on: date) -> Land:
    """Read what is around some parcels of one property, as of a day, by a fixed number of queries.

    The day of sending in chooses the numbers of the law.
    """
    sites = pd.DataFrame(
        {
            "site": [SITE],
            "municipality": [municipality],
            "applied_on": [pd.Timestamp(applied_on)],
            "as_of": [pd.Timestamp(day)],
            **{f"ground_{name}": [np.nan] for name in "abc"},
        }
    )
    nobody = {
        "building": np.zeros(0, dtype=np.int64),
        "site": np.zeros(0, dtype=np.int64),
        "name": np.zeros(0, dtype=object),
        "replaces": np.zeros(0, dtype=object),
        "geometry": np.zeros(0, dtype=object),
    }
    facets = {
        **{name: np.zeros(0, dtype=np.int64) for name in ("facet", "building")},
        **{name: np.zeros(0) for name in "abc"},
        **{name: np.zeros(0, dtype=object) for name in ("reference", "geometry")},
    }
    world = prepare(
        world_around(
            sites, {"site": np.full(len(parcels), SITE), "parcel": np.array(parcels)}, nobody, facets
        )
    )
    files = every()
    ruleset = load(files)[str(choose(world, files)[0])]
    return Land(world, ruleset, shapely.union_all(world.column("parcels", "geometry")))
