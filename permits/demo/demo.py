"""The demonstration municipality as a whole: everything from one number, the same for everybody."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Final

import geopandas as gpd
import numpy as np
import shapely

from permits.demo import bbr, cadastre
from permits.demo.applications import DemoApplication, Drafter, finish
from permits.demo.ground import height_m
from permits.demo.houses.build import build
from permits.demo.plans import make_plans
from permits.demo.registers import cadastral
from permits.demo.registers.everything import themes, themes_of
from permits.demo.registers.land import Land
from permits.demo.site import Boundaries
from permits.demo.standing import Standing
from permits.demo.town import Town, layout

#: Raise when the same seed gives another town, so that a database knows that it is behind.
EDITION: Final = 5
SMALL_PARCELS: Final = 400
#: What `make_demo` builds unless told otherwise.
DEFAULT_PARCELS: Final = 10_000
DEFAULT_SEED: Final = 1849
#: House plots that nobody has built on.
_VACANT: Final = 0.02


@dataclass(frozen=True)
class Sketch:
    """The town before anything is built: its layout and the cadastre; the rest is made of it by :func:`complete`."""

    seed: int
    wished: int
    town: Town
    parcels: gpd.GeoDataFrame
    lines: gpd.GeoDataFrame
    outlines: gpd.GeoDataFrame
    roads: dict[str, gpd.GeoDataFrame]
    chance: tuple[np.random.Generator, ...]


@dataclass(frozen=True)
class DemoTown:
    """Frames in the columns of their themes, and the applications.

    ``parcels``, ``lines``, ``buildings``, ``records``, ``addresses``, ``house_numbers``, ``outlines``, ``plans``
    and ``zones`` are deliveries to be imported, ``themes`` those of the state's registers and FKG's by their id;
    ``register_ids`` names the parcel of each face, ``standing`` is what buildings and records were made of.
    """

    seed: int
    wished: int
    town: Town
    standing: Standing
    parcels: gpd.GeoDataFrame
    lines: gpd.GeoDataFrame
    buildings: gpd.GeoDataFrame
    records: gpd.GeoDataFrame
    addresses: gpd.GeoDataFrame
    house_numbers: gpd.GeoDataFrame
    outlines: gpd.GeoDataFrame
    plans: gpd.GeoDataFrame
    zones: gpd.GeoDataFrame
    themes: dict[str, gpd.GeoDataFrame]
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
            self.addresses,
            self.house_numbers,
            self.outlines,
            self.plans,
            self.zones,
            *self.themes.values(),
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


def generate(parcels: int = SMALL_PARCELS, seed: int = DEFAULT_SEED) -> DemoTown:
    """Make the demonstration municipality.

    Parameters
    ----------
    parcels : wished number of parcels; the town comes out within a quarter of it from 400 on.
    seed : the same number gives the same bytes.
    """
    return complete(sketch(parcels, seed))


def sketch(parcels: int, seed: int) -> Sketch:
    """Layout and cadastre, which can be stored while the rest is made."""
    chance = [np.random.default_rng(root) for root in np.random.SeedSequence(seed).spawn(6)]
    layout_rng, house_rng, case_rng, land_rng, day_rng, register_rng = chance
    town = layout(parcels, layout_rng)
    land = cadastre.parcels(town, land_rng)
    ids = land["register_id"].to_numpy(dtype=object)
    return Sketch(
        seed=seed,
        wished=parcels,
        town=town,
        parcels=land,
        lines=cadastre.lines(town, ids, land_rng),
        outlines=cadastre.outlines(town),
        roads=themes_of(cadastral.roads(town, ids)),
        chance=(house_rng, case_rng, day_rng, register_rng),
    )


def complete(drawn: Sketch) -> DemoTown:
    """Houses, plans, applications and the other registers of a layout; draws on its chance, so once only."""
    town, land = drawn.town, drawn.parcels
    house_rng, case_rng, day_rng, register_rng = drawn.chance
    ids = land["register_id"].to_numpy(dtype=object)
    plans = make_plans(town)
    boundaries = Boundaries(town)
    drafter = Drafter(town, plans, land["registered_m2"].to_numpy(), boundaries, case_rng, drawn.wished)
    vacant = set(drafter.new_houses())
    reserved = drafter.reserve()
    free = town.plot_faces[(town.use[town.plot_faces] == "house")]
    some = free[(case_rng.random(len(free)) < _VACANT) & ~np.isin(free, reserved)]
    empty = np.array(sorted(vacant | set(some.tolist())), dtype=np.int64)
    fields = town.open_faces
    ours = np.union1d(np.setdiff1d(town.plot_faces, empty), fields[~town.foreign[fields]])
    own = build(town, ours, set(reserved), house_rng)
    drafter.additions(own)
    theirs = np.union1d(town.neighbour_plot_faces, fields[town.foreign[fields]])
    standing = own + build(town, theirs, (), house_rng)
    ground = height_m(town.plane, shapely.get_coordinates(shapely.centroid(standing.shape)))
    return DemoTown(
        seed=drawn.seed,
        wished=drawn.wished,
        town=town,
        standing=standing,
        parcels=land,
        lines=drawn.lines,
        buildings=bbr.buildings(town, standing, ground),
        records=bbr.records(town, standing, ids),
        addresses=bbr.addresses(town, standing, register_rng),
        house_numbers=bbr.house_numbers(town, standing),
        outlines=drawn.outlines,
        plans=plans.plans,
        zones=plans.zones,
        themes={**themes(Land(town, own, ids), register_rng), **drawn.roads},
        applications=finish(drafter, day_rng),
        register_ids=ids.tolist(),
    )
