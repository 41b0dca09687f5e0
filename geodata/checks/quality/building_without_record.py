"""Building without BBR: it is drawn, but BBR knows nothing of it."""

from __future__ import annotations

from typing import Final

import numpy as np
import shapely
from django.utils.translation import gettext_noop as N_

from geodata.checks.fault import Check, Faults, Frames, Shapes, faults

#: Smaller ones need not be in BBR, m².
SMALLEST_M2: Final = 10.0


def building_without_record(
    buildings: Shapes, known: np.ndarray, points: Shapes, smallest_m2: float = SMALLEST_M2
) -> Faults:
    """Buildings that neither an id nor a point of BBR leads to; measured is their area in square metres.

    Danish: bygning uden BBR.

    Parameters
    ----------
    buildings : (n,) (Multi)Polygons in metres.
    known : (n,) bool, BBR has a building of the id that the outline carries.
    points : (m,) Points of BBR, ``None`` allowed.
    smallest_m2 : smaller outlines are not asked after.

    Returns
    -------
    Faults with the outline as the place.
    """
    there = points[~shapely.is_missing(points)]
    met = np.zeros(len(buildings), dtype=bool)
    met[np.unique(shapely.STRtree(buildings).query(there, predicate="intersects")[1])] = True
    area = shapely.area(buildings)
    at = np.flatnonzero(~known & ~met & (area >= smallest_m2))
    return faults(at, buildings[at], area[at])


def _run(frames: Frames) -> Faults:
    buildings, records = frames["building"], frames["building_record"]
    said = buildings["bbr_id"].astype("string").str.lower()
    return building_without_record(
        np.asarray(buildings.geometry.array, dtype=object),
        said.isin(set(records["register_id"].astype("string").str.lower())).to_numpy(dtype=bool),
        np.asarray(records.geometry.array, dtype=object),
    )


CHECK: Final = Check(
    "building_without_record",
    N_("Building without BBR"),
    N_("Ask the owner to report the building to BBR, or correct the id that GeoDanmark gives it."),
    ("building", "building_record"),
    "m2",
    _run,
    ("bbr_id",),
)
