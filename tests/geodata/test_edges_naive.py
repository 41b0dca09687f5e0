"""The fast way to the edges of a map says exactly what going from parcel to parcel says."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from shapely.affinity import translate
from shapely.geometry import LineString, MultiLineString, MultiPolygon, Polygon, box

from geodata.cells import near
from geodata.crs import GRID
from geodata.edges import edges_of
from geodata.readers import matriklen
from tests.geodata.edges_naive import edges_of as naive

X, Y = 700_000.0, 6_170_000.0
DISTRICT = "data/dk/matriklen/matrikelkort_ejerlav_60851.gml"


def corners(rng: np.random.Generator, across: int, jitter_m: float) -> Any:
    """Nodes of a grid of 25 m, moved about; on the millimetre, as the cadastre has them."""
    at = np.stack(np.meshgrid(np.arange(across + 1), np.arange(across + 1), indexing="xy"), axis=-1) * 25.0
    return np.round(at + rng.uniform(-jitter_m, jitter_m, at.shape) + (X, Y), 3)


def cell(nodes: Any, row: int, column: int) -> Polygon:
    ring = [nodes[row + dy, column + dx] for dx, dy in ((0, 0), (1, 0), (1, 1), (0, 1))]
    return Polygon(ring)


def ragged(rng: np.random.Generator, across: int, jitter_m: float) -> list[Any]:
    """Parcels as maps have them: joined ones with T-junctions, noise, gaps, overlaps, holes, islands, rubbish."""
    nodes = corners(rng, across, jitter_m)
    shapes: list[Any] = []
    for row in range(across):
        column = 0
        while column < across:
            shape = cell(nodes, row, column)
            wide = int(rng.integers(1, 4))
            for more in range(1, wide):
                if column + more < across:
                    shape = Polygon(shape.union(cell(nodes, row, column + more)).exterior)
            column += wide
            shapes.append(changed(rng, shape))
    island = box(X + 5, Y + 5, X + 12, Y + 14)
    shapes[0] = Polygon(shapes[0].exterior, [island.exterior])
    big = box(X - 40, Y - 300, X + 900, Y - 0.005)
    shapes += [island, big, MultiPolygon([translate(island, -60), translate(island, -80, 3)]), None]
    bow = Polygon([(X, Y + 2000), (X + 9, Y + 2009), (X + 9, Y + 2000), (X, Y + 2009)])
    return [*shapes, bow, shapes[3], translate(shapes[4], 3.0, 2.0), Polygon()]


def changed(rng: np.random.Generator, shape: Polygon) -> Any:
    """The parcel as it is, or with nodes of its own, noise, or a little to one side."""
    what = rng.integers(0, 9)
    xy = np.array(shape.exterior.coords)
    if what == 0:
        shape = translate(shape, *rng.choice([-0.02, -0.012, -0.008, 0.0, 0.008, 0.012, 0.02], 2))
    elif what == 1:
        xy[:-1] += rng.normal(0.0, rng.choice([1e-10, 1e-9, 1e-6, 1e-3, 4e-3]), xy[:-1].shape)
        xy[-1] = xy[0]
        shape = Polygon(xy)
    elif what == 2:
        at = int(rng.integers(0, len(xy) - 1))
        share = rng.uniform(0.05, 0.95, 2)
        more = xy[at] + np.sort(share)[:, None] * (xy[at + 1] - xy[at])
        shape = Polygon(np.insert(xy, at + 1, np.round(more, 3), axis=0))
    elif what == 3:
        shape = shapely.force_3d(shape, 7.0)
    return shape.reverse() if rng.random() < 0.5 else shape


def drawn(rng: np.random.Generator, shapes: list[Any]) -> list[Any]:
    """Cadastral lines along half of the boundaries: whole, in parts, of several corners, twice, a little beside."""
    found: list[Any] = [None, LineString([(X - 9, Y - 9), (X + 99, Y + 99)])]
    for shape in shapes:
        if shape is None or shape.is_empty or shape.geom_type != "Polygon":
            continue
        xy = np.array(shape.exterior.coords)[:, :2]
        for at in range(len(xy) - 1):
            line = LineString(xy[at : at + 2])
            what = rng.integers(0, 14)
            if what < 4:
                found.append(line)
            elif what == 4:
                half = np.round((xy[at] + xy[at + 1]) / 2.0, 3)
                found += [LineString([xy[at + 1], half]), LineString([half, xy[at]])]
            elif what == 5:
                found += [line, line.reverse(), translate(line, 0.006, 0.004)]
            elif what == 6:
                found.append(translate(line, *rng.choice([-0.03, -0.015, 0.005, 0.015, 0.03], 2)))
            elif what == 7:
                found.append(LineString(xy[at : at + 3]))
            elif what == 8:
                found.append(MultiLineString([line, translate(line, 300.0)]))
    return found


def frames(rng: np.random.Generator, shapes: list[Any], drawn_lines: list[Any]) -> Any:
    size = len(shapes)
    parcels = gpd.GeoDataFrame(
        {
            "parcel": np.arange(size) * 7 + 3,
            "property_number": rng.choice([1.0, 2.0, 3.0, np.nan], size),
            "is_road": rng.choice(np.array([True, False, None], dtype=object), size),
        },
        geometry=gpd.GeoSeries(shapes, crs=GRID),
    )
    classes = np.array(["Skel for vej", "Grænse i vandløb og sø", "Skel i øvrigt", None], dtype=object)
    lines = gpd.GeoDataFrame(
        {
            "line_class": rng.choice(classes, len(drawn_lines)),
            "sigma_m": rng.choice([0.05, 0.25, 1.0, np.nan], len(drawn_lines)),
        },
        geometry=gpd.GeoSeries(drawn_lines, crs=GRID),
    )
    return parcels, lines


def assert_same(parcels: gpd.GeoDataFrame, lines: gpd.GeoDataFrame, focus: Any = None) -> gpd.GeoDataFrame:
    fast, slow = edges_of(parcels, lines, focus), naive(parcels, lines, focus)
    for frame in (fast, slow):
        frame["wkb"] = shapely.to_wkb(np.asarray(frame.geometry.array, dtype=object))
    pd.testing.assert_frame_equal(
        pd.DataFrame(fast.drop(columns="geometry")), pd.DataFrame(slow.drop(columns="geometry"))
    )
    return fast


@pytest.mark.parametrize("seed", range(12))
def test_ragged_maps(seed: int) -> None:
    rng = np.random.default_rng(seed)
    shapes = ragged(rng, 8, rng.choice([0.0, 0.5, 6.0]))
    parcels, lines = frames(rng, shapes, drawn(rng, shapes))
    found = assert_same(parcels, lines)
    assert set(found["kind"]) == {"road", "water", "parcel", "unknown"}
    assert found["inner"].any()
    assert_same(parcels, lines, rng.random(len(parcels)) < 0.3)
    assert_same(parcels, lines.iloc[:0])
    assert_same(parcels.iloc[:1], lines, np.array([False]))


@pytest.mark.parametrize("seed", range(3))
def test_maps_whose_parcels_share_their_nodes(seed: int) -> None:
    rng = np.random.default_rng(seed)
    nodes = corners(rng, 25, 6.0)
    shapes = [cell(nodes, row, column) for row in range(25) for column in range(25)]
    found = assert_same(*frames(rng, shapes, drawn(rng, shapes)))
    assert len(found) >= 4 * len(shapes) - 4


@pytest.mark.samples
def test_a_district_of_the_cadastre(samples: Path) -> None:
    folder = samples if (samples / "data").is_dir() else samples.parent
    told = {found.theme: found.frame for found in matriklen.read([folder / DISTRICT])}
    parcels = told["parcel"].assign(parcel=np.arange(len(told["parcel"])))
    assert (len(parcels), len(told["boundary_line"])) == (47, 584)
    found = assert_same(parcels, told["boundary_line"])
    assert {"road", "water", "parcel"} <= set(found["kind"])


@pytest.mark.parametrize("seed", range(8))
def test_boxes_that_come_near(seed: int) -> None:
    rng = np.random.default_rng(seed)

    def drawn_boxes(count: int) -> Any:
        """Boxes of all sizes, points among them, on and off the lines between cells."""
        low = np.round(rng.uniform(-300.0, 300.0, (count, 2)), int(rng.integers(0, 4)))
        size = 2.0 ** rng.integers(-6, 9, (count, 1)) * rng.choice([0.0, 0.5, 1.0], (count, 2))
        return np.hstack([low, low + size])

    a, b = drawn_boxes(300), drawn_boxes(200)
    a[5], b[7] = np.nan, np.inf
    margin = float(rng.choice([0.0, 0.01, 3.0]))
    p, q = a[:, None] + np.array([-margin, -margin, margin, margin]), b[None, :]
    meet = (p[..., 0] <= q[..., 2]) & (q[..., 0] <= p[..., 2])
    meet &= (p[..., 1] <= q[..., 3]) & (q[..., 1] <= p[..., 3]) & np.isfinite(q).all(axis=-1)
    i, j = near(a, b, margin)
    assert sorted(zip(i.tolist(), j.tolist(), strict=True)) == list(
        zip(*map(list, np.nonzero(meet)), strict=True)
    )
    assert len(i) > 100
