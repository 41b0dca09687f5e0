"""FlatGeobuf; the number of features stands in its head."""

from __future__ import annotations

from pathlib import Path

import pyogrio

from geodata.readers.formats import gdal
from geodata.readers.formats.fault import Unreadable
from geodata.readers.formats.table import Table, Wanted


def read(path: Path, wanted: Wanted) -> Table:
    """All features; the layer is the file.

    Raises
    ------
    Unreadable : damaged or cut off.
    """
    layers = gdal.layers_of(path)
    if not layers:
        raise Unreadable("truncated", f"{path.name} is cut off in its head; fetch it again")
    table = gdal.read_layer(path, layers[0][0], "FlatGeobuf")
    claimed = int(pyogrio.read_info(path)["features"])
    if claimed >= 0 and claimed != len(table):
        raise Unreadable(
            "truncated",
            f"{path.name} is cut off: it claims {claimed} features and holds {len(table)}. "
            f"Nothing of it was taken; fetch it again",
        )
    return table
