"""DHM, the terrain model (Danmarks Højdemodel): rasters are registered where they lie, their heights are not copied.

A tile is an object with its extent, the size of its cells on both axes and the hash of its file; delivering a tile of
the same name again says where it is now and what it holds.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from hashlib import file_digest
from pathlib import Path
from typing import Any, Final

import geopandas as gpd
import rasterio
from django.conf import settings
from pyproj import CRS

from geodata.checks.delivery import joined
from geodata.crs import GRID
from geodata.fkg.catalogue import state_theme
from geodata.fkg.check import fitted
from geodata.models.base import Origin, Visibility
from geodata.readers.delivery import Delivery
from geodata.readers.files import sniff
from geodata.readers.refusal import CannotRead
from geodata.terrain import CannotReadTerrain, terrain_tiles

REGISTER: Final = "dhm"
SOURCE: Final = "dhm/geotiff"
_SPEAKS: Final = (
    "path", "sha256", "cell_x_m", "cell_y_m", "width_cells", "height_cells", "nodata", "vertical_datum", "made_on",
)  # fmt: skip
#: Heights; whole numbers in a raster of this register's neighbours are ids of something.
_HEIGHTS: Final = ("float32", "float64")
_MADE: Final = re.compile(r"^(\d{4}):(\d\d):(\d\d)\b")


def read(
    paths: Sequence[Path], *, municipality: str | None = None, just_written: bool = False
) -> list[Delivery]:
    """Tiles of the terrain model (DHM/Terræn), one GeoTIFF each.

    Parameters
    ----------
    just_written : the caller has written the files itself; that their last cell can be read is not tried.

    Raises
    ------
    CannotRead : a file is no GeoTIFF of heights in EPSG:25832, or lies where it will not stay.
    """
    return joined([_tile(path, whole_read=not just_written) for path in paths])


def _tile(path: Path, *, whole_read: bool) -> Delivery:
    kind = sniff(path)
    if kind in ("zip", "gzip"):
        raise CannotRead(
            f"{path.name} is an archive; terrain is registered where it lies, so unpack it to the place where it is "
            f"to stay and name the files"
        )
    uploads = Path(settings.UPLOADS).resolve()
    whole = path.resolve()
    if uploads in whole.parents:
        raise CannotRead(
            f"{path.name} was uploaded; terrain is registered where it lies. Put it on the server and use "
            f"import_geodata dhm there"
        )
    try:
        (tile,) = terrain_tiles([whole])
        with rasterio.open(whole, driver="GTiff") as raster:
            kind_of_value, nodata = raster.dtypes[0], raster.nodata
            datum, made = _vertical(raster.crs), _made(raster.tags())
            readable = not whole_read or raster.checksum(1) is not None
    except CannotReadTerrain as error:
        raise CannotRead(str(error).replace(str(whole), path.name)) from None
    except rasterio.errors.RasterioError as error:
        raise CannotRead(f"{path.name} is cut off or broken ({error}); fetch it again") from None
    if kind_of_value not in _HEIGHTS or not readable:
        raise CannotRead(
            f"{path.name} holds {kind_of_value}, not heights; expected a raster of terrain ({', '.join(_HEIGHTS)})"
        )
    warnings = []
    if datum is None:
        warnings.append(f"{path.name} does not name its height system; DVR90 metres are assumed")
    with whole.open("rb") as file:
        digest = file_digest(file, "sha256").hexdigest()
    said: dict[str, Any] = {
        "path": str(whole),
        "sha256": digest,
        "cell_x_m": tile.dx,
        "cell_y_m": tile.dy,
        "width_cells": tile.columns,
        "height_cells": tile.rows,
        "nodata": nodata,
        "vertical_datum": datum,
        "made_on": made,
    }
    frame = gpd.GeoDataFrame(
        {
            "register_id": [path.stem.lower()],
            "municipality": [None],
            "oprindkode": [int(Origin.MODEL)],
            # Where a file lies on the server is nobody's business outside.
            "off_kode": [int(Visibility.AUTHORITY)],
            **{name: [value] for name, value in said.items()},
        },
        geometry=[tile.box],
        crs=GRID,
    )
    theme = state_theme("terraen_flise")
    return fitted(
        Delivery(theme.id, SOURCE, REGISTER, frame, _SPEAKS, warnings=warnings),
        record=lambda _: f"tile {path.stem}",
    )


def _vertical(crs: Any) -> str | None:
    """Name of the height system, where the file names one beside the grid."""
    system = CRS.from_wkt(crs.to_wkt())
    return system.sub_crs_list[1].name if system.is_compound else None


def _made(tags: dict[str, str]) -> str | None:
    found = _MADE.match(tags.get("TIFFTAG_DATETIME", ""))
    try:
        return date(*map(int, found.groups())).isoformat() if found else None
    except ValueError:
        return None
