"""Land and floor of whole plan areas, for percentages of the area (bebyggelsesprocent for området under ét).

A percentage of an area is held against all of its land and all that stands on it, also where the application has
nothing to do with it. That is a question to the registers, asked once for all such areas.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from geodata import shapes
from geodata.frames import read_sql
from permits.engine.building_kinds import roles_and_kinds
from permits.engine.rulesets import by_date, load
from permits.engine.world import World
from permits.rules.parts.floor_area import OLDER, statement

Floats = npt.NDArray[np.float64]

#: Part of an area that known parcels have to cover; a line drawn beside the boundary takes less than this.
COVERED: Final = 0.99
#: Buildings below this are not asked for in BBR, so that one without a row there is no gap (square metres).
NOT_IN_BBR_M2: Final = 10.0


def area_totals(
    outline: shapes.Shapes,
    versions: npt.NDArray[np.object_],
    calc: npt.NDArray[np.object_],
    parcel: str,
    building: str,
    record: str,
) -> tuple[Floats, Floats]:
    """Land and counted floor of plan areas as wholes, in m².

    Danish: områdets areal og etageareal; BR18 §§ 454-455, code 1 of the register's ``bebygpctaf``.

    Parameters
    ----------
    outline : shape of each plan area that has a percentage of the area.
    versions : its version (``versions_id``), each once.
    calc : regulation that its percentages are reckoned by (``calc_ruleset``).
    parcel, building, record : the views of parcels, outlines and rows of BBR, as of the knowledge wanted.

    Returns
    -------
    Land and floor of each; NaN = not known.

    Notes
    -----
    Land is the registered area of the parcels in the area, of a parcel across its line the share inside; NaN where
    parcels cover less than 99 per cent of it. Floor is what BBR says of the buildings whose point lies inside,
    secondary buildings left out property by property as BR18 § 455 has it; NaN where a floor area is not stated or
    a building of 10 m² or more has no row in BBR. BBR's number of dwellings is not read: one to a building.
    """
    asked = [list(range(len(versions))), versions.tolist()]
    land, home = _land(asked, outline, parcel)
    floor = _floor(asked, home, np.isin(calc.astype(str), OLDER), parcel, building, record)
    return land, floor


#: ``p`` are the areas asked for, each with its number and shape.
_ASKED: Final = (
    "FROM unnest(%s::bigint[], %s::uuid[]) AS s(number, version) "
    "JOIN planning_planversion p ON p.versions_id = s.version "
)


def _land(asked: list[Any], outline: npt.NDArray[np.object_], parcel: str) -> tuple[Floats, pd.DataFrame]:
    """Land of each area, and its parcels with the property of each."""
    found = read_sql(
        "SELECT s.number, v.object_id AS parcel, coalesce(v.property_number, -v.object_id) AS property, "
        f"v.registered_m2, ST_AsBinary(v.geometry) AS geometry {_ASKED}"
        f"JOIN {parcel} v ON ST_Intersects(v.geometry, p.geometry)",
        asked,
    )
    drawn = np.asarray(found.geometry.array, dtype=object)
    at = found["number"].to_numpy(dtype=np.int64)
    shapely.prepare(outline)
    whole = shapely.contains(outline[at], drawn)
    size = shapely.area(drawn)
    inside = size.copy()
    inside[~whole] = shapely.area(shapely.intersection(drawn[~whole], outline[at[~whole]]))
    registered = found["registered_m2"].to_numpy(dtype=np.float64)
    with np.errstate(invalid="ignore", divide="ignore"):
        share = np.where(size > 0.0, inside / size, 0.0)
    land = np.where(registered > 0.0, registered * share, inside)
    summed = np.bincount(at, weights=land, minlength=len(outline))
    covered = np.bincount(at, weights=inside, minlength=len(outline))
    return np.where(covered >= COVERED * shapely.area(outline), summed, np.nan), pd.DataFrame(
        found[["number", "parcel", "property"]]
    )


def _floor(
    asked: list[Any],
    home: pd.DataFrame,
    older: npt.NDArray[np.bool_],
    parcel: str,
    building: str,
    record: str,
) -> Floats:
    """Counted floor of each area; ``older`` are those reckoned by BR10 or BR15."""
    count = len(asked[0])
    found = read_sql(
        "SELECT s.number, v.register_id, v.use_code, v.floor_m2, v.built_m2, "
        "(SELECT q.object_id FROM "
        f"{parcel} q WHERE ST_Within(v.geometry, q.geometry) ORDER BY q.object_id LIMIT 1) AS parcel {_ASKED}"
        f"JOIN {record} v ON ST_Within(v.geometry, p.geometry) ORDER BY s.number, v.object_id",
        asked,
        geometry=None,
    )
    nameless = read_sql(
        f"SELECT DISTINCT s.number {_ASKED}"
        f"JOIN {building} v ON ST_Intersects(v.geometry, p.geometry) "
        f"AND ST_Within(ST_PointOnSurface(v.geometry), p.geometry) AND ST_Area(v.geometry) >= {NOT_IN_BBR_M2} "
        f"WHERE NOT EXISTS (SELECT FROM {record} r "
        "WHERE r.register_id IN (v.bbr_id::text, upper(v.bbr_id::text)))",
        asked,
        geometry=None,
    )
    role, kind, secondary = roles_and_kinds(found["use_code"])
    floor = found["floor_m2"].where(~secondary, found["built_m2"]).astype(float)
    property_of = home.drop_duplicates("parcel").set_index("parcel")["property"]
    owner = property_of.reindex(found["parcel"].astype(float).fillna(-1.0)).fillna(0).to_numpy()
    number = found["number"].to_numpy(dtype=np.int64)
    group = pd.DataFrame({"number": number, "owner": owner}).groupby(["number", "owner"], sort=False).ngroup()
    world = World.of(
        sites=pd.DataFrame({"site": np.arange(count), "work": "new"}),
        buildings=pd.DataFrame(
            {
                "building": np.arange(len(found)),
                "site": number,
                "role": role,
                "kind": kind,
                "floor_m2": floor.to_numpy(),
            }
        ),
    )
    grouped = np.asarray(group, dtype=np.int64)
    size = int(grouped.max()) + 1 if len(grouped) else 0
    ruleset = load()[str(by_date(pd.Series([pd.NaT], dtype="datetime64[s]"))[0])]
    row = np.arange(len(found), dtype=np.int64)
    of = np.zeros(size, dtype=np.int64)
    of[grouped] = number
    told = statement(world, ruleset, row, grouped, size, older[of])
    counted = np.where(told.lacking, np.nan, told.counted_m2)
    total = np.bincount(of, weights=counted, minlength=count).astype("float64")
    total[nameless["number"].to_numpy(dtype=np.int64)] = np.nan
    return total
