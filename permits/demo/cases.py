"""The applications as rule cases: the same situations as files that ``rulecases`` runs, with their outcomes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import shapely
import yaml

from permits.demo.applications import DemoApplication
from permits.demo.demo import DemoTown
from permits.demo.site import Boundaries

_DECIMALS: Final = 5
_LEVELS: Final = {
    "local_plan": "lokalplan", "sub_area": "delomraade", "building_field": "byggefelt", "framework": "ramme",
}  # fmt: skip
_KINDS: Final = {120: "detached_house", 910: "garage", 920: "carport", 930: "shed"}
_AS_OF: Final = "2026-03-02"
#: What lies farther than this from a plot cannot decide anything.
_NEAR_M: Final = 0.05


def rule_cases(demo: DemoTown) -> dict[str, Any]:
    """All applications as one file of rule cases (``docs``: the format of legal examples)."""
    maker = _Maker(demo)
    return {"crs": "EPSG:25832", "cases": [maker.case(a) for a in demo.applications]}


def as_yaml(demo: DemoTown) -> str:
    """The file as text."""
    return yaml.safe_dump(rule_cases(demo), allow_unicode=True, sort_keys=False, width=4000)


class _Maker:
    def __init__(self, demo: DemoTown) -> None:
        self.demo = demo
        self.boundaries = Boundaries(demo.town)
        self.plans = demo.plans[demo.plans["level"].isin(list(_LEVELS)) & (demo.plans["status"] == "V")]
        self.tree = shapely.STRtree(self.plans.geometry.to_numpy())
        self.registered = demo.parcels["registered_m2"].to_numpy()

    def case(self, application: DemoApplication) -> dict[str, Any]:
        faces = list(application.faces)
        ground = self.demo.town.fabric.faces
        own = shapely.union_all(ground[faces])
        edges = self.boundaries.around(faces)
        case: dict[str, Any] = {
            "name": f"{application.number} {application.design.name}",
            "source": "planted",
            "date": _AS_OF,
            "applied": application.applied_on.isoformat(),
            "zone": "byzone",
            "parcel": {
                "parcels": [
                    {"wkt": _wkt(ground[f]), "registered_area": float(self.registered[f])} for f in faces
                ]
            },
            "surroundings": self._surroundings(faces),
            "terrain": {"constant": 0.0},
            "plans": self._plans(own),
            "existing": self._existing(faces),
            "application": {
                "work": application.work,
                "buildings": [
                    {
                        **b.attributes,
                        "footprint": _wkt(b.footprint),
                        **({"roof": [_wkt(f, z=True) for f in b.facets]} if b.facets else {}),
                    }
                    for b in application.buildings
                ],
            },
            "expect": {rule: _answer(want) for rule, want in application.expected.items()},
        }
        if any(edge.kind == "unknown" for edge in edges):
            # Beyond the border nothing is recorded: what lies there has not been asked.
            # Every stretch then counts as a neighbour's, the road's too, so no distance is promised.
            del case["surroundings"]
            case["missing_layers"] = ["surroundings"]
            for answer in case["expect"].values():
                answer.pop("measured", None)
        return case

    def _surroundings(self, faces: Sequence[int]) -> list[dict[str, Any]]:
        town = self.demo.town
        own = shapely.union_all(town.fabric.faces[list(faces)])
        near = np.sort(shapely.STRtree(town.fabric.faces).query(own, predicate="dwithin", distance=_NEAR_M))
        return [
            {"kind": "road" if town.use[f] == "road" else "parcel", "wkt": _wkt(town.fabric.faces[f])}
            for f in near.tolist()
            if f not in faces
        ]

    def _plans(self, own: shapely.Polygon) -> list[dict[str, Any]]:
        found = []
        for row in np.sort(self.tree.query(own, predicate="intersects")).tolist():
            plan = self.plans.iloc[row]
            shape = shapely.intersection(plan.geometry, own.buffer(1.0))
            if shapely.intersection(shape, own).area < 1.0:
                continue
            name = str(plan["register_id"])
            entry: dict[str, Any] = {"kind": _LEVELS[plan["level"]], "number": name, "wkt": _wkt(shape)}
            if isinstance(plan["parent_register_id"], str) and plan["level"] != "framework":
                entry["parent"] = plan["parent_register_id"]
            if plan["level"] == "building_field":
                entry["binding"] = plan["field_state"]
                found.append(entry)
                continue
            entry |= _limits(plan["limits"])
            if plan["use_general"] is not None and np.isfinite(plan["use_general"]) and "use" not in entry:
                entry["use"] = int(plan["use_general"])
            found.append(entry)
        return found

    def _existing(self, faces: Sequence[int]) -> list[dict[str, Any]]:
        standing = self.demo.standing
        rows = np.flatnonzero(np.isin(standing.face, list(faces)))
        return [
            {
                "id": f"e{number}",
                "role": "secondary" if standing.use_code[row] >= 900 else "primary",
                "kind": _KINDS[int(standing.use_code[row])],
                "footprint": _wkt(standing.shape[row]),
                "floor_area": float(
                    standing.built_m2[row] if standing.use_code[row] >= 900 else standing.floor_m2[row]
                ),
                "height": float(standing.roof_z_m[row, 1]),
                "storeys": float(standing.storeys[row]),
            }
            for number, row in enumerate(rows.tolist(), start=1)
        ]


def _limits(matters: Sequence[dict[str, Any]]) -> dict[str, Any]:
    limits: dict[str, Any] = {}
    silent = []
    said: dict[str, Any] = {}
    for matter in matters:
        if matter["matter"] == "use" and matter["state"] == "value":
            said["use"] = int(matter["value"])
        elif matter["state"] == "value":
            limits[matter["matter"]] = matter["value"]
            if matter["matter"] == "plot_ratio":
                limits["plot_ratio_of"] = matter["per"]
        elif matter["state"] == "not_regulated":
            silent.append(matter["matter"])
    return said | ({"limits": limits} if limits else {}) | ({"silent": silent} if silent else {})


def _answer(want: Any) -> dict[str, Any]:
    answer = {"outcome": want.outcome, "reason": want.reason, "measured": want.measured, "limit": want.limit}
    return {name: value for name, value in answer.items() if value not in ("", None)}


def _wkt(shape: Any, *, z: bool = False) -> str:
    return str(shapely.to_wkt(shape, rounding_precision=_DECIMALS, trim=True, output_dimension=3 if z else 2))
