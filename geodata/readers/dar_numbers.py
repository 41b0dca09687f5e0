"""House numbers (husnummer) of DAR: what an address is called, and the address point that it leads to.

The register keeps their place with the address point; here they have none of their own.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

import geopandas as gpd
import numpy as np

from geodata.checks.delivery import checked
from geodata.crs import GRID
from geodata.models.base import Status
from geodata.readers.dar_rows import REGISTER, SOURCE, Entity, Lines, envelope, table, text
from geodata.readers.delivery import Delivery, Rejected

HOUSE_NUMBERS: Final = Entity(
    "Husnummer",
    "house numbers",
    "adgangsadressebetegnelse",
    ("adgangsadressebetegnelse", "adgangspunkt"),
    # Preliminary, in force, closed down, given up.
    {2: Status.DRAFT, 3: Status.IN_FORCE, 4: Status.REPEALED, 5: Status.REPEALED},
)


def house_numbers(path: Path) -> Delivery:
    """House numbers out of one NDJSON file.

    Raises
    ------
    CannotRead : the file is cut off or holds other rows.
    """
    rejected: list[Rejected] = []
    found, warnings = table(path, HOUSE_NUMBERS, rejected)
    point = text(found["adgangspunkt"])
    frame = gpd.GeoDataFrame(
        {
            **envelope(found, HOUSE_NUMBERS),
            "designation": text(found["adgangsadressebetegnelse"]),
            "address_point_id": point.str.lower().where(point.notna(), None),
        },
        geometry=gpd.GeoSeries(np.full(len(found), None, dtype=object), index=found.index, crs=GRID),
    )
    return checked(
        Delivery(
            "house_number",
            SOURCE,
            REGISTER,
            frame,
            ("status_code", "designation", "address_point_id"),
            rejected=rejected,
            warnings=warnings,
        ),
        "point",
        record=lambda n: f"line {n + 1}",
        original=Lines(path),
        may_lack_geometry=True,
    )
