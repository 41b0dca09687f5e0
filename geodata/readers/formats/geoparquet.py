"""GeoParquet, by geopandas; needs the optional group ``parquet`` (pyarrow)."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd

from geodata.readers.formats.fault import Unreadable
from geodata.readers.formats.table import Table, Wanted


def read(path: Path, wanted: Wanted) -> Table:
    """All rows.

    Raises
    ------
    Unreadable : the group is not installed, or the file is damaged or has no geometry.
    """
    if find_spec("pyarrow") is None:
        raise Unreadable(
            "unsupported",
            f"{path.name} is GeoParquet, which needs a part that is not installed here (uv sync --group parquet); "
            f"or deliver the layer as a GeoPackage",
        )
    with path.open("rb") as file:
        file.seek(-4, 2)
        if file.read() != b"PAR1":
            raise Unreadable("truncated", f"{path.name} is cut off; fetch it again")
    try:
        frame = gpd.read_parquet(path)
    except ValueError as error:
        raise Unreadable(
            "no_geometry", f"{path.name} is Parquet without geometry ({str(error)[:120]})"
        ) from None
    attributes = pd.DataFrame(frame.drop(columns=frame.geometry.name)).astype(object)
    attributes = attributes.where(attributes.notna(), None)
    return Table(
        file=path.name,
        layer=path.stem,
        format="GeoParquet",
        columns={str(name): attributes[name].tolist() for name in attributes.columns},
        shapes=np.asarray(frame.geometry.array, dtype=object),
        crs=frame.crs.to_wkt() if frame.crs else None,
        record="row",
    )
