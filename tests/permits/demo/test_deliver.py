"""The demonstration as files: they open, they say what the town is, and they are the same each time."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import pyogrio
import pytest
import shapely

from geodata.terrain import ground_under, terrain_tiles
from permits.demo.deliver import CASES, REGISTERS, deliver
from permits.demo.demo import DemoTown
from permits.demo.ground import height_m
from permits.demo.terrain import write_terrain
from permits.examples import check, read


@pytest.fixture(scope="module")
def folder(demo: DemoTown, tmp_path_factory: pytest.TempPathFactory) -> Path:
    into = tmp_path_factory.mktemp("demo")
    deliver(demo, into, terrain=False)
    return into


def test_registers_hold_every_layer_and_heights_with_their_gaps(demo: DemoTown, folder: Path) -> None:
    layers = {str(name) for name, _ in pyogrio.list_layers(folder / REGISTERS)}
    assert layers >= {
        "jordstykke",
        "skel",
        "bygning",
        "bbr_bygning",
        "adressepunkt",
        "plan",
        "zone",
        *demo.themes,
    }
    parcels = pyogrio.read_dataframe(folder / REGISTERS, layer="jordstykke")
    assert len(parcels) == len(demo.parcels)
    assert parcels.geometry.area.sum() == pytest.approx(demo.parcels.geometry.area.sum())
    z = shapely.get_coordinates(
        pyogrio.read_dataframe(folder / REGISTERS, layer="bygning").geometry.to_numpy(), include_z=True
    )[:, 2]
    assert 0.0 < (z <= -900.0).mean() < 0.01
    assert (z[z > -900.0] > 0.0).all()


def test_every_plan_has_its_text(demo: DemoTown, folder: Path) -> None:
    local = demo.plans[demo.plans["level"] == "local_plan"]
    files = {path.name: path.read_bytes() for path in (folder / "planer").iterdir()}
    assert {url.rsplit("/", 1)[-1] for url in local["document_url"]} == set(files)
    for content in files.values():
        assert content.startswith(b"%PDF-1.4")
        start = int(content.rsplit(b"startxref\n", 1)[1].split()[0])
        assert content[start:].startswith(b"xref")
    assert b"Strandparken" in files["lokalplan-17.pdf"]


def test_rule_cases_of_the_folder_pass(folder: Path) -> None:
    results = check(read([folder / CASES]))
    assert results
    assert not [result.line() for result in results if result.disagreements]


def test_same_town_same_files(demo: DemoTown, folder: Path, tmp_path: Path) -> None:
    deliver(demo, tmp_path, terrain=False)
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.suffix != ".gpkg":
            again = tmp_path / path.relative_to(folder)
            assert (
                hashlib.sha256(again.read_bytes()).digest() == hashlib.sha256(path.read_bytes()).digest()
            ), path


def test_drawings_come_in_three_formats(demo: DemoTown, folder: Path) -> None:
    for application in demo.applications[:5]:
        path = folder / "tegninger" / f"tegning-{application.number}.gpkg"
        read_back = pyogrio.read_dataframe(path)
        assert (
            shapely.hausdorff_distance(read_back.geometry.iloc[0], application.buildings[0].footprint) < 1e-4
        )
        assert read_back["kind"].iloc[0] == application.buildings[0].attributes["kind"]
    suffixes = {path.suffix for path in (folder / "tegninger").iterdir()}
    assert suffixes == {".geojson", ".gpkg", ".dxf"}


def test_terrain_is_the_ground_that_roofs_stand_on(demo: DemoTown, tmp_path: Path) -> None:
    tiles = terrain_tiles([*write_terrain(demo.town, 100_000, tmp_path)])
    assert {tile.dx for tile in tiles} == {5.0}
    some = demo.town.fabric.faces[(demo.town.use == "field") & ~demo.town.foreign]
    ground = ground_under(np.asarray(some, dtype=object), tiles)
    middle = shapely.get_coordinates(shapely.centroid(some))
    at = ground.a * middle[:, 0] + ground.b * middle[:, 1] + ground.c
    assert np.abs(at - height_m(demo.town.plane, middle)).max() < 2.0
    assert np.isfinite(ground.c).all()
