"""Small worlds for tests of precedence: one house, some plans, one line each."""

from __future__ import annotations

from typing import Any

import pandas as pd
import shapely

from permits.engine.prepare import prepare
from permits.engine.world import World

DAY = "2026-03-01"
HOUSE = shapely.box(10, 8, 20, 16)
LAND = shapely.box(0, 0, 40, 25)


def plan(
    number: str = "1.23",
    geometry: Any = LAND,
    *,
    level: str = "local_plan",
    parent: str = "",
    silent: tuple[str, ...] = (),
    per: str = "",
    uses: tuple[int, ...] = (),
    limits: dict[str, float] | None = None,
    **more: Any,
) -> dict[str, Any]:
    """One plan area; ``parent`` is the number of its local plan."""
    said = {"silent": silent, "per": per, "uses": uses, "limits": limits or {}}
    return {"number": number, "geometry": geometry, "level": level, "parent": parent, "said": said, **more}


def frames(plans: list[dict[str, Any]]) -> dict[str, pd.DataFrame]:
    """The frames ``areas``, ``limits`` and ``uses`` of plans, keyed by their place in the list."""
    place = {p["number"]: k for k, p in enumerate(plans) if p["level"] == "local_plan"}
    areas, limits, uses = [], [], []
    for key, p in enumerate(plans):
        row = {name: value for name, value in p.items() if name != "said"}
        areas.append({**row, "area": key, "site": 0, "parent": place.get(p["parent"], -1)})
        said = p["said"]
        for matter, value in said["limits"].items():
            per = said["per"] if matter == "plot_ratio" else ""
            limits.append({"area": key, "matter": matter, "state": "value", "value": value, "per": per})
        limits += [{"area": key, "matter": m, "state": "not_regulated"} for m in said["silent"]]
        uses += [{"area": key, "code": code} for code in said["uses"]]
    return {"areas": pd.DataFrame(areas), "limits": pd.DataFrame(limits), "uses": pd.DataFrame(uses)}


def world(
    plans: list[dict[str, Any]],
    house: Any = HOUSE,
    roof: list[tuple[Any, tuple[float, float, float]]] | None = None,
    **building: Any,
) -> World:
    """A prepared World with one new house under the given plans."""
    base = {
        "building": 7,
        "site": 0,
        "role": "primary",
        "kind": "detached_house",
        "proposed": True,
        "height_m": 6.0,
        "geometry": house,
        **building,
    }
    facets = [
        {"facet": k, "building": 7, "a": a, "b": b, "c": c, "reference": "terrain", "geometry": shape}
        for k, (shape, (a, b, c)) in enumerate(roof or [])
    ]
    built = World.of(
        sites=pd.DataFrame([{"site": 0, "work": "new", "as_of": pd.Timestamp(DAY)}]),
        buildings=pd.DataFrame([base]),
        facets=pd.DataFrame(facets),
        **frames(plans),
    )
    return prepare(built)


def said(ready: World, matter: str = "max_height") -> set[tuple[int, str, float, bool]]:
    """Who speaks on a matter: area, state, value (-1 for none), conflict."""
    rows = ready.rulings[ready.rulings["matter"] == matter]
    return set(
        zip(
            rows["area"],
            rows["state"],
            rows["value"].fillna(-1.0),
            rows["conflict"].astype(bool),
            strict=True,
        )
    )
