"""Registered against drawn area: the register says another size than the map."""

from __future__ import annotations

from typing import Final

import numpy as np
import shapely
from django.utils.translation import gettext_noop as N_

from geodata.checks.fault import Check, Faults, Floats, Frames, Shapes, faults

#: Difference that is still ordinary, share of the registered area.
TOLERANCE: Final = 0.05


def registered_area(shapes: Shapes, registered_m2: Floats, tolerance: float = TOLERANCE) -> Faults:
    """Areas whose drawn size differs from the registered one by more than the tolerance.

    Danish: registreret areal mod beregnet areal. Measured is (drawn − registered) / registered in per cent.

    Parameters
    ----------
    shapes : (n,) (Multi)Polygons in metres.
    registered_m2 : (n,) square metres; NaN or 0 = the register says nothing, and nothing is compared.
    tolerance : share of the registered area.

    Returns
    -------
    Faults with the area as the place.
    """
    drawn = shapely.area(shapes)
    said = np.isfinite(registered_m2) & (registered_m2 > 0)
    share = np.divide(drawn - registered_m2, registered_m2, out=np.zeros(len(drawn)), where=said)
    at = np.flatnonzero(np.abs(share) > tolerance)
    return faults(at, shapes[at], 100.0 * share[at])


def _run(frames: Frames) -> Faults:
    parcels = frames["parcel"]
    return registered_area(
        np.asarray(parcels.geometry.array, dtype=object),
        parcels["registered_m2"].to_numpy(dtype="float64", na_value=np.nan),
    )


CHECK: Final = Check(
    "registered_area",
    N_("Registered and drawn area differ"),
    N_(
        "Say in each case which of the two areas is used; the registered one rules until the parcel is surveyed."
    ),
    ("parcel",),
    "pct",
    _run,
    ("registered_m2",),
)
