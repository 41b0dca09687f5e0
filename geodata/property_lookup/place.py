"""The parcel that is asked about: found once, by one query, and handed to every facet."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Final

import shapely
from django.db import connection
from shapely.geometry.base import BaseGeometry

from geodata.ledger.told import Told, told


@dataclass(frozen=True)
class Place:
    """A parcel (jordstykke) as it is known now; missing = the register has no value.

    Attributes
    ----------
    parcel : key of the parcel object.
    geometry : (Multi)Polygon in EPSG:25832.
    wkb : the same as bytes, for queries.
    recorded_on : day on which this version came in.
    told : theme → what sources have delivered for the municipality.
    """

    parcel: int
    register: str
    district: int
    number: str
    district_name: str | None
    municipality: str | None
    property_number: int | None
    registered_m2: float | None
    road_m2: float | None
    common_land: bool | None
    is_road: bool | None
    recorded_on: date
    geometry: BaseGeometry = field(repr=False)
    wkb: bytes = field(repr=False)

    @property
    def label(self) -> str:
        """What people call it: number and district."""
        return f"{self.number}, {self.district_name or self.district}"

    @cached_property
    def told(self) -> Mapping[str, Told]:
        """Asked once for all facets."""
        return told(self.municipality)


_PLACE: Final = """
SELECT o.id, o.register, v.cadastral_district, v.parcel_number, v.district_name, o.municipality_id,
    v.property_number, v.registered_m2, v.road_m2, v.common_land, v.is_road, c.recorded_at::date,
    ST_AsBinary(v.geometry)
FROM geodata_parcelversion v JOIN geodata_parcel o ON o.id = v.object_id
JOIN ledger_change c ON c.id = v.change_from_id
WHERE v.change_to_id IS NULL AND v.off_kode = 1 AND v.cadastral_district = %s AND v.parcel_number = ANY(%s)
ORDER BY o.id LIMIT 1
"""


def place_of(district: int, number: str) -> Place | None:
    """The parcel with this cadastral district (ejerlavskode) and parcel number (matrikelnummer); None = not known.

    One query. Letters of the number may be large or small.
    """
    given = number.strip()
    with connection.cursor() as cursor:
        cursor.execute(_PLACE, [district, list({given, given.lower()})])
        row = cursor.fetchone()
    if row is None:
        return None
    wkb = bytes(row[-1])
    return Place(*[*row[:-1], shapely.from_wkb(wkb), wkb])
