"""One new building (or the ground) and one registered feature, for tests of the rules about them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import shapely

from permits.engine.prepare import prepare
from permits.engine.rulesets import load
from permits.engine.run import run
from permits.engine.world import World
from permits.rulebook import discover, worst

LAW = load()["BR18-2025"]
HOUSE = shapely.box(10, 8, 20, 16)
LAND = shapely.box(0, 0, 40, 25)
EVERYWHERE = shapely.box(-500, -500, 500, 500)
BOW = shapely.from_wkt("POLYGON ((0 0, 40 25, 40 0, 0 25, 0 0))")


def feature(kind: str, geometry: Any = EVERYWHERE, **more: Any) -> dict[str, Any]:
    return {"kind": kind, "geometry": geometry, **more}


def building(geometry: Any = HOUSE, **more: Any) -> dict[str, Any]:
    base = {
        "role": "primary",
        "kind": "detached_house",
        "proposed": True,
        "height_m": 5.0,
        "floor_m2": 80.0,
        "plot": 1,
        "zone": "urban",
        "geometry": geometry,
    }
    return base | more


def place(
    features: list[dict[str, Any]],
    *buildings: dict[str, Any],
    zones: list[dict[str, Any]] | None = None,
    silent: tuple[str, ...] = (),
    **site: Any,
) -> World:
    """A prepared World of one site; without buildings named, one new house."""
    houses = [building()] if not buildings and "geometry" not in site else list(buildings)
    zoned = [{"zone": "urban", "geometry": None}] if zones is None else zones
    return prepare(
        World.of(
            sites=pd.DataFrame([{"site": 0, "work": "new", "as_of": pd.Timestamp("2026-03-01"), **site}]),
            parcels=pd.DataFrame(
                [{"parcel": 0, "site": 0, "plot": 1, "registered_m2": 1000.0, "geometry": LAND}]
            ),
            buildings=pd.DataFrame([{"building": 7 + k, "site": 0, **b} for k, b in enumerate(houses)]),
            features=pd.DataFrame([{"feature": 90 + k, "site": 0, **f} for k, f in enumerate(features)]),
            zones=pd.DataFrame([{"site": 0, **z} for z in zoned]),
            layers=pd.DataFrame([{"site": 0, "kind": kind, "state": "not_answered"} for kind in silent]),
        )
    )


def answer(ready: World, rule: str) -> Any:
    """The worst finding of a rule on the one site, layers that did not answer included."""
    table = worst(run(ready, [rule]))
    assert len(table) == 1
    return table.iloc[0]


def told(ready: World, rule: str) -> tuple[str, str]:
    """Outcome and reason of it."""
    found = answer(ready, rule)
    return found["outcome"], found["reason"]


def batch(ready: World, rule: str, size: int = 3) -> pd.DataFrame:
    """The same site several times in one World: each has to be answered like the first, bad rows or not."""
    frames = {}
    for name in ("sites", "parcels", "buildings", "features", "zones", "layers"):
        rows = pd.concat([getattr(ready, name).assign(site=k) for k in range(size)], ignore_index=True)
        key = {"parcels": "parcel", "buildings": "building", "features": "feature"}.get(name)
        frames[name] = rows.assign(**{key: np.arange(len(rows))}) if key else rows
    return discover()[rule].check(prepare(World.of(**frames)), LAW)
