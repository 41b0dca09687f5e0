"""Natural ground of sites: what the rasters know, what an application states, and what the answers say of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from geodata.terrain import terrain_tiles
from permits.engine.run import run
from permits.engine.terrain import with_ground
from permits.engine.world import World
from permits.example_world import build
from permits.proofs.proof import prove
from tests.geodata.test_terrain import E, N, level, write
from tests.permits.situations import box, house, situation

HEIGHT, STOREYS = "br18.height", "br18.storeys"


def place(x: float, y: float, wide: float, deep: float) -> str:
    return box(E + x, N + y, E + x + wide, N + y + deep)


def world(*buildings: dict[str, Any], **more: Any) -> World:
    parcel = {"parcel": {"wkt": place(10, 10, 40, 30)}}
    return build([situation(*buildings, **{**parcel, "missing_layers": ["terrain"], **more})])


def kote(top: float, **more: Any) -> dict[str, Any]:
    return house(place(20, 20, 12, 10), levels="kote", height=top, **more)


def terrain_layer(found: World) -> str:
    return str(found.layers.loc[found.layers["kind"] == "terrain", "state"].iloc[0])


def said(found: World) -> pd.Series:
    return run(found, rules=[HEIGHT]).iloc[0]


def test_absolute_heights_are_held_against_the_raster(tmp_path: Path) -> None:
    write(tmp_path / "a.tif", E, N + 100, (250, 250))
    silent = world(kote(20.0))
    assert said(silent)["reason"] == "missing_data"
    found = with_ground(silent, terrain_tiles([tmp_path]))
    assert terrain_layer(found) == "found"
    lowest = min(level(E + x, N + y) for x in (20, 32) for y in (20, 30))
    assert said(found)["measured"] == pytest.approx(20.0 - lowest, abs=1e-6)


def test_without_a_raster_the_layer_does_not_answer() -> None:
    silent = world(kote(20.0))
    found = with_ground(silent, [])
    assert terrain_layer(found) == "not_answered"
    assert np.isnan(found.sites["ground_c"]).all()


def test_beyond_the_rasters_what_was_stated_stays_and_within_the_raster_counts(tmp_path: Path) -> None:
    stated = world(kote(20.0), missing_layers=[], terrain={"constant": 3.0})
    write(tmp_path / "far.tif", E + 500, N + 100, (50, 50))
    far = with_ground(stated, terrain_tiles([tmp_path]))
    assert far.sites["ground_c"].tolist() == [3.0]
    write(tmp_path / "a.tif", E, N + 100, (250, 250))
    near = with_ground(stated, terrain_tiles([tmp_path]))
    assert near.sites["ground_a"].iloc[0] == pytest.approx(0.03)


def test_the_level_plane_comes_first(tmp_path: Path) -> None:
    write(tmp_path / "a.tif", E, N + 100, (250, 250))
    fixed = world(kote(20.0))
    fixed = fixed.with_(sites=fixed.sites.assign(datum_m=13.0))
    assert said(with_ground(fixed, terrain_tiles([tmp_path])))["measured"] == pytest.approx(7.0)


def test_ground_is_taken_under_the_building_and_a_metre_around_else_of_the_plot(tmp_path: Path) -> None:
    def pit(z: Any, x: Any, y: Any) -> Any:
        return np.where((x > E + 18.8) & (x < E + 33.2) & (y > N + 18.8) & (y < N + 31.2), 2.0, z)

    write(tmp_path / "a.tif", E, N + 100, (250, 250), change=pit)
    tiles = terrain_tiles([tmp_path])
    built = with_ground(world(kote(20.0)), tiles).sites.iloc[0]
    assert (built["ground_c"], built["ground_rough_m"]) == (pytest.approx(2.0), pytest.approx(0.0, abs=1e-6))
    bare = with_ground(world(house(None)), tiles).sites.iloc[0]
    assert bare["ground_rough_m"] > 1.0, "the whole plot has the pit and what lies around it"


@pytest.mark.parametrize(
    ("slope", "noise", "told"),
    [
        (0.05, 0.05, ()),
        (0.12, 0.05, ("falder med",)),
        (0.05, 0.4, ("ujævnt",)),
        (0.12, 0.4, ("falder med", "ujævnt")),
    ],
)
def test_steep_and_uneven_ground_is_told_with_its_numbers(
    tmp_path: Path, slope: float, noise: float, told: tuple[str, ...]
) -> None:
    rough = np.random.default_rng(1).normal(0.0, noise, (250, 250))
    write(tmp_path / "a.tif", E, N + 100, (250, 250), change=lambda z, x, y: 10.0 + slope * (x - E) + rough)
    found = with_ground(world(kote(18.0, storeys=1)), terrain_tiles([tmp_path]))
    proof = prove(found, said(found), "applicant", "da")
    text = proof.words.text()
    assert tuple(word for word in ("falder med", "ujævnt") if word in text) == told
    assert ("niveauplan" in text) == bool(told)
    assert proof.trace.knows("ground_slope") == ("falder med" in told)
    storeys = run(found, rules=[STOREYS]).iloc[0]
    assert "falder" not in prove(found, storeys).words.text(), "storeys are not measured from the ground"
    fixed = found.with_(sites=found.sites.assign(datum_m=11.0))
    assert "falder med" not in prove(fixed, said(fixed)).words.text(), "a level plane leaves nothing to fix"
    if "falder med" in told:
        assert "slopes by" in prove(found, said(found), "planner", "en").words.text()
