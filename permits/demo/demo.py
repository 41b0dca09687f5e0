"""The demonstration municipality as a whole: everything from one number, the same for everybody."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any, Final

import geopandas as gpd
import numpy as np
import shapely
from shapely.geometry import Polygon
from shapely.geometry.base import BaseGeometry

from geodata.crs import GRID
from permits.demo import names
from permits.demo.applications import DemoApplication, Drafter, finish
from permits.demo.houses import Builder, Standing, point_inside
from permits.demo.plans import make_plans
from permits.demo.town import Town, layout

#: Raise when the same seed gives another town, so that a database knows that it is behind.
EDITION: Final = 1
DEFAULT_PARCELS: Final = 400
DEFAULT_SEED: Final = 1849
#: What the cadastre calls its lines (featureType).
LINE_CLASSES: Final = {
    "plain": "Skel i øvrigt", "road": "Skel for vej og gadejord", "water": "Grænse i vandløb og sø",
}  # fmt: skip
_LAND: Final = ("field", "farm", "green", "beach", "heath", "common")


@dataclass(frozen=True)
class DemoTown:
    """Frames in the columns of their themes, and the applications.

    ``parcels``, ``lines``, ``buildings``, ``records``, ``outlines``, ``plans`` and ``zones`` are deliveries to
    be imported; ``register_ids`` names the parcel of each face.
    """

    seed: int
    wished: int
    town: Town
    parcels: gpd.GeoDataFrame
    lines: gpd.GeoDataFrame
    buildings: gpd.GeoDataFrame
    records: gpd.GeoDataFrame
    outlines: gpd.GeoDataFrame
    plans: gpd.GeoDataFrame
    zones: gpd.GeoDataFrame
    applications: list[DemoApplication]
    register_ids: list[str]

    def fingerprint(self) -> str:
        """SHA-256 over everything that is loaded."""
        digest = hashlib.sha256()
        for frame in (
            self.parcels,
            self.lines,
            self.buildings,
            self.records,
            self.outlines,
            self.plans,
            self.zones,
        ):
            digest.update(
                frame.drop(columns="geometry").to_json(date_format="iso", default_handler=str).encode()
            )
            for wkb in shapely.to_wkb(frame.geometry.to_numpy()):
                digest.update(wkb or b"-")
        for application in self.applications:
            digest.update(f"{application.number} {application.applied_on} {application.title}".encode())
            digest.update(application.drawing + (application.drawing_dxf or b""))
        return digest.hexdigest()


def identity(parcels: int, seed: int) -> str:
    """SHA-256 of what a demonstration is made from; two with the same identity are the same."""
    return hashlib.sha256(f"planvaerk demo {EDITION} {parcels} {seed}".encode()).hexdigest()


def generate(parcels: int = DEFAULT_PARCELS, seed: int = DEFAULT_SEED) -> DemoTown:
    """Make the demonstration municipality.

    Parameters
    ----------
    parcels : wished number of parcels; the town comes out within a quarter of it from 200 on.
    seed : the same number gives the same bytes.
    """
    roots = np.random.SeedSequence(seed).spawn(5)
    layout_rng, house_rng, case_rng, land_rng, day_rng = (np.random.default_rng(root) for root in roots)
    town = layout(parcels, layout_rng)
    plans = make_plans(town)
    rows, register_ids = _parcel_rows(town, land_rng)
    registered = {face: float(row["registered_m2"]) for face, row in enumerate(rows)}
    builder = Builder(town, house_rng)
    drafter = Drafter(town, plans, registered, builder, case_rng)
    vacant = set(drafter.new_houses())
    reserved = drafter.reserve()
    some = [
        p.face for p in town.plots if p.use == "house" and case_rng.random() < 0.02 and p.face not in reserved
    ]
    standing = builder.build(vacant | set(some), set(reserved))
    drafter.additions(standing)
    shapes = [shapely.multipolygons([face]) for face in town.fabric.faces]
    return DemoTown(
        seed=seed,
        wished=parcels,
        town=town,
        parcels=gpd.GeoDataFrame(rows, geometry=shapes, crs=GRID),
        lines=_lines(town, register_ids, land_rng),
        buildings=_buildings(standing),
        records=_records(standing, register_ids),
        outlines=_outlines(town),
        plans=plans.plans,
        zones=plans.zones,
        applications=finish(drafter, day_rng),
        register_ids=register_ids,
    )


def _parcel_rows(town: Town, rng: np.random.Generator) -> tuple[list[dict[str, Any]], list[str]]:
    """What the cadastre says of each face: district, number, property, registered area."""
    count: dict[tuple[str, int], int] = {}
    rows: list[dict[str, Any]] = []
    ids: list[str] = []
    owners: dict[str, int] = {}
    for face, shape in enumerate(town.fabric.faces):
        cell = town.cells[int(town.fabric.cell[face])]
        pattern = town.patterns[cell.block - 1] if cell.block else ""
        district = (
            "shore"
            if pattern == "summer" or cell.use == "beach"
            else "land"
            if cell.use in _LAND[:2]
            else "town"
        )
        code, district_name = names.DISTRICTS[district]
        stem = 7000 if cell.use == "road" else cell.block + 2 if cell.block else 1
        place = count.get((district, stem), 0)
        count[district, stem] = place + 1
        number = f"{stem}{names.letters(place)}"
        joins = cell.joins.rstrip("!")
        bfe = owners.setdefault(joins or f"{code}-{number}", names.FIRST_PROPERTY + face + 1)
        drawn = float(shape.area)
        off = float(rng.normal(0.0, 0.004 if cell.use != "field" else 0.02))
        if rng.random() < 0.12:
            off = float(rng.normal(0.0, 0.05))
        register_id = f"{code}-{number}"
        ids.append(register_id)
        rows.append(
            {
                "register_id": register_id, "municipality": names.CODE, "cadastral_district": code,
                "district_name": district_name, "parcel_number": number, "property_number": bfe,
                "registered_m2": float(round(drawn * (1 + np.clip(off, -0.15, 0.15)))), "road_m2": 0.0,
                "common_land": cell.use == "common", "is_road": cell.use == "road",
            }
        )  # fmt: skip
    return rows, ids


def _lines(town: Town, register_ids: list[str], rng: np.random.Generator) -> gpd.GeoDataFrame:
    """Cadastral lines: one for each pair of neighbours and each unbroken stretch, with its class."""
    fabric = town.fabric
    road = np.array([town.use(f) == "road" for f in range(len(fabric.faces))] + [False])
    low, high = np.minimum(fabric.left, fabric.right), np.maximum(fabric.left, fabric.right)
    order = np.lexsort((low, high))
    cuts = np.flatnonzero((np.diff(low[order]) != 0) | (np.diff(high[order]) != 0)) + 1
    rows, shapes = [], []
    for group in np.split(order, cuts):
        segments = shapely.linestrings(fabric.segments[group].reshape(-1, 2, 2))
        a, b = int(low[group[0]]), int(high[group[0]])
        # Outside, one and the same face may meet water and the edge of the map.
        for word in sorted({str(town.beyond[row]) for row in group}):
            part = segments[town.beyond[group] == word]
            merged = shapely.normalize(shapely.line_merge(shapely.multilinestrings(part)))
            for number, line in enumerate(shapely.get_parts(merged)):
                kind = "water" if word == "water" else "road" if road[a] != road[b] or road[b] else "plain"
                other = register_ids[a] if a >= 0 else word
                rows.append(
                    {
                        "register_id": f"{other}/{register_ids[b]}/{number}", "municipality": names.CODE,
                        "line_class": LINE_CLASSES[kind], "sigma_m": float(rng.choice([0.02, 0.05, 0.1, 0.3])),
                    }
                )  # fmt: skip
                shapes.append(shapely.multilinestrings([line]))
    return gpd.GeoDataFrame(rows, geometry=shapes, crs=GRID)


def _buildings(standing: list[Standing]) -> gpd.GeoDataFrame:
    rows = [
        {
            "register_id": b.building_id, "municipality": names.CODE, "bbr_id": b.bbr_id if b.use_code else None,
            "building_type": b.type_name, "basis": "roof", "roof_low_m": b.roof_z_m[0], "roof_high_m": b.roof_z_m[1],
        }
        for b in standing
    ]  # fmt: skip
    return gpd.GeoDataFrame(rows, geometry=[shapely.multipolygons([b.shape]) for b in standing], crs=GRID)


def _records(standing: list[Standing], register_ids: list[str]) -> gpd.GeoDataFrame:
    kept = [b for b in standing if b.use_code]
    rows = [
        {
            "register_id": b.bbr_id, "municipality": names.CODE, "use_code": b.use_code, "year": b.year,
            "floor_m2": b.floor_m2, "dwelling_m2": b.floor_m2 if b.use_code in (120, 130, 140, 510) else 0.0,
            "business_m2": b.floor_m2 if b.use_code in (210, 320) else 0.0, "built_m2": b.built_m2,
            "garage_m2": b.built_m2 if b.use_code == 910 else 0.0,
            "carport_m2": b.built_m2 if b.use_code == 920 else 0.0, "storeys": float(b.storeys),
            "parcel_register_id": register_ids[b.face],
        }
        for b in kept
    ]  # fmt: skip
    return gpd.GeoDataFrame(rows, geometry=[point_inside(b.shape) for b in kept], crs=GRID)


def _outlines(town: Town) -> gpd.GeoDataFrame:
    """The municipality and its neighbour to the east; they share the border's points exactly."""
    land = shapely.union_all(town.fabric.faces)
    border = np.round(town.border, 3)
    away = border[0] - border[-1]
    east = np.array([-away[1], away[0]]) / np.hypot(*away)
    far = border[::-1] + 900.0 * east
    neighbour = Polygon(np.vstack([border, far]))
    own: BaseGeometry = land.buffer(120.0, join_style="mitre", mitre_limit=2.0)
    own = own.difference(neighbour)
    own = max(shapely.get_parts(own), key=lambda part: part.area)
    rows = [
        {"register_id": code, "municipality": code, "name": name, "tolerance_m": 0.1}
        for code, name in ((names.CODE, names.NAME), (names.NEIGHBOUR_CODE, names.NEIGHBOUR_NAME))
    ]
    shapes = [shapely.multipolygons([part]) for part in (own, neighbour)]
    return gpd.GeoDataFrame(rows, geometry=shapes, crs=GRID)
