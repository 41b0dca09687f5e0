"""Coordinate systems that features are asked for and answered in (OGC API Features, part 2)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Crs:
    """One system: its address, its number in PostGIS, whether north is the first axis, decimals of its numbers."""

    uri: str
    srid: int
    north_first: bool
    decimals: int

    @property
    def projected(self) -> bool:
        """In metres; else in degrees."""
        return self.decimals == 3


_EPSG: Final = "http://www.opengis.net/def/crs/EPSG/0/"
CRS84: Final = Crs("http://www.opengis.net/def/crs/OGC/1.3/CRS84", 4326, north_first=False, decimals=9)
#: The grid that everything is stored in.
STORAGE: Final = Crs(f"{_EPSG}25832", 25832, north_first=False, decimals=3)
SUPPORTED: Final = {
    crs.uri: crs
    for crs in (
        CRS84,
        STORAGE,
        Crs(f"{_EPSG}4258", 4258, north_first=True, decimals=9),
        Crs(f"{_EPSG}4326", 4326, north_first=True, decimals=9),
        Crs(f"{_EPSG}3857", 3857, north_first=False, decimals=3),
    )
}
