"""From the text of rule cases to one World: every field of the format, no number of its own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import pandas as pd
import shapely

from geodata import shapes
from permits.engine.place import with_boundaries, with_places
from permits.engine.world import MATTERS, SCHEMA, World
from permits.rulebook import declared, themes_asked

_ZONES: Final = {"byzone": "urban", "sommerhusomraade": "summer_house", "landzone": "rural"}
_LEVELS: Final = {
    "lokalplan": "local_plan",
    "delomraade": "sub_area",
    "byggefelt": "building_field",
    "byggelinje": "building_line",
    "ramme": "framework",
}
#: Register kinds of the format; each is a layer that was asked unless a case says otherwise.
REGISTERS: Final = (
    "strandbeskyttelse",
    "klitfredning",
    "soe_aa_linje",
    "skovbyggelinje",
    "fortidsmindebeskyttelse",
    "kirkebyggelinje",
    "beskyttet_natur",
    "natura2000",
    "fredning",
    "dige",
    "fredet_bygning",
    "bevaringsvaerdig_bygning",
    "vejbyggelinje",
    "jordforurening_v1",
    "jordforurening_v2",
    "bnbo",
    "osd",
    "oversvoemmelse",
    "kystnaerhedszone",
    "fredskov",
    "raastof",
    "stoejzone",
    "risikozone",
)
#: Attributes of features whose World column has the same name.
_ATTRIBUTES: Final = (
    "depth",
    "lden",
    "save",
    "designated",
    "surrounded_by_town",
    "visible",
    "height_difference",
)

Rows = list[dict[str, Any]]


def _shape(text: str | None) -> Any:
    return None if text is None else shapely.from_wkt(text)


class _Builder:
    """Collects rows of all frames; keys are running numbers over all cases."""

    def __init__(self) -> None:
        #: Kinds of features that are asked for each case: those of the format, and what installed rules look at.
        self.kinds = (*REGISTERS, *themes_asked(declared()))
        derived = ("edges", "pieces", "overlaps", "rulings", "rests", "placements", "overrides")
        names = [name for name in SCHEMA if name not in derived]
        self.rows: dict[str, Rows] = {name: [] for name in [*names, "surroundings"]}

    def put(self, frame: str, **row: Any) -> int:
        self.rows[frame].append(row)
        return len(self.rows[frame]) - 1

    def case(self, site: int, case: dict[str, Any]) -> None:
        application = case["application"]
        missing = set(case.get("missing_layers", ()))
        self._site(site, case, missing)
        land = self._parcels(site, case["parcel"])
        self._zones(site, case)
        for beyond in case.get("surroundings", ()):
            self.put("surroundings", site=site, kind=beyond["kind"], geometry=_shape(beyond["wkt"]))
        self._buildings(site, case)
        self._plans(site, case.get("plans", ()), land)
        for feature in case.get("registers", ()):
            attributes = feature.get("attributes", {})
            self.put(
                "features",
                feature=len(self.rows["features"]),
                site=site,
                kind=feature["kind"],
                geometry=_shape(feature["wkt"]),
                **{name: attributes.get(name) for name in _ATTRIBUTES},
            )
        self._layers(site, case, missing)
        self._new_plots(site, application.get("plots", ()), case.get("zone", ""))

    def _site(self, site: int, case: dict[str, Any], missing: set[str]) -> None:
        application, terrain = case["application"], case.get("terrain", {})
        ground = [np.nan] * 3
        if "terrain" not in missing:
            ground = terrain.get(
                "plane", [0.0, 0.0, terrain["constant"]] if "constant" in terrain else ground
            )
        self.put(
            "sites",
            site=site,
            work=application["work"],
            landzone_permit="landzone" in application.get("consents", ()),
            applied_on=case.get("applied", case["date"]),
            as_of=case["date"],
            ground_a=ground[0],
            ground_b=ground[1],
            ground_c=ground[2],
            datum_m=terrain.get("datum"),
            has_land=True,
            geometry=_shape(application.get("area")),
        )

    def _parcels(self, site: int, land: dict[str, Any]) -> Any:
        drawn = []
        for number, parcel in enumerate(land.get("parcels", [land])):
            geometry = _shape(parcel["wkt"])
            drawn.append(geometry)
            common = parcel.get("common_area", 0.0) + (
                land.get("common_area", 0.0) if "parcels" in land and number == 0 else 0.0
            )
            self.put(
                "parcels",
                parcel=len(self.rows["parcels"]),
                site=site,
                registered_m2=parcel.get("registered_area", geometry.area),
                drawn_m2=geometry.area,
                road_m2=parcel.get("road_area", 0.0),
                common_m2=common,
                label=f"parcel {number + 1}",
                geometry=geometry,
            )
        return shapely.union_all([g for g in drawn if g.is_valid])

    def _zones(self, site: int, case: dict[str, Any]) -> None:
        if "zone" in case:
            self.put("zones", site=site, zone=_ZONES[case["zone"]], geometry=None)
        for part in case.get("zones", ()):
            self.put("zones", site=site, zone=_ZONES[part["zone"]], geometry=_shape(part["wkt"]))

    def _buildings(self, site: int, case: dict[str, Any]) -> None:
        application = case["application"]
        datum = "datum" in case.get("terrain", {})
        standing: dict[str, int] = {}
        for building in case.get("existing", ()):
            standing[building["id"]] = self._building(
                site, building, datum, demolished=building["id"] in application.get("demolish", ())
            )
        for building in application.get("buildings", ()):
            self._building(site, building, datum, proposed=True, replaces=standing.get(building["id"], -1))

    def _building(self, site: int, building: dict[str, Any], datum: bool, **more: Any) -> int:
        key = len(self.rows["buildings"])
        absolute = building.get("levels") == "kote"
        openings = building.get("openings_toward_boundary")
        basement = building.get("basement", {})
        self.put(
            "buildings",
            building=key,
            site=site,
            name=building["id"],
            role=building["role"],
            kind=building["kind"],
            dwellings=building.get("dwellings"),
            storeys=building.get("storeys"),
            height_m=building.get("height"),
            levels_absolute=absolute,
            floor_m2=building.get("floor_area"),
            basement_m2=basement.get("area", 0.0),
            basement_ceiling_m=basement.get("ceiling_above_terrain"),
            attic_m2=building.get("attic", {}).get("area", 0.0),
            eaves_m=building.get("eaves_overhang"),
            wall_low_m=min(building["wall_heights"]) if "wall_heights" in building else None,
            integrated=building.get("integrated", False),
            openings=None if openings is None else int(openings),
            basis="wall",
            geometry=_shape(building.get("footprint")),
            **more,
        )
        reference = "absolute" if absolute else "datum" if datum else "terrain"
        for facet in building.get("roof", ()):
            self.put(
                "facets",
                facet=len(self.rows["facets"]),
                building=key,
                reference=reference,
                geometry=_shape(facet),
            )
        return key

    def _plans(self, site: int, plans: Sequence[dict[str, Any]], land: Any) -> None:
        first = len(self.rows["areas"])
        for plan in plans:
            total = plan.get("area_total", {})
            self.put(
                "areas",
                area=len(self.rows["areas"]),
                site=site,
                level=_LEVELS[plan["kind"]],
                number=plan.get("number", ""),
                parent=first + _parent(plan, plans),
                proposal=plan.get("status") == "proposal",
                published=plan.get("published"),
                in_force=plan.get("in_force"),
                repealed=plan.get("repealed"),
                complex=plan.get("complex", False),
                field_state=plan.get("binding", "yes") if plan["kind"] == "byggefelt" else "",
                use=plan.get("use"),
                land_m2=total.get("land"),
                floor_m2=total.get("floor"),
                calc_ruleset=plan.get("calc_ruleset", ""),
                geometry=_shape(plan["wkt"]) if "wkt" in plan else land,
            )
            area = len(self.rows["areas"]) - 1
            if _parent(plan, plans) < 0:
                self.rows["areas"][-1]["parent"] = -1
            for code in plan.get("specific_use", ()):
                self.put("uses", area=area, code=code)
            if plan["kind"] in ("lokalplan", "delomraade", "ramme"):
                self._limits(area, plan, plans)

    def _limits(self, area: int, plan: dict[str, Any], plans: Sequence[dict[str, Any]]) -> None:
        limits = plan.get("limits", {})
        fields = {p.get("parent") for p in plans if p["kind"] in ("byggefelt", "byggelinje")}
        spoken = {
            **{matter: matter in limits for matter in MATTERS[:3]},
            "use": "use" in plan,
            "building_field": plan["kind"] != "ramme" and "number" in plan and plan["number"] in fields,
        }
        for matter in MATTERS:
            # A plan that is too complex for fields records nothing, whatever else is entered.
            if plan.get("complex", False) or not (spoken[matter] or matter in plan.get("silent", ())):
                state = "not_recorded"
            else:
                state = "value" if spoken[matter] else "not_regulated"
            self.put(
                "limits",
                area=area,
                matter=matter,
                state=state,
                value=limits.get(matter) if state == "value" else None,
                per=limits.get("plot_ratio_of", "") if matter == "plot_ratio" and state == "value" else "",
            )

    def _layers(self, site: int, case: dict[str, Any], missing: set[str]) -> None:
        present = {feature["kind"] for feature in case.get("registers", ())}
        present |= {name for name in ("plans", "terrain") if case.get(name)} | {"surroundings"}
        if "zone" in case:
            present.add("zones")
        else:
            missing = missing | {"zones"}
        # A rule that is not installed yet may ask for more, which its own cases name.
        named = {feature["kind"] for feature in case.get("registers", ())} | missing
        for kind in dict.fromkeys((*self.kinds, "plans", "surroundings", "terrain", "zones", *sorted(named))):
            state = "not_answered" if kind in missing else "found" if kind in present else "absent"
            self.put("layers", site=site, kind=kind, state=state, as_of=case["date"])

    def _new_plots(self, site: int, plots: Sequence[dict[str, Any]], zone: str) -> None:
        # Without a zone nobody knows which of the two is meant.
        usual = {"sommerhusomraade": "summer_house", "": ""}.get(zone, "detached_house")
        for plot in plots:
            drawn = _shape(plot["wkt"]).area if "wkt" in plot else None
            self.put(
                "new_plots",
                site=site,
                registered_m2=plot.get("registered_area", drawn),
                road_m2=plot.get("road_area", 0.0),
                kind=plot.get("kind", usual),
            )


def _parent(plan: dict[str, Any], plans: Sequence[dict[str, Any]]) -> int:
    """Place of the local plan that a part belongs to, of the same status if there are two; -1 for none."""
    if "parent" not in plan:
        return -1
    same = [k for k, p in enumerate(plans) if p["kind"] == "lokalplan" and p.get("number") == plan["parent"]]
    alike = [k for k in same if plans[k].get("status", "adopted") == plan.get("status", "adopted")]
    return (alike or same or [-1])[0]


def build(cases: Sequence[dict[str, Any]]) -> World:
    """One World from the data of rule cases, the first case being site 0.

    Parameters
    ----------
    cases : cases that follow ``permits/rulecase.schema.json``, dates as text.

    Returns
    -------
    World with boundaries, plots, zones and places filled in; ``pieces`` and ``rulings`` are left to
    precedence.
    """
    builder = _Builder()
    for site, case in enumerate(cases):
        builder.case(site, case)
    rows = {name: pd.DataFrame(found) for name, found in builder.rows.items()}
    surroundings = rows.pop("surroundings")
    _set_planes(rows["facets"])
    return with_places(with_boundaries(World.of(**rows), surroundings))


def _set_planes(facets: pd.DataFrame) -> None:
    if facets.empty:
        return
    rings = shapes.nothing(len(facets))
    rings[:] = list(facets["geometry"])
    plane, flat = shapes.planes(rings)
    facets["a"], facets["b"], facets["c"] = plane.T
    facets["geometry"] = flat
