"""DAR, the register of addresses: address points and house numbers as NDJSON, one kind a file."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geodata.checks.delivery import checked, joined
from geodata.crs import GRID
from geodata.models.base import Status
from geodata.readers.dar_numbers import HOUSE_NUMBERS, house_numbers
from geodata.readers.dar_rows import REGISTER, SOURCE, Entity, Lines, entity_of, envelope, table, text
from geodata.readers.delivery import Delivery, Rejected
from geodata.readers.files import unpacked
from geodata.readers.place import to_grid

_TEXTS: Final = {
    "accuracy_class": "oprindelse_nøjagtighedsklasse",
    "technical_standard": "oprindelse_tekniskstandard",
    "origin": "oprindelse_kilde",
}
_POINTS: Final = Entity(
    "Adressepunkt",
    "address points",
    "position",
    ("position", *_TEXTS.values()),
    # The register's list is not among our sources: 8 stands on all but a few current rows, 9 follows it; the reading
    # of the four is ours.
    {6: Status.DRAFT, 7: Status.REPEALED, 8: Status.IN_FORCE, 9: Status.REPEALED},
)


def read(paths: Sequence[Path], *, municipality: str | None = None) -> list[Delivery]:
    """Address points (adressepunkter) and house numbers (husnumre) out of NDJSON files, also packed.

    Raises
    ------
    CannotRead : a file is not that, cut off, not UTF-8, or its points are in another system.
    """
    found = []
    for path in paths:
        with unpacked(path) as files:
            for file in files:
                numbers = entity_of(file, (_POINTS, HOUSE_NUMBERS)) is HOUSE_NUMBERS
                found.append(house_numbers(file) if numbers else _points(file))
    return joined(found)


def _points(path: Path) -> Delivery:
    rejected: list[Rejected] = []
    found, warnings = table(path, _POINTS, rejected)
    shapes, faults = _shapes(path, found["position"])
    frame = gpd.GeoDataFrame(
        {
            **envelope(found, _POINTS),
            **{target: text(found[name]) for target, name in _TEXTS.items()},
        },
        geometry=gpd.GeoSeries(shapes, index=found.index, crs=GRID),
    )
    return checked(
        Delivery(
            "address_point",
            SOURCE,
            REGISTER,
            frame,
            ("status_code", *_TEXTS),
            rejected=rejected,
            warnings=warnings,
        ),
        "point",
        record=lambda n: f"line {n + 1}",
        original=Lines(path),
        faults=faults,
    )


def _shapes(path: Path, column: pd.Series) -> tuple[Any, dict[int, str]]:
    texts = np.array([t if isinstance(t, str) else None for t in column], dtype=object)
    shapes = np.asarray(shapely.from_wkt(texts, on_invalid="ignore"), dtype=object)
    given = np.array([t is not None for t in texts], dtype=bool)
    failed = column.index[given & shapely.is_missing(shapes)]
    return to_grid(shapes, GRID, what=path.name), {int(i): "the position is no WKT point" for i in failed}
