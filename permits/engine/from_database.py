"""The World out of the database: some sites, and everything around them, in a handful of bulk queries.

Each query takes all sites at once; nothing is asked per site. The caller has set the tenant, without which the
applications' own rows are invisible.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from datetime import date
from typing import Any, Final

import numpy as np
import pandas as pd
import shapely

from geodata import shapes
from geodata.collector import uncollected
from geodata.frames import read_columns
from geodata.ledger.told import delivered
from geodata.lookup import Columns, Pairs, stacked, taken
from geodata.terrain_register import tiles_under
from permits.engine.features import around
from permits.engine.nearby import Boxes, at, boxes_of, meeting, near
from permits.engine.place import Places, places
from permits.engine.plan_areas import SIGMA_PLAN, plan_areas
from permits.engine.standing import standing_buildings, with_standing
from permits.engine.stored_corrections import with_corrections
from permits.engine.terrain import with_ground
from permits.engine.world import World
from planning.delivered import theme_of
from planning.models.plans import Level

#: A share of land in another zone that is only the width of a line.
_WHOLE: Final = 0.001


@uncollected()
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
    ids = np.unique(np.fromiter(applications, dtype=np.int64))
    sites = read_columns(
        "SELECT id AS site, id AS case_key, municipality_id AS municipality, work, landzone_permit, applied_on, "
        "ruleset, "
        # What the municipality of the case has signed last under the name; another's signature is nobody's here.
        "coalesce((SELECT s.sha256 FROM permits_rulesetsignature s WHERE a.ruleset <> '' AND s.name = a.ruleset "
        "AND s.municipality_id = a.municipality_id ORDER BY s.id DESC LIMIT 1), '') AS ruleset_signed, "
        "CASE WHEN ground_z_m IS NULL THEN NULL ELSE 0.0::float8 END AS ground_a, "
        "CASE WHEN ground_z_m IS NULL THEN NULL ELSE 0.0::float8 END AS ground_b, ground_z_m AS ground_c, datum_m, "
        "ST_AsBinary(area) AS geometry FROM permits_application a WHERE id = ANY(%s) ORDER BY id",
        [ids],
    )
    sites["as_of"] = np.full(len(sites["site"]), np.datetime64(day, "s"))
    land = read_columns(
        "SELECT application_id AS site, parcel_id AS parcel FROM permits_applicationparcel "
        "WHERE application_id = ANY(%s) ORDER BY application_id, parcel_id",
        [ids],
    )
    proposed = read_columns(
        "SELECT id AS building, application_id AS site, name, role, kind, replaces, demolished, dwellings, "
        "storeys, height_m, levels_absolute, floor_m2, coalesce(basement_m2, 0) AS basement_m2, "
        "basement_ceiling_m, coalesce(attic_m2, 0) AS attic_m2, eaves_m, wall_low_m, integrated, openings, "
        "basis, sigma_m, roof::text AS roof, ST_AsBinary(footprint) AS geometry FROM permits_proposedbuilding "
        "WHERE application_id = ANY(%s) ORDER BY id",
        [ids],
    )
    plots = read_columns(
        "SELECT application_id AS site, coalesce(registered_m2, ST_Area(geometry)) AS registered_m2, road_m2, kind "
        "FROM permits_proposedplot WHERE application_id = ANY(%s) ORDER BY application_id, id",
        [ids],
    )
    facets = _facets(proposed["building"], proposed.pop("roof"))
    world = world_around(sites, land, proposed, facets, plots=plots, known=known)
    return with_corrections(world, ids, known)


def _facets(building: shapes.Ints, roofs: Any) -> Columns:
    """Columns of the frame ``facets`` out of the stored roofs."""
    # One text for all of them is read several times faster than one after the other.
    lists = json.loads("[" + ",".join(roof or "[]" for roof in roofs) + "]")
    facets = [facet for roof in lists for facet in roof or ()]
    return {
        "facet": np.arange(len(facets)),
        "building": np.repeat(building, [len(roof or ()) for roof in lists]),
        **{name: np.array([f[name] for f in facets], dtype=np.float64) for name in ("a", "b", "c")},
        "reference": np.array([f["reference"] for f in facets], dtype=object),
        "geometry": np.asarray(
            shapely.from_wkt(np.array([f["wkt"] for f in facets], dtype=object)), dtype=object
        ),
    }


def world_around(
    sites: pd.DataFrame | Mapping[str, Any],
    land: pd.DataFrame | Mapping[str, Any],
    proposed: pd.DataFrame | Mapping[str, Any],
    facets: pd.DataFrame | Mapping[str, Any],
    *,
    plots: Columns | None = None,
    known: int | None = None,
) -> World:
    """Complete sites with what the registers and plans say around them.

    Parameters
    ----------
    sites : rows of the World's ``sites``, as a table or as columns (``has_land`` is filled here).
    land : ``site`` and ``parcel`` (key of the parcel object), one row per parcel of the property.
    proposed, facets : rows of the World's ``buildings`` and ``facets`` with their final keys; ``replaces`` may
        hold the name of a standing building.
    plots : columns of the World's ``new_plots``; without a kind it follows from the zone of the land.
    known : revision of knowledge; None = the last one.
    """
    site, drawn = _columns(sites), _columns(proposed)
    parcels = _parcels(_columns(land), known)
    site["has_land"] = np.isin(site["site"], parcels["site"])
    lies_in = _municipalities(site, parcels)
    standing = standing_buildings(parcels, known)
    buildings = with_standing(drawn, standing)
    where, owner = _touched(site, parcels, buildings)
    boxes = boxes_of(where)
    areas, limits, uses = plan_areas(where, owner, boxes, known)
    zones = _zones(where, owner, boxes, known)
    edges = _edges(parcels, known)
    registers = around(site, lies_in, where, owner, boxes, known)
    lies = places(parcels, buildings, zones)
    parcels |= lies.shares
    buildings |= _with_records(lies, buildings, parcels, standing)
    world = World.of(
        sites=site,
        parcels={name: values for name, values in parcels.items() if name != "municipality"},
        buildings=buildings,
        facets=_columns(facets),
        edges=edges,
        areas=areas,
        limits=limits,
        uses=uses,
        zones=zones,
        features=registers.features,
        layers=stacked(_layers(site, lies_in, areas, zones, edges), registers.layers),
        new_plots=_with_kinds(plots, parcels),
    )
    return with_ground(world, tiles_under(boxes, known))


def _columns(table: pd.DataFrame | Mapping[str, Any]) -> Columns:
    """Columns of a table as arrays, shapes included."""
    return {
        str(name): np.asarray(table[name], dtype=object if name == "geometry" else None)
        for name in table.keys()  # noqa: SIM118  # a mapping too
    }


def _with_kinds(plots: Columns | None, parcels: Columns) -> Columns | None:
    """Say what new plots are for where the application does not: a summer house in sommerhusområde, else a house.

    Land in several zones, or in none that is known, leaves it open.
    """
    if plots is None or not len(plots["site"]):
        return plots
    usual = np.select(
        [
            parcels["share_summer_house"] > 1.0 - _WHOLE,
            parcels["share_urban"] + parcels["share_rural"] > 1.0 - _WHOLE,
        ],
        ["summer_house", "detached_house"],
        "",
    )
    told = pd.DataFrame({"site": parcels["site"], "kind": usual}).drop_duplicates()
    alone = told.drop_duplicates("site", keep=False).set_index("site")["kind"]
    follows = alone.reindex(plots["site"]).fillna("").to_numpy(dtype=object)
    return {**plots, "kind": np.where(plots["kind"] != "", plots["kind"], follows)}


def _parcels(land: Columns, known: int | None) -> Columns:
    """Parcels of each site, ordered by both, with their plots."""
    found = read_columns(
        "SELECT v.object_id AS parcel, v.registered_m2, v.road_m2, v.municipality_id AS municipality, "
        "concat_ws(' ', v.parcel_number, coalesce(v.district_name, v.cadastral_district::text)) AS label, "
        f"ST_AsBinary(v.geometry) AS geometry FROM {at('parcel', known)} v WHERE v.object_id = ANY(%s)",
        [np.unique(land["parcel"].astype(np.int64))],
    )
    row, of = shapes.pairs(land["parcel"], found["parcel"])
    site = land["site"][row].astype(np.int64)
    order = np.lexsort((found["parcel"][of], site))
    parcels = {"site": site[order], **taken(found, of[order])}
    parcels["drawn_m2"] = shapely.area(parcels["geometry"])
    # A parcel by itself is a plot.
    plot = np.ones(len(order), dtype=np.int64)
    _, at_site, count = np.unique(parcels["site"], return_inverse=True, return_counts=True)
    several = np.flatnonzero(count[at_site] > 1)
    nobody = np.zeros(0, dtype=np.int64)
    if len(several):
        plot[several] = shapes.stretches(
            parcels["geometry"][several], parcels["site"][several], shapes.nothing(0), nobody, nobody
        ).plot
    return {**parcels, "plot": plot}


def _edges(parcels: Columns, known: int | None) -> Columns:
    if known is None:
        open_ = "e.change_to_id IS NULL"
    else:
        open_ = (
            f"EXISTS (SELECT FROM ledger_change c WHERE c.id = e.change_from_id AND c.revision <= {int(known)}) "
            f"AND NOT EXISTS (SELECT FROM ledger_change c WHERE c.id = e.change_to_id AND c.revision <= {int(known)})"
        )
    found = read_columns(
        "SELECT e.id AS edge, e.parcel_id AS parcel, e.kind, e.kind_src, e.sigma_m, "
        "coalesce(e.neighbour_id, -1) AS neighbour, e.width_across_m, e.ambiguous, "
        # Lines of taken-up roads lie inside a parcel: its road area counts, its boundary is elsewhere.
        "ST_AsBinary(e.geometry) AS geometry FROM geodata_edge e WHERE e.parcel_id = ANY(%s) "
        f"AND e.kind_src <> 'taken_up_road' AND {open_}",
        [np.unique(parcels["parcel"])],
    )
    of = found.pop("parcel")
    row, edge = shapes.pairs(parcels["parcel"], of)
    site = parcels["site"][row]
    # A line between two parcels of the property that is built on is no boundary.
    inner = Pairs(parcels["site"], parcels["parcel"]).find(site, found["neighbour"][edge]) >= 0
    row, edge, site = row[~inner], edge[~inner], site[~inner]
    order = np.lexsort((found["edge"][edge], site))
    return {"site": site[order], "plot": parcels["plot"][row[order]], **taken(found, edge[order])}


def _with_records(lies: Places, buildings: Columns, parcels: Columns, standing: Columns) -> Columns:
    """Parcel, plot and zone of buildings; what BBR knows and the map does not show is on the parcel of its point."""
    parcel, plot = lies.parcel, lies.plot
    bare = np.flatnonzero((parcel < 0) & shapely.is_missing(buildings["geometry"]) & ~buildings["proposed"])
    if len(bare):
        # Keys of standing buildings count down, one to a row.
        row = standing["building"][0] - buildings["building"][bare]
        parcel[bare] = standing["parcel"][row]
        at_parcel = Pairs(parcels["site"], parcels["parcel"]).find(buildings["site"][bare], parcel[bare])
        plot[bare] = np.where(at_parcel >= 0, parcels["plot"][at_parcel], 0)
    return {"parcel": parcel, "plot": plot, "zone": lies.zone}


def _touched(site: Columns, parcels: Columns, buildings: Columns) -> tuple[shapes.Shapes, shapes.Ints]:
    """All land, proposed footprints and ground, and the site of each: what plans and zones are looked up for."""
    ground = site.get("geometry", shapes.nothing(len(site["site"])))
    dug = ~shapely.is_missing(ground)
    mine = buildings["proposed"] & ~shapely.is_missing(buildings["geometry"])
    return (
        np.concatenate([parcels["geometry"], ground[dug], buildings["geometry"][mine]]),
        np.concatenate([parcels["site"], site["site"][dug], buildings["site"][mine]]).astype(np.int64),
    )


def _zones(where: shapes.Shapes, owner: shapes.Ints, boxes: Boxes, known: int | None) -> Columns:
    found = near("zone", f"v.zone_code, {SIGMA_PLAN} AS sigma_m", boxes, known)
    names = {1: "urban", 2: "rural", 3: "summer_house"}
    site, zone = meeting(found["geometry"], where, owner)
    name = np.array([names.get(code) for code in found["zone_code"].tolist()], dtype=object)
    return {
        "site": site,
        "zone": name[zone],
        "sigma_m": found["sigma_m"][zone],
        "geometry": found["geometry"][zone],
    }


def _municipalities(site: Columns, parcels: Columns) -> Columns:
    """``site`` and ``municipality``: of each parcel of its land; of the application itself where no land is known."""
    own = site.pop("municipality", np.full(len(site["site"]), None, dtype=object))
    bare = ~site["has_land"]
    return {
        "site": np.concatenate([parcels["site"], site["site"][bare]]),
        "municipality": np.concatenate([parcels["municipality"].astype(object), own[bare]]),
    }


def _layers(site: Columns, lies_in: Columns, areas: Columns, zones: Columns, edges: Columns) -> Columns:
    """What was asked for each site, and whether it answered.

    Plans answered where some lie on the site, or where local plans were delivered for the municipality of its land;
    "no plan in the table" alone proves nothing, and neither does another plan in it.
    """
    key = site["site"]
    planned = np.isin(key, areas["site"])
    bare = ~np.isin(lies_in["site"], areas["site"])
    unsure = set(lies_in["municipality"][bare].tolist()) - {None}
    answered = delivered(theme_of(Level.LOCAL_PLAN), unsure) if unsure else set()
    told = np.array([code in answered for code in lies_in["municipality"].tolist()], dtype=bool)
    asked = np.isin(key, lies_in["site"][told])
    ground = site.get("ground_c", np.full(len(key), np.nan))
    answers = {
        "plans": np.where(planned, "found", np.where(asked, "absent", "not_answered")),
        "zones": np.where(np.isin(key, zones["site"]), "found", "not_answered"),
        "surroundings": np.where(np.isin(key, edges["site"]), "found", "not_answered"),
        "terrain": np.where(np.isnan(ground), "not_answered", "found"),
    }
    return {
        "site": np.tile(key, len(answers)),
        "kind": np.repeat(np.array(list(answers), dtype=object), len(key)),
        "state": np.concatenate(list(answers.values())).astype(object),
        "as_of": np.tile(site["as_of"].astype("datetime64[s]"), len(answers)),
    }
