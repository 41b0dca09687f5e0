"""The World of one drawing on the land that it is meant for; nothing is stored."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final

import numpy as np
import pandas as pd
import shapely
from django.utils.translation import gettext
from shapely.geometry.base import BaseGeometry

from geodata.frames import read_sql
from permits.drawings.drawing import Drawing
from permits.engine.from_database import world_around
from permits.engine.world import World


class NoSuchLand(LookupError):
    """The parcel that was named, or the land under the drawing, is not known here; the message says which."""


@dataclass(frozen=True)
class Land:
    """The property (samlet fast ejendom) that a drawing is held against."""

    parcels: tuple[int, ...]
    label: str
    municipality: str | None
    outline: BaseGeometry


def land_by_name(name: str) -> Land:
    """Find land by cadastral district (ejerlav: code or name) and parcel number, such as ``60851 2l``.

    All parcels of the same property are its land.

    Raises
    ------
    NoSuchLand : the name has another form, or no such parcel is known.
    """
    district, _, number = name.strip().rpartition(" ")
    district = district.rstrip(" ,")
    if not district or "\x00" in name:
        raise NoSuchLand(
            f"a parcel is named by cadastral district and parcel number, like '60851 2l'; got {name!r}"
        )
    found = read_sql(
        "SELECT object_id FROM t_parcel WHERE lower(parcel_number) = lower(%(number)s) AND "
        "(cadastral_district::text = %(district)s OR lower(district_name) = lower(%(district)s))",
        {"number": number, "district": district},
        geometry=None,
    )
    if len(found) != 1:
        known = read_sql(
            "SELECT count(*) AS n FROM t_parcel "
            "WHERE cadastral_district::text = %(d)s OR lower(district_name) = lower(%(d)s)",
            {"d": district},
            geometry=None,
        )["n"][0]
        raise NoSuchLand(
            f"{len(found) or 'no'} parcel{'s' if len(found) > 1 else ''} {name!r} among the {known} known parcels of "
            f"district {district!r}; import the cadastre of that district, or check the number"
        )
    return _land(int(found["object_id"][0]))


def land_under(shape: BaseGeometry) -> Land:
    """Find the parcel that most of a shape (EPSG:25832) lies on, with all of its property.

    Where no cadastre has been read in for the municipality, and plans have, the drawing is held against these alone:
    the land then has no parcels, and what asks for boundaries or areas of land awaits them.

    Raises
    ------
    NoSuchLand : it lies on no known parcel, though the parcels of that place are known, or on nothing at all.
    """
    found = read_sql(
        "SELECT object_id, ST_Area(ST_Intersection(geometry, g)) AS shared "
        "FROM t_parcel, ST_GeomFromWKB(%s, 25832) AS g WHERE ST_Intersects(geometry, g) "
        "ORDER BY shared DESC, object_id LIMIT 1",
        [shapely.to_wkb(shape)],
        geometry=None,
    )
    if found.empty or not found["shared"][0] > 0:
        if (bare := _plans_alone(shape)) is not None:
            return bare
        at = shape.centroid
        raise NoSuchLand(
            f"the drawing lies around E {at.x:.1f} N {at.y:.1f} (EPSG:25832), on no parcel that is known here; check "
            "its coordinate system, import the parcels of that place, or name the parcel with --parcel"
        )
    return _land(int(found["object_id"][0]))


#: Municipality of the plan under a shape, when nobody has delivered a parcel of it.
_PLANNED: Final = """
SELECT p.municipality_id FROM t_plan p WHERE p.status IN ('F', 'V') AND p.level <> 'municipal_plan'
    AND ST_Intersects(p.geometry, ST_GeomFromWKB(%(shape)s, 25832))
    AND NOT EXISTS (SELECT FROM geodata_parcel o WHERE o.municipality_id = p.municipality_id)
    AND NOT EXISTS (SELECT FROM t_parcel near WHERE ST_Intersects(near.geometry,
        ST_Expand(ST_Envelope(ST_GeomFromWKB(%(shape)s, 25832)), %(near)s)))
ORDER BY p.object_id LIMIT 1
"""
#: Parcels this near (m) say that the cadastre of the place is known.
_NEAR_M: Final = 500.0


def _plans_alone(shape: BaseGeometry) -> Land | None:
    values = {"shape": shapely.to_wkb(shape), "near": _NEAR_M}
    found = read_sql(_PLANNED, values, geometry=None)
    if found.empty:
        return None
    label = gettext("no parcel is known here; held against plans alone")
    return Land(parcels=(), label=label, municipality=found["municipality_id"][0], outline=shape)


def _land(parcel: int) -> Land:
    rows = read_sql(
        "SELECT p.object_id, concat_ws(' ', p.parcel_number, coalesce(p.district_name, p.cadastral_district::text)) "
        "AS label, p.municipality_id, ST_AsBinary(p.geometry) AS geometry FROM t_parcel p JOIN t_parcel q "
        "ON p.object_id = q.object_id OR p.property_number = q.property_number WHERE q.object_id = %s "
        "ORDER BY p.object_id <> %s, p.object_id",
        [parcel, parcel],
    )
    return Land(
        parcels=tuple(int(p) for p in rows["object_id"]),
        label=", ".join(rows["label"]),
        municipality=rows["municipality_id"][0],
        outline=shapely.union_all(np.asarray(rows.geometry.array)),
    )


def world_of_drawing(drawing: Drawing, land: Land, *, work: str, applied_on: date, as_of: date) -> World:
    """The World of a drawing on some land, as site 1.

    Parameters
    ----------
    drawing : as read; its buildings are what the application adds.
    land : the property.
    work : kind of work, see rule cases.
    applied_on : day the application is (or would be) sent in; chooses the rule set.
    as_of : day as of which plans are read.
    """
    sites = pd.DataFrame(
        {
            "site": [1],
            "municipality": [land.municipality],
            "work": [work],
            "applied_on": [pd.Timestamp(applied_on)],
            "as_of": [pd.Timestamp(as_of)],
            "ground_a": [np.nan],
            "ground_b": [np.nan],
            "ground_c": [np.nan],
        }
    )
    return world_around(
        sites,
        pd.DataFrame({"site": 1, "parcel": list(land.parcels)}),
        drawing.buildings.assign(site=1, replaces=""),
        drawing.facets,
    )
