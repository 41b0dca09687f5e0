"""Building across a boundary: part of it stands on another property."""

from __future__ import annotations

from typing import Final

import numpy as np
import shapely
from django.utils.translation import gettext_noop as N_

from geodata.checks.fault import Check, Faults, Frames, Ints, Shapes, faults
from geodata.shapes import depth

#: Outlines are drawn at the roof and boundaries have their accuracy; less than this over the line is no fault, m.
TOLERANCE_M: Final = 0.5


def building_across_boundary(
    buildings: Shapes, parcels: Shapes, properties: Ints, tolerance_m: float = TOLERANCE_M
) -> Faults:
    """Buildings that reach deeper than the tolerance into a property other than that which holds most of them.

    Danish: bygning over skel. Measured is the depth (2 × area / perimeter) of the part over there in metres.

    Parameters
    ----------
    buildings, parcels : (n,) and (m,) (Multi)Polygons in metres.
    properties : (m,) number of the property (samlet fast ejendom) of each parcel; −1 = unknown, then the parcel
        counts as a property of its own.
    tolerance_m : depth that is no fault.

    Returns
    -------
    Faults with the part over there as the place; ``other`` is the parcel it stands on.
    """
    owner = np.where(properties >= 0, properties, -2 - np.arange(len(parcels)))
    building, parcel = shapely.STRtree(parcels).query(buildings, predicate="intersects")
    common = shapely.intersection(buildings[building], parcels[parcel])
    area = shapely.area(common)
    # The property that holds most of a building: areas added up by building and property.
    pair, inverse = np.unique(np.column_stack([building, owner[parcel]]), axis=0, return_inverse=True)
    inverse = inverse.ravel()
    total = np.bincount(inverse, weights=area, minlength=len(pair))
    order = np.lexsort((-total, pair[:, 0])) if len(pair) else np.empty(0, dtype=np.int64)
    _, first = np.unique(pair[order, 0], return_index=True)
    main = np.zeros(len(pair), dtype=bool)
    main[order[first]] = True
    over = ~main[inverse] & (depth(common) > tolerance_m)
    return faults(building[over], common[over], depth(common[over]), parcel[over])


def _run(frames: Frames) -> Faults:
    parcels = frames["parcel"]
    known = (
        parcels["property_number"].to_numpy(dtype="float64", na_value=np.nan)
        if "property_number" in parcels
        else np.full(len(parcels), np.nan)
    )
    return building_across_boundary(
        np.asarray(frames["building"].geometry.array, dtype=object),
        np.asarray(parcels.geometry.array, dtype=object),
        np.where(np.isfinite(known), known, -1).astype(np.int64),
    )


CHECK: Final = Check(
    "building_across_boundary",
    N_("Building across a boundary"),
    N_("Check the outline of the building, the boundary, and whether the two properties are really two."),
    ("building", "parcel"),
    "m",
    _run,
)
