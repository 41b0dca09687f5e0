"""What a record says, as one hash: mapped attributes plus geometry, normalised and rounded to 1 mm."""

from __future__ import annotations

import json
import uuid
from datetime import date, datetime
from hashlib import blake2b
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from geodata.units import PRECISION_M


def content_hashes(
    frame: pd.DataFrame, columns: list[str], geometry: npt.NDArray[np.object_]
) -> list[uuid.UUID]:
    """Hash of mapped attributes plus geometry (normalised, rounded to 1 mm), one per row.

    The start point and direction of rings and the order of parts do not matter; a shift under half a
    millimetre does not either.
    """
    rounded = shapely.normalize(
        shapely.transform(geometry, lambda xy: np.round(xy / PRECISION_M) * PRECISION_M)
    )
    wkb = shapely.to_wkb(rounded, output_dimension=2)
    values = [[plain(v) for v in frame[name]] for name in columns]
    hashes = []
    for row in range(len(frame)):
        text = json.dumps([column[row] for column in values], sort_keys=True, ensure_ascii=False, default=str)
        digest = blake2b(text.encode(), digest_size=16)
        digest.update(wkb[row] or b"")
        hashes.append(uuid.UUID(bytes=digest.digest()))
    return hashes


def plain(value: Any) -> Any:
    """A value as JSON knows it; every kind of "missing" becomes None."""
    if isinstance(value, list | tuple | np.ndarray):
        return [plain(v) for v in value]
    if isinstance(value, dict):
        return value
    if value is None or value is pd.NaT or (isinstance(value, float) and np.isnan(value)) or value is pd.NA:
        return None
    if isinstance(value, np.generic):
        return plain(value.item())
    if isinstance(value, pd.Timestamp | datetime | date):
        return value.isoformat()
    return value
