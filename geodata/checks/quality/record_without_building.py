"""BBR without building: BBR has it, but nothing is drawn there."""

from __future__ import annotations

from typing import Final

import numpy as np
import shapely
from django.utils.translation import gettext_noop as N_

from geodata.checks.fault import Check, Faults, Frames, Shapes, faults

#: How far a point of BBR may lie beside its building, m.
TOLERANCE_M: Final = 2.0
#: Planned and gone buildings need no outline; FKG's ``statuskode`` of drafts, proposals and what is no longer so.
_NOT_THERE: Final = (1, 2, 4)


def record_without_building(
    points: Shapes, known: np.ndarray, buildings: Shapes, tolerance_m: float = TOLERANCE_M
) -> Faults:
    """Buildings of BBR that neither their id nor their point leads to an outline of; nothing is measured.

    Danish: BBR uden bygning.

    Parameters
    ----------
    points : (n,) Points of BBR in metres, ``None`` = BBR gives none, and the id alone decides.
    known : (n,) bool, an outline carries the id, or none is to be expected.
    buildings : (m,) (Multi)Polygons.
    tolerance_m : how near an outline has to be.

    Returns
    -------
    Faults with BBR's point as the place, ``None`` where it has none.
    """
    met = known.copy()
    there = np.flatnonzero(~shapely.is_missing(points))
    near, _ = shapely.STRtree(buildings).query(points[there], predicate="dwithin", distance=tolerance_m)
    met[there[np.unique(near)]] = True
    at = np.flatnonzero(~met)
    return faults(at, points[at], np.full(len(at), np.nan))


def _run(frames: Frames) -> Faults:
    records, buildings = frames["building_record"], frames["building"]
    drawn = set(buildings["bbr_id"].astype("string").str.lower().dropna())
    known = records["register_id"].astype("string").str.lower().isin(drawn).to_numpy(dtype=bool)
    if "statuskode" in records:
        known = known | records["statuskode"].isin(_NOT_THERE).to_numpy(dtype=bool)
    return record_without_building(
        np.asarray(records.geometry.array, dtype=object),
        known,
        np.asarray(buildings.geometry.array, dtype=object),
    )


CHECK: Final = Check(
    "record_without_building",
    N_("BBR without building"),
    N_("Ask whether the building was pulled down and end it in BBR, or have it drawn."),
    ("building_record", "building"),
    "",
    _run,
    ("register_id",),
)
