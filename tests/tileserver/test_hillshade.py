"""Shaded relief: light from the north-west, no seams, clear where nothing is known, and kept per revision."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import rasterio
from django.conf import LazySettings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from rasterio.io import MemoryFile
from rasterio.transform import Affine

from tests.geodata.imports import run_import
from tests.tileserver.test_tiles import style, tile_at
from tileserver import raster
from tileserver.models.tiles import CachedTile

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.filterwarnings("ignore:No directory at:UserWarning"),
    pytest.mark.filterwarnings("ignore::rasterio.errors.NotGeoreferencedWarning"),  # a picture has no place
]

E, N = 600_000.0, 6_200_000.0
CELL = 5.0
Pixels = npt.NDArray[np.uint8]


def height(x: Any, y: Any) -> Any:
    """Rolling ground: some metres up and down in some hundred metres."""
    return 20 + 6 * np.sin((x - E) / 90) + 5 * np.cos((y - N) / 70 + (x - E) / 200)


def write(path: Path, left: float, top: float, cells: int, *, heights: Any = height, **said: Any) -> Path:
    """A square raster of heights."""
    cell = said.pop("cell", CELL)
    middle = (np.arange(cells) + 0.5) * cell
    x, y = np.meshgrid(left + middle, top - middle)
    with rasterio.open(
        path, "w", driver="GTiff", width=cells, height=cells, count=1, dtype="float32", crs="EPSG:25832",
        transform=Affine(cell, 0, left, 0, -cell, top), nodata=-9999.0, **said,
    ) as file:  # fmt: skip
        file.write(np.broadcast_to(heights(x, y), x.shape).astype("float32"), 1)
    return path


@pytest.fixture
def whole(tmp_path: Path, settings: LazySettings) -> Path:
    """One raster of 2 km with its corner at E, N."""
    path = write(tmp_path / "whole.tif", E, N, 400)
    settings.TERRAIN = (str(path),)
    return path


def picture(body: bytes) -> tuple[Pixels, Pixels]:
    """Grey and opacity as another library reads them."""
    with MemoryFile(body) as file, file.open(driver="PNG") as image:
        assert (image.width, image.height, image.count) == (256, 256, 2)
        grey, opacity = image.read()
    return grey, opacity


def light(body: bytes) -> npt.NDArray[np.float64]:
    """Shade as one number: dark below zero, bright above; NaN where clear."""
    grey, opacity = picture(body)
    signed = np.where(grey > 0, 1.0, -1.0) * opacity
    return np.where(opacity > 0, signed, np.nan)


def middle(z: int = 15) -> tuple[int, int, int]:
    return tile_at(E + 1000, N - 1000, z)


@pytest.mark.parametrize("rise", [(1.0, 0.0), (-1.0, 0.0), (0.0, 1.0), (0.0, -1.0), (1.0, -1.0), (-1.0, 1.0)])
def test_a_plane_has_one_shade_bright_towards_the_north_west(
    tmp_path: Path, settings: LazySettings, rise: tuple[float, float]
) -> None:
    def plane(x: Any, y: Any) -> Any:
        return 0.03 * (rise[0] * (x - E) + rise[1] * (y - N))

    settings.TERRAIN = (str(write(tmp_path / "a.tif", E, N, 400, heights=plane)),)
    found = light(raster.draw(*middle()))
    # What rises to the east or to the south turns its face to the west or north.
    assert (np.sign(found) == np.sign(rise[0] - rise[1])).all()
    assert np.ptp(found) <= 1


def test_level_ground_is_all_but_clear_and_unknown_ground_is_clear(
    tmp_path: Path, settings: LazySettings
) -> None:
    def level(x: Any, y: Any) -> Any:
        return np.where((x > E + 900) & (x < E + 1000), -9999.0, 12.5)

    settings.TERRAIN = (str(write(tmp_path / "a.tif", E, N, 400, heights=level)),)
    _grey, opacity = picture(raster.draw(*middle()))
    assert set(np.unique(opacity)) == {0, 1}
    # The hole is 100 m of the 685 m that the tile is wide.
    assert (opacity == 0).mean() == pytest.approx(100 / 685, abs=0.01)


def test_the_shade_is_that_of_the_slope(whole: Path) -> None:
    """Against the same formula on the function that the raster was made of."""
    z, x, y = middle(16)
    across, down = raster._pixels(z, x, y)
    half = CELL / 2
    east = (height(across + half, down) - height(across - half, down)) / CELL * 3.0
    north = (height(across, down + half) - height(across, down - half)) / CELL * 3.0
    shade = (0.5 * east - 0.5 * north + np.sqrt(0.5)) / np.sqrt(east**2 + north**2 + 1) / np.sqrt(0.5)
    over = shade - 1
    expected = 255 * np.where(over < 0, over * 0.85, over / (np.sqrt(2) - 1) * 0.6)
    assert np.nanmax(np.abs(light(raster.draw(z, x, y)) - expected)) < 4


def test_the_seam_of_two_rasters_does_not_show(tmp_path: Path, settings: LazySettings, whole: Path) -> None:
    """Four rasters that meet in a tile give the very picture that one raster gives."""
    place = middle(15)
    alone = raster.draw(*place)
    side = 200 * CELL
    settings.TERRAIN = tuple(
        str(write(tmp_path / f"{i}{j}.tif", E + i * side, N - j * side, 200)) for i in (0, 1) for j in (0, 1)
    )
    assert raster.draw(*place) == alone
    settings.TERRAIN = settings.TERRAIN[:3]
    assert raster.draw(*place) != alone, "all four lie in the tile"


@pytest.mark.parametrize("z", [13, 15, 17])
def test_the_border_of_two_tiles_does_not_show(tmp_path: Path, settings: LazySettings, z: int) -> None:
    """Across the border the shade changes no more than it does between two pixels inside."""
    settings.TERRAIN = (str(write(tmp_path / "a.tif", E - 2500, N + 2500, 1400)),)
    at, x, y = middle(z)
    here = light(raster.draw(at, x, y))
    for other, ours, theirs in (
        (light(raster.draw(at, x + 1, y)), here[:, -1], 0),
        (light(raster.draw(at, x - 1, y)), here[:, 0], -1),
    ):
        beyond = other[:, theirs]
        both = np.isfinite(ours) & np.isfinite(beyond)
        assert both.sum() > 50
        inside = np.nanmax(np.abs(np.diff(here, axis=1)))
        assert np.abs(ours - beyond)[both].max() <= inside
    below = light(raster.draw(at, x, y + 1))[0]
    both = np.isfinite(here[-1]) & np.isfinite(below)
    assert np.abs(here[-1] - below)[both].max() <= np.nanmax(np.abs(np.diff(here, axis=0)))


def test_the_finest_raster_counts(tmp_path: Path, settings: LazySettings, whole: Path) -> None:
    coarse = write(
        tmp_path / "coarse.tif", E - 500, N + 500, 120, cell=25.0, heights=lambda x, y: 0 * x + 7.0
    )
    before = light(raster.draw(*middle()))
    settings.TERRAIN = (str(coarse), str(whole))
    assert np.array_equal(light(raster.draw(*middle())), before)
    beyond = light(raster.draw(*tile_at(E - 250, N - 1000, 15)))
    assert np.isfinite(beyond).mean() > 0.5
    settings.TERRAIN = (str(whole),)
    assert np.isfinite(light(raster.draw(*tile_at(E - 250, N - 1000, 15)))).mean() < 0.5


def get(client: Client, at: tuple[int, int, int], query: str = "", **headers: str) -> Any:
    return client.get(f"/tiles/hillshade/{at[0]}/{at[1]}/{at[2]}.png{query}", headers=headers)


def test_registered_terrain_is_drawn_by_revision_and_kept(
    client: Client, tmp_path: Path, settings: LazySettings
) -> None:
    settings.TERRAIN = ()
    assert "hillshade" not in style(client)["sources"]
    assert run_import("dhm", write(tmp_path / "dtm_a.tif", E, N, 400)).code == 0
    document = style(client)
    source = document["sources"]["hillshade"]
    address = source["tiles"][0].format(**dict(zip("zxy", middle(), strict=True)))
    first = client.get(address)
    assert (first.status_code, first["Content-Type"]) == (200, "image/png")
    assert "immutable" in first["Cache-Control"]
    with CaptureQueriesContext(connection) as queries:
        assert client.get(address).content == first.content
    assert not [q for q in queries if "t_s60_terraen_flise" in q["sql"]], "kept, not drawn again"
    assert client.get(address, headers={"if-none-match": first["ETag"]}).status_code == 304
    (layer,) = [one for one in document["layers"] if one["id"] == "hillshade"]
    assert layer["layout"]["visibility"] == "none"
    (group,) = [one for one in document["metadata"]["legend"] if one["id"] == "hillshade"]
    assert (group["title"], group["visible"], group["layers"]) == (
        "Terræn (skyggekort)",
        False,
        ["hillshade"],
    )

    assert run_import("dhm", write(tmp_path / "dtm_b.tif", E, N, 400, cell=2.5)).code == 0
    again = style(client)["sources"]["hillshade"]["tiles"][0]
    assert again != source["tiles"][0]
    assert get(client, middle())["Cache-Control"] == "public, no-cache"
    assert get(client, middle()).content != first.content
    assert CachedTile.objects.filter(layer="hillshade").count() == 1


def test_outside_the_terrain_there_is_no_tile(client: Client, whole: Path) -> None:
    assert get(client, middle()).status_code == 200
    assert get(client, tile_at(E + 50_000, N, 15)).status_code == 404
    for at in ((12, *middle(12)[1:]), (18, *middle(18)[1:]), (15, 99_999, 1), (15, 0, 0)):
        assert get(client, at).status_code == 404
    west, south, east, north = style(client)["sources"]["hillshade"]["bounds"]
    assert (east - west, north - south) == pytest.approx((0.033, 0.019), abs=0.001)


def test_a_setting_that_leads_nowhere_takes_the_relief_from_the_style_only(
    client: Client, tmp_path: Path, settings: LazySettings
) -> None:
    settings.TERRAIN = (str(tmp_path / "gone.tif"),)
    assert "hillshade" not in style(client)["sources"]


def test_a_picture_is_read_by_others_as_it_was_made() -> None:
    grey = np.arange(256 * 256, dtype=np.uint32).reshape(256, 256).astype(np.uint8)
    opacity = grey[::-1].copy()
    found = picture(raster.png(grey, opacity))
    assert np.array_equal(found[0], grey)
    assert np.array_equal(found[1], opacity)
