"""Terrain tiles are registered where they lie, told apart by name, and read by what asks for the ground."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import rasterio
import shapely
from django.conf import LazySettings
from django.db import connection
from rasterio.transform import Affine

from geodata.terrain import ground_under
from geodata.terrain_register import tiles_under
from tests.geodata.imports import counts, run_import

pytestmark = pytest.mark.django_db

E, N = 700_000.0, 6_170_000.0


def raster(path: Path, **changes: Any) -> Path:
    """Ten by eight cells of 2.0 × 1.5 m, rising 1 in 10 to the east."""
    said = {
        "driver": "GTiff", "width": 10, "height": 8, "count": 1, "dtype": "float32", "crs": "EPSG:25832",
        "transform": Affine(2.0, 0, E, 0, -1.5, N), "nodata": -9999.0, **changes,
    }  # fmt: skip
    cells = np.tile(0.1 * 2.0 * (np.arange(said["width"]) + 0.5), (said["height"], 1))
    with rasterio.open(path, "w", **said) as file:
        file.write(cells.astype(said["dtype"]), 1)
        file.update_tags(TIFFTAG_DATETIME="2019:05:04 10:00:00")
    return path


def held() -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT register_id, path, cell_x_m, cell_y_m, width_cells, height_cells, nodata, vertical_datum, "
            "made_on::text, length(sha256), off_kode, ST_XMin(geometri), ST_YMin(geometri), ST_XMax(geometri), "
            "ST_YMax(geometri) FROM t_s60_terraen_flise ORDER BY 1"
        )
        return cursor.fetchall()


def boxes(*bounds: float) -> npt.NDArray[np.float64]:
    return np.array([bounds])


def test_a_tile_is_registered_with_its_cells_on_both_axes(tmp_path: Path) -> None:
    path = raster(tmp_path / "DTM_1km_6170_700.tif")
    outcome = run_import("dhm", path)
    assert (outcome.code, outcome.line) == (0, counts(new=1))
    assert "does not name its height system" in outcome.said
    assert held() == [
        (
            "dtm_1km_6170_700",
            str(path),
            2.0,
            1.5,
            10,
            8,
            -9999.0,
            None,
            "2019-05-04",
            64,
            2,
            E,
            N - 12.0,
            E + 20.0,
            N,
        )
    ]
    assert run_import("dhm", path, municipality="0999").line == counts(unchanged=1)
    elsewhere = tmp_path / "new"
    elsewhere.mkdir()
    assert run_import("dhm", path.rename(elsewhere / path.name)).line == counts(changed=1)
    other = raster(tmp_path / "other.tif", crs="EPSG:25832+5799")
    last = run_import("dhm", other, complete="*", yes=True)
    assert last.line == "1 new, 0 changed, 0 unchanged, 1 ended, 0 quarantined"
    assert held()[0][7] == "DVR90 height"


def test_the_ground_is_read_from_registered_tiles_that_lie_there(
    tmp_path: Path, settings: LazySettings
) -> None:
    settings.TERRAIN = []
    near, far = (
        raster(tmp_path / "near.tif"),
        raster(tmp_path / "far.tif", transform=Affine(2, 0, E + 500, 0, -1.5, N)),
    )
    run_import("dhm", near, far)
    tiles = tiles_under(boxes(E + 2, N - 10, E + 18, N - 2))
    assert [Path(tile.path).name for tile in tiles] == ["near.tif"]
    ground = ground_under(np.array([shapely.box(E + 2, N - 10, E + 18, N - 2)], dtype=object), tiles)
    assert ground.slope_pct == pytest.approx([10.0], abs=1e-4)
    assert tiles_under(boxes(E + 100, N, E + 110, N + 10)) == []
    settings.TERRAIN = [near]
    assert len(tiles_under(boxes(E + 2, N - 10, E + 18, N - 2))) == 1, "a tile known twice is read once"
    settings.TERRAIN = []
    near.unlink()
    assert tiles_under(boxes(E + 2, N - 10, E + 18, N - 2)) == []


def test_tiles_are_those_of_the_knowledge_asked_for(tmp_path: Path, settings: LazySettings) -> None:
    from geodata.ledger.revisions import last_revision

    settings.TERRAIN = []
    before = last_revision()
    run_import("dhm", raster(tmp_path / "a.tif"))
    inside = boxes(E + 2, N - 10, E + 18, N - 2)
    assert tiles_under(inside, before) == []
    assert len(tiles_under(inside, last_revision())) == 1


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"dtype": "int32", "nodata": -1}, "int32, not heights"),
        ({"crs": "EPSG:25833"}, "expected EPSG:25832"),
        ({"transform": Affine(2, 1, E, 0, -1.5, N)}, "turned"),
    ],
)
def test_what_is_no_terrain_in_this_grid_is_refused(
    tmp_path: Path, changes: dict[str, Any], words: str
) -> None:
    outcome = run_import("dhm", raster(tmp_path / "a.tif", **changes))
    assert outcome.code == 2
    assert words in outcome.said
    assert not held()


def test_files_that_will_not_stay_or_are_cut_off_are_refused(tmp_path: Path, settings: LazySettings) -> None:
    path = raster(tmp_path / "a.tif")
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.write(path, "a.tif")
    assert "unpack it" in run_import("dhm", tmp_path / "a.zip").said
    whole = path.read_bytes()
    (tmp_path / "cut.tif").write_bytes(whole[: len(whole) // 2])
    cut = run_import("dhm", tmp_path / "cut.tif")
    assert cut.code == 2
    assert "cut.tif" in cut.said
    (tmp_path / "text.tif").write_text("no raster")
    assert run_import("dhm", tmp_path / "text.tif").code == 2
    settings.UPLOADS = tmp_path
    assert "was uploaded" in run_import("dhm", path).said
