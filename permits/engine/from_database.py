"""The World out of the database: some sites, and everything around them, in a handful of bulk queries.

Each query takes all sites at once; nothing is asked per site. The caller has set the tenant, without which the
applications' own rows are invisible.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date
from typing import Any, Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from django.conf import settings
from django.db import connection

from geodata import shapes
from geodata.frames import read_sql
from geodata.terrain_register import tiles_under
from permits.engine.area_totals import area_totals
from permits.engine.building_kinds import roles_and_kinds
from permits.engine.place import with_places
from permits.engine.stored_corrections import with_corrections
from permits.engine.terrain import with_ground
from permits.engine.world import World

#: Position uncertainty of outlines measured at the roof (our reckoning, metres).
_SIGMA_ROOF_M: Final = 0.5
#: A share of land in another zone that is only the width of a line.
_WHOLE: Final = 0.001
#: Standing buildings have keys from here down, so that they never meet those of a drawing; -1 means none.
_KEY: Final = -2


def _at(theme: str, known: int | None) -> str:
    """The view of a theme as revision ``known`` held it; None = as it is now."""
    if known is None:
        return f"t_{theme}"
    return (
        f"(SELECT * FROM hist_t_{theme} WHERE revision_from <= {int(known)} "
        f"AND (revision_to IS NULL OR revision_to > {int(known)}))"
    )


def _records(known: int | None) -> str:
    """Buildings of BBR that stand, as far as BBR knows: neither planned nor gone (statuskode 2, 4)."""
    return f"(SELECT * FROM {_at('building_record', known)} AS r WHERE statuskode IN (0, 3))"


def world_of(applications: Collection[int], *, as_of: date | None = None, known: int | None = None) -> World:
    """The World of some applications (ansøgninger), one site each, keyed by the application's id.

    Parameters
    ----------
    applications : ids; those that the tenant may not see are left out.
    as_of : day as of which plans and registers are read; None = today.
    known : revision of knowledge; None = the last one.

    Notes
    -----
    Corrected inputs stand in ``overrides``; the frames hold what registers and drawings say until
    :func:`permits.engine.overrides.overridden` puts them in their places.
    """
    day = as_of or date.today()  # noqa: DTZ011  # the site's zone is set; a day is a local day
    ids = sorted({int(a) for a in applications})
    sites = read_sql(
        "SELECT id AS site, id AS case_key, work, landzone_permit, applied_on, ruleset, "
        # What the municipality of the case has signed last under the name; another's signature is nobody's here.
        "coalesce((SELECT s.sha256 FROM permits_rulesetsignature s WHERE a.ruleset <> '' AND s.name = a.ruleset "
        "AND s.municipality_id = a.municipality_id ORDER BY s.id DESC LIMIT 1), '') AS ruleset_signed, "
        "CASE WHEN ground_z_m IS NULL THEN NULL ELSE 0.0 END AS ground_a, "
        "CASE WHEN ground_z_m IS NULL THEN NULL ELSE 0.0 END AS ground_b, ground_z_m AS ground_c, datum_m, "
        "ST_AsBinary(area) AS geometry FROM permits_application a WHERE id = ANY(%s) ORDER BY id",
        [ids],
    )
    sites["as_of"] = pd.Timestamp(day)
    land = read_sql(
        "SELECT application_id AS site, parcel_id AS parcel FROM permits_applicationparcel "
        "WHERE application_id = ANY(%s) ORDER BY application_id, parcel_id",
        [ids],
        geometry=None,
    )
    proposed = read_sql(
        "SELECT id AS building, application_id AS site, name, role, kind, replaces, demolished, dwellings, "
        "storeys, height_m, levels_absolute, floor_m2, coalesce(basement_m2, 0) AS basement_m2, "
        "basement_ceiling_m, coalesce(attic_m2, 0) AS attic_m2, eaves_m, wall_low_m, integrated, openings, "
        "basis, sigma_m, roof, ST_AsBinary(footprint) AS geometry FROM permits_proposedbuilding "
        "WHERE application_id = ANY(%s) ORDER BY id",
        [ids],
    )
    plots = read_sql(
        "SELECT application_id AS site, coalesce(registered_m2, ST_Area(geometry)) AS registered_m2, road_m2, kind "
        "FROM permits_proposedplot WHERE application_id = ANY(%s) ORDER BY application_id, id",
        [ids],
        geometry=None,
    )
    facets = _facets(proposed)
    world = world_around(sites, land, proposed.drop(columns="roof"), facets, plots=plots, known=known)
    return with_corrections(world, ids, known)


def _facets(proposed: pd.DataFrame) -> pd.DataFrame:
    """Rows of the frame ``facets`` out of the stored roofs."""
    import json

    rows = [
        (building, facet)
        for building, roof in zip(proposed["building"], proposed["roof"], strict=True)
        for facet in (json.loads(roof) if isinstance(roof, str) else roof or [])
    ]
    return pd.DataFrame(
        {
            "facet": np.arange(len(rows)),
            "building": [b for b, _ in rows],
            **{name: [f[name] for _, f in rows] for name in ("a", "b", "c", "reference")},
            "geometry": list(shapely.from_wkt([f["wkt"] for _, f in rows])),
        }
    )


def world_around(
    sites: pd.DataFrame,
    land: pd.DataFrame,
    proposed: pd.DataFrame,
    facets: pd.DataFrame,
    *,
    plots: pd.DataFrame | None = None,
    known: int | None = None,
) -> World:
    """Complete sites with what the registers and plans say around them.

    Parameters
    ----------
    sites : rows of the World's ``sites`` (``has_land`` is filled here).
    land : ``site`` and ``parcel`` (key of the parcel object), one row per parcel of the property.
    proposed, facets : rows of the World's ``buildings`` and ``facets`` with their final keys; ``replaces`` may
        hold the name of a standing building.
    plots : rows of the World's ``new_plots``; without a kind it follows from the zone of the land.
    known : revision of knowledge; None = the last one.
    """
    pairs = (land["site"].astype("int64").tolist(), land["parcel"].astype("int64").tolist())
    parcels = _parcels(pairs, known)
    day = max(sites["as_of"]) if len(sites) else None
    sites = sites.assign(has_land=sites["site"].isin(parcels["site"]))
    standing = _standing(pairs, known)
    buildings = _buildings(proposed, standing)
    touched = _touched(sites, parcels, buildings)
    areas, limits, uses = _areas(touched, known)
    zones = _zones(touched, known)
    edges = _edges(pairs, parcels, known)
    world = World.of(
        sites=sites,
        parcels=parcels,
        buildings=buildings,
        facets=facets,
        edges=edges,
        areas=areas,
        limits=limits,
        uses=uses,
        zones=zones,
        layers=_layers(sites, parcels, areas, zones, edges, day),
        new_plots=plots,
    )
    world = _with_records(_with_plot_kinds(with_places(world)), standing)
    return with_ground(world, tiles_under(touched[1], known))


def _with_plot_kinds(world: World) -> World:
    """Say what new plots are for where the application does not: a summer house in sommerhusområde, else a house.

    Land in several zones, or in none that is known, leaves it open.
    """
    if world.new_plots.empty:
        return world
    parcels, plots = world.parcels, world.new_plots
    largest = parcels[["share_urban", "share_summer_house", "share_rural"]].to_numpy()
    usual = np.select(
        [largest[:, 1] > 1.0 - _WHOLE, largest[:, [0, 2]].sum(axis=1) > 1.0 - _WHOLE],
        ["summer_house", "detached_house"],
        "",
    )
    told = pd.DataFrame({"site": parcels["site"], "kind": usual}).drop_duplicates()
    alone = told.drop_duplicates("site", keep=False).set_index("site")["kind"]
    kind = plots["kind"].where(plots["kind"] != "", alone.reindex(plots["site"]).fillna("").to_numpy())
    return world.with_(new_plots=plots.assign(kind=kind))


def _parcels(pairs: tuple[Sequence[int], Sequence[int]], known: int | None) -> gpd.GeoDataFrame:
    found = read_sql(
        "SELECT s.parcel, s.site, v.registered_m2, v.road_m2, "
        "concat_ws(' ', v.parcel_number, coalesce(v.district_name, v.cadastral_district::text)) AS label, "
        f"ST_AsBinary(v.geometry) AS geometry FROM unnest(%s::bigint[], %s::bigint[]) AS s(site, parcel) "
        f"JOIN {_at('parcel', known)} v ON v.object_id = s.parcel ORDER BY s.site, s.parcel",
        list(pairs),
    )
    found["drawn_m2"] = shapely.area(found.geometry.to_numpy())
    nobody = np.zeros(0, dtype=np.int64)
    found["plot"] = shapes.stretches(
        np.asarray(found.geometry.array, dtype=object),
        found["site"].to_numpy(dtype=np.int64),
        shapes.nothing(0),
        nobody,
        nobody,
    ).plot
    return found


def _edges(
    pairs: tuple[Sequence[int], Sequence[int]], parcels: pd.DataFrame, known: int | None
) -> pd.DataFrame:
    if known is None:
        open_ = "e.change_to_id IS NULL"
    else:
        open_ = (
            f"EXISTS (SELECT FROM ledger_change c WHERE c.id = e.change_from_id AND c.revision <= {int(known)}) "
            f"AND NOT EXISTS (SELECT FROM ledger_change c WHERE c.id = e.change_to_id AND c.revision <= {int(known)})"
        )
    found = read_sql(
        "SELECT e.id AS edge, s.site, s.parcel, e.kind, e.kind_src, e.sigma_m, "
        "coalesce(e.neighbour_id, -1) AS neighbour, e.width_across_m, e.ambiguous, "
        "ST_AsBinary(e.geometry) AS geometry FROM unnest(%s::bigint[], %s::bigint[]) AS s(site, parcel) "
        # Lines of taken-up roads lie inside a parcel: its road area counts, its boundary is elsewhere.
        f"JOIN geodata_edge e ON e.parcel_id = s.parcel AND {open_} AND e.kind_src <> 'taken_up_road' "
        "ORDER BY s.site, e.id",
        list(pairs),
    )
    # A line between two parcels of the property that is built on is no boundary.
    own = pd.MultiIndex.from_frame(parcels[["site", "parcel"]])
    inner = pd.MultiIndex.from_arrays([found["site"], found["neighbour"]]).isin(own)
    found = found[~inner].reset_index(drop=True)
    plot = parcels.set_index(["site", "parcel"])["plot"]
    index = pd.MultiIndex.from_frame(found[["site", "parcel"]])
    found["plot"] = plot.reindex(index).fillna(0).to_numpy(dtype=np.int64)
    return pd.DataFrame(found.drop(columns="parcel"))


def _standing(pairs: tuple[Sequence[int], Sequence[int]], known: int | None) -> pd.DataFrame:
    """Buildings that stand on the sites: outlines of the map joined with the rows of BBR."""
    outlines = read_sql(
        "SELECT DISTINCT ON (s.site, v.object_id) s.site, v.object_id, v.register_id AS name, v.bbr_id, v.basis, "
        "ST_AsBinary(v.geometry) AS geometry FROM unnest(%s::bigint[], %s::bigint[]) AS s(site, parcel) "
        f"JOIN {_at('parcel', known)} p ON p.object_id = s.parcel "
        f"JOIN {_at('building', known)} v ON ST_Intersects(v.geometry, p.geometry) "
        "AND ST_Within(ST_PointOnSurface(v.geometry), p.geometry) ORDER BY s.site, v.object_id",
        list(pairs),
    )
    records = read_sql(
        "SELECT DISTINCT ON (s.site, v.object_id) s.site, s.parcel, v.object_id, v.register_id, v.use_code, "
        "v.floor_m2, v.built_m2, v.storeys, ST_AsBinary(v.geometry) AS geometry "
        "FROM unnest(%s::bigint[], %s::bigint[]) AS s(site, parcel) "
        f"JOIN {_at('parcel', known)} p ON p.object_id = s.parcel "
        f"JOIN {_records(known)} v ON ST_Within(v.geometry, p.geometry) "
        "ORDER BY s.site, v.object_id",
        list(pairs),
    )
    outlines["bbr"] = outlines["bbr_id"].astype(str).str.lower()
    records["bbr"] = records["register_id"].astype(str).str.lower()
    joined = records.drop(columns="geometry").merge(
        outlines[["site", "bbr", "name", "basis", "geometry"]].drop_duplicates(["site", "bbr"]),
        on=["site", "bbr"],
        how="outer",
    )
    role, kind, secondary = roles_and_kinds(joined["use_code"])
    # BBR counts garages and sheds by their built area; their floor area stands as zero.
    floor = joined["floor_m2"].where(~secondary, joined["built_m2"])
    return pd.DataFrame(
        {
            "site": joined["site"].astype("int64"),
            "name": joined["name"].where(joined["name"].notna(), joined["bbr"]),
            "bbr": joined["bbr"],
            "parcel": joined["parcel"].astype(float).fillna(-1.0).astype("int64"),
            "role": role,
            "kind": kind,
            "storeys": joined["storeys"].astype(float),
            "floor_m2": floor.astype(float),
            "basis": joined["basis"].astype(object).where(joined["basis"].notna(), "unknown"),
            "sigma_m": _SIGMA_ROOF_M,
            "geometry": joined["geometry"],
        }
    )


def _with_records(world: World, standing: pd.DataFrame) -> World:
    """Put buildings that BBR knows and the map does not show on the parcel of their BBR point."""
    buildings = world.buildings
    parcel = buildings["parcel"].to_numpy(copy=True)
    plot = buildings["plot"].to_numpy(copy=True)
    recorded = standing.assign(building=_KEY - np.arange(len(standing))).set_index("building")["parcel"]
    bare = ((parcel < 0) & buildings["geometry"].isna().to_numpy()) & ~buildings["proposed"].to_numpy()
    parcel[bare] = recorded.reindex(buildings["building"][bare]).fillna(-1).to_numpy()
    plots = world.parcels.set_index(["site", "parcel"])["plot"]
    where = pd.MultiIndex.from_arrays([buildings["site"][bare], parcel[bare]])
    plot[bare] = plots.reindex(where).fillna(0).to_numpy(dtype=np.int64)
    return world.with_(buildings=buildings.assign(parcel=parcel, plot=plot))


def _buildings(proposed: pd.DataFrame, standing: pd.DataFrame) -> pd.DataFrame:
    """Proposed and standing buildings in one frame; standing ones get keys below those of the drawing."""
    standing = standing.assign(
        building=_KEY - np.arange(len(standing)), proposed=False, replaces=-1, demolished=False
    )
    by_name = {
        (site, name): key
        for names in ("name", "bbr")
        for site, name, key in zip(standing["site"], standing[names], standing["building"], strict=True)
    }
    wanted = proposed.get("replaces", pd.Series("", index=proposed.index)).fillna("")
    replaces = [
        by_name.get((site, str(name)), -1) for site, name in zip(proposed["site"], wanted, strict=True)
    ]
    goes = proposed.get("demolished", pd.Series(False, index=proposed.index)).to_numpy(dtype=bool)
    gone = {key for key, away in zip(replaces, goes, strict=True) if away}
    standing["demolished"] = standing["building"].isin(gone)
    rows = proposed.assign(proposed=True, replaces=replaces, demolished=False)[~goes]
    tables = [pd.DataFrame(t) for t in (rows, standing.drop(columns="bbr")) if len(t)]
    return pd.concat(tables, ignore_index=True) if tables else pd.DataFrame({"geometry": []})


def _touched(
    sites: pd.DataFrame, parcels: pd.DataFrame, buildings: pd.DataFrame
) -> tuple[list[int], list[bytes]]:
    """Site and WKB of all land, proposed footprints and ground: what plans and zones are looked up for."""
    site = parcels["site"].tolist()
    shape = list(parcels["geometry"])
    if "geometry" in sites.columns:
        dug = sites[sites["geometry"].notna()]
        site += dug["site"].tolist()
        shape += list(dug["geometry"])
    if len(buildings):
        mine = buildings[buildings["proposed"].astype(bool) & buildings["geometry"].notna()]
        site += mine["site"].tolist()
        shape += list(mine["geometry"])
    return [int(s) for s in site], list(shapely.to_wkb(np.asarray(shape, dtype=object)))


#: Accuracy of a plan's lines by how they were made (FKG ``oprindkode``), metres; our reckoning. A plan map is drawn
#: to the millimetre at 1:1000, and nobody says of most plans how.
_SIGMA_PLAN: Final = (
    "CASE v.oprindkode WHEN 3 THEN 0.1 WHEN 2 THEN 0.5 WHEN 1 THEN 0.5 WHEN 4 THEN 0.5 ELSE 1.0 END"
)
#: Editions of the building regulations by the day a plan was adopted; older ones counted in ways not known here.
_EDITION: Final = (
    "CASE WHEN v.adopted_on >= '2018-01-01' THEN 'BR18' WHEN v.adopted_on >= '2016-01-01' THEN 'BR15' "
    "WHEN v.adopted_on >= '2010-06-30' THEN 'BR10' WHEN v.adopted_on IS NOT NULL THEN 'BR08-' ELSE '' END"
)
#: A plan area as it meets a site. The local plan of a field (byggefelt) in a sub-area is that of the sub-area.
_AREA: Final = (
    "v.object_id AS plan, v.versions_id, v.register_id, v.level, "
    "concat_ws(' ', v.number, v.part_number) AS number, v.title, v.document_url AS document, "
    "CASE WHEN up.level = 'sub_area' THEN up.parent_register_id ELSE v.parent_register_id END "
    "AS parent_register_id, v.status, coalesce(v.hearing_from, v.proposed_on) AS published, "
    "coalesce(v.in_force_on, v.published_on, v.adopted_on) AS in_force, v.repealed_on AS repealed, "
    "coalesce(v.is_complex, false) AS complex, v.field_state, v.use_general AS use, v.use_specific, "
    "coalesce(f.register_fields->>'calc_ruleset', "
    f"CASE WHEN v.municipality_id = ANY(%s) THEN {_EDITION} ELSE '' END) AS calc_ruleset, "
    f"{_SIGMA_PLAN} AS sigma_m, ST_AsBinary(v.geometry) AS geometry"
)
#: States that a rule may have to do with: proposal, adopted, repealed.
_TOLD: Final = "v.status IN ('F', 'V', 'A')"


def _area_source(known: int | None) -> str:
    """The rest of the plan ``v``, and the sub-area above it."""
    return (
        "JOIN planning_planversion f ON f.versions_id = v.versions_id "
        f"LEFT JOIN LATERAL (SELECT u.level, u.parent_register_id FROM {_at('plan', known)} u "
        "WHERE v.level IN ('building_field', 'building_line') AND u.register_id = v.parent_register_id "
        "AND u.level = 'sub_area' LIMIT 1) up ON true "
    )


def _areas(
    touched: tuple[list[int], list[bytes]], known: int | None
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    edition = sorted(settings.PLAN_TIME_RULES)
    met = read_sql(
        f"SELECT DISTINCT ON (s.site, v.object_id) s.site, {_AREA} "
        "FROM unnest(%s::bigint[], %s::bytea[]) AS s(site, shape) "
        f"JOIN {_at('plan', known)} v ON ST_Intersects(v.geometry, ST_GeomFromWKB(s.shape, 25832)) "
        f"AND v.level <> 'municipal_plan' AND {_TOLD} {_area_source(known)} ORDER BY s.site, v.object_id",
        [edition, *touched],
    )
    elsewhere = _fields_elsewhere(met, edition, known)
    found = pd.concat([met, elsewhere], ignore_index=True) if len(elsewhere) else met
    found["area"] = np.arange(len(found))
    key = {
        (site, register_id): area
        for site, register_id, area in zip(found["site"], found["register_id"], found["area"], strict=True)
    }
    parent = [
        key.get((site, register_id), -1)
        for site, register_id in zip(found["site"], found["parent_register_id"], strict=True)
    ]
    said = read_sql(
        "SELECT version_id, matter, state, value, per, clause FROM planning_limit "
        "WHERE version_id = ANY(%s) AND use_code IS NULL",
        [list(dict.fromkeys(found["versions_id"]))],
        geometry=None,
    )
    limits = found[["area", "versions_id"]].merge(said, left_on="versions_id", right_on="version_id")
    whole = found["area"].isin(limits.loc[(limits["per"] == "area") & (limits["state"] == "value"), "area"])
    totals = pd.DataFrame({"land_m2": np.nan, "floor_m2": np.nan}, index=found.index)
    if whole.any():
        views = [_at("parcel", known), _at("building", known), _records(known)]
        totals[whole] = area_totals(found[whole], found.loc[whole, "versions_id"], *views)
    areas = found.assign(
        parent=parent,
        land_m2=totals["land_m2"],
        floor_m2=totals["floor_m2"],
        proposal=found["status"] == "F",
        in_force=found["in_force"].where(found["status"] != "F"),
        published=found["published"].where(found["status"] == "F"),
    ).drop(columns=["versions_id", "register_id", "parent_register_id", "status", "use_specific"])
    uses = pd.DataFrame(
        [
            (area, code)
            for area, codes in zip(found["area"], found["use_specific"], strict=True)
            for code in codes or []
        ],
        columns=["area", "code"],
    )
    return areas, limits.drop(columns=["versions_id", "version_id"]), uses


def _fields_elsewhere(met: pd.DataFrame, edition: list[str], known: int | None) -> pd.DataFrame:
    """Fields and lines of the plans on each site that lie beside it: one of each sort.

    A plan whose binding field lies on other land lets nobody build here. Where that field lies makes no difference,
    so one stands for all of its sort.
    """
    plans = met[met["level"] == "local_plan"]
    if plans.empty:
        return met[:0]
    plan = _at("plan", known)
    found: pd.DataFrame = read_sql(
        "WITH asked AS (SELECT * FROM unnest(%s::bigint[], %s::text[]) AS a(site, plan)), "
        "of_plan AS MATERIALIZED (SELECT DISTINCT plan, plan AS parent FROM asked UNION "
        f"SELECT a.plan, u.register_id FROM (SELECT DISTINCT plan FROM asked) a JOIN {plan} u "
        "ON u.parent_register_id = a.plan AND u.level = 'sub_area'), "
        "chosen AS MATERIALIZED (SELECT DISTINCT ON (s.site, s.plan, v.level, v.status, v.field_state) s.site, "
        "s.plan AS of_plan, v.versions_id AS chosen_id FROM asked s JOIN of_plan p USING (plan) "
        f"JOIN {plan} v ON v.parent_register_id = p.parent AND v.level IN ('building_field', 'building_line') "
        f"AND {_TOLD} WHERE NOT (s.site, v.object_id) IN (SELECT * FROM unnest(%s::bigint[], %s::bigint[])) "
        "ORDER BY s.site, s.plan, v.level, v.status, v.field_state, "
        "coalesce(v.in_force_on, v.published_on, v.adopted_on) NULLS FIRST, v.object_id) "
        f"SELECT s.site, {_AREA} FROM chosen s JOIN {plan} v ON v.versions_id = s.chosen_id {_area_source(known)} "
        "ORDER BY s.site, s.of_plan, v.level, v.status, v.field_state",
        [
            plans["site"].tolist(),
            plans["register_id"].tolist(),
            met["site"].tolist(),
            met["plan"].tolist(),
            edition,
        ],
    )
    return found


def _zones(touched: tuple[list[int], list[bytes]], known: int | None) -> pd.DataFrame:
    found = read_sql(
        f"SELECT DISTINCT ON (s.site, v.object_id) s.site, v.zone_code, {_SIGMA_PLAN} AS sigma_m, "
        "ST_AsBinary(v.geometry) AS geometry "
        "FROM unnest(%s::bigint[], %s::bytea[]) AS s(site, shape) "
        f"JOIN {_at('zone', known)} v ON ST_Intersects(v.geometry, ST_GeomFromWKB(s.shape, 25832)) "
        "ORDER BY s.site, v.object_id",
        list(touched),
    )
    names = {1: "urban", 2: "rural", 3: "summer_house"}
    return pd.DataFrame(found.assign(zone=found["zone_code"].map(names)).drop(columns="zone_code"))


def _layers(
    sites: pd.DataFrame,
    parcels: pd.DataFrame,
    areas: pd.DataFrame,
    zones: pd.DataFrame,
    edges: pd.DataFrame,
    day: Any,
) -> pd.DataFrame:
    """What was asked for each site, and whether it answered.

    Plans answered where some lie on the site, or where the municipality of its land has delivered plans at all;
    "no plan in the table" alone proves nothing.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT p.id FROM geodata_parcel p WHERE p.id = ANY(%s) AND EXISTS "
            "(SELECT FROM planning_plan q WHERE q.municipality_id = p.municipality_id)",
            [parcels["parcel"].astype("int64").unique().tolist()],
        )
        delivered = {row[0] for row in cursor.fetchall()}
    site = sites["site"].to_numpy()
    planned = np.isin(site, areas["site"])
    asked = np.isin(site, parcels.loc[parcels["parcel"].isin(delivered), "site"])
    answers = {
        "plans": np.where(planned, "found", np.where(asked, "absent", "not_answered")),
        "zones": np.where(np.isin(site, zones["site"]), "found", "not_answered"),
        "surroundings": np.where(np.isin(site, edges["site"]), "found", "not_answered"),
        "terrain": np.where(sites["ground_c"].notna(), "found", "not_answered"),
    }
    return pd.concat(
        [
            pd.DataFrame({"site": site, "kind": kind, "state": state, "as_of": day})
            for kind, state in answers.items()
        ],
        ignore_index=True,
    )
