"""What is measured without an overlay is what overlays measure: roofs, heights, fields, on a crooked town."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
import shapely

from config.benchmarks.grid import grid_frames
from geodata import shapes
from permits.engine.prepare import prepare
from permits.engine.rulesets import load
from permits.engine.world import World
from permits.rulebook import discover
from permits.rules.parts.heights import highest
from permits.rules.parts.roof import outlines

LAW = load()["BR18-2025"]
SITES = 250


def _town() -> dict[str, pd.DataFrame]:
    """The grid, with notched houses, yards, eaves of all widths, roofs that are missing, and round plans."""
    town = grid_frames(SITES)
    rng = np.random.default_rng(3)
    house = shapes.column(town["buildings"]["geometry"])
    kind = rng.random(len(house))
    corner = shapely.get_point(shapely.get_exterior_ring(house), 0)
    notched, yards = kind < 0.2, (kind > 0.2) & (kind < 0.3)
    house[notched] = shapely.difference(
        house[notched], shapely.buffer(corner[notched], 2.0, cap_style="square")
    )
    house[yards] = shapely.difference(house[yards], shapely.buffer(shapely.centroid(house[yards]), 1.0))
    town["buildings"]["geometry"] = house
    town["buildings"].loc[kind > 0.9, "kind"] = "carport"
    roof = shapes.column(town["facets"]["geometry"])
    kind = rng.random(len(roof))
    wide = kind < 0.5
    roof[wide] = shapely.buffer(roof[wide], rng.uniform(0.1, 1.2, wide.sum()), join_style="mitre")
    roof[kind > 0.95] = None
    town["facets"]["geometry"] = roof
    town["facets"]["reference"] = rng.choice(["terrain", "absolute"], len(roof))
    area = shapes.column(town["areas"]["geometry"])
    round_ = (town["areas"]["level"] == "sub_area").to_numpy() & (rng.random(len(area)) < 0.3)
    area[round_] = shapely.buffer(shapely.centroid(area[round_]), rng.uniform(6, 25, round_.sum()))
    town["areas"]["geometry"] = area
    return town


def _wrapped(town: dict[str, pd.DataFrame], *names: str) -> dict[str, pd.DataFrame]:
    """The same shapes as collections of one polygon, which no shortcut takes."""
    found = dict(town)
    for name in names:
        shape = shapes.column(town[name]["geometry"])
        there = ~shapely.is_missing(shape)
        shape[there] = [shapely.multipolygons([one]) for one in shape[there]]
        found[name] = town[name].assign(geometry=shape)
    return found


@pytest.fixture(scope="module")
def both() -> tuple[World, World]:
    town = _town()
    return prepare(World.of(**town)), prepare(World.of(**_wrapped(town, "facets", "areas")))


def _depth(one: Any, two: Any) -> Any:
    blank = shapely.from_wkt("POLYGON EMPTY")
    one, two = (np.where(shapely.is_missing(found), blank, found) for found in (one, two))
    return shapes.depth(shapely.symmetric_difference(one, two))


def test_roofs_beyond_the_eaves(both: tuple[World, World]) -> None:
    for short, full in zip(*(outlines(ready) for ready in both), strict=True):
        assert (shapely.is_missing(short) == shapely.is_missing(full)).all()
        assert (_depth(short, full) < 1e-5).all()
    assert 0 < (~shapely.is_missing(outlines(both[0])[1])).sum() < len(both[0].buildings)


def test_heights_of_pieces(both: tuple[World, World]) -> None:
    short, full = both
    assert len(short.pieces) == len(full.pieces) > len(short.buildings[short.buildings["proposed"]])
    area = [ready.pieces.geometry.area.to_numpy() for ready in both]
    order = [np.lexsort((a.round(4), r.pieces["building"])) for a, r in zip(area, both, strict=True)]
    heights = [highest(ready, np.arange(len(ready.pieces))).height_m for ready in both]
    assert area[0][order[0]] == pytest.approx(area[1][order[1]], abs=1e-4)
    assert heights[0][order[0]] == pytest.approx(heights[1][order[1]], abs=1e-5, nan_ok=True)
    assert np.isfinite(heights[0]).sum() > SITES


@pytest.mark.parametrize("rule", ["plan.height", "plan.building_field", "plan.standstill", "br18.height"])
def test_findings(both: tuple[World, World], rule: str) -> None:
    keys = ["site", "building", "area", "outcome", "reason", "flags", "measured"]
    short, full = (
        discover()[rule].check(ready, LAW).sort_values(keys[:5], ignore_index=True)[keys] for ready in both
    )
    pd.testing.assert_frame_equal(short, full, atol=1e-4, rtol=0)
