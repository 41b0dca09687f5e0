"""Coordinate systems: one grid for everything that is measured.

All stored geometry and every distance is in EPSG:25832 (ETRS89 / UTM zone 32N, easting and northing in grid
metres; heights in DVR90). Decisions use pyproj alone; PostGIS agrees to a millimetre, and a test says so.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from pyproj import Transformer

#: SRID of all stored geometry.
GRID_SRID: Final = 25832
#: The same as an authority code, for frames.
GRID: Final = "EPSG:25832"
#: Denmark in grid metres (west, south, east, north), Bornholm included, with a margin of some kilometres.
DENMARK: Final = (420_000.0, 6_030_000.0, 910_000.0, 6_420_000.0)


@lru_cache(maxsize=64)
def transformer(source: str) -> Transformer:
    """Transformer from ``source`` into the grid; axis order is always easting, northing (or lon, lat).

    Raises
    ------
    pyproj.exceptions.CRSError : the system is not known.
    """
    # Many want the numbers above alone, and pyproj takes a tenth of a second to load.
    from pyproj import CRS, Transformer

    return Transformer.from_crs(CRS.from_user_input(source), CRS.from_epsg(GRID_SRID), always_xy=True)


def to_degrees(shapes: Any) -> Any:
    """A shape of the grid, or an array of them, in longitude and latitude (WGS 84) for GeoJSON; without z."""
    import shapely

    return shapely.transform(shapes, _from_grid().transform, interleaved=False, include_z=False)


@lru_cache(maxsize=1)
def _from_grid() -> Transformer:
    from pyproj import Transformer

    return Transformer.from_crs(GRID_SRID, 4326, always_xy=True)
