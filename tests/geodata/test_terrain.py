"""Ground under shapes: planes, seams, holes, systems, and real DHM."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio
import shapely
from shapely.geometry import Point, Polygon, box

from geodata import terrain
from geodata.terrain import CannotReadTerrain, ground_under, terrain_tiles

E, N = 600_000.0, 6_200_000.0
A, B, C = 0.03, -0.04, 12.0  # 5 per cent


def level(x: Any, y: Any) -> Any:
    return A * (x - E) + B * (y - N) + C


def write(
    path: Path,
    west: float,
    north: float,
    size: tuple[int, int],
    cell: tuple[float, float] = (0.4, 0.4),
    **more: Any,
) -> Path:
    """A raster of ``size`` (rows, columns) on the slope; ``change(z, x, y)`` alters it."""
    change = more.pop("change", None)
    x = west + (np.arange(size[1]) + 0.5) * cell[0]
    y = north - (np.arange(size[0]) + 0.5) * cell[1]
    xs, ys = np.meshgrid(x, y)
    z = level(xs, ys)
    if change is not None:
        z = change(z, xs, ys)
    profile = {
        "driver": "GTiff", "dtype": "float64", "count": 1, "height": size[0], "width": size[1], "crs": "EPSG:25832",
        "transform": rasterio.Affine(cell[0], 0.0, west, 0.0, -cell[1], north), "nodata": -9999.0,
        "tiled": True, "blockxsize": 64,
        "blockysize": 64, **more,
    }  # fmt: skip
    with rasterio.open(path, "w", **profile) as raster:
        for band in range(1, profile["count"] + 1):
            raster.write(np.where(np.isnan(z), -9999.0, z).astype(profile["dtype"]), band)
    return path


def ground(path: Path, *outlines: Any) -> terrain.Ground:
    shapes = np.empty(len(outlines), dtype=object)
    shapes[:] = outlines
    return ground_under(shapes, terrain_tiles([path]))


def at(found: terrain.Ground, row: int, x: float, y: float) -> float:
    return float(found.a[row] * x + found.b[row] * y + found.c[row])


HOUSE = box(E + 20, N + 20, E + 32, N + 30)


def test_a_plane_is_found_again(tmp_path: Path) -> None:
    write(tmp_path / "a.tif", E, N + 100, (250, 250))
    turned = shapely.affinity.rotate(HOUSE, 27)
    found = ground(tmp_path, HOUSE, turned, HOUSE.difference(box(E + 24, N + 24, E + 28, N + 26)))
    for row in range(3):
        assert (found.a[row], found.b[row]) == (pytest.approx(A, abs=1e-9), pytest.approx(B, abs=1e-9))
        assert at(found, row, E + 25, N + 25) == pytest.approx(level(E + 25, N + 25), abs=1e-6)
    assert found.slope_pct == pytest.approx(5.0, abs=1e-6)
    assert found.rough_m == pytest.approx(0.0, abs=1e-6)
    assert found.cells[0] == 30 * 25


def test_cells_need_not_be_square(tmp_path: Path) -> None:
    write(tmp_path / "a.tif", E, N + 100, (220, 130), (0.8, 0.45))
    found = ground(tmp_path, HOUSE)
    assert at(found, 0, E + 31, N + 29) == pytest.approx(level(E + 31, N + 29), abs=1e-6)


def test_least_squares_and_roughness_are_those_of_numpy(tmp_path: Path) -> None:
    noise = np.random.default_rng(5).normal(0.0, 0.3, (250, 250))
    path = write(tmp_path / "a.tif", E, N + 100, (250, 250), change=lambda z, x, y: z + noise)
    found = ground(tmp_path, HOUSE)
    with rasterio.open(path) as raster:
        z = raster.read(1)
    x, y = np.meshgrid(E + (np.arange(250) + 0.5) * 0.4, N + 100 - (np.arange(250) + 0.5) * 0.4)
    inside = shapely.contains_xy(HOUSE, x, y)
    design = np.stack([x[inside] - E, y[inside] - N, np.ones(inside.sum())], axis=1)
    expected, *_ = np.linalg.lstsq(design, z[inside], rcond=None)
    assert (found.a[0], found.b[0]) == (pytest.approx(expected[0]), pytest.approx(expected[1]))
    assert found.rough_m[0] == pytest.approx(np.sqrt(np.mean((z[inside] - design @ expected) ** 2)))


def test_a_shape_across_a_seam_takes_its_cells_from_both(tmp_path: Path) -> None:
    write(tmp_path / "west.tif", E, N + 40, (100, 65))  # to E + 26
    write(tmp_path / "east.tif", E + 26, N + 40, (100, 65))
    found = ground(tmp_path, HOUSE)
    assert found.cells[0] == 30 * 25
    assert at(found, 0, E + 21, N + 21) == pytest.approx(level(E + 21, N + 21), abs=1e-6)
    (tmp_path / "east.tif").unlink()
    assert np.isnan(ground(tmp_path, HOUSE).c[0]), "half of it lies beyond the last raster"


def test_where_rasters_overlap_each_place_counts_once_and_a_value_fills_a_hole(tmp_path: Path) -> None:
    def hole(z: Any, x: Any, y: Any) -> Any:
        return np.where(x > E + 25, np.nan, z)

    write(tmp_path / "a.tif", E, N + 40, (100, 100), change=hole)
    write(tmp_path / "b.tif", E + 8, N + 40, (100, 100), change=lambda z, x, y: z)
    found = ground(tmp_path, HOUSE)
    assert found.cells[0] == 30 * 25
    assert found.rough_m[0] == pytest.approx(0.0, abs=1e-6)


@pytest.mark.parametrize(("share", "known"), [(0.04, True), (0.08, False)])
@pytest.mark.parametrize("nothing", [np.nan, np.inf])
def test_a_hole_of_some_size_leaves_the_ground_unknown(
    tmp_path: Path, share: float, known: bool, nothing: float
) -> None:
    edge = E + 20 + 12 * share

    def hole(z: Any, x: Any, y: Any) -> Any:
        return np.where(x < edge, nothing, z)

    write(tmp_path / "a.tif", E, N + 40, (100, 100), change=hole)
    assert np.isfinite(ground(tmp_path, HOUSE).c[0]) == known


def test_what_cannot_be_measured_is_unknown_and_stops_nobody(tmp_path: Path) -> None:
    write(tmp_path / "a.tif", E, N + 40, (100, 100))
    bow = Polygon([(E, N), (E + 9, N + 9), (E + 9, N), (E, N + 9)])
    found = ground(
        tmp_path,
        None, Polygon(), bow, Point(E + 20, N + 20).buffer(0.3), box(E + 20, N + 20, E + 21, N + 20.3),
        box(E + 20.1, N + 20.1, E + 24, N + 20.3), box(0, 0, 1, 1), HOUSE,
    )  # fmt: skip
    assert np.isfinite(found.c).tolist() == [False] * 7 + [True]
    assert np.isnan(found.slope_pct[:7]).all()
    assert np.isnan(found.rough_m[:7]).all()


def test_many_shapes_are_as_each_by_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    noise = np.random.default_rng(7).normal(0.0, 0.2, (250, 250))
    write(tmp_path / "a.tif", E, N + 100, (250, 125), change=lambda z, x, y: z + noise[:, :125])
    write(tmp_path / "b.tif", E + 50, N + 100, (250, 125), change=lambda z, x, y: z + noise[:, 125:])
    places = np.random.default_rng(3).uniform(2, 85, (60, 2))
    shapes = [
        shapely.affinity.rotate(box(E + x, N + y, E + x + 9, N + y + 7), 5 * k)
        for k, (x, y) in enumerate(places)
    ]
    together = ground(tmp_path, *shapes)
    assert np.isfinite(together.c).all()
    alone = [ground(tmp_path, shape) for shape in shapes]
    np.testing.assert_allclose(together.a, [g.a[0] for g in alone], rtol=1e-9)
    np.testing.assert_allclose(together.rough_m, [g.rough_m[0] for g in alone], rtol=1e-9)
    monkeypatch.setattr(terrain, "_SQUARE", 60)
    np.testing.assert_allclose(ground(tmp_path, *shapes).a, together.a, rtol=1e-9)
    # Shapes beyond what is looked at in one go are looked at in every other cell.
    monkeypatch.setattr(terrain, "_AT_ONCE", 300)
    coarse = ground(tmp_path, *shapes)
    assert (coarse.cells < together.cells).all()
    np.testing.assert_allclose(coarse.a, together.a, atol=0.05)


def test_a_raster_is_opened_once_however_many_shapes_there_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path / "a.tif", E, N + 100, (250, 250))
    tiles = terrain_tiles([tmp_path])
    opened: list[Any] = []
    real = rasterio.open
    monkeypatch.setattr(rasterio, "open", lambda *args, **kw: opened.append(args) or real(*args, **kw))
    shapes = np.array([box(E + x, N + 10, E + x + 5, N + 18) for x in range(90)], dtype=object)
    assert np.isfinite(ground_under(shapes, tiles).c).all()
    assert len(opened) == 1


def test_heights_stored_as_whole_centimetres_are_metres(tmp_path: Path) -> None:
    path = write(
        tmp_path / "a.tif", E, N + 40, (100, 100), change=lambda z, x, y: np.round(100 * z), dtype="int32"
    )
    with rasterio.open(path, "r+") as raster:
        raster.scales = (0.01,)
    assert at(ground(tmp_path, HOUSE), 0, E + 25, N + 25) == pytest.approx(level(E + 25, N + 25), abs=0.01)


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({"crs": "EPSG:25833"}, "expected EPSG:25832"),
        ({"crs": None}, "no coordinate system"),
        ({"count": 2}, "one band"),
        ({"transform": rasterio.Affine(0.4, 0.1, E, 0.1, -0.4, N)}, "north up"),
    ],
)
def test_a_raster_of_another_sort_is_named(tmp_path: Path, more: dict[str, Any], told: str) -> None:
    write(tmp_path / "odd.tif", E, N + 40, (100, 100), **more)
    with pytest.raises(CannotReadTerrain, match=told) as refused:
        terrain_tiles([tmp_path])
    assert "odd.tif" in str(refused.value)


def test_what_is_no_raster_or_not_there_is_named(tmp_path: Path) -> None:
    (tmp_path / "no.tif").write_bytes(b"II*\0 something else")
    with pytest.raises(CannotReadTerrain, match=r"no\.tif"):
        terrain_tiles([tmp_path])
    with pytest.raises(CannotReadTerrain, match="no such"):
        terrain_tiles([tmp_path / "gone"])


def test_a_system_with_heights_beside_the_grid_is_the_grid(tmp_path: Path) -> None:
    write(tmp_path / "a.tif", E, N + 40, (100, 100), crs="EPSG:25832+5799")
    assert np.isfinite(ground(tmp_path, HOUSE).c[0])


@pytest.mark.samples
def test_real_terrain_gives_the_heights_that_are_known_of_it(samples: Path) -> None:
    path = samples / "data" / "terrain" / "dk_malstroem_dtm.tif"
    tiles = terrain_tiles([path])
    assert (tiles[0].dx, round(tiles[0].dy, 6)) == (16.0, 15.957447)
    places = [(722_000.0, 6_191_500.0, 28.62071), (720_500.0, 6_192_500.0, 34.24919)]
    found = ground(path, *(box(x - 40, y - 40, x + 40, y + 40) for x, y, _ in places), HOUSE)
    for row, (x, y, bilinear) in enumerate(places):
        assert at(found, row, x, y) == pytest.approx(bilinear, abs=1.0)
    assert np.isnan(found.c[2])
    shed = ground(path, box(722_000, 6_191_500, 722_008, 6_191_507))
    assert np.isnan(shed.c[0]), "one cell of 16 m says nothing of a plane"
    with rasterio.open(path) as raster:
        whole = raster.read(1).astype(float)
    everything = ground(path, tiles[0].box)
    assert everything.cells[0] == whole.size
    assert at(everything, 0, 722_000.0, 6_191_500.0) == pytest.approx(whole.mean(), abs=1e-3)
